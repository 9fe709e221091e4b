//! Servers that lie, break off or send rubbish: every row of `tests/data/remote/hostile.tsv` gives its result, whether it
//! comes as one piece or byte by byte.

use crate::server::{Reply, Server, Step};
use crate::world::{begin, both, config, event, ollama, openai, told};
use cmdai_backends::remote::{Dialect, RemoteBackend};
use std::sync::Arc;

const ROWS: &str = include_str!("../../data/remote/hostile.tsv");

/// `\n`, `\r`, `\\`, `\xFF`, and `{{300000 x}}` for so many times x.
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((inside, after)) = rest.strip_prefix("{{").and_then(|rest| rest.split_once("}}"))
            && let Some((count, unit)) = inside.split_once(' ')
        {
            out.extend(unescape(unit).repeat(count.parse().unwrap()));
            rest = after;
            continue;
        }
        let escape: String = rest.chars().take(2).collect();
        let (bytes, length) = match escape.as_str() {
            "\\n" => (vec![b'\n'], 2),
            "\\r" => (vec![b'\r'], 2),
            "\\\\" => (vec![b'\\'], 2),
            "\\x" => (vec![u8::from_str_radix(&rest[2..4], 16).unwrap()], 4),
            _ => (c.to_string().into_bytes(), c.len_utf8()),
        };
        out.extend(bytes);
        rest = &rest[length..];
    }
    out
}

async fn answer(protocol: &str, reply: Reply) -> String {
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/api/show" => crate::ollama::respond(request, crate::ollama::CHATML),
        _ => reply.clone(),
    })
    .await;
    match protocol {
        "ollama" => told(begin(&ollama(&server.url()))).await,
        "openai" => told(begin(&openai(&server.url(), Some(Dialect::LlamaCpp)))).await,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_row_gives_its_result() {
    let mut wrong = Vec::new();
    for row in ROWS.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [protocol, status, kind, body, end, expected] = columns.as_slice() else { panic!("{row}") };
        let bytes = unescape(body);
        let is_short = bytes.len() < 10_000;
        let mut reply = Reply::new(status.parse().unwrap(), kind, bytes);
        if *end == "cut" {
            reply.steps.push(Step::Cut);
        }
        let mut results = vec![answer(protocol, reply.clone()).await];
        if is_short {
            results.push(answer(protocol, reply.in_single_bytes()).await);
        }
        wrong.extend(
            results.into_iter().filter(|result| result != expected).map(|result| format!("{row}\n-> {result}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn an_endless_answer_is_ended_with_little_memory() {
    // A row of small events that never ends: the limits of tokens and bytes are ours, not the server's.
    for (backend, path) in both(&config(&endless().await.url(), crate::ollama::MODEL)) {
        let text = told(begin(&*backend)).await;
        assert!(text.ends_with("| Length"), "{path}: {text}");
    }
}

async fn endless() -> Server {
    Server::start(|request, _| {
        if request.path == "/api/show" {
            return crate::ollama::respond(request, crate::ollama::CHATML);
        }
        let kind = event(request, "").0;
        let steps = (0..10_000).map(|n| Step::Body(event(request, &format!(" a{n}")).1));
        Reply::steps(200, kind, [Step::Head].into_iter().chain(steps).collect())
    })
    .await
}

#[tokio::test]
async fn the_server_is_free_again_after_a_client_that_broke_off() {
    let server = crate::ollama::start(crate::ollama::CHATML).await;
    let backend: Arc<dyn RemoteBackend> = Arc::new(ollama(&server.url()));
    for _ in 0..20 {
        let mut chunks = begin(&*backend);
        crate::world::next(&mut chunks).await.unwrap().unwrap();
    }
    assert_eq!(told(begin(&*backend)).await, "ls -la | Stop");
}
