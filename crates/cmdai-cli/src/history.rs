//! The history as the command line uses it: opened once a request, written after it, asked before it.
//!
//! A history that fails is said once and fails nothing else (held by `a_broken_history_is_said_once_and_fails_nothing`). Without it, in private
//! mode, nothing is read from it either.

use crate::backends::{Answered, Source};
use crate::dirs;
use crate::settings;
use crate::terminal::sanitize;
use chrono::Utc;
use cmdai_backends::select::Learned;
use cmdai_config::Settings;
use cmdai_core::assess::{Assess, Assessment, Decision};
use cmdai_core::context::ExecutionContext;
use cmdai_core::record::{Disposition, HistoryEntry, Record, RecordError, Redaction};
use cmdai_core::request::{CommandRequest, SafetyLevel};
use cmdai_history::{HistoryError, Notice, Options, RetentionPolicy, Saved, Store};
use cmdai_safety::{Analyzer, Session};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Name of the state in which the store keeps what the safety analysis remembers.
const SESSION: &str = "safety-session";
/// And what was learned of the backends.
const BACKENDS: &str = "backends";
/// Entries beyond the limit that go after one request.
const FORGET_AT_ONCE: u32 = 50;

/// Where the history is.
#[must_use]
pub fn path() -> PathBuf {
    dirs::state().join("history.db")
}

/// Opens the history.
///
/// # Errors
/// What the store says.
pub fn open(settings: &Settings) -> Result<Store, HistoryError> {
    let options = Options { redactor: settings::redactor(settings), ..Options::default() };
    Store::open_with(path(), &options)
}

/// The history of one request; without a store it does nothing.
#[derive(Debug, Default)]
pub struct Memory {
    store: Option<Store>,
    session: Session,
    analyzer: Analyzer,
    retention: RetentionPolicy,
    warnings: Vec<String>,
}

impl Memory {
    /// Opens it, unless it is not wanted.
    #[must_use]
    pub fn open(settings: &Settings) -> Self {
        let (analyzer, retention) = (settings::analyzer(settings), settings::retention(settings));
        let mut memory = Self { analyzer, retention, ..Self::default() };
        if !settings.history.enabled {
            return memory;
        }
        match open(settings) {
            Ok(mut store) => {
                memory.warnings.extend(store.notices().iter().map(words));
                memory.session = store.state(SESSION).ok().flatten().unwrap_or_default();
                memory.store = Some(store);
            }
            Err(error) => memory.warnings.push(format!("the history cannot be used: {error}")),
        }
        memory
    }

    /// What the user accepted for the same request before. Material from a pipe makes every request a new one.
    #[must_use]
    pub fn repeat(&self, request: &CommandRequest) -> Option<String> {
        let store = self.store.as_ref().filter(|_| request.extra_context().is_none())?;
        let repeat = store.repeat(request.input(), request.shell, request.platform).ok()??;
        Some(repeat.command)
    }

    /// Judges in the light of what was run before.
    #[must_use]
    pub fn judge(&self) -> Judge {
        Judge { analyzer: self.analyzer.clone(), session: self.session.clone() }
    }

    /// What was learned of the backends.
    #[must_use]
    pub fn learned(&self) -> Learned {
        let stored = self.store.as_ref().and_then(|store| store.state(BACKENDS).ok()?);
        stored.unwrap_or_default()
    }

    /// Keeps what was learned of the backends; that it could not be kept harms no request.
    pub fn keep_learned(&mut self, learned: &Learned) {
        let Some(store) = &mut self.store else { return };
        if let Err(error) = store.set_state(BACKENDS, learned) {
            tracing::warn!(%error, "what was learned of the backends could not be kept");
        }
    }

    /// What is to be said, once.
    pub fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// What can wait until the output is on the screen.
    pub fn tidy(&mut self) {
        let Some(store) = &mut self.store else { return };
        let forgotten = store.retain(&self.retention, Utc::now(), FORGET_AT_ONCE).map(drop);
        if let Err(error) = forgotten.and_then(|()| store.checkpoint().map(drop)) {
            tracing::warn!(%error, "the history could not be tidied");
        }
    }
}

