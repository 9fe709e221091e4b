//! nushell: statements, pipes and blocks, out of the elements of [`nu`](super::nu).
//!
//! A stage that begins with a value is no command. Closures become loops over what flows into them, so that the same walk judges
//! them. What is not valid is reported, and what could be read is judged all the same.

use super::nu::{Block, Element, Reader, STREAMS, names_in};
use super::nu_lower::{self, Stage};
use super::shuck::clamp;
use crate::ir::{Assign, Node, Part, Redirect, RedirectKind, Span, Stmt, Word};
use std::rc::Rc;

/// Operators between a variable and its new value.
const ASSIGN: &[&str] = &["=", "+=", "-=", "*=", "/=", "++="];

impl Reader<'_> {
    /// Statements up to `end`, which is taken, or the end of the text; with `lines`, each line ends one.
    pub(super) fn statements(&mut self, end: Option<char>, lines: bool) -> Vec<Stmt> {
        let mut body = Vec::new();
        loop {
            self.blanks(false);
            while self.eat(";") {
                self.blanks(false);
            }
            match self.peek() {
                None => {
                    if end.is_some() {
                        self.breaks("a bracket is not closed");
                    }
                    return body;
                }
                Some(c) if Some(c) == end => {
                    self.bump();
                    return body;
                }
                Some(')' | ']' | '}') => {
                    self.breaks("a bracket closes nothing");
                    self.bump();
                }
                Some(_) => {
                    let before = self.at;
                    body.extend(self.statement(lines));
                    if self.at == before {
                        self.bump();
                    }
                }
            }
        }
    }

    /// The plain word that stands here, without taking it.
    pub(super) fn keyword(&self) -> &str {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let ends = |c: char| c.is_whitespace() || matches!(c, ';' | '|' | ')' | '}' | '{');
        if after.chars().next().is_none_or(ends) { word } else { "" }
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        let found = self.keyword() == word;
        if found {
            self.at += word.len();
            self.blanks(true);
        }
        found
    }

    fn statement(&mut self, lines: bool) -> Vec<Stmt> {
        let start = self.at;
        while self.take("export") {}
        if ["let", "mut", "const"].into_iter().any(|word| self.take(word)) {
            let name = names_in(&self.word().parts.iter().map(literal).collect::<String>()).concat();
            // The type, if there is one.
            while self.peek().is_some_and(|c| !matches!(c, '=' | ';' | '\n')) {
                self.bump();
            }
            if !self.eat("=") {
                self.breaks("a variable is given no value");
                return Vec::new();
            }
            return vec![self.assigned(name, start, lines)];
        }
        if let Some((name, length)) = self.assignment() {
            self.at += length;
            return vec![self.assigned(name, start, lines)];
        }
        if self.take("def") || self.take("extern") {
            return self.definition(start).into_iter().collect();
        }
        if self.take("alias") {
            let name = self.word().parts.iter().map(literal).collect();
            self.blanks(true);
            self.eat("=");
            let body = Rc::new(self.pipeline(lines).unwrap_or_else(|| Stmt::new(Node::Group(Vec::new()), 0..0)));
            return vec![Stmt::new(Node::Function { name, body }, self.since(start))];
        }
        self.pipeline(lines).into_iter().collect()
    }

    pub(super) fn since(&self, start: usize) -> Span {
        clamp(self.text, start..self.at)
    }

    /// The variable that is given a value here, and the bytes up to that. Nothing is read twice: that would double with each bracket.
    fn assignment(&self) -> Option<(String, usize)> {
        let path = self.rest().strip_prefix('$')?;
        let end = path.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
        let (name, behind) = path.split_at(end);
        let blank = behind.len() - behind.trim_start_matches([' ', '\t']).len();
        let behind = behind.get(blank..)?;
        let operator = ASSIGN.iter().find(|operator| {
            behind.strip_prefix(**operator).is_some_and(|value| value.starts_with(char::is_whitespace))
        })?;
        let mut steps = name.split('.');
        let first = steps.next()?;
        let name = steps.next().filter(|_| first == "env").unwrap_or(first);
        Some((name.to_owned(), 1 + end + blank + operator.len()))
    }

    /// `let x = …`: a value, or what a pipeline gives.
    fn assigned(&mut self, name: String, start: usize, lines: bool) -> Stmt {
        self.blanks(true);
        let from = self.at;
        let stages = self.stages(lines);
        let span = self.since(from);
        let values = nu_lower::value(stages, self.text, span, self.lowered);
        let assign = Assign { name, values, append: false };
        Stmt::new(Node::Simple { assigns: vec![assign], words: Vec::new() }, self.since(start))
    }

    /// `def name [a, b] { … }`; `extern` has no body.
    fn definition(&mut self, start: usize) -> Option<Stmt> {
        while self.rest().starts_with("--") {
            self.word();
            self.blanks(true);
        }
        let name: String = self.word().parts.iter().map(literal).collect();
        self.blanks(false);
        let mut parameters = Vec::new();
        if self.peek() == Some('[') || self.peek() == Some('(') {
            let inner = self.rest().split([']', ')']).next().unwrap_or_default();
            parameters = names_in(inner.get(1..).unwrap_or_default());
            self.at = (self.at + inner.len() + 1).min(self.text.len());
        }
        self.blanks(false);
        // `: string -> int`
        while self.peek().is_some_and(|c| !matches!(c, '{' | ';' | '\n')) {
            self.bump();
        }
        (self.peek() == Some('{')).then(|| {
            let block = self.block();
            let mut body = nu_lower::arguments(&parameters);
            body.extend(block.body);
            let body = Rc::new(Stmt::new(Node::Group(body), block.span));
            Stmt::new(Node::Function { name, body }, self.since(start))
        })
    }

    pub(super) fn pipeline(&mut self, lines: bool) -> Option<Stmt> {
        let start = self.at;
        let stages = self.stages(lines);
        nu_lower::pipeline(stages, self.text, self.since(start), self.lowered)
    }

    fn stages(&mut self, lines: bool) -> Vec<Stage> {
        let mut stages: Vec<Stage> = Vec::new();
        loop {
            self.blanks(lines);
            if let Some(stage) = self.stage(lines) {
                stages.push(stage);
            }
            // A line that begins with a bar goes on with the one before.
            let mark = self.at;
            self.blanks(false);
            let bar = self.bar().unwrap_or(0);
            self.at += bar;
            if bar > 0 {
                continue;
            }
            self.at = mark;
            break;
        }
        for mark in ["&&", "||", "&"] {
            if self.eat(mark) {
                self.breaks(format!("nushell has no `{mark}`; `;` ends a command, and a failed one ends the line"));
                break;
            }
        }
        stages
    }

    /// Bytes of the bar that stands here, `e>|` and its like included.
    fn bar(&self) -> Option<usize> {
        let stream = STREAMS.iter().map(|(name, _)| self.rest().strip_prefix(name).map(|rest| (name.len(), rest)));
        let stream = stream.flatten().find(|(_, rest)| rest.starts_with('|')).map(|(length, _)| length);
        let bar = self.rest().starts_with('|') && !self.rest().starts_with("||");
        stream.map(|length| length + 1).or(bar.then_some(1))
    }

    /// A command or a value, with its arguments, blocks and files.
    pub(super) fn command(&mut self, lines: bool) -> Option<Stage> {
        let start = self.at;
        let mut elements = Vec::new();
        let mut redirects = Vec::new();
        let mut pending: Option<(RedirectKind, Option<i32>)> = None;
        loop {
            self.blanks(lines);
            match self.peek() {
                None | Some('\n' | ';' | '|' | '&' | ')' | ']' | '}') => break,
                Some(',') if self.listed => break,
                _ if self.bar().is_some() => break,
                Some(c) => {
                    self.foreign(c, elements.first());
                    match self.element() {
                        Element::Redirect(kind, fd) => pending = Some((kind, fd)),
                        Element::Word(word) => match pending.take() {
                            Some((kind, fd)) => {
                                redirects.push(Redirect { kind, fd, span: word.span.clone(), target: word });
                            }
                            None => elements.push(Element::Word(word)),
                        },
                        other => elements.push(other),
                    }
                }
            }
        }
        (!elements.is_empty() || !redirects.is_empty()).then(|| Stage::Command {
            elements,
            redirects,
            span: self.since(start),
        })
    }

    /// Signs of other shells, which nushell refuses.
    fn foreign(&mut self, c: char, first: Option<&Element>) {
        let Some(Element::Word(name)) = first else { return };
        if nu_lower::is_value(name) || nu_lower::compares(&name.parts.iter().map(literal).collect::<String>()) {
            return;
        }
        let sign = match c {
            '>' | '<' => true,
            '0'..='9' => self.rest().get(1..).is_some_and(|rest| rest.starts_with('>')),
            _ => false,
        };
        if sign {
            self.breaks("nushell writes to a file with `o>` or `save`, not with `>`");
        }
    }
}

/// The text of a part that stands for itself.
pub(super) fn literal(part: &Part) -> String {
    match part {
        Part::Bare(text) | Part::Quoted(text) => text.clone(),
        _ => String::new(),
    }
}

impl Block {
    /// The block as the body of a loop over what flows in.
    pub(super) fn over(self, words: Vec<Word>) -> Stmt {
        let var = self.parameters.into_iter().next().unwrap_or_else(|| "in".to_owned());
        Stmt::new(Node::For { var: Some(var), words, body: self.body }, self.span)
    }
}
