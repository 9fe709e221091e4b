//! `--dry-run`, `--json-stream` and the manual pages: what other programs and careful people use.

use crate::backends::{nobody, server, with};
use crate::terminal::Terminal;
use crate::world::World;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

#[test]
fn a_dry_run_shows_everything_and_asks_nothing() {
    for (command, verdict, code) in [
        ("touch proof.txt", "dry run: Enter would run it", 0),
        ("rm -rf src", "dry run: a typed `yes` would run it", 0),
        ("rm -rf /", "blocked; `--allow-dangerous` asks all the same", 3),
    ] {
        let world = with(&[("desk", &server(command))], "");
        fs::create_dir(world.path().join("src")).unwrap();
        let mut terminal = Terminal::open(&world, &[]);
        terminal.line("cmdai --dry-run do it");
        let shown = terminal.sees(verdict);
        assert!(shown.contains("risk ") && !shown.contains("Run it?"), "{shown}");
        terminal.ended_with(code);
        assert!(world.path().join("src").exists() && !world.path().join("proof.txt").exists());
    }
    // Off a terminal the same is said beside the command.
    let ran = with(&[("desk", &server("rm -rf src"))], "").run(&["--dry-run", "remove src"]);
    assert_eq!(ran.stdout, "rm -rf src\n");
    assert!(ran.stderr.contains("dry run: a typed `yes` would run it"), "{ran:?}");
    // A model is not fetched for it either.
    let world = World::without_models();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai --dry-run list files");
    terminal.sees("is not installed");
    terminal.ended_with(5);
}

fn events(world: &World, args: &[&str]) -> (Option<i32>, Vec<Value>) {
    let ran = world.run(args);
    assert_eq!(ran.stderr, "", "{ran:?}");
    let events = ran.stdout.lines().map(|line| {
        assert!(line.starts_with("{\"schema_version\":1,\"event\":\""), "{line}");
        serde_json::from_str(line).unwrap()
    });
    (ran.code, events.collect())
}

#[test]
fn each_event_is_a_line_of_its_own() {
    let world = with(&[("desk", &server("ls --sort-by-size"))], "");
    let (code, events) = events(&world, &["--json-stream", "list files by size"]);
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let mut once = names.clone();
    once.dedup();
    // The option is not there, so the model is asked again.
    assert_eq!(once, ["chunk", "checks", "restarted", "chunk", "assessed", "result"], "{names:?}");
    assert_eq!(code, Some(0));
    let of = |name: &str| events.iter().find(|event| event["event"] == name).unwrap();
    let before = names.iter().position(|name| *name == "checks").unwrap();
    let text: String = events[..before].iter().map(|event| event["text"].as_str().unwrap()).collect();
    assert_eq!(text, "ls --sort-by-size");
    assert!(of("checks")["checks"].as_array().unwrap().iter().any(|check| check["passed"] == false));
    assert_eq!((&of("assessed")["command"], &of("assessed")["risk"]), (&json!("ls --sort-by-size"), &json!("safe")));
    // The last one is what `--json` prints.
    let result = of("result");
    assert_eq!(
        (&result["command"], &result["executed"], &result["preview"]),
        (&text.into(), &false.into(), &json!([]))
    );
}

#[test]
fn what_fails_is_the_last_event() {
    let world = with(&[("gone", &nobody())], "model.default = \"/no/such.gguf\"");
    for (args, kind, code) in [
        (&["--json-stream", "list files"][..], "no-backend", 8),
        (&["--json-stream", "--no-such-flag", "x"], "usage", 2),
        (&["--json-stream"], "empty-request", 2),
        (&["fix", "--json-stream"], "nothing-to-fix", 2),
    ] {
        let (status, events) = events(&world, args);
        let last = events.last().unwrap();
        assert_eq!((status, &last["event"], &last["error"]["kind"]), (Some(code), &"error".into(), &kind.into()));
    }
}

#[test]
fn manual_pages_are_written_and_well_formed() {
    let world = World::without_models();
    let dir = world.path().join("man1");
    let said = world.run(&["man", "--dir", dir.to_str().unwrap()]).ok();
    let pages: Vec<_> = fs::read_dir(&dir).unwrap().map(|page| page.unwrap().path()).collect();
    assert!(pages.len() > 30 && said.starts_with(&format!("{} pages", pages.len())), "{said}");
    assert_eq!(world.run(&["man"]).ok(), fs::read_to_string(dir.join("cmdai.1")).unwrap().trim_end().to_owned() + "\n");
    // With whatever formatter is there; neither may find anything wrong.
    for (program, args) in [("groff", &["-man", "-ww", "-z", "-Tutf8"][..]), ("mandoc", &["-Tlint", "-Wwarning"])] {
        for page in &pages {
            let Ok(output) = Command::new(program).args(args).arg(page).output() else { break };
            let told = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && told.is_empty(), "{program} {}: {told}", page.display());
        }
    }
}
