//! What can be set: one row for each setting, and the words to speak of it.
//!
//! First in the flow. Files, variables, flags, the editor and the documents all look here and nowhere else, so a setting works
//! everywhere or does not exist (held by `every_key_can_be_set_in_every_layer`). The rows are data: [`SETTINGS`] for keys with
//! one place, [`BACKEND_FIELDS`] for those of each named backend, [`PATTERN_COLUMNS`] and [`RULE_COLUMNS`] for repeated tables.

mod backends;
mod columns;
mod form;
mod kind;
mod table;

pub use backends::{BACKEND_FIELDS, EMBEDDED, PREFERRED_AUTO};
pub use columns::{PATTERN_COLUMNS, RULE_COLUMNS};
pub use kind::{Column, Form, Kind, Wrong};
pub use table::SETTINGS;

use crate::settings::{Backend, Settings};
use crate::value::Value;
use std::fmt;

/// Groups of settings, as a screen or a document shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// Who answers.
    Backends,
    /// What the embedded backend runs.
    Models,
    /// The process that keeps the model ready.
    Worker,
    /// How cautious to be.
    Safety,
    /// What is remembered.
    History,
    /// What may be kept and what may leave the machine.
    Privacy,
    /// What a person sees.
    Interface,
    /// What is written down about the program itself.
    Logging,
}

impl Section {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Backends,
        Self::Models,
        Self::Worker,
        Self::Safety,
        Self::History,
        Self::Privacy,
        Self::Interface,
        Self::Logging,
    ];

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Backends => "Backends",
            Self::Models => "Models",
            Self::Worker => "Worker",
            Self::Safety => "Safety",
            Self::History => "History",
            Self::Privacy => "Privacy",
            Self::Interface => "Interface",
            Self::Logging => "Logging",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

/// In which direction a project's file may move a setting: never towards less care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tighten {
    /// Not at all.
    Never,
    /// To `false`.
    TurnOff,
    /// To `true`.
    TurnOn,
    /// To a smaller number.
    Lower,
    /// To an earlier one of the choices, of which the strictest is the first.
    Stricter,
    /// By entries beside those that are there.
    Add,
}

impl Tighten {
    /// What a project's file may do, in a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Never => "may not set it",
            Self::TurnOff => "may only turn it off",
            Self::TurnOn => "may only turn it on",
            Self::Lower => "may only lower it",
            Self::Stricter => "may only make it stricter",
            Self::Add => "may only add entries",
        }
    }
}

/// The name of a variable or a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// As it is written, for example `CMDAI_NO_HISTORY` or `--no-history`.
    pub text: &'static str,
    /// It says the opposite of the setting: `true` turns the setting off.
    pub negated: bool,
}

/// A name that means what the setting means.
#[allow(clippy::unnecessary_wraps, reason = "what it is put into is optional")]
pub(crate) const fn same(text: &'static str) -> Option<Name> {
    Some(Name { text, negated: false })
}

/// A name that means the opposite.
#[allow(clippy::unnecessary_wraps, reason = "what it is put into is optional")]
pub(crate) const fn opposite(text: &'static str) -> Option<Name> {
    Some(Name { text, negated: true })
}

/// Where a value goes in [`Settings`].
#[derive(Clone, Copy)]
pub(crate) enum Put {
    /// A place of its own.
    Settings(fn(&mut Settings, &Value)),
    /// A field of a named backend.
    Backend(fn(&mut Backend, &Value)),
}

/// One setting.
#[derive(Clone, Copy)]
pub struct Setting {
    /// Its key, with dots; of a backend's field only the last part.
    pub key: &'static str,
    /// Its group.
    pub section: Section,
    /// A few words for a list.
    pub title: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The value where nobody says anything, as text. `None` only for fields of a backend that have no value then.
    pub default: Option<&'static str>,
    /// One sentence for people.
    pub help: &'static str,
    /// The variable that sets it. `None` only for fields of a backend, see [`Key::variable`](crate::Key::variable).
    pub variable: Option<Name>,
    /// The flag that sets it, if there is one.
    pub flag: Option<Name>,
    /// What a project's file may do with it.
    pub project: Tighten,
    /// Whether the entries of all layers count together; otherwise the highest layer replaces the others.
    pub adds: bool,
    pub(crate) put: Put,
}

/// A row with what most rows have; the others say what is different.
const ROW: Setting = Setting {
    key: "",
    section: Section::Backends,
    title: "",
    kind: Kind::Switch,
    default: None,
    help: "",
    variable: None,
    flag: None,
    project: Tighten::Never,
    adds: false,
    put: Put::Settings(|_, _| {}),
};

