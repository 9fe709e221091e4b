//! `cmdai widget`: the half of the shell integration that is not written in the shell's language.
//!
//! A request like any other, judged and recorded, whose command is meant for the prompt line: it is neither asked about nor run, and a
//! person reads it there before pressing Enter. So nothing that was typed before may count as that Enter (held by
//! `what_was_typed_while_it_works_runs_nothing`).

use crate::ask::{self, input};
use crate::errors::Failure;
use crate::flags::AskArgs;
use crate::flags_init::WidgetArgs;
use crate::terminal;
use cmdai_config::Settings;
use std::time::Instant;

/// Prints the command; returns the exit status.
///
/// # Errors
/// As [`ask::run()`].
pub async fn run(args: WidgetArgs, settings: &Settings, started: Instant) -> Result<u8, Failure> {
    let mut settings = settings.clone();
    // There is one line to put it on.
    settings.interface.alternatives = 1;
    let words = if args.words.is_empty() { input::piped().await? } else { args.words.join(" ") };
    // The mark of a line on which Enter asks; the key may be pressed there as well.
    let words = words.strip_prefix("# ").unwrap_or(&words).to_owned();
    let asked = AskArgs { request: vec![words], no_input: true, for_line: true, ..AskArgs::default() };
    let answered = ask::run(asked, &settings, started).await;
    // Off a terminal there is nothing to forget.
    let _ = terminal::forget_typed();
    answered
}
