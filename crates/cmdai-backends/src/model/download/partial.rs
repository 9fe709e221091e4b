//! The unfinished file of a pull, and the note beside it that says how to go on.
//!
//! The length of `<file>.part` is how far a download got; `<file>.part.json` says of which bytes these are the beginning. Bytes are
//! hashed as they are written, and those of an earlier pull when they are taken up, so the end needs no second reading.

use super::error::{PullError, SourceError, Trouble, write_error};
use super::event::Source;
use super::{Listener, hash_from};
use crate::model::catalog::CatalogEntry;
use crate::model::digest;
use crate::model::error::ModelError;
use crate::model::gguf;
use crate::model::store::beside;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Of what the partial is the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The hash and size of the whole, from the catalog.
    pub(super) sha256: String,
    pub(super) size: u64,
    /// The address the bytes came from, without secrets, or the word for packages.
    pub(super) source: String,
    /// How the server names this content at its resolving address.
    #[serde(default)]
    pub(super) etag: Option<String>,
    /// How the server that sent the bytes names them: what `If-Range` takes.
    #[serde(default)]
    pub(super) validator: Option<String>,
    /// Sizes of the packages' pieces that are complete.
    #[serde(default)]
    pub(super) parts: Vec<u64>,
}

pub(super) struct Partial<'e> {
    path: PathBuf,
    file: File,
    hasher: Sha256,
    done: u64,
    taken_up: u64,
    entry: &'e CatalogEntry,
    note: Note,
}

impl<'e> Partial<'e> {
    /// Opens what an earlier pull left, or an empty file. Nothing of it counts before [`Partial::take_up`].
    pub(super) fn open(dir: &Path, entry: &'e CatalogEntry) -> Result<Self, PullError> {
        let path = beside(&dir.join(entry.file), "part");
        let note =
            std::fs::read(beside(&path, "json")).ok().and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
        let note = note.filter(|note| note.sha256 == entry.sha256 && note.size == entry.bytes).unwrap_or_default();
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(ModelError::io("open", &path))?;
        Ok(Self { path, file, hasher: Sha256::new(), done: 0, taken_up: 0, entry, note })
    }

    /// Removes the note of a partial that became the model.
    pub(super) fn forget(dir: &Path, entry: &CatalogEntry) {
        let _ = std::fs::remove_file(beside(&beside(&dir.join(entry.file), "part"), "json"));
    }

    pub(super) const fn done(&self) -> u64 {
        self.done
    }
    pub(super) const fn note(&self) -> &Note {
        &self.note
    }
    pub(super) const fn was_taken_up(&self) -> bool {
        self.taken_up > 0
    }
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are in the file.
    pub(super) fn length(&self) -> u64 {
        self.file.metadata().map(|metadata| metadata.len()).unwrap_or_default()
    }

    /// Goes on behind the first `keep` bytes of the file, which are hashed; what is behind them is cut off.
    pub(super) async fn take_up(&mut self, keep: u64, progress: Listener<'_>) -> Result<(), PullError> {
        let keep = keep.min(self.length()).min(self.entry.bytes);
        self.cut(keep)?;
        if keep > 0 {
            self.seek(0)?;
            self.hasher = hash_from(&mut self.file, &self.path, keep, progress).await?;
        }
        self.taken_up = keep;
        self.done = keep;
        self.seek(keep)
    }

    /// Throws away all bytes.
    pub(super) fn restart(&mut self) -> Result<(), PullError> {
        self.cut(0)?;
        self.hasher = Sha256::new();
        self.done = 0;
        self.taken_up = 0;
        self.seek(0)
    }

    /// Replaces the note beside the file.
    pub(super) fn write_note(&mut self, change: impl FnOnce(&mut Note)) -> Result<(), PullError> {
        let mut note = self.note.clone();
        change(&mut note);
        self.entry.sha256.clone_into(&mut note.sha256);
        note.size = self.entry.bytes;
        if note == self.note {
            return Ok(());
        }
        let path = beside(&self.path, "json");
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
            serde_json::to_writer(&mut file, &note)?;
            file.persist(&path).map(drop).map_err(|error| error.error)
        };
        write().map_err(write_error(&path, self.done))?;
        self.note = note;
        Ok(())
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let after = self.done.saturating_add(bytes.len() as u64);
        if after > self.entry.bytes {
            return Err(SourceError::Size { expected: self.entry.bytes, actual: after }.into());
        }
        let is_gguf = Path::new(self.entry.file).extension().is_some_and(|end| end == "gguf");
        let magic: &[u8] = if is_gguf { gguf::MAGIC } else { &[] };
        let magic = usize::try_from(self.done).ok().and_then(|done| magic.get(done..)).unwrap_or_default();
        if magic.iter().zip(bytes).any(|(expected, byte)| expected != byte) {
            return Err(SourceError::NotGguf { starts_with: gguf::describe(bytes) }.into());
        }
        self.file.write_all(bytes).map_err(write_error(&self.path, self.done))?;
        self.hasher.update(bytes);
        self.done = after;
        Ok(())
    }

    /// Checks size and hash and makes the bytes durable; the file is then ready for its name. Wrong bytes are removed.
    pub(super) async fn finish(self) -> Result<PathBuf, Trouble> {
        if self.done != self.entry.bytes {
            return Err(SourceError::Interrupted { done: self.done, total: self.entry.bytes }.into());
        }
        let actual = digest::finish(self.hasher);
        if actual != self.entry.sha256 {
            let _ = std::fs::remove_file(&self.path);
            let _ = std::fs::remove_file(beside(&self.path, "json"));
            return Err(SourceError::Mismatch { expected: self.entry.sha256.to_owned(), actual }.into());
        }
        let synced = tokio::task::spawn_blocking(move || self.file.sync_all()).await;
        synced.unwrap_or_else(|error| Err(error.into())).map_err(write_error(&self.path, self.done))?;
        Ok(self.path)
    }

    fn cut(&self, length: u64) -> Result<(), PullError> {
        if self.length() == length {
            return Ok(());
        }
        self.file.set_len(length).map_err(write_error(&self.path, self.done))
    }

    fn seek(&mut self, to: u64) -> Result<(), PullError> {
        self.file.seek(SeekFrom::Start(to)).map_err(ModelError::io("read", &self.path))?;
        Ok(())
    }
}

/// How the note names packages as the source.
pub(super) fn packages_name() -> String {
    Source::Packages.to_string()
}
