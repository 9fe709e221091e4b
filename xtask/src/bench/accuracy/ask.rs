//! The requests put to cmdai, as a script would: one process each, in a directory that holds the fixture.
//!
//! Between [`super::task`] and [`super::answers`]. Each variant has private directories, as in the benchmark of speed, so that
//! neither settings nor history of the user takes part, and what one task leaves is gone before the next; only models, the
//! state of the prompt's prefix and the variant's own worker stay. With two variants each task is asked of both in turn, so that a
//! busy machine slows both.

use super::answers::{Answer, Answers};
use super::task::Task;
use crate::bench::cmdai::{Cmdai, model_path};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, UNIX_EPOCH};

/// What each step leaves out of cmdai as it is.
pub(crate) const STEPS: &[(&str, &str)] =
    &[("contract", "examples,files,refusals,amend,repair"), ("prompt", "amend,repair"), ("repair", "amend")];

/// A way to ask: a program, more arguments for it, and an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    program: Option<PathBuf>,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Variant {
    /// `NAME=WORDS`: words before the first argument that look like `KEY=VALUE` are environment, `cmdai=PATH` is the program.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let (name, words) = text.split_once('=').context("a variant is NAME=ARGS, such as 'three=-n 3'")?;
        let mut variant = Self { name: name.to_owned(), ..Self::base() };
        for word in words.split_whitespace() {
            match word.split_once('=') {
                Some(("cmdai", path)) if variant.args.is_empty() => variant.program = Some(path.into()),
                Some((key, value)) if variant.args.is_empty() && is_variable(key) => {
                    variant.env.push((key.to_owned(), value.to_owned()));
                }
                _ => variant.args.push(word.to_owned()),
            }
        }
        if name.is_empty() || name == Self::base().name {
            bail!("a variant needs a name of its own, not `{name}`");
        }
        Ok(variant)
    }

    /// From the plain output contract on, each with one step more; the last step makes it cmdai as it is.
    pub(crate) fn steps() -> Vec<Self> {
        let env = |without: &str| vec![("CMDAI_WITHOUT".to_owned(), without.to_owned())];
        STEPS
            .iter()
            .map(|(name, without)| Self { name: (*name).to_owned(), env: env(without), ..Self::base() })
            .collect()
    }

    /// cmdai as it is.
    pub(crate) fn base() -> Self {
        Self { name: "base".to_owned(), program: None, args: Vec::new(), env: Vec::new() }
    }

    /// What answers of this variant are made with, in words.
    fn made_with(&self, model: Option<&str>) -> String {
        let mut words: Vec<String> = self.env.iter().map(|(key, value)| format!("{key}={value}")).collect();
        words.push(self.program.as_ref().map_or_else(|| "cmdai".to_owned(), |path| path.display().to_string()));
        words.extend(model.iter().flat_map(|model| ["--model".to_owned(), (*model).to_owned()]));
        words.extend(self.args.iter().cloned());
        words.join(" ")
    }
}

fn is_variable(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// A variant with its directories.
struct Asked<'a> {
    variant: &'a Variant,
    cmdai: Cmdai,
    made_with: String,
    /// Where its worker listens, so that variants (and the user's own cmdai) do not answer for each other.
    runtime: PathBuf,
}

impl Asked<'_> {
    fn command(&self) -> Command {
        let mut command = self.cmdai.command();
        command.env("XDG_RUNTIME_DIR", &self.runtime).envs(self.variant.env.iter().cloned());
        command
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        // It would end by itself some minutes later; a program without workers does not know the words, and need not.
        let _ = self.command().args(["worker", "stop"]).stderr(std::process::Stdio::null()).output();
    }
}

