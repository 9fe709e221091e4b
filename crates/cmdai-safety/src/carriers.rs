//! Wrappers with a grammar of their own: `ssh`, `xargs`, containers, git and everything that carries a shell text in an option.
//!
//! Beside the table in [`wrappers`](crate::wrappers), which tries these first.

use crate::ir::Span;
use crate::opts;
use crate::run::{Actor, Machine};
use crate::shells;
use crate::value::{Arg, Data, Taint, UNKNOWN};
use crate::wrappers::join;
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Commands of a phone, which the rules of `adb` judge.
const ON_A_PHONE: &[&str] = &[
    "getprop",
    "setprop",
    "dumpsys",
    "logcat",
    "pm",
    "am",
    "settings",
    "wm",
    "input",
    "cmd",
    "svc",
    "content",
    "screencap",
    "screenrecord",
    "recovery",
    "wipe",
    "monkey",
    "service",
    "bugreport",
    "uiautomator",
    "ime",
    "dpm",
    "device_config",
];

#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
pub(crate) fn special(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
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
                return Some(m.acting(actor, |m| m.call(&[Arg::known("sh", head.span.clone())], stdin)));
            }
            Some(m.acting(actor, |m| m.call(&rest, stdin)))
        }
        "autossh" => {
            let at = args.iter().position(|a| a.text == "-M");
            let rest: Vec<Arg> = args
                .iter()
                .enumerate()
                .filter(|(i, _)| at.is_none_or(|at| *i != at && *i != at + 1))
                .map(|(_, a)| a.clone())
                .collect();
            crate::rules::apply(m, name, head, args, stdin);
            Some(ssh(m, head, &rest, stdin))
        }
        "ssh" | "mosh" | "dbclient" | "plink" => Some(ssh(m, head, args, stdin)),
        "xargs" | "parallel" | "rush" => Some(xargs(m, name, args, stdin)),
        "docker" | "podman" | "nerdctl" | "kubectl" | "oc" | "lxc" | "incus" | "docker-compose" | "podman-compose"
        | "finch" => {
            crate::container::carried_in(m, name, args);
            crate::container::container(m, name, head, args, stdin)
        }
        "apptainer" | "singularity" | "bwrap" | "systemd-nspawn" => {
            crate::rules::apply(m, name, head, args, stdin);
            crate::container::sandbox(m, name, args, stdin).or_else(|| Some(Data::unknown(Taint::default(), name)))
        }
        "gdb" => {
            let at = args.iter().position(|a| a.text == "--args")?;
            Some(m.call(args.get(at + 1..)?, stdin))
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
        "at" | "batch" if args.iter().any(|a| matches!(a.text.as_str(), "-c" | "-l" | "-V" | "-d" | "-r")) => {
            crate::rules::apply(m, name, head, args, stdin);
            Some(Data::unknown(Taint::default(), name))
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
        "screen" if args.iter().any(|a| matches!(a.text.as_str(), "quit" | "kill" | "multiuser" | "acladd")) => None,
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
            let named = usize::from(args.get(at).is_some_and(|a| a.text == "-dmS"));
            let text: Vec<&str> = opts
                .operands
                .iter()
                .skip(named)
                .map(|a| a.text.as_str())
                .filter(|t| !matches!(*t, "Enter" | "C-m" | "ENTER" | "stuff"))
                .collect();
            Some(m.aside(|m| m.inner_text(&text.join(" "), ShellType::Bash, stdin, &head.span)))
        }
        "vagrant" | "adb" | "multipass" | "limactl" | "gcloud" | "eb" | "heroku" | "fly" | "orb" => {
            let at =
                args.iter().position(|a| matches!(a.text.as_str(), "-c" | "--command" | "--" | "shell" | "exec"))?;
            let rest = args.get(at + 1..).filter(|r| !r.is_empty())?;
            if name == "adb" && rest.first().is_some_and(|a| ON_A_PHONE.contains(&a.text.as_str())) {
                return Some(Data::unknown(Taint::default(), name));
            }
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
            Some(m.call(args.get(at + 1 + start..)?, stdin))
        }
        "git" => crate::hosted::git(m, args, stdin),
        _ => None,
    }
}

/// Options of `ssh` that take the next word.
pub(crate) const SSH_VALUED: &[&str] = &[
    "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-Q", "-R", "-S", "-W",
    "-w",
];
/// Options of `xargs` and `parallel` that take the next word; `--replace` and `--max-lines` take one only behind `=`.
pub(crate) const XARGS_VALUED: &[&str] = &[
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
    "-R",
    "--max-args",
    "--max-procs",
    "--max-chars",
    "--delimiter",
    "--arg-file",
    "--jobs",
    "--colsep",
];

