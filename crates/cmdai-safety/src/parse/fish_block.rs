//! fish: statements, pipes and blocks, out of the tokens of [`fish`](super::fish).
//!
//! Every block becomes a node of the common form. A block that is not closed ends with the text and is reported.

use super::fish::{MAX_DEPTH, Reader, Token};
use crate::ir::{Assign, Node, Redirect, RedirectKind, Span, Stmt, Word};
use std::rc::Rc;

/// Words that begin a block.
const BLOCKS: &[&str] = &["if", "while", "for", "switch", "begin", "function"];
/// Words before a command that do not change what it does.
const PREFIXES: &[&str] = &["and", "or", "not", "!", "time", "builtin"];

impl Reader<'_> {
    /// Statements up to `end`, the end of the text or, inside a block, the word that ends the block, which is returned.
    pub(super) fn statements(&mut self, end: Option<char>, block: bool) -> (Vec<Stmt>, Option<&'static str>) {
        let mut body = Vec::new();
        loop {
            while self.peek().is_some_and(|c| c.is_whitespace() || c == ';') {
                self.bump();
            }
            match self.peek() {
                None => {
                    if end.is_some() || block {
                        self.broken = Some("a bracket or a block is not closed".to_owned());
                    }
                    return (body, None);
                }
                Some(c) if Some(c) == end => {
                    if !block {
                        self.bump();
                    }
                    return (body, None);
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
                    let word = self.keyword();
                    if let Some(ends) = ["end", "else", "case"].into_iter().find(|w| *w == word) {
                        self.at += ends.len();
                        if block {
                            return (body, Some(ends));
                        }
                        self.broken = Some(format!("`{ends}` outside of a block"));
                        continue;
                    }
                    let before = self.at;
                    body.extend(self.pipeline(end));
                    if self.at == before {
                        self.bump();
                    }
                }
            }
        }
    }

    /// The plain word that stands here, without taking it.
    fn keyword(&self) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '!' || c == '_' || c == '-'));
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        if after.is_empty() || after.starts_with([' ', '\t', '\n', ';', '|', '&', ')', '>', '<', '\r']) {
            word
        } else {
            ""
        }
    }

    fn pipeline(&mut self, end: Option<char>) -> Option<Stmt> {
        let start = self.at;
        let mut stages = Vec::new();
        let mut background = false;
        loop {
            let (stage, op) = self.stage(end);
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

    fn blanks(&mut self) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.bump();
        }
    }

    fn stage(&mut self, end: Option<char>) -> (Option<Stmt>, Option<&'static str>) {
        let start = self.at;
        loop {
            self.blanks();
            let word = self.keyword();
            let Some(prefix) = PREFIXES.iter().find(|p| **p == word) else { break };
            self.at += prefix.len();
        }
        let word = self.keyword();
        if let Some(block) = BLOCKS.iter().find(|b| **b == word) {
            if self.depth >= MAX_DEPTH {
                self.broken = Some("blocks are nested too deep".to_owned());
                self.at = self.text.len();
                return (None, None);
            }
            self.at += block.len();
            self.depth += 1;
            let node = self.block(block, end);
            self.depth -= 1;
            // `end | …` and `end > file`.
            let (_, redirects, op) = self.words(end);
            return (Some(Stmt { node, redirects, background: false, span: start..self.at }), op);
        }
        let (words, redirects, op) = self.words(end);
        (lower(words, redirects, start..self.at), op)
    }

    /// Words and redirections up to the end of the command.
    fn words(&mut self, end: Option<char>) -> (Vec<Word>, Vec<Redirect>, Option<&'static str>) {
        let mut words: Vec<Word> = Vec::new();
        let mut redirects = Vec::new();
        let mut pending: Option<(RedirectKind, Option<i32>)> = None;
        while let Some(token) = self.token(end) {
            match token {
                Token::Op(found) => return (words, redirects, Some(found)),
                Token::Redirect(kind, fd) => pending = Some((kind, fd)),
                Token::Word(word) => match pending.take() {
                    Some((kind, fd)) => redirects.push(Redirect { kind, fd, span: word.span.clone(), target: word }),
                    None => words.push(word),
                },
            }
        }
        (words, redirects, None)
    }

    fn block(&mut self, kind: &str, end: Option<char>) -> Node {
        match kind {
            "if" => {
                let mut blocks = Vec::new();
                loop {
                    let condition = self.pipeline(end).into_iter().collect();
                    let (body, ended) = self.statements(end, true);
                    blocks.extend([condition, body]);
                    if ended != Some("else") {
                        break;
                    }
                    self.blanks();
                    if self.keyword() == "if" {
                        self.at += 2;
                        continue;
                    }
                    blocks.push(self.statements(end, true).0);
                    break;
                }
                Node::Branches { words: Vec::new(), blocks }
            }
            "while" => {
                let condition: Vec<Stmt> = self.pipeline(end).into_iter().collect();
                let body = self.statements(end, true).0;
                let endless = condition.first().is_some_and(|c| is_named(c, "true"));
                Node::Loop { condition, body, endless }
            }
            "for" => {
                let (words, ..) = self.words(end);
                let var = words.first().and_then(plain);
                let words = words.into_iter().skip(2).collect();
                Node::For { var, words, body: self.statements(end, true).0 }
            }
            "switch" => {
                let (words, ..) = self.words(end);
                let mut blocks = Vec::new();
                loop {
                    let (body, ended) = self.statements(end, true);
                    blocks.push(body);
                    if ended != Some("case") {
                        return Node::Branches { words, blocks };
                    }
                    self.words(end);
                }
            }
            "function" => {
                let (words, ..) = self.words(end);
                let start = self.at;
                let body = self.statements(end, true).0;
                let name = words.first().and_then(plain).unwrap_or_default();
                Node::Function { name, body: Rc::new(Stmt::new(Node::Group(body), start..self.at)) }
            }
            _ => Node::Group(self.statements(end, true).0),
        }
    }
}

