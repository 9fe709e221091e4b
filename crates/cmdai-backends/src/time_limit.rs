//! A limit on how long any backend may take for a whole answer.

use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// A backend whose answers end with [`GenerateError::Timeout`] when the time is over. Needs a tokio runtime with time.
#[derive(Debug)]
pub struct TimeLimited<'a, G: ?Sized> {
    backend: &'a G,
    limit: Duration,
}

impl<'a, G: Generate + ?Sized> TimeLimited<'a, G> {
    /// Limits each answer of `backend`, counted from the call.
    #[must_use]
    pub fn new(backend: &'a G, limit: Duration) -> Self {
        Self { backend, limit }
    }
}

impl<G: Generate + ?Sized> Generate for TimeLimited<'_, G> {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>> {
        Box::pin(Limited {
            stream: Some(self.backend.generate(prompt, options)),
            over: Box::pin(sleep(self.limit)),
            limit: self.limit,
        })
    }
}

struct Limited {
    /// Gone once the time is over: that is what stops the backend.
    stream: Option<BoxStream<'static, Result<Chunk, GenerateError>>>,
    over: Pin<Box<Sleep>>,
    limit: Duration,
}

impl Stream for Limited {
    type Item = Result<Chunk, GenerateError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
        match stream.as_mut().poll_next(cx) {
            Poll::Ready(item) => Poll::Ready(item),
            Poll::Pending => self.over.as_mut().poll(cx).map(|()| {
                self.stream = None;
                Some(Err(GenerateError::Timeout { limit: self.limit }))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::fake::ScriptedBackend;
    use cmdai_core::contract::generate;

    /// Never answers.
    struct Silent;
    impl Generate for Silent {
        fn generate(&self, _: &Prompt, _: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>> {
            Box::pin(Never)
        }
    }
    struct Never;
    impl Stream for Never {
        type Item = Result<Chunk, GenerateError>;
        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_silent_backend_times_out() {
        let limit = Duration::from_millis(5);
        let limited = TimeLimited::new(&Silent, limit);
        let items = generate::collect(limited.generate(&generate::sample_prompt(), &GenerateOptions::default())).await;
        assert_eq!(items, [Err(GenerateError::Timeout { limit })]);
    }

    #[tokio::test]
    async fn generate_contract() {
        let scripted = ScriptedBackend::answering("ls");
        generate::all(&TimeLimited::new(&scripted, Duration::from_mins(1))).await;
    }
}
