//! Common command lines, explained on the machine that runs the tests: every flag is told, and by what it does.
//!
//! What there is to tell differs from machine to machine: programs may be missing, manual pages may have been left out. A program that
//! is missing is said to be. One with a page must have every flag of its rows told; one without is asked for its help, and of that so
//! much must be told all in all that a machine without any page still says something. Linux alone: the rows are of its tools.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, reason = "what could not be checked is said")]

use cmdai_core::context::Userland;
use cmdai_core::request::ShellType;
use cmdai_verify::{Knowledge, Machine, Part, PartKind, Processes, explain, explain_asking};
use std::path::Path;
use std::sync::Arc;

const ROWS: &str = include_str!("../../data/verify/explain.tsv");
/// Command lines that the data must have.
const MIN_ROWS: usize = 100;
/// Flags that are told even where no manual page is installed: those of the tools that every system has, by their `--help`.
const MIN_TOLD: usize = 100;

fn rows() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    ROWS.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut columns = line.split('\t');
        (columns.next().unwrap(), columns.collect())
    })
}

fn machine() -> Machine {
    Machine::new(Path::new("/"), &std::env::var("PATH").unwrap_or_default()).with_runner(Arc::new(Processes))
}

/// The program of each part, as its page is called.
fn pages(parts: &[Part]) -> Vec<String> {
    let mut page = String::new();
    let name = |part: &Part| {
        let text = part.text.trim_start_matches('\\');
        text.rsplit('/').next().unwrap_or(text).to_owned()
    };
    parts
        .iter()
        .map(|part| {
            match part.kind {
                PartKind::Program => page = name(part),
                PartKind::Subcommand if page == "git" || page == "openssl" => page = format!("{page}-{}", part.text),
                _ => {}
            }
            page.clone()
        })
        .collect()
}

/// What is wrong with the explanation of a flag.
fn complaint(part: Option<&Part>, expected: &str) -> Option<String> {
    let (flag, words) = expected.split_once(' ').unwrap_or_else(|| panic!("no words behind {expected:?}"));
    let Some(part) = part else { return Some(format!("{flag} is not told")) };
    let written = part.text.split([' ', '=']).next().unwrap_or_default();
    let about = part.about.to_lowercase();
    if written != flag {
        Some(format!("{flag} is expected where {written} stands"))
    } else if !words.split('|').any(|word| about.contains(word)) {
        Some(format!("{flag} ({words}): {:?}", part.about))
    } else {
        None
    }
}

#[test]
fn every_flag_of_common_commands_is_told() {
    let machine = machine();
    let knowledge = Knowledge::of(machine.clone(), Userland::Gnu);
    let (mut wrong, mut told, mut without, mut missing) = (Vec::new(), 0, Vec::new(), Vec::new());
    for (command, expected) in rows() {
        let parts = explain_asking(command, ShellType::Bash, &knowledge);
        let pages = pages(&parts);
        let absent = |part: &&Part| part.kind == PartKind::Program && part.names == "not on this machine";
        if let Some(part) = parts.iter().find(absent) {
            missing.push(part.text.clone());
            continue;
        }
        let options: Vec<(&Part, &String)> =
            parts.iter().zip(&pages).filter(|(part, _)| part.kind == PartKind::Option).collect();
        let strict = pages.iter().all(|page| machine.manual(page).is_some());
        let longest = options.len().max(expected.len());
        let complaints: Vec<String> = (0..longest)
            .filter_map(|at| match expected.get(at) {
                Some(expected) => complaint(options.get(at).map(|(part, _)| *part), expected),
                None => options.get(at).map(|(part, _)| format!("{} is told and not expected", part.text)),
            })
            .collect();
        told += longest - complaints.len();
        if strict {
            wrong.extend(complaints.into_iter().map(|complaint| format!("{command}: {complaint}")));
        } else if !complaints.is_empty() {
            without.push(format!("{command}: {}", complaints.join(", ")));
        }
    }
    eprintln!("told: {told} flags; not on this machine: {missing:?}");
    eprintln!("without a manual page, and not told by their help:\n{}", without.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(told >= MIN_TOLD, "only {told} flags are told");
}

#[test]
fn the_rows_ask_for_something() {
    assert!(rows().count() >= MIN_ROWS, "{} rows", rows().count());
    let nothing = Knowledge::of(Machine::new(Path::new("/nowhere"), "/bin"), Userland::Gnu);
    for (command, expected) in rows() {
        assert!(!expected.is_empty(), "{command}");
        // The table knows names and says nothing of them: no row is met without documentation.
        let parts = explain(command, ShellType::Bash, &nothing);
        let options: Vec<&Part> = parts.iter().filter(|part| part.kind == PartKind::Option).collect();
        let met = |(part, expected): (&&Part, &&str)| complaint(Some(part), expected).is_none();
        let documented = expected.iter().filter(|expected| !expected.starts_with("-- "));
        assert!(!options.iter().zip(documented).any(met), "{command}");
        let programs = parts.iter().filter(|part| part.kind == PartKind::Program);
        assert!(programs.clone().count() > 0, "{command}");
        for part in programs.filter(|part| !part.names.is_empty() && part.names != "part of the shell") {
            assert_eq!(part.names, "not on this machine", "{command}: {}", part.text);
        }
    }
}
