//! cmd.exe: `^` escapes, `%VAR%` and its own commands, lowered to the same form; [`cmd_block`](super::cmd_block) finds the statements.
//!
//! `del`, `rd` and the like are given the names and options of the Unix commands they resemble, so that one table judges both.

use super::shuck::clamp;
use crate::ir::{Assign, Part, VarOp, Word};

/// The letters that are not read yet.
pub(super) type Chars<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

/// One word; `letters` are the variables of loops.
pub(super) fn word(text: &str, start: usize, chars: &mut Chars<'_>, letters: &str) -> Word {
    let mut parts = Vec::new();
    let mut out = String::new();
    let mut quoted = false;
    let mut end = start;
    while let Some(&(at, c)) = chars.peek() {
        if !quoted && (c.is_whitespace() || matches!(c, '&' | '|' | '<' | '>' | '(' | ')')) {
            break;
        }
        chars.next();
        end = at + c.len_utf8();
        match c {
            '"' => quoted = !quoted,
            '^' if !quoted => {
                if let Some((at, next)) = chars.next() {
                    end = at + next.len_utf8();
                    if !matches!(next, '\n' | '\r') {
                        out.push(next);
                    }
                }
            }
            '%' | '!' => {
                let name: String =
                    std::iter::from_fn(|| chars.next_if(|(_, n)| n.is_alphanumeric() || "_:~,-=".contains(*n)))
                        .map(|(_, n)| n)
                        .collect();
                if !name.is_empty() && chars.next_if(|(_, n)| *n == c).is_some() {
                    end += name.len() + 1;
                    parts.push(Part::Quoted(std::mem::take(&mut out)));
                    parts.push(variable(&name, start..end));
                } else if let Some(letter) =
                    name.chars().last().filter(|l| (name.len() == 1 || name.starts_with('~')) && letters.contains(*l))
                {
                    end += name.len();
                    parts.push(Part::Quoted(std::mem::take(&mut out)));
                    parts.push(Part::Var { name: format!("%{letter}"), op: VarOp::Plain, span: start..end });
                } else if c == '%' && name.is_empty() && chars.peek().is_some_and(|(_, n)| *n == '%') {
                    // `%%i` in a batch file is `%i`.
                    end += 1;
                } else {
                    end += name.len();
                    out.push(c);
                    out.push_str(&name);
                }
            }
            other => out.push(other),
        }
    }
    if !out.is_empty() || parts.is_empty() {
        parts.push(if out.contains('*') && !quoted {
            Part::Bare(out.replace('\\', "\\\\"))
        } else {
            Part::Quoted(out)
        });
    }
    Word { parts, span: clamp(text, start..end) }
}

/// The variables of the loops of a text: `%i in`.
pub(super) fn loop_letters(text: &str) -> String {
    let mut found = String::new();
    let ends = text.match_indices(" in").chain(text.match_indices(" IN")).chain(text.match_indices(" In"));
    for (at, _) in ends {
        let mut before = text.get(..at).unwrap_or_default().trim_end().chars().rev();
        if let (Some(letter), Some('%')) = (before.next(), before.next())
            && !found.contains(letter)
        {
            found.push(letter);
        }
    }
    found
}

/// Variables that every Windows has stand for what they usually are.
fn variable(name: &str, span: crate::ir::Span) -> Part {
    let (name, cut) = name.split_once(':').map_or((name, ""), |(n, cut)| (n, cut));
    let known = match name.to_ascii_lowercase().as_str() {
        "systemroot" | "windir" => "C:\\Windows",
        "systemdrive" | "homedrive" => "C:",
        "comspec" => "C:\\Windows\\system32\\cmd.exe",
        "programfiles" => "C:\\Program Files",
        "temp" | "tmp" => "C:\\Windows\\Temp\\x",
        "userprofile" | "homepath" => return Part::Var { name: "HOME".to_owned(), op: VarOp::Plain, span },
        _ => {
            return Part::Var { name: name.to_lowercase(), op: cutting(cut, &span), span };
        }
    };
    let slice = cut.strip_prefix('~').map(|c| c.split(',').map(|n| n.parse::<i64>().ok()).collect::<Vec<_>>());
    match slice {
        Some(numbers) => Part::Quoted(crate::text::slice(
            known,
            numbers.first().copied().flatten().unwrap_or(0),
            numbers.get(1).copied().flatten(),
        )),
        None => Part::Quoted(known.to_owned()),
    }
}

