//! What a pull tells while it runs. Nothing in an event is secret: addresses come without user, password and query.

use super::error::SourceError;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where a model's bytes can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The cache of Hugging Face's own tools on this machine.
    HubCache,
    /// The hub, or another server at its endpoint, over HTTPS.
    Hub,
    /// Python packages, through the user's pip.
    Packages,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HubCache => "Hugging Face cache",
            Self::Hub => "Hugging Face",
            Self::Packages => "Python packages",
        })
    }
}

/// One thing that happened during a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullEvent {
    /// Another process is downloading the same model; this one waits for it.
    WaitingForOther,
    /// A source is being asked.
    Source {
        /// Which.
        source: Source,
        /// The address or the file.
        location: String,
    },
    /// Bytes arrived. After a restart `done` is smaller than before.
    Progress {
        /// Bytes here.
        done: u64,
        /// Bytes of the model.
        total: u64,
    },
    /// Something passing went wrong; the same source is asked again.
    Retry {
        /// After this time.
        after: Duration,
        /// What went wrong.
        why: SourceError,
    },
    /// A source failed; the next one is asked.
    Fallback {
        /// The one that failed.
        from: Source,
        /// What went wrong.
        why: SourceError,
    },
    /// Bytes that were there already are read and hashed.
    Verifying {
        /// Bytes hashed.
        done: u64,
        /// Bytes to hash.
        total: u64,
    },
    /// The model is there and verified.
    Done {
        /// Its file or directory.
        path: PathBuf,
    },
}

impl PullEvent {
    /// What happens to a file, as something that happens to the model it is a part of: `before` bytes of `total` were there.
    pub(super) fn of_part(self, before: u64, total: u64) -> Self {
        match self {
            Self::Progress { done, .. } => Self::Progress { done: before + done, total },
            Self::Verifying { done, .. } => Self::Verifying { done: before + done, total },
            other => other,
        }
    }
}
