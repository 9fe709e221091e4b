//! fish: its words, quotes, variables and substitutions, as tokens for [`fish_block`](super::fish_block).
//!
//! Lowered to the common form, so that the same walk judges it. `$argv` is what the other shells call `$@`.

use super::shuck::clamp;
use crate::ir::{Broken, Node, Part, RedirectKind, Script, Stmt, VarOp, Word};

pub(super) const MAX_DEPTH: usize = 12;

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) depth: usize,
    pub(super) broken: Option<String>,
}

pub(super) enum Token {
    Word(Word),
    Redirect(RedirectKind, Option<i32>),
    Op(&'static str),
}

/// Reads `text` as fish would.
pub(crate) fn parse(text: &str) -> Script {
    let mut reader = Reader { text, at: 0, depth: 0, broken: None };
    let body = reader.statements(None, false).0;
    let rest = clamp(text, reader.at..text.len());
    let broken = reader.broken.map(|reason| Broken {
        reason,
        rest: if rest.is_empty() { 0..text.len() } else { rest },
        limit: false,
    });
    Script { body, broken }
}

impl Reader<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(text));
        if found {
            self.at += text.len();
        }
        found
    }

    pub(super) fn token(&mut self, end: Option<char>) -> Option<Token> {
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

    pub(super) fn word(&mut self, end: Option<char>) -> Word {
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
                        Some('e') => bare.push('\u{1b}'),
                        Some('x' | 'X') => bare.extend(self.code(16, 2)),
                        Some('u') => bare.extend(self.code(16, 4)),
                        Some('U') => bare.extend(self.code(16, 8)),
                        Some(digit @ '0'..='7') => {
                            self.at -= digit.len_utf8();
                            bare.extend(self.code(8, 3));
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

    /// The character with this number.
    fn code(&mut self, radix: u32, most: usize) -> Option<char> {
        let digits: String =
            (0..most).map_while(|_| self.peek().filter(|c| c.is_digit(radix)).inspect(|_| self.at += 1)).collect();
        u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32)
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
        let indirect = self.peek() == Some('$') && self.bump().is_some();
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || *c == '_') {
            name.push(c);
            self.bump();
        }
        if name.is_empty() {
            return Part::Quoted("$".to_owned());
        }
        if name == "argv" {
            "@".clone_into(&mut name);
        }
        let mut op = if indirect { VarOp::Indirect } else { VarOp::Plain };
        if self.peek() == Some('[') {
            self.bump();
            let from = self.at;
            while self.peek().is_some_and(|c| c != ']') {
                self.bump();
            }
            let index = self.text.get(from..self.at).unwrap_or_default().trim().parse::<usize>();
            self.bump();
            op = match index {
                Ok(number) if name == "@" => {
                    name = number.to_string();
                    VarOp::Plain
                }
                // fish counts from one.
                Ok(number) if number > 0 => VarOp::Element(Word::literal((number - 1).to_string(), start..self.at)),
                _ => VarOp::Other,
            };
        }
        Part::Var { name, op, span: start..self.at }
    }

    fn substitution(&mut self) -> Part {
        self.bump();
        if self.depth >= MAX_DEPTH {
            self.broken = Some("brackets are nested too deep".to_owned());
            self.at = self.text.len();
            return Part::Opaque(String::new());
        }
        self.depth += 1;
        let mut body = self.statements(Some(')'), false).0;
        self.depth -= 1;
        // `(… | psub)` is a file that holds the output.
        if let [Stmt { node: Node::Pipe(stages), .. }] = body.as_mut_slice()
            && stages.last().is_some_and(|last| super::fish_block::is_named(last, "psub"))
        {
            stages.pop();
            return Part::Process { body, input: true };
        }
        Part::Command(body)
    }
}
