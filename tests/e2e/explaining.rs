//! `cmdai explain --model`: one sentence of a model behind what the documentation says, and never in its place.

use crate::backends::{json_of, with};
use crate::fixing::listening_server;
use crate::world::{RIGHT, World};
use serde_json::Value;

const COMMAND: &str = "find . -name '*.log' -mtime +30 -delete";

#[test]
fn the_sentence_of_the_model_stands_behind_the_parts() {
    let (address, bodies) = listening_server("Deletes old logs.\u{9}Really.");
    let world = with(&[("desk", &address)], "");
    let said = world.run(&["explain", "--model", COMMAND]).ok();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("find") && lines.len() > 4, "{said}");
    assert_eq!(lines.last(), Some(&"in short, as m says: Deletes old logs. Really."));
    let asked = bodies.recv().unwrap();
    assert!(asked.contains("-mtime +30") && asked.contains("You explain shell commands"), "{asked}");
    let json = json_of(&world.run(&["explain", "--json", "--model", COMMAND]));
    assert_eq!((&json["gist"]["text"], &json["gist"]["model"]), (&"Deletes old logs.\tReally.".into(), &"m".into()));
    assert_eq!(json_of(&world.run(&["explain", "--json", COMMAND]))["gist"], Value::Null);
    assert_eq!(bodies.try_iter().count(), 1, "without the flag nobody is asked");
}

#[test]
fn without_a_model_the_parts_are_there_all_the_same() {
    let ran = World::without_models().run(&["explain", "--model", COMMAND]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(ran.stdout.starts_with("find") && ran.stderr.contains("is not installed"), "{ran:?}");
}

#[test]
fn a_sentence_that_could_drive_the_terminal_is_none() {
    let (address, _bodies) = listening_server("Deletes \u{1b}[2Jnothing.");
    let ran = with(&[("desk", &address)], "").run(&["explain", "--model", COMMAND]);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains("in short"), "{ran:?}");
}

#[test]
fn a_real_model_says_what_the_whole_does() {
    let said = World::new().bash(&format!("CMDAI_MODEL={RIGHT} cmdai explain --model \"{COMMAND}\"")).ok();
    let gist =
        said.lines().last().unwrap().strip_prefix("in short, as qwen2.5-coder-1.5b says: ").unwrap().to_lowercase();
    assert!(gist.contains("delete") && gist.contains("log"), "{gist}");
}
