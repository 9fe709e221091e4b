//! Commands with one wrong word, and commands that only look odd, judged by the built-in table.

use cmdai_core::context::{FileHead, Userland};
use cmdai_core::request::{Platform, ShellType};
use cmdai_verify::{CheckKind, Knowledge, Outcome, Query, Report, amend, verify};

/// The bar: of a hundred wrong words at least ninety are found.
const MIN_CAUGHT: f64 = 0.9;

fn judge(system: &str, command: &str) -> Report {
    let (userland, platform, shell) = match system {
        "linux" => (Userland::Gnu, Platform::Linux, ShellType::Bash),
        "macos" => (Userland::Bsd, Platform::MacOs, ShellType::Zsh),
        other => panic!("no system {other}"),
    };
    verify(command, &Query::new("", shell, platform), &Knowledge::builtin(userland))
}

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

#[allow(clippy::cast_precision_loss, reason = "some hundred rows")]
fn caught(text: &str) {
    let all: Vec<Vec<&str>> = rows(text).collect();
    let mut missed = Vec::new();
    for row in &all {
        let [system, command, word, why] = row.as_slice() else { panic!("{row:?}") };
        let report = judge(system, command);
        let wrong = report.complaints();
        let named = |check: &&cmdai_verify::Check| {
            let place = &command[check.span.clone()];
            check.subject.contains(word)
                || place.contains(word)
                || word.contains(&check.subject)
                || check.complaint.contains(word)
        };
        if !wrong.iter().any(named) {
            missed.push(format!(
                "{system}: {command} ({word}: {why}) -> {:?}",
                wrong.iter().map(|c| &c.complaint).collect::<Vec<_>>()
            ));
        }
    }
    let caught = 1.0 - missed.len() as f64 / all.len() as f64;
    assert!(caught >= MIN_CAUGHT, "{} of {} missed:\n{}", missed.len(), all.len(), missed.join("\n"));
}

#[test]
fn wrong_flags_are_caught() {
    let text = include_str!("../../data/verify/wrong_flags.tsv");
    assert!(rows(text).count() >= 200);
    caught(text);
}

#[test]
fn nushell_answers_its_own_names_and_programs_are_checked() {
    let complaints = |command: &str| -> Vec<String> {
        let query = Query::new("", ShellType::Nu, Platform::Linux);
        let report = verify(command, &query, &Knowledge::builtin(Userland::Gnu));
        report.complaints().iter().map(|check| check.complaint.clone()).collect()
    };
    for fine in [
        "ls --all | where size > 10mb",
        "find --regex 'a.c'",
        "^find . -maxdepth 1",
        "open a.json | get b.c",
        "du --deref",
    ] {
        assert_eq!(complaints(fine), [""; 0], "{fine}");
    }
    for (wrong, said) in [
        ("^find . --max-depth 1", "--max-depth"),
        ("ls > x", "save"),
        ("a && b", "`&&`"),
        ("^du --deref", "--deref"),
        ("tar --frob x", "--frob"),
    ] {
        assert!(complaints(wrong).iter().any(|complaint| complaint.contains(said)), "{wrong}: {:?}", complaints(wrong));
    }
}

#[test]
fn a_stand_in_for_a_file_that_is_read_is_wrong() {
    let files = ["notes.txt".to_owned()];
    let fails = |request: &str, command: &str| {
        let query = Query::new(request, ShellType::Bash, Platform::Linux).with_files(&files);
        let report = verify(command, &query, &Knowledge::builtin(Userland::Gnu));
        report.checks.iter().any(|check| check.outcome == Outcome::Fail && check.complaint.contains("is a placeholder"))
    };
    for command in
        ["grep -i 'TODO' filename", "wc -l file.txt", "sed -n 1p input.txt", "cat notes.txt | sort - filename"]
    {
        assert!(fails("only those with TODO", command), "{command}");
    }
    for fine in [
        "grep -i 'TODO' notes.txt",
        "touch file.txt",
        "cp notes.txt file.txt",
        "grep -o pattern notes.txt",
        "echo filename > file.txt",
    ] {
        assert!(!fails("only those with TODO", fine), "{fine}");
    }
    assert!(!fails("read file.txt", "cat file.txt"));
}

#[test]
fn wrong_flags_that_came_later_are_caught() {
    caught(include_str!("../../data/verify/wrong_flags_apart.tsv"));
}

#[test]
fn what_only_looks_odd_is_left_alone() {
    for row in rows(include_str!("../../data/verify/right_flags.tsv")) {
        let [system, command] = row.as_slice() else { panic!("{row:?}") };
        let report = judge(system, command);
        let wrong: Vec<_> = report.complaints().into_iter().map(|check| &check.complaint).collect();
        assert!(wrong.is_empty(), "{system}: {command}: {wrong:?}");
    }
}

