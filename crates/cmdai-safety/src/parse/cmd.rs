//! cmd.exe: `^` escapes, `%VAR%`, `&`, `|`, blocks, `for` and `if`, lowered to the same form.
//!
//! `del`, `rd` and the like are given the names and options of the Unix commands they resemble, so that one table judges both.

use super::shuck::clamp;
use crate::ir::{Node, Part, Redirect, RedirectKind, Script, Stmt, VarOp, Word};

/// Reads `text` as cmd.exe would.
pub(crate) fn parse(text: &str) -> Script {
    let mut body: Vec<Stmt> = Vec::new();
    let mut words: Vec<Word> = Vec::new();
    let mut redirects: Vec<Redirect> = Vec::new();
    let mut pending: Option<RedirectKind> = None;
    let mut piped = false;
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some(&(at, c)) = chars.peek() {
        match c {
            '&' | '|' | '\n' | '\r' | '(' | ')' => {
                let mut pipe = false;
                chars.next();
                if c == '|' && chars.next_if(|(_, n)| *n == '|').is_none() {
                    pipe = true;
                }
                finish(&mut body, &mut words, &mut redirects, piped, clamp(text, start..at));
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
            return Part::Var {
                name: name.to_owned(),
                op: if cut.is_empty() { VarOp::Plain } else { VarOp::Other },
                span,
            };
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
    let node = Node::Simple { assigns: Vec::new(), words: translate(words) };
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

/// cmd's own commands in the words of the table.
fn translate(mut words: Vec<Word>) -> Vec<Word> {
    loop {
        let first = words.first().map(text_of).unwrap_or_default().to_lowercase();
        match first.trim_start_matches('@') {
            "call" | "start" | "do" | "else" => {
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
