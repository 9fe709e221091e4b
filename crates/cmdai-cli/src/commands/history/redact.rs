//! Shows what would be hidden in a text. Touches no history.

use super::HistoryActionError;
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use cmdai_history::redact::Redactor;
use serde_json::json;
use std::io::{self, IsTerminal, Read, Write};

/// More than any text to look at; the rest of an endless stream is left alone.
const READ_LIMIT: u64 = 64 << 20;

/// `cmdai history redact`.
pub(super) fn run(words: &[String], explain: bool, json: bool, redactor: &Redactor) -> Result<ExitCode, Failure> {
    let text = if words.is_empty() { read()? } else { words.join(" ") };
    if text.is_empty() && io::stdin().is_terminal() {
        return Err(HistoryActionError::NothingToHide.into());
    }
    let redacted = redactor.redact(&text);
    if json {
        say::json(json!({ "text": redacted.text, "found": redacted.found }))?;
        return Ok(ExitCode::Ok);
    }
    if words.is_empty() && !explain {
        // A filter gives back what it got, its last line too.
        let mut out = io::stdout().lock();
        out.write_all(redacted.text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Stdout)?;
        return Ok(ExitCode::Ok);
    }
    say::line(redacted.text.trim_end_matches('\n'))?;
    if explain {
        for finding in &redacted.found {
            let (start, end) = (finding.span.start, finding.span.end);
            say::line(&format!("  {} at bytes {start} to {end}, by the rule {}", finding.kind, finding.rule))?;
        }
        if redacted.found.is_empty() {
            say::line("  nothing is hidden")?;
        }
    }
    Ok(ExitCode::Ok)
}

/// Standard input as text; what is not UTF-8 is replaced.
fn read() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    io::stdin().lock().take(READ_LIMIT).read_to_end(&mut bytes).map_err(Failure::Stdin)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
