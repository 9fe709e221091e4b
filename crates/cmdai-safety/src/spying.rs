//! Looking into programs and people: memory of what keeps secrets, what is typed, what is said.
//!
//! Part of [`call`](crate::call): a debugger or tracer alone is a tool, at a keeper of secrets it is a way to steal them.

use crate::by_name::Words;
use crate::run::Machine;
use crate::value::{Arg, Taint};
use cmdai_core::assess::RiskLevel;

/// Where data comes from that somebody typed.
pub(crate) const TYPED: &str = "what is typed";

/// Programs whose memory holds passwords or keys of others.
const KEEPERS: &[&str] = &[
    "sshd",
    "ssh-agent",
    "gpg-agent",
    "keepass",
    "login",
    "sudo",
    "su",
    "passwd",
    "gnome-keyring",
    "kwallet",
    "vault",
    "lsass",
    "bitwarden",
    "1password",
    "firefox",
    "chrome",
    "chromium",
    "brave",
    "sssd",
    "gdm",
    "lightdm",
    "sddm",
    "polkit",
    "krb5",
    "openvpn",
    "wpa_supplicant",
    "ssh",
    "vsftpd",
    "proftpd",
    "dovecot",
    "slapd",
    "telegram",
    "signal",
    "thunderbird",
    "password",
    "pass",
    "secret",
    "getty",
    "consul",
    "wireguard",
];

/// Whether a program of this name keeps secrets.
pub(crate) fn holds_secrets(name: &str) -> bool {
    let bare = name.trim_start_matches('^').trim_end_matches('$').rsplit('/').next().unwrap_or_default().to_lowercase();
    KEEPERS.iter().any(|k| bare == *k || k.len() > 4 && bare.starts_with(k))
}

/// Prints what keys are pressed, from everywhere.
pub(crate) fn reads_keys(name: &str, args: &[Arg]) -> bool {
    let words = |list: &[&str]| args.iter().any(|a| list.iter().any(|w| a.text.starts_with(w)));
    match name {
        "showkey" | "logkeys" | "xspy" | "keysniffer" | "lkl" | "uberkey" | "keylogger" | "xkeylogger" => true,
        "evtest" | "evemu-record" | "thd" => words(&["/dev/input"]),
        "xinput" => words(&["test"]),
        "libinput" => words(&["debug-events", "record"]),
        "cat" | "xxd" | "hexdump" | "od" | "dd" => words(&["/dev/input/", "if=/dev/input/"]),
        _ => false,
    }
}

/// Hides a program or when a file was made.
fn hides(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    let last = args.iter().rfind(|a| !a.is_option()).map_or("", |a| a.text.as_str());
    let number = |path: &str| {
        path.strip_prefix("/proc/")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == crate::value::UNKNOWN))
    };
    let system = |path: &str| ["/bin/", "/usr/", "/etc/", "/sbin/", "/lib"].iter().any(|p| path.starts_with(p));
    let value = |option: &str| {
        args.iter().position(|a| a.text == option).and_then(|at| args.get(at + 1)).map_or("", |a| a.text.as_str())
    };
    let why = match name {
        "mount" if number(last) => "covers what tells of a running program",
        "mount"
            if last.starts_with("/var/log") && args.iter().any(|a| a.text.contains("bind") || a.text == "tmpfs") =>
        {
            "covers the records of this machine"
        }
        "exec" if value("-a").starts_with('[') => "runs a program under the name of a part of the kernel",
        "touch" if system(value("-r")) || !value("-t").is_empty() && system(last) => "hides when a file was made",
        "chattr" if last.starts_with("/tmp/.") && args.iter().any(|a| a.text == "+i") => {
            "guards a hidden file against being deleted"
        }
        "prctl" | "libprocesshider" | "xhide" => "hides a running program",
        _ => return,
    };
    m.facts.push(crate::session::Fact::TracksCovered);
    m.finding("hidden", "covering-tracks", RiskLevel::High, &head.span.clone(), "hide", last, why);
}

