//! The hub's part of HTTP: one resolving address, pinned revisions, redirects followed by hand.
//!
//! Redirects are ours to follow because the hub sends files from other hosts: the token must not go there, and what the hub says of
//! the file stands in the redirect itself.

use super::error::{SourceError, without_passwords};
use super::options::PullOptions;
use crate::model::catalog::CatalogEntry;
use reqwest::header::RETRY_AFTER;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE, LOCATION, RANGE,
};
use reqwest::{Client, Method, Response, Url, redirect};
use std::error::Error as _;
use std::time::Duration;

const MOST_REDIRECTS: usize = 10;

pub(super) struct Hub<'a> {
    client: Client,
    options: &'a PullOptions,
    entry: &'a CatalogEntry,
    base: Url,
}

/// What the hub says of the file before any of it is sent.
pub(super) struct Pinned {
    pub(super) revision: String,
    pub(super) etag: Option<String>,
}

impl<'a> Hub<'a> {
    pub(super) fn new(entry: &'a CatalogEntry, options: &'a PullOptions) -> Result<Self, SourceError> {
        let bad = || SourceError::BadEndpoint { endpoint: without_passwords(&options.endpoint) };
        let base = Url::parse(&options.endpoint).map_err(|_| bad())?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(bad());
        }
        // Refused only if the program has chosen a provider already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("cmdai/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(options.connect_timeout)
            .build()
            .map_err(|error| unreachable(&base, &error))?;
        Ok(Self { client, options, entry, base })
    }

    /// The address of the file at a revision, as it may be shown.
    pub(super) fn location(&self, revision: &str) -> String {
        let endpoint = without_passwords(&self.options.endpoint);
        let endpoint = endpoint.trim_end_matches('/');
        format!("{endpoint}/{}/resolve/{revision}/{}", self.entry.hub_repo, self.entry.file)
    }

    /// Asks what `main` is now, so that all later requests get the same bytes.
    pub(super) async fn pin(&self) -> Result<Pinned, SourceError> {
        let told = |response: &Response| header(response, "x-linked-etag").is_some();
        let mut none = HeaderMap::new();
        none.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let response = self.send(&Method::HEAD, "main", none, told).await?;
        let status = response.status();
        if matches!(status.as_u16(), 405 | 501) {
            return Ok(Pinned { revision: "main".to_owned(), etag: None });
        }
        if !status.is_success() && !told(&response) {
            return Err(refused(&response));
        }
        let linked_size = header(&response, "x-linked-size");
        let plain_size = header(&response, CONTENT_LENGTH.as_str()).filter(|_| status.is_success());
        let size = linked_size.or(plain_size).and_then(|size| size.parse().ok());
        if let Some(actual) = size.filter(|size| *size != self.entry.bytes) {
            return Err(SourceError::Size { expected: self.entry.bytes, actual });
        }
        let etag = header(&response, "x-linked-etag").or_else(|| header(&response, ETAG.as_str()));
        let named = etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_lowercase());
        let is_hash = |name: &String| name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
        if let Some(actual) = named.filter(is_hash).filter(|name| name != self.entry.sha256) {
            return Err(SourceError::OtherFile { expected: self.entry.sha256.to_owned(), actual });
        }
        let is_commit = |name: &&str| name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
        let revision = header(&response, "x-repo-commit").filter(is_commit).unwrap_or("main").to_owned();
        Ok(Pinned { revision, etag: etag.map(str::to_owned) })
    }

    /// Asks for the bytes from `from` on, if they are still those of `validator`.
    pub(super) async fn get(
        &self,
        revision: &str,
        from: u64,
        validator: Option<&str>,
    ) -> Result<Response, SourceError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if from > 0 {
            headers.insert(
                RANGE,
                HeaderValue::from_str(&format!("bytes={from}-")).unwrap_or(HeaderValue::from_static("")),
            );
            if let Some(validator) = validator.and_then(|etag| HeaderValue::from_str(etag).ok()) {
                headers.insert(IF_RANGE, validator);
            }
        }
        self.send(&Method::GET, revision, headers, |_| false).await
    }

    /// Follows redirects until an answer that is none, or one that tells enough.
    async fn send(
        &self,
        method: &Method,
        revision: &str,
        headers: HeaderMap,
        told: impl Fn(&Response) -> bool,
    ) -> Result<Response, SourceError> {
        let path = format!("{}/resolve/{revision}/{}", self.entry.hub_repo, self.entry.file);
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        for _ in 0..=MOST_REDIRECTS {
            let mut request = self.client.request(method.clone(), url.clone()).headers(headers.clone());
            if let Some(token) = self.options.token.as_ref().filter(|_| url.origin() == self.base.origin()) {
                request = request.bearer_auth(token.reveal());
            }
            let patience = self.options.connect_timeout + self.options.idle_timeout;
            let response = match tokio::time::timeout(patience, request.send()).await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => return Err(unreachable(&url, &error)),
                Err(_) => return Err(SourceError::Stalled { after: self.options.idle_timeout, done: 0 }),
            };
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) || told(&response) {
                return Ok(response);
            }
            url = next(&url, &response)?;
        }
        Err(SourceError::Redirect { host: host(&url), problem: "in a circle" })
    }
}

/// Where a redirect leads.
fn next(url: &Url, response: &Response) -> Result<Url, SourceError> {
    let wrong = |problem| SourceError::Redirect { host: host(url), problem };
    let location = header(response, LOCATION.as_str()).ok_or_else(|| wrong("nowhere"))?;
    let next = url.join(location).map_err(|_| wrong("nowhere"))?;
    match (url.scheme(), next.scheme()) {
        (_, "https") | ("http", "http") => Ok(next),
        ("https", "http") => Err(wrong("from HTTPS to HTTP")),
        _ => Err(wrong("out of HTTP")),
    }
}

/// An answer that is an error, with the wait it asks for.
pub(super) fn refused(response: &Response) -> SourceError {
    let wait = header(response, RETRY_AFTER.as_str()).and_then(|text| retry_after(text, chrono::Utc::now()));
    SourceError::Status { host: host(response.url()), status: response.status().as_u16(), retry_after: wait }
}

/// A number of seconds, or a date.
fn retry_after(text: &str, now: chrono::DateTime<chrono::Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = chrono::DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}

/// The `ETag` a later `If-Range` may use: a weak one promises too little.
pub(super) fn strong_etag(response: &Response) -> Option<String> {
    header(response, ETAG.as_str()).filter(|etag| !etag.starts_with("W/")).map(str::to_owned)
}

pub(super) fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(HeaderName::from_bytes(name.as_bytes()).ok()?)?.to_str().ok()
}

fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

/// The innermost cause says most: the layers above it repeat each other, and the outermost may contain the address.
fn unreachable(url: &Url, error: &reqwest::Error) -> SourceError {
    let mut cause = error.source();
    let mut text = if error.is_timeout() { "it took too long" } else { "the connection failed" }.to_owned();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    SourceError::Unreachable { host: host(url), cause: without_passwords(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = chrono::DateTime::parse_from_rfc2822("Fri, 01 Jan 2027 00:00:00 GMT").unwrap().to_utc();
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(retry_after(text, now), expected.map(Duration::from_secs), "{text}");
        };
        check("120", Some(120));
        check("Fri, 01 Jan 2027 00:01:30 GMT", Some(90));
        check("Thu, 31 Dec 2026 00:00:00 GMT", Some(0));
        check("soon", None);
    }
}
