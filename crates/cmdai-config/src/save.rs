//! Writes a draft: only if its whole text is valid, and only over the text it was begun with.

use crate::diagnostic::Diagnostic;
use crate::disk;
use crate::draft::{Conflict, Draft};
use crate::read::{self, Check, Source};
use std::io;
use std::path::PathBuf;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The text would not be valid; all that is wrong.
    #[error("the file would not be valid: {}", .0.iter().find(|d| d.is_error()).map(Diagnostic::message).unwrap_or_default())]
    Invalid(Vec<Diagnostic>),
    /// The file is not what it was when the draft was begun.
    #[error("{} was changed by somebody else", .0.path.display())]
    Changed(Box<Changed>),
    /// The file could not be read or written.
    #[error("{path} cannot be written", path = .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A file that changed behind a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The file.
    pub path: PathBuf,
    /// Its text now; [`Draft::merge`] applies the draft to it.
    pub newer: String,
    /// The keys that were changed on both sides. Where there are none, merging loses nothing.
    pub conflicts: Vec<Conflict>,
}

/// Writes the draft and returns a new one, begun with what was written. Without a change nothing is written.
///
/// # Errors
/// [`SaveError`]; the file is as it was.
pub fn save(draft: &Draft, check: Option<Check<'_>>) -> Result<Draft, SaveError> {
    let io = |source| SaveError::Io { path: draft.path().to_owned(), source };
    let found = draft.diagnostics(check);
    if found.iter().any(Diagnostic::is_error) {
        return Err(SaveError::Invalid(found));
    }
    let now = disk::read(draft.path()).map_err(io)?.unwrap_or_default();
    if now != draft.base() {
        let conflicts = draft.conflicts(&now);
        return Err(SaveError::Changed(Box::new(Changed { path: draft.path().to_owned(), newer: now, conflicts })));
    }
    if draft.is_changed() {
        disk::replace(draft.path(), draft.text()).map_err(io)?;
    }
    Draft::new(&draft.source()).map_err(|_| SaveError::Invalid(Vec::new()))
}

/// Writes a text that a person made of a file, for example in an editor. `before` is the file as it was given to the person; unlike
/// with [`save`] it may be broken.
///
/// # Errors
/// [`SaveError`]; the file is as it was.
pub fn save_text(before: &Source, text: &str, check: Option<Check<'_>>) -> Result<(), SaveError> {
    let io = |source| SaveError::Io { path: before.path().to_owned(), source };
    let found = read::file::read(&Source::new(before.layer(), before.path(), text), check).diagnostics;
    if found.iter().any(Diagnostic::is_error) {
        return Err(SaveError::Invalid(found));
    }
    let now = disk::read(before.path()).map_err(io)?.unwrap_or_default();
    if now != before.text() {
        let changed = Changed { path: before.path().to_owned(), newer: now, conflicts: Vec::new() };
        return Err(SaveError::Changed(Box::new(changed)));
    }
    disk::replace(before.path(), text).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Layer;

    #[test]
    fn a_broken_file_is_replaced_by_a_valid_text_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, "not toml").unwrap();
        let before = Source::new(Layer::User, &path, "not toml");
        assert!(matches!(save_text(&before, "still not", None), Err(SaveError::Invalid(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "not toml");
        save_text(&before, "safety.level = \"strict\"\n", None).unwrap();
        assert!(matches!(save_text(&before, "", None), Err(SaveError::Changed(_))), "it is another one now");
    }
}
