//! The variables of a process, as they are handed in: nothing in this crate reads them by itself.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// The variables of a process. Made from `std::env::vars_os()`, or in a test from pairs.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// No variables.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A variable that is set to something. Set to nothing is not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A variable that holds an absolute path; another one counts as not set, as the XDG specification demands.
    #[must_use]
    pub fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// The names that begin with `prefix` and are set to something.
    pub(crate) fn names(&self, prefix: &str) -> impl Iterator<Item = &str> {
        let set = self.0.iter().filter(|(_, value)| !value.is_empty());
        set.filter_map(|(name, _)| name.to_str()).filter(move |name| name.starts_with(prefix))
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Environment {
    /// Names only: values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_shown_and_nothing_is_not_set() {
        let environment: Environment =
            [("A_KEY", "hidden"), ("B", ""), ("C", "relative"), ("D", "/x")].into_iter().collect();
        assert!(!format!("{environment:?}").contains("hidden"));
        assert_eq!(environment.get("A_KEY"), Some(OsStr::new("hidden")));
        assert_eq!((environment.get("B"), environment.absolute("C")), (None, None));
        assert_eq!(environment.absolute("D"), Some(PathBuf::from("/x")));
        assert_eq!(environment.names("A").collect::<Vec<_>>(), ["A_KEY"]);
    }
}
