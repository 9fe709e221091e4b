//! What is hidden and what is not, on samples in `tests/data/history`, and on every harmless command the safety tests know.

use cmdai_history::redact::{MARKER, Mode, Redactor, UserRule};
use std::fmt::Write as _;

fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|l| !l.starts_with("# ") && !l.is_empty()).map(|l| l.replace('⏎', "\n"))
}

/// The text without its marks, and with `*` for each marked stretch.
fn marked(line: &str) -> (String, String, Vec<String>) {
    let (mut plain, mut hidden, mut secrets) = (String::new(), String::new(), Vec::new());
    for (number, part) in line.split(['«', '»']).enumerate() {
        plain.push_str(part);
        hidden.push_str(if number % 2 == 1 { "*" } else { part });
        if number % 2 == 1 {
            secrets.push(part.to_owned());
        }
    }
    (plain, hidden, secrets)
}

/// The text with `*` for each marker.
fn starred(text: &str) -> String {
    let mut parts = text.split(MARKER);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push('*');
        out.push_str(part.split_once(']').map_or("", |(_, rest)| rest));
    }
    out
}

#[test]
fn secrets_are_hidden_and_nothing_beside_them() {
    let redactor = Redactor::default();
    let mut wrong = String::new();
    for line in lines(include_str!("../../data/history/secrets.txt")) {
        let (plain, expected, secrets) = marked(&line);
        let redacted = redactor.redact(&plain);
        let left = secrets.iter().any(|s| redacted.text.contains(s.as_str()));
        if left || starred(&redacted.text) != expected {
            let _ = writeln!(wrong, "{}{line}\n     -> {}", if left { "LEFT " } else { "MORE " }, redacted.text);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn harmless_lines_stay() {
    let redactor = Redactor::default();
    let mut wrong = String::new();
    let ours = lines(include_str!("../../data/history/harmless.txt"));
    let good = include_str!("../../data/safety/good.tsv").lines().filter(|l| !l.starts_with("# "));
    let good = good.filter_map(|l| l.split('\t').nth(1)).map(|c| c.replace('⏎', "\n"));
    for line in ours.chain(good) {
        let redacted = redactor.redact(&line);
        if redacted.text != line {
            let _ = writeln!(wrong, "{line}\n  -> {} {:?}", redacted.text, redacted.found[0].rule);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Nobody looks at these lines to change a rule, so the failure says how many and never which.
#[test]
fn samples_kept_apart_meet_the_bars() {
    let redactor = Redactor::default();
    let (mut all, mut gone) = (0_usize, 0_usize);
    for row in include_str!("../../data/history/samples/secrets-apart.tsv").lines() {
        let mut fields = row.split('\t').map(|field| field.replace("\\n", "\n"));
        let (Some(wanted), Some(line)) = (fields.next(), fields.next()) else { continue };
        let hidden = redactor.redact(&line).text;
        all += wanted.split("||").count();
        gone += wanted.split("||").filter(|secret| !hidden.contains(secret)).count();
    }
    assert!(all >= 150 && gone * 100 >= all * 95, "{gone} of {all} secrets gone");
    let harmless = include_str!("../../data/history/samples/harmless-apart.txt");
    let touched = harmless.lines().filter(|line| !redactor.redact(line).found.is_empty()).count();
    let lines = harmless.lines().count();
    assert!(lines >= 2000 && touched * 1000 < lines, "{touched} of {lines} harmless lines touched");
}

#[test]
fn a_finding_names_rule_kind_and_place() {
    let text = "mysql -u root -phunter2 && curl -H 'X-Api-Key: abc1' u";
    let found = Redactor::new(Mode::Off).explain(text);
    let shown: Vec<_> = found.iter().map(|f| (f.rule.as_str(), f.kind.as_str(), &text[f.span.clone()])).collect();
    assert_eq!(shown, [("program-flag", "password", "hunter2"), ("assignment", "key", "abc1")]);
    assert_eq!(Redactor::new(Mode::Off).redact(text).text, text);
}

#[test]
fn rules_of_the_user_are_heard() {
    let rule = |name: &str, pattern: &str| UserRule {
        name: name.to_owned(),
        pattern: pattern.to_owned(),
        kind: "employee]".to_owned(),
    };
    let rules = [rule("number", r"\bE\d{5}\b"), rule("badge", r"badge (?<secret>\w+)")];
    let redactor = Redactor::with_rules(Mode::Redact, &rules).unwrap();
    let redacted = redactor.redact("grep E12345 staff.csv # badge xyz");
    assert_eq!(redacted.text, "grep [REDACTED:employee] staff.csv # badge [REDACTED:employee]");
    assert_eq!(redacted.found[0].rule, "user:number");
    assert!(Redactor::with_rules(Mode::Redact, &[rule("x", "(")]).is_err());
}

#[test]
fn json_values_are_hidden_by_their_names() {
    let value = serde_json::json!({"user": "ada", "db": {"password": "plainword"}, "run": ["mysql -phunter2"], "n": 3});
    let hidden = Redactor::default().redact_json(value);
    let expected = serde_json::json!(
        {"user": "ada", "db": {"password": "[REDACTED:password]"}, "run": ["mysql -p[REDACTED:password]"], "n": 3}
    );
    assert_eq!(hidden, expected);
}
