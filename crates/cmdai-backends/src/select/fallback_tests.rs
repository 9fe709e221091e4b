//! The chain, with backends that fail in every way; time is tokio's and stands still.

#![allow(clippy::unnecessary_wraps, reason = "items of a stream")]

use super::*;
use cmdai_core::contract::fake::ScriptedBackend;
use cmdai_core::contract::generate::{self, collect, sample_prompt};
use cmdai_core::generate::{FinishReason, Preparation};
use std::sync::Mutex;

/// Gives these items, each after a pause, and then nothing more.
#[derive(Clone)]
struct Slow(Vec<(u64, Item)>);

impl Generate for Slow {
    fn generate(&self, _: &Prompt, _: &GenerateOptions) -> BoxStream<'static, Item> {
        Box::pin(SlowItems(self.0.clone().into_iter(), None))
    }
}

struct SlowItems(std::vec::IntoIter<(u64, Item)>, Option<(Pin<Box<Sleep>>, Item)>);

impl Stream for SlowItems {
    type Item = Item;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        if self.1.is_none() {
            let Some((seconds, item)) = self.0.next() else { return Poll::Pending };
            self.1 = Some((Box::pin(sleep(Duration::from_secs(seconds))), item));
        }
        let over = self.1.as_mut().is_some_and(|(pause, _)| pause.as_mut().poll(cx).is_ready());
        if over { Poll::Ready(self.1.take().map(|(_, item)| item)) } else { Poll::Pending }
    }
}

fn text(text: &str) -> Item {
    Ok(Chunk::Text { alternative: 0, text: text.to_owned(), probability: None })
}
fn progress() -> Item {
    Ok(Chunk::Progress { step: Preparation::LoadingModel, fraction: 0.5 })
}
fn end() -> [(u64, Item); 2] {
    [(0, Ok(Chunk::Finished { alternative: 0, reason: FinishReason::Stop })), (0, Ok(Chunk::Done(Usage::default())))]
}
fn fails(seconds: u64) -> Slow {
    Slow(vec![(seconds, Err(GenerateError::Inference("broken".to_owned())))])
}
fn good() -> Slow {
    Slow([vec![(1, text("ls"))], end().to_vec()].concat())
}

/// Patience of 5 s, within 20 s; what the observer saw and what came.
async fn run(backends: Vec<Slow>) -> (String, String) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    let watch = move |notice: &Notice<'_>| {
        let line = match notice {
            Notice::Trying { name } => format!("{name}?"),
            Notice::Failed { name, error, next } => format!("{name}: {error}, then {next:?}"),
            Notice::Answered { name, first_chunk, total, .. } => {
                format!("{name} after {:?} and {}", first_chunk.map(|t| t.as_secs()), total.as_secs())
            }
        };
        keep.lock().unwrap().push(line);
    };
    let links = backends.into_iter().zip(["a", "b", "c"]);
    let links = links.map(|(backend, name)| Link::ready(name, Arc::new(backend))).collect();
    let fallback = Fallback::new(links, Duration::from_secs(5), Duration::from_secs(20), watch);
    let items = collect(fallback.generate(&sample_prompt(), &GenerateOptions::default())).await;
    let came = items.iter().map(|item| match item {
        Ok(Chunk::Text { text, .. }) => text.clone(),
        Ok(Chunk::Done(_)) => "done".to_owned(),
        Ok(Chunk::Progress { .. }) => "…".to_owned(),
        Ok(Chunk::Finished { .. }) => ".".to_owned(),
        Ok(Chunk::Restarted { why }) => format!("[{why}]"),
        Err(error) => error.to_string(),
    });
    let came = came.collect::<Vec<_>>().join(" ");
    (seen.lock().unwrap().join("; "), came)
}

#[track_caller]
fn check((seen, came): (String, String), expected_seen: &str, expected: &str) {
    assert_eq!((seen.as_str(), came.as_str()), (expected_seen, expected));
}

