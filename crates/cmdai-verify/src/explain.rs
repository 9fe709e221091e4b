//! What a command does, part by part, in the words of the documentation of its programs.
//!
//! Beside [`verify`](crate::verify()): the same reading and the same knowledge, asked for what it says instead of whether it agrees.
//! Nothing is guessed: a part that no source speaks of has an empty [`about`](Part::about). Nothing is started but by [`explain_asking`].

use crate::knowledge::{Knowledge, Presence};
use crate::program::Program;
use crate::walk::{Given, Value, walk};
use crate::{builtins, inspect, told};
use cmdai_core::request::ShellType;
use cmdai_safety::argv::{self, Parsed, Simple, Word};
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;

/// Longest command that is explained, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// Subcommands of subcommands that are followed.
const MAX_SUBCOMMANDS: usize = 3;

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartKind {
    /// The name of a program or of a part of the shell.
    Program,
    /// Chooses what the program does.
    Subcommand,
    /// An option, with its value if it has one.
    Option,
    /// What the program works on.
    Operand,
    /// A file that is read or written by the shell for the program.
    Redirect,
    /// What stands between two commands.
    Operator,
}

/// One part of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Byte range of the command.
    pub span: Range<usize>,
    /// The part as it is written; of letters behind one dash each is a part, with the span of all.
    pub text: String,
    /// What it is.
    pub kind: PartKind,
    /// How many commands it stands within, as those behind `sudo` and `xargs`.
    pub depth: usize,
    /// All names of an option and of its value, as `-n, --lines=NUM`; the path of a program; else empty.
    pub names: String,
    /// What its documentation says; empty where that is not known.
    pub about: String,
}

/// Tells the parts of `command` apart, in the order in which they stand; commands within others follow those. Total: of a text that is
/// not valid in `shell` the readable parts are told.
#[must_use]
pub fn explain(command: &str, shell: ShellType, knowledge: &Knowledge) -> Vec<Part> {
    tell(command, shell, knowledge).parts
}

/// The same, and programs whose options are not described in any file are [asked](Knowledge::warm) for their help first, if they are
/// known to do nothing else then; each once, until it changes.
#[must_use]
pub fn explain_asking(command: &str, shell: ShellType, knowledge: &Knowledge) -> Vec<Part> {
    let mut told = tell(command, shell, knowledge);
    // A program may have to name its subcommands first.
    for _ in 0..=MAX_SUBCOMMANDS {
        if !knowledge.ask(told.unsaid.iter().map(String::as_str)) {
            break;
        }
        told = tell(command, shell, knowledge);
    }
    told.parts
}

fn tell<'a>(command: &'a str, shell: ShellType, knowledge: &'a Knowledge) -> Teller<'a> {
    let mut teller = Teller { command, shell, knowledge, parts: Vec::new(), unsaid: Vec::new() };
    if command.len() > MAX_BYTES {
        return teller;
    }
    let parsed = argv::read(command, shell);
    let mut end = 0;
    for (index, simple) in parsed.commands.iter().enumerate() {
        let depth = depth(&parsed, index);
        let span = extent(simple);
        teller.operator(end..span.start, depth);
        teller.command(simple, depth);
        end = end.max(span.end);
    }
    // The spans come from parsers that are not ours.
    teller.parts.retain(|part| command.get(part.span.clone()).is_some());
    teller
}

/// From the first to the last byte.
fn extent(simple: &Simple) -> Range<usize> {
    let words = simple.words.iter().map(|word| &word.span);
    let all: Vec<_> = words.chain(simple.redirects.iter().map(|redirect| &redirect.target.span)).collect();
    all.iter().map(|s| s.start).min().unwrap_or_default()..all.iter().map(|s| s.end).max().unwrap_or_default()
}

/// How many earlier commands carry this one.
fn depth(parsed: &Parsed, index: usize) -> usize {
    let Some(own) = parsed.commands.get(index).map(extent) else { return 0 };
    let carries = |other: &&Simple| {
        other.inner.iter().any(|inner| {
            let words = other.words.get(inner.clone()).unwrap_or_default();
            let (first, last) = (words.first().map(|w| w.span.start), words.last().map(|w| w.span.end));
            first.is_some_and(|start| start <= own.start) && last.is_some_and(|end| own.end <= end)
        })
    };
    parsed.commands.iter().take(index).filter(carries).count()
}

struct Teller<'a> {
    command: &'a str,
    shell: ShellType,
    knowledge: &'a Knowledge,
    parts: Vec<Part>,
    /// Programs and subcommands with an option of which nothing is said.
    unsaid: Vec<String>,
}

