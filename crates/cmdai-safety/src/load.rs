//! How much at once: rounds of a loop, requests to a server, values of the kernel, coins on others' machines.
//!
//! The same command is fine ten times and an attack a million times; the numbers on the command line decide. Used by
//! [`loops`](crate::loops), [`carriers`](crate::carriers) and [`call`](crate::call).

use crate::by_name::ByName;
use crate::ir::{Part, Stmt, Word};
use crate::run::Machine;
use crate::value::{Arg, Data};
use cmdai_core::assess::RiskLevel;

/// What `seq` prints, by the last number.
pub(crate) const SEQ: &str = "seq ";
/// Rounds above which repeating is a flood.
const MANY: u64 = 5_000;

/// Programs that ask another machine for something.
pub(crate) const ASKERS: &[&str] = &[
    "curl",
    "wget",
    "http",
    "https",
    "xh",
    "ab",
    "hey",
    "nc",
    "ncat",
    "ping",
    "dig",
    "host",
    "nslookup",
    "ssh",
    "grpcurl",
    "websocat",
    "hping3",
    "nmap",
    "swaks",
    "mail",
    "mailx",
    "sendmail",
    "mutt",
    "telnet",
    "snmpget",
    "aws",
    "gcloud",
    "az",
    "kubectl",
    "smbclient",
    "ldapsearch",
    "whois",
    "redis-cli",
    "psql",
    "mysql",
    "mosquitto_pub",
    "openssl",
    "lp",
    "lpr",
    "logger",
    "wall",
    "notify-send",
    "gh",
    "s-nail",
    "msmtp",
    "sendemail",
];
/// Programs of which each run leaves a file or a directory behind.
const MAKERS: &[&str] = &["touch", "mkdir", "mktemp", "cp", "dd", "fallocate", "truncate", "ln", "split", "mkfifo"];

/// How many rounds the words of a `for` make at least, where they say so.
pub(crate) fn rounds(words: &[Word]) -> u64 {
    words.iter().map(|w| w.parts.iter().map(part_rounds).max().unwrap_or(1)).fold(0, u64::saturating_add)
}

fn part_rounds(part: &Part) -> u64 {
    match part {
        Part::Bare(text) => text
            .split_once("..")
            .and_then(|(from, to)| {
                let from: i64 = from.rsplit('{').next()?.parse().ok()?;
                let to: i64 = to.split(['}', '.']).next()?.parse().ok()?;
                Some(from.abs_diff(to))
            })
            .unwrap_or(1),
        Part::Command(body) => body.iter().map(stmt_rounds).max().unwrap_or(1),
        Part::Double(parts) => parts.iter().map(part_rounds).max().unwrap_or(1),
        _ => 1,
    }
}

fn stmt_rounds(stmt: &Stmt) -> u64 {
    let crate::ir::Node::Simple { words, .. } = &stmt.node else { return 1 };
    let texts: Vec<&str> = words.iter().map(literal).collect();
    match texts.split_first() {
        Some((&("seq" | "jot" | "gseq"), rest)) => rest.iter().filter_map(|t| number(t)).max().unwrap_or(1),
        _ => 1,
    }
}

fn literal(word: &Word) -> &str {
    match word.parts.as_slice() {
        [Part::Bare(text) | Part::Quoted(text)] => text,
        _ => "",
    }
}

/// `1e6`, `10000`.
fn number(text: &str) -> Option<u64> {
    if matches!(text.trim_start_matches('+'), "inf" | "infinity") {
        return Some(u64::MAX);
    }
    if let Some((digits, power)) = text.split_once(['e', 'E']) {
        let base: u64 = digits.parse().ok()?;
        return base.checked_mul(10_u64.checked_pow(power.parse().ok()?)?);
    }
    text.parse().ok()
}

/// The rounds behind data that came from `seq`.
pub(crate) fn listed(data: &Data) -> u64 {
    data.from.strip_prefix(SEQ).and_then(number).unwrap_or(0)
}

/// The last number that `seq` counts to.
pub(crate) fn seq_of(args: &[Arg]) -> String {
    let last = args.iter().filter_map(|a| number(&a.text)).max().unwrap_or(0);
    format!("{SEQ}{last}")
}

/// A command that is run so often.
pub(crate) fn repeated(
    m: &mut Machine<'_>,
    rounds: u64,
    names: &[&str],
    beside: bool,
    here: bool,
    span: &crate::ir::Span,
) {
    let asks = names.iter().any(|n| ASKERS.contains(n)) && !here;
    let makes = names.iter().any(|n| MAKERS.contains(n));
    let why = if rounds >= MANY && beside {
        "starts thousands of programs at once, until the machine stops answering"
    } else if rounds >= MANY && asks {
        "sends thousands of requests to another machine"
    } else if rounds >= 100_000 && makes {
        "makes so many files that the disk has no room for further names"
    } else {
        return;
    };
    m.finding("flood", "resources", RiskLevel::High, span, "exhaust", "a machine", why);
}

