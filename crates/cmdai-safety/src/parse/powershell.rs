//! PowerShell: aliases, parameters by prefix, `Invoke-Expression`, `-EncodedCommand`, lowered to the words of the Unix table.
//!
//! Blocks are flattened as for fish: every statement is judged as if it ran. Cmdlets are case-blind.

use super::ps_names::{PLAIN_VERBS, RULED, SAME};
use super::ps_token::{Piece, pieces};
use super::shuck::clamp;
use crate::ir::{Assign, Node, Part, Redirect, RedirectKind, Script, Span, Stmt, Word};

/// Reads `text` as PowerShell would.
pub(crate) fn parse(text: &str) -> Script {
    let mut body: Vec<Stmt> = Vec::new();
    let mut words: Vec<Word> = Vec::new();
    let mut redirects: Vec<Redirect> = Vec::new();
    let mut stages: Vec<Stmt> = Vec::new();
    let mut pending: Option<bool> = None;
    for piece in pieces(text).into_iter().chain([Piece::Break]) {
        match piece {
            Piece::Word { parts, start, end } => {
                let word = Word { parts, span: clamp(text, start..end) };
                match pending.take() {
                    Some(append) => redirects.push(Redirect {
                        kind: if append { RedirectKind::Append } else { RedirectKind::Write },
                        fd: None,
                        span: word.span.clone(),
                        target: word,
                    }),
                    None => words.push(word),
                }
            }
            Piece::Redirect { append } => pending = Some(append),
            Piece::Pipe => stages.extend(statement(std::mem::take(&mut words), std::mem::take(&mut redirects))),
            Piece::Break => {
                stages.extend(statement(std::mem::take(&mut words), std::mem::take(&mut redirects)));
                let mut done = std::mem::take(&mut stages);
                if done.len() > 1 {
                    let span = done.first().map_or(0, |s| s.span.start)..done.last().map_or(0, |s| s.span.end);
                    body.push(Stmt::new(Node::Pipe(done), clamp(text, span)));
                } else {
                    body.extend(done.pop());
                }
            }
        }
    }
    download_and_run(text, &mut body);
    Script { body, broken: None }
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

fn text_of(word: &Word) -> String {
    word.parts.iter().map(|p| if let Part::Bare(t) | Part::Quoted(t) = p { t.as_str() } else { "" }).collect()
}

fn statement(words: Vec<Word>, redirects: Vec<Redirect>) -> Option<Stmt> {
    let mut words = words;
    while matches!(
        words.first().map(text_of).unwrap_or_default().to_lowercase().as_str(),
        "if" | "else"
            | "elseif"
            | "try"
            | "catch"
            | "finally"
            | "while"
            | "do"
            | "return"
            | "in"
            | "begin"
            | "process"
            | "end"
            | "param"
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
        let literal = rest.len() == 1
            && rest.first().is_some_and(|w| !w.parts.iter().any(|p| matches!(p, Part::Quoted(t) if t.contains('-'))));
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
        let command = statement(rest, Vec::new())?;
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
    let is_text = first.parts.iter().any(|p| matches!(p, Part::Double(_) | Part::Var { .. }));
    let name = text_of(first).to_lowercase();
    if name.starts_with(['[', '.', '-'])
        || name.bytes().all(|b| b.is_ascii_digit()) && !is_text
        || is_text && words.len() == 1
    {
        let mut shown = vec![Word::literal("echo", first.span.clone())];
        shown.append(&mut words);
        return Some(Stmt {
            node: Node::Simple { assigns: Vec::new(), words: shown },
            redirects,
            background: false,
            span,
        });
    }
    Some(Stmt {
        node: Node::Simple { assigns: Vec::new(), words: translate(&name, words) },
        redirects,
        background: false,
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
    let mut out = vec![Word::literal(to, span.clone())];
    out.extend(extra.iter().map(|o| Word::literal(*o, span.clone())));
    let mut value_of_skipped = false;
    for word in words.into_iter().skip(1) {
        let text = text_of(&word).to_lowercase();
        let option = text.starts_with('-') && text.len() > 1;
        if std::mem::take(&mut value_of_skipped) && !option {
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
