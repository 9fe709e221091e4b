//! The database of one user: how it is opened, and what of its traps is kept away from everybody else.
//!
//! Why so: a one-shot program closes the database after one insert, and SQLite then moves its whole write-ahead log into the
//! file, at four syncs. So closing does not checkpoint, nothing checkpoints by itself, and [`Store::checkpoint`] is called once
//! the user has seen the output. Price: losing power may lose the last entries; the file is never damaged by it.
//! Invariants: the file is created private (`files_are_private`); the busy timeout stands before anything can be busy and
//! every transaction that writes begins so (`sixteen_processes_lose_nothing`); a newer file is refused
//! (`a_newer_database_is_refused`); a damaged one is moved aside, once (`a_damaged_file_is_moved_aside_once`).

mod aside;
mod load;
mod save;
mod state;
mod warmth;
pub(crate) mod writer;

use crate::error::{HistoryError, is_corruption};
use crate::files;
use crate::redact::Redactor;
use crate::schema;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use load::Found;
pub(crate) use load::{COLUMNS, FROM, found};
pub use save::Saved;
pub(crate) use save::hide;
pub use state::{Metric, MetricSummary};
pub(crate) use warmth::share as warm_share;

/// Size of the write-ahead log from which on [`Store::checkpoint`] does something.
const WAL_LIMIT: u64 = 1 << 20;
/// Size from which on a write does it itself, for callers that never do.
const WAL_EMERGENCY: u64 = 16 << 20;

/// How to open a [`Store`].
#[derive(Debug, Clone)]
pub struct Options {
    /// What hides secrets before anything is written.
    pub redactor: Redactor,
    /// How long to wait for other processes.
    pub busy_timeout: Duration,
    /// How changes reach the file.
    pub journal: Journal,
}

impl Default for Options {
    fn default() -> Self {
        Self { redactor: Redactor::default(), busy_timeout: Duration::from_secs(10), journal: Journal::Auto }
    }
}

/// How changes reach the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// A write-ahead log, except on a network file system.
    Auto,
    /// A rollback journal with full syncs: slower, and works wherever file locks do.
    Rollback,
}

/// Something a person should be told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The database was damaged. It lies here now and a new one was begun.
    MovedAside(PathBuf),
    /// The database was brought to a newer version; a copy of the old one lies here.
    Migrated(PathBuf),
    /// The file system does not carry a write-ahead log; writing is slower.
    NoWriteAheadLog,
}

/// What a checkpoint did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checkpoint {
    /// The log was small enough to leave.
    NotNeeded,
    /// All of the log is in the file now, and the log is empty.
    Done,
    /// Somebody else was reading or writing; the next one will do it.
    Busy,
}

/// The history of one user.
#[derive(Debug)]
pub struct Store {
    pub(crate) conn: Connection,
    pub(crate) redactor: Redactor,
    path: Option<PathBuf>,
    identity: Option<(u64, u64)>,
    options: Options,
    notices: Vec<Notice>,
}

