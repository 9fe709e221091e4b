//! First use without a model, and pulls that are cut short, against a server of our own that speaks like the hub.

use crate::server::{End, Reply, Request, Server};
use crate::terminal::Terminal;
use crate::world::{FAST, Ran, World};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Serves the small model; `end` says how each download ends.
pub(crate) fn hub(end: impl Fn(usize) -> End + Send + Sync + 'static) -> Server {
    let file = crate::model::model(FAST);
    let bytes = Arc::new(std::fs::read(&file.path).unwrap());
    Server::start(move |request: &Request, n| {
        let from = request.from().unwrap_or(0);
        let reply = Reply::status(if from > 0 { 206 } else { 200 })
            .header("ETag", format!("\"{}\"", file.sha256))
            .header("X-Linked-Etag", format!("\"{}\"", file.sha256))
            .header("X-Linked-Size", bytes.len())
            .header("X-Repo-Commit", "0123456789012345678901234567890123456789");
        let reply = if from > 0 {
            reply.header("Content-Range", format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len()))
        } else {
            reply
        };
        if request.is_get() {
            reply.body(&bytes[from..]).end(end(n))
        } else {
            reply.header("Content-Length", bytes.len())
        }
    })
}

fn pulling(world: &World, server: &Server, args: &[&str]) -> Command {
    let mut command = world.cmdai(args);
    command.env("HF_ENDPOINT", server.url());
    command
}

#[test]
fn with_yes_the_model_is_announced_fetched_and_used() {
    let (world, server) = (World::without_models(), hub(|_| End::Whole));
    let ran = Ran::of(pulling(&world, &server, &["-q", "--yes", "--model", FAST, "list files"]).output().unwrap());
    assert!(matches!(ran.code, Some(0 | 7)), "{ran:?}");
    for part in [FAST, "99 MB", "Apache-2.0", world.models().to_str().unwrap()] {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
    let again = world.run(&["-q", "--model", FAST, "list files"]);
    assert!(matches!(again.code, Some(0 | 7)) && !again.stderr.contains("99 MB"), "{again:?}");
    assert_eq!(server.gets().len(), 1);
}

#[test]
fn a_killed_pull_goes_on_where_it_stopped() {
    const HALF: usize = 50_000_000;
    let world = World::without_models();
    let server = hub(|n| if n == 0 { End::Stall(HALF) } else { End::Whole });
    let mut child = pulling(&world, &server, &["model", "pull", FAST]).stderr(Stdio::piped()).spawn().unwrap();
    // Half of it is here when the line of 50 percent is out.
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("50 %")));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(world.run(&["model", "path", FAST]).failed(5).contains("not installed"), "half a file is not a model");

    Ran::of(pulling(&world, &server, &["model", "pull", FAST]).output().unwrap()).ok();
    let second = server.starts()[1].unwrap();
    assert!(second > HALF / 2, "it went on at {second}");
    assert!(world.run(&["model", "verify", FAST]).ok().contains("is whole"));
}

#[test]
fn on_a_terminal_it_asks_and_no_means_no() {
    let (world, server) = (World::without_models(), hub(|_| End::Whole));
    let mut terminal = Terminal::open(&world, &[("HF_ENDPOINT", &server.url())]);
    terminal.line(&format!("cmdai --model {FAST} list files"));
    terminal.sees("Fetch it now? [Y/n]");
    terminal.line("n");
    terminal.sees("nothing was fetched");
    terminal.ended_with(5);
    assert!(server.requests().is_empty(), "nothing was asked of the network");
}

#[test]
fn ctrl_c_during_a_pull_keeps_what_is_there() {
    let world = World::without_models();
    let server = hub(|n| if n == 0 { End::Stall(50_000_000) } else { End::Whole });
    let mut terminal = Terminal::open(&world, &[("HF_ENDPOINT", &server.url())]);
    terminal.line(&format!("cmdai model pull {FAST} 2>&1 | cat"));
    terminal.sees("50 % of");
    terminal.ctrl_c();
    terminal.is_sane();
    let file = crate::model::model(FAST).path;
    let whole = world.models().join(file.file_name().unwrap());
    let partial = std::path::PathBuf::from(format!("{}.part", whole.display()));
    assert!(partial.exists() && !whole.exists());
    Ran::of(pulling(&world, &server, &["model", "pull", FAST]).output().unwrap()).ok();
    assert!(server.starts()[1].is_some(), "the second pull resumes");
}
