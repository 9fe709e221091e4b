//! Finds out where a command will run.
//!
//! Second in the flow. Asks the machine once and keeps the answer: `ls --version` and `SHELL --version` are the only processes ever
//! started, and not again until one of the two programs changes (held by `a_second_capture_starts_no_process`). Which family
//! the tools belong to is taken from what they say, not from the name of the system.

use crate::{dirs, system};
use chrono::Utc;
use cmdai_core::context::{ExecutionContext, Userland};
use cmdai_core::request::{Platform, ShellType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

/// The shell a command is for when none was chosen: the one that called us, else the login shell.
#[must_use]
pub fn shell() -> ShellType {
    let parent = system::parent_name().and_then(|name| known_shell(&name)).filter(|shell| *shell != ShellType::Sh);
    let login = || std::env::var("SHELL").ok().and_then(|path| known_shell(&path));
    parent.or_else(login).unwrap_or(if cfg!(windows) { ShellType::PowerShell } else { ShellType::Bash })
}

fn known_shell(path: &str) -> Option<ShellType> {
    let name = path.rsplit(['/', '\\']).next()?.trim().trim_start_matches('-').trim_end_matches(".exe");
    match name {
        "pwsh" => Some(ShellType::PowerShell),
        "nushell" => Some(ShellType::Nu),
        "dash" | "ash" | "ksh" => Some(ShellType::Sh),
        name => name.parse().ok(),
    }
}

/// What is known of the place where the command will run.
///
/// # Errors
/// The current directory is gone.
pub fn capture(shell: ShellType) -> std::io::Result<ExecutionContext> {
    Ok(capture_in(shell, std::env::current_dir()?))
}

/// As [`capture`], for a command that will run in `cwd`, an absolute path.
#[must_use]
pub fn capture_in(shell: ShellType, cwd: PathBuf) -> ExecutionContext {
    let probed = probed(shell, &dirs::cache().join("probe.json"), &|program| find(program), &ask_version);
    let mut context = ExecutionContext::new(cwd, shell, Platform::current(), Utc::now()).with_environment(
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
    );
    context.userland = probed.userland;
    context.shell_version = probed.shell_version;
    context.user = context.environment().get("USER").or_else(|| context.environment().get("LOGNAME")).cloned();
    (context.host, context.is_root) = system::host_and_root();
    context
}

/// What had to be asked of programs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Probed {
    userland: Userland,
    shell_version: Option<String>,
}

/// Answers by the state of the programs that gave them.
type Known = BTreeMap<String, Probed>;

fn probed(
    shell: ShellType,
    cache: &Path,
    find: &dyn Fn(&str) -> Option<PathBuf>,
    ask: &dyn Fn(&Path) -> Option<String>,
) -> Probed {
    if cfg!(windows) {
        return Probed { userland: Userland::Windows, shell_version: None };
    }
    let (ls, shell) = (find("ls"), find(shell.name()));
    let key = format!("{} {}", fingerprint(ls.as_deref()), fingerprint(shell.as_deref()));
    let mut known: Known =
        fs::read(cache).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    if let Some(probed) = known.get(&key) {
        return probed.clone();
    }
    let probed = Probed {
        userland: ls.as_deref().map_or(Userland::Unknown, |ls| userland(ls, ask)),
        shell_version: shell.as_deref().and_then(ask).as_deref().and_then(version_in),
    };
    known.insert(key, probed.clone());
    if let Err(error) = write_private(cache, &known) {
        tracing::debug!(%error, "the probe could not be cached");
    }
    probed
}

/// Replaced as a whole, so that a reader beside us never sees half of it.
fn write_private(path: &Path, known: &Known) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    serde_json::to_writer(&mut file, known)?;
    file.persist(path)?;
    Ok(())
}

/// BSD's `ls` knows no `--version` and prints nothing on standard output.
fn userland(ls: &Path, ask: &dyn Fn(&Path) -> Option<String>) -> Userland {
    let is_busybox = |path: &Path| path.file_name().is_some_and(|name| name == "busybox");
    if fs::canonicalize(ls).is_ok_and(|real| is_busybox(&real)) {
        return Userland::Busybox;
    }
    match ask(ls) {
        Some(text) if text.contains("GNU") || text.contains("uutils") => Userland::Gnu,
        Some(text) if text.contains("BusyBox") => Userland::Busybox,
        None if cfg!(any(target_os = "macos", target_os = "freebsd")) => Userland::Bsd,
        _ => Userland::Unknown,
    }
}

/// Path, size and modification time: what changes when a program is replaced.
fn fingerprint(path: Option<&Path>) -> String {
    let Some(path) = path else { return "none".to_owned() };
    let state = fs::metadata(path).ok().and_then(|meta| {
        let modified = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{}:{}", meta.len(), modified.as_nanos()))
    });
    format!("{}:{}", path.display(), state.unwrap_or_default())
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|candidate| candidate.is_file())
}

fn ask_version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (!text.trim().is_empty()).then_some(text)
}

/// The first word that looks like a version.
fn version_in(text: &str) -> Option<String> {
    let word = text
        .split([' ', ',', '(', '\n'])
        .find(|word| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_known_by_any_of_their_names() {
        for (name, expected) in [
            ("/usr/bin/zsh", Some(ShellType::Zsh)),
            ("-bash", Some(ShellType::Bash)),
            ("fish\n", Some(ShellType::Fish)),
            ("C:\\pwsh.exe", Some(ShellType::PowerShell)),
            ("/bin/dash", Some(ShellType::Sh)),
            ("cargo", None),
        ] {
            assert_eq!(known_shell(name), expected, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_second_capture_starts_no_process() {
        use std::cell::Cell;
        let dir = tempfile::tempdir().unwrap();
        let ls = dir.path().join("ls");
        fs::write(&ls, "1").unwrap();
        let asked = Cell::new(0);
        let find = |_: &str| Some(ls.clone());
        let ask = |_: &Path| {
            asked.set(asked.get() + 1);
            Some("ls (GNU coreutils) 9.1".to_owned())
        };
        let cache = dir.path().join("probe.json");
        let first = probed(ShellType::Bash, &cache, &find, &ask);
        assert_eq!(first, Probed { userland: Userland::Gnu, shell_version: Some("9.1".to_owned()) });
        assert_eq!(probed(ShellType::Bash, &cache, &find, &ask), first);
        assert_eq!(asked.get(), 2);

        fs::write(&ls, "another program").unwrap();
        probed(ShellType::Bash, &cache, &find, &ask);
        assert_eq!(asked.get(), 4, "a changed program is asked again");
        fs::write(&cache, "{").unwrap();
        assert_eq!(probed(ShellType::Bash, &cache, &find, &ask), first, "a broken cache is no failure");
    }

    #[test]
    fn versions_are_found_where_shells_print_them() {
        assert_eq!(version_in("GNU bash, version 5.2.15(1)-release").as_deref(), Some("5.2.15"));
        assert_eq!(version_in("zsh 5.9 (x86_64-debian-linux-gnu)").as_deref(), Some("5.9"));
        assert_eq!(version_in("fish, version 3.6.0").as_deref(), Some("3.6.0"));
        assert_eq!(version_in("no number"), None);
    }
}
