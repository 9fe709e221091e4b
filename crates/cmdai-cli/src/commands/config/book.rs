//! The settings behind the screen and the prompts: the user's file with its staged changes, and what counts with them. Nothing here touches
//! a disk.
//!
//! Invariant: `loaded` is what would count if the draft were saved now; every change goes through [`Book::apply`], which keeps it so.

use super::new_errors;
use crate::settings;
use cmdai_config::{
    Change, Changed, Diagnostic, Draft, EditError, Effective, Environment, Flag, Key, Layer, Loaded, Source, Value,
    combine,
};
use cmdai_core::context::ExecutionContext;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Everything the settings come from besides the user's file.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    pub(super) files: Vec<Source>,
    pub(super) environment: Environment,
    pub(super) flags: Vec<Flag>,
    pub(super) home: Option<PathBuf>,
    /// Where commands would run, on which a pattern is tried.
    pub(super) context: Option<ExecutionContext>,
}

/// The user's file with its staged changes, and what counts with them.
#[derive(Debug)]
pub(super) struct Book {
    around: Around,
    draft: Draft,
    loaded: Loaded,
    /// The keys that are different from the file, by name.
    changes: BTreeMap<String, Change>,
    /// What was wrong before anything was staged.
    before: Vec<Diagnostic>,
}

impl Book {
    pub(super) fn new(draft: Draft, around: Around) -> Self {
        let loaded = around.with(draft.source());
        let before = loaded.diagnostics.clone();
        let mut book = Self { around, draft, loaded, changes: BTreeMap::new(), before };
        book.refresh();
        book
    }

    /// Begins anew with another state of the file, which is what is on the disk now.
    pub(super) fn begin(&mut self, draft: Draft) {
        *self = Self::new(draft, std::mem::take(&mut self.around));
    }

    /// Goes on with a draft that has changes already.
    fn go_on(&mut self, draft: Draft) {
        self.before = self.around.with(Source::new(Layer::User, draft.path(), draft.base())).diagnostics;
        self.draft = draft;
        self.refresh();
    }

    /// Goes on after somebody else changed the file: with the staged changes on top of it, or with the file as it is now.
    pub(super) fn go_on_after(&mut self, changed: &Changed, keeps_changes: bool) -> Result<(), EditError> {
        let draft = if keeps_changes {
            self.draft.merge(&changed.newer)
        } else {
            Draft::new(&Source::new(Layer::User, self.draft.path(), &changed.newer))
        };
        draft.map(|draft| self.go_on(draft))
    }

    /// Where commands would run.
    pub(super) const fn context(&self) -> Option<&ExecutionContext> {
        self.around.context.as_ref()
    }

    pub(super) const fn draft(&self) -> &Draft {
        &self.draft
    }

    pub(super) const fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    fn refresh(&mut self) {
        self.loaded = self.around.with(self.draft.source());
        self.changes = self.draft.changes().into_iter().map(|change| (change.key.clone(), change)).collect();
    }

    /// Makes a change, or tells why it cannot be made.
    pub(super) fn apply(&mut self, change: impl FnOnce(&mut Draft) -> Result<(), EditError>) -> Result<(), String> {
        let result = change(&mut self.draft).map_err(|error| match error {
            EditError::Unknown(unknown) => unknown.to_string(),
            other => other.to_string(),
        });
        self.refresh();
        result
    }

    pub(super) fn set(&mut self, key: &Key, text: &str) -> Result<(), String> {
        self.apply(|draft| draft.set(&key.to_string(), text))
    }

    pub(super) fn set_value(&mut self, key: &Key, value: Value) -> Result<(), String> {
        self.apply(|draft| draft.set_value(&key.to_string(), value))
    }

    pub(super) fn undo(&mut self) -> bool {
        let done = self.draft.undo();
        self.refresh();
        done
    }

    pub(super) fn redo(&mut self) -> bool {
        let done = self.draft.redo();
        self.refresh();
        done
    }

    /// What counts for a key.
    pub(super) fn effective(&self, key: &Key) -> Option<&Effective> {
        self.loaded.get(&key.to_string())
    }

    /// What the user's file says of a key, with the staged changes.
    pub(super) fn own(&self, key: &Key) -> Option<Value> {
        self.draft.get(&key.to_string()).ok().flatten()
    }

    /// What an editor begins with: what the file says, else what counts. Entries of other layers are added to a list that adds up, so
    /// they are not in its editor.
    pub(super) fn begin_with(&self, key: &Key) -> Option<Value> {
        let counts = || self.effective(key).filter(|_| !key.setting().adds).map(|one| one.value.clone());
        self.own(key).or_else(counts)
    }

    /// How many keys are different from the file.
    pub(super) fn changed(&self) -> usize {
        if self.changes.is_empty() { usize::from(self.draft.is_changed()) } else { self.changes.len() }
    }

    pub(super) fn is_changed(&self, key: &Key) -> bool {
        self.changes.contains_key(&key.to_string())
    }

    /// Whether any field of a backend is different from the file.
    pub(super) fn is_backend_changed(&self, name: &str) -> bool {
        let begin = format!("backends.{name}.");
        self.changes.keys().any(|key| key.starts_with(&begin))
    }

    /// The names of the backends that any layer sets up.
    pub(super) fn backends(&self) -> BTreeSet<String> {
        let named = self.loaded.effective.iter().filter_map(|one| one.key.backend().map(str::to_owned));
        named.collect()
    }

    /// Why an edit of the user's file has no effect, if it has none.
    pub(super) fn without_effect(&self, key: &Key) -> Option<String> {
        let origin = self.effective(key)?.hidden_by(Layer::User)?;
        Some(format!("an edit here has no effect because {} is set", super::show::place(origin)))
    }

    /// What is wrong with one key or, with its name, with a whole backend.
    pub(super) fn problem(&self, key: &str) -> Option<String> {
        let of_key = |one: &&Diagnostic| one.key.as_deref() == Some(key);
        self.loaded.diagnostics.iter().find(of_key).map(Diagnostic::message)
    }

    /// Why the draft cannot be saved; nothing where it can.
    pub(super) fn wrong(&self) -> Vec<String> {
        let in_file = self.draft.diagnostics(Some(&settings::check));
        let new = new_errors(&self.before, &self.loaded.diagnostics);
        let mut all: Vec<String> = in_file.iter().filter(|one| one.is_error()).map(Diagnostic::message).collect();
        for message in new.into_iter().map(Diagnostic::message) {
            if !all.contains(&message) {
                all.push(message);
            }
        }
        all
    }
}

impl Around {
    /// Everything together, with this as the user's file.
    fn with(&self, own: Source) -> Loaded {
        let mut sources = self.files.clone();
        sources.push(own);
        combine(&sources, &self.environment, &self.flags, self.home.as_deref(), Some(&settings::check))
    }
}
