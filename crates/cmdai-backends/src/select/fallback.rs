//! One request that is taken to the next backend when one fails, or has no text in time.
//!
//! Invariant: texts of two backends never mix. Where one fails in the middle of its text, [`Chunk::Restarted`] declares that
//! text void, with the reason, before the next one speaks (held by `text_of_a_failed_backend_is_void`); nothing is final before
//! the stream has ended, and after that nobody else is asked. The chain is the caller's: it holds a remote backend only if selection did.

use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions, Usage};
use cmdai_core::prompt::Prompt;
use futures_core::Stream;
use futures_core::stream::BoxStream;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

type Item = Result<Chunk, GenerateError>;
type Make = dyn Fn() -> Result<Arc<dyn Generate>, GenerateError> + Send + Sync;

/// A backend of a chain; made when it is needed, because making one may load a model.
pub struct Link {
    name: String,
    make: Box<Make>,
    made: OnceLock<Arc<dyn Generate>>,
}

impl Link {
    /// A backend that is made the first time it is needed, and kept.
    pub fn new(
        name: &str,
        make: impl Fn() -> Result<Arc<dyn Generate>, GenerateError> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.to_owned(), make: Box::new(make), made: OnceLock::new() }
    }

    /// A backend that is there already.
    #[must_use]
    pub fn ready(name: &str, backend: Arc<dyn Generate>) -> Self {
        Self::new(name, move || Ok(Arc::clone(&backend)))
    }

    fn backend(&self) -> Result<&Arc<dyn Generate>, GenerateError> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let made = (self.make)()?;
        Ok(self.made.get_or_init(|| made))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What happens along the chain, for whoever shows it and learns from it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// A backend is asked.
    Trying {
        /// Its name.
        name: &'a str,
    },
    /// It failed, or had no text in time.
    Failed {
        /// Its name.
        name: &'a str,
        /// Why.
        error: &'a GenerateError,
        /// Who is asked now; `None` if the request fails with this.
        next: Option<&'a str>,
    },
    /// It answered.
    Answered {
        /// Its name.
        name: &'a str,
        /// From asking it to its first text.
        first_chunk: Option<Duration>,
        /// From asking it to the end.
        total: Duration,
        /// What it cost.
        usage: &'a Usage,
    },
}

