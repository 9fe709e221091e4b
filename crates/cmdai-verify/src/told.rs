//! Where the words about a part come from when the list of options alone does not have them.
//!
//! Beside [`explain`](crate::explain()): subcommands that only have a page or a completion of their own, options that completions describe,
//! letters that are doubled, and numbers and signals that are written like options. Good to explain a command, not to judge one.

use crate::knowledge::Knowledge;
use crate::program::{Habit, Opt, Program, Takes};
use crate::walk::Given;
use std::sync::Arc;

/// The subcommand `written` of `program`, if anything is known of it.
pub(crate) fn subcommand(knowledge: &Knowledge, program: &Program, written: &str) -> Option<Arc<Program>> {
    let word = written.starts_with(|c: char| c.is_ascii_alphabetic())
        && written.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !word {
        return None;
    }
    let name = format!("{} {written}", program.name);
    let listed = !program.subcommands.is_empty();
    if (listed || knowledge.has_page(&program.name, written))
        && let Some(known) = knowledge.program(&name)
    {
        return Some(known);
    }
    // Its options may stand behind those of the program.
    let mut completed = knowledge.completed(&name).filter(|_| listed)?;
    let about = std::mem::take(&mut completed.about);
    completed.join(&Program { subcommands: Vec::new(), ..program.clone() });
    Some(Arc::new(Program { about, ..completed }))
}

/// All names of an option that was given, and what is said of it.
pub(crate) fn option(knowledge: &Knowledge, program: &Program, given: &Given<'_>) -> (String, String) {
    let names = given.opt.map(Opt::shown).unwrap_or_default();
    if let Some(opt) = given.opt.filter(|opt| !opt.about.is_empty()) {
        return (names, opt.about.clone());
    }
    let doubled = letter_of(&given.name).and_then(|name| program.option(&name)).filter(|opt| !opt.about.is_empty());
    if let Some(opt) = doubled {
        return (opt.shown(), opt.about.clone());
    }
    let completed = program.name.contains(' ').then(|| knowledge.completed(&program.name)).flatten();
    let opt = completed.as_ref().and_then(|completed| completed.option(&given.name));
    let names = if names.is_empty() { opt.map(Opt::shown).unwrap_or_default() } else { names };
    (names, opt.map(|opt| opt.about.clone()).unwrap_or_default())
}

/// `-v` of `-vvv`.
fn letter_of(name: &str) -> Option<String> {
    let letters = name.strip_prefix('-')?;
    let first = letters.chars().next().filter(char::is_ascii_alphabetic)?;
    (letters.len() > 1 && letters.chars().all(|c| c == first)).then(|| format!("-{first}"))
}

/// What `-5` or `-KILL` is to a program that reads such words in a way of its own.
pub(crate) fn number<'p>(program: &'p Program, word: &str) -> Option<&'p Opt> {
    let rest = word.strip_prefix('-').filter(|rest| !rest.is_empty())?;
    let signal = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    if program.has(Habit::Signal) && rest.bytes().all(signal) {
        return ["-s", "--signal"].iter().find_map(|name| program.option(name));
    }
    let number = rest.parse().ok()?;
    // Of `head` and `tail` it is the older way to write `-n 5`.
    let count = || program.option("-n").filter(|opt| program.has(Habit::Digits) && opt.takes == Takes::Required);
    program.numbered(number).or_else(count)
}

/// The number and the letters of `-9e`, each as if it stood alone.
pub(crate) fn digits_and_letters<'p>(program: &'p Program, word: &str) -> Option<Vec<(String, &'p Opt)>> {
    let rest = word.strip_prefix('-')?;
    let letters = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = format!("-{}", rest.strip_suffix(letters)?);
    let number = number(program, &digits).filter(|_| digits.len() > 1)?;
    let letter = |letter: char| {
        let name = format!("-{letter}");
        let opt = program.option(&name).filter(|opt| opt.takes == Takes::No)?;
        Some((name, opt))
    };
    let letters: Option<Vec<_>> = letters.chars().map(letter).collect();
    Some([vec![(digits, number)], letters?].concat())
}
