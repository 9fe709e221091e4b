//! `NAME=value` and `name: value` in all their spellings: variables, JSON, YAML, INI, forms, connection strings, headers.
//!
//! One pass looks at every `=` and `:`, back for a name and, where the name says secret, forward for the value.

use super::names::{self, Kind};
use super::text::{before, byte, is_blank, is_quote, line_end, skip, skip_back, slice, starts_line};
use super::value::{is_digest, is_placeholder, is_random, looks_secret, stands_in};
use super::{Span, prose, refer};

const NAME: usize = 80;

/// What stands before a separator.
struct Name<'a> {
    text: &'a str,
    /// Where it begins, its quote included.
    start: usize,
    /// In quotes of its own, as in JSON.
    quoted: bool,
    /// Blanks between it and the separator.
    spaced: bool,
}

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let mut enclosing = Enclosing::default();
    let mut done = 0;
    for at in 0..text.len() {
        enclosing.step(text, at);
        let separator = byte(text, at);
        if at < done || !matches!(separator, b'=' | b':') {
            continue;
        }
        let Some(after) = separator_end(text, at) else { continue };
        let Some(name) = name_before(text, at) else { continue };
        if let Some(span) = one(text, separator, &name, after, enclosing.quote) {
            done = span.end;
            spans.push(span);
        }
    }
}

/// The quote a place is inside of. An apostrophe inside a word opens nothing.
#[derive(Default)]
struct Enclosing {
    quote: u8,
}

impl Enclosing {
    fn step(&mut self, text: &str, at: usize) {
        let b = byte(text, at);
        if !is_quote(b) || before(text, at) == b'\\' {
            return;
        }
        if self.quote == b {
            self.quote = 0;
        } else if self.quote == 0 && !(b == b'\'' && before(text, at).is_ascii_alphanumeric()) {
            self.quote = b;
        }
    }
}

/// Where the value may begin; nothing for comparisons and the like.
fn separator_end(text: &str, at: usize) -> Option<usize> {
    let (previous, next) = (before(text, at), byte(text, at + 1));
    match byte(text, at) {
        b'=' if matches!(previous, b'=' | b'!' | b'<' | b'>' | b'~' | b'*') || next == b'=' => None,
        b'=' if next == b'~' && is_blank(previous) => None,
        b'=' if next == b'>' => Some(at + 2),
        b':' if previous == b':' || next == b':' || slice(text, at + 1, at + 3) == "//" => None,
        b':' if next == b'=' => Some(at + 2),
        _ => Some(at + 1),
    }
}

fn name_before(text: &str, at: usize) -> Option<Name<'_>> {
    let mut end = skip_back(text, at, 3, |b| is_blank(b) || matches!(b, b'+' | b'?' | b':'));
    let spaced = end < at && is_blank(before(text, at));
    let mut quote = 0;
    if is_quote(before(text, end)) || before(text, end) == b']' {
        quote = before(text, end);
        end = skip_back(text, end - 1, 3, |b| b == b'\\');
    }
    let start = skip_back(text, end, NAME, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let opened = skip_back(text, start, 3, |b| b == b'\\');
    let name = slice(text, start, end);
    let opening = before(text, start);
    let closed = quote == 0 || opening == quote || quote == b']' && matches!(opening, b'[' | b'"' | b'\'');
    (closed && !name.is_empty()).then_some(Name {
        text: name,
        start: opened,
        quoted: quote != 0 && quote != b']',
        spaced,
    })
}

fn one(text: &str, separator: u8, name: &Name<'_>, after: usize, enclosing: u8) -> Option<Span> {
    let weak = || names::is_authorization(name.text) || names::is_secret_id(name.text);
    let kind = names::secret(name.text).or_else(|| weak().then_some(Kind::Weak))?;
    if refer::is_reference(text, name.start, separator == b':') {
        return None;
    }
    // `$PASSWORD = …` and `${PASSWORD:-…}`: a use of a variable, with two exceptions.
    let sigil = before(text, name.start);
    let (start, bracket) = match sigil {
        b'{' if before(text, name.start - 1) == b'$' => {
            let default = matches!(byte(text, after), b'-' | b'=').then_some(after + 1);
            (default.or_else(|| (byte(text, after - 1) == b'-').then_some(after))?, true)
        }
        b'$' | b'@' if !powershell(text, name, after) => return None,
        _ => (after, false),
    };
    if separator == b':' && (names::is_authorization(name.text) || names::is_cookie(name.text)) {
        return header(text, name, start, enclosing);
    }
    let mut value = value_at(text, start, enclosing, separator == b':' || name.spaced || name.quoted)?;
    if bracket {
        value.end = value.start + slice(text, value.start, value.end).find('}').unwrap_or(value.end - value.start);
    }
    let content = slice(text, value.start, value.end);
    let standing = stands_in(text, value.start, value.end);
    if standing || names_itself(name.text, content) || short_number(kind, content) || names_one(kind, name, content) {
        return None;
    }
    let sure = match (kind, separator) {
        (Kind::Weak, _) if names::is_secret_id(name.text) => is_digest(content) && content.len() == 36,
        (Kind::Weak, b'=') if name.text.ends_with("_AUTH") => content.len() >= 8 && looks_secret(content),
        (Kind::Weak, _) => is_random(content),
        (Kind::Cookie, _) => content.len() >= 8 && looks_secret(content),
        // In running text a word may follow a colon or a spaced sign, so it must look like a secret or stand like a field.
        (Kind::Secret, _) if name.text == "--secret" => looks_secret(content),
        (_, b':') if enclosing != 0 && sigil == enclosing && name.text.contains('-') => prose::may_be_value(content),
        (_, b':') if !name.quoted && !value.quoted => {
            looks_secret(content)
                || starts_line(text, name.start) && ends_field(text, value.end) && prose::may_be_value(content)
        }
        (_, b'=') if name.spaced && !value.quoted => {
            looks_secret(content) || starts_line(text, name.start) && prose::may_be_value(content)
        }
        (_, b':') => !prose::is_sentence(content),
        _ => true,
    };
    sure.then(|| Span::new(value.start, value.end, "assignment", kind.name()))
}