/// The analyser with the memory of the commands before.
#[derive(Debug, Clone)]
pub struct Judge {
    analyzer: Analyzer,
    session: Session,
}

impl Assess for Judge {
    fn assess(&self, command: &str, context: &ExecutionContext, level: SafetyLevel) -> Assessment {
        // A copy: what is only looked at has not happened.
        self.session.clone().assess(&self.analyzer, command, context, level)
    }
}

/// Keeps the entry of one request, and tells the log.
pub struct Recorder<'a> {
    /// Where to.
    pub memory: &'a mut Memory,
    /// Where the command would run.
    pub context: &'a ExecutionContext,
    /// How cautious the judgement was.
    pub level: SafetyLevel,
    /// Who answered, and with which model.
    pub source: &'a Source,
    /// Set where the answer was sent back for another one: then nothing became of it.
    pub sent_back: &'a AtomicBool,
}

impl Record for Recorder<'_> {
    fn record(&mut self, entry: &HistoryEntry) -> Result<(), RecordError> {
        if self.sent_back.load(Ordering::SeqCst) {
            return Ok(());
        }
        super::ask::journal::Journal.record(entry)?;
        let Memory { store: Some(store), session, analyzer, warnings, .. } = &mut *self.memory else { return Ok(()) };
        let mut entry = entry.clone();
        if let Some(generation) = &mut entry.generation {
            let Answered { backend, model } = self.source.answered();
            generation.backend = Some(backend);
            generation.model = model;
        }
        let failed = |error: HistoryError| RecordError(error.to_string());
        match store.save(&entry).map_err(failed)? {
            Saved::Kept(hidden) if hidden.is_empty() => {}
            Saved::Kept(hidden) => warnings.push(format!("hidden from the history: {}", counted(&hidden))),
            Saved::Dropped(hidden) => {
                warnings.push(format!("not kept in the history, for it holds {}", counted(&hidden)));
            }
            // What the user paused is not remembered in other ways.
            Saved::Paused => return Ok(()),
        }
        let happened = entry.disposition == Disposition::Run
            || entry.safety.as_ref().is_some_and(|safety| safety.decision == Decision::Block);
        if let Some(command) = entry.final_command().filter(|_| happened) {
            session.assess(analyzer, command, self.context, self.level);
            store.set_state(SESSION, session).map_err(failed)?;
        }
        Ok(())
    }
}

fn counted(hidden: &[Redaction]) -> String {
    let each = |r: &Redaction| if r.count == 1 { r.rule.clone() } else { format!("{} ({} times)", r.rule, r.count) };
    hidden.iter().map(each).collect::<Vec<_>>().join(", ")
}

/// What a person should know of the history.
pub(crate) fn words(notice: &Notice) -> String {
    match notice {
        Notice::MovedAside(path) => format!(
            "the history was damaged and a new one was begun; the old one is {}, `cmdai history doctor --recover` takes out of it what can be read",
            sanitize(&path.display().to_string())
        ),
        Notice::Migrated(path) => {
            format!("the history has a new format; a copy of the old one is {}", sanitize(&path.display().to_string()))
        }
        Notice::NoWriteAheadLog => {
            "the history lies on a network file system, where writing to it is slower".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::record;
    use cmdai_core::request::{Platform, ShellType};

    #[test]
    fn record_contract() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("h.db")).unwrap();
        let mut memory = Memory { store: Some(store), ..Memory::default() };
        let context =
            ExecutionContext::new("/tmp".into(), ShellType::Bash, Platform::Linux, chrono::DateTime::UNIX_EPOCH);
        for sent_back in [false, true] {
            record::any_entry_is_taken(&mut Recorder {
                memory: &mut memory,
                context: &context,
                level: SafetyLevel::Moderate,
                source: &Source::new("embedded-llama", None),
                sent_back: &AtomicBool::new(sent_back),
            });
        }
    }
}