impl Store {
    /// Opens the database at `path`, making it and its directory if there is none.
    ///
    /// # Errors
    /// [`HistoryError`]: the file cannot be used, is newer than this program or belongs to another one. Damage is no error: the
    /// file is moved aside and [`notices`](Self::notices) says so.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, HistoryError> {
        Self::open_with(path, &Options::default())
    }

    /// Like [`open`](Self::open), with options.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, options: &Options) -> Result<Self, HistoryError> {
        let path = path.as_ref();
        match Self::open_file(path, options) {
            Err(error) if error.is_corruption() => {
                let moved = aside::move_damaged(path, files::identity(path))?;
                let mut store = Self::open_file(path, options)?;
                store.notices.extend(moved.map(Notice::MovedAside));
                Ok(store)
            }
            opened => opened,
        }
    }

    /// Opens an existing database for reading only, beside one that writes.
    ///
    /// # Errors
    /// As for [`open`](Self::open), and where there is no file or it has an older format.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, HistoryError> {
        let path = path.as_ref();
        let options = Options::default();
        let conn =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        conn.busy_timeout(options.busy_timeout)?;
        check_owner(&conn, path)?;
        let redactor = options.redactor.clone();
        let identity = files::identity(path);
        Ok(Self { conn, redactor, path: Some(path.to_owned()), identity, options, notices: Vec::new() })
    }

    /// A history that lives in memory and ends with this value.
    ///
    /// # Errors
    /// [`HistoryError::Database`], which means no memory is left.
    pub fn in_memory(redactor: Redactor) -> Result<Self, HistoryError> {
        let mut conn = Connection::open_in_memory()?;
        schema::migrate(&mut conn, None)?;
        Ok(Self { conn, redactor, path: None, identity: None, options: Options::default(), notices: Vec::new() })
    }

    fn open_file(path: &Path, options: &Options) -> Result<Self, HistoryError> {
        if let Some(directory) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
            files::create_private_dir(directory)?;
        }
        // Made before SQLite sees it, so that it and the files SQLite puts beside it are private from the first byte on.
        files::create_private(path)?;
        if files::open_to_others(path).is_some() {
            files::close_to_others(path)?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(options.busy_timeout)?;
        check_owner(&conn, path)?;
        let mut notices = Vec::new();
        if set_up(&conn, path, options)? == Journal::Rollback && options.journal == Journal::Auto {
            notices.push(Notice::NoWriteAheadLog);
        }
        let copy = schema::migrate(&mut conn, Some(path)).map_err(|error| with_path(error, path))?;
        notices.extend(copy.map(Notice::Migrated));
        Ok(Self {
            conn,
            redactor: options.redactor.clone(),
            path: Some(path.to_owned()),
            identity: files::identity(path),
            options: options.clone(),
            notices,
        })
    }

    /// What a person should be told once: taken out, so that it is not said again.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// The file; absent for a history in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What hides secrets here.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Moves a grown write-ahead log into the file. To be called after the output is on the screen; it waits for nobody.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn checkpoint(&self) -> Result<Checkpoint, HistoryError> {
        if self.wal_size() <= WAL_LIMIT { Ok(Checkpoint::NotNeeded) } else { self.truncate_log(Duration::ZERO) }
    }

    /// Moves the whole log into the file and empties it, so that nothing deleted is left in it.
    pub(crate) fn scrub(&self) -> Result<Checkpoint, HistoryError> {
        self.truncate_log(self.options.busy_timeout)
    }

    pub(crate) fn wal_size(&self) -> u64 {
        self.path.as_deref().map_or(0, |path| files::size(&files::beside(path, "-wal")))
    }

    fn truncate_log(&self, wait: Duration) -> Result<Checkpoint, HistoryError> {
        self.conn.busy_timeout(wait)?;
        let busy = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        self.conn.busy_timeout(self.options.busy_timeout)?;
        Ok(if busy? { Checkpoint::Busy } else { Checkpoint::Done })
    }

    /// Runs `work`; where it finds the file damaged, begins a new one and runs it again.
    pub(crate) fn or_afresh<T>(
        &mut self,
        mut work: impl FnMut(&mut Self) -> Result<T, HistoryError>,
    ) -> Result<T, HistoryError> {
        match (work(self), self.path.clone()) {
            (Err(error), Some(path)) if error.is_corruption() => {
                let moved = aside::move_damaged(&path, self.identity)?;
                let mut fresh = Self::open_file(&path, &self.options)?;
                fresh.redactor = self.redactor.clone();
                fresh.notices.append(&mut self.notices);
                fresh.notices.extend(moved.map(Notice::MovedAside));
                *self = fresh;
                work(self)
            }
            (result, _) => result,
        }
    }
}

/// Refuses what is not ours to change, before anything is changed.
fn check_owner(conn: &Connection, path: &Path) -> Result<(), HistoryError> {
    // One snapshot: another process may be making the tables right now, and half of ours looks like somebody else's.
    let snapshot = conn.unchecked_transaction()?;
    let (id, found) = (schema::application_id(&snapshot)?, schema::version(&snapshot)?);
    let tables: i64 = snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    snapshot.finish()?;
    if id != schema::APPLICATION_ID && (id != 0 || tables > 0 || found != 0) {
        return Err(HistoryError::Foreign { path: path.to_owned(), id });
    }
    if found > schema::VERSION {
        return Err(HistoryError::Newer { path: path.to_owned(), found, known: schema::VERSION });
    }
    Ok(())
}

/// Sets what a connection needs; gives the journal that came of it.
fn set_up(conn: &Connection, path: &Path, options: &Options) -> Result<Journal, HistoryError> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    let rollback = options.journal == Journal::Rollback || files::is_remote(path);
    let wanted = if rollback { "PRAGMA journal_mode = TRUNCATE" } else { "PRAGMA journal_mode = WAL" };
    let mode = patiently(options.busy_timeout, || conn.query_row(wanted, [], |row| row.get::<_, String>(0)));
    let journal = match mode {
        Ok(mode) if mode == "wal" => Journal::Auto,
        Err(error) if is_corruption(&error) => return Err(error.into()),
        // A busy database answers with an error here, and so does a file system without shared memory.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => return Err(error.into()),
        _ => Journal::Rollback,
    };
    let synchronous = if journal == Journal::Auto { "NORMAL" } else { "FULL" };
    conn.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
    ))?;
    Ok(journal)
}

/// Tries again while others are in the way: where two connections change the journal of a new file at once, both hold a read
/// lock that the other one waits for, and SQLite gives up at once instead of calling its busy handler.
fn patiently<T>(timeout: Duration, mut work: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let begun = Instant::now();
    loop {
        match work() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < timeout => {
                std::thread::sleep(Duration::from_millis(2));
            }
            done => return done,
        }
    }
}

fn with_path(error: HistoryError, path: &Path) -> HistoryError {
    match error {
        HistoryError::Newer { found, known, .. } => HistoryError::Newer { path: path.to_owned(), found, known },
        other => other,
    }
}
