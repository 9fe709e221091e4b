//! nushell: its words, strings, variables, lists and brackets, as elements for [`nu_block`](super::nu_block).
//!
//! A list or a record is the words that stand in it: what they hold matters here, not their shape. A cell path (`$f.name`) is
//! read as the value itself, because the name of a file stands for the file.

use super::shuck::clamp;
use crate::ir::{Broken, Part, RedirectKind, Script, Stmt, VarOp, Word};

pub(super) const MAX_DEPTH: usize = 16;

/// What a command prints and complains, before the file or the bar that it goes to.
pub(super) const STREAMS: &[(&str, Option<i32>)] = &[
    ("o>", Some(1)),
    ("out>", Some(1)),
    ("e>", Some(2)),
    ("err>", Some(2)),
    ("o+e>", None),
    ("out+err>", None),
    ("e+o>", None),
    ("err+out>", None),
];

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) depth: usize,
    pub(super) broken: Option<String>,
    /// Between brackets that hold values, where a comma ends a word.
    pub(super) listed: bool,
    /// Commands of nushell get the name of the one in the table that does the same.
    pub(super) lowered: bool,
}

/// What a command is made of.
#[derive(Debug)]
pub(super) enum Element {
    Word(Word),
    /// `[a b]`, `{a: b}`, with `...` before it or not.
    List(Vec<Word>),
    /// `{|x| …}`.
    Block(Block),
    /// `o>`, `e>>`: the file follows.
    Redirect(RedirectKind, Option<i32>),
}

#[derive(Debug)]
pub(super) struct Block {
    pub(super) parameters: Vec<String>,
    pub(super) body: Vec<Stmt>,
    pub(super) span: crate::ir::Span,
}

/// Reads `text` as nushell would; with `lowered`, in the names of the table.
pub(crate) fn parse(text: &str, lowered: bool) -> Script {
    let mut reader = Reader { text, at: 0, depth: 0, broken: None, listed: false, lowered };
    let body = reader.statements(None, true);
    let broken = reader.broken.map(|reason| Broken { reason, rest: 0..text.len(), limit: false });
    Script { body, broken }
}

