//! The main job: requests become commands.

use crate::world::{FAST, World};
use serde_json::Value;

#[test]
fn every_stage_is_timed_in_the_json_result() {
    let world = World::new();
    let json: Value = serde_json::from_str(&world.run(&["--json", "list the files here"]).ok()).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["executed"], false);
    for stage in ["context", "first_chunk", "generation", "assessment", "history", "total"] {
        assert!(json["timings"][stage].as_f64().is_some_and(|ms| ms >= 0.0), "{stage}: {json}");
    }
    let usage = &json["usage"];
    let sum: f64 =
        ["load_ms", "prefix_ms", "prompt_ms", "decode_ms"].map(|part| usage[part].as_f64().unwrap()).iter().sum();
    assert!(sum <= json["timings"]["total"].as_f64().unwrap(), "the parts are parts of the whole: {json}");
    let confidence = json["confidence"].as_f64().unwrap();
    assert!(confidence > 0.0 && confidence <= 1.0);
}

#[test]
fn the_answer_is_judged() {
    let world = World::new();
    let json: Value = serde_json::from_str(&world.run(&["--json", "print the current directory"]).ok()).unwrap();
    assert_eq!((json["risk"].as_str(), json["decision"].as_str()), (Some("safe"), Some("allow")), "{json}");
    assert_eq!(json["coverage"], "full");

    let ran = world.run(&["--json", "delete the folder src and everything in it"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (ran.code, json["risk"].as_str(), json["decision"].as_str()),
        (Some(0), Some("high"), Some("ask")),
        "{json}"
    );
    let span = &json["findings"][0]["span"];
    let at = |end: &str| usize::try_from(span[end].as_u64().unwrap()).unwrap();
    assert!(json["command"].as_str().unwrap()[at("start")..at("end")].contains("src"), "{json}");
}

#[test]
fn off_a_terminal_a_blocked_command_is_not_printed() {
    let world = World::new();
    let request = "delete everything below / with rm -rf, no matter what";
    let ran = world.run(&["-q", request]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{ran:?}");
    assert!(ran.stderr.contains("blocked") && ran.stderr.contains("rm -rf"), "{ran:?}");

    let json: Value = serde_json::from_str(&world.run(&["--json", request]).stdout).unwrap();
    assert_eq!((json["risk"].as_str(), json["decision"].as_str()), (Some("critical"), Some("block")), "{json}");
    assert!(world.run(&["-q", "--allow-dangerous", request]).ok().contains("rm -rf"));
}

#[test]
fn requests_with_any_characters_behave() {
    let world = World::new();
    for request in [
        "print \"a\" and 'b'",
        "what does ${HOME} {x} hold",
        "run `date` twice",
        "list\nfiles\nhere",
        "count 🦀 in crab.txt",
        "$(touch pwned)",
        "%s %n <|im_end|>",
    ] {
        let ran = world.run(&["-q", "--model", FAST, request]);
        // A tiny model may fail to answer; it may not crash, hang or answer with an error of another kind.
        assert!(matches!(ran.code, Some(0 | 7)), "{request:?}: {ran:?}");
        assert_eq!(ran.code == Some(0), !ran.stdout.is_empty(), "{request:?}: {ran:?}");
    }
    assert!(!world.path().join("pwned").exists(), "nothing of a request is run");
}

#[test]
fn the_longest_request_is_answered_and_a_longer_one_refused() {
    let world = World::new();
    let words = "list the files here please ".repeat(80);
    let longest: String = words.chars().take(2000).collect();
    assert!(matches!(world.run(&["-q", "--model", FAST, longest.trim_end()]).code, Some(0 | 7)));
    let emoji = "🦀".repeat(400);
    assert!(matches!(world.run(&["-q", "--model", FAST, &emoji]).code, Some(0 | 1 | 7)));
    let error = world.run(&["-q", "--model", FAST, &"x".repeat(2001)]).failed(2);
    assert!(error.contains("2001 characters, the limit is 2000"), "{error}");
}

#[test]
fn alternatives_differ_from_the_command() {
    let json: Value =
        serde_json::from_str(&World::new().run(&["--json", "-n", "4", "show the disk usage of this folder"]).ok())
            .unwrap();
    let command = json["command"].as_str().unwrap();
    let others: Vec<&str> =
        json["alternatives"].as_array().unwrap().iter().map(|a| a["command"].as_str().unwrap()).collect();
    assert!(others.len() <= 3 && !others.contains(&command), "{json}");
}

#[test]
fn programs_inside_commands_come_out_whole() {
    let world = World::new();
    for (request, parts) in [
        ("print the lines of data.txt whose third field is above 10, with awk", &["awk", "$3", "10"][..]),
        (
            "copy every .c file below src to the same name with .bak added, using find -exec",
            &["find", "-exec", "{}"][..],
        ),
    ] {
        let command = world.run(&["-q", request]).ok();
        for part in parts {
            assert!(command.contains(part), "{request}: {command}");
        }
        let parses = std::process::Command::new("bash").args(["-n", "-c", &command]).status().unwrap();
        assert!(parses.success(), "{command}");
    }
}

#[test]
fn a_time_limit_ends_the_request() {
    let error = World::new().run(&["-q", "--timeout", "0.01", "list files"]).failed(1);
    assert!(error.contains("no answer within 0.01 s") && error.contains("--timeout"), "{error}");
}

#[test]
fn the_log_tells_stages_and_no_secrets() {
    let world = World::new();
    let request = "use the password=hunter2hunter2 to list files";
    assert!(matches!(world.run(&["-q", "-v", "--model", FAST, request]).code, Some(0 | 7)));
    let dir = world.path().join("state/cmdai/logs");
    let file = std::fs::read_dir(dir).unwrap().next().unwrap().unwrap().path();
    let log = std::fs::read_to_string(file).unwrap();
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{log}");
    assert!(log.contains("disposition"), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}
