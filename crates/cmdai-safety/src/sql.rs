//! Texts for servers and editors that are no shell: SQL clients, `redis-cli`, `sftp`, `ed`. What of them acts on this machine.
//!
//! Beside the rules, which look for the words of destruction in the same text.

use crate::effects::How;
use crate::risk::Verb;
use crate::run::Machine;
use crate::script_lang::literals;
use crate::value::{Arg, Data};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Clients whose arguments and input are SQL.
const CLIENTS: &[&str] = &[
    "psql",
    "mysql",
    "mariadb",
    "sqlite3",
    "sqlite",
    "sqlcmd",
    "clickhouse-client",
    "clickhouse-local",
    "duckdb",
    "cqlsh",
    "usql",
    "pgcli",
    "mycli",
    "isql",
    "sqlplus",
    "cockroach",
];

/// What ends or empties a server that is spoken to through a socket: stores, load balancers, virtual machines.
const SPOKEN: &[&str] = &[
    "FLUSHALL",
    "FLUSHDB",
    "SHUTDOWN",
    "FLUSH_ALL",
    "DROP TABLE",
    "DROP DATABASE",
    "DISABLE FRONTEND",
    "DISABLE SERVER",
    "STATE MAINT",
    "EXPUNGE",
    "\\DELETED",
    "STATE DRAIN",
    "DEL SERVER",
    "CLEAR TABLE",
    "CLEAR MAP",
    "DEL MAP",
    "DEL ACL",
    "SET MAXCONN FRONTEND 0",
    "SYSTEM_POWERDOWN",
    "SYSTEM_RESET",
    "HARD_STOP",
    "HARD-STOP",
    "\"EXECUTE\":\"QUIT\"",
    "\"EXECUTE\": \"QUIT\"",
    "DEL HEALTH",
    "DISABLE HEALTH",
    "SET WEIGHT",
    "TRUNCATE TABLE",
    "QUEUE PURGE",
    "PURGE_QUEUE",
    "RUBYEVAL",
    "DELETE-TUBE",
    "SETSLAVE",
];

/// Whether a program takes SQL.
pub(crate) fn is_client(name: &str) -> bool {
    CLIENTS.contains(&name)
}

/// Commands, files and other machines that a text for a server or editor reaches.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) {
    match name {
        _ if is_client(name) => {
            if name.starts_with("sqlite") {
                let file = args.iter().find(|a| !a.is_option()).cloned();
                let secret = file.filter(|f| m.place(&f.text).class == crate::paths::Class::Secret);
                if let Some(file) = secret {
                    let why = "opens the store in which a program keeps passwords or sessions";
                    let risk = RiskLevel::High;
                    m.finding("secret-store", "credentials", risk, &file.span.clone(), "read", &file.text, why);
                }
            }
            let texts: Vec<String> = args.iter().map(|a| a.text.clone()).chain(stdin.text.clone()).collect();
            for text in texts {
                sql(m, &text, head);
            }
        }
        "sftp" | "ftp" | "lftp" | "ncftp" | "smbclient" => {
            let scripts =
                args.iter().filter(|a| a.text.contains(' ')).map(|a| a.text.clone()).chain(stdin.text.clone());
            for text in scripts.collect::<Vec<_>>() {
                transfer(m, &text, head, args);
            }
        }
        "ed" | "ex" | "vi" | "vim" | "nvim" | "view" | "gvim" | "vimx" | "ex.nvim" => edit(m, args, stdin),
        "nc" | "ncat" | "netcat" | "telnet" | "openssl" | "socat" => {
            let text = stdin.text.as_deref().unwrap_or_default().to_uppercase();
            if SPOKEN.iter().any(|w| text.contains(w)) {
                m.finding(
                    "server-delete",
                    "databases",
                    RiskLevel::High,
                    &head.span.clone(),
                    "delete",
                    "a server",
                    "tells a server to delete what it holds or to stop",
                );
            }
        }
        _ => {}
    }
}

