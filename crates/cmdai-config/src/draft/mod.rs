//! Changes of one file that are not saved yet: a value, without files or screens.
//!
//! Each change is held by its key, so it can be taken back, shown as lines, and applied to a newer text of the file. Nothing
//! is written here; [`save`](crate::save()) does, once the whole text is valid.

mod diff;
mod edit;
mod list;
mod rows;
mod splice;
mod tree;

pub use diff::{DiffLine, LineKind};

use crate::diagnostic::{Diagnostic, Problem};
use crate::key::{BACKENDS, Key, UnknownKey};
use crate::origin::Layer;
use crate::read::{self, Check, Source};
use crate::value::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A key gets a value.
    Set {
        /// The key.
        key: Key,
        /// Its new value.
        value: Value,
    },
    /// A key is taken out, so that the layer below counts.
    Unset {
        /// The key.
        key: Key,
    },
    /// A backend is taken out, with all its fields.
    Forget {
        /// Its name.
        backend: String,
    },
    /// Every key there is in the table is taken out. Comments and unknown keys stay.
    Reset,
}

/// Why a change cannot be made. The draft is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is no such key.
    #[error(transparent)]
    Unknown(#[from] UnknownKey),
    /// The value is not accepted.
    #[error("{}", .0.message())]
    NotAccepted(Box<Diagnostic>),
    /// The file is no TOML, so nothing in it can be changed.
    #[error("the file must be put right by hand first: {}", .0.first().map(Diagnostic::message).unwrap_or_default())]
    Broken(Vec<Diagnostic>),
    /// The key is written in a way that cannot be changed without changing more.
    #[error("`{key}` cannot be changed without changing more of the file")]
    Impossible {
        /// The key, or the table.
        key: String,
    },
}

/// A key whose value is different after the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: String,
    /// Its value in the file before; `None` where the file does not set it.
    pub before: Option<Value>,
    /// Its value in the file after.
    pub after: Option<Value>,
}

/// A key that both the draft and somebody else changed, to different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The key.
    pub key: String,
    /// What the file said when the draft was begun.
    pub base: Option<Value>,
    /// What the file says now.
    pub theirs: Option<Value>,
    /// What the draft says.
    pub ours: Option<Value>,
}

/// Changes of one file that are not saved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    layer: Layer,
    path: PathBuf,
    base: String,
    /// Each change, and the text with it.
    steps: Vec<(Edit, String)>,
    /// How many of them count; those behind were taken back.
    done: usize,
}

impl Draft {
    /// No changes of this file yet. A file that is not there is an empty text.
    ///
    /// # Errors
    /// [`EditError::Broken`] where the text is no TOML, or could not be read.
    pub fn new(source: &Source) -> Result<Self, EditError> {
        let found = read::file::read(source, None).diagnostics;
        let is_broken = |d: &Diagnostic| matches!(d.problem, Problem::Syntax { .. } | Problem::Unreadable { .. });
        if found.iter().any(is_broken) {
            return Err(EditError::Broken(found.into_iter().filter(is_broken).collect()));
        }
        let (layer, path, base) = (source.layer(), source.path().to_owned(), source.text().to_owned());
        Ok(Self { layer, path, base, steps: Vec::new(), done: 0 })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text when the draft was begun.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its text with all changes.
    #[must_use]
    pub fn text(&self) -> &str {
        self.steps.get(..self.done).and_then(<[_]>::last).map_or(&self.base, |(_, text)| text)
    }

    /// The file with all changes, to be put together with the other layers.
    #[must_use]
    pub fn source(&self) -> Source {
        Source::new(self.layer, &self.path, self.text())
    }

    /// The value of a key in this file with all changes; `None` where the file does not set it, or sets it wrongly.
    ///
    /// # Errors
    /// [`UnknownKey`].
    pub fn get(&self, key: &str) -> Result<Option<Value>, UnknownKey> {
        Key::parse(key).map(|key| values(self.text()).remove(&key.to_string()))
    }

    /// Gives a key the value that a person typed.
    ///
    /// # Errors
    /// [`EditError`]; the draft is as it was.
    pub fn set(&mut self, key: &str, text: &str) -> Result<(), EditError> {
        let key = Key::parse(key)?;
        let kind = &key.setting().kind;
        let value = kind.from_text(text).map_err(|wrong| not_accepted(&key, read::problem(kind, wrong)))?;
        self.add(Edit::Set { key, value })
    }

    /// Gives a key a value.
    ///
    /// # Errors
    /// [`EditError`]; the draft is as it was.
    pub fn set_value(&mut self, key: &str, value: Value) -> Result<(), EditError> {
        let key = Key::parse(key)?;
        let kind = &key.setting().kind;
        kind.check(&value).map_err(|wrong| not_accepted(&key, read::problem(kind, wrong)))?;
        self.add(Edit::Set { key, value })
    }

    /// Takes a key out. A whole backend goes with `backends.NAME`.
    ///
    /// # Errors
    /// [`EditError`]; the draft is as it was.
    pub fn unset(&mut self, key: &str) -> Result<(), EditError> {
        let backend = key.trim().strip_prefix(BACKENDS).and_then(|rest| rest.strip_prefix('.'));
        match backend.filter(|backend| !backend.contains('.')) {
            Some(backend) => self.add(Edit::Forget { backend: backend.to_owned() }),
            None => Key::parse(key).map_err(EditError::from).and_then(|key| self.add(Edit::Unset { key })),
        }
    }

    /// Takes every key of the table out.
    ///
    /// # Errors
    /// [`EditError`]; the draft is as it was.
    pub fn reset(&mut self) -> Result<(), EditError> {
        self.add(Edit::Reset)
    }

    /// Makes a change; those that were taken back are forgotten. A change that changes nothing is none.
    ///
    /// # Errors
    /// [`EditError`]; the draft is as it was.
    pub fn add(&mut self, edit: Edit) -> Result<(), EditError> {
        let text = apply(self.text(), &edit)?;
        if text != self.text() {
            self.steps.truncate(self.done);
            self.steps.push((edit, text));
            self.done += 1;
        }
        Ok(())
    }

    /// Takes the last change back; whether there was one.
    pub fn undo(&mut self) -> bool {
        let can = self.done > 0;
        self.done -= usize::from(can);
        can
    }

    /// Makes the change again that was taken back last; whether there was one.
    pub fn redo(&mut self) -> bool {
        let can = self.done < self.steps.len();
        self.done += usize::from(can);
        can
    }

    /// The changes that count, in their order.
    pub fn edits(&self) -> impl Iterator<Item = &Edit> {
        self.steps.iter().take(self.done).map(|(edit, _)| edit)
    }

    /// Whether the text is another one than when the draft was begun.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.text() != self.base
    }

