//! Shows what is known of programs on this machine, and where the table and the machine disagree.
//!
//! `cargo run -p cmdai-verify --example known -- du 'git log'`; with `--gaps` only options that the machine documents and the
//! table lacks. Reads files only.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use cmdai_core::context::Userland;
use cmdai_verify::{Knowledge, Machine, Opt, table};
use std::path::Path;
use std::sync::Arc;

fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let gaps = names.iter().any(|name| name == "--gaps");
    let path = std::env::var("PATH").unwrap_or_default();
    let machine = Knowledge::of(Machine::new(Path::new("/"), &path), Userland::Gnu);
    for name in names.iter().filter(|name| !name.starts_with('-')) {
        let found = if gaps { machine.documented(name).map(Arc::new) } else { machine.program(name) };
        let Some(known) = found else {
            println!("{name}: nothing is known");
            continue;
        };
        if let Some(listed) = table::program(name, Userland::Gnu).filter(|_| gaps) {
            let lacks = |opt: &&Opt| !opt.names.iter().all(|n| listed.option(n).is_some());
            let shown: Vec<String> = known.options.iter().filter(lacks).map(Opt::shown).collect();
            println!("{name}: {}", shown.join("  "));
            continue;
        }
        println!(
            "{name}: {} options, {} mentioned, {:?}",
            known.options.len(),
            known.mentioned.len(),
            known.options_trust
        );
        for opt in &known.options {
            println!("  {:40} {}", opt.shown(), opt.about);
        }
    }
}
