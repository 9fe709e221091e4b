//! Programs whose arguments are another command: peeled off with the exact grammar of their options.
//!
//! A wrapper never lowers what it wraps (held by `a_wrapper_never_lowers`), except a container that shares nothing with this
//! machine.

use crate::by_name::ByName;
use crate::opts;
use crate::run::{Actor, Machine};
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// What a wrapper changes about the command it carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Root,
    /// All its operands are one shell text.
    Shell,
    /// Runs in another file system of this machine.
    Chroot,
}

/// Name, options that take a value, operands before the command, kind.
const WRAPPERS: &[(&str, &[&str], usize, Kind)] = &[
    (
        "sudo",
        &[
            "-u", "-g", "-h", "-p", "-C", "-T", "-D", "-R", "-r", "-t", "-U", "--user", "--group", "--host",
            "--prompt", "--chdir", "--chroot",
        ],
        0,
        Kind::Root,
    ),
    ("doas", &["-u", "-C", "-a"], 0, Kind::Root),
    ("pkexec", &["--user"], 0, Kind::Root),
    ("run0", &["-u", "--user", "--unit", "-D", "--chdir"], 0, Kind::Root),
    ("gosu", &[], 1, Kind::Root),
    ("su-exec", &[], 1, Kind::Root),
    ("env", &["-u", "-C", "--unset", "--chdir", "-S", "--split-string"], 0, Kind::Plain),
    ("command", &[], 0, Kind::Plain),
    ("builtin", &[], 0, Kind::Plain),
    ("exec", &["-a"], 0, Kind::Plain),
    ("noglob", &[], 0, Kind::Plain),
    ("nocorrect", &[], 0, Kind::Plain),
    ("nohup", &[], 0, Kind::Plain),
    ("setsid", &[], 0, Kind::Plain),
    ("nice", &["-n", "--adjustment"], 0, Kind::Plain),
    ("ionice", &["-c", "-n", "--class", "--classdata"], 0, Kind::Plain),
    ("chrt", &["-T", "-P", "-D"], 1, Kind::Plain),
    ("taskset", &[], 1, Kind::Plain),
    ("numactl", &["-C", "-N", "-m", "--cpunodebind", "--membind"], 0, Kind::Plain),
    ("timeout", &["-s", "-k", "--signal", "--kill-after"], 1, Kind::Plain),
    ("gtimeout", &["-s", "-k", "--signal", "--kill-after"], 1, Kind::Plain),
    ("stdbuf", &["-i", "-o", "-e", "--input", "--output", "--error"], 0, Kind::Plain),
    ("unbuffer", &[], 0, Kind::Plain),
    ("time", &["-f", "-o", "--format", "--output"], 0, Kind::Plain),
    ("gtime", &["-f", "-o"], 0, Kind::Plain),
    ("strace", &["-e", "-o", "-p", "-s", "-u", "-E", "-P", "-a", "-b", "-S"], 0, Kind::Plain),
    ("ltrace", &["-e", "-o", "-p", "-s", "-u", "-n"], 0, Kind::Plain),
    ("perf", &["-e", "-o", "-F", "-p"], 1, Kind::Plain),
    ("valgrind", &[], 0, Kind::Plain),
    ("catchsegv", &[], 0, Kind::Plain),
    ("watch", &["-n", "--interval", "-q", "--equexit"], 0, Kind::Shell),
    (
        "hyperfine",
        &[
            "-w",
            "-r",
            "-m",
            "-M",
            "-p",
            "-c",
            "-n",
            "--warmup",
            "--runs",
            "--prepare",
            "--export-json",
            "--export-markdown",
        ],
        0,
        Kind::Shell,
    ),
    ("flock", &["-w", "-E", "--timeout", "--conflict-exit-code"], 1, Kind::Plain),
    ("lckdo", &["-w", "-W"], 1, Kind::Plain),
    (
        "systemd-run",
        &[
            "-p",
            "-u",
            "-t",
            "-M",
            "-H",
            "--unit",
            "--property",
            "--slice",
            "--uid",
            "--gid",
            "--on-calendar",
            "--on-active",
            "-E",
            "--setenv",
            "--description",
            "--working-directory",
        ],
        0,
        Kind::Plain,
    ),
    ("systemd-inhibit", &[], 0, Kind::Plain),
    ("chroot", &["--userspec", "--groups"], 1, Kind::Chroot),
    ("arch-chroot", &["-u"], 1, Kind::Chroot),
    ("unshare", &["-R", "-w", "-S", "-G", "--root", "--wd", "--setuid", "--setgid"], 0, Kind::Plain),
    ("nsenter", &["-t", "-S", "-G", "--target", "--setuid", "--setgid"], 0, Kind::Root),
    ("setpriv", &["--reuid", "--regid", "--groups"], 0, Kind::Plain),
    ("capsh", &[], 0, Kind::Plain),
    ("prlimit", &["-p", "--pid"], 0, Kind::Plain),
    ("fakeroot", &["-l", "-i", "-s", "-u"], 0, Kind::Plain),
    ("proot", &["-r", "-b", "-w", "-R"], 0, Kind::Plain),
    ("bwrap", &[], 0, Kind::Plain),
    ("firejail", &[], 0, Kind::Plain),
    ("busybox", &[], 0, Kind::Plain),
    ("toybox", &[], 0, Kind::Plain),
    ("caffeinate", &["-t", "-w"], 0, Kind::Plain),
    ("torsocks", &[], 0, Kind::Plain),
    ("torify", &[], 0, Kind::Plain),
    ("proxychains", &["-f"], 0, Kind::Plain),
    ("proxychains4", &["-f"], 0, Kind::Plain),
    ("rlwrap", &[], 0, Kind::Plain),
    ("direnv", &[], 2, Kind::Plain),
    ("dbus-run-session", &[], 0, Kind::Plain),
    ("xvfb-run", &["-s", "-n", "-e"], 0, Kind::Plain),
    ("linux32", &[], 0, Kind::Plain),
    ("linux64", &[], 0, Kind::Plain),
    ("setarch", &[], 1, Kind::Plain),
    ("cpulimit", &["-l", "-p", "-e"], 0, Kind::Plain),
    ("chronic", &[], 0, Kind::Plain),
    ("ts", &[], 99, Kind::Plain),
    ("eatmydata", &[], 0, Kind::Plain),
    ("ld.so", &["--library-path", "--preload"], 0, Kind::Plain),
    ("ld-linux-x86-64.so.2", &["--library-path", "--preload"], 0, Kind::Plain),
    ("coproc", &[], 0, Kind::Plain),
    ("sem", &["-j"], 0, Kind::Shell),
    ("entr", &[], 0, Kind::Plain),
    ("dotenv", &["-f"], 0, Kind::Plain),
    ("aws-vault", &[], 2, Kind::Plain),
    ("op", &[], 99, Kind::Plain),
    ("wsl", &["-d", "-u", "--distribution", "--user"], 0, Kind::Plain),
    ("winpty", &[], 0, Kind::Plain),
];

