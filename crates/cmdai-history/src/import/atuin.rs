//! Reads the database of atuin.

use super::{Item, LONGEST, Maker, Sink, own_id};
use crate::error::HistoryError;
use chrono::DateTime;
use cmdai_core::execute::Execution;
use cmdai_core::request::ShellType;
use rusqlite::{Connection, OpenFlags, Row};
use std::path::Path;
use std::time::Duration;

pub(super) fn read(path: &Path, sink: &mut Sink<'_>) -> Result<(), HistoryError> {
    let wrong = |error: rusqlite::Error| HistoryError::Format { format: "atuin", reason: error.to_string() };
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(wrong)?;
    let mut columns = conn.prepare("SELECT name FROM pragma_table_info('history')").map_err(wrong)?;
    let names: Vec<String> =
        columns.query_map([], |row| row.get(0)).map_err(wrong)?.collect::<Result<_, _>>().map_err(wrong)?;
    // Older versions have no such column.
    let deleted = if names.iter().any(|n| n == "deleted_at") { "WHERE deleted_at IS NULL" } else { "" };
    let sql = format!(
        "SELECT rowid, id, timestamp, duration, exit, command, cwd, session, hostname FROM history {deleted} ORDER BY timestamp"
    );
    let mut statement = conn.prepare(&sql).map_err(wrong)?;
    let mut rows = statement.query([]).map_err(wrong)?;
    let mut maker = Maker::new("atuin", ShellType::Sh);
    while let Some(row) = rows.next().map_err(wrong)? {
        let line = row.get::<_, i64>(0).unwrap_or(0).unsigned_abs();
        sink(one(row, &mut maker).unwrap_or_else(|error| Item::bad(line, error.to_string())))?;
    }
    Ok(())
}

fn one(row: &Row<'_>, maker: &mut Maker) -> rusqlite::Result<Item> {
    let command: String = row.get(5)?;
    let line = row.get::<_, i64>(0)?.unsigned_abs();
    if command.trim().is_empty() || command.len() > LONGEST {
        return Ok(Item::bad(line, "no command, or a too long one"));
    }
    let time = DateTime::from_timestamp_nanos(row.get(2)?);
    let mut entry = maker.entry(Some(time), &command);
    if let Some(id) = row.get::<_, String>(1).ok().as_deref().and_then(own_id) {
        entry.id = id;
    }
    let (duration, exit): (i64, i64) = (row.get(3)?, row.get(4)?);
    // -1 stands for a command that never reported its end.
    if let (Ok(duration), Ok(exit_code)) = (u64::try_from(duration), i32::try_from(exit)) {
        entry.execution = (exit >= 0).then(|| Execution { exit_code, duration: Duration::from_nanos(duration) });
    }
    entry.cwd = row.get::<_, String>(6)?.into();
    entry.session = row.get(7)?;
    let host: String = row.get(8)?;
    let (host, user) = host.split_once(':').map_or((host.as_str(), None), |(host, user)| (host, Some(user)));
    (entry.host, entry.user) = (Some(host.to_owned()), user.map(str::to_owned));
    Ok(Item::Entry(Box::new(entry)))
}
