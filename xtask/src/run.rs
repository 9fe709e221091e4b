//! `cargo xtask run` and `cargo xtask model`: from a fresh clone to the program, in one command.
//!
//! After [`crate::setup`]. A missing model is fetched by the program itself, so there is one way to fetch and verify it:
//! `CMDAI_YES` agrees to that and to nothing else (a command is never run without asking). The arguments reach the program
//! unchanged, in the caller's directory.

use crate::setup;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::process::{Command, ExitCode};

/// Build with optimisation and become the program.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    setup::ensure(workspace)?;
    let binary = workspace.build_cmdai(true)?;
    become_program(Command::new(binary).args(args).env("CMDAI_YES", "1"))
}

/// The `model` subcommand of the built binary.
pub(crate) fn model(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    setup::ensure(workspace)?;
    let binary = workspace.build_cmdai(true)?;
    become_program(Command::new(binary).arg("model").args(args))
}

/// Replace this process, so that signals, the terminal and the exit status are the program's own.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", command.get_program().display()))
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