/// `~a,b` and `a=b` behind the colon of a variable.
fn cutting(cut: &str, span: &crate::ir::Span) -> VarOp {
    if let Some(range) = cut.strip_prefix('~') {
        let mut numbers = range.split(',').map(|n| n.trim().parse::<i64>().ok());
        return VarOp::Slice { offset: numbers.next().flatten(), length: numbers.next().flatten() };
    }
    match cut.split_once('=') {
        Some((from, to)) => {
            VarOp::Replace { pattern: from.to_owned(), with: Word::literal(to, span.clone()), all: true }
        }
        None if cut.is_empty() => VarOp::Plain,
        None => VarOp::Other,
    }
}

pub(super) fn text_of(word: &Word) -> String {
    word.parts.iter().map(|p| if let Part::Bare(t) | Part::Quoted(t) = p { t.as_str() } else { "" }).collect()
}

/// `set NAME=value` and `set "NAME=value"`.
pub(super) fn assignment(words: &[Word]) -> Option<Assign> {
    let (first, rest) = words.split_first()?;
    let second = rest.first()?;
    if !text_of(first).eq_ignore_ascii_case("set") || text_of(second).starts_with('/') {
        return None;
    }
    let mut parts = second.parts.clone();
    let at = parts.iter().position(|p| matches!(p, Part::Quoted(t) if t.contains('=')))?;
    let Some(Part::Quoted(text)) = parts.get(at) else { return None };
    let (name, value) = text.split_once('=').map(|(n, v)| (n.to_lowercase(), v.to_owned()))?;
    let mut value_parts = vec![Part::Quoted(value)];
    value_parts.extend(parts.drain(..).skip(at + 1));
    for word in rest.iter().skip(1) {
        value_parts.push(Part::Quoted(" ".to_owned()));
        value_parts.extend(word.parts.clone());
    }
    let value = Word { parts: value_parts, span: second.span.clone() };
    Some(Assign { name, values: vec![value], append: false })
}

/// cmd's own commands in the words of the table.
pub(super) fn translate(mut words: Vec<Word>) -> Vec<Word> {
    loop {
        let first = words.first().map(text_of).unwrap_or_default().to_lowercase();
        match first.trim_start_matches('@') {
            "call" if words.get(1).is_some_and(|w| text_of(w).starts_with(':')) => return Vec::new(),
            "start" => {
                words.remove(0);
                while words.first().is_some_and(|w| text_of(w).starts_with('/') || text_of(w).is_empty()) {
                    words.remove(0);
                }
            }
            "forfiles" => {
                let at = words.iter().position(|w| text_of(w).eq_ignore_ascii_case("/c"));
                let Some(command) = at.and_then(|at| words.get(at + 1)) else { return words };
                let span = command.span.clone();
                return vec![Word::literal("cmd", span.clone()), Word::literal("/c", span), command.clone()];
            }
            "call" => {
                words.remove(0);
            }
            // What lets time pass, or waits for somebody.
            "timeout" | "pause" | "choice" => {
                let span = words.first().map_or(0..0, |w| w.span.clone());
                return vec![Word::literal("sleep", span.clone()), Word::literal("1", span)];
            }
            "cd" | "chdir" if words.get(1).is_some_and(|w| text_of(w).eq_ignore_ascii_case("/d")) => {
                words.remove(1);
            }
            "rem" | "setlocal" | "endlocal" | "goto" | "title" => return Vec::new(),
            "del" | "erase" | "rd" | "rmdir" | "deltree" => return delete(words),
            "copy" | "xcopy" | "move" | "ren" | "rename" | "md" | "type" => {
                let to = match first.as_str() {
                    "move" | "ren" | "rename" => "mv",
                    "md" => "mkdir",
                    "type" => "cat",
                    _ => "cp",
                };
                return renamed(words, to, &[]);
            }
            _ => return words,
        }
        if words.is_empty() {
            return words;
        }
    }
}

fn renamed(words: Vec<Word>, name: &str, options: &[&str]) -> Vec<Word> {
    let span = words.first().map_or(0..0, |w| w.span.clone());
    let mut out = vec![Word::literal(name, span.clone())];
    out.extend(options.iter().map(|o| Word::literal(*o, span.clone())));
    out.extend(words.into_iter().skip(1).filter(|w| !text_of(w).starts_with('/')));
    out
}

fn delete(words: Vec<Word>) -> Vec<Word> {
    let has =
        |letter: &str| words.iter().any(|w| text_of(w).to_lowercase().contains(letter) && text_of(w).starts_with('/'));
    let options: &[&str] = if has("/s") { &["-r", "-f"] } else { &["-f"] };
    renamed(words, "rm", options)
}
