//! Where client and worker meet, on Windows: a named pipe whose name stands in a file of this user's.
//!
//! Pipes live in one name space that all users share, and the first to take a name has it. So each worker draws a name of its own, does not
//! start if somebody has it already, and writes it into a file in the user's profile: who reads it there reaches the worker that wrote it.
//! By the system's default only this user and administrators write to the pipe, and nobody from another machine. A worker that ends removes
//! the file first, so a new one can start while the old one still answers.
//!
//! It compiles for Windows; it has not been run there.

use std::fs::File;
use std::io;
use std::path::PathBuf;
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
        let profile = std::env::var_os("LOCALAPPDATA").map(PathBuf::from).filter(|dir| dir.is_absolute());
        let profile = profile.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no LOCALAPPDATA"))?;
        Self::at(profile.join("cmdai").join("run"))
    }

    /// A given directory, which must be closed to others; it is made where it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn at(dir: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    /// The file with the name of the pipe.
    fn file(&self) -> PathBuf {
        self.dir.join("worker.pipe")
    }

    /// The right to start a worker here, which ends with the file; `None` while somebody else has it.
    ///
    /// # Errors
    /// The file cannot be made or locked.
    pub fn lock(&self) -> io::Result<Option<File>> {
        let file = File::options().create(true).write(true).truncate(false).open(self.dir.join("worker.lock"))?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => Ok(Some(file)),
            Err(fs4::TryLockError::WouldBlock) => Ok(None),
            Err(fs4::TryLockError::Error(error)) => Err(error),
        }
    }
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
}

/// Opens the door of a place, in the stead of whoever had it: under the lock that one is gone, or nobody could have wanted a new one.
pub(super) fn open_door(place: &Place) -> io::Result<(Door, Sign)> {
    let chance: [u64; 2] = [fastrand::u64(..), fastrand::u64(..)];
    let name = format!(r"\\.\pipe\cmdai-{:016x}{:016x}-{}", chance[0], chance[1], std::process::id());
    let waiting = ServerOptions::new().first_pipe_instance(true).reject_remote_clients(true).create(&name)?;
    // In one step: a client must not read half a name.
    let mut file = tempfile::NamedTempFile::new_in(&place.dir)?;
    io::Write::write_all(&mut file, name.as_bytes())?;
    file.persist(place.file())?;
    Ok((Door { name: name.clone(), waiting }, Sign { file: place.file(), name }))
}

impl Door {
    /// The next client.
    pub(super) async fn next(&mut self) -> io::Result<NamedPipeServer> {
        self.waiting.connect().await?;
        let next = ServerOptions::new().reject_remote_clients(true).create(&self.name)?;
        Ok(std::mem::replace(&mut self.waiting, next))
    }
}

/// A connection to the worker of a place; `None` where nobody listens.
pub(super) async fn reach(place: &Place) -> io::Result<Option<NamedPipeClient>> {
    let Ok(name) = tokio::fs::read_to_string(place.file()).await else { return Ok(None) };
    match ClientOptions::new().open(&name) {
        Ok(pipe) => Ok(Some(pipe)),
        Err(error) if error.raw_os_error() == Some(ALL_TAKEN) => Err(io::ErrorKind::WouldBlock.into()),
        Err(_) => Ok(None),
    }
}
