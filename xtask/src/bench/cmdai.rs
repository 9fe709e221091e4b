//! One cmdai under measurement: a private set of directories, one process a request, and the only reader of its JSON.
//!
//! Part of [`super`]. The directories are empty but for a link to the user's models, so neither settings nor history nor a
//! stored prefix of the user takes part. Peak memory is `VmHWM`, read while the process runs, in a request of its own: it needs
//! no foreign function, and the reading cannot slow the timed requests.

use super::stats::milliseconds;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A binary with directories of its own, removed when it is dropped.
pub(crate) struct Cmdai {
    binary: PathBuf,
    model: Option<String>,
    home: PathBuf,
}

/// One request: the wall-clock time of its process, and what it said about itself.
#[derive(Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) wall_ms: f64,
    pub(crate) command: Option<String>,
    pub(crate) model: String,
    pub(crate) usage: Usage,
    context_ms: f64,
    first_chunk_ms: f64,
    total_ms: f64,
}

/// Tokens and times of the inference.
#[derive(Debug, PartialEq)]
pub(crate) struct Usage {
    pub(crate) load_ms: f64,
    pub(crate) prefix_tokens: f64,
    pub(crate) prefix_restored: bool,
    pub(crate) prompt_ms: f64,
    pub(crate) prompt_tokens: f64,
    pub(crate) decode_ms: f64,
    pub(crate) output_tokens: f64,
}

impl Usage {
    /// Tokens of the user's turn evaluated a second.
    pub(crate) fn prefill_speed(&self) -> f64 {
        self.prompt_tokens / self.prompt_ms * 1000.0
    }

    /// Tokens decoded a second.
    pub(crate) fn decode_speed(&self) -> f64 {
        self.output_tokens / self.decode_ms * 1000.0
    }
}

impl Sample {
    /// From the start of the process. All that lies outside the program's own total (the loader, argument parsing, the exit)
    /// is counted as if it came before, so this errs on the slow side.
    pub(crate) fn first_chunk_ms(&self) -> f64 {
        (self.wall_ms - self.total_ms).max(0.0) + self.context_ms + self.first_chunk_ms
    }

    /// From what `cmdai --json` printed.
    fn parse(json: &str, wall_ms: f64) -> Result<Self> {
        let value: Value = serde_json::from_str(json).context("cmdai --json printed no JSON")?;
        let number = |path: &str| {
            value.pointer(path).and_then(Value::as_f64).with_context(|| format!("cmdai --json has no number at {path}"))
        };
        Ok(Self {
            wall_ms,
            command: value.get("command").and_then(Value::as_str).map(str::to_owned),
            model: value.get("model").and_then(Value::as_str).unwrap_or("unnamed model").to_owned(),
            usage: Usage {
                load_ms: number("/usage/load_ms")?,
                prefix_tokens: number("/usage/prefix_tokens")?,
                prefix_restored: value.pointer("/usage/prefix_restored").and_then(Value::as_bool).unwrap_or(false),
                prompt_ms: number("/usage/prompt_ms")?,
                prompt_tokens: number("/usage/prompt_tokens")?,
                decode_ms: number("/usage/decode_ms")?,
                output_tokens: number("/usage/output_tokens")?,
            },
            context_ms: number("/timings/context")?,
            first_chunk_ms: number("/timings/first_chunk")?,
            total_ms: number("/timings/total")?,
        })
    }
}

/// Where the model lies, asked from the program itself.
pub(crate) fn model_path(binary: &Path, name: Option<&str>) -> Result<PathBuf> {
    let output = Command::new(binary).args(["model", "path"]).args(name).stderr(Stdio::inherit()).output()?;
    let path = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    if !output.status.success() || !path.is_file() {
        bail!("cmdai model path names no file");
    }
    Ok(path)
}

impl Cmdai {
    /// `label` keeps two binaries of one run apart.
    pub(crate) fn new(binary: PathBuf, model: Option<String>, model_path: &Path, label: &str) -> Result<Self> {
        let home = env::temp_dir().join(format!("cmdai-bench-{}-{label}", std::process::id()));
        fs::create_dir_all(home.join("cache/cmdai"))?;
        let models = model_path.parent().context("the model lies in no directory")?;
        link(models, &home.join("cache/cmdai/models"))?;
        Ok(Self { binary, model, home })
    }

    /// For what needs no model.
    pub(crate) fn without_model(binary: PathBuf) -> Result<Self> {
        let home = env::temp_dir().join(format!("cmdai-bench-{}", std::process::id()));
        fs::create_dir_all(&home)?;
        Ok(Self { binary, model: None, home })
    }

