//! What every command says: lines and JSON on standard output, and what is said about them on standard error.

use crate::errors::Failure;
use crate::terminal;
use console::style;
use serde_json::Value;
use std::io::{self, Write};
use std::time::Duration;

/// Raised when a field of what `--json` prints changes its meaning or goes away; new fields do not raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// In which form a command gives its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines for people.
    Words,
    /// One object.
    Json,
    /// One object a line, each an event.
    Stream,
}

/// One line on standard output, flushed.
///
/// # Errors
/// [`Failure::Stdout`]: the reader is gone, or the disk is full.
pub fn line(text: &str) -> Result<(), Failure> {
    try_line(text).map_err(Failure::Stdout)
}

/// One JSON object on standard output, with the version of its form.
///
/// # Errors
/// As [`line()`].
pub fn json(value: Value) -> Result<(), Failure> {
    line(&versioned(value).to_string())
}

/// The object with the version of its form, which stands first.
pub(crate) fn versioned(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.shift_insert(0, "schema_version".to_owned(), SCHEMA_VERSION.into());
    }
    value
}

/// An event of `--json-stream`: the object with its version and the name of what happened.
pub(crate) fn event(name: &str, mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.shift_insert(0, "event".to_owned(), name.into());
    }
    versioned(value)
}

/// As [`line()`], for those who word the failure themselves.
pub(crate) fn try_line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// A number and what it counts.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// A size as people read it, in the unit that fits.
#[allow(clippy::cast_precision_loss, reason = "shown with one digit")]
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}

/// Milliseconds as JSON gives them, to the microsecond.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// Tells what is wrong, where the program goes on all the same.
pub fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{} {}", style("error:").for_stderr().red().bold(), terminal::sanitize(text));
}

/// One warning on standard error.
pub fn warn(text: &str) {
    let _ = writeln!(
        io::stderr().lock(),
        "{} {}",
        style("warning:").for_stderr().yellow().bold(),
        terminal::sanitize(text)
    );
}

/// One dim line on standard error.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", style(terminal::sanitize(text)).for_stderr().dim());
}

/// One line on standard error, without any mark.
pub fn aside(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", terminal::sanitize(text));
}

/// Lines on standard error, as they are.
///
/// # Errors
/// The terminal is gone.
pub fn lines(lines: &[String]) -> io::Result<()> {
    let mut err = io::stderr().lock();
    lines.iter().try_for_each(|line| writeln!(err, "{line}"))
}
