//! PowerShell's words: quotes, backticks, variables, script blocks and here-strings.

use crate::ir::{Part, VarOp};

/// One word, or a mark between words.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Word {
        parts: Vec<Part>,
        start: usize,
        end: usize,
    },
    /// `;`, new line, `{`, `}`, `(`, `)`, `&&`, `||`.
    Break(char),
    /// `&` before a command.
    Call,
    Pipe,
    Redirect {
        append: bool,
    },
}

/// Takes the text apart.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&(_, c)) = chars.get(at) {
        let next = chars.get(at + 1).map(|(_, c)| *c);
        match c {
            '#' => at += chars.iter().skip(at).take_while(|(_, c)| *c != '\n').count(),
            '<' if next == Some('#') => {
                at += 2;
                while at < chars.len()
                    && !(chars.get(at).is_some_and(|c| c.1 == '#') && chars.get(at + 1).is_some_and(|c| c.1 == '>'))
                {
                    at += 1;
                }
                at += 2;
            }
            '|' => {
                at += if next == Some('|') { 2 } else { 1 };
                out.push(if next == Some('|') { Piece::Break('|') } else { Piece::Pipe });
            }
            ';' | '\n' | '{' | '}' | '(' | ')' => {
                out.push(Piece::Break(c));
                at += 1;
            }
            // The call operator, or a job.
            '&' => {
                let chain = next == Some('&');
                out.push(if chain { Piece::Break(c) } else { Piece::Call });
                at += 1 + usize::from(chain);
            }
            '@' if matches!(next, Some('\'' | '"')) => {
                let (word, to) = here_string(text, &chars, at);
                out.push(word);
                at = to.max(at + 1);
            }
            '>' => {
                let append = next == Some('>');
                at += 1 + usize::from(append);
                out.push(Piece::Redirect { append });
            }
            '.' if next.is_some_and(char::is_whitespace) => {
                at += 1;
            }
            c if c.is_whitespace() || c == ',' || c == '@' && matches!(next, Some('(' | '{')) => at += 1,
            _ => {
                let (word, to) = word(text, &chars, at);
                out.push(word);
                at = to.max(at + 1);
            }
        }
    }
    out
}

/// `@'` to `'@`, each on a line of its own.
fn here_string(text: &str, chars: &[(usize, char)], from: usize) -> (Piece, usize) {
    let offset = |at: usize| chars.get(at).map_or(text.len(), |(o, _)| *o);
    let mark = chars.get(from + 1).map_or('\'', |(_, c)| *c);
    let body = offset(from + 2);
    let rest = text.get(body..).unwrap_or_default();
    let length = rest.find(&format!("\n{mark}@")).unwrap_or(rest.len());
    let inner = rest.get(..length).unwrap_or_default().trim_start_matches(['\r', '\n']);
    let end = (body + length + 3).min(text.len());
    let last =
        if mark == '"' { Part::Double(interpolate(inner, offset(from)..end)) } else { Part::Quoted(inner.to_owned()) };
    let to = chars.iter().position(|(o, _)| *o >= end).unwrap_or(chars.len());
    (Piece::Word { parts: vec![Part::Quoted(String::new()), last], start: offset(from), end }, to)
}

fn word(text: &str, chars: &[(usize, char)], from: usize) -> (Piece, usize) {
    let offset = |at: usize| chars.get(at).map_or(text.len(), |(o, _)| *o);
    let mut parts = Vec::new();
    let mut bare = String::new();
    let mut at = from;
    while let Some(&(_, c)) = chars.get(at) {
        if c.is_whitespace() || matches!(c, '|' | ';' | '{' | '}' | '(' | ')' | ',' | '>') {
            break;
        }
        match c {
            '`' => {
                bare.extend(chars.get(at + 1).map(|(_, c)| *c).filter(|c| *c != '\n'));
                at += 2;
            }
            '\'' => {
                let (inner, to) = quoted(chars, at, '\'');
                parts.push(Part::Quoted(std::mem::take(&mut bare)));
                parts.push(Part::Quoted(inner));
                at = to;
            }
            '"' => {
                let (inner, to) = quoted(chars, at, '"');
                parts.push(Part::Quoted(std::mem::take(&mut bare)));
                parts.push(Part::Double(interpolate(&inner, offset(at)..offset(to))));
                at = to;
            }
            '$' => {
                let name: String = chars
                    .iter()
                    .skip(at + 1)
                    .map(|(_, c)| *c)
                    .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '?'))
                    .collect();
                parts.push(Part::Quoted(std::mem::take(&mut bare)));
                at += 1 + name.chars().count();
                parts.push(variable(&name, offset(from)..offset(at)));
            }
            other => {
                bare.push(other);
                at += 1;
            }
        }
    }
    if !bare.is_empty() || parts.is_empty() {
        parts.push(if bare.contains('*') { Part::Bare(bare.replace('\\', "\\\\")) } else { Part::Quoted(bare) });
    }
    (Piece::Word { parts, start: offset(from), end: offset(at) }, at)
}

fn quoted(chars: &[(usize, char)], from: usize, mark: char) -> (String, usize) {
    let mut out = String::new();
    let mut at = from + 1;
    while let Some(&(_, c)) = chars.get(at) {
        at += 1;
        if c == mark {
            if chars.get(at).is_some_and(|(_, n)| *n == mark) {
                at += 1;
            } else {
                return (out, at);
            }
        }
        if c == '`' && mark == '"' {
            out.extend(chars.get(at).map(|(_, n)| *n));
            at += 1;
        } else {
            out.push(c);
        }
    }
    (out, at)
}

fn interpolate(text: &str, span: crate::ir::Span) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        parts.push(Part::Quoted(rest.get(..at).unwrap_or_default().to_owned()));
        let after = rest.get(at + 1..).unwrap_or_default();
        let braced = after.strip_prefix('{');
        let name: String =
            braced.unwrap_or(after).chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
        if name.is_empty() {
            if let Some(inner) = after.strip_prefix('(') {
                parts.push(Part::Command(super::powershell::parse(inner.split(')').next().unwrap_or_default()).body));
            }
            parts.push(Part::Opaque(String::new()));
            rest = after.split_once(')').map_or("", |(_, r)| r);
            continue;
        }
        let skip = name.len() + 2 * usize::from(braced.is_some());
        parts.push(variable(&name, span.clone()));
        rest = after.get(skip..).unwrap_or_default();
    }
    parts.push(Part::Quoted(rest.to_owned()));
    parts
}

fn variable(name: &str, span: crate::ir::Span) -> Part {
    let lower = name.to_ascii_lowercase();
    let known = match lower.strip_prefix("env:").unwrap_or(&lower) {
        "systemdrive" => "C:",
        "systemroot" | "windir" => "C:\\Windows",
        "temp" | "tmp" => "C:\\Windows\\Temp\\x",
        "programfiles" => "C:\\Program Files",
        "true" | "false" | "null" => return Part::Quoted(lower),
        "home" | "userprofile" => return Part::Var { name: "HOME".to_owned(), op: VarOp::Plain, span },
        "pwd" => return Part::Var { name: "PWD".to_owned(), op: VarOp::Plain, span },
        other => return Part::Var { name: other.to_owned(), op: VarOp::Plain, span },
    };
    Part::Quoted(known.to_owned())
}
