//! Programs of which one corner matters: a size, a signal, a key that is made anew, the commands of a web framework.

use crate::effects::How;
use crate::opts;
use crate::paths::Class;
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;

/// Acts on the corner; nothing if the rules judge the command.
#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
pub(crate) fn act(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    match name {
        "fallocate" => {
            let opts = opts::parse(args, &["-l", "--length", "-o", "--offset"]);
            let size = opts.value(&["-l", "--length"]).cloned();
            m.touch_all(Verb::Write, &opts.operands, How::ONE);
            if opts.has(&["-p", "--punch-hole", "-z", "--zero-range", "-c", "--collapse-range", "-i", "--insert-range"])
            {
                m.finding(
                    "punch-hole",
                    "files",
                    RiskLevel::High,
                    &head.span.clone(),
                    "overwrite",
                    opts.operand(0),
                    "takes a part of a file away or fills it with zeros",
                );
                return Some(Data::known(""));
            }
            big(m, size.as_ref(), head);
            Some(Data::known(""))
        }
        _ if crate::shell_state::prints_settings(name, args) => Some(Data::known("")),
        "kill" => {
            signal(m, head, args);
            None
        }
        "pkill" | "killall" | "skill" => {
            let all = args.iter().any(|a| matches!(crate::value::unglob(&a.text).as_str(), "." | ".*" | "^" | ".+"));
            if all && !args.iter().any(|a| a.text == "-0") {
                all_killed(m, head);
            }
            let guard =
                |a: &Arg| GUARDS.iter().any(|g| a.text.trim_end_matches('d').starts_with(g.trim_end_matches('d')));
            if args.iter().any(|a| !a.is_option() && guard(a)) {
                m.facts.push(crate::session::Fact::TracksCovered);
                m.finding(
                    "kill-guard",
                    "covering-tracks",
                    RiskLevel::High,
                    &head.span.clone(),
                    "hide",
                    "what records this machine",
                    "ends what guards or records this machine",
                );
            }
            None
        }
        "visudo" | "vipw" | "vigr" if !args.iter().any(|a| a.text.starts_with("-c")) => {
            let file = if name == "visudo" { "/etc/sudoers" } else { "/etc/passwd" };
            crate::archives::edit_by_variable(m, file, stdin, head);
            None
        }
        "mount" => {
            let opts = opts::parse(args, &["-t", "-o", "-O", "-L", "-U", "--types", "--options"]);
            if opts.value(&["-t", "--types"]).is_some_and(|a| matches!(a.text.as_str(), "tmpfs" | "ramfs"))
                && let Some(dir) = opts.operands.last()
            {
                let path = m.place(&dir.text).path;
                m.files.insert(path, Data { from: crate::effects::NEW_MOUNT.to_owned(), ..Data::default() });
            }
            None
        }
        "gdb" | "lldb" => {
            debugger(m, head, args);
            None
        }
        "mkfs" | "mke2fs" | "mkfs.ext2" | "mkfs.ext3" | "mkfs.ext4" | "mkfs.xfs" | "mkfs.btrfs" | "mkfs.vfat"
        | "mkfs.fat" | "mkfs.ntfs" | "mkfs.exfat" | "mksquashfs" | "mkswap" => {
            let files: Vec<&Arg> = args.iter().filter(|a| !a.is_option() && a.text.contains(['/', '.'])).collect();
            let own = |class: Class| matches!(class, Class::Inside | Class::Build | Class::Temp);
            let image = !files.is_empty() && files.iter().all(|f| !f.has_gap() && own(m.place(&f.text).class));
            image.then(|| Data::unknown(Taint::default(), name))
        }
        "ssh-keygen" => {
            let opts =
                opts::parse(args, &["-f", "-t", "-b", "-C", "-N", "-P", "-R", "-F", "-I", "-n", "-s", "-V", "-m"]);
            unlocked(m, &opts, head);
            let file = opts.value(&["-f"]).cloned()?;
            let makes = !opts.has(&["-l", "-y", "-e", "-F", "-R", "-i", "-B", "-p", "-c", "-H"]);
            let agreed = stdin.text.as_deref().is_some_and(|t| t.trim_start().to_lowercase().starts_with('y'))
                || stdin.from == crate::contents::ENDLESS;
            if makes && agreed && m.place(&file.text).class == Class::Secret {
                m.touch(Verb::Write, &file, How::ONE);
            }
            None
        }
        "python" | "php" | "ruby" | "manage.py" | "artisan" => crate::frameworks::framework(m, head, args),
        // A data base that ends with the program.
        "sqlite3" | "duckdb" | "sqlite"
            if args.iter().any(|a| a.text == ":memory:")
                && args.iter().map(|a| a.text.as_str()).chain(stdin.text.as_deref()).all(|t| {
                    [
                        ".shell",
                        ".system",
                        ".output",
                        ".once",
                        "writefile",
                        "attach",
                        "ATTACH",
                        "COPY",
                        "copy",
                        "load_ext",
                    ]
                    .iter()
                    .all(|w| !t.contains(w))
                }) =>
        {
            Some(Data::unknown(Taint::default(), name))
        }
        "busybox" if args.first().is_some_and(|a| a.text == "httpd") => {
            let opts = opts::parse(args, &["-h", "-p", "-c", "-u"]);
            let dir = opts.value(&["-h"]).cloned().unwrap_or_else(|| Arg::known(".", head.span.clone()));
            crate::script_files::serve_directory(m, &dir);
            Some(Data::default())
        }
        "http-server" | "serve" | "live-server" | "darkhttpd" | "miniserve" | "updog" | "dufs" | "woof"
        | "copyparty" | "filebrowser" | "simplehttpserver" | "goshs" | "webfsd" | "thttpd" | "quark"
        | "static-web-server" | "sfz" | "chfs" | "gohttpserver" | "uploadserver" | "wsgidav" | "twistd" | "webdav"
        | "caddy" => {
            let given = crate::doors::option_values(args, &["-d", "-r", "--root", "--directory", "--dir", "--path"]);
            let dir = given.first().or_else(|| args.iter().find(|a| !a.is_option())).cloned()?;
            (m.place(&dir.text).class >= Class::History).then(|| {
                crate::script_files::serve_directory(m, &dir);
                Data::default()
            })
        }
        "gzip" | "bzip2" | "xz" | "zstd" | "lzma" | "compress" | "brotli" => {
            let opts = opts::parse(args, &["-S", "--suffix", "-T", "--threads"]);
            let kept = opts.has(&["-c", "-k", "-l", "-t", "--stdout", "--keep", "--list", "--test"]) || name == "zstd";
            if !kept && opts.has(&["-r", "--recursive"]) {
                m.touch_all(Verb::Move, &opts.operands, How::TREE);
                return Some(Data::known(""));
            }
            None
        }
        _ => None,
    }
}