impl Reader<'_> {
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// The first complaint stays: what follows may only follow from it.
    pub(super) fn breaks(&mut self, reason: impl Into<String>) {
        self.broken.get_or_insert_with(|| reason.into());
    }

    /// Blanks and comments, and the ends of lines where those end nothing.
    pub(super) fn blanks(&mut self, lines: bool) {
        while let Some(c) = self.peek() {
            match c {
                '\n' if lines => break,
                '#' => while self.peek().is_some_and(|c| c != '\n') && self.bump().is_some() {},
                c if c.is_whitespace() => drop(self.bump()),
                _ => break,
            }
        }
    }

    /// Reads within brackets, unless they are nested too deep.
    pub(super) fn within<T: Default>(&mut self, listed: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            self.breaks("brackets are nested too deep");
            self.at = self.text.len();
            return T::default();
        }
        let before = std::mem::replace(&mut self.listed, listed);
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        self.listed = before;
        found
    }

    /// The next element of a command, which begins here.
    pub(super) fn element(&mut self) -> Element {
        if let Some(redirect) = self.redirect() {
            return redirect;
        }
        let spread = self.rest().starts_with("...[") || self.rest().starts_with("...{");
        self.at += if spread { 3 } else { 0 };
        match self.peek() {
            Some('[') => Element::List(self.list(']')),
            Some('{') if self.is_record() => Element::List(self.list('}')),
            Some('{') => Element::Block(self.block()),
            _ => Element::Word(self.word()),
        }
    }

    fn redirect(&mut self) -> Option<Element> {
        let &(name, fd) = STREAMS.iter().find(|(name, _)| self.rest().starts_with(name))?;
        let behind = self.rest().get(name.len()..).unwrap_or_default();
        if behind.starts_with('|') {
            return None;
        }
        let append = behind.starts_with('>');
        self.at += name.len() + usize::from(append);
        Some(Element::Redirect(if append { RedirectKind::Append } else { RedirectKind::Write }, fd))
    }

    /// Whether the brace here opens a record: nothing, or a name and a colon.
    fn is_record(&self) -> bool {
        let inner = self.rest().get(1..).unwrap_or_default().trim_start();
        let name = inner.split([':', ' ', '\n', '|', ';', '(', '{', '$']).next().unwrap_or_default();
        let quoted = ['"', '\''].into_iter().find(|quote| inner.starts_with(*quote));
        let named = match quoted.and_then(|quote| inner.get(1..)?.split_once(quote)) {
            Some((_, behind)) => behind.starts_with(':'),
            None => !name.is_empty() && inner.get(name.len()..).is_some_and(|rest| rest.starts_with(':')),
        };
        named || inner.starts_with('}') || inner.starts_with("...")
    }

    /// The words up to `end`; what is nested is taken out of its brackets.
    fn list(&mut self, end: char) -> Vec<Word> {
        self.bump();
        self.within(true, |reader| {
            let mut words = Vec::new();
            loop {
                while reader.peek().is_some_and(|c| matches!(c, ',' | ';' | ':' | '|')) && reader.bump().is_some() {}
                reader.blanks(false);
                match reader.peek() {
                    None => {
                        reader.breaks("a bracket is not closed");
                        return words;
                    }
                    Some(c) if c == end => {
                        reader.bump();
                        return words;
                    }
                    Some(',' | ';' | ':' | '|') => {}
                    Some(')' | ']' | '}') => {
                        reader.breaks("a bracket closes nothing");
                        reader.bump();
                    }
                    Some(_) => match reader.element() {
                        Element::Word(word) => words.push(word),
                        Element::List(more) => words.extend(more),
                        // A closure in a record runs when somebody asks for it.
                        Element::Block(block) => {
                            words.push(Word { parts: vec![Part::Command(block.body)], span: block.span });
                        }
                        Element::Redirect(..) => {}
                    },
                }
            }
        })
    }

    /// `{|a, b| …}`, `{ … }`.
    pub(super) fn block(&mut self) -> Block {
        let start = self.at;
        self.bump();
        self.blanks(false);
        let mut parameters = Vec::new();
        if self.eat("|") {
            let (names, _) = self.rest().split_once('|').unwrap_or((self.rest(), ""));
            parameters = names_in(names);
            self.at = (self.at + names.len() + 1).min(self.text.len());
        }
        let body = self.within(false, |reader| reader.statements(Some('}'), true));
        Block { parameters, body, span: clamp(self.text, start..self.at) }
    }

    /// One word, up to what ends a word.
    pub(super) fn word(&mut self) -> Word {
        let start = self.at;
        let mut parts = Vec::new();
        let mut bare = String::new();
        // `...$x`
        if self.rest().starts_with("...$") || self.rest().starts_with("...(") {
            self.at += 3;
        }
        // Brackets of a pattern, as in `*.{rs,toml}`.
        let mut open = 0usize;
        while let Some(c) = self.peek() {
            let closes = matches!(c, ']' | '}') && open == 0 || c == ',' && self.listed && open == 0;
            if c.is_whitespace() || matches!(c, '|' | ';' | ')') || closes {
                break;
            }
            match c {
                '{' | '[' if !bare.is_empty() => open += 1,
                '}' | ']' => open = open.saturating_sub(1),
                _ => {}
            }
            if matches!(c, '\'' | '"' | '`' | '$' | '(') {
                flush(&mut bare, &mut parts);
            }
            match c {
                '\'' | '`' => parts.push(self.verbatim(c)),
                '"' => parts.push(Part::Quoted(self.escaped())),
                'r' if bare.is_empty() && self.rest().starts_with("r#") => parts.push(self.raw()),
                '$' if self.rest().starts_with("$\"") || self.rest().starts_with("$'") => {
                    self.bump();
                    parts.push(self.interpolated());
                }
                '$' => parts.push(self.variable()),
                '(' => parts.push(self.brackets()),
                '[' if parts.is_empty() && bare.is_empty() => {
                    let words = self.list(']');
                    parts.extend(words.into_iter().flat_map(|word| word.parts));
                }
                other => {
                    self.bump();
                    bare.push(other);
                }
            }
        }
        flush(&mut bare, &mut parts);
        if self.at == start {
            // Nothing stands here that a word could be.
            self.bump();
        }
        Word { parts, span: clamp(self.text, start..self.at) }
    }

    fn variable(&mut self) -> Part {
        let start = self.at;
        self.bump();
        let path: String =
            self.rest().chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '?')).collect();
        self.at += path.len();
        let span = clamp(self.text, start..self.at);
        if path.is_empty() {
            self.breaks("nushell writes a substitution as `(…)`, without `$`");
            return Part::Quoted("$".to_owned());
        }
        let mut steps = path.split('.');
        let name = match (steps.next().unwrap_or_default(), steps.next()) {
            ("env", Some(name)) => name.trim_end_matches('?'),
            ("env", None) => return Part::Opaque(path),
            ("nu", Some("home-path" | "home-dir")) => "HOME",
            (name, _) => {
                if name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
                    self.breaks(format!("there is no variable `${name}` in nushell, it is `$env.{name}`"));
                }
                name
            }
        };
        Part::Var { name: name.to_owned(), op: VarOp::Plain, span }
    }

    /// `( … )`, and the cell path behind it.
    pub(super) fn brackets(&mut self) -> Part {
        self.bump();
        let body = self.within(false, |reader| reader.statements(Some(')'), false));
        if self.peek() == Some('.') {
            let path = self.rest().chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '?'));
            let path: String = path.collect();
            // `(…).txt` at the end of a file name is no path into a value that this could tell apart, and neither matters here.
            self.at += path.len();
        }
        Part::Command(body)
    }
}

/// The text of a bare piece, in which the backslash means itself; `...` is the directory above the one above.
fn flush(bare: &mut String, parts: &mut Vec<Part>) {
    let text = std::mem::take(bare);
    if text.is_empty() {
        return;
    }
    let ups = text.split('/').next().unwrap_or_default();
    let ups = if parts.is_empty() && ups.len() > 2 && ups.bytes().all(|b| b == b'.') { ups.len() } else { 0 };
    let above = vec![".."; ups.saturating_sub(1)].join("/");
    let text = text.get(ups..).unwrap_or_default().replace('\\', "\\\\");
    parts.push(Part::Bare(above + &text));
}

/// The names of parameters: `a, b: string, --flag (-f), ...rest`.
pub(super) fn names_in(text: &str) -> Vec<String> {
    let words = text.split([',', '\n']).filter_map(|one| one.split([':', '=', '(']).next());
    let names = words.flat_map(str::split_whitespace).map(|name| name.trim_start_matches(['-', '.', '$']));
    names.map(|name| name.trim_end_matches('?').to_owned()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read twice at each bracket, any of these would take until the end of days.
    #[test]
    fn nothing_is_read_twice() {
        for open in [
            "$(",
            "(",
            "let x = (",
            "$x = (",
            "[",
            "{",
            "{|x| ",
            "if (",
            "match (",
            "do {",
            "ls | each {|x| ",
            "$\"(",
            "{a: ",
            "for x in (",
        ] {
            for depth in [8, 24, 400] {
                let text = open.repeat(depth);
                assert!(parse(&text, true).broken.is_some(), "{text}");
                assert!(parse(&text, false).broken.is_some(), "{text}");
            }
        }
    }
}
