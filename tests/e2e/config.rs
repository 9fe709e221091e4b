//! `cmdai config` from the command line: what is shown, what is changed, and what is refused.

use crate::settings::with;
use crate::terminal::Terminal;
use crate::world::World;
use serde_json::Value;
use std::fs;

const FILE: &str = ".config/cmdai/config.toml";

pub(crate) fn file(world: &World) -> String {
    fs::read_to_string(world.path().join(FILE)).unwrap()
}

fn json_of(world: &World, args: &[&str]) -> Value {
    serde_json::from_str(&world.run(args).stdout).unwrap()
}

#[test]
fn a_value_is_got_with_where_it_is_from() {
    let world = with("[safety]\nlevel = \"strict\"\n");
    let ran = world.run(&["config", "get", "safety.level"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "strict\n"));
    assert!(ran.stderr.contains("config.toml:2") && ran.stderr.contains("over moderate (default)"), "{ran:?}");
    let mut command = world.cmdai(&["config", "get", "--json", "safety.level"]);
    let said = command.env("CMDAI_SAFETY", "permissive").output().unwrap().stdout;
    let said: Value = serde_json::from_slice(&said).unwrap();
    assert_eq!((said["value"].as_str(), said["from"]["name"].as_str()), (Some("permissive"), Some("CMDAI_SAFETY")));
    assert_eq!((&said["overrides"][0]["value"], &said["overrides"][0]["from"]["line"]), (&"strict".into(), &2.into()));
    let said = world.run(&["config", "get", "safety.levle"]).failed(2);
    assert!(said.contains("is `safety.level` meant?"), "{said}");
    assert!(world.run(&["config", "get", "backends.desk.url"]).failed(1).contains("is not set"));
    let all = json_of(&world, &["config", "list", "--json"]);
    let level = all["settings"].as_array().unwrap().iter().find(|one| one["key"] == "safety.level").unwrap().clone();
    assert_eq!((&level["value"], &all["problems"]), (&"strict".into(), &Value::Array(Vec::new())));
    assert!(world.run(&["config", "list"]).ok().contains("request.timeout"));
}

