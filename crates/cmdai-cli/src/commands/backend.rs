//! `cmdai backend`: who can answer, whether they do, and why which one is chosen.

use crate::backends::{self, EMBEDDED, Server};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags::{BackendAction, BackendArgs};
use crate::history::Memory;
use crate::models::{self, Consent};
use crate::say::{self, milliseconds};
use crate::{probe, terminal};
use cmdai_backends::model::ModelRef;
use cmdai_backends::select::{Percentiles, Place, Record};
use cmdai_config::Settings;
use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use cmdai_core::proposal::Collector;
use cmdai_core::request::{CommandRequest, Platform};
use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What a test asks; any model can answer it.
const QUESTION: &str = "print the name of the current directory";

/// Runs one action.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: BackendArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let servers = backends::servers(settings);
    servers.iter().filter_map(|server| server.notice.as_deref()).for_each(say::warn);
    match args.action {
        BackendAction::List { json } => list(settings, &servers, json),
        BackendAction::Test { names, json } => test(settings, &servers, &names, json).await,
        BackendAction::Status { json } => status(settings, &servers, json).await,
    }
}

fn list(settings: &Settings, servers: &[Server], json: bool) -> Result<ExitCode, Failure> {
    if json {
        let (kind, why, problem) = match models::runtime_of(&settings.model) {
            Ok(chosen) => (Some(chosen.kind), Some(chosen.why.to_string()), None),
            Err(error) => (None, None, Some(error.to_string())),
        };
        let embedded = json!({ "name": EMBEDDED, "kind": kind, "why": why, "place": Place::Local, "url": null, "model": settings.model.default, "problem": problem });
        let others = servers.iter().map(|one| {
            json!({ "name": one.name, "kind": one.kind, "place": one.place(), "url": one.url, "model": one.model, "problem": one.backend.as_ref().err() })
        });
        let all: Vec<Value> = std::iter::once(embedded).chain(others).collect();
        say::json(json!({ "backends": all }))?;
        return Ok(ExitCode::Ok);
    }
    say::line(&format!("{:<16} {:<15} {:<28} {}", "NAME", "KIND", "MODEL", "ADDRESS"))?;
    let (kind, why) = match models::runtime_of(&settings.model) {
        Ok(chosen) => (chosen.kind.to_string(), chosen.why.to_string()),
        Err(error) => ("none".to_owned(), error.to_string()),
    };
    let model = terminal::sanitize(&settings.model.default);
    say::line(&format!("{EMBEDDED:<16} {kind:<15} {model:<28} in cmdai itself   ({})", terminal::sanitize(&why)))?;
    for one in servers {
        let place = if one.backend.is_ok() && one.place() == Place::Remote { ", another machine" } else { "" };
        let problem = one.backend.as_ref().err().map_or_else(String::new, |why| format!("   ({why})"));
        say::line(&format!("{:<16} {:<15} {:<28} {}{place}{problem}", one.name, one.kind, one.model, one.url))?;
    }
    if servers.is_empty() {
        say::line("\nServers are added in the settings: [backends.NAME] with kind, url and model.")?;
    }
    Ok(ExitCode::Ok)
}

/// One real request to each; ends with 8 if one of them does not answer.
async fn test(settings: &Settings, servers: &[Server], names: &[String], json: bool) -> Result<ExitCode, Failure> {
    let known: Vec<&str> = std::iter::once(EMBEDDED).chain(servers.iter().map(|one| one.name.as_str())).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        let known = known.iter().map(ToString::to_string).collect();
        return Err(Failure::UnknownBackend { name: unknown.clone(), known });
    }
    let mut code = ExitCode::Ok;
    let mut results = Vec::new();
    for name in known.into_iter().filter(|known| names.is_empty() || names.iter().any(|name| name == known)) {
        let result = ask(settings, servers, name).await;
        if result.is_err() {
            code = ExitCode::NoBackend;
        }
        if json {
            results.push(match result {
                Ok(tested) => json!({ "name": name, "answered": true, "command": tested.command, "first_chunk_ms": tested.first_chunk.map(milliseconds), "total_ms": milliseconds(tested.total) }),
                Err(why) => json!({ "name": name, "answered": false, "problem": why }),
            });
            continue;
        }
        say::line(&match result {
            Ok(tested) => {
                let first = tested
                    .first_chunk
                    .map_or_else(String::new, |time| format!("first text after {} ms, ", time.as_millis()));
                let command = terminal::sanitize(&tested.command.replace('\n', " "));
                format!("{name:<16} answers: {first}all of it after {} ms: {command}", tested.total.as_millis())
            }
            Err(why) => format!("{name:<16} does not answer: {}", terminal::sanitize(&why)),
        })?;
    }
    if json {
        say::json(json!({ "backends": results }))?;
    }
    Ok(code)
}

/// What a backend answered.
pub(crate) struct Tested {
    pub(crate) command: String,
    pub(crate) first_chunk: Option<Duration>,
    pub(crate) total: Duration,
}

