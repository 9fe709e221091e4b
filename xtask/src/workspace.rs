//! Where things are in this checkout, and how cargo and other programs are started from it.
//!
//! All commands use it. Tools always lie in the checkout's own `target/tools`, even with `CARGO_TARGET_DIR` set, because
//! `.cargo/config.toml` can only name a fixed place. Every cargo we start sees the same flags: one that differs would build
//! llama.cpp again, or build it without this machine's instructions, which is thirty times slower.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The flag without which llama.cpp is built for plain SSE2; `.cargo/config.toml` sets it, `RUSTFLAGS` would drop it.
const NATIVE: &str = "-Ctarget-cpu=native";

/// A checkout of this repository.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// What `setup` had told cargo when this process started, and cargo then put into our environment.
    inherited: BTreeMap<String, String>,
}

impl Workspace {
    /// The checkout that `cargo xtask` was started in. The environment is asked first: with one target directory for several
    /// checkouts the path compiled in may be another's.
    pub(crate) fn find() -> Result<Self> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest.parent().context("xtask lies in no workspace")?.to_owned();
        let mut workspace = Self { root, inherited: BTreeMap::new() };
        workspace.inherited = workspace.tools_env();
        Ok(workspace)
    }

    /// A checkout at that place, for tests.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), inherited: BTreeMap::new() }
    }

    /// Private tools of this checkout.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join("target/tools")
    }

    /// The file with an `[env]` table through which cargo finds the private tools.
    pub(crate) fn tools_config(&self) -> PathBuf {
        self.tools().join("cargo.toml")
    }

    /// What [`Self::tools_config`] says now; empty when there is none.
    pub(crate) fn tools_env(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(self.tools_config()).unwrap_or_default();
        let table: toml::Table = text.parse().unwrap_or_default();
        let env = table.get("env").and_then(toml::Value::as_table);
        env.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    /// A cargo command in the root, with the flags that every build of this workspace shares.
    pub(crate) fn cargo<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root).args(args);
        // The environment wins over cargo's [env]: what came from there must go, for `setup` may have changed it since.
        for (name, value) in &self.inherited {
            if env::var(name).is_ok_and(|now| now == *value) {
                command.env_remove(name);
            }
        }
        if let Some(flags) = env::var_os("RUSTFLAGS").and_then(|flags| flags.into_string().ok())
            && let Some(flags) = with_native(&flags)
        {
            command.env("RUSTFLAGS", flags);
        }
        command
    }

    /// Build the binary and say where it lies; the progress of cargo is visible.
    pub(crate) fn build_cmdai(&self, release: bool) -> Result<PathBuf> {
        // In the dev profile the whole workspace is named, so that features (and thus artefacts) are those of the tests.
        let selection: &[&str] =
            if release { &["--release", "--package", "cmdai-cli"] } else { &["--workspace", "--bins"] };
        let mut command = self.cargo(["build", "--message-format=json-render-diagnostics"]);
        let output = command.args(selection).stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            bail!("cmdai does not build");
        }
        executable(&String::from_utf8_lossy(&output.stdout), "cmdai").context("cargo built no binary named cmdai")
    }
}

/// `flags` with the native flag added; none when they choose a CPU themselves, or there are none to override the config.
fn with_native(flags: &str) -> Option<String> {
    (!flags.is_empty() && !flags.contains("target-cpu")).then(|| format!("{flags} {NATIVE}"))
}

/// The path of the binary `name` in cargo's stream of JSON messages.
pub(crate) fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).find_map(|message| {
        let target = message.get("target")?;
        let is_bin = target.get("kind")?.as_array()?.iter().any(|kind| kind == "bin");
        (is_bin && target.get("name")? == name).then_some(())?;
        message.get("executable")?.as_str().map(PathBuf::from)
    })
}

/// Where the build script of a crate wrote to, by cargo's JSON messages.
pub(crate) fn out_dir(messages: &str, name: &str) -> Option<PathBuf> {
    messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).find_map(|message| {
        let id = message.get("package_id")?.as_str()?;
        let of_name = id.split(['#', '@', '/', ' ']).any(|part| part == name);
        (of_name && message.get("reason")? == "build-script-executed").then_some(())?;
        message.get("out_dir")?.as_str().map(PathBuf::from)
    })
}

/// Run to the end with the terminal inherited; an error names the command.
pub(crate) fn check(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// The command as one would type it, to be copied from a message.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program()).to_string_lossy();
    command.get_args().fold(program.into_owned(), |line, arg| format!("{line} {}", arg.to_string_lossy()))
}

/// The program of that name in `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(&file)).find(|path| is_executable(path))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_found_in_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"cmdai"},"executable":null}
not json
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"xtask"},"executable":"/t/xtask"}
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"cmdai"},"executable":"/t/cmdai"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages, "cmdai"), Some("/t/cmdai".into()));
        assert_eq!(executable(messages, "other"), None);
    }

    #[test]
    fn the_output_of_a_build_script_is_found() {
        let messages = r#"{"reason":"compiler-artifact","package_id":"registry+https://r.example#llama-cpp-sys-2@0.1.161","out_dir":"/no"}
{"reason":"build-script-executed","package_id":"registry+https://r.example#llama-cpp-sys-2x@0.1.161","out_dir":"/no"}
{"reason":"build-script-executed","package_id":"registry+https://r.example#llama-cpp-sys-2@0.1.161","out_dir":"/yes"}"#;
        assert_eq!(out_dir(messages, "llama-cpp-sys-2"), Some("/yes".into()));
        assert_eq!(out_dir(messages, "llama"), None);
    }

    #[test]
    fn rustflags_never_lose_the_native_cpu() {
        assert_eq!(with_native("-Dwarnings").as_deref(), Some("-Dwarnings -Ctarget-cpu=native"));
        assert_eq!(with_native("-C target-cpu=x86-64-v3"), None);
        assert_eq!(with_native(""), None);
    }
}