type Watch = dyn Fn(&Notice<'_>) + Send + Sync;

/// A chain of backends that answers as one.
pub struct Fallback {
    chain: Arc<Chain>,
}

struct Chain {
    links: Vec<Link>,
    patience: Duration,
    within: Duration,
    watch: Box<Watch>,
}

impl Fallback {
    /// A chain in the order in which it is asked. Each backend but the last has `patience` for its first text, or for its
    /// next sign of progress; one that speaks has the time that it takes itself. After `within` the one being asked is kept. Needs a tokio runtime with time.
    pub fn new(
        links: Vec<Link>,
        patience: Duration,
        within: Duration,
        watch: impl Fn(&Notice<'_>) + Send + Sync + 'static,
    ) -> Self {
        Self { chain: Arc::new(Chain { links, patience, within, watch: Box::new(watch) }) }
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").field("links", &self.chain.links).finish_non_exhaustive()
    }
}

impl Generate for Fallback {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Item> {
        let now = Instant::now();
        Box::pin(Trying {
            chain: Arc::clone(&self.chain),
            prompt: prompt.clone(),
            options: options.clone(),
            at: 0,
            stream: None,
            patience: None,
            started: now,
            asked: now,
            first_chunk: None,
            shown: false,
            ended: false,
        })
    }
}

struct Trying {
    chain: Arc<Chain>,
    prompt: Prompt,
    options: GenerateOptions,
    /// Who is being asked.
    at: usize,
    stream: Option<BoxStream<'static, Item>>,
    patience: Option<Pin<Box<Sleep>>>,
    started: Instant,
    asked: Instant,
    first_chunk: Option<Duration>,
    /// Something of an answer was given out.
    shown: bool,
    ended: bool,
}

impl Trying {
    fn link(&self) -> Option<&Link> {
        self.chain.links.get(self.at)
    }

    /// Who may be asked if this one fails now.
    fn next(&self) -> Option<&Link> {
        let may = self.started.elapsed() < self.chain.within;
        self.chain.links.get(self.at + 1).filter(|_| may)
    }

    fn ask(&mut self) -> Result<(), GenerateError> {
        let link = self.link().ok_or(GenerateError::Interrupted)?;
        (self.chain.watch)(&Notice::Trying { name: &link.name });
        let stream = link.backend()?.generate(&self.prompt, &self.options);
        self.asked = Instant::now();
        self.stream = Some(stream);
        self.wait_again();
        Ok(())
    }

    fn wait_again(&mut self) {
        let has_next = self.next().is_some();
        self.patience = has_next.then(|| Box::pin(sleep(self.chain.patience)));
    }

    /// Goes on to the next one, or gives the error back as the last item. What was shown is declared void in between.
    fn fail(&mut self, error: GenerateError) -> Option<Item> {
        self.stream = None;
        self.patience = None;
        let next = self.next();
        if let Some(link) = self.link() {
            let next = next.map(|next| next.name.as_str());
            (self.chain.watch)(&Notice::Failed { name: &link.name, error: &error, next });
        }
        if next.is_some() {
            let why = self.link().map(|link| format!("`{}` failed: {error}", link.name)).unwrap_or_default();
            self.at += 1;
            self.first_chunk = None;
            return std::mem::take(&mut self.shown).then_some(Ok(Chunk::Restarted { why }));
        }
        self.ended = true;
        Some(Err(error))
    }

    fn take(&mut self, chunk: Chunk) -> Chunk {
        match &chunk {
            Chunk::Progress { .. } => self.wait_again(),
            Chunk::Restarted { .. } => {
                self.shown = false;
                self.first_chunk = None;
                self.wait_again();
            }
            Chunk::Text { .. } | Chunk::Finished { .. } => {
                if matches!(chunk, Chunk::Text { .. }) {
                    let passed = self.asked.elapsed();
                    self.first_chunk.get_or_insert(passed);
                }
                self.shown = true;
                self.patience = None;
            }
            Chunk::Done(usage) => {
                self.ended = true;
                if let Some(link) = self.link() {
                    let (first_chunk, total) = (self.first_chunk, self.asked.elapsed());
                    (self.chain.watch)(&Notice::Answered { name: &link.name, first_chunk, total, usage });
                }
            }
        }
        chunk
    }
}

impl Stream for Trying {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        while !self.ended {
            let asked = if self.stream.is_none() { self.ask() } else { Ok(()) };
            let polled = match (asked, self.stream.as_mut()) {
                (Err(error), _) => Poll::Ready(Some(Err(error))),
                (Ok(()), Some(stream)) => stream.as_mut().poll_next(cx),
                (Ok(()), None) => Poll::Ready(None),
            };
            let error = match polled {
                Poll::Ready(Some(Ok(chunk))) => return Poll::Ready(Some(Ok(self.take(chunk)))),
                Poll::Ready(Some(Err(error))) => error,
                Poll::Ready(None) => GenerateError::Interrupted,
                Poll::Pending => match self.patience.as_mut().map(|patience| patience.as_mut().poll(cx)) {
                    // Too late to go on with another one: this one is kept.
                    Some(Poll::Ready(())) if self.next().is_none() => {
                        self.patience = None;
                        return Poll::Pending;
                    }
                    Some(Poll::Ready(())) => GenerateError::Timeout { limit: self.chain.patience },
                    Some(Poll::Pending) | None => return Poll::Pending,
                },
            };
            if let Some(item) = self.fail(error) {
                return Poll::Ready(Some(item));
            }
        }
        Poll::Ready(None)
    }
}

#[cfg(test)]
#[path = "fallback_tests.rs"]
mod tests;
