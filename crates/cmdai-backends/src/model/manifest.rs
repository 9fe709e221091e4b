//! What the store remembers of the files it has verified: `manifest.json`.
//!
//! Serves the store alone. It is a cache of knowledge, never the only place of it: a file that is missing, damaged or of a newer
//! schema is replaced by what the directory shows, without fingerprints, so that every model is verified again when it is next used
//! (held by `a_corrupt_manifest_is_rebuilt`). Writers take a lock for the moment of the change and replace the file by renaming,
//! so readers need no lock.

use super::catalog;
use super::digest::Fingerprint;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    pub(super) models: Vec<Entry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) id: String,
    /// A name in the store for a model of it, an absolute path for any other.
    pub(super) path: PathBuf,
    pub(super) sha256: String,
    /// What the file was like when its hash was last computed; absent if it never was.
    #[serde(default)]
    pub(super) verified: Option<Fingerprint>,
    #[serde(default)]
    pub(super) downloaded_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) last_used: Option<DateTime<Utc>>,
}

impl Entry {
    pub(super) fn is_in_store(&self) -> bool {
        self.path.is_relative() && self.path.components().count() == 1
    }
}

/// Whether a writer waits for another one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    Wait,
    Skip,
}

impl Manifest {
    pub(super) fn load(dir: &Path) -> Self {
        let path = dir.join("manifest.json");
        let parsed = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice::<Self>(&bytes).map_err(|error| error.to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::rebuilt(dir),
            Err(error) => Err(error.to_string()),
        };
        match parsed {
            Ok(manifest) if manifest.version == VERSION => return manifest,
            Ok(other) => {
                tracing::warn!(path = %path.display(), version = other.version, "manifest rebuilt: other schema");
            }
            Err(error) => tracing::warn!(path = %path.display(), error, "manifest rebuilt: not readable"),
        }
        Self::rebuilt(dir)
    }

    /// What can be said of the models of the catalog that lie in the directory, without reading them.
    fn rebuilt(dir: &Path) -> Self {
        let present = catalog::all().iter().filter(|entry| dir.join(entry.file).exists());
        let models = present.map(|entry| Entry {
            id: entry.id.to_owned(),
            path: entry.file.into(),
            sha256: entry.sha256.to_owned(),
            verified: None,
            downloaded_at: None,
            last_used: None,
        });
        Self { version: VERSION, models: models.collect() }
    }

    pub(super) fn at(&self, path: &Path) -> Option<&Entry> {
        self.models.iter().find(|entry| entry.path == path)
    }

    pub(super) fn at_mut(&mut self, path: &Path) -> Option<&mut Entry> {
        self.models.iter_mut().find(|entry| entry.path == path)
    }

    /// Puts an entry in the place of the one with the same path; the times it does not know are kept.
    pub(super) fn put(&mut self, mut entry: Entry) {
        if let Some(old) = self.at(&entry.path) {
            entry.downloaded_at = entry.downloaded_at.or(old.downloaded_at);
            entry.last_used = entry.last_used.or(old.last_used);
        }
        self.models.retain(|old| old.path != entry.path);
        self.models.push(entry);
    }

    /// Changes the manifest on disk; entries whose file is gone are dropped on the way.
    pub(super) fn update(dir: &Path, patience: Patience, change: impl FnOnce(&mut Self)) -> io::Result<()> {
        let lock = File::options().create(true).append(true).open(dir.join("manifest.lock"))?;
        match patience {
            Patience::Wait => lock.lock()?,
            Patience::Skip => match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(()),
                Err(TryLockError::Error(error)) => return Err(error),
            },
        }
        let mut manifest = Self::load(dir);
        change(&mut manifest);
        manifest.models.retain(|entry| dir.join(&entry.path).exists());
        manifest.models.sort_by(|a, b| (&a.id, &a.path).cmp(&(&b.id, &b.path)));
        manifest.write(dir)
    }

    fn write(&self, dir: &Path) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix("manifest-").suffix(".tmp").tempfile_in(dir)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(dir.join("manifest.json"))?;
        Ok(())
    }
}
