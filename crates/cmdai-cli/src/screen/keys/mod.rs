//! A question that one key answers, and a line that is edited in place: below what was printed, not on a full screen.
//!
//! Keys are read in a thread of their own, so the request may end while one is waited for: [`give_back`] is called at the end of the
//! program, whatever was waited for then. What is typed behind the answer is left for whoever reads next.

#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(not(unix))]
use windows as system;

pub(crate) use system::give_back;

use crate::terminal;
use rustyline::config::{Behavior, Config};
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use std::io::{self, Write};

/// A key that may answer a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    Enter,
    Escape,
    /// Ctrl-D.
    End,
    /// What no question knows.
    Other,
}

/// Whether keys can be had one by one.
pub(crate) fn are_there() -> bool {
    terminal::can_ask() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Shows `question` and waits for one key. Does not come back from a signal that ends the program.
///
/// # Errors
/// The terminal is gone.
pub(crate) async fn press(question: String) -> io::Result<Key> {
    tokio::task::spawn_blocking(move || system::wait(&question)).await?
}

fn show(text: &str) -> io::Result<()> {
    let mut err = io::stderr().lock();
    err.write_all(text.as_bytes())?;
    err.flush()
}

/// A line with `text` in it, to be changed; `None` where it was given up. Keys are those of readline.
///
/// # Errors
/// The terminal is gone.
pub(crate) async fn edit(prompt: &'static str, text: String) -> io::Result<Option<String>> {
    tokio::task::spawn_blocking(move || {
        system::remember()?;
        let config = Config::builder().behavior(Behavior::PreferTerm).auto_add_history(false).build();
        let mut editor =
            rustyline::Editor::<(), _>::with_history(config, MemHistory::new()).map_err(io::Error::other)?;
        match editor.readline_with_initial(prompt, (&text, "")) {
            Ok(line) => Ok(Some(line).filter(|line| !line.trim().is_empty())),
            Err(ReadlineError::Interrupted | ReadlineError::Eof) => Ok(None),
            Err(ReadlineError::Io(error)) => Err(error),
            Err(other) => Err(io::Error::other(other)),
        }
    })
    .await?
}
