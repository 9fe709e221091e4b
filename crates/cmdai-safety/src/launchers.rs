//! More programs whose arguments are another command: terminals, schedulers, environments, supervisors, typists.
//!
//! Beside the table in [`wrappers`](crate::wrappers). How each takes its command decides where it begins.

use crate::by_name::ByName;
use crate::opts;
use crate::run::Machine;
use crate::value::{Arg, Data};
use crate::wrappers::join;
use cmdai_core::request::ShellType;

/// Where the command stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Behind so many operands; `--` may stand before it.
    Operand(usize),
    /// Behind `--` only.
    Dashes,
    /// One shell text in an option, or all that follows the option.
    Option(&'static [&'static str]),
    /// All operands behind so many are typed into a terminal.
    Typed(usize),
    /// Each operand is a shell text.
    Texts,
}

/// Program, its first operands, the options that take a value, where the command stands.
type Launcher = (&'static [&'static str], &'static [&'static str], &'static [&'static str], At);

const LAUNCHERS: &[Launcher] = &[
    // Terminals.
    (
        &[
            "xterm",
            "uxterm",
            "urxvt",
            "rxvt",
            "st",
            "konsole",
            "terminator",
            "tilix",
            "lxterminal",
            "xfce4-terminal",
            "mate-terminal",
            "qterminal",
            "sakura",
            "termite",
            "alacritty",
            "ghostty",
            "rio",
            "cool-retro-term",
            "contour",
            "terminology",
            "deepin-terminal",
            "lxterm",
            "aterm",
            "eterm",
            "kgx",
            "guake",
        ],
        &[],
        &[],
        At::Option(&["-e", "-x", "--command", "--execute"]),
    ),
    (&["gnome-terminal", "ptyxis", "kgx", "tilda", "blackbox"], &[], &[], At::Dashes),
    (&["gnome-terminal", "ptyxis"], &[], &[], At::Option(&["-e", "-x", "--command"])),
    (&["foot", "footclient"], &[], &["-a", "-T", "-w", "-W", "-t", "-c", "-o"], At::Operand(0)),
    (&["kitty"], &["@", "send-text"], &["-m", "--match"], At::Typed(2)),
    (&["kitty"], &["@", "launch"], &["-m", "--match", "--type", "--title"], At::Operand(2)),
    (&["kitten"], &["@", "send-text"], &["-m", "--match"], At::Typed(2)),
    (&["kitty"], &[], &["-c", "-o", "-d", "-T", "--title", "--config", "--directory", "--session"], At::Operand(0)),
    (&["wezterm"], &["cli", "send-text"], &["--pane-id"], At::Typed(2)),
    (&["wezterm"], &["cli", "spawn"], &["--pane-id", "--cwd"], At::Operand(2)),
    (&["wezterm"], &["cli", "split-pane"], &["--pane-id", "--cwd"], At::Operand(2)),
    (&["wezterm"], &["start"], &["--cwd", "--class"], At::Operand(1)),
    (&["zellij"], &["run"], &["-n", "--name", "-d", "--cwd"], At::Operand(1)),
    (&["zellij"], &["action", "write-chars"], &[], At::Typed(2)),
    (&["xdotool", "ydotool", "dotool"], &["type"], &["--delay", "--window", "-d", "--key-delay"], At::Typed(1)),
    (&["wtype"], &[], &["-d", "-s", "-M", "-m", "-k", "-P", "-p"], At::Typed(0)),
    (&["dtach", "abduco"], &[], &["-n", "-c", "-A", "-N", "-r", "-e"], At::Operand(0)),
    // Environments.
    (&["nix"], &["develop"], &[], At::Option(&["-c", "--command"])),
    (&["nix"], &["shell"], &[], At::Option(&["-c", "--command"])),
    (&["nix"], &["run"], &[], At::Dashes),
    (&["guix", "comma", ","], &[], &[], At::Dashes),
    (&["apptainer", "singularity"], &["exec"], &["-B", "--bind", "-W", "--env", "-H"], At::Operand(2)),
    (&["toolbox", "toolbx"], &["run"], &["-c", "--container", "-r", "-d"], At::Operand(1)),
    (&["distrobox", "distrobox-enter"], &["enter"], &["-n", "--name"], At::Dashes),
    (&["distrobox", "distrobox-enter"], &["enter"], &[], At::Option(&["-e"])),
    (&["flatpak-spawn"], &[], &["--env", "--directory"], At::Operand(0)),
    (&["schroot"], &[], &["-c", "-u", "-d"], At::Dashes),
    (&["scl"], &["enable"], &[], At::Dashes),
    (
        &[
            "rbenv", "pyenv", "nodenv", "goenv", "jenv", "nvm", "fnm", "opam", "stack", "cabal", "dune", "volta",
            "phpenv", "plenv", "swiftly", "spack",
        ],
        &["exec"],
        &["--using", "--version"],
        At::Operand(1),
    ),
    (&["fnm", "nvm", "rvm"], &["exec"], &[], At::Dashes),
    (&["mise", "rtx", "asdf"], &["x"], &[], At::Dashes),
    (&["mise", "rtx"], &["exec"], &[], At::Dashes),
    (&["npx", "npm", "pnpx", "bunx"], &[], &[], At::Option(&["-c", "--call"])),
    (&["pnpm", "yarn"], &["exec"], &["-F", "--filter", "-w"], At::Operand(1)),
    (&["npm"], &["exec"], &["-w", "--workspace"], At::Dashes),
    (&["npx", "bunx", "pnpx"], &["rimraf"], &[], At::Operand(0)),
    (&["npx", "bunx", "pnpx"], &["del-cli"], &[], At::Operand(0)),
    (&["npx", "bunx", "pnpx"], &["shx"], &[], At::Operand(1)),
    (&["bun"], &["x", "rimraf"], &[], At::Operand(1)),
    (&["shx"], &[], &[], At::Operand(0)),
    (&["lerna", "nx", "turbo", "rush", "moon"], &["exec"], &["--scope", "--ignore", "--concurrency"], At::Operand(1)),
    (&["concurrently", "mprocs", "run-p", "npm-run-all"], &[], &["-n", "--names", "-c", "-k"], At::Texts),
    (&["cross-env-shell"], &[], &[], At::Texts),
    (&["cross-env", "env-cmd"], &[], &["-f", "-r", "-e"], At::Operand(0)),
    (&["foreman", "honcho", "forego", "overmind"], &["run"], &["-e", "-f", "-d"], At::Operand(1)),
    // Secrets in the environment.
    (&["aws-vault", "chamber", "granted", "assume"], &["exec"], &["-d", "--duration"], At::Operand(2)),
    (
        &["op", "doppler", "teller", "infisical", "dotenvx", "keeper-commander", "bws", "phase"],
        &["run"],
        &["--env-file", "-p", "-c", "--project", "--config", "-f", "--env"],
        At::Operand(1),
    ),
    (&["berglas"], &["exec"], &["--local"], At::Operand(1)),
    (&["envchain"], &[], &[], At::Operand(1)),
    (
        &["envdir", "s6-envdir", "setuidgid", "s6-setuidgid", "envuidgid", "setlock", "s6-setlock"],
        &[],
        &[],
        At::Operand(1),
    ),
    (
        &["vaultenv", "envconsul", "summon", "consul-env"],
        &[],
        &["-f", "-p", "--host", "--secrets-file", "-prefix", "-config"],
        At::Operand(0),
    ),
    (&["sops"], &["exec-env"], &[], At::Typed(2)),
    (&["sops"], &["exec-file"], &[], At::Typed(2)),
    // Supervisors, limits and clocks.
    (&["start-stop-daemon"], &[], &[], At::Option(&["--exec", "-x", "--startas", "-a"])),
    (&["daemonize", "daemon"], &[], &["-o", "-e", "-p", "-u", "-c", "-E", "-l", "-n", "--name"], At::Operand(0)),
    (
        &["chpst", "softlimit", "s6-softlimit"],
        &[],
        &[
            "-u", "-U", "-b", "-e", "-/", "-C", "-n", "-l", "-L", "-m", "-d", "-o", "-p", "-f", "-c", "-r", "-t", "-s",
            "-a",
        ],
        At::Operand(0),
    ),
    (&["execlineb"], &[], &[], At::Option(&["-c"])),
    (
        &[
            "dumb-init",
            "tini",
            "catatonit",
            "pid1",
            "with-contenv",
            "s6-sudo",
            "authbind",
            "rr",
            "heaptrack",
            "uftrace",
            "memusage",
            "trickle",
            "tsocks",
            "ltrace",
            "expect_unbuffer",
            "detach",
            "disown-run",
            "retry",
            "nq",
            "tsp",
            "ts",
            "systemd-cat",
            "chronos",
            "time-limit",
            "timelimit",
            "ulimit-run",
            "stress-run",
            "schedtool",
            "numad-run",
            "gamemoderun",
            "mangohud",
            "primusrun",
            "optirun",
            "prime-run",
            "vglrun",
            "switcherooctl",
            "box64",
            "box86",
            "fex",
            "wine64",
            "qemu-x86_64",
            "qemu-x86_64-static",
            "qemu-aarch64",
            "qemu-aarch64-static",
            "qemu-arm-static",
            "i386",
            "x86_64",
            "linux32",
            "wine",
        ],
        &[],
        &["-t", "-d", "-n", "-p", "-s", "-L", "-S", "-f", "-m", "-b", "-l"],
        At::Operand(0),
    ),
    (&["arch"], &[], &[], At::Operand(0)),
    (&["choom"], &[], &["-n", "-p"], At::Dashes),
    (
        &["cgexec", "systemd-nspawn", "machinectl"],
        &[],
        &["-g", "-D", "-M", "-u", "-b", "--directory", "--bind", "--machine", "--user"],
        At::Operand(0),
    ),
    (&["faketime", "datefudge"], &[], &["-f", "-m"], At::Operand(1)),
    (&["pueue"], &["add"], &["-l", "-g", "-w", "-d", "--delay", "--label", "--group"], At::Operand(1)),
    (&["retry"], &[], &["-t", "-d", "-m"], At::Operand(0)),
    // Clusters and other machines.
    (&["sbatch", "qsub", "bsub"], &[], &[], At::Option(&["--wrap"])),
    (
        &["srun", "salloc", "bsub", "jsrun"],
        &[],
        &["-n", "-N", "-p", "-t", "-J", "-A", "-c", "-w", "--mem", "-q", "-o", "-e"],
        At::Operand(0),
    ),
    (&["qsub"], &[], &["-b", "-N", "-l", "-q", "-o", "-e"], At::Operand(0)),
    (
        &["mpirun", "mpiexec", "orterun", "prun"],
        &[],
        &["-np", "-n", "-H", "--host", "--hostfile", "-machinefile", "-x", "-N"],
        At::Operand(0),
    ),
    (&["sshpass"], &[], &["-p", "-f", "-d", "-P"], At::Operand(0)),
    (&["et"], &[], &[], At::Option(&["-c", "--command"])),
    (&["repo"], &["forall"], &[], At::Option(&["-c"])),
    (&["gita", "mani", "meta", "vcs"], &["exec"], &[], At::Typed(1)),
    (&["gita"], &["shell"], &[], At::Typed(1)),
    (&["mr"], &["run"], &[], At::Operand(1)),
    (&["dvc"], &["run"], &["-n", "-d", "-o", "-p", "-w", "-M"], At::Operand(1)),
    (&["bwrap"], &[], &[], At::Operand(usize::MAX - 1)),
    (&["fakechroot", "pseudo", "faked", "fakeroot-ng", "unionfs-run"], &[], &[], At::Operand(0)),
];

