//! The machine around cmdai: processor, room, directories, manual pages, shell and terminal.

use super::Finding;
use crate::{dirs, probe, say, system, terminal as term};
use cmdai_backends::embedded::cpu;
use cmdai_backends::model::{ModelFile, catalog};
use cmdai_backends::worker::memory as room;
use cmdai_config::Settings;
use cmdai_core::request::ShellType;
use cmdai_verify::Machine;
use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Less room than this fills up while one works.
const LITTLE: u64 = 200_000_000;

pub(super) fn version() -> Finding {
    let build = if cfg!(debug_assertions) { "a debug build" } else { "a release build" };
    let found =
        format!("cmdai {}, {build} for {} on {}", env!("CARGO_PKG_VERSION"), env::consts::ARCH, env::consts::OS);
    Finding::ok("version", found)
}

pub(super) fn processor() -> Finding {
    const NAME: &str = "processor";
    let missing = cpu::missing_instruction_sets();
    if !missing.is_empty() {
        let found = format!("this build needs {}, which this processor lacks", missing.join(", "));
        return Finding::broken(NAME, found, "build it on this machine: `cargo xtask run`");
    }
    let unused = cpu::unused_instruction_sets();
    if !unused.is_empty() {
        let found = format!("this build does not use {} of this processor and is many times slower", unused.join(", "));
        return Finding::warn(NAME, found, "build it inside the repository, without RUSTFLAGS of your own");
    }
    Finding::ok(NAME, format!("all that matters is used, with {} threads", cpu::inference_threads()))
}

/// The directories are there or can be made, and can be written to.
pub(super) fn directories() -> Finding {
    const NAME: &str = "directories";
    let dirs = [dirs::state(), dirs::cache()];
    for dir in &dirs {
        if let Err(error) = try_writing(dir) {
            return Finding::broken(
                NAME,
                format!("{} cannot be written to: {error}", dir.display()),
                "check its owner and rights, or set XDG_STATE_HOME and XDG_CACHE_HOME to other places",
            );
        }
    }
    Finding::ok(NAME, format!("{} can be written to", dirs.map(|dir| dir.display().to_string()).join(" and ")))
}

/// Writes where the directory is, or where it would be made.
fn try_writing(dir: &Path) -> io::Result<()> {
    let Some(there) = nearest(dir) else { return Err(io::ErrorKind::NotFound.into()) };
    tempfile::tempfile_in(there).map(drop)
}

/// The directory, or the nearest above it that is there.
fn nearest(dir: &Path) -> Option<&Path> {
    dir.ancestors().find(|dir| dir.symlink_metadata().is_ok())
}

pub(super) fn disk(has_model: bool) -> Finding {
    const NAME: &str = "disk";
    let cache = dirs::cache();
    let Some(free) = nearest(&cache).and_then(system::free_space) else {
        return Finding::ok(NAME, "how much is free cannot be found out here");
    };
    let needed = if has_model { LITTLE } else { catalog::default_model().bytes + LITTLE };
    let found = format!("{} free in {}", say::bytes(free), cache.display());
    if free < needed {
        let advice = format!("{} are wanted; `cmdai model gc` removes models that are not used", say::bytes(needed));
        return Finding::warn(NAME, found, advice);
    }
    Finding::ok(NAME, found)
}

pub(super) fn memory(model: Option<&ModelFile>) -> Finding {
    const NAME: &str = "memory";
    let Some((available, total)) = room::available() else {
        return Finding::ok(NAME, "how much is free cannot be found out here");
    };
    let found = format!("{} of {} can be used", say::bytes(available), say::bytes(total));
    let bytes = model.map_or(catalog::default_model().bytes, |file| file.bytes);
    if available < bytes + bytes / 4 {
        let advice = "the model does not fit beside the rest; end something or use a smaller one (`cmdai model list`)";
        return Finding::warn(NAME, found, advice);
    }
    if !room::has_room_for(bytes) {
        return Finding::warn(NAME, found, "too little to keep the model ready; each request loads it");
    }
    Finding::ok(NAME, found)
}

/// Where the options of programs are looked up.
pub(super) fn manuals() -> Finding {
    const NAME: &str = "manuals";
    let machine = Machine::new(Path::new("/"), &env::var("PATH").unwrap_or_default());
    if let Some(page) = ["ls", "sh", "find"].iter().find_map(|name| machine.manual(name)) {
        let man = if machine.program("man").is_some() { "" } else { ", without `man` to read them yourself" };
        return Finding::ok(NAME, format!("pages are there, such as {}{man}", page.display()));
    }
    Finding::warn(
        NAME,
        "there are none, so options are checked against a table of common programs only",
        "install manual pages: `apt install man-db` on Debian (after `unminimize` in a container), `apk add mandoc` on Alpine",
    )
}

