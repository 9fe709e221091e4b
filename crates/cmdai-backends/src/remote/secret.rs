//! A key for a server, which is never shown.

use std::fmt;

/// A key, as the caller read it from wherever it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a key; blanks around it are not part of it. `None` for nothing, and for what no header can carry.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let can_be_sent = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        can_be_sent.then(|| Self(text.to_owned()))
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// Takes the key out of what a server said: some repeat it in their complaint.
    pub(super) fn hide_in(&self, text: &str) -> String {
        text.replace(&self.0, "…")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let key = Secret::new(" sk-123\n").unwrap();
        assert_eq!((key.reveal(), format!("{key:?}").as_str()), ("sk-123", "Secret(…)"));
        assert_eq!(key.hide_in("bad key sk-123!"), "bad key …!");
        for none in ["", " \n", "two words", "a\u{7}", "schlüssel"] {
            assert_eq!(Secret::new(none), None, "{none:?}");
        }
    }
}
