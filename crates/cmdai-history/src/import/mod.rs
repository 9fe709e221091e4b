//! Takes over what other histories hold: our own export, bash, zsh, fish, atuin.
//!
//! Importing the same again adds nothing: entries without an id get one that follows from their source, time, text and number
//! (held by `bash_with_and_without_times` and its siblings, which import everything twice). Lines that cannot be read are skipped and reported. All of it is one transaction, so
//! an import that is killed leaves no trace. A large import loads the tables without the search indexes and builds them once:
//! 38 instead of 404 seconds for a million rows.

mod atuin;
mod native;
mod shells;

use crate::error::HistoryError;
use crate::redact::{Mode, Redactor};
use crate::schema;
use crate::store::writer::{Existing, Writer};
use crate::store::{Store, hide};
use chrono::{DateTime, Utc};
use cmdai_core::record::{Disposition, HistoryEntry};
use cmdai_core::request::{Platform, ShellType};
use rusqlite::TransactionBehavior;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;
use uuid::Uuid;

/// Bytes an entry takes in the sources, about.
const BYTES_OF_ONE: u64 = 50;
/// Entries from which on building the indexes once is faster.
const BULK: u64 = 5_000;
/// Skipped lines that are described; the others are counted.
const DESCRIBED: usize = 100;
/// Longest text of one entry that is taken.
const LONGEST: usize = 1 << 20;

/// What a source is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Our own [`Format::Native`](crate::Format::Native).
    Native,
    /// `~/.bash_history`, with or without times.
    Bash,
    /// `~/.zsh_history`, plain or extended.
    Zsh,
    /// `fish_history`.
    Fish,
    /// The database of atuin, `history.db`. Only as a file.
    Atuin,
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its number, from 1; of a database, its row.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Imported {
    /// Entries that are new.
    pub added: u64,
    /// Entries that were there already.
    pub known: u64,
    /// Entries of which something was hidden; under [`Mode::Drop`] they were not taken.
    pub redacted: u64,
    /// Lines that were not taken.
    pub skipped: u64,
    /// The first of them.
    pub reasons: Vec<Skipped>,
}

/// One thing read from a source.
pub(crate) enum Item {
    Entry(Box<HistoryEntry>),
    Bad(Skipped),
}

impl Item {
    pub(crate) fn bad(line: u64, reason: impl Into<String>) -> Self {
        Self::Bad(Skipped { line, reason: reason.into() })
    }
}

/// Takes items one by one.
pub(crate) type Sink<'a> = dyn FnMut(Item) -> Result<(), HistoryError> + 'a;

impl Store {
    /// Imports a file.
    ///
    /// # Errors
    /// [`HistoryError::File`] where it cannot be read, [`HistoryError::Format`] where it is something else altogether,
    /// [`HistoryError::Database`]. Nothing is imported then.
    pub fn import_file(&mut self, path: &Path, source: Source) -> Result<Imported, HistoryError> {
        if source == Source::Atuin {
            return self.take(crate::files::size(path) / (4 * BYTES_OF_ONE), |sink| atuin::read(path, sink));
        }
        let file = std::fs::File::open(path).map_err(HistoryError::file(path))?;
        let estimate =
            crate::files::size(path) / if source == Source::Native { 10 * BYTES_OF_ONE } else { BYTES_OF_ONE };
        self.import_stream(std::io::BufReader::new(file), source, estimate)
    }

    /// Imports from a stream.
    ///
    /// # Errors
    /// As for [`import_file`](Self::import_file); [`HistoryError::Format`] for [`Source::Atuin`], which is no stream.
    pub fn import(&mut self, input: impl BufRead, source: Source) -> Result<Imported, HistoryError> {
        self.import_stream(input, source, 0)
    }

    fn import_stream(
        &mut self,
        mut input: impl BufRead,
        source: Source,
        estimate: u64,
    ) -> Result<Imported, HistoryError> {
        self.take(estimate, |sink| match source {
            Source::Native => native::read(&mut input, sink),
            Source::Bash => shells::bash(&mut input, sink),
            Source::Zsh => shells::zsh(&mut input, sink),
            Source::Fish => shells::fish(&mut input, sink),
            Source::Atuin => {
                Err(HistoryError::Format { format: "atuin", reason: "a database is no stream".to_owned() })
            }
        })
    }

