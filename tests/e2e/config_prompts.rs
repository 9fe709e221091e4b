//! `cmdai config` line by line: where the terminal shows no full screen, and `--first-run`.

use crate::config::file;
use crate::settings::with;
use crate::terminal::Terminal;
use crate::world::{RIGHT, World};

const TEXT: &str = "# mine\nrequest.timeout = 30 # long\nother = 1\n";
const TOP: &str = "(? helps): ";
const VALUE: &str = "takes it out of your file: ";

fn on_a_poor_terminal(world: &World) -> Terminal {
    let mut terminal = Terminal::open(world, &[("TERM", "dumb")]);
    terminal.line("cmdai config");
    terminal.sees(TOP);
    terminal
}

#[test]
fn a_poor_terminal_is_asked_line_by_line() {
    let world = with(TEXT);
    let mut terminal = on_a_poor_terminal(&world);
    terminal.line("timeout");
    let shown = terminal.sees(VALUE);
    for part in ["request.timeout: Time limit", "Give up", "config.toml:2", "a number of seconds from"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    terminal.line("abc");
    assert!(terminal.sees(VALUE).contains("`request.timeout` is `abc`"));
    terminal.line("60");
    terminal.sees("60, not saved yet");
    terminal.sees(TOP);
    // A section by its number, a setting and a choice by theirs.
    terminal.line("4");
    assert!(terminal.sees("Enter goes back: ").contains("1 safety.level"));
    terminal.line("1");
    assert!(terminal.sees(VALUE).contains("3 permissive"));
    terminal.line("3");
    terminal.sees("permissive, not saved yet");
    terminal.sees("Enter goes back: ");
    terminal.line("");
    assert!(terminal.sees(TOP).contains("2 not saved"));
    terminal.line("u");
    assert!(terminal.sees(TOP).contains("1 not saved"));
    terminal.line("s");
    let shown = terminal.sees("[y/N] ");
    assert!(shown.contains("- request.timeout = 30 # long\r\n+ request.timeout = 60 # long\r\n"), "{shown}");
    assert_eq!(file(&world), TEXT, "only shown yet");
    terminal.line("y");
    terminal.sees("saved /");
    terminal.line("q");
    terminal.ended_with(0);
    assert_eq!(file(&world), TEXT.replace("30", "60"));
    terminal.is_sane();
}

#[test]
fn a_terminal_without_room_is_asked_line_by_line() {
    let world = with(TEXT);
    let mut terminal = Terminal::open(&world, &[]);
    terminal.resize(4, 10);
    terminal.line("cmdai config");
    terminal.sees(TOP);
    terminal.line("q");
    terminal.ended_with(0);
    terminal.is_sane();
}

#[test]
fn what_would_be_wrong_is_not_taken() {
    let world = with(TEXT);
    let mut terminal = on_a_poor_terminal(&world);
    for (key, wrong, why) in [
        ("safety.level", "loose", "strict, moderate or permissive"),
        ("safety.patterns", r#"[{name = "x", pattern = "(", risk = "high", why = "y"}]"#, "is not valid"),
        ("backend.preferred", "desk", "there is no"),
    ] {
        terminal.line(key);
        terminal.sees(VALUE);
        terminal.line(wrong);
        let said = terminal.sees(VALUE);
        assert!(said.contains(why), "{key}: {said}");
        terminal.line("");
        assert!(!terminal.sees(TOP).contains("not saved"), "{key}");
    }
    terminal.line("weather");
    terminal.sees("nothing is found");
    terminal.sees(TOP);
    // A backend without a model cannot be saved.
    terminal.line("backends.desk.kind");
    terminal.sees(VALUE);
    terminal.line("ollama");
    terminal.sees(TOP);
    terminal.line("s");
    terminal.sees("this cannot be saved");
    terminal.sees(TOP);
    terminal.line("q");
    terminal.sees("Leave without saving? [y/N] ");
    terminal.line("y");
    terminal.ended_with(0);
    assert_eq!(file(&world), TEXT);
}

#[test]
fn the_end_of_input_writes_nothing() {
    let world = with(TEXT);
    let mut terminal = on_a_poor_terminal(&world);
    terminal.line("safety.level");
    terminal.sees(VALUE);
    terminal.line("strict");
    terminal.sees(TOP);
    terminal.keys("\u{4}");
    terminal.sees("nothing was written");
    terminal.ended_with(0);
    terminal.line("cmdai config");
    terminal.sees(TOP);
    terminal.ctrl_c();
    terminal.sees("ready> ");
    terminal.ended_with(130);
    terminal.line("cmdai config --first-run");
    terminal.sees(VALUE);
    terminal.keys("\u{4}");
    terminal.sees("nothing was written");
    terminal.ended_with(0);
    assert_eq!(file(&world), TEXT);
    terminal.is_sane();
}

#[test]
fn a_change_made_meanwhile_is_offered_to_merge() {
    let world = with(TEXT);
    let mut terminal = on_a_poor_terminal(&world);
    terminal.line("request.timeout");
    terminal.sees(VALUE);
    terminal.line("60");
    terminal.sees(TOP);
    world.run(&["config", "set", "request.timeout=7", "safety.level=strict"]).ok();
    terminal.line("s");
    terminal.sees("[y/N] ");
    terminal.line("y");
    let said = terminal.sees("Enter leaves it: ");
    assert!(said.contains("request.timeout: the file says 7, you say 60"), "{said}");
    terminal.line("m");
    terminal.sees("[y/N] ");
    terminal.line("y");
    terminal.sees("saved /");
    terminal.line("q");
    terminal.ended_with(0);
    let now = file(&world);
    assert!(now.contains("timeout = 60 # long") && now.contains("level = \"strict\""), "{now}");
}

#[test]
fn a_first_run_asks_for_what_most_people_set() {
    let world = World::without_models();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai config --first-run");
    for (key, answer) in
        [("model.default", ""), ("safety.level", "1"), ("history.enabled", "false"), ("interface.shell", "fish")]
    {
        let shown = terminal.sees(VALUE);
        assert!(shown.contains(key), "{key}: {shown}");
        if key == "model.default" {
            assert!(shown.contains(&format!("{RIGHT}  1118 MB, not here yet")), "{shown}");
        }
        terminal.line(answer);
    }
    terminal.sees("[y/N] ");
    terminal.line("y");
    terminal.sees("A name for it");
    terminal.line("my desk");
    terminal.sees("letters, digits");
    terminal.line("desk");
    for (field, answer) in [("kind", "openai"), ("url", "http://127.0.0.1:8000"), ("model", "m"), ("allow_remote", "")]
    {
        let shown = terminal.sees(VALUE);
        assert!(shown.contains(&format!("backends.desk.{field}")), "{field}: {shown}");
        terminal.line(answer);
    }
    let shown = terminal.sees("[y/N] ");
    assert!(shown.contains("+ level = \"strict\""), "{shown}");
    assert!(!world.path().join(".config/cmdai/config.toml").exists(), "only shown yet");
    terminal.line("y");
    terminal.sees("saved /");
    terminal.sees(&format!("cmdai model pull {RIGHT}"));
    terminal.ended_with(0);
    terminal.is_sane();
    for (key, value) in [
        ("safety.level", "strict"),
        ("history.enabled", "false"),
        ("interface.shell", "fish"),
        ("backends.desk.url", "http://127.0.0.1:8000"),
    ] {
        assert_eq!(world.run(&["config", "get", key]).ok(), format!("{value}\n"));
    }
    assert!(!file(&world).contains("model.default"));
}

#[test]
fn a_first_run_needs_a_terminal_and_stands_alone() {
    let world = World::without_models();
    assert!(world.run(&["config", "--first-run"]).failed(2).contains("need a terminal"));
    assert!(world.run(&["config", "--first-run", "list"]).failed(2).contains("stands alone"));
}
