//! When a worker ends by itself. Time is tokio's and passes as fast as nothing happens.

use super::*;
use crate::select::Kind;
use cmdai_core::contract::fake::ScriptedBackend;
use cmdai_core::contract::generate::sample_prompt;
use cmdai_core::generate::GenerateOptions;
use cmdai_core::prompt::Prompt;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use std::io::Write as _;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use tempfile::TempDir;

#[path = "../../../../tests/support/raw.rs"]
mod raw;

const KEEP_ALIVE: Duration = Duration::from_mins(5);

fn setup() -> Setup {
    Setup {
        program: "p".to_owned(),
        name: "m".to_owned(),
        runtime: Kind::EmbeddedLlama,
        model: PathBuf::from("/no/such.gguf"),
        identity: "i".to_owned(),
        prefix_dir: None,
        threads: None,
        keep_alive: KEEP_ALIVE,
    }
}

/// Has no end, and no more patience than its reader.
struct Endless;

impl Generate for Endless {
    fn generate(&self, _: &Prompt, _: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>> {
        Box::pin(Self)
    }
}

impl Stream for Endless {
    type Item = Result<Chunk, GenerateError>;
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Ok(Chunk::Text { alternative: 0, text: "x".repeat(10_000), probability: None })))
    }
}

/// How long a worker lives that nobody asks anything, and whether its sign is left behind.
async fn life(memory_is_short: fn() -> bool, then: impl FnOnce(&Place)) -> (Duration, bool) {
    life_of(ScriptedBackend::answering("ls"), memory_is_short, then).await
}

async fn life_of(
    backend: impl Generate + 'static,
    memory_is_short: fn() -> bool,
    then: impl FnOnce(&Place),
) -> (Duration, bool) {
    let dir = TempDir::new().unwrap();
    let place = Place::at(dir.path().join("w")).unwrap();
    let began = Instant::now();
    serve_while(&place, setup(), Box::new(backend), || then(&place), Box::new(|| ()), memory_is_short).await.unwrap();
    (began.elapsed(), place.sign().exists())
}

#[tokio::test(start_paused = true)]
async fn it_ends_after_the_idle_time_and_leaves_no_sign() {
    let (lived, left) = life(|| false, |_| {}).await;
    assert!(lived >= KEEP_ALIVE && lived < KEEP_ALIVE + LOOK_EVERY, "{lived:?}");
    assert!(!left);
}

#[tokio::test(start_paused = true)]
async fn it_steps_aside_when_memory_is_short() {
    let (lived, left) = life(|| true, |_| {}).await;
    assert!(lived < LOOK_EVERY, "{lived:?}");
    assert!(!left);
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_nobody_can_find_it_any_more() {
    let (lived, _) = life(|| false, |place| std::fs::remove_file(place.sign()).unwrap()).await;
    assert!(lived <= LOOK_EVERY, "{lived:?}");
    // A newer worker took the place: the old one leaves that one's sign alone.
    let (lived, left) = life(
        || false,
        |place| {
            std::fs::remove_file(place.sign()).unwrap();
            std::fs::write(place.sign(), "").unwrap();
        },
    )
    .await;
    assert!(lived <= LOOK_EVERY && left, "{lived:?}");
}

/// Asks and does not read.
fn asked(place: &Place) -> raw::Stream {
    let mut stream = raw::connect(place);
    let ask = Ask::Generate { prompt: Box::new(sample_prompt()), options: GenerateOptions::default() };
    let call = Call { protocol: PROTOCOL, key: setup().key(), ask };
    writeln!(stream, "{}", serde_json::to_string(&call).unwrap()).unwrap();
    stream
}

#[tokio::test(start_paused = true)]
async fn it_rests_once_when_an_answer_was_given_and_nobody_asks() {
    for (asks, times) in [(false, 0), (true, 1)] {
        let dir = TempDir::new().unwrap();
        let place = Place::at(dir.path().join("w")).unwrap();
        let began = Instant::now();
        let rested = Rc::new(RefCell::new(Vec::new()));
        let noted = Rc::clone(&rested);
        let mut client = None;
        let ready = || client = asks.then(|| asked(&place));
        let rest = Box::new(move || noted.borrow_mut().push(began.elapsed()));
        let backend = Box::new(ScriptedBackend::answering("ls"));
        serve_while(&place, setup(), backend, ready, rest, || false).await.unwrap();
        let rested = rested.borrow();
        assert_eq!(rested.len(), times, "{rested:?}");
        assert!(rested.iter().all(|at| *at >= RESTS_AFTER && *at < RESTS_AFTER + LOOK_EVERY), "{rested:?}");
        assert_eq!(client.is_some(), asks, "it never hung up");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_given_up() {
    let mut client = None;
    let (lived, _) = life_of(Endless, || false, |place| client = Some(asked(place))).await;
    let least = READS_WITHIN + KEEP_ALIVE;
    assert!(lived >= least && lived < least + LOOK_EVERY, "{lived:?}");
    assert!(client.is_some(), "it never hung up");
}
