//! Where client and worker meet, on Unix: a directory that belongs to one user, with a socket and a lock in it.
//!
//! `$XDG_RUNTIME_DIR/cmdai`, else a directory of the user's under the temporary one. It must be a real directory, ours, and closed to others, or it is
//! not used: whoever can put a socket there could read requests and answer them (held by `a_directory_of_others_is_not_used`).

use rustix::fs::{Mode, OFlags, open};
use rustix::process::geteuid;
use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// The meeting place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    dir: PathBuf,
}

impl Place {
    /// The user's own.
    ///
    /// # Errors
    /// It cannot be made, or is not safe to use.
    pub fn of_user() -> io::Result<Self> {
        Self::at(Self::dir_of_user())
    }

    /// Where the user's own is or would be, safe or not.
    #[must_use]
    pub fn dir_of_user() -> PathBuf {
        let runtime =
            std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_absolute() && dir.is_dir());
        runtime.map_or_else(
            || std::env::temp_dir().join(format!("cmdai-{}", geteuid().as_raw())),
            |runtime| runtime.join("cmdai"),
        )
    }

    /// A given directory; it is made where it is not there.
    ///
    /// # Errors
    /// It cannot be made, or is not safe to use.
    pub fn at(dir: PathBuf) -> io::Result<Self> {
        match DirBuilder::new().mode(0o700).create(&dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let found = std::fs::symlink_metadata(&dir)?;
        if !found.is_dir() || found.uid() != geteuid().as_raw() || found.mode() & 0o077 != 0 {
            let why = format!("{} is not a directory of this user alone", dir.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        Ok(Self { dir })
    }

    /// What clients look for: the socket.
    #[must_use]
    pub fn sign(&self) -> PathBuf {
        self.dir.join("worker.sock")
    }

    /// The right to start a worker here, which ends with the file; `None` while somebody else has it.
    ///
    /// # Errors
    /// The file cannot be made or locked.
    pub fn lock(&self) -> io::Result<Option<File>> {
        let flags = OFlags::CREATE | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = File::from(open(self.dir.join("worker.lock"), flags, Mode::from_raw_mode(0o600))?);
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// What a worker has put up for its clients to find.
#[derive(Debug)]
pub(super) struct Sign {
    socket: PathBuf,
    /// Device and inode: another worker may have put up its own.
    bound: Option<(u64, u64)>,
}

impl Sign {
    /// Whether clients still find this worker.
    pub(super) fn stands(&self) -> bool {
        identity(&self.socket) == self.bound
    }

    /// From now on whoever looks for a worker starts a new one.
    pub(super) fn take_down(&self) {
        if self.stands() {
            let _ = std::fs::remove_file(&self.socket);
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Where clients come in.
#[derive(Debug)]
pub(super) struct Door(UnixListener);

/// Opens the door of a place, in the stead of whoever had it: under the lock that one is gone, or nobody could have wanted a new one.
pub(super) fn open_door(place: &Place) -> io::Result<(Door, Sign)> {
    let socket = place.sign();
    let _ = std::fs::remove_file(&socket);
    let door = Door(UnixListener::bind(&socket)?);
    let bound = identity(&socket);
    Ok((door, Sign { socket, bound }))
}

impl Door {
    /// The next client of this user. The directory keeps others out; this holds even where it does not.
    pub(super) async fn next(&mut self) -> io::Result<UnixStream> {
        loop {
            let (stream, _) = self.0.accept().await?;
            if stream.peer_cred().is_ok_and(|peer| peer.uid() == geteuid().as_raw()) {
                return Ok(stream);
            }
        }
    }
}

/// A connection to the worker of a place; `None` where nobody listens.
pub(super) async fn reach(place: &Place) -> io::Result<Option<UnixStream>> {
    match UnixStream::connect(place.sign()).await {
        Ok(stream) => Ok(Some(stream)),
        // More clients wait at the door than the system lets.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_directory_of_others_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let ours = dir.path().join("a");
        assert!(Place::at(ours.clone()).is_ok() && Place::at(ours.clone()).is_ok());
        std::fs::set_permissions(&ours, PermissionsExt::from_mode(0o755)).unwrap();
        assert!(Place::at(ours.clone()).is_err(), "open to others");
        std::fs::set_permissions(&ours, PermissionsExt::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink(&ours, dir.path().join("b")).unwrap();
        assert!(Place::at(dir.path().join("b")).is_err(), "a link");
        std::fs::write(dir.path().join("c"), "").unwrap();
        assert!(Place::at(dir.path().join("c")).is_err(), "a file");
    }
}
