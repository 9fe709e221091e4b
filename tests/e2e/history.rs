//! `cmdai history` on a real database, filled through its own import.

use crate::world::{Ran, World};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

pub(crate) const SECRET: &str = "hunter2swordfish";

pub(crate) fn id(number: u32) -> String {
    format!("019b7{number:03x}-0000-7000-8000-000000000000")
}

pub(crate) fn entry(number: u32, minute: u32, command: &str, more: &Value) -> String {
    let mut entry = json!({
        "id": id(number), "time": format!("2026-01-05T10:{minute:02}:00Z"), "request": "", "command": command, "edited": null,
        "shell": "bash", "platform": "linux", "cwd": "/home/ada", "host": "h", "user": "ada", "disposition": "run",
        "safety": null, "execution": null, "generation": null,
    });
    for (name, value) in more.as_object().unwrap() {
        entry[name] = value.clone();
    }
    entry.to_string()
}

pub(crate) fn run(code: i32) -> Value {
    json!({ "exit_code": code, "duration": { "secs": 1, "nanos": 0 } })
}

pub(crate) fn safety(risk: &str, decision: &str, consent: Option<&str>) -> Value {
    json!({ "risk": risk, "rules": ["r"], "decision": decision, "consent": consent })
}

/// Seven entries, each of which something is known that is not known of the others.
pub(crate) fn seed() -> String {
    let generation =
        json!({ "duration": { "secs": 2, "nanos": 0 }, "backend": "ollama", "model": "m", "confidence": 0.5 });
    let lines = [
        r#"{"cmdai-history":1}"#.to_owned(),
        entry(1, 1, "ls -la", &json!({ "execution": run(0), "tags": ["files", "daily"] })),
        entry(
            2,
            2,
            "git push --force",
            &json!({ "execution": run(1), "safety": safety("high", "ask", Some("confirmed")) }),
        ),
        entry(3, 3, "docker prune", &json!({ "cwd": "/srv", "edited": "docker system prune -f", "execution": run(0) })),
        entry(
            4,
            4,
            "git pull",
            &json!({ "shell": "zsh", "session": "s1", "favourite": true, "request": "get what is new" }),
        ),
        entry(5, 5, "rm -rf /", &json!({ "disposition": "blocked", "safety": safety("critical", "block", None) })),
        entry(
            6,
            6,
            &format!("mysql -uroot -p{SECRET} app"),
            &json!({ "generation": generation, "disposition": "shown" }),
        ),
        entry(
            7,
            7,
            "dd if=a of=b",
            &json!({ "safety": safety("critical", "block", Some("overridden")), "execution": run(0) }),
        ),
    ];
    lines.join("\n") + "\n"
}

pub(crate) fn seeded() -> World {
    let world = World::without_models();
    std::fs::write(world.path().join("seed.ndjson"), seed()).unwrap();
    let said = world.run(&["history", "import", "seed.ndjson"]).ok();
    assert_eq!(said, "7 entries taken over, 1 with secrets, which were hidden\n");
    std::fs::remove_file(world.path().join("seed.ndjson")).unwrap();
    world
}

pub(crate) fn history(world: &World, args: &[&str]) -> Ran {
    world.run(&[&["history"], args].concat())
}

pub(crate) fn json_of(world: &World, args: &[&str]) -> Value {
    let text = history(world, args).ok();
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{args:?}: {e}: {text}"));
    assert_eq!(value["schema_version"], 1);
    value
}

/// The numbers of the entries on a page of JSON.
pub(crate) fn numbers(page: &Value) -> Vec<u32> {
    let number = |entry: &Value| u32::from_str_radix(&entry["id"].as_str().unwrap()[5..8], 16).unwrap();
    page["entries"].as_array().unwrap().iter().map(number).collect()
}

