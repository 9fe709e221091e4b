//! Verifies commands for this machine: the arguments joined, or each line of standard input, or whole scripts named `@FILE`.
//!
//! `cargo run -p cmdai-verify --example verify -- 'du -h --depth=1'`; `REQUEST='…'` gives the words that were asked.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use cmdai_core::context::Userland;
use cmdai_core::request::{Platform, ShellType};
use cmdai_verify::{Knowledge, Machine, Outcome, Query, verify};
use std::io::BufRead;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let path = std::env::var("PATH").unwrap_or_default();
    let userland = if cfg!(target_os = "macos") { Userland::Bsd } else { Userland::Gnu };
    let knowledge = Knowledge::of(Machine::new(Path::new("/"), &path), userland);
    let request = std::env::var("REQUEST").unwrap_or_default();
    let query = Query::new(&request, ShellType::Bash, Platform::current());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let files: Vec<&str> = arguments.iter().filter_map(|argument| argument.strip_prefix('@')).collect();
    if !files.is_empty() {
        for file in files {
            show(&std::fs::read_to_string(file)?, file, &query, &knowledge);
        }
    } else if arguments.is_empty() {
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            show(&line, &line, &query, &knowledge);
        }
    } else {
        let command = arguments.join(" ");
        let report = verify(&command, &query, &knowledge);
        for check in &report.checks {
            let place = command.get(check.span.clone()).unwrap_or_default();
            println!("{:?} {:?} `{place}` {} {:?}", check.outcome, check.kind, check.complaint, check.suggestion);
        }
    }
    Ok(())
}

fn show(command: &str, name: &str, query: &Query<'_>, knowledge: &Knowledge) {
    for check in verify(command, query, knowledge).checks.iter().filter(|check| check.outcome != Outcome::Pass) {
        println!("{name}: {:?} {:?}: {}", check.outcome, check.kind, check.complaint);
    }
}
