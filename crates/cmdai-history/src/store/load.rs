//! From rows back to entries.

use super::Store;
use crate::error::HistoryError;
use crate::redact;
use chrono::{DateTime, Utc};
use cmdai_core::assess::RiskLevel;
use cmdai_core::execute::Execution;
use cmdai_core::record::{GenerationRecord, HistoryEntry, Redaction, SafetyRecord};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row};
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// What [`found`] reads, in its order; used with [`FROM`].
pub(crate) const COLUMNS: &str = "e.id, e.uuid, e.time, e.request, c.text, e.edited, e.proposed, e.explanation, e.shell, \
     e.platform, p.cwd, e.session, e.host, e.user, e.disposition, e.risk, e.decision, e.consent, e.rules, e.exit, e.run_ns, \
     e.generation_ns, e.backend, e.model, e.confidence, e.favourite, \
     (SELECT json_group_array(name) FROM tag WHERE entry_id = e.id), \
     iif(e.redacted, (SELECT json_group_object(rule, count) FROM redaction WHERE entry_id = e.id), NULL)";
/// An entry with what it refers to.
pub(crate) const FROM: &str = "entry e JOIN place p ON p.id = e.place_id LEFT JOIN command c ON c.id = e.command_id";

/// An entry as the history has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Row number: grows with every entry, never used again while later rows are there.
    pub row: i64,
    /// The entry, times to the microsecond.
    pub entry: HistoryEntry,
}

impl Found {
    /// The command, where it can be run again: it is there and nothing in it was hidden.
    #[must_use]
    pub fn runnable(&self) -> Option<&str> {
        self.entry.final_command().filter(|command| !redact::holds_marker(command))
    }
}

impl Store {
    /// The entry of this id.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn get(&self, id: Uuid) -> Result<Option<Found>, HistoryError> {
        let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE e.uuid = ?1");
        Ok(self.conn.query_row(&sql, [id.as_bytes().as_slice()], found).optional()?)
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn len(&self) -> Result<u64, HistoryError> {
        let count: i64 = self.conn.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Whether there is no entry.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn is_empty(&self) -> Result<bool, HistoryError> {
        Ok(self.conn.query_row("SELECT NOT EXISTS (SELECT 1 FROM entry)", [], |row| row.get(0))?)
    }
}

/// Reads one row of [`COLUMNS`].
pub(crate) fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    let text: Option<String> = row.get(4)?;
    let edited: bool = row.get(5)?;
    let proposed: Option<String> = row.get(6)?;
    let (command, edited) = if edited { (proposed, text) } else { (text, None) };
    let entry = HistoryEntry {
        id: Uuid::from_bytes(row.get(1)?),
        time: time(row.get(2)?),
        request: row.get(3)?,
        command,
        edited,
        explanation: row.get(7)?,
        shell: named(row, 8)?,
        platform: named(row, 9)?,
        cwd: row.get::<_, String>(10)?.into(),
        session: row.get(11)?,
        host: row.get(12)?,
        user: row.get(13)?,
        disposition: named(row, 14)?,
        safety: safety(row)?,
        execution: execution(row)?,
        generation: generation(row)?,
        favourite: row.get(25)?,
        tags: json(row, 26)?.unwrap_or_default(),
        redactions: redactions(row)?,
    };
    Ok(Found { row: row.get(0)?, entry })
}

/// A time as the tables keep it.
pub(crate) fn time(microseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(microseconds).unwrap_or(DateTime::UNIX_EPOCH)
}

fn safety(row: &Row<'_>) -> rusqlite::Result<Option<SafetyRecord>> {
    let Some(risk) = row.get::<_, Option<u8>>(15)? else { return Ok(None) };
    Ok(Some(SafetyRecord {
        risk: RiskLevel::ALL.get(usize::from(risk)).copied().unwrap_or(RiskLevel::Critical),
        rules: json(row, 18)?.unwrap_or_default(),
        decision: named(row, 16)?,
        consent: row.get::<_, Option<String>>(17)?.map(|name| parse(&name, 17)).transpose()?,
    }))
}

fn execution(row: &Row<'_>) -> rusqlite::Result<Option<Execution>> {
    let (exit, time): (Option<i32>, Option<i64>) = (row.get(19)?, row.get(20)?);
    Ok(exit.map(|exit_code| Execution { exit_code, duration: duration(time.unwrap_or(0)) }))
}

fn generation(row: &Row<'_>) -> rusqlite::Result<Option<GenerationRecord>> {
    let Some(time) = row.get::<_, Option<i64>>(21)? else { return Ok(None) };
    Ok(Some(GenerationRecord {
        duration: duration(time),
        backend: row.get(22)?,
        model: row.get(23)?,
        confidence: row.get(24)?,
    }))
}

fn redactions(row: &Row<'_>) -> rusqlite::Result<Vec<Redaction>> {
    let counts: Option<std::collections::BTreeMap<String, u32>> = json(row, 27)?;
    Ok(counts.into_iter().flatten().map(|(rule, count)| Redaction { rule, count }).collect())
}

fn duration(nanoseconds: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
}

fn named<T: FromStr<Err = cmdai_core::names::UnknownName>>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let name = row.get_ref(column)?.as_str()?;
    parse(name, column)
}

fn parse<T: FromStr<Err = cmdai_core::names::UnknownName>>(name: &str, column: usize) -> rusqlite::Result<T> {
    name.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let Some(text) = row.get_ref(column)?.as_str_or_null()? else { return Ok(None) };
    serde_json::from_str(text)
        .map(Some)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
