//! fish: words, quotes, substitutions and blocks, lowered so that the same walk judges it.
//!
//! Blocks are flattened: every statement in them is judged as if it ran, with loop variables set. That sees more than fish
//! would run, never less.

use super::shuck::clamp;
use crate::ir::{Assign, Broken, Node, Part, Redirect, RedirectKind, Script, Span, Stmt, VarOp, Word};

const MAX_DEPTH: usize = 12;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    broken: Option<String>,
}

enum Token {
    Word(Word),
    Redirect(RedirectKind, Option<i32>),
    Op(&'static str),
}

/// Reads `text` as fish would.
pub(crate) fn parse(text: &str) -> Script {
    let mut reader = Reader { text, at: 0, depth: 0, broken: None };
    let body = reader.statements(None);
    let rest = clamp(text, reader.at..text.len());
    let broken = reader.broken.map(|reason| Broken {
        reason,
        rest: if rest.is_empty() { 0..text.len() } else { rest },
        limit: false,
    });
    Script { body, broken }
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(text));
        if found {
            self.at += text.len();
        }
        found
    }

    fn statements(&mut self, end: Option<char>) -> Vec<Stmt> {
        let mut body = Vec::new();
        loop {
            while self.peek().is_some_and(|c| c.is_whitespace() || c == ';') {
                self.bump();
            }
            match self.peek() {
                None => {
                    if end.is_some() {
                        self.broken = Some("a bracket is not closed".to_owned());
                    }
                    return body;
                }
                Some(c) if Some(c) == end => {
                    self.bump();
                    return body;
                }
                Some(')') => {
                    self.broken = Some("a bracket too many".to_owned());
                    self.bump();
                }
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.bump();
                    }
                }
                _ => {
                    let before = self.at;
                    body.extend(self.pipeline(end));
                    if self.at == before {
                        self.bump();
                    }
                }
            }
        }
    }

    fn pipeline(&mut self, end: Option<char>) -> Option<Stmt> {
        let start = self.at;
        let mut stages = Vec::new();
        let mut background = false;
        loop {
            let (stage, op) = self.command(end);
            stages.extend(stage);
            match op {
                Some("|") => {}
                Some("&") => {
                    background = true;
                    break;
                }
                _ => break,
            }
        }
        let span = start..self.at;
        let mut stmt = if stages.len() > 1 { Stmt::new(Node::Pipe(stages), span) } else { stages.pop()? };
        stmt.background = background;
        Some(stmt)
    }

    fn command(&mut self, end: Option<char>) -> (Option<Stmt>, Option<&'static str>) {
        let start = self.at;
        let mut words: Vec<Word> = Vec::new();
        let mut redirects = Vec::new();
        let mut pending: Option<(RedirectKind, Option<i32>)> = None;
        let mut op = None;
        while let Some(token) = self.token(end) {
            match token {
                Token::Op(found) => {
                    op = Some(found);
                    break;
                }
                Token::Redirect(kind, fd) => pending = Some((kind, fd)),
                Token::Word(word) => match pending.take() {
                    Some((kind, fd)) => redirects.push(Redirect { kind, fd, span: word.span.clone(), target: word }),
                    None => words.push(word),
                },
            }
        }
        let span = start..self.at;
        (lower(words, redirects, span), op)
    }

    fn token(&mut self, end: Option<char>) -> Option<Token> {
        while self.eat("\\\n") || self.peek().is_some_and(|c| c.is_whitespace() && c != '\n') {
            if self.peek().is_some_and(|c| c.is_whitespace() && c != '\n') {
                self.bump();
            }
        }
        let c = self.peek()?;
        if Some(c) == end {
            return None;
        }
        match c {
            '\n' | ';' => {
                self.bump();
                Some(Token::Op(";"))
            }
            '#' => None,
            '|' => {
                self.bump();
                Some(Token::Op(if self.eat("|") { ";" } else { "|" }))
            }
            '&' if self.eat("&>>") => Some(Token::Redirect(RedirectKind::Append, None)),
            '&' if self.eat("&>") => Some(Token::Redirect(RedirectKind::Write, None)),
            '&' => {
                self.bump();
                if self.eat("|") {
                    return Some(Token::Op("|"));
                }
                Some(Token::Op(if self.eat("&") { ";" } else { "&" }))
            }
            '>' | '<' => Some(self.redirect(None)),
            '0'..='9' if self.text.get(self.at + 1..).is_some_and(|r| r.starts_with('>')) => {
                self.bump();
                Some(self.redirect(c.to_digit(10).and_then(|d| i32::try_from(d).ok())))
            }
            ')' if end.is_none() => None,
            _ => Some(Token::Word(self.word(end))),
        }
    }

    fn redirect(&mut self, fd: Option<i32>) -> Token {
        if self.eat(">>") {
            return Token::Redirect(RedirectKind::Append, fd);
        }
        if self.eat(">&") || self.eat("<&") {
            return Token::Redirect(RedirectKind::Dup, fd);
        }
        if self.eat("<") {
            return Token::Redirect(RedirectKind::Read, fd);
        }
        let _ = self.eat(">?") || self.eat(">");
        Token::Redirect(RedirectKind::Write, fd)
    }

    fn word(&mut self, end: Option<char>) -> Word {
        let start = self.at;
        let mut parts = Vec::new();
        let mut bare = String::new();
        while let Some(c) = self.peek() {
            let stops = c.is_whitespace() || matches!(c, ';' | '|' | '&' | '<' | '>') || c == ')' || Some(c) == end;
            if stops {
                break;
            }
            if matches!(c, '\'' | '"' | '$' | '(') && !bare.is_empty() {
                parts.push(Part::Bare(std::mem::take(&mut bare)));
            }
            match c {
                '\'' => parts.push(Part::Quoted(self.single())),
                '"' => parts.push(Part::Double(self.double())),
                '$' => parts.push(self.variable()),
                '(' => parts.push(self.substitution()),
                '\\' => {
                    self.bump();
                    match self.bump() {
                        Some('n') => bare.push('\n'),
                        Some('t') => bare.push('\t'),
                        Some('x' | 'X') => {
                            let digits: String = (0..2)
                                .map_while(|_| self.peek().filter(char::is_ascii_hexdigit).inspect(|_| self.at += 1))
                                .collect();
                            bare.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                        }
                        Some(other) => bare.extend(['\\', other]),
                        None => {}
                    }
                }
                other => {
                    self.bump();
                    bare.push(other);
                }
            }
        }
        if !bare.is_empty() {
            parts.push(Part::Bare(bare));
        }
        Word { parts, span: clamp(self.text, start..self.at) }
    }

    fn single(&mut self) -> String {
        self.bump();
        let mut out = String::new();
        loop {
            match self.bump() {
                None => {
                    self.broken = Some("a quote is not closed".to_owned());
                    return out;
                }
                Some('\'') => return out,
                Some('\\') if matches!(self.peek(), Some('\'' | '\\')) => out.extend(self.bump()),
                Some(other) => out.push(other),
            }
        }
    }

    fn double(&mut self) -> Vec<Part> {
        self.bump();
        let (mut parts, mut out) = (Vec::new(), String::new());
        loop {
            match self.peek() {
                None => {
                    self.broken = Some("a quote is not closed".to_owned());
                    break;
                }
                Some('"') => {
                    self.bump();
                    break;
                }
                Some('\\') => {
                    self.bump();
                    match self.bump() {
                        Some(c @ ('"' | '$' | '\\')) => out.push(c),
                        Some('\n') | None => {}
                        Some(c) => out.extend(['\\', c]),
                    }
                }
                Some('$') => {
                    parts.push(Part::Quoted(std::mem::take(&mut out)));
                    parts.push(self.variable());
                }
                Some(c) => {
                    self.bump();
                    out.push(c);
                }
            }
        }
        parts.push(Part::Quoted(out));
        parts
    }

    fn variable(&mut self) -> Part {
        let start = self.at;
        self.bump();
        if self.peek() == Some('(') {
            return self.substitution();
        }
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || *c == '_') {
            name.push(c);
            self.bump();
        }
        if self.peek() == Some('[') {
            while self.bump().is_some_and(|c| c != ']') {}
            return Part::Var { name, op: VarOp::Other, span: start..self.at };
        }
        if name.is_empty() {
            return Part::Quoted("$".to_owned());
        }
        Part::Var { name, op: VarOp::Plain, span: start..self.at }
    }

    fn substitution(&mut self) -> Part {
        self.bump();
        if self.depth >= MAX_DEPTH {
            self.broken = Some("brackets are nested too deep".to_owned());
            self.at = self.text.len();
            return Part::Opaque(String::new());
        }
        self.depth += 1;
        let body = self.statements(Some(')'));
        self.depth -= 1;
        Part::Command(body)
    }
}

