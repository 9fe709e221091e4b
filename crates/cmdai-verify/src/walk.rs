//! The words of one command, told apart: options with their values, and operands.
//!
//! Between the parser and the checks, by the habits of the program. Where a word is not known the walk assumes what accuses
//! least: a variable may be any number of operands, an option without a known shape takes no value away.

use crate::program::{Habit, Kind, Opt, Program, Takes};
use cmdai_safety::argv::{Form, Simple, Word};
use std::ops::Range;

/// An option as it was given.
#[derive(Debug, Clone)]
pub(crate) struct Given<'a> {
    /// `-n`, `--depth`: without a value.
    pub(crate) name: String,
    /// What is known of it; nothing if the program has no such option.
    pub(crate) opt: Option<&'a Opt>,
    pub(crate) value: Value,
    /// Of the word it stands in.
    pub(crate) span: Range<usize>,
    /// The whole word, if the option is only a letter of it.
    pub(crate) within: Option<String>,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    None,
    /// Attached, or index of the word.
    Is(String, Range<usize>),
    /// There is one, and it is not known.
    Unknown,
    /// The option wants one and the command ends.
    Missing,
}

/// All of a command.
#[derive(Debug, Default)]
pub(crate) struct Walked<'a> {
    pub(crate) given: Vec<Given<'a>>,
    /// Indices of words.
    pub(crate) operands: Vec<usize>,
    /// Operands behind the first option of a program whose operands come first.
    pub(crate) strays: Vec<usize>,
    /// Words may turn into several or none, so operands cannot be counted.
    pub(crate) uncertain: bool,
}

/// Takes the words of `simple` from `start` on apart, as `program` would; with `lead` options end at the first operand.
pub(crate) fn walk<'a>(simple: &Simple, start: usize, program: &'a Program, lead: bool) -> Walked<'a> {
    let lead = lead || program.has(Habit::Lead);
    let mut walker = Walker { simple, program, at: start, start, lead, out: Walked::default() };
    while walker.step() {}
    walker.out
}

struct Walker<'s, 'a> {
    simple: &'s Simple,
    program: &'a Program,
    at: usize,
    start: usize,
    lead: bool,
    out: Walked<'a>,
}

