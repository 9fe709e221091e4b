//! Laws of the analyser: metamorphic in both directions, total on any text, and bounded in time.

#![allow(missing_docs, reason = "a test target has no public interface")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use chrono::DateTime;
use cmdai_core::assess::{Assess, Coverage, RiskLevel};
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::{Platform, SafetyLevel, ShellType};
use cmdai_safety::{Analyzer, Session};
use proptest::prelude::*;
use std::fmt::Write as _;

#[path = "../support/safety_attacks.rs"]
mod safety_attacks;

fn context(shell: ShellType) -> ExecutionContext {
    ExecutionContext::new("/home/ada/project".into(), shell, Platform::Linux, DateTime::UNIX_EPOCH)
}

fn risk(command: &str) -> RiskLevel {
    Analyzer::new().assess(command, &context(ShellType::Bash), SafetyLevel::Moderate).risk()
}

/// Commands of the corpus that are High or Critical and hold no new line.
fn bad() -> Vec<&'static str> {
    let rows = include_str!("../data/safety/bad.tsv").lines().filter(|r| !r.starts_with("# "));
    rows.filter_map(|r| r.split('\t').nth(1)).filter(|c| !c.contains('⏎')).collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn base64(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| (w << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            out.push(if index <= chunk.len() {
                char::from(ALPHABET[(word >> (18 - 6 * index) & 63) as usize])
            } else {
                '='
            });
        }
    }
    out
}

/// What says the same in other words. Rewrites of the first word apply where it is a plain word.
fn respelled(command: &str) -> Vec<String> {
    let q = quoted(command);
    let mut out = vec![
        format!("bash -c {q}"),
        format!("sh -c {q}"),
        format!("eval {q}"),
        format!("( {command}\n)"),
        format!("{{ {command}\n}}"),
        format!("true && {command}"),
        format!("true; {command}"),
        format!("true\n{command}"),
        format!("if true; then\n{command}\nfi"),
        format!("f() {{ {command}\n}}; f"),
        format!("bash <<'Q'\n{command}\nQ"),
        format!("echo {q} | bash"),
        format!("printf '%s' {q} | sh"),
        format!("bash <<< {q}"),
        format!("x={q}; eval \"$x\""),
        format!("echo {} | base64 -d | bash", base64(command)),
        format!("env A=1 nice nohup bash -c {q}"),
        format!("sudo bash -c {q}"),
        format!("echo \"$({command}\n)\""),
        format!("while true; do\n{command}\nbreak; done"),
    ];
    let (first, rest) = command.split_once(' ').unwrap_or((command, ""));
    if first.len() > 1
        && first.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && !["if", "while", "for", "case", "exec", "time", "trap", "set", "unset", "export", "bomb"].contains(&first)
    {
        let (head, tail) = first.split_at(1);
        out.extend([
            format!("'{first}' {rest}"),
            format!("{head}''{tail} {rest}"),
            format!("{head}\\{tail} {rest}"),
            format!("{head}\"{tail}\" {rest}"),
            format!("$'{first}' {rest}"),
            format!("a={head} b={tail}; $a$b {rest}"),
            format!("$(echo {first}) {rest}"),
            format!("sudo {first} {rest}"),
            format!("command {first} {rest}"),
            format!("nice -n 5 timeout 10 {first} {rest}"),
            format!("/usr/bin/{first} {rest}"),
        ]);
    }
    out
}

#[test]
fn respelling_never_lowers() {
    let mut wrong = String::new();
    let (mut total, mut lost) = (0, 0);
    for command in bad() {
        let before = risk(command);
        for other in respelled(command) {
            total += 1;
            let after = risk(&other);
            // Builtins of the shell are no programs: a wrapper makes them fail.
            if after < RiskLevel::High && after < before {
                lost += 1;
                writeln!(wrong, "{before} became {after}: {other}").unwrap();
            }
        }
    }
    assert!(lost == 0, "{lost} of {total}\n{wrong}");
}