/// `COPY … PROGRAM`, `xp_cmdshell`, `INTO OUTFILE`.
fn sql(m: &mut Machine<'_>, text: &str, head: &Arg) {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return;
    }
    let hashes = ["pg_shadow", "pg_authid", "authentication_string", "sys.sql_logins", "mysql.global_priv"];
    if lower.contains("select") && hashes.iter().any(|w| lower.contains(w)) && !lower.contains("count(") {
        let why = "shows the stored forms of all passwords";
        m.finding("password-hashes", "credentials", RiskLevel::High, &head.span.clone(), "reveal", "all accounts", why);
    }
    let sleeps = lower.contains("pg_sleep(") && lower.contains("generate_series")
        || lower.contains("benchmark(1e")
        || lower.contains("benchmark(10000000");
    if sleeps {
        let why = "keeps the database busy until nobody else is answered";
        m.finding("database-load", "resources", RiskLevel::High, &head.span.clone(), "exhaust", "a database", why);
    }
    for word in
        ["program", "xp_cmdshell", "sys_exec", "sys_eval", "dbms_scheduler", "edit(", "writefile", "load_extension"]
    {
        for (at, _) in lower.match_indices(word).take(8) {
            let rest = text.get(at + word.len()..).unwrap_or_default();
            let quoted = rest.trim_start_matches([' ', '(', '\n']);
            // A doubled quote within is one quote.
            let Some(command) = quoted.starts_with('\'').then(|| unquote(quoted)) else { continue };
            if word == "writefile" {
                m.touch(Verb::Write, &Arg::known(command, head.span.clone()), How::ONE);
            } else {
                m.aside(|m| m.inner_text(&command, ShellType::Sh, &Data::default(), &head.span));
                m.finding(
                    "database-runs-command",
                    "execution",
                    RiskLevel::High,
                    &head.span.clone(),
                    "execute",
                    &command,
                    "lets the database server run a command on its machine",
                );
            }
        }
    }
    // Files that the statement reads as tables.
    let mut read = Data::default();
    for word in ["read_csv(", "read_text(", "read_blob(", "read_parquet(", "read_json(", "load_file(", "read_csv_auto("]
    {
        if let Some(at) = lower.find(word) {
            let path = unquote(text.get(at + word.len()..).unwrap_or_default());
            read = m.read_file(&Arg::known(path, head.span.clone()));
        }
    }
    if let Some(at) = lower.find(" to 's3:").or_else(|| lower.find(" to 'http")).or_else(|| lower.find(" to 'gcs:")) {
        let target = unquote(text.get(at + 4..).unwrap_or_default());
        m.leak(&read, &target, &head.span.clone());
    }
    if lower.trim_start().starts_with("copy ")
        && let Some(at) = lower.rfind(" to '")
    {
        let path = unquote(text.get(at + 4..).unwrap_or_default());
        m.touch(Verb::Write, &Arg::known(path, head.span.clone()), How::ONE);
    }
    for word in ["into outfile", "into dumpfile", "\\o ", "\\copy ", ".output ", ".once ", ".import ", ".read "] {
        if let Some(at) = lower.find(word) {
            let rest = text.get(at + word.len()..).unwrap_or_default().trim_start();
            let path = if rest.starts_with('\'') {
                unquote(rest)
            } else {
                rest.split_whitespace().next().unwrap_or_default().to_owned()
            };
            if let Some(command) = path.strip_prefix('|') {
                m.inner_text(command, ShellType::Sh, &Data::default(), &head.span);
            } else if path.starts_with(['/', '~']) {
                m.touch(Verb::Write, &Arg::known(path, head.span.clone()), How::ONE);
            }
        }
    }
}

/// Whether a statement drops or empties what a data base holds.
pub(crate) fn destroys(text: &str) -> bool {
    if text.len() < 8 || text.len() > 4096 {
        return false;
    }
    text.split(';').any(|statement| {
        let words: Vec<String> = statement.split_whitespace().take(64).map(str::to_uppercase).collect();
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        let narrowed = words.iter().any(|w| w == "WHERE" || w == "LIMIT");
        match word(0) {
            "DROP" => matches!(
                word(1),
                "TABLE" | "DATABASE" | "SCHEMA" | "KEYSPACE" | "USER" | "ROLE" | "OWNED" | "COLLECTION" | "TABLESPACE"
            ),
            "TRUNCATE" => words.len() > 1,
            "DELETE" => word(1) == "FROM" && !narrowed,
            "UPDATE" => words.iter().any(|w| w == "SET") && !narrowed,
            "ALTER" => word(1) == "TABLE" && words.iter().any(|w| w == "DROP"),
            _ => false,
        }
    })
}

/// A literal of SQL from its first quote on.
fn unquote(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().skip(1).peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            if chars.peek() != Some(&'\'') {
                break;
            }
            chars.next();
        }
        out.push(c);
    }
    out
}

