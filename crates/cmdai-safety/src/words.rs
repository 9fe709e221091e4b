//! What a program's own words say about it: the last resort for programs and subcommands that no rule lists.
//!
//! Tools name what they do: `thing list`, `thing-delete`, `--purge`. Such a word decides between Safe, Moderate and High; without
//! one an unlisted program stays what it is, unknown. The price is a tool whose names lie, so a word of destruction outweighs any
//! word of reading, and only the places where tools put their verbs are looked at: the program's name, its first two operands
//! and its long options.

use crate::opts::Opts;
use crate::value::Arg;
use cmdai_core::assess::RiskLevel;

/// Only shows something.
const READING: &[&str] = &[
    "analyse",
    "analyze",
    "audit",
    "browse",
    "cat",
    "check",
    "compare",
    "count",
    "describe",
    "diff",
    "doc",
    "docs",
    "dump",
    "explain",
    "export",
    "find",
    "fmt",
    "format-check",
    "get",
    "graph",
    "grep",
    "head",
    "help",
    "history",
    "info",
    "inspect",
    "lint",
    "list",
    "locate",
    "log",
    "logs",
    "lookup",
    "ls",
    "lsof",
    "measure",
    "metrics",
    "monitor",
    "ping",
    "plan",
    "preview",
    "print",
    "probe",
    "profile",
    "ps",
    "query",
    "read",
    "report",
    "search",
    "show",
    "simulate",
    "stat",
    "stats",
    "status",
    "summary",
    "tail",
    "test",
    "top",
    "trace",
    "tree",
    "validate",
    "verify",
    "version",
    "view",
    "watch",
    "what-if",
    "whatif",
    "who",
    "whoami",
];

/// Takes away what was there.
const DESTROYING: &[&str] = &[
    "clean",
    "cleanup",
    "decommission",
    "deinstall",
    "del",
    "delete",
    "deregister",
    "destroy",
    "detach-all",
    "drop",
    "empty",
    "erase",
    "evict",
    "expunge",
    "factory-reset",
    "flush",
    "flushall",
    "force-delete",
    "forget",
    "kill",
    "killall",
    "nuke",
    "obliterate",
    "poweroff",
    "prune",
    "purge",
    "reformat",
    "remove",
    "reset",
    "revert",
    "revoke",
    "rm",
    "rollback",
    "shred",
    "shutdown",
    "teardown",
    "terminate",
    "truncate",
    "undeploy",
    "uninstall",
    "unpublish",
    "unregister",
    "wipe",
    "yank",
    "zap",
];

/// Options that make a tool show what it would do.
const DRY: &[&str] = &[
    "--dry-run",
    "--dryrun",
    "--dry_run",
    "--just-print",
    "--no-act",
    "--pretend",
    "--simulate",
    "--what-if",
    "--whatif",
    "--noop",
    "--generate-cli-skeleton",
    "--check-only",
    "--help",
    "--usage",
];

/// Whether an option promises that nothing is done. Only whole options count: a value may say anything.
pub(crate) fn promises_nothing(args: &[Arg]) -> bool {
    let own = args.iter().take_while(|a| a.text != "--");
    own.filter(|a| a.is_option()).any(|a| {
        let name = a.text.split('=').next().unwrap_or_default();
        DRY.contains(&name) && !a.text.ends_with("=none") && !a.text.ends_with("=false")
    })
}

/// What the words say; nothing where they say nothing.
pub(crate) fn verdict(name: &str, opts: &Opts, args: &[Arg]) -> Option<RiskLevel> {
    let operands = opts.operands.iter().take(2).filter(|a| !a.has_gap()).map(|a| a.text.as_str());
    let options = args.iter().filter_map(|a| a.text.strip_prefix("--")).map(|o| o.split('=').next().unwrap_or(o));
    if pieces(name).chain(operands.clone().flat_map(pieces)).chain(options.flat_map(pieces)).any(|w| is(DESTROYING, &w))
    {
        return Some(RiskLevel::High);
    }
    let reads = pieces(name).chain(operands.flat_map(pieces)).any(|w| is(READING, &w) || is_reader_name(&w));
    reads.then_some(RiskLevel::Safe)
}

/// Whether a word of a command takes something away or stops it.
pub(crate) fn takes(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    is(DESTROYING, &lower)
        || lower.starts_with("disable-")
        || matches!(
            lower.as_str(),
            "pause" | "stop" | "down" | "disable" | "mask" | "rmi" | "undefine" | "suspend" | "drain" | "revoke"
        )
}

/// `ldap-search.pl` in its words. A word that stands in one with another is found by [`is_reader_name`] and [`is`].
fn pieces(text: &str) -> impl Iterator<Item = String> {
    let base = if text.contains("://") { "" } else { text.rsplit('/').next().unwrap_or(text) };
    base.split(['-', '_', '.', ':']).map(str::to_ascii_lowercase)
}

fn is(list: &[&str], word: &str) -> bool {
    list.contains(&word)
        || word.len() > 7 && list.iter().any(|w| w.len() > 5 && (word.ends_with(w) || word.starts_with(w)))
}

/// `ausearch`, `lsinitramfs`, `lastlog`, `utmpdump`, `tflint`.
fn is_reader_name(word: &str) -> bool {
    let ends = [
        "search", "dump", "lint", "info", "stat", "stats", "list", "show", "top", "grep", "whois", "lookup", "view",
        "log",
    ];
    word.len() > 4 && (ends.iter().any(|e| word.ends_with(e)) || word.starts_with("ls"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_decide_and_destruction_outweighs_reading() {
        for (line, expected) in [
            ("lsinitramfs x", Some(RiskLevel::Safe)),
            ("tool search --all", Some(RiskLevel::Safe)),
            ("tool users list", Some(RiskLevel::Safe)),
            ("tool list --delete", Some(RiskLevel::High)),
            ("ldapdelete x", Some(RiskLevel::High)),
            ("tool frobnicate", None),
            ("tool frobnicate some thing list", None),
        ] {
            let words: Vec<Arg> = line.split(' ').map(|w| Arg::known(w, 0..0)).collect();
            let (head, args) = words.split_first().unwrap();
            assert_eq!(verdict(&head.text, &crate::opts::parse(args, &[]), args), expected, "{line}");
        }
    }
}