/// Takes keywords away and turns what is left into a node.
fn lower(mut words: Vec<Word>, redirects: Vec<Redirect>, span: Span) -> Option<Stmt> {
    let name = |words: &[Word], at: usize| words.get(at).and_then(plain).unwrap_or_default();
    while matches!(
        name(&words, 0).as_str(),
        "if" | "else" | "while" | "and" | "or" | "not" | "begin" | "!" | "time" | "builtin" | "command"
    ) && !(words.len() == 1 && name(&words, 0) == "command")
    {
        words.remove(0);
    }
    let node = match name(&words, 0).as_str() {
        "" if words.is_empty() && redirects.is_empty() => return None,
        "end" if words.len() == 1 => return None,
        "case" => return None,
        "switch" => Node::Test(words),
        "for" if name(&words, 2) == "in" => {
            Node::For { var: Some(name(&words, 1)), words: words.split_off(3), body: Vec::new() }
        }
        "function" => {
            let body = std::rc::Rc::new(Stmt::new(Node::Group(Vec::new()), span.clone()));
            Node::Function { name: name(&words, 1), body }
        }
        "set" => set(words),
        _ => Node::Simple { assigns: Vec::new(), words },
    };
    Some(Stmt { node, redirects, background: false, span })
}

fn plain(word: &Word) -> Option<String> {
    match word.parts.as_slice() {
        [Part::Bare(text) | Part::Quoted(text)] => Some(text.clone()),
        _ => None,
    }
}

/// `set -x NAME value…`.
fn set(words: Vec<Word>) -> Node {
    let erase = words.iter().any(|w| plain(w).is_some_and(|t| t == "-e" || t == "--erase"));
    let mut rest = words.iter().skip(1).skip_while(|w| plain(w).is_some_and(|t| t.starts_with('-')));
    match rest.next().and_then(plain) {
        Some(name) if !erase => {
            let values: Vec<Word> = rest.cloned().collect();
            Node::Simple { assigns: vec![Assign { name, values, append: false }], words: Vec::new() }
        }
        _ => Node::Simple { assigns: Vec::new(), words },
    }
}
