//! The directory of models on this machine, and the one way to a model: a file, or a directory of files.
//!
//! Between the catalog and a backend: [`ModelStore::locate`] answers with a file whose SHA-256 is known. It is computed once; after
//! that one look at the file (size, time, inode) tells that it is still the same, which takes microseconds instead of seconds. The
//! price: a change that keeps all three goes unnoticed until [`ModelStore::verify`]. A model of the catalog with other bytes is an
//! error, never a model (held by `one_flipped_bit_is_corrupt`).

use super::catalog::{self, CatalogEntry, Part};
use super::digest::{Fingerprint, hash_file};
use super::directory;
use super::error::ModelError;
use super::gguf::{self, GgufState};
use super::manifest::{Entry, Manifest, Patience};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::fs::{DirBuilder, File, TryLockError};
use std::path::{Path, PathBuf};

/// What a user named as the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelRef {
    /// A model of the catalog.
    Catalog(&'static CatalogEntry),
    /// A GGUF file anywhere, or a directory of MLX.
    Path(PathBuf),
}

impl ModelRef {
    /// Reads a catalog id, or a path: something with a separator in it or `.gguf` at its end.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], with the nearest id of the catalog.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        if let Some(entry) = catalog::find(text) {
            return Ok(Self::Catalog(entry));
        }
        if text.contains(std::path::is_separator) || text.to_lowercase().ends_with(".gguf") {
            return Ok(Self::Path(text.into()));
        }
        Err(ModelError::Unknown { name: text.to_owned(), nearest: catalog::nearest(text) })
    }
}

/// A model's file or directory, verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelFile {
    /// Catalog id, or the name of the file.
    pub id: String,
    /// Where it is; absolute for a path outside the store.
    pub path: PathBuf,
    /// Its hash, 64 lower-case hexadecimal digits; of a directory the hash of the list of its files' hashes.
    pub sha256: String,
    /// Its size, of all files that count.
    pub bytes: u64,
}

/// A model the store knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedModel {
    /// The file; its hash is what it was last known to be.
    #[serde(flatten)]
    pub file: ModelFile,
    /// Whether the file is unchanged since it was hashed.
    pub verified: bool,
    /// Whether the store owns the file; other files are only remembered and never removed.
    pub in_store: bool,
    /// When it was downloaded, if it was.
    pub downloaded_at: Option<DateTime<Utc>>,
    /// When it was last used, to the hour.
    pub last_used: Option<DateTime<Utc>>,
}

/// The models on this machine. Several processes may use one directory.
#[derive(Debug, Clone)]
pub struct ModelStore {
    dir: PathBuf,
}

impl ModelStore {
    /// A store in `dir`, which is created when something is first written.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Its directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The verified file of a model. `progress` hears (bytes done, bytes in all) if the file must be hashed, which is so when it is
    /// first used and after it changed.
    ///
    /// # Errors
    /// Says what is wrong with the file; [`ModelError::Corrupt`] if its bytes are not the catalog's.
    pub fn locate(&self, model: &ModelRef, progress: &mut dyn FnMut(u64, u64)) -> Result<ModelFile, ModelError> {
        let place = match model {
            ModelRef::Catalog(entry) => Place::of_entry(entry),
            ModelRef::Path(path) => Place::of_path(path)?,
        };
        if let Some(known) = self.known(&place) {
            return Ok(known);
        }
        self.hash(&place, progress)
    }

    /// Where an installed model of the catalog lies.
    ///
    /// # Errors
    /// [`ModelError::NotInstalled`] or [`ModelError::Unknown`].
    pub fn path(&self, id: &str) -> Result<PathBuf, ModelError> {
        let path = self.dir.join(self.place(id)?.key);
        if path.exists() { Ok(path) } else { Err(ModelError::NotInstalled { id: id.to_owned(), path }) }
    }

    /// Every model the store knows of and that is there, by id.
    #[must_use]
    pub fn list(&self) -> Vec<ListedModel> {
        let listed = |entry: Entry| {
            let path = self.dir.join(&entry.path);
            let now = Fingerprint::of(&path).ok()?;
            Some(ListedModel {
                in_store: entry.is_in_store(),
                verified: entry.verified.as_ref() == Some(&now),
                file: ModelFile { id: entry.id, path, sha256: entry.sha256, bytes: now.bytes },
                downloaded_at: entry.downloaded_at,
                last_used: entry.last_used,
            })
        };
        Manifest::load(&self.dir).models.into_iter().filter_map(listed).collect()
    }