pub(super) fn clipboard() -> Finding {
    const NAME: &str = "clipboard";
    if !io::stdout().is_terminal() {
        return Finding::ok(NAME, "that of the terminal, where there is one");
    }
    let terminal = env::var("TERM").unwrap_or_default();
    if env::var_os("TMUX").is_some() {
        let told = tmux_setting("set-clipboard");
        if told.as_deref() == Some("off") {
            let advice = "`tmux set -g set-clipboard on` lets it through";
            return Finding::warn(NAME, "tmux keeps what is copied from the terminal", advice);
        }
        return Finding::ok(NAME, "that of the terminal, through tmux (OSC 52)");
    }
    if matches!(terminal.as_str(), "" | "dumb" | "linux") {
        let found = format!("a terminal of the kind `{terminal}` has none");
        return Finding::warn(NAME, found, "use a terminal that knows OSC 52 for `c` to copy");
    }
    Finding::ok(NAME, "that of the terminal (OSC 52), if it lets programs write to it")
}

fn tmux_setting(name: &str) -> Option<String> {
    let output = Command::new("tmux").args(["show", "-sv", name]).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a start file of the shell loads the integration.
pub(super) fn shell(settings: &Settings) -> Finding {
    const NAME: &str = "shell";
    let shell = settings.interface.shell.unwrap_or_else(probe::shell);
    let files = start_files(shell);
    let loads = |file: &&PathBuf| std::fs::read_to_string(file).is_ok_and(|text| text.contains("cmdai init"));
    if let Some(file) = files.iter().find(loads) {
        return Finding::ok(NAME, format!("{shell}, with the integration in {}", file.display()));
    }
    match files.first() {
        Some(file) => Finding::warn(
            NAME,
            format!("{shell}, without the integration that puts commands on the prompt line"),
            format!("put `{}` into {}", line(shell), file.display()),
        ),
        None => Finding::ok(NAME, format!("{shell}")),
    }
}

/// What loads the integration.
fn line(shell: ShellType) -> String {
    match shell {
        ShellType::Fish => "cmdai init fish | source".to_owned(),
        ShellType::PowerShell => "cmdai init powershell | Out-String | Invoke-Expression".to_owned(),
        ShellType::Nu => "cmdai init nu | save -f ~/.config/nushell/autoload/cmdai-init.nu".to_owned(),
        other => format!("eval \"$(cmdai init {other})\""),
    }
}

/// Where people put such lines, the usual place first.
fn start_files(shell: ShellType) -> Vec<PathBuf> {
    let Some(home) = env::home_dir() else { return Vec::new() };
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = set("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
    match shell {
        ShellType::Bash => [".bashrc", ".bash_profile", ".profile"].map(|name| home.join(name)).to_vec(),
        ShellType::Zsh => {
            let dir = set("ZDOTDIR").unwrap_or_else(|| home.clone());
            [".zshrc", ".zprofile"].map(|name| dir.join(name)).to_vec()
        }
        ShellType::Fish => {
            let mut files = vec![config.join("fish/config.fish")];
            let more = std::fs::read_dir(config.join("fish/conf.d")).into_iter().flatten().flatten();
            files.extend(more.map(|file| file.path()));
            files
        }
        ShellType::PowerShell => vec![config.join("powershell/Microsoft.PowerShell_profile.ps1")],
        ShellType::Nu => {
            let mut files = vec![config.join("nushell/config.nu"), config.join("nushell/env.nu")];
            let more = std::fs::read_dir(config.join("nushell/autoload")).into_iter().flatten().flatten();
            files.extend(more.map(|file| file.path()));
            files
        }
        ShellType::Sh | ShellType::Cmd => Vec::new(),
    }
}

pub(super) fn terminal() -> Finding {
    const NAME: &str = "terminal";
    if !io::stdout().is_terminal() {
        return Finding::ok(NAME, "standard output is none, so nothing is asked and nothing runs");
    }
    if !term::can_ask() {
        let advice = "run it where /dev/tty can be opened and standard error is a terminal";
        return Finding::warn(NAME, "there is one, and questions cannot be asked on it", advice);
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()));
    let is_utf8 = locale.as_deref().is_some_and(|name| name.to_lowercase().replace('-', "").contains("utf8"));
    if cfg!(unix) && !is_utf8 {
        let found =
            format!("its character set is not UTF-8 ({})", locale.unwrap_or_else(|| "no locale is set".to_owned()));
        return Finding::warn(NAME, found, "set LANG to a UTF-8 locale, such as C.UTF-8");
    }
    let kind = env::var("TERM").unwrap_or_default();
    if matches!(kind.as_str(), "" | "dumb") {
        return Finding::warn(NAME, "it is a plain one, so questions take a line", "set TERM to what the terminal is");
    }
    let colours = if console::colors_enabled() { "colours" } else { "no colours" };
    Finding::ok(NAME, format!("{kind}, UTF-8, {colours}"))
}
