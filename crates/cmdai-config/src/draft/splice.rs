//! Small changes of a text, each a range of bytes and what takes its place. What is not named stays byte for byte.

use std::ops::Range;

/// Changes of one text, in any order; none of them overlap.
#[derive(Debug, Default)]
pub(crate) struct Splices(Vec<(Range<usize>, String)>);

impl Splices {
    pub(crate) fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.0.push((range, with.into()));
    }

    pub(crate) fn insert(&mut self, at: usize, what: impl Into<String>) {
        self.replace(at..at, what);
    }

    /// Takes out what stands in lines of its own. A comment behind it stays, in a line of its own.
    pub(crate) fn remove_lines(&mut self, text: &str, range: &Range<usize>) {
        let start = line_start(text, range.start);
        let end = line_end(text, range.end);
        let behind = text.get(range.end..end).unwrap_or_default();
        match behind.find('#') {
            Some(comment) => {
                let indent = text.get(start..range.start).unwrap_or_default();
                let indent: String = indent.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
                self.replace(start..range.end + comment, indent);
            }
            None => self.replace(start..next_line(text, end), ""),
        }
    }

    /// Takes out a header, and the blank line before it.
    pub(crate) fn remove_header(&mut self, text: &str, range: &Range<usize>) {
        let start = line_start(text, range.start);
        let end = line_end(text, range.end);
        if text.get(range.end..end).is_some_and(|rest| rest.trim().is_empty()) {
            let before = text.get(..start).unwrap_or_default();
            let is_blank = |newline: &&str| before.strip_suffix(newline).is_some_and(|rest| rest.ends_with('\n'));
            let blank = ["\r\n", "\n"].into_iter().find(is_blank).map_or(0, str::len);
            self.replace(start - blank..next_line(text, end), "");
        } else {
            self.remove_lines(text, range);
        }
    }

    /// The text with all changes.
    pub(crate) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(range, _)| range.start);
        let mut out = String::with_capacity(text.len() + 64);
        let mut at = 0;
        for (range, with) in &self.0 {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str(with);
            at = at.max(range.end);
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }
}

/// Where the line of a byte begins.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// Where the line of a byte ends, before its line break.
pub(crate) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find('\n').unwrap_or(rest.len());
    let end = if rest.get(..end).is_some_and(|line| line.ends_with('\r')) { end - 1 } else { end };
    at + end
}

/// Where the next line begins, if the line ends at `end`.
pub(crate) fn next_line(text: &str, end: usize) -> usize {
    let rest = text.get(end..).unwrap_or_default();
    end + if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) }
}

/// The line break of a text.
pub(crate) fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}
