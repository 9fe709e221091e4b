//! The worker is killed (-9) at each moment of a request: the request is answered all the same, by the same model.
//!
//! The moments are reached by events, not by waiting; what needs no real process to be reached is in `tests/integration/worker/lost.rs`.

use crate::worker::{WithWorker, signal};
use crate::world::{RIGHT, Ran};
use cmdai_backends::worker::{Worker, status};
use cmdai_core::contract::fake::ScriptedBackend;
use cmdai_core::contract::generate::sample_prompt;
use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_util::StreamExt as _;
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

const REQUEST: &str = "print the current directory";

fn started(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Value {
    let ran = Ran::of(child.wait_with_output().unwrap());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
}

#[test]
fn a_killed_worker_is_made_good() {
    let world = WithWorker::new();
    let expected = world.ask();
    // At whatever moment it is.
    for others in [0, 5, 15] {
        if world.status().is_null() {
            world.ask();
        }
        let worker = world.status();
        let child = started(world.command(&["--json", REQUEST]));
        for _ in 0..others {
            world.run(&["--version"]);
        }
        signal(&worker["pid"], "-9");
        assert_eq!(ended(child)["command"], expected["command"], "after {others} other programs");
    }
    // What the killed one left behind does not hinder the next.
    assert_eq!(world.ask()["command"], expected["command"]);
    assert_eq!(world.status()["answered"], 1);
}

#[test]
fn killed_while_it_loads_the_model() {
    let world = WithWorker::new();
    let child = started(world.command(&["--json", "--model", RIGHT, REQUEST]));
    // It lets clients in before the model is there, so whoever asks during the load is told that one request is waiting.
    let worker = loop {
        let worker = world.status();
        if worker["active"] == 1 {
            break worker;
        }
    };
    assert_eq!(worker["answered"], 0);
    signal(&worker["pid"], "-9");
    assert_eq!(ended(child)["command"], "pwd");
}

/// How many sockets of this machine have this path: the one that listens, and one for each client that it was not told of yet.
#[cfg(target_os = "linux")]
fn sockets(path: &str) -> usize {
    let all = std::fs::read_to_string("/proc/net/unix").unwrap();
    all.lines().filter(|line| line.ends_with(path)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn killed_between_request_and_answer() {
    let world = WithWorker::new();
    let expected = world.ask();
    let worker = world.status();
    signal(&worker["pid"], "-STOP");
    let child = started(world.command(&["--json", REQUEST]));
    let socket = world.0.path().join("cmdai/worker.sock");
    while sockets(socket.to_str().unwrap()) < 2 {
        world.run(&["--version"]);
    }
    signal(&worker["pid"], "-9");
    assert_eq!(ended(child)["command"], expected["command"]);
}

#[test]
fn a_worker_that_hangs_is_made_good() {
    let world = WithWorker::new();
    let expected = world.ask();
    let worker = world.status();
    signal(&worker["pid"], "-STOP");
    assert_eq!(world.ask()["command"], expected["command"]);
    signal(&worker["pid"], "-9");
}

#[tokio::test]
async fn killed_while_it_speaks() {
    let world = WithWorker::new();
    let (mut worker, setup, place) = world.serve();
    let alone = || -> Result<Arc<dyn Generate>, GenerateError> { Ok(Arc::new(ScriptedBackend::answering("alone"))) };
    let client = Worker::new(place.clone(), setup, |_| unreachable!("there is one"), alone);
    let prompt = Prompt { user: "echo the numbers from one to fifty in words".to_owned(), ..sample_prompt() };
    // Many long answers side by side, so that the end is far when the first text comes.
    let options = GenerateOptions { alternatives: 8, temperature: 2.0, ..GenerateOptions::default() };
    let mut chunks = client.generate(&prompt, &options);
    let (mut text, mut restarts) = (String::new(), 0);
    while let Some(chunk) = chunks.next().await {
        match chunk.unwrap() {
            Chunk::Text { alternative: 0, text: new, .. } => {
                if worker.try_wait().unwrap().is_none() && restarts == 0 {
                    worker.kill().unwrap();
                    worker.wait().unwrap();
                }
                text += &new;
            }
            Chunk::Restarted { why } => {
                assert!(why.contains("the worker ended"), "{why}");
                (text, restarts) = (String::new(), restarts + 1);
            }
            _ => {}
        }
    }
    assert_eq!((text.as_str(), restarts), ("alone", 1));
    assert_eq!(status(&place).await.unwrap(), None);
}
