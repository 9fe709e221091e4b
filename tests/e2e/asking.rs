//! What can be done with a command before it runs, by the keys of the question; and a command explained.

use crate::terminal::Terminal;
use crate::world::{RIGHT, World};
use serde_json::Value;

#[test]
fn a_command_is_explained_edited_and_run_as_it_was_edited() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai create an empty file called proof.txt");
    terminal.sees("Run it? [Y/n]");
    terminal.keys("x");
    terminal.sees("explain\r");
    let shown = terminal.sees("Run it? [Y/n]");
    assert!(shown.contains("touch") && shown.contains("  proof.txt"), "{shown}");
    terminal.keys("?");
    terminal.sees("then it is judged anew");
    terminal.sees("Run it? [Y/n]");
    terminal.keys("e");
    terminal.sees("edit: ");
    terminal.keys("\u{15}touch other.txt\r");
    let shown = terminal.sees("Run it? [Y/n]");
    assert!(shown.contains("risk safe"), "{shown}");
    terminal.keys("y");
    terminal.ended_with(0);
    assert!(world.path().join("other.txt").exists() && !world.path().join("proof.txt").exists());
    let json: Value = serde_json::from_str(&world.run(&["history", "list", "--json"]).ok()).unwrap();
    let entry = &json["entries"][0];
    assert_eq!((&entry["command"], &entry["edited"]), (&"touch proof.txt".into(), &"touch other.txt".into()));
    // What is given up changes nothing, and what is edited into something worse is asked about as such.
    terminal.line("cmdai --fresh create an empty file called proof.txt");
    terminal.sees("Run it? [Y/n]");
    terminal.keys("e");
    terminal.sees("edit: ");
    terminal.keys("\u{3}");
    terminal.sees("Run it? [Y/n]");
    terminal.keys("e");
    terminal.sees("edit: ");
    terminal.keys("\u{15}rm -rf .git\r");
    terminal.sees("Type `yes` to run it");
    terminal.line("n");
    terminal.ended_with(6);
    terminal.is_sane();
}

#[test]
fn a_command_is_revised_in_words_and_copied() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line(&format!("cmdai --model {RIGHT} create an empty file called proof.txt"));
    terminal.sees("Run it? [Y/n]");
    terminal.keys("r");
    terminal.sees("change: ");
    terminal.keys("call it second.txt\r");
    terminal.sees("risk safe");
    terminal.sees("Run it? [Y/n]");
    terminal.keys("c");
    // `touch second.txt` as base64.
    terminal.sees("\u{1b}]52;c;dG91Y2ggc2Vjb25kLnR4dA==\u{7}");
    terminal.ended_with(0);
    let json: Value = serde_json::from_str(&world.run(&["history", "--json"]).ok()).unwrap();
    let entry = &json["entries"][0];
    assert_eq!(entry["request"], "create an empty file called proof.txt; call it second.txt");
    assert_eq!((&entry["command"], &entry["disposition"]), (&"touch second.txt".into(), &"copied".into()));
    terminal.is_sane();
}

#[test]
fn a_poor_terminal_takes_the_same_letters_as_lines() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[("TERM", "dumb")]);
    terminal.line("cmdai create an empty file called proof.txt");
    terminal.sees("Run it? [Y/n]");
    terminal.line("x");
    terminal.sees("  proof.txt");
    terminal.sees("Run it? [Y/n]");
    terminal.line("y");
    terminal.ended_with(0);
    assert!(world.path().join("proof.txt").exists());
}

#[test]
fn a_command_is_explained_without_a_model() {
    let world = World::without_models();
    let json: Value =
        serde_json::from_str(&world.run(&["explain", "--json", "cd /tmp && ls -la | sort -k2"]).ok()).unwrap();
    let parts: Vec<String> =
        json["parts"].as_array().unwrap().iter().map(|part| format!("{} {}", part["kind"], part["text"])).collect();
    let expected = [
        ("program", "cd"),
        ("operand", "/tmp"),
        ("operator", "&&"),
        ("program", "ls"),
        ("option", "-l"),
        ("option", "-a"),
        ("operator", "|"),
        ("program", "sort"),
        ("option", "-k2"),
    ];
    assert_eq!(parts, expected.map(|(kind, text)| format!("\"{kind}\" \"{text}\"")));
    assert_eq!(json["risk"], "safe");
    let said = world.run(&["explain", "rm", "-rf", "/"]);
    assert!(said.stderr.contains("risk critical") && said.stdout.contains("-r"), "{said:?}");
    assert_eq!(said.code, Some(0), "it is asked about, not run");
    assert!(world.run(&["explain"]).failed(2).contains("there is no command"));
}