pub(crate) fn ssh(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let (opts, start) = opts::parse_leading(args, SSH_VALUED);
    for option in opts.values(&["-o"]).cloned().collect::<Vec<_>>() {
        let lower = option.text.to_lowercase();
        if let Some((_, command)) = option.text.split_once(['=', ' '])
            && ["proxycommand", "localcommand", "knownhostscommand", "remotecommand"]
                .iter()
                .any(|k| lower.starts_with(k))
        {
            m.inner_text(command, ShellType::Sh, &Data::default(), &option.span);
        }
    }
    if opts.has(&["-R"]) {
        let tunnel = opts.value(&["-R"]).map_or("", |a| a.text.as_str());
        let logins =
            [":22", ":3389", ":5900", ":2375", ":6443", ":10250", ":5985", ":445"].iter().any(|p| tunnel.ends_with(p));
        let open = tunnel.starts_with("0.0.0.0:")
            || tunnel.starts_with("*:")
            || !tunnel.contains(':')
            || tunnel.starts_with("0:");
        m.finding(
            "reverse-tunnel",
            "network",
            if logins || open { RiskLevel::High } else { RiskLevel::Moderate },
            &head.span.clone(),
            "connect",
            opts.value(&["-R"]).map_or("", |a| a.text.as_str()),
            "lets another machine reach into this one",
        );
    }
    let unchecked =
        opts.values(&["-o"]).any(|a| a.text.to_lowercase().replace(' ', "=").starts_with("stricthostkeychecking=no"));
    if unchecked && opts.has(&["-A"]) {
        let why = "lends the keys of this machine to one that nobody has checked";
        m.finding("agent-lent", "network", RiskLevel::High, &head.span.clone(), "connect", "the agent", why);
    }
    let wide = |a: &Arg| a.text.starts_with("0.0.0.0:") || a.text.starts_with("*:") || a.text.starts_with("[::]:");
    if opts.values(&["-L", "-D"]).any(wide) || opts.has(&["-g"]) && opts.has(&["-L", "-D"]) {
        let why = "opens a tunnel that everybody in the network may use";
        m.finding("open-tunnel", "network", RiskLevel::High, &head.span.clone(), "listen", "everybody", why);
    }
    if let Some(host) = args.get(start) {
        crate::download::watch_host(m, host);
    }
    let host = args.get(start).map_or(String::new(), Arg::shown);
    // One's own files to one's own machines, backups of databases among them, are what ssh is for.
    let own = if stdin.from == crate::secrets::A_DATABASE { Taint::WHOLE.with(Taint::FILE) } else { Taint::FILE };
    let stranger = crate::outward::reach(&host) == crate::outward::Reach::Drop && stdin.taint.has(Taint::PRIVATE);
    let sent = if stranger { stdin.taint } else { stdin.taint.without(own) };
    m.entrust(&Data { taint: sent, ..stdin.clone() }, &host, &head.span.clone());
    // Options may also stand behind the host.
    let rest = args.get(start + 1..).unwrap_or_default();
    let (_, further) = opts::parse_leading(rest, SSH_VALUED);
    let rest = rest.get(further..).unwrap_or_default();
    let actor = Actor { root: host.starts_with("root@"), ..m.actor.clone() };
    if rest.is_empty() {
        if stdin.text.is_some() || stdin.taint.has(Taint::NET) {
            m.acting(actor, |m| shells::run_data(m, stdin, ShellType::Bash, &head.span.clone(), &Data::default()));
        }
        return Data::unknown(Taint::NET, host);
    }
    let text: Vec<&str> = rest.iter().map(|a| a.text.as_str()).collect();
    let span: Span = rest.first().map_or(0..0, |a| a.span.clone());
    let told = m.acting(actor, |m| {
        m.cwd = None;
        m.inner_text(&text.join(" "), ShellType::Bash, stdin, &span)
    });
    // What the other machine keeps is as secret here.
    let kept = [Taint::SECRET, Taint::WHOLE].into_iter().filter(|t| told.taint.has(*t));
    let from = if told.from == crate::secrets::A_DATABASE { told.from } else { host };
    Data::unknown(kept.fold(Taint::NET, Taint::with), from)
}

