//! The client's side: answers through the worker where there is one or one can be started, and by itself where not.

use super::protocol::{self, Ask, Call, PROTOCOL, Reply, Status};
use super::{Place, Setup, memory, transport};
use crate::items::{Item, Items};
use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_core::stream::BoxStream;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

/// Items a stream may be ahead of its reader.
const AHEAD: usize = 4;
/// A worker that is there answers a status at once.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a worker that says nothing is asked how it is.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// One that does not tell within this time will not answer; with a hundred clients on two cores it may be a while.
const HANGS: Duration = Duration::from_secs(10);
/// How long to wait, and how often, where too many wait to be let in.
const AT_THE_DOOR: Duration = Duration::from_millis(50);
const TRIES: u32 = 40;
/// A worker can be connected to before it has loaded anything, so one that is being started is there soon.
const STARTING: Duration = Duration::from_secs(20);

type Start = dyn Fn(&Setup) -> io::Result<()> + Send + Sync;
type Alone = dyn Fn() -> Result<Arc<dyn Generate>, GenerateError> + Send + Sync;

/// A backend that asks the user's worker.
#[derive(Clone)]
pub struct Worker {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    setup: Setup,
    start: Box<Start>,
    alone: Box<Alone>,
}

impl Worker {
    /// A client of the worker at `place`. `start` starts one and returns once it can be connected to; `alone` gives the backend to use
    /// where no worker can help.
    pub fn new(
        place: Place,
        setup: Setup,
        start: impl Fn(&Setup) -> io::Result<()> + Send + Sync + 'static,
        alone: impl Fn() -> Result<Arc<dyn Generate>, GenerateError> + Send + Sync + 'static,
    ) -> Self {
        Self { shared: Arc::new(Shared { place, setup, start: Box::new(start), alone: Box::new(alone) }) }
    }
}

impl Generate for Worker {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Item> {
        let (out, inbox) = mpsc::channel(AHEAD);
        let (shared, prompt, options) = (Arc::clone(&self.shared), prompt.clone(), options.clone());
        let task = tokio::spawn(async move { shared.answer(prompt, options, out).await });
        Box::pin(Items::new(inbox, Ends(task.abort_handle())))
    }
}

/// Why the worker did not give the answer.
enum Lost {
    /// It never said anything; what it is not able to do is in the text.
    Unused(String),
    /// It ended in the middle.
    Broken(String),
    /// The reader is gone.
    Unwanted,
}

