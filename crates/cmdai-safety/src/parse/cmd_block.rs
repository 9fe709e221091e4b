//! cmd.exe: statements, pipes and blocks, out of the words of [`cmd`](super::cmd).
//!
//! `( … )`, `if` and `for` become nodes of the common form, `goto` to a label further up a loop, and a script that starts itself a
//! function that calls itself. What is nested deeper than a person writes is read flat.

use super::cmd::{Chars, assignment, loop_letters, text_of, translate, word};
use super::shuck::clamp;
use crate::ir::{Node, Part, Redirect, RedirectKind, Script, Span, Stmt, Word};
use std::rc::Rc;

const MAX_DEPTH: usize = 24;
/// The name under which a script calls itself.
const ITSELF: &str = "%0";

struct Reader<'a> {
    text: &'a str,
    chars: Chars<'a>,
    /// Variables of the loops in this text.
    letters: String,
    depth: usize,
    starts_itself: bool,
}

/// Reads `text` as cmd.exe would.
pub(crate) fn parse(text: &str) -> Script {
    read(text, 0)
}

fn read(text: &str, depth: usize) -> Script {
    let letters = loop_letters(text);
    let mut reader = Reader { text, chars: text.char_indices().peekable(), letters, depth, starts_itself: false };
    let body = reader.statements(false);
    if !reader.starts_itself {
        return Script { body, broken: None };
    }
    let whole = 0..text.len();
    let body = Rc::new(Stmt::new(Node::Group(body), whole.clone()));
    let script = Stmt::new(Node::Function { name: ITSELF.to_owned(), body }, whole.clone());
    let words = vec![Word::literal(ITSELF, whole.clone())];
    Script { body: vec![script, Stmt::new(Node::Simple { assigns: Vec::new(), words }, whole)], broken: None }
}

