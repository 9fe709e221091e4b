//! Shows one entry whole.

use super::{resolve, words};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use crate::terminal::sanitize;
use chrono::Local;
use cmdai_core::record::HistoryEntry;
use cmdai_history::Store;
use console::style;
use serde_json::json;
use std::time::Duration;

/// `cmdai history show`.
pub(super) fn run(store: &Store, id: &str, json: bool) -> Result<ExitCode, Failure> {
    let id = resolve(store, id)?;
    let gone = || super::HistoryActionError::NoSuchEntry { given: id.to_string() };
    let found = store.get(id)?.ok_or_else(gone)?;
    if json {
        say::json(json!({ "entry": found.entry, "runnable": found.runnable().is_some() }))?;
        return Ok(ExitCode::Ok);
    }
    let runnable = found.runnable().is_some();
    for (name, value) in fields(&found.entry, runnable) {
        let value = sanitize(&value).replace('\n', &format!("\n{:13}", ""));
        say::line(&format!("{} {value}", style(format!("{name:<12}")).dim()))?;
    }
    Ok(ExitCode::Ok)
}

/// Names and values of what is known.
fn fields(entry: &HistoryEntry, runnable: bool) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    let mut put =
        |name, value: Option<String>| fields.extend(value.filter(|v| !v.is_empty()).map(|value| (name, value)));
    put("id", Some(entry.id.to_string()));
    put("time", Some(entry.time.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S %:z").to_string()));
    put("request", Some(entry.request.clone()));
    put("command", entry.command.clone());
    put("edited to", entry.edited.clone());
    put("explanation", entry.explanation.clone());
    put("became", Some(words::state(entry)));
    put("ran for", entry.execution.map(|run| duration(run.duration)));
    if let Some(safety) = &entry.safety {
        let consent = safety.consent.map(|consent| format!(", {consent}")).unwrap_or_default();
        put("risk", Some(format!("{} ({}{consent})", safety.risk, safety.decision)));
        put("found by", Some(safety.rules.join(", ")));
    }
    put("shell", Some(format!("{} on {}", entry.shell, entry.platform)));
    put("directory", Some(entry.cwd.display().to_string()));
    put("session", entry.session.clone());
    let who = [entry.user.as_deref(), entry.host.as_deref()];
    put("by", Some(who.into_iter().flatten().collect::<Vec<_>>().join(" on ")));
    if let Some(generation) = &entry.generation {
        let by = [generation.backend.as_deref(), generation.model.as_deref()];
        let by: Vec<&str> = by.into_iter().flatten().collect();
        put("written by", Some(by.join(", ")));
        put("written in", Some(duration(generation.duration)));
        put("confidence", generation.confidence.map(|confidence| format!("{:.0} %", confidence * 100.0)));
    }
    put("tags", Some(entry.tags.join(" ")));
    put("favourite", entry.favourite.then(|| "yes".to_owned()));
    let hidden = entry.redactions.iter().map(|r| format!("{} ({})", r.rule, r.count)).collect::<Vec<_>>();
    put("hidden by", Some(hidden.join(", ")));
    if !runnable && entry.final_command().is_some() {
        put("runnable", Some("no, because something in it was hidden".to_owned()));
    }
    fields
}

fn duration(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds => format!("{seconds:.1} s"),
    }
}
