//! `cmdai worker`: the process that keeps the model ready, looked at and ended by hand.

use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags::{WorkerAction, WorkerArgs};
use crate::say;
use crate::worker;
use cmdai_backends::worker::protocol::Status;
use cmdai_backends::worker::{Place, status, stop};
use serde_json::json;

/// Does what was asked.
///
/// # Errors
/// [`Failure::Worker`] where what is there is no worker.
pub async fn run(args: WorkerArgs) -> Result<ExitCode, Failure> {
    if matches!(args.action, WorkerAction::Serve) {
        worker::be().await.map_err(Failure::Worker)?;
        return Ok(ExitCode::Ok);
    }
    let place = Place::of_user().map_err(Failure::Worker)?;
    let said = match args.action {
        WorkerAction::Status { json } => {
            let status = status(&place).await.map_err(Failure::Worker)?;
            if json { say::versioned(json!({ "worker": status })).to_string() } else { words(status) }
        }
        WorkerAction::Stop if stop(&place).await.map_err(Failure::Worker)? => "the worker ends".to_owned(),
        WorkerAction::Stop | WorkerAction::Serve => "no worker is running".to_owned(),
    };
    say::line(&said)?;
    Ok(ExitCode::Ok)
}

fn words(status: Option<Status>) -> String {
    let Some(status) = status else { return "no worker is running; the next request starts one".to_owned() };
    let doing = match status.idle {
        Some(idle) => format!("idle for {idle} s, ends after {} s", status.keep_alive),
        None => format!("{} requests at work or waiting", status.active),
    };
    let memory = status.memory.map_or_else(String::new, |bytes| format!(", {} MiB of memory", bytes >> 20));
    format!(
        "{} is ready (process {}, up for {} s{memory})\n{} requests answered; {doing}",
        status.model, status.pid, status.uptime, status.answered
    )
}
