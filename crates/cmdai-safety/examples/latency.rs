//! Latency of one judgement: median and 99th percentile over the corpus, by length of the text, and the slowest attacks.
//!
//! With the beginning of a kind of `attacks.tsv` as its argument only these attacks are timed.

#![allow(clippy::print_stdout, reason = "a program prints")]

use cmdai_core::assess::Assess;
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::{Platform, SafetyLevel, ShellType};
use cmdai_safety::Analyzer;
use std::time::Instant;

#[path = "../../../tests/support/safety_attacks.rs"]
mod safety_attacks;

const ROUNDS: usize = 50;
const SLOWEST: usize = 20;

fn main() {
    let analyzer = Analyzer::new();
    let context = ExecutionContext::new(
        "/home/ada/project".into(),
        ShellType::Bash,
        Platform::Linux,
        chrono::DateTime::UNIX_EPOCH,
    );
    let corpus = [
        include_str!("../../../tests/data/safety/good.tsv"),
        include_str!("../../../tests/data/safety/bad.tsv"),
        include_str!("../../../tests/data/safety/accept.tsv"),
    ]
    .concat();
    let commands: Vec<String> = corpus
        .lines()
        .filter(|l| !l.starts_with("# "))
        .filter_map(|l| l.split('\t').nth(1))
        .map(|c| c.replace('⏎', "\n"))
        .collect();
    let first = Instant::now();
    analyzer.assess("ls", &context, SafetyLevel::Moderate);
    println!("first judgement (reads the tables)   {:>8} ns", first.elapsed().as_nanos());
    if let Some(kind) = std::env::args().nth(1) {
        attacks(&analyzer, &kind, ROUNDS);
        return;
    }
    report("corpus", &analyzer, &context, &commands);
    for (name, size) in [("chains of about 512 bytes", 512), ("chains of about 2 KiB", 2048)] {
        let mut long = Vec::new();
        for start in 0..commands.len() {
            let mut text = String::new();
            for command in commands.iter().cycle().skip(start).filter(|c| !c.contains('\n') && !c.contains('#')) {
                if text.len() + command.len() > size {
                    break;
                }
                text.push_str(command);
                text.push('\n');
            }
            long.push(text);
        }
        report(name, &analyzer, &context, &long);
    }
    attacks(&analyzer, "", 3);
}

/// The best of some rounds for every attack of this kind in every shell; the slowest are shown.
fn attacks(analyzer: &Analyzer, kind: &str, rounds: usize) {
    let mut all = Vec::new();
    for attack in safety_attacks::all(safety_attacks::SIZE).into_iter().filter(|attack| attack.name.starts_with(kind)) {
        for shell in ShellType::ALL {
            let context = ExecutionContext::new(
                "/home/ada/project".into(),
                *shell,
                Platform::Linux,
                chrono::DateTime::UNIX_EPOCH,
            );
            let time = |_| {
                let start = Instant::now();
                std::hint::black_box(analyzer.assess(&attack.text, &context, SafetyLevel::Moderate));
                start.elapsed().as_micros()
            };
            let best = (0..rounds).map(time).min().unwrap_or_default();
            all.push((best, format!("{} in {shell}", attack.name)));
        }
    }
    all.sort_unstable();
    println!("{} attacks of 64 KiB, the slowest:", all.len());
    for (micros, name) in all.iter().rev().take(SLOWEST) {
        println!("{micros:>8} us  {name}");
    }
}

fn report(name: &str, analyzer: &Analyzer, context: &ExecutionContext, commands: &[String]) {
    let mut best: Vec<u128> = commands
        .iter()
        .map(|command| {
            let time = |_| {
                let start = Instant::now();
                std::hint::black_box(analyzer.assess(command, context, SafetyLevel::Moderate));
                start.elapsed().as_nanos()
            };
            let mut times: Vec<u128> = (0..ROUNDS).map(time).collect();
            times.sort_unstable();
            times.get(ROUNDS / 2).copied().unwrap_or_default()
        })
        .collect();
    best.sort_unstable();
    let at = |share: usize| {
        best.get((best.len() * share / 100).min(best.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    println!("{name:<28} {:>4} texts  p50 {:>8} ns  p99 {:>8} ns  max {:>8} ns", best.len(), at(50), at(99), at(100));
}
