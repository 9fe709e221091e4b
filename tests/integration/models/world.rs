//! A store, a model of a few thousand bytes, and a pull of it.

use crate::server::{Reply, Request};
use cmdai_backends::model::download::{PullError, PullEvent, PullOptions, Source, SourceError, pull};
use cmdai_backends::model::{CatalogEntry, Mirror, ModelFile, ModelStore};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const SIZE: usize = 300_000;
pub(crate) const PARTS: [usize; 3] = [120_000, 120_000, 60_000];
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A GGUF header without tensors, and bytes that differ everywhere.
pub(crate) fn model_bytes() -> Vec<u8> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend([0; 16]);
    let mut state = 1_u32;
    bytes.resize_with(SIZE, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    bytes
}

pub(crate) fn sha(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) fn entry() -> &'static CatalogEntry {
    Box::leak(Box::new(CatalogEntry {
        id: "tiny",
        title: "Tiny",
        file: "tiny.gguf",
        bytes: SIZE as u64,
        sha256: Box::leak(sha(&model_bytes()).into_boxed_str()),
        parts: &[],
        license: "Apache-2.0",
        hub_repo: "test/tiny",
        mirror: Mirror::Parts { prefix: "tiny-part", count: 3, version: "1.0.0" },
        tested: false,
    }))
}

pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) store: ModelStore,
    pub(crate) options: PullOptions,
    pub(crate) events: Vec<PullEvent>,
}

impl World {
    /// Only the hub at `endpoint` is asked.
    pub(crate) fn new(endpoint: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            store: ModelStore::new(dir.path().join("models")),
            dir,
            options: PullOptions {
                endpoint: endpoint.to_owned(),
                sources: vec![Source::Hub],
                backoff: Duration::from_millis(1),
                longest_wait: Duration::from_millis(5),
                poll: Duration::from_millis(1),
                retries: 3,
                ..PullOptions::default()
            },
            events: Vec::new(),
        }
    }

    pub(crate) async fn pull(&mut self) -> Result<ModelFile, PullError> {
        let events = &mut self.events;
        pull(&self.store, entry(), &self.options, &mut |event| events.push(event)).await
    }

    /// A pull that must end with the right bytes and nothing beside them.
    pub(crate) async fn pull_ok(&mut self) {
        let file = self.pull().await.unwrap();
        assert_eq!((file.bytes, file.sha256.as_str()), (SIZE as u64, entry().sha256));
        assert!(std::fs::read(&file.path).unwrap() == model_bytes());
        let mut left = self.files();
        left.retain(|name| !["tiny.gguf", "tiny.gguf.lock", "manifest.json", "manifest.lock"].contains(&name.as_str()));
        assert_eq!(left, [""; 0]);
    }

    /// A pull that must fail because its only source, or the last one, did.
    pub(crate) async fn pull_err(&mut self) -> SourceError {
        let Err(PullError::Exhausted { mut failures, .. }) = self.pull().await else { panic!("it was pulled") };
        assert!(!self.path("tiny.gguf").exists());
        failures.pop().unwrap().error
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.store.dir().join(name)
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.store.dir()).unwrap();
        entries.flatten().map(|entry| entry.file_name().into_string().unwrap()).collect()
    }

    pub(crate) fn retries(&self) -> Vec<&SourceError> {
        let mut why = Vec::new();
        for event in &self.events {
            if let PullEvent::Retry { why: error, .. } = event {
                why.push(error);
            }
        }
        why
    }
}

/// What a hub that works answers: metadata with the redirect's headers, then the range asked for.
pub(crate) fn good(request: &Request) -> Reply {
    serving(&model_bytes(), "\"v1\"", request)
}

/// A hub with these bytes that names its content so.
pub(crate) fn serving(bytes: &[u8], etag: &str, request: &Request) -> Reply {
    let reply = |status| Reply::status(status).header("ETag", etag).header("X-Repo-Commit", COMMIT);
    if !request.is_get() {
        return reply(200).header("Content-Length", bytes.len());
    }
    let same = request.headers.get("if-range").is_none_or(|validator| validator == etag);
    match request.from().filter(|_| same) {
        Some(from) if from >= bytes.len() => reply(416).header("Content-Range", format!("bytes */{}", bytes.len())),
        Some(from) => reply(206)
            .header("Content-Range", format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len()))
            .body(&bytes[from..]),
        None => reply(200).body(bytes),
    }
}
