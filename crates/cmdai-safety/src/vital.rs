//! What others depend on: data bases, the ways into a machine, programs that keep secrets; and whole groups of anything.
//!
//! Asked by [`rules`](crate::rules) where a rule says that something ends, so that ending a data base weighs more than ending a
//! web page's worker, whatever tool does it. Names are found in units (`postgresql@15-main.service`), paths
//! (`/etc/service/mysql`), ports, and behind `$(pidof mysqld)`.

use crate::opts::Opts;
use crate::run::Machine;
use crate::value::{Arg, Data, STAR, Taint};
use crate::words;

/// Keep the data of others.
const STORES: &[&str] = &[
    "postgres",
    "postgresql",
    "postmaster",
    "pgsql",
    "pgbouncer",
    "pgpool",
    "patroni",
    "timescaledb",
    "mysql",
    "mysqld",
    "mariadb",
    "mariadbd",
    "percona",
    "mongo",
    "mongod",
    "mongos",
    "mongodb",
    "redis",
    "valkey",
    "keydb",
    "dragonfly",
    "memcached",
    "elasticsearch",
    "opensearch",
    "solr",
    "cassandra",
    "scylla",
    "clickhouse",
    "couchdb",
    "couchbase",
    "neo4j",
    "influxdb",
    "influxd",
    "etcd",
    "consul",
    "vault",
    "zookeeper",
    "kafka",
    "redpanda",
    "rabbitmq",
    "activemq",
    "nats",
    "pulsar",
    "oracle",
    "mssql",
    "sqlservr",
    "db2",
    "firebird",
    "cockroach",
    "cockroachdb",
    "tidb",
    "yugabyte",
    "minio",
    "ceph",
    "gluster",
    "glusterd",
    "nfs",
    "smbd",
    "slapd",
    "ldap",
    "dirsrv",
    "krb5kdc",
    "kdc",
    "db",
    "database",
    "databases",
    "sql",
    "rethinkdb",
    "arangodb",
    "surrealdb",
    "vitess",
    "proxysql",
    "galera",
    "drbd",
    "zfs",
];
/// Without them the machine cannot be reached, or much of it ends.
const LIFELINES: &[&str] = &[
    "ssh",
    "sshd",
    "openssh",
    "network",
    "networking",
    "networkmanager",
    "networkd",
    "resolved",
    "netif",
    "wpa",
    "dhcpcd",
    "dhclient",
    "dhcpd",
    "bind9",
    "named",
    "unbound",
    "dbus",
    "logind",
    "journald",
    "udevd",
    "docker",
    "dockerd",
    "containerd",
    "crio",
    "kubelet",
    "k3s",
    "k0s",
    "rke2",
    "microk8s",
    "kube",
    "apiserver",
    "libvirtd",
    "wireguard",
    "wg",
    "openvpn",
    "strongswan",
    "ipsec",
    "tailscaled",
    "haproxy",
    "keepalived",
    "pacemaker",
    "corosync",
    "frr",
    "bird",
    "multipathd",
    "iscsid",
    "lvm",
    "postfix",
    "dovecot",
    "exim4",
    "sssd",
    "winbind",
    "coredns",
    "init",
    "systemd",
    "autofs",
    "chronyd",
];
/// Hold passwords or keys in their memory, or see them go by.
const KEEPERS: &[&str] = &[
    "sshd",
    "ssh",
    "agent",
    "gpg",
    "keyring",
    "keyringd",
    "kwalletd",
    "kwalletd5",
    "vault",
    "firefox",
    "chrome",
    "chromium",
    "brave",
    "keepassxc",
    "keepass",
    "1password",
    "bitwarden",
    "lsass",
    "passwd",
    "login",
    "su",
    "sudo",
    "sssd",
    "winbindd",
    "gdm",
    "lightdm",
    "sddm",
    "gunicorn",
    "uwsgi",
    "nginx",
    "apache2",
    "httpd",
    "php",
    "puma",
    "java",
    "tomcat",
    "securityd",
    "openvpn",
    "slapd",
    "dovecot",
    "postfix",
    "bash",
    "zsh",
];
const PORTS: &[&str] = &[
    "5432", "3306", "27017", "6379", "9200", "22", "1433", "1521", "2379", "9092", "5672", "6443", "2049", "11211",
    "389", "53",
];
/// Signals that end nothing.
const MILD: &[&str] =
    &["HUP", "1", "USR1", "USR2", "10", "12", "CONT", "18", "WINCH", "28", "0", "URG", "CHLD", "L", "l", "list"];
