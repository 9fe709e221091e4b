//! The command line itself: help, errors, exit codes.

use crate::world::{FAST, World};
use serde_json::Value;

#[test]
fn wrong_usage_is_exit_2_with_advice() {
    let world = World::new();
    assert!(world.run(&[]).failed(2).contains("the request is empty"));
    assert!(world.run(&["   "]).failed(2).contains("the request is empty"));
    assert!(world.run(&["--no-such-flag", "x"]).failed(2).contains("--no-such-flag"));
    assert!(world.run(&["--shell", "tcsh", "x"]).failed(2).contains("expected one of: bash, zsh"));
    assert!(world.run(&["model"]).failed(2).contains("Usage"));
}

#[test]
fn a_directory_that_is_gone_is_said_to_be() {
    let error =
        World::new().bash(&format!("mkdir gone && cd gone && rmdir ../gone && cmdai -q --model {FAST} list files"));
    assert!(error.failed(1).contains("the current directory is not there any more"));
}

#[test]
fn errors_are_json_where_json_was_asked_for() {
    let world = World::without_models();
    for (args, kind, code) in [
        (&["--json"][..], "empty-request", 2),
        (&["--json", "--no-such-flag"], "usage", 2),
        (&["--json", "list files"], "model-not-installed", 5),
        (&["--json", "--model", "nonsense", "x"], "model-unknown", 5),
    ] {
        let ran = world.run(args);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
        assert_eq!((ran.code, json["error"]["kind"].as_str()), (Some(code), Some(kind)), "{ran:?}");
        assert_eq!(json["error"]["exit_code"], code);
        assert_eq!(ran.stderr, "", "nothing else is said");
    }
}

/// Each example of `--help` is a command line that works.
#[test]
fn the_examples_of_help_run() {
    let world = World::new();
    std::fs::write(world.path().join("err.log"), "permission denied\n").unwrap();
    let help = world.run(&["--help"]).ok();
    let examples = help.split_once("Examples:\n").unwrap().1.split_once("\n\n").unwrap().0;
    assert_eq!(examples.lines().count(), 5);
    for example in examples.lines() {
        let ran = world.bash(&format!("export CMDAI_MODEL={FAST}; {example}"));
        assert!(matches!(ran.code, Some(0 | 7)), "{example}: {ran:?}");
    }
}

#[test]
fn a_missing_model_off_a_terminal_is_an_error_that_says_how_to_get_it() {
    let error = World::without_models().run(&["list files"]).failed(5);
    assert!(error.contains("is not installed") && error.contains("cmdai model pull qwen2.5-coder-1.5b"), "{error}");
}

#[test]
fn a_model_is_removed_with_what_it_left() {
    let world = World::without_models();
    std::fs::create_dir_all(world.models()).unwrap();
    let file = crate::model::model(FAST).path;
    std::fs::copy(&file, world.models().join(file.file_name().unwrap())).unwrap();
    assert!(world.run(&["model", "list"]).ok().contains("here, will be checked"));
    let said = world.run(&["model", "rm", FAST]).ok();
    assert!(said.contains("99 MB freed"), "{said}");
    let gone = world.run(&["model", "path", FAST]).failed(5);
    assert!(gone.contains("is not installed"), "{gone}");
    assert!(world.run(&["model", "gc"]).ok().contains("0 MB freed"));
}