impl Reader<'_> {
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    /// Statements up to the end of the text or of the block.
    fn statements(&mut self, block: bool) -> Vec<Stmt> {
        let mut body: Vec<Stmt> = Vec::new();
        let mut labels: Vec<(String, usize)> = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                ')' => {
                    self.chars.next();
                    if block {
                        break;
                    }
                }
                c if c.is_whitespace() || matches!(c, '&' | '|' | '@' | ',' | ';') => {
                    self.chars.next();
                }
                ':' => {
                    let label = self.line().trim_start_matches(':').trim().to_lowercase();
                    labels.push((label, body.len()));
                }
                _ => {
                    let stmt = self.pipeline();
                    let goal = stmt.as_ref().and_then(goes_to);
                    let back = labels.iter().rev().find(|(label, _)| goal.as_deref() == Some(label.as_str()));
                    match back.map(|(_, at)| *at) {
                        Some(at) => {
                            let round = body.split_off(at.min(body.len()));
                            let span = stmt.map_or(0..0, |s| s.span);
                            body.push(Stmt::new(
                                Node::Loop { condition: Vec::new(), body: round, endless: true },
                                span,
                            ));
                            labels.retain(|(_, other)| *other <= at);
                        }
                        None if goal.is_some() => {}
                        None => body.extend(stmt),
                    }
                }
            }
        }
        body
    }

    /// The rest of the line.
    fn line(&mut self) -> String {
        std::iter::from_fn(|| self.chars.next_if(|(_, c)| *c != '\n')).map(|(_, c)| c).collect()
    }

    fn pipeline(&mut self) -> Option<Stmt> {
        let start = self.at();
        let mut stages: Vec<Stmt> = self.command().into_iter().collect();
        loop {
            self.blanks();
            let mut ahead = self.chars.clone();
            ahead.next();
            let pipe = self.peek() == Some('|') && ahead.peek().is_none_or(|(_, c)| *c != '|');
            if !pipe {
                break;
            }
            self.chars.next();
            self.blanks();
            stages.extend(self.command());
        }
        let span = clamp(self.text, start..self.at());
        if stages.len() > 1 { Some(Stmt::new(Node::Pipe(stages), span)) } else { stages.pop() }
    }

    fn blanks(&mut self) {
        while self.chars.next_if(|(_, c)| *c != '\n' && c.is_whitespace() || matches!(c, ',' | ';' | '@')).is_some() {}
    }

    /// The next word of the command at hand, or nothing where it ends.
    fn word(&mut self) -> Option<Word> {
        self.blanks();
        let at = self.at();
        let ends = self.peek().is_none_or(|c| matches!(c, '&' | '|' | '\n' | '(' | ')' | '<' | '>'));
        (!ends).then(|| word(self.text, at, &mut self.chars, &self.letters))
    }

    fn command(&mut self) -> Option<Stmt> {
        self.blanks();
        if self.depth >= MAX_DEPTH {
            return self.simple(Vec::new());
        }
        self.depth += 1;
        let stmt = self.compound();
        self.depth -= 1;
        stmt
    }

    fn compound(&mut self) -> Option<Stmt> {
        let start = self.at();
        if self.peek() == Some('(') {
            self.chars.next();
            let body = self.statements(true);
            let span = clamp(self.text, start..self.at());
            let mut stmt = Stmt::new(Node::Group(body), span);
            stmt.redirects = self.redirects();
            return Some(stmt);
        }
        let first = self.word();
        match first.as_ref().map(|w| text_of(w).to_lowercase()).unwrap_or_default().as_str() {
            "if" => Some(self.branches(start)),
            "for" => Some(self.repeated(start)),
            "rem" => {
                self.line();
                None
            }
            "do" | "else" => self.command(),
            _ => self.simple(first.into_iter().collect()),
        }
    }

    /// The command behind a condition or a loop; where it goes to is not followed, because it may not go there.
    fn held(&mut self) -> Vec<Stmt> {
        self.command().into_iter().filter(|stmt| goes_to(stmt).is_none()).collect()
    }

    /// `if [/i] [not] CONDITION COMMAND [else COMMAND]`.
    fn branches(&mut self, start: usize) -> Stmt {
        let mut first = self.word();
        while first.as_ref().is_some_and(|w| matches!(text_of(w).to_lowercase().as_str(), "/i" | "not")) {
            first = self.word();
        }
        let text = first.as_ref().map(text_of).unwrap_or_default().to_lowercase();
        if matches!(text.as_str(), "exist" | "defined" | "errorlevel" | "cmdextversion") {
            self.word();
        } else if !text.contains("==") || text.ends_with("==") {
            let operator = if text.ends_with("==") { None } else { self.word() };
            let whole = operator.as_ref().map(text_of).is_some_and(|t| t.starts_with("==") && t.len() > 2);
            if !whole {
                self.word();
            }
        }
        let then = self.held();
        let mut blocks = vec![Vec::new(), then];
        self.blanks();
        let rest = self.text.get(self.at()..).unwrap_or_default();
        if rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("else")) {
            self.word();
            blocks.push(self.held());
        }
        let span = clamp(self.text, start..self.at());
        Stmt::new(Node::Branches { words: Vec::new(), blocks }, span)
    }

    /// `for [/x] %i in (SET) do COMMAND`.
    fn repeated(&mut self, start: usize) -> Stmt {
        let (mut var, mut option) = (None, String::new());
        while let Some(word) = self.word() {
            let text = text_of(&word).to_lowercase();
            if text == "in" {
                break;
            }
            if text.starts_with('/') && option.is_empty() {
                option = text;
            } else if let [.., Part::Var { name, .. }] = word.parts.as_slice() {
                var = Some(name.clone());
            }
        }
        self.blanks();
        let from = self.at();
        let mut words = Vec::new();
        let mut raw = "";
        if self.chars.next_if(|(_, c)| *c == '(').is_some() {
            let close = closing(self.text, from + 1);
            raw = self.text.get(from + 1..close).unwrap_or_default().trim();
            while self.at() < close {
                match self.word() {
                    Some(word) => words.push(word),
                    None => {
                        self.chars.next();
                    }
                }
            }
            self.chars.next_if(|(_, c)| *c == ')');
        }
        let body = self.held();
        let span = clamp(self.text, start..self.at());
        let numbers: Vec<i64> = raw.split([',', ';', ' ']).filter_map(|n| n.trim().parse().ok()).collect();
        let values = match option.as_str() {
            "/l" if numbers.get(1) == Some(&0) => {
                return Stmt::new(Node::Loop { condition: Vec::new(), body, endless: true }, span);
            }
            "/l" => counted(&numbers, from..from),
            "/f" => vec![printed(raw, from..from, self.depth)],
            _ => words,
        };
        Stmt::new(Node::For { var, words: values, body }, span)
    }

    /// A command that is no block, with the words of it that were read.
    fn simple(&mut self, mut words: Vec<Word>) -> Option<Stmt> {
        let start = words.first().map_or_else(|| self.at(), |w| w.span.start);
        let mut redirects = Vec::new();
        loop {
            redirects.extend(self.redirects());
            match self.word() {
                Some(word) => words.push(word),
                // A bracket within a command is a letter of it.
                None if self.peek() == Some('(') && !words.is_empty() => {
                    self.chars.next();
                }
                None => break,
            }
        }
        let span = clamp(self.text, start..self.at().max(start));
        if words.is_empty() && redirects.is_empty() {
            // Nothing can begin here.
            self.chars.next_if(|(_, c)| matches!(c, '(' | '<' | '>'));
            return None;
        }
        let first = words.first().map(text_of).unwrap_or_default().to_lowercase();
        if first == "goto" {
            return Some(Stmt::new(Node::Simple { assigns: Vec::new(), words }, span));
        }
        let background = first == "start";
        let node = match assignment(&words) {
            Some(assign) => Node::Simple { assigns: vec![assign], words: Vec::new() },
            None => Node::Simple { assigns: Vec::new(), words: self.itself(translate(words)) },
        };
        Some(Stmt { node, redirects, background, span })
    }

    /// `%0`, `"%~f0"`: the script at hand.
    fn itself(&mut self, words: Vec<Word>) -> Vec<Word> {
        let Some(first) = words.first() else { return words };
        let name = text_of(first);
        let inner = name
            .strip_prefix('%')
            .map(|n| n.trim_start_matches('~').trim_start_matches(['f', 'd', 'p', 'n', 'x', 's']));
        if inner != Some("0") {
            return words;
        }
        self.starts_itself = true;
        vec![Word::literal(ITSELF, first.span.clone())]
    }

    fn redirects(&mut self) -> Vec<Redirect> {
        let mut found = Vec::new();
        loop {
            self.blanks();
            let Some(c @ ('<' | '>')) = self.peek() else { return found };
            self.chars.next();
            let append = self.chars.next_if(|(_, n)| *n == '>').is_some();
            let dup = self.chars.next_if(|(_, n)| *n == '&').is_some();
            let kind = match (c, append) {
                _ if dup => RedirectKind::Dup,
                ('<', _) => RedirectKind::Read,
                (_, true) => RedirectKind::Append,
                _ => RedirectKind::Write,
            };
            if let Some(target) = self.word() {
                found.push(Redirect { kind, fd: None, span: target.span.clone(), target });
            }
        }
    }
}

