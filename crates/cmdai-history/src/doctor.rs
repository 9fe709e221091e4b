//! Looks after the file: is it whole, is it private, what can be put right, what can be saved from a damaged one.
//!
//! All of it takes seconds at a million entries, so nothing here runs by itself.

use crate::error::{HistoryError, is_corruption};
use crate::files;
use crate::schema;
use crate::store::writer::{Existing, Writer};
use crate::store::{COLUMNS, FROM, Store, found};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What [`Store::doctor`] found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// What is wrong, in sentences; empty where all is well.
    pub problems: Vec<String>,
    /// Format of the file.
    pub version: i32,
    /// How changes reach the file: `wal` or `truncate`.
    pub journal: String,
    /// Entries in it.
    pub entries: u64,
    /// Different commands in it.
    pub commands: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of its write-ahead log.
    pub log_bytes: u64,
    /// Bytes inside the file that hold nothing.
    pub free_bytes: u64,
    /// Damaged databases that were moved aside and can be [recovered](Store::recover).
    pub damaged: Vec<PathBuf>,
}

/// What [`Store::recover`] could save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Recovered {
    /// Entries taken over.
    pub taken: u64,
    /// Entries that were here already.
    pub known: u64,
    /// Rows that could not be read.
    pub lost: u64,
}

impl Store {
    /// Examines the whole file; of one that is open for reading only, not whether its search indexes agree with it.
    ///
    /// # Errors
    /// [`HistoryError::Database`] where not even that is possible.
    pub fn doctor(&self) -> Result<Health, HistoryError> {
        let mut problems = Vec::new();
        let mut statement = self.conn.prepare("PRAGMA integrity_check(20)")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            if line != "ok" {
                problems.push(line);
            }
        }
        for (index, what) in [("command_text", "commands"), ("request_text", "requests")] {
            if !self.index_agrees(index)? {
                problems.push(format!("the search index of {what} disagrees with the {what}"));
            }
        }
        let miscounted: i64 = self.conn.query_row(
            "SELECT count(*) FROM command WHERE uses <> (SELECT count(*) FROM entry WHERE command_id = command.id)",
            [],
            |row| row.get(0),
        )?;
        if miscounted > 0 {
            problems.push(format!("{miscounted} commands are counted wrongly"));
        }
        for path in self.private_paths() {
            if let Some(mode) = files::open_to_others(&path) {
                problems.push(format!("{} can be read by others (mode {mode:o})", path.display()));
            }
        }
        let pragma = |name: &str| self.conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        Ok(Health {
            problems,
            version: schema::version(&self.conn)?,
            journal: self.conn.query_row("PRAGMA journal_mode", [], |row| row.get(0))?,
            entries: self.len()?,
            commands: self
                .conn
                .query_row("SELECT count(*) FROM command", [], |row| row.get::<_, i64>(0))?
                .unsigned_abs(),
            file_bytes: self.path().map_or(0, files::size),
            log_bytes: self.wal_size(),
            free_bytes: (pragma("freelist_count")? * pragma("page_size")?).unsigned_abs(),
            damaged: self.damaged(),
        })
    }

    /// Only the check with rank 1 compares an index with the texts it stands for; without it the index is checked against itself.
    fn index_agrees(&self, index: &str) -> Result<bool, HistoryError> {
        // The check has the form of a change, so a store that is open for reading goes without.
        if self.conn.is_readonly(rusqlite::MAIN_DB)? {
            return Ok(true);
        }
        match self.conn.execute(&format!("INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)"), []) {
            Err(error) if is_corruption(&error) => Ok(false),
            checked => Ok(checked.map(|_| true)?),
        }
    }

    fn private_paths(&self) -> Vec<PathBuf> {
        let Some(path) = self.path() else { return Vec::new() };
        let mut paths: Vec<PathBuf> = ["", "-wal", "-shm", "-journal"].iter().map(|s| files::beside(path, s)).collect();
        paths.extend(path.parent().filter(|p| !p.as_os_str().is_empty()).map(Path::to_owned));
        paths.retain(|p| p.exists());
        paths
    }

    fn damaged(&self) -> Vec<PathBuf> {
        let Some(path) = self.path() else { return Vec::new() };
        let (Some(directory), Some(stem)) = (path.parent(), path.file_stem()) else { return Vec::new() };
        let start = format!("{}.damaged-", stem.to_string_lossy());
        let Ok(files) = std::fs::read_dir(directory) else { return Vec::new() };
        let mut found: Vec<PathBuf> = files
            .flatten()
            .filter(|file| {
                let name = file.file_name();
                let name = name.to_string_lossy();
                name.starts_with(&start) && Path::new(name.as_ref()).extension().is_some_and(|e| e == "db")
            })
            .map(|file| file.path())
            .collect();
        found.sort();
        found
    }

    /// Puts right what can be: both search indexes are built anew, counts are taken anew, permissions are closed.
    ///
    /// # Errors
    /// [`HistoryError::Database`] or [`HistoryError::File`].
    pub fn repair(&mut self) -> Result<(), HistoryError> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Without triggers, because an index that drifted may refuse the very change that puts it right.
        schema::drop_triggers(&tx)?;
        recount(&tx)?;
        schema::rebuild(&tx)?;
        tx.commit()?;
        for path in self.private_paths() {
            if files::open_to_others(&path).is_some() {
                files::close_to_others(&path)?;
            }
        }
        Ok(())
    }

    /// Gives the space of what was deleted back to the system.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn vacuum(&mut self) -> Result<(), HistoryError> {
        self.conn.execute_batch("VACUUM")?;
        self.scrub().map(drop)
    }

    /// Takes every entry that can still be read from a damaged database that was moved aside. The damaged file stays.
    ///
    /// # Errors
    /// [`HistoryError::Database`], also where nothing of the damaged file can be read.
    pub fn recover(&mut self, damaged: &Path) -> Result<Recovered, HistoryError> {
        // Reading needs its log beside it to be put together, so the damaged file is opened for writing.
        let old = Connection::open_with_flags(damaged, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let last: i64 =
            old.query_row("SELECT max(id) FROM entry", [], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(0);
        let redactor = self.redactor.clone();
        let mut report = Recovered::default();
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut writer = Writer::new(&tx);
        let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE e.id = ?1");
        let mut one = old.prepare(&sql)?;
        // Row by row: a scan would end at the first page that cannot be read.
        for id in 1..=last {
            match one.query_row([id], found) {
                Ok(row) => {
                    let entry = crate::store::hide(&redactor, &row.entry).unwrap_or(row.entry);
                    let new = writer.put(&entry, Existing::Skip)?;
                    *(if new { &mut report.taken } else { &mut report.known }) += 1;
                }
                Err(rusqlite::Error::QueryReturnedNoRows) => {}
                Err(_) => report.lost += 1,
            }
        }
        drop(writer);
        tx.commit()?;
        Ok(report)
    }
}

/// Takes the counts of every command anew from its entries. Runs whose entries were let go of stay counted.
pub(crate) fn recount(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(
        "UPDATE command SET (uses, runs, ok_runs, first, last) = (SELECT count(*), \
           max(runs, ifnull(sum(disposition = 'run'), 0)), max(ok_runs, ifnull(sum(disposition = 'run' AND exit = 0), 0)), \
           ifnull(min(time), first), ifnull(max(time), last) FROM entry WHERE command_id = command.id);
         DELETE FROM command WHERE uses = 0;",
    )
}
