//! The part of HTTP that all servers share: one address, one key, limits of time and size, errors that say what happened.
//!
//! Redirects are not followed: key and prompt go where the user said and nowhere else (held by
//! `a_redirect_gets_neither_key_nor_prompt`). This machine is never asked through a proxy, which would see the prompt.

use super::config::{ConfigError, RemoteConfig};
use super::endpoint::{Endpoint, shown_target};
use super::events::{Events, Framing};
use super::pace::Pace;
use super::refusal;
use cmdai_core::server_error::{ServerError, ServerFailure, Wait};
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::error::Error as _;
use std::sync::OnceLock;

/// Most bytes of an answer that is not streamed, such as a list of models.
const LARGEST: usize = 4 * 1024 * 1024;

/// A server, ready to be asked.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) config: RemoteConfig,
    endpoint: Endpoint,
    /// Those that the system does not have.
    certificates: Vec<Certificate>,
    /// Made when first needed: reading the system's certificates takes milliseconds.
    client: OnceLock<Result<Client, String>>,
}

impl Wire {
    pub(super) fn new(config: RemoteConfig) -> Result<Self, ConfigError> {
        let endpoint = Endpoint::parse(&config.url)?;
        if !endpoint.is_local() && config.redact.is_none() {
            return Err(ConfigError::Unredacted { url: endpoint.shown().to_owned() });
        }
        let certificates = match &config.certificates {
            None => Vec::new(),
            Some(pem) => Certificate::from_pem_bundle(pem)
                .ok()
                .filter(|found| !found.is_empty())
                .ok_or_else(|| ConfigError::BadCertificates { url: endpoint.shown().to_owned() })?,
        };
        Ok(Self { config, endpoint, certificates, client: OnceLock::new() })
    }

    /// Whether it is this machine, so that nothing leaves it.
    pub(super) fn is_local(&self) -> bool {
        self.endpoint.is_local()
    }

    /// The text as it may go to this server.
    pub(super) fn outgoing(&self, text: &str) -> String {
        match &self.config.redact {
            Some(redact) if !self.is_local() => redact(text),
            _ => text.to_owned(),
        }
    }

    /// Says whose failure it is.
    pub(super) fn error(&self, failure: ServerFailure) -> ServerError {
        ServerError { url: self.endpoint.shown().to_owned(), failure }
    }

    /// Asks for a small JSON answer; with `body` by POST.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        path: &str,
        body: Option<&Value>,
        pace: &mut Pace,
    ) -> Result<T, ServerFailure> {
        let response = self.ask(path, body, &["application/json", "text/json"], pace).await?;
        let bytes = read_whole(response, LARGEST, pace).await?;
        serde_json::from_slice(&bytes).map_err(|error| malformed(&error))
    }

    /// Asks for a stream of events.
    pub(super) async fn stream(
        &self,
        path: &str,
        body: &Value,
        framing: Framing,
        pace: &mut Pace,
    ) -> Result<Events, ServerFailure> {
        Ok(Events::new(self.ask(path, Some(body), framing.content_types(), pace).await?, framing))
    }

    /// Asks until there is an answer that is a success of the right kind, or a failure that asking again does not mend.
    async fn ask(
        &self,
        path: &str,
        body: Option<&Value>,
        kinds: &[&str],
        pace: &mut Pace,
    ) -> Result<Response, ServerFailure> {
        for tries in 1.. {
            pace.restart();
            let failure = match self.ask_once(path, body, kinds, pace).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let pause = self.config.retries.pause(tries, &failure, self.is_local(), fastrand::f64());
            match pause.filter(|pause| pace.allows(*pause)) {
                Some(pause) => {
                    tracing::debug!(%failure, ?pause, tries, "a server is asked again");
                    tokio::time::sleep(pause).await;
                }
                None => return Err(failure),
            }
        }
        Err(ServerFailure::Closed)
    }

    async fn ask_once(
        &self,
        path: &str,
        body: Option<&Value>,
        kinds: &[&str],
        pace: &Pace,
    ) -> Result<Response, ServerFailure> {
        let request = self.request(path, body, kinds)?;
        let response = pace.limit(request.send()).await?.map_err(|error| self.broken(&error))?;
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
            return Err(ServerFailure::Redirect { to: shown_target(to) });
        }
        if !status.is_success() {
            return Err(refusal::read(response, &self.config, pace).await);
        }
        let kind = response.headers().get(CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()));
        let kind = kind.as_deref().and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if kind.is_empty() || kinds.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
            return Ok(response);
        }
        Err(ServerFailure::ContentType { found: super::text::printable(kind) })
    }

    fn request(&self, path: &str, body: Option<&Value>, kinds: &[&str]) -> Result<RequestBuilder, ServerFailure> {
        let client = self.client.get_or_init(|| self.make_client());
        let client = client.as_ref().map_err(|cause| ServerFailure::Unreachable { cause: cause.clone() })?;
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = client.request(method, self.endpoint.at(path)).header(ACCEPT, kinds.join(", "));
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        if let Some(key) = &self.config.key {
            request = request.bearer_auth(key.reveal());
        }
        Ok(request)
    }

    fn make_client(&self) -> Result<Client, String> {
        // Refused only if the program has chosen a provider already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .user_agent(concat!("cmdai/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(self.config.timeouts.connect);
        let builder = match self.certificates.as_slice() {
            [] => builder,
            own => builder.tls_certs_merge(own.iter().cloned()),
        };
        let builder = if self.is_local() { builder.no_proxy() } else { builder };
        builder.build().map_err(|error| innermost(&error))
    }

    /// A request that got no answer.
    fn broken(&self, error: &reqwest::Error) -> ServerFailure {
        if !error.is_connect() {
            return ServerFailure::Closed;
        }
        if error.is_timeout() {
            return ServerFailure::Timeout { wait: Wait::Connection, limit: self.config.timeouts.connect };
        }
        ServerFailure::Unreachable { cause: innermost(error) }
    }
}

/// Reads a body that must not be larger than `limit`.
pub(super) async fn read_whole(mut response: Response, limit: usize, pace: &Pace) -> Result<Vec<u8>, ServerFailure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = pace.limit(response.chunk()).await?.map_err(|_| ServerFailure::Closed)? {
        if bytes.len() + chunk.len() > limit {
            return Err(ServerFailure::TooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What is wrong with JSON, without quoting it: it may hold the model's text.
pub(super) fn malformed(error: &serde_json::Error) -> ServerFailure {
    let what = match error.classify() {
        serde_json::error::Category::Data => "unexpected JSON",
        serde_json::error::Category::Eof => "JSON that ends too early",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "not JSON",
    };
    ServerFailure::Malformed { problem: format!("{what}, at byte {}", error.column()) }
}

/// The innermost cause says most; the layers above it repeat each other and may contain the address.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut text = "the connection failed".to_owned();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    super::text::printable(&text)
}
