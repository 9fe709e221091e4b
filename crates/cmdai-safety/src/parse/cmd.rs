//! cmd.exe: `^` escapes, `%VAR%`, `&`, `|`, blocks, `for` and `if`, lowered to the same form.
//!
//! `del`, `rd` and the like are given the names and options of the Unix commands they resemble, so that one table judges both.

use super::shuck::clamp;
use crate::ir::{Assign, Node, Part, Redirect, RedirectKind, Script, Stmt, VarOp, Word};

/// Reads `text` as cmd.exe would.
pub(crate) fn parse(text: &str) -> Script {
    let mut body: Vec<Stmt> = Vec::new();
    let mut words: Vec<Word> = Vec::new();
    let mut redirects: Vec<Redirect> = Vec::new();
    let mut pending: Option<RedirectKind> = None;
    let mut piped = false;
    let mut start = 0;
    // `for %i in (` was read: the variable, and the option of the loop.
    let mut looped: Option<(String, String)> = None;
    let mut chars = text.char_indices().peekable();
    while let Some(&(at, c)) = chars.peek() {
        match c {
            '&' | '|' | '\n' | '\r' | '(' | ')' => {
                let mut pipe = false;
                chars.next();
                if c == '|' && chars.next_if(|(_, n)| *n == '|').is_none() {
                    pipe = true;
                }
                let set = c == ')' && looped.is_some();
                let span = clamp(text, start..at);
                if set && let Some((var, option)) = looped.take() {
                    let values = loop_values(text, span.clone(), &option, std::mem::take(&mut words));
                    body.push(Stmt::new(Node::For { var: Some(var), words: values, body: Vec::new() }, span));
                } else {
                    looped = looped.or_else(|| loop_variable(&words));
                    if looped.is_some() {
                        words.clear();
                    }
                    finish(&mut body, &mut words, &mut redirects, piped, span);
                }
                piped = pipe;
                start = at + 1;
            }
            '>' | '<' => {
                chars.next();
                let append = chars.next_if(|(_, n)| *n == '>').is_some();
                pending = Some(match (c, append) {
                    ('<', _) => RedirectKind::Read,
                    (_, true) => RedirectKind::Append,
                    _ => RedirectKind::Write,
                });
                if chars.next_if(|(_, n)| *n == '&').is_some() {
                    pending = Some(RedirectKind::Dup);
                }
            }
            c if c.is_whitespace() || c == ',' || c == ';' || (c == '@' && words.is_empty()) => {
                chars.next();
            }
            _ => {
                let word = word(text, at, &mut chars);
                match pending.take() {
                    Some(kind) => redirects.push(Redirect { kind, fd: None, span: word.span.clone(), target: word }),
                    None => words.push(word),
                }
            }
        }
    }
    finish(&mut body, &mut words, &mut redirects, piped, clamp(text, start..text.len()));
    Script { body, broken: None }
}

/// The variable of `for /x %i in`, and the option.
fn loop_variable(words: &[Word]) -> Option<(String, String)> {
    let texts: Vec<String> = words.iter().map(|w| text_of(w).to_lowercase()).collect();
    let at = texts.iter().position(|t| t.trim_start_matches('@') == "for")?;
    let var = words.get(at + 1..)?.iter().find_map(|w| match w.parts.as_slice() {
        [.., Part::Var { name, .. }] if name.starts_with('%') => Some(name.clone()),
        _ => None,
    })?;
    let option = texts.get(at + 1..)?.iter().find(|t| t.starts_with('/')).cloned().unwrap_or_default();
    (texts.last().is_some_and(|t| t == "in")).then_some((var, option))
}

/// What the variable of a loop takes: the words of its set, or what a command prints.
fn loop_values(text: &str, span: crate::ir::Span, option: &str, words: Vec<Word>) -> Vec<Word> {
    let raw = text.get(span.clone()).unwrap_or_default().trim();
    let command = raw.strip_prefix('\'').and_then(|r| r.strip_suffix('\''));
    match command {
        _ if option == "/l" => vec![Word::literal("1", span)],
        Some(command) if option == "/f" && command.len() < raw.len() => {
            vec![Word { parts: vec![Part::Command(parse(command).body)], span }]
        }
        _ if option == "/f" => vec![Word { parts: vec![Part::Opaque(String::new())], span }],
        _ => words,
    }
}

type Chars<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

fn word(text: &str, start: usize, chars: &mut Chars<'_>) -> Word {
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
                    name.chars().last().filter(|l| (name.len() == 1 || name.starts_with('~')) && is_loop(text, *l))
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

/// Whether a loop of this text has the variable.
fn is_loop(text: &str, letter: char) -> bool {
    text.contains(&format!("%{letter} in"))
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

fn finish(
    body: &mut Vec<Stmt>,
    words: &mut Vec<Word>,
    redirects: &mut Vec<Redirect>,
    piped: bool,
    span: crate::ir::Span,
) {
    let words = std::mem::take(words);
    let redirects = std::mem::take(redirects);
    if words.is_empty() && redirects.is_empty() {
        return;
    }
    if words.first().is_some_and(|w| text_of(w).starts_with(':')) {
        return;
    }
    let node = match assignment(&words) {
        Some(assign) => Node::Simple { assigns: vec![assign], words: Vec::new() },
        None => Node::Simple { assigns: Vec::new(), words: translate(words) },
    };
    let stmt = Stmt { node, redirects, background: false, span: span.clone() };
    match body.pop() {
        Some(Stmt { node: Node::Pipe(mut stages), .. }) if piped => {
            stages.push(stmt);
            body.push(Stmt::new(Node::Pipe(stages), span));
        }
        Some(before) if piped => body.push(Stmt::new(Node::Pipe(vec![before, stmt]), span)),
        Some(before) => body.extend([before, stmt]),
        None => body.push(stmt),
    }
}

fn text_of(word: &Word) -> String {
    word.parts.iter().map(|p| if let Part::Bare(t) | Part::Quoted(t) = p { t.as_str() } else { "" }).collect()
}

/// `set NAME=value` and `set "NAME=value"`.
fn assignment(words: &[Word]) -> Option<Assign> {
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
fn translate(mut words: Vec<Word>) -> Vec<Word> {
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
            "call" | "do" | "else" => {
                words.remove(0);
            }
            "if" => {
                let skip = words
                    .iter()
                    .skip(1)
                    .take_while(|w| {
                        matches!(text_of(w).to_lowercase().as_str(), "not" | "/i" | "exist" | "defined" | "errorlevel")
                    })
                    .count();
                words.drain(..(1 + skip.max(1)).min(words.len()));
                if skip > 0 && !words.is_empty() {
                    words.remove(0);
                }
            }
            "for" => {
                let at =
                    words.iter().position(|w| text_of(w).eq_ignore_ascii_case("do")).map_or(words.len(), |at| at + 1);
                words.drain(..at);
            }
            "cd" | "chdir" if words.get(1).is_some_and(|w| text_of(w).eq_ignore_ascii_case("/d")) => {
                words.remove(1);
            }
            "rem" | "setlocal" | "endlocal" | "goto" | "title" | "pause" | "exit" => return Vec::new(),
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
