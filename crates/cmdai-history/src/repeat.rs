//! A request that was answered before is answered from the history, without a model.
//!
//! One look into an index by a hash of the normalised request, then the texts are compared. What is offered was accepted: the
//! newest word of the user counts, so a command that was declined or failed since is not offered
//! (held by `the_last_word_of_the_user_counts`). The caller judges it anew; nothing here says that it is safe.

use crate::error::HistoryError;
use crate::redact;
use crate::store::{COLUMNS, FROM, Found, Store, found};
use cmdai_core::record::{Disposition, HistoryEntry};
use cmdai_core::request::{Platform, ShellType};
use rusqlite::{Connection, params};

/// Entries with the same key that are looked at, newest first: another request may have it too.
const DEPTH: u32 = 16;

/// An earlier answer to the same request.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// The command that was accepted, as it was last.
    pub command: String,
    /// The entry it comes from.
    pub found: Found,
}

impl Store {
    /// The command that was accepted for the same request, shell and platform, if there is one.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn repeat(&self, request: &str, shell: ShellType, platform: Platform) -> Result<Option<Repeat>, HistoryError> {
        let wanted = normalised(request);
        // What was only shown says nothing of what the user thinks of it, however often it was shown.
        let (run, copied, declined) =
            (Disposition::Run.name(), Disposition::Copied.name(), Disposition::Declined.name());
        let sql = format!(
            "SELECT {COLUMNS} FROM {FROM} WHERE e.request_key = ?1 AND e.shell = ?2 AND e.platform = ?3 \
             AND e.disposition IN ('{run}', '{copied}', '{declined}') ORDER BY e.time DESC, e.id DESC LIMIT {DEPTH}"
        );
        let mut statement = self.conn.prepare(&sql)?;
        let rows = statement.query_map(params![hash(&wanted), shell.name(), platform.name()], found)?;
        for row in rows {
            let found = row?;
            if normalised(&found.entry.request) != wanted {
                continue;
            }
            let exit = found.entry.execution.map(|e| e.exit_code);
            match (found.entry.disposition, exit) {
                (Disposition::Run, Some(0)) | (Disposition::Copied, _) => {
                    let command = found.runnable().map(str::to_owned);
                    return Ok(command.map(|command| Repeat { command, found }));
                }
                (Disposition::Run, Some(_)) | (Disposition::Declined, _) => return Ok(None),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// The request as far as it matters: white space as one blank, no full stop at the end, no capital for being the first word.
#[must_use]
pub fn normalised(request: &str) -> String {
    let mut text = request.split_whitespace().collect::<Vec<_>>().join(" ");
    text.truncate(text.trim_end_matches(['.', '!', '?', ' ']).len());
    let mut first = text.chars();
    let capital = first.next().filter(|c| c.is_uppercase());
    match (capital, first.next()) {
        (Some(capital), Some(second)) if second.is_lowercase() => {
            capital.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text,
    }
}

/// The key an entry is found again by; none where its texts were changed or there is no command.
pub(crate) fn key(entry: &HistoryEntry) -> Option<i64> {
    let command = entry.final_command()?;
    let whole = entry.redactions.is_empty() && !redact::holds_marker(command) && !entry.request.trim().is_empty();
    whole.then(|| hash(&normalised(&entry.request)))
}

/// 64-bit FNV-1a: stable over versions and machines, because it stands in files. Equal keys are compared by text.
fn hash(text: &str) -> i64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    i64::from_ne_bytes(hash.to_ne_bytes())
}

/// Gives the entries of an older version their keys.
pub(crate) fn fill_keys(conn: &Connection) -> rusqlite::Result<()> {
    let mut rows = conn.prepare(
        "SELECT e.id, e.request FROM entry e JOIN command c ON c.id = e.command_id \
         WHERE e.redacted = 0 AND trim(e.request) <> '' AND instr(c.text, ?1) = 0",
    )?;
    let mut update = conn.prepare("UPDATE entry SET request_key = ?2 WHERE id = ?1")?;
    let mut rows = rows.query([redact::MARKER])?;
    while let Some(row) = rows.next()? {
        let request = row.get_ref(1)?.as_str()?;
        update.execute(params![row.get::<_, i64>(0)?, hash(&normalised(request))])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_does_not_matter_is_normalised() {
        let check = |a: &str, b: &str, same: bool| assert_eq!(normalised(a) == normalised(b), same, "{a:?} {b:?}");
        check("list all files", " List  all\nfiles. ", true);
        check("list README", "list readme", false);
        check("PATH entries", "pATH entries", false);
        check("delete a", "delete b", false);
    }
}