/// Ask what is not answered yet.
pub(crate) fn all(
    binary: &Path,
    model: Option<&str>,
    variants: &[Variant],
    tasks: &[&Task],
    data: &Path,
    answers: &mut Answers,
) -> Result<()> {
    let asked: Vec<Asked> = variants
        .iter()
        .map(|variant| {
            let binary = variant.program.as_deref().unwrap_or(binary).to_owned();
            let path = match model.map(Path::new).filter(|model| model.is_file()) {
                Some(file) => file.to_owned(),
                None => model_path(&binary, model)?,
            };
            let made_with = format!("{}, program of {}", variant.made_with(model), built(&binary)?);
            let cmdai = Cmdai::new(binary, None, &path, &format!("accuracy-{}", variant.name))?;
            let runtime = cmdai.directory("runtime")?;
            Ok(Asked { variant, cmdai, made_with, runtime })
        })
        .collect::<Result<_>>()?;
    let dir = env::temp_dir().join(format!("cmdai-accuracy-{}", std::process::id()));
    for (index, task) in tasks.iter().enumerate() {
        for one in &asked {
            if answers.has(&one.variant.name, &one.made_with, &task.id, &task.request)? {
                continue;
            }
            eprintln!("accuracy: {} of {}, {}: {}", index + 1, tasks.len(), one.variant.name, task.id);
            let answer = with_fixture(&dir, data, task, |cwd| ask(one, model, task, cwd))?;
            answers.add(answer)?;
        }
    }
    Ok(())
}

/// When a program was built, in seconds since 1970: a run must not go on with another program under the same name.
fn built(binary: &Path) -> Result<u64> {
    let time = fs::metadata(binary).with_context(|| binary.display().to_string())?.modified()?;
    Ok(time.duration_since(UNIX_EPOCH)?.as_secs())
}

fn ask(one: &Asked, model: Option<&str>, task: &Task, cwd: &Path) -> Result<Answer> {
    one.cmdai.forget_user()?;
    let mut command = one.command();
    command.current_dir(cwd).env("SHELL", "/bin/bash");
    command.args(["--json", "--no-input"]);
    if let Some(model) = model {
        command.args(["--model", model]);
    }
    command.args(["--shell", task.shell.as_deref().unwrap_or("bash")]);
    command.args(&one.variant.args).arg("--").arg(&task.request);
    let start = Instant::now();
    let output = command.output().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let wall_ms = start.elapsed().as_secs_f64() * 1000.0;
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    // Neither would be better at the next task.
    match output.status.code() {
        Some(2) if reply.is_null() => bail!("cmdai does not understand its command line: {}", one.made_with),
        Some(5) => bail!("cmdai has no model: {}", reply.pointer("/error/message").unwrap_or(&Value::Null)),
        _ => {}
    }
    Ok(Answer {
        variant: one.variant.name.clone(),
        made_with: one.made_with.clone(),
        task: task.id.clone(),
        request: task.request.clone(),
        status: output.status.code().map(i64::from),
        wall_ms,
        reply,
    })
}

/// The fixture in a directory called as it is in the sandbox. Fixtures are ours and only write below where they start.
fn with_fixture<T>(dir: &Path, data: &Path, task: &Task, ask: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let (home, cwd) = (dir.join("ada"), dir.join("ada/work"));
    fs::create_dir_all(&cwd)?;
    let script = fs::read_to_string(data.join("fixtures").join(format!("{}.sh", task.fixture)))?;
    let mut script_run = Command::new("bash");
    script_run
        .args(["-eu", "-c", &script])
        .current_dir(&cwd)
        .env("HOME", &home)
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8");
    let output = script_run.env("GIT_CONFIG_NOSYSTEM", "1").output()?;
    let result = if output.status.success() {
        ask(&cwd)
    } else {
        Err(anyhow::anyhow!("the fixture {} fails: {}", task.fixture, String::from_utf8_lossy(&output.stderr).trim()))
    };
    // A fixture has files and directories that nobody may enter; as their owner we may change that.
    Command::new("chmod").args(["-R", "u+rwX"]).arg(dir).output()?;
    fs::remove_dir_all(dir)?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_environment_then_arguments() {
        let variant = Variant::parse("three=CMDAI_SAFETY=strict cmdai=/old/cmdai -n 3 --x=Y=1").unwrap();
        assert_eq!(variant.name, "three");
        assert_eq!(variant.env, [("CMDAI_SAFETY".to_owned(), "strict".to_owned())]);
        assert_eq!(variant.args, ["-n", "3", "--x=Y=1"]);
        assert_eq!(variant.made_with(Some("m")), "CMDAI_SAFETY=strict /old/cmdai --model m -n 3 --x=Y=1");
        assert!(Variant::parse("-n 3").is_err() && Variant::parse("base=-n 3").is_err());
        assert!(Variant::parse("=-n 3").is_err());
    }
}
