//! llama.cpp's own server with a real model, through the same code as every other server: laws, streaming, cancellation, a prompt that is
//! too long, the list of models, and the program itself.
//!
//! `cargo xtask test --servers` builds the server, which takes minutes, and demands these tests; elsewhere they run where it is built
//! already, and say so where they do not. What cannot be had here, Ollama's server, stays a server of ours in the other tests.

use crate::backends::json_of;
use crate::world::{FAST, RIGHT, World};
use cmdai_backends::remote::{OpenAi, RemoteBackend as _, RemoteConfig};
use cmdai_core::contract::generate::{self, sample_prompt};
use cmdai_core::generate::{Chunk, Generate as _, GenerateOptions, Usage};
use cmdai_core::prompt::Prompt;
use futures_util::StreamExt as _;
use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Tokens of context: what the tests ask fits, and a long text does not.
const CONTEXT: u32 = 2048;
/// Only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_mins(2);

/// The program that `cargo xtask` built, or nothing, told loudly.
fn built() -> Option<PathBuf> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools");
    let homes = fs::read_dir(tools).into_iter().flatten().flatten();
    let found = homes.map(|home| home.path().join("llama-server")).find(|path| path.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CMDAI_TEST_SERVERS").is_none(), "llama-server is demanded and not built");
        eprintln!("LEFT OUT: llama-server is not built; `cargo xtask test --servers` builds it");
    }
    found
}

/// A running server; gone when the test ends.
struct Real {
    child: Child,
    url: String,
    log: Receiver<String>,
}

impl Real {
    fn start(model: &str) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(built()?);
        command.arg("-m").arg(crate::model::model(model).path).args(["--port", &port.to_string(), "-np", "1"]);
        command.args(["-c", &CONTEXT.to_string(), "-t", "2"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, log) = channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let real = Self { child, url: format!("http://127.0.0.1:{port}"), log };
        real.until("listening on");
        Some(real)
    }

    /// Waits until the server says this.
    fn until(&self, words: &str) {
        while !self.log.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("never said: {words}")).contains(words) {}
    }

    fn backend(&self, model: &str) -> OpenAi {
        let file = crate::model::model(model).path.file_name().unwrap().to_string_lossy().into_owned();
        OpenAi::new(RemoteConfig::new("real", &self.url, &file), None).unwrap()
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn a_real_server_keeps_the_laws() {
    let Some(real) = Real::start(FAST) else { return };
    let backend = real.backend(FAST);
    generate::all(&backend).await;
    generate::too_long_a_prompt_is_told_as_such(&backend).await;
    let probed = backend.probe().await.unwrap();
    assert!(probed.has_model, "{probed:?}");
    assert_eq!((probed.models.len(), probed.models[0].context_length), (1, Some(CONTEXT)));
}

#[tokio::test]
async fn a_real_server_streams_and_tells_what_it_cost() {
    let Some(real) = Real::start(FAST) else { return };
    let backend = real.backend(FAST);
    let mut costs = Vec::new();
    for _ in 0..2 {
        let (mut pieces, mut usage) = (0, Usage::default());
        let mut chunks = backend.generate(&sample_prompt(), &GenerateOptions::default());
        while let Some(chunk) = chunks.next().await {
            match chunk.unwrap() {
                Chunk::Text { probability, .. } => {
                    pieces += 1;
                    assert!(probability.is_some_and(|p| p > 0.0 && p <= 1.0), "{probability:?}");
                }
                Chunk::Done(cost) => usage = cost,
                _ => {}
            }
        }
        assert!(pieces > 1, "it came as one piece");
        assert!(usage.prompt.is_some() && usage.decode.is_some(), "{usage:?}");
        costs.push(usage);
    }
    assert_eq!(costs[1].prefix_restored, Some(true), "the prompt was there already: {costs:?}");
    assert!(costs[1].prompt_tokens < costs[0].prompt_tokens, "{costs:?}");
}

#[tokio::test]
async fn dropping_the_stream_stops_a_real_server() {
    let Some(real) = Real::start(FAST) else { return };
    let backend = real.backend(FAST);
    // It would go on for long: the examples show it to repeat what is said.
    let words = "one two three four five six seven eight nine ten ".repeat(20);
    let prompt = Prompt { user: format!("echo {words}"), ..sample_prompt() };
    let options = GenerateOptions { max_tokens: 1000, ..GenerateOptions::default() };
    let mut chunks = backend.generate(&prompt, &options);
    assert!(matches!(chunks.next().await, Some(Ok(Chunk::Text { .. }))));
    drop(chunks);
    // Waiting here must not keep the client from closing the connection.
    let real = tokio::task::spawn_blocking(move || {
        real.until("cancel task");
        real
    });
    let _real = real.await.unwrap();
    generate::chunks_come_in_order(&backend).await;
}

#[test]
fn the_program_uses_a_real_server() {
    let Some(real) = Real::start(RIGHT) else { return };
    let world = World::without_models();
    let dir = world.path().join(".config/cmdai");
    fs::create_dir_all(&dir).unwrap();
    let model = crate::model::model(RIGHT).path.file_name().unwrap().to_string_lossy().into_owned();
    let settings = |model: &str| {
        let text = format!("[backends.real]\nkind = \"openai\"\nurl = \"{}\"\nmodel = \"{model}\"\n", real.url);
        fs::write(dir.join("config.toml"), text).unwrap();
    };
    settings(&model);
    let said = json_of(&world.run(&["--json", "print the current directory"]));
    assert_eq!((&said["command"], &said["backend"], &said["model"]), (&json!("pwd"), &json!("real"), &json!(model)));
    let tested = world.run(&["backend", "test", "real"]);
    assert!(tested.stdout.starts_with("real             answers: first text after "), "{tested:?}");
    let status = world.run(&["backend", "status"]).ok();
    assert!(status.contains("real             is asked"), "{status}");
    settings("another");
    let status = world.run(&["backend", "status"]).stdout;
    assert!(status.contains("real             is not: the server does not have the model"), "{status}");
    // One that has gone since it was asked last.
    settings(&model);
    drop(real);
    let tested = world.run(&["backend", "test", "real"]);
    assert_eq!(tested.code, Some(8));
    assert!(tested.stdout.contains("does not answer"), "{tested:?}");
}
