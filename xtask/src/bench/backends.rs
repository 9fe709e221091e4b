//! The warm worker beside a fresh process and beside llama.cpp's own server, on the same model and with the same client.
//!
//! Part of [`super`]. All three are asked the same requests in turn by one cmdai process each, so that the prompt, the reading of the
//! answer and the start of the client are the same, and a busy machine slows all of them. What is asked first is not counted: it
//! fills caches and loads models.

use super::cmdai::{Cmdai, model_path};
use super::llama_bench::physical_cores;
use super::stats::{milliseconds, percentile};
use crate::llama_cpp::{self, Tool};
use crate::setup;
use crate::workspace::{Workspace, check};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const REQUESTS: [&str; 6] = [
    "list files larger than 10 MB by size",
    "count the lines of all python files",
    "show the last 20 lines of server.log",
    "how much memory is free",
    "make a directory called build",
    "which processes use port 8080",
];
const CLIENTS: usize = 8;
const READY_WITHIN: Duration = Duration::from_mins(2);

const HELP: &str = "\
Usage: cargo xtask bench backends [OPTIONS]

  --model NAME   the model of the catalogue [the default one]
  --rounds N     how often each of the six requests is asked of each [5]
";

/// One answer, in milliseconds.
struct Reply {
    first_chunk: f64,
    total: f64,
    /// Evaluating the user's turn and decoding, as the backend itself measured it.
    computing: Option<f64>,
}

/// A way to ask.
struct Way {
    name: &'static str,
    cmdai: Cmdai,
    args: Vec<String>,
    runtime: PathBuf,
    replies: Vec<Reply>,
}

impl Way {
    fn new(name: &'static str, binary: &Path, model: &Path, args: &[&str]) -> Result<Self> {
        let cmdai = Cmdai::new(binary.to_owned(), None, model, &format!("backends-{name}"))?;
        let runtime = cmdai.directory("runtime")?;
        let args = args.iter().map(ToString::to_string).collect();
        Ok(Self { name, cmdai, args, runtime, replies: Vec::new() })
    }

    fn command(&self) -> Command {
        let mut command = self.cmdai.command();
        command.env("XDG_RUNTIME_DIR", &self.runtime);
        command
    }

    fn request(&self, request: &str) -> Command {
        let mut command = self.command();
        command.args(["--json", "--no-input", "--no-history"]).args(&self.args).arg("--").arg(request);
        command
    }

    fn ask(&self, request: &str) -> Result<Reply> {
        let begun = Instant::now();
        let output = self.request(request).output()?;
        let total = milliseconds(begun.elapsed());
        let said: Value = serde_json::from_slice(&output.stdout).context("cmdai printed no JSON")?;
        let number = |path: &str| said.pointer(path).and_then(Value::as_f64);
        let Some(first) = number("/timings/first_chunk") else { bail!("{}: no answer: {said}", self.name) };
        let outside = (total - number("/timings/total").unwrap_or(total)).max(0.0);
        let computing =
            number("/usage/prompt_ms").zip(number("/usage/decode_ms")).map(|(prompt, decode)| prompt + decode);
        Ok(Reply { first_chunk: outside + number("/timings/context").unwrap_or(0.0) + first, total, computing })
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        let _ = self.command().args(["worker", "stop"]).output();
    }
}

