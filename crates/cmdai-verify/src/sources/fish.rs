//! Completion files for fish: `complete -c NAME -s a -l all -r -d TEXT`, read as text and never run.
//!
//! Written by hand, with values and descriptions, but seldom complete: they add, and accuse nobody. Lines under a condition that names a
//! subcommand speak of that one alone.

use super::Source;
use crate::machine::Machine;
use crate::program::{Kind, Opt, Program, Takes};
use std::collections::HashMap;
use std::path::PathBuf;

/// Completion files for fish.
pub(super) struct Completion;

impl Source for Completion {
    fn file(&self, machine: &Machine, name: &str) -> Option<PathBuf> {
        if name.contains(' ') { None } else { machine.fish_completion(name) }
    }

    fn read(&self, _: &Machine, name: &str, text: &str) -> Option<Program> {
        Some(read(name, text))
    }
}

/// What the file says of a program, or of `git log` and no other subcommand.
pub(super) fn read(name: &str, text: &str) -> Program {
    let (head, subcommand) = name.split_once(' ').unzip();
    let mut reader = Reader {
        head: head.unwrap_or(name),
        subcommand,
        program: Program { name: name.to_owned(), ..Program::default() },
        variables: HashMap::new(),
    };
    for line in text.lines() {
        let words = words(line);
        match words.first().map(String::as_str) {
            Some("complete") => reader.complete(&words),
            Some("set" | "for") => reader.set(&words),
            _ => {}
        }
    }
    reader.program
}

struct Reader<'a> {
    head: &'a str,
    subcommand: Option<&'a str>,
    program: Program,
    /// Words that the file gave a name.
    variables: HashMap<String, String>,
}

/// A line of `complete`.
struct Line<'w> {
    opt: Opt,
    conditions: Vec<&'w str>,
    command: &'w str,
    choices: &'w str,
}

impl Reader<'_> {
    /// `set -l new 'new-session new'`, `for new in new-session new`.
    fn set(&mut self, words: &[String]) {
        let mut plain = words.iter().skip(1).filter(|word| !word.starts_with('-') && *word != "in");
        if let Some(name) = plain.next() {
            let value = plain.map(String::as_str).collect::<Vec<_>>().join(" ");
            self.variables.insert(format!("${name}"), value);
        }
    }

    fn complete(&mut self, words: &[String]) {
        let line = parsed(words);
        if line.command != self.head {
            return;
        }
        let begins = |condition: &&str| {
            ["use_subcommand", "needs_command", "not __fish_seen_subcommand_from"].iter().any(|s| condition.contains(s))
        };
        // The words behind the question which subcommand was given.
        let asks = |condition: &&str| {
            let asks = condition.contains("seen_subcommand_from") || condition.contains("using_");
            asks && !condition.starts_with("not ") && !condition.contains("use_subcommand")
        };
        let beginning = line.conditions.iter().any(begins);
        let about: Vec<&&str> = line.conditions.iter().filter(|condition| asks(condition)).collect();
        match self.subcommand {
            Some(wanted) if line.opt.names.is_empty() => {
                if beginning && self.expanded(line.choices).any(|word| word == wanted) && self.program.about.is_empty()
                {
                    self.program.about = line.opt.about;
                }
            }
            Some(wanted) => {
                let named = |condition: &&str| self.expanded(condition).any(|word| word == wanted);
                if about.iter().any(|condition| named(condition)) {
                    self.add(line.opt);
                }
            }
            None if line.opt.names.is_empty() => {
                if beginning && !line.choices.contains(['(', '$']) {
                    self.program.subcommands.extend(line.choices.split_whitespace().map(str::to_owned));
                }
            }
            // An option of a subcommand is better known here than accused, but what it does there says nothing.
            None if about.is_empty() => self.add(line.opt),
            None => self.add(Opt { about: String::new(), ..line.opt }),
        }
    }

    fn add(&mut self, opt: Opt) {
        let known = self.program.options.iter_mut().find(|known| known.names.first() == opt.names.first());
        match known {
            Some(known) if known.about.is_empty() => known.about = opt.about,
            Some(_) => {}
            None => self.program.options.push(opt),
        }
    }

    fn expanded<'t>(&'t self, text: &'t str) -> impl Iterator<Item = &'t str> {
        text.split_whitespace()
            .flat_map(|word| self.variables.get(word).map_or(word, String::as_str).split_whitespace())
    }
}