/// `$password = "x"` at the beginning of a statement is an assignment; `[ $PASSWORD = "x" ]` compares.
fn powershell(text: &str, name: &Name<'_>, after: usize) -> bool {
    let sigil = name.start - 1;
    let start = skip_back(text, sigil, 8, is_blank);
    let begins = start == 0 || matches!(before(text, start), b'\n' | b';' | b'{' | b'(' | b'"' | b'\'' | b'&' | b'|');
    let value = skip(text, after, is_blank);
    begins && is_quote(byte(text, value)) && !slice(text, value, line_end(text, value)).trim_end().ends_with(']')
}

/// `docker.secret=app-secrets`: the name of a secret; a variable in capitals holds the secret itself.
fn names_one(kind: Kind, name: &Name<'_>, value: &str) -> bool {
    kind == Kind::Secret && name.text.contains(|c: char| c.is_ascii_lowercase()) && refer::names_secret(value)
}

fn names_itself(name: &str, value: &str) -> bool {
    name.trim_start_matches('-').eq_ignore_ascii_case(value)
}

/// Few digits are a count, except where a password may be one.
fn short_number(kind: Kind, value: &str) -> bool {
    let digits = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    digits && value.len() < if kind == Kind::Password { 3 } else { 6 }
}

fn ends_field(text: &str, end: usize) -> bool {
    let next = skip(text, end, |b| is_blank(b) || is_quote(b) || b == b',' || b == b'}');
    next >= text.len() || byte(text, next) == b'\n' || byte(text, next) == b'#'
}

struct Value {
    start: usize,
    end: usize,
    quoted: bool,
}

fn value_at(text: &str, after: usize, enclosing: u8, may_be_spaced: bool) -> Option<Value> {
    let start = if may_be_spaced { skip(text, after, is_blank) } else { after };
    let first = byte(text, start);
    if first == b'$' && byte(text, start + 1) == b'\'' && enclosing == 0 {
        // `$'it\'s'`, where a backslash keeps a quote from closing.
        let mut end = start + 2;
        while end < text.len() && byte(text, end) != b'\'' {
            end += 1 + usize::from(byte(text, end) == b'\\');
        }
        let end = end.min(text.len());
        return (end > start + 2).then_some(Value { start: start + 2, end, quoted: true });
    }
    let escaped = first == b'\\' && is_quote(byte(text, start + 1));
    let quote = if escaped { byte(text, start + 1) } else { first };
    if is_quote(quote) && (escaped || quote != enclosing) {
        let inner = start + 1 + usize::from(escaped);
        let mut end = close(text, inner, quote, escaped);
        // The shell joins what follows without a blank: `"abc"def`.
        let behind = end + 1 + usize::from(escaped);
        let joined = |b: u8| b.is_ascii_alphanumeric() || enclosing == 0 && matches!(b, b'"' | b'\'');
        if !may_be_spaced && !escaped && joined(byte(text, behind)) {
            end = skip(text, behind, |b| {
                !b.is_ascii_whitespace() && !matches!(b, b';' | b'&' | b'|' | b'<' | b'>' | b')')
            });
        }
        return (end > inner).then_some(Value { start: inner, end, quoted: true });
    }
    let mut end = start;
    while end < text.len() {
        let b = byte(text, end);
        match b {
            b'\\' if end + 1 < text.len() && !is_quote(byte(text, end + 1)) && byte(text, end + 1) != b'n' => end += 1,
            b'$' if matches!(byte(text, end + 1), b'(' | b'{') => {
                let shut = if byte(text, end + 1) == b'(' { b')' } else { b'}' };
                end = skip(text, end, |b| b != shut && b != b'\n');
            }
            b'`' if enclosing != b'`' => end = skip(text, end + 1, |b| b != b'`'),
            b'<' if end == start => end = skip(text, end, |b| b != b'>' && b != b'\n'),
            b'[' if slice(text, end, end + super::MARKER.len()) == super::MARKER => {
                end = skip(text, end, |b| b != b']');
            }
            b'\\' | b';' | b'&' | b'|' | b'<' | b'>' | b'"' | b'\'' | b'`' => break,
            b',' if begins_field(text, end + 1) => break,
            _ if b.is_ascii_whitespace() => break,
            _ => {}
        }
        end += 1;
    }
    let end = end.min(text.len());
    let content = slice(text, start, end);
    // `sk-...` keeps its dots: they say that the rest is left out.
    let mut cut = if refer::is_elided(content) { content } else { content.trim_end_matches([',', '.']) };
    for (open, shut) in [('(', ')'), ('{', '}'), ('[', ']')] {
        while cut.ends_with(shut) && cut.matches(open).count() < cut.matches(shut).count() && !cut.contains('$') {
            cut = cut.get(..cut.len() - 1).unwrap_or_default();
        }
    }
    (!cut.is_empty()).then_some(Value { start, end: start + cut.len(), quoted: false })
}

