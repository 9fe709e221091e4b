//! Completion files for fish: `complete -c NAME -s a -l all -r -d TEXT`, read as text and never run.
//!
//! Written by hand, with values and descriptions, but seldom complete: they add, and accuse nobody.

use super::Source;
use crate::machine::Machine;
use crate::program::{Kind, Opt, Program, Takes};
use std::path::PathBuf;

/// Completion files for fish.
pub(super) struct Completion;

impl Source for Completion {
    fn file(&self, machine: &Machine, name: &str) -> Option<PathBuf> {
        if name.contains(' ') { None } else { machine.fish_completion(name) }
    }

    fn read(&self, _: &Machine, name: &str, text: &str) -> Option<Program> {
        let mut program = Program { name: name.to_owned(), ..Program::default() };
        for line in text.lines() {
            let words = words(line);
            if words.first().map(String::as_str) == Some("complete") {
                line_of(&words, &mut program);
            }
        }
        Some(program)
    }
}

fn line_of(words: &[String], program: &mut Program) {
    let mut opt =
        Opt { names: Vec::new(), takes: Takes::No, value: String::new(), kind: Kind::Any, about: String::new() };
    let mut condition = "";
    let mut command = "";
    let mut choices = "";
    let mut rest = words.iter().skip(1).map(String::as_str);
    while let Some(word) = rest.next() {
        let mut value = || rest.next().unwrap_or_default();
        match word {
            "-l" | "--long-option" => opt.names.push(format!("--{}", value())),
            "-s" | "--short-option" | "-o" | "--old-option" => opt.names.push(format!("-{}", value())),
            "-d" | "--description" => value().clone_into(&mut opt.about),
            "-n" | "--condition" => condition = value(),
            "-c" | "--command" => command = value(),
            "-a" | "--arguments" => choices = value(),
            "-p" | "--path" | "-w" | "--wraps" => drop(value()),
            // Letters may be joined: `-xa`, `-rf`.
            joined if joined.starts_with('-') && !joined.starts_with("--") => {
                if joined.contains(['r', 'x']) {
                    opt.takes = Takes::Required;
                }
                if joined.ends_with('a') {
                    choices = rest.next().unwrap_or_default();
                }
            }
            "--require-parameter" | "--exclusive" => opt.takes = Takes::Required,
            other if command.is_empty() && !other.starts_with('-') => command = other,
            _ => {}
        }
    }
    if command != program.name {
        return;
    }
    let subcommand = condition.contains("use_subcommand")
        || condition.contains("needs_command")
        || condition.contains("not __fish_seen_subcommand_from");
    if opt.names.is_empty() && subcommand && !choices.contains(['(', '$']) {
        program.subcommands.extend(choices.split_whitespace().map(str::to_owned));
    }
    // An option under a condition belongs to a subcommand; it is better known here than accused.
    if !opt.names.is_empty() && program.option(opt.names.first().map_or("", String::as_str)).is_none() {
        program.options.push(opt);
    }
}

/// Words of a line; quotes join.
fn words(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut begun = false;
    for c in line.chars() {
        match (c, quote) {
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
    use std::path::Path;

    #[test]
    fn lines_are_read() {
        let text = "complete -c foo -s a -l all -d 'Show all'\ncomplete -c foo -l size -r\ncomplete -c bar -l other\n\
            complete -f -c foo -n '__fish_use_subcommand' -a 'start stop'\n";
        let program = Completion.read(&Machine::new(Path::new("/"), ""), "foo", text).unwrap();
        assert_eq!(program.options.len(), 2);
        assert_eq!(program.option("--all").map(|o| o.about.as_str()), Some("Show all"));
        assert_eq!(program.option("--size").map(|o| o.takes), Some(Takes::Required));
        assert_eq!(program.subcommands, ["start", "stop"]);
    }
}
