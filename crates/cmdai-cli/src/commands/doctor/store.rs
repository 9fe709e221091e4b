//! The history: opened for reading only, so that a damaged one is told of and stays where it is.

use super::Finding;
use crate::{history, say};
use cmdai_config::Settings;
use cmdai_history::{Health, HistoryError, Store};

/// The history as it lies there.
pub(super) fn history(settings: &Settings) -> Finding {
    const NAME: &str = "history";
    if !settings.history.enabled {
        return Finding::ok(NAME, "not kept, as the settings say");
    }
    let path = history::path();
    // A file without a byte is one that was only just made.
    if path.metadata().map_or(0, |data| data.len()) == 0 {
        return Finding::ok(NAME, format!("no history yet; it will be {}", path.display()));
    }
    match Store::open_read_only(&path).and_then(|store| store.doctor()) {
        Ok(Health { problems, entries, damaged, .. }) => match (problems.first(), damaged.first()) {
            (Some(problem), _) => {
                Finding::broken(NAME, problem, "`cmdai history doctor --repair` puts right what it can")
            }
            (None, Some(old)) => Finding::warn(
                NAME,
                format!("{}, whole; an older one was damaged: {}", counted(entries), old.display()),
                "`cmdai history doctor --recover` takes over what can be read of it; then it may be removed",
            ),
            (None, None) => Finding::ok(NAME, format!("{}, whole and private: {}", counted(entries), path.display())),
        },
        Err(error) if error.is_corruption() => Finding::broken(
            NAME,
            format!("{} is damaged", path.display()),
            "the next request moves it aside and begins a new one; then `cmdai history doctor --recover` takes over what can be read",
        ),
        Err(error @ HistoryError::Newer { .. }) => {
            Finding::broken(NAME, error.to_string(), "use the newer cmdai, or move the file away")
        }
        Err(error) => Finding::broken(
            NAME,
            format!("{}: {error}", path.display()),
            "check the rights of the file and its directory; `--no-history` goes without",
        ),
    }
}

fn counted(entries: u64) -> String {
    say::count(entries, "entry", "entries")
}
