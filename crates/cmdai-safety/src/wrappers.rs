//! Programs whose arguments are another command: peeled off with the exact grammar of their options.
//!
//! A wrapper never lowers what it wraps (held by `a_wrapper_never_lowers`), except a container that shares nothing with this
//! machine.

use crate::ir::Span;
use crate::opts;
use crate::run::{Actor, Machine};
use crate::shells;
use crate::value::{Arg, Data, Taint, UNKNOWN, has_gap};
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

/// Runs the command inside `name`; nothing if it is no wrapper.
pub(crate) fn unwrap(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    if let Some(data) = special(m, name, head, args, stdin) {
        return Some(data);
    }
    let (_, valued, skip, kind) = WRAPPERS.iter().find(|(wrapper, ..)| *wrapper == name)?;
    let (opts, start) = opts::parse_leading(args, valued);
    let mut rest: Vec<Arg> = args.get(start..).unwrap_or_default().to_vec();
    if name == "command" && opts.has(&["-v", "-V"]) {
        return Some(Data::unknown(Taint::default(), "command"));
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
    rest.drain(..(*skip).min(rest.len()));
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
                return Some(m.call(vec![Arg::known("sh", head.span.clone())], stdin));
            }
        } else if name == "env" {
            return Some(Data::unknown(Taint::ENV_SECRET, "the environment"));
        }
        return Some(Data::known(""));
    }
    let kept = m.actor.clone();
    if *kind == Kind::Root {
        m.actor.root = true;
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
    let data = match kind {
        Kind::Shell => join(m, &rest, stdin),
        _ if name == "sudo" && opts.has(&["-s", "-i", "--shell", "--login"]) => join(m, &rest, stdin),
        _ => m.aside_unless(name == "builtin" || name == "command", |m| m.call(rest, stdin)),
    };
    m.actor = kept;
    Some(data)
}

fn join(m: &mut Machine<'_>, words: &[Arg], stdin: &Data) -> Data {
    let text: Vec<&str> = words.iter().map(|a| a.text.as_str()).collect();
    let span = words.first().map_or(0..0, |a| a.span.clone());
    m.aside(|m| m.inner_text(&text.join(" "), ShellType::Bash, stdin, &span))
}

/// `NAME=value` before the command.
fn assignments(m: &mut Machine<'_>, rest: Vec<Arg>) -> Vec<Arg> {
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
    fn aside_unless<T>(&mut self, inside: bool, inner: impl FnOnce(&mut Self) -> T) -> T {
        if inside { inner(self) } else { self.aside(inner) }
    }

    /// Runs `inner` as somebody else or somewhere else.
    fn acting<T>(&mut self, actor: Actor, inner: impl FnOnce(&mut Self) -> T) -> T {
        let kept = std::mem::replace(&mut self.actor, actor);
        let result = self.aside(inner);
        self.actor = kept;
        result
    }
}