impl Teller<'_> {
    fn push(&mut self, span: &Range<usize>, kind: PartKind, depth: usize, names: String, about: String) {
        let text = self.command.get(span.clone()).unwrap_or_default().to_owned();
        self.parts.push(Part { span: span.clone(), text, kind, depth, names, about });
    }

    /// What stands between two commands, if it is only that.
    fn operator(&mut self, gap: Range<usize>, depth: usize) {
        let Some(text) = self.command.get(gap.clone()) else { return };
        let written = text.trim();
        let about = match written {
            "|" => "what the one before prints is what the next one reads",
            "|&" => "what the one before prints, errors too, is what the next one reads",
            "&&" => "if that succeeded",
            "||" => "if that failed",
            ";" => "then",
            "&" => "the one before goes on in the background",
            _ => return,
        };
        let start = gap.start + (text.len() - text.trim_start().len());
        self.push(&(start..start + written.len()), PartKind::Operator, depth, String::new(), about.to_owned());
    }

    fn command(&mut self, simple: &Simple, depth: usize) {
        let Some(first) = simple.words.first() else { return };
        let name = first.exact().map(|name| name.trim_start_matches('\\')).unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or(name);
        let presence = self.knowledge.presence(name, self.shell);
        let program = if simple.elsewhere || name.is_empty() { None } else { self.knowledge.program(name) };
        let unread =
            inspect::is_of_the_shell(self.command, first, name, self.shell) || !self.shell.runs_unix_programs();
        let own = matches!(presence, Presence::Builtin).then(|| builtins::about(name)).flatten();
        let about = own.map(str::to_owned).or_else(|| {
            // What the manual says of a program of that name is not said of nushell's own command.
            let said = program.as_ref().filter(|_| !(unread && self.shell == ShellType::Nu));
            said.map(|program| program.about.clone())
        });
        let path = match presence {
            // What is there is not known.
            _ if simple.elsewhere => String::new(),
            Presence::Here(path) => path.display().to_string(),
            Presence::Builtin => "part of the shell".to_owned(),
            Presence::Missing if !first.text.contains('/') && !name.is_empty() => "not on this machine".to_owned(),
            _ => String::new(),
        };
        self.push(&first.span, PartKind::Program, depth, path, about.unwrap_or_default());
        match program.filter(|_| !unread) {
            Some(program) => self.arguments(simple, program, depth),
            // Without any documentation its words cannot be told apart before it was asked.
            None if !unread => {
                self.unsaid.push(name.to_owned());
                self.operands(simple, 1..simple.words.len(), depth);
            }
            None => self.operands(simple, 1..simple.words.len(), depth),
        }
        for redirect in &simple.redirects {
            let about = if redirect.writes { "what is printed goes into this file" } else { "is read from this file" };
            self.push(&redirect.target.span, PartKind::Redirect, depth, String::new(), about.to_owned());
        }
    }

    fn arguments(&mut self, simple: &Simple, mut program: Arc<Program>, depth: usize) {
        let mut start = 1;
        for _ in 0..MAX_SUBCOMMANDS {
            let walked = walk(simple, start, &program, true);
            let Some(at) = walked.operands.first().copied() else { break };
            let Some(word) = simple.words.get(at) else { break };
            let Some(written) = word.exact() else { break };
            let Some(inner) = told::subcommand(self.knowledge, &program, written) else {
                if program.subcommands.iter().any(|known| known == written) {
                    self.unsaid.push(format!("{} {written}", program.name));
                }
                break;
            };
            walked.given.iter().for_each(|given| self.option(&program, given, depth));
            self.push(&word.span, PartKind::Subcommand, depth, String::new(), inner.about.clone());
            (program, start) = (inner, at + 1);
        }
        let walked = walk(simple, start, &program, false);
        let from = self.parts.len();
        walked.given.iter().for_each(|given| self.option(&program, given, depth));
        // All that is no option: also signals, numbers and letters that a program reads in a way of its own.
        let mut ended = false;
        for at in start..simple.words.len() {
            let Some(word) = simple.words.get(at) else { break };
            let told = |part: &Part| part.span.start <= word.span.start && word.span.end <= part.span.end;
            if self.parts.get(from..).unwrap_or_default().iter().any(told) {
                continue;
            }
            let written = word.exact().unwrap_or_default();
            if written == "--" && !ended && !simple.inner.iter().any(|inner| inner.contains(&at)) {
                ended = true;
                let about = "what follows is no option".to_owned();
                self.push(&word.span, PartKind::Option, depth, String::new(), about);
            } else if let Some(opt) = told::number(&program, written).filter(|_| !ended) {
                self.push(&word.span, PartKind::Option, depth, opt.shown(), opt.about.clone());
            } else if let Some(letters) = told::digits_and_letters(&program, written).filter(|_| !ended) {
                for (text, opt) in letters {
                    self.push(&word.span, PartKind::Option, depth, opt.shown(), opt.about.clone());
                    self.parts.last_mut().into_iter().for_each(|part| part.text.clone_from(&text));
                }
            } else {
                self.operands(simple, at..at + 1, depth);
            }
        }
        if let Some(added) = self.parts.get_mut(from..) {
            added.sort_by_key(|part| part.span.start);
        }
    }

    fn option(&mut self, program: &Program, given: &Given<'_>, depth: usize) {
        let value = match &given.value {
            Value::Is(_, span) => span.end,
            _ => given.span.end,
        };
        let span = given.span.start..given.span.end.max(value);
        let (names, about) = told::option(self.knowledge, program, given);
        if about.is_empty() {
            self.unsaid.push(program.name.clone());
        }
        self.push(&span, PartKind::Option, depth, names, about);
        // One of several letters behind a dash, or behind none as of `tar`.
        let word = self.command.get(given.span.clone()).unwrap_or_default();
        if given.name.chars().count() <= 2
            && word != given.name
            && let Some(part) = self.parts.last_mut()
        {
            part.text.clone_from(&given.name);
            if let Value::Is(value, at) = &given.value {
                let behind = at.start >= given.span.end;
                part.text.push_str(if behind { " " } else { "" });
                part.text.push_str(if behind { self.command.get(at.clone()).unwrap_or_default() } else { value });
            }
        }
    }

    fn operands(&mut self, simple: &Simple, range: Range<usize>, depth: usize) {
        let is_inner = |at: usize| simple.inner.iter().any(|inner| inner.contains(&at));
        let words: Vec<&Word> = range.filter(|at| !is_inner(*at)).filter_map(|at| simple.words.get(at)).collect();
        for word in words {
            self.push(&word.span, PartKind::Operand, depth, String::new(), String::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::context::Userland;

    fn told(command: &str) -> Vec<String> {
        let parts = explain(command, ShellType::Bash, &Knowledge::builtin(Userland::Gnu));
        let kind = |part: &Part| serde_json::to_value(part.kind).unwrap().as_str().unwrap().to_owned();
        parts.iter().map(|part| format!("{}{} {}", "  ".repeat(part.depth), kind(part), part.text)).collect()
    }

    #[test]
    fn every_part_is_told_apart() {
        assert_eq!(
            told("sudo du -sh --max-depth 1 /var | sort -rhk2 > out.txt"),
            [
                "program sudo",
                "  program du",
                "  option -s",
                "  option -h",
                "  option --max-depth 1",
                "  operand /var",
                "operator |",
                "program sort",
                "option -r",
                "option -h",
                "option -k2",
                "redirect out.txt",
            ]
        );
        assert_eq!(
            told("tar xzf a.tgz && git log --oneline -n 3"),
            [
                "program tar",
                "option -x",
                "option -z",
                "option -f a.tgz",
                "operator &&",
                "program git",
                "subcommand log",
                "option --oneline",
                "option -n 3"
            ]
        );
        assert_eq!(
            told("find . -name '*.log' -exec rm -f {} + -o -print"),
            [
                "program find",
                "operand .",
                "option -name '*.log'",
                "option -exec",
                "operand +",
                "option -o",
                "option -print",
                "  program rm",
                "  option -f",
                "  operand {}"
            ]
        );
    }

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        let parts = explain("frobnicate --loud x", ShellType::Bash, &Knowledge::builtin(Userland::Gnu));
        assert!(parts.iter().all(|part| part.about.is_empty() && part.names.is_empty()), "{parts:?}");
        let parts = explain("cd /tmp", ShellType::Bash, &Knowledge::builtin(Userland::Gnu));
        assert_eq!(
            parts.first().map(|part| (part.names.as_str(), part.about.is_empty())),
            Some(("part of the shell", false))
        );
        assert_eq!(explain("", ShellType::Bash, &Knowledge::builtin(Userland::Gnu)), []);
        assert!(explain(&"a ".repeat(20_000), ShellType::Bash, &Knowledge::builtin(Userland::Gnu)).is_empty());
    }
}
