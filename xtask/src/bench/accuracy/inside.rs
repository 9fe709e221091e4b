//! What happens within the sandbox: build the fixture, run the command under limits, look at what it left.
//!
//! [`super::sandbox`] starts this program again in there; it reads a [`Spec`] from standard input and answers with an
//! [`Outcome`], both one line of JSON. It is done from inside because the home directory is memory that nobody outside can see.
//! Output goes to files and not through pipes, so that a process that a command leaves behind keeps nobody waiting.

use super::sandbox::{CWD, HOME, PATH};
use super::tree::{Tree, snapshot};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// 2 GB of addresses, 200 MB a file, 200 processes; the home directory has 256 MiB.
const LIMITED: &str = r#"ulimit -v 2000000 -f 200000 -u 200; exec timeout -s KILL 10 bash "$1""#;
/// More of an output than this is cut off.
const OUTPUT: u64 = 256 * 1024;
/// The status of `timeout` when it had to kill.
const KILLED: i64 = 137;

/// What to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Builds the files.
    pub(crate) fixture: String,
    /// Starts processes that are there while the command runs; may be empty.
    pub(crate) start: String,
    pub(crate) command: String,
    pub(crate) probe: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: i64,
    pub(crate) output: String,
    pub(crate) errors: String,
    pub(crate) probe: String,
    pub(crate) tree: Tree,
    /// The paths before the command, which may have removed some that it names.
    pub(crate) before: Vec<String>,
}

impl Spec {
    pub(crate) fn to_json(&self) -> String {
        json!({ "fixture": self.fixture, "start": self.start, "command": self.command, "probe": self.probe })
            .to_string()
    }

    fn from_json(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let need = |key: &str| text(key).with_context(|| format!("{key} is missing"));
        Ok(Self { fixture: need("fixture")?, start: need("start")?, command: need("command")?, probe: text("probe") })
    }
}

impl Outcome {
    /// Whether the command had to be stopped.
    pub(crate) const fn ran_out_of_time(&self) -> bool {
        self.status == KILLED
    }

    fn to_json(&self) -> String {
        let tree: Map<String, Value> = self.tree.iter().map(|(path, what)| (path.clone(), json!(what))).collect();
        json!({ "status": self.status, "output": self.output, "errors": self.errors, "probe": self.probe,
            "tree": tree, "before": self.before })
        .to_string()
    }

    pub(crate) fn from_json(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).context("the sandbox said nothing")?;
        if let Some(error) = value.get("error").and_then(Value::as_str) {
            bail!("{error}");
        }
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let need = |key: &str| value.get(key).and_then(text).with_context(|| format!("{key} is missing"));
        let tree = value.get("tree").and_then(Value::as_object).context("tree is missing")?;
        Ok(Self {
            status: value.get("status").and_then(Value::as_i64).context("status is missing")?,
            output: need("output")?,
            errors: need("errors")?,
            probe: need("probe")?,
            tree: tree.iter().filter_map(|(path, what)| Some((path.clone(), text(what)?))).collect(),
            before: value.get("before").and_then(Value::as_array).into_iter().flatten().filter_map(text).collect(),
        })
    }
}

/// `--inside`: the whole life of a sandbox.
pub(crate) fn main() -> Result<ExitCode> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let answer = match Spec::from_json(&text).and_then(|spec| run(&spec)) {
        Ok(outcome) => outcome.to_json(),
        Err(error) => json!({ "error": format!("{error:#}") }).to_string(),
    };
    println!("{answer}");
    Ok(ExitCode::SUCCESS)
}

fn run(spec: &Spec) -> Result<Outcome> {
    // Only the sandbox has this file; outside, a fixture and a command would act on a person's files.
    if !Path::new("/bench/xtask").is_file() || !Path::new(CWD).is_dir() {
        bail!("this is no sandbox");
    }
    for (name, script) in [("fixture", &spec.fixture), ("start", &spec.start)] {
        let mut build = Command::new("bash");
        build.args(["-eu", "-c", script]).env_clear().envs(environment()).current_dir(CWD);
        let output = build.stdin(Stdio::null()).stdout(Stdio::null()).output()?;
        if !output.status.success() {
            bail!("the {name} fails: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
    }
    let before = snapshot(Path::new(HOME))?.into_keys().collect();
    let (status, output, errors) = limited(&spec.command, "command")?;
    let tree = snapshot(Path::new(HOME))?;
    let probe = match &spec.probe {
        Some(probe) => limited(probe, "probe")?.1,
        None => String::new(),
    };
    Ok(Outcome { status, output, errors, probe, tree, before })
}

/// Status, output and errors of a command that is stopped when it goes on for too long.
fn limited(command: &str, name: &str) -> Result<(i64, String, String)> {
    let path = |kind: &str| format!("/run/bench/{name}.{kind}");
    // Appending, so that a command that opens its own output again (`tee /dev/stdout`) overwrites nothing.
    let open = |kind: &str| fs::OpenOptions::new().create(true).append(true).open(path(kind));
    // A command may have removed the directory it ran in.
    let cwd = if Path::new(CWD).is_dir() { CWD } else { "/" };
    // As a file, so that the command's own words are in no process's arguments, where `pkill -f` would find them.
    fs::write(path("sh"), command)?;
    let mut process = Command::new("bash");
    process.args(["-c", LIMITED, "bash", &path("sh")]).env_clear().envs(environment()).current_dir(cwd);
    process.stdin(Stdio::null()).stdout(open("out")?).stderr(open("err")?);
    let status = process.status()?.code().map_or(KILLED, i64::from);
    let read = |kind: &str| -> Result<String> {
        let mut bytes = Vec::new();
        fs::File::open(path(kind))?.take(OUTPUT).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    Ok((status, read("out")?, read("err")?))
}

fn environment() -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("PATH", PATH), ("HOME", HOME), ("PWD", CWD), ("USER", "ada"), ("LOGNAME", "ada")];
    all.extend([("SHELL", "/bin/bash"), ("TERM", "dumb"), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")]);
    all.extend([("PAGER", "cat"), ("GIT_PAGER", "cat"), ("GIT_CONFIG_NOSYSTEM", "1"), ("EDITOR", "true")]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_and_out_reads_back() {
        let spec = Spec { command: "echo \"ü\"\n".into(), probe: Some("ls".into()), ..Spec::default() };
        assert_eq!(Spec::from_json(&spec.to_json()).unwrap(), spec);
        let outcome = Outcome {
            status: 1,
            output: "a\nb".into(),
            errors: String::new(),
            probe: "p".into(),
            tree: [("a".to_owned(), "file 644 0 x".to_owned())].into(),
            before: vec!["a".into()],
        };
        assert_eq!(Outcome::from_json(&outcome.to_json()).unwrap(), outcome);
        assert_eq!(Outcome::from_json("{\"error\":\"no\"}").unwrap_err().to_string(), "no");
    }

    #[test]
    fn outside_a_sandbox_nothing_is_run() {
        assert_eq!(run(&Spec::default()).unwrap_err().to_string(), "this is no sandbox");
    }
}