impl Shared {
    async fn answer(&self, prompt: Prompt, options: GenerateOptions, out: mpsc::Sender<Item>) {
        let ask = Ask::Generate { prompt: Box::new(prompt.clone()), options: options.clone() };
        match self.through_worker(ask, &out).await {
            Ok(()) | Err(Lost::Unwanted) => return,
            Err(Lost::Unused(why)) => tracing::debug!(why, "answering without the worker"),
            Err(Lost::Broken(why)) => {
                tracing::info!(why, "the worker was lost, answering without it");
                if out.send(Ok(Chunk::Restarted { why })).await.is_err() {
                    return;
                }
            }
        }
        let mut stream = match (self.alone)() {
            Ok(backend) => backend.generate(&prompt, &options),
            Err(error) => return drop(out.send(Err(error)).await),
        };
        while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            if out.send(item).await.is_err() {
                return;
            }
        }
    }

    async fn through_worker(&self, ask: Ask, out: &mpsc::Sender<Item>) -> Result<(), Lost> {
        let call = Call { protocol: PROTOCOL, key: self.setup.key(), ask };
        // Once more where the worker that was found is an old one.
        for _ in 0..2 {
            let stream = self.connect().await.map_err(|error| Lost::Unused(error.to_string()))?;
            match self.relay(stream, &call, out).await? {
                Relayed::Whole => return Ok(()),
                Relayed::OtherWorker => {}
            }
        }
        Err(Lost::Unused("the worker is of another program or model".to_owned()))
    }

    /// A connection to the worker, which is started where there is none.
    async fn connect(&self) -> io::Result<impl AsyncRead + AsyncWrite + Send + use<>> {
        if let Some(stream) = reach(&self.place).await? {
            return Ok(stream);
        }
        let size = crate::model::size(&self.setup.model).map_err(io::Error::other)?;
        if !memory::has_room_for(size) {
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, "too little memory is free to keep a model"));
        }
        let begun = Instant::now();
        let lock = loop {
            let lock = self.place.lock()?;
            // Somebody else may have started it while we waited.
            if let Some(stream) = reach(&self.place).await? {
                return Ok(stream);
            }
            match lock {
                Some(lock) => break lock,
                None if begun.elapsed() < STARTING => sleep(AT_THE_DOOR).await,
                None => {
                    return Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "somebody starts a worker and does not get on",
                    ));
                }
            }
        };
        (self.start)(&self.setup)?;
        let stream = reach(&self.place).await?;
        drop(lock);
        stream.ok_or_else(|| io::Error::new(io::ErrorKind::ConnectionRefused, "the worker that was started is gone"))
    }

    /// Makes one call and passes its answer on.
    async fn relay(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send,
        call: &Call,
        out: &mpsc::Sender<Item>,
    ) -> Result<Relayed, Lost> {
        let (read, mut write) = tokio::io::split(stream);
        let mut read = BufReader::new(read);
        let mut told = false;
        let lost = |told: bool, why: String| if told { Lost::Broken(why) } else { Lost::Unused(why) };
        protocol::write(&mut write, call).await.map_err(|error| lost(told, error.to_string()))?;
        loop {
            let reply = self.watched(protocol::read::<Reply>(&mut read)).await;
            let item = match reply {
                Ok(Some(Reply::Chunk(chunk))) => Ok(chunk),
                // It had no time to finish; we have.
                Ok(Some(Reply::Error(GenerateError::Interrupted)) | None) => {
                    return Err(lost(told, "the worker ended before the answer did".to_owned()));
                }
                // What kept it from loading, such as a limit it was started with, need not hold for us.
                Ok(Some(Reply::Error(GenerateError::Load(why)))) => return Err(lost(told, why)),
                Ok(Some(Reply::Error(error))) => Err(error),
                Ok(Some(Reply::Other)) => return Ok(Relayed::OtherWorker),
                Ok(Some(Reply::Status(_) | Reply::Stopping)) => {
                    return Err(lost(told, "the worker said something unexpected".to_owned()));
                }
                Err(error) => return Err(lost(told, format!("the worker cannot be understood: {error}"))),
            };
            let ends = matches!(item, Ok(Chunk::Done(_)) | Err(_));
            told |= matches!(item, Ok(Chunk::Text { .. } | Chunk::Finished { .. }));
            out.send(item).await.map_err(|_| Lost::Unwanted)?;
            if ends {
                return Ok(Relayed::Whole);
            }
        }
    }

    /// Waits for a reply as long as the worker is well: with others before us that may be long, so it is asked now and then how it is.
    async fn watched<T>(&self, reading: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let mut reading = pin!(reading);
        loop {
            tokio::select! {
                reply = &mut reading => return reply,
                () = sleep(LOOK_EVERY) => drop(look(&self.place, HANGS).await?),
            }
        }
    }
}

/// A connection to a worker that is there; `None` where nobody listens.
async fn reach(place: &Place) -> io::Result<Option<impl AsyncRead + AsyncWrite + Send + use<>>> {
    for _ in 0..TRIES {
        match transport::reach(place).await {
            // Who lets people wait at the door is alive, and must not be replaced.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(AT_THE_DOOR).await,
            reached => return reached,
        }
    }
    Err(io::Error::new(io::ErrorKind::WouldBlock, "the worker lets nobody in"))
}

enum Relayed {
    Whole,
    OtherWorker,
}

/// Asks the worker at `place` how it is; `None` where there is none.
///
/// # Errors
/// Something is there that is no worker.
pub async fn status(place: &Place) -> io::Result<Option<Status>> {
    look(place, PATIENCE).await
}

async fn look(place: &Place, patience: Duration) -> io::Result<Option<Status>> {
    match ask(place, Ask::Status, patience).await? {
        Some(Reply::Status(status)) => Ok(Some(status)),
        None => Ok(None),
        Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "what answers is no worker")),
    }
}

/// Tells the worker at `place` to end; false where there is none.
///
/// # Errors
/// Something is there that is no worker.
pub async fn stop(place: &Place) -> io::Result<bool> {
    Ok(ask(place, Ask::Stop, PATIENCE).await?.is_some())
}

async fn ask(place: &Place, ask: Ask, patience: Duration) -> io::Result<Option<Reply>> {
    let Some(stream) = reach(place).await? else { return Ok(None) };
    let (read, mut write) = tokio::io::split(stream);
    let exchange = async {
        protocol::write(&mut write, &Call { protocol: PROTOCOL, key: String::new(), ask }).await?;
        protocol::read(&mut BufReader::new(read)).await
    };
    timeout(patience, exchange).await.map_err(io::Error::from)?
}

/// Ends the task with its reader, and with it the connection.
struct Ends(AbortHandle);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.abort();
    }
}
