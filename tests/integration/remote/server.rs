//! An HTTP server on this machine that does exactly what a test says, step by step, and tells what happens.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What a client asked for; names of headers are in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// `Null` without a body.
    pub(crate) body: Value,
}

/// What the server does next.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Sends the status line and the headers.
    Head,
    /// Sends a piece of the body.
    Body(Vec<u8>),
    /// Waits until a test lets it go on.
    Wait,
    /// Sends nothing more until the client goes away.
    Hang,
    /// Closes the connection in the middle of the body.
    Cut,
}

/// What a test hears of it, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// A request was read as a whole.
    Asked(String),
    /// A step [`Step::Wait`] or [`Step::Hang`] was reached.
    Waiting,
    /// The client closed the connection before its answer was over.
    Gone,
}

/// An answer; the head comes first, unless a step puts it elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) steps: Vec<Step>,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::steps(status, content_type, vec![Step::Head, Step::Body(body.into())])
    }
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }
    pub(crate) fn steps(status: u16, content_type: &str, steps: Vec<Step>) -> Self {
        let kind = (!content_type.is_empty()).then(|| ("Content-Type".to_owned(), content_type.to_owned()));
        Self { status, headers: kind.into_iter().collect(), steps }
    }
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    /// The same body, a byte a piece.
    pub(crate) fn in_single_bytes(mut self) -> Self {
        let split = |step| match step {
            Step::Body(bytes) => bytes.into_iter().map(|byte| Step::Body(vec![byte])).collect(),
            other => vec![other],
        };
        self.steps = self.steps.into_iter().flat_map(split).collect();
        self
    }
}

/// Serves as long as the test runs; every request is kept.
pub(crate) struct Server {
    pub(crate) port: u16,
    log: Arc<Mutex<Vec<Request>>>,
    happened: mpsc::UnboundedReceiver<Happened>,
    go_on: Arc<tokio::sync::Semaphore>,
}

type Answer = Arc<dyn Fn(&Request, usize) -> Reply + Send + Sync>;

/// What a connection shares with the server.
#[derive(Clone)]
struct Shared {
    log: Arc<Mutex<Vec<Request>>>,
    tell: mpsc::UnboundedSender<Happened>,
    go_on: Arc<tokio::sync::Semaphore>,
    answer: Answer,
}

impl Server {
    /// `answer` gets the request and how many came to the same path before it.
    pub(crate) async fn start(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, happened) = mpsc::unbounded_channel();
        let (log, go_on) = (Arc::default(), Arc::new(tokio::sync::Semaphore::new(0)));
        let shared = Shared { log: Arc::clone(&log), tell, go_on: Arc::clone(&go_on), answer: Arc::new(answer) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { port, log, happened, go_on }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
    /// The bodies that were sent to one path.
    pub(crate) fn bodies(&self, path: &str) -> Vec<Value> {
        self.requests().into_iter().filter(|request| request.path == path).map(|request| request.body).collect()
    }
    /// Waits until this happens; what happens before it is skipped.
    pub(crate) async fn until(&mut self, wanted: &Happened) {
        while self.happened.recv().await.as_ref() != Some(wanted) {}
    }
    /// Lets one [`Step::Wait`] end.
    pub(crate) fn go_on(&self) {
        self.go_on.add_permits(1);
    }
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port())
}

async fn serve(stream: TcpStream, shared: Shared) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::new(stream);
    // A connection serves one request after the other, as HTTP/1.1 does.
    loop {
        let request = read(&mut stream).await?;
        let before = {
            let mut log = shared.log.lock().unwrap();
            let before = log.iter().filter(|other| other.path == request.path).count();
            log.push(request.clone());
            before
        };
        let reply = (shared.answer)(&request, before);
        let _ = shared.tell.send(Happened::Asked(request.path));
        if answer(&mut stream, &reply, &shared).await.is_none() {
            let _ = shared.tell.send(Happened::Gone);
            return None;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { method, path, headers, body: serde_json::from_slice(&body).unwrap_or_default() })
}

/// `None` when the connection has ended before the answer was over.
async fn answer(stream: &mut BufReader<TcpStream>, reply: &Reply, shared: &Shared) -> Option<()> {
    for step in &reply.steps {
        match step {
            Step::Head => {
                let mut head = format!("HTTP/1.1 {} X\r\nTransfer-Encoding: chunked\r\n", reply.status);
                for (name, value) in &reply.headers {
                    write!(head, "{name}: {value}\r\n").ok()?;
                }
                stream.write_all((head + "\r\n").as_bytes()).await.ok()?;
            }
            Step::Body(bytes) => {
                let piece = [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
                // Zero bytes would be the end.
                stream.write_all(if bytes.is_empty() { b"" } else { &piece }).await.ok()?;
            }
            Step::Wait => {
                shared.tell.send(Happened::Waiting).ok()?;
                let mut byte = [0];
                tokio::select! {
                    permit = shared.go_on.acquire() => permit.ok()?.forget(),
                    _ = stream.read(&mut byte) => return None,
                }
            }
            Step::Hang => {
                shared.tell.send(Happened::Waiting).ok()?;
                while stream.read(&mut [0]).await.ok()? > 0 {}
                return None;
            }
            Step::Cut => return None,
        }
        stream.flush().await.ok()?;
    }
    stream.write_all(b"0\r\n\r\n").await.ok()?;
    stream.flush().await.ok()
}