/// Options with a shell text beside the command itself.
const BESIDE: &[(&str, &[&str])] = &[
    ("hyperfine", &["--prepare", "-p", "--setup", "-s", "--cleanup", "-c", "--conclude", "-C"]),
    ("watchexec", &["--emit-events-to"]),
    ("entr", &["-s"]),
];

/// Runs the command that `name` launches; nothing if it launches none.
pub(crate) fn launch(m: &mut Machine<'_>, name: &str, args: &[Arg], stdin: &Data) -> Option<Data> {
    static INDEX: ByName = ByName::new();
    if let Some((_, options)) = BESIDE.iter().find(|(tool, _)| *tool == name) {
        for text in crate::doors::option_values(args, options) {
            m.aside(|m| m.inner_text(&text.text, ShellType::Sh, stdin, &text.span));
        }
    }
    INDEX.rows(LAUNCHERS, |row| row.0, name).find_map(|(_, first, valued, at)| {
        let operands: Vec<&Arg> = args.iter().filter(|a| !a.is_option()).collect();
        let fits = first.iter().enumerate().all(|(n, word)| operands.get(n).is_some_and(|a| a.text == *word));
        if !fits {
            return None;
        }
        command(m, name, args, valued, *at, stdin)
    })
}

fn command(m: &mut Machine<'_>, name: &str, args: &[Arg], valued: &[&str], at: At, stdin: &Data) -> Option<Data> {
    match at {
        // Options with any number of values: the first word that names a program.
        At::Operand(n) if n == usize::MAX - 1 => {
            let start = args
                .iter()
                .position(|a| !a.is_option() && !a.text.contains('/') && crate::rules::is_listed(&a.text))?;
            Some(m.aside(|m| m.call(args.get(start..).unwrap_or_default(), stdin)))
        }
        At::Operand(skip) => {
            let rest = behind(args, valued, skip)?;
            // What runs in a copy that is thrown away reaches nothing here.
            let passing = name == "systemd-nspawn"
                && args
                    .iter()
                    .any(|a| matches!(a.text.as_str(), "-x" | "--ephemeral") || a.text.starts_with("--volatile"));
            let actor = crate::run::Actor { isolated: m.actor.isolated || passing, ..m.actor.clone() };
            runs(m, name, rest).then(|| m.acting(actor, |m| m.call(rest, stdin)))
        }
        At::Dashes => {
            let rest =
                args.iter().position(|a| a.text == "--").and_then(|n| args.get(n + 1..)).filter(|r| !r.is_empty())?;
            Some(m.aside(|m| m.call(rest, stdin)))
        }
        At::Option(options) => {
            let place = args
                .iter()
                .position(|a| options.iter().any(|o| a.text == *o || a.text.starts_with(&format!("{o}="))))?;
            let own = args.get(place)?;
            if let Some((_, text)) = own.text.split_once('=').filter(|(o, _)| options.contains(o)) {
                return Some(m.aside(|m| m.inner_text(text, ShellType::Sh, stdin, &own.span)));
            }
            let rest: Vec<Arg> = args.get(place + 1..)?.iter().filter(|a| a.text != "--").cloned().collect();
            let first = rest.first()?;
            if first.text.contains(' ') {
                return Some(m.aside(|m| m.inner_text(&first.text, ShellType::Sh, stdin, &first.span)));
            }
            Some(m.aside(|m| m.call(&rest, stdin)))
        }
        At::Typed(skip) => {
            let opts = opts::parse(args, valued);
            let rest: Vec<Arg> = opts.operands.into_iter().skip(skip).collect();
            let text: Vec<String> = rest.iter().map(|a| a.text.replace("\\n", " ").replace("\\r", " ")).collect();
            let span = rest.first()?.span.clone();
            Some(m.aside(|m| m.inner_text(&text.join(" "), ShellType::Bash, stdin, &span)))
        }
        At::Texts => {
            let opts = opts::parse(args, valued);
            let texts: Vec<Arg> = opts.operands.into_iter().filter(|a| a.text.contains(' ')).collect();
            let mut out = None;
            for text in texts {
                out = Some(join(m, &[text], stdin));
            }
            out
        }
    }
}

