//! Where client and worker meet, on Windows: a named pipe whose name stands in a file of this user's.
//!
//! Pipes live in one name space that all users share, and the first to take a name has it. So each worker draws a name of its own, does not
//! start if somebody has it already, and writes it into a file in the user's profile, which others cannot write to. A worker holds a lock
//! beside that file for as long as it lives: where nobody holds it, the name is one that somebody else may have taken since, and is not
//! called (held by `a_name_that_a_dead_worker_left_is_not_called`). By the system's default only this user and administrators write to the
//! pipe, and nobody from another machine, so whoever can say anything to the worker may. A worker that ends removes the file first, so a
//! new one can start while the old one still answers.
//!
//! It is run under Wine (`cargo xtask check-targets --test`); nobody of us has run it under Windows.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};

/// `ERROR_PIPE_BUSY`: all instances of a pipe are taken, for a moment.
const ALL_TAKEN: i32 = 231;

/// The meeting place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    dir: PathBuf,
}

impl Place {
    /// The user's own, in their profile, which others cannot read.
    ///
    /// # Errors
    /// There is no profile, or it cannot be written to.
    pub fn of_user() -> io::Result<Self> {
        if profile().is_none() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "this user has no profile"));
        }
        Self::at(Self::dir_of_user())
    }

    /// Where the user's own is or would be.
    #[must_use]
    pub fn dir_of_user() -> PathBuf {
        profile().unwrap_or_else(std::env::temp_dir).join("cmdai").join("run")
    }

    /// A given directory, which must be closed to others; it is made where it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn at(dir: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    /// What clients look for: the file with the name of the pipe.
    #[must_use]
    pub fn sign(&self) -> PathBuf {
        self.dir.join("worker.pipe")
    }

    /// The right to start a worker here, which ends with the file; `None` while somebody else has it.
    ///
    /// # Errors
    /// The file cannot be made or locked.
    pub fn lock(&self) -> io::Result<Option<File>> {
        let file = open_for_lock(&self.dir.join("worker.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

fn profile() -> Option<PathBuf> {
    let told = std::env::var_os("LOCALAPPDATA").map(PathBuf::from).filter(|dir| dir.is_absolute());
    told.or_else(|| std::env::home_dir().map(|home| home.join("AppData").join("Local")))
}

fn open_for_lock(path: &Path) -> io::Result<File> {
    File::options().create(true).read(true).write(true).truncate(false).open(path)
}

/// Whether the worker whose name stands in `sign` lives. Asking must not look like living to others who ask, so it shares the lock.
fn lives(sign: &Path) -> io::Result<bool> {
    match open_for_lock(&held_by_worker(sign))?.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn held_by_worker(sign: &Path) -> PathBuf {
    sign.with_extension("alive")
}

/// What a worker has put up for its clients to find.
#[derive(Debug)]
pub(super) struct Sign {
    file: PathBuf,
    name: String,
}

impl Sign {
    /// Whether clients still find this worker.
    pub(super) fn stands(&self) -> bool {
        std::fs::read_to_string(&self.file).is_ok_and(|name| name == self.name)
    }

    /// From now on whoever looks for a worker starts a new one.
    pub(super) fn take_down(&self) {
        if self.stands() {
            let _ = std::fs::remove_file(&self.file);
        }
    }
}

/// Where clients come in: the instance of the pipe that waits for the next one.
#[derive(Debug)]
pub(super) struct Door {
    name: String,
    waiting: NamedPipeServer,
    /// Ends with the door: the next worker may be held up by an answer of this one no longer than that.
    _alive: File,
}

/// Opens the door of a place, in the stead of whoever had it: under the lock that one is gone, or nobody could have wanted a new one.
pub(super) fn open_door(place: &Place) -> io::Result<(Door, Sign)> {
    let sign = place.sign();
    // Before the lock is held: a name that stands while it is must be the holder's own.
    match std::fs::remove_file(&sign) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let alive = open_for_lock(&held_by_worker(&sign))?;
    alive.lock()?;
    let chance: [u64; 2] = [fastrand::u64(..), fastrand::u64(..)];
    let name = format!(r"\\.\pipe\cmdai-{:016x}{:016x}-{}", chance[0], chance[1], std::process::id());
    let waiting = ServerOptions::new().first_pipe_instance(true).reject_remote_clients(true).create(&name)?;
    // In one step: a client must not read half a name.
    let mut file = tempfile::NamedTempFile::new_in(&place.dir)?;
    io::Write::write_all(&mut file, name.as_bytes())?;
    file.persist(&sign)?;
    Ok((Door { name: name.clone(), waiting, _alive: alive }, Sign { file: sign, name }))
}

impl Door {
    /// The next client.
    pub(super) async fn next(&mut self) -> io::Result<NamedPipeServer> {
        if let Err(error) = self.waiting.connect().await {
            // It came and went before it was let in; an instance that is not hung up lets in nobody else.
            self.waiting.disconnect()?;
            return Err(error);
        }
        let next = ServerOptions::new().reject_remote_clients(true).create(&self.name)?;
        Ok(std::mem::replace(&mut self.waiting, next))
    }
}

/// A connection to the worker of a place; `None` where nobody listens.
pub(super) async fn reach(place: &Place) -> io::Result<Option<NamedPipeClient>> {
    let sign = place.sign();
    let Ok(name) = tokio::fs::read_to_string(&sign).await else { return Ok(None) };
    if !lives(&sign)? {
        return Ok(None);
    }
    let pipe = match ClientOptions::new().open(&name) {
        Ok(pipe) => pipe,
        Err(error) if error.raw_os_error() == Some(ALL_TAKEN) => return Err(io::ErrorKind::WouldBlock.into()),
        Err(_) => return Ok(None),
    };
    // Only now is it known whose pipe was opened: it lives, and this is its name.
    let still = tokio::fs::read_to_string(&sign).await.is_ok_and(|now| now == name) && lives(&sign)?;
    Ok(still.then_some(pipe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_a_dead_worker_left_is_not_called() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path().join("run")).unwrap();
        let (door, sign) = open_door(&place).unwrap();
        assert!(reach(&place).await.unwrap().is_some());
        // It is killed, and somebody else takes the name.
        let name = door.name.clone();
        drop(door);
        let _other = ServerOptions::new().first_pipe_instance(true).create(&name).unwrap();
        assert!(sign.stands() && ClientOptions::new().open(&name).is_ok());
        assert!(reach(&place).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn who_comes_and_goes_leaves_the_door_open() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path().join("run")).unwrap();
        let (mut door, _sign) = open_door(&place).unwrap();
        drop(reach(&place).await.unwrap());
        // The first may be let in, or be told of as gone.
        let _ = door.next().await;
        let reached = reach(&place).await.unwrap();
        assert!(reached.is_some() && door.next().await.is_ok());
    }
}
