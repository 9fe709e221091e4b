//! The worker's side: takes calls one connection each and answers them from one backend.
//!
//! The backend answers one prompt after the other in the order in which they came, so no client waits for ever; beyond [`MOST_WAITING`] a client
//! is told so at once. A client that goes away, or does not read, cancels its answer. The worker ends by itself: after the idle time, when
//! memory is short and nobody waits, when its socket is gone, when it is told to, and when a client of another program or model calls.

use super::protocol::{self, Ask, Call, PROTOCOL, Reply, Status};
use super::transport::{Sign, open_door};
use super::{Place, Setup, memory};
use cmdai_core::generate::{Chunk, Generate, GenerateError};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, BufReader};
use tokio::sync::Notify;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep, timeout};

/// Requests that may wait; each costs a connection and a few kilobytes.
const MOST_WAITING: usize = 128;
/// How often the worker looks whether it is still wanted.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long nobody is let in when the system has no room for one more connection.
const WHEN_FULL: Duration = Duration::from_millis(100);
/// A client that has not read for so long is gone for us: the model makes no other answer until it has.
const READS_WITHIN: Duration = Duration::from_secs(30);
/// A client says what it wants at once.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// Nobody asked anything for so long: other work disturbs no one.
const RESTS_AFTER: Duration = Duration::from_secs(2);

/// Shared by all connections of one thread.
struct State {
    setup: Setup,
    key: String,
    sign: Sign,
    backend: Box<dyn Generate>,
    started: Instant,
    idle_since: Cell<Instant>,
    active: Cell<usize>,
    answered: Cell<u64>,
    stopping: Cell<bool>,
    memory_is_short: fn() -> bool,
    changed: Notify,
    /// What is done once at the first rest.
    rest: RefCell<Option<Box<dyn FnOnce()>>>,
}

/// Answers calls at `place` until nobody wants the worker any more. `ready` is called once clients can connect; `rest` once, two
/// seconds after an answer that no other call followed, for work that must not take the processor from an answer. Neither may
/// block. Whoever calls this holds the lock of the place until then.
///
/// # Errors
/// The socket cannot be made.
pub async fn serve(
    place: &Place,
    setup: Setup,
    backend: Box<dyn Generate>,
    ready: impl FnOnce(),
    rest: impl FnOnce() + 'static,
) -> io::Result<()> {
    serve_while(place, setup, backend, ready, Box::new(rest), memory::is_short).await
}

/// The same, with another way to tell whether memory is short.
async fn serve_while(
    place: &Place,
    setup: Setup,
    backend: Box<dyn Generate>,
    ready: impl FnOnce(),
    rest: Box<dyn FnOnce()>,
    memory_is_short: fn() -> bool,
) -> io::Result<()> {
    let (mut door, sign) = open_door(place)?;
    ready();
    let now = Instant::now();
    let state = Rc::new(State {
        key: setup.key(),
        sign,
        setup,
        backend,
        started: now,
        idle_since: Cell::new(now),
        active: Cell::new(0),
        answered: Cell::new(0),
        stopping: Cell::new(false),
        memory_is_short,
        changed: Notify::new(),
        rest: RefCell::new(Some(rest)),
    });
    let connections = LocalSet::new();
    let accepting = async {
        while !state.is_over() && state.sign.stands() {
            tokio::select! {
                accepted = door.next() => match accepted {
                    Ok(stream) => {
                        let state = Rc::clone(&state);
                        tokio::task::spawn_local(async move { state.connection(stream).await });
                    }
                    // Too many descriptors are open: asking again at once would only keep the processor busy.
                    Err(_) => sleep(WHEN_FULL).await,
                },
                () = state.changed.notified() => {}
                () = sleep(state.next_look()) => {}
            }
            state.take_rest();
        }
        // Nobody new; those who are here get their answers.
        state.stop();
        drop(door);
        while state.active.get() > 0 {
            state.changed.notified().await;
        }
    };
    connections.run_until(accepting).await;
    tracing::info!(answered = state.answered.get(), "the worker ends");
    Ok(())
}