#[test]
fn complaints_can_be_put_before_a_model() {
    for row in rows(include_str!("../../data/verify/complaints.tsv")) {
        let [system, command, kind, complaint] = row.as_slice() else { panic!("{row:?}") };
        let report = judge(system, command);
        let check = report.complaints().into_iter().next().unwrap_or_else(|| panic!("{command} passed"));
        assert_eq!(check.complaint, *complaint, "{command}");
        assert_eq!(serde_json::to_value(check.kind).unwrap(), *kind, "{command}");
    }
}

#[test]
fn every_kind_passes_and_fails() {
    let query = Query::new("the 10 largest files in /srv/data", ShellType::Bash, Platform::Linux);
    let knowledge = Knowledge::builtin(Userland::Gnu);
    let kinds = |command: &str, outcome: Outcome| -> Vec<CheckKind> {
        let report = verify(command, &query, &knowledge);
        report.checks.iter().filter(|check| check.outcome == outcome).map(|check| check.kind).collect()
    };
    let good = kinds("ls -S --width=80 /srv/data | head -n 10; git status; cp a b; cd x", Outcome::Pass);
    for kind in [
        CheckKind::Parses,
        CheckKind::ShellFit,
        CheckKind::ProgramExists,
        CheckKind::SubcommandExists,
        CheckKind::OptionExists,
        CheckKind::OptionValue,
        CheckKind::Arity,
        CheckKind::Literal,
    ] {
        assert!(good.contains(&kind), "{kind:?}: {good:?}");
    }
    let bad = [
        ("ls 'x", CheckKind::Parses),
        ("Get-ChildItem /srv/data", CheckKind::ShellFit),
        ("git undo", CheckKind::SubcommandExists),
        ("ls --bogus", CheckKind::OptionExists),
        ("head -n ten x", CheckKind::OptionValue),
        ("cp a", CheckKind::Arity),
        ("pbcopy", CheckKind::Userland),
    ];
    for (command, kind) in bad {
        assert!(kinds(command, Outcome::Fail).contains(&kind), "{command}");
    }
    assert_eq!(kinds("ls", Outcome::Warn), [CheckKind::Literal, CheckKind::Literal]);
}

#[test]
fn what_has_one_remedy_is_put_right() {
    let knowledge = Knowledge::builtin(Userland::Gnu);
    let mut wrong = Vec::new();
    for row in rows(include_str!("../../data/verify/amended.tsv")) {
        let [request, command, expected] = row.as_slice() else { panic!("{row:?}") };
        let amended = amend(command, &Query::new(request, ShellType::Bash, Platform::Linux), &knowledge);
        let now = if amended.because.is_empty() { "=".to_owned() } else { amended.command };
        if now != *expected {
            wrong.push(format!("{request}: {command}\n    {now}\n    {expected} expected"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn columns_are_those_of_the_file_and_of_the_request() {
    let head = |name: &str, begins: &str| FileHead { name: name.to_owned(), begins: begins.to_owned() };
    let heads = [
        head("staff.csv", "name,city,salary\nada,Rome,4000\nbo,Oslo,3100"),
        head("sales.csv", "sales,region,amount\n7,north,40"),
        head("people.json", "[{\"name\":\"ada\",\"age\":36}]"),
    ];
    let knowledge = Knowledge::builtin(Userland::Gnu);
    for (request, command, expected) in [
        (
            "highest salary in staff.csv",
            "cut -d, -f5 staff.csv | sort -n | tail -n 1",
            "cut -d, -f3 staff.csv | sort -n | tail -n 1",
        ),
        (
            "sum of all salaries, column salary, in staff.csv",
            "awk -F, '{s += $1} END {print s}' staff.csv",
            "awk -F, '{s += $3} END {print s}' staff.csv",
        ),
        ("cities in staff.csv", "awk -F, '{print $2}' staff.csv", "="),
        ("name and city in staff.csv", "awk -F, '{print $1, $2}' staff.csv", "="),
        ("amounts in sales.csv", "cut -d, -f3 sales.csv", "="),
        ("what sales.csv has for the north", "awk -F, '$2 == \"north\"' sales.csv", "="),
        ("names in people.json", "jq -r .name people.json", "jq -r '.[] | .name' people.json"),
        ("names in people.json", "jq -r '.[].name' people.json", "="),
    ] {
        let query = Query::new(request, ShellType::Bash, Platform::Linux).with_heads(&heads);
        let amended = amend(command, &query, &knowledge);
        let now = if amended.because.is_empty() { "=" } else { amended.command.as_str() };
        assert_eq!(now, expected, "{request}: {command}");
    }
    let query = Query::new("what is in staff.csv", ShellType::Bash, Platform::Linux).with_heads(&heads);
    let report = verify("awk -F, '{print $2, $7}' staff.csv", &query, &knowledge);
    assert_eq!(report.complaints()[0].complaint, "`staff.csv` has 3 columns: name, city, salary, and no column 7");
}
