//! The search of `cmdai history` beside that of atuin: the same commands, the same texts, a process each, in turn.
//!
//! Both take over one file of bash. What is timed is the whole process, as a person waits for it.

use super::cmdai::Cmdai;
use super::stats::{milliseconds, percentile};
use crate::cargo_tool::{self, Tool};
use crate::workspace::{Workspace, check};
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

const ATUIN: Tool = Tool { name: "atuin", version: "18.24.4", features: &["client"], optimised: true };
const ROUNDS: usize = 15;
const LIMIT: &str = "50";
/// What is searched for: found everywhere, seldom, and never.
const SEARCHES: &[&str] = &["git", "image 777", "nosuchword"];
const COMMANDS: &[&str] = &[
    "git commit -m 'work on part",
    "docker run --rm -it image",
    "tar czf backup",
    "ssh host uptime",
    "find . -name 'log*' -size +10M",
    "cargo build --workspace",
    "rg pattern src/module",
];

/// `cargo xtask bench history --atuin [ENTRIES]`.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let entries = args.first().map_or(Ok(100_000), |number| number.parse::<usize>()).context("a number of entries")?;
    let atuin = cargo_tool::ensure(workspace, &ATUIN)?;
    let ours = Cmdai::without_model(workspace.build_cmdai(true)?)?;
    let dir = ours.directory("atuin")?;
    let file = dir.join("history");
    fs::write(&file, history(entries))?;
    check(ours.command().args(["history", "import", "--from", "bash"]).arg(&file).stdout(Stdio::null()))?;
    let theirs = || theirs(&atuin, &dir);
    check(theirs().args(["import", "bash"]).env("HISTFILE", &file).stdout(Stdio::null()))?;
    println!("{entries} entries, a process each, milliseconds   cmdai p50       p95   atuin p50       p95     ratio");
    for text in SEARCHES {
        let (mut own, mut other) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            own.push(time(ours.command().args(["history", "search", "-n", LIMIT, text]))?);
            let mut search = theirs();
            search.args(["search", "--cmd-only", "--limit", LIMIT, "--search-mode", "fulltext", text]);
            other.push(time(&mut search)?);
        }
        let of = |times: &[f64], percent| percentile(times.iter().copied(), percent).unwrap_or(f64::NAN);
        let (p50, theirs) = (of(&own, 50), of(&other, 50));
        let (p95, their_p95) = (of(&own, 95), of(&other, 95));
        println!("{text:<46}{p50:>10.1}{p95:>10.1}{theirs:>12.1}{their_p95:>10.1}{:>10.2}", p50 / theirs);
    }
    Ok(ExitCode::SUCCESS)
}

/// atuin with directories of its own, and without its server.
fn theirs(atuin: &Path, dir: &Path) -> Command {
    let mut command = Command::new(atuin);
    command.env("HOME", dir).env("ATUIN_SESSION", "00000000000070008000000000000000").env("SHELL", "/bin/bash");
    for (name, place) in [("CONFIG", "config"), ("DATA", "data"), ("STATE", "state"), ("CACHE", "cache")] {
        command.env(format!("XDG_{name}_HOME"), dir.join(place));
    }
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

fn time(command: &mut Command) -> Result<f64> {
    let start = Instant::now();
    let output = command.output()?;
    let time = milliseconds(start.elapsed());
    // Finding nothing is an answer too.
    if output.status.code().is_none_or(|code| code > 1) {
        bail!("{command:?} ended with {}", output.status);
    }
    Ok(time)
}

/// As bash keeps it, with times.
fn history(entries: usize) -> String {
    let mut text = String::new();
    for (number, command) in (0..entries).zip(COMMANDS.iter().cycle()) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "#{}\n{command} {number}", 1_700_000_000 + number * 60);
    }
    text
}
