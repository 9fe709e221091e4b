//! A linear look at the text before a parser sees it: size and nesting.
//!
//! Quotes are only roughly followed, so the count may be too high for odd texts; that refuses, it never lets pass.

use super::MAX_BYTES;

const MAX_WORDS: usize = 16 * 1024;
const MAX_OPEN: usize = 24;
/// Words and operators a chain may hold before parsers become slow or deep.
const MAX_OPERATORS: usize = 900;

/// Why this text is not given to a parser, or nothing.
pub(super) fn refuse(text: &str) -> Option<String> {
    if text.len() > MAX_BYTES {
        return Some(format!("it is longer than {MAX_BYTES} bytes"));
    }
    let (mut words, mut operators) = (0usize, 0usize);
    let (mut open, mut deepest, mut backticks) = (0usize, 0usize, 0usize);
    let mut single = false;
    let mut bytes = text.bytes().peekable();
    let mut before = b' ';
    while let Some(byte) = bytes.next() {
        if single {
            single = byte != b'\'';
            before = byte;
            continue;
        }
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'\'' => single = true,
            b'(' | b'{' | b'['
                // `{}` and `[]` hold nothing and cost nothing.
                if !matches!(bytes.peek(), Some(b'}' | b']')) => {
                    open += 1;
                    deepest = deepest.max(open);
                }
            b')' | b'}' | b']' => open = open.saturating_sub(1),
            b'`' => backticks += 1,
            b'|' | b'&' | b';' | b'\n' => {
                operators += usize::from(byte == b'|' || byte == b'&');
                open = if byte == b'\n' && open < 3 { 0 } else { open };
            }
            b' ' | b'\t' if !before.is_ascii_whitespace() => words += 1,
            _ => {}
        }
        before = byte;
    }
    if words > MAX_WORDS {
        return Some(format!("it has more than {MAX_WORDS} words"));
    }
    if deepest > MAX_OPEN {
        return Some(format!("brackets are nested {deepest} deep, the limit is {MAX_OPEN}"));
    }
    if operators > MAX_OPERATORS {
        return Some(format!("it chains {operators} commands, the limit is {MAX_OPERATORS}"));
    }
    (backticks > 200).then(|| "it has more than 200 backticks".to_owned())
}
