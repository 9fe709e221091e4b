//! PowerShell: aliases, parameters by prefix, `Invoke-Expression`, `-EncodedCommand`, lowered to the words of the Unix table.
//!
//! One statement at a time; [`ps_block`](super::ps_block) finds them and makes nodes of blocks. Cmdlets are case-blind.

use super::ps_block::Reader;
use super::ps_names::{PLAIN_VERBS, RULED, SAME};
use super::ps_token::pieces;
use crate::ir::{Assign, Node, Part, Redirect, Script, Span, Stmt, VarOp, Word};

/// Reads `text` as PowerShell would.
pub(crate) fn parse(text: &str) -> Script {
    let mut body = Reader { text, pieces: &pieces(text), depth: 0 }.all();
    download_and_run(text, &mut body);
    Script { body, broken: None }
}

/// Cmdlets that act on what flows in when no path is given.
pub(super) fn takes_input(words: &[Word], first: bool) -> bool {
    let name = words.first().map(text_of).unwrap_or_default().to_lowercase();
    let to = SAME.iter().find(|(from, _)| *from == name).map_or("", |(_, to)| *to);
    let bare = words.iter().skip(1).all(|w| text_of(w).starts_with('-'));
    bare && (matches!(to, "rm" | "truncate" | "killall") || to == "mv" && !first)
}

pub(super) fn unknown() -> Word {
    Word { parts: vec![Part::Opaque(String::new())], span: 0..0 }
}

/// `1..9`, as the braces of other shells.
fn range(text: &str) -> Option<String> {
    let (from, to) = text.split_once("..")?;
    (from.parse::<i64>().is_ok() && to.parse::<i64>().is_ok()).then(|| format!("{{{text}}}"))
}

/// Values that stand in the text, one beside the other.
pub(super) fn literals(words: &[Word]) -> Option<Vec<Word>> {
    (words.len() > 1 && words.iter().all(|w| w.parts.len() > 1)).then(|| words.to_vec())
}

/// The word for what a command gives to the next: the literals of an expression, the files of a directory.
pub(super) fn flowing(words: &[Word]) -> Option<Word> {
    let first = words.first()?;
    if first.parts.len() > 1 {
        return Some(first.clone());
    }
    let name = text_of(first).to_lowercase();
    match SAME.iter().find(|(from, _)| *from == name).map(|(_, to)| *to) {
        Some("ls") => {
            let operands: Vec<&Word> = words.iter().skip(1).filter(|w| !text_of(w).starts_with('-')).collect();
            let mut parts = operands.first().map_or_else(Vec::new, |w| w.parts.clone());
            let narrowed = operands.len() > 1 || operands.iter().any(|w| text_of(w).contains('*'));
            if narrowed {
                return Some(operands.last().map_or_else(unknown, |w| (*w).clone()));
            }
            let ends = operands.first().is_none_or(|w| text_of(w).ends_with(['\\', '/']));
            parts.push(Part::Bare(if ends { "*" } else { "\\\\*" }.to_owned()));
            Some(Word { parts, span: first.span.clone() })
        }
        _ if range(&name).is_some() => {
            Some(Word { parts: vec![Part::Bare(range(&name).unwrap_or_default())], span: first.span.clone() })
        }
        _ if name == "get-process" || name == "gps" || name == "ps" => Some(Word::literal("*", first.span.clone())),
        _ => Some(unknown()),
    }
}

/// `IEX (New-Object Net.WebClient).DownloadString(…)` and its relatives, however the brackets stand.
fn download_and_run(text: &str, body: &mut Vec<Stmt>) {
    let lower = text.to_lowercase().replace('`', "");
    let runs = ["iex", "invoke-expression", "& ("].iter().any(|w| lower.contains(w));
    let loads = [
        "downloadstring",
        "downloaddata",
        "invoke-webrequest",
        "iwr ",
        "irm ",
        "invoke-restmethod",
        "net.webclient",
        "curl ",
        "wget ",
    ]
    .iter()
    .any(|w| lower.contains(w));
    let whole = 0..text.len();
    if runs && loads {
        let stage = |words: &[&str]| {
            Stmt::new(
                Node::Simple {
                    assigns: Vec::new(),
                    words: words.iter().map(|w| Word::literal(*w, whole.clone())).collect(),
                },
                whole.clone(),
            )
        };
        body.push(Stmt::new(Node::Pipe(vec![stage(&["curl", "https://…"]), stage(&["sh"])]), whole));
    } else if lower.contains(".downloadfile(") {
        let words = ["curl", "-O", "https://…"].map(|w| Word::literal(w, whole.clone())).to_vec();
        body.insert(0, Stmt::new(Node::Simple { assigns: Vec::new(), words }, whole));
    } else if lower.contains("frombase64string") && runs {
        let words = vec![
            Word::literal("eval", whole.clone()),
            Word { parts: vec![Part::Opaque(String::new())], span: whole.clone() },
        ];
        body.push(Stmt::new(Node::Simple { assigns: Vec::new(), words }, whole));
    } else if lower.contains("net.sockets.tcpclient")
        && (lower.contains("iex") || lower.contains("invoke-expression") || lower.contains("getstream"))
    {
        let words = ["nc", "-e", "sh", "host"].map(|w| Word::literal(w, whole.clone())).to_vec();
        body.push(Stmt::new(Node::Simple { assigns: Vec::new(), words }, whole));
    }
}

