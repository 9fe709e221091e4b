//! What the hub's server may do wrong between the first byte and the last.

use crate::server::{End, Reply, Server};
use crate::world::{COMMIT, SIZE, World, entry, good, model_bytes, serving, sha};
use cmdai_backends::model::download::{PullEvent, SourceError};
use std::time::Duration;

#[tokio::test]
async fn a_model_arrives_whole() {
    let server = Server::start(|request, _| good(request));
    let mut world = World::new(&server.url());
    world.pull_ok().await;
    assert!(matches!(world.events.last(), Some(PullEvent::Done { .. })));
    assert!(world.events.contains(&PullEvent::Progress { done: SIZE as u64, total: SIZE as u64 }));
    let get = &server.gets()[0];
    assert_eq!(get.path, format!("/test/tiny/resolve/{COMMIT}/tiny.gguf"), "the revision is pinned");
    assert_eq!(get.headers["user-agent"], concat!("cmdai/", env!("CARGO_PKG_VERSION")));
    assert!(world.store.list()[0].downloaded_at.is_some());
}

#[tokio::test]
async fn a_cut_connection_is_taken_up() {
    let server = Server::start(|request, n| {
        let end = [End::Cut(70_000), End::Cut(70_000), End::Cut(1), End::Whole];
        good(request).end(end[n.min(3)])
    });
    let mut world = World::new(&server.url());
    world.options.retries = 1;
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, Some(70_000), Some(140_000), Some(140_001)]);
    assert_eq!(server.gets()[1].headers["if-range"], "\"v1\"");
}

#[tokio::test]
async fn a_later_pull_goes_on_where_the_first_ended() {
    let server = Server::start(|request, n| match n {
        0 if request.is_get() => good(request).end(End::Cut(100_000)),
        _ => good(request),
    });
    let mut world = World::new(&server.url());
    world.options.retries = 0;
    let error = world.pull_err().await;
    assert_eq!(error, SourceError::Interrupted { done: 100_000, total: SIZE as u64 });
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, Some(100_000)]);
}

#[tokio::test]
async fn a_server_without_ranges_starts_over() {
    let server = Server::start(|request, n| {
        let mut whole = request.clone();
        whole.headers.remove("range");
        good(&whole).end(if n == 0 { End::Cut(100_000) } else { End::Whole })
    });
    let mut world = World::new(&server.url());
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, Some(100_000)]);
}

#[tokio::test]
async fn a_wrong_range_is_not_appended() {
    let server = Server::start(|request, n| match n {
        0 if request.is_get() => good(request).end(End::Cut(100_000)),
        1 if request.is_get() => Reply::status(206)
            .header("Content-Range", format!("bytes 99999-{}/{SIZE}", SIZE - 1))
            .body(&model_bytes()[99_999..]),
        _ => good(request),
    });
    let mut world = World::new(&server.url());
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, Some(100_000), None]);
    let got = format!("bytes 99999-{}/{SIZE}", SIZE - 1);
    assert_eq!(world.retries()[1], &SourceError::WrongRange { asked: 100_000, got });
}

#[tokio::test]
async fn a_range_that_cannot_be_met_starts_over() {
    let server = Server::start(|request, n| match n {
        0 if request.is_get() => good(request).end(End::Cut(100_000)),
        1 if request.is_get() => Reply::status(416),
        _ => good(request),
    });
    let mut world = World::new(&server.url());
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, Some(100_000), None]);
}

#[tokio::test]
async fn changed_content_starts_over() {
    // Announced by the address that resolves.
    let server = Server::start(|request, n| match (request.is_get(), n) {
        (true, 0) => serving(&model_bytes(), "\"v1\"", request).end(End::Cut(100_000)),
        (false, 0) => serving(&model_bytes(), "\"v1\"", request),
        _ => serving(&model_bytes(), "\"v2\"", request),
    });
    let mut world = World::new(&server.url());
    world.options.retries = 0;
    world.pull_err().await;
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, None]);

    // Noticed by the server that sends.
    let server = Server::start(|request, n| match (request.is_get(), n) {
        (true, 0) => serving(&model_bytes(), "\"v1\"", request).end(End::Cut(100_000)),
        (true, _) => serving(&model_bytes(), "\"v2\"", request),
        (false, _) => serving(&model_bytes(), "\"v1\"", request),
    });
    let mut world = World::new(&server.url());
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, Some(100_000)]);
}

#[tokio::test]
async fn a_stall_ends_at_the_idle_timeout() {
    let server = Server::start(|request, n| {
        good(request).end(if request.is_get() && n == 0 { End::Stall(100_000) } else { End::Whole })
    });
    let mut world = World::new(&server.url());
    world.options.idle_timeout = Duration::from_millis(300);
    world.pull_ok().await;
    assert!(matches!(world.retries()[..], [SourceError::Stalled { done: 100_000, .. }]), "{:?}", world.retries());
}

