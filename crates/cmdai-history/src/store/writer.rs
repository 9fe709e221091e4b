//! Puts entries into the tables, inside a transaction of the caller.
//!
//! Statements are prepared when first used and kept for the life of the writer: one insert pays for those it needs, an import
//! of a million rows pays once.

use super::warmth;
use cmdai_core::record::{Disposition, HistoryEntry};
use rusqlite::{Connection, OptionalExtension, Params, Row, Statement, params};
use std::collections::HashMap;

/// What to do where an entry of the same id is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Replace,
    Skip,
}

/// A statement that is prepared when first used.
struct Lazy<'c> {
    conn: &'c Connection,
    sql: &'static str,
    statement: Option<Statement<'c>>,
}

impl<'c> Lazy<'c> {
    const fn new(conn: &'c Connection, sql: &'static str) -> Self {
        Self { conn, sql, statement: None }
    }

    fn get(&mut self) -> rusqlite::Result<&mut Statement<'c>> {
        let statement = match self.statement.take() {
            Some(statement) => statement,
            None => self.conn.prepare(self.sql)?,
        };
        Ok(self.statement.insert(statement))
    }

    fn execute(&mut self, params: impl Params) -> rusqlite::Result<usize> {
        self.get()?.execute(params)
    }

    fn find<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.get()?.query_row(params, read).optional()
    }
}

/// Writes entries.
pub(crate) struct Writer<'c> {
    conn: &'c Connection,
    places: HashMap<String, i64>,
    find_place: Lazy<'c>,
    add_place: Lazy<'c>,
    find_command: Lazy<'c>,
    add_command: Lazy<'c>,
    touch_command: Lazy<'c>,
    find_entry: Lazy<'c>,
    add_entry: Lazy<'c>,
    add_tag: Lazy<'c>,
    add_redaction: Lazy<'c>,
}

const ADD_ENTRY: &str = "INSERT INTO entry (id, uuid, time, request, command_id, edited, proposed, explanation, shell, platform, \
     place_id, session, host, user, disposition, risk, decision, consent, rules, exit, run_ns, generation_ns, backend, model, \
     confidence, favourite, redacted, request_key) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, \
     ?25, ?26, ?27, ?28)";

