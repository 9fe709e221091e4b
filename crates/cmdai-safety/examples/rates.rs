//! Rates on the corpus: how many bad commands are seen, how many good ones are disturbed, family by family.
//!
//! Half of each family's rows is kept apart: nobody looks at those rows to change a rule, so the rates on them are what a command
//! never seen before can expect. `--rows` prints the rows of the tuned half that are judged wrongly, never those kept apart;
//! `--file FILE` measures rows of your own instead.

#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program prints, and stops where its file is missing")]

use cmdai_core::assess::{Assess, Decision, RiskLevel};
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::{Platform, SafetyLevel, ShellType};
use cmdai_safety::Analyzer;
use std::collections::BTreeMap;

const TUNED: &str = include_str!("../../../tests/data/safety/corpus/tuned.tsv");
const APART: &str = include_str!("../../../tests/data/safety/corpus/apart.tsv");

/// Counts of one family, or of all.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    bad: usize,
    bad_seen: usize,
    good: usize,
    good_blocked: usize,
    good_disturbed: usize,
    between: usize,
    between_right: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.bad += other.bad;
        self.bad_seen += other.bad_seen;
        self.good += other.good;
        self.good_blocked += other.good_blocked;
        self.good_disturbed += other.good_disturbed;
        self.between += other.between;
        self.between_right += other.between_right;
    }

    fn line(&self, name: &str) -> String {
        format!(
            "{name:<22} {:>4} {:>8}   {:>4} {:>8} {:>10}   {:>4} {:>8}",
            self.bad,
            share(self.bad_seen, self.bad),
            self.good,
            share(self.good_blocked, self.good),
            share(self.good_disturbed, self.good),
            self.between,
            share(self.between_right, self.between),
        )
    }
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    // Counts of rows: far below what a double holds exactly.
    #[allow(clippy::cast_precision_loss, reason = "counts of rows")]
    let percent = part as f64 * 100.0 / whole as f64;
    format!("{percent:.1} %")
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rows = args.iter().any(|arg| arg == "--rows");
    let own = args.iter().position(|arg| arg == "--file").and_then(|at| args.get(at + 1));
    let own = own.map(|file| std::fs::read_to_string(file).unwrap_or_default());
    let corpora = match &own {
        Some(text) => vec![("rows of your own", text.as_str(), rows)],
        None => vec![("tuned half", TUNED, rows), ("half kept apart", APART, false)],
    };
    for (title, corpus, print) in corpora {
        let families = count(corpus, print);
        println!("\n{title:<22}  bad    High+   good  blocked  Moderate+   between in range");
        let mut all = Counts::default();
        for (family, counts) in &families {
            println!("{}", counts.line(family));
            all.add(*counts);
        }
        println!("{}", all.line("all"));
    }
}

fn count(corpus: &str, print: bool) -> BTreeMap<&str, Counts> {
    let analyzer = Analyzer::new();
    let context = ExecutionContext::new(
        "/home/ada/project".into(),
        ShellType::Bash,
        Platform::Linux,
        chrono::DateTime::UNIX_EPOCH,
    );
    let mut families: BTreeMap<&str, Counts> = BTreeMap::new();
    for row in corpus.lines() {
        let mut fields = row.split('\t');
        let (Some(range), Some(command), Some(family)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let judged = analyzer.assess(&command.replace('⏎', "\n"), &context, SafetyLevel::Moderate);
        let risk = judged.risk();
        let counts = families.entry(family).or_default();
        let (low, high) = range.split_once('-').map_or((level(range), level(range)), |(l, h)| (level(l), level(h)));
        let right = if low >= RiskLevel::High {
            counts.bad += 1;
            counts.bad_seen += usize::from(risk >= RiskLevel::High);
            risk >= RiskLevel::High
        } else if high == RiskLevel::Safe {
            counts.good += 1;
            counts.good_blocked += usize::from(judged.decision() == Decision::Block);
            counts.good_disturbed += usize::from(risk >= RiskLevel::Moderate);
            risk == RiskLevel::Safe
        } else {
            counts.between += 1;
            counts.between_right += usize::from(risk >= low && risk <= high);
            risk >= low && risk <= high
        };
        if print && !right {
            let rules: Vec<&str> = judged.findings().iter().map(|f| f.rule.as_str()).collect();
            println!(
                "{risk} instead of {range}\t{family}\t{command}\t{rules:?}\t{}",
                fields.next().unwrap_or_default()
            );
        }
    }
    families
}

fn level(letter: &str) -> RiskLevel {
    match letter {
        "S" => RiskLevel::Safe,
        "M" => RiskLevel::Moderate,
        "H" => RiskLevel::High,
        _ => RiskLevel::Critical,
    }
}
