//! Differential: for words whose value is known, the arguments this crate sees are the ones bash prints.

#![allow(missing_docs, reason = "a test target has no public interface")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use chrono::DateTime;
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::{Platform, SafetyLevel, ShellType};
use cmdai_safety::Analyzer;
use std::process::Command;

const WORDS: &[&str] = &[
    "a b  c",
    "'a b' \"c d\"",
    "a'b'\"c\"\\d",
    "$'x\\x41\\101\\u0042'",
    "\\'\\\"\\ ",
    "\"a\\$b\\\"c\\\\d\\e\"",
    "{a,b}{1,2}",
    "x{1..4}y",
    "{d..a}",
    "a{b,{c,d}}e",
    "{a}",
    "{}",
    "'{a,b}'",
    "$((1 + 2 * 3))",
    "$(echo a b)",
    "\"$(echo a b)\"",
    "`echo x`",
    "$(printf 'a\\nb')",
    "\"$(printf 'a\\nb')\"",
    "$(echo \"$(echo deep)\")",
    "`echo \\`echo y\\``",
    "''",
    "a'' ''b",
    "\"\"",
    "$(rev <<< abc)",
    "$(echo abc | tr a-c x-z)",
    "$(echo aGVsbG8= | base64 -d)",
    "$(printf '%s-%s' a b)",
    "$(echo -e 'a\\tb')",
    "$(printf '\\162\\155')",
];
/// Assignments first, then words.
const WITH_VARIABLES: &[(&str, &str)] = &[
    ("x=1", "$x ${x} \"$x\""),
    ("x='a b'", "$x \"$x\" ${x}c"),
    ("x=", "$x \"$x\" a$x"),
    ("x=abcdef", "${x:1:3} ${x:2} ${x: -2} ${#x}"),
    ("x=a/b/c.txt", "${x##*/} ${x#*/} ${x%.*} ${x%%/*}"),
    ("x=foo.bar", "${x/o/0} ${x//o/0} ${x/#f/F} ${x/%r/R}"),
    ("x=aB", "${x^^} ${x,,} ${x^}"),
    ("x=1 y=x", "${!y}"),
    ("x=(a 'b c' d)", "\"${x[@]}\" ${x[1]} \"${x[0]}\""),
    ("x=a; x+=b", "$x"),
    ("x=5", "$((x * 2))$x"),
    ("unset_x=; y=1", "${unset_x:-d} ${y:-d} ${y:+s} ${unset_x:+s}"),
    ("a=r b=m", "$a$b"),
    ("f() { echo \"<$1>\"; }", "$(f q)"),
    ("IFS=' '; x='a b'", "$x"),
];

/// The arguments of the last command in the analyser's trace.
fn seen(script: &str) -> String {
    let context =
        ExecutionContext::new("/home/ada/project".into(), ShellType::Bash, Platform::Linux, DateTime::UNIX_EPOCH);
    let steps = Analyzer::new().explain(script, &context, SafetyLevel::Moderate).steps;
    steps.iter().rev().find_map(|step| step.trim_start().strip_prefix("command marked ")).unwrap_or_default().to_owned()
}

#[track_caller]
fn check(setup: &str, words: &str) {
    let bash =
        Command::new("bash").args(["--norc", "-c", &format!("{setup}\nprintf '%s\\0' {words}")]).output().unwrap();
    assert!(bash.status.success(), "bash refuses {setup:?} {words:?}");
    let text = String::from_utf8(bash.stdout).unwrap();
    let printed: Vec<&str> = text.strip_suffix('\0').unwrap_or(&text).split('\0').collect();
    let shown: Vec<String> = printed.iter().map(|word| quote(word)).collect();
    assert_eq!(seen(&format!("{setup}\nmarked {words}")), shown.join(" "), "{setup:?} {words:?}");
}

/// As the trace shows words.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./~+=:,@%*".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[test]
fn arguments_are_what_bash_prints() {
    for words in WORDS {
        check(":", words);
    }
    for (setup, words) in WITH_VARIABLES {
        check(setup, words);
    }
}
