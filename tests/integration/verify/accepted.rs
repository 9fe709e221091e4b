//! False alarms: the accepted answers of the accuracy tasks are right, so whatever is said against one of them is wrong.
//!
//! Of the half that is only reported, the rate is looked at and nothing else.

use cmdai_core::context::Userland;
use cmdai_core::request::{Platform, ShellType};
use cmdai_verify::{Knowledge, Query, verify};
use std::path::Path;

/// The bar: of a hundred right commands at most two are complained about.
const MAX_ALARMS: f64 = 0.02;

struct Answer {
    task: String,
    request: String,
    shell: ShellType,
    command: String,
}

fn answers(half: &str) -> Vec<Answer> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/accuracy").join(half);
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let table: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
        for task in table["task"].as_array().unwrap() {
            let text = |key: &str| task.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
            let list = |value: &toml::Value| {
                value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect::<Vec<_>>()
            };
            let mut commands = task.get("accept").map(list).unwrap_or_default();
            for reading in task.get("readings").and_then(|value| value.as_array()).into_iter().flatten() {
                commands.extend(list(reading));
            }
            let shell = text("shell").parse().unwrap_or(ShellType::Bash);
            let make = |command| Answer { task: text("id"), request: text("request"), shell, command };
            found.extend(commands.into_iter().map(make));
        }
    }
    found
}

fn alarms(half: &str) -> (Vec<String>, usize) {
    let gnu = Knowledge::builtin(Userland::Gnu);
    let bsd = Knowledge::builtin(Userland::Bsd);
    let answers = answers(half);
    let mut found = Vec::new();
    for answer in &answers {
        let mac = answer.request.to_lowercase().contains("mac") && answer.shell == ShellType::Zsh;
        let platform = match answer.shell {
            ShellType::PowerShell | ShellType::Cmd => Platform::Windows,
            _ if mac => Platform::MacOs,
            _ => Platform::Linux,
        };
        let report = verify(
            &answer.command,
            &Query::new(&answer.request, answer.shell, platform),
            if mac { &bsd } else { &gnu },
        );
        if let Some(check) = report.complaints().first() {
            found.push(format!(
                "{}: {} [{}]\n    {:?}: {}",
                answer.task, answer.command, answer.request, check.kind, check.complaint
            ));
        }
    }
    (found, answers.len())
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "some hundred answers")]
fn right_answers_are_left_alone() {
    let (found, all) = alarms("tuning");
    let rate = found.len() as f64 / all as f64;
    assert!(rate <= MAX_ALARMS, "{} of {all}:\n{}", found.len(), found.join("\n"));
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "some hundred answers")]
fn right_answers_that_nobody_looked_at_are_left_alone() {
    let (found, all) = alarms("report");
    let rate = found.len() as f64 / all as f64;
    assert!(rate <= MAX_ALARMS, "{} of {all}; which ones is not to be known", found.len());
}
