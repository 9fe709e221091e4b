//! Words to arguments: everything a shell does between the text and `execve`, on partly known values.
//!
//! Called by [`run`](crate::run) for every word. Alternatives (a loop variable that takes several values) are kept apart up to
//! [`MAX_ALTERNATIVES`], so that each of them can be the command. Differential test: `arguments_are_what_bash_prints`.

use crate::fields::Fields;
use crate::ir::{Part, Span, VarOp, Word};
use crate::run::Machine;
use crate::value::{ANY, Arg, MAX_TEXT, MAYBE, SET, STAR, Taint, UNKNOWN, bounded, has_gap, unglob};
use crate::{brace, text};

const MAX_ALTERNATIVES: usize = 16;
/// Letters that the braces of one word may make.
const MAX_EXPANDED: usize = 24 * 1024;

/// A variable's value: one or several alternatives, or an array.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) texts: Vec<String>,
    pub(crate) taint: Taint,
    /// The texts stand beside each other and are not alternatives.
    pub(crate) array: bool,
}

impl Value {
    pub(crate) fn one(text: impl Into<String>, taint: Taint) -> Self {
        Self { texts: vec![text.into()], taint, array: false }
    }
}

impl Machine<'_> {
    /// The alternatives for the fields this word becomes.
    pub(crate) fn expand(&mut self, word: &Word) -> Vec<Vec<Arg>> {
        let mut all = Vec::new();
        if self.out_of_fuel {
            return all;
        }
        let Some(words) = brace::expand(&word.parts) else {
            self.fields(&word.parts, &word.span, &mut all);
            return all;
        };
        // Braces make much out of little.
        let letters = word.span.len() * words.len() / 16 + words.len() / 4;
        if words.len() > 1 && !self.burn(u32::try_from(letters).unwrap_or(u32::MAX)) {
            return Vec::new();
        }
        let several = words.len() > 1;
        // A brace that is never closed takes the rest of the text into one word; each further pair would multiply it.
        if several && word.span.len() * words.len() > MAX_EXPANDED {
            self.not_understood("braces make too much text");
            return vec![vec![Arg { text: UNKNOWN.to_string(), span: self.at(&word.span), ..Arg::default() }]];
        }
        for parts in words {
            self.fields(&parts, &word.span, &mut all);
        }
        if several {
            // Braces give several words, not several possibilities.
            all = vec![all.into_iter().flatten().collect()];
        }
        all.truncate(MAX_ALTERNATIVES * 4);
        all
    }

    /// Adds the alternatives for the fields of a word without braces.
    fn fields(&mut self, parts: &[Part], span: &Span, all: &mut Vec<Vec<Arg>>) {
        let span = self.at(span);
        if let Some(text) = self.literal(parts) {
            all.push(vec![Arg::known(text, span)]);
            return;
        }
        let mut alternatives = vec![Fields::default()];
        for (index, part) in parts.iter().enumerate() {
            self.part(part, index == 0, false, &mut alternatives);
        }
        for mut fields in alternatives {
            fields.close();
            for field in &mut fields.done {
                field.span = span.clone();
            }
            all.push(fields.done);
        }
    }

    /// The text of a word in which nothing stands for anything else, as most are; nothing for one without parts, which is no field.
    fn literal(&self, parts: &[Part]) -> Option<String> {
        let mut text = String::new();
        for (index, part) in parts.iter().enumerate() {
            self.add_literal(part, index == 0, &mut text)?;
        }
        (!parts.is_empty()).then_some(text)
    }

    fn add_literal(&self, part: &Part, first: bool, text: &mut String) -> Option<()> {
        match part {
            Part::Bare(raw) => self.add_bare(raw, first, text),
            Part::Quoted(quoted) => text.push_str(quoted),
            Part::Double(parts) => parts.iter().try_for_each(|part| self.add_literal(part, false, text))?,
            _ => return None,
        }
        (text.len() <= MAX_TEXT).then_some(())
    }

    /// Adds all fields of all alternatives.
    pub(crate) fn expand_to(&mut self, word: &Word, into: &mut Vec<Arg>) {
        let plain = !self.out_of_fuel && !brace::has_brace(&word.parts);
        match plain.then(|| self.literal(&word.parts)).flatten() {
            Some(text) => into.push(Arg::known(text, self.at(&word.span))),
            None => into.append(&mut self.expand_flat(word)),
        }
    }

    /// All fields of all alternatives.
    pub(crate) fn expand_flat(&mut self, word: &Word) -> Vec<Arg> {
        let mut fields = self.expand(word);
        if fields.len() == 1 { fields.pop().unwrap_or_default() } else { fields.into_iter().flatten().collect() }
    }

    /// The word as one text, as in an assignment, a redirection or a here-document.
    pub(crate) fn expand_one(&mut self, word: &Word) -> Arg {
        let mut alternatives = self.expand_texts(word);
        alternatives.drain(..).next().unwrap_or_default()
    }

    /// Alternatives for the word as one text without splitting.
    pub(crate) fn expand_texts(&mut self, word: &Word) -> Vec<Arg> {
        if let Some(text) = self.literal(&word.parts) {
            return vec![Arg::known(text, self.at(&word.span))];
        }
        let mut alternatives = vec![Fields::default()];
        for (index, part) in word.parts.iter().enumerate() {
            self.part(part, index == 0, true, &mut alternatives);
        }
        let span = self.at(&word.span);
        alternatives
            .into_iter()
            .map(|fields| {
                let pieces: Vec<String> =
                    fields.done.iter().map(|f| f.text.clone()).chain([fields.open.text]).collect();
                let taint = fields.done.iter().fold(fields.open.taint, |t, f| t.with(f.taint));
                Arg { text: bounded(pieces.join(" ")), taint, span: span.clone() }
            })
            .collect()
    }

    fn part(&mut self, part: &Part, first: bool, quoted: bool, into: &mut Vec<Fields>) {
        match part {
            Part::Bare(raw) => {
                let text = self.bare(raw, first);
                for fields in into.iter_mut() {
                    fields.push(&text, Taint::default());
                }
            }
            Part::Quoted(text) => {
                for fields in into.iter_mut() {
                    fields.push(text, Taint::default());
                }
            }
            Part::Double(parts) => {
                for fields in into.iter_mut() {
                    fields.live = true;
                }
                if let [Part::Var { name, op: VarOp::Plain, .. }] = parts.as_slice()
                    && let Some(value) = self.array(name)
                {
                    Self::spread(&value, into);
                    return;
                }
                for part in parts {
                    self.part(part, false, true, into);
                }
            }
            Part::Var { name, op: VarOp::Default(word), .. }
                if self.lookup(name).texts.iter().all(String::is_empty) =>
            {
                // Quotes within the default keep their meaning.
                for (index, part) in word.parts.iter().enumerate() {
                    self.part(part, first && index == 0, quoted, into);
                }
            }
            Part::Var { name, op, span } => {
                if matches!(op, VarOp::Other) {
                    self.prompted(name, span);
                }
                let mut value = self.variable(name, op, span);
                if !quoted && !value.array {
                    self.separate(&mut value);
                }
                if value.array && !quoted {
                    Self::spread(&value, into);
                    return;
                }
                let joined = if value.array { vec![value.texts.join(" ")] } else { value.texts };
                Self::fork(&joined, value.taint, quoted, into);
            }
            Part::Command(body) => {
                let data = self.substitute(body);
                let text = data.text.map_or_else(|| MAYBE.to_string(), |t| t.trim_end_matches('\n').to_owned());
                Self::fork(&[text], data.taint, quoted, into);
            }
            Part::Process { body, input } => {
                let path = self.process_substitution(body, *input);
                for fields in into.iter_mut() {
                    fields.push(&path, Taint::default());
                }
            }
            Part::Arith(word) => {
                let inner = self.expand_one(word);
                let sum = self.names_to_numbers(&unglob(&inner.text));
                self.within_index(&sum, &word.span);
                let text = text::arithmetic(&sum).map_or_else(|| UNKNOWN.to_string(), |n| n.to_string());
                Self::fork(&[text], Taint::default(), true, into);
            }
            Part::Opaque(raw) => {
                if raw.contains("$(") || raw.contains('`') {
                    self.not_understood("an expansion this analyser does not follow runs a command");
                }
                Self::fork(&[MAYBE.to_string()], Taint::default(), quoted, into);
            }
        }
    }

    /// Bare names in arithmetic are variables.
    fn names_to_numbers(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut name = String::new();
        for c in text.chars().chain(['\0']) {
            if c == '_' || c.is_ascii_alphabetic() || (!name.is_empty() && c.is_ascii_digit()) {
                name.push(c);
                continue;
            }
            if !name.is_empty() {
                let value = self.lookup(&std::mem::take(&mut name));
                out.push_str(value.texts.first().map_or("", String::as_str));
            }
            if c != '\0' {
                out.push(c);
            }
        }
        out
    }

    /// Every value in `texts` continues every alternative there is.
    fn fork(texts: &[String], taint: Taint, quoted: bool, into: &mut Vec<Fields>) {
        let mut next = Vec::with_capacity(into.len() * texts.len());
        for fields in into.iter() {
            for text in texts.iter().take(MAX_ALTERNATIVES) {
                if next.len() >= MAX_ALTERNATIVES {
                    break;
                }
                let mut fields = fields.clone();
                if quoted {
                    fields.push(text, taint);
                } else {
                    fields.push_split(text, taint);
                }
                next.push(fields);
            }
        }
        *into = next;
    }

    /// `"${array[@]}"`: one field for each element.
    fn spread(value: &Value, into: &mut [Fields]) {
        for fields in into {
            for (index, text) in value.texts.iter().enumerate() {
                if index > 0 {
                    fields.close();
                }
                fields.push(text, value.taint);
            }
            fields.live = fields.live && !value.texts.is_empty();
        }
    }

    /// Unquoted text: backslashes quote, a leading tilde is a home directory, glob characters are live.
    fn bare(&self, raw: &str, first: bool) -> String {
        let mut out = String::with_capacity(raw.len());
        self.add_bare(raw, first, &mut out);
        out
    }

    fn add_bare(&self, raw: &str, first: bool, out: &mut String) {
        let mut rest = raw;
        if first && let Some(after) = raw.strip_prefix('~') {
            let end = after.find('/').unwrap_or(after.len());
            let user = after.get(..end).unwrap_or_default();
            let home = match user {
                "" => Some(self.home.clone()),
                "+" => self.cwd.clone(),
                "root" => Some("/root".to_owned()),
                name if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') => {
                    Some(format!("{}/{name}", self.homes()))
                }
                _ => None,
            };
            if let Some(home) = home {
                out.push_str(&home);
                rest = after.get(end..).unwrap_or_default();
            }
        }
        if !rest.bytes().any(|b| matches!(b, b'\\' | b'*' | b'?' | b'[')) {
            out.push_str(rest);
            return;
        }
        let mut chars = rest.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => out.extend(chars.next().filter(|next| *next != '\n')),
                '*' => out.push(STAR),
                '?' => out.push(ANY),
                '[' if rest.contains(']') => out.push(SET),
                other => out.push(other),
            }
        }
    }

    fn array(&self, name: &str) -> Option<Value> {
        let name = if name == "*" { "@" } else { name };
        self.vars.get(name).filter(|value| value.array).cloned()
    }

    /// The value of `${name…}`.
    fn variable(&mut self, name: &str, op: &VarOp, span: &Span) -> Value {
        let value = self.lookup(name);
        let unset = value.texts.iter().all(String::is_empty);
        let open = value.texts.iter().any(|t| t.contains(MAYBE));
        let taint = value.taint;
        let each = |f: &dyn Fn(&str) -> String| Value {
            texts: value.texts.iter().map(|t| f(t)).collect(),
            taint,
            array: value.array,
        };
        let gap = || Value::one(MAYBE.to_string(), taint);
        match op {
            VarOp::Plain => value,
            VarOp::Length => match value.texts.first() {
                Some(text) if !has_gap(text) && !value.array => Value::one(text.chars().count().to_string(), taint),
                _ => Value::one(UNKNOWN.to_string(), taint),
            },
            VarOp::Indirect => match value.texts.first() {
                Some(target) if !has_gap(target) && target != name => self.lookup(&target.clone()),
                _ => gap(),
            },
            VarOp::Default(word) | VarOp::AssignDefault(word) => {
                let fallback = self.expand_one(word);
                let mut texts = if unset { Vec::new() } else { value.texts.clone() };
                if unset || open {
                    // What is unset here may be set there, so both stay possible.
                    for text in &mut texts {
                        *text = text.replace(MAYBE, &UNKNOWN.to_string());
                    }
                    texts.insert(0, fallback.text);
                }
                let value = Value { texts, taint: taint.with(fallback.taint), array: false };
                if matches!(op, VarOp::AssignDefault(_)) {
                    self.vars.insert(name.to_owned(), value.clone());
                }
                value
            }
            VarOp::Alternative(word) => {
                let text = self.expand_one(word);
                match (unset, open) {
                    (true, _) => Value::one("", taint),
                    (_, true) => Value { texts: vec![text.text, String::new()], taint: text.taint, array: false },
                    _ => Value::one(text.text, text.taint),
                }
            }
            VarOp::Required => each(&|t| t.replace(MAYBE, &UNKNOWN.to_string())),
            VarOp::Trim { pattern, suffix, longest } => {
                let pattern = self.bare(pattern, false);
                if !self.burn(value.texts.iter().map(|t| text::trim_cost(t, &pattern)).sum()) {
                    return gap();
                }
                each(&|t| text::trim(t, &pattern, *suffix, *longest))
            }
            VarOp::Replace { pattern, with, all } => {
                let pattern = unglob(&self.bare(pattern, false)).replace(['"', '\''], "");
                let with = self.expand_one(with).text;
                each(&|t| text::replace(t, &pattern, &with, *all))
            }
            VarOp::Slice { .. } if value.array => value,
            VarOp::Slice { offset, length } => each(&|t| text::slice(t, offset.unwrap_or(0), *length)),
            VarOp::Case { upper, all } => each(&|t| text::change_case(t, *upper, *all)),
            VarOp::Element(index) => {
                let index = self.expand_one(index).text;
                let number = text::arithmetic(&index).and_then(|n| usize::try_from(n).ok());
                match number.and_then(|n| value.texts.get(n)) {
                    Some(text) if value.array || value.texts.len() == 1 => Value::one(text.clone(), taint),
                    _ if value.array => Value { array: false, ..value },
                    _ => gap(),
                }
            }
            VarOp::Other => {
                let _ = span;
                gap()
            }
        }
    }
}