pub(super) fn text_of(word: &Word) -> String {
    word.parts.iter().map(|p| if let Part::Bare(t) | Part::Quoted(t) = p { t.as_str() } else { "" }).collect()
}

pub(super) fn statement(words: Vec<Word>, redirects: Vec<Redirect>, called: bool) -> Option<Stmt> {
    let mut words = words;
    let leaves = words.first().is_some_and(|w| matches!(text_of(w).to_lowercase().as_str(), "return" | "throw"));
    if leaves && words.first().is_some_and(|w| w.parts.len() == 1) {
        let first = words.remove(0);
        let leave = Node::Simple { assigns: Vec::new(), words: vec![Word::literal("return", first.span.clone())] };
        let body = statement(words, redirects, called).into_iter().chain([Stmt::new(leave, first.span.clone())]);
        return Some(Stmt::new(Node::Group(body.collect()), first.span));
    }
    while matches!(
        words.first().map(text_of).unwrap_or_default().to_lowercase().as_str(),
        "if" | "else"
            | "elseif"
            | "try"
            | "catch"
            | "finally"
            | "while"
            | "do"
            | "in"
            | "begin"
            | "process"
            | "end"
            | "param"
            | "switch"
            | "default"
    ) && words.first().is_some_and(|w| w.parts.len() == 1)
    {
        words.remove(0);
    }
    let span: Span = words.first().map_or(0, |w| w.span.start)..words.last().map_or(0, |w| w.span.end);
    // `$x = value`
    if let (Some(Part::Var { name, .. }), Some("=")) =
        (words.first().and_then(|w| w.parts.last()), words.get(1).map(text_of).as_deref())
    {
        let (name, rest) = (name.clone(), words.split_off(2));
        let literal = rest.len() == 1 && rest.first().is_some_and(|w| w.parts.len() > 1 || !text_of(w).contains('-'));
        let values = if literal {
            rest.clone()
        } else {
            vec![Word { parts: vec![Part::Opaque(String::new())], span: span.clone() }]
        };
        let assigns = vec![Assign { name, values, append: false }];
        if literal || rest.is_empty() {
            return Some(Stmt {
                node: Node::Simple { assigns, words: Vec::new() },
                redirects,
                background: false,
                span,
            });
        }
        let command = statement(rest, Vec::new(), called)?;
        return Some(Stmt::new(
            Node::Group(vec![Stmt::new(Node::Simple { assigns, words: Vec::new() }, span.clone()), command]),
            span,
        ));
    }
    if words.is_empty() && redirects.is_empty() {
        return None;
    }
    // An expression that names no command prints itself.
    let first = words.first()?;
    let name = text_of(first).to_lowercase();
    let entry = words.get(1).is_some_and(|w| text_of(w) == "=");
    let is_text = !called && (first.parts.len() > 1 || matches!(first.parts.first(), Some(Part::Var { .. })));
    let number = name.starts_with(|c: char| c.is_ascii_digit()) && !name.contains(['-', '\\']);
    if name.starts_with(['[', '.', '-']) && !name.starts_with(".\\") || number || is_text || entry {
        let mut shown = vec![Word::literal("echo", first.span.clone())];
        shown.append(&mut words);
        return Some(Stmt {
            node: Node::Simple { assigns: Vec::new(), words: shown },
            redirects,
            background: false,
            span,
        });
    }
    let background = matches!(name.as_str(), "start-process" | "saps" | "start");
    Some(Stmt {
        node: Node::Simple { assigns: Vec::new(), words: translate(&name, words) },
        redirects,
        background,
        span,
    })
}

