//! The `deny` step: crate graph, licences and sources, judged by cargo-deny after `deny.toml`.
//!
//! A step of [`crate::ci`]. Where cargo-deny is not installed it is compiled into `target/tools`, without optimisation and
//! without its advisory database (which needs a network CI may not have): 41 s on two cores instead of minutes. Its wheel on
//! the Python index is no way: 0.14.2, the newest there, panics on the package ids of cargo since 1.77.

use crate::cargo_tool::{self, Tool, version};
use crate::workspace::{Workspace, check, on_path};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", features: &[], optimised: false };

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
    if let Some(installed) = on_path(CARGO_DENY.name)
        && version(&installed).is_some_and(|version| reads_this_workspace(&version))
    {
        return Ok(installed);
    }
    cargo_tool::ensure(workspace, &CARGO_DENY)
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
