//! Where a value comes from.

use crate::excerpt::Position;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// The layers, of which a later one counts more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// What holds where nobody says anything.
    Default,
    /// The file of this machine.
    System,
    /// The file of this user.
    User,
    /// The file of the project one is in, which can only make things stricter.
    Project,
    /// Variables.
    Environment,
    /// Flags.
    Flags,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Default => "default",
            Self::System => "system",
            Self::User => "user",
            Self::Project => "project",
            Self::Environment => "environment",
            Self::Flags => "flags",
        })
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum Origin {
    /// The table.
    Default,
    /// A file.
    File {
        /// Which of them.
        layer: Layer,
        /// Its path.
        path: PathBuf,
        /// Where in it.
        #[serde(flatten)]
        at: Position,
    },
    /// A variable.
    Environment {
        /// Its name.
        name: String,
    },
    /// A flag.
    Flag {
        /// As it was written, for example `--safety`.
        name: String,
    },
}

impl Origin {
    /// The layer it belongs to.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        match self {
            Self::Default => Layer::Default,
            Self::File { layer, .. } => *layer,
            Self::Environment { .. } => Layer::Environment,
            Self::Flag { .. } => Layer::Flags,
        }
    }

    /// With the column, where it is in a file: `/home/ada/.config/cmdai/config.toml:4:9`.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::File { at, .. } => format!("{self}:{}", at.column),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Origin {
    /// `default`, `/home/ada/.config/cmdai/config.toml:4`, `$CMDAI_SAFETY` or `--safety`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.pad("default"),
            Self::File { path, at, .. } => f.pad(&format!("{}:{}", path.display(), at.line)),
            Self::Environment { name } => f.pad(&format!("${name}")),
            Self::Flag { name } => f.pad(name),
        }
    }
}
