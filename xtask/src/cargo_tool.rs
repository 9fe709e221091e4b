//! Programs of other projects that are compiled from their crates into `target/tools`, once.

use crate::workspace::{Workspace, check};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program as its crate makes it.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// Beside none of the default ones.
    pub(crate) features: &'static [&'static str],
    /// Not worth minutes of compiling where speed does not matter.
    pub(crate) optimised: bool,
}

/// Where the tool is, compiled if it is not there in this version.
pub(crate) fn ensure(workspace: &Workspace, tool: &Tool) -> Result<PathBuf> {
    let private = workspace.tools().join(tool.name);
    let binary = private.join("bin").join(format!("{}{}", tool.name, std::env::consts::EXE_SUFFIX));
    if version(&binary).as_deref() == Some(tool.version) {
        return Ok(binary);
    }
    eprintln!("compiling {} {} into target/tools, once", tool.name, tool.version);
    let partial = workspace.tools().join(format!("{}.partial", tool.name));
    let mut command =
        workspace.cargo(["install", "--quiet", "--locked", "--no-default-features", "--version", tool.version]);
    command.args(tool.features.iter().flat_map(|feature| ["--features", *feature]));
    command.arg("--root").arg(&partial).arg("--target-dir").arg(partial.join("build")).arg(tool.name);
    if !tool.optimised {
        for (setting, value) in [("OPT_LEVEL", "0"), ("DEBUG", "0"), ("LTO", "off"), ("CODEGEN_UNITS", "16")] {
            command.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
    }
    check(&mut command)?;
    fs::remove_dir_all(partial.join("build"))?;
    if private.exists() {
        fs::remove_dir_all(&private)?;
    }
    fs::rename(&partial, &private)?;
    Ok(binary)
}

/// The version a program says it has.
pub(crate) fn version(binary: &Path) -> Option<String> {
    let output = Command::new(binary).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split_whitespace().nth(1).map(str::to_owned)
}
