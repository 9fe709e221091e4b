//! What is known about a piece of text before it exists: known characters, live globs, and gaps.
//!
//! Used by everything from expansion on. A value is one string in which four private-use characters stand for what is not a
//! plain character, so that cutting, trimming and joining work on partly known text without a second code path. The price:
//! those four characters are taken out of the judged text first (and reported), see [`strip_marks`].

use crate::ir::Span;

/// Text that cannot be known, at least one character.
pub(crate) const UNKNOWN: char = '\u{F8F0}';
/// Text that cannot be known and may be nothing at all, such as an unset variable.
pub(crate) const MAYBE: char = '\u{F8F4}';
/// A live `*`.
pub(crate) const STAR: char = '\u{F8F1}';
/// A live `?`.
pub(crate) const ANY: char = '\u{F8F2}';
/// A live `[`.
pub(crate) const SET: char = '\u{F8F3}';

const MARKS: [char; 5] = [UNKNOWN, MAYBE, STAR, ANY, SET];

/// Where data came from, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taint(u16);

impl Taint {
    pub(crate) const NET: Self = Self(1);
    pub(crate) const SECRET: Self = Self(2);
    pub(crate) const DECODED: Self = Self(4);
    /// Contents of files.
    pub(crate) const FILE: Self = Self(8);
    /// A variable that is named like a secret.
    pub(crate) const ENV_SECRET: Self = Self(16);
    /// All that a person or a machine has.
    pub(crate) const WHOLE: Self = Self(32);
    /// Names of many things that are not written down anywhere.
    pub(crate) const LIST: Self = Self(64);
    /// Which machine this is, or who uses it.
    pub(crate) const HOST: Self = Self(128);
    /// What a machine holds and does.
    pub(crate) const SURVEY: Self = Self(256);
    /// Personal, or of a kind that is not for strangers.
    pub(crate) const PRIVATE: Self = Self(512);
    /// The number of a program that others need, or that guards the machine.
    pub(crate) const SERVICE: Self = Self(2048);
    /// The number of a program that keeps secrets.
    pub(crate) const KEEPER: Self = Self(1024);
    /// Something that others depend on, such as the number of a data base's process.
    pub(crate) const VITAL: Self = Self(4096);

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// One argument as the command would receive it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Arg {
    pub(crate) text: String,
    pub(crate) taint: Taint,
    pub(crate) span: Span,
}

impl Arg {
    pub(crate) fn known(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), taint: Taint::default(), span }
    }

    /// The exact text, if all of it is known and no glob can change it.
    pub(crate) fn exact(&self) -> Option<&str> {
        (!has_mark(&self.text)).then_some(self.text.as_str())
    }

    pub(crate) fn has_gap(&self) -> bool {
        has_gap(&self.text)
    }

    pub(crate) fn is_option(&self) -> bool {
        self.text.starts_with('-') && self.text.len() > 1
    }

    /// For people: gaps as `…`, globs as themselves.
    pub(crate) fn shown(&self) -> String {
        shown(&self.text)
    }
}

/// Longest value that is followed, in bytes; a longer one counts as not known, so that doubling in a loop ends.
pub(crate) const MAX_TEXT: usize = 16 * 1024;

/// The text, or a gap in its place when it is too long.
pub(crate) fn bounded(text: String) -> String {
    if text.len() > MAX_TEXT { UNKNOWN.to_string() } else { text }
}

/// Whether some of the text cannot be known.
pub(crate) fn has_gap(text: &str) -> bool {
    !text.is_ascii() && text.contains([UNKNOWN, MAYBE])
}

/// Whether some of the text is no plain character.
fn has_mark(text: &str) -> bool {
    !text.is_ascii() && text.contains(MARKS)
}

/// For people: gaps as `…`, globs as themselves.
pub(crate) fn shown(text: &str) -> String {
    if !has_mark(text) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| match c {
            UNKNOWN | MAYBE => '…',
            STAR => '*',
            ANY => '?',
            SET => '[',
            other => other,
        })
        .collect()
}

/// Globs become plain characters again, as where a shell does not expand them.
pub(crate) fn unglob(text: &str) -> String {
    if !has_mark(text) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| match c {
            STAR => '*',
            ANY => '?',
            SET => '[',
            other => other,
        })
        .collect()
}

/// The text without this module's private characters, if it has any.
pub(crate) fn strip_marks(text: &str) -> Option<String> {
    has_mark(text).then(|| text.chars().map(|c| if MARKS.contains(&c) { '?' } else { c }).collect())
}

/// What flows through a pipe or lies in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Data {
    /// The text, with gaps; nothing when nothing is known.
    pub(crate) text: Option<String>,
    pub(crate) taint: Taint,
    /// What it comes from, for people.
    pub(crate) from: String,
}

impl Data {
    pub(crate) fn known(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    pub(crate) fn unknown(taint: Taint, from: impl Into<String>) -> Self {
        Self { text: None, taint, from: from.into() }
    }

    /// The text if every character is known.
    pub(crate) fn exact(&self) -> Option<&str> {
        self.text.as_deref().filter(|text| !has_gap(text))
    }

    /// This and then `next`.
    pub(crate) fn then(mut self, next: Self) -> Self {
        self.taint = self.taint.with(next.taint);
        if self.from.is_empty() {
            self.from = next.from;
        }
        self.text = match (self.text, next.text) {
            (Some(first), Some(second)) if first.len() + second.len() > 4 * MAX_TEXT => None,
            (Some(mut first), Some(second)) => {
                first.push_str(&second);
                Some(first)
            }
            _ => None,
        };
        self
    }
}

/// Whether the glob `pattern` (with live marks, gaps matching anything) can match `name`.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let plain = pattern.find(MARKS).unwrap_or(pattern.len());
    if plain == pattern.len() || !pattern.get(..plain).is_some_and(|plain| name.starts_with(plain)) {
        return pattern == name;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Two pointers with one step back: linear times the number of stars, without recursion.
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some(&(STAR | UNKNOWN | MAYBE)) => {
                back = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some(&ANY) => Some(p + 1),
            Some(&SET) => set_matches(&pattern, p, name.get(n).copied().unwrap_or_default()),
            Some(c) if Some(c) == name.get(n) => Some(p + 1),
            _ => None,
        };
        match (step, back) {
            (Some(next), _) => {
                p = next;
                n += 1;
            }
            (None, Some((star, at))) => {
                p = star;
                n = at + 1;
                back = Some((star, at + 1));
            }
            (None, None) => return false,
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| matches!(*c, STAR | UNKNOWN | MAYBE)))
}

/// Where the pattern goes on behind the set at `at` if it holds `c`. Ranges and negation are understood, classes match anything.
fn set_matches(pattern: &[char], at: usize, c: char) -> Option<usize> {
    let rest = pattern.get(at + 1..)?;
    let end = rest.iter().skip(1).position(|&p| p == ']')? + 1;
    let body = rest.get(..end)?;
    let (negated, body) = match body.split_first() {
        Some(('!' | '^', tail)) => (true, tail),
        _ => (false, body),
    };
    let ranges = body.windows(3).any(|w| matches!(w, [low, '-', high] if *low <= c && c <= *high));
    let inside = ranges || body.contains(&c) || body.first() == Some(&':') || body.contains(&SET);
    (inside != negated).then_some(at + 1 + end + 1)
}