fn special(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    match name {
        "su" | "runuser" | "sg" => {
            let opts = opts::parse(args, &["-c", "--command", "-s", "--shell", "-u", "-g", "-G", "--session-command"]);
            m.finding(
                "as-root",
                "privileges",
                RiskLevel::Moderate,
                &head.span.clone(),
                "privilege",
                "root",
                "runs as another user, by default as root",
            );
            let actor = Actor { root: true, ..m.actor.clone() };
            if let Some(text) = opts.value(&["-c", "--command", "--session-command"]).cloned() {
                return Some(m.acting(actor, |m| m.inner_text(&text.text, ShellType::Bash, stdin, &text.span)));
            }
            let rest: Vec<Arg> =
                if opts.has(&["-u"]) { opts.operands } else { opts.operands.into_iter().skip(1).collect() };
            if rest.is_empty() {
                return Some(m.acting(actor, |m| m.call(vec![Arg::known("sh", head.span.clone())], stdin)));
            }
            Some(m.acting(actor, |m| m.call(rest, stdin)))
        }
        "ssh" | "mosh" | "dbclient" => Some(ssh(m, head, args, stdin)),
        "xargs" | "parallel" | "rush" => Some(xargs(m, name, args, stdin)),
        "docker" | "podman" | "nerdctl" | "kubectl" | "oc" | "lxc" | "incus" | "docker-compose" => {
            container(m, name, head, args, stdin)
        }
        "gdb" => {
            let at = args.iter().position(|a| a.text == "--args")?;
            Some(m.call(args.get(at + 1..)?.to_vec(), stdin))
        }
        "script" => {
            let opts = opts::parse(args, &["-c", "--command", "-T", "-I", "-O", "-B"]);
            let text = opts.value(&["-c", "--command"])?.clone();
            Some(m.inner_text(&text.text, ShellType::Bash, stdin, &text.span))
        }
        "flock" => {
            let opts = opts::parse(args, &["-c", "--command", "-w", "-E"]);
            let text = opts.value(&["-c", "--command"])?.clone();
            Some(m.inner_text(&text.text, ShellType::Bash, stdin, &text.span))
        }
        "at" | "batch" => {
            m.finding(
                "scheduled-command",
                "persistence",
                RiskLevel::Moderate,
                &head.span.clone(),
                "schedule",
                "",
                "runs commands later, when nobody looks",
            );
            let opts = opts::parse(args, &["-f", "-q", "-t"]);
            let data = opts.value(&["-f"]).cloned().map_or_else(|| stdin.clone(), |file| m.read_file(&file));
            Some(shells::run_data(m, &data, ShellType::Sh, &head.span.clone(), &Data::default()))
        }
        "tmux" | "screen" => {
            let at = args.iter().position(|a| {
                [
                    "send-keys",
                    "send",
                    "new-session",
                    "new",
                    "new-window",
                    "neww",
                    "split-window",
                    "run-shell",
                    "run",
                    "-dmS",
                    "stuff",
                    "-X",
                ]
                .contains(&a.text.as_str())
            })?;
            let opts = opts::parse(args.get(at + 1..)?, &["-t", "-s", "-n", "-c", "-x", "-y"]);
            let text: Vec<&str> = opts
                .operands
                .iter()
                .map(|a| a.text.as_str())
                .filter(|t| !matches!(*t, "Enter" | "C-m" | "ENTER" | "stuff"))
                .collect();
            Some(m.aside(|m| m.inner_text(&text.join(" "), ShellType::Bash, stdin, &head.span)))
        }
        "vagrant" | "adb" | "multipass" | "limactl" | "gcloud" | "eb" | "heroku" | "fly" | "orb" => {
            let at =
                args.iter().position(|a| matches!(a.text.as_str(), "-c" | "--command" | "--" | "shell" | "exec"))?;
            let rest = args.get(at + 1..).filter(|r| !r.is_empty())?;
            let actor = m.actor.clone();
            Some(m.acting(actor, |m| join(m, rest, stdin)))
        }
        "nix-shell" | "nix" => {
            let opts = opts::parse(args, &["--run", "--command", "-c", "-p"]);
            let text = opts.value(&["--run", "--command", "-c"])?.clone();
            Some(m.inner_text(&text.text, ShellType::Bash, stdin, &text.span))
        }
        "uv" | "poetry" | "pipenv" | "pdm" | "rye" | "hatch" | "bundle" | "conda" | "mamba" | "micromamba" | "mise"
        | "asdf" | "rtx" | "pixi" => {
            let at = args.iter().position(|a| matches!(a.text.as_str(), "run" | "exec"))?;
            let (_, start) =
                opts::parse_leading(args.get(at + 1..)?, &["-n", "--with", "--python", "-p", "--name", "--extra"]);
            Some(m.call(args.get(at + 1 + start..)?.to_vec(), stdin))
        }
        "git" => git(m, args, stdin),
        "make" | "gmake" if args.iter().any(|a| a.text.starts_with("SHELL=") || a.text.starts_with("--eval")) => {
            let text = args.iter().find(|a| a.text.starts_with("--eval"))?.clone();
            let body = text.text.rsplit(['\t', ';', ':']).next().unwrap_or_default().to_owned();
            Some(m.inner_text(&body, ShellType::Sh, stdin, &text.span))
        }
        _ => None,
    }
}

fn ssh(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let valued = [
        "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-Q", "-R", "-S",
        "-W", "-w",
    ];
    let (opts, start) = opts::parse_leading(args, &valued);
    for option in opts.values(&["-o"]).cloned().collect::<Vec<_>>() {
        let lower = option.text.to_lowercase();
        if let Some((_, command)) = option.text.split_once(['=', ' '])
            && (lower.starts_with("proxycommand") || lower.starts_with("localcommand"))
        {
            m.inner_text(command, ShellType::Sh, &Data::default(), &option.span);
        }
    }
    if opts.has(&["-R"]) {
        m.finding(
            "reverse-tunnel",
            "network",
            RiskLevel::Moderate,
            &head.span.clone(),
            "connect",
            opts.value(&["-R"]).map_or("", |a| a.text.as_str()),
            "lets another machine reach into this one",
        );
    }
    let host = args.get(start).map_or(String::new(), Arg::shown);
    m.leak(stdin, &host, &head.span.clone());
    let rest = args.get(start + 1..).unwrap_or_default();
    let actor = Actor { root: host.starts_with("root@"), ..m.actor.clone() };
    if rest.is_empty() {
        if stdin.text.is_some() || stdin.taint.has(Taint::NET) {
            m.acting(actor, |m| shells::run_data(m, stdin, ShellType::Bash, &head.span.clone(), &Data::default()));
        }
        return Data::unknown(Taint::NET, host);
    }
    let text: Vec<&str> = rest.iter().map(|a| a.text.as_str()).collect();
    let span: Span = rest.first().map_or(0..0, |a| a.span.clone());
    m.acting(actor, |m| {
        m.cwd = None;
        m.inner_text(&text.join(" "), ShellType::Bash, stdin, &span)
    });
    Data::unknown(Taint::NET, host)
}