fn row(name: &str) -> Option<&'static (&'static str, &'static [&'static str], usize, Kind)> {
    static INDEX: ByName = ByName::new();
    INDEX.rows(WRAPPERS, |row| std::slice::from_ref(&row.0), name).next()
}

/// The options of `name` that take a value, how many operands stand before its command, and whether that is a shell text.
pub(crate) fn grammar(name: &str) -> Option<(&'static [&'static str], usize, bool)> {
    let found = row(name)?;
    Some((found.1, found.2, found.3 == Kind::Shell))
}

/// Runs the command inside `name`; nothing if it is no wrapper.
pub(crate) fn unwrap(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    if let Some(data) = crate::carriers::special(m, name, head, args, stdin) {
        return Some(data);
    }
    let (_, valued, skip, kind) = row(name)?;
    let (opts, start) = opts::parse_leading(args, valued);
    let mut rest: Vec<Arg> = args.get(start..).unwrap_or_default().to_vec();
    if name == "command" && opts.has(&["-v", "-V"]) {
        let found = opts.operands.first().or_else(|| args.get(start)).filter(|a| !a.text.contains('/') && !a.has_gap());
        let text = found.filter(|_| opts.has(&["-v"])).map(|a| format!("/usr/bin/{}", a.text));
        return Some(Data { text, from: "command".to_owned(), ..Data::default() });
    }
    if name == "env" || *kind == Kind::Root {
        rest = assignments(m, rest);
    }
    if let Some(text) = opts.value(&["-S", "--split-string"]).filter(|_| name == "env").cloned() {
        return Some(m.inner_text(&text.text, ShellType::Sh, stdin, &text.span));
    }
    if name == "gdb" || *skip == 99 {
        return None;
    }
    if name == "systemd-run" && opts.has(&["--on-calendar", "--on-active", "--on-boot"]) {
        m.finding(
            "scheduled-unit",
            "persistence",
            RiskLevel::Moderate,
            &head.span.clone(),
            "schedule",
            "",
            "runs a command again later",
        );
    }
    let running = opts.has(&["-p", "--pid"])
        && matches!(name, "chrt" | "taskset" | "ionice" | "prlimit" | "strace" | "ltrace" | "perf" | "cpulimit");
    if running {
        return Some(crate::rules::apply(m, name, head, args, stdin));
    }
    rest.drain(..(*skip).min(rest.len()));
    if rest.first().is_some_and(|a| a.text == "--") {
        rest.remove(0);
    }
    if rest.is_empty() {
        if *kind == Kind::Root && !opts.has(&["-l", "--list", "-v", "-k", "-K", "--validate"]) {
            if opts.has(&["-i", "-s", "--login", "--shell"]) || name == "nsenter" {
                m.finding(
                    "root-shell",
                    "privileges",
                    RiskLevel::Moderate,
                    &head.span.clone(),
                    "privilege",
                    "root",
                    "opens a shell as root",
                );
                // What flows in is run by that shell.
                return Some(m.call(&[Arg::known("sh", head.span.clone())], stdin));
            }
        } else if matches!(
            name,
            "direnv" | "strace" | "ltrace" | "setpriv" | "capsh" | "prlimit" | "chrt" | "cpulimit" | "firejail"
        ) {
            let data = crate::rules::apply(m, name, head, args, stdin);
            // What it prints is made for `eval`.
            let hook = name == "direnv" && args.first().is_some_and(|a| a.text == "hook");
            return Some(if hook { Data::known("") } else { data });
        } else if name == "env" {
            return Some(Data::unknown(Taint::ENV_SECRET, "the environment"));
        }
        return Some(Data::known(""));
    }
    let kept = m.actor.clone();
    m.actor.root |= *kind == Kind::Root;
    m.actor.timed |= matches!(name, "timeout" | "gtimeout");
    let before = m.findings.len();
    let data = match kind {
        Kind::Shell => join(m, &rest, stdin),
        _ if name == "sudo" && opts.has(&["-s", "-i", "--shell", "--login"]) => join(m, &rest, stdin),
        // They pass over functions, so that a function may call what it is named after.
        _ if matches!(name, "builtin" | "command") => {
            let own = rest.first().map(|a| a.text.clone()).unwrap_or_default();
            let hidden = m.functions.remove(&own);
            let data = m.call(&rest, stdin);
            if let Some(body) = hidden {
                m.functions.insert(own, body);
            }
            data
        }
        _ => m.aside(|m| m.call(&rest, stdin)),
    };
    m.actor = kept;
    // Looking at something as root changes nothing; a program one works in can do anything as root.
    let acts = m.findings.len() > before || rest.first().is_none_or(|a| a.has_gap() || opens_a_way_out(&a.text));
    if *kind == Kind::Root && acts {
        m.finding(
            "as-root",
            "privileges",
            RiskLevel::Moderate,
            &head.span.clone(),
            "privilege",
            "root",
            "runs as another user, by default as root",
        );
    }
    Some(data)
}