    /// Hashes a model of the store again, whatever is known of it.
    ///
    /// # Errors
    /// As [`ModelStore::locate`].
    pub fn verify(&self, id: &str, progress: &mut dyn FnMut(u64, u64)) -> Result<ModelFile, ModelError> {
        self.hash(&self.place(id)?, progress)
    }

    /// The place of a model that is in the catalog or was installed from an entry.
    pub(super) fn place(&self, id: &str) -> Result<Place, ModelError> {
        if let Some(entry) = catalog::find(id) {
            return Ok(Place::of_entry(entry));
        }
        let models = Manifest::load(&self.dir).models;
        let entry = models.into_iter().find(|entry| entry.id == id && entry.is_in_store());
        let entry = entry.ok_or_else(|| ModelError::Unknown { name: id.to_owned(), nearest: catalog::nearest(id) })?;
        Ok(Place { id: entry.id, key: entry.path, expected: Some(entry.sha256), parts: &[] })
    }

    /// The fast path: one look at the file, one at the manifest.
    pub(super) fn known(&self, place: &Place) -> Option<ModelFile> {
        let path = self.dir.join(&place.key);
        let now = Fingerprint::of(&path).ok()?;
        let manifest = Manifest::load(&self.dir);
        let entry = manifest.at(&place.key).filter(|entry| entry.verified.as_ref() == Some(&now))?;
        if place.expected.as_ref().is_some_and(|expected| *expected != entry.sha256) {
            return None;
        }
        self.touch(entry);
        Some(ModelFile { id: place.id.clone(), path, sha256: entry.sha256.clone(), bytes: now.bytes })
    }

    fn touch(&self, entry: &Entry) {
        let now = Utc::now();
        let is_recent = |used: DateTime<Utc>| (TimeDelta::zero()..TimeDelta::hours(1)).contains(&(now - used));
        if entry.last_used.is_some_and(is_recent) {
            return;
        }
        self.note(Patience::Skip, |manifest| {
            if let Some(entry) = manifest.at_mut(&entry.path) {
                entry.last_used = Some(now);
            }
        });
    }

    /// The slow path: reads the whole file and remembers what it is.
    fn hash(&self, place: &Place, progress: &mut dyn FnMut(u64, u64)) -> Result<ModelFile, ModelError> {
        let path = self.dir.join(&place.key);
        require_whole(place, &path)?;
        let (sha256, wrong, seen) = place.hash(&path, progress)?;
        if let Some(expected) = place.expected.clone().filter(|expected| *expected != sha256) {
            self.note(Patience::Wait, |manifest| {
                if let Some(entry) = manifest.at_mut(&place.key) {
                    entry.verified = None;
                }
            });
            return Err(wrong.unwrap_or(ModelError::Corrupt { path, expected, actual: sha256 }));
        }
        let bytes = seen.bytes;
        self.remember(place, &sha256, seen, None);
        Ok(ModelFile { id: place.id.clone(), path, sha256, bytes })
    }

    /// Remembers a model in the store whose hash was just found to be the catalog's.
    #[cfg(feature = "download")]
    pub(super) fn acknowledge(&self, entry: &CatalogEntry) -> Result<ModelFile, ModelError> {
        let place = Place::of_entry(entry);
        let path = self.dir.join(entry.file);
        let seen = Fingerprint::of(&path)?;
        let bytes = seen.bytes;
        self.remember(&place, entry.sha256, seen, Some(Utc::now()));
        Ok(ModelFile { id: place.id, path, sha256: entry.sha256.to_owned(), bytes })
    }

    fn remember(&self, place: &Place, sha256: &str, seen: Fingerprint, downloaded_at: Option<DateTime<Utc>>) {
        let entry = Entry {
            id: place.id.clone(),
            path: place.key.clone(),
            sha256: sha256.to_owned(),
            verified: Some(seen),
            downloaded_at,
            last_used: Some(Utc::now()),
        };
        if let Err(error) = self.create_dir() {
            tracing::debug!(%error, "no directory for the manifest");
            return;
        }
        self.note(Patience::Wait, |manifest| manifest.put(entry));
    }