/// llama-server while it is measured.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(binary: &Path, model: &Path) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(binary)
            .arg("-m")
            .arg(model)
            .args(["-c", "8192", "-t", &physical_cores().to_string(), "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { child, port };
        let begun = Instant::now();
        while !server.is_ready() {
            if begun.elapsed() > READY_WITHIN {
                bail!("llama-server is not ready after {} s", READY_WITHIN.as_secs());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    fn is_ready(&self) -> bool {
        use std::io::{Read as _, Write as _};
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut said = String::new();
        let asked = stream.write_all(b"GET /health HTTP/1.0\r\n\r\n").and_then(|()| stream.read_to_string(&mut said));
        asked.is_ok() && said.contains(" 200 ")
    }

    fn memory_mib(&self) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command.
pub(super) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let (mut model, mut rounds) = (None, 5_usize);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match (arg.as_str(), args.next()) {
            ("--model", Some(name)) => model = Some(name.clone()),
            ("--rounds", Some(count)) => rounds = count.parse::<usize>().context("--rounds")?.max(1),
            ("--help" | "-h", _) => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            _ => bail!("bench backends does not know {arg}\n\n{HELP}"),
        }
    }
    setup::ensure(workspace)?;
    let binary = workspace.build_cmdai(true)?;
    check(Command::new(&binary).args(["model", "pull"]).args(&model).stdout(std::io::stderr()))?;
    let path = model_path(&binary, model.as_deref())?;
    let server = Server::start(&llama_cpp::build(workspace, Tool::Server)?, &path)?;
    let named = path.to_string_lossy().into_owned();
    let mut ways = vec![
        Way::new("fresh", &binary, &path, &["--model", &named, "--no-worker"])?,
        Way::new("worker", &binary, &path, &["--model", &named])?,
        Way::new("server", &binary, &path, &["--backend", "server"])?,
    ];
    set_up(&ways, &server, &path)?;
    measure(&mut ways, rounds)?;
    report(&ways);
    together(&ways)?;
    memory(&ways, &server)?;
    selection(&ways)
}

/// The settings that lead to the server.
fn set_up(ways: &[Way], server: &Server, model: &Path) -> Result<()> {
    let name = model.file_name().context("the model has no name")?.to_string_lossy().into_owned();
    for way in ways.iter().filter(|way| way.name == "server") {
        let text = format!(
            "[backends.server]\nkind = \"openai\"\nurl = \"http://127.0.0.1:{}\"\nmodel = \"{name}\"\n",
            server.port
        );
        fs::write(way.cmdai.directory("config/cmdai")?.join("config.toml"), text)?;
    }
    Ok(())
}

fn measure(ways: &mut [Way], rounds: usize) -> Result<()> {
    eprintln!("bench: one request each that is not counted");
    for way in &*ways {
        way.ask(REQUESTS[0])?;
    }
    for round in 1..=rounds {
        eprintln!("bench: round {round} of {rounds}");
        for request in REQUESTS {
            for way in &mut *ways {
                let reply = way.ask(request)?;
                way.replies.push(reply);
            }
        }
    }
    Ok(())
}

fn report(ways: &[Way]) {
    println!("{:<34}{:>10}{:>10}{:>10}{:>10}", "milliseconds", "first p50", "p95", "total p50", "p95");
    for way in ways {
        let of =
            |value: fn(&Reply) -> f64, percent| percentile(way.replies.iter().map(value), percent).unwrap_or(f64::NAN);
        println!(
            "{:<34}{:>10.0}{:>10.0}{:>10.0}{:>10.0}",
            describe(way.name),
            of(|r| r.first_chunk, 50),
            of(|r| r.first_chunk, 95),
            of(|r| r.total, 50),
            of(|r| r.total, 95)
        );
    }
    let total = |name: &str| {
        let way = ways.iter().find(|way| way.name == name)?;
        percentile(way.replies.iter().map(|reply| reply.total), 50)
    };
    if let (Some(fresh), Some(worker), Some(server)) = (total("fresh"), total("worker"), total("server")) {
        println!("\nworker to fresh process, p50          {:>6.2}", worker / fresh);
        println!("worker to llama-server, p50           {:>6.2}", worker / server);
    }
    let worker = ways.iter().filter(|way| way.name == "worker").flat_map(|way| &way.replies);
    let overhead = worker.filter_map(|reply| Some(reply.total / reply.computing?));
    if let Some(overhead) = percentile(overhead, 50) {
        println!("worker to its own computing, p50      {overhead:>6.2}");
    }
}

fn describe(name: &str) -> &'static str {
    match name {
        "fresh" => "a fresh process each",
        "worker" => "the warm worker",
        _ => "llama-server, the same client",
    }
}

/// Eight clients at the same moment.
fn together(ways: &[Way]) -> Result<()> {
    println!("\n{CLIENTS} clients at once, milliseconds until {:>12}{:>12}", "the first", "the last");
    for way in ways.iter().filter(|way| way.name != "fresh") {
        let begun = Instant::now();
        let mut ended: Vec<f64> = thread::scope(|scope| {
            let asking: Vec<_> = (0..CLIENTS)
                .map(|n| {
                    scope.spawn(move || {
                        let request = REQUESTS.get(n % REQUESTS.len()).copied().unwrap_or_default();
                        way.ask(request).map(|_| milliseconds(begun.elapsed()))
                    })
                })
                .collect();
            asking
                .into_iter()
                .map(|one| one.join().map_err(|_| anyhow::anyhow!("a client panicked"))?)
                .collect::<Result<_>>()
        })?;
        ended.sort_by(f64::total_cmp);
        let (first, last) = (ended.first().copied().unwrap_or(f64::NAN), ended.last().copied().unwrap_or(f64::NAN));
        println!("{:<40}{first:>12.0}{last:>12.0}", describe(way.name));
    }
    Ok(())
}

fn memory(ways: &[Way], server: &Server) -> Result<()> {
    for way in ways.iter().filter(|way| way.name == "worker") {
        let said: Value = serde_json::from_slice(&way.command().args(["worker", "status", "--json"]).output()?.stdout)?;
        let bytes = said.pointer("/worker/memory").and_then(Value::as_f64).context("the worker tells no memory")?;
        println!("\nmemory of the worker, MiB             {:>6.0}", bytes / 1_048_576.0);
    }
    if let Some(mib) = server.memory_mib() {
        println!("memory of llama-server, MiB           {mib:>6.0}");
    }
    Ok(())
}

/// What choosing costs when nothing changed since the last time.
fn selection(ways: &[Way]) -> Result<ExitCode> {
    let Some(way) = ways.iter().find(|way| way.name == "server") else { return Ok(ExitCode::FAILURE) };
    let mut costs = Vec::new();
    for _ in 0..5 {
        let said: Value =
            serde_json::from_slice(&way.command().args(["backend", "status", "--json"]).output()?.stdout)?;
        costs.extend(said.get("selection_ms").and_then(Value::as_f64));
    }
    // The first one asked the server.
    if let Some(cost) = percentile(costs.into_iter().skip(1), 50) {
        println!("selection, nothing changed, ms        {cost:>6.2}");
    }
    Ok(ExitCode::SUCCESS)
}
