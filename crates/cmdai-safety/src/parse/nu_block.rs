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
    fn keyword(&self) -> &str {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let ends = |c: char| c.is_whitespace() || matches!(c, ';' | '|' | ')' | '}' | '{');
        if after.chars().next().is_none_or(ends) { word } else { "" }
    }

    fn take(&mut self, word: &str) -> bool {
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
        if self.peek() == Some('$') {
            let word = self.word();
            self.blanks(lines);
            let operator = ASSIGN.iter().find(|op| {
                self.rest().strip_prefix(**op).is_some_and(|behind| behind.starts_with(char::is_whitespace))
            });
            if let (Some(operator), [Part::Var { name, .. }]) = (operator, word.parts.as_slice()) {
                self.at += operator.len();
                return vec![self.assigned(name.clone(), start, lines)];
            }
            self.at = start;
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

    fn since(&self, start: usize) -> Span {
        clamp(self.text, start..self.at)
    }

    /// `let x = …`: a value, or what a pipeline gives.
    fn assigned(&mut self, name: String, start: usize, lines: bool) -> Stmt {
        self.blanks(true);
        let from = self.at;
        // What is assigned is a value far more often than a command.
        let single = self.single(lines);
        let values = single.unwrap_or_else(|| {
            self.at = from;
            let body: Vec<Stmt> = self.pipeline(lines).into_iter().collect();
            vec![Word { parts: vec![Part::Command(body)], span: self.since(from) }]
        });
        Stmt::new(
            Node::Simple { assigns: vec![Assign { name, values, append: false }], words: Vec::new() },
            self.since(start),
        )
    }

    /// A value that is all of the statement.
    fn single(&mut self, lines: bool) -> Option<Vec<Word>> {
        let broken = self.broken.clone();
        let element = self.element();
        self.blanks(true);
        let ends = match self.peek() {
            None | Some(';' | ')' | '}') => true,
            Some('\n') => lines,
            _ => false,
        };
        let found = match element {
            Element::Word(word) if nu_lower::is_value(&word) => Some(vec![word]),
            Element::List(words) => Some(words),
            Element::Block(block) => Some(vec![Word { parts: vec![Part::Command(block.body)], span: block.span }]),
            _ => None,
        };
        let found = found.filter(|_| ends);
        if found.is_none() {
            self.broken = broken;
        }
        found
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

    fn pipeline(&mut self, lines: bool) -> Option<Stmt> {
        let start = self.at;
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
        nu_lower::pipeline(stages, self.text, self.since(start), self.lowered)
    }

    /// Bytes of the bar that stands here, `e>|` and its like included.
    fn bar(&self) -> Option<usize> {
        let stream = STREAMS.iter().map(|(name, _)| self.rest().strip_prefix(name).map(|rest| (name.len(), rest)));
        let stream = stream.flatten().find(|(_, rest)| rest.starts_with('|')).map(|(length, _)| length);
        let bar = self.rest().starts_with('|') && !self.rest().starts_with("||");
        stream.map(|length| length + 1).or(bar.then_some(1))
    }

    fn stage(&mut self, lines: bool) -> Option<Stage> {
        let start = self.at;
        let word = self.keyword().to_owned();
        let node = match word.as_str() {
            "if" => {
                self.take("if");
                self.branches()
            }
            "match" => {
                self.take("match");
                let words = self.condition();
                self.cases(words)
            }
            "for" => {
                self.take("for");
                let var = names_in(&self.word().parts.iter().map(literal).collect::<String>()).concat();
                self.blanks(true);
                while self.peek().is_some_and(char::is_alphanumeric) && !self.take("in") {
                    self.word();
                    self.blanks(true);
                }
                let words = self.values();
                Node::For { var: Some(var), words, body: self.braces() }
            }
            "while" => {
                self.take("while");
                let words = self.condition();
                let endless =
                    matches!(words.as_slice(), [one] if one.parts.iter().map(literal).collect::<String>() == "true");
                let condition = vec![Stmt::new(Node::Test(words), self.since(start))];
                Node::Loop { condition, body: self.braces(), endless }
            }
            "loop" => {
                self.take("loop");
                Node::Loop { condition: Vec::new(), body: self.braces(), endless: true }
            }
            "try" => {
                self.take("try");
                let mut blocks = vec![self.braces()];
                loop {
                    let mark = self.at;
                    self.blanks(false);
                    if !(self.take("catch") || self.take("finally") || self.take("else")) {
                        self.at = mark;
                        break;
                    }
                    blocks.push(self.braces());
                }
                Node::Group(blocks.concat())
            }
            "module" | "export-env" => {
                while self.peek().is_some_and(|c| !matches!(c, '{' | ';' | '\n')) {
                    self.bump();
                }
                Node::Group(self.braces())
            }
            _ => return self.command(lines),
        };
        Some(Stage::Node(Stmt::new(node, self.since(start))))
    }

    /// The block that has to stand here.
    fn braces(&mut self) -> Vec<Stmt> {
        self.blanks(false);
        if self.peek() == Some('{') {
            return self.block().body;
        }
        self.breaks("a block is missing");
        Vec::new()
    }

    /// What is asked before a block.
    fn condition(&mut self) -> Vec<Word> {
        let mut words = Vec::new();
        loop {
            self.blanks(true);
            match self.peek() {
                None | Some('{' | ';' | '\n' | '}') => return words,
                Some('|' | ')' | ']' | ',') => drop(self.bump()),
                Some(_) => words.push(self.word()),
            }
        }
    }

    /// What a loop goes over.
    fn values(&mut self) -> Vec<Word> {
        self.blanks(true);
        match self.element() {
            Element::List(words) => words,
            Element::Word(word) => nu_lower::given(word),
            Element::Block(_) | Element::Redirect(..) => Vec::new(),
        }
    }

    fn branches(&mut self) -> Node {
        let mut blocks = Vec::new();
        loop {
            let start = self.at;
            let words = self.condition();
            blocks.push(vec![Stmt::new(Node::Test(words), self.since(start))]);
            blocks.push(self.braces());
            let mark = self.at;
            self.blanks(false);
            if !self.take("else") {
                self.at = mark;
                return Node::Branches { words: Vec::new(), blocks };
            }
            if !self.take("if") {
                blocks.push(self.braces());
                return Node::Branches { words: Vec::new(), blocks };
            }
        }
    }

    /// `{ 1 => a, _ => { b } }`.
    fn cases(&mut self, words: Vec<Word>) -> Node {
        self.blanks(false);
        if self.peek() != Some('{') {
            self.breaks("a block is missing");
            return Node::Branches { words, blocks: Vec::new() };
        }
        self.bump();
        let blocks = self.within(true, |reader| {
            let mut blocks = Vec::new();
            loop {
                reader.blanks(false);
                match reader.peek() {
                    None => {
                        reader.breaks("a bracket is not closed");
                        return blocks;
                    }
                    Some('}') => {
                        reader.bump();
                        return blocks;
                    }
                    Some(_) if reader.eat("=>") => {
                        reader.blanks(false);
                        let block = match reader.peek() {
                            Some('{') => reader.block().body,
                            _ => reader.pipeline(true).into_iter().collect(),
                        };
                        blocks.push(block);
                    }
                    Some(_) => drop(reader.bump()),
                }
            }
        });
        Node::Branches { words, blocks }
    }

    /// A command or a value, with its arguments, blocks and files.
    fn command(&mut self, lines: bool) -> Option<Stage> {
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