/// Has one backend begin with one small command, without fetching anything.
pub(crate) async fn begin(
    settings: &Settings,
    servers: &[Server],
    name: &str,
    options: &GenerateOptions,
) -> Result<BoxStream<'static, Result<Chunk, GenerateError>>, String> {
    let shell = settings.interface.shell.unwrap_or_else(probe::shell);
    let request = CommandRequest::new(QUESTION, shell, Platform::current()).map_err(|error| error.to_string())?;
    let context = probe::capture(shell).map_err(|error| error.to_string())?;
    let prompt = Prompt::new(&request, &context);
    if name == EMBEDDED {
        let model = ModelRef::parse(&settings.model.default).map_err(|error| error.to_string())?;
        let file = models::obtain(&model, Consent::Impossible, true).await.map_err(|error| error.to_string())?;
        let runtime = models::runtime(&settings.model, &file.path).map_err(|error| error.to_string())?.kind;
        let backend = backends::start(&settings.worker, &file, runtime).map_err(|error| error.to_string())?;
        // Not waited for at the end, like the one of a request.
        let backend: &'static dyn Generate = Box::leak(backend);
        return Ok(backend.generate(&prompt, options));
    }
    let server = servers.iter().find(|one| one.name == name).ok_or("it is not in the settings")?;
    let backend = server.backend.as_ref().map_err(Clone::clone)?;
    if let Some(why) = server.candidate(settings).unavailable {
        return Err(why);
    }
    if server.place() == Place::Remote && !server.is_allowed() {
        return Err("it is on another machine, and backend.allow_remote is not set".to_owned());
    }
    Ok(backend.generate(&prompt, options))
}

/// Asks one backend for one small command, without fetching anything.
pub(crate) async fn ask(settings: &Settings, servers: &[Server], name: &str) -> Result<Tested, String> {
    let begun = Instant::now();
    let mut stream = begin(settings, servers, name, &GenerateOptions::default()).await?;
    let (mut collector, mut first_chunk) = (Collector::default(), None);
    let limited = tokio::time::timeout(settings.request.timeout, async {
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| error.to_string())?;
            if matches!(chunk, Chunk::Text { .. }) {
                first_chunk.get_or_insert_with(|| begun.elapsed());
            }
            collector.push(&chunk);
        }
        Ok::<_, String>(())
    });
    limited.await.map_err(|_| format!("no answer within {} s", settings.request.timeout.as_secs_f32()))??;
    let total = begun.elapsed();
    let proposal = collector.into_proposal().map_err(|why| why.to_string())?;
    Ok(Tested { command: proposal.command, first_chunk, total })
}

async fn status(settings: &Settings, servers: &[Server], json: bool) -> Result<ExitCode, Failure> {
    let mut memory = Memory::open(settings);
    let begun = Instant::now();
    let plan = backends::plan(settings, servers, memory.learned()).await;
    let took = begun.elapsed();
    memory.keep_learned(&plan.learned);
    let (chosen, others) = match &plan.selection {
        Ok(selection) => (Some(selection), &selection.others),
        Err(nobody) => (None, &nobody.others),
    };
    let measured =
        |name: &str| plan.candidates.iter().find(|one| one.name == name).and_then(|one| plan.learned.of(&one.key()));
    if json {
        let others: Vec<Value> = others
            .iter()
            .map(|other| json!({ "name": other.name, "why_not": other.why_not.to_string(), "measured": measured(&other.name).map(figures) }))
            .collect();
        let chosen = chosen.map(|one| {
            json!({ "name": one.chosen, "why": one.why, "fallback": one.fallback, "measured": measured(&one.chosen).map(figures) })
        });
        say::json(json!({ "chosen": chosen, "others": others, "selection_ms": milliseconds(took) }))?;
    } else {
        if let Some(one) = chosen {
            say::line(&format!("{:<16} is asked: {}", one.chosen, one.why))?;
            say_measured(measured(&one.chosen))?;
            if !one.fallback.is_empty() {
                say::line(&format!("{:<16} if it fails: {}", "", one.fallback.join(", then ")))?;
            }
        }
        for other in others {
            say::line(&format!("{:<16} is not: {}", other.name, terminal::sanitize(&other.why_not.to_string())))?;
            say_measured(measured(&other.name))?;
        }
    }
    Ok(if chosen.is_some() { ExitCode::Ok } else { ExitCode::NoBackend })
}

fn say_measured(record: Option<&Record>) -> Result<(), Failure> {
    let Some(record) = record.filter(|record| record.attempts > 0) else { return Ok(()) };
    let times = |name: &str, times: Option<Percentiles>| {
        times
            .map(|t| format!(", {name} p50 {} ms, p95 {} ms", t.p50.as_millis(), t.p95.as_millis()))
            .unwrap_or_default()
    };
    let warm = times("warm", record.warm.total.percentiles());
    let cold = times("cold", record.cold.total.percentiles());
    say::line(&format!("{:<16} {} requests, {} failed{warm}{cold}", "", record.attempts, record.failures))
}

fn figures(record: &Record) -> Value {
    let of = |times: Option<Percentiles>| {
        times.map(|t| json!({ "p50_ms": milliseconds(t.p50), "p95_ms": milliseconds(t.p95) }))
    };
    let both = |times: &cmdai_backends::select::Times| json!({ "first_chunk": of(times.first_chunk.percentiles()), "total": of(times.total.percentiles()) });
    json!({
        "attempts": record.attempts, "failures": record.failures, "failures_in_a_row": record.failures_in_a_row,
        "last_failure": record.last_failure, "warm": both(&record.warm), "cold": both(&record.cold),
    })
}
