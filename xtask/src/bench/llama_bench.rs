//! The yardstick: llama.cpp's own benchmark, built for this CPU, with the same token counts and threads.
//!
//! Part of [`super`]. Where it comes from is told in [`llama_cpp`](crate::llama_cpp).

use super::cmdai::Usage;
use super::stats::median;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

/// A built llama-bench with the model it measures.
pub(crate) struct LlamaBench {
    pub(crate) binary: PathBuf,
    pub(crate) model: PathBuf,
    pub(crate) threads: usize,
}

/// Tokens a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Speed {
    pub(crate) prefill: f64,
    pub(crate) decode: f64,
}

impl LlamaBench {
    /// As many tokens as our request had, behind a context as long as our prefix.
    pub(crate) fn measure(&self, usage: &Usage) -> Result<Speed> {
        let output = Command::new(&self.binary)
            .arg("-m")
            .arg(&self.model)
            .args(["-p", &usage.prompt_tokens.to_string(), "-n", &usage.output_tokens.to_string()])
            .args(["-d", &usage.prefix_tokens.to_string(), "-t", &self.threads.to_string(), "-r", "3", "-o", "json"])
            .stderr(Stdio::null())
            .output()?;
        if !output.status.success() {
            bail!("llama-bench failed ({})", output.status);
        }
        parse(&String::from_utf8_lossy(&output.stdout))
    }
}

fn parse(json: &str) -> Result<Speed> {
    let tests: Vec<Value> = serde_json::from_str(json).context("llama-bench printed no JSON")?;
    let speed = |wanted: &str, other: &str| {
        let count = |test: &Value, key| test.get(key).and_then(Value::as_u64).unwrap_or(0);
        let test = tests.iter().find(|test| count(test, wanted) > 0 && count(test, other) == 0)?;
        median(test.get("samples_ts")?.as_array()?.iter().filter_map(Value::as_f64))
    };
    let prefill = speed("n_prompt", "n_gen").context("llama-bench measured no prefill")?;
    let decode = speed("n_gen", "n_prompt").context("llama-bench measured no decoding")?;
    Ok(Speed { prefill, decode })
}

/// Cores that compute on their own: two hardware threads of one core only wait for each other in inference.
pub(crate) fn physical_cores() -> usize {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    cores_in(&text).unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
}

fn cores_in(cpuinfo: &str) -> Option<usize> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find(|line| line.starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let cores: BTreeSet<_> = cpuinfo
        .split("\n\n")
        .filter_map(|block| Some((field(block, "physical id")?, field(block, "core id")?)))
        .collect();
    (!cores.is_empty()).then_some(cores.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_speeds_are_medians_of_the_samples() {
        let json = r#"[{"n_prompt":31,"n_gen":0,"avg_ts":99.0,"samples_ts":[80.0,84.0,100.0]},
            {"n_prompt":0,"n_gen":15,"avg_ts":30.0,"samples_ts":[25.0,26.0,20.0]}]"#;
        assert_eq!(parse(json).unwrap(), Speed { prefill: 84.0, decode: 25.0 });
        assert!(parse("[]").is_err());
    }

    #[test]
    fn hardware_threads_are_not_cores() {
        let cpu = |package: u8, core: u8| format!("processor: 0\nphysical id\t: {package}\ncore id\t\t: {core}\n\n");
        assert_eq!(cores_in(&[cpu(0, 0), cpu(0, 1), cpu(0, 0), cpu(0, 1)].concat()), Some(2));
        assert_eq!(cores_in(&[cpu(0, 0), cpu(1, 0)].concat()), Some(2));
        assert_eq!(cores_in("processor: 0\n"), None);
    }
}
