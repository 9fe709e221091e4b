//! Completion files for bash, read as text and never run.
//!
//! They are programs, so only words that look like options are taken out of them: they add, and accuse nobody.

use super::{Source, tag};
use crate::machine::Machine;
use crate::program::Program;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Completion files for bash.
pub(super) struct Completion;

impl Source for Completion {
    fn file(&self, machine: &Machine, name: &str) -> Option<PathBuf> {
        // The file of a program speaks of all its subcommands at once, which would mix them up.
        if name.contains(' ') { None } else { machine.bash_completion(name) }
    }

    fn read(&self, _: &Machine, name: &str, text: &str) -> Option<Program> {
        let mut found = BTreeSet::new();
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            tag::mentions(line, |word| {
                let _ = found.insert(word.to_owned());
            });
        }
        let mentioned = found.into_iter().filter(|word| word.len() > 2).collect();
        Some(Program { name: name.to_owned(), mentioned, ..Program::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn words_are_taken_and_nothing_is_run() {
        let text = "# --not-this\n_foo() { COMPREPLY=($(compgen -W '--all --size=' -- $cur)); rm -rf /; }";
        let program = Completion.read(&Machine::new(Path::new("/"), ""), "foo", text).unwrap();
        assert!(program.mentions("--all") && program.mentions("--size") && !program.mentions("--not-this"));
        assert!(program.options.is_empty());
    }
}