/// SQL without its literals, so that text in quotes is data. Where the text builds SQL out of text, all of it stays.
pub(crate) fn without_literals(text: &str) -> String {
    if ["execute", "program", "dblink", "format(", "xp_cmdshell", "prepare", "query_to_xml"]
        .iter()
        .any(|w| text.contains(w))
    {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        inside ^= c == '\'';
        if !inside || c == '\'' {
            out.push(c);
        }
    }
    if inside { text.to_owned() } else { out }
}

/// The lines of a file transfer.
fn transfer(m: &mut Machine<'_>, text: &str, head: &Arg, args: &[Arg]) {
    let host = args.iter().find(|a| !a.is_option()).map_or(String::new(), Arg::shown);
    for line in text.split(['\n', ';']).take(200) {
        let mut words = line.split_whitespace().map(|w| w.trim_matches(['"', '\'']));
        match words.next().unwrap_or_default().trim_start_matches('-') {
            "rm" | "rmdir" | "delete" | "mdelete" | "mrm" | "glob" | "del" | "deltree" => m.finding(
                "remote-delete",
                "network",
                RiskLevel::High,
                &head.span.clone(),
                "delete",
                &host,
                "deletes files on another machine",
            ),
            "mirror" if !line.contains("-R") && !line.contains("--reverse") => {}
            "put" | "mput" | "reput" | "mirror" => {
                let host =
                    text.split_whitespace().find(|w| w.contains("://")).map_or_else(|| host.clone(), ToOwned::to_owned);
                for word in words.filter(|w| !w.starts_with('-')).take(4) {
                    let path = word.strip_prefix('~').map_or_else(|| word.to_owned(), |r| format!("{}{r}", m.home));
                    let data = m.read_file(&Arg::known(crate::text::live_globs(&path), head.span.clone()));
                    m.leak(&data, &host, &head.span.clone());
                }
            }
            first if first.starts_with('!') => {
                m.inner_text(line.trim().trim_start_matches('!'), ShellType::Sh, &Data::default(), &head.span);
            }
            _ => {}
        }
    }
}

/// An editor that is given its commands and writes.
fn edit(m: &mut Machine<'_>, args: &[Arg], stdin: &Data) {
    let commands: Vec<String> = args
        .iter()
        .filter(|a| a.text.starts_with('+'))
        .map(|a| a.text.trim_start_matches('+').to_owned())
        .chain(
            args.windows(2)
                .filter(|p| p.first().is_some_and(|a| matches!(a.text.as_str(), "-c" | "-sc" | "--cmd")))
                .filter_map(|p| p.get(1).map(|a| a.text.clone())),
        )
        .chain(stdin.text.clone())
        .collect();
    let writes = commands.iter().flat_map(|c| c.split(['\n', '|'])).any(|line| {
        let line = line.trim().trim_start_matches([':', '%']);
        matches!(line, "w" | "wq" | "x" | "w!" | "wq!" | "xa" | "wa" | "wqa" | "ZZ") || line.starts_with("w ")
    });
    if !writes {
        return;
    }
    let mut skip = false;
    for arg in args {
        if std::mem::take(&mut skip) {
            continue;
        }
        skip = matches!(arg.text.as_str(), "-c" | "-sc" | "--cmd" | "-u" | "-S" | "-p");
        if !arg.is_option() && !arg.text.starts_with('+') {
            m.touch(Verb::Write, arg, How::ONE);
        }
    }
}

/// The text that a line of `print` in awk makes, with gaps where fields stand.
pub(crate) fn printed(code: &str) -> Option<String> {
    let at = code.find("print ").or_else(|| code.find("print\"")).filter(|_| !code.contains("printf"))?;
    let rest = code.get(at + 5..)?;
    let end = rest.rfind('}').unwrap_or(rest.len());
    let expression = rest.get(..end)?;
    let outside: String = expression.split('"').step_by(2).collect();
    if outside.contains(['>', '|', ';', '{']) || literals(expression).is_empty() {
        return None;
    }
    let mut out = String::new();
    let mut quoted = false;
    let mut gap = false;
    let mut chars = expression.trim().chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                gap = false;
            }
            '\\' if quoted => out.extend(chars.next()),
            _ if quoted => out.push(c),
            ',' => out.push(' '),
            c if c.is_whitespace() => {}
            _ if !gap => {
                out.push(crate::value::UNKNOWN);
                gap = true;
            }
            _ => {}
        }
    }
    out.push('\n');
    Some(out)
}
