//! PowerShell's statements, pipes and blocks, out of the pieces of [`ps_token`](super::ps_token).
//!
//! A block becomes a node of the common form by the word before it: a loop, a condition, a function, a job, or statements that run
//! where they stand. Brackets inside a command are read as commands of their own beside it. What is nested deeper than a person
//! writes is read flat, so that the depth of reading has a limit.

use super::powershell::{flowing, joined, literals, parameters, statement, takes_input, text_of, unknown};
use super::ps_token::Piece;
use super::shuck::clamp;
use crate::ir::{Assign, Node, Part, Redirect, RedirectKind, Stmt, Word};
use std::rc::Rc;

const MAX_DEPTH: usize = 24;

/// Reads pieces; one of its own for each block.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) pieces: &'a [Piece],
    pub(super) depth: usize,
}

/// The word that rules the next block, with what stood in its brackets.
struct Control {
    word: String,
    condition: Vec<Stmt>,
    /// `$x` of `foreach ($x in …)`.
    var: Option<String>,
    values: Vec<Word>,
    endless: bool,
}

/// The statement at hand, and what was read before it.
#[derive(Default)]
struct Line {
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
    control: Option<Control>,
    /// The body of a `do` whose condition follows.
    doing: Option<Vec<Stmt>>,
    /// Names in the brackets behind the name of a function.
    parameters: Vec<String>,
}

impl Reader<'_> {
    /// All statements.
    pub(super) fn all(&self) -> Vec<Stmt> {
        let mut line = Line::default();
        let mut pending: Option<bool> = None;
        let mut at = 0;
        while let Some(piece) = self.pieces.get(at) {
            at += 1;
            match piece.clone() {
                Piece::Word { parts, start, end } => {
                    let word = Word { parts, span: clamp(self.text, start..end) };
                    match pending.take() {
                        Some(append) => line.redirects.push(Redirect {
                            kind: if append { RedirectKind::Append } else { RedirectKind::Write },
                            fd: None,
                            span: word.span.clone(),
                            target: word,
                        }),
                        None => line.words.push(word),
                    }
                }
                Piece::Redirect { append } => pending = Some(append),
                Piece::Call => line.called = true,
                Piece::Pipe => line.stage(),
                Piece::Break('{') if self.depth < MAX_DEPTH => {
                    let close = self.close(at, '{', '}');
                    let inner = self.inner(at, close);
                    at = close + 1;
                    let piped = matches!(self.pieces.get(at), Some(Piece::Pipe));
                    line.block(self.text, &inner, piped);
                }
                Piece::Break('(') if line.method() => {}
                Piece::Break('(') if line.called && line.words.is_empty() => line.joining = true,
                Piece::Break(')') if line.joining => line.join(),
                Piece::Break('(') if self.depth < MAX_DEPTH && line.rules() => {
                    let close = self.close(at, '(', ')');
                    let inner = self.inner(at, close);
                    at = close + 1;
                    line.brackets(&inner);
                }
                Piece::Break(mark) => line.finish(self.text, mark),
            }
        }
        line.finish(self.text, ';');
        line.settle();
        line.body
    }

    fn inner(&self, from: usize, to: usize) -> Self {
        Self { text: self.text, pieces: self.pieces.get(from..to).unwrap_or_default(), depth: self.depth + 1 }
    }

    /// Where what was opened before `from` is closed.
    fn close(&self, from: usize, open: char, shut: char) -> usize {
        let mut depth = 1usize;
        let found = self.pieces.iter().skip(from).position(|piece| {
            match piece {
                Piece::Break(c) if *c == open => depth += 1,
                Piece::Break(c) if *c == shut => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        found.map_or(self.pieces.len(), |at| from + at)
    }

    /// Where the first word stands.
    fn span(&self) -> crate::ir::Span {
        let first = self.pieces.iter().find_map(|piece| match piece {
            Piece::Word { start, end, .. } => Some(clamp(self.text, *start..*end)),
            _ => None,
        });
        first.unwrap_or(0..0)
    }

    fn words(&self) -> Vec<Word> {
        let words = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Word { parts, start, end } => {
                Some(Word { parts: parts.clone(), span: clamp(self.text, *start..*end) })
            }
            _ => None,
        });
        words.collect()
    }

    /// The blocks of a `switch`; what stands before each decides only whether it runs.
    fn cases(&self) -> Vec<Vec<Stmt>> {
        let mut blocks = Vec::new();
        let mut at = 0;
        while let Some(piece) = self.pieces.get(at) {
            at += 1;
            if matches!(piece, Piece::Break('{')) {
                let close = self.close(at, '{', '}');
                blocks.push(self.inner(at, close).all());
                at = close + 1;
            }
        }
        blocks
    }

    /// The names among the parameters of a function, without the values they have by default.
    fn names(&self) -> Vec<String> {
        let words = self.words();
        let given = |at: usize| at > 0 && words.get(at - 1).is_some_and(|w| text_of(w) == "=");
        let named = words.iter().enumerate().filter(|(at, _)| !given(*at));
        named
            .filter_map(|(_, word)| match word.parts.last() {
                Some(Part::Var { name, .. }) => Some(name.clone()),
                _ => None,
            })
            .collect()
    }

    /// Whether a condition always holds: `$true`, `1`, `1 -eq 1`; of `for` that there is none.
    fn always(&self, word: &str) -> bool {
        if word == "for" {
            let mut parts = self.pieces.split(|piece| matches!(piece, Piece::Break(';')));
            return parts.nth(1).is_some_and(<[Piece]>::is_empty);
        }
        if self.pieces.len() > 3 {
            return false;
        }
        let texts: Vec<String> = self.words().iter().map(text_of).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        match texts.as_slice() {
            [one] => *one == if word == "until" { "false" } else { "true" } || *one == "1" && word != "until",
            [left, op, right] => word != "until" && left == right && op.eq_ignore_ascii_case("-eq"),
            _ => false,
        }
    }
}

