//! Looks through what is already kept for secrets that newer rules, or rules of the user, would hide.

use crate::error::HistoryError;
use crate::redact::{Mode, Redactor};
use crate::store::writer::{Existing, Writer, remove_entry};
use crate::store::{COLUMNS, Checkpoint, FROM, Found, Store, found, hide};
use cmdai_core::record::Redaction;
use rusqlite::{Connection, TransactionBehavior, params};
use serde::Serialize;
use uuid::Uuid;

/// Entries written in one transaction.
const BATCH: usize = 500;

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Scanned {
    /// Entries looked at.
    pub entries: u64,
    /// Entries that hold a secret, and what each rule finds in them.
    pub secrets: Vec<(Uuid, Vec<Redaction>)>,
    /// Whether the secrets are gone: hidden, or their entries dropped.
    pub applied: bool,
    /// Whether the log could be emptied, so that no file holds them any more.
    pub scrubbed: bool,
}

impl Store {
    /// Looks through all entries with the rules of this store, whatever its mode; with `apply` hides what it finds, or drops
    /// the entries under [`Mode::Drop`].
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn scan(&mut self, apply: bool) -> Result<Scanned, HistoryError> {
        let drops = self.redactor.mode() == Mode::Drop;
        let redactor = self.redactor.hiding();
        let mut report = Scanned { applied: apply, ..Scanned::default() };
        let mut after = 0;
        loop {
            let rows = batch(&self.conn, after)?;
            let Some(last) = rows.last() else { break };
            after = last.row;
            report.entries += rows.len() as u64;
            let tx =
                if apply { Some(self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?) } else { None };
            for row in &rows {
                let Some(hidden) = hide(&redactor, &row.entry) else { continue };
                report.secrets.push((row.entry.id, hidden.redactions.clone()));
                match &tx {
                    Some(tx) if drops => remove_entry(tx, row.row)?,
                    Some(tx) => drop(Writer::new(tx).put(&hidden, Existing::Replace)?),
                    None => {}
                }
            }
            if let Some(tx) = tx {
                tx.commit()?;
            }
        }
        if apply {
            states(&self.conn, &redactor)?;
            report.scrubbed = self.scrub()? == Checkpoint::Done;
        }
        Ok(report)
    }
}

fn batch(conn: &Connection, after: i64) -> Result<Vec<Found>, HistoryError> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE e.id > ?1 ORDER BY e.id LIMIT {BATCH}");
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map([after], found)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn states(conn: &Connection, redactor: &Redactor) -> Result<(), HistoryError> {
    let mut statement = conn.prepare("SELECT key, value FROM state")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows.collect::<Result<Vec<_>, _>>()? {
        let (key, text) = row;
        let hidden = redactor.redact_json(serde_json::from_str(&text)?).to_string();
        if hidden != text {
            conn.execute("UPDATE state SET value = ?2 WHERE key = ?1", params![key, hidden])?;
        }
    }
    Ok(())
}
