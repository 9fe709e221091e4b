//! The embedded MLX backend keeps the laws of `Generate`, on the same real small model.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test target")]

#[path = "../support/embedded.rs"]
mod embedded;
#[path = "../support/model.rs"]
mod model;

use cmdai_backends::embedded::mlx::{MlxBackend, MlxConfig};
use std::path::Path;

fn of(model: &Path) -> MlxBackend {
    MlxBackend::start(MlxConfig { model: model.to_owned(), identity: "x".to_owned(), prefix_dir: None }).unwrap()
}

fn backend(prefix_dir: Option<&Path>) -> MlxBackend {
    let file = model::model("smollm2-135m");
    let prefix_dir = prefix_dir.map(Path::to_owned);
    MlxBackend::start(MlxConfig { model: file.path, identity: file.sha256, prefix_dir }).unwrap()
}

embedded::laws!(backend, of);
