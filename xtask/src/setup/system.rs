//! The system's package manager, for whoever wants it and for what has no wheel.
//!
//! Used by [`super`]. It changes the machine, so it acts only when asked (`--system`) or as root on a CI; otherwise the error
//! is the very command to type.

use super::probe::Tool;
use super::{names, say};
use crate::workspace::{check, on_path};
use anyhow::{Context, Result, bail};
use std::process::Command;

/// A package manager we know the names of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Apt,
    Dnf,
    Brew,
}

impl Manager {
    fn here() -> Option<Self> {
        let known = [("apt-get", Self::Apt), ("dnf", Self::Dnf), ("brew", Self::Brew)];
        known.into_iter().find(|(program, _)| on_path(program).is_some()).map(|(_, manager)| manager)
    }

    fn package(self, tool: Tool) -> &'static str {
        match (self, tool) {
            (_, Tool::Cmake) => "cmake",
            (Self::Apt, Tool::Libclang) => "libclang-dev",
            (Self::Dnf, Tool::Libclang) => "clang-devel",
            (Self::Brew, Tool::Libclang | Tool::Cxx) => "llvm",
            (Self::Apt, Tool::Cxx) => "g++",
            (Self::Dnf, Tool::Cxx) => "gcc-c++",
            (Self::Brew, Tool::Python | Tool::Pip) => "python",
            (_, Tool::Python) => "python3",
            (_, Tool::Pip) => "python3-pip",
            (_, Tool::Zsh | Tool::Fish | Tool::Autosuggestions | Tool::Tmux) => tool.name(),
        }
    }

    /// The command lines that install these tools, without `sudo`.
    fn lines(self, tools: &[Tool]) -> Vec<Vec<&'static str>> {
        let mut packages: Vec<&str> = tools.iter().map(|tool| self.package(*tool)).collect();
        packages.dedup();
        let mut install = match self {
            Self::Apt => vec!["apt-get", "install", "--yes", "--no-install-recommends"],
            Self::Dnf => vec!["dnf", "install", "--assumeyes"],
            Self::Brew => vec!["brew", "install"],
        };
        install.extend(packages);
        match self {
            Self::Apt => vec![vec!["apt-get", "update", "--quiet"], install],
            Self::Dnf | Self::Brew => vec![install],
        }
    }
}

/// Whether the system may be changed: on request, and by root on a CI, whose machine is nobody's.
pub(crate) fn is_allowed(asked: bool) -> bool {
    asked || (std::env::var_os("CI").is_some() && is_root())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Install, or fail with the command that would.
pub(crate) fn install(tools: &[Tool], allowed: bool) -> Result<()> {
    let manager = Manager::here().with_context(|| {
        format!("{} missing, and none of apt-get, dnf and brew is here: install by hand", names(tools))
    })?;
    let sudo: &[&str] = if manager == Manager::Brew || is_root() { &[] } else { &["sudo"] };
    let lines: Vec<Vec<&str>> = manager.lines(tools).into_iter().map(|line| [sudo, &line].concat()).collect();
    if !allowed {
        let typed: Vec<String> = lines.iter().map(|line| line.join(" ")).collect();
        bail!(
            "{} missing. Install with\n  {}\nor let setup do that:\n  cargo xtask setup --system",
            names(tools),
            typed.join(" && ")
        );
    }
    say(&format!("{} missing: installing on the system", names(tools)));
    for line in lines {
        let Some((program, args)) = line.split_first() else { continue };
        say(&format!("  {}", line.join(" ")));
        // stdout belongs to what is run after setup.
        check(Command::new(program).args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(std::io::stderr()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_manager_has_its_names() {
        let line = |manager: Manager| manager.lines(&[Tool::Libclang, Tool::Cxx]).last().unwrap().join(" ");
        assert_eq!(line(Manager::Apt), "apt-get install --yes --no-install-recommends libclang-dev g++");
        assert_eq!(line(Manager::Dnf), "dnf install --assumeyes clang-devel gcc-c++");
        assert_eq!(line(Manager::Brew), "brew install llvm");
        let shells = Manager::Apt.lines(&Tool::TESTS).last().unwrap().join(" ");
        assert!(shells.ends_with(" zsh fish zsh-autosuggestions tmux"), "{shells}");
    }
}
