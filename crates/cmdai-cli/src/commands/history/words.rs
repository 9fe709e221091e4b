//! Entries in words: as one line of a list, and their parts.

use crate::risk;
pub(super) use crate::terminal::one_line;
use chrono::{DateTime, Local, Utc};
use cmdai_core::record::{Disposition, HistoryEntry};
use cmdai_history::{HistoryError, Store};
use console::{measure_text_width, style, truncate_str};

/// Widest id, time and state of a list, with the spaces between.
const STATE_WIDTH: usize = 9;

/// One line: id, time, what became of it, command. Cut to `width` columns where there is one.
///
/// # Errors
/// The id cannot be shortened, because the database fails.
pub(super) fn line(store: &Store, entry: &HistoryEntry, width: Option<usize>) -> Result<String, HistoryError> {
    let id = style(store.short_id(entry.id)?).dim().to_string();
    let star = if entry.favourite { "*" } else { " " };
    let state = format!("{:<STATE_WIDTH$}", state(entry));
    let state = match entry.safety.as_ref() {
        Some(safety) => risk::colour(safety.risk).apply_to(state).to_string(),
        None => state,
    };
    let tags = entry.tags.iter().map(|tag| format!(" #{}", one_line(tag))).collect::<Vec<_>>().concat();
    let line = format!("{id}  {} {star} {state} {}{}", time(entry.time), text(entry), style(tags).dim());
    let fits = width.is_none_or(|width| measure_text_width(&line) <= width);
    Ok(if fits { line } else { truncate_str(&line, width.unwrap_or(usize::MAX), "…").into_owned() })
}

/// The command, or the request behind a mark where there is no command.
pub(super) fn text(entry: &HistoryEntry) -> String {
    entry.final_command().map_or_else(|| format!("# {}", one_line(&entry.request)), one_line)
}

/// What became of an entry, in a word.
pub(super) fn state(entry: &HistoryEntry) -> String {
    match (entry.disposition, &entry.execution) {
        (Disposition::Run, Some(run)) if run.exit_code == 0 => "ok".to_owned(),
        (Disposition::Run, Some(run)) => format!("exit {}", run.exit_code),
        (disposition, _) => disposition.to_string(),
    }
}

/// The time on the clock of this machine.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.with_timezone(&Local).format("%Y-%m-%d %H:%M").to_string()
}