#[test]
fn a_value_is_set_and_the_rest_of_the_file_stays() {
    let world = with("# mine\nsafety.level = \"strict\" # for now\nother = 1\n");
    let said = world.run(&["config", "set", "safety.level", "moderate"]).ok();
    assert_eq!(said, "safety.level is moderate, was strict\n");
    assert_eq!(file(&world), "# mine\nsafety.level = \"moderate\" # for now\nother = 1\n");
    world.run(&["config", "set", "safety.deny", "terraform destroy **", "kubectl delete **"]).ok();
    assert!(file(&world).contains(r#"["terraform destroy **", "kubectl delete **"]"#), "{}", file(&world));
    let mut command = world.cmdai(&["config", "set", "safety.level", "strict"]);
    let said = command.env("CMDAI_SAFETY", "permissive").output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("no effect because $CMDAI_SAFETY says permissive"), "{said}");
    let said = json_of(&world, &["config", "unset", "--json", "safety.level"]);
    assert_eq!((&said["changes"][0]["before"], &said["changes"][0]["after"]), (&"strict".into(), &Value::Null));
    assert_eq!(world.run(&["config", "unset", "safety.level"]).ok(), "nothing is different\n");
    assert!(file(&world).starts_with("# mine\n"));
}

#[test]
fn a_change_that_would_break_something_is_refused() {
    let text = "request.timeout = 30\n";
    let world = with(text);
    for (args, word) in [
        (&["request.timeout", "abc"][..], "a number of seconds"),
        (&["request.timeuot", "3"], "is `request.timeout` meant?"),
        (&["safety.level", "stirct"], "is `strict` meant?"),
        (&["backend.preferred", "desk"], "there is not"),
        (&["backends.desk.kind", "ollama"], "has no `model`"),
        (&["safety.patterns", r#"[{name = "x", pattern = "(", risk = "high", why = "y"}]"#], "pattern"),
        (&["backends.desk.url", "http://ada:pw@h"], "secret"),
        (&["request.timeout"], "there is no value"),
    ] {
        let said = world.run(&[&["config", "set"], args].concat()).failed(2);
        assert!(said.contains(word), "{args:?}: {said}");
        assert_eq!(file(&world), text);
    }
    world.run(&["config", "set", "backends.desk.kind=ollama", "backends.desk.model=m", "backend.preferred=desk"]).ok();
    assert!(world.run(&["config", "unset", "backends.desk"]).failed(2).contains("there is not"));
    world.run(&["config", "unset", "backend.preferred"]).ok();
    world.run(&["config", "unset", "backends.desk"]).ok();
    assert_eq!(file(&world), text);
}

#[test]
fn a_broken_file_is_shown_and_put_right() {
    let world = with("safety.level = \"loose\"\nrequest.timeout = 7\n");
    let ran = world.run(&["config", "get", "request.timeout"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(4), "7\n"), "{ran:?}");
    assert!(ran.stderr.contains("config.toml:1:16"), "{ran:?}");
    world.run(&["config", "validate"]).failed(4);
    assert_eq!(json_of(&world, &["config", "validate", "--json"])["valid"], false);
    world.run(&["config", "set", "request.timeout", "8"]).failed(4);
    world.run(&["config", "set", "safety.level", "strict"]).ok();
    assert!(world.run(&["config", "validate"]).ok().starts_with("valid: "));
    let said = with("not toml").run(&["config", "set", "safety.level", "strict"]).failed(4);
    assert!(said.contains("config.toml:1") && said.contains("cmdai config edit"), "{said}");
}

#[test]
fn a_file_of_ones_own_is_named_and_none_is_changed_without_files() {
    let world = with("safety.level = \"strict\"\n");
    world.run(&["--config", "own.toml", "config", "set", "safety.level", "permissive"]).ok();
    assert_eq!(fs::read_to_string(world.path().join("own.toml")).unwrap(), "[safety]\nlevel = \"permissive\"\n");
    assert_eq!(world.run(&["config", "get", "--config", "own.toml", "safety.level"]).ok(), "permissive\n");
    assert_eq!(world.run(&["--no-config", "config", "get", "safety.level"]).ok(), "moderate\n");
    assert!(
        world.run(&["--no-config", "config", "set", "safety.level", "strict"]).failed(2).contains("no settings file")
    );
    assert!(world.run(&["config", "path"]).ok().trim_end().ends_with(FILE));
    assert_eq!(file(&world), "safety.level = \"strict\"\n");
}

#[test]
fn everything_is_reset_after_a_phrase() {
    let text = "# mine\n[safety]\nlevel = \"strict\"\n";
    let world = with(text);
    world.run(&["config", "reset"]).failed(6);
    let mut terminal = Terminal::open(&world, &[]);
    for answer in ["", "y", "yes"] {
        terminal.line("cmdai config reset");
        terminal.sees("Type `reset my settings` to do it:");
        terminal.line(answer);
        terminal.ended_with(6);
        assert_eq!(file(&world), text);
    }
    terminal.line("cmdai config reset");
    terminal.sees("to do it:");
    terminal.line("reset my settings");
    terminal.ended_with(0);
    assert!(file(&world).starts_with("# mine\n") && !file(&world).contains("strict"));
    world.run(&["config", "set", "safety.level", "strict"]).ok();
    world.run(&["config", "reset", "safety.level"]).ok();
    world.run(&["config", "set", "safety.level", "strict"]).ok();
    world.run(&["config", "reset", "--yes-reset-everything"]).ok();
    assert!(!file(&world).contains("strict"));
}

#[test]
fn an_editor_edits_a_copy_until_it_is_valid() {
    let text = "request.timeout = 30\n";
    let world = with(text);
    assert!(world.run(&["config", "edit"]).failed(2).contains("needs a terminal"));
    fs::write(
        world.path().join("editor.sh"),
        "test -e once && sed -i s/abc/60/ \"$2\" || sed -i s/30/abc/ \"$2\"; touch once; echo \"$1\" > flag\n",
    )
    .unwrap();
    let mut terminal = Terminal::open(&world, &[("EDITOR", "bash editor.sh --flag"), ("VISUAL", "")]);
    terminal.line("cmdai config edit");
    terminal.sees("Edit it again?");
    assert_eq!(file(&world), text, "what is wrong is not taken over");
    terminal.line("n");
    terminal.ended_with(6);
    assert_eq!(file(&world), text);
    fs::remove_file(world.path().join("once")).unwrap();
    terminal.line("cmdai config edit");
    terminal.sees("Edit it again?");
    terminal.line("");
    terminal.ended_with(0);
    assert_eq!(file(&world), "request.timeout = 60\n");
    assert_eq!(fs::read_to_string(world.path().join("flag")).unwrap(), "--flag\n");
    terminal.is_sane();
}

#[test]
fn the_documents_are_printed() {
    let world = World::without_models();
    let schema: Value = serde_json::from_str(&world.run(&["config", "schema"]).ok()).unwrap();
    assert!(schema["properties"]["safety"].is_object(), "{schema}");
    assert!(world.run(&["config", "reference"]).ok().contains("`safety.level`"));
    fs::write(world.path().join("e.toml"), world.run(&["config", "example"]).ok()).unwrap();
    world.run(&["--config", "e.toml", "config", "validate"]).ok();
}

/// Each example of `config --help` is a command line that works, in their order.
#[test]
fn the_examples_of_help_run() {
    let world = World::without_models();
    let help = world.run(&["config", "--help"]).ok();
    let examples = help.split_once("Examples:\n").unwrap().1.split_once("\n\n").unwrap().0;
    assert_eq!(examples.lines().count(), 8);
    for example in examples.lines() {
        world.bash(example).ok();
    }
}
