//! Looks after the database: is it whole, and does it hold secrets that it should not.

use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use crate::terminal::sanitize;
use cmdai_history::{Health, HistoryError, Recovered, Store};
use console::style;
use serde_json::{Value, json};
use std::path::Path;

/// Entries named of those that hold secrets.
const NAMED: usize = 20;

/// `cmdai history doctor`. Ends with a failure where something is wrong still.
pub(super) fn doctor(store: &mut Store, repair: bool, recover: bool, json: bool) -> Result<ExitCode, Failure> {
    let mut health = store.doctor()?;
    let mut recovered = Vec::new();
    if recover {
        for path in &health.damaged {
            recovered.push((path.clone(), store.recover(path)));
        }
    }
    if repair {
        store.repair()?;
    }
    if repair || recover {
        health = store.doctor()?;
    }
    let code = if health.problems.is_empty() { ExitCode::Ok } else { ExitCode::Failure };
    if json {
        let mut value = serde_json::to_value(&health).map_err(HistoryError::from)?;
        let told = recovered.iter().map(|(path, result)| recovered_json(path, result)).collect();
        if let Some(object) = value.as_object_mut() {
            object.insert("path".to_owned(), json!(store.path()));
            object.insert("paused".to_owned(), store.is_paused()?.into());
            object.insert("recovered".to_owned(), Value::Array(told));
        }
        say::json(value)?;
        return Ok(code);
    }
    tell(store, &health)?;
    for (path, result) in &recovered {
        say::line(&recovered_words(path, result))?;
    }
    advise(&health, repair, recover)?;
    Ok(code)
}

fn tell(store: &Store, health: &Health) -> Result<(), Failure> {
    if let Some(path) = store.path() {
        say::line(&path.display().to_string())?;
    }
    let journal = if health.journal == "wal" { "" } else { ", without a write-ahead log, so writing is slower" };
    say::line(&format!("format {}{journal}", health.version))?;
    say::line(&format!(
        "{}, {}",
        say::count(health.entries, "entry", "entries"),
        say::count(health.commands, "command", "commands")
    ))?;
    let (file, log, free) = (health.file_bytes, health.log_bytes, health.free_bytes);
    say::line(&format!("{}, of it free {}; log {}", say::bytes(file), say::bytes(free), say::bytes(log)))?;
    if store.is_paused()? {
        say::line("paused: nothing new is kept until `cmdai history resume`")?;
    }
    Ok(())
}

fn advise(health: &Health, repaired: bool, recovered: bool) -> Result<(), Failure> {
    for problem in &health.problems {
        say::line(&format!("{} {}", style("problem:").red().bold(), sanitize(problem)))?;
    }
    say::line(match (health.problems.is_empty(), repaired) {
        (true, _) => "all is well",
        (false, false) => "`cmdai history doctor --repair` puts right what it can",
        (false, true) => "this cannot be put right in place: save what can be read with `cmdai history export FILE`",
    })?;
    if !recovered {
        for path in &health.damaged {
            say::line(&format!("damaged earlier: {}", path.display()))?;
        }
        if !health.damaged.is_empty() {
            say::line("`cmdai history doctor --recover` takes over what can be read of it; then it may be removed")?;
        }
    }
    Ok(())
}

fn recovered_words(path: &Path, result: &Result<Recovered, HistoryError>) -> String {
    match result {
        Ok(Recovered { taken, known, lost }) => format!(
            "{}: {} taken over, {known} here already, {lost} lost",
            path.display(),
            say::count(*taken, "entry", "entries")
        ),
        Err(error) => format!("{}: nothing can be read ({error})", path.display()),
    }
}

fn recovered_json(path: &Path, result: &Result<Recovered, HistoryError>) -> Value {
    match result {
        Ok(recovered) => json!({ "path": path, "recovered": recovered }),
        Err(error) => json!({ "path": path, "error": error.to_string() }),
    }
}

/// `cmdai history scan`.
pub(super) fn scan(store: &mut Store, apply: bool, json: bool) -> Result<ExitCode, Failure> {
    let scanned = store.scan(apply)?;
    if json {
        say::json(serde_json::to_value(&scanned).map_err(HistoryError::from)?)?;
        return Ok(ExitCode::Ok);
    }
    for (id, rules) in scanned.secrets.iter().take(NAMED) {
        let rules: Vec<String> = rules.iter().map(|rule| format!("{} ({})", rule.rule, rule.count)).collect();
        say::line(&format!("{id}  {}", rules.join(", ")))?;
    }
    let found = scanned.secrets.len();
    if found > NAMED {
        say::line(&format!("… and {} more", found - NAMED))?;
    }
    let looked = say::count(scanned.entries, "entry", "entries");
    say::line(&match (found, apply) {
        (0, _) => format!("{looked}, no secrets found"),
        (_, false) => format!("{looked}, {found} with secrets; `cmdai history scan --apply` hides them"),
        (_, true) if scanned.scrubbed => format!("{looked}, the secrets of {found} are hidden now"),
        (_, true) => format!(
            "{looked}, the secrets of {found} are hidden now; another cmdai uses the history, and its log forgets them when it ends"
        ),
    })?;
    Ok(ExitCode::Ok)
}
