//! PowerShell: aliases, parameters by prefix, `Invoke-Expression`, `-EncodedCommand`, lowered to the words of the Unix table.
//!
//! Blocks are flattened as for fish: every statement is judged as if it ran. Cmdlets are case-blind.

use super::ps_names::{PLAIN_VERBS, RULED, SAME};
use super::ps_token::{Piece, pieces};
use super::shuck::clamp;
use crate::ir::{Assign, Node, Part, Redirect, RedirectKind, Script, Span, Stmt, Word};

/// The statement at hand.
#[derive(Default)]
struct Reader {
    body: Vec<Stmt>,
    stages: Vec<Stmt>,
    words: Vec<Word>,
    redirects: Vec<Redirect>,
    /// The command was named behind `&`.
    called: bool,
    /// The name behind `&` is put together in brackets.
    joining: bool,
    /// What flows out of the first stage, as a word.
    source: Option<Word>,
}

/// Reads `text` as PowerShell would.
pub(crate) fn parse(text: &str) -> Script {
    let mut reader = Reader::default();
    let mut pending: Option<bool> = None;
    for piece in pieces(text).into_iter().chain([Piece::Break(';')]) {
        match piece {
            Piece::Word { parts, start, end } => {
                let word = Word { parts, span: clamp(text, start..end) };
                match pending.take() {
                    Some(append) => reader.redirects.push(Redirect {
                        kind: if append { RedirectKind::Append } else { RedirectKind::Write },
                        fd: None,
                        span: word.span.clone(),
                        target: word,
                    }),
                    None => reader.words.push(word),
                }
            }
            Piece::Redirect { append } => pending = Some(append),
            Piece::Call => reader.called = true,
            Piece::Pipe => reader.stage(),
            Piece::Break('(') if reader.method() => {}
            Piece::Break('(') if reader.called && reader.words.is_empty() => reader.joining = true,
            Piece::Break(')') if reader.joining => reader.join(),
            Piece::Break(mark) => reader.finish(text, mark),
        }
    }
    let mut body = reader.body;
    download_and_run(text, &mut body);
    Script { body, broken: None }
}

impl Reader {
    /// `[IO.Directory]::Delete(` begins a command of its own.
    fn method(&mut self) -> bool {
        let [only] = self.words.as_mut_slice() else { return false };
        let deletes = text_of(only).to_lowercase().ends_with("]::delete");
        if deletes {
            let span = only.span.clone();
            self.words = vec![Word::literal("remove-item", span.clone()), Word::literal("-recurse", span)];
        }
        deletes
    }

    /// `('Remove' + '-Item')` is one word.
    fn join(&mut self) {
        self.joining = false;
        let words = std::mem::take(&mut self.words);
        let span = words.first().map_or(0, |w| w.span.start)..words.last().map_or(0, |w| w.span.end);
        let pieces = words.iter().enumerate().filter(|(index, _)| index % 2 == 0);
        let known = words.iter().enumerate().all(|(index, w)| index % 2 == 0 || text_of(w) == "+");
        let parts = pieces.flat_map(|(_, w)| w.parts.clone()).collect();
        self.words.push(if known { Word { parts, span } } else { unknown() });
    }

    fn stage(&mut self) {
        let (words, redirects) = (std::mem::take(&mut self.words), std::mem::take(&mut self.redirects));
        let called = std::mem::take(&mut self.called);
        if self.stages.is_empty() && !words.is_empty() && self.source.is_none() {
            self.source = flowing(&words);
        }
        let words = match &self.source {
            Some(source) if self.takes_input(&words) => words.iter().chain([source]).cloned().collect(),
            _ => words,
        };
        self.stages.extend(statement(words, redirects, called));
    }

    /// Cmdlets that act on what flows in when no path is given.
    fn takes_input(&self, words: &[Word]) -> bool {
        let name = words.first().map(text_of).unwrap_or_default().to_lowercase();
        let to = SAME.iter().find(|(from, _)| *from == name).map_or("", |(_, to)| *to);
        let bare = words.iter().skip(1).all(|w| text_of(w).starts_with('-'));
        !self.stages.is_empty() && bare && matches!(to, "rm" | "mv" | "truncate" | "killall")
            || self.stages.is_empty() && self.source.is_some() && bare && matches!(to, "rm" | "truncate" | "killall")
    }

    fn finish(&mut self, text: &str, mark: char) {
        let each = self.words.first().map(text_of).unwrap_or_default().to_lowercase();
        self.stage();
        let mut done = std::mem::take(&mut self.stages);
        if mark == '{' && matches!(each.as_str(), "%" | "foreach-object" | "foreach") {
            // The block is judged next, for what flows in.
            let values = vec![self.source.clone().unwrap_or_else(unknown)];
            let assigns = vec![Assign { name: "_".to_owned(), values, append: false }];
            done.pop();
            done.push(Stmt::new(Node::Simple { assigns, words: Vec::new() }, 0..0));
            self.body.append(&mut done);
        } else if done.len() > 1 {
            let span = done.first().map_or(0, |s| s.span.start)..done.last().map_or(0, |s| s.span.end);
            self.body.push(Stmt::new(Node::Pipe(done), clamp(text, span)));
        } else {
            self.body.extend(done.pop());
        }
        self.source = match mark {
            // What a block lets through is some of what flowed in.
            '{' if matches!(each.as_str(), "where-object" | "where" | "?") => self.source.as_ref().map(|_| unknown()),
            '}' | '(' | ')' => self.source.take(),
            _ => None,
        };
    }
}

fn unknown() -> Word {
    Word { parts: vec![Part::Opaque(String::new())], span: 0..0 }
}

/// The word for what a command gives to the next: the literals of an expression, the files of a directory.
fn flowing(words: &[Word]) -> Option<Word> {
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

fn text_of(word: &Word) -> String {
    word.parts.iter().map(|p| if let Part::Bare(t) | Part::Quoted(t) = p { t.as_str() } else { "" }).collect()
}

fn statement(words: Vec<Word>, redirects: Vec<Redirect>, called: bool) -> Option<Stmt> {
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
            | "switch"
            | "default"
            | "throw"
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
    // `$x in …` of a loop.
    if let Some(Part::Var { name, .. }) = words.first().and_then(|w| w.parts.last())
        && words.get(1).is_some_and(|w| text_of(w).eq_ignore_ascii_case("in"))
    {
        let (name, rest) = (name.clone(), words.split_off(2));
        let values = vec![flowing(&rest).unwrap_or_else(unknown)];
        let assign = Stmt::new(
            Node::Simple { assigns: vec![Assign { name, values, append: false }], words: Vec::new() },
            span.clone(),
        );
        let node = Node::Group(std::iter::once(assign).chain(statement(rest, redirects, false)).collect());
        return Some(Stmt::new(node, span));
    }
    // An expression that names no command prints itself.
    let first = words.first()?;
    let name = text_of(first).to_lowercase();
    if let (true, Some(function)) = (matches!(name.as_str(), "function" | "filter"), words.get(1)) {
        // Its body follows and is judged as if it ran.
        let body = std::rc::Rc::new(Stmt::new(Node::Group(Vec::new()), span.clone()));
        return Some(Stmt::new(Node::Function { name: text_of(function).to_lowercase(), body }, span));
    }
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

/// A literal that holds several arguments.
fn split_literal(word: Word) -> Vec<Word> {
    let text = text_of(&word);
    if !text.contains(' ') || word.parts.iter().any(|p| !matches!(p, Part::Quoted(_))) {
        return vec![word];
    }
    text.split_whitespace().map(|piece| Word::literal(piece, word.span.clone())).collect()
}
