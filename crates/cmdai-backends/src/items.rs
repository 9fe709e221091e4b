//! The stream of an answer that another thread or task sends through a channel.

use cmdai_core::generate::{Chunk, GenerateError};
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc::Receiver;

/// What such a stream carries.
pub(crate) type Item = Result<Chunk, GenerateError>;

/// The reading end: a channel that closes before the answer is whole is an error, not an end. `keeps` lives as long as it is read.
pub(crate) struct Items<K> {
    inbox: Receiver<Item>,
    ended: bool,
    _keeps: K,
}

impl<K> Items<K> {
    pub(crate) fn new(inbox: Receiver<Item>, keeps: K) -> Self {
        Self { inbox, ended: false, _keeps: keeps }
    }
}

impl<K: Unpin> Stream for Items<K> {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let item = match self.inbox.poll_recv(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(item)) => item,
            Poll::Ready(None) => Err(GenerateError::Interrupted),
        };
        self.ended = matches!(item, Ok(Chunk::Done(_)) | Err(_));
        Poll::Ready(Some(item))
    }
}
