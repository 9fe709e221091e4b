//! Files that only their owner may read: created so, not changed to it afterwards, because the time between would be enough.

use crate::error::HistoryError;
use std::fs::{DirBuilder, File, OpenOptions};
use std::path::{Path, PathBuf};

/// Makes the file, readable and writable by its owner only; an existing one is left as it is.
pub(crate) fn create_private(path: &Path) -> Result<(), HistoryError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(HistoryError::file(path))
}

/// Makes a new private file to write to; fails where one is.
pub(crate) fn create_new_private(path: &Path) -> Result<File, HistoryError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(HistoryError::file(path))
}

/// Makes a directory and its parents, open to their owner only. Existing ones keep their permissions.
pub(crate) fn create_private_dir(path: &Path) -> Result<(), HistoryError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(HistoryError::file(path))
}

/// Permission bits that let others in; none where the system has no such bits.
#[cfg(unix)]
pub(crate) fn open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
pub(crate) fn open_to_others(_: &Path) -> Option<u32> {
    None
}

/// Takes the permissions of everybody else away.
#[cfg(unix)]
pub(crate) fn close_to_others(path: &Path) -> Result<(), HistoryError> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = std::fs::metadata(path).map_err(HistoryError::file(path))?.permissions();
    permissions.set_mode(permissions.mode() & 0o700);
    std::fs::set_permissions(path, permissions).map_err(HistoryError::file(path))
}

#[cfg(not(unix))]
pub(crate) fn close_to_others(_: &Path) -> Result<(), HistoryError> {
    Ok(())
}

/// Removes a file; that there is none is fine.
pub(crate) fn remove(path: &Path) -> Result<(), HistoryError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(HistoryError::file(path)(error)),
        _ => Ok(()),
    }
}

/// The path with `suffix` put behind its whole name, as the database does for its log.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Size in bytes, 0 where there is no file.
pub(crate) fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |data| data.len())
}

/// Whether the file lies on a file system shared over a network, where a write-ahead log in shared memory does not work.
#[cfg(target_os = "linux")]
pub(crate) fn is_remote(path: &Path) -> bool {
    const NFS: u32 = 0x6969;
    const SMB: u32 = 0x517b;
    const SMB2: u32 = 0xfe53_4d42;
    const CIFS: u32 = 0xff53_4d42;
    const AFS: u32 = 0x5346_414f;
    const V9FS: u32 = 0x0102_1997;
    const CEPH: u32 = 0x00c3_6400;
    let Ok(found) = rustix::fs::statfs(path) else { return false };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "magic numbers have 32 bits")]
    let kind = found.f_type as u32;
    [NFS, SMB, SMB2, CIFS, AFS, V9FS, CEPH].contains(&kind)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_remote(_: &Path) -> bool {
    false
}

/// What tells a file from another one that took its name.
#[cfg(unix)]
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|data| (data.dev(), data.ino()))
}

#[cfg(not(unix))]
pub(crate) fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}
