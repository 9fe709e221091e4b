//! Looking into programs and people: memory of what keeps secrets, what is typed, what is said.
//!
//! Part of [`call`](crate::call): a debugger or tracer alone is a tool, at a keeper of secrets it is a way to steal them.

use crate::run::Machine;
use crate::value::{Arg, Taint};
use cmdai_core::assess::RiskLevel;

/// Where data comes from that somebody typed.
pub(crate) const TYPED: &str = "what is typed";

/// Programs whose memory holds passwords or keys of others.
const KEEPERS: &[&str] = &[
    "sshd", "ssh-agent", "gpg-agent", "keepass", "login", "sudo", "su", "passwd", "gnome-keyring", "kwallet", "vault", "lsass", "bitwarden",
    "1password", "firefox", "chrome", "chromium", "brave", "sssd", "gdm", "lightdm", "sddm", "polkit", "krb5", "openvpn", "wpa_supplicant", "ssh",
    "vsftpd", "proftpd", "dovecot", "slapd", "telegram", "signal", "thunderbird", "password", "pass", "secret", "getty", "consul", "wireguard",
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

/// Judges tools that look into others.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    let tools = [
        "strace", "ltrace", "gdb", "gcore", "procdump", "lldb", "perf", "reptyr", "dtruss", "dtrace", "bpftrace", "bpftool", "ptrace", "truss", "ktrace",
        "memdump", "jmap", "frida", "frida-trace", "pmap", "peekfd", "ttysnoop", "stap", "uftrace", "criu", "crash", "volatility", "injectso",
    ];
    if !tools.contains(&name) || name == "pmap" {
        return;
    }
    let keeper = args.iter().any(|a| a.taint.has(Taint::KEEPER))
        || args.windows(2).any(|w| match w {
            [option, value] => {
                matches!(option.text.as_str(), "-p" | "-n" | "--attach-name" | "-w" | "--pid") && holds_secrets(&value.text)
            }
            _ => false,
        });
    let text = args.iter().map(|a| a.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    let probe = matches!(name, "bpftrace" | "stap" | "perf" | "dtrace" | "frida" | "frida-trace")
        && ["readline", "ssl_write", "ssl_read", "pam_", "getpass", "crypt(", "tty_write", "tty_read", "sslwrite", "gettok"]
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
