//! What was asked: the words of the command line, and what is piped to standard input.
//!
//! Words are the request and standard input is material for it; without words, standard input is the request.

use crate::errors::Failure;
use crate::{say, system};
use cmdai_core::request::{CommandRequest, Platform, RequestError, ShellType, shorten_context};
use std::io::{self, IsTerminal, Read};
use std::time::Duration;

/// Enough of any log to keep its beginning and its end; an endless stream ends here.
const READ_LIMIT: u64 = 1 << 20;
/// A person who waits this long is told what for.
const NOTICE_AFTER: Duration = Duration::from_secs(1);

/// The request of the command line; `None` where standard input is to be the request.
///
/// # Errors
/// The words are no request, or there are none and nothing is piped either.
pub fn from_arguments(words: &[String], shell: ShellType) -> Result<Option<CommandRequest>, RequestError> {
    match CommandRequest::new(&words.join(" "), shell, Platform::current()) {
        Err(RequestError::Empty) if words.is_empty() && is_piped() => Ok(None),
        other => other.map(Some),
    }
}

/// Adds what is piped to standard input.
///
/// # Errors
/// It cannot be read, or is to be the request and is not one.
pub async fn complete(request: Option<CommandRequest>, shell: ShellType) -> Result<CommandRequest, Failure> {
    let piped = piped().await?;
    Ok(match request {
        Some(request) => request.with_context(&shorten_context(&piped))?,
        None => CommandRequest::new(&piped, shell, Platform::current())?,
    })
}

/// What is piped to standard input; empty where nothing is.
///
/// # Errors
/// [`Failure::Stdin`].
pub async fn piped() -> Result<String, Failure> {
    if is_piped() { read().await.map_err(Failure::Stdin) } else { Ok(String::new()) }
}

/// Whether standard input is a pipe, a socket or a file: a terminal and `/dev/null` hold no material.
#[must_use]
pub fn is_piped() -> bool {
    system::input_holds_material() && !io::stdin().is_terminal()
}

/// What is piped, up to its limit; a person is told what is waited for.
///
/// # Errors
/// It cannot be read.
pub async fn read() -> io::Result<String> {
    let mut reading = tokio::task::spawn_blocking(|| {
        let mut bytes = Vec::new();
        io::stdin().lock().take(READ_LIMIT).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    });
    if let Ok(read) = tokio::time::timeout(NOTICE_AFTER, &mut reading).await {
        return read?;
    }
    if io::stderr().is_terminal() {
        say::note("reading standard input until it ends (Ctrl-C to stop)");
    }
    reading.await?
}
