//! What `cmdai explain` takes from the start of its process to its end: with nothing read yet of the programs, and with what it kept.
//!
//! The commands of `tests/data/verify/explain.tsv`, a process each; the library alone is measured by the example `costs` of cmdai-verify.

use super::cmdai::Cmdai;
use super::stats::{milliseconds, percentile};
use crate::setup;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::{ExitCode, Stdio};
use std::time::Instant;

const ROWS: &str = "tests/data/verify/explain.tsv";
/// What a command may take, in milliseconds.
const BOUND: f64 = 30.0;
/// Of each command with everything kept the best of these counts, since the machine has other things to do as well.
const ROUNDS: usize = 5;

/// `cargo xtask bench explain`.
pub(crate) fn command(workspace: &Workspace) -> Result<ExitCode> {
    setup::ensure(workspace)?;
    let cmdai = Cmdai::without_model(workspace.build_cmdai(true)?)?;
    let rows = fs::read_to_string(workspace.root.join(ROWS)).context(ROWS)?;
    let commands = rows.lines().filter(|row| !row.starts_with('#')).filter_map(|row| row.split('\t').next());
    let commands: Vec<&str> = commands.collect();
    let time = |command: &str| -> Result<f64> {
        let start = Instant::now();
        let status = cmdai.command().args(["explain", command]).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        let time = milliseconds(start.elapsed());
        if !status.success() {
            bail!("cmdai explain {command:?} ended with {status}");
        }
        Ok(time)
    };
    // What is kept after this is the shell and the machine, which any request asks for.
    time("true")?;
    let first = commands.iter().map(|command| time(command)).collect::<Result<Vec<f64>>>()?;
    let again: Vec<f64> = commands
        .iter()
        .map(|command| (0..ROUNDS).map(|_| time(command)).try_fold(f64::INFINITY, |best, time| Ok(best.min(time?))))
        .collect::<Result<_>>()?;
    println!("{} commands, a process each, milliseconds     p50       p95       max", commands.len());
    for (name, times) in [("asked the first time", &first), ("with what was kept", &again)] {
        let at = |percent| percentile(times.iter().copied(), percent).unwrap_or(f64::NAN);
        println!("{name:<40}{:>10.1}{:>10.1}{:>10.1}", at(50), at(95), at(100));
    }
    let over = |times: &[f64]| times.iter().filter(|time| **time >= BOUND).count();
    println!("\n{BOUND:.0} ms and more: {} the first time, {} with what was kept", over(&first), over(&again));
    Ok(ExitCode::SUCCESS)
}
