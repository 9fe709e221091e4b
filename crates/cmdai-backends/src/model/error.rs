//! Why a model cannot be used. Variants carry data; what to do about it is said by the cli.

use std::io;
use std::path::{Path, PathBuf};

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The name is neither in the catalog nor a path.
    #[error("there is no model `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The id it was probably meant to be.
        nearest: Option<&'static str>,
    },
    /// The model is known but not on this machine.
    #[error("the model `{id}` is not installed")]
    NotInstalled {
        /// Its id.
        id: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// Nothing is at the path given.
    #[error("there is no file {}", path.display())]
    Missing {
        /// The path as given.
        path: PathBuf,
    },
    /// The path leads to a directory that is no model.
    #[error("{} is a directory", path.display())]
    Directory {
        /// The path as given.
        path: PathBuf,
    },
    /// A file of a model that is a directory is not there.
    #[error("{} has no {missing}", path.display())]
    Incomplete {
        /// The directory.
        path: PathBuf,
        /// The file.
        missing: String,
    },
    /// The file has no bytes.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is of another kind.
    #[error("{} is not a GGUF file, it starts with {starts_with}", path.display())]
    NotGguf {
        /// The file.
        path: PathBuf,
        /// Its first bytes, described.
        starts_with: String,
    },
    /// The file is GGUF, and its header cannot be right.
    #[error("the GGUF header of {} is not valid: {reason}", path.display())]
    BadHeader {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The file ends before its data does.
    #[error("{} has {actual} bytes of at least {expected}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The size its header or the catalog promises, at least.
        expected: u64,
        /// The size it has.
        actual: u64,
    },
    /// The bytes are not those of the model.
    #[error("{} has the SHA-256 {actual}, not {expected}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What the catalog promises.
        expected: String,
        /// What it is.
        actual: String,
    },
    /// Somebody wrote to the file while it was read.
    #[error("{} changed while it was read", path.display())]
    Changing {
        /// The file.
        path: PathBuf,
    },
    /// Another process is downloading the model.
    #[error("the model `{id}` is being downloaded by another process")]
    Busy {
        /// Its id.
        id: String,
    },
    /// The system refused.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ModelError {
    /// For `map_err`: names what was tried on what.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
