//! A server that goes away, hangs, lies or comes back, behind a chain with a backend that always answers: the request is
//! answered all the same, and selection learns from it.

use crate::server::{Happened, Reply, Server, Step};
use crate::world::{begin, failure, jump, ollama, told};
use chrono::{DateTime, TimeDelta, Utc};
use cmdai_backends::select::{
    Candidate, Criteria, Fallback, Kind, Learned, Link, Notice, Outcome, Place, Policy, Selection, WhyNot, select,
};
use cmdai_core::contract::fake::ScriptedBackend;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);

/// What was learned, at a time that a test sets.
type Experience = Arc<Mutex<(Learned, DateTime<Utc>)>>;

fn candidates() -> [Candidate; 2] {
    [
        Candidate::new("ollama", Kind::Ollama, Place::Local, crate::ollama::MODEL),
        Candidate::new("embedded", Kind::EmbeddedLlama, Place::Local, "m"),
    ]
}

fn choose(experience: &Experience) -> Selection {
    let experience = experience.lock().unwrap();
    let criteria = Criteria { preferred: Some("ollama".to_owned()), ..Criteria::default() };
    select(&candidates(), &experience.0, &criteria, &Policy::default(), experience.1).unwrap()
}

/// The chain as it was chosen; what happens along it is learned.
fn chain(url: &str, experience: &Experience) -> Fallback {
    let selection = choose(experience);
    let names = [selection.chosen].into_iter().chain(selection.fallback);
    let links = names.map(|name| match name.as_str() {
        "ollama" => Link::ready(&name, Arc::new(ollama(url))),
        _ => Link::ready(&name, Arc::new(ScriptedBackend::answering("pwd"))),
    });
    let experience = Arc::clone(experience);
    let key = |name: &str| candidates().iter().find(|candidate| candidate.name == name).unwrap().key();
    Fallback::new(links.collect(), PATIENCE, Duration::from_mins(1), move |notice| {
        let (learned, now) = &mut *experience.lock().unwrap();
        match notice {
            Notice::Trying { name } => learned.begin(&key(name), *now),
            Notice::Failed { name, error, .. } => {
                learned.record(&key(name), &Outcome::Failed { why: failure(error) }, *now);
            }
            Notice::Answered { name, first_chunk, total, usage } => {
                learned.record(&key(name), &Outcome::answered(*first_chunk, *total, usage), *now);
            }
            _ => {}
        }
    })
}

fn experience() -> Experience {
    Arc::new(Mutex::new((Learned::default(), DateTime::from_timestamp(1_800_000_000, 0).unwrap())))
}

#[tokio::test]
async fn whatever_the_server_does_there_is_an_answer() {
    let kinds: [(&str, Vec<Step>); 4] = [
        ("application/x-ndjson", vec![Step::Cut]),
        ("application/x-ndjson", vec![Step::Head, Step::Cut]),
        ("text/html", vec![Step::Head, Step::Body(b"<html>".to_vec())]),
        ("application/x-ndjson", vec![Step::Head, Step::Body(b"{\"error\":\"out of memory\"}\n".to_vec())]),
    ];
    let mut urls = vec![crate::server::nobody().await];
    let mut servers = Vec::new();
    for (kind, steps) in kinds {
        let server = Server::start(move |_, _| Reply::steps(200, kind, steps.clone())).await;
        urls.push(server.url());
        servers.push(server);
    }
    for url in urls {
        assert_eq!(told(begin(&chain(&url, &experience()))).await, "pwd | Stop", "{url}");
    }
}

#[tokio::test]
async fn a_server_that_goes_away_in_the_middle_is_replaced() {
    let steps = vec![Step::Head, Step::Body(b"{\"response\":\"rm -r\",\"done\":false}\n".to_vec()), Step::Cut];
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/api/show" => crate::ollama::respond(request, crate::ollama::CHATML),
        _ => Reply::steps(200, "application/x-ndjson", steps.clone()),
    })
    .await;
    assert_eq!(told(begin(&chain(&server.url(), &experience()))).await, "rm -r | restarted | pwd | Stop");
}

#[tokio::test]
async fn a_server_that_hangs_costs_no_more_than_the_patience() {
    for steps in [vec![Step::Hang], vec![Step::Head, Step::Hang]] {
        let mut server = Server::start(move |request, _| match request.path.as_str() {
            "/api/show" => crate::ollama::respond(request, crate::ollama::CHATML),
            _ => Reply::steps(200, "application/x-ndjson", steps.clone()),
        })
        .await;
        let experience = experience();
        let answer = tokio::spawn(told(begin(&chain(&server.url(), &experience))));
        server.until(&Happened::Waiting).await;
        jump(PATIENCE.as_secs() + 1).await;
        assert_eq!(answer.await.unwrap(), "pwd | Stop");
        server.until(&Happened::Gone).await;
        let experience = experience.lock().unwrap();
        let record = experience.0.of(&candidates()[0].key()).unwrap();
        assert_eq!(record.last_failure.as_ref().unwrap().why, "no answer within 5 s");
    }
}

#[tokio::test]
async fn the_breaker_opens_and_heals() {
    let gone = Arc::new(Mutex::new(true));
    let seen = Arc::clone(&gone);
    let server = Server::start(move |request, _| {
        if *seen.lock().unwrap() {
            return Reply::json(500, &serde_json::json!({ "error": "gone" }));
        }
        crate::ollama::respond(request, crate::ollama::CHATML)
    })
    .await;
    let experience = experience();
    let asked = || server.requests().len();
    for _ in 0..3 {
        assert_eq!(choose(&experience).chosen, "ollama");
        assert_eq!(told(begin(&chain(&server.url(), &experience))).await, "pwd | Stop");
    }
    let before = asked();
    let selection = choose(&experience);
    assert_eq!(selection.chosen, "embedded");
    let WhyNot::Resting { failures: 3, .. } = selection.others[0].why_not else { panic!("{selection:?}") };
    assert_eq!(told(begin(&chain(&server.url(), &experience))).await, "pwd | Stop");
    assert_eq!(asked(), before, "it is left alone");

    experience.lock().unwrap().1 += TimeDelta::seconds(31);
    *gone.lock().unwrap() = false;
    assert_eq!(told(begin(&chain(&server.url(), &experience))).await, "ls -la | Stop");
    assert_eq!(choose(&experience).chosen, "ollama");
    let experience = experience.lock().unwrap();
    assert_eq!(experience.0.of(&candidates()[0].key()).unwrap().failures_in_a_row, 0);
}