fn translate(name: &str, words: Vec<Word>) -> Vec<Word> {
    let base = name.strip_suffix(".exe").unwrap_or(name);
    let span = words.first().map_or(0..0, |w| w.span.clone());
    let to = SAME.iter().chain(RULED).find(|(from, _)| *from == base).map(|(_, to)| *to);
    let Some(to) = to else {
        if PLAIN_VERBS.iter().any(|verb| base.starts_with(verb)) {
            let mut out = vec![Word::literal("echo", span)];
            out.extend(words.into_iter().skip(1));
            return out;
        }
        return words;
    };
    let (to, extra): (&str, &[&str]) = match to {
        "tee-a" => ("tee", &["-a"]),
        "history-c" => ("history", &["-c"]),
        other => (other, &[]),
    };
    if base == "set-alias" || base == "sal" || base == "new-alias" || base == "nal" {
        let names: Vec<String> = words.iter().skip(1).map(text_of).filter(|t| !t.starts_with('-')).collect();
        return vec![Word::literal("alias", span.clone()), Word::literal(names.join("="), span)];
    }
    let starts = matches!(base, "start-process" | "saps" | "start");
    let words: Vec<Word> = if starts { words.into_iter().flat_map(split_literal).collect() } else { words };
    let everything = words.iter().skip(1).any(|w| text_of(w) == "*");
    if to == "killall" && everything {
        return ["kill", "-9", "-1"].iter().map(|w| Word::literal(*w, span.clone())).collect();
    }
    let to = if to == "eval" && words.iter().skip(1).all(|w| text_of(w).starts_with('-')) && words.len() == 1 {
        "source"
    } else {
        to
    };
    let mut out = vec![Word::literal(to, span.clone())];
    out.extend(extra.iter().map(|o| Word::literal(*o, span.clone())));
    let mut value_of_skipped = false;
    for word in words.into_iter().skip(1) {
        let text = text_of(&word).to_lowercase();
        let option = text.starts_with('-') && text.len() > 1;
        if std::mem::take(&mut value_of_skipped) && !option {
            continue;
        }
        if text.starts_with('@') && text.len() > 1 {
            // A table of parameters.
            out.extend([Word::literal("-r", word.span.clone()), unknown()]);
            continue;
        }
        if !option {
            out.push(word);
            continue;
        }
        let is =
            |full: &str, least: usize| text.len() > least && full.starts_with(text.split(':').next().unwrap_or(&text));
        match to {
            "rm" if is("-recurse", 1) => out.push(Word::literal("-r", word.span)),
            "rm" if is("-force", 1) => out.push(Word::literal("-f", word.span)),
            "curl" if is("-outfile", 4) => out.push(Word::literal("-o", word.span)),
            "curl" if is("-infile", 2) => out.push(Word::literal("-T", word.span)),
            "curl" if is("-body", 1) => out.push(Word::literal("-d", word.span)),
            _ if is("-whatif", 1) => return vec![Word::literal("true", span)],
            _ if is("-path", 1)
                || is("-literalpath", 1)
                || is("-destination", 1)
                || is("-filepath", 2)
                || is("-uri", 1)
                || is("-name", 1)
                || is("-value", 2)
                || is("-argumentlist", 1)
                || is("-scriptblock", 1)
                || is("-command", 1) => {}
            _ if is("-include", 2)
                || is("-exclude", 3)
                || is("-filter", 2)
                || is("-encoding", 2)
                || is("-erroraction", 2)
                || is("-itemtype", 2)
                || is("-method", 1)
                || is("-headers", 1)
                || is("-computername", 1)
                || is("-credential", 2) =>
            {
                value_of_skipped = true;
            }
            _ if RULED.iter().any(|(_, ruled)| *ruled == to) => out.push(word),
            _ => {}
        }
    }
    out
}

/// The parameters of a function have the values of its arguments: the only one any of them, so that it does not matter whether it was
/// named.
pub(super) fn parameters(names: &[String]) -> Vec<Stmt> {
    let value = |at: usize| if names.len() == 1 { "@".to_owned() } else { (at + 1).to_string() };
    let assigns = names.iter().take(9).enumerate().map(|(at, name)| {
        let part = Part::Var { name: value(at), op: VarOp::Plain, span: 0..0 };
        Assign { name: name.clone(), values: vec![Word { parts: vec![part], span: 0..0 }], append: false }
    });
    let assigns: Vec<Assign> = assigns.collect();
    if assigns.is_empty() { Vec::new() } else { vec![Stmt::new(Node::Simple { assigns, words: Vec::new() }, 0..0)] }
}

/// Words and `+` between them as one.
pub(super) fn joined(words: &[Word]) -> Word {
    let span = words.first().map_or(0, |w| w.span.start)..words.last().map_or(0, |w| w.span.end);
    let known = words.iter().enumerate().all(|(index, w)| index % 2 == 0 || text_of(w) == "+");
    let parts = words.iter().step_by(2).flat_map(|w| w.parts.clone()).collect();
    if known { Word { parts, span } } else { unknown() }
}

/// A literal that holds several arguments.
fn split_literal(word: Word) -> Vec<Word> {
    let text = text_of(&word);
    if !text.contains(' ') || word.parts.iter().any(|p| !matches!(p, Part::Quoted(_))) {
        return vec![word];
    }
    text.split_whitespace().map(|piece| Word::literal(piece, word.span.clone())).collect()
}
