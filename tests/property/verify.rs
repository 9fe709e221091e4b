//! Laws of a verification: it ends without a panic, points into the text, and says the same twice.

use cmdai_core::context::Userland;
use cmdai_core::request::{Platform, ShellType};
use cmdai_verify::{CheckKind, Knowledge, Outcome, Query, Report, amend, verify};
use proptest::prelude::*;
use std::sync::LazyLock;

static GNU: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::builtin(Userland::Gnu));
static BSD: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::builtin(Userland::Bsd));

/// Pieces that commands are made of, good and bad.
const PIECES: &[&str] = &[
    "find",
    "ls",
    "git",
    "log",
    "docker",
    "ps",
    "tar",
    "xzf",
    "sed",
    "-i",
    "''",
    "-n",
    "--",
    "--all=",
    "-exec",
    "{}",
    "+",
    ";",
    "|",
    "&&",
    "$(",
    ")",
    "`",
    "'",
    "\"",
    "$x",
    "é",
    "\u{2028}",
    "sudo",
    "xargs",
    "-I{}",
    "bash -c",
    "'ls --x'",
    "-",
    "--x",
    "=",
    "*.txt",
    "{a,b}",
    "<",
    ">",
    "/path/to/x",
    "\\",
    "\n",
    "[[",
    "]]",
    "((",
    "if",
    "then",
    "fi",
    "-newermt",
    "stat -f %z",
    "ssh h",
    "#",
    "-5",
    "+10M",
    "\0",
    "\u{f8f0}",
    "watch",
    "time",
    "env A=1",
    "-rf",
    "date -d",
    "cut -f",
    "ps aux",
    "Get-Item",
    "find . -name a/b",
    "-name '*.o' -o",
    "-mtime -1 -mtime +3",
    "grep 'a|b'",
    "ls -l | sort -n",
    "wc -l",
    "done",
    "do",
    "-perm +x",
    "~",
    "kill -9",
];

fn command() -> impl Strategy<Value = String> {
    let pieces = proptest::collection::vec((0..PIECES.len(), prop::bool::weighted(0.8)), 0..14);
    let made = pieces.prop_map(|pieces| {
        let words = pieces.into_iter().filter_map(|(at, space)| Some([*PIECES.get(at)?, if space { " " } else { "" }]));
        words.flatten().collect::<String>()
    });
    prop_oneof![3 => made, 1 => any::<String>()]
}

fn request() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "find",
        "10",
        "MB",
        "older",
        "than",
        "a",
        "week",
        "\"x y\"",
        "don't",
        "notes.txt",
        "/var/log",
        "2024-01-31",
        "08:14",
        "755",
        "permissions",
        "(like",
        "this)",
        "e.g.",
        "1,000",
        "90%",
        "two",
        "days",
        "é",
        "‘",
        "'",
        "0",
        "18446744073709551616",
        "1e999",
        "5th",
        "-",
        "3-7",
        "~/x",
        "*.log",
        "C:\\x",
        "YYYY.txt",
        "as",
        "0.00001",
        "TB",
        "99999999999",
        "years",
        "all",
        "the",
        "total",
        "characters",
        "recursively",
        "whatever the case",
        "not below",
    ]);
    prop_oneof![3 => proptest::collection::vec(words, 0..10).prop_map(|w| w.join(" ")), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn spans_slice_the_command(
        command in command(),
        request in request(),
        shell in prop::sample::select(ShellType::ALL.to_vec()),
        platform in prop::sample::select(Platform::ALL.to_vec()),
        bsd in any::<bool>(),
    ) {
        let knowledge = if bsd { &*BSD } else { &*GNU };
        let files = ["a.txt".to_owned()];
        let report = verify(&command, &Query::new(&request, shell, platform).with_files(&files), knowledge);
        for check in &report.checks {
            prop_assert!(command.get(check.span.clone()).is_some(), "{check:?}");
            prop_assert_eq!(check.complaint.is_empty(), check.outcome == Outcome::Pass);
        }
    }

    #[test]
    fn verify_is_deterministic(command in command(), request in request()) {
        let query = Query::new(&request, ShellType::Bash, Platform::Linux);
        let report = verify(&command, &query, &GNU);
        prop_assert_eq!(&verify(&command, &query, &Knowledge::builtin(Userland::Gnu)), &report);
        let json = serde_json::to_string(&report).unwrap();
        prop_assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }

    #[test]
    fn amending_never_makes_it_worse(command in command(), request in request()) {
        let query = Query::new(&request, ShellType::Bash, Platform::Linux);
        let failed = |report: &Report| report.checks.iter().filter(|check| check.outcome == Outcome::Fail).count();
        let (before, amended) = (verify(&command, &query, &GNU), amend(&command, &query, &GNU));
        prop_assert_eq!(amended.because.is_empty(), amended.command == command);
        prop_assert!(failed(&amended.report) <= failed(&before).saturating_sub(amended.because.len()));
        prop_assert!(amended.because.iter().all(|why| !why.is_empty()));
        prop_assert_eq!(&amended.report, &verify(&amended.command, &query, &GNU));
    }

    #[test]
    fn a_request_that_names_nothing_misses_nothing(command in command()) {
        let report = verify(&command, &Query::new("", ShellType::Bash, Platform::Linux), &GNU);
        prop_assert!(report.checks.iter().all(|check| check.kind != CheckKind::Literal));
    }
}
