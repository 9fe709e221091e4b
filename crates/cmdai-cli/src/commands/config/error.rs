//! What can be asked of the settings and not be done.

use cmdai_config::{Diagnostic, EditError, SaveError, UnknownKey};
use std::io;
use std::path::{Path, PathBuf};

/// A wish that cannot be fulfilled.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such key.
    #[error(transparent)]
    Unknown(#[from] UnknownKey),
    /// No value was given.
    #[error("there is no value for `{key}`")]
    NoValue {
        /// The key.
        key: String,
    },
    /// The value is not accepted, or would make something else wrong.
    #[error("{}", messages(.0))]
    Refused(Vec<Diagnostic>),
    /// The key has no value.
    #[error("`{key}` is not set")]
    NotSet {
        /// The key.
        key: String,
    },
    /// There is no file of the user's.
    #[error("there is no settings file of yours")]
    NoFile,
    /// The file cannot be read.
    #[error("{path} cannot be read", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("{path} cannot be changed as it is\n{problems}", path = .path.display(), problems = places(.problems))]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problems: Vec<Diagnostic>,
    },
    /// The key is written in a way that cannot be changed without changing more.
    #[error("`{key}` cannot be changed without changing more of the file")]
    Impossible {
        /// The key, or the table.
        key: String,
    },
    /// The file would not be valid, because of what is in it already.
    #[error("the file would not be valid\n{}", places(.0))]
    Invalid(Vec<Diagnostic>),
    /// Somebody else changed the file meanwhile.
    #[error("{path} was changed by somebody else meanwhile", path = .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("{path} cannot be written", path = .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The phrase was not typed.
    #[error("nothing was reset")]
    NotReset,
    /// An editor needs a terminal.
    #[error("an editor needs a terminal")]
    NoEditor,
    /// The editor could not be started, or failed.
    #[error("the editor `{editor}` failed")]
    Editor {
        /// What was started.
        editor: String,
        /// Why.
        source: io::Error,
    },
    /// The edited text is wrong and was not edited further.
    #[error("nothing was changed; the text is in {path}", path = .path.display())]
    EditGivenUp {
        /// Where the text is.
        path: PathBuf,
    },
    /// The terminal does not do what a full screen needs.
    #[error("the terminal could not be used for a full screen")]
    Screen(#[source] io::Error),
    /// To show the settings and to ask needs a terminal.
    #[error("the settings on the screen need a terminal")]
    NoScreen,
    /// A flag that does something else than the subcommand beside it.
    #[error("`{flag}` stands alone, without a subcommand")]
    NotAlone {
        /// The flag.
        flag: &'static str,
    },
}

impl ConfigError {
    /// A change of the file at `path` that cannot be made.
    pub(super) fn from_edit(error: EditError, path: &Path) -> Self {
        match error {
            EditError::Unknown(unknown) => Self::Unknown(unknown),
            EditError::NotAccepted(diagnostic) => Self::Refused(vec![*diagnostic]),
            EditError::Broken(problems) => Self::Broken { path: path.to_owned(), problems },
            EditError::Impossible { key } => Self::Impossible { key },
        }
    }
}

impl From<SaveError> for ConfigError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Invalid(found) => Self::Invalid(found.into_iter().filter(Diagnostic::is_error).collect()),
            SaveError::Changed(changed) => Self::Changed { path: changed.path },
            SaveError::Io { path, source } => Self::Unwritable { path, source },
        }
    }
}

fn messages(found: &[Diagnostic]) -> String {
    found.iter().map(Diagnostic::message).collect::<Vec<_>>().join("\n")
}

fn places(found: &[Diagnostic]) -> String {
    found.iter().map(crate::settings::words).collect::<Vec<_>>().join("\n")
}
