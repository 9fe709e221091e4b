//! The history in numbers.

use super::words;
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use cmdai_history::{HistoryError, Stats, Store};
use console::style;

/// `cmdai history stats`.
pub(super) fn run(store: &Store, top: u32, json: bool) -> Result<ExitCode, Failure> {
    let stats = store.stats(top)?;
    if json {
        say::json(serde_json::to_value(&stats).map_err(HistoryError::from)?)?;
        return Ok(ExitCode::Ok);
    }
    for line in lines(&stats) {
        say::line(&line)?;
    }
    Ok(ExitCode::Ok)
}

fn lines(stats: &Stats) -> Vec<String> {
    let entries = say::count(stats.entries, "entry", "entries");
    let (Some(first), Some(last)) = (stats.first, stats.last) else { return vec!["the history is empty".to_owned()] };
    let mut lines = vec![
        format!("{entries}, {}", say::count(stats.commands, "command", "commands")),
        format!("from {} to {}", words::time(first), words::time(last)),
        format!("{}, {} of them ended well", say::count(stats.runs, "run", "runs"), stats.successes),
        format!(
            "{}, {} edited, {} redacted",
            say::count(stats.favourites, "favourite", "favourites"),
            stats.edited,
            stats.redacted
        ),
    ];
    lines.extend(stats.generation_ms.map(|ms| format!("a command is written in {ms:.0} ms, at the median")));
    for (title, counts) in [
        ("what became of them", &stats.dispositions),
        ("risk", &stats.risks),
        ("shells", &stats.shells),
        ("backends", &stats.backends),
        ("commands run most", &stats.top_commands),
        ("directories", &stats.top_places),
    ] {
        if counts.iter().all(|(name, _)| name.is_empty()) {
            continue;
        }
        lines.push(style(title).bold().to_string());
        for (name, count) in counts {
            let name = if name.is_empty() { "(not known)" } else { name };
            lines.push(format!("{count:>8}  {}", words::one_line(name)));
        }
    }
    lines
}