impl<'c> Writer<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        let lazy = |sql| Lazy::new(conn, sql);
        Self {
            conn,
            places: HashMap::new(),
            find_place: lazy("SELECT id FROM place WHERE cwd = ?1"),
            add_place: lazy("INSERT INTO place(cwd) VALUES (?1)"),
            find_command: lazy("SELECT id, warmth FROM command WHERE text = ?1"),
            add_command: lazy(
                "INSERT INTO command(text, first, last, uses, runs, ok_runs, warmth) VALUES (?1, ?2, ?2, 1, ?3, ?4, ?5)",
            ),
            touch_command: lazy(
                "UPDATE command SET first = min(first, ?2), last = max(last, ?2), uses = uses + 1, runs = runs + ?3, \
                 ok_runs = ok_runs + ?4, warmth = ?5 WHERE id = ?1",
            ),
            find_entry: lazy("SELECT id FROM entry WHERE uuid = ?1"),
            add_entry: lazy(ADD_ENTRY),
            add_tag: lazy("INSERT OR IGNORE INTO tag(entry_id, name) VALUES (?1, ?2)"),
            add_redaction: lazy("INSERT OR IGNORE INTO redaction(entry_id, rule, count) VALUES (?1, ?2, ?3)"),
        }
    }

    /// Writes one entry; false where it was there and is left as it was.
    pub(crate) fn put(&mut self, entry: &HistoryEntry, existing: Existing) -> rusqlite::Result<bool> {
        let uuid = entry.id.as_bytes().as_slice();
        let mut id = None;
        if let Some(found) = self.find_entry.find([uuid], |row| row.get::<_, i64>(0))? {
            if existing == Existing::Skip {
                return Ok(false);
            }
            remove_entry(self.conn, found)?;
            id = Some(found);
        }
        let place = self.place(&entry.cwd.to_string_lossy())?;
        let command = entry.final_command().map(|text| self.command(text, entry)).transpose()?;
        self.insert(id, entry, place, command)?;
        let id = self.conn.last_insert_rowid();
        for tag in &entry.tags {
            self.add_tag.execute(params![id, tag])?;
        }
        for redaction in &entry.redactions {
            self.add_redaction.execute(params![id, redaction.rule, redaction.count])?;
        }
        Ok(true)
    }

    fn insert(
        &mut self,
        id: Option<i64>,
        entry: &HistoryEntry,
        place: i64,
        command: Option<i64>,
    ) -> rusqlite::Result<usize> {
        let safety = entry.safety.as_ref();
        let generation = entry.generation.as_ref();
        let rules = safety.map(|s| serde_json::Value::from(s.rules.clone()).to_string());
        self.add_entry.execute(params![
            id,
            entry.id.as_bytes().as_slice(),
            entry.time.timestamp_micros(),
            entry.request,
            command,
            entry.edited.is_some(),
            entry.edited.as_ref().and(entry.command.as_ref()),
            entry.explanation,
            entry.shell.name(),
            entry.platform.name(),
            place,
            entry.session,
            entry.host,
            entry.user,
            entry.disposition.name(),
            safety.map(|s| s.risk as u8),
            safety.map(|s| s.decision.name()),
            safety.and_then(|s| s.consent).map(cmdai_core::confirm::Consent::name),
            rules,
            entry.execution.map(|e| e.exit_code),
            entry.execution.map(|e| nanoseconds(e.duration)),
            generation.map(|g| nanoseconds(g.duration)),
            generation.and_then(|g| g.backend.as_ref()),
            generation.and_then(|g| g.model.as_ref()),
            generation.and_then(|g| g.confidence),
            entry.favourite,
            !entry.redactions.is_empty(),
            crate::repeat::key(entry),
        ])
    }

    fn place(&mut self, cwd: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.places.get(cwd) {
            return Ok(*id);
        }
        let id = if let Some(id) = self.find_place.find([cwd], |row| row.get(0))? {
            id
        } else {
            self.add_place.execute([cwd])?;
            self.conn.last_insert_rowid()
        };
        self.places.insert(cwd.to_owned(), id);
        Ok(id)
    }

    fn command(&mut self, text: &str, entry: &HistoryEntry) -> rusqlite::Result<i64> {
        let time = entry.time.timestamp_micros();
        let (ran, ok) = counts(entry.disposition, entry.execution.map(|e| e.exit_code));
        let found = self.find_command.find([text], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?)))?;
        if let Some((id, warmth)) = found {
            self.touch_command.execute(params![id, time, ran, ok, warmth::add(warmth, time)])?;
            return Ok(id);
        }
        self.add_command.execute(params![text, time, ran, ok, warmth::of(time)])?;
        Ok(self.conn.last_insert_rowid())
    }
}

/// Takes an entry out, and its command with the last entry that holds it.
pub(crate) fn remove_entry(conn: &Connection, id: i64) -> rusqlite::Result<()> {
    let (command, disposition, exit): (Option<i64>, String, Option<i32>) =
        conn.query_row("SELECT command_id, disposition, exit FROM entry WHERE id = ?1", [id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    conn.execute("DELETE FROM entry WHERE id = ?1", [id])?;
    let Some(command) = command else { return Ok(()) };
    let (ran, ok) = counts(disposition.parse().unwrap_or(Disposition::Shown), exit);
    conn.execute(
        "UPDATE command SET uses = uses - 1, runs = runs - ?2, ok_runs = ok_runs - ?3 WHERE id = ?1",
        params![command, ran, ok],
    )?;
    conn.execute("DELETE FROM command WHERE id = ?1 AND uses <= 0", [command])?;
    Ok(())
}

/// How much an entry adds to the runs, and to the successful runs, of its command.
fn counts(disposition: Disposition, exit: Option<i32>) -> (bool, bool) {
    let ran = disposition == Disposition::Run;
    (ran, ran && exit == Some(0))
}

/// Nanoseconds as the tables keep them: up to 292 years.
fn nanoseconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
