//! nushell: stages of a pipe as statements of the common form, in the names of the table or as they were written.
//!
//! A value is printed, a closure runs over what flows in, and a command that only looks at what flows in passes it on. What flows
//! is known where it is a list, a pattern or a directory; else it is what the stages before print.

use super::nu::{Block, Element};
use super::nu_block::literal;
use super::nu_names::{self, NUSHELL};
use crate::ir::{Assign, Node, Part, Redirect, Span, Stmt, VarOp, Word};

/// One stage of a pipe.
pub(super) enum Stage {
    Node(Stmt),
    Command { elements: Vec<Element>, redirects: Vec<Redirect>, span: Span },
}

/// Whether the word is a value where a command could stand.
pub(super) fn is_value(word: &Word) -> bool {
    match word.parts.first() {
        Some(Part::Bare(text)) => {
            word.parts.len() == 1 && (is_number(text) || matches!(text.as_str(), "true" | "false" | "null" | "not"))
        }
        _ => true,
    }
}

/// `5`, `10mb`, `1..9`, `2026-01-31`, `3day`.
fn is_number(text: &str) -> bool {
    const UNITS: &[&str] = &[
        "", "b", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib", "ns", "us", "ms", "sec", "min", "hr", "day", "wk",
    ];
    let behind = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_' | '<' | ':'));
    text.starts_with(|c: char| c.is_ascii_digit()) && UNITS.iter().any(|unit| behind.eq_ignore_ascii_case(unit))
}

/// Whether `<` and `>` compare in the arguments of this command.
pub(super) fn compares(name: &str) -> bool {
    matches!(name, "where" | "filter" | "return")
}

/// `1..9` as the braces of other shells.
pub(super) fn ranged(word: Word) -> Word {
    let [Part::Bare(text)] = word.parts.as_slice() else { return word };
    let ends = text.replace("..<", "..").replace("..=", "..");
    let range =
        ends.split_once("..").is_some_and(|(from, to)| from.parse::<i64>().is_ok() && to.parse::<i64>().is_ok());
    let part = if range { Part::Bare(format!("{{{ends}}}")) } else { Part::Bare(text.clone()) };
    Word { parts: vec![part], span: word.span }
}

/// What a word gives to a loop: `(ls /)` the files of the directory.
pub(super) fn given(word: Word) -> Vec<Word> {
    if let [Part::Command(body)] = word.parts.as_slice()
        && let [Stmt { node: Node::Simple { words, .. }, .. }] = body.as_slice()
        && words.first().is_some_and(|name| text_of(name) == "ls")
    {
        return nu_names::listed(words);
    }
    vec![ranged(word)]
}

/// The parameters of a function have the values of its arguments.
pub(super) fn arguments(names: &[String]) -> Vec<Stmt> {
    let assigns = names.iter().take(9).enumerate().map(|(at, name)| {
        let name_of_value = if names.len() == 1 { "@".to_owned() } else { (at + 1).to_string() };
        let part = Part::Var { name: name_of_value, op: VarOp::Plain, span: 0..0 };
        Assign { name: name.clone(), values: vec![Word { parts: vec![part], span: 0..0 }], append: false }
    });
    let assigns: Vec<Assign> = assigns.collect();
    if assigns.is_empty() { Vec::new() } else { vec![Stmt::new(Node::Simple { assigns, words: Vec::new() }, 0..0)] }
}

/// What the stages give to a variable: a value is that itself, else what a command prints.
pub(super) fn value(mut stages: Vec<Stage>, text: &str, span: Span, lowered: bool) -> Vec<Word> {
    if let [Stage::Command { elements, .. }] = stages.as_mut_slice()
        && let [only] = elements.as_slice()
        && !matches!(only, Element::Word(word) if !is_value(word))
    {
        return match elements.pop() {
            Some(Element::Word(word)) => vec![word],
            Some(Element::List(words)) => words,
            Some(Element::Block(block)) => vec![Word { parts: vec![Part::Command(block.body)], span: block.span }],
            Some(Element::Redirect(..)) | None => Vec::new(),
        };
    }
    let body: Vec<Stmt> = pipeline(stages, text, span.clone(), lowered).into_iter().collect();
    vec![Word { parts: vec![Part::Command(body)], span }]
}

