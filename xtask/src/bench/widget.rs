//! What the shell integration costs beside generation: a request whose answer is in the history, so that nothing is generated, from the
//! start of the process to its end, as the shell waits for it.
//!
//! `cmdai -q` on the same request is the yardstick, and bash calling it in `$(...)` shows what the shell adds. All in turn, a process each.

use super::cmdai::Cmdai;
use super::stats::{Summary, milliseconds};
use crate::setup;
use crate::workspace::{Workspace, check};
use anyhow::{Result, bail};
use std::fs;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

const ROUNDS: usize = 40;
/// What the integration may cost beside generation, in milliseconds.
const BOUND: f64 = 20.0;
const REQUEST: &str = "count the lines of all rust files";
const COMMAND: &str = "find . -name '*.rs' -exec cat {} + | wc -l";

/// `cargo xtask bench widget`.
pub(crate) fn command(workspace: &Workspace) -> Result<ExitCode> {
    setup::ensure(workspace)?;
    let cmdai = Cmdai::without_model(workspace.build_cmdai(true)?)?;
    let file = cmdai.directory("taken")?.join("taken.ndjson");
    fs::write(&file, taken())?;
    check(cmdai.command().args(["history", "import"]).arg(&file))?;
    let line = format!("x=$(\"$0\" widget --shell bash -- \"{REQUEST}\") && printf '%s\\n' \"$x\"");
    let ways: [(&str, &dyn Fn() -> Command); 4] = [
        ("cmdai -q", &|| with(cmdai.command(), &["-q", "--shell", "bash", "--", REQUEST])),
        ("cmdai widget", &|| with(cmdai.command(), &["widget", "--shell", "bash", "--", REQUEST])),
        ("a bash that calls cmdai widget", &|| in_bash(&cmdai.command(), &line)),
        ("a bash that calls nothing", &|| in_bash(&cmdai.command(), &format!("echo \"{COMMAND}\""))),
    ];
    let mut times: [Vec<f64>; 4] = Default::default();
    for round in 0..=ROUNDS {
        for ((name, way), times) in ways.iter().zip(&mut times) {
            let start = Instant::now();
            let output = way().output()?;
            let time = milliseconds(start.elapsed());
            if String::from_utf8_lossy(&output.stdout).trim_end() != COMMAND {
                bail!("{name} ended with {} and printed {:?}", output.status, output.stdout);
            }
            // The first finds cold caches.
            if round > 0 {
                times.push(time);
            }
        }
    }
    println!("{:<44}{:>10}{:>10}{:>10}", "milliseconds, answered from the history", "min", "median", "max");
    let summaries = times.map(Summary::of);
    for ((name, _), summary) in ways.iter().zip(&summaries) {
        if let Some(s) = summary {
            println!("{name:<44}{:>10.1}{:>10.1}{:>10.1}", s.min, s.median, s.max);
        }
    }
    if let [_, Some(widget), ..] = summaries {
        let kept = if widget.median < BOUND { "kept" } else { "BROKEN" };
        println!("\ncmdai widget beside generation, at most {BOUND:.0} ms: {kept}");
    }
    Ok(ExitCode::SUCCESS)
}

fn with(mut command: Command, args: &[&str]) -> Command {
    command.args(args);
    command
}

/// bash in the same directories, with the program as `$0`.
fn in_bash(cmdai: &Command, line: &str) -> Command {
    let mut bash = Command::new("bash");
    for (name, value) in cmdai.get_envs() {
        match value {
            Some(value) => bash.env(name, value),
            None => bash.env_remove(name),
        };
    }
    bash.args(["--norc", "-c", line]).arg(cmdai.get_program());
    bash.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    bash
}

/// A history in which the request was answered and the answer taken.
fn taken() -> String {
    let platform = if cfg!(target_os = "macos") { "macos" } else { "linux" };
    let entry = serde_json::json!({
        "id": "019b8000-0000-7000-8000-000000000001", "time": "2026-01-05T10:00:00Z", "request": REQUEST, "command": COMMAND,
        "edited": null, "shell": "bash", "platform": platform, "cwd": "/", "host": null, "user": null, "disposition": "copied",
        "safety": null, "execution": null, "generation": null,
    });
    format!("{{\"cmdai-history\":1}}\n{entry}\n")
}
