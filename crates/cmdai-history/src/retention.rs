//! Lets old entries go: by number, age and size, a small batch at a time, after the output.
//!
//! Favourites stay, and so does the newest entry of a command that was run often; its count of runs stays with it, so that
//! forgetting its older entries does not make it rare.

use crate::error::HistoryError;
use crate::schema;
use crate::store::Store;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Entries from which on, if they are a tenth of all, the indexes are built anew.
const BULK: usize = 1000;

/// How much is kept. The default is a hundred thousand entries of any age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetentionPolicy {
    /// Most entries.
    pub max_entries: Option<u64>,
    /// Oldest age.
    pub max_age: Option<Duration>,
    /// Most bytes in use inside the file.
    pub max_bytes: Option<u64>,
    /// Whether favourites are kept whatever the limits.
    pub keep_favourites: bool,
    /// Commands run at least this often keep their newest entry; 0 keeps none for that.
    pub keep_runs: u32,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self { max_entries: Some(100_000), max_age: None, max_bytes: None, keep_favourites: true, keep_runs: 5 }
    }
}

/// What one batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retained {
    /// Entries removed.
    pub removed: u64,
    /// Whether another batch would remove more.
    pub more: bool,
}

impl Store {
    /// Removes at most `batch` of the oldest entries that are beyond number or age at `now`. Where neither is left and the file
    /// is too large, it is brought to nine tenths of its size in one step, which rewrites it and is needed rarely.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn retain(
        &mut self,
        policy: &RetentionPolicy,
        now: DateTime<Utc>,
        batch: u32,
    ) -> Result<Retained, HistoryError> {
        let oldest = self.len()?.saturating_sub(policy.max_entries.unwrap_or(u64::MAX));
        let mut removed = self.forget_oldest(policy, i64::MAX, oldest.min(batch.into()))?;
        if let Some(age) = policy.max_age.filter(|_| removed < batch.into()) {
            let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
            removed +=
                self.forget_oldest(policy, now.timestamp_micros().saturating_sub(age), u64::from(batch) - removed)?;
        }
        if removed >= batch.into() {
            return Ok(Retained { removed, more: true });
        }
        if let Some(max) = policy.max_bytes {
            removed += self.shrink(policy, max)?;
        }
        Ok(Retained { removed, more: false })
    }

    /// All batches in a row; gives the number of entries removed.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn retain_all(&mut self, policy: &RetentionPolicy, now: DateTime<Utc>) -> Result<u64, HistoryError> {
        let mut removed = 0;
        loop {
            // A large part at once lets the indexes be built anew instead of being changed entry by entry.
            let batch = self.retain(policy, now, u32::try_from(self.len()? / 4).unwrap_or(u32::MAX).max(2000))?;
            removed += batch.removed;
            if !batch.more {
                return Ok(removed);
            }
        }
    }

    /// Removes the oldest entries before `cutoff` that nothing protects, `limit` at most.
    fn forget_oldest(&mut self, policy: &RetentionPolicy, cutoff: i64, limit: u64) -> Result<u64, HistoryError> {
        if limit == 0 {
            return Ok(0);
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ids = {
            let mut oldest = tx.prepare(
                "SELECT e.id FROM entry e LEFT JOIN command c ON c.id = e.command_id \
                 WHERE e.time < ?1 AND NOT (?2 AND e.favourite) AND NOT (?3 > 0 AND ifnull(c.runs, 0) >= ?3 AND NOT EXISTS \
                   (SELECT 1 FROM entry n WHERE n.command_id = e.command_id AND (n.time, n.id) > (e.time, e.id))) \
                 ORDER BY e.time LIMIT ?4",
            )?;
            let rows =
                oldest.query_map(params![cutoff, policy.keep_favourites, policy.keep_runs, limit], |r| r.get(0))?;
            rows.collect::<Result<Vec<i64>, _>>()?
        };
        let count: i64 = tx.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?;
        let bulk = ids.len() >= BULK && ids.len() as u64 * 10 >= count.unsigned_abs();
        if bulk {
            schema::drop_triggers(&tx)?;
        }
        for id in &ids {
            forget(&tx, *id)?;
        }
        if bulk {
            schema::rebuild(&tx)?;
        }
        tx.commit()?;
        Ok(ids.len() as u64)
    }

    /// What is deleted leaves holes in pages and indexes, so the size is only known after the file was rewritten.
    fn shrink(&mut self, policy: &RetentionPolicy, max: u64) -> Result<u64, HistoryError> {
        let mut removed = 0;
        while self.used()? > max {
            self.vacuum()?;
            let (used, count) = (self.used()?, self.len()?);
            if used <= max || count == 0 {
                break;
            }
            let kept = u128::from(count) * u128::from(max) * 9 / (u128::from(used) * 10);
            let gone = self.forget_oldest(policy, i64::MAX, count - u64::try_from(kept).unwrap_or(0))?;
            removed += gone;
            if gone == 0 {
                break;
            }
            self.vacuum()?;
        }
        Ok(removed)
    }

    fn used(&self) -> Result<u64, HistoryError> {
        let pragma = |name: &str| self.conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        Ok(((pragma("page_count")? - pragma("freelist_count")?) * pragma("page_size")?).unsigned_abs())
    }
}

/// Takes an entry out; its command goes with its last entry, and keeps its runs until then.
fn forget(conn: &Connection, id: i64) -> rusqlite::Result<()> {
    let command: Option<i64> =
        conn.query_row("DELETE FROM entry WHERE id = ?1 RETURNING command_id", [id], |row| row.get(0))?;
    if let Some(command) = command {
        conn.execute("UPDATE command SET uses = uses - 1 WHERE id = ?1", [command])?;
        conn.execute("DELETE FROM command WHERE id = ?1 AND uses <= 0", [command])?;
    }
    Ok(())
}
