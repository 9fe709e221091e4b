//! Rates and times on this machine: false alarms, wrong words caught, and what one verification or explanation takes.
//!
//! `cargo run --release -p cmdai-verify --example costs`. Everything is measured twice: with the table alone and with the
//! manual pages of this machine. Alarms of the half of the tasks that is only reported are counted and not shown.

#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "its output is what it is for, with some hundred rows"
)]

#[path = "../../../tests/support/verify_answers.rs"]
mod answers;

use answers::Answer;
use cmdai_core::context::Userland;
use cmdai_core::request::{Platform, ShellType};
use cmdai_verify::{CheckKind, Knowledge, Machine, Processes, Query, explain, table, verify};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const EXPLAINED: &str = include_str!("../../../tests/data/verify/explain.tsv");
const WRONG: &str = include_str!("../../../tests/data/verify/wrong_flags.tsv");

fn main() {
    let path = std::env::var("PATH").unwrap_or_default();
    let machine = || Machine::new(Path::new("/"), &path);
    alarms("table", &Knowledge::builtin(Userland::Gnu));
    alarms("machine", &Knowledge::of(machine(), Userland::Gnu));
    caught("table", &Knowledge::builtin(Userland::Gnu));
    caught("machine", &Knowledge::of(machine(), Userland::Gnu));
    times(&machine());
    explanations(&machine());
}

/// Time of each command of the data: alone, with nothing read before, and with everything in memory.
fn explanations(machine: &Machine) {
    let commands: Vec<&str> =
        EXPLAINED.lines().filter(|row| !row.starts_with('#')).filter_map(|row| row.split('\t').next()).collect();
    let once = |command: &str, knowledge: &Knowledge| {
        let start = Instant::now();
        std::hint::black_box(explain(command, ShellType::Bash, knowledge));
        start.elapsed()
    };
    let show = |name: &str, took: Vec<Duration>| {
        let mut sorted: Vec<(Duration, &str)> = took.into_iter().zip(commands.iter().copied()).collect();
        sorted.sort();
        let at = |share: usize| sorted.get((sorted.len() - 1) * share / 100).copied().unwrap_or_default();
        println!(
            "explain, {name}: median {:?}, 95 % {:?}, longest {:?} ({})",
            at(50).0,
            at(95).0,
            at(100).0,
            at(100).1
        );
    };
    // The table is unpacked by whoever asks first, once a process.
    once("ls", &Knowledge::of(machine.clone(), Userland::Gnu));
    let fresh = |command: &&str| once(command, &Knowledge::of(machine.clone(), Userland::Gnu));
    show("nothing read yet", commands.iter().map(fresh).collect());
    let knowledge = Knowledge::of(machine.clone(), Userland::Gnu);
    let warm = |command: &&str| (0..5).map(|_| once(command, &knowledge)).min().unwrap_or_default();
    show("everything in memory", commands.iter().map(warm).collect());
}

/// Complaints about right answers; a program that is not installed is not a false one.
fn alarms(name: &str, knowledge: &Knowledge) {
    for half in ["tuning", "report"] {
        let all: Vec<Answer> = answers::answers(half).into_iter().filter(|a| a.platform == Platform::Linux).collect();
        let mut found = 0;
        for answer in &all {
            let report =
                verify(&answer.command, &Query::new(&answer.request, answer.shell, answer.platform), knowledge);
            let complaints = report.complaints();
            let Some(check) = complaints.iter().find(|check| check.kind != CheckKind::ProgramExists) else { continue };
            found += 1;
            if half == "tuning" {
                println!("    {}: {}: {}", answer.task, answer.command, check.complaint);
            }
        }
        let rate = 100.0 * f64::from(found) / all.len() as f64;
        println!("false alarms, {name}, {half}: {found} of {} ({rate:.1} %)", all.len());
    }
}

fn caught(name: &str, knowledge: &Knowledge) {
    let rows: Vec<&str> = WRONG.lines().filter(|line| line.starts_with("linux\t")).collect();
    let mut caught = 0;
    for row in &rows {
        let command = row.split('\t').nth(1).unwrap_or_default();
        let report = verify(command, &Query::new("", ShellType::Bash, Platform::Linux), knowledge);
        if report.complaints().iter().any(|check| check.kind != CheckKind::ProgramExists) {
            caught += 1;
        } else {
            println!("    missed: {command}");
        }
    }
    println!(
        "wrong words caught, {name}: {caught} of {} ({:.1} %)",
        rows.len(),
        100.0 * f64::from(caught) / rows.len() as f64
    );
}

fn times(machine: &Machine) {
    let answers = answers::answers("tuning");
    // Of several rounds the best counts: the machine has other things to do as well.
    let ask = |knowledge: &Knowledge, rounds: usize| -> Vec<Duration> {
        let mut took: Vec<Duration> = answers
            .iter()
            .map(|answer| {
                let once = || {
                    let start = Instant::now();
                    let query = Query::new(&answer.request, answer.shell, answer.platform);
                    std::hint::black_box(verify(&answer.command, &query, knowledge));
                    start.elapsed()
                };
                (0..rounds).map(|_| once()).min().unwrap_or_default()
            })
            .collect();
        took.sort();
        took
    };
    let show = |name: &str, took: &[Duration]| {
        let at = |share: usize| took.get((took.len() - 1) * share / 100).copied().unwrap_or_default();
        println!("verify, {name}: median {:?}, 99 % {:?}, longest {:?}", at(50), at(99), at(100));
    };
    let file = std::env::temp_dir().join(format!("cmdai-verify-bench-{}", std::process::id()));
    let knowledge = Knowledge::of(machine.clone(), Userland::Gnu).with_cache(&file);
    show("nothing read yet", &ask(&knowledge, 1));
    show("everything in memory", &ask(&knowledge, 5));
    if knowledge.save().is_ok() {
        let start = Instant::now();
        let again = Knowledge::of(machine.clone(), Userland::Gnu).with_cache(&file);
        println!(
            "cache: {} KiB, opened in {:?}",
            std::fs::metadata(&file).map_or(0, |meta| meta.len() / 1024),
            start.elapsed()
        );
        show("from the cache", &ask(&again, 1));
    }
    let asking = Knowledge::of(machine.clone().with_runner(Arc::new(Processes)), Userland::Gnu);
    let names: Vec<&str> = table::names().collect();
    let start = Instant::now();
    let known = asking.warm(names.iter().copied());
    println!("warm: {known} of {} programs in {:?}", names.len(), start.elapsed());
    let _ = std::fs::remove_file(&file);
}
