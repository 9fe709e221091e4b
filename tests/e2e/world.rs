//! A place to run `cmdai` in, and what came of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Answers right; used where the answer counts.
pub(crate) const RIGHT: &str = "qwen2.5-coder-1.5b";
/// Answers fast; used where it does not.
pub(crate) const FAST: &str = "smollm2-135m";

pub(crate) struct World {
    pub(crate) dir: TempDir,
    cache: PathBuf,
}

impl World {
    /// With the models of this machine.
    pub(crate) fn new() -> Self {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("e2e-cache");
        let models = crate::model::model(FAST).path.parent().unwrap().to_owned();
        std::fs::create_dir_all(cache.join("cmdai")).unwrap();
        // Another test may be doing the same.
        let _ = std::os::unix::fs::symlink(models, cache.join("cmdai/models"));
        Self { dir: tempfile::tempdir().unwrap(), cache }
    }

    /// With a cache of its own: no models.
    pub(crate) fn without_models() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("cache");
        Self { dir, cache }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn models(&self) -> PathBuf {
        self.cache.join("cmdai/models")
    }

    /// Sets the environment of any command that is to run `cmdai`.
    pub(crate) fn equip<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let bin = Path::new(env!("CARGO_BIN_EXE_cmdai")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("HOME", self.path())
            .env("XDG_CACHE_HOME", &self.cache)
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("XDG_RUNTIME_DIR", self.path())
            // A test that wants one says so; the others would leave a model in memory behind each.
            .env("CMDAI_NO_WORKER", "1")
            .env("SHELL", "/bin/bash")
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
    }

    pub(crate) fn cmdai(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cmdai"));
        self.equip(&mut command).args(args).stdin(Stdio::null());
        command
    }

    /// Runs `cmdai` off a terminal.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.cmdai(args).output().unwrap())
    }

    /// Runs a line of bash in which `cmdai` is the real one.
    pub(crate) fn bash(&self, line: &str) -> Ran {
        let mut command = Command::new("bash");
        Ran::of(self.equip(&mut command).args(["-c", line]).stdin(Stdio::null()).output().unwrap())
    }
}

/// What a process left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard output of a run that went well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// Standard error of a run that ended with `code` and printed nothing.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""), "{self:?}");
        self.stderr
    }
}
