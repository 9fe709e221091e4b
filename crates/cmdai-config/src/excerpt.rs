//! Where something stands in a text, and the line around it as it may be shown.
//!
//! A file may hold what must not be shown, and a project's file may come from anybody. So what stands behind a name that
//! says secret is left out (held by `secrets_are_not_shown`), and no control character reaches the screen.

use serde::Serialize;
use std::ops::Range;

/// Longest part of a line that is shown, in characters.
const WIDEST: usize = 160;

/// Longest name or value in a sentence, in characters.
const LONGEST: usize = 100;

/// Names behind which a secret may stand. `key_env` and `key_file` are none of them.
pub(crate) const SECRET_NAMES: [&str; 10] =
    ["key", "api_key", "apikey", "api-key", "token", "password", "passwd", "secret", "bearer", "authorization"];

/// A line of a text, and which part of it is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The line without secrets and control characters, at most 160 characters of it.
    pub line: String,
    /// Characters of it before the part that is meant.
    pub before: usize,
    /// Characters of that part, at least 1.
    pub width: usize,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// Where the lines of a text begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// Where a byte of the same text is.
    pub(crate) fn position(&self, text: &str, at: usize) -> Position {
        let at = text.floor_char_boundary(at);
        let line = self.0.partition_point(|start| *start <= at);
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or_default();
        Position { line, column: text.get(start..at).unwrap_or_default().chars().count() + 1 }
    }
}

/// The line where `span` begins.
pub(crate) fn excerpt(text: &str, span: &Range<usize>) -> Excerpt {
    let start = text.floor_char_boundary(span.start);
    let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let line_end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| start + end);
    let line = text.get(line_start..line_end).unwrap_or_default().trim_end_matches('\r');
    let end = text.floor_char_boundary(span.end.clamp(start, line_start + line.len().max(start - line_start)));
    let before = text.get(line_start..start).unwrap_or_default().chars().count();
    let width = text.get(start..end).unwrap_or_default().chars().count();
    let shown = if is_inside_secret(text, line_start) { "…".to_owned() } else { shown(line) };
    let length = shown.chars().count();
    // A part that is hidden is pointed at where it begins.
    let before = before.min(length);
    let from = if before > WIDEST * 3 / 4 { before - WIDEST / 2 } else { 0 };
    let line: String = shown.chars().skip(from).take(WIDEST).collect();
    let before = before - from;
    let room = line.chars().count().saturating_sub(before).max(1);
    Excerpt { width: width.clamp(1, room), line: line.trim_end().to_owned(), before }
}

/// Whether a line stands in a text over several lines that began behind a name that says secret.
fn is_inside_secret(text: &str, line_start: usize) -> bool {
    let before = text.get(..line_start).unwrap_or_default();
    ["\"\"\"", "'''"].iter().any(|quotes| {
        let opened = before.rfind(quotes).filter(|_| before.matches(quotes).count() % 2 == 1);
        let line = opened.and_then(|at| before.get(..at)).and_then(|before| before.lines().next_back());
        line.is_some_and(|line| hide(&format!("{line}x")).ends_with('…'))
    })
}

/// A name or a value as it may reach a screen within a sentence.
pub(crate) fn brief(text: &str) -> String {
    let shown = shown(text);
    match shown.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
}

/// A line as it may reach a screen.
pub(crate) fn shown(line: &str) -> String {
    hide(line).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A line without what stands behind a name that says secret, and without what stands before `@` in an address.
fn hide(line: &str) -> String {
    let mut kept = line.len();
    for (at, _) in line.match_indices(['=', ':']) {
        let name = line.get(..at).unwrap_or_default().trim_end().trim_end_matches(['"', '\'']);
        let start = name.rfind(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-')).map_or(0, |at| at + 1);
        let name = name.get(start..).unwrap_or_default().to_lowercase();
        if SECRET_NAMES.iter().any(|secret| name.ends_with(secret)) {
            kept = at + 1;
            break;
        }
    }
    let (shown, hidden) = line.split_at_checked(kept).unwrap_or((line, ""));
    let shown = hide_login(shown);
    if hidden.trim().is_empty() { shown } else { format!("{shown} …") }
}

/// `scheme://user:password@host` as `scheme://…@host`.
fn hide_login(line: &str) -> String {
    let Some((scheme, rest)) = line.split_once("://") else { return line.to_owned() };
    let end = rest.find(['"', '\'', ' ', ',']).unwrap_or(rest.len());
    let (address, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let address = address.rsplit_once('@').map_or_else(|| address.to_owned(), |(_, host)| format!("…@{host}"));
    format!("{scheme}://{address}{}", hide_login(behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let text = "a = 1\nüü = 2\r\nb";
        for (at, line, column) in [(0, 1, 1), (4, 1, 5), (6, 2, 1), (10, 2, 3), (text.len(), 3, 2)] {
            assert_eq!(Lines::of(text).position(text, at), Position { line, column }, "{at}");
        }
    }

    #[test]
    fn the_line_and_the_part_are_shown() {
        let check = |text: &str, span: Range<usize>, line: &str, before: usize, width: usize| {
            assert_eq!(excerpt(text, &span), Excerpt { line: line.to_owned(), before, width }, "{text:?} {span:?}");
        };
        check("x\nab = 12\r\n", 7..9, "ab = 12", 5, 2);
        check("ab = [1,\n2]", 5..11, "ab = [1,", 5, 3);
        check("a\u{1b}[31m = 1", 0..1, "a [31m = 1", 0, 1);
        check("", 0..0, "", 0, 1);
        check("a", 1..1, "a", 1, 1);
        check("a\n", 2..2, "", 0, 1);
        check("é", 1..9, "é", 0, 1);
        let long = excerpt(&format!("{}b", "a".repeat(1000)), &(1000..1001));
        assert_eq!((long.line.chars().nth(long.before), long.line.len() <= WIDEST), (Some('b'), true));
    }

    #[test]
    fn secrets_are_not_shown() {
        for line in [
            "key = \"hidden\"",
            "API_KEY=hidden",
            "x = { \"token\" = 'hidden', url = 5 }",
            "openai_api_key = \"hidden\"",
            "url = \"https://ada:hidden@h/x\"",
            "urls = [\"http://h\", \"https://hidden@h/x\"]",
        ] {
            let shown = excerpt(line, &(0..3)).line;
            assert!(!shown.contains("hidden") && shown.contains('…'), "{shown}");
        }
        let shown = excerpt("key = \"hidden\"", &(6..14));
        assert_eq!((shown.line.as_str(), shown.before, shown.width), ("key = …", 6, 1));
        let text = "key = \"\"\"\nhidden\n\"\"\"\nx = \"\"\"\nshown\n";
        assert_eq!((excerpt(text, &(12..13)).line.as_str(), excerpt(text, &(34..35)).line.as_str()), ("…", "shown"));
        for line in ["key_env = \"X\"", "keys = 1", "key ="] {
            assert_eq!(excerpt(line, &(0..1)).line, line);
        }
    }
}
