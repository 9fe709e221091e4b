//! Moves a damaged database out of the way, once, however many processes find it damaged.
//!
//! Whoever holds the lock looks whether the file is still the one that was found damaged: if it is not, another process was
//! faster and the file there now is good.

use crate::error::HistoryError;
use crate::files;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

/// Moves the database and its log files; gives the new place, or nothing where another process has done it.
pub(crate) fn move_damaged(path: &Path, seen: Option<(u64, u64)>) -> Result<Option<PathBuf>, HistoryError> {
    let lock_path = files::beside(path, ".lock");
    files::create_private(&lock_path)?;
    let lock = OpenOptions::new().write(true).open(&lock_path).map_err(HistoryError::file(&lock_path))?;
    lock.lock().map_err(HistoryError::file(&lock_path))?;
    if seen != files::identity(path) {
        return Ok(None);
    }
    let stamp = chrono::Utc::now().format("%Y%m%dT%H%M%S%.6f").to_string();
    let target = path.with_extension(format!("damaged-{stamp}.db"));
    std::fs::rename(path, &target).map_err(HistoryError::file(path))?;
    for suffix in ["-wal", "-shm", "-journal"] {
        let from = files::beside(path, suffix);
        if from.exists() {
            std::fs::rename(&from, files::beside(&target, suffix)).map_err(HistoryError::file(&from))?;
        }
    }
    Ok(Some(target))
}
