//! The keys of the shell integration, as a person writes them: `alt-c`, `ctrl-g`, `ctrl-x ctrl-a`.
//!
//! One or two strokes, because that is what all shells can bind. Letters and digits only: what a terminal sends for other keys differs
//! from one to the next. Control keys that the terminal, or every shell, keeps for something else are refused rather than taken away.

use std::fmt;
use std::str::FromStr;

/// Control keys that never arrive, or mean Enter, Tab, Backspace or the end of input.
const KEPT: &str = "cdhijmqsz";

/// What is accepted, in words that fit behind `expected`.
pub(crate) const ACCEPTED: &str =
    "one or two of alt-X and ctrl-X such as alt-c, ctrl-g or ctrl-x ctrl-a, without ctrl-c, d, h, i, j, m, q, s and z";

/// Keys that are pressed one after the other, at most two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chord {
    first: Stroke,
    second: Option<Stroke>,
}

/// One key with what is held down beside it; the character is a lower-case letter or a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// With Alt, which a terminal sends as Escape and the character.
    Alt(char),
    /// With Control; a letter.
    Control(char),
    /// With nothing; never the first.
    Plain(char),
}

/// A text that names no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no keys")]
pub struct NoChord(pub String);

impl Chord {
    /// The strokes, in order.
    pub fn strokes(&self) -> impl Iterator<Item = Stroke> {
        std::iter::once(self.first).chain(self.second)
    }
}

impl Default for Chord {
    fn default() -> Self {
        Self { first: Stroke::Alt('c'), second: None }
    }
}

impl FromStr for Chord {
    type Err = NoChord;

    fn from_str(text: &str) -> Result<Self, NoChord> {
        let strokes: Option<Vec<Stroke>> = text.split_whitespace().map(stroke).collect();
        let wrong = || NoChord(text.to_owned());
        let (first, second) = match strokes.as_deref() {
            Some([first]) => (*first, None),
            Some([first, second]) => (*first, Some(*second)),
            _ => return Err(wrong()),
        };
        if matches!(first, Stroke::Plain(_)) { Err(wrong()) } else { Ok(Self { first, second }) }
    }
}

fn stroke(word: &str) -> Option<Stroke> {
    let word = word.to_lowercase();
    let (held, key) = word.split_once('-').unwrap_or(("", &word));
    let mut characters = key.chars();
    let key = characters.next().filter(char::is_ascii_alphanumeric)?;
    match (held, characters.next()) {
        ("alt", None) => Some(Stroke::Alt(key)),
        ("ctrl", None) if key.is_ascii_alphabetic() && !KEPT.contains(key) => Some(Stroke::Control(key)),
        ("", None) if !word.contains('-') => Some(Stroke::Plain(key)),
        _ => None,
    }
}

impl fmt::Display for Stroke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alt(key) => write!(f, "alt-{key}"),
            Self::Control(key) => write!(f, "ctrl-{key}"),
            Self::Plain(key) => write!(f, "{key}"),
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.second.map_or(Ok(()), |second| write!(f, " {second}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_written_alike() {
        for (text, written) in [
            ("alt-c", "alt-c"),
            ("Ctrl-G", "ctrl-g"),
            (" ctrl-x  ctrl-a ", "ctrl-x ctrl-a"),
            ("ctrl-x 7", "ctrl-x 7"),
            ("alt-1", "alt-1"),
        ] {
            let chord: Chord = text.parse().unwrap();
            assert_eq!(chord.to_string(), written);
            assert_eq!(chord.to_string().parse(), Ok(chord));
        }
        assert_eq!(Chord::default().to_string(), "alt-c");
    }

    #[test]
    fn what_cannot_be_bound_everywhere_is_refused() {
        for text in [
            "",
            " ",
            "c",
            "alt",
            "alt-",
            "alt-cc",
            "alt-ö",
            "ctrl-1",
            "f5",
            "meta-c",
            "alt c",
            "-c",
            "alt--",
            "ctrl-c",
            "ctrl-x ctrl-z",
            "ctrl-m",
            "ctrl-x ctrl-x ctrl-x",
            "alt-'",
            "alt-\u{1b}",
        ] {
            assert_eq!(text.parse::<Chord>(), Err(NoChord(text.to_owned())), "{text:?}");
        }
    }
}
