//! An answer from the history in the place of a backend: the same stages follow, so it is judged and asked about like any other.

use cmdai_core::generate::{Chunk, FinishReason, Generate, GenerateError, GenerateOptions, Usage};
use cmdai_core::prompt::Prompt;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Gives one command, which was accepted before.
#[derive(Debug, Clone)]
pub struct Remembered(pub String);

impl Generate for Remembered {
    fn generate(&self, _: &Prompt, _: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>> {
        let text = Chunk::Text { alternative: 0, text: self.0.clone(), probability: None };
        let finished = Chunk::Finished { alternative: 0, reason: FinishReason::Stop };
        Box::pin(Items(vec![Chunk::Done(Usage::default()), finished, text]))
    }
}

/// The last comes first.
struct Items(Vec<Chunk>);

impl Stream for Items {
    type Item = Result<Chunk, GenerateError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop().map(Ok))
    }
}
