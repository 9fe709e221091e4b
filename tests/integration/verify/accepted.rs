//! False alarms: the accepted answers of the accuracy tasks are right, so whatever is said against one of them is wrong.
//!
//! Of the half that is only reported, the rate is looked at and nothing else.

use crate::answers::answers;
use cmdai_core::context::Userland;
use cmdai_core::request::Platform;
use cmdai_verify::{Knowledge, Query, verify};

/// The bar: of a hundred right commands at most two are complained about.
const MAX_ALARMS: f64 = 0.02;

fn alarms(half: &str) -> (Vec<String>, usize) {
    let gnu = Knowledge::builtin(Userland::Gnu);
    let bsd = Knowledge::builtin(Userland::Bsd);
    let answers = answers(half);
    let mut found = Vec::new();
    for answer in &answers {
        let knowledge = if answer.platform == Platform::MacOs { &bsd } else { &gnu };
        let report = verify(&answer.command, &Query::new(&answer.request, answer.shell, answer.platform), knowledge);
        if let Some(check) = report.complaints().first() {
            found.push(format!("{}: {}\n    {}", answer.task, answer.command, check.complaint));
        }
    }
    (found, answers.len())
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "some hundred answers")]
fn right_answers_are_left_alone() {
    let (found, all) = alarms("tuning");
    assert!(
        all > 400 && found.len() as f64 / all as f64 <= MAX_ALARMS,
        "{} of {all}:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
#[allow(clippy::cast_precision_loss, reason = "some hundred answers")]
fn right_answers_that_nobody_looked_at_are_left_alone() {
    let (found, all) = alarms("report");
    let rate = found.len() as f64 / all as f64;
    assert!(all > 400 && rate <= MAX_ALARMS, "{} of {all}; which ones is not to be known", found.len());
}