impl<'a> Walker<'_, 'a> {
    fn step(&mut self) -> bool {
        if let Some(inner) = self.simple.inner.iter().find(|inner| inner.contains(&self.at)) {
            self.at = inner.end;
            return true;
        }
        let simple = self.simple;
        let Some(word) = simple.words.get(self.at) else { return false };
        self.at += 1;
        let has = |habit| self.program.has(habit);
        let text = word.text.as_str();
        let first = self.at == self.start + 1;
        if word.form == Form::Start && text.is_empty() {
            self.out.uncertain = true;
            return true;
        }
        if text == "--" && !has(Habit::Words) {
            self.out.operands.extend(self.at..simple.words.len());
            self.out.uncertain |= self.rest_is_uncertain();
            return false;
        }
        if text.starts_with("--") && text.len() > 2 {
            self.long(word);
        } else if text.starts_with('-') && text.len() > 1 {
            self.short(word);
        } else if has(Habit::Plus) && text.starts_with('+') && self.program.option(text).is_none() {
        } else if text.starts_with('+') && self.program.options.iter().any(|o| o.names.iter().any(|n| n == text)) {
            self.short(word);
        } else if first && has(Habit::Old) && !word.quoted && self.old(word) {
        } else {
            return self.operand(word);
        }
        true
    }

    fn rest_is_uncertain(&self) -> bool {
        self.simple.words.iter().skip(self.at).any(|w| w.form != Form::Exact)
    }

    fn operand(&mut self, word: &Word) -> bool {
        self.out.uncertain |= word.form != Form::Exact;
        let expression = self.program.has(Habit::Paths);
        if expression && matches!(word.text.as_str(), "(" | ")" | "!" | "," | "{}" | ";" | "+") {
            return true;
        }
        // `-depth 1`, of BSD alone.
        let depth = self.out.given.last().is_some_and(|g| g.name == "-depth") && self.program.option("-Bmin").is_some();
        if expression && depth && word.text.bytes().all(|b| b.is_ascii_digit()) {
            return true;
        }
        if expression
            && self.out.given.iter().any(|g| !matches!(g.name.as_str(), "-H" | "-L" | "-P" | "-E" | "-X" | "-s" | "-x"))
        {
            self.out.strays.push(self.at - 1);
            return true;
        }
        self.out.operands.push(self.at - 1);
        if self.lead {
            self.out.operands.extend(self.at..self.simple.words.len());
            self.out.uncertain |= self.rest_is_uncertain();
            return false;
        }
        true
    }

    fn give(&mut self, name: &str, opt: Option<&'a Opt>, value: Value, word: &Word) {
        self.out.given.push(Given { name: name.to_owned(), opt, value, span: word.span.clone(), within: None });
    }

    fn long(&mut self, word: &Word) {
        let (name, attached) = match word.text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.text.as_str(), None),
        };
        // `--$x` and `--na$x` can be any of them.
        if attached.is_none() && word.form == Form::Start {
            return;
        }
        let opt = self.program.option(name).or_else(|| self.program.abbreviated(name)).or_else(|| self.negated(name));
        let value = match (attached, opt) {
            (Some(_), _) if word.form != Form::Exact => Value::Unknown,
            (Some(value), _) => Value::Is(value.to_owned(), word.span.clone()),
            (None, Some(opt)) if opt.takes == Takes::Required => self.next(&opt.kind),
            _ => Value::None,
        };
        self.give(name, opt, value, word);
    }

    /// git, curl and others turn options off with `--no-`.
    fn negated(&self, name: &str) -> Option<&'a Opt> {
        let base = name.strip_prefix("--no-")?;
        let family = self.program.name.split(' ').next().unwrap_or_default();
        if !matches!(family, "git" | "curl" | "rsync" | "apt-get" | "apt") {
            return None;
        }
        self.program.option(&format!("--{base}"))
    }

    /// The value in the next word.
    fn next(&mut self, kind: &Kind) -> Value {
        if *kind == Kind::Exec {
            return if self.simple.inner.iter().any(|inner| inner.start == self.at) {
                Value::Unknown
            } else {
                Value::Missing
            };
        }
        let Some(word) = self.simple.words.get(self.at) else {
            return if self.simple.more { Value::Unknown } else { Value::Missing };
        };
        self.at += 1;
        match kind {
            Kind::Rest => self.at = self.simple.words.len(),
            Kind::Pair => self.at += 1,
            _ => {}
        }
        if let Some(text) = word.exact() {
            return Value::Is(text.to_owned(), word.span.clone());
        }
        // A glob where one value is wanted may become several.
        self.out.uncertain |= word.form == Form::Pattern;
        Value::Unknown
    }

    fn short(&mut self, word: &Word) {
        let text = word.text.as_str();
        let body = text.get(1..).unwrap_or_default();
        let has = |habit| self.program.has(habit);
        let digits = body.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if has(Habit::Digits) && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return;
        }
        if digits == body && self.is_value_of_the_last(word) {
            return;
        }
        let signal = body.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'+');
        if has(Habit::Signal) && signal && (body.len() > 1 || body.bytes().all(|b| b.is_ascii_digit())) {
            return;
        }
        if has(Habit::Mode) && body.chars().all(|c| "rwxXstugo,=+-".contains(c)) {
            self.out.operands.push(self.at - 1);
            return;
        }
        if let Some(opt) = self.program.option(text).or_else(|| self.special(text)) {
            let value = if word.form == Form::Start { Value::Unknown } else { self.value_of(opt) };
            self.give(text, Some(opt), value, word);
            return;
        }
        if has(Habit::Words) {
            if let Some((name, value)) = text.split_once('=')
                && !has(Habit::Paths)
                && let Some(opt) = self.program.option(name)
            {
                return self.give(name, Some(opt), Value::Is(value.to_owned(), word.span.clone()), word);
            }
            if word.form == Form::Start {
                return;
            }
            if !has(Habit::Cluster) {
                return self.give(text, None, Value::None, word);
            }
        }
        self.cluster(word);
    }

    /// `-1` behind `-b` of `journalctl`: an option may take a value or none, and there is none such.
    fn is_value_of_the_last(&mut self, word: &Word) -> bool {
        let Some(last) = self.out.given.last_mut() else { return false };
        let open = last.value == Value::None && last.opt.is_some_and(|opt| opt.takes == Takes::Optional);
        let next = self.at >= 2 && self.simple.words.get(self.at - 2).is_some_and(|before| before.span == last.span);
        if !open || !next || self.program.option(&word.text).is_some() {
            return false;
        }
        last.value = Value::Is(word.text.clone(), word.span.clone());
        true
    }

    fn value_of(&mut self, opt: &Opt) -> Value {
        if opt.takes == Takes::Required { self.next(&opt.kind) } else { Value::None }
    }

    /// `-newermt`, `-O3`.
    fn special(&self, text: &str) -> Option<&'a Opt> {
        let rest = text.strip_prefix("-newer")?;
        let letters =
            rest.len() == 2 && rest.starts_with(['a', 'B', 'c', 'm']) && rest.ends_with(['a', 'B', 'c', 'm', 't']);
        if letters { self.program.option("-newerXY") } else { None }
    }

    /// `-rf`, `-n5`, `-ofile`.
    fn cluster(&mut self, word: &Word) {
        let text = word.text.as_str();
        for (index, letter) in text.char_indices().skip(1) {
            let name = format!("-{letter}");
            let rest = text.get(index + letter.len_utf8()..).unwrap_or_default();
            let opt = self.program.option(&name);
            let within = (text.len() > 2).then(|| text.to_owned());
            let Some(opt) = opt else {
                // A word that was meant as one option is complained of as one.
                let meant = index == 1 && text.len() > 2 || text.len() > 4;
                let name = if meant { text.to_owned() } else { name };
                self.give(&name, None, Value::None, word);
                if let Some(last) = self.out.given.last_mut() {
                    last.within = within.filter(|w| *w != last.name);
                }
                return;
            };
            let value = match opt.takes {
                Takes::No => Value::None,
                Takes::Unknown | Takes::Optional if rest.is_empty() => Value::None,
                _ if word.form != Form::Exact => Value::Unknown,
                _ if !rest.is_empty() => Value::Is(rest.to_owned(), word.span.clone()),
                _ => self.next(&opt.kind),
            };
            let ends = opt.takes != Takes::No;
            self.give(&name, Some(opt), value, word);
            if ends {
                return;
            }
        }
    }

    /// `tar xzf a.tgz`, `ps aux`: letters without a dash, whose values follow in order.
    fn old(&mut self, word: &Word) -> bool {
        if self.program.name == "ps" {
            let letters = word.text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b',');
            for letter in word.text.chars().filter(|_| letters) {
                let name = letter.to_string();
                // What its page does not describe is not accused.
                if let Some(opt) = self.program.option(&name) {
                    self.give(&name, Some(opt), Value::None, word);
                }
            }
            return letters;
        }
        let known = |letter: char| self.program.option(&format!("-{letter}"));
        if !word.text.chars().all(|c| known(c).is_some()) {
            return false;
        }
        for letter in word.text.chars() {
            let Some(opt) = known(letter) else { continue };
            let value = self.value_of(opt);
            self.give(&format!("-{letter}"), Some(opt), value, word);
        }
        true
    }
}
