//! The steps of `specs/005-production-backends/quickstart.md`, each as it stands there.

use crate::world::{RIGHT, World};
use serde_json::Value;

/// The file sizes in the order of a command's output, whatever units it prints.
fn sizes_of(paths: impl Iterator<Item = String>) -> Vec<u64> {
    paths.map(|path| std::fs::symlink_metadata(&path).unwrap_or_else(|e| panic!("{path}: {e}")).len()).collect()
}

#[test]
fn quickstart_first_answer() {
    let world = World::new();
    let command = world.run(&["list the five largest files under /usr/share, largest first"]).ok();

    let found = world.bash(&command).ok();
    let path = |line: &str| line.find("/usr/share").map(|at| line[at..].trim_end().to_owned());
    let sizes = sizes_of(found.lines().filter_map(path));
    let all = world.bash("find /usr/share -type f -printf '%s\\n' | sort -rn | head -n 5").ok();
    let expected: Vec<u64> = all.lines().map(|size| size.parse().unwrap()).collect();
    assert_eq!(sizes, expected, "{command}{found}");
}

#[test]
fn quickstart_quiet() {
    let ran = World::new().run(&["-q", "count the lines of all rust files below src"]);
    assert_eq!(ran.stderr, "");
    let command = ran.ok();
    assert!(command.ends_with('\n') && command.trim().len() > 3, "{command:?}");
}

#[test]
fn quickstart_json() {
    let out = World::new().run(&["--json", "show the disk usage of each folder here, biggest first"]).ok();
    assert!(out.starts_with("{\"schema_version\":1,") && out.lines().count() == 1, "{out}");
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["backend"], "embedded-llama");
    assert_eq!(json["model"], RIGHT);
    assert!(json["command"].as_str().unwrap().contains("du "), "{json}");
}

#[test]
fn quickstart_context() {
    let line =
        "printf 'report.csv\\nsales.csv\\nnotes.txt\\n' | cmdai -q \"count the lines of the csv files in this list\"";
    assert!(!World::new().bash(line).ok().trim().is_empty());
}

#[test]
fn quickstart_models() {
    let world = World::new();
    let list = world.run(&["model", "list"]).ok();
    assert!(list.starts_with("NAME") && list.contains(RIGHT) && list.contains("here, verified (default)"), "{list}");
    let verified = world.run(&["model", "verify", RIGHT]).ok();
    assert!(verified.starts_with("qwen2.5-coder-1.5b is whole: cc324af0"), "{verified}");
    let path = world.run(&["model", "path"]).ok();
    assert!(std::path::Path::new(path.trim_end()).is_file(), "{path}");
}

#[test]
fn quickstart_local_file() {
    let command = World::new().bash("cmdai -q --model \"$(cmdai model path)\" \"print the current directory\"").ok();
    assert_eq!(command, "pwd\n");
}

#[test]
fn quickstart_shell() {
    let args = ["--json", "--shell", "powershell", "names of the log files here that are larger than 1 MB"];
    let json: Value = serde_json::from_str(&World::new().run(&args).ok()).unwrap();
    assert_eq!(json["shell"], "powershell");
    assert!(json["command"].as_str().unwrap().contains("Get-ChildItem"), "{json}");
}

#[test]
fn quickstart_log() {
    let world = World::new();
    world.run(&["-q", "print the current directory"]).ok();
    let log = world.bash("cat \"${XDG_STATE_HOME:-$HOME/.local/state}\"/cmdai/logs/cmdai.*.jsonl | tail -n 2").ok();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["message"], &lines[1]["message"]), (&"request".into(), &"timings".into()), "{log}");
    assert_eq!(lines[0]["disposition"], "shown");
    assert!(!log.contains("print the current"), "{log}");
}

#[test]
fn quickstart_fix() {
    let world = World::new();
    assert_eq!(world.run(&["fix", "grep", "--recursve", "TODO", "src"]).ok(), "grep --recursive TODO src\n");
    let command =
        world.bash("{ echo \"make: *** No rule to make target 'al'.  Stop.\"; } 2>&1 | cmdai fix -q make al").ok();
    assert!(command.starts_with("make"), "{command}");
}