/// `ssh-keygen -p -N ''`.
fn unlocked(m: &mut Machine<'_>, opts: &opts::Opts, head: &Arg) {
    if opts.has(&["-p"]) && opts.value(&["-N"]).is_some_and(|a| a.text.is_empty()) {
        let why = "takes the passphrase of a key away, so that the file alone opens doors";
        m.finding("key-unlocked", "credentials", RiskLevel::High, &head.span.clone(), "key", "a private key", why);
    }
}

/// Programs that guard or record a machine.
const GUARDS: &[&str] = &[
    "rsyslogd",
    "syslogd",
    "syslog-ng",
    "auditd",
    "falco",
    "osqueryd",
    "clamd",
    "clamav",
    "falcon-sensor",
    "crowdstrike",
    "ossec",
    "wazuh",
    "fail2ban",
    "suricata",
    "snort",
    "systemd-journald",
    "firewalld",
    "filebeat",
    "auditbeat",
    "splunkd",
    "mdatp",
    "crond",
    "anacron",
    "atd",
    "auditbeat",
    "fluentd",
    "fluent-bit",
    "promtail",
    "vector",
    "ossec-analysisd",
    "samhain",
    "aide",
    "sysmon",
    "elastic-agent",
    "sentinelone",
    "cbagentd",
    "xagt",
    "ds_agent",
    "opensnitchd",
    "psad",
    "sshguard",
    "crowdsec",
    "tripwire",
    "usbguard",
];

/// Whether others need a program of this name, or it guards a machine.
pub(crate) fn serves(name: &str) -> bool {
    let needed = [
        "postgres",
        "mysqld",
        "mariadbd",
        "mongod",
        "redis-server",
        "sshd",
        "dockerd",
        "containerd",
        "kubelet",
        "etcd",
        "slapd",
        "named",
        "oracle",
        "elasticsearch",
        "rabbitmq",
        "cassandra",
        "memcached",
        "haproxy",
        "libvirtd",
        "corosync",
        "pacemaker",
        "glusterd",
        "ceph-osd",
        "ceph-mon",
        "kube-apiserver",
        "init",
        "systemd",
    ];
    let bare = name.trim_start_matches('^').trim_end_matches('$');
    needed.contains(&bare) || GUARDS.iter().any(|g| bare == *g || bare == g.trim_end_matches('d'))
}

/// What may fill the disk.
fn big(m: &mut Machine<'_>, size: Option<&Arg>, head: &Arg) {
    let Some(size) = size else { return };
    let risk = match bytes(&size.text) {
        _ if size.has_gap() => RiskLevel::High,
        Some(bytes) if bytes >= 50e9 => RiskLevel::High,
        Some(bytes) if bytes >= 2e9 => RiskLevel::Moderate,
        _ => return,
    };
    m.finding(
        "fill-disk",
        "resources",
        risk,
        &head.span.clone(),
        "exhaust",
        &size.text,
        "takes much of the disk at once",
    );
}

