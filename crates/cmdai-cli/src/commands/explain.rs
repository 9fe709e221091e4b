//! `cmdai explain`: a command part by part, from this machine's own documentation, and where that is wished for in one sentence of a model.

use super::gist;
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_explain::ExplainArgs;
use crate::{explain, probe, risk, say, settings, terminal, verify};
use cmdai_config::Settings;
use cmdai_core::assess::Assess;
use console::Term;
use serde_json::json;
use std::io::{self, IsTerminal};

/// Tells the parts of the command, and what it risks.
///
/// # Errors
/// [`Failure`]: there is nothing to explain, standard input or output failed, or the model that was asked for did not answer.
pub async fn run(args: &ExplainArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let command = if args.command.is_empty() { super::check::read()? } else { super::check::joined(&args.command) };
    let command = command.trim();
    if command.is_empty() {
        return Err(Failure::NothingToCheck);
    }
    let shell = settings.interface.shell.unwrap_or_else(probe::shell);
    let context = probe::capture(shell).map_err(Failure::CurrentDirectory)?;
    let knowledge = verify::knowledge(context.userland);
    let parts = cmdai_verify::explain_asking(command, shell, &knowledge);
    let judged = settings::analyzer(settings).assess(command, &context, settings.safety.level);
    if args.json {
        let gist = if args.model { Some(gist::ask(command, settings, false).await?) } else { None };
        let gist =
            gist.map(|gist| json!({ "text": gist.text, "backend": gist.source.backend, "model": gist.source.model }));
        say::json(json!({
            "command": command, "shell": shell, "parts": parts, "risk": judged.risk(), "findings": judged.findings(),
            "gist": gist,
        }))?;
    } else {
        let width = if io::stdout().is_terminal() { Term::stdout().size().1.into() } else { usize::MAX };
        for line in explain::lines(&parts, width) {
            say::line(&line)?;
        }
        let _ = say::lines(&risk::reasons(&judged));
        // What the documentation says stands there already, whatever becomes of this.
        if args.model {
            let gist = gist::ask(command, settings, true).await?;
            let who = gist.source.model.unwrap_or(gist.source.backend);
            say::line(&format!("in short, as {who} says: {}", terminal::one_line(&gist.text)))?;
        }
    }
    if let Err(error) = knowledge.save() {
        tracing::debug!(%error, "what was read of the programs could not be kept");
    }
    Ok(ExitCode::Ok)
}