fn xargs(m: &mut Machine<'_>, name: &str, args: &[Arg], stdin: &Data) -> Data {
    let valued = [
        "-I",
        "-n",
        "-L",
        "-P",
        "-d",
        "-a",
        "-s",
        "-E",
        "-j",
        "-N",
        "-S",
        "-J",
        "--replace",
        "--max-args",
        "--max-procs",
        "--delimiter",
        "--arg-file",
        "--jobs",
        "--colsep",
    ];
    let (opts, start) = opts::parse_leading(args, &valued);
    let rest = args.get(start..).unwrap_or_default();
    let (command, given): (Vec<Arg>, Vec<Arg>) =
        match rest.iter().position(|a| matches!(a.text.as_str(), ":::" | "::::" | ":::+")) {
            Some(at) => (rest.get(..at).unwrap_or_default().to_vec(), rest.get(at + 1..).unwrap_or_default().to_vec()),
            None => (rest.to_vec(), Vec::new()),
        };
    let span = rest.first().map_or(0..0, |a| a.span.clone());
    let mut items: Vec<Arg> = given;
    if items.is_empty() {
        match &stdin.text {
            Some(text) => items.extend(text.split(['\n', ' ', '\0']).filter(|t| !t.is_empty()).take(64).map(|t| Arg {
                text: t.to_owned(),
                taint: stdin.taint,
                span: span.clone(),
            })),
            None => items.push(Arg { text: UNKNOWN.to_string(), taint: stdin.taint, span: span.clone() }),
        }
    }
    let replace = opts
        .value(&["-I", "-J", "--replace"])
        .map(|a| a.text.clone())
        .or_else(|| (name == "parallel" || opts.has(&["-i"])).then(|| "{}".to_owned()));
    let mut argv = Vec::new();
    let mut replaced = false;
    for word in &command {
        match &replace {
            Some(mark) if word.text.contains(mark.as_str()) => {
                replaced = true;
                argv.extend(items.iter().map(|item| Arg {
                    text: word.text.replace(mark.as_str(), &item.text),
                    taint: item.taint.with(word.taint),
                    span: word.span.clone(),
                }));
            }
            _ => argv.push(word.clone()),
        }
    }
    if !replaced {
        argv.extend(items);
    }
    if name != "xargs" && command.is_empty() {
        return shells::run_data(m, stdin, ShellType::Bash, &span, &Data::default());
    }
    if name == "parallel" {
        return join(m, &argv, &Data::default());
    }
    m.aside(|m| m.call(argv, &Data::default()))
}

