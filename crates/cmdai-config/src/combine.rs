//! Puts the layers together: default, system, user, project, environment, flags.
//!
//! A computation on values, without files. Each layer goes before those below it; lists that protect add up instead. The
//! project's file is held against what is already there and never makes anything laxer (held by
//! `a_project_is_never_laxer_than_none`). Whatever is wrong, there are settings in the end, of all that was right.

use crate::diagnostic::{Diagnostic, Problem};
use crate::effective::{Effective, Said};
use crate::environment::Environment;
use crate::key::Key;
use crate::nearest;
use crate::origin::{Layer, Origin};
use crate::read::file::not_for_projects;
use crate::read::flags::Flag;
use crate::read::{self, Check, Given, Named, Source};
use crate::schema::{BACKEND_FIELDS, EMBEDDED, Form, Kind, PREFERRED_AUTO, Put, SETTINGS, Tighten};
use crate::settings::{Backend, BackendKind, Settings};
use crate::value::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Address of an Ollama server that nobody configured otherwise.
const OLLAMA: &str = "http://127.0.0.1:11434";

/// Settings, with all that is known about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The values that count. Where there are errors, those that were right or else the layer below.
    pub settings: Settings,
    /// Each key with its value, in the order of the table; the fields of named backends follow.
    pub effective: Vec<Effective>,
    /// What is wrong, in the order of the layers.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// What counts for a key, and why.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Effective> {
        self.effective.iter().find(|effective| effective.key.to_string() == key)
    }

    /// Whether something is wrong so that the settings must not be used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The settings, if they may be used.
    ///
    /// # Errors
    /// [`Invalid`] with all of it where something is an error.
    pub fn checked(self) -> Result<Self, Invalid> {
        if self.has_errors() { Err(Invalid(Box::new(self))) } else { Ok(self) }
    }
}

/// Settings that must not be used, with what is wrong and what was right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.diagnostics.iter().filter(|d| d.is_error()).map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Invalid(pub Box<Loaded>);

/// Puts together what files, variables and flags say. `home` is what `~/` stands for.
#[must_use]
pub fn combine(
    sources: &[Source],
    environment: &Environment,
    flags: &[Flag],
    home: Option<&Path>,
    check: Option<Check<'_>>,
) -> Loaded {
    let mut all = All::new(home);
    let mut sources: Vec<&Source> = sources.iter().collect();
    sources.sort_by_key(|source| source.layer);
    for source in sources {
        all.take(read::file::read(source, check), source.layer == Layer::Project);
    }
    let flags = read::flags::read(flags, check);
    let named: Vec<String> = all.backends.keys().cloned().chain(flags.given.iter().filter_map(backend_of)).collect();
    all.take(read::environment::read(environment, named.iter().map(String::as_str), check), false);
    all.take(flags, false);
    all.finish()
}

fn backend_of(given: &Given) -> Option<String> {
    given.key.backend().map(str::to_owned)
}

/// The defaults of the table.
pub(crate) fn put_defaults(settings: &mut Settings) {
    for setting in SETTINGS {
        if let (Put::Settings(put), Some(value)) = (&setting.put, setting.default_value()) {
            put(settings, &value);
        }
    }
}

