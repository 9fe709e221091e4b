//! Servers that hang or drip: every wait has its limit, and giving up closes the connection.

use crate::server::{Happened, Reply, Server, Step};
use crate::world::{begin, both, config, event, jump, next, told};
use cmdai_backends::remote::{RemoteBackend, Timeouts};
use cmdai_core::generate::Chunk;
use std::sync::Arc;

/// A server whose answers are made of these steps; `Body(text)` is an event with this text.
async fn stepping(steps: Vec<Step>) -> Server {
    Server::start(move |request, _| {
        if request.path == "/api/show" {
            return crate::ollama::respond(request, crate::ollama::CHATML);
        }
        let to_event = |step: &Step| match step {
            Step::Body(text) if !text.starts_with(b":") => {
                Step::Body(event(request, std::str::from_utf8(text).unwrap()).1)
            }
            other => other.clone(),
        };
        Reply::steps(200, event(request, "").0, steps.iter().map(to_event).collect())
    })
    .await
}

fn text(text: &str) -> Step {
    Step::Body(text.as_bytes().to_vec())
}

/// Both protocols against such a server: lets `seconds` pass while it waits and says what came of it.
async fn check(steps: Vec<Step>, seconds: u64, expected: &str) {
    for which in 0..2 {
        let mut server = stepping(steps.clone()).await;
        let [a, b] = both(&config(&server.url(), crate::ollama::MODEL));
        let (backend, path) = if which == 0 { a } else { b };
        let answer = tokio::spawn(told(begin(&*backend)));
        server.until(&Happened::Asked(path.to_owned())).await;
        server.until(&Happened::Waiting).await;
        settle().await;
        jump(seconds).await;
        assert_eq!(answer.await.unwrap(), expected, "{path}");
        server.until(&Happened::Gone).await;
    }
}

/// Lets what lies in the sockets reach the reader: a round trip through the same runtime, some times over.
async fn settle() {
    let mut other = crate::ollama::start(crate::ollama::CHATML).await;
    for _ in 0..3 {
        drop(told(begin(&crate::world::ollama(&other.url()))).await);
        other.until(&Happened::Asked("/api/generate".to_owned())).await;
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    check(vec![Step::Hang], 61, "no first text within 60 s").await;
}

#[tokio::test]
async fn a_server_that_says_nothing_after_its_headers_is_given_up() {
    check(vec![Step::Head, Step::Hang], 61, "no first text within 60 s").await;
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up() {
    check(vec![Step::Head, text("ls"), Step::Hang], 16, "ls | no further text within 15 s").await;
}

#[tokio::test]
async fn text_in_time_counts_from_the_last_text_on() {
    let mut server =
        stepping(vec![Step::Head, text("a"), Step::Wait, text(" b"), Step::Wait, text(" c"), Step::Hang]).await;
    let [(backend, _), _] = both(&config(&server.url(), crate::ollama::MODEL));
    let mut chunks = begin(&*backend);
    for _ in 0..2 {
        next(&mut chunks).await.unwrap().unwrap();
        server.until(&Happened::Waiting).await;
        jump(14).await;
        server.go_on();
    }
    assert!(matches!(next(&mut chunks).await, Some(Ok(Chunk::Text { .. }))));
}

#[tokio::test]
async fn a_slow_drip_ends_with_the_whole_time() {
    let drip = [text(" a"), Step::Wait].into_iter().cycle().take(200);
    let mut server = stepping([Step::Head].into_iter().chain(drip).collect()).await;
    let mut config = config(&server.url(), crate::ollama::MODEL);
    config.timeouts = Timeouts { total: std::time::Duration::from_secs(100), ..Timeouts::default() };
    for (backend, path) in both(&config) {
        let mut chunks = begin(&*backend);
        let mut texts = 0;
        let error = loop {
            match next(&mut chunks).await.unwrap() {
                Ok(Chunk::Text { .. }) => texts += 1,
                Ok(other) => panic!("{other:?}"),
                Err(error) => break crate::world::failure(&error),
            }
            server.until(&Happened::Waiting).await;
            jump(14).await;
            if texts < 8 {
                server.go_on();
            }
        };
        assert_eq!((error.as_str(), texts), ("no whole answer within 100 s", 8), "{path}");
        server.until(&Happened::Gone).await;
    }
}

#[tokio::test]
async fn signs_of_life_are_no_text() {
    let ping = || Step::Body(b": still here\n\n".to_vec());
    let mut server = stepping(vec![Step::Head, ping(), Step::Wait, ping(), Step::Hang]).await;
    let [_, (backend, _)] = both(&config(&server.url(), crate::ollama::MODEL));
    let answer = tokio::spawn(told(begin(&*backend)));
    server.until(&Happened::Waiting).await;
    jump(59).await;
    server.go_on();
    server.until(&Happened::Waiting).await;
    jump(2).await;
    assert_eq!(answer.await.unwrap(), "no first text within 60 s");
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    for steps in [vec![Step::Head, text("ls"), Step::Hang], vec![Step::Head, Step::Hang], vec![Step::Hang]] {
        let mut server = stepping(steps.clone()).await;
        for (backend, path) in both(&config(&server.url(), crate::ollama::MODEL)) {
            let reader = tokio::spawn(told(begin(&*backend)));
            server.until(&Happened::Asked(path.to_owned())).await;
            server.until(&Happened::Waiting).await;
            reader.abort();
            server.until(&Happened::Gone).await;
        }
    }
}

#[tokio::test]
async fn nothing_is_asked_before_the_stream_is_read() {
    let server = stepping(vec![Step::Hang]).await;
    for (backend, _) in both(&config(&server.url(), crate::ollama::MODEL)) {
        drop(begin(&*backend));
    }
    let probe: Arc<dyn RemoteBackend> = Arc::new(crate::world::ollama(&server.url()));
    drop(probe.probe());
    settle().await;
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_reader_that_does_not_read_stops_the_server() {
    // More than all buffers on the way hold: the server cannot finish unless somebody reads.
    let many = (0..200_000).map(|_| text("")).collect::<Vec<_>>();
    let mut server = stepping([vec![Step::Head, text("a")], many, vec![Step::Wait]].concat()).await;
    let [(backend, _), _] = both(&config(&server.url(), crate::ollama::MODEL));
    let mut chunks = begin(&*backend);
    next(&mut chunks).await.unwrap().unwrap();
    settle().await;
    drop(chunks);
    server.until(&Happened::Gone).await;
}
