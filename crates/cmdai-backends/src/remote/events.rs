//! A response as a row of JSON events, one after the other, read as the reader asks for them.

use super::lines::{LONGEST, Lines, TooLong};
use super::pace::Pace;
use super::sse::Sse;
use super::wire::malformed;
use cmdai_core::server_error::ServerFailure;
use reqwest::Response;
use serde_json::Value;

/// How events are told apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Framing {
    /// One JSON object a line.
    Ndjson,
    /// Server-sent events; `[DONE]` is the last.
    Sse,
}

impl Framing {
    /// What a server may call it; some name plain text, or nothing.
    pub(super) const fn content_types(self) -> &'static [&'static str] {
        match self {
            Self::Ndjson => &["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json"],
            Self::Sse => &["text/event-stream"],
        }
    }
}

/// The events of one response; dropping it closes the connection.
#[derive(Debug)]
pub(super) struct Events {
    response: Response,
    lines: Lines,
    sse: Option<Sse>,
    ended: bool,
}

impl Events {
    pub(super) fn new(response: Response, framing: Framing) -> Self {
        let sse = matches!(framing, Framing::Sse).then(Sse::default);
        Self { response, lines: Lines::default(), sse, ended: false }
    }

    /// The next event; `None` after the last. An event that was cut off is a closed connection, not a malformed answer.
    pub(super) async fn next(&mut self, pace: &Pace) -> Result<Option<Value>, ServerFailure> {
        while !self.ended {
            while let Some(line) = self.lines.next().map_err(too_large)? {
                if let Some(data) = self.line(&line)? {
                    return self.decode(&data).map_err(|error| malformed(&error));
                }
            }
            match pace.limit(self.response.chunk()).await? {
                Ok(Some(bytes)) => self.lines.push(&bytes),
                Ok(None) => return self.last(),
                Err(_) => return Err(ServerFailure::Closed),
            }
        }
        Ok(None)
    }

    /// What stands after the last line break when the connection has ended.
    fn last(&mut self) -> Result<Option<Value>, ServerFailure> {
        self.ended = true;
        let rest = self.lines.rest().unwrap_or_default();
        let mut data = self.line(&rest)?;
        if data.is_none() {
            data = self.sse.as_mut().and_then(Sse::end);
        }
        data.map_or(Ok(None), |data| self.decode(&data).map_err(|_| ServerFailure::Closed))
    }

    /// The data of the event that `line` ends, if it does.
    fn line(&mut self, line: &[u8]) -> Result<Option<Vec<u8>>, ServerFailure> {
        match &mut self.sse {
            Some(sse) => sse.line(line).map_err(too_large),
            None => Ok((!line.trim_ascii().is_empty()).then(|| line.to_vec())),
        }
    }

    fn decode(&mut self, data: &[u8]) -> Result<Option<Value>, serde_json::Error> {
        if self.sse.is_some() && data.trim_ascii() == b"[DONE]" {
            self.ended = true;
            return Ok(None);
        }
        serde_json::from_slice(data).map(Some)
    }
}

fn too_large(_: TooLong) -> ServerFailure {
    ServerFailure::TooLarge { limit: LONGEST }
}