/// `10G`, `1.5TiB`, `4096`.
pub(crate) fn bytes(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text.get(..end)?.parse().ok()?;
    let unit = match text.get(end..)?.chars().next().map(|c| c.to_ascii_uppercase()) {
        Some('K') => 1e3,
        Some('M') => 1e6,
        Some('G') => 1e9,
        Some('T') => 1e12,
        Some('P' | 'E') => 1e15,
        _ => 1.0,
    };
    Some(number * unit)
}

/// A signal that ends or crashes the first program.
fn signal(m: &mut Machine<'_>, head: &Arg, args: &[Arg]) {
    let deadly = [
        "9", "KILL", "SEGV", "11", "ABRT", "6", "BUS", "7", "ILL", "4", "FPE", "8", "QUIT", "3", "TRAP", "5", "SYS",
        "STOP",
    ];
    let given = args.iter().any(|a| {
        let name = a.text.trim_start_matches("--signal=").trim_start_matches('-').to_uppercase();
        (a.is_option() || !a.text.bytes().all(|b| b.is_ascii_digit()))
            && deadly.contains(&name.trim_start_matches("SIG"))
    });
    if args.iter().any(|a| a.taint.has(Taint::SERVICE))
        && !args.iter().any(|a| matches!(a.text.as_str(), "-0" | "-HUP" | "-1" | "-USR1" | "-USR2" | "-SIGHUP"))
    {
        let why = "ends a service that others need or that guards this machine";
        m.finding("kill-service", "processes", RiskLevel::High, &head.span.clone(), "kill", "a service", why);
    }
    if args.iter().any(|a| crate::paths::is_all_gap(&a.text) && a.taint.has(Taint::LIST)) {
        m.finding(
            "kill-many",
            "processes",
            RiskLevel::High,
            &head.span.clone(),
            "kill",
            "many programs",
            "ends every program of a list that nobody wrote down",
        );
    }
    let dashes = args.iter().position(|a| a.text == "--");
    let behind = args.get(dashes.map_or(1, |at| at + 1)..).unwrap_or_default();
    if behind.last().is_some_and(|a| a.text == "-1") {
        all_killed(m, head);
    }
    let first = args.iter().any(|a| a.text == "1");
    if given && first && !args.iter().any(|a| a.text == "-l" || a.text == "-L") {
        m.finding(
            "kill-init",
            "processes",
            RiskLevel::Critical,
            &head.span.clone(),
            "kill",
            "1",
            "ends the first program, and the machine with it",
        );
    }
}

fn all_killed(m: &mut Machine<'_>, head: &Arg) {
    m.finding(
        "kill-all",
        "processes",
        RiskLevel::Critical,
        &head.span.clone(),
        "kill",
        "every program",
        "ends every program there is",
    );
}

/// Commands that a debugger is given: for the shell, or for the program it holds.
fn debugger(m: &mut Machine<'_>, head: &Arg, args: &[Arg]) {
    let args: Vec<Arg> = args
        .iter()
        .filter(|a| !matches!(a.text.as_str(), "-nx" | "-nh" | "-batch" | "-q" | "-n" | "-quiet"))
        .cloned()
        .collect();
    let opts = opts::parse(&args, &["-ex", "--eval-command", "-p", "--pid", "-x", "-o", "--one-line", "-iex"]);
    let attached = opts.values(&["-ex", "--eval-command", "-o"]).any(|a| a.text.trim() == "attach 1");
    let first = attached || opts.value(&["-p", "--pid"]).is_some_and(|a| a.text == "1");
    for command in opts.values(&["-ex", "--eval-command", "-o", "--one-line", "-iex"]).cloned().collect::<Vec<_>>() {
        let text = command.text.trim();
        if ["call", "print ", "p ", "expr"].iter().any(|w| text.starts_with(w)) && text.contains('"') {
            crate::program::program(m, &command);
        }
        if let Some(shell) = text
            .strip_prefix("shell ")
            .or_else(|| text.strip_prefix("platform shell "))
            .or_else(|| text.strip_prefix('!'))
        {
            m.inner_text(shell, cmdai_core::request::ShellType::Sh, &Data::default(), &command.span);
        } else if let Some(code) = text.strip_prefix("python ").or_else(|| text.strip_prefix("script ")) {
            crate::program::program(m, &Arg { text: code.to_owned(), ..command.clone() });
        } else if ["dump memory", "generate-core", "gcore", "dump binary memory"].iter().any(|w| text.starts_with(w)) {
            m.finding(
                "memory-dump",
                "credentials",
                RiskLevel::High,
                &command.span.clone(),
                "read",
                "a program's memory",
                "writes out the memory of a program, with the keys in it",
            );
        } else if first && ["call", "print", "p ", "kill", "expr", "process kill"].iter().any(|w| text.starts_with(w)) {
            all_killed(m, head);
        }
    }
}
