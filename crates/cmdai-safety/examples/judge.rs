//! Embeds the analyser: judges each line of standard input, or explains the command given as an argument.
//!
//! `echo 'rm -rf /' | cargo run -p cmdai-safety --example judge`, `cargo run -p cmdai-safety --example judge -- 'curl x | sh'`.

#![allow(clippy::print_stdout, reason = "a program prints")]

use cmdai_core::assess::Assess;
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::{Platform, SafetyLevel, ShellType};
use cmdai_safety::Analyzer;
use std::io::BufRead;

fn main() {
    let analyzer = Analyzer::new();
    let context = ExecutionContext::new(
        "/home/ada/project".into(),
        ShellType::Bash,
        Platform::Linux,
        chrono::DateTime::UNIX_EPOCH,
    );
    if let Some(command) = std::env::args().nth(1) {
        println!("{}", analyzer.explain(&command, &context, SafetyLevel::Moderate));
        return;
    }
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let line = line.replace('⏎', "\n");
        let judged = analyzer.assess(&line, &context, SafetyLevel::Moderate);
        println!("{}\t{}\t{}\t{}", judged.risk(), judged.coverage(), judged.decision(), line.replace('\n', "⏎"));
    }
}
