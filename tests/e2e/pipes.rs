//! Standard streams that are no terminal.

use crate::world::{FAST, World};
use std::process::Stdio;

#[test]
fn without_a_terminal_the_command_is_printed_and_not_run() {
    let world = World::new();
    let ran = world.bash(&format!("cmdai --model {FAST} create the file proof.txt > out; echo $?"));
    assert!(matches!(ran.stdout.trim(), "0" | "7"), "{ran:?}");
    let files: Vec<_> = std::fs::read_dir(world.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert!(files.iter().all(|name| name == "out" || name == "state"), "{files:?}");
}

#[test]
fn a_reader_that_goes_away_is_quiet_success() {
    let ran = World::new().bash("set -o pipefail; cmdai -q list files | head -c1");
    assert_eq!((ran.code, ran.stdout.len(), ran.stderr.as_str()), (Some(0), 1, ""), "{ran:?}");
    // And with nobody there from the start, so that the write itself fails.
    let ran = World::new().bash("set -o pipefail; cmdai -q list files | true");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
}

#[test]
fn piped_text_is_context_and_never_the_request() {
    let world = World::new();
    std::fs::write(world.path().join("err.log"), "E: no space left on device\n".repeat(500)).unwrap();
    let json = world.bash(&format!("cat err.log | cmdai --json --model {FAST} why does this fail"));
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let request = json.get("request").cloned();
    assert!(request.is_none_or(|text| text == "why does this fail"), "{json}");
    // The material is in the prompt: far more tokens than the four words have. A model this small may also refuse.
    let none = ["no-command", "refused"].iter().any(|kind| json["error"]["kind"] == *kind);
    assert!(none || json["usage"]["prompt_tokens"].as_u64().unwrap() > 100, "{json}");
}

#[test]
fn without_words_standard_input_is_the_request() {
    let ran = World::new().bash(&format!("echo list the files here | cmdai --json --model {FAST}"));
    assert!(ran.stdout.contains("\"request\":\"list the files here\"") || ran.code == Some(7), "{ran:?}");
    let error = World::new().bash("printf '' | cmdai").failed(2);
    assert!(error.contains("the request is empty"), "{error}");
}

#[test]
fn an_endless_stream_ends() {
    let ran = World::new().bash(&format!("yes | cmdai -q --model {FAST} what is this"));
    assert!(matches!(ran.code, Some(0 | 7)), "{ran:?}");
}

#[test]
fn a_full_disk_is_told() {
    let world = World::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = world.cmdai(&["model", "list"]).stdout(Stdio::from(full)).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("could not be printed"));
}