/// A command that is run for each item of a list, `width` at a time.
pub(crate) fn fan_out(m: &mut Machine<'_>, command: &[Arg], stdin: &Data, width: Option<u64>, span: &crate::ir::Span) {
    let here = command.iter().any(|a| a.text.contains("localhost") || a.text.contains("127.0.0.1"));
    let names: Vec<&str> = command.iter().flat_map(|a| a.text.split_whitespace()).take(8).collect();
    let wide = width.is_some_and(|n| n >= 200 || n == 0 && stdin.from.starts_with(SEQ));
    repeated(m, listed(stdin), &names, wide, here, span);
    if wide && !here && names.iter().any(|n| ASKERS.contains(n)) {
        let why = "sends hundreds of requests at once to another machine";
        m.finding("flood", "resources", RiskLevel::High, span, "exhaust", "a machine", why);
    }
}

/// Tools that put load on a server; those with a list of options must name a host that is not this machine.
const LOADERS: &[(&str, &[&str])] = &[
    ("ab", &[]),
    ("wrk", &[]),
    ("wrk2", &[]),
    ("hey", &[]),
    ("siege", &[]),
    ("vegeta", &[]),
    ("bombardier", &[]),
    ("oha", &[]),
    ("h2load", &[]),
    ("autocannon", &[]),
    ("k6", &[]),
    ("locust", &[]),
    ("iperf", &["-c", "--client"]),
    ("iperf3", &["-c", "--client"]),
    ("dnsperf", &["-s"]),
    ("resperf", &["-s"]),
    ("flamethrower", &[]),
    ("redis-benchmark", &["-h"]),
    ("memtier_benchmark", &["-s", "--server"]),
    ("pgbench", &["-h", "--host"]),
    ("mysqlslap", &["-h", "--host"]),
    ("sysbench", &["--mysql-host", "--pgsql-host"]),
    ("netperf", &["-H"]),
    ("nuttcp", &[]),
    ("httperf", &["--server"]),
    ("ali", &[]),
    ("plow", &[]),
    ("boom", &[]),
    ("ddosify", &[]),
    ("cassandra-stress", &["-node"]),
    ("ping", &[]),
    ("ping6", &[]),
    ("fping", &[]),
    ("nping", &[]),
    ("hping3", &[]),
    ("smtp-source", &[]),
    ("postal", &[]),
    ("h2spec", &[]),
    ("mz", &[]),
    ("fortio", &[]),
    ("rewrk", &[]),
    ("gobench", &[]),
    ("ghz", &[]),
    ("artillery", &[]),
];

/// Values of the kernel below or above which a machine stands still.
const KERNEL: &[(&str, f64, f64)] = &[
    ("nr_hugepages", 0.0, 9_999.0),
    ("kernel.pid_max", 1_000.0, 1e12),
    ("threads-max", 1_000.0, 1e12),
    ("fs.file-max", 5_000.0, 1e18),
    ("nr_open", 1_024.0, 1e18),
    ("min_free_kbytes", 0.0, 5_000_000.0),
    ("overcommit_ratio", 10.0, 1e12),
    ("max_map_count", 1_000.0, 1e18),
    ("max_user_namespaces", 0.0, 1e18),
    ("somaxconn", 8.0, 1e18),
    ("nf_conntrack_max", 1_000.0, 1e18),
    ("tcp_max_syn_backlog", 8.0, 1e18),
    ("dirty_ratio", 0.0, 98.0),
    ("shmmax", 4_096.0, 1e30),
    ("max_user_watches", 64.0, 1e18),
    ("user.max_pid_namespaces", 0.0, 1e18),
];

/// Judges the numbers of a command.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    static INDEX: ByName = ByName::new();
    let tell = |m: &mut Machine<'_>, rule: &str, target: &str, why: &str| {
        m.finding(rule, "resources", RiskLevel::High, &head.span.clone(), "exhaust", target, why);
    };
    if name == "sysctl" {
        for arg in args {
            let Some((key, value)) = arg.text.split_once('=') else { continue };
            let Ok(value) = value.trim().parse::<f64>() else { continue };
            let key = key.trim();
            if KERNEL.iter().any(|(k, least, most)| key.ends_with(k) && (value < *least || value > *most)) {
                tell(m, "kernel-limit", key, "sets a limit of the kernel so that programs find no room any more");
            }
        }
        return;
    }
    if name == "ulimit" {
        let small = |option: &str, least: u64| {
            let value = crate::doors::option_values(args, &[option]).into_iter().next_back();
            value.and_then(|v| v.text.parse::<u64>().ok()).is_some_and(|n| n < least)
        };
        if small("-n", 10) || small("-u", 10) || small("-v", 10_000) || small("-f", 1) || small("-t", 2) {
            tell(m, "shell-limit", "this session", "leaves programs of this session no room");
        }
        return;
    }
    if crate::floods::rents_many(name, args) {
        tell(m, "very-many", "the account", "asks for so many machines that the bill may be very high");
    }
    if mines(name, args) {
        tell(m, "mining", "this machine", "makes this machine calculate coins for somebody");
        return;
    }
    let Some((_, hosts)) = INDEX.rows(LOADERS, |row| std::slice::from_ref(&row.0), name).next() else { return };
    let own = args.iter().any(|a| {
        ["localhost", "127.0.0.1", "[::1]", "://0.0.0.0"].iter().any(|h| a.text.contains(h)) || a.text == "::1"
    });
    let names_host = hosts.is_empty() || args.iter().any(|a| hosts.iter().any(|h| a.text.starts_with(h)));
    if !own && names_host && is_heavy(name, args) {
        tell(m, "heavy-load", "a server", "puts so much load on another machine that it may stop answering");
    }
}

