//! Shows the difference, asks, and writes.

use super::super::book::Book;
use super::{ask, yes};
use crate::errors::Failure;
use crate::say;
use crate::settings;
use crate::terminal::one_line;
use cmdai_config::{Changed, LineKind, SaveError};

/// Writes the draft if that is agreed to and can be done. Tells whether it was; `None` at the end of input.
pub(super) async fn save(book: &mut Book) -> Result<Option<bool>, Failure> {
    loop {
        if !book.draft().is_changed() {
            say::aside("nothing is changed");
            return Ok(Some(false));
        }
        if let Some(why) = book.wrong().into_iter().next() {
            say::aside(&format!("this cannot be saved: {why}"));
            return Ok(Some(false));
        }
        difference(book);
        let path = one_line(&book.draft().path().display().to_string());
        if !yes(&format!("Write this to {path}? [y/N] ")).await? {
            say::aside("nothing was written");
            return Ok(Some(false));
        }
        match cmdai_config::save(book.draft(), Some(&settings::check)) {
            Ok(draft) => {
                book.begin(draft);
                say::aside(&format!("saved {path}"));
                return Ok(Some(true));
            }
            Err(SaveError::Changed(changed)) => {
                let Some(goes_on) = settle(book, &changed).await? else { return Ok(None) };
                if !goes_on {
                    return Ok(Some(false));
                }
            }
            Err(SaveError::Io { path, source }) => {
                say::aside(&format!("{} cannot be written: {source}", path.display()));
                return Ok(Some(false));
            }
            Err(error) => {
                say::aside(&error.to_string());
                return Ok(Some(false));
            }
        }
    }
}

/// The lines that go and come.
fn difference(book: &Book) {
    for line in book.draft().diff() {
        match line.kind {
            LineKind::Same => {}
            LineKind::Removed => say::aside(&format!("- {}", line.text)),
            LineKind::Added => say::aside(&format!("+ {}", line.text)),
        }
    }
}

/// Asks what to do about a file that is not what it was; tells whether to go on with saving.
async fn settle(book: &mut Book, changed: &Changed) -> Result<Option<bool>, Failure> {
    say::aside("The file was changed by somebody else meanwhile.");
    changed.conflicts.iter().for_each(|conflict| say::aside(&super::super::conflict_words(conflict)));
    let question = "m puts your changes on top of it, t takes it as it is now, Enter leaves it: ";
    let Some(answer) = ask(question).await? else { return Ok(None) };
    let takes = match answer.as_str() {
        "m" => book.go_on_after(changed, true),
        "t" => book.go_on_after(changed, false),
        _ => {
            say::aside("nothing was written");
            return Ok(Some(false));
        }
    };
    match takes {
        Ok(()) if book.draft().is_changed() => Ok(Some(true)),
        Ok(()) => {
            say::aside("this is what the file says now");
            Ok(Some(false))
        }
        Err(why) => {
            say::aside(&why.to_string());
            Ok(Some(false))
        }
    }
}
