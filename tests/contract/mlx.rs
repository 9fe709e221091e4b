//! The embedded MLX backend keeps the laws of `Generate`, on the same real small model.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test target")]

#[path = "../support/embedded.rs"]
mod embedded;
#[path = "../support/model.rs"]
mod model;

use cmdai_backends::embedded::mlx::{MlxBackend, MlxConfig};
use cmdai_core::contract::generate;
use std::path::Path;

fn backend(prefix_dir: Option<&Path>) -> MlxBackend {
    let file = model::model("smollm2-135m");
    let prefix_dir = prefix_dir.map(Path::to_owned);
    MlxBackend::start(MlxConfig { model: file.path, identity: file.sha256, prefix_dir }).unwrap()
}

#[tokio::test]
async fn generate_contract() {
    generate::all(&backend(None)).await;
}

#[tokio::test]
async fn special_tokens_in_a_request_are_plain_text() {
    embedded::special_tokens_are_plain_text(&backend(None)).await;
}

#[tokio::test]
async fn a_saved_prefix_is_restored_and_changes_nothing() {
    embedded::a_saved_prefix_is_restored(|dir| backend(Some(dir))).await;
}

#[tokio::test]
async fn one_backend_answers_many_prompts_from_one_prefix() {
    embedded::many_prompts_share_one_prefix(&backend(None)).await;
}

#[tokio::test]
async fn what_does_not_fit_the_context_is_refused_before_it_overflows() {
    generate::too_long_a_prompt_is_told_as_such(&backend(None)).await;
}

#[tokio::test]
async fn a_long_answer_is_cut_and_says_so() {
    embedded::a_long_answer_is_cut(&backend(None)).await;
}

#[tokio::test]
async fn a_file_that_is_no_model_is_a_load_error() {
    let start = |model: &Path| {
        MlxBackend::start(MlxConfig { model: model.to_owned(), identity: "x".to_owned(), prefix_dir: None }).unwrap()
    };
    embedded::no_model_is_a_load_error(start).await;
}

#[test]
fn a_backend_dropped_while_it_loads_ends() {
    drop(backend(None));
}

#[tokio::test]
async fn dropping_a_stream_stops_the_engine() {
    embedded::dropping_a_stream_stops(&backend(None)).await;
}
