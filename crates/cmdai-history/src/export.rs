//! Carries the history elsewhere: everything, as a table, or as lines of a shell.
//!
//! The native format is lossless and versioned: a first line that names it, then one entry a line in JSON
//! (held by `what_is_exported_comes_back_whole`). What the rules of today would hide is hidden on the way out too.

use crate::error::HistoryError;
use crate::redact::Mode;
use crate::search::{Matcher, SearchQuery, Where};
use crate::store::{COLUMNS, FROM, Store, found, hide};
use cmdai_core::record::HistoryEntry;
use rusqlite::params_from_iter;
use serde::{Deserialize, Serialize};
use std::io::Write;

/// Version of the native format.
pub const NATIVE_VERSION: u32 = 1;

/// The first line of the native format.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The version.
    #[serde(rename = "cmdai-history")]
    pub(crate) version: u32,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One entry a line in JSON, with everything that is known: can be imported again.
    Native,
    /// A table with a line of names, as in RFC 4180.
    Csv,
    /// The commands alone, each behind a comment with its time: a bash history and a script. Commands that cannot be run, because
    /// something in them is hidden, are left out.
    Plain,
}

const COLUMN_NAMES: &str = "id,time,request,command,edited,shell,platform,cwd,session,disposition,risk,decision,exit_code,\
     duration_ms,generation_ms,backend,model,tags,favourite";

impl Store {
    /// Writes the entries that fit `query`, oldest first, all of them whatever its page; gives their number.
    ///
    /// # Errors
    /// [`HistoryError::Stream`] where `out` fails, [`HistoryError::Pattern`], [`HistoryError::Database`].
    pub fn export(&self, out: &mut dyn Write, format: Format, query: &SearchQuery) -> Result<u64, HistoryError> {
        let filter = Where::new(query);
        let matcher = (!query.text.trim().is_empty()).then(|| Matcher::new(&query.text, query.mode)).transpose()?;
        match format {
            Format::Native => writeln!(out, "{}", serde_json::to_string(&Header { version: NATIVE_VERSION })?)?,
            Format::Csv => write!(out, "{COLUMN_NAMES}\r\n")?,
            Format::Plain => {}
        }
        let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {} ORDER BY e.time, e.id", filter.sql());
        let mut statement = self.conn.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(filter.values()))?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let entry = found(row)?.entry;
            let text = entry.final_command().unwrap_or_default();
            if matcher.as_ref().is_some_and(|m| m.score(text, &entry.request).is_none()) {
                continue;
            }
            let hidden = hide(&self.redactor, &entry);
            if hidden.is_some() && self.redactor.mode() == Mode::Drop {
                continue;
            }
            count += u64::from(write_entry(out, format, hidden.as_ref().unwrap_or(&entry))?);
        }
        Ok(count)
    }
}

fn write_entry(out: &mut dyn Write, format: Format, entry: &HistoryEntry) -> Result<bool, HistoryError> {
    match format {
        Format::Native => writeln!(out, "{}", serde_json::to_string(entry)?)?,
        Format::Csv => write!(out, "{}\r\n", csv(entry))?,
        Format::Plain => {
            let Some(command) = entry.final_command().filter(|c| !crate::redact::holds_marker(c)) else {
                return Ok(false);
            };
            writeln!(out, "#{}\n{command}", entry.time.timestamp())?;
        }
    }
    Ok(true)
}

fn csv(entry: &HistoryEntry) -> String {
    let milliseconds = |d: std::time::Duration| format!("{:.3}", d.as_secs_f64() * 1e3);
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let (safety, execution) = (entry.safety.as_ref(), entry.execution.as_ref());
    let generation = entry.generation.as_ref();
    let fields = [
        entry.id.to_string(),
        entry.time.to_rfc3339(),
        entry.request.clone(),
        optional(&entry.command),
        optional(&entry.edited),
        entry.shell.to_string(),
        entry.platform.to_string(),
        entry.cwd.display().to_string(),
        optional(&entry.session),
        entry.disposition.to_string(),
        safety.map(|s| s.risk.to_string()).unwrap_or_default(),
        safety.map(|s| s.decision.to_string()).unwrap_or_default(),
        execution.map(|e| e.exit_code.to_string()).unwrap_or_default(),
        execution.map(|e| milliseconds(e.duration)).unwrap_or_default(),
        generation.map(|g| milliseconds(g.duration)).unwrap_or_default(),
        generation.map(|g| optional(&g.backend)).unwrap_or_default(),
        generation.map(|g| optional(&g.model)).unwrap_or_default(),
        entry.tags.join(" "),
        entry.favourite.to_string(),
    ];
    let quoted = fields.iter().map(|field| {
        if field.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    });
    quoted.collect::<Vec<_>>().join(",")
}