/// The stages as one statement.
pub(super) fn pipeline(stages: Vec<Stage>, text: &str, span: Span, lowered: bool) -> Option<Stmt> {
    let mut flow = Flow { text, lowered, out: Vec::new(), source: None };
    for stage in stages {
        flow.stage(stage);
    }
    let mut out = flow.out;
    if out.len() > 1 { Some(Stmt::new(Node::Pipe(out), span)) } else { out.pop() }
}

/// A pipe that is being put together.
struct Flow<'a> {
    text: &'a str,
    lowered: bool,
    out: Vec<Stmt>,
    /// What the last stage gives, where that is known as words.
    source: Option<Vec<Word>>,
}

/// A command of nushell before it has a name of the table.
struct Call {
    words: Vec<Word>,
    blocks: Vec<Block>,
    redirects: Vec<Redirect>,
    span: Span,
}

impl Flow<'_> {
    fn stage(&mut self, stage: Stage) {
        let (elements, redirects, span) = match stage {
            Stage::Node(stmt) => {
                self.source = None;
                return self.out.push(stmt);
            }
            Stage::Command { elements, redirects, span } => (elements, redirects, span),
        };
        let value = match elements.first() {
            Some(Element::Word(word)) => is_value(word),
            Some(_) => true,
            None => false,
        };
        let lists = elements.len() == 1 && matches!(elements.first(), Some(Element::List(_)));
        let mut call = Call { words: Vec::new(), blocks: Vec::new(), redirects, span };
        for element in elements {
            match element {
                Element::Word(word) => call.words.push(word),
                Element::List(words) => call.words.extend(words),
                Element::Block(block) => call.blocks.push(block),
                Element::Redirect(..) => {}
            }
        }
        // `$in` is what flows in.
        let takes = !self.out.is_empty() && self.text.get(call.span.clone()).is_some_and(|text| text.contains("$in"));
        let over = (self.lowered && takes && call.blocks.is_empty()).then(|| self.values());
        let from = self.out.len();
        if !self.lowered {
            self.written(call, value);
        } else if value {
            self.value(call, lists);
        } else {
            self.command(call);
        }
        if let Some(words) = over {
            let body: Vec<Stmt> = self.out.drain(from.min(self.out.len())..).collect();
            let span = body.first().map_or(0..0, |stmt| stmt.span.clone());
            self.push(Node::For { var: Some("in".to_owned()), words, body }, span);
        }
    }

    fn push(&mut self, node: Node, span: Span) {
        self.out.push(Stmt::new(node, span));
    }

    /// What flows out of the stages so far; where it is not known, they are taken as what prints it.
    fn values(&mut self) -> Vec<Word> {
        self.source.take().unwrap_or_else(|| {
            let body = std::mem::take(&mut self.out);
            let span = body.first().map_or(0, |s| s.span.start)..body.last().map_or(0, |s| s.span.end);
            let body = if body.len() > 1 { vec![Stmt::new(Node::Pipe(body), span.clone())] } else { body };
            vec![Word { parts: vec![Part::Command(body)], span }]
        })
    }

    /// The stage as it stands in the text, for who reads words.
    fn written(&mut self, call: Call, value: bool) {
        let Call { words, blocks, redirects, span } = call;
        let node = if value {
            Node::Test(words)
        } else {
            Node::Simple { assigns: Vec::new(), words: words.into_iter().map(external).collect() }
        };
        let bodies = blocks.into_iter().map(|block| Stmt::new(Node::Group(block.body), block.span));
        let first = Stmt { node, redirects, background: false, span: span.clone() };
        let group: Vec<Stmt> = std::iter::once(first).chain(bodies).collect();
        if group.len() > 1 { self.push(Node::Group(group), span) } else { self.out.extend(group) }
    }

    /// A value flows on as it is.
    fn value(&mut self, call: Call, lists: bool) {
        let Call { words, blocks, redirects, span } = call;
        self.source = match words.as_slice() {
            _ if lists => Some(words.clone()),
            [one] => Some(vec![ranged(one.clone())]),
            _ => None,
        };
        // A closure alone is a value too, which nobody has called.
        let printed = std::iter::once(Word::literal("echo", span.clone())).chain(words).collect();
        let stmt =
            Stmt { node: Node::Simple { assigns: Vec::new(), words: printed }, redirects, background: false, span };
        self.out.push(stmt);
        self.out.extend(blocks.into_iter().map(|block| Stmt::new(Node::Group(block.body), block.span)));
    }

    fn command(&mut self, call: Call) {
        let Call { mut words, blocks, redirects, span } = call;
        let forced = words.first().is_some_and(is_external);
        words = words.into_iter().map(external).collect();
        let assigns = leading(&mut words);
        let name = |at: usize| words.get(at).map(text_of).unwrap_or_default();
        let (first, second) = (name(0), name(1));
        let own = !forced && NUSHELL.contains(&first.as_str());
        if !own {
            self.source = None;
            let simple = Node::Simple { assigns, words };
            self.out.push(Stmt { node: simple, redirects, background: false, span });
            self.out.extend(blocks.into_iter().map(|block| Stmt::new(Node::Group(block.body), block.span)));
            return;
        }
        if !blocks.is_empty() {
            return self.closures(&first, &second, &words, blocks, span);
        }
        let known = self.source.take();
        let piped = !self.out.is_empty();
        self.source = match (first.as_str(), second.as_str()) {
            ("ls" | "glob", _) => Some(nu_names::listed(&words)),
            ("path", "join") => {
                let joined = known.as_deref().and_then(|known| nu_names::joined(known, words.get(2..)?));
                if let Some(word) = &joined {
                    self.out.pop();
                    let words = vec![Word::literal("echo", span.clone()), word.clone()];
                    self.push(Node::Simple { assigns: Vec::new(), words }, span.clone());
                }
                let done = joined.is_some();
                self.source = joined.map(|word| vec![word]);
                if done {
                    return;
                }
                None
            }
            // What they let through is some of what flowed in.
            (
                "where" | "filter" | "get" | "first" | "last" | "sort-by" | "sort" | "uniq" | "reverse" | "skip"
                | "take" | "select" | "find" | "flatten" | "compact",
                _,
            ) => known,
            _ => None,
        };
        let words = nu_names::lowered(&first, &second, words, piped);
        // What is no longer among the words is still computed.
        self.out.push(Stmt {
            node: Node::Simple { assigns, words: words.kept },
            redirects,
            background: false,
            span: span.clone(),
        });
        if !words.dropped.is_empty()
            && let Some(last) = self.out.pop()
        {
            let computed = Stmt::new(Node::Test(words.dropped), span.clone());
            self.push(Node::Group(vec![computed, last]), span);
        }
    }

    /// A command that is given closures.
    fn closures(&mut self, first: &str, second: &str, words: &[Word], blocks: Vec<Block>, span: Span) {
        let bodies = |blocks: Vec<Block>| blocks.into_iter().flat_map(|block| block.body).collect::<Vec<Stmt>>();
        match (first, second) {
            ("job", "spawn") => {
                let group = Stmt { background: true, ..Stmt::new(Node::Group(bodies(blocks)), span) };
                self.out.push(group);
            }
            ("with-env", _) => {
                let assign = nu_names::environment(words.get(1..).unwrap_or_default());
                let set = Stmt::new(Node::Simple { assigns: assign, words: Vec::new() }, span.clone());
                let body = std::iter::once(set).chain(bodies(blocks)).collect();
                self.push(Node::Subshell(body), span);
            }
            ("do" | "timeit" | "try", _) => self.push(Node::Group(bodies(blocks)), span),
            ("watch", _) => self.push(Node::Loop { condition: Vec::new(), body: bodies(blocks), endless: false }, span),
            _ => {
                let passes =
                    matches!(first, "where" | "filter" | "sort-by" | "tee").then(|| self.source.clone()).flatten();
                // What flows in goes to the first of them, lest it be judged again for each.
                let unknown = || vec![Word { parts: vec![Part::Opaque(String::new())], span: span.clone() }];
                let values = std::iter::once(self.values()).chain(std::iter::repeat_with(unknown));
                let mut loops: Vec<Stmt> =
                    blocks.into_iter().zip(values).map(|(block, values)| block.over(values)).collect();
                let computed: Vec<Word> = words.iter().filter(|word| nu_names::is_computed(word)).cloned().collect();
                if !computed.is_empty() {
                    loops.insert(0, Stmt::new(Node::Test(computed), span.clone()));
                }
                if loops.len() > 1 {
                    self.push(Node::Group(loops), span);
                } else {
                    self.out.extend(loops);
                }
                self.source = passes;
                return;
            }
        }
        self.source = None;
    }
}

