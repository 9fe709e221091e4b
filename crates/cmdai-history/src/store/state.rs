//! Small values kept between runs: state of other parts, the pause, and what backends took.

use super::Store;
use crate::error::HistoryError;
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

const PAUSE: &str = "pause";
/// Measurements kept for each backend and name.
const MEASUREMENTS: u32 = 200;

/// One measurement of a backend.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// The backend, by its name.
    pub backend: String,
    /// What was measured, for example `first-chunk-cold-ms` or `failure`.
    pub name: String,
    /// The value, in the unit the name says.
    pub value: f64,
    /// When.
    pub time: DateTime<Utc>,
}

/// What the last measurements of one kind say.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct MetricSummary {
    /// The backend.
    pub backend: String,
    /// What was measured.
    pub name: String,
    /// How many measurements are kept.
    pub count: usize,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// When the last one was taken.
    pub last: DateTime<Utc>,
}

impl Store {
    /// The value kept under `key`.
    ///
    /// # Errors
    /// [`HistoryError::Database`], or [`HistoryError::Json`] where what is kept is no `T`.
    pub fn state<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, HistoryError> {
        let text: Option<String> =
            self.conn.query_row("SELECT value FROM state WHERE key = ?1", [key], |row| row.get(0)).optional()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Keeps `value` under `key`, without its secrets.
    ///
    /// # Errors
    /// [`HistoryError::Database`] or [`HistoryError::Json`].
    pub fn set_state<T: Serialize>(&mut self, key: &str, value: &T) -> Result<(), HistoryError> {
        let text = self.redactor.redact_json(serde_json::to_value(value)?).to_string();
        self.conn.execute(
            "INSERT INTO state(key, value, time) VALUES (?1, ?2, ?3) \
             ON CONFLICT(key) DO UPDATE SET value = excluded.value, time = excluded.time",
            params![key, text, Utc::now().timestamp_micros()],
        )?;
        Ok(())
    }

    /// Forgets the value under `key`.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn clear_state(&mut self, key: &str) -> Result<(), HistoryError> {
        self.conn.execute("DELETE FROM state WHERE key = ?1", [key])?;
        Ok(())
    }

    /// Stops or resumes keeping entries, for every process that uses this database.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn pause(&mut self, paused: bool) -> Result<(), HistoryError> {
        if paused { self.set_state(PAUSE, &true) } else { self.clear_state(PAUSE) }
    }

    /// Whether entries are not kept at present.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn is_paused(&self) -> Result<bool, HistoryError> {
        Ok(self.state(PAUSE)?.unwrap_or(false))
    }

    /// Keeps a measurement; of each kind the last two hundred stay.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn measure(&mut self, metric: &Metric) -> Result<(), HistoryError> {
        let Metric { backend, name, value, time } = metric;
        let tx = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        tx.execute(
            "INSERT INTO metric(backend, name, value, time) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT(backend, name, time) DO UPDATE SET value = excluded.value",
            params![backend, name, value, time.timestamp_micros()],
        )?;
        tx.execute(
            "DELETE FROM metric WHERE backend = ?1 AND name = ?2 AND time < \
             (SELECT time FROM metric WHERE backend = ?1 AND name = ?2 ORDER BY time DESC LIMIT 1 OFFSET ?3 - 1)",
            params![backend, name, MEASUREMENTS],
        )?;
        Ok(tx.commit()?)
    }

    /// What is known of every backend, by backend and name.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn metrics(&self) -> Result<Vec<MetricSummary>, HistoryError> {
        let mut statement = self.conn.prepare(
            "SELECT backend, name, json_group_array(value ORDER BY value), max(time) FROM metric GROUP BY backend, name",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?))
        })?;
        rows.map(|row| {
            let (backend, name, values, last) = row?;
            let values: Vec<f64> = serde_json::from_str(&values)?;
            let at = |percent: usize| values.get((values.len() * percent / 100).min(values.len() - 1)).copied();
            Ok(MetricSummary {
                backend,
                name,
                count: values.len(),
                p50: at(50).unwrap_or_default(),
                p95: at(95).unwrap_or_default(),
                last: super::load::time(last),
            })
        })
        .collect()
    }
}