struct All<'a> {
    home: Option<&'a Path>,
    plain: Vec<Said>,
    /// The fields of each named backend, and where it was named first.
    backends: BTreeMap<String, (Named, Vec<Said>)>,
    /// The values that name backends, the lowest layer first.
    naming: Vec<Given>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> All<'a> {
    fn new(home: Option<&'a Path>) -> Self {
        let plain = SETTINGS.iter().map(|setting| Said::nothing(Key::plain(setting))).collect();
        Self { home, plain, backends: BTreeMap::new(), naming: Vec::new(), diagnostics: Vec::new() }
    }

    /// Takes in what a layer says.
    fn take(&mut self, said: read::Said, is_project: bool) {
        self.diagnostics.extend(said.diagnostics);
        for named in said.backends {
            self.backend(named);
        }
        for given in said.given {
            if let Some(backend) = given.key.backend() {
                let named =
                    Named { name: backend.to_owned(), origin: given.origin.clone(), excerpt: given.excerpt.clone() };
                let fields = self.backend(named);
                if let Some(said) = fields.iter_mut().find(|said| said.key == given.key) {
                    said.values.push((given.origin, given.value));
                }
                continue;
            }
            let Some(said) = self.plain.iter_mut().find(|said| said.key == given.key) else { continue };
            if is_project && let Some(problem) = laxer(said, &given.value) {
                let key = Some(given.key.to_string());
                self.diagnostics.push(Diagnostic::new(key, problem, given.origin, given.excerpt));
                continue;
            }
            said.values.push((given.origin.clone(), given.value.clone()));
            if matches!(given.key.setting().kind, Kind::Text(Form::Backend) | Kind::List(Form::Backend)) {
                self.naming.push(given);
            }
        }
    }

    fn backend(&mut self, named: Named) -> &mut Vec<Said> {
        let name = named.name.clone();
        let fields = || BACKEND_FIELDS.iter().map(|field| Said::nothing(Key::of_backend(&name, field))).collect();
        &mut self.backends.entry(name.clone()).or_insert_with(|| (named, fields())).1
    }

    fn finish(mut self) -> Loaded {
        self.check_names();
        let mut settings = Settings::blank();
        let mut effective = Vec::new();
        for said in self.plain {
            let Some(one) = said.into_effective() else { continue };
            if let Put::Settings(put) = &one.key.setting().put {
                put(&mut settings, &resolved(&one, self.home));
            }
            effective.push(one);
        }
        for (name, (named, fields)) in self.backends {
            let mut backend = Backend::blank();
            for one in fields.into_iter().filter_map(Said::into_effective) {
                if let Put::Backend(put) = &one.key.setting().put {
                    put(&mut backend, &resolved(&one, self.home));
                }
                effective.push(one);
            }
            if backend.kind == Some(BackendKind::Ollama) && backend.url.is_empty() {
                OLLAMA.clone_into(&mut backend.url);
            }
            match lacks(&backend) {
                None => drop(settings.backends.insert(name, backend)),
                Some(what) => {
                    // Where a field was wrong, that is said already.
                    let key = format!("{}.{name}", crate::key::BACKENDS);
                    let field = format!("{key}.{what}");
                    if !self.diagnostics.iter().any(|other| other.key.as_ref() == Some(&field)) {
                        let problem = Problem::Missing { what: format!("`{what}`") };
                        self.diagnostics.push(Diagnostic::new(Some(key), problem, named.origin, named.excerpt));
                    }
                }
            }
        }
        Loaded { settings, effective, diagnostics: self.diagnostics }
    }

    /// Names of backends there are not. What the layer below says takes the place of such a name.
    fn check_names(&mut self) {
        for given in std::mem::take(&mut self.naming).into_iter().rev() {
            let Some(said) = self.plain.iter_mut().find(|said| said.key == given.key) else { continue };
            if said.values.last().is_none_or(|(origin, _)| *origin != given.origin) {
                continue;
            }
            let known = |name: &str| [PREFERRED_AUTO, EMBEDDED].contains(&name) || self.backends.contains_key(name);
            let Some(name) = names(&given.value).into_iter().find(|name| !known(name)) else { continue };
            said.values.pop();
            let candidates = self.backends.keys().map(String::as_str).chain([PREFERRED_AUTO, EMBEDDED]);
            let nearest = nearest::of(name, candidates).map(str::to_owned);
            let problem = Problem::NoSuchBackend { name: name.to_owned(), nearest };
            let key = Some(given.key.to_string());
            self.diagnostics.push(Diagnostic::new(key, problem, given.origin, given.excerpt));
        }
    }
}

fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::Text(name) => vec![name],
        Value::List(names) => names.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Why a project's file may not have this value: it would be laxer than what there is, or not stricter.
fn laxer(said: &Said, theirs: &Value) -> Option<Problem> {
    let setting = said.key.setting();
    let ours = said.value()?;
    let is_stricter = match (setting.project, &ours, theirs) {
        (Tighten::TurnOff, _, Value::Switch(on)) => !on,
        (Tighten::TurnOn, _, Value::Switch(on)) => *on,
        (Tighten::Lower, Value::Seconds(ours), Value::Seconds(theirs)) => theirs <= ours,
        (Tighten::Stricter, Value::Text(ours), Value::Text(theirs)) => {
            let Kind::Choice(words) = setting.kind else { return Some(not_for_projects(Tighten::Never)) };
            let rank = |word: &str| words.iter().position(|w| *w == word);
            rank(theirs) <= rank(ours)
        }
        (Tighten::Add, ..) => true,
        _ => false,
    };
    match setting.project {
        _ if is_stricter => None,
        Tighten::Never | Tighten::TurnOff | Tighten::TurnOn => Some(not_for_projects(setting.project)),
        _ => Some(Problem::NotStricter { theirs: theirs.to_string(), ours: ours.to_string() }),
    }
}

/// What a backend cannot do without.
fn lacks(backend: &Backend) -> Option<&'static str> {
    let fields =
        [("kind", backend.kind.is_none()), ("url", backend.url.is_empty()), ("model", backend.model.is_empty())];
    fields.into_iter().find_map(|(name, lacks)| lacks.then_some(name))
}

/// A value with paths as they are meant: `~/` is the home directory, and a relative path of a file begins beside the file
/// that names it. Names of models stay as they are otherwise.
fn resolved(effective: &Effective, home: Option<&Path>) -> Value {
    let (Kind::Text(form @ (Form::Path | Form::Model)), Value::Text(text)) =
        (&effective.key.setting().kind, &effective.value)
    else {
        return effective.value.clone();
    };
    let path = match (text.strip_prefix("~/"), home, &effective.origin) {
        (Some(rest), Some(home), _) => home.join(rest),
        (None, _, Origin::File { path, .. }) if *form == Form::Path => {
            path.parent().map_or_else(|| PathBuf::from(text), |dir| dir.join(text))
        }
        _ => return effective.value.clone(),
    };
    Value::Text(path.to_string_lossy().into_owned())
}
