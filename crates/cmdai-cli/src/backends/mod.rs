//! Who answers a request: the embedded model, or one of the servers that the user set up.
//!
//! Without servers in the settings there is nothing to decide and nothing is measured or asked. With them, [`plan`] probes those of
//! which nothing recent is known and lets [`cmdai_backends::select`] decide; the chain that follows answers as one backend. What is
//! learned on the way is kept with the history.

mod servers;
mod source;

pub use servers::{EMBEDDED, Server, servers};
pub use source::{Answered, Source};

use crate::ask::input;
use crate::errors::Failure;
use crate::history::Memory;
use crate::models::{self, Consent};
use crate::say;
use chrono::Utc;
use cmdai_backends::embedded::cpu;
use cmdai_backends::model::{ModelError, ModelFile, ModelRef};
use cmdai_backends::select::{
    Candidate, Criteria, Fallback, Kind, Learned, Link, NoBackend, Other, Place, Policy, ProbeResult, Selection,
    select, to_probe,
};
use cmdai_config::{Fallback as Chain, Preferred, Settings};
use cmdai_core::generate::{Generate, GenerateError};
use futures_util::future::join_all;
use std::sync::Arc;

/// Nobody can answer.
#[derive(Debug, thiserror::Error)]
#[error("no backend can answer{}", reasons(.0))]
pub struct Unusable(pub NoBackend);

fn reasons(nobody: &NoBackend) -> String {
    let each = |other: &Other| format!("\n  `{}`: {}", other.name, other.why_not);
    nobody.others.iter().map(each).collect::<Vec<_>>().concat()
}

/// What is known before a request, and what follows.
#[derive(Debug)]
pub struct Plan {
    /// Everyone, the embedded one first.
    pub candidates: Vec<Candidate>,
    /// With what the probes found just now.
    pub learned: Learned,
    /// The decision.
    pub selection: Result<Selection, NoBackend>,
}

/// Decides who is asked, probing only what nothing recent is known of.
pub async fn plan(settings: &Settings, servers: &[Server], mut learned: Learned) -> Plan {
    let candidates: Vec<Candidate> = std::iter::once(embedded_candidate(settings))
        .chain(servers.iter().map(|server| server.candidate(settings)))
        .collect();
    let (criteria, policy) = (criteria(settings), policy(settings));
    let wanted = to_probe(&candidates, &learned, &criteria, &policy, Utc::now());
    let asked = wanted.iter().filter_map(|candidate| {
        let backend = servers.iter().find(|server| server.name == candidate.name)?.backend.as_ref().ok()?;
        Some(async { (candidate.key(), probe(backend.as_ref()).await) })
    });
    for (key, found) in join_all(asked).await {
        learned.probed(&key, found, Utc::now());
    }
    let mut selection = select(&candidates, &learned, &criteria, &policy, Utc::now());
    if let (Ok(selection), Chain::Only(names)) = (&mut selection, &settings.backend.fallback) {
        let allowed = std::mem::take(&mut selection.fallback);
        selection.fallback = names.iter().filter(|name| allowed.contains(name)).cloned().collect();
    }
    Plan { candidates, learned, selection }
}

/// Asks a server whether it is there and has its model.
pub(crate) async fn probe(backend: &dyn cmdai_backends::remote::RemoteBackend) -> ProbeResult {
    match backend.probe().await {
        Ok(found) => {
            let model = &backend.config().model;
            let loaded = found.models.iter().find(|one| one.name == *model).and_then(|one| one.loaded);
            ProbeResult::Up { has_model: found.has_model, loaded }
        }
        Err(error) => ProbeResult::Down { why: error.failure.to_string() },
    }
}

fn embedded_candidate(settings: &Settings) -> Candidate {
    let mut candidate = Candidate::new(EMBEDDED, Kind::EmbeddedLlama, Place::Local, &settings.model.default);
    let located = ModelRef::parse(&settings.model.default)
        .and_then(|model| models::store().locate(&model, &mut models::hashing(&model)));
    let runtime = located
        .map_err(|error| error.to_string())
        .and_then(|file| models::runtime(&settings.model, &file.path).map_err(|error| error.to_string()));
    match runtime {
        Ok(runtime) => candidate.kind = runtime.kind,
        Err(why) => candidate.unavailable = Some(why),
    }
    candidate
}

fn criteria(settings: &Settings) -> Criteria {
    Criteria {
        preferred: match &settings.backend.preferred {
            Preferred::Auto => None,
            Preferred::Embedded => Some(EMBEDDED.to_owned()),
            Preferred::Named(name) => Some(name.clone()),
        },
        max_response: settings.backend.max_response,
        // Each remote server has its own permission, or the common one; those without are not available.
        allow_remote: settings.backends.values().any(|one| one.allow_remote.unwrap_or(settings.backend.allow_remote)),
        ..Criteria::default()
    }
}

fn policy(settings: &Settings) -> Policy {
    let own = &settings.backend;
    Policy { failures: own.rest_after, rest: own.rest, longest_rest: own.longest_rest, ..Policy::default() }
}

