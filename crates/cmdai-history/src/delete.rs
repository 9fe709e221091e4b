//! Deletes by query, after showing what it would delete, and so that nothing of it is left in any file.
//!
//! Unlike a search it looks at every entry: what is to be gone must be gone, however old. Pages are overwritten, the indexes
//! forget, and the log is emptied (held by `what_was_deleted_is_in_no_file`).

use crate::error::HistoryError;
use crate::schema;
use crate::search::{Matcher, SearchQuery, Where};
use crate::store::writer::remove_entry;
use crate::store::{COLUMNS, Checkpoint, FROM, Found, Store, found};
use rusqlite::{Connection, TransactionBehavior, params_from_iter};

/// Entries shown of those that would be deleted.
const SHOWN: usize = 20;

/// What was deleted, or would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Deleted {
    /// How many entries.
    pub entries: u64,
    /// The newest of them.
    pub newest: Vec<Found>,
    /// Whether the log could be emptied; if not, another process holds it and the bytes vanish with the next checkpoint.
    pub scrubbed: bool,
}

impl Store {
    /// What [`delete`](Self::delete) would delete.
    ///
    /// # Errors
    /// [`HistoryError::EmptyQuery`], [`HistoryError::Pattern`] or [`HistoryError::Database`].
    pub fn would_delete(&self, query: &SearchQuery) -> Result<Deleted, HistoryError> {
        let (ids, newest) = matching(&self.conn, query)?;
        Ok(Deleted { entries: ids.len() as u64, newest, scrubbed: false })
    }

    /// Deletes every entry that fits `query`; its page, limit and ranking mean nothing here.
    ///
    /// # Errors
    /// [`HistoryError::EmptyQuery`] for a query that would delete everything (see [`clear`](Self::clear)),
    /// [`HistoryError::Pattern`] or [`HistoryError::Database`].
    pub fn delete(&mut self, query: &SearchQuery) -> Result<Deleted, HistoryError> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (ids, newest) = matching(&tx, query)?;
        for id in &ids {
            remove_entry(&tx, *id)?;
        }
        tx.execute("DELETE FROM place WHERE id NOT IN (SELECT place_id FROM entry)", [])?;
        tx.commit()?;
        let scrubbed = !ids.is_empty() && self.scrub()? == Checkpoint::Done;
        Ok(Deleted { entries: ids.len() as u64, newest, scrubbed })
    }

    /// Deletes every entry; measurements and states stay. The caller has asked.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn clear(&mut self) -> Result<u64, HistoryError> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        schema::drop_triggers(&tx)?;
        tx.execute_batch("DELETE FROM tag; DELETE FROM redaction;")?;
        let entries = tx.execute("DELETE FROM entry", [])?;
        tx.execute_batch("DELETE FROM command; DELETE FROM place;")?;
        schema::rebuild(&tx)?;
        tx.commit()?;
        self.vacuum()?;
        Ok(entries as u64)
    }
}

/// Rows of every entry that fits, and the newest of them whole.
fn matching(conn: &Connection, query: &SearchQuery) -> Result<(Vec<i64>, Vec<Found>), HistoryError> {
    if query.is_empty() {
        return Err(HistoryError::EmptyQuery);
    }
    let filter = Where::new(query);
    let matcher = (!query.text.trim().is_empty()).then(|| Matcher::new(&query.text, query.mode)).transpose()?;
    let sql = format!(
        "SELECT e.id, c.text, e.request, e.proposed FROM entry e LEFT JOIN command c ON c.id = e.command_id \
         WHERE {} ORDER BY e.time DESC, e.id DESC",
        filter.sql()
    );
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query(params_from_iter(filter.values()))?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        let command: Option<String> = row.get(1)?;
        let request: String = row.get(2)?;
        let proposed: Option<String> = row.get(3)?;
        let fits = |m: &Matcher| {
            m.score(command.as_deref().unwrap_or_default(), &request).is_some()
                || proposed.as_deref().is_some_and(|proposed| m.score(proposed, "").is_some())
        };
        if matcher.as_ref().is_none_or(fits) {
            ids.push(row.get(0)?);
        }
    }
    let mut one = conn.prepare(&format!("SELECT {COLUMNS} FROM {FROM} WHERE e.id = ?1"))?;
    let newest = ids.iter().take(SHOWN).map(|id| one.query_row([id], found)).collect::<Result<_, _>>()?;
    Ok((ids, newest))
}
