//! What a request asks a server to do, by its path, its method and its body: stop, empty, delete.
//!
//! Called from [`call`](crate::call) beside [`download`](crate::download), which watches what is carried out and in.

use crate::opts;
use crate::run::Machine;
use crate::value::Arg;
use cmdai_core::assess::RiskLevel;

const CLIENTS: &[&str] = &["curl", "http", "https", "xh", "xhs", "curlie", "wget", "httpie"];
/// Pieces of a path that end or empty something.
const DEADLY: &[&str] = &[
    "shutdown",
    "stop",
    "kill",
    "quit",
    "quitquitquit",
    "terminate",
    "poweroff",
    "reboot",
    "halt",
    "exit",
    "destroy",
    "delete",
    "remove",
    "drop",
    "purge",
    "wipe",
    "reset",
    "flush",
    "flushall",
    "truncate",
    "_close",
    "_delete_by_query",
    "delete_series",
    "clean_tombstones",
    "_shutdown",
    "restart",
    "factory-reset",
    "factoryreset",
    "drain",
    "decommission",
    "prune",
    "evict",
    "failover",
    "format",
    "unmount",
    "deregister",
    "rollback",
    "delete_all",
    "force-leave",
    "leave",
    "seal",
    "abort",
    "abortquitquit",
    "pause",
    "disable",
    "clear",
    "delete-all",
    "deleteall",
    "revoke",
    "step-down",
    "_freeze",
    "unseal",
    "rekey",
    "bulkdelete",
    "bulk_delete",
    "batchdelete",
    "erase",
    "stop-all",
    "unpublish",
    "uninstall",
];
/// Words in a body that empty a store.
const EMPTYING: &[&str] = &[
    "drop database",
    "drop table",
    "drop keyspace",
    "drop measurement",
    "drop series",
    "drop schema",
    "drop shard",
    "truncate table",
    "\"delete\":{\"query\":\"*:*\"",
    "<delete><query>*:*",
    "drop collection",
    "detach delete",
    "deletemany",
    "flushall",
    "enable\":\"none\"",
    "read_only\":true",
    "blocks.write\":true",
    "\"privileged\":true",
    "\"binds\":[\"/:",
    "\"numberofreplicas\":0,\"delete",
    "{\"setting\":\"reset\"",
    "system shutdown",
    "dropdatabase",
    "resettype",
    "computersystem.reset",
    "\"enabled\":false",
];
/// Ports at which data bases and what runs containers listen.
const PORTS: &[&str] = &[
    "9200", "9201", "5984", "8123", "8086", "8428", "2379", "9090", "9091", "9093", "15672", "8083", "7474", "6333",
    "8983", "8529", "8500", "8200", "4646", "2375", "2376", "3000", "19530", "7700", "8108", "8080",
];

/// Options that carry what is sent.
const BODIES: &[&str] = &[
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-urlencode",
    "--json",
    "-F",
    "--form",
    "--post-data",
    "--body-data",
];
/// The other options with a value.
const VALUED: &[&str] = &[
    "-X",
    "--request",
    "-H",
    "--header",
    "-u",
    "--user",
    "-o",
    "--output",
    "--unix-socket",
    "--abstract-unix-socket",
    "--url",
    "-m",
    "--max-time",
    "-T",
    "--upload-file",
    "-w",
    "-A",
    "-e",
    "-b",
    "-c",
    "-K",
    "-x",
    "--method",
    "-E",
    "--cert",
    "--key",
    "--cacert",
    "--connect-timeout",
    "--retry",
    "--resolve",
    "-O-x",
];

/// Judges a request by what it asks for.
#[allow(clippy::too_many_lines, reason = "one arm a server, which reads best in one place")]
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    if !CLIENTS.contains(&name) {
        return;
    }
    let valued = [BODIES, VALUED].concat();
    let opts = opts::parse(args, &valued);
    let bodies: Vec<String> = opts.values(BODIES).map(Arg::shown).collect();
    let named = opts.value(&["-X", "--request", "--method"]).map(|a| a.text.to_uppercase());
    let word = opts.operands.first().map(|a| a.text.to_uppercase()).filter(|w| {
        name != "curl" && name != "wget" && matches!(w.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD")
    });
    let get = opts.has(&["-G", "--get"]);
    let method =
        named.or(word).unwrap_or_else(|| if bodies.is_empty() || get { "GET".to_owned() } else { "POST".to_owned() });
    let urls: Vec<String> = opts
        .value(&["--url"])
        .into_iter()
        .chain(opts.operands.iter().filter(|a| a.text.contains(['/', ':', '.'])))
        .map(Arg::shown)
        .collect();
    let socket = opts.has(&["--unix-socket", "--abstract-unix-socket"]);
    let changes = matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE" | "PURGE" | "BAN");
    for url in urls.iter().take(4) {
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let port = host.rsplit_once(':').map_or("", |(_, p)| p);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let lower = format!(
            "{} {}",
            query.to_lowercase().replace(['+', '\n'], " ").replace("%20", " "),
            bodies.join(" ").to_lowercase()
        );
        let body = lower.replace("\": ", "\":").replace(": \"", ":\"").replace("\\\"", "\"").replace(", \"", ",\"");
        let deadly = path.split('/').rev().take(3).any(|p| {
            let p = p.to_ascii_lowercase();
            DEADLY.contains(&p.as_str()) || p.starts_with("quit") || p.starts_with("shutdown")
        });
        let at_once =
            path.split('/').next_back().is_some_and(|p| matches!(p, "quitquitquit" | "shutdown" | "abortabortabort"));
        let store = PORTS.contains(&port) || socket;
        let empties = EMPTYING.iter().any(|w| body.contains(w));
        let ends = changes && deadly || at_once || empties && (changes || get || method == "GET" && !query.is_empty());
        let clears = method == "DELETE" && store
            || matches!(method.as_str(), "PURGE" | "BAN") && (path.is_empty() || path.contains('*'));
        if ends || clears {
            m.finding(
                if empties { "request-empties" } else { "request-ends" },
                "services",
                RiskLevel::High,
                &head.span.clone(),
                "delete",
                url,
                "asks a server to stop, to empty or to delete something",
            );
            return;
        }
    }
}
