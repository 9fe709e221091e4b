//! The worker's side: takes calls one connection each and answers them from one backend.
//!
//! The backend answers one prompt after the other in the order in which they came, so no client waits for ever; beyond [`MOST_WAITING`] a client
//! is told so at once. A client that goes away cancels its answer. The worker ends by itself: after the idle time, when
//! memory is short and nobody waits, when its socket is gone, when it is told to, and when a client of another program or model calls.

use super::protocol::{self, Ask, Call, PROTOCOL, Reply, Status};
use super::{Place, Setup, memory, place};
use cmdai_core::generate::{Chunk, Generate, GenerateError};
use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep, timeout};

/// Requests that may wait; each costs a connection and a few kilobytes.
const MOST_WAITING: usize = 128;
/// How often the worker looks whether it is still wanted.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A client says what it wants at once.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// Shared by all connections of one thread.
struct State {
    setup: Setup,
    key: String,
    socket: PathBuf,
    /// What the socket was when we made it.
    bound: Option<(u64, u64)>,
    backend: Box<dyn Generate>,
    started: Instant,
    idle_since: Cell<Instant>,
    active: Cell<usize>,
    answered: Cell<u64>,
    stopping: Cell<bool>,
    changed: Notify,
}

/// Answers calls at `place` until nobody wants the worker any more. `ready` is called once clients can connect. Whoever calls
/// this holds the lock of the place until then.
///
/// # Errors
/// The socket cannot be made.
pub async fn serve(place: &Place, setup: Setup, backend: Box<dyn Generate>, ready: impl FnOnce()) -> io::Result<()> {
    let path = place.socket();
    // Under the lock: whoever owned it is gone, or nobody could have wanted a new worker.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    let bound = place::identity(&path);
    ready();
    let now = Instant::now();
    let state = Rc::new(State {
        key: setup.key(),
        socket: path.clone(),
        bound,
        setup,
        backend,
        started: now,
        idle_since: Cell::new(now),
        active: Cell::new(0),
        answered: Cell::new(0),
        stopping: Cell::new(false),
        changed: Notify::new(),
    });
    let connections = LocalSet::new();
    let accepting = async {
        while !state.is_over() && place::identity(&path) == bound {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        let state = Rc::clone(&state);
                        tokio::task::spawn_local(async move { state.connection(stream).await });
                    }
                }
                () = state.changed.notified() => {}
                () = sleep(state.next_look()) => {}
            }
        }
        // Nobody new; those who are here get their answers.
        state.stop();
        drop(listener);
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
        self.active.get() == 0 && (self.idle_since.get().elapsed() >= self.setup.keep_alive || memory::is_short())
    }

    fn next_look(&self) -> Duration {
        let left = self.setup.keep_alive.saturating_sub(self.idle_since.get().elapsed());
        if self.active.get() == 0 { left.min(LOOK_EVERY) } else { LOOK_EVERY }
    }

    async fn connection(&self, mut stream: UnixStream) {
        // The directory keeps others out; this holds even where it does not.
        let peer = stream.peer_cred().map(|peer| peer.uid());
        if peer.ok() != Some(rustix::process::geteuid().as_raw()) {
            return;
        }
        let (read, mut write) = stream.split();
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
        write: &mut (impl tokio::io::AsyncWrite + Unpin),
    ) {
        while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            let done = matches!(item, Ok(Chunk::Done(_)));
            let reply = item.map_or_else(Reply::Error, Reply::Chunk);
            if protocol::write(write, &reply).await.is_err() {
                return;
            }
            if done {
                self.answered.set(self.answered.get() + 1);
            }
        }
    }

    /// From now on whoever looks for a worker starts a new one.
    fn stop(&self) {
        if place::identity(&self.socket) == self.bound {
            let _ = std::fs::remove_file(&self.socket);
        }
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
