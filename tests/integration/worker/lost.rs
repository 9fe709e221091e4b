//! A worker is lost, or of no use, at each moment of a request: the request is answered all the same.

use crate::raw;
use crate::world::{World, begin, said, saying};
use cmdai_backends::worker::memory::available;
use cmdai_backends::worker::protocol::{Reply, Status};
use cmdai_core::contract::fake::ScriptedBackend;
use cmdai_core::generate::{Chunk, FinishReason, GenerateError, Preparation};
use std::fs::File;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::time::Instant;

/// Lets everybody in, reads their call or does not, says this and hangs up.
fn dying(world: &World, reads: bool, says: String) {
    let mut door = raw::Door::open(&world.place);
    tokio::spawn(async move {
        loop {
            let mut stream = BufReader::new(door.next().await);
            if reads {
                stream.read_line(&mut String::new()).await.unwrap();
            }
            // The client may have heard enough.
            let _ = stream.write_all(says.as_bytes()).await;
        }
    });
}

fn lines(replies: &[Reply]) -> String {
    replies.iter().map(|reply| serde_json::to_string(reply).unwrap() + "\n").collect()
}

/// Stopped in the middle, as by Ctrl-Z: whoever comes then does not wait for ever.
#[tokio::test(start_paused = true)]
async fn one_that_starts_a_worker_and_does_not_get_on_is_not_waited_for() {
    let world = World::new();
    let kept = world.place.lock().unwrap();
    assert!(kept.is_some() && world.place.lock().unwrap().is_none());
    assert_eq!(said(begin(&world.guest())).await, "alone | Stop");
}

#[tokio::test]
async fn a_worker_that_is_lost_at_any_moment_is_made_good() {
    let progress = || Reply::Chunk(Chunk::Progress { step: Preparation::LoadingModel, fraction: 0.5 });
    let text = |text: &str| Reply::Chunk(Chunk::Text { alternative: 0, text: text.to_owned(), probability: None });
    let finished = Reply::Chunk(Chunk::Finished { alternative: 0, reason: FinishReason::Stop });
    let half = lines(&[text("rm -r")]);
    let status = Status {
        pid: 1,
        model: String::new(),
        uptime: 0,
        idle: None,
        keep_alive: 0,
        answered: 0,
        active: 0,
        memory: None,
    };
    let rows = [
        ("before it reads the call", false, String::new(), "alone | Stop"),
        ("between call and answer", true, String::new(), "alone | Stop"),
        ("while it loads", true, lines(&[progress(), progress()]), "alone | Stop"),
        ("in the middle of a line", true, half[..half.len() / 2].to_owned(), "alone | Stop"),
        ("after some text", true, lines(&[progress(), text("rm"), text(" -r")]), "rm -r | restarted | alone | Stop"),
        ("in the middle of a later line", true, half.clone() + &half[..9], "rm -r | restarted | alone | Stop"),
        ("before the last line", true, lines(&[text("ls"), finished]), "ls | Stop | restarted | alone | Stop"),
        (
            "it is told to end",
            true,
            lines(&[text("ls"), Reply::Error(GenerateError::Interrupted)]),
            "ls | restarted | alone | Stop",
        ),
        ("it cannot load", true, lines(&[Reply::Error(GenerateError::Load("no memory".to_owned()))]), "alone | Stop"),
        ("it is something else", true, "HTTP/1.1 400 Bad Request\r\n\r\n".to_owned(), "alone | Stop"),
        ("it says something else", true, lines(&[Reply::Status(status)]), "alone | Stop"),
        ("it never ends a line", true, "x".repeat(3 << 20), "alone | Stop"),
        ("it is always another", true, lines(&[Reply::Other]), "alone | Stop"),
    ];
    for (moment, reads, says, expected) in rows {
        let world = World::new();
        dying(&world, reads, says);
        assert_eq!(said(begin(&world.guest())).await, expected, "{moment}");
    }
}

/// Lets everybody in, and that is all.
fn hanging(world: &World) {
    let mut door = raw::Door::open(&world.place);
    tokio::spawn(async move {
        let mut guests = Vec::new();
        loop {
            guests.push(door.next().await);
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_hangs_is_made_good() {
    let world = World::new();
    hanging(&world);
    let began = Instant::now();
    assert_eq!(said(begin(&world.guest())).await, "alone | Stop");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_failure_that_another_process_would_have_too_is_passed_on() {
    let world = World::new();
    let error = GenerateError::ContextOverflow { needed: Some(9), limit: Some(8) };
    dying(&world, true, lines(&[Reply::Error(error.clone())]));
    assert_eq!(said(begin(&world.guest())).await, error.to_string());
}

#[tokio::test]
async fn where_none_can_be_started_the_client_answers() {
    let world = World::new();
    assert_eq!(said(begin(&world.guest())).await, "alone | Stop");
    if available().is_none() {
        return;
    }
    // Larger than any memory: a worker would only push others out of it.
    let mut world = World::new();
    world.setup.model = world.path("huge.gguf");
    File::create(&world.setup.model).unwrap().set_len(8 << 40).unwrap();
    assert_eq!(said(begin(&world.client(|_| panic!("there is no room for it")))).await, "alone | Stop");
}

#[tokio::test]
async fn a_worker_without_a_model_does_not_stay() {
    let world = World::new();
    let error = Some(GenerateError::Load("no memory".to_owned()));
    let worker = world.run(ScriptedBackend { error, ..ScriptedBackend::default() });
    assert!(said(begin(&world.guest())).await.ends_with("alone | Stop"));
    worker.join().unwrap();
    assert_eq!(world.status().await, None);
    let _next = world.run(saying("ls"));
    assert_eq!(said(begin(&world.guest())).await, "ls | Stop");
}