/// The label that a statement goes to.
fn goes_to(stmt: &Stmt) -> Option<String> {
    let Node::Simple { words, .. } = &stmt.node else { return None };
    let named = words.first().is_some_and(|w| text_of(w).eq_ignore_ascii_case("goto"));
    named.then(|| words.get(1).map(text_of).unwrap_or_default().trim_start_matches(':').to_lowercase())
}

/// Where the set of a loop ends: quotes hide brackets.
fn closing(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let mut quote = None;
    for (at, c) in rest.char_indices() {
        match (c, quote) {
            ('"' | '\'' | '`', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (')' | '\n', None) => return from + at,
            _ => {}
        }
    }
    rest.find(')').map_or(text.len(), |at| from + at)
}

/// `(1,1,9)`, as the braces of other shells.
fn counted(numbers: &[i64], span: Span) -> Vec<Word> {
    let text = match numbers {
        [from, _, to] => format!("{{{from}..{to}}}"),
        _ => return vec![Word { parts: vec![Part::Opaque(String::new())], span }],
    };
    vec![Word { parts: vec![Part::Bare(text)], span }]
}

/// What `for /f` reads: what a command prints, or lines of a file that are not known.
fn printed(raw: &str, span: Span, depth: usize) -> Word {
    let command = raw.strip_prefix('\'').and_then(|r| r.strip_suffix('\'')).filter(|_| depth < MAX_DEPTH);
    let part = command.map_or_else(|| Part::Opaque(String::new()), |c| Part::Command(read(c, depth + 1).body));
    Word { parts: vec![part], span }
}
