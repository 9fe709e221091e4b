//! The process that keeps the model ready: started, used, killed at every moment, replaced and ended.

use crate::world::{FAST, Ran, World};
use cmdai_backends::select::Kind;
use cmdai_backends::worker::{Place, Setup, Worker, status};
use cmdai_core::contract::generate::{collect, sample_prompt};
use cmdai_core::generate::{Chunk, Generate as _, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_util::future::join_all;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A world in which requests use a worker; it is gone when the test ends.
pub(crate) struct WithWorker(pub(crate) World);

impl WithWorker {
    pub(crate) fn new() -> Self {
        Self(World::new())
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.0.cmdai(args);
        command.env_remove("CMDAI_NO_WORKER").env("CMDAI_MODEL", FAST);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    pub(crate) fn status(&self) -> Value {
        let out = self.run(&["worker", "status", "--json"]).ok();
        serde_json::from_str::<Value>(&out).unwrap()["worker"].take()
    }

    pub(crate) fn ask(&self) -> Value {
        // A tiny model may fail to answer; that is an answer, too.
        let ran = self.run(&["--json", "print the current directory"]);
        assert!(matches!(ran.code, Some(0 | 7 | 3)), "{ran:?}");
        serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
    }
}

impl WithWorker {
    /// A worker of the test's own making, for clients in this process.
    pub(crate) fn serve(&self) -> (Child, Setup, Place) {
        let file = crate::model::model(FAST);
        let setup = Setup {
            program: "a test".to_owned(),
            name: FAST.to_owned(),
            runtime: Kind::EmbeddedLlama,
            model: file.path,
            identity: file.sha256,
            prefix_dir: None,
            threads: None,
            keep_alive: Duration::from_mins(5),
        };
        let mut worker = self.command(&["worker", "serve"]);
        let mut worker = worker.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        worker.stdin.take().unwrap().write_all(&serde_json::to_vec(&setup).unwrap()).unwrap();
        let mut ready = String::new();
        BufReader::new(worker.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n");
        (worker, setup, Place::at(self.0.path().join("cmdai")).unwrap())
    }
}

impl Drop for WithWorker {
    fn drop(&mut self) {
        self.run(&["worker", "stop"]);
    }
}

pub(crate) fn signal(pid: &Value, signal: &str) {
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
fn a_worker_at_rest_reads_what_programs_say_of_themselves() {
    let world = WithWorker::new();
    let cache = world.0.path().join("cache");
    std::fs::create_dir_all(cache.join("cmdai")).unwrap();
    std::os::unix::fs::symlink(world.0.models(), cache.join("cmdai/models")).unwrap();
    let ran = world.command(&["--json", "print the current directory"]).env("XDG_CACHE_HOME", &cache).output().unwrap();
    assert!(matches!(Ran::of(ran).code, Some(0 | 7 | 3)));
    // Nobody asked for any of these.
    let learned = || std::fs::read_to_string(cache.join("cmdai/programs")).unwrap_or_default();
    while !["\nchmod\t", "\nsort\t", "\ntar\t"].iter().all(|name| learned().contains(name)) {
        assert_ne!(world.status(), Value::Null, "the worker is gone: {}", learned());
    }
    assert!(learned().lines().any(|line| line.starts_with("tar\t") && line.contains("--gzip")), "{}", learned());
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

/// Resident KiB and open descriptors of a process.
#[cfg(target_os = "linux")]
fn held(pid: &Value) -> (i64, usize) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    (rss.split_whitespace().next().unwrap().parse().unwrap(), open)
}

#[test]
fn many_programs_at_once_are_all_answered() {
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

/// Asks so many times at the same moment; gives how many answers were whole.
#[cfg(target_os = "linux")]
async fn at_once(client: &Worker, count: usize) -> usize {
    let options = GenerateOptions { max_tokens: 4, ..GenerateOptions::default() };
    let one = |n: usize| {
        let prompt = Prompt { user: format!("show the last {n} lines of the log"), ..sample_prompt() };
        collect(client.generate(&prompt, &options))
    };
    let all = join_all((1..=count).map(one)).await;
    all.iter().filter(|items| matches!(items.last(), Some(Ok(Chunk::Done(_))))).count()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_hundred_requests_at_once_are_answered_and_leave_nothing_behind() {
    /// What a hundred leaked connections or answers would exceed: each has buffers of a hundred kilobytes.
    const MOST_KIB: i64 = 8 * 1024;
    let world = WithWorker::new();
    let (worker, setup, place) = world.serve();
    let client =
        Worker::new(place.clone(), setup, |_| unreachable!("there is one"), || Err(GenerateError::Interrupted));
    let pid = Value::from(worker.id());
    // What is taken once and kept, such as the buffers of the runtime, is no leak.
    assert_eq!(at_once(&client, 20).await, 20);
    let (rss, open) = held(&pid);
    assert_eq!(at_once(&client, 100).await, 100);
    let status = status(&place).await.unwrap().unwrap();
    assert_eq!((status.answered, status.active), (120, 0));
    // The connection of that question may still be closing.
    let left = (0..100).map(|_| (world.run(&["--version"]), held(&pid)).1).find(|(_, now)| *now <= open);
    let (after, left) = left.expect("descriptors leak");
    println!("resident {rss} KiB before, {after} KiB after a hundred; descriptors {open} and {left}");
    assert!(after - rss < MOST_KIB, "{rss} KiB before, {after} KiB after");
}
