//! The name of one setting: a row of the table, and for a field of a backend the name of that backend.

use crate::nearest;
use crate::schema::{self, BACKEND_FIELDS, EMBEDDED, Form, PREFERRED_AUTO, SETTINGS, Setting};
use std::fmt;

/// What the keys of named backends begin with.
pub(crate) const BACKENDS: &str = "backends";

/// The name of one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    setting: &'static Setting,
    backend: Option<String>,
}

/// A text that names no setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no setting `{given}`")]
pub struct UnknownKey {
    /// What was given.
    pub given: String,
    /// The key that may have been meant.
    pub nearest: Option<String>,
}

impl Key {
    /// The key of this name: `safety.level`, `backends.desk.url`.
    ///
    /// # Errors
    /// [`UnknownKey`] with what may have been meant.
    pub fn parse(name: &str) -> Result<Self, UnknownKey> {
        let name = name.trim();
        if let Some(setting) = schema::setting(name) {
            return Ok(Self { setting, backend: None });
        }
        let mut parts = name.split('.');
        if let (Some(BACKENDS), Some(backend), Some(field), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
            && is_backend_name(backend)
            && let Some(setting) = schema::backend_field(field)
        {
            return Ok(Self { setting, backend: Some(backend.to_owned()) });
        }
        Err(UnknownKey { given: name.to_owned(), nearest: nearest_key(name) })
    }

    pub(crate) const fn plain(setting: &'static Setting) -> Self {
        Self { setting, backend: None }
    }

    pub(crate) fn of_backend(backend: &str, setting: &'static Setting) -> Self {
        Self { setting, backend: Some(backend.to_owned()) }
    }

    /// Its row in the table.
    #[must_use]
    pub const fn setting(&self) -> &'static Setting {
        self.setting
    }

    /// The backend whose field it is.
    #[must_use]
    pub fn backend(&self) -> Option<&str> {
        self.backend.as_deref()
    }

    /// The variable that sets it: that of its row, or for a field of the backend `my-desk` for example
    /// `CMDAI_BACKENDS_MY_DESK_URL`. Such a variable counts only for a backend that a file or a flag names.
    #[must_use]
    pub fn variable(&self) -> String {
        match (&self.backend, self.setting.variable) {
            (None, Some(name)) => name.text.to_owned(),
            (backend, _) => {
                let backend = backend.as_deref().unwrap_or_default();
                format!("CMDAI_BACKENDS_{backend}_{}", self.setting.key).replace('-', "_").to_uppercase()
            }
        }
    }

    /// The tables it stands in and its name there.
    pub(crate) fn path(&self) -> Vec<&str> {
        match &self.backend {
            None => self.setting.key.split('.').collect(),
            Some(backend) => vec![BACKENDS, backend, self.setting.key],
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.path().join("."))
    }
}

impl serde::Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a backend may be called so.
pub(crate) fn is_backend_name(name: &str) -> bool {
    Form::Backend.check(name).is_ok() && name != PREFERRED_AUTO && name != EMBEDDED
}

/// The key that may have been meant: one that is spelt nearly so, or one of the same last part in another table.
pub(crate) fn nearest_key(name: &str) -> Option<String> {
    if let Some((backend, field)) = name.strip_prefix("backends.").and_then(|rest| rest.split_once('.')) {
        let field = nearest::of(field, BACKEND_FIELDS.iter().map(|field| field.key))?;
        return Some(format!("{BACKENDS}.{backend}.{field}"));
    }
    let last = |key: &'static str| key.rsplit_once('.').map_or(key, |(_, last)| last);
    let given = name.rsplit_once('.').map_or(name, |(_, last)| last);
    let elsewhere = || SETTINGS.iter().map(|setting| setting.key).find(|key| last(key) == given);
    let within = || {
        let table = name.split_once('.')?.0;
        let inside = SETTINGS.iter().filter(|setting| setting.key.split('.').next() == Some(table));
        let found = nearest::of(given, inside.map(|setting| last(setting.key)))?;
        SETTINGS.iter().map(|setting| setting.key).find(|key| *key == format!("{table}.{found}"))
    };
    let spelt = || nearest::of(name, SETTINGS.iter().map(|setting| setting.key));
    within().or_else(elsewhere).or_else(spelt).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        for setting in SETTINGS {
            assert_eq!(Key::parse(setting.key).unwrap().to_string(), setting.key);
        }
        for field in BACKEND_FIELDS {
            let name = format!("backends.my-desk.{}", field.key);
            let key = Key::parse(&name).unwrap();
            assert_eq!((key.to_string(), key.backend()), (name, Some("my-desk")));
        }
        assert_eq!(Key::parse("backends.my-desk.key_env").unwrap().variable(), "CMDAI_BACKENDS_MY_DESK_KEY_ENV");
        assert_eq!(Key::parse("safety.level").unwrap().variable(), "CMDAI_SAFETY");
    }

    #[test]
    fn a_wrong_key_is_told_what_may_have_been_meant() {
        for (wrong, meant) in [
            ("safety.levle", Some("safety.level")),
            ("saftey.level", Some("safety.level")),
            ("interface.color", Some("interface.colour")),
            ("safety.timeout", Some("request.timeout")),
            ("timeout", Some("request.timeout")),
            ("backends.desk.modle", Some("backends.desk.model")),
            ("backends.embedded.url", Some("backends.embedded.url")),
            ("weather.today", None),
            ("", None),
        ] {
            let error = Key::parse(wrong).unwrap_err();
            if wrong != "backends.embedded.url" {
                assert_eq!(error.nearest.as_deref(), meant, "{wrong}");
            }
        }
    }
}
