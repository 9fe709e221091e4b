//! Models of several files: each is fetched and verified by itself, and together they become a directory.

use crate::server::{End, Request, Server};
use crate::world::{COMMIT, World, serving, sha};
use cmdai_backends::model::download::{PullError, PullEvent, PullOptions, SourceError, pull};
use cmdai_backends::model::{CatalogEntry, Mirror, ModelFile, ModelRef, Part};
use std::fs;

const FILES: [(&str, usize); 3] = [("config.json", 100), ("model.safetensors", 200_000), ("tokenizer.json", 5_000)];

fn bytes(name: &str) -> Vec<u8> {
    let (_, size) = FILES.iter().find(|(file, _)| *file == name).unwrap();
    name.bytes().cycle().take(*size).collect()
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn entry() -> &'static CatalogEntry {
    let part = |(file, size): (&'static str, usize)| Part { file, bytes: size as u64, sha256: leak(sha(&bytes(file))) };
    let parts: Vec<Part> = FILES.into_iter().map(part).collect();
    let list = parts.iter().map(|part| format!("{}  {}\n", part.sha256, part.file)).collect::<Vec<_>>().concat();
    Box::leak(Box::new(CatalogEntry {
        id: "tiny-mlx",
        title: "Tiny",
        file: "tiny.mlx",
        bytes: parts.iter().map(|part| part.bytes).sum(),
        sha256: leak(sha(list.as_bytes())),
        parts: Box::leak(parts.into_boxed_slice()),
        license: "Apache-2.0",
        hub_repo: "test/tiny",
        mirror: Mirror::None,
        tested: false,
    }))
}

/// The file that is asked for.
fn name(request: &Request) -> String {
    request.path.rsplit('/').next().unwrap().to_owned()
}

fn hub(change: impl Fn(&str, &mut Vec<u8>) + Send + Sync + 'static) -> Server {
    Server::start(move |request, _| {
        let name = name(request);
        let mut bytes = bytes(&name);
        change(&name, &mut bytes);
        serving(&bytes, &format!("\"{name}\""), request)
    })
}

async fn pulled(world: &mut World) -> Result<ModelFile, PullError> {
    let events = &mut world.events;
    pull(&world.store, entry(), &world.options, &mut |event| events.push(event)).await
}

/// A pull that must end with the right files and nothing beside them.
async fn pulled_ok(world: &mut World) {
    let model = pulled(world).await.unwrap();
    assert_eq!((model.path.clone(), model.sha256.as_str()), (world.path("tiny.mlx"), entry().sha256));
    for (name, _) in FILES {
        assert!(fs::read(model.path.join(name)).unwrap() == bytes(name), "{name}");
    }
    assert_eq!(fs::read_dir(&model.path).unwrap().count(), FILES.len());
    let mut left = world.files();
    left.retain(|name| !["tiny.mlx", "tiny.mlx.lock", "manifest.json", "manifest.lock"].contains(&name.as_str()));
    assert_eq!(left, [""; 0]);
    world.store.locate(&ModelRef::Catalog(entry()), &mut |_, _| panic!("it was hashed again")).unwrap();
}

#[tokio::test]
async fn every_file_is_fetched_and_counted() {
    let server = hub(|_, _| ());
    let mut world = World::new(&server.url());
    pulled_ok(&mut world).await;
    let asked: Vec<String> = server.gets().iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked, FILES.map(|(name, _)| format!("/test/tiny/resolve/{COMMIT}/{name}")));
    let mut last = 0;
    for event in &world.events {
        if let PullEvent::Progress { done, total } = event {
            assert!(*total == entry().bytes && *done >= last, "{event:?}");
            last = *done;
        }
    }
    assert_eq!(last, entry().bytes);
    world.events.clear();
    pulled_ok(&mut world).await;
    // The manifest is lost: the files are read again, not fetched again.
    fs::write(world.path("manifest.json"), "lost").unwrap();
    pulled_ok(&mut world).await;
    assert_eq!(server.gets().len(), FILES.len());
}

#[tokio::test]
async fn a_pull_goes_on_with_the_file_it_stopped_in() {
    let server = Server::start(|request, before| {
        let name = name(request);
        let reply = serving(&bytes(&name), &format!("\"{name}\""), request);
        // The weights are the second file that is asked for.
        if request.is_get() && before == 1 { reply.end(End::Cut(150_000)) } else { reply }
    });
    let mut world = World::new(&server.url());
    world.options.retries = 0;
    let result = pulled(&mut world).await;
    assert!(matches!(result, Err(PullError::Exhausted { .. })), "{result:?}");
    assert!(!world.path("tiny.mlx").exists());
    pulled_ok(&mut world).await;
    let asked: Vec<_> = server.gets().iter().map(|request| (name(request), request.from().is_some())).collect();
    let expected =
        [("config.json", false), ("model.safetensors", false), ("model.safetensors", true), ("tokenizer.json", false)];
    assert_eq!(asked, expected.map(|(name, resumed)| (name.to_owned(), resumed)));
}

#[tokio::test]
async fn one_flipped_bit_in_one_file_is_refused() {
    let server = hub(|name, bytes| {
        if name == "tokenizer.json" {
            bytes[9] ^= 1;
        }
    });
    let mut world = World::new(&server.url());
    let Err(PullError::Exhausted { failures, .. }) = pulled(&mut world).await else { panic!("it was taken") };
    assert!(matches!(failures.last().unwrap().error, SourceError::Mismatch { .. }), "{failures:?}");
    assert!(!world.path("tiny.mlx").exists());
}

#[tokio::test]
async fn a_damaged_directory_stays_until_the_new_one_is_whole_and_goes_then() {
    let server = hub(|_, _| ());
    let mut world = World::new(&server.url());
    pulled_ok(&mut world).await;
    fs::write(world.path("tiny.mlx/model.safetensors"), "damaged").unwrap();
    world.options.offline = true;
    assert!(matches!(pulled(&mut world).await, Err(PullError::Offline { .. })));
    assert!(world.path("tiny.mlx/model.safetensors").exists());
    world.options.offline = false;
    pulled_ok(&mut world).await;
    // What somebody put beside the files would be read with them.
    fs::write(world.path("tiny.mlx/chat_template.jinja"), "other").unwrap();
    pulled_ok(&mut world).await;
}

#[tokio::test]
async fn the_hub_cache_is_used_for_large_and_small_files() {
    let mut world = World::new("http://127.0.0.1:9");
    let repo = world.dir.path().join("hub/models--test--tiny");
    let snapshot = repo.join("snapshots").join(COMMIT);
    fs::create_dir_all(&snapshot).unwrap();
    fs::create_dir_all(repo.join("blobs")).unwrap();
    for (name, _) in FILES {
        // Large files are named by their hash, small ones otherwise.
        let blob =
            repo.join("blobs").join(if name == "model.safetensors" { sha(&bytes(name)) } else { name.to_owned() });
        fs::write(&blob, bytes(name)).unwrap();
        fs::hard_link(&blob, snapshot.join(name)).unwrap();
    }
    world.options.hub_cache = Some(world.dir.path().join("hub"));
    world.options.sources = PullOptions::default().sources;
    world.options.offline = true;
    pulled_ok(&mut world).await;
}
