//! What client and worker say to each other: one JSON object a line, one request a connection.
//!
//! A client writes one [`Call`]; the worker answers with [`Reply`] lines and closes. A client that closes first wants no more. The version is part
//! of every call, so that an older program and a newer worker part in peace. A line has a limit, because whatever is at the other
//! end must not fill our memory.

use cmdai_core::generate::{Chunk, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Raised when a line changes its meaning.
pub const PROTOCOL: u32 = 1;
/// Longest line: a request of 2000 characters with its examples is some dozen kilobytes.
const LONGEST: u64 = 1 << 20;

/// What a client wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// Which program and model the client expects; see [`Setup::key`](super::Setup::key).
    pub key: String,
    /// What is to be done.
    pub ask: Ask,
}

/// The kinds of call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// Answer a prompt.
    Generate {
        /// The prompt.
        prompt: Box<Prompt>,
        /// How to decode.
        options: GenerateOptions,
    },
    /// Tell how things are.
    Status,
    /// End as soon as nothing is being answered.
    Stop,
}

/// One line of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The next piece of the answer.
    Chunk(Chunk),
    /// There will be no answer.
    Error(GenerateError),
    /// How things are.
    Status(Status),
    /// The worker is of another program, model or setting, and ends.
    Other,
    /// The worker ends.
    Stopping,
}

/// A worker's account of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Process id.
    pub pid: u32,
    /// What its model is called.
    pub model: String,
    /// Seconds since it started.
    pub uptime: u64,
    /// Seconds since the last answer; absent while one is being given.
    pub idle: Option<u64>,
    /// Seconds of idling after which it ends.
    pub keep_alive: u64,
    /// Answers given to the end.
    pub answered: u64,
    /// Requests being answered or waiting.
    pub active: usize,
    /// Resident memory in bytes, where the system tells.
    pub memory: Option<u64>,
}

/// Writes one line.
pub(super) async fn write(to: &mut (impl AsyncWrite + Unpin), value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    to.write_all(&line).await
}

/// Reads one line; `None` at the end.
pub(super) async fn read<T: DeserializeOwned>(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if from.take(LONGEST).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the line is cut off or too long"));
    }
    serde_json::from_slice(&line).map(Some).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::generate::Usage;
    use std::time::Duration;

    #[tokio::test]
    async fn lines_read_back_and_broken_ones_are_errors() {
        let replies = [
            Reply::Chunk(Chunk::Text { alternative: 1, text: "a\n\"🦀".to_owned(), probability: Some(0.5) }),
            Reply::Chunk(Chunk::Done(Usage { load: Some(Duration::from_millis(3)), ..Usage::default() })),
            Reply::Error(GenerateError::ContextOverflow { needed: Some(2), limit: None }),
            Reply::Error(GenerateError::Load("no such file".to_owned())),
            Reply::Other,
        ];
        let mut bytes = Vec::new();
        for reply in &replies {
            write(&mut bytes, reply).await.unwrap();
        }
        let mut reader = bytes.as_slice();
        for reply in &replies {
            assert_eq!(read::<Reply>(&mut reader).await.unwrap().as_ref(), Some(reply));
        }
        assert_eq!(read::<Reply>(&mut reader).await.unwrap(), None);
        let endless = vec![b' '; usize::try_from(LONGEST).unwrap() + 10];
        for broken in [&b"{\"chunk\":"[..], b"nonsense\n", b"\xff\n", &endless] {
            assert!(read::<Reply>(&mut &*broken).await.is_err());
        }
    }
}
