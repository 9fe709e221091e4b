//! Where knowledge of a program comes from on this machine.
//!
//! Each source finds its files for a program and reads them; none of them runs anything, except [`help`], which only
//! [`Knowledge::warm`](crate::Knowledge::warm) asks. What a source may accuse is its own decision, see [`Trust`](crate::Trust).

mod bash;
mod fish;
pub mod help;
mod man;
mod mdoc;
mod page;
mod processes;
mod roff;
mod tag;

pub use processes::Processes;

use crate::machine::{Machine, read_text};
use crate::program::Program;
use std::path::PathBuf;

/// A kind of documentation.
pub(crate) trait Source: Sync {
    /// The file about `name` (`du`, `git log`), if there is one.
    fn file(&self, machine: &Machine, name: &str) -> Option<PathBuf>;
    /// What its text says.
    fn read(&self, machine: &Machine, name: &str, text: &str) -> Option<Program>;
}

const SOURCES: &[&dyn Source] = &[&man::Manual, &bash::Completion, &fish::Completion];

/// The files that speak of `name`.
pub(crate) fn files(machine: &Machine, name: &str) -> Vec<PathBuf> {
    SOURCES.iter().filter_map(|source| source.file(machine, name)).collect()
}

/// What all of them say together.
pub(crate) fn read(machine: &Machine, name: &str) -> Option<Program> {
    let mut found: Option<Program> = None;
    for source in SOURCES {
        let text = source.file(machine, name).and_then(|path| read_text(&path));
        let Some(program) = text.and_then(|text| source.read(machine, name, &text)) else { continue };
        match &mut found {
            Some(known) => known.join(&program),
            None => found = Some(program),
        }
    }
    found
}

/// What completions say of a subcommand, as `cargo build`.
pub(crate) fn completed(machine: &Machine, name: &str) -> Option<Program> {
    let head = name.split(' ').next()?;
    let text = machine.fish_completion(head).and_then(|path| read_text(&path))?;
    let program = fish::read(name, &text);
    (!program.options.is_empty() || !program.about.is_empty()).then_some(program)
}
