//! Entries in words: as one line of a list, and their parts.

use crate::risk;
pub(super) use crate::terminal::one_line;
use chrono::{DateTime, Local, Utc};
use cmdai_core::record::{Disposition, HistoryEntry};
use cmdai_history::{HistoryError, Store};
use console::{measure_text_width, style, truncate_str};

/// Widest id, time and state of a list, with the spaces between.
const STATE_WIDTH: usize = 9;

/// Columns that a command needs to be known again.
const LEAST: usize = 20;

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
    let command = format!("{}{}", text(entry), style(tags).dim());
    Ok(arranged(&id, &format!("{} {star} {state}", time(entry.time)), &command, width.unwrap_or(usize::MAX)))
}

/// Where the window is too narrow for the command behind all of that, what became of it goes.
fn arranged(id: &str, about: &str, command: &str, width: usize) -> String {
    let whole = format!("{id}  {about} {command}");
    let left = width.saturating_sub(measure_text_width(&whole) - measure_text_width(command));
    let line = if left < LEAST.min(measure_text_width(command)) { format!("{id}  {command}") } else { whole };
    truncate_str(&line, width, "…").into_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_window_keeps_the_command() {
        let shown = |width| arranged("01a2", "2026-11-23 10:51   ok       ", "find . -name '*.log' -size +10M", width);
        assert_eq!(shown(100), "01a2  2026-11-23 10:51   ok        find . -name '*.log' -size +10M");
        assert_eq!(shown(60), "01a2  2026-11-23 10:51   ok        find . -name '*.log' -si…");
        assert_eq!(shown(40), "01a2  find . -name '*.log' -size +10M");
        assert_eq!(shown(20), "01a2  find . -name …");
        assert_eq!(arranged("01a2", "2026-11-23 10:51   ok       ", "ls", 40), "01a2  2026-11-23 10:51   ok        ls");
    }
}
