//! Takes models off this machine: the one named, or those unused the longest.
//!
//! Beside the flow, on a user's word. Only files of the store are removed, never a file that is merely remembered (held by
//! `files_outside_the_store_are_never_removed`), and nothing of a model that another process is downloading.

use super::catalog::DIRECTORY;
use super::error::ModelError;
use super::manifest::{Manifest, Patience};
use super::store::{ModelStore, beside};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What a download may leave behind when it does not end well.
const LEFTOVERS: [&str; 4] = ["part", "part.json", "copy", "pip"];

/// For how long an unfinished download may still be taken up again.
const STALE: Duration = Duration::from_hours(7 * 24);

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Freed {
    /// The files, in the order of their removal.
    pub files: Vec<FreedFile>,
}

/// One removed file or directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FreedFile {
    /// Where it was.
    pub path: PathBuf,
    /// What it took.
    pub bytes: u64,
}

impl Freed {
    /// All that was freed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    fn remove(&mut self, path: PathBuf) -> Result<(), ModelError> {
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { return Ok(()) };
        let (bytes, removed) = if metadata.is_dir() {
            (size_of(&path), std::fs::remove_dir_all(&path))
        } else {
            (metadata.len(), std::fs::remove_file(&path))
        };
        removed.map_err(ModelError::io("remove", &path))?;
        self.files.push(FreedFile { path, bytes });
        Ok(())
    }
}

impl ModelStore {
    /// Removes a model and whatever a download of it left.
    ///
    /// # Errors
    /// [`ModelError::NotInstalled`] if there was nothing, [`ModelError::Busy`] during a download, or what the system said.
    pub fn remove(&self, id: &str) -> Result<Freed, ModelError> {
        let place = self.place(id)?;
        let path = self.dir().join(&place.key);
        if !self.dir().is_dir() {
            return Err(ModelError::NotInstalled { id: id.to_owned(), path });
        }
        let lock = self.try_lock(&place.key)?;
        if lock.is_none() {
            return Err(ModelError::Busy { id: id.to_owned() });
        }
        let mut freed = Freed::default();
        freed.remove(path.clone())?;
        for extension in LEFTOVERS {
            freed.remove(beside(&path, extension))?;
        }
        if freed.files.is_empty() {
            return Err(ModelError::NotInstalled { id: id.to_owned(), path });
        }
        self.note(Patience::Wait, |manifest| manifest.models.retain(|entry| entry.path != place.key));
        Ok(freed)
    }

    /// Removes what unfinished downloads left a week ago, and then models, those unused the longest first, until what is left
    /// takes at most `limit_bytes`. Models in `keep`, and those being downloaded, stay.
    ///
    /// # Errors
    /// What the system said when a file could not be removed.
    pub fn gc(&self, limit_bytes: u64, keep: &[&str]) -> Result<Freed, ModelError> {
        let mut freed = Freed::default();
        for path in self.stale_leftovers() {
            let model = path.file_name().map(Path::new).and_then(model_of);
            if let Some(_lock) = model.map(|model| self.try_lock(&model)).transpose()?.flatten() {
                freed.remove(path)?;
            }
        }
        let mut models: Vec<_> = self.list().into_iter().filter(|model| model.in_store).collect();
        models.sort_by_key(|model| model.last_used.max(model.downloaded_at));
        let mut total: u64 = models.iter().map(|model| model.file.bytes).sum();
        for model in models {
            if total <= limit_bytes || keep.contains(&model.file.id.as_str()) {
                continue;
            }
            let file = Path::new(model.file.path.file_name().unwrap_or_default());
            if let Some(_lock) = self.try_lock(file)? {
                total = total.saturating_sub(model.file.bytes);
                freed.remove(model.file.path)?;
            }
        }
        if !freed.files.is_empty() {
            self.note(Patience::Wait, |_: &mut Manifest| ());
        }
        Ok(freed)
    }

    fn stale_leftovers(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.dir()) else { return Vec::new() };
        let is_stale = |path: &PathBuf| {
            let modified = path.symlink_metadata().and_then(|metadata| metadata.modified());
            let age = modified.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
            path.file_name().map(Path::new).and_then(model_of).is_some() && age.is_some_and(|age| age > STALE)
        };
        let mut stale: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_stale).collect();
        stale.sort();
        stale
    }
}

/// The model that a leftover belongs to.
fn model_of(leftover: &Path) -> Option<PathBuf> {
    let name = leftover.to_str()?;
    LEFTOVERS.iter().find_map(|extension| {
        let model = name.strip_suffix(extension)?.strip_suffix('.')?;
        [".gguf", DIRECTORY].iter().any(|end| model.to_lowercase().ends_with(end)).then(|| model.into())
    })
}

fn size_of(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

#[cfg(test)]
#[path = "evict_tests.rs"]
mod tests;