impl Line {
    fn first(&self) -> String {
        self.words.first().map(text_of).unwrap_or_default().to_lowercase()
    }

    /// Whether brackets behind the words so far belong to a word of the language.
    fn rules(&mut self) -> bool {
        // `$x = if (…)`: the value is not known.
        if self.words.len() == 3 && self.words.get(1).is_some_and(|w| text_of(w) == "=") {
            let keyword = self.words.last().map(text_of).unwrap_or_default().to_lowercase();
            if matches!(keyword.as_str(), "if" | "switch" | "foreach" | "for" | "while")
                && let (Some(Part::Var { name, .. }), Some(last)) =
                    (self.words.first().and_then(|w| w.parts.last()).cloned(), self.words.pop())
            {
                let span = last.span.clone();
                let assigns = vec![Assign { name, values: vec![unknown()], append: false }];
                self.body.push(Stmt::new(Node::Simple { assigns, words: Vec::new() }, span));
                self.words = vec![last];
            }
        }
        if !self.stages.is_empty() {
            return false;
        }
        match self.first().as_str() {
            "if" | "elseif" | "while" | "until" | "for" | "foreach" | "param" => self.words.len() == 1,
            "switch" => self.words.iter().skip(1).all(|w| text_of(w).starts_with('-')),
            "function" | "filter" => self.words.len() == 2,
            _ => false,
        }
    }

    /// What stands in the brackets behind such a word.
    fn brackets(&mut self, inner: &Reader<'_>) {
        let word = self.first();
        match word.as_str() {
            "function" | "filter" => {
                self.parameters = inner.names();
                return;
            }
            "param" => {
                self.body.extend(parameters(&inner.names()));
                self.words.clear();
                return;
            }
            _ => {}
        }
        let ends = matches!(word.as_str(), "while" | "until") && self.control.is_none();
        if !ends {
            self.settle();
        }
        self.words.clear();
        let endless = inner.always(&word);
        let words = if word == "foreach" { inner.words() } else { Vec::new() };
        let each = words.get(1).is_some_and(|w| text_of(w).eq_ignore_ascii_case("in"));
        let mut control = Control { word, condition: Vec::new(), var: None, values: Vec::new(), endless };
        if each {
            let values = words.get(2..).unwrap_or_default();
            control.var = match words.first().and_then(|w| w.parts.last()) {
                Some(Part::Var { name, .. }) => Some(name.clone()),
                _ => None,
            };
            control.values = literals(values).unwrap_or_else(|| vec![flowing(values).unwrap_or_else(unknown)]);
            let from = inner.pieces.iter().position(|p| matches!(p, Piece::Word { .. })).map_or(0, |at| at + 2);
            control.condition = inner.inner(from, inner.pieces.len()).all();
        } else {
            control.condition = inner.all();
        }
        if matches!(control.word.as_str(), "while" | "until")
            && let Some(body) = self.doing.take()
        {
            let span = body.first().map_or(0..0, |s| s.span.clone());
            let node = Node::Loop { condition: Vec::new(), body: [body, control.condition].concat(), endless };
            self.body.push(Stmt::new(node, span));
        } else {
            self.control = Some(control);
        }
    }

