//! Starts and becomes the process that keeps a model ready.
//!
//! The worker is this same binary, in a session of its own and with no standard streams, so that it outlives the terminal. It gets its setup on
//! standard input and says `ready` on standard output once it can be connected to; no polling, no fixed wait.

use crate::{dirs, models, probe, system, verify};
use cmdai_backends::embedded::Embedded;
use cmdai_backends::model::ModelFile;
use cmdai_backends::select::Kind;
use cmdai_backends::worker::{Place, Setup, Worker, serve};
use cmdai_core::generate::{Generate, GenerateError};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

const READY: &str = "ready";

/// The backend that asks the worker and helps itself where it cannot. `None` where no worker can be used on this machine.
#[must_use]
pub fn client(settings: &cmdai_config::Worker, file: &ModelFile, runtime: Kind) -> Option<Worker> {
    let place = Place::of_user().inspect_err(|error| tracing::debug!(%error, "no place for a worker")).ok()?;
    let setup = Setup {
        program: program()?,
        name: file.id.clone(),
        runtime,
        model: file.path.clone(),
        identity: file.sha256.clone(),
        prefix_dir: Some(dirs::cache().join("prefix")),
        threads: None,
        keep_alive: settings.keep_alive,
    };
    let config = models::config(file, runtime);
    let alone = move || {
        let backend = config.clone().start().map_err(|error| GenerateError::Load(error.to_string()))?;
        let backend: Arc<dyn Generate> = Arc::from(backend);
        // Never dropped: the process ends with the request, and waiting for the engine thread would only keep the user from the prompt.
        std::mem::forget(Arc::clone(&backend));
        Ok(backend)
    };
    Some(Worker::new(place, setup, start, alone))
}

/// What changes when the program does.
fn program() -> Option<String> {
    let found = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
    Some(format!("{} {}", env!("CARGO_PKG_VERSION"), system::identity(&found)))
}

/// Starts a worker and waits until it can be connected to.
fn start(setup: &Setup) -> io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    system::set_apart(&mut command);
    let mut child =
        command.args(["worker", "serve"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&serde_json::to_vec(setup)?)?;
    }
    let mut said = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut said)?;
    }
    if said.trim_end() == READY { Ok(()) } else { Err(io::Error::other("the worker did not start")) }
}

/// Is the worker until nobody needs it.
///
/// # Errors
/// There is no setup on standard input, or the place cannot be used.
pub async fn be() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().lock().take(1 << 20).read_to_string(&mut text)?;
    let setup: Setup = serde_json::from_str(&text)?;
    system::leave_terminal();
    let place = Place::of_user()?;
    let config = Embedded {
        kind: setup.runtime,
        model: setup.model.clone(),
        identity: setup.identity.clone(),
        prefix_dir: setup.prefix_dir.clone(),
        threads: setup.threads,
    };
    let backend = config.start()?;
    tracing::info!(model = setup.name, "the worker starts");
    serve(&place, setup, backend, say_ready, read_up).await
}

/// Learns what this machine's programs say of themselves, so that no request waits for that. Its thread comes last at the
/// processor, and it ends with the worker: the file is replaced as a whole or not at all.
fn read_up() {
    let spawned = std::thread::Builder::new().name("read-up".to_owned()).spawn(|| {
        system::come_last();
        let Ok(context) = probe::capture(probe::shell()) else { return };
        let knowledge = verify::knowledge(context.userland);
        let known = knowledge.warm_listed();
        let saved = knowledge.save();
        tracing::info!(known, ?saved, "read what programs say of themselves");
    });
    if let Err(error) = spawned {
        tracing::debug!(%error, "no thread to read in");
    }
}

/// Says so and lets go of the pipe, whose other end is gone soon.
fn say_ready() {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{READY}").and_then(|()| out.flush());
    drop(out);
    system::let_go_of_output();
}