impl State {
    fn is_over(&self) -> bool {
        if self.stopping.get() {
            return true;
        }
        self.active.get() == 0 && (self.idle_since.get().elapsed() >= self.setup.keep_alive || (self.memory_is_short)())
    }

    fn next_look(&self) -> Duration {
        let left = self.setup.keep_alive.saturating_sub(self.idle_since.get().elapsed());
        let look = if self.active.get() == 0 { left.min(LOOK_EVERY) } else { LOOK_EVERY };
        self.until_rest().map_or(look, |rest| look.min(rest))
    }

    /// How long until the rest that is still to be taken, if nobody calls.
    fn until_rest(&self) -> Option<Duration> {
        let due = self.active.get() == 0 && self.answered.get() > 0 && self.rest.borrow().is_some();
        due.then(|| RESTS_AFTER.saturating_sub(self.idle_since.get().elapsed()))
    }

    fn take_rest(&self) {
        if self.until_rest() == Some(Duration::ZERO)
            && let Some(rest) = self.rest.take()
        {
            rest();
        }
    }

    async fn connection(&self, stream: impl AsyncRead + AsyncWrite) {
        let (read, mut write) = tokio::io::split(stream);
        let mut read = BufReader::new(read);
        let Ok(Ok(Some(call))) = timeout(CALL_LIMIT, protocol::read::<Call>(&mut read)).await else { return };
        let fits = call.protocol == PROTOCOL && call.key == self.key;
        match call.ask {
            Ask::Status => drop(protocol::write(&mut write, &Reply::Status(self.status())).await),
            Ask::Stop => {
                self.stop();
                drop(protocol::write(&mut write, &Reply::Stopping).await);
            }
            Ask::Generate { .. } if !fits => {
                self.stop();
                drop(protocol::write(&mut write, &Reply::Other).await);
            }
            Ask::Generate { .. } if self.active.get() >= MOST_WAITING => {
                let busy = GenerateError::Busy { waiting: self.active.get() };
                drop(protocol::write(&mut write, &Reply::Error(busy)).await);
            }
            Ask::Generate { prompt, options } => {
                self.active.set(self.active.get() + 1);
                let stream = self.backend.generate(&prompt, &options);
                // Whatever the client sends now, even its end, means that it wants no more.
                tokio::select! {
                    () = self.answer(stream, &mut write) => {}
                    _ = read.read_u8() => {}
                }
                self.active.set(self.active.get() - 1);
                self.idle_since.set(Instant::now());
                self.changed.notify_one();
            }
        }
    }

    async fn answer(
        &self,
        mut stream: futures_core::stream::BoxStream<'static, Result<Chunk, GenerateError>>,
        write: &mut (impl AsyncWrite + Unpin),
    ) {
        while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            let done = matches!(item, Ok(Chunk::Done(_)));
            if matches!(item, Err(GenerateError::Load(_))) {
                // Without a model it is of no use; the next one may have more luck.
                self.stop();
            }
            let reply = item.map_or_else(Reply::Error, Reply::Chunk);
            if !matches!(timeout(READS_WITHIN, protocol::write(write, &reply)).await, Ok(Ok(()))) {
                return;
            }
            if done {
                self.answered.set(self.answered.get() + 1);
            }
        }
    }

    /// From now on whoever looks for a worker starts a new one.
    fn stop(&self) {
        self.sign.take_down();
        self.stopping.set(true);
        self.changed.notify_one();
    }

    fn status(&self) -> Status {
        let active = self.active.get();
        Status {
            pid: std::process::id(),
            model: self.setup.name.clone(),
            uptime: self.started.elapsed().as_secs(),
            idle: (active == 0).then(|| self.idle_since.get().elapsed().as_secs()),
            keep_alive: self.setup.keep_alive.as_secs(),
            answered: self.answered.get(),
            active,
            memory: memory::resident(),
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
