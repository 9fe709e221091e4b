//! Small looks at a text by byte, which never panic.

/// The byte at `at`, 0 behind the end.
pub(super) fn byte(text: &str, at: usize) -> u8 {
    text.as_bytes().get(at).copied().unwrap_or(0)
}

/// The byte before `at`, 0 before the beginning.
pub(super) fn before(text: &str, at: usize) -> u8 {
    at.checked_sub(1).map_or(0, |at| byte(text, at))
}

/// The text between two places; empty where they are no boundaries.
pub(super) fn slice(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// The first place from `from` on whose byte does not satisfy `test`.
pub(super) fn skip(text: &str, from: usize, test: impl Fn(u8) -> bool) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    from + rest.iter().position(|b| !test(*b)).unwrap_or(rest.len())
}

/// The lowest place, at most `most` bytes back, from which on all bytes before `to` satisfy `test`.
pub(super) fn skip_back(text: &str, to: usize, most: usize, test: impl Fn(u8) -> bool) -> usize {
    let head = text.as_bytes().get(..to).unwrap_or_default();
    to - head.iter().rev().take(most).position(|b| !test(*b)).unwrap_or(head.len().min(most))
}

pub(super) const fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

pub(super) const fn is_quote(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'`')
}

/// The end of the line that `at` is in.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    skip(text, at, |b| b != b'\n')
}

/// Whether nothing but blanks, list marks and comment marks stands before `at` in its line.
pub(super) fn starts_line(text: &str, at: usize) -> bool {
    let start = skip_back(text, at, 40, |b| is_blank(b) || matches!(b, b'-' | b'#' | b'*' | b'{' | b'+'));
    start == 0 || before(text, start) == b'\n'
}