#[tokio::test]
async fn a_slow_drip_is_no_stall() {
    let server = Server::start(|request, _| good(request).end(End::Drip(30, Duration::from_millis(100))));
    let mut world = World::new(&server.url());
    world.options.idle_timeout = Duration::from_secs(2);
    world.pull_ok().await;
    assert_eq!(world.retries().len(), 0);
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says() {
    let server = Server::start(|request, n| match n {
        0 => Reply::status(429).header("Retry-After", "3600"),
        1 => Reply::status(503),
        _ => good(request),
    });
    let mut world = World::new(&server.url());
    world.pull_ok().await;
    let waits = world.events.iter().filter_map(|event| match event {
        PullEvent::Retry { after, why: SourceError::Status { status, retry_after, .. } } => {
            Some((*after <= world.options.longest_wait, *status, *retry_after))
        }
        _ => None,
    });
    let hour = Some(Duration::from_hours(1));
    let expected = [(true, 429, hour), (true, 503, None), (true, 429, hour), (true, 503, None)];
    assert_eq!(waits.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn refusals_are_final() {
    for status in [401, 403, 404] {
        let server = Server::start(move |_, _| Reply::status(status));
        let mut world = World::new(&server.url());
        assert!(matches!(world.pull_err().await, SourceError::Status { status: s, .. } if s == status));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn what_never_gets_further_is_given_up() {
    let cut = Server::start(|request, _| {
        let length = model_bytes().len();
        let from = request.from().unwrap_or(0);
        good(request).header("Content-Length", length - from).end(End::Cut(100_000_usize.saturating_sub(from)))
    });
    let mut world = World::new(&cut.url());
    assert_eq!(world.pull_err().await, SourceError::Interrupted { done: 100_000, total: SIZE as u64 });
    assert_eq!(cut.starts().len(), 4, "the first, and the three retries");
    assert_eq!(std::fs::metadata(world.path("tiny.gguf.part")).unwrap().len(), 100_000);
}

#[tokio::test]
async fn one_flipped_bit_is_refused() {
    let mut bytes = model_bytes();
    bytes[200_000] ^= 1;
    let actual = sha(&bytes);
    let server = Server::start(move |request, _| serving(&bytes, "\"v1\"", request));
    let mut world = World::new(&server.url());
    let expected = entry().sha256.to_owned();
    assert_eq!(world.pull_err().await, SourceError::Mismatch { expected, actual });
    assert!(!world.files().iter().any(|name| name.contains(".part")), "wrong bytes are not taken up");
    assert_eq!(server.starts().len(), 1);
}

#[tokio::test]
async fn damage_from_an_earlier_pull_costs_one_restart() {
    let server = Server::start(|request, n| {
        good(request).end(if request.is_get() && n == 0 { End::Cut(100_000) } else { End::Whole })
    });
    let mut world = World::new(&server.url());
    world.options.retries = 0;
    world.pull_err().await;
    let mut damaged = std::fs::read(world.path("tiny.gguf.part")).unwrap();
    damaged[50_000] ^= 1;
    std::fs::write(world.path("tiny.gguf.part"), damaged).unwrap();
    world.pull_ok().await;
    assert_eq!(server.starts(), [None, Some(100_000), None]);
}

#[tokio::test]
async fn another_kind_of_answer_ends_at_its_first_bytes() {
    let page = || b"<html>log in".repeat(SIZE / 12);
    let server = Server::start(move |request, _| serving(&page(), "\"v1\"", request));
    let mut world = World::new(&server.url());
    let starts_with = "\"<html>log in<htm\" (a web page)".to_owned();
    assert_eq!(world.pull_err().await, SourceError::NotGguf { starts_with });
}

#[tokio::test]
async fn another_file_or_size_is_not_even_fetched() {
    let check = async |name: &'static str, value: String, expected: SourceError| {
        let server = Server::start(move |_, _| {
            Reply::status(302).header("Location", "/cdn").header(name, &value).header("X-Linked-Etag", "\"x\"")
        });
        assert_eq!(World::new(&server.url()).pull_err().await, expected);
        assert_eq!(server.gets().len(), 0);
    };
    check("X-Linked-Size", "7".to_owned(), SourceError::Size { expected: SIZE as u64, actual: 7 }).await;
    let server = Server::start(|_, _| Reply::status(302).header("X-Linked-Etag", format!("\"{}\"", "ab".repeat(32))));
    let error = World::new(&server.url()).pull_err().await;
    assert!(matches!(error, SourceError::OtherFile { actual, .. } if actual == "ab".repeat(32)));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told_apart_and_the_partial_kept() {
    let server = Server::start(|request, _| good(request));
    let mut world = World::new(&server.url());
    std::fs::create_dir(world.store.dir()).unwrap();
    std::os::unix::fs::symlink("/dev/full", world.path("tiny.gguf.part")).unwrap();
    let result = world.pull().await;
    assert!(matches!(result, Err(cmdai_backends::model::download::PullError::DiskFull { .. })), "{result:?}");
    assert!(world.path("tiny.gguf.part").is_symlink());
    std::fs::remove_file(world.path("tiny.gguf.part")).unwrap();
    world.pull_ok().await;
}

#[tokio::test]
async fn an_old_file_stays_until_the_new_one_is_verified() {
    let server = Server::start(|request, n| {
        good(request).end(if request.is_get() && n == 0 { End::Cut(100_000) } else { End::Whole })
    });
    let mut world = World::new(&server.url());
    world.options.retries = 0;
    std::fs::create_dir(world.store.dir()).unwrap();
    std::fs::write(world.path("tiny.gguf"), "the old model").unwrap();
    assert!(world.pull().await.is_err());
    assert_eq!(std::fs::read_to_string(world.path("tiny.gguf")).unwrap(), "the old model");
    world.pull_ok().await;
}
