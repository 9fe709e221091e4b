//! Where a hub may send a client, and what the client takes along.

use crate::server::{Reply, Server};
use crate::world::{World, entry, good};
use cmdai_backends::model::download::{PullEvent, SourceError, Token};
use std::sync::Arc;

#[tokio::test]
async fn the_token_stays_with_the_endpoint() {
    let files = Arc::new(Server::start(|request, _| good(request)));
    let there = Arc::clone(&files);
    let hub = Server::start(move |request, n| {
        let reply = Reply::status(if n == 0 { 307 } else { 302 });
        if n == 0 {
            // A moved repository: the same host, by a path.
            return reply.header("Location", format!("/moved{}", request.path));
        }
        let reply = reply.header("X-Linked-Etag", format!("\"{}\"", entry().sha256));
        reply.header("Location", format!("http://localhost:{}/cdn?signature=hidden", there.port))
    });
    let mut world = World::new(&hub.url());
    world.options.token = Token::new("secret-token");
    world.pull_ok().await;
    assert_eq!(hub.requests().len(), 4);
    assert!(hub.requests().iter().all(|request| request.headers["authorization"] == "Bearer secret-token"));
    assert_eq!(files.requests().len(), 1, "what the redirect says is enough, so only the download goes there");
    assert!(files.requests().iter().all(|request| !request.headers.contains_key("authorization")));
    let told = format!("{:?}", world.events);
    assert!(!told.contains("secret-token") && !told.contains("hidden"));
}

#[tokio::test]
async fn a_port_is_another_place() {
    let files = Arc::new(Server::start(|request, _| good(request)));
    let there = files.url();
    let hub =
        Server::start(move |request, _| Reply::status(302).header("Location", format!("{there}{}", request.path)));
    let mut world = World::new(&hub.url());
    world.options.token = Token::new("secret-token");
    world.pull_ok().await;
    assert!(files.requests().iter().all(|request| !request.headers.contains_key("authorization")));
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let server = Server::start(|request, _| Reply::status(302).header("Location", &request.path));
    let mut world = World::new(&server.url());
    let error = world.pull_err().await;
    assert!(matches!(error, SourceError::Redirect { problem: "in a circle", .. }), "{error}");
    assert_eq!(server.requests().len(), 11);
}

#[tokio::test]
async fn redirects_lead_somewhere_over_http() {
    for (location, expected) in [("file:///etc/passwd", "out of HTTP"), ("http://[", "nowhere")] {
        let server = Server::start(move |_, _| Reply::status(302).header("Location", location));
        let error = World::new(&server.url()).pull_err().await;
        assert!(matches!(error, SourceError::Redirect { problem, .. } if problem == expected), "{error}");
    }
    let server = Server::start(|_, _| Reply::status(302));
    assert!(matches!(World::new(&server.url()).pull_err().await, SourceError::Redirect { problem: "nowhere", .. }));
}

#[tokio::test]
async fn an_endpoint_is_shown_without_its_password() {
    let server = Server::start(|request, _| good(request));
    let mut world = World::new(&format!("http://user:secret@127.0.0.1:{}/mirror/", server.port));
    world.pull_ok().await;
    assert!(server.gets()[0].path.starts_with("/mirror/test/tiny/"));
    let expected = format!("http://127.0.0.1:{}/mirror/test/tiny/resolve/main/tiny.gguf", server.port);
    assert!(world.events.iter().any(|e| matches!(e, PullEvent::Source { location, .. } if *location == expected)));
    let mut world = World::new("ftp://user:secret@host");
    assert_eq!(world.pull_err().await, SourceError::BadEndpoint { endpoint: "ftp://host".to_owned() });
}
