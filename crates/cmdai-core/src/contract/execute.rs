//! Laws of [`Execute`], for implementations that run POSIX shell text.

use super::sample_assessment;
use crate::assess::RiskLevel;
use crate::confirm::{Approved, Consent};
use crate::execute::{Execute, ExecuteError};
use crate::request::SafetyLevel;

/// Permission to run `command`, as a user would have given it.
#[must_use]
pub fn approved(command: &str) -> Approved {
    sample_assessment(command, RiskLevel::Moderate, SafetyLevel::Moderate)
        .approve(Consent::Confirmed)
        .expect("a confirmed command is approved")
}

/// The status of the command is the status of the run, signals included.
pub async fn the_exit_status_passes_through(execute: &mut dyn Execute) {
    for (command, expected) in [("true", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("exit 255", 255)] {
        let execution = execute.execute(approved(command)).await.expect("the shell starts");
        assert_eq!(execution.exit_code, expected, "{command}");
    }
}

/// The text reaches the shell byte for byte.
pub async fn the_text_arrives_whole(execute: &mut dyn Execute) {
    let command = "test \"$(printf '%s' 'a\"b`c$d{e}\\f é🦀')\" = 'a\"b`c$d{e}\\f é🦀' && cat <<'E' | grep -q 'second'\nfirst\nsecond\nE";
    let execution = execute.execute(approved(command)).await.expect("the shell starts");
    assert_eq!(execution.exit_code, 0);
}

/// A shell that is not there is an error, not a status.
pub async fn a_missing_shell_is_an_error(execute: &mut dyn Execute) {
    let result = execute.execute(approved("true")).await;
    assert!(matches!(result, Err(ExecuteError::Start { .. })), "{result:?}");
}