/// Coins: by the name of the miner or the address of a pool.
fn mines(name: &str, args: &[Arg]) -> bool {
    let miners = [
        "xmrig",
        "minerd",
        "cpuminer",
        "ethminer",
        "cgminer",
        "bfgminer",
        "lolminer",
        "t-rex",
        "nbminer",
        "phoenixminer",
        "gminer",
        "teamredminer",
        "claymore",
        "xmr-stak",
        "ccminer",
        "sgminer",
        "nanominer",
        "srbminer",
        "trex",
        "cpuminer-opt",
        "cpuminer-multi",
        "kawpowminer",
        "wildrig",
    ];
    let shows = [
        "echo", "grep", "printf", "cat", "pgrep", "pkill", "killall", "rg", "ps", "git", "ls", "find", "locate",
        "which", "whereis", "dig", "iptables", "ufw",
    ];
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    !shows.iter().any(is)
        && (miners.iter().any(is) && !args.iter().any(|a| matches!(a.text.as_str(), "--version" | "--help" | "-h"))
            || args.iter().filter(|a| a.text.contains('+') || name == "docker").any(|a| {
                let text = a.text.to_ascii_lowercase();
                text.starts_with("stratum+") || text.contains("=stratum+") || name == "docker" && text.contains("xmrig")
            }))
}

/// Whether the numbers are those of a flood: very many requests, clients, bytes or hours.
fn is_heavy(name: &str, args: &[Arg]) -> bool {
    let clients = [
        "-c",
        "-C",
        "-u",
        "--concurrency",
        "--connections",
        "--threads",
        "--users",
        "--clients",
        "--client",
        "-k",
        "--vus",
        "--max-workers",
        "-w",
        "--concurrent",
    ];
    let times = ["-t", "-d", "-z", "-l", "-T", "--time", "--duration", "--timeout", "--length", "-D"];
    let rates = ["--rate", "-rate", "-b", "--bandwidth", "--bitrate", "-Q", "-q", "-R"];
    let client_is_host = matches!(name, "iperf" | "iperf3" | "ping" | "mz");
    let pairs = args.iter().enumerate().map(|(at, arg)| {
        let text = arg.text.as_str();
        match text.split_once('=') {
            Some((option, value)) => (option.to_owned(), value.to_owned()),
            None if text.len() > 2
                && text.starts_with('-')
                && text.as_bytes().get(2).is_some_and(u8::is_ascii_digit) =>
            {
                (text.get(..2).unwrap_or_default().to_owned(), text.get(2..).unwrap_or_default().to_owned())
            }
            None if text.starts_with('-') => {
                (text.to_owned(), args.get(at + 1).map_or_else(String::new, |a| a.text.clone()))
            }
            None => (String::new(), text.to_owned()),
        }
    });
    pairs.into_iter().any(|(option, value)| {
        let option = option.as_str();
        let end = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
        let Ok(count) = value.get(..end).unwrap_or_default().parse::<f64>() else { return false };
        let unit = value.get(end..).unwrap_or_default().to_lowercase();
        if times.contains(&option) && !(name == "wrk" && option == "-t") {
            let seconds = match unit.as_str() {
                "h" => count * 3600.0,
                "m" | "min" => count * 60.0,
                "d" => count * 86_400.0,
                "" | "s" => count,
                _ => 0.0,
            };
            return seconds >= 3600.0
                || unit.is_empty() && count == 0.0 && option != "-t" && option != "-T" && option != "-l";
        }
        if rates.contains(&option) {
            return count == 0.0
                || unit.starts_with('g')
                || unit.starts_with('m') && count >= 500.0
                || unit.is_empty() && count >= 20_000.0;
        }
        if option == "-i" && matches!(name, "ping" | "ping6" | "fping") {
            return count < 0.01;
        }
        if clients.contains(&option) && !client_is_host && unit.is_empty() {
            return count >= 1000.0;
        }
        unit.is_empty() && count >= 1_000_000.0 && option != "-p" && value.len() < 16
    })
}
