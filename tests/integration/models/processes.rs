//! Pulls that end by force, and pulls beside each other.

use crate::server::{End, Server};
use crate::world::{World, entry, good};
use cmdai_backends::model::ModelStore;
use cmdai_backends::model::download::{PullEvent, PullOptions, Source, pull};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use tokio::sync::oneshot;

#[tokio::test]
async fn a_dropped_pull_is_taken_up_again() {
    let server = Server::start(|request, n| {
        good(request).end(if request.is_get() && n == 0 { End::Stall(100_000) } else { End::Whole })
    });
    let mut world = World::new(&server.url());
    let (sender, arrived) = oneshot::channel();
    let mut sender = Some(sender);
    let mut listen = |event| {
        if let PullEvent::Progress { done: 100_000, .. } = event {
            sender.take().map(|sender| sender.send(()));
        }
    };
    tokio::select! {
        _ = pull(&world.store, entry(), &world.options, &mut listen) => panic!("it ended"),
        _ = arrived => {}
    }
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, Some(100_000)]);
}

#[tokio::test]
async fn two_pulls_make_one_download() {
    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let (asked, first_asks) = oneshot::channel();
    let asked = Mutex::new(Some(asked));
    let server = Server::start(move |request, _| {
        if request.is_get() {
            asked.lock().unwrap().take().map(|asked| asked.send(()));
            let _ = gate.lock().unwrap().recv();
        }
        good(request)
    });
    let world = World::new(&server.url());
    let (store, options) = (world.store.clone(), world.options.clone());
    let first = tokio::spawn(async move { pull(&store, entry(), &options, &mut |_| {}).await });
    first_asks.await.unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&events);
    let mut listen = |event| {
        if event == PullEvent::WaitingForOther {
            open.send(()).unwrap();
        }
        kept.lock().unwrap().push(event);
    };
    let second = pull(&world.store, entry(), &world.options, &mut listen).await.unwrap();
    assert_eq!(first.await.unwrap().unwrap(), second);
    assert_eq!(server.gets().len(), 1);
    let expected = [PullEvent::WaitingForOther, PullEvent::Done { path: second.path }];
    assert_eq!(*events.lock().unwrap(), expected);
}

const DIRECTORY: &str = "CMDAI_TEST_PULL_DIRECTORY";
const ENDPOINT: &str = "CMDAI_TEST_PULL_ENDPOINT";

/// The child of the next test; by itself it does nothing.
#[tokio::test]
async fn child_that_pulls() {
    let (Ok(directory), Ok(endpoint)) = (std::env::var(DIRECTORY), std::env::var(ENDPOINT)) else { return };
    let options = PullOptions { endpoint, sources: vec![Source::Hub], ..PullOptions::default() };
    let mut tell = |event| {
        if let PullEvent::Progress { done, .. } = event {
            let mut out = std::io::stdout();
            writeln!(out, "\nat {done}").and_then(|()| out.flush()).unwrap();
        }
    };
    pull(&ModelStore::new(directory), entry(), &options, &mut tell).await.unwrap();
}

#[tokio::test]
async fn a_killed_process_leaves_what_the_next_one_needs() {
    let server = Server::start(|request, n| {
        good(request).end(if request.is_get() && n == 0 { End::Stall(100_000) } else { End::Whole })
    });
    let mut world = World::new(&server.url());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["processes::child_that_pulls", "--exact", "--nocapture"])
        .env(DIRECTORY, world.store.dir())
        .env(ENDPOINT, server.url())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "at 100000"));
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, Some(100_000)]);
    assert!(!world.events.contains(&PullEvent::WaitingForOther), "the lock ended with the process");
}