fn container(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    let at = args.iter().position(|a| matches!(a.text.as_str(), "run" | "exec" | "debug" | "create"))?;
    let kube = matches!(name, "kubectl" | "oc" | "lxc" | "incus");
    let running = args.get(at)?.text == "exec";
    let valued = [
        "-v",
        "--volume",
        "-e",
        "--env",
        "-p",
        "--publish",
        "-w",
        "--workdir",
        "-u",
        "--user",
        "--name",
        "--network",
        "--net",
        "-n",
        "--namespace",
        "-c",
        "--container",
        "--mount",
        "-l",
        "--label",
        "--entrypoint",
        "-m",
        "--memory",
        "--cpus",
        "-h",
        "--hostname",
        "--env-file",
        "--gpus",
        "--platform",
        "--pid",
        "--ipc",
        "--restart",
        "--device",
        "--cap-add",
        "--security-opt",
        "--image",
        "--add-host",
        "--userns",
        "--tmpfs",
        "--shm-size",
        "--ulimit",
        "--context",
    ];
    let rest = args.get(at + 1..)?;
    let (opts, start) = opts::parse_leading(rest, &valued);
    let mut shares = running || m.actor.isolated;
    for mount in opts.values(&["-v", "--volume", "--mount"]).cloned().collect::<Vec<_>>() {
        let source = mount
            .text
            .split([','])
            .find_map(|p| p.strip_prefix("source=").or_else(|| p.strip_prefix("src=")))
            .unwrap_or(&mount.text);
        let source = source.split(':').next().unwrap_or_default();
        let class = m.place(source).class;
        if source.ends_with("docker.sock")
            || matches!(class, crate::paths::Class::Root | crate::paths::Class::SysTree | crate::paths::Class::Accounts)
        {
            shares = true;
            m.finding(
                "container-host-mount",
                "containers",
                RiskLevel::High,
                &mount.span,
                "mount",
                source,
                "gives the container this machine's own files, so it can become root here",
            );
        } else if source.starts_with(['/', '.', '~']) || crate::value::has_gap(source) {
            shares = true;
        }
    }
    if opts.has(&["--privileged", "--device", "--cap-add"])
        || opts.value(&["--pid", "--userns", "--network"]).is_some_and(|a| a.text == "host")
    {
        let risk = if opts.has(&["--privileged"]) || opts.value(&["--pid"]).is_some() {
            RiskLevel::High
        } else {
            RiskLevel::Moderate
        };
        m.finding(
            "container-privileged",
            "containers",
            risk,
            &head.span.clone(),
            "privilege",
            "the host",
            "gives the container rights over the machine it runs on",
        );
    }
    let mut command: Vec<Arg> = rest.get(start + 1..).unwrap_or_default().to_vec();
    if command.first().is_some_and(|a| a.text == "--") {
        command.remove(0);
    }
    if let Some(entry) = opts.value(&["--entrypoint"]) {
        command.insert(0, entry.clone());
    }
    if !running {
        crate::rules::apply(m, name, head, args, stdin);
    } else if kube || running {
        m.finding(
            "container-exec",
            "containers",
            RiskLevel::Moderate,
            &head.span.clone(),
            "execute",
            "a running container",
            "runs a command inside a running container",
        );
    }
    if command.is_empty() {
        return Some(Data::unknown(Taint::default(), name));
    }
    let actor = Actor { isolated: !shares, root: true, ..m.actor.clone() };
    Some(m.acting(actor, |m| {
        if running || !shares {
            m.cwd = None;
        }
        m.call(command, stdin)
    }))
}

/// The places where git runs commands: aliases on the command line, bisect, rebase, submodules, filters.
fn git(m: &mut Machine<'_>, args: &[Arg], stdin: &Data) -> Option<Data> {
    let (opts, start) = opts::parse_leading(
        args,
        &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"],
    );
    for setting in opts.values(&["-c"]).cloned().collect::<Vec<_>>() {
        let Some((key, value)) = setting.text.split_once('=') else { continue };
        let lower = key.to_lowercase();
        let runs = lower.starts_with("alias.")
            || [
                "core.sshcommand",
                "core.pager",
                "core.editor",
                "core.fsmonitor",
                "diff.external",
                "core.hookspath",
                "credential.helper",
                "sequence.editor",
                "gpg.program",
            ]
            .contains(&lower.as_str());
        if runs {
            m.inner_text(value.trim_start_matches('!'), ShellType::Sh, stdin, &setting.span);
        }
    }
    if let Some(dir) = opts.value(&["-C"]).cloned() {
        let sub = args.get(start..)?.to_vec();
        let data = m.aside(|m| {
            m.change_directory(Some(&dir));
            let mut argv = vec![Arg::known("git", dir.span.clone())];
            argv.extend(sub);
            m.call(argv, stdin)
        });
        return Some(data);
    }
    let sub = args.get(start)?.text.clone();
    let rest = args.get(start + 1..).unwrap_or_default();
    match sub.as_str() {
        "bisect" if rest.first().is_some_and(|a| a.text == "run") => Some(m.call(rest.get(1..)?.to_vec(), stdin)),
        "submodule" if rest.first().is_some_and(|a| a.text == "foreach") => {
            let words: Vec<Arg> = rest.iter().skip(1).filter(|a| !a.is_option()).cloned().collect();
            Some(join(m, &words, stdin))
        }
        "rebase" | "filter-branch" => {
            let opts = opts::parse(
                rest,
                &["-x", "--exec", "--tree-filter", "--index-filter", "--msg-filter", "--env-filter", "--commit-filter"],
            );
            for text in opts.values(&["-x", "--exec", "--tree-filter", "--env-filter"]).cloned().collect::<Vec<_>>() {
                m.inner_text(&text.text, ShellType::Sh, stdin, &text.span);
            }
            None
        }
        "config" => {
            let at = rest.iter().position(|a| {
                a.text.starts_with("alias.")
                    || a.text.starts_with("core.hooksPath")
                    || a.text.starts_with("core.sshCommand")
                    || a.text.starts_with("core.pager")
            })?;
            let value = rest.get(at + 1)?.clone();
            let body = value
                .text
                .strip_prefix('!')
                .or_else(|| rest.get(at).filter(|a| !a.text.starts_with("alias")).map(|_| value.text.as_str()))?
                .to_owned();
            if !has_gap(&body) {
                m.inner_text(&body, ShellType::Sh, stdin, &value.span);
            }
            None
        }
        _ => None,
    }
}