impl Setting {
    /// The value where nobody says anything.
    #[must_use]
    pub fn default_value(&self) -> Option<Value> {
        self.default.and_then(|text| self.kind.from_text(text).ok())
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting").field("key", &self.key).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && matches!(self.put, Put::Backend(_)) == matches!(other.put, Put::Backend(_))
    }
}
impl Eq for Setting {}

/// The row of a key with one place.
#[must_use]
pub fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// The row of a field of a backend.
#[must_use]
pub fn backend_field(field: &str) -> Option<&'static Setting> {
    BACKEND_FIELDS.iter().find(|setting| setting.key == field)
}

/// The row of a flag, for example `--safety`.
#[must_use]
pub fn flag(name: &str) -> Option<(&'static Setting, Name)> {
    SETTINGS.iter().find_map(|setting| setting.flag.filter(|flag| flag.text == name).map(|flag| (setting, flag)))
}

/// Whether keys begin with `name` and a dot.
pub(crate) fn is_table(name: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_used_once() {
        let all = |names: Vec<&str>| {
            let unique: BTreeSet<_> = names.iter().collect();
            assert_eq!(unique.len(), names.len(), "{names:?}");
        };
        all(SETTINGS.iter().map(|s| s.key).collect());
        all(SETTINGS.iter().filter_map(|s| s.variable).map(|n| n.text).collect());
        all(SETTINGS.iter().filter_map(|s| s.flag).map(|n| n.text).collect());
        all(BACKEND_FIELDS.iter().map(|s| s.key).collect());
    }

    #[test]
    fn every_row_is_whole() {
        for setting in SETTINGS {
            assert!(matches!(setting.put, Put::Settings(_)), "{setting:?}");
            assert!(setting.default_value().is_some(), "{setting:?} has no usable default");
            assert!(setting.variable.is_some_and(|name| name.text.starts_with("CMDAI_")), "{setting:?}");
            assert!(setting.flag.is_none_or(|name| name.text.starts_with("--")), "{setting:?}");
            let negated = [setting.variable, setting.flag].into_iter().flatten().any(|name| name.negated);
            assert!(!negated || matches!(setting.kind, Kind::Switch), "{setting:?}");
            assert_eq!(setting.key.matches('.').count(), 1, "{setting:?}");
        }
        for setting in BACKEND_FIELDS {
            assert!(matches!(setting.put, Put::Backend(_)) && setting.project == Tighten::Never, "{setting:?}");
            assert!(setting.default.is_none() || setting.default_value().is_some(), "{setting:?}");
        }
        for setting in SETTINGS.iter().chain(BACKEND_FIELDS) {
            let sentence = setting.help.ends_with('.') && setting.help.starts_with(char::is_uppercase);
            assert!(sentence && !setting.title.is_empty(), "{setting:?}");
        }
    }

    #[test]
    fn what_a_project_may_do_fits_the_kind() {
        for setting in SETTINGS {
            let fits = match setting.project {
                Tighten::Never => true,
                Tighten::TurnOff | Tighten::TurnOn => matches!(setting.kind, Kind::Switch),
                Tighten::Lower => matches!(setting.kind, Kind::Seconds { .. }),
                Tighten::Stricter => matches!(setting.kind, Kind::Choice(_)),
                Tighten::Add => setting.adds,
            };
            assert!(fits, "{setting:?}");
            assert!(!setting.adds || matches!(setting.kind, Kind::List(_) | Kind::Rows(_)), "{setting:?}");
        }
    }

    #[test]
    fn words_are_those_of_the_core() {
        use cmdai_core::assess::RiskLevel;
        use cmdai_core::request::{SafetyLevel, ShellType};
        let check = |kind: Kind, expected: Vec<&str>| {
            let Kind::Choice(words) = kind else { panic!("{kind:?}") };
            assert_eq!(words, expected);
        };
        let shells = std::iter::once("auto").chain(ShellType::ALL.iter().map(|shell| shell.name()));
        check(setting("interface.shell").unwrap().kind, shells.collect());
        check(setting("safety.level").unwrap().kind, SafetyLevel::ALL.iter().map(|level| level.name()).collect());
        let risk = PATTERN_COLUMNS.iter().find(|column| column.name == "risk").unwrap();
        // A pattern that makes nothing riskier would be none.
        let risks = RiskLevel::ALL.iter().filter(|risk| **risk > RiskLevel::Safe);
        check(risk.kind, risks.map(|risk| risk.name()).collect());
    }
}
