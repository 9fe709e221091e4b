//! Very many requests to another machine: load testers, and lists that are fetched all at once.

use crate::by_name::ByName;
use crate::opts;
use crate::run::Machine;
use crate::value::{Arg, Data};
use cmdai_core::assess::RiskLevel;

/// Load testers, the options that say how many at once, and those that say for how long or how often.
const TESTERS: &[(&str, &[&str], &[&str])] = &[
    ("wrk", &["-c", "--connections"], &["-t", "-d", "-s", "-H", "--duration", "--threads"]),
    ("wrk2", &["-c", "--connections"], &["-t", "-d", "-s", "-H", "-R"]),
    ("hey", &["-c"], &["-n", "-z", "-q", "-m", "-d", "-H", "-t", "-T"]),
    ("ab", &["-c"], &["-n", "-t", "-p", "-T", "-H"]),
    ("siege", &["-c", "--concurrent"], &["-t", "-r", "-d", "-f", "--time", "--reps"]),
    ("bombardier", &["-c", "--connections"], &["-n", "-d", "-r", "-m", "-H"]),
    ("oha", &["-c"], &["-n", "-z", "-q", "-m", "-d"]),
    ("rewrk", &["-c"], &["-t", "-d", "-h"]),
    ("autocannon", &["-c", "--connections"], &["-d", "-p", "-a", "--duration"]),
    ("h2load", &["-c"], &["-n", "-m", "-t", "-D"]),
    ("boom", &["-c"], &["-n"]),
    ("vegeta", &["-rate", "--rate"], &["-duration", "-targets", "-workers"]),
    ("cassowary", &["-c"], &["-n", "-u"]),
    ("slowhttptest", &["-c"], &["-l", "-r", "-u", "-i", "-t"]),
    ("httperf", &["--rate"], &["--num-conns", "--server"]),
    ("k6", &["-u", "--vus"], &["-d", "-i", "--duration"]),
    ("locust", &["-u", "--users"], &["-r", "-t", "-H", "-f", "--host"]),
    ("artillery", &["-c", "--count"], &["-n", "-o"]),
    ("drill", &["-c"], &[]),
    ("tsung", &[], &[]),
];

/// More than this at once is no measurement of somebody else's server.
const MANY: u64 = 150;

/// Fetchers that a list can multiply.
const FETCHERS: &[&str] = &[
    "curl", "wget", "ab", "hey", "http", "xh", "nc", "ping", "dig", "nslookup", "lynx", "aria2c", "ssh", "sendmail",
    "mail", "swaks",
];

/// A load tester on another machine.
pub(crate) fn testers(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    static INDEX: ByName = ByName::new();
    let slow = matches!(
        name,
        "slowloris"
            | "goldeneye"
            | "hulk"
            | "torshammer"
            | "slowloris.py"
            | "goldeneye.py"
            | "loic"
            | "xerxes"
            | "mhddos"
            | "t50"
    );
    let found = INDEX.rows(TESTERS, |row| std::slice::from_ref(&row.0), name).next();
    let Some((_, many, others)) = found.filter(|_| name != "drill") else {
        if slow {
            flood(m, head, "a server", RiskLevel::High);
        }
        return;
    };
    let valued: Vec<&str> = many.iter().chain(others.iter()).copied().collect();
    let opts = opts::parse(args, &valued);
    let Some(target) = args.iter().find(|a| {
        a.text.contains("://") || a.text.starts_with("--host") || a.text.contains('.') && a.text.contains('/')
    }) else {
        return;
    };
    if crate::network::is_here(&target.text) || name == "slowhttptest" && crate::network::is_here(target.text.as_str())
    {
        return;
    }
    let count = opts.value(many).and_then(|a| a.text.trim_end_matches("/s").parse::<u64>().ok()).unwrap_or(0);
    let risk = if count >= MANY || name == "slowhttptest" { RiskLevel::High } else { RiskLevel::Moderate };
    flood(m, head, &target.shown(), risk);
}

/// A fetcher that runs once for each of a long list, many at a time or without pause.
pub(crate) fn listed(m: &mut Machine<'_>, command: &[Arg], items: &Data, at_once: Option<&Arg>, known: usize) {
    let Some(first) = command.first() else { return };
    let name = first.text.rsplit('/').next().unwrap_or_default();
    let wide = at_once.is_some_and(|a| a.text == "0" || a.text.parse::<u64>().is_ok_and(|n| n >= 50));
    let long = known >= 500 || items.from == crate::contents::ENDLESS || crate::load::listed(items) >= 500;
    let away = |a: &Arg| {
        !a.is_option()
            && (a.text.contains("://") || a.text.contains('.') && !a.text.starts_with(['/', '.']))
            && !crate::network::is_here(&a.text)
    };
    if FETCHERS.contains(&name) && (wide || long) && command.iter().skip(1).any(away) {
        flood(m, first, name, RiskLevel::High);
    }
}

fn flood(m: &mut Machine<'_>, at: &Arg, target: &str, risk: RiskLevel) {
    m.finding(
        "flood",
        "network",
        risk,
        &at.span.clone(),
        "exhaust",
        target,
        "sends another machine very many requests, which may stop it for everybody",
    );
}

/// Programs that rent machines.
const CLOUDS: &[&str] = &[
    "aws",
    "gcloud",
    "az",
    "doctl",
    "hcloud",
    "eksctl",
    "oci",
    "linode-cli",
    "scw",
    "ibmcloud",
    "openstack",
    "aliyun",
];

/// Options that say how many.
const COUNTS: &[&str] = &[
    "--count",
    "--num-nodes",
    "--max-nodes",
    "--node-count",
    "--instance-count",
    "--max-size",
    "--desired-capacity",
    "--new-capacity",
    "--max-count",
    "--max-instances",
    "--min-instances",
    "--nodes",
    "--nodes-max",
];

/// Whether so many machines are rented at once that nobody meant it.
pub(crate) fn rents_many(name: &str, args: &[Arg]) -> bool {
    if !CLOUDS.contains(&name) {
        return false;
    }
    let groups = ["instance-groups", "clusters", "node-pools", "auto-scaling-group"];
    let sized = args.iter().any(|a| groups.contains(&a.text.as_str()));
    let counts = |option: &str| COUNTS.contains(&option) || sized && option == "--size";
    let many = |value: &str| value.rsplit(':').next().and_then(|n| n.parse::<u64>().ok()).is_some_and(|n| n >= 100);
    args.iter().enumerate().any(|(at, arg)| match arg.text.split_once('=') {
        Some((option, value)) => counts(option) && many(value),
        None => counts(&arg.text) && args.get(at + 1).is_some_and(|next| many(&next.text)),
    })
}
