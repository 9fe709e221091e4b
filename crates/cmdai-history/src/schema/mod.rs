//! The database schema, version by version, and the way from any of them to the newest.
//!
//! A version is SQL text and, where values must be computed, a step in Rust. The version is read again inside BEGIN IMMEDIATE,
//! so of many processes that start at once one migrates and the others find it done. Before a database that holds anything is
//! changed, a copy of it is put beside it. Held by `every_version_migrates` and the kills in `tests/integration`.

use crate::error::HistoryError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};

/// Marks the file as ours: `cmdA`.
pub const APPLICATION_ID: i32 = 0x636d_6441;
/// The newest version; `PRAGMA user_version` of the file.
pub const VERSION: i32 = 2;

const TRIGGERS: &str = include_str!("triggers.sql");
pub(crate) const TRIGGER_NAMES: [&str; 6] = [
    "command_text_insert",
    "command_text_delete",
    "command_text_update",
    "request_text_insert",
    "request_text_delete",
    "request_text_update",
];

/// The SQL that made version `version` of an empty database, for tests of the way up.
#[must_use]
pub fn sql_of(version: i32) -> Option<String> {
    let v1 = concat!(include_str!("v1.sql"), "\n", include_str!("triggers.sql"));
    let body = match version {
        1 => v1.to_owned(),
        2 => format!("{v1}\n{}", include_str!("v2.sql")),
        _ => return None,
    };
    Some(format!("{body}\nPRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {version};\n"))
}

pub(crate) fn version(conn: &Connection) -> rusqlite::Result<i32> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

pub(crate) fn application_id(conn: &Connection) -> rusqlite::Result<i32> {
    conn.query_row("PRAGMA application_id", [], |row| row.get(0))
}

/// Brings the database to [`VERSION`]; gives the copy that was made of it before, if it held anything.
pub(crate) fn migrate(conn: &mut Connection, path: Option<&Path>) -> Result<Option<PathBuf>, HistoryError> {
    let before = version(conn)?;
    if before == VERSION {
        return Ok(None);
    }
    let copy = match path {
        Some(path) if (1..VERSION).contains(&before) => Some(copy_aside(conn, path, before)?),
        _ => None,
    };
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&tx)?;
    if found > VERSION {
        let path = path.map(Path::to_owned).unwrap_or_default();
        return Err(HistoryError::Newer { path, found, known: VERSION });
    }
    for step in found..VERSION {
        if step == 0 {
            tx.execute_batch(include_str!("v1.sql"))?;
            tx.execute_batch(TRIGGERS)?;
        } else {
            tx.execute_batch(include_str!("v2.sql"))?;
            crate::repeat::fill_keys(&tx)?;
        }
    }
    tx.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"))?;
    tx.commit()?;
    Ok(copy)
}

/// A copy of the file as version `before`, made under a name of its own and moved into place when it is whole.
fn copy_aside(conn: &Connection, path: &Path, before: i32) -> Result<PathBuf, HistoryError> {
    let copy = path.with_extension(format!("v{before}.bak"));
    if copy.exists() {
        return Ok(copy);
    }
    let partial = path.with_extension(format!("v{before}.{}.tmp", std::process::id()));
    crate::files::remove(&partial)?;
    crate::files::create_private(&partial)?;
    conn.execute("VACUUM INTO ?1", [partial.to_string_lossy()])?;
    // Another process may have migrated in between; its own copy is the right one then.
    let copied = Connection::open(&partial).and_then(|conn| version(&conn))?;
    if copied == before {
        std::fs::rename(&partial, &copy).map_err(HistoryError::file(&copy))?;
    } else {
        crate::files::remove(&partial)?;
    }
    Ok(copy)
}

/// Takes the triggers off for a bulk load; [`rebuild`] must follow in the same transaction.
pub(crate) fn drop_triggers(conn: &Connection) -> rusqlite::Result<()> {
    TRIGGER_NAMES.iter().try_for_each(|name| conn.execute_batch(&format!("DROP TRIGGER IF EXISTS {name}")))
}

/// Builds both indexes anew from the tables and puts the triggers back.
pub(crate) fn rebuild(conn: &Connection) -> rusqlite::Result<()> {
    drop_triggers(conn)?;
    conn.execute_batch(
        "INSERT INTO command_text(command_text) VALUES ('rebuild'); INSERT INTO request_text(request_text) VALUES ('rebuild');",
    )?;
    conn.execute_batch(TRIGGERS)
}
