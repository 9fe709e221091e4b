//! Programs of which nothing is known, and uses of known ones that no rule lists: judged by their words and by what they are fed.
//!
//! Last step of [`rules`](crate::rules).

use crate::opts::{self, Opts};
use crate::run::Machine;
use crate::value::{Arg, Data};
use crate::words;
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Words with which a language for data empties or deletes, wherever they stand.
const ORDERS: &[&str] = &[
    "drop database", "drop table", "drop schema", "drop keyspace", "drop user", "drop role", "drop collection", "drop index", "drop view", "drop column",
    "drop tablespace", "drop graph", "drop stream", "drop topic", "drop measurement", "drop bucket", "drop owned", "drop pluggable", "truncate table", "truncate ", "detach delete", "deletemany(",
    "dropdatabase(", ".drop(", "flushall", "flushdb", "remove namespace", "remove database", "delete noprompt", "shutdown abort", "shutdown immediate", "grant all", "grant dba",
];

/// Whether an argument or the input orders the end of data in the language of some data base.
fn orders_destroy(args: &[Arg], stdin: &Data) -> bool {
    let spoken = args.iter().map(|a| a.text.as_str()).filter(|t| t.contains([' ', '('])).chain(stdin.text.as_deref());
    spoken.take(40).any(|text| {
        let lower = text.get(..text.len().min(4000)).unwrap_or_default().to_lowercase();
        let deletes = lower.contains("delete from ") && !lower.contains(" where ");
        deletes || ORDERS.iter().any(|o| lower.contains(o))
    }) || stdin.text.as_deref().is_some_and(|text| {
        text.split(['\n', ';']).take(60).any(|line| line.split_whitespace().next().is_some_and(words::takes))
    })
}

/// Judged by what the words of the command say about it.
#[allow(clippy::too_many_arguments, reason = "what is known of one command")]
pub(crate) fn by_words(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], opts: &Opts, stdin: &Data, rule: &str, unknown: &str) {
    let (risk, why) = match words::verdict(name, opts, args) {
        _ if orders_destroy(args, stdin) => (RiskLevel::High, "is told to delete or to empty something"),
        Some(RiskLevel::High) => (RiskLevel::High, "by its name or its options removes or stops something"),
        Some(risk) => (risk, ""),
        None => (RiskLevel::Moderate, unknown),
    };
    m.finding(rule, "programs", risk, &head.span.clone(), "execute", name, why);
}

pub(crate) fn unlisted(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) {
    let path = m.place(&head.text).path;
    // Windows looks for programs in the current directory too.
    let windows = matches!(m.shell, ShellType::Cmd | ShellType::PowerShell);
    let installed = ["/usr/bin/", "/bin/", "/usr/local/bin/", "/usr/sbin/", "/sbin/", "/usr/local/sbin/"];
    let has_path = head.text.contains('/') && !installed.iter().any(|dir| head.text.starts_with(dir)) || windows;
    if has_path && let Some(data) = m.files.get(&path).cloned() {
        crate::shells::run_data(m, &data, m.shell, &head.span.clone(), &Data::default());
        return;
    }
    if has_path && m.downloaded {
        m.finding(
            "downloaded-program",
            "execution",
            RiskLevel::High,
            &head.span.clone(),
            "execute",
            &head.text,
            "runs a program after something was downloaded",
        );
        return;
    }
    if !has_path {
        if !words::promises_nothing(args) {
            let opts = opts::parse(args, &[]);
            by_words(m, name, head, args, &opts, stdin, "unknown-program", "runs a program this analyser does not know");
        }
        return;
    }
    if m.place(&head.text).class == crate::paths::Class::Build {
        // What the project's own build made.
        return;
    }
    let odd =
        has_path && matches!(m.place(&head.text).class, crate::paths::Class::Temp | crate::paths::Class::TempRoot);
    let risk = if odd || orders_destroy(args, stdin) { RiskLevel::High } else { RiskLevel::Moderate };
    m.finding(
        "unknown-program",
        "programs",
        risk,
        &head.span.clone(),
        "execute",
        &head.text,
        "runs a program this analyser does not know",
    );
}


#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_counts_wherever_it_is_given_and_a_condition_softens_it() {
        let told = |arg: &str, input: Option<&str>| {
            let stdin = input.map_or_else(Data::default, Data::known);
            orders_destroy(&[Arg::known(arg, 0..0)], &stdin)
        };
        assert!(told("DROP TABLE users", None));
        assert!(told("delete from users", None));
        assert!(told("-q", Some("purge everything;")));
        assert!(!told("delete from users where id = 1", None));
        assert!(!told("dropdown menu", Some("list all")));
    }
}