/// The backend for one request, and who is behind it.
///
/// # Errors
/// Nobody can answer, or the model could not be had.
pub async fn choose(
    settings: &Settings,
    consent: Consent,
    memory: &mut Memory,
) -> Result<(Box<dyn Generate>, Source), Failure> {
    if settings.backends.is_empty() {
        return alone(settings, consent).await;
    }
    let servers = servers(settings);
    let plan = plan(settings, &servers, memory.learned()).await;
    let selection = match plan.selection {
        Ok(selection) => selection,
        // What is missing can be fetched, and asking for that is better than giving up.
        Err(_) if embedded_is_missing(settings) => return alone(settings, consent).await,
        Err(nobody) => return Err(Unusable(nobody).into()),
    };
    tracing::info!(chosen = selection.chosen, why = selection.why, fallback = ?selection.fallback, "backend");
    let chain: Vec<&String> = std::iter::once(&selection.chosen).chain(&selection.fallback).collect();
    // Reading a pipe may take as long as whatever fills it; elsewhere the request itself comes at once.
    if input::is_piped()
        && let Some(server) = servers.iter().find(|one| one.name == selection.chosen)
    {
        server.preload();
    }
    let mut links = Vec::new();
    for name in &chain {
        if name.as_str() == EMBEDDED {
            let file = obtain(settings, consent).await?;
            links.push(embedded_link(settings, models::runtime(&settings.model, &file.path)?.kind, file));
        } else if let Some(Ok(backend)) = servers.iter().find(|one| one.name == **name).map(|one| &one.backend) {
            let backend: Arc<dyn Generate> = Arc::new(servers::Shared(Arc::clone(backend)));
            links.push(Link::ready(name, backend));
        }
    }
    let source = Source::of_chain(&chain, &plan.candidates, plan.learned, &servers);
    let asked = servers.iter().filter(|server| chain.contains(&&server.name));
    asked.filter_map(|server| server.notice.clone()).for_each(|notice| source.say(notice));
    if let Preferred::Named(wanted) = &settings.backend.preferred
        && let Some(other) = selection.others.iter().find(|other| other.name == *wanted)
    {
        source.say(format!("`{wanted}` was not asked, but `{}`: {}", selection.chosen, other.why_not));
    }
    let patience =
        settings.backends.values().map(|one| one.first_chunk_timeout).max().unwrap_or(settings.request.timeout);
    let watch = source.watch();
    let backend = Fallback::new(links, patience, settings.request.timeout, move |notice| watch(notice));
    Ok((Box::new(backend), source))
}

fn embedded_is_missing(settings: &Settings) -> bool {
    let Ok(model) = ModelRef::parse(&settings.model.default) else { return false };
    let located = models::store().locate(&model, &mut models::hashing(&model));
    matches!(located, Err(ModelError::NotInstalled { .. }))
}

/// The embedded backend and nobody else.
async fn alone(settings: &Settings, consent: Consent) -> Result<(Box<dyn Generate>, Source), Failure> {
    let file = obtain(settings, consent).await?;
    let runtime = models::runtime(&settings.model, &file.path)?.kind;
    let backend = start(&settings.worker, &file, runtime).map_err(Failure::Runtime)?;
    Ok((backend, Source::new(&runtime.to_string(), Some(file.id))))
}

async fn obtain(settings: &Settings, consent: Consent) -> Result<ModelFile, Failure> {
    let file = models::obtain(&ModelRef::parse(&settings.model.default)?, consent, settings.model.offline).await?;
    warn_of_slow_build();
    Ok(file)
}

fn embedded_link(settings: &Settings, runtime: Kind, file: ModelFile) -> Link {
    let worker = settings.worker.clone();
    Link::new(EMBEDDED, move || {
        let backend = start(&worker, &file, runtime).map_err(|error| GenerateError::Load(error.to_string()))?;
        Ok(Arc::from(backend))
    })
}

/// The worker where one can be used, else the model in this process. Starts loading or connecting at once where that helps.
///
/// # Errors
/// The system has no thread left.
pub fn start(settings: &cmdai_config::Worker, file: &ModelFile, runtime: Kind) -> std::io::Result<Box<dyn Generate>> {
    if settings.enabled
        && let Some(worker) = crate::worker::client(settings, file, runtime)
    {
        return Ok(Box::new(worker));
    }
    models::config(file, runtime).start()
}

fn warn_of_slow_build() {
    let unused = cpu::unused_instruction_sets();
    if !unused.is_empty() {
        say::warn(&format!(
            "this build does not use {} of this processor and is many times slower than it could be; \
             build it inside the repository, without RUSTFLAGS of your own",
            unused.join(", ")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_setting_of_the_choice_reaches_it() {
        let with = |text: &str| {
            let source = cmdai_config::Source::new(cmdai_config::Layer::User, "/u", text);
            let loaded = cmdai_config::combine(&[source], &cmdai_config::Environment::empty(), &[], None, None);
            assert_eq!(loaded.diagnostics, []);
            loaded.settings
        };
        for number in [2, 5] {
            let settings = with(&format!(
                "[backend]\nmax_response = {number}\nrest_after = {number}\nrest = {number}\nlongest_rest = {number}\n"
            ));
            let (time, policy) = (Duration::from_secs(number), policy(&settings));
            assert_eq!(criteria(&settings).max_response, Some(time));
            assert_eq!((u64::from(policy.failures), policy.rest, policy.longest_rest), (number, time, time));
        }
    }
}
