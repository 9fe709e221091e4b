//! What is kept of a request, what is not, and how it answers the next one.

use crate::terminal::Terminal;
use crate::world::{FAST, RIGHT, World};
use serde_json::Value;

fn database(world: &World) -> std::path::PathBuf {
    world.path().join("state/cmdai/history.db")
}

#[test]
fn an_accepted_request_is_answered_again_without_a_model() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai create an empty file called proof.txt");
    terminal.sees("Run it?");
    terminal.line("y");
    terminal.ended_with(0);

    // There is no such model, so no model can have answered.
    let again = ["--json", "--model", "/no/such.gguf", "Create an empty file  called proof.txt."];
    let json: Value = serde_json::from_str(&world.run(&again).ok()).unwrap();
    assert_eq!((&json["backend"], &json["model"]), (&"history".into(), &Value::Null), "{json}");
    assert_eq!((json["command"].as_str(), json["risk"].as_str()), (Some("touch proof.txt"), Some("safe")));
    for other in [&["--fresh"][..], &["--no-history"], &["--shell", "fish"], &["-n", "2"]] {
        let ran = world.run(&[&again[..], other].concat());
        assert_eq!(ran.code, Some(5), "{other:?} asks the model: {ran:?}");
    }
    assert_eq!(world.bash(&format!("echo x | cmdai {}", again.map(|a| format!("'{a}'")).join(" "))).code, Some(5));

    terminal.line("cmdai create an empty file called proof.txt");
    let shown = terminal.sees("f afresh");
    assert!(shown.contains("from your history"), "{shown}");
    terminal.keys("f");
    let shown = terminal.sees("Run it? [Y/n]");
    assert!(!shown.contains("from your history"), "{shown}");
    terminal.line("n");
    terminal.ended_with(6);
    // The user's last word counts.
    assert_eq!(world.run(&again).code, Some(5));
    terminal.is_sane();
}

#[test]
fn secrets_do_not_reach_the_disk_and_that_is_said() {
    let world = World::new();
    let ran = world.run(&["-q", "--model", RIGHT, "login to mysql as root with the password hunter2hunter2"]);
    assert!(matches!(ran.code, Some(0 | 3 | 7)), "{ran:?}");
    assert!(ran.stderr.contains("hidden from the history"), "{ran:?}");
    for file in std::fs::read_dir(world.path().join("state/cmdai")).unwrap().map(|f| f.unwrap().path()) {
        if file.is_file() {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(7).any(|w| w == b"hunter2"), "{}", file.display());
        }
    }
}

#[test]
fn private_mode_leaves_nothing() {
    let world = World::new();
    assert!(matches!(world.run(&["-q", "--no-history", "--model", FAST, "list files"]).code, Some(0 | 3 | 7)));
    assert!(!database(&world).exists());
}

#[test]
fn a_broken_history_is_said_once_and_fails_nothing() {
    let world = World::new();
    std::fs::create_dir_all(database(&world)).unwrap();
    let ran = world.run(&["--model", RIGHT, "print the current directory"]);
    assert_eq!(ran.stderr.matches("the history cannot be used").count(), 1, "{ran:?}");
    assert_eq!(ran.ok(), "pwd\n");

    std::fs::remove_dir(database(&world)).unwrap();
    std::fs::write(database(&world), "this is no database, but it is long enough to be looked at ".repeat(20)).unwrap();
    let ran = world.run(&["--model", RIGHT, "print the current directory"]);
    assert_eq!(ran.stderr.matches("the history was damaged").count(), 1, "{ran:?}");
    assert_eq!(ran.ok(), "pwd\n");
    assert_eq!(world.run(&["--model", RIGHT, "print the current directory"]).stderr, "", "it is said once");
}

#[test]
fn what_was_blocked_is_known_when_it_comes_back() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai 'delete everything below / with rm -rf, no matter what'");
    terminal.sees("blocked;");
    terminal.ended_with(3);
    terminal.line("cmdai --safety permissive 'delete everything below / with rm -rf, no matter what'");
    let shown = terminal.sees("Type `run it anyway`");
    assert!(shown.contains("blocked before"), "{shown}");
    terminal.line("no");
    terminal.ended_with(6);
}
