//! What can be asked of the history and not be done.

use std::path::PathBuf;

/// A wish that cannot be fulfilled; nothing is wrong with the history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryActionError {
    /// No id begins so.
    #[error("no entry has an id that begins with `{given}`")]
    NoSuchEntry {
        /// What was given.
        given: String,
    },
    /// An id is something else.
    #[error("`{given}` is not the beginning of an id")]
    NotAnId {
        /// What was given.
        given: String,
    },
    /// Several ids begin so.
    #[error("several entries have an id that begins with `{given}`")]
    Ambiguous {
        /// What was given.
        given: String,
        /// Some of them, as short as they can be.
        some: Vec<String>,
    },
    /// A file would be replaced.
    #[error("{path} exists already", path = .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is nobody to agree to a deletion, and no flag that does.
    #[error("nothing was deleted")]
    NobodyAgreed,
    /// The phrase was not typed.
    #[error("the history was not cleared")]
    NotCleared,
    /// The full screen needs a terminal on both sides.
    #[error("the full-screen search needs a terminal")]
    NoScreen,
    /// A backup would replace a file.
    #[error("{path} exists already", path = .path.display())]
    BackupExists {
        /// The file.
        path: PathBuf,
    },
    /// No file to import is named and there is no usual place for it.
    #[error("there is no file to import")]
    NoFile,
    /// `redact` got no text.
    #[error("there is no text to redact")]
    NothingToHide,
}
