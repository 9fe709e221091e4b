//! The log: JSON lines in the state directory, one file a day, a week of them; the same events on standard error with `-v`.
//!
//! Never on standard output. The setting `logging.level` sets the level of the file (a tracing filter); what is logged before the settings are
//! read goes by `CMDAI_LOG` alone. Every line passes
//! the history's [`Redactor`] before it is written (held by `no_secret_passes_and_ordinary_lines_stay`). A log that cannot be opened is no reason not to answer.

use crate::{dirs, system};
use cmdai_history::redact::Redactor;
use std::io::{self, Write};
use std::sync::{LazyLock, OnceLock};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, reload};

const DAYS_KEPT: usize = 7;
/// llama.cpp tells its life at level info.
const FILE_DEFAULT: &str = "info,llama-cpp-2=warn,llama_cpp_2=warn";

/// Changes the level of the file, once there is a log.
static LEVEL: OnceLock<Box<dyn Fn(EnvFilter) + Send + Sync>> = OnceLock::new();
static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::default);

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
    let level = EnvFilter::try_from_env("CMDAI_LOG").unwrap_or_else(|_| EnvFilter::new(FILE_DEFAULT));
    let (level, handle) = reload::Layer::new(level);
    let file = open().map(|appender| {
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_writer(RedactingFile(appender))
            .with_filter(level)
    });
    // A second start in one process (tests) keeps the first.
    if tracing_subscriber::registry().with(stderr).with(file).try_init().is_ok() {
        let change = move |level| drop(handle.reload(level));
        let _ = LEVEL.set(Box::new(change));
    }
}

/// Sets the level of the file.
pub fn use_level(level: &str) {
    let level = if level == "info" { FILE_DEFAULT } else { level };
    if let (Some(change), Ok(level)) = (LEVEL.get(), EnvFilter::try_new(level)) {
        change(level);
    }
}

fn open() -> Option<RollingFileAppender> {
    let dir = dirs::state().join("logs");
    // The appender would complain on standard error. The history lies beside it, so nobody else has business here.
    let mut private = std::fs::DirBuilder::new();
    private.recursive(true);
    system::close_to_others(&mut private);
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
        self.0.write_all(REDACTOR.redact(&String::from_utf8_lossy(bytes)).text.as_bytes())?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(line: &str) -> String {
        let mut out = Vec::new();
        Redacting(&mut out).write_all(line.as_bytes()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_secret_passes_and_ordinary_lines_stay() {
        for line in [
            "curl -H 'Authorization: Bearer s3cr3ts3cr3t'",
            "mysql --password s3cr3ts3cr3t -u root",
            "export DB_PASSWORD=s3cr3ts3cr3t",
            r#"{"api_key":"s3cr3ts3cr3t"}"#,
            r#"{"message":"{\"token\": \"s3cr3ts3cr3t\"}"}"#,
            "https://ada:s3cr3ts3cr3t@example.com/x",
            "use ghp_s3cr3ts3cr3ts3cr3ts3cr3ts3cr3ts3cr3t now",
        ] {
            assert!(!logged(line).contains("s3cr3t"), "{line} -> {}", logged(line));
        }
        for line in [
            r#"{"level":"INFO","message":"model loaded","tokens":12,"duration_ms":3.5}"#,
            "reset the password of ada",
            "find . -name '*.log' -mtime -7",
            "",
        ] {
            assert_eq!(logged(line), line);
        }
    }
}
