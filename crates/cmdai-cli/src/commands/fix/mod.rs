//! `cmdai fix`: the last command, corrected.
//!
//! The command comes from the arguments or from the variables that the shell's integration sets, what it printed from a pipe or from
//! tmux. A slip of the keyboard and what has one remedy is put right by what is known, and only the rest goes to a model. Either way the
//! result goes through the stages of any request. What goes to another machine goes without its secrets, as every prompt does
//! (`what_failed_leaves_the_machine_without_its_secrets`).

mod printed;

use crate::ask::{self, Correction, input};
use crate::errors::Failure;
use crate::flags_fix::FixArgs;
use crate::{probe, verify};
use cmdai_config::Settings;
use cmdai_core::request::{CommandRequest, Platform, ShellType, shorten_context};
use cmdai_verify::{Query, Slip};
use std::env;
use std::time::Instant;

/// Set by the shell's integration: what was typed last.
const LAST_COMMAND: &str = "CMDAI_LAST_COMMAND";
/// And how it ended.
const LAST_STATUS: &str = "CMDAI_LAST_STATUS";

/// A command that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failed {
    command: String,
    status: Option<i32>,
}

/// Corrects the command; returns the exit status.
///
/// # Errors
/// [`Failure`]: there is nothing to correct, or as of any request.
pub async fn run(args: FixArgs, settings: &Settings, started: Instant) -> Result<u8, Failure> {
    let variable = |name| env::var(name).ok();
    let failed = failed(&args.ask.request, variable(LAST_COMMAND), variable(LAST_STATUS))?;
    let shell = settings.interface.shell.unwrap_or_else(probe::shell);
    let remedy = if args.ask.fresh { None } else { remedy(&failed.command, shell) };
    let printed = if input::is_piped() {
        input::read().await.map_err(Failure::Stdin)?
    } else if args.screen {
        printed::on_screen(&failed.command).ok_or(Failure::NoScreen)?
    } else {
        String::new()
    };
    let printed = shorten_context(&console::strip_ansi_codes(&printed));
    let request = CommandRequest::new(&words(&failed), shell, Platform::current())?.with_context(&printed)?;
    let correction = Correction { request, failed: failed.command, slip: remedy };
    ask::correct(correction, args.ask, settings, started).await
}

/// The command that is meant.
fn failed(words: &[String], last: Option<String>, status: Option<String>) -> Result<Failed, Failure> {
    if !words.is_empty() {
        let command = super::check::joined(words).trim().to_owned();
        return if command.is_empty() { Err(Failure::NothingToFix) } else { Ok(Failed { command, status: None }) };
    }
    // What was typed last may be the wish itself, said once before.
    let is_wish = |last: &str| last == "cmdai fix" || last.starts_with("cmdai fix ");
    let command = last.map(|last| last.trim().to_owned()).filter(|last| !last.is_empty() && !is_wish(last));
    let command = command.ok_or(Failure::NothingToFix)?;
    match status.and_then(|status| status.trim().parse().ok()) {
        Some(0) => Err(Failure::EndedWell { command }),
        status => Ok(Failed { command, status }),
    }
}

/// Why, and the command put right, where no model is needed for it.
fn remedy(command: &str, shell: ShellType) -> Option<(String, String)> {
    let context = probe::capture(shell).ok()?;
    let query = Query::new("", shell, Platform::current());
    let knowledge = verify::knowledge(context.userland);
    if let Some(slip) = cmdai_verify::slip(command, &query, &knowledge) {
        return Some((said(&slip), slip.command));
    }
    let amended = cmdai_verify::amend(command, &query, &knowledge);
    (!amended.because.is_empty()).then(|| (amended.because.join("; "), amended.command))
}

/// What is asked of the model.
fn words(failed: &Failed) -> String {
    let how = match failed.status {
        Some(127) => "which failed with status 127 (command not found)".to_owned(),
        Some(status) => format!("which failed with status {status}"),
        None => "which failed".to_owned(),
    };
    format!("correct this command, {how}: {}", failed.command)
}

/// Why no model was asked.
fn said(slip: &Slip) -> String {
    let each = |(written, meant): &(String, String)| format!("`{written}` is not there, `{meant}` is");
    slip.changes.iter().map(each).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_go_before_what_the_shell_tells() {
        let found = |words: &[&str], last: Option<&str>, status: Option<&str>| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            failed(&words, last.map(str::to_owned), status.map(str::to_owned))
                .map(|failed| format!("{} {:?}", failed.command, failed.status))
                .map_err(|error| error.to_string())
        };
        assert_eq!(found(&["make", "a b"], Some("ls"), Some("1")).unwrap(), "make 'a b' None");
        assert_eq!(found(&["make x | tee y"], None, None).unwrap(), "make x | tee y None");
        assert_eq!(found(&[], Some(" ls -x\n"), Some("2")).unwrap(), "ls -x Some(2)");
        assert_eq!(found(&[], Some("ls"), Some("")).unwrap(), "ls None");
        assert!(found(&[], Some("ls"), Some("0")).unwrap_err().contains("`ls`, ended well"));
        for nothing in [None, Some(""), Some("  "), Some("cmdai fix"), Some("cmdai fix --screen")] {
            assert!(found(&[], nothing, Some("1")).is_err());
        }
        assert!(found(&[" "], Some("ls"), None).is_err());
    }
}
