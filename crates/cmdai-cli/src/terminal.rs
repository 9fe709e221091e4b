//! The terminal: whether there is one to talk to, and text that is safe to put on it.

use crate::system;
use cmdai_config::Colour;
use cmdai_core::proposal::is_deceptive;
use console::Term;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};

/// Whether a person can be asked: the result goes to a terminal and so do questions.
#[must_use]
pub fn is_interactive() -> bool {
    io::stdout().is_terminal() && can_ask()
}

/// Whether a question can be asked, wherever the result goes.
#[must_use]
pub fn can_ask() -> bool {
    io::stderr().is_terminal() && open().is_ok()
}

/// The terminal itself, whatever standard input is.
///
/// # Errors
/// There is none.
pub fn open() -> io::Result<File> {
    File::open(system::TERMINAL)
        .and_then(|file| if file.is_terminal() { Ok(file) } else { Err(io::ErrorKind::Unsupported.into()) })
}

/// Uses colours as the settings say; `auto` is what the terminal and `NO_COLOR` say.
pub fn use_colours(colour: Colour) {
    let always = match colour {
        Colour::Auto => return,
        Colour::Always => true,
        Colour::Never => false,
    };
    console::set_colors_enabled(always);
    console::set_colors_enabled_stderr(always);
}

/// Asks on the terminal, whatever standard input is. An empty line takes `default`, anything but y or yes means no, and so does
/// the end of input.
///
/// # Errors
/// There is no terminal.
pub async fn ask_yes_no(question: String, default: bool) -> io::Result<bool> {
    let line = ask_line(question).await?;
    Ok(line.is_some_and(|line| match line.trim().to_lowercase().as_str() {
        "" => default,
        answer => matches!(answer, "y" | "yes"),
    }))
}

/// Asks on the terminal, whatever standard input is; `None` at the end of input.
///
/// The answer is read in a thread of its own, so that Ctrl-C is heard meanwhile.
///
/// # Errors
/// There is no terminal.
pub async fn ask_line(question: String) -> io::Result<Option<String>> {
    tokio::task::spawn_blocking(move || read_answer(&question)).await?
}

/// Throws away what was typed before a question stood there: it is no answer to it.
///
/// # Errors
/// There is no terminal.
pub fn forget_typed() -> io::Result<()> {
    system::forget_typed(&open()?)
}

fn read_answer(question: &str) -> io::Result<Option<String>> {
    let mut err = io::stderr().lock();
    write!(err, "{question}")?;
    err.flush()?;
    drop(err);
    let mut line = String::new();
    if BufReader::new(open()?).read_line(&mut line)? == 0 {
        writeln!(io::stderr())?;
        return Ok(None);
    }
    Ok(Some(line))
}

/// Makes characters visible that could drive the terminal or disguise the text.
#[must_use]
pub fn sanitize(text: &str) -> String {
    text.chars().map(|c| if is_deceptive(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// A text on one line, safe for a terminal.
#[must_use]
pub fn one_line(text: &str) -> String {
    sanitize(&text.replace('\n', " ⏎ ").replace('\t', " "))
}

/// Rows that `text` takes on `term`, at least 1.
#[must_use]
pub fn rows(term: &Term, text: &str) -> usize {
    let width = usize::from(term.size().1).max(1);
    text.split('\n').map(|line| console::measure_text_width(line).max(1).div_ceil(width)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_sanitized_drives_a_terminal(text in "\\PC{0,20}|[\u{0}-\u{9f}]{0,20}") {
            prop_assert!(!sanitize(&text).chars().any(is_deceptive));
        }
    }

    #[test]
    fn ordinary_text_stays() {
        assert_eq!(sanitize("awk '{print $1}' é🦀\n\tx"), "awk '{print $1}' é🦀\n\tx");
        assert_eq!(sanitize("a\u{1b}[2J"), "a\\u{1b}[2J");
    }
}