/// Very many machines at once.
fn scans_widely(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    let wide = |a: &Arg| {
        let numbers = a
            .text
            .split_once('/')
            .filter(|(net, _)| net.contains('.') && net.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
        numbers.and_then(|(_, bits)| bits.parse::<u8>().ok()).is_some_and(|bits| bits <= 16)
            || matches!(a.text.as_str(), "-iR")
    };
    if matches!(name, "nmap" | "rustscan" | "naabu" | "fping" | "nbtscan" | "onesixtyone" | "zgrab2" | "snmpwalk")
        && args.iter().any(wide)
    {
        let why = "looks for open doors on very many machines";
        m.finding("wide-scan", "network", RiskLevel::High, &head.span.clone(), "scan", "a whole network", why);
    }
}

/// A program of a known name, or one that hides, where everybody may put it.
pub(crate) fn borrowed_name(m: &mut Machine<'_>, name: &str, head: &Arg) {
    if !head.text.contains('/') || head.has_gap() || !crate::rules::is_listed(name) {
        return;
    }
    let place = m.place(&head.text);
    let last = place.path.rsplit('/').next().unwrap_or_default();
    let hidden = last.starts_with('.') || ["/.cache/.", "/tmp/.", "/shm/."].iter().any(|dir| place.path.contains(dir));
    if hidden && !m.files.contains_key(&place.path) {
        let why = "runs a program that hides its name";
        m.finding("hidden-program", "execution", RiskLevel::High, &head.span.clone(), "execute", &head.text, why);
    }
    let direct = ["/tmp/", "/var/tmp/", "/dev/shm/"]
        .iter()
        .any(|dir| place.path.strip_prefix(dir).is_some_and(|rest| !rest.contains('/') || rest.starts_with('.')));
    if direct && place.class == crate::paths::Class::Temp && !m.files.contains_key(&place.path) {
        let why = "runs a program from where everybody may put one, under a name that is trusted";
        m.finding("borrowed-name", "execution", RiskLevel::High, &head.span.clone(), "execute", &head.text, why);
    }
}

/// Programs that are typed without a thought, or that ask for passwords.
static TYPED_NAMES: Words = Words::new(
    "ls ps top cat cp mv rm cd sudo su ssh scp sftp passwd login doas gpg git grep find id who w last lastlog ss \
    netstat lsof kill bash sh zsh mount systemctl journalctl crontab curl wget ifconfig ip uname env clear man less",
);

/// A file that goes before a program of the system, because its directory is searched first.
pub(crate) fn shadows(m: &mut Machine<'_>, path: &str, span: &crate::ir::Span) {
    let Some((dir, name)) = path.rsplit_once('/') else { return };
    let own = ["/.local/bin", "/bin", "/.bin"].iter().any(|end| dir.strip_prefix(m.home.as_str()) == Some(*end));
    if (own || matches!(dir, "/usr/local/bin" | "/usr/local/sbin")) && TYPED_NAMES.has(name) {
        let why = "puts another program in the place of one that everybody types";
        m.finding("shadowed-program", "deception", RiskLevel::High, span, "overwrite", path, why);
    }
}

/// Looks for passwords in everything there is.
fn hunts(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    if !matches!(name, "grep" | "egrep" | "fgrep" | "zgrep" | "rg" | "ag" | "ack" | "ugrep") {
        return;
    }
    let deep = matches!(name, "rg" | "ag" | "ack" | "ugrep")
        || args.iter().any(|a| {
            matches!(a.text.as_str(), "--recursive" | "--dereference-recursive")
                || a.is_option() && !a.text.starts_with("--") && a.text.contains(['r', 'R'])
        });
    if !deep {
        return;
    }
    let words = ["passw", "secret", "api_key", "apikey", "private key", "akia", "access_key", "credential", "bearer"];
    let pattern = args.iter().any(|a| words.iter().any(|w| a.text.to_lowercase().contains(w)));
    let wide = args.iter().any(|a| {
        use crate::paths::Class;
        a.text.starts_with(['/', '~']) && !a.has_gap() && {
            let place = m.place(&a.text);
            matches!(place.class, Class::Home | Class::OtherHome | Class::Root) || place.path == "/root"
        }
    });
    if pattern && wide {
        let why = "looks through everything for passwords and keys";
        m.finding("secret-hunt", "credentials", RiskLevel::High, &head.span.clone(), "read", "all files", why);
    }
}

/// Judges tools that look into others.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    hides(m, name, head, args);
    scans_widely(m, name, head, args);
    hunts(m, name, head, args);
    let tools = [
        "strace",
        "ltrace",
        "gdb",
        "gcore",
        "procdump",
        "lldb",
        "perf",
        "reptyr",
        "dtruss",
        "dtrace",
        "bpftrace",
        "bpftool",
        "ptrace",
        "truss",
        "ktrace",
        "memdump",
        "jmap",
        "frida",
        "frida-trace",
        "pmap",
        "peekfd",
        "ttysnoop",
        "stap",
        "uftrace",
        "criu",
        "crash",
        "volatility",
        "injectso",
    ];
    if !tools.contains(&name) || name == "pmap" {
        return;
    }
    let keeper = args.iter().any(|a| a.taint.has(Taint::KEEPER))
        || args.windows(2).any(|w| match w {
            [option, value] => {
                matches!(option.text.as_str(), "-p" | "-n" | "--attach-name" | "-w" | "--pid")
                    && holds_secrets(&value.text)
            }
            _ => false,
        });
    let text = args.iter().map(|a| a.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    let probe = matches!(name, "bpftrace" | "stap" | "perf" | "dtrace" | "frida" | "frida-trace")
        && [
            "readline",
            "ssl_write",
            "ssl_read",
            "pam_",
            "getpass",
            "crypt(",
            "tty_write",
            "tty_read",
            "sslwrite",
            "gettok",
        ]
        .iter()
        .any(|w| text.contains(w));
    if keeper || probe {
        m.finding(
            "spy-on-secrets",
            "credentials",
            RiskLevel::High,
            &head.span.clone(),
            "read",
            "passwords and keys",
            "looks into a program that holds passwords or keys of others",
        );
    }
}
