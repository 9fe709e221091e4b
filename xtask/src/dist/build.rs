//! Compiles what is handed out: the program for the plainest processor of the architecture, and llama.cpp in variants.
//!
//! First step of [`super`]. The target is named, so that cargo gives the flags to what is handed out and not to build scripts;
//! its directory is separate, because one flag that differs would build llama.cpp again for everybody.
//!
//! Every path of this machine is replaced in what the compilers write, so that the bytes do not depend on where they were made
//! (`cargo xtask dist --check reproducible`). llama.cpp is kept from compiling in the directory of its build as a place to load
//! code from: that path would be a stranger's on the user's machine.

use super::Release;
use crate::workspace::{Workspace, executable, out_dir};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// See `.cargo/config.toml`, whose variables this replaces.
const NO_AMX: &str = "-U__AMX_INT8__";

/// What came out of cargo.
pub(super) struct Built {
    pub(super) program: PathBuf,
    /// What the program is linked with, by the names the linker asks for.
    pub(super) libraries: Vec<PathBuf>,
    /// llama.cpp's code, one a generation of processors.
    pub(super) variants: Vec<PathBuf>,
}

/// Builds in `dir`, which is cargo's target directory.
pub(super) fn build(workspace: &Workspace, release: &Release, dir: &Path) -> Result<Built> {
    let registry = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let registry = registry.context("where does cargo keep the crates? CARGO_HOME is not set")?;
    let places = [(registry.as_path(), "/cargo"), (&workspace.root, "/cmdai"), (dir, "/target")];
    let cpu = if release.target.starts_with("x86_64") { "x86-64" } else { "generic" };
    let c = c_flags(&places);
    let underscored = release.target.replace('-', "_");
    let mut command = workspace.cargo(["build", "--locked", "--profile", "dist", "--package", "cmdai-cli"]);
    command.args(["--features", "variants", "--message-format=json-render-diagnostics", "--target", release.target]);
    command.arg("--target-dir").arg(dir).env("RUSTFLAGS", rust_flags(cpu, &places));
    command.env(format!("CFLAGS_{underscored}"), &c).env(format!("CXXFLAGS_{underscored}"), &c);
    // Handed on to cmake by the build script of llama-cpp-sys-2.
    command.env("CMAKE_INSTALL_RPATH", "$ORIGIN").env("SOURCE_DATE_EPOCH", &release.epoch);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("cmdai does not build for {}", release.target);
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let program = executable(&messages, "cmdai").context("cargo built no binary named cmdai")?;
    let llama = out_dir(&messages, "llama-cpp-sys-2").context("cargo built no llama.cpp")?;
    let libraries = files(&llama.join("lib"), is_by_soname)?;
    let variants = files(&llama.join("backends"), is_variant)?;
    if libraries.is_empty() || variants.is_empty() {
        bail!("llama.cpp was not built as shared libraries with variants: look into {}", llama.display());
    }
    Ok(Built { program, libraries, variants })
}

/// The library is found beside the program wherever the tree lies; later replacements of a path win.
fn rust_flags(cpu: &str, places: &[(&Path, &str)]) -> String {
    let start = format!("-Ctarget-cpu={cpu} -Clink-arg=-Wl,-rpath,$ORIGIN/../lib/cmdai");
    places.iter().fold(start, |flags, (from, to)| format!("{flags} --remap-path-prefix={}={to}", from.display()))
}

fn c_flags(places: &[(&Path, &str)]) -> String {
    let start = format!("{NO_AMX} -UGGML_BACKEND_DIR");
    places.iter().fold(start, |flags, (from, to)| format!("{flags} -ffile-prefix-map={}={to}", from.display()))
}

/// `libllama.so.0`: the name in the programs linked with it; the plain one and the full version are for compilers.
fn is_by_soname(name: &str) -> bool {
    name.starts_with("lib")
        && name.split_once(".so.").is_some_and(|(_, version)| version.chars().all(|c| c.is_ascii_digit()))
}

/// `libggml-cpu-haswell.so`; what has a version behind that is the same file.
fn is_variant(name: &str) -> bool {
    name.starts_with("libggml-cpu-") && name.rsplit_once('.').is_some_and(|(_, end)| end == "so")
}

fn files(dir: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| wanted(&name.to_string_lossy())) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_taken_by_the_name_the_linker_asks_for() {
        for (name, taken) in [
            ("libllama.so.0", true),
            ("libggml-base.so.12", true),
            ("libllama.so", false),
            ("libllama.so.0.0.1", false),
        ] {
            assert_eq!(is_by_soname(name), taken, "{name}");
        }
    }

    #[test]
    fn no_path_stays_and_no_processor_is_assumed() {
        let places = [(Path::new("/home/ada/.cargo"), "/cargo")];
        let rust = rust_flags("x86-64", &places);
        assert!(
            rust.starts_with("-Ctarget-cpu=x86-64 ") && rust.ends_with("--remap-path-prefix=/home/ada/.cargo=/cargo")
        );
        assert!(c_flags(&places).starts_with("-U__AMX_INT8__ "));
    }
}