/// Where the quote that was opened before `from` closes; the end of the text where it does not.
fn close(text: &str, from: usize, quote: u8, escaped: bool) -> usize {
    let mut at = from;
    while at < text.len() {
        let b = byte(text, at);
        match b {
            b'\\' if escaped && byte(text, at + 1) == quote => return at,
            b'\\' if quote != b'\'' => at += 1,
            _ if b == quote && !escaped => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Whether another `name=` begins after a comma, or nothing.
fn begins_field(text: &str, from: usize) -> bool {
    let start = skip(text, from, |b| is_blank(b) || is_quote(b));
    let end = skip(text, start, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    end >= text.len()
        || (end > start && matches!(byte(text, end), b'=' | b':' | b'"' | b'\''))
        || byte(text, start) < b' '
        || start > from
}

/// `Authorization: Bearer x` and `Cookie: a=b; c=d`: everything to the end of the quote or line, without the scheme.
fn header(text: &str, name: &Name<'_>, after: usize, enclosing: u8) -> Option<Span> {
    let mut start = skip(text, after, is_blank);
    let mut end = line_end(text, start);
    let first = byte(text, start);
    if is_quote(first) && first != enclosing {
        start += 1;
        end = close(text, start, first, false).min(end);
    } else if first == b'\\' && is_quote(byte(text, start + 1)) {
        start += 2;
        end = close(text, start, byte(text, start - 1), true).min(end);
    } else if is_quote(enclosing) {
        end = close(text, start, enclosing, false).min(end);
    } else if !starts_line(text, name.start) {
        // Without quotes a shell ends it at a blank; in a log the scheme and one word follow.
        let word = skip(text, start, |b| !b.is_ascii_whitespace());
        let scheme = is_scheme(slice(text, start, word));
        end = if scheme { skip(text, skip(text, word, is_blank), |b| !b.is_ascii_whitespace()) } else { word };
    }
    let content = slice(text, start, end).trim_end();
    let end = start + content.len();
    if names::is_cookie(name.text) {
        let sure = content.contains('=')
            && content.split(';').any(is_session)
            && !is_placeholder(content.rsplit('=').next().unwrap_or_default());
        return sure.then(|| Span::new(start, end, "header", "cookie"));
    }
    let scheme = content.split(' ').next().filter(|word| is_scheme(word));
    let start = scheme.map_or(start, |word| skip(text, start + word.len(), is_blank));
    let value = slice(text, start, end);
    let stands_in =
        is_placeholder(value) || value.split(' ').any(|w| matches!(w, "is" | "failed" | "required" | "header"));
    (!stands_in && (scheme.is_some() || value.len() >= 8 && value.bytes().any(|b| b.is_ascii_digit())))
        .then(|| Span::new(start, end, "header", "token"))
}

/// Whether one part of a cookie tells who somebody is: `theme=dark` does not.
fn is_session(part: &str) -> bool {
    let Some((name, value)) = part.split_once('=') else { return false };
    let name = name.trim().to_ascii_lowercase();
    ["sess", "sid", "auth", "tok", "jwt", "csrf", "login"].iter().any(|telling| name.contains(telling))
        || value.len() >= 8 && value.bytes().any(|b| b.is_ascii_digit())
        || value.len() >= 20
}

fn is_scheme(word: &str) -> bool {
    const SCHEMES: [&str; 14] = [
        "bearer",
        "basic",
        "token",
        "digest",
        "negotiate",
        "apikey",
        "api-key",
        "ssws",
        "geniekey",
        "bot",
        "splunk",
        "oauth",
        "key",
        "aws4-hmac-sha256",
    ];
    SCHEMES.contains(&word.to_ascii_lowercase().as_str())
}
