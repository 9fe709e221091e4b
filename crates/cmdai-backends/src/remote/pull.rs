//! A stream that works only while it is read: the future that makes the chunks lives inside it.
//!
//! So nothing runs ahead of the reader by more than one chunk, and dropping the stream drops the work, with it the response
//! and so the connection (held by `dropping_the_stream_closes_the_connection`).

use cmdai_core::generate::{Chunk, GenerateError};
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

type Item = Result<Chunk, GenerateError>;

/// Where the work puts its chunks; waits until the reader has taken the one before.
#[derive(Debug, Clone)]
pub(super) struct Out(mpsc::Sender<Chunk>);

impl Out {
    pub(super) async fn send(&self, chunk: Chunk) {
        // The receiver lives as long as the work.
        let _ = self.0.send(chunk).await;
    }
}

/// The stream of what `work` sends; its error is the last item.
pub(super) fn pulled<W>(work: impl FnOnce(Out) -> W) -> BoxStream<'static, Item>
where
    W: Future<Output = Result<(), GenerateError>> + Send + 'static,
{
    let (out, chunks) = mpsc::channel(1);
    Box::pin(Pulled { work: Some(Box::pin(work(Out(out)))), chunks, error: None })
}

struct Pulled {
    /// Gone when it is done, and its sender with it.
    work: Option<BoxFuture<'static, Result<(), GenerateError>>>,
    chunks: mpsc::Receiver<Chunk>,
    error: Option<GenerateError>,
}

impl Stream for Pulled {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            match self.chunks.poll_recv(cx) {
                Poll::Ready(Some(chunk)) => return Poll::Ready(Some(Ok(chunk))),
                Poll::Ready(None) => return Poll::Ready(self.error.take().map(Err)),
                Poll::Pending => {}
            }
            let Some(work) = &mut self.work else { return Poll::Ready(None) };
            match work.as_mut().poll(cx) {
                Poll::Ready(done) => {
                    self.work = None;
                    self.error = done.err();
                }
                // It waits for the network, or for room: then there is something to take.
                Poll::Pending if self.chunks.is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }
}
