//! Why a server that was to generate gave no answer.
//!
//! Part of [`GenerateError`](crate::generate::GenerateError): here, so that whoever words or reacts to a failure can tell the
//! cases apart without knowing which backend it was. No variant carries a key, a prompt or an answer of the model.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A server gave no answer; the failure is the source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("no answer from {url}")]
pub struct ServerError {
    /// Address of the server, without user, password and query.
    pub url: String,
    /// What happened.
    #[source]
    pub failure: ServerFailure,
}

/// What happened between a server and us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerFailure {
    /// No connection: nobody listens, the name is unknown, TLS failed.
    #[error("no connection: {cause}")]
    Unreachable {
        /// What the system said.
        cause: String,
    },
    /// It took too long.
    #[error("no {wait} within {} s", .limit.as_secs_f32())]
    Timeout {
        /// What was waited for.
        wait: Wait,
        /// The time there was.
        limit: Duration,
    },
    /// The key is missing or is not accepted: 401 or 403.
    #[error("the key is missing or not accepted (status {status})")]
    Unauthorized {
        /// HTTP status.
        status: u16,
    },
    /// The server does not have the model.
    #[error("there is no model `{model}`")]
    UnknownModel {
        /// The model that was asked for.
        model: String,
    },
    /// The server is overloaded or still starting: 429 or 503.
    #[error("the server is busy (status {status})")]
    Busy {
        /// HTTP status.
        status: u16,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// Prompt and answer do not fit. Who generates gives
    /// [`GenerateError::ContextOverflow`](crate::generate::GenerateError::ContextOverflow) in its place, as every backend does.
    #[error("the prompt is too long")]
    TooLong {
        /// Tokens of the prompt, as the server counts, where it tells.
        needed: Option<u32>,
        /// Tokens there is room for, where it tells.
        limit: Option<u32>,
    },
    /// Another status that is no success.
    #[error("status {status}{}", .message.as_deref().map(|m| format!(": {m}")).unwrap_or_default())]
    Status {
        /// HTTP status.
        status: u16,
        /// What the server said, shortened and printable.
        message: Option<String>,
    },
    /// The server sends us elsewhere, where neither key nor prompt go.
    #[error("it redirects to {to}")]
    Redirect {
        /// Host and port, or path on the same host.
        to: String,
    },
    /// The answer is of another kind, such as a web page.
    #[error("the answer is `{found}`")]
    ContentType {
        /// The content type it has.
        found: String,
    },
    /// The answer does not follow the protocol.
    #[error("the answer is malformed: {problem}")]
    Malformed {
        /// What is wrong.
        problem: String,
    },
    /// The answer is larger than any sensible one.
    #[error("the answer has a part of more than {limit} bytes")]
    TooLarge {
        /// Bytes that are accepted.
        limit: usize,
    },
    /// The server began to answer and then told of an error.
    #[error("the server failed: {message}")]
    Failed {
        /// What the server said, shortened and printable.
        message: String,
    },
    /// The connection ended in the middle of an answer.
    #[error("the connection ended before the answer was complete")]
    Closed,
}

/// What was waited for when time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// A connection.
    Connection,
    /// The first text of an answer.
    FirstText,
    /// More of an answer that had begun.
    More,
    /// The whole of it, all tries together.
    Whole,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "connection",
            Self::FirstText => "first text",
            Self::More => "further text",
            Self::Whole => "whole answer",
        })
    }
}
