//! Which programs are asked for their help, and how often: a machine stated as a directory, with owners and modes as Unix has them.

use crate::machine::{World, complaints, executable};
use cmdai_core::context::Userland;
use cmdai_core::request::{Platform, ShellType};
use cmdai_verify::{Knowledge, Machine, PartKind, Query, Run, explain_asking, verify};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Remembers who was asked.
#[derive(Default)]
struct Asked {
    calls: AtomicUsize,
    programs: Mutex<Vec<String>>,
}

impl Run for Asked {
    fn help(&self, program: &Path, _: &[&str]) -> Option<String> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.programs.lock().unwrap().push(program.file_name().unwrap().to_string_lossy().into_owned());
        Some("Usage: du\n  -a, --all   all\n      --brand-new=N   newer than any table\n".to_owned())
    }
}

#[test]
fn only_harmless_programs_are_asked() {
    let world = World::new();
    world.program("du", b"\x7fELF");
    world.program("ls", b"#!/bin/sh\nrm -rf /\n");
    world.program("reboot", b"\x7fELF");
    world.file("home/ada/bin/wc", b"\x7fELF");
    executable(&world.path("home/ada/bin/wc"));
    let asked = Arc::new(Asked::default());
    let machine = Machine::new(world.0.path(), "/home/ada/bin:/usr/bin").with_runner(asked.clone());
    let knowledge = Knowledge::of(machine, Userland::Gnu);
    let names = ["du", "ls", "reboot", "wc", "frob", "nothing"];
    knowledge.warm(names);
    let root = fs::metadata(world.path("usr/bin/du")).unwrap().uid() == 0;
    let expected: &[&str] = if root { &["du"] } else { &[] };
    assert_eq!(
        *asked.programs.lock().unwrap(),
        expected,
        "a script, one not on the list, one in a home: none is asked"
    );
    if root {
        assert!(complaints("du --brand-new=5", &knowledge).is_empty());
        knowledge.warm(names);
        assert_eq!(asked.calls.load(Ordering::Relaxed), 1, "asked once");
    }
    let _ = verify("wc --x; ls --y; du --z", &Query::new("", ShellType::Bash, Platform::Linux), &knowledge);
    assert!(asked.calls.load(Ordering::Relaxed) <= 1, "a verification asks nobody");
    assert!(world.path("usr/bin/du").exists());
}

#[test]
fn what_no_page_describes_is_asked_for_once_to_explain_it() {
    let world = World::new();
    world.program("du", b"\x7fELF");
    if fs::metadata(world.path("usr/bin/du")).unwrap().uid() != 0 {
        return; // A program that others could change is never asked.
    }
    let asked = Arc::new(Asked::default());
    let machine = Machine::new(world.0.path(), "/usr/bin").with_runner(asked.clone());
    let knowledge = Knowledge::of(machine.clone(), Userland::Gnu).with_cache(&world.path("cache/index"));
    let told = |knowledge: &Knowledge, command: &str| -> Vec<String> {
        let parts = explain_asking(command, ShellType::Bash, knowledge).into_iter();
        parts.filter(|part| part.kind == PartKind::Option).map(|part| format!("{} {}", part.text, part.about)).collect()
    };
    assert_eq!(told(&knowledge, "frob -a"), ["-a all of them"]);
    assert_eq!(asked.calls.load(Ordering::Relaxed), 0, "its page says all");
    let expected = ["-a all", "--brand-new=3 newer than any table", "-s "];
    assert_eq!(told(&knowledge, "du -a --brand-new=3 -s"), expected);
    knowledge.save().unwrap();
    let again = Knowledge::of(machine, Userland::Gnu).with_cache(&world.path("cache/index"));
    assert_eq!(told(&again, "du -a --brand-new=3 -s"), expected);
    assert_eq!(asked.calls.load(Ordering::Relaxed), 1, "asked once, although it left one out");
}
