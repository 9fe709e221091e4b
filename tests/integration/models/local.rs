//! What needs no network: models that are there, Hugging Face's own cache, and offline mode.

use crate::server::Server;
use crate::world::{SIZE, World, entry, good, model_bytes};
use cmdai_backends::model::catalog::Mirror;
use cmdai_backends::model::download::{PullError, PullEvent, PullOptions, Source, SourceError, pull};
use cmdai_backends::model::{CatalogEntry, ModelRef};
use std::fs;

/// A cache of Hugging Face's tools that has these bytes under the model's hash.
fn put_in_hub_cache(world: &mut World, bytes: &[u8]) -> std::path::PathBuf {
    let cache = world.dir.path().join("hub");
    let blobs = cache.join("models--test--tiny/blobs");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join(entry().sha256), bytes).unwrap();
    world.options.hub_cache = Some(cache);
    world.options.sources = PullOptions::default().sources;
    blobs.join(entry().sha256)
}

#[tokio::test]
async fn offline_and_cached_needs_no_connection() {
    let server = Server::start(|request, _| good(request));
    let mut world = World::new(&server.url());
    world.options.offline = true;
    let result = world.pull().await;
    assert!(matches!(result, Err(PullError::Offline { .. })), "{result:?}");
    assert_eq!(server.requests().len(), 0);
    world.options.offline = false;
    world.pull_ok().await;
    let online = server.requests().len();
    world.options.offline = true;
    world.pull_ok().await;
    world.store.locate(&ModelRef::Catalog(entry()), &mut |_, _| panic!("it was hashed again")).unwrap();
    assert_eq!(server.requests().len(), online);
}

#[tokio::test]
async fn a_model_that_is_there_is_not_asked_for() {
    let server = Server::start(|request, _| good(request));
    let mut world = World::new(&server.url());
    world.pull_ok().await;
    let before = server.requests().len();
    world.events.clear();
    world.pull_ok().await;
    assert!(matches!(world.events[..], [PullEvent::Done { .. }]));
    // The manifest is lost: the file is read again, not fetched again.
    fs::write(world.path("manifest.json"), "lost").unwrap();
    world.pull_ok().await;
    assert!(world.events.contains(&PullEvent::Verifying { done: SIZE as u64, total: SIZE as u64 }));
    assert_eq!(server.requests().len(), before);
}

#[tokio::test]
async fn a_damaged_model_is_fetched_again() {
    let server = Server::start(|request, _| good(request));
    let mut world = World::new(&server.url());
    world.pull_ok().await;
    let mut damaged = model_bytes();
    damaged[9_000] ^= 4;
    fs::write(world.path("tiny.gguf"), damaged).unwrap();
    world.pull_ok().await;
    assert_eq!(server.gets().len(), 2);
}

#[tokio::test]
async fn the_hub_cache_is_used_even_offline() {
    let mut world = World::new("http://127.0.0.1:9");
    let blob = put_in_hub_cache(&mut world, &model_bytes());
    world.options.offline = true;
    world.pull_ok().await;
    assert!(world.events.iter().any(|event| matches!(event, PullEvent::Source { source: Source::HubCache, .. })));
    fs::remove_file(blob).unwrap();
    world.pull_ok().await;
}

#[tokio::test]
async fn a_damaged_hub_cache_is_passed_over() {
    let server = Server::start(|request, _| good(request));
    let mut world = World::new(&server.url());
    let mut damaged = model_bytes();
    damaged[9_000] ^= 4;
    let blob = put_in_hub_cache(&mut world, &damaged);
    world.pull_ok().await;
    let fallback = |event: &PullEvent| {
        matches!(event, PullEvent::Fallback { from: Source::HubCache, why: SourceError::Mismatch { .. } })
    };
    assert!(world.events.iter().any(fallback));
    assert!(fs::read(blob).unwrap() == damaged, "a cache of others is not ours to mend");
}

#[tokio::test]
async fn room_is_looked_for_first() {
    let server = Server::start(|request, _| good(request));
    let world = World::new(&server.url());
    let huge = Box::leak(Box::new(CatalogEntry { bytes: u64::MAX / 2, mirror: Mirror::None, ..entry().clone() }));
    let result = pull(&world.store, huge, &world.options, &mut |_| {}).await;
    assert!(matches!(result, Err(PullError::NotEnoughSpace { .. })), "{result:?}");
    assert_eq!(server.requests().len(), 0);
}