#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
pub(crate) fn xargs(m: &mut Machine<'_>, name: &str, args: &[Arg], stdin: &Data) -> Data {
    let (opts, start) = opts::parse_leading(args, XARGS_VALUED);
    let rest = args.get(start..).unwrap_or_default();
    let (command, given): (Vec<Arg>, Vec<Arg>) =
        match rest.iter().position(|a| matches!(a.text.as_str(), ":::" | "::::" | ":::+")) {
            Some(at) => (rest.get(..at).unwrap_or_default().to_vec(), rest.get(at + 1..).unwrap_or_default().to_vec()),
            None => (rest.to_vec(), Vec::new()),
        };
    let span = rest.first().map_or(0..0, |a| a.span.clone());
    let lines = name != "xargs"
        || opts.has(&["-0", "--null", "-I", "-i", "--replace", "-L"])
        || opts.value(&["-d", "--delimiter"]).is_some();
    let at_once = opts.value(&["-P", "-j", "--max-procs", "--jobs"]).cloned();
    crate::floods::listed(m, &command, stdin, at_once.as_ref(), given.len());
    let mut items: Vec<Arg> = given;
    if items.is_empty() {
        match &stdin.text {
            Some(text) => items.extend(
                text.split(|c: char| matches!(c, '\n' | '\0') || c == ' ' && !lines)
                    .filter(|t| !t.is_empty())
                    .take(64)
                    .map(|t| Arg { text: t.to_owned(), taint: stdin.taint, span: span.clone() }),
            ),
            None => items.push(Arg {
                text: UNKNOWN.to_string(),
                taint: stdin.taint.without(Taint::FILE),
                span: span.clone(),
            }),
        }
    }
    let replace = opts
        .value(&["-I", "-J", "--replace"])
        .map(|a| a.text.clone())
        .or_else(|| (name == "parallel" || opts.has(&["-i", "--replace"])).then(|| "{}".to_owned()));
    let mark = replace.as_deref().unwrap_or("{}");
    let text: Vec<&str> = command.iter().map(|a| a.text.as_str()).collect();
    if items.len() > 1 || items.iter().any(|a| a.has_gap() || a.text.contains(crate::value::STAR)) {
        crate::onto_one::text_for_each(m, &text.join(" "), &[mark, "$1", "$0"], &span);
    }
    // Few items in the middle of a command: one run for each.
    if let Some(mark) = replace.clone().filter(|_| items.len() > 1 && items.len() <= 8)
        && command.iter().any(|w| w.text.contains(mark.as_str()))
    {
        let mut out = Data::default();
        for item in items {
            let argv: Vec<Arg> = command
                .iter()
                .map(|word| Arg {
                    text: word.text.replace(mark.as_str(), &item.text),
                    taint: if word.text.contains(mark.as_str()) { item.taint.with(word.taint) } else { word.taint },
                    span: word.span.clone(),
                })
                .collect();
            let dry = m.actor.dry;
            m.actor.dry |= opts.has(&["--dry-run", "--dryrun", "--show-cmd"]);
            out = if name != "xargs" && argv.len() == 1 {
                join(m, &argv, &Data::default())
            } else {
                m.aside(|m| m.call(&argv, &Data::default()))
            };
            m.actor.dry = dry;
        }
        return out;
    }
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
    // A file of names is a list that somebody made; what another command finds is not.
    let mails = command.first().is_some_and(|c| {
        ["mail", "mailx", "sendmail", "mutt", "swaks", "msmtp", "s-nail", "sendemail"].contains(&c.text.as_str())
    });
    let unlisted = mails && (stdin.text.is_none() || stdin.from.is_empty())
        || (!stdin.taint.has(Taint::FILE) || stdin.taint.has(Taint::LIST))
            && argv.iter().any(|a| crate::paths::is_all_gap(&a.text) || a.taint.has(Taint::LIST));
    let width = opts.value(&["-P", "-j", "--max-procs", "--jobs"]).and_then(|a| a.text.parse::<u64>().ok());
    crate::load::fan_out(m, &command, stdin, width, &span);
    if stdin.from == crate::contents::ENDLESS {
        let beside = opts.has(&["-P", "-j", "--max-procs", "--jobs"]) || name != "xargs";
        m.finding(
            "endless-list",
            "resources",
            if beside { RiskLevel::Critical } else { RiskLevel::High },
            &span,
            "exhaust",
            "the machine",
            "starts programs without end, until the machine stops answering",
        );
    }
    let dry = m.actor.dry;
    m.actor.dry |= opts.has(&["--dry-run", "--dryrun", "--show-cmd"]);
    let data = m.in_mass(unlisted, |m| {
        if name == "xargs" { m.aside(|m| m.call(&argv, &Data::default())) } else { join(m, &argv, &Data::default()) }
    });
    m.actor.dry = dry;
    data
}
