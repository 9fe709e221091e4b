//! The key for a server, from where the settings say it is. Never from the settings themselves.

use crate::environment::Environment;
use crate::settings::Backend;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

/// Longer files are no keys.
const LONGEST: u64 = 64 * 1024;

/// A key that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// The key itself, to be sent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// A key, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    /// The key without blanks around it.
    pub key: SecretText,
    /// Its file can be read by others, which a person should be told.
    pub is_open: bool,
}

/// Why there is no key although the settings name one.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The variable is not set, or not to text.
    #[error("the variable {name} holds no key")]
    Variable {
        /// Its name.
        name: String,
    },
    /// The file cannot be read, is too large or holds nothing.
    #[error("the file {path} holds no key", path = .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Backend {
    /// Reads the key for this server: from its variable if that is set, else from its file. `None` where neither is named.
    ///
    /// # Errors
    /// [`KeyError`] where one is named and holds none.
    pub fn key(&self, environment: &Environment) -> Result<Option<FoundKey>, KeyError> {
        let named = self.key_env.as_deref();
        let value = named.and_then(|name| environment.get(name)).and_then(|value| value.to_str()).and_then(trimmed);
        match (value, &self.key_file, named) {
            (Some(key), ..) => Ok(Some(FoundKey { key, is_open: false })),
            (None, Some(path), _) => {
                read(path).map(Some).map_err(|source| KeyError::File { path: path.clone(), source })
            }
            (None, None, Some(name)) => Err(KeyError::Variable { name: name.to_owned() }),
            (None, None, None) => Ok(None),
        }
    }
}

fn trimmed(text: &str) -> Option<SecretText> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(|text| SecretText(text.to_owned()))
}

fn read(path: &PathBuf) -> io::Result<FoundKey> {
    let file = fs::File::open(path)?;
    let is_open = is_open(&file.metadata()?);
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    let key = trimmed(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is empty"))?;
    Ok(FoundKey { key, is_open })
}

#[cfg(unix)]
fn is_open(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(found) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &fs::Metadata) -> bool {
    false
}
