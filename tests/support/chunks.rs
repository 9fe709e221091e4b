//! What a backend streams, one by one and as text.

use cmdai_core::contract::generate::sample_prompt;
use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use futures_core::stream::BoxStream;
use std::fmt::Write as _;
use std::future::poll_fn;

pub(crate) type Item = Result<Chunk, GenerateError>;
pub(crate) type Chunks = BoxStream<'static, Item>;

pub(crate) fn begin(backend: &(impl Generate + ?Sized)) -> Chunks {
    backend.generate(&sample_prompt(), &GenerateOptions::default())
}

pub(crate) async fn next(chunks: &mut Chunks) -> Option<Item> {
    poll_fn(|cx| chunks.as_mut().poll_next(cx)).await
}

/// What comes, as text: `ls | Stop`, or an error in the words of `failure`.
pub(crate) async fn as_text(mut chunks: Chunks, failure: impl Fn(&GenerateError) -> String) -> String {
    let mut text = String::new();
    while let Some(item) = next(&mut chunks).await {
        match item {
            Ok(Chunk::Text { text: new, .. }) => text += &new,
            Ok(Chunk::Finished { reason, .. }) => write!(text, " | {reason:?}").unwrap(),
            Ok(Chunk::Restarted { .. }) => text += " | restarted | ",
            Ok(Chunk::Done(_) | Chunk::Progress { .. }) => {}
            Err(error) => text += &failure(&error),
        }
    }
    text
}
