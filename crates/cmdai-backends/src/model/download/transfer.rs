//! The second source: the file from the hub over HTTPS, again and again until it is whole or nothing more comes.

use super::Listener;
use super::error::{SourceError, Trouble};
use super::event::{PullEvent, Source};
use super::hub::{Hub, Pinned, header, refused, strong_etag};
use super::options::PullOptions;
use super::partial::Partial;
use crate::model::catalog::CatalogEntry;
use reqwest::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE};
use std::time::Duration;

/// Fills the partial.
pub(super) async fn fetch(
    entry: &CatalogEntry,
    options: &PullOptions,
    partial: &mut Partial<'_>,
    progress: Listener<'_>,
) -> Result<(), Trouble> {
    let hub = Hub::new(entry, options)?;
    progress(PullEvent::Source { source: Source::Hub, location: hub.location("main") });
    let pinned = pin(&hub, options, progress).await?;
    let same = partial.note().etag.is_some() && partial.note().etag == pinned.etag;
    let keep = if same { partial.length() } else { 0 };
    partial.take_up(keep, progress).await?;
    partial.write_note(|note| {
        note.source = hub.location(&pinned.revision);
        note.etag.clone_from(&pinned.etag);
        note.parts.clear();
        if keep == 0 {
            note.validator = None;
        }
    })?;
    let mut furthest = partial.done();
    let mut patience = Patience::new(options);
    while let Err(trouble) = advance(&hub, &pinned, entry, options, partial, progress).await {
        if partial.done() > furthest {
            furthest = partial.done();
            patience = Patience::new(options);
        }
        patience.wait(trouble, progress).await?;
    }
    Ok(())
}

/// Asks until there is an answer. A hub that cannot be reached at all is not asked twice: there is another source.
async fn pin(hub: &Hub<'_>, options: &PullOptions, progress: Listener<'_>) -> Result<Pinned, Trouble> {
    let mut patience = Patience::new(options);
    loop {
        match hub.pin().await {
            Ok(pinned) => return Ok(pinned),
            Err(error @ SourceError::Unreachable { .. }) => return Err(error.into()),
            Err(error) => patience.wait(error.into(), progress).await?,
        }
    }
}

/// One request, to the end of the file or to the first trouble.
async fn advance(
    hub: &Hub<'_>,
    pinned: &Pinned,
    entry: &CatalogEntry,
    options: &PullOptions,
    partial: &mut Partial<'_>,
    progress: Listener<'_>,
) -> Result<(), Trouble> {
    if partial.done() == entry.bytes {
        return Ok(());
    }
    let validator = partial.note().validator.clone();
    let mut response = hub.get(&pinned.revision, partial.done(), validator.as_deref()).await?;
    accept(&response, entry, partial)?;
    let etag = strong_etag(&response);
    partial.write_note(|note| note.validator = etag)?;
    loop {
        let done = partial.done();
        let chunk = match tokio::time::timeout(options.idle_timeout, response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) if done == entry.bytes => return Ok(()),
            Ok(Ok(None) | Err(_)) => return Err(SourceError::Interrupted { done, total: entry.bytes }.into()),
            Err(_) => return Err(SourceError::Stalled { after: options.idle_timeout, done }.into()),
        };
        partial.append(&chunk)?;
        progress(PullEvent::Progress { done: partial.done(), total: entry.bytes });
    }
}

/// Makes the partial fit what the server is about to send.
fn accept(response: &Response, entry: &CatalogEntry, partial: &mut Partial<'_>) -> Result<(), Trouble> {
    match response.status().as_u16() {
        200 => {
            let length = header(response, CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
            if let Some(actual) = length.filter(|length| *length != entry.bytes) {
                return Err(SourceError::Size { expected: entry.bytes, actual }.into());
            }
            Ok(partial.restart()?)
        }
        206 => {
            let got = header(response, CONTENT_RANGE.as_str()).unwrap_or_default().to_owned();
            let asked = partial.done();
            if fits(&got, asked, entry.bytes) {
                return Ok(());
            }
            partial.restart()?;
            Err(SourceError::WrongRange { asked, got }.into())
        }
        416 => {
            partial.restart()?;
            Err(refused(response).into())
        }
        _ => Err(refused(response).into()),
    }
}

/// Whether `bytes FIRST-LAST/TOTAL` goes on at `from`.
fn fits(range: &str, from: u64, total: u64) -> bool {
    let parsed = || {
        let (span, of) = range.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
        let (first, last) = span.split_once('-')?;
        let of = if of == "*" { total } else { of.parse().ok()? };
        Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?, of))
    };
    parsed().is_some_and(|(first, last, of)| first == from && (from..total).contains(&last) && of == total)
}

/// How often in a row a source may still fail.
struct Patience<'a> {
    options: &'a PullOptions,
    failures: u32,
}

impl<'a> Patience<'a> {
    const fn new(options: &'a PullOptions) -> Self {
        Self { options, failures: 0 }
    }

    /// Waits before the next try, or gives the trouble back when there is to be none.
    async fn wait(&mut self, trouble: Trouble, progress: Listener<'_>) -> Result<(), Trouble> {
        let why = match trouble {
            Trouble::Source(why) if why.is_passing() && self.failures < self.options.retries => why,
            trouble => return Err(trouble),
        };
        let doubled = self.options.backoff.saturating_mul(1 << self.failures.min(16));
        let spread = doubled.mul_f64(0.5 + fastrand::f64());
        let after: Duration =
            why.retry_after().map_or(spread, |asked| asked.max(spread)).min(self.options.longest_wait);
        self.failures += 1;
        tracing::debug!(%why, ?after, "asking again");
        progress(PullEvent::Retry { after, why });
        tokio::time::sleep(after).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn only_the_range_asked_for_fits() {
        let check = |range: &str, expected: bool| assert_eq!(fits(range, 10, 100), expected, "{range}");
        check("bytes 10-99/100", true);
        check("bytes 10-49/100", true);
        check("bytes 10-99/*", true);
        check("bytes 11-99/100", false);
        check("bytes 0-99/100", false);
        check("bytes 10-99/101", false);
        check("bytes 10-100/100", false);
        check("bytes 10-9/100", false);
        check("bytes */100", false);
        check("", false);
    }
}