const KILLERS: &[&str] = &[
    "kill",
    "pkill",
    "killall",
    "skill",
    "tkill",
    "fkill",
    "xkill",
    "fuser",
    "kill-port",
    "killport",
    "slay",
    "killall5",
    "tcpkill",
];
/// Words with which tools end what runs, beside those that [`words::takes`] knows.
const ENDS: &[&str] = &[
    "stop",
    "kill",
    "halt",
    "quit",
    "exit",
    "pause",
    "freeze",
    "unload",
    "bootout",
    "force-stop",
    "force-shutdown",
    "force-quit",
    "try-restart-stop",
    "terminate",
    "destroy",
    "offline",
    "abort",
    "stop-all",
    "stop_all",
    "delete",
    "rm",
    "onestop",
    "faststop",
    "forcestop",
    "shutdown",
    "poweroff",
    "stop_app",
    "cease",
    "x",
    "inactive",
];

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let short = if text.len() > 200 { "" } else { text };
    short.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty())
}

fn names(list: &[&str], text: &str) -> bool {
    pieces(text).any(|piece| {
        let bare = piece.trim_end_matches(|c: char| c.is_ascii_digit());
        list.iter().any(|known| known.eq_ignore_ascii_case(piece) || known.eq_ignore_ascii_case(bare))
    })
}

/// Whether a word names what others depend on: a unit, a program, a container, a pid file.
pub(crate) fn is_vital(arg: &Arg) -> bool {
    arg.taint.has(Taint::VITAL) || !arg.is_option() && (names(STORES, &arg.text) || names(LIFELINES, &arg.text))
}

/// Whether a word names a program in whose memory or input passwords are.
pub(crate) fn is_keeper(arg: &Arg) -> bool {
    arg.taint.has(Taint::VITAL) || !arg.is_option() && names(KEEPERS, &arg.text)
}

fn is_port(arg: &Arg) -> bool {
    pieces(&arg.text).any(|p| PORTS.contains(&p))
}

/// Many at once: all, a pattern, a list that nobody wrote down, one after the other.
pub(crate) fn is_group(m: &Machine<'_>, opts: &Opts, args: &[Arg]) -> bool {
    m.actor.mass
        || opts.has(&["-a", "--all", "-all", "--all-namespaces", "--recurse"])
            && opts.operands.first().is_none_or(|a| a.text != "prune")
        || args.iter().any(|a| {
            a.text.contains(STAR)
                || a.taint.has(Taint::LIST) && crate::paths::is_all_gap(&a.text)
                || !a.is_option()
                    && matches!(a.text.as_str(), "all" | "*" | ".*" | "everything" | "ALL" | "@world" | "--all")
                || !a.is_option() && a.text.contains('*') && !a.text.contains('/')
        })
}

