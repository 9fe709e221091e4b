//! What one file says.
//!
//! The parser goes on behind a mistake, so that all of them are reported at once; what stands on a line with one is not
//! taken. Keys there are not are warnings and the rest still counts; everything else wrong is an error. What a project's file
//! may not set is not even looked at.

use super::{Check, Given, Named, Said, Source, bad_pattern, problem};
use crate::diagnostic::Problem;
use crate::excerpt::{SECRET_NAMES, excerpt};
use crate::key::{BACKENDS, Key, is_backend_name, nearest_key};
use crate::nearest;
use crate::origin::Layer;
use crate::schema::{self, BACKEND_FIELDS, SETTINGS, Setting, Tighten};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// More diagnostics about one file help nobody, and nobody has more backends.
const MOST: usize = 100;

/// Reads a file.
pub(crate) fn read(source: &Source, check: Option<Check<'_>>) -> Said {
    let mut reader = Reader { source, check, said: Said::default(), broken: BTreeSet::new() };
    if let Some(cause) = &source.unreadable {
        reader.report(None, Problem::Unreadable { cause: cause.clone() }, 0..0);
        return reader.said;
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    for error in errors {
        let span = error.span().unwrap_or_default();
        reader.broken.insert(source.line(span.start));
        let message = format!("the file is not valid TOML: {}", error.message());
        reader.report(None, Problem::Syntax { message }, span);
    }
    for (name, value) in in_order(table.get_ref()) {
        if name.get_ref() == BACKENDS {
            reader.backends(value);
        } else {
            reader.section(name, value);
        }
    }
    reader.said.diagnostics.sort_by_key(|diagnostic| match &diagnostic.origin {
        crate::Origin::File { at, .. } => *at,
        _ => crate::Position { line: 0, column: 0 },
    });
    reader.said
}

/// As they stand in the file.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t Spanned<toml::de::DeString<'i>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

struct Reader<'a> {
    source: &'a Source,
    check: Option<Check<'a>>,
    said: Said,
    /// Lines that are no TOML.
    broken: BTreeSet<usize>,
}

type Name<'i> = Spanned<toml::de::DeString<'i>>;

impl Reader<'_> {
    fn report(&mut self, key: Option<String>, problem: Problem, span: Range<usize>) {
        if self.said.diagnostics.len() < MOST {
            self.said.diagnostics.push(self.source.diagnostic(key, problem, &span));
        }
    }

    fn is_broken(&self, span: &Range<usize>) -> bool {
        self.broken.contains(&self.source.line(span.start))
    }

    fn section(&mut self, name: &Name<'_>, value: &Spanned<DeValue<'_>>) {
        let section = name.get_ref().as_ref();
        if !schema::is_table(section) {
            self.unknown(section, name, value);
            return;
        }
        let DeValue::Table(table) = value.get_ref() else {
            self.no_table(section, &format!("[{section}]"), value);
            return;
        };
        for (name, value) in in_order(table) {
            let last = name.get_ref().as_ref();
            let key = format!("{section}.{last}");
            match SETTINGS.iter().find(|setting| !last.contains('.') && setting.key == key) {
                Some(setting) => self.value(Key::plain(setting), name, value),
                None => self.unknown(&key, name, value),
            }
        }
    }

    fn no_table(&mut self, key: &str, header: &str, value: &Spanned<DeValue<'_>>) {
        let expected = format!("{header} with settings under it");
        let wrong = Problem::NotAccepted { found: "not a table".to_owned(), expected, nearest: None };
        self.report(Some(key.to_owned()), wrong, value.span());
    }

    fn backends(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = value.get_ref() else {
            self.no_table(BACKENDS, "[backends.NAME]", value);
            return;
        };
        for (name, value) in in_order(table) {
            self.backend(name, value);
        }
    }

    fn backend(&mut self, name: &Name<'_>, value: &Spanned<DeValue<'_>>) {
        let backend = name.get_ref().as_ref();
        let key = format!("{BACKENDS}.{backend}");
        if self.source.layer == Layer::Project {
            self.report(Some(key), not_for_projects(Tighten::Never), name.span());
            return;
        }
        if SECRET_NAMES.contains(&backend) && !value.get_ref().is_table() {
            self.report(Some(key), Problem::Secret, name.span());
            return;
        }
        let DeValue::Table(table) = value.get_ref() else {
            self.no_table(&key, &format!("[{key}]"), value);
            return;
        };
        if !is_backend_name(backend) {
            self.report(Some(key), Problem::BadBackendName, name.span());
            return;
        }
        if self.said.backends.len() >= MOST {
            let found = format!("one of more than {MOST}");
            let wrong = Problem::NotAccepted { found, expected: "fewer backends".to_owned(), nearest: None };
            self.report(Some(key), wrong, name.span());
            return;
        }
        self.said.backends.push(Named {
            name: backend.to_owned(),
            origin: self.source.origin(name.span().start),
            excerpt: Some(excerpt(&self.source.text, &name.span())),
        });
        for (name, value) in in_order(table) {
            let field = name.get_ref().as_ref();
            match BACKEND_FIELDS.iter().find(|setting| setting.key == field) {
                Some(setting) => self.value(Key::of_backend(backend, setting), name, value),
                None => self.unknown(&format!("{key}.{field}"), name, value),
            }
        }
    }

    fn value(&mut self, key: Key, name: &Name<'_>, value: &Spanned<DeValue<'_>>) {
        let setting: &Setting = key.setting();
        if self.is_broken(&name.span()) {
            return;
        }
        if self.source.layer == Layer::Project && setting.project == Tighten::Never {
            self.report(Some(key.to_string()), not_for_projects(Tighten::Never), name.span());
            return;
        }
        let read = match setting.kind.from_toml(value) {
            Ok(read) => read,
            Err((span, wrong)) => {
                self.report(Some(key.to_string()), problem(&setting.kind, wrong), span);
                return;
            }
        };
        if let Some((row, problem)) = bad_pattern(&key, &read, self.check) {
            let span = value.get_ref().get(row).map_or_else(|| value.span(), Spanned::span);
            self.report(Some(key.to_string()), problem, span);
            return;
        }
        let span = value.span();
        let origin = self.source.origin(span.start);
        self.said.given.push(Given { key, value: read, origin, excerpt: Some(excerpt(&self.source.text, &span)) });
    }

    fn unknown(&mut self, key: &str, name: &Name<'_>, value: &Spanned<DeValue<'_>>) {
        // Behind a mistake a key may only seem to stand where it does; and looking for what was meant takes time.
        if !self.broken.is_empty() || self.said.diagnostics.len() >= MOST {
            return;
        }
        let last = name.get_ref().to_lowercase();
        let is_secret = SECRET_NAMES.contains(&last.as_str()) && !value.get_ref().is_table();
        if self.source.layer == Layer::Project || !is_secret {
            let nearest = if key.contains('.') {
                nearest_key(key)
            } else {
                let tables = SETTINGS.iter().filter_map(|setting| setting.key.split('.').next());
                nearest::of(key, tables.chain([BACKENDS])).map(str::to_owned).or_else(|| nearest_key(key))
            };
            self.report(Some(key.to_owned()), Problem::UnknownKey { nearest }, name.span());
        } else {
            self.report(Some(key.to_owned()), Problem::Secret, name.span());
        }
    }
}

pub(crate) fn not_for_projects(tighten: Tighten) -> Problem {
    Problem::NotForProjects { may: tighten.words().to_owned() }
}
