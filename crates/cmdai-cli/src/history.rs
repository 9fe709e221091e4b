//! Where the history lies.

use std::path::PathBuf;

/// The database of this user.
#[must_use]
pub fn path() -> PathBuf {
    crate::dirs::state().join("history.db")
}