    /// The keys whose value in this file is different, by name.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let (mut before, mut after) = (values(&self.base), values(self.text()));
        let mut keys: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
        keys.sort();
        keys.dedup();
        let change = |key: String| {
            let (before, after) = (before.remove(&key), after.remove(&key));
            (before != after).then_some(Change { key, before, after })
        };
        keys.into_iter().filter_map(change).collect()
    }

    /// The changes as lines.
    #[must_use]
    pub fn diff(&self) -> Vec<DiffLine> {
        diff::lines(&self.base, self.text())
    }

    /// What is wrong with the whole text.
    #[must_use]
    pub fn diagnostics(&self, check: Option<Check<'_>>) -> Vec<Diagnostic> {
        read::file::read(&self.source(), check).diagnostics
    }

    /// The keys that are changed here and, to another value, in a newer text of the file.
    #[must_use]
    pub fn conflicts(&self, newer: &str) -> Vec<Conflict> {
        let mut theirs = values(newer);
        let conflict = |Change { key, before, after }: Change| {
            let theirs = theirs.remove(&key);
            (theirs != before && theirs != after).then_some(Conflict { key, base: before, theirs, ours: after })
        };
        self.changes().into_iter().filter_map(conflict).collect()
    }

    /// The same changes of a newer text of the file. Where both changed a key, this draft has its way.
    ///
    /// # Errors
    /// [`EditError`] where the newer text is broken or a change cannot be made in it.
    pub fn merge(&self, newer: &str) -> Result<Self, EditError> {
        let mut merged = Self::new(&Source::new(self.layer, &self.path, newer))?;
        self.edits().try_for_each(|edit| merged.add(edit.clone()))?;
        Ok(merged)
    }
}

fn not_accepted(key: &Key, problem: Problem) -> EditError {
    EditError::NotAccepted(Box::new(Diagnostic::new(Some(key.to_string()), problem, crate::Origin::Default, None)))
}

fn apply(text: &str, change: &Edit) -> Result<String, EditError> {
    let without = |text: &str, path: &[&str]| {
        edit::unset(text, path).map_err(|edit::Impossible| EditError::Impossible { key: path.join(".") })
    };
    match change {
        Edit::Set { key, value } => {
            edit::set(text, key, value).map_err(|edit::Impossible| EditError::Impossible { key: key.to_string() })
        }
        Edit::Unset { key } => without(text, &key.path()),
        Edit::Forget { backend } => without(text, &[BACKENDS, backend]),
        Edit::Reset => {
            let plain = crate::schema::SETTINGS.iter().map(Key::plain);
            let mut text = without(text, &[BACKENDS])?;
            for key in plain {
                text = without(&text, &key.path())?;
            }
            Ok(text)
        }
    }
}

/// The values a file sets, by key; those that are not accepted are left out.
fn values(text: &str) -> BTreeMap<String, Value> {
    let said = read::file::read(&Source::new(Layer::User, "", text), None);
    said.given.into_iter().map(|given| (given.key.to_string(), given.value)).collect()
}
