//! Why something with the history did not work; variants carry data, the words for a person are the caller's.

use std::path::PathBuf;

/// A failure of the history. None of them may fail the request it was about.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A file or directory could not be used.
    #[error("{path}: {source}", path = .path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The file belongs to a newer version of this program.
    #[error("{path} has format {found}, this program knows up to {known}", path = .path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// The newest format known here.
        known: i32,
    },
    /// The file is a database of another program.
    #[error("{path} is the database of another program (application id {id:#x})", path = .path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
        /// The application id it carries.
        id: i32,
    },
    /// A regular expression is not valid or too large.
    #[error("`{pattern}` is not a usable regular expression: {reason}")]
    Pattern {
        /// What was given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A query that names nothing would have deleted everything.
    #[error("the query is empty and would delete everything")]
    EmptyQuery,
    /// A text to import is not in the format it was said to be in.
    #[error("not in the format {format}: {reason}")]
    Format {
        /// Name of the format.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Reading or writing an exported or imported stream failed.
    #[error("stream: {0}")]
    Stream(#[from] std::io::Error),
    /// A value could not be written as or read from JSON.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
}

impl HistoryError {
    /// Whether the database file itself is damaged or no database at all.
    #[must_use]
    pub fn is_corruption(&self) -> bool {
        matches!(self, Self::Database(error) if is_corruption(error))
    }

    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

pub(crate) fn is_corruption(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}