fn parsed(words: &[String]) -> Line<'_> {
    let opt = Opt { names: Vec::new(), takes: Takes::No, value: String::new(), kind: Kind::Any, about: String::new() };
    let mut line = Line { opt, conditions: Vec::new(), command: "", choices: "" };
    let mut rest = words.iter().skip(1).map(String::as_str);
    while let Some(word) = rest.next() {
        let mut value = || rest.next().unwrap_or_default();
        match word {
            "-l" | "--long-option" => line.opt.names.push(format!("--{}", value())),
            "-s" | "--short-option" | "-o" | "--old-option" => line.opt.names.push(format!("-{}", value())),
            "-d" | "--description" => value().clone_into(&mut line.opt.about),
            "-n" | "--condition" => line.conditions.push(value()),
            "-c" | "--command" => line.command = value(),
            "-a" | "--arguments" => line.choices = value(),
            "-p" | "--path" | "-w" | "--wraps" => drop(value()),
            // Letters may be joined: `-xa`, `-rf`, `-xs`.
            joined if joined.starts_with('-') && !joined.starts_with("--") => {
                if joined.contains(['r', 'x']) {
                    line.opt.takes = Takes::Required;
                }
                match joined.chars().last() {
                    Some('a') => line.choices = value(),
                    Some('s' | 'o') => line.opt.names.push(format!("-{}", value())),
                    Some('l') => line.opt.names.push(format!("--{}", value())),
                    _ => {}
                }
            }
            "--require-parameter" | "--exclusive" => line.opt.takes = Takes::Required,
            other if line.command.is_empty() && !other.starts_with('-') => line.command = other,
            _ => {}
        }
    }
    line
}

/// Words of a line; quotes join.
fn words(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut begun = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', Some(_)) if chars.peek().is_some_and(|next| "'\"\\$".contains(*next)) => word.extend(chars.next()),
            (c, Some(q)) if c == q => quote = None,
            ('"' | '\'', None) => (quote, begun) = (Some(c), true),
            ('#', None) if !begun => break,
            (c, None) if c.is_whitespace() => {
                if std::mem::take(&mut begun) {
                    out.push(std::mem::take(&mut word));
                }
            }
            (c, _) => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let text = "complete -c foo -s a -l all -d 'Show all'\ncomplete -c foo -l size -r\ncomplete -c bar -l other\n\
            complete -f -c foo -n '__fish_use_subcommand' -a 'start stop'\n";
        let program = read("foo", text);
        assert_eq!(program.options.len(), 2);
        assert_eq!(program.option("--all").map(|o| o.about.as_str()), Some("Show all"));
        assert_eq!(program.option("--size").map(|o| o.takes), Some(Takes::Required));
        assert_eq!(program.subcommands, ["start", "stop"]);
    }

    #[test]
    fn what_is_said_of_a_subcommand_is_said_of_no_other() {
        let text = "set -l new 'new-session new'\n\
            complete -c foo -n __fish_use_subcommand -a build -d 'Builds it'\n\
            complete -c foo -n '__fish_seen_subcommand_from bench' -s p -d 'Measured only'\n\
            complete -c foo -n '__fish_foo_using_command build' -s p -l part -r -d 'Don\\'t build all'\n\
            complete -c foo -n \"__fish_seen_subcommand_from $new\" -xs n -d 'Its name'\n";
        let shown = |name: &str| {
            let program = read(name, text);
            let options = program.options.iter().map(|opt| format!("{} {}", opt.shown(), opt.about));
            format!("{}: {}", program.about, options.collect::<Vec<_>>().join(", "))
        };
        assert_eq!(shown("foo build"), "Builds it: -p, --part Don't build all");
        assert_eq!(shown("foo new-session"), ": -n Its name");
        assert_eq!(shown("foo"), ": -p , -n ");
    }
}
