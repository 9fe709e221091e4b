//! `cmdai doctor`: what is well is said to be, what is broken is named with what to do, and nothing broken keeps it from looking at the rest.

use crate::backends::{json_of, nobody, server, with};
use crate::world::{FAST, Ran, World};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// The finding of this name.
#[track_caller]
fn found<'v>(report: &'v Value, name: &str) -> &'v Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap_or_else(|| {
        panic!("{name} is not in {report}");
    })
}

/// The state of one finding, with a text that must be in its sentence or its advice.
#[track_caller]
fn is(report: &Value, name: &str, state: &str, part: &str) {
    let found = found(report, name);
    assert_eq!(found["state"], state, "{found}");
    assert!(found.to_string().contains(part), "{part:?} is not in {found}");
}

fn doctor(world: &World, vars: &[(&str, &str)]) -> (Option<i32>, Value) {
    let ran = Ran::of(world.cmdai(&["doctor", "--json"]).envs(vars.iter().copied()).output().unwrap());
    assert_eq!(ran.stderr, "");
    (ran.code, json_of(&ran))
}

#[test]
fn a_machine_that_works_is_said_to_be_well_and_answers() {
    let world = World::new();
    let (code, report) = doctor(&world, &[("CMDAI_MODEL", FAST)]);
    assert_eq!((code, &report["schema_version"]), (Some(0), &1.into()), "{report}");
    assert_ne!(report["state"], "broken");
    is(&report, "version", "ok", env!("CARGO_PKG_VERSION"));
    is(&report, "processor", "ok", "");
    is(&report, "settings", "ok", "");
    is(&report, "model", "ok", FAST);
    is(&report, "answer", "ok", "first token after");
    is(&report, "runtime", "ok", "embedded-");
    is(&report, "worker", "ok", "not used");
    is(&report, "history", "ok", "no history yet");
    for name in ["memory", "disk", "directories", "manuals", "clipboard", "shell", "terminal"] {
        assert_ne!(found(&report, name)["state"], "broken", "{name}");
    }
    // As people read it: the same findings, a line each, and the sum.
    let ran = Ran::of(world.cmdai(&["doctor"]).env("CMDAI_MODEL", FAST).output().unwrap());
    let said = ran.ok();
    for check in report["checks"].as_array().unwrap() {
        let name = check["name"].as_str().unwrap();
        assert!(said.lines().any(|line| line.split_whitespace().nth(1) == Some(name)), "{name}: {said}");
    }
}

#[test]
fn a_worker_is_started_and_found() {
    let world = World::new();
    let (code, report) = doctor(&world, &[("CMDAI_MODEL", FAST), ("CMDAI_NO_WORKER", "0"), ("CMDAI_KEEP_ALIVE", "60")]);
    assert_eq!(code, Some(0), "{report}");
    is(&report, "worker", "ok", "keeps the model ready");
    world.run(&["worker", "stop"]).ok();
    // Whoever can reach the directory could answer in its stead.
    fs::set_permissions(world.path().join("cmdai"), fs::Permissions::from_mode(0o755)).unwrap();
    let (code, report) = doctor(&world, &[("CMDAI_MODEL", FAST), ("CMDAI_NO_WORKER", "0")]);
    assert_eq!(code, Some(0), "requests are answered without it: {report}");
    is(&report, "worker", "warn", "chmod 700");
}

#[test]
fn broken_settings_and_a_missing_model_hide_nothing_else() {
    let world = World::without_models();
    let dir = world.path().join(".config/cmdai");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("config.toml"), "[safety]\nlevel = \"stirct\"\n").unwrap();
    fs::write(world.path().join(".bashrc"), "eval \"$(cmdai init bash)\"\n").unwrap();
    let (code, report) = doctor(&world, &[]);
    assert_eq!((code, &report["state"]), (Some(1), &"broken".into()), "{report}");
    is(&report, "settings", "broken", "config.toml:2:9");
    is(&report, "model", "broken", "cmdai model pull qwen2.5-coder-1.5b");
    is(&report, "answer", "broken", "without a model");
    is(&report, "shell", "ok", ".bashrc");
    is(&report, "history", "ok", "");
    // A flag in the place of the file is what it says.
    let ran = world.run(&["--no-config", "doctor", "--json"]);
    is(&json_of(&ran), "settings", "ok", "");
    let ran = world.run(&["doctor"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("3 broken"), "{ran:?}");
}

#[test]
fn a_history_that_cannot_be_used_is_told_and_left_alone() {
    let world = World::without_models();
    // Not even root can make a directory there.
    let (code, report) = doctor(&world, &[("XDG_STATE_HOME", "/dev/null/state")]);
    assert_eq!(code, Some(1));
    is(&report, "directories", "broken", "/dev/null/state");

    let file = world.path().join("state/cmdai/history.db");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "this is no database at all, but it is long enough to be one").unwrap();
    let (code, report) = doctor(&world, &[]);
    assert_eq!(code, Some(1));
    is(&report, "history", "broken", "cmdai history doctor --recover");
    assert!(fs::read_to_string(&file).unwrap().starts_with("this is no database"), "looking changes nothing");

    // One that is whole, and open to others.
    fs::remove_file(&file).unwrap();
    world.run(&["history"]).ok();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let (_, report) = doctor(&world, &[]);
    is(&report, "history", "broken", "can be read by others");
    world.run(&["history", "doctor", "--repair"]).ok();
    is(&doctor(&world, &[]).1, "history", "ok", "0 entries");
}

#[test]
fn servers_are_asked_whether_they_answer() {
    let world = with(&[("desk", &server("pwd")), ("gone", &nobody()), ("far", "http://192.0.2.7:8000")], "");
    let (_, report) = doctor(&world, &[]);
    is(&report, "backend desk", "ok", "");
    is(&report, "backend gone", "warn", "");
    is(&report, "backend far", "warn", "allow_remote");
    is(&report, "model", "warn", "");
    let world = with(&[("gone", &nobody())], "");
    is(&doctor(&world, &[]).1, "model", "broken", "");
}
