//! The accepted answers of the accuracy tasks, for the test of false alarms and for the bench.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the tasks are ours; a test reads them before anybody else"
)]

use cmdai_core::request::{Platform, ShellType};
use std::path::Path;

/// A command that is right, and what was asked.
pub(crate) struct Answer {
    pub(crate) task: String,
    pub(crate) request: String,
    pub(crate) shell: ShellType,
    pub(crate) platform: Platform,
    pub(crate) command: String,
}

/// All accepted answers of one half of the tasks, `tuning` or `report`.
pub(crate) fn answers(half: &str) -> Vec<Answer> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/accuracy").join(half);
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let table: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
        for task in table["task"].as_array().unwrap() {
            found.extend(of_task(task));
        }
    }
    found
}

fn of_task(task: &toml::Value) -> Vec<Answer> {
    let text = |key: &str| task.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    let list = |value: &toml::Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut commands = task.get("accept").map(list).unwrap_or_default();
    for reading in task.get("readings").and_then(|value| value.as_array()).into_iter().flatten() {
        commands.extend(list(reading));
    }
    let shell = text("shell").parse().unwrap_or(ShellType::Bash);
    let mac = shell == ShellType::Zsh && text("request").to_lowercase().contains("mac");
    let platform = match shell {
        ShellType::PowerShell | ShellType::Cmd => Platform::Windows,
        _ if mac => Platform::MacOs,
        _ => Platform::Linux,
    };
    let make = |command| Answer { task: text("id"), request: text("request"), shell, platform, command };
    commands.into_iter().map(make).collect()
}
