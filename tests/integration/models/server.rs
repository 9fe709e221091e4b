//! A web server on this machine that does exactly what a test says, faults included.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a client asked for; names of headers are in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Request {
    /// The first byte asked for.
    pub(crate) fn from(&self) -> Option<usize> {
        self.headers.get("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
    pub(crate) fn is_get(&self) -> bool {
        self.method == "GET"
    }
}

/// How the server ends an answer.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum End {
    /// With the last byte of the body.
    Whole,
    /// By closing the connection after so many bytes of the body.
    Cut(usize),
    /// By sending nothing more after so many bytes, until the client goes away.
    Stall(usize),
    /// Whole, in this many pieces with this pause between them.
    Drip(usize, Duration),
}

/// What the server answers.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), end: End::Whole }
    }
    pub(crate) fn header(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name.to_owned(), format!("{value}")));
        self
    }
    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }
    pub(crate) fn end(mut self, end: End) -> Self {
        self.end = end;
        self
    }
}

/// Serves until it is dropped; every request is kept.
pub(crate) struct Server {
    pub(crate) port: u16,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// `answer` gets the request and how many of its method came before it.
    pub(crate) fn start(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Self { port, log }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
    pub(crate) fn gets(&self) -> Vec<Request> {
        self.requests().into_iter().filter(Request::is_get).collect()
    }
    /// Where each download began.
    pub(crate) fn starts(&self) -> Vec<Option<usize>> {
        self.gets().iter().map(Request::from).collect()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request, usize) -> Reply) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let request = Request { method, path, headers };
    let before = {
        let mut log = log.lock().unwrap();
        let before = log.iter().filter(|other| other.method == request.method).count();
        log.push(request.clone());
        before
    };
    send(stream, &request, &answer(&request, before));
    Some(())
}

fn send(mut stream: TcpStream, request: &Request, reply: &Reply) -> Option<()> {
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        write!(head, "{name}: {value}\r\n").ok()?;
    }
    if !reply.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
        write!(head, "Content-Length: {}\r\n", reply.body.len()).ok()?;
    }
    stream.write_all((head + "\r\n").as_bytes()).ok()?;
    if !request.is_get() {
        return Some(());
    }
    let until = |n: usize| &reply.body[..n.min(reply.body.len())];
    match reply.end {
        End::Whole => stream.write_all(&reply.body).ok(),
        End::Cut(n) => stream.write_all(until(n)).ok(),
        End::Stall(n) => {
            stream.write_all(until(n)).ok()?;
            stream.read(&mut [0]).ok().map(drop)
        }
        End::Drip(pieces, pause) => {
            for piece in reply.body.chunks(reply.body.len().div_ceil(pieces)) {
                stream.write_all(piece).ok()?;
                stream.flush().ok()?;
                // A pause that ends at once when the client goes away.
                stream.set_read_timeout(Some(pause)).ok()?;
                let _ = stream.read(&mut [0]);
            }
            Some(())
        }
    }
}