/// Programs that write what their user types, or start a shell for them.
fn opens_a_way_out(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    let inner = ["tee", "screen", "tmux", "mc", "ranger", "gdb", "make", "pip", "git", "code"];
    crate::shells::shell_of(name).is_some()
        || inner.contains(&name)
        || ["vi", "vim", "nvim", "nano", "emacs", "ed", "ex", "pico", "micro", "helix", "hx"].contains(&name)
}

pub(crate) fn join(m: &mut Machine<'_>, words: &[Arg], stdin: &Data) -> Data {
    let text: Vec<&str> = words.iter().map(|a| a.text.as_str()).collect();
    let span = words.first().map_or(0..0, |a| a.span.clone());
    m.aside(|m| m.inner_text(&text.join(" "), ShellType::Bash, stdin, &span))
}

/// `NAME=value` before the command.
pub(crate) fn assignments(m: &mut Machine<'_>, rest: Vec<Arg>) -> Vec<Arg> {
    let count = rest
        .iter()
        .take_while(|a| a.text.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.contains(['/', '-'])))
        .count();
    for arg in rest.iter().take(count) {
        if let Some((name, value)) = arg.text.split_once('=') {
            m.watch_variable(name, value, None);
        }
    }
    rest.into_iter().skip(count).collect()
}

impl Machine<'_> {
    /// Runs `inner` as somebody else or somewhere else.
    pub(crate) fn acting<T>(&mut self, actor: Actor, inner: impl FnOnce(&mut Self) -> T) -> T {
        let kept = std::mem::replace(&mut self.actor, actor);
        let result = self.aside(inner);
        self.actor = kept;
        result
    }
}