    /// Changes the manifest. A store that cannot be written still serves its models, so a failure is only traced.
    pub(super) fn note(&self, patience: Patience, change: impl FnOnce(&mut Manifest)) {
        if let Err(error) = Manifest::update(&self.dir, patience, change) {
            tracing::debug!(%error, dir = %self.dir.display(), "manifest not written");
        }
    }

    /// Creates the directory for this user alone; one that is there stays as it is.
    pub(super) fn create_dir(&self) -> Result<(), ModelError> {
        if self.dir.is_dir() {
            return Ok(());
        }
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&self.dir).map_err(ModelError::io("create", &self.dir))
    }

    /// Takes the right to write a model's files, or `None` while another process has it. Ends with the handle, even by a kill.
    pub(super) fn try_lock(&self, file: &Path) -> Result<Option<File>, ModelError> {
        self.create_dir()?;
        let path = beside(&self.dir.join(file), "lock");
        let lock = File::options().create(true).append(true).open(&path).map_err(ModelError::io("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(ModelError::io("lock", &path)(error)),
        }
    }
}

/// The name of a file that accompanies a model's file.
pub(super) fn beside(model: &Path, extension: &str) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// Where a model is kept in the manifest, and what it must be.
pub(super) struct Place {
    pub(super) id: String,
    /// A name in the store, or an absolute path.
    pub(super) key: PathBuf,
    pub(super) expected: Option<String>,
    /// What the files of a directory must be.
    parts: &'static [Part],
}

impl Place {
    pub(super) fn of_entry(entry: &CatalogEntry) -> Self {
        Self {
            id: entry.id.to_owned(),
            key: entry.file.into(),
            expected: Some(entry.sha256.to_owned()),
            parts: entry.parts,
        }
    }

    fn of_path(path: &Path) -> Result<Self, ModelError> {
        let key = std::fs::canonicalize(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ModelError::Missing { path: path.to_owned() },
            _ => ModelError::io("find", path)(source),
        })?;
        let id = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { id, key, expected: None, parts: &[] })
    }

    /// What is there, the first file of a directory that is not what it must be, and what it all looked like.
    fn hash(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(String, Option<ModelError>, Fingerprint), ModelError> {
        if !path.is_dir() {
            return hash_file(path, progress).map(|(sha256, seen)| (sha256, None, seen));
        }
        let (sums, seen) = directory::hash(path, progress)?;
        let wrong = self.parts.iter().find_map(|part| {
            let path = path.join(part.file);
            match sums.get(part.file) {
                None => Some(ModelError::Incomplete { path: path.parent()?.to_owned(), missing: part.file.to_owned() }),
                Some(actual) if actual == part.sha256 => None,
                Some(actual) => {
                    Some(ModelError::Corrupt { path, expected: part.sha256.to_owned(), actual: actual.clone() })
                }
            }
        });
        Ok((directory::identity(sums.iter().map(|(name, sum)| (name.as_str(), sum.as_str()))), wrong, seen))
    }
}

fn require_whole(place: &Place, path: &Path) -> Result<(), ModelError> {
    let path_owned = || path.to_owned();
    Err(match gguf::inspect(path).map_err(ModelError::io("read", path))? {
        GgufState::Ok => return Ok(()),
        GgufState::Missing if place.expected.is_some() => {
            ModelError::NotInstalled { id: place.id.clone(), path: path_owned() }
        }
        GgufState::Missing => ModelError::Missing { path: path_owned() },
        GgufState::Directory => return directory::require_whole(path),
        GgufState::Empty => ModelError::Empty { path: path_owned() },
        GgufState::NotGguf { starts_with } => ModelError::NotGguf { path: path_owned(), starts_with },
        GgufState::Malformed { reason } => ModelError::BadHeader { path: path_owned(), reason },
        GgufState::Truncated { expected, actual } => ModelError::Truncated { path: path_owned(), expected, actual },
    })
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