    /// A block, by the word that rules it.
    fn block(&mut self, text: &str, inner: &Reader<'_>, piped: bool) {
        let control = self.control.take();
        let word = control.as_ref().map_or_else(|| self.first(), |c| c.word.clone());
        let condition = control.as_ref().map_or_else(Vec::new, |c| c.condition.clone());
        let endless = control.as_ref().is_some_and(|c| c.endless);
        let span = inner.span();
        if word == "switch" {
            self.words.clear();
            self.body.extend(condition);
            return self
                .push(Node::Branches { words: vec![Word::literal("", span.clone())], blocks: inner.cases() }, span);
        }
        if matches!(word.as_str(), "function" | "filter" | "workflow") {
            let name = self.words.get(1).map(text_of).unwrap_or_default().to_lowercase();
            let mut body = parameters(&std::mem::take(&mut self.parameters));
            body.extend(inner.all());
            self.words.clear();
            let body = Rc::new(Stmt::new(Node::Group(body), span.clone()));
            return self.push(Node::Function { name, body }, span);
        }
        let body = inner.all();
        match (word.as_str(), control) {
            ("foreach", Some(Control { var: Some(var), values, .. })) => {
                self.body.extend(condition);
                self.push(Node::For { var: Some(var), words: values, body }, span);
            }
            ("if", Some(_)) => self.push(Node::Branches { words: Vec::new(), blocks: vec![condition, body] }, span),
            ("elseif", Some(_)) => self.otherwise(vec![condition, body], span),
            ("else", None) => {
                self.words.clear();
                self.otherwise(vec![body], span);
            }
            ("while" | "until" | "for" | "foreach", Some(_)) => {
                self.push(Node::Loop { condition, body, endless }, span);
            }
            ("do", None) => {
                self.words.clear();
                self.settle();
                self.doing = Some(body);
            }
            ("catch" | "trap", None) => {
                self.words.clear();
                self.push(Node::Branches { words: vec![Word::literal("", span.clone())], blocks: vec![body] }, span);
            }
            ("try" | "finally" | "begin" | "process" | "end" | "clean", None) => {
                self.words.clear();
                self.push(Node::Group(body), span);
            }
            ("%" | "foreach-object" | "foreach", None) => {
                self.words.clear();
                self.finish(text, '(');
                let source = self.source.take().unwrap_or_else(unknown);
                self.push(Node::For { var: Some("_".to_owned()), words: vec![source], body }, span);
                self.source = piped.then(unknown);
            }
            ("start-job" | "sajb" | "start-threadjob", None) => {
                self.words.clear();
                self.body.push(Stmt { background: true, ..Stmt::new(Node::Group(body), span) });
            }
            (_, control) => {
                self.control = control;
                self.settle();
                self.finish(text, '{');
                let kept = self.source.take();
                self.push(Node::Group(body), span);
                self.source = kept;
            }
        }
    }

    fn push(&mut self, node: Node, span: crate::ir::Span) {
        self.body.push(Stmt::new(node, span));
    }

    /// `elseif` and `else` belong to the `if` before them.
    fn otherwise(&mut self, more: Vec<Vec<Stmt>>, span: crate::ir::Span) {
        match self.body.last_mut() {
            Some(Stmt { node: Node::Branches { blocks, .. }, .. }) => blocks.extend(more),
            _ => self.push(Node::Branches { words: vec![Word::literal("", span.clone())], blocks: more }, span),
        }
    }

    /// What is left where a word of the language has no block: its brackets were read, so they are judged.
    fn settle(&mut self) {
        self.body.extend(self.control.take().into_iter().flat_map(|c| c.condition));
        self.body.extend(self.doing.take().into_iter().flatten());
    }

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
        self.words = vec![joined(&self.words)];
    }

    fn stage(&mut self) {
        let (words, redirects) = (std::mem::take(&mut self.words), std::mem::take(&mut self.redirects));
        let called = std::mem::take(&mut self.called);
        if self.stages.is_empty() && !words.is_empty() && self.source.is_none() {
            self.source = flowing(&words);
        }
        let words = match &self.source {
            Some(source) if takes_input(&words, self.stages.is_empty()) => {
                words.iter().chain([source]).cloned().collect()
            }
            _ => words,
        };
        self.stages.extend(statement(words, redirects, called));
    }

    fn finish(&mut self, text: &str, mark: char) {
        let each = self.first();
        self.stage();
        let mut done = std::mem::take(&mut self.stages);
        if done.len() > 1 {
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