/// Whether a rule that asks only (Moderate) is about the end of something that many depend on.
pub(crate) fn raises(m: &Machine<'_>, effect: &str, name: &str, opts: &Opts, args: &[Arg]) -> bool {
    if !matches!(effect, "service" | "kill" | "container" | "session" | "process" | "machine") {
        return false;
    }
    let killer = KILLERS.contains(&name);
    let mild = args.iter().any(|a| {
        let signal = a.text.trim_start_matches("--signal=").trim_start_matches('-').trim_start_matches("SIG");
        a.text.starts_with('-') && MILD.contains(&signal)
    }) || args.windows(2).any(|p| {
        p.first().is_some_and(|a| matches!(a.text.as_str(), "-s" | "--signal" | "-n"))
            && p.get(1).is_some_and(|a| MILD.contains(&a.text.trim_start_matches("SIG")))
    });
    let verb = opts
        .operands
        .iter()
        .take(4)
        .position(|a| words::takes(&a.text) || ENDS.contains(&a.text.to_ascii_lowercase().as_str()));
    if killer && mild || !killer && verb.is_none() && !opts.has(&["-k", "--kill", "--stop", "--now"]) {
        return false;
    }
    let named = opts.operands.len().saturating_sub(verb.map_or(0, |at| at + 1));
    let several = match effect {
        "service" => named > 1 && !matches!(name, "service" | "rc-service" | "invoke-rc.d" | "pg_ctlcluster"),
        "container" | "kill" => named > 3,
        _ => false,
    };
    several || m.in_loop || is_group(m, opts, args) || args.iter().any(|a| is_vital(a) || name == "fuser" && is_port(a))
}

/// Numbers of processes that others depend on, and lists of processes, by what they were asked for.
pub(crate) fn taint_output(name: &str, args: &[Arg], data: &mut Data) {
    let vital = |a: &Arg| is_vital(a) || is_keeper(a) && !matches!(name, "grep" | "awk");
    if name == "osascript" && args.iter().any(|a| a.text.contains("hidden answer")) {
        data.taint = data.taint.with(Taint::SECRET);
    }
    let found = match name {
        "pidof" | "pgrep" | "systemctl" | "supervisorctl" | "docker" | "podman" | "rc-service" => {
            args.iter().any(vital)
        }
        "lsof" | "fuser" => args.iter().any(|a| vital(a) || is_port(a)),
        "grep" | "egrep" | "awk" | "gawk" | "rg" => data.taint.has(Taint::LIST) && args.iter().any(vital),
        "cat" | "head" | "tail" => args.iter().any(|a| a.text.rsplit('.').next() == Some("pid") && vital(a)),
        _ => false,
    };
    if found {
        data.taint = data.taint.with(Taint::VITAL);
    }
    let has = |words: &[&str]| args.iter().any(|a| words.contains(&a.text.as_str()));
    let lists = match name {
        "pgrep" => has(&["-u", "-U", "-G", "-g", "-t", "--euid", "--uid"]) && !has(&["-o", "-n"]),
        "ps" => {
            has(&["-u", "-U", "--user", "-C", "-t", "--ppid"])
                || args.iter().any(|a| a.text.contains("aux") || a.text.starts_with("-e"))
        }
        "lsof" => {
            args.iter().any(|a| a.text.starts_with('+') || a.text.starts_with("-u"))
                || has(&["-i", "-ti", "-it"]) && !args.iter().any(|a| a.text.contains(':') || a.text.contains('@'))
        }
        "screen" | "tmux" => has(&["-ls", "-list", "ls", "lsw", "lsp"]),
        "machinectl" | "loginctl" | "launchctl" | "rc-status" | "supervisorctl" | "s6-rc" | "virsh" | "qm" | "pct"
        | "VBoxManage" => args.iter().any(|a| a.text.starts_with("list") || matches!(a.text.as_str(), "status" | "-a")),
        "who" | "users" | "w" | "lsblk" | "findmnt" | "losetup" | "mount" | "lastlog" => true,
        "getent" => has(&["passwd", "group"]) && args.len() == 1,
        _ => false,
    };
    if lists {
        data.taint = data.taint.with(Taint::LIST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_units_paths_and_ports() {
        for (text, vital) in [
            ("postgresql@15-main.service", true),
            ("/etc/service/mysql", true),
            ("system/com.openssh.sshd", true),
            ("prod-db01", true),
            ("cups", false),
            ("web", false),
            ("-db", false),
            ("feedback", false),
        ] {
            assert_eq!(is_vital(&Arg::known(text, 0..0)), vital, "{text}");
        }
    }
}
