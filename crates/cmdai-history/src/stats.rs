//! Counts over the whole history.

use crate::error::HistoryError;
use crate::store::Store;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What the history says in numbers.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Stats {
    /// All entries.
    pub entries: u64,
    /// Different commands.
    pub commands: u64,
    /// Favourites.
    pub favourites: u64,
    /// Entries of which something was hidden.
    pub redacted: u64,
    /// Entries the user changed before running them.
    pub edited: u64,
    /// Entries that were run.
    pub runs: u64,
    /// Runs that ended with 0.
    pub successes: u64,
    /// Median time of a generation, in milliseconds.
    pub generation_ms: Option<f64>,
    /// The oldest entry.
    pub first: Option<DateTime<Utc>>,
    /// The newest entry.
    pub last: Option<DateTime<Utc>>,
    /// Entries by what became of them, most first.
    pub dispositions: Vec<(String, u64)>,
    /// Entries by risk, mildest first.
    pub risks: Vec<(String, u64)>,
    /// Entries by shell, most first.
    pub shells: Vec<(String, u64)>,
    /// Entries by backend, most first.
    pub backends: Vec<(String, u64)>,
    /// Commands by runs, most first.
    pub top_commands: Vec<(String, u64)>,
    /// Directories by entries, most first.
    pub top_places: Vec<(String, u64)>,
}

impl Store {
    /// Counts everything; of the two top lists the first `top`.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn stats(&self, top: u32) -> Result<Stats, HistoryError> {
        let mut stats = self.conn.query_row(
            "SELECT count(*), ifnull(sum(favourite), 0), ifnull(sum(redacted), 0), ifnull(sum(edited), 0), \
             ifnull(sum(disposition = 'run'), 0), ifnull(sum(disposition = 'run' AND exit = 0), 0), min(time), max(time) \
             FROM entry",
            [],
            |row| {
                let count = |column: usize| row.get::<_, i64>(column).map(i64::unsigned_abs);
                let time = |column: usize| {
                    Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.and_then(DateTime::from_timestamp_micros))
                };
                Ok(Stats {
                    entries: count(0)?,
                    favourites: count(1)?,
                    redacted: count(2)?,
                    edited: count(3)?,
                    runs: count(4)?,
                    successes: count(5)?,
                    first: time(6)?,
                    last: time(7)?,
                    ..Stats::default()
                })
            },
        )?;
        let one = |sql: &str| self.conn.query_row(sql, [], |row| row.get::<_, Option<f64>>(0));
        stats.commands = self
            .conn
            .query_row("SELECT count(*) FROM command", [], |row| row.get::<_, i64>(0).map(i64::unsigned_abs))?;
        stats.generation_ms = one(
            "SELECT avg(generation_ns) / 1e6 FROM (SELECT generation_ns FROM entry WHERE generation_ns IS NOT NULL \
             ORDER BY generation_ns LIMIT 2 - (SELECT count(generation_ns) FROM entry) % 2 \
             OFFSET (SELECT max(count(generation_ns) - 1, 0) / 2 FROM entry))",
        )?;
        let most = "GROUP BY 1 ORDER BY 2 DESC, 1";
        stats.dispositions = self.counts(&format!("SELECT disposition, count(*) FROM entry {most}"))?;
        stats.shells = self.counts(&format!("SELECT shell, count(*) FROM entry {most}"))?;
        stats.backends =
            self.counts(&format!("SELECT backend, count(*) FROM entry WHERE backend IS NOT NULL {most}"))?;
        stats.risks = self.counts(
            "SELECT CASE risk WHEN 0 THEN 'safe' WHEN 1 THEN 'moderate' WHEN 2 THEN 'high' ELSE 'critical' END, count(*) \
             FROM entry WHERE risk IS NOT NULL GROUP BY risk ORDER BY risk",
        )?;
        stats.top_commands = self.counts(&format!(
            "SELECT text, runs FROM command WHERE runs > 0 ORDER BY runs DESC, last DESC LIMIT {top}"
        ))?;
        stats.top_places = self.counts(&format!(
            "SELECT p.cwd, count(*) FROM entry e JOIN place p ON p.id = e.place_id GROUP BY p.id ORDER BY 2 DESC, 1 LIMIT {top}"
        ))?;
        Ok(stats)
    }

    fn counts(&self, sql: &str) -> Result<Vec<(String, u64)>, HistoryError> {
        let mut statement = self.conn.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
