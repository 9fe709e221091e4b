//! Variables of the shell: assigned, merged after branches, and known from the context.

use crate::expand::Value;
use crate::ir::{Assign, Stmt, Word};
use crate::ir::{Node, Part};
use crate::run::Machine;
use crate::shared::Shared;
use crate::value::{MAYBE, Taint, UNKNOWN};
use std::collections::BTreeMap;

impl Machine<'_> {
    /// After `[ -n "$X" ] &&` the variable is not empty.
    pub(crate) fn learn(&mut self, test: &Stmt) {
        let words: &[Word] = match &test.node {
            Node::Simple { words, .. } | Node::Test(words) => words,
            _ => return,
        };
        let names: Vec<String> = words.iter().flat_map(|w| &w.parts).flat_map(variables).collect();
        let negative =
            words.iter().any(|w| matches!(w.parts.as_slice(), [crate::ir::Part::Bare(t)] if t == "-z" || t == "!"));
        let is_test = matches!(&test.node, Node::Test(_))
            || words
                .first()
                .is_some_and(|w| matches!(w.parts.as_slice(), [crate::ir::Part::Bare(t)] if t == "[" || t == "test"));
        if negative || !is_test {
            return;
        }
        for name in names {
            let value = self.lookup(&name);
            let texts = value.texts.iter().map(|t| t.replace(MAYBE, &UNKNOWN.to_string())).collect();
            self.vars.insert(name, Value { texts, ..value });
        }
    }

    pub(crate) fn assign(&mut self, assign: &Assign) {
        let compound = assign.values.len() != 1;
        let mut texts = Vec::new();
        let mut taint = Taint::default();
        // A copy of all variables may follow, so many of them make each one dearer.
        if !self.burn(1 + u32::try_from(self.vars.len() / 32).unwrap_or(u32::MAX)) {
            return;
        }
        for word in &assign.values {
            let found = if compound { self.expand_flat(word) } else { self.expand_texts(word) };
            for arg in found {
                taint = taint.with(arg.taint);
                texts.push(arg.text);
            }
        }
        if texts.is_empty() && !compound {
            texts.push(String::new());
        }
        self.watch_variable(&assign.name, texts.first().map_or("", String::as_str), assign.values.first());
        if !self.burn(u32::try_from(texts.iter().map(String::len).sum::<usize>() / 256).unwrap_or(u32::MAX)) {
            return;
        }
        let value = match self.vars.get(&assign.name) {
            Some(old) if assign.append && !compound && !old.array => Value {
                texts: old
                    .texts
                    .iter()
                    .flat_map(|a| texts.iter().map(move |b| crate::value::bounded(format!("{a}{b}"))))
                    .take(16)
                    .collect(),
                taint: taint.with(old.taint),
                array: false,
            },
            Some(old) if assign.append => {
                Value { texts: old.texts.iter().cloned().chain(texts).collect(), taint, array: true }
            }
            _ => Value { texts, taint, array: compound },
        };
        self.vars.insert(assign.name.clone(), value);
    }

    /// `$((x))` where `x` is `a[$(command)]`: the index is evaluated, and so the command runs.
    pub(crate) fn within_index(&mut self, sum: &str, span: &crate::ir::Span) {
        if sum.contains("$(") || sum.contains('`') {
            let text = format!(": \"{}\"", sum.replace('"', ""));
            self.aside(|m| m.inner_text(&text, m.shell, &crate::value::Data::default(), span));
        }
    }

    /// `${x@P}`: the value is expanded as a prompt is.
    pub(crate) fn prompted(&mut self, name: &str, span: &crate::ir::Span) {
        let texts = self.vars.get(name).map(|v| v.texts.clone()).unwrap_or_default();
        for text in texts.iter().filter(|t| t.contains("$(") || t.contains('`')).take(2) {
            crate::program_calls::weakly(self, |m| m.within_index(&crate::value::unglob(text), span));
        }
    }

    /// Where `IFS` names other characters, words end there.
    pub(crate) fn separate(&self, value: &mut Value) {
        let Some(set) = self.vars.get("IFS").and_then(|v| v.texts.first()) else { return };
        if set.is_empty() || crate::value::has_gap(set) {
            return;
        }
        for text in value.texts.iter_mut().filter(|t| t.contains(|c| set.contains(c))) {
            *text = text.replace(|c| set.contains(c), " ");
        }
    }

    /// The value of a name: assigned in this text, known from the context, or a gap.
    pub(crate) fn lookup(&self, name: &str) -> Value {
        if let Some(value) = self.vars.get(name) {
            return value.clone();
        }
        let text = match name {
            "HOME" => self.home.clone(),
            "PWD" => self.cwd.clone().unwrap_or_else(|| UNKNOWN.to_string()),
            "IFS" => " \t\n".to_owned(),
            "TMPDIR" => "/tmp".to_owned(),
            "HISTFILE" => format!("{}/.bash_history", self.home),
            "PATH" => format!("/usr/local/bin:/usr/bin:/bin{UNKNOWN}"),
            "SHELL" => "/bin/bash".to_owned(),
            "USER" | "LOGNAME" => self.ctx.user.clone().unwrap_or_else(|| UNKNOWN.to_string()),
            "UID" | "EUID" if self.ctx.is_root => "0".to_owned(),
            "OLDPWD" | "HOSTNAME" | "HOSTTYPE" | "OSTYPE" | "RANDOM" | "SECONDS" | "UID" | "EUID" | "PPID"
            | "LINENO" | "BASHPID" | "$" | "?" | "#" | "!" | "-" | "_" | "0" | "EPOCHSECONDS" => UNKNOWN.to_string(),
            _ => MAYBE.to_string(),
        };
        let secret = crate::secrets::is_secret_name(name);
        Value::one(text, if secret { Taint::ENV_SECRET } else { Taint::default() })
    }
}

pub(crate) fn merge(into: &mut Shared<BTreeMap<String, Value>>, other: &Shared<BTreeMap<String, Value>>) {
    if into.same(other) {
        return;
    }
    for (name, value) in other.iter() {
        match into.get(name) {
            None => {
                // Set on one way only.
                let mut value = value.clone();
                if !value.array {
                    value.texts.push(MAYBE.to_string());
                }
                into.insert(name.clone(), value);
            }
            Some(mine) if mine != value => {
                let mut mine = mine.clone();
                for text in &value.texts {
                    if !mine.texts.contains(text) && mine.texts.len() < 16 {
                        mine.texts.push(text.clone());
                    }
                }
                mine.taint = mine.taint.with(value.taint);
                into.insert(name.clone(), mine);
            }
            Some(_) => {}
        }
    }
}

pub(crate) fn variables(part: &crate::ir::Part) -> Vec<String> {
    match part {
        crate::ir::Part::Var { name, .. } => vec![name.clone()],
        crate::ir::Part::Double(parts) => parts.iter().flat_map(variables).collect(),
        _ => Vec::new(),
    }
}

/// Whether a word is one expansion and nothing else.
pub(crate) fn plain(word: &Word) -> bool {
    match word.parts.as_slice() {
        [Part::Var { .. }] => true,
        [Part::Double(inner)] => matches!(inner.as_slice(), [Part::Var { .. }]),
        _ => false,
    }
}
