//! The log: JSON lines in the state directory, one file a day, a week of them; the same events on standard error with `-v`.
//!
//! Never on standard output. `CMDAI_LOG` sets the level of the file (a tracing filter, default `info`). Every line passes
//! [`redact`](crate::redact) before it is written. A log that cannot be opened is no reason not to answer.

use crate::{dirs, redact::redact};
use std::io::{self, Write};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

const DAYS_KEPT: usize = 7;
/// llama.cpp tells its life at level info.
const FILE_DEFAULT: &str = "info,llama-cpp-2=warn,llama_cpp_2=warn";

/// Starts logging for this process.
pub fn start(verbose: u8) {
    let stderr_level = match verbose {
        0 => "off",
        1 => "debug,llama-cpp-2=info,llama_cpp_2=info,hyper=info,h2=info,reqwest=info,rustls=info",
        _ => "trace",
    };
    let stderr = fmt::layer()
        .with_writer(|| Redacting(io::stderr()))
        .with_ansi(false)
        .with_target(false)
        .with_filter(EnvFilter::new(stderr_level));
    let file = open().map(|appender| {
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_writer(RedactingFile(appender))
            .with_filter(EnvFilter::try_from_env("CMDAI_LOG").unwrap_or_else(|_| EnvFilter::new(FILE_DEFAULT)))
    });
    // A second start in one process (tests) keeps the first.
    let _ = tracing_subscriber::registry().with(stderr).with(file).try_init();
}

fn open() -> Option<RollingFileAppender> {
    let dir = dirs::state().join("logs");
    // The appender would complain on standard error. The history lies beside it, so nobody else has business here.
    let mut private = std::fs::DirBuilder::new();
    private.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut private, 0o700);
    private.create(&dir).ok()?;
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("cmdai")
        .filename_suffix("jsonl")
        .max_log_files(DAYS_KEPT)
        .build(dir)
        .ok()
}

struct RedactingFile(RollingFileAppender);

impl<'a> MakeWriter<'a> for RedactingFile {
    type Writer = Redacting<tracing_appender::rolling::RollingWriter<'a>>;
    fn make_writer(&'a self) -> Self::Writer {
        Redacting(self.0.make_writer())
    }
}

/// Redacts what passes through; tracing writes one whole event a call.
struct Redacting<W>(W);

impl<W: Write> Write for Redacting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(redact(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
