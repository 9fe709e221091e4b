//! The SHA-256 of a model's file or files, and what of their metadata tells that they are still those that were hashed.

use super::directory;
use super::error::ModelError;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Bytes read at once: large enough that the system calls do not show, small enough for a smooth progress bar.
pub(crate) const CHUNK: usize = 1 << 20;

/// What a model looked like when it was hashed. Equal means: not hashed again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    pub(crate) bytes: u64,
    pub(crate) mtime_ns: i64,
    /// Absent where the system has none.
    #[serde(default)]
    pub(crate) inode: Option<u64>,
    /// The files of a directory, which has no time and inode itself: other files in it come and go.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parts: BTreeMap<String, Self>,
}

impl Fingerprint {
    /// Of the file or the directory at `path`.
    pub(crate) fn of(path: &Path) -> Result<Self, ModelError> {
        let metadata = std::fs::metadata(path).map_err(ModelError::io("look at", path))?;
        if metadata.is_dir() { directory::fingerprint(path) } else { Ok(Self::of_file(&metadata)) }
    }

    pub(crate) fn of_file(metadata: &Metadata) -> Self {
        let mtime = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            bytes: metadata.len(),
            mtime_ns: mtime.and_then(|time| i64::try_from(time.as_nanos()).ok()).unwrap_or_default(),
            inode: inode(metadata),
            parts: BTreeMap::new(),
        }
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
fn inode(metadata: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::ino(metadata))
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Option<u64> {
    None
}

/// The hash of what was put in, as the catalog writes it.
pub(crate) fn finish(hasher: Sha256) -> String {
    hex::encode(hasher.finalize())
}

/// Hashes a file. The fingerprint is the one before and after, so it belongs to these very bytes.
pub(crate) fn hash_file(path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<(String, Fingerprint), ModelError> {
    let mut file = File::open(path).map_err(ModelError::io("open", path))?;
    let stat = |file: &File| file.metadata().map(|m| Fingerprint::of_file(&m)).map_err(ModelError::io("look at", path));
    let before = stat(&file)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    let mut done = 0;
    loop {
        let n = file.read(&mut buffer).map_err(ModelError::io("read", path))?;
        let Some(read) = buffer.get(..n).filter(|read| !read.is_empty()) else { break };
        hasher.update(read);
        done += n as u64;
        progress(done, before.bytes);
    }
    if stat(&file)? != before {
        return Err(ModelError::Changing { path: path.to_owned() });
    }
    Ok((finish(hasher), before))
}