#[test]
fn embedding_as_data_never_raises() {
    let mut wrong = String::new();
    for command in bad() {
        let q = quoted(command);
        for data in [
            format!("echo {q}"),
            format!("printf '%s\\n' {q}"),
            format!("grep -F {q} notes.txt"),
            format!("git commit -m {q}"),
            format!("ls # {command}"),
            format!("cat <<'Q'\n{command}\nQ"),
            format!("echo {q} > notes.txt"),
            format!("echo {q} | grep foo"),
            format!("x={q}"),
            format!("test {q} = x"),
            format!("cat <<< {q}"),
            format!("jq --arg a {q} . f.json"),
        ] {
            if risk(&data) > RiskLevel::Safe {
                writeln!(wrong, "{} for {data}", risk(&data)).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_wrapper_never_lowers() {
    for wrapper in [
        "sudo",
        "nohup",
        "env",
        "nice",
        "timeout 5",
        "time",
        "setsid",
        "stdbuf -oL",
        "ionice -c3",
        "strace -f",
        "doas",
        "command",
        "busybox",
        "caffeinate",
    ] {
        for command in [
            "rm -rf /",
            "rm -rf src",
            "dd if=a of=/dev/sda",
            "chmod -R 777 /",
            "git reset --hard",
            "mkfs.ext4 /dev/sda",
        ] {
            assert!(risk(&format!("{wrapper} {command}")) >= risk(command), "{wrapper} {command}");
        }
    }
}

#[test]
fn a_session_never_lowers() {
    let (analyzer, here) = (Analyzer::new(), context(ShellType::Bash));
    let mut session = Session::new();
    for command in bad() {
        assert!(session.assess(&analyzer, command, &here, SafetyLevel::Moderate).risk() >= risk(command), "{command}");
    }
}

#[test]
fn attacks_end_without_overflow_on_a_small_stack() {
    let known = [
        format!("{}rm -rf /{}", "$(echo ".repeat(23), ")".repeat(23)),
        format!("echo {}", "{a,b}".repeat(60)),
        "f() { f; f; }; f".to_owned(),
    ];
    // Short blocks side by side: only their time grows with the length, and the `latency` example shows it.
    let attacks: Vec<(String, String)> = safety_attacks::all(512)
        .into_iter()
        .map(|attack| (attack.name, attack.text))
        .chain(known.map(|text| (text.chars().take(20).collect(), text)))
        .collect();
    let kinds = include_str!("../data/safety/attacks.tsv").lines().count() - 1;
    assert!(kinds >= 14, "{kinds} kinds");
    // The smaller of the two stacks that are promised.
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let others = [ShellType::Fish, ShellType::PowerShell, ShellType::Cmd, ShellType::Zsh, ShellType::Nu];
        for ((name, attack), other) in attacks.into_iter().zip(others.into_iter().cycle()) {
            for shell in [ShellType::Bash, other] {
                let judged = Analyzer::new().assess(&attack, &context(shell), SafetyLevel::Permissive);
                let full = judged.coverage() == Coverage::Full;
                assert!(full || judged.risk() >= RiskLevel::Moderate, "{name} in {shell}");
            }
        }
    });
    worker.unwrap().join().expect("no stack overflow, no panic");
}

/// Pieces of shell in any order.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "rm",
        " -rf",
        " /",
        "$(",
        ")",
        "`",
        "'",
        "\"",
        "$x",
        "${x",
        "}",
        "{",
        "|",
        "&",
        ";",
        "\n",
        "<<E\n",
        "E\n",
        ">",
        "<",
        "\\",
        "if ",
        "then ",
        "fi",
        "for i in ",
        "do ",
        "done",
        "case ",
        "esac",
        "[[",
        "]]",
        "((",
        "))",
        "eval ",
        "base64 -d",
        "sh",
        "curl u",
        "é",
        "\u{202e}",
        "\u{f8f0}",
        "*",
        "?",
        "[",
        "~",
        "#",
        "%TEMP%",
        "^",
        "$env:x",
        "-enc ",
        "x=",
        "=(",
        "${x:-",
        "$'\\x",
        "{a,",
        "..",
        "awk 'BEGIN{system(\"",
        "python3 -c ",
        "xargs ",
        "find . -exec ",
        "{} +",
        "tr a-z ",
        "printf %s",
        "cd ",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_judged(text in prop_oneof![soup(), ".{0,80}"], shell in prop::sample::select(ShellType::ALL.to_vec())) {
        let judged = Analyzer::new().assess(&text, &context(shell), SafetyLevel::Moderate);
        prop_assert_eq!(judged.command(), &text);
        for finding in judged.findings() {
            prop_assert!(text.get(finding.span.clone()).is_some());
        }
    }

    #[test]
    fn more_commands_never_lower(text in soup()) {
        let tail = risk("rm -rf /");
        let both = format!("rm -rf /\n{text}");
        prop_assert!(risk(&both) >= tail, "{}", both);
    }
}
