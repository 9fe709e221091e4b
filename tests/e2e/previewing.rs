//! What a command would do to files is told before anybody is asked, wherever the answer is shown.

use crate::backends::{json_of, server, with};
use crate::terminal::Terminal;
use crate::world::World;
use serde_json::json;
use std::fs;

fn objects(command: &'static str) -> World {
    let world = with(&[("desk", &server(command))], "");
    for name in ["a.o", "b.o", "keep.c"] {
        fs::write(world.path().join(name), "12345").unwrap();
    }
    world
}

#[test]
fn the_files_are_told_before_the_question_and_after_an_edit() {
    let world = objects("rm *.o");
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai delete the object files");
    let shown = terminal.sees("Run it?");
    assert!(shown.contains("deletes 2 files, 10 bytes: a.o, b.o"), "{shown}");
    terminal.keys("e");
    terminal.sees("edit: ");
    terminal.keys("\u{15}rm a.o\r");
    let shown = terminal.sees("Run it?");
    assert!(shown.contains("deletes 1 file, 5 bytes: a.o"), "{shown}");
    terminal.keys("n");
    terminal.ended_with(6);
    assert!(world.path().join("a.o").exists() && world.path().join("b.o").exists());
}

#[test]
fn off_a_terminal_the_files_are_told_beside_the_command() {
    let world = objects("mv a.o b.o");
    let ran = world.run(&["rename a.o"]);
    assert_eq!(ran.stdout, "mv a.o b.o\n");
    assert!(
        ran.stderr.contains("moves 1 file: a.o") && ran.stderr.contains("overwrites what is there: b.o"),
        "{ran:?}"
    );
    assert_eq!(world.run(&["-q", "rename a.o"]).stderr, "");
    let told = json_of(&world.run(&["--json", "rename a.o"]));
    let expected = json!([{
        "effect": "move", "files": 1, "directories": 0, "bytes": 5, "complete": true, "names": ["a.o"], "overwritten": ["b.o"],
    }]);
    assert_eq!(told["preview"], expected);
    assert_eq!(json_of(&objects("ls").run(&["--json", "list"]))["preview"], json!([]));
}
