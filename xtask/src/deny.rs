//! The `deny` step: crate graph, licences and sources, judged by cargo-deny after `deny.toml`.
//!
//! A step of [`crate::ci`]. Where cargo-deny is not installed it is compiled into `target/tools`, without optimisation and
//! without its advisory database (which needs a network CI may not have): 41 s on two cores instead of minutes. Its wheel on
//! the Python index is no way: 0.14.2, the newest there, panics on the package ids of cargo since 1.77.

use crate::workspace::{Workspace, check, on_path};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = "0.20.2";

/// Check everything but advisories.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let binary = ensure(workspace)?;
    eprintln!("deny: bans, licenses, sources (advisories need the network and are not checked)");
    let mut command = Command::new(binary);
    command.current_dir(&workspace.root).args(["--all-features", "--workspace", "check"]);
    // A rule may stand before the crate it is about; an exception must not outlive its reason.
    command.args(["-A", "unused-wrapper", "-D", "unmatched-skip", "-D", "license-not-encountered"]);
    check(command.args(["bans", "licenses", "sources"]))
}

fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let private = workspace.tools().join("cargo-deny");
    let binary = private.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if version(&binary).as_deref() == Some(VERSION) {
        return Ok(binary);
    }
    if let Some(installed) = on_path("cargo-deny")
        && version(&installed).is_some_and(|version| reads_this_workspace(&version))
    {
        return Ok(installed);
    }
    eprintln!("deny: compiling cargo-deny {VERSION} into target/tools, once");
    let partial = workspace.tools().join("cargo-deny.partial");
    let mut command =
        workspace.cargo(["install", "--quiet", "--locked", "--no-default-features", "--version", VERSION]);
    command.arg("--root").arg(&partial).arg("--target-dir").arg(partial.join("build")).arg("cargo-deny");
    for (setting, value) in [("OPT_LEVEL", "0"), ("DEBUG", "0"), ("LTO", "off"), ("CODEGEN_UNITS", "16")] {
        command.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    check(&mut command)?;
    fs::remove_dir_all(partial.join("build"))?;
    if private.exists() {
        fs::remove_dir_all(&private)?;
    }
    fs::rename(&partial, &private)?;
    Ok(binary)
}

fn version(binary: &Path) -> Option<String> {
    let output = Command::new(binary).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split_whitespace().nth(1).map(str::to_owned)
}

/// Older ones do not know today's cargo or the form of our `deny.toml`.
fn reads_this_workspace(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|part| part.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(0), Some(18))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_cargo_deny_is_not_used() {
        assert!(!reads_this_workspace("0.14.2"));
        assert!(reads_this_workspace("0.18.0"));
        assert!(reads_this_workspace("1.0.0"));
        assert!(!reads_this_workspace("unknown"));
    }
}
