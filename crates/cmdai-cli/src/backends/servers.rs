//! The servers of the settings, as backends.
//!
//! A server that cannot be used as it is set up, for example because its key is missing, stays in the list with the reason. Secrets are
//! hidden from every prompt that leaves this machine, whatever the history does with them.

use crate::errors::chain;
use crate::settings;
use cmdai_backends::remote::{Ollama, OpenAi, Redact, RemoteBackend, RemoteConfig, Retries, Secret, Timeouts};
use cmdai_backends::select::{Candidate, Kind, Place};
use cmdai_config::{Backend, BackendKind, Environment, Settings};
use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use futures_core::stream::BoxStream;
use std::path::Path;
use std::sync::Arc;

/// Name of the embedded backend.
pub const EMBEDDED: &str = "embedded";

/// One server of the settings.
pub struct Server {
    /// The user's name for it.
    pub name: String,
    /// Its protocol.
    pub kind: Kind,
    /// Its address, without user and password.
    pub url: String,
    /// The model it is asked for.
    pub model: String,
    /// How it is asked, or why it cannot be.
    pub backend: Result<Arc<dyn RemoteBackend>, String>,
    /// What a person should be told of the way it is set up, although it can be used.
    pub notice: Option<String>,
    allowed: bool,
}

impl Server {
    /// Where it computes; what is not set up well counts as elsewhere.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.backend {
            Ok(backend) if backend.is_local() => Place::Local,
            _ => Place::Remote,
        }
    }

    /// Whether prompts may go there if it is another machine.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        self.allowed
    }

    /// Has the model loaded beside what else is done, where the protocol can ask for that. A failure will be that of the request.
    pub(super) fn preload(&self) {
        if let Ok(backend) = &self.backend {
            let backend = Arc::clone(backend);
            tokio::spawn(
                async move { backend.preload().await.inspect_err(|error| tracing::debug!(%error, "preload")) },
            );
        }
    }

    /// As one to be chosen from.
    #[must_use]
    pub fn candidate(&self, settings: &Settings) -> Candidate {
        let mut candidate = Candidate::new(&self.name, self.kind, self.place(), &self.model);
        candidate.unavailable = match &self.backend {
            Err(why) => Some(why.clone()),
            // Where none is allowed the selection says so itself.
            Ok(_) if self.place() == Place::Remote && !self.allowed && some_allowed(settings) => {
                Some(format!("it is on another machine, and backends.{}.allow_remote is not set", self.name))
            }
            Ok(_) => None,
        };
        candidate
    }
}

fn some_allowed(settings: &Settings) -> bool {
    settings.backends.values().any(|one| one.allow_remote.unwrap_or(settings.backend.allow_remote))
}

/// All of them, by name.
#[must_use]
pub fn servers(settings: &Settings) -> Vec<Server> {
    let redactor = settings::redactor(settings).hiding();
    let redact: Redact = Arc::new(move |text| redactor.redact(text).text);
    let environment = std::env::vars_os().collect();
    settings.backends.iter().map(|(name, one)| server(name, one, &environment, &redact, settings)).collect()
}

fn server(name: &str, own: &Backend, environment: &Environment, redact: &Redact, settings: &Settings) -> Server {
    let kind = match own.kind {
        Some(BackendKind::OpenAi) => Kind::OpenAi,
        Some(BackendKind::Ollama) | None => Kind::Ollama,
    };
    let key = key(own, environment);
    let is_open = matches!(key, Ok(Some((_, true))));
    let notice = own
        .key_file
        .as_ref()
        .filter(|_| is_open)
        .map(|path| format!("others can read the key of `{name}`: `chmod 600 {}` keeps it to you", path.display()));
    let backend = key.and_then(|key| {
        let config = RemoteConfig {
            key: key.map(|(key, _)| key),
            certificates: own.ca_file.as_deref().map(certificates).transpose()?,
            timeouts: Timeouts {
                connect: own.connect_timeout,
                first_chunk: own.first_chunk_timeout,
                idle: own.idle_timeout,
                total: own.total_timeout,
                probe: own.probe_timeout,
            },
            retries: Retries { most: own.retries, ..Retries::default() },
            redact: Some(Arc::clone(redact)),
            ..RemoteConfig::new(name, &own.url, &own.model)
        };
        make(kind, config, settings).map_err(|error| error.to_string())
    });
    let allowed = own.allow_remote.unwrap_or(settings.backend.allow_remote);
    let url = backend.as_ref().map_or_else(|_| own.url.clone(), |made| shown(&made.config().url));
    Server { name: name.to_owned(), kind, url, model: own.model.clone(), backend, notice, allowed }
}

fn make(
    kind: Kind,
    config: RemoteConfig,
    settings: &Settings,
) -> Result<Arc<dyn RemoteBackend>, cmdai_backends::remote::ConfigError> {
    Ok(match kind {
        Kind::OpenAi => Arc::new(OpenAi::new(config, None)?),
        _ => Arc::new(Ollama::new(config, Some(settings.worker.keep_alive))?),
    })
}

/// The address without what stands before the `@`.
fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"))
}

/// The key of a server, as it is sent, and whether others can read its file.
fn key(own: &Backend, environment: &Environment) -> Result<Option<(Secret, bool)>, String> {
    let Some(found) = own.key(environment).map_err(|error| chain(&error))? else { return Ok(None) };
    let secret = Secret::new(found.key.reveal()).ok_or("its key is not one line of plain characters")?;
    Ok(Some((secret, found.is_open)))
}

fn certificates(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("its certificates {}: {error}", path.display()))
}

/// A server as a plain backend.
pub(super) struct Shared(pub(super) Arc<dyn RemoteBackend>);

impl Generate for Shared {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>> {
        self.0.generate(prompt, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_of_a_server_reaches_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        std::fs::write(&file, "k").unwrap();
        let tried = |field: &str| {
            let text =
                format!("[backends.desk]\nkind = \"openai\"\nmodel = \"m\"\nurl = \"http://127.0.0.1:1\"\n{field}\n");
            let source = cmdai_config::Source::new(cmdai_config::Layer::User, dir.path().join("config.toml"), text);
            let loaded = cmdai_config::combine(&[source], &cmdai_config::Environment::empty(), &[], None, None);
            assert_eq!(loaded.diagnostics, []);
            servers(&loaded.settings).remove(0).backend
        };
        let with = |field: &str| tried(field).unwrap();
        let seconds = std::time::Duration::from_secs;
        for (field, value) in [
            ("connect_timeout", (|t: &Timeouts| t.connect) as fn(&Timeouts) -> std::time::Duration),
            ("first_chunk_timeout", |t| t.first_chunk),
            ("idle_timeout", |t| t.idle),
            ("total_timeout", |t| t.total),
            ("probe_timeout", |t| t.probe),
        ] {
            for number in [7, 8] {
                assert_eq!(value(&with(&format!("{field} = {number}")).config().timeouts), seconds(number), "{field}");
            }
        }
        for number in [0, 4] {
            assert_eq!(with(&format!("retries = {number}")).config().retries.most, number);
        }
        assert!(with("").config().key.is_none() && with("key_file = \"key\"").config().key.is_some());
        // The file is read, and holds no certificate.
        assert!(tried("ca_file = \"key\"").is_err());
    }

    #[test]
    fn addresses_are_shown_without_passwords() {
        for (url, expected) in [
            ("http://ada:pw@box:1/v1", "http://box:1/v1"),
            ("http://box", "http://box"),
            ("http://box/a@b", "http://box/a@b"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }
}