#[tokio::test(start_paused = true)]
async fn the_next_one_answers_with_the_reason_visible() {
    check(run(vec![good(), good()]).await, "a?; a after Some(1) and 1", "ls . done");
    check(
        run(vec![fails(0), good()]).await,
        "a?; a: inference failed: broken, then Some(\"b\"); b?; b after Some(1) and 1",
        "ls . done",
    );
    check(
        run(vec![Slow(vec![]), good()]).await,
        "a?; a: no answer within 5 s, then Some(\"b\"); b?; b after Some(1) and 1",
        "ls . done",
    );
    let seen = "a?; a: inference failed: broken, then Some(\"b\"); b?; b: inference failed: broken, then None";
    check(run(vec![fails(0), fails(0)]).await, seen, "inference failed: broken");
    check(run(vec![]).await, "", "the backend stopped before the answer was complete");
}

#[tokio::test(start_paused = true)]
async fn text_of_a_failed_backend_is_void() {
    let broken = |seconds| Slow(vec![(0, text("rm")), (seconds, Err(GenerateError::Inference("broken".to_owned())))]);
    check(
        run(vec![broken(1), good()]).await,
        "a?; a: inference failed: broken, then Some(\"b\"); b?; b after Some(1) and 1",
        "rm [`a` failed: inference failed: broken] ls . done",
    );
    let seen = "a?; a: inference failed: broken, then None";
    check(run(vec![broken(21), good()]).await, seen, "rm inference failed: broken");
    check(run(vec![broken(1)]).await, seen, "rm inference failed: broken");
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_speaks_has_its_time() {
    let slow = Slow([vec![(0, text("ls")), (60, text(" -la"))], end().to_vec()].concat());
    check(run(vec![slow, good()]).await, "a?; a after Some(0) and 60", "ls  -la . done");
    // A backend that begins anew by itself is as one that has not spoken.
    let again = Ok(Chunk::Restarted { why: "x".to_owned() });
    let seen = "a?; a: no answer within 5 s, then Some(\"b\"); b?; b after Some(1) and 1";
    check(run(vec![Slow(vec![(0, text("l")), (0, again)]), good()]).await, seen, "l [x] ls . done");
}

#[tokio::test(start_paused = true)]
async fn progress_is_waited_for_but_not_for_ever() {
    let loading = |steps| vec![(4, progress()); steps];
    let slow = Slow([loading(3), vec![(1, text("ls"))], end().to_vec()].concat());
    check(run(vec![slow, good()]).await, "a?; a after Some(13) and 13", "… … … ls . done");
    let stuck = Slow(loading(2));
    let seen = "a?; a: no answer within 5 s, then Some(\"b\"); b?; b after Some(1) and 1";
    check(run(vec![stuck, good()]).await, seen, "… … ls . done");
}

#[tokio::test(start_paused = true)]
async fn after_the_time_nobody_else_is_asked() {
    let seen = "a?; a: inference failed: broken, then None";
    let late = Slow([vec![(4, progress()); 5], fails(1).0].concat());
    check(run(vec![late, good()]).await, seen, "… … … … … inference failed: broken");
}

#[tokio::test]
async fn a_backend_is_made_when_it_is_needed_and_once() {
    let made = Arc::new(Mutex::new(0));
    let count = Arc::clone(&made);
    let links = vec![
        Link::new("a", || Err(GenerateError::Load("no file".to_owned()))),
        Link::new("b", move || {
            *count.lock().unwrap() += 1;
            Ok(Arc::new(ScriptedBackend::answering("ls")))
        }),
        Link::new("c", || panic!("not needed")),
    ];
    let fallback = Fallback::new(links, Duration::from_secs(5), Duration::from_secs(20), |_| {});
    for _ in 0..2 {
        assert!(
            collect(fallback.generate(&sample_prompt(), &GenerateOptions::default())).await.iter().all(Result::is_ok)
        );
    }
    assert_eq!(*made.lock().unwrap(), 1);
}

#[tokio::test]
async fn generate_contract() {
    let broken = ScriptedBackend { error: Some(GenerateError::Interrupted), ..ScriptedBackend::default() };
    let whole = ScriptedBackend::answering("ls -la");
    for chain in [vec![whole.clone()], vec![whole.clone(), broken]] {
        let links = chain.into_iter().map(|backend| Link::ready("x", Arc::new(backend))).collect();
        generate::all(&Fallback::new(links, Duration::from_secs(5), Duration::from_secs(20), |_| {})).await;
    }
    let links = vec![Link::new("gone", || Err(GenerateError::Interrupted)), Link::ready("x", Arc::new(whole))];
    generate::all(&Fallback::new(links, Duration::from_secs(5), Duration::from_secs(20), |_| {})).await;
}
