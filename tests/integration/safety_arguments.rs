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

/// What is seen differently, for people.
fn difference(setup: &str, words: &str) -> Option<String> {
    let bash = Command::new("bash").args(["--norc", "-c", &format!("{setup}\nprintf '%s\\0' {words}")]).output();
    // A machine without bash has nothing to compare with.
    let bash = bash.ok()?;
    assert!(bash.status.success(), "bash refuses {setup:?} {words:?}");
    let text = String::from_utf8(bash.stdout).unwrap();
    let printed: Vec<&str> = text.strip_suffix('\0').unwrap_or(&text).split('\0').collect();
    let shown: Vec<String> = printed.iter().map(|word| quote(word)).collect();
    let (seen, printed) = (seen(&format!("{setup}\nmarked {words}")), shown.join(" "));
    (seen != printed).then(|| format!("{setup}; {words}\n  seen    {seen}\n  printed {printed}"))
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

/// Words out of every way to quote and to expand, the same ones each time.
fn generated() -> Vec<String> {
    const ATOMS: &[&str] = &[
        "a",
        "B",
        "7",
        "_",
        "-",
        "'q r'",
        "\"d e\"",
        "\\$",
        "\\'",
        "$'t\\x41'",
        "''",
        "\"\"",
        "$x",
        "${x}",
        "\"$x\"",
        "${x:-d}",
        "${y:-'d e'}",
        "${x#a}",
        "${x%c}",
        "${x/b/Z}",
        "${#x}",
        "${x:1}",
        "${x^}",
        "{1,2}",
        "{x..z}",
        "$(echo s)",
        "\"$(echo 's t')\"",
        "`echo u`",
        "$((2 + 3))",
        "$((x2 * 4))",
        "\"a$((1))b\"",
        "$(printf '%s' v)",
        "${z[1]}",
        "\"${z[@]}\"",
    ];
    let mut state = 7u32;
    let mut next = |limit: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % limit
    };
    let words = (0..400).map(|_| (0..=next(4)).map(|_| ATOMS[next(ATOMS.len())]).collect::<String>());
    // The parser (0.2.8) misreads an expansion that follows braces; such a word is not fully known to us either.
    let behind = |word: &str| {
        ["{1,2}", "{x..z}"].iter().any(|b| word.split_once(b).is_some_and(|(_, t)| t.contains(['$', '`'])))
    };
    // Nor are names followed that braces make longer: `$x{a,b}` is `$xa $xb`.
    words.filter(|word| !behind(word) && !word.contains("$x{")).collect()
}

#[test]
fn generated_words_are_what_bash_prints() {
    let setup = "x=abc; x2=3; y=; z=(p 'q r' s)";
    let words = generated();
    assert!(words.len() >= 200);
    let wrong: Vec<String> = words.iter().filter_map(|word| difference(setup, word)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn arguments_are_what_bash_prints() {
    let plain = WORDS.iter().map(|words| (":", *words));
    let all = plain.chain(WITH_VARIABLES.iter().copied());
    let wrong: Vec<String> = all.filter_map(|(setup, words)| difference(setup, words)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