    /// The program without arguments, in its directories.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, dir) in [("CACHE", "cache"), ("CONFIG", "config"), ("DATA", "data"), ("STATE", "state")] {
            command.env(format!("XDG_{name}_HOME"), self.home.join(dir));
        }
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CMDAI_")) {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }

    fn request(&self, request: &str) -> Command {
        let mut command = self.command();
        // Each a process that loads the model itself.
        command.args(["--json", "--no-input", "--no-worker"]);
        if let Some(model) = &self.model {
            command.arg("--model").arg(model);
        }
        command.arg("--").arg(request);
        command
    }

    /// Milliseconds from starting the process to the first byte of its version.
    pub(crate) fn start(&self) -> Result<f64> {
        let start = Instant::now();
        let mut child = self.command().arg("--version").spawn()?;
        let mut byte = [0];
        child.stdout.take().context("no stdout")?.read_exact(&mut byte)?;
        let time = milliseconds(start.elapsed());
        child.wait()?;
        Ok(time)
    }

    /// One request from start to exit.
    pub(crate) fn ask(&self, request: &str) -> Result<Sample> {
        let start = Instant::now();
        let output = self.request(request).output()?;
        let time = milliseconds(start.elapsed());
        Sample::parse(&String::from_utf8_lossy(&output.stdout), time)
            .with_context(|| format!("cmdai ended with {}; see: cmdai --json --no-input -- {request:?}", output.status))
    }

    /// Makes what `request` was answered last one that the user took, so that it is answered from the history.
    pub(crate) fn accept(&self, request: &str) -> Result<()> {
        let file = self.home.join("taken.ndjson");
        let exported = self.command().args(["history", "export", "-"]).output()?;
        let mut lines = String::new();
        for line in String::from_utf8_lossy(&exported.stdout).lines() {
            let mut value: Value = serde_json::from_str(line)?;
            if value.get("request").is_some_and(|of| of == request)
                && let Some(disposition) = value.get_mut("disposition")
            {
                *disposition = "copied".into();
            }
            lines.push_str(&value.to_string());
            lines.push('\n');
        }
        fs::write(&file, lines)?;
        self.forget_user()?;
        let imported = self.command().args(["history", "import"]).arg(&file).output()?;
        if !imported.status.success() {
            bail!("cmdai history import ended with {}", imported.status);
        }
        Ok(())
    }

    /// Milliseconds of the same request again, from start to exit, without a model.
    pub(crate) fn repeat(&self, request: &str) -> Result<f64> {
        let start = Instant::now();
        let output = self.request(request).output()?;
        let time = milliseconds(start.elapsed());
        let answer: Value = serde_json::from_slice(&output.stdout).context("cmdai --json printed no JSON")?;
        if answer.get("backend").is_none_or(|backend| backend != "history") {
            bail!("the request was not answered from the history: {answer}");
        }
        Ok(time)
    }

    /// Remove the stored prefix state, so that the next request evaluates the whole prompt.
    pub(crate) fn forget_prefix(&self) -> Result<()> {
        match fs::remove_dir_all(self.home.join("cache/cmdai/prefix")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// A directory of its own, for what the program is to be told of.
    pub(crate) fn directory(&self, name: &str) -> Result<PathBuf> {
        let path = self.home.join(name);
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Remove what a request leaves of the user's: settings, history, logs.
    pub(crate) fn forget_user(&self) -> Result<()> {
        for dir in ["config", "data", "state"] {
            match fs::remove_dir_all(self.home.join(dir)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The largest resident set of one request, on systems that have `/proc`.
    pub(crate) fn peak_memory_mib(&self, request: &str) -> Result<Option<f64>> {
        let mut child = self.request(request).spawn()?;
        let status = format!("/proc/{}/status", child.id());
        let mut peak = None;
        while child.try_wait()?.is_none() {
            peak = fs::read_to_string(&status).ok().and_then(|text| high_water_mib(&text)).or(peak);
            thread::sleep(Duration::from_millis(2));
        }
        Ok(peak)
    }
}

impl Drop for Cmdai {
    fn drop(&mut self) {
        // What is left lies in the system's temporary directory.
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn high_water_mib(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(target, at)?)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<()> {
    bail!("bench needs a Unix")
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"command":"ls","model":"tiny","timings":{"context":2.0,"first_chunk":150.0,"generation":400.0,
        "assessment":1.0,"history":3.0,"total":410.0},"usage":{"load_ms":90.0,"prefix_ms":1.5,"prefix_tokens":231,
        "prefix_restored":true,"prompt_ms":100.0,"prompt_tokens":31,"decode_ms":200.0,"output_tokens":10}}"#;

    #[test]
    fn a_reply_is_read() {
        let sample = Sample::parse(JSON, 425.0).unwrap();
        assert_eq!(sample.command.as_deref(), Some("ls"));
        assert!(sample.usage.prefix_restored);
        assert!((sample.usage.prefill_speed() - 310.0).abs() < 1e-9);
        assert!((sample.usage.decode_speed() - 50.0).abs() < 1e-9);
        assert!((sample.first_chunk_ms() - (15.0 + 2.0 + 150.0)).abs() < 1e-9);
    }

    #[test]
    fn a_missing_number_is_named() {
        let error = Sample::parse(&JSON.replace("decode_ms", "decoding"), 1.0).unwrap_err();
        assert_eq!(error.to_string(), "cmdai --json has no number at /usage/decode_ms");
    }

    #[test]
    fn the_kernel_knows_the_peak() {
        let peak = high_water_mib("Name:\tcmdai\nVmHWM:\t  204800 kB\nVmRSS:\t 100 kB\n");
        assert_eq!(peak, Some(200.0));
        assert_eq!(high_water_mib("Name: x"), None);
    }
}