pub(crate) fn piped(world: &World, args: &[&str], input: &str) -> Ran {
    let mut child =
        world.cmdai(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn entries_are_listed_newest_first_and_in_pages() {
    let world = seeded();
    let text = history(&world, &[]).ok();
    let commands: Vec<&str> = text.lines().map(|line| line.get(39..).unwrap()).collect();
    assert_eq!(
        commands,
        [
            "dd if=a of=b",
            "mysql -uroot -p[REDACTED:password] app",
            "rm -rf /",
            "git pull",
            "docker system prune -f",
            "git push --force",
            "ls -la #daily #files"
        ],
        "{text}"
    );
    assert!(text.contains(" exit 1 ") && text.contains(" blocked ") && text.contains(" * "), "{text}");
    let first = json_of(&world, &["--limit", "3", "--json"]);
    assert_eq!((numbers(&first), &first["more"], &first["after"]), (vec![7, 6, 5], &true.into(), &id(5).into()));
    let second = json_of(&world, &["-n", "3", "--json", "--after", &id(5)]);
    assert_eq!(numbers(&second), [4, 3, 2]);
    assert_eq!(numbers(&json_of(&world, &["-n", "3", "--json", "--offset", "3"])), [4, 3, 2]);
    let last = json_of(&world, &["-n", "3", "--json", "--after", "019b7002"]);
    assert_eq!((numbers(&last), &last["more"], &last["after"]), (vec![1], &false.into(), &Value::Null));
    assert_eq!(history(&World::without_models(), &[]).ok(), "");
}

#[test]
fn every_filter_chooses() {
    let world = seeded();
    for (args, expected) in [
        (&["--tag", "files", "--tag", "daily"][..], &[1][..]),
        (&["--tag", "files", "--tag", "none"], &[]),
        (&["--cwd", "/srv"], &[3]),
        (&["--shell", "zsh"], &[4]),
        (&["--session", "s1"], &[4]),
        (&["--since", "2026-01-05T10:06:00Z"], &[7, 6]),
        (&["--since", "2026-01-04", "--until", "2026-01-05T10:02:30Z"], &[2, 1]),
        (&["--until", "2026-01-01"], &[]),
        (&["--since", "1h"], &[]),
        (&["--until", "1h", "--risk", "critical"], &[7, 5]),
        (&["--risk", "high"], &[7, 5, 2]),
        (&["--exit", "success"], &[7, 3, 1]),
        (&["--exit", "failure"], &[2]),
        (&["--exit", "1"], &[2]),
        (&["--exit", "-9"], &[]),
        (&["--backend", "ollama"], &[6]),
        (&["--favourite"], &[4]),
        (&["--disposition", "blocked"], &[5]),
        (&["--edited"], &[3]),
        (&["--overridden"], &[7]),
        (&["--redacted"], &[6]),
        (&["--shell", "bash", "--exit", "success", "--cwd", "/home/ada/"], &[7, 1]),
    ] {
        let listed = json_of(&world, &[args, &["--json"]].concat());
        assert_eq!(numbers(&listed), expected, "{args:?}");
        let found = json_of(&world, &[&["search", "--json"], args].concat());
        assert_eq!(numbers(&found), expected, "search {args:?}");
    }
}

#[test]
fn a_text_is_searched_in_five_ways() {
    let world = seeded();
    let search = |args: &[&str]| {
        let mut found = numbers(&json_of(&world, &[&["search", "--json"], args].concat()));
        found.sort_unstable();
        found
    };
    for (args, expected) in [
        (&["git"][..], &[2, 4][..]),
        (&["prune", "docker"], &[3]),
        (&["GIT", "new"], &[4]),
        (&["--prefix", "git pu"], &[2, 4]),
        (&["--exact", "git", "pull"], &[4]),
        (&["--exact", "git"], &[]),
        (&["--regex", "^git (push|pull)$"], &[4]),
        (&["--fuzzy", "gtpl"], &[4]),
        (&["--regex", "--", "-rf|-la"], &[1, 5]),
        (&["git", "--exit", "failure"], &[2]),
        (&["'(*\" AND"], &[]),
        (&["nothing like it"], &[]),
    ] {
        assert_eq!(search(args), expected, "{args:?}");
    }
    let page = json_of(&world, &["search", "--json", "-n", "1", "git"]);
    assert_eq!((numbers(&page).len(), &page["more"]), (1, &true.into()));
    let rest = json_of(&world, &["search", "--json", "-n", "1", "--offset", "1", "git"]);
    assert_eq!(rest["more"], false);
    assert_ne!(numbers(&page), numbers(&rest));
}

#[test]
fn an_entry_is_shown_whole_by_the_beginning_of_its_id() {
    let world = seeded();
    let text = history(&world, &["show", "019b7003"]).ok();
    for part in ["docker prune", "docker system prune -f", "/srv", "bash on linux", "ada on h", "1.0 s"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    let text = history(&world, &["show", &id(6)]).ok();
    assert!(text.contains("ollama, m") && text.contains("50 %") && text.contains("no, because"), "{text}");
    let shown = json_of(&world, &["show", "--json", "019B7007"]);
    assert_eq!((&shown["entry"]["command"], &shown["runnable"]), (&"dd if=a of=b".into(), &true.into()));
    assert_eq!(shown["entry"]["safety"]["consent"], "overridden");
    let hostile = format!("{}\n{}\n", r#"{"cmdai-history":1}"#, entry(9, 9, "echo \u{1b}[2J\u{202e}", &json!({})));
    piped(&world, &["history", "import", "-"], &hostile).ok();
    for args in [&["show", "019b7009"][..], &[], &["search", "echo"]] {
        let text = history(&world, args).ok();
        assert!(text.contains("\\u{1b}[2J") && !text.contains('\u{1b}'), "{args:?}: {text}");
    }
}

#[test]
fn ids_that_are_not_one_are_worded() {
    let world = seeded();
    let several = history(&world, &["show", "019b"]).failed(2);
    assert!(several.contains("several entries") && several.contains("019b7001, 019b7002"), "{several}");
    let none = history(&world, &["favourite", "ffff"]).failed(2);
    assert!(none.contains("no entry has an id that begins with `ffff`") && none.contains("`cmdai history`"), "{none}");
    let no_id = history(&world, &["tag", "docker", "x"]).failed(2);
    assert!(no_id.contains("`docker` is not the beginning of an id") && no_id.contains("search"), "{no_id}");
    let ran = history(&world, &["show", "--json", "ffff"]);
    let error: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &error["error"]["kind"]), (Some(2), &"history-no-such-entry".into()));
}

#[test]
fn secrets_are_shown_by_rule_and_never_by_value() {
    let world = seeded();
    let line = format!("mysql -uroot -p{SECRET} app");
    let text = history(&world, &["redact", "--explain", &line]).ok();
    assert!(text.contains("mysql -uroot -p[REDACTED:password] app") && text.contains("by the rule "), "{text}");
    assert!(!text.contains(SECRET));
    let found = json_of(&world, &["redact", "--json", &line]);
    assert_eq!(found["found"][0]["kind"], "password");
    assert!(history(&world, &["redact", "--explain", "ssh -p 22 host"]).ok().contains("nothing is hidden"));
    let filtered = piped(&world, &["history", "redact"], &format!("ls\n{line}")).ok();
    assert_eq!(filtered, "ls\nmysql -uroot -p[REDACTED:password] app");
    assert!(history(&world, &["scan"]).ok().contains("7 entries, no secrets found"));
    assert_eq!(json_of(&world, &["scan", "--apply", "--json"])["secrets"], json!([]));
    for file in std::fs::read_dir(world.path().join("state/cmdai")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
    }
}

#[test]
fn wrong_values_say_what_is_expected() {
    let world = World::without_models();
    for (args, part) in [
        (&["--since", "soon"][..], "expected an age such as 30m"),
        (&["--risk", "huge"], "expected one of: safe, moderate"),
        (&["--exit", "maybe"], "expected success, failure or a number"),
        (&["--disposition", "lost"], "expected one of: shown"),
        (&["--shell", "tcsh"], "expected one of: bash"),
        (&["--limit", "0"], "--limit"),
        (&["search", "--regex", "("], "is not a usable regular expression"),
        (&["search", "--regex", "--fuzzy", "x"], "cannot be used with"),
        (&["search", "-i"], "needs a terminal"),
        (&["nonsense"], "--help"),
    ] {
        let said = history(&world, args).failed(2);
        assert!(said.contains(part), "{args:?}: {said}");
    }
}

/// Each example of `history --help` is a command line that works.
#[test]
fn the_examples_of_history_help_run() {
    let world = seeded();
    std::fs::write(world.path().join(".bash_history"), "ls\n").unwrap();
    let help = history(&world, &["--help"]).ok();
    let examples = help.split_once("Examples:\n").unwrap().1.split_once("\n\n").unwrap().0;
    assert_eq!(examples.lines().count(), 15);
    let mut said = String::new();
    for example in examples.lines() {
        let ran = world.bash(example);
        assert!(ran.code == Some(0) && ran.stderr.is_empty(), "{example}: {ran:?}");
        writeln!(said, "{}", ran.stdout).unwrap();
    }
    assert!(said.contains("docker") && said.contains("REDACTED"));
}
