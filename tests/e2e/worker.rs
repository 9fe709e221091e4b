//! The process that keeps the model ready: started, used, killed at every moment, replaced and ended.

use crate::world::{FAST, Ran, World};
use serde_json::Value;
use std::process::{Command, Stdio};

/// A world in which requests use a worker; it is gone when the test ends.
struct WithWorker(World);

impl WithWorker {
    fn new() -> Self {
        Self(World::new())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.0.cmdai(args);
        command.env_remove("CMDAI_NO_WORKER").env("CMDAI_MODEL", FAST);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    fn status(&self) -> Value {
        let out = self.run(&["worker", "status", "--json"]).ok();
        serde_json::from_str::<Value>(&out).unwrap()["worker"].take()
    }

    fn ask(&self) -> Value {
        // A tiny model may fail to answer; that is an answer, too.
        let ran = self.run(&["--json", "print the current directory"]);
        assert!(matches!(ran.code, Some(0 | 7 | 3)), "{ran:?}");
        serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
    }
}

impl Drop for WithWorker {
    fn drop(&mut self) {
        self.run(&["worker", "stop"]);
    }
}

fn signal(pid: &Value, signal: &str) {
    let pid = pid.as_u64().unwrap().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
}

#[test]
fn the_second_request_finds_the_model_ready() {
    let world = WithWorker::new();
    assert_eq!(world.status(), Value::Null);
    assert!(world.run(&["worker", "status"]).ok().contains("no worker is running"));
    let first = world.ask();
    let status = world.status();
    assert_eq!((&status["model"], &status["answered"]), (&FAST.into(), &1.into()), "{status}");
    let second = world.ask();
    assert_eq!(first["command"], second["command"]);
    assert_eq!(world.status()["pid"], status["pid"], "it is the same worker");
    assert!(first["usage"]["load_ms"].is_number() && second["usage"]["load_ms"].is_null(), "{second}");
    assert_eq!(second["usage"]["prefix_restored"], true);
    assert!(world.run(&["worker", "status"]).ok().contains("2 requests answered; idle for"));
    assert_eq!(world.run(&["worker", "stop"]).ok(), "the worker ends\n");
    assert_eq!(world.status(), Value::Null);
    assert!(!world.0.path().join("cmdai/worker.sock").exists());
    assert_eq!(world.run(&["worker", "stop"]).ok(), "no worker is running\n");
}

#[test]
fn the_worker_gives_the_same_answer_as_none() {
    let world = WithWorker::new();
    let alone = world.run(&["--json", "--no-worker", "print the current directory"]);
    let alone: Value = serde_json::from_str(&alone.stdout).unwrap();
    assert_eq!(world.status(), Value::Null, "none was started");
    assert_eq!(world.ask()["command"], alone["command"]);
}

#[test]
fn a_killed_worker_is_made_good() {
    let world = WithWorker::new();
    let expected = world.ask();
    for round in 0..4 {
        let worker = world.status();
        if worker.is_null() {
            world.ask();
        }
        let worker = world.status();
        let child = world
            .command(&["--json", "print the current directory"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // At another moment of the request each time, without counting on which.
        for _ in 0..round * 8 {
            world.run(&["--version"]);
        }
        signal(&worker["pid"], "-9");
        let ran = Ran::of(child.wait_with_output().unwrap());
        let json: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
        assert_eq!(json["command"], expected["command"], "round {round}");
    }
    // What the killed one left behind does not hinder the next.
    assert_eq!(world.ask()["command"], expected["command"]);
    assert_eq!(world.status()["answered"], 1);
}

#[test]
fn a_worker_of_another_model_is_replaced() {
    let world = WithWorker::new();
    world.ask();
    let old = world.status();
    let copy = world.0.path().join("other.gguf");
    std::fs::copy(crate::model::model(FAST).path, &copy).unwrap();
    assert!(matches!(world.run(&["-q", "--model", copy.to_str().unwrap(), "list files"]).code, Some(0 | 7 | 3)));
    let new = world.status();
    assert_ne!(old["pid"], new["pid"]);
    assert_eq!(new["model"], "other.gguf");
}

#[test]
fn an_idle_worker_ends() {
    let world = WithWorker::new();
    let ran = world.run(&["--json", "--keep-alive", "0.01", "print the current directory"]);
    assert!(matches!(ran.code, Some(0 | 7 | 3)), "{ran:?}");
    let socket = world.0.path().join("cmdai/worker.sock");
    while socket.exists() {
        world.run(&["--version"]);
    }
    assert_eq!(world.status(), Value::Null);
}

#[test]
fn a_place_that_others_can_reach_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let world = WithWorker::new();
    let dir = world.0.path().join("cmdai");
    std::fs::create_dir(&dir).unwrap();
    std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o777)).unwrap();
    world.ask();
    assert!(!dir.join("worker.sock").exists());
    assert!(world.run(&["worker", "status"]).failed(1).contains("is not a directory of this user alone"));
}

#[test]
fn many_requests_at_once_are_all_answered() {
    let world = WithWorker::new();
    let expected = world.ask();
    let children: Vec<_> = (0..24)
        .map(|_| {
            let mut command = world.command(&["--json", "--timeout", "1000", "print the current directory"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let ran = Ran::of(child.wait_with_output().unwrap());
        let json: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
        assert_eq!(json["command"], expected["command"], "{json}");
    }
    let status = world.status();
    assert_eq!((&status["answered"], &status["active"]), (&25.into(), &0.into()), "{status}");
}