    fn take(
        &mut self,
        estimate: u64,
        read: impl FnOnce(&mut Sink<'_>) -> Result<(), HistoryError>,
    ) -> Result<Imported, HistoryError> {
        let bulk = estimate >= BULK && estimate >= self.len()? / 4;
        let redactor = self.redactor.clone();
        let mut report = Imported::default();
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if bulk {
            schema::drop_triggers(&tx)?;
        }
        let mut writer = Writer::new(&tx);
        read(&mut |item| one(&mut writer, &redactor, item, &mut report))?;
        drop(writer);
        if bulk {
            schema::rebuild(&tx)?;
        }
        tx.commit()?;
        self.checkpoint()?;
        Ok(report)
    }
}

fn one(writer: &mut Writer<'_>, redactor: &Redactor, item: Item, report: &mut Imported) -> Result<(), HistoryError> {
    let entry = match item {
        Item::Entry(entry) => entry,
        Item::Bad(skipped) => {
            report.skipped += 1;
            if report.reasons.len() < DESCRIBED {
                report.reasons.push(skipped);
            }
            return Ok(());
        }
    };
    let hidden = hide(redactor, &entry);
    if hidden.is_some() {
        report.redacted += 1;
        if redactor.mode() == Mode::Drop {
            return Ok(());
        }
    }
    let new = writer.put(hidden.as_ref().unwrap_or(&entry), Existing::Skip)?;
    *(if new { &mut report.added } else { &mut report.known }) += 1;
    Ok(())
}

/// Makes entries of what only has a time and a text.
pub(crate) struct Maker {
    source: &'static str,
    shell: ShellType,
    seen: HashMap<u64, u32>,
    count: i64,
}

impl Maker {
    pub(crate) fn new(source: &'static str, shell: ShellType) -> Self {
        Self { source, shell, seen: HashMap::new(), count: 0 }
    }

    /// An entry that ran. Without a time it stands before all that have one, in the order of the source.
    pub(crate) fn entry(&mut self, time: Option<DateTime<Utc>>, command: &str) -> HistoryEntry {
        self.count += 1;
        let stamp = time.map_or(0, |time| time.timestamp_millis());
        let (high, low) = (hash(self.source, stamp, command, 1), hash(self.source, stamp, command, 2));
        // The same text at the same time again is another entry, and the same one when imported again.
        let number = self.seen.entry(high).and_modify(|n| *n += 1).or_insert(0);
        let mut random = [0; 10];
        let mixed = high ^ u64::from(*number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (to, from) in random.iter_mut().zip(mixed.to_be_bytes().into_iter().chain(low.to_be_bytes())) {
            *to = from;
        }
        HistoryEntry {
            id: uuid::Builder::from_unix_timestamp_millis(stamp.unsigned_abs(), &random).into_uuid(),
            time: time.unwrap_or_else(|| DateTime::from_timestamp_millis(self.count).unwrap_or_default()),
            request: String::new(),
            command: Some(command.to_owned()),
            edited: None,
            explanation: None,
            shell: self.shell,
            platform: Platform::current(),
            cwd: std::path::PathBuf::new(),
            session: None,
            host: None,
            user: None,
            disposition: Disposition::Run,
            safety: None,
            execution: None,
            generation: None,
            tags: Vec::new(),
            favourite: false,
            redactions: Vec::new(),
        }
    }
}

/// 64-bit FNV-1a over all parts; `salt` makes two of it.
fn hash(source: &str, time: i64, text: &str, salt: u8) -> u64 {
    let bytes = source.bytes().chain([0, salt]).chain(time.to_be_bytes()).chain(text.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Reads the next line without its end; false at the end of the input.
pub(crate) fn next_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> Result<bool, HistoryError> {
    line.clear();
    if input.read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(true)
}

/// The id a source gives an entry, where it is one.
pub(crate) fn own_id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}
