//! The way of one entry into the database: hidden first, written in one transaction.

use super::writer::{Existing, Writer};
use super::{Store, WAL_EMERGENCY};
use crate::error::HistoryError;
use crate::redact::{self, Mode, Redactor};
use cmdai_core::record::{HistoryEntry, Record, RecordError, Redaction};
use rusqlite::TransactionBehavior;

/// What became of an entry, to be told to the user where it is not plainly kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It was kept; these rules hid something in it.
    Kept(Vec<Redaction>),
    /// It holds a secret and the mode is [`Mode::Drop`].
    Dropped(Vec<Redaction>),
    /// The history is [paused](Store::pause).
    Paused,
}

impl Store {
    /// Keeps one entry, without its secrets. An entry of the same id is replaced.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn save(&mut self, entry: &HistoryEntry) -> Result<Saved, HistoryError> {
        if self.is_paused()? {
            return Ok(Saved::Paused);
        }
        let hidden = hide(&self.redactor, entry);
        let entry = match &hidden {
            Some(hidden) if self.redactor.mode() == Mode::Drop => return Ok(Saved::Dropped(hidden.redactions.clone())),
            Some(hidden) => hidden,
            None => entry,
        };
        self.or_afresh(|store| store.write(entry))?;
        if self.wal_size() > WAL_EMERGENCY {
            self.checkpoint()?;
        }
        Ok(Saved::Kept(entry.redactions.clone()))
    }

    /// Keeps many entries in one transaction, without their secrets; those of a known id are left as they are. For imports and
    /// tests: what the pause says is not asked.
    ///
    /// # Errors
    /// [`HistoryError::Database`]; none is kept then.
    pub fn save_all(&mut self, entries: &[HistoryEntry]) -> Result<usize, HistoryError> {
        let redactor = self.redactor.clone();
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut writer = Writer::new(&tx);
        let mut kept = 0;
        for entry in entries {
            let hidden = hide(&redactor, entry);
            if hidden.is_some() && redactor.mode() == Mode::Drop {
                continue;
            }
            kept += usize::from(writer.put(hidden.as_ref().unwrap_or(entry), Existing::Skip)?);
        }
        drop(writer);
        tx.commit()?;
        Ok(kept)
    }

    fn write(&mut self, entry: &HistoryEntry) -> Result<(), HistoryError> {
        // Immediate: a transaction that reads first and writes then fails beside others, whatever the timeout.
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Writer::new(&tx).put(entry, Existing::Replace)?;
        Ok(tx.commit()?)
    }
}

impl Record for Store {
    fn record(&mut self, entry: &HistoryEntry) -> Result<(), RecordError> {
        self.save(entry).map(drop).map_err(|error| RecordError(error.to_string()))
    }
}

/// Shorter secrets are words that stand elsewhere for other reasons.
const SHORTEST_TO_FOLLOW: usize = 6;

/// The entry without its secrets and with the rules that hid them; nothing where it holds none. What one text shows to be a secret is hidden in
/// all of them: a model may put the password of a request where no password belongs.
pub(crate) fn hide(redactor: &Redactor, entry: &HistoryEntry) -> Option<HistoryEntry> {
    if redactor.mode() == Mode::Off {
        return None;
    }
    let mut hidden = entry.clone();
    let mut rules = hidden.redactions.clone();
    let mut changed = false;
    let mut texts = vec![&mut hidden.request];
    texts.extend([&mut hidden.command, &mut hidden.edited, &mut hidden.explanation].into_iter().flatten());
    texts.extend(hidden.tags.iter_mut());
    let secrets: Vec<(String, String)> = texts
        .iter()
        .flat_map(|text| redactor.explain(text).into_iter().map(move |found| (text.get(found.span.clone()), found)))
        .filter_map(|(secret, found)| Some((secret?.to_owned(), found.kind)))
        .filter(|(secret, _)| secret.len() >= SHORTEST_TO_FOLLOW && !redact::holds_marker(secret))
        .collect();
    for text in texts {
        let mut redacted = redactor.redact(text);
        for (secret, kind) in &secrets {
            if redacted.text.contains(secret) {
                redacted.text = redacted.text.replace(secret, &format!("[REDACTED:{kind}]"));
                count(&mut rules, "seen-elsewhere");
            }
        }
        redacted.found.iter().for_each(|found| count(&mut rules, &found.rule));
        if redacted.text != *text {
            *text = redacted.text;
            changed = true;
        }
    }
    rules.sort_by(|a, b| a.rule.cmp(&b.rule));
    hidden.redactions = rules;
    changed.then_some(hidden)
}

fn count(rules: &mut Vec<Redaction>, name: &str) {
    match rules.iter_mut().find(|rule| rule.rule == name) {
        Some(rule) => rule.count += 1,
        None => rules.push(Redaction { rule: name.to_owned(), count: 1 }),
    }
}