fn lower(words: Vec<Word>, redirects: Vec<Redirect>, span: Span) -> Option<Stmt> {
    if words.is_empty() && redirects.is_empty() {
        return None;
    }
    let node = match words.first().and_then(plain).as_deref() {
        Some("set") => set(words),
        _ => Node::Simple { assigns: Vec::new(), words },
    };
    Some(Stmt { node, redirects, background: false, span })
}

/// Whether the statement is the command `name`.
pub(super) fn is_named(stmt: &Stmt, name: &str) -> bool {
    matches!(&stmt.node, Node::Simple { words, .. } if words.first().and_then(plain).is_some_and(|t| t == name))
}

fn plain(word: &Word) -> Option<String> {
    match word.parts.as_slice() {
        [crate::ir::Part::Bare(text) | crate::ir::Part::Quoted(text)] => Some(text.clone()),
        _ => None,
    }
}

/// `set -x NAME value…`.
fn set(words: Vec<Word>) -> Node {
    let option = |short: char, long: &str| {
        words
            .iter()
            .filter_map(plain)
            .any(|t| t == long || t.starts_with('-') && !t.starts_with("--") && t.contains(short))
    };
    let (query, append) = (option('e', "--erase") || option('q', "--query"), option('a', "--append"));
    let mut rest = words.iter().skip(1).skip_while(|w| plain(w).is_some_and(|t| t.starts_with('-')));
    match rest.next().and_then(plain) {
        Some(name) if !query => {
            let name = name.split('[').next().unwrap_or_default().to_owned();
            let values: Vec<Word> = rest.cloned().collect();
            Node::Simple { assigns: vec![Assign { name, values, append }], words: Vec::new() }
        }
        _ => Node::Simple { assigns: Vec::new(), words },
    }
}
