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
    "drop database",
    "drop table",
    "drop schema",
    "drop keyspace",
    "drop user",
    "drop role",
    "drop collection",
    "drop index",
    "drop view",
    "drop column",
    "drop tablespace",
    "drop graph",
    "drop stream",
    "drop topic",
    "drop measurement",
    "drop bucket",
    "drop owned",
    "drop pluggable",
    "truncate table",
    "truncate ",
    "detach delete",
    "deletemany(",
    "dropdatabase(",
    ".drop(",
    "flushall",
    "flushdb",
    "remove namespace",
    "remove database",
    "delete noprompt",
    "shutdown abort",
    "shutdown immediate",
    "grant all",
    "grant dba",
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
pub(crate) fn by_words(
    m: &mut Machine<'_>,
    name: &str,
    head: &Arg,
    args: &[Arg],
    opts: &Opts,
    stdin: &Data,
    rule: &str,
    unknown: &str,
) {
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
    // A copy of a known program under another name.
    if has_path
        && let Some(from) = m.files.get(&path).map(|data| data.from.clone())
        && let Some((dir, program)) = from.rsplit_once('/')
        && ["/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin"].contains(&dir)
        && crate::rules::is_listed(program)
        && program != name
    {
        let mut argv = vec![Arg { text: from.clone(), ..head.clone() }];
        argv.extend(args.iter().cloned());
        m.call(&argv, &Data::default());
        return;
    }
    if has_path && let Some(data) = m.files.get(&path).cloned() {
        if m.starts_itself(&path, &head.span.clone()) {
            return;
        }
        m.vars.insert("0".to_owned(), crate::expand::Value::one(path.clone(), crate::value::Taint::default()));
        m.calls.push(path);
        crate::shells::run_data(m, &data, m.shell, &head.span.clone(), &Data::default());
        m.calls.pop();
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
    carried(m, args);
    handed_over(m, name, args);
    if !has_path {
        if !words::promises_nothing(args) {
            let opts = opts::parse(args, &[]);
            by_words(
                m,
                name,
                head,
                args,
                &opts,
                stdin,
                "unknown-program",
                "runs a program this analyser does not know",
            );
        }
        return;
    }
    if m.place(&head.text).class == crate::paths::Class::Build {
        // What the project's own build made.
        return;
    }
    // A file that hides its name, or lies among what programs throw away.
    let last = path.rsplit('/').next().unwrap_or_default();
    let hidden = last.starts_with('.') && last.len() > 1 || path.contains("/.cache/.");
    let odd = hidden
        || has_path && matches!(m.place(&head.text).class, crate::paths::Class::Temp | crate::paths::Class::TempRoot);
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

/// Words with which a program that nobody knows says that it takes something away from here.
const SENDING: &[&str] = &[
    "push", "send", "upload", "put", "publish", "share", "post", "copy", "cp", "sync", "transfer", "export", "submit",
    "up", "deliver", "beam", "relay", "sendfile", "drop", "give", "backup", "import", "store",
];

/// Keys or passwords in the hands of a program that nobody knows, with a word of sending or an address beside them.
fn handed_over(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
    let value = |a: &Arg| {
        let text = a.text.split_once('=').map_or(a.text.as_str(), |(_, value)| value);
        text.trim_start_matches('@').to_owned()
    };
    let secret = args.iter().take(16).find(|a| {
        let path = value(a);
        path.contains(['/', '.']) && {
            let place = m.place(&path);
            place.class == crate::paths::Class::Secret
                || place.class == crate::paths::Class::Accounts && place.path.contains("shadow")
        }
    });
    let Some(secret) = secret.cloned() else { return };
    let named =
        name.split(['-', '_', '.']).any(|word| SENDING.contains(&word) && !matches!(word, "import" | "store" | "give"));
    let away = named
        || args.iter().filter(|a| a.text != secret.text).any(|a| {
            let text = a.text.trim_start_matches('-');
            let host = text.contains("://")
                || text
                    .split_once('@')
                    .is_some_and(|(user, host)| !user.is_empty() && !user.contains('/') && host.contains('.'))
                || text.split_once(':').is_some_and(|(host, _)| host.contains('.') && !host.contains('/'))
                || text.chars().filter(|c| *c == '.').count() >= 2 && !text.contains('/') && !text.starts_with('.');
            SENDING.contains(&text) || host && !crate::network::is_here(text)
        });
    if away {
        m.finding(
            "secret-to-unknown",
            "exfiltration",
            RiskLevel::High,
            &secret.span.clone(),
            "send",
            &secret.text,
            "hands keys or passwords to a program that may send them to another machine",
        );
    }
}

/// A command that an unknown program is given to run: behind `--`, from the name of a known program on, or as one text.
fn carried(m: &mut Machine<'_>, args: &[Arg]) {
    let acts =
        ["rm", "dd", "mkfs", "shred", "shutdown", "reboot", "poweroff", "sh", "bash", "sudo", "dropdb", "wipefs"];
    let dashes = args.iter().position(|a| a.text == "--").map(|at| at + 1);
    let start = dashes.or_else(|| args.iter().position(|a| acts.contains(&a.text.as_str())));
    let texts: Vec<Arg> = args
        .iter()
        .filter(|a| a.text.split_once(' ').is_some_and(|(first, _)| acts.contains(&first)))
        .take(4)
        .cloned()
        .collect();
    crate::program_calls::weakly(m, |m| {
        if let Some(rest) = start
            .and_then(|at| args.get(at..))
            .filter(|r| r.len() > 1 && r.first().is_some_and(|a| crate::rules::is_listed(&a.text)))
        {
            m.aside(|m| m.call(rest, &Data::default()));
        }
        for text in texts {
            m.aside(|m| m.inner_text(&text.text, ShellType::Sh, &Data::default(), &text.span));
        }
    });
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