/// What stands behind `skip` operands, with the options before and between them.
fn behind<'a>(args: &'a [Arg], valued: &[&str], skip: usize) -> Option<&'a [Arg]> {
    let mut rest = args;
    let mut left = skip;
    loop {
        let (_, start) = opts::parse_leading(rest, valued);
        rest = rest.get(start..)?;
        if rest.first().is_some_and(|a| a.text == "--") {
            rest = rest.get(1..)?;
        }
        if left == 0 {
            break;
        }
        left -= 1;
        rest = rest.get(1..)?;
    }
    (!rest.is_empty()).then_some(rest)
}

/// Some of these names are programs of their own as well: `retry list`, `arch`, `machinectl list`.
fn runs(m: &Machine<'_>, name: &str, rest: &[Arg]) -> bool {
    let Some(first) = rest.first() else { return false };
    let own = [
        "machinectl",
        "kitty",
        "ts",
        "tsp",
        "rr",
        "wine",
        "arch",
        "nq",
        "uftrace",
        "daemon",
        "retry",
        "detach",
        "bsub",
        "qsub",
        "yarn",
    ];
    if first.text.contains(' ') && !first.text.contains('/') {
        return false;
    }
    !own.contains(&name) || crate::rules::is_listed(&first.text) && m.functions.get(&first.text).is_none()
}