/// `FOO=bar` before a command.
fn leading(words: &mut Vec<Word>) -> Vec<Assign> {
    let assign = |word: &Word| {
        let (Part::Bare(text), more) = word.parts.split_first()? else { return None };
        let (name, value) = text.split_once('=')?;
        let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let parts = std::iter::once(Part::Bare(value.to_owned())).chain(more.iter().cloned()).collect();
        let values = vec![Word { parts, span: word.span.clone() }];
        named.then(|| Assign { name: name.to_owned(), values, append: false })
    };
    let but_last = words.len().saturating_sub(1);
    let assigns: Vec<Assign> = words.iter().take(but_last).map_while(assign).collect();
    drop(words.drain(..assigns.len()));
    assigns
}

fn is_external(word: &Word) -> bool {
    matches!(word.parts.first(), Some(Part::Bare(text)) if text.starts_with('^'))
}

/// Without the mark of a program that nushell is not to answer itself. A tilde is followed where quotes stand, too.
fn external(mut word: Word) -> Word {
    if let Some(Part::Bare(text)) = word.parts.first_mut()
        && let Some(rest) = text.strip_prefix('^')
    {
        *text = rest.to_owned();
    } else if let Some(Part::Quoted(text)) = word.parts.first_mut()
        && (text == "~" || text.starts_with("~/"))
    {
        let rest = text.split_off(1);
        *word.parts.get_mut(0).unwrap_or(&mut Part::Opaque(String::new())) = Part::Bare("~".to_owned());
        word.parts.insert(1, Part::Quoted(rest));
    }
    word
}

pub(super) fn text_of(word: &Word) -> String {
    word.parts.iter().map(literal).collect()
}

#[cfg(test)]
mod tests {
    use super::super::nu_names::KEPT;
    use super::*;

    #[test]
    fn numbers_are_values_and_programs_are_not() {
        let bare = |text: &str| Word { parts: vec![Part::Bare(text.to_owned())], span: 0..0 };
        for value in ["5", "1.5", "10mb", "3day", "1..9", "2026-01-31", "true", "null"] {
            assert!(is_value(&bare(value)), "{value}");
        }
        for program in ["7z", "2to3", "ls", "^5", "a5", "truely"] {
            assert!(!is_value(&bare(program)), "{program}");
        }
    }

    #[test]
    fn what_is_kept_is_of_nushell() {
        assert!(KEPT.iter().all(|name| NUSHELL.contains(name)));
    }
}
