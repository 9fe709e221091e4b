//! The first source: what Hugging Face's own tools have already downloaded on this machine.

use super::error::{PullError, SourceError, Trouble, write_error};
use super::event::{PullEvent, Source};
use super::options::PullOptions;
use super::{Listener, hash_from, open, put, require_space};
use crate::model::catalog::CatalogEntry;
use crate::model::digest;
use crate::model::error::ModelError;
use crate::model::store::beside;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Links or copies the file into `dir` if the cache has it; whether it does.
pub(super) async fn fetch(
    dir: &Path,
    entry: &CatalogEntry,
    options: &PullOptions,
    progress: Listener<'_>,
) -> Result<bool, Trouble> {
    let Some(blob) = blob(entry, options) else { return Ok(false) };
    progress(PullEvent::Source { source: Source::HubCache, location: blob.display().to_string() });
    let copy = beside(&dir.join(entry.file), "copy");
    let _ = std::fs::remove_file(&copy);
    if std::fs::hard_link(&blob, &copy).is_err() {
        require_space(dir, entry.bytes)?;
        copy_file(&blob, &copy, entry.bytes, progress).await?;
    }
    let hasher = hash_from(&mut open(&copy)?, &copy, entry.bytes, progress).await?;
    let actual = digest::finish(hasher);
    if actual != entry.sha256 {
        let _ = std::fs::remove_file(&copy);
        return Err(SourceError::Mismatch { expected: entry.sha256.to_owned(), actual }.into());
    }
    put(dir, entry, &copy)?;
    Ok(true)
}

/// The cache names large files by their SHA-256. Small ones have other names there, so they are looked for by those that the
/// repository gives them.
fn blob(entry: &CatalogEntry, options: &PullOptions) -> Option<PathBuf> {
    let repo = options.hub_cache.as_ref()?.join(format!("models--{}", entry.hub_repo.replace('/', "--")));
    let revisions = std::fs::read_dir(repo.join("snapshots")).into_iter().flatten().flatten();
    let named = revisions.map(|revision| revision.path().join(entry.file));
    std::iter::once(repo.join("blobs").join(entry.sha256)).chain(named).find_map(|path| {
        // The link is followed here: a hard link to a symbolic one would be no copy.
        let path = std::fs::canonicalize(path).ok()?;
        let metadata = std::fs::metadata(&path).ok()?;
        (metadata.is_file() && metadata.len() == entry.bytes).then_some(path)
    })
}

async fn copy_file(from: &Path, to: &Path, total: u64, progress: Listener<'_>) -> Result<(), PullError> {
    let mut source = open(from)?;
    let mut target = File::create(to).map_err(write_error(to, 0))?;
    let mut buffer = vec![0; digest::CHUNK];
    let mut done = 0;
    loop {
        let n = source.read(&mut buffer).map_err(ModelError::io("read", from))?;
        let Some(read) = buffer.get(..n).filter(|read| !read.is_empty()) else { break };
        target.write_all(read).map_err(write_error(to, done))?;
        done += n as u64;
        progress(PullEvent::Progress { done, total });
        tokio::task::yield_now().await;
    }
    target.sync_all().map_err(write_error(to, done))
}
