//! What the variables say.

use super::{Check, Given, Said, bad_pattern, problem};
use crate::diagnostic::{Diagnostic, Problem};
use crate::environment::Environment;
use crate::key::Key;
use crate::nearest;
use crate::origin::Origin;
use crate::schema::{BACKEND_FIELDS, SETTINGS, Wrong};

const PREFIX: &str = "CMDAI_";
/// So many letters may differ for a name to be taken for a mistake: other tools have variables that begin so too.
const NEAR: usize = 2;

/// Reads the variables of all settings, and of the fields of these backends.
pub(crate) fn read<'b>(
    environment: &Environment,
    backends: impl Iterator<Item = &'b str>,
    check: Option<Check<'_>>,
) -> Said {
    let mut said = Said::default();
    let fields = backends.flat_map(|backend| BACKEND_FIELDS.iter().map(move |field| Key::of_backend(backend, field)));
    let keys: Vec<Key> = SETTINGS.iter().map(Key::plain).chain(fields).collect();
    let mut known = Vec::with_capacity(keys.len());
    for key in keys {
        let name = key.variable();
        match environment.get(&name).map(|value| value.to_str()) {
            None => {}
            Some(None) => {
                let wrong = Wrong::Type("not valid UTF-8".to_owned());
                said.diagnostics.push(wrong_value(&key, &name, problem(&key.setting().kind, wrong)));
            }
            Some(Some(text)) => one(&mut said, &key, &name, text, check),
        }
        known.push(name);
    }
    for name in environment.names(PREFIX).filter(|name| !known.iter().any(|known| known == name)) {
        let near = |known: &&str| strsim::damerau_levenshtein(known, name) <= NEAR;
        if let Some(nearest) = nearest::of(name, known.iter().map(String::as_str).filter(near)) {
            let problem = Problem::UnknownVariable { nearest: nearest.to_owned() };
            let origin = Origin::Environment { name: name.to_owned() };
            said.diagnostics.push(Diagnostic::new(Some(name.to_owned()), problem, origin, None));
        }
    }
    said
}

fn one(said: &mut Said, key: &Key, name: &str, text: &str, check: Option<Check<'_>>) {
    let setting = key.setting();
    let found = match setting.kind.from_text(text) {
        Ok(value) => bad_pattern(key, &value, check).map_or(Ok(value), |(_, problem)| Err(problem)),
        Err(wrong) => Err(problem(&setting.kind, wrong)),
    };
    match found {
        Ok(value) => {
            let is_negated = setting.variable.is_some_and(|variable| variable.negated);
            let value = if is_negated { value.negated() } else { value };
            let origin = Origin::Environment { name: name.to_owned() };
            said.given.push(Given { key: key.clone(), value, origin, excerpt: None });
        }
        Err(problem) => said.diagnostics.push(wrong_value(key, name, problem)),
    }
}

fn wrong_value(key: &Key, name: &str, problem: Problem) -> Diagnostic {
    let origin = Origin::Environment { name: name.to_owned() };
    Diagnostic::new(Some(key.to_string()), problem, origin, None)
}
