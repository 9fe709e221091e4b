//! What the tests share: a worker in a thread, its clients, a backend behind a gate, and answers as text.

pub(crate) use crate::chunks::{Chunks, begin, next};
use crate::chunks::{Item, as_text};
use cmdai_backends::select::Kind;
use cmdai_backends::worker::protocol::Status;
use cmdai_backends::worker::{Place, Setup, Worker, serve, status};
use cmdai_core::contract::fake::ScriptedBackend;
use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_core::Stream;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

/// A place of its own, and what is kept there.
pub(crate) struct World {
    dir: TempDir,
    pub(crate) place: Place,
    pub(crate) setup: Setup,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path().join("run")).unwrap();
        let setup = Setup {
            program: "cmdai".to_owned(),
            name: "m".to_owned(),
            runtime: Kind::EmbeddedLlama,
            model: dir.path().join("m.gguf"),
            identity: "i".to_owned(),
            prefix_dir: Some(PathBuf::from("/prefix")),
            threads: Some(2),
            keep_alive: Duration::from_mins(5),
        };
        std::fs::write(&setup.model, "").unwrap();
        Self { dir, place, setup }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a worker until it ends by itself; returns once it can be connected to.
    pub(crate) fn run(&self, backend: impl Generate + 'static) -> JoinHandle<()> {
        run(&self.place, &self.setup, backend)
    }

    /// A client that starts a worker in this way, and says `alone` where it has to answer by itself.
    pub(crate) fn client(&self, start: impl Fn(&Setup) -> io::Result<()> + Send + Sync + 'static) -> Worker {
        let alone = || -> Result<Arc<dyn Generate>, GenerateError> { Ok(Arc::new(saying("alone"))) };
        Worker::new(self.place.clone(), self.setup.clone(), start, alone)
    }

    /// One that cannot start any.
    pub(crate) fn guest(&self) -> Worker {
        self.client(|_| Err(io::Error::other("none is to be started")))
    }

    pub(crate) async fn status(&self) -> Option<Status> {
        status(&self.place).await.unwrap()
    }
}

pub(crate) fn run(place: &Place, setup: &Setup, backend: impl Generate + 'static) -> JoinHandle<()> {
    let (tell, ready) = std::sync::mpsc::channel();
    let (place, setup) = (place.clone(), setup.clone());
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(serve(&place, setup, Box::new(backend), || tell.send(()).unwrap(), || ())).unwrap();
    });
    ready.recv().unwrap();
    thread
}

pub(crate) fn saying(command: &str) -> ScriptedBackend {
    ScriptedBackend::answering(command)
}

/// What comes, as text: `ls | Stop`, or an error.
pub(crate) async fn said(chunks: Chunks) -> String {
    as_text(chunks, ToString::to_string).await
}

/// What happens to a backend behind a gate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    Asked,
    Over,
}

/// Says `ls` to each prompt once the gate is open; to a prompt for `all` it has no end.
pub(crate) struct Gated {
    open: watch::Receiver<bool>,
    tell: mpsc::UnboundedSender<Happened>,
}

/// The gate, and who tells.
pub(crate) fn gated() -> (Gated, watch::Sender<bool>, mpsc::UnboundedReceiver<Happened>) {
    let (open, is_open) = watch::channel(false);
    let (tell, happened) = mpsc::unbounded_channel();
    (Gated { open: is_open, tell }, open, happened)
}

impl Generate for Gated {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> Chunks {
        self.tell.send(Happened::Asked).unwrap();
        let mut open = self.open.clone();
        Box::pin(Behind {
            wait: Some(Box::pin(async move { drop(open.wait_for(|open| *open).await) })),
            answer: (prompt.user != "all").then(|| saying("ls").generate(prompt, options)),
            tell: self.tell.clone(),
        })
    }
}

struct Behind {
    wait: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    answer: Option<Chunks>,
    tell: mpsc::UnboundedSender<Happened>,
}

impl Stream for Behind {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
            self.wait = None;
        }
        match &mut self.answer {
            Some(answer) => answer.as_mut().poll_next(cx),
            None => Poll::Ready(Some(Ok(Chunk::Text { alternative: 0, text: "x".repeat(10_000), probability: None }))),
        }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        // The test may be over.
        let _ = self.tell.send(Happened::Over);
    }
}
