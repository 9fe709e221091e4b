//! Calls whose names are not listed, read by their words: `removePathForcibly`, `delete-tree`, `callCommand`, `drop_all`.
//!
//! Behind [`calls`](crate::calls), which knows names. A call counts when its name says what it does and its literals name
//! something to do it to: a path, a command, a statement of SQL. What commands would do counts from High on, because such a name
//! may mean something else.

use crate::effects::How;
use crate::program::Program;
use crate::program_scan::{brackets, end_of_statement};
use crate::program_text::{command_of, is_path, words};
use crate::risk::Verb;
use crate::run::Machine;
use crate::script_lang::{MAX_CALL, literals, start_of};
use crate::value::{Data, STAR};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Calls that are looked at in one program.
const MOST: usize = 200;
const DELETES: &[&str] = &[
    "empty",
    "purge",
    "clean",
    "delete",
    "remove",
    "unlink",
    "rm",
    "del",
    "erase",
    "rmdir",
    "rmtree",
    "wipe",
    "deletedir",
];
/// Beside a deleting word: a whole tree.
const TREES: &[&str] = &[
    "tree",
    "dir",
    "dirs",
    "directory",
    "directories",
    "recursive",
    "recursively",
    "all",
    "forcibly",
    "rf",
    "rm",
    "folder",
    "r",
];
const RUNS: &[&str] = &[
    "run",
    "shell",
    "sh",
    "cmd",
    "command",
    "commands",
    "process",
    "call",
    "exec",
    "execute",
    "spawn",
    "system",
    "start",
    "launch",
    "invoke",
    "subprocess",
    "sys",
    "proc",
    "popen",
    "eval",
];
const WRITES: &[&str] = &["write", "spit", "save", "put", "append", "overwrite", "truncate", "insert", "store"];
const MOVES: &[&str] = &["rename", "move", "mv"];
/// What goes through files or lists of things.
const LISTS: &[&str] = &[
    "walk",
    "list",
    "ls",
    "glob",
    "readdir",
    "children",
    "entries",
    "each",
    "iter",
    "scan",
    "find",
    "files",
    "dir",
    "all",
    "describe",
    "paginate",
    "keys",
    "foreach",
    "directory",
    "listdir",
    "processes",
    "paths",
];
/// What a store loses as a whole.
const STORES: &[&str] = &[
    "database",
    "db",
    "schema",
    "collection",
    "table",
    "tables",
    "all",
    "index",
    "indices",
    "bucket",
    "keyspace",
    "queue",
    "topic",
    "instance",
    "instances",
    "stack",
    "cluster",
    "snapshot",
    "volume",
    "vpc",
    "namespace",
    "everything",
    "container",
    "containers",
    "image",
    "images",
    "exchange",
    "repository",
    "repo",
    "zone",
    "secret",
    "vault",
    "user",
    "users",
];

/// One call: its name in words, where it stands, and what is behind it.
struct Call<'a> {
    words: Vec<String>,
    /// Everything of the statement before the name.
    before: &'a str,
    /// From the name's end to the end of the statement.
    after: &'a str,
    /// What stands between the brackets, where there are any.
    inside: &'a str,
}

/// Judges the calls of a program by their names.
pub(crate) fn by_words(m: &mut Machine<'_>, p: &Program<'_>) {
    statements_of_sql(m, p);
    let mut at = 0;
    let bytes = p.bare.as_bytes();
    let part = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    for _ in 0..MOST {
        let Some(start) = bytes.get(at..).and_then(|b| b.iter().position(u8::is_ascii_alphabetic)).map(|n| at + n)
        else {
            break;
        };
        let end = bytes.get(start..).and_then(|b| b.iter().position(|b| !part(*b))).map_or(bytes.len(), |n| start + n);
        at = end.max(start + 1);
        let Some(name) = p.bare.get(start..end).filter(|n| n.len() < 48) else { continue };
        let words = words(name);
        let told = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
        if !(told(DELETES)
            || told(RUNS)
            || told(WRITES)
            || told(MOVES)
            || told(&["drop", "flush", "destroy", "many"])
            || told(&["kill", "terminate", "stop", "flushall", "flushdb", "reboot", "dropdb", "text"]))
        {
            continue;
        }
        if !m.burn(2) {
            return;
        }
        let (Some(before), Some(after)) = (p.text.get(..start), p.text.get(end..)) else { continue };
        let cut = before.rfind([';', '\n']).map_or(0, |c| c + 1);
        let after = start_of(after, MAX_CALL);
        let stop = end_of_statement(after);
        let after = after.get(..stop).unwrap_or(after);
        let call = Call { words, before: before.get(cut..).unwrap_or_default(), after, inside: brackets(after) };
        one(m, p, &call);
    }
    unpacks_and_hashes(m, p);
    // `"command".!` of Scala, `"command".execute()` of Groovy.
    for (index, _) in p.bare.match_indices("\".").chain(p.bare.match_indices("' .")).take(8) {
        let rest = p.bare.get(index + 2..).unwrap_or_default();
        let runs = ["!", "!!", "execute", "lineStream", "run", "#|", "async"].iter().any(|w| rest.starts_with(w));
        if runs && let Some(command) = p.text.get(..=index).map(literals).and_then(|all| all.last().cloned()) {
            shell(m, p, &command);
        }
    }
}

fn one(m: &mut Machine<'_>, p: &Program<'_>, call: &Call<'_>) {
    let told = |list: &[&str]| call.words.iter().any(|w| list.contains(&w.as_str()));
    let first = call.words.first().map_or("", String::as_str);
    let owner = call.before.trim_end_matches(['.', ':', '>', '-', '!', '(', ')', ' ', '&']);
    let of = owner.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default().to_lowercase();
    let own = literals(call.inside);
    let empty = call.inside.trim().is_empty();
    if stores(m, p, call, &of, empty) {
        return;
    }
    if told(DELETES)
        && !["app", "router", "requests", "client", "http", "axios", "api", "path", "map"].contains(&of.as_str())
    {
        let before = literals(call.before);
        let named = own.iter().chain(literals(call.after).iter()).find(|l| is_path(l)).cloned();
        let named = named.or_else(|| before.iter().rev().find(|l| is_path(l)).cloned());
        let lists = words_of(&p.bare).any(|w| LISTS.contains(&w.as_str()));
        let all = p.literals.iter().find(|l| is_path(l)).cloned().filter(|_| lists);
        let deep = told(TREES) && first != "r"
            || ["ecursive", "force", "\"s\"", "'s'", "'rf'", "\"rf\""].iter().any(|w| call.after.contains(w))
            || words(&of).iter().any(|w| TREES.contains(&w.as_str()));
        if let Some(path) = named.or(all) {
            let listed = lists && !deep && call.before.contains(&path);
            let mut path = crate::calls::literal_path(m, &[path], p);
            if listed && !path.text.contains(STAR) {
                path.text = format!("{}/{STAR}", path.text.trim_end_matches('/'));
            }
            let how = How { recursive: deep || lists, ..How::ONE };
            m.in_mass(lists, |m| m.touch(Verb::Delete, &path, how));
        }
    }
    // `System.Directory` names a module, nothing is run.
    if told(RUNS) && !call.after.starts_with(['.', ':']) {
        let text = command_of(if call.inside.is_empty() { call.after } else { call.inside });
        if !text.is_empty() {
            shell(m, p, &text);
        }
    }
    let assigned = first == "text" && call.words.len() == 1 && call.after.trim_start().starts_with('=');
    if told(WRITES) || assigned {
        let target = own.iter().chain(literals(call.after).iter()).find(|l| is_path(l)).cloned();
        let owner = literals(call.before);
        if let Some(path) = target.or_else(|| owner.iter().rev().find(|l| is_path(l)).cloned()) {
            let reads = ["open", "read"].iter().any(|w| call.after.contains(w)) && !owner.iter().any(|l| is_path(l));
            if !reads {
                let path = crate::calls::literal_path(m, &[path], p);
                m.touch(if first == "append" { Verb::Append } else { Verb::Write }, &path, How::ONE);
            }
        }
    }
    if told(MOVES)
        && let Some(path) = own.iter().find(|l| is_path(l))
    {
        let path = crate::calls::literal_path(m, std::slice::from_ref(path), p);
        m.touch(Verb::Move, &path, How::ONE);
    }
}

/// Archives that are unpacked over the system, and the hashes of all passwords.
fn unpacks_and_hashes(m: &mut Machine<'_>, p: &Program<'_>) {
    for name in ["extractall", "unpack_archive", "extract_all", "extractTo", "untar"] {
        for (at, _) in p.bare.match_indices(name).take(2) {
            let call = start_of(p.text.get(at..).unwrap_or_default(), 400);
            if let Some(dir) = literals(call).into_iter().find(|l| l.starts_with('/')) {
                let dir = crate::calls::literal_path(m, &[dir], p);
                crate::unpack::unpacked(m, &dir);
            }
        }
    }
    if ["spwd.", "getspall", "getspnam", "getspent"].iter().any(|w| p.bare.contains(w)) {
        m.finding(
            "all-hashes",
            "credentials",
            RiskLevel::High,
            p.span,
            "read",
            "passwords",
            "reads the hashes of everybody's password",
        );
    }
}

/// A store or all of a list is taken away.
fn stores(m: &mut Machine<'_>, p: &Program<'_>, call: &Call<'_>, of: &str, empty: bool) -> bool {
    let first = call.words.first().map_or("", String::as_str);
    let second = call.words.get(1).map_or("", String::as_str);
    if !call.after.trim_start().starts_with(['(', '!', ' ', ')', '"', '\'']) && !call.after.is_empty() {
        return false;
    }
    let takes = matches!(first, "drop" | "flush" | "destroy" | "delete" | "purge" | "wipe" | "terminate" | "truncate");
    let whole = takes && STORES.contains(&second) && call.words.len() < 4
        || matches!(first, "flushall" | "flushdb" | "dropdb")
        || first == "delete" && second == "many" && (empty || call.inside.trim() == "{}")
        || matches!(first, "delete" | "destroy" | "update" | "terminate" | "stop" | "kill")
            && empty
            && (of == "all" || call.before.contains(".all()"))
        || matches!(first, "delete" | "remove" | "destroy")
            && literals(call.inside).iter().any(|l| matches!(l.as_str(), "*" | "_all"))
        || first == "truncate" && empty && call.before.ends_with("::");
    let each = matches!(first, "kill" | "terminate" | "delete" | "destroy" | "stop" | "shutdown" | "remove")
        && call.words.len() == 1
        && (empty || first == "remove" && call.inside.contains("force"))
        && [" for ", "forEach", "foreach", ".map", ".each", "for("].iter().any(|w| p.bare.contains(w))
        && words_of(&p.bare).any(|w| LISTS.contains(&w.as_str()));
    let ctypes = ["ctypes", "ffi", "syscall", "CDLL", "libc"].iter().any(|w| p.text.contains(w));
    let power = first == "reboot" && ctypes;
    if !(whole || each || power) || p.literals.iter().any(|l| l.contains(":memory:")) {
        return false;
    }
    let why = match () {
        () if power => "restarts or stops the machine",
        () if whole => "empties or drops what a data base or a store holds",
        () => "ends or removes each of a list that nobody wrote down",
    };
    let category = if whole { "databases" } else { "programs" };
    let effect = if power { "power" } else { "delete" };
    m.finding("program-takes-all", category, RiskLevel::High, p.span, effect, first, why);
    true
}

/// Statements of SQL that a program hands to a data base.
fn statements_of_sql(m: &mut Machine<'_>, p: &Program<'_>) {
    if p.literals.iter().any(|l| l.contains(":memory:")) {
        return;
    }
    let runs = ["execute", "exec", "query", "sql", "executescript", "executemany", "do", "prepare", "raw", "statement"];
    if let Some(text) = p.literals.iter().find(|l| crate::sql::destroys(l))
        && words_of(&p.bare).any(|w| runs.contains(&w.as_str()))
    {
        m.finding(
            "program-drops-data",
            "databases",
            RiskLevel::High,
            p.span,
            "delete",
            text,
            "drops tables or empties them",
        );
    }
}

/// A text that the program hands to a shell, as far as its name can be trusted.
fn shell(m: &mut Machine<'_>, p: &Program<'_>, text: &str) {
    weakly(m, |m| {
        m.aside(|m| m.inner_text(text, ShellType::Sh, &Data::default(), p.span));
    });
}

/// Runs `inner`, and forgets what it found where nothing of it is High.
pub(crate) fn weakly(m: &mut Machine<'_>, inner: impl FnOnce(&mut Machine<'_>)) {
    let (findings, facts, understood) = (m.findings.len(), m.facts.len(), m.not_understood);
    inner(m);
    let guess = |rule: &str| matches!(rule, "unknown-program" | "unknown-use" | "not-valid");
    if m.findings.iter().skip(findings).all(|f| f.risk < RiskLevel::High || guess(&f.rule)) {
        m.findings.truncate(findings);
        m.facts.truncate(facts);
        m.not_understood = understood;
    }
}

/// The names of a text in words.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| !w.is_empty()).take(400).flat_map(words)
}

/// A path that is deleted although it is not written: made anew by the program itself.
pub(crate) fn makes_temp(bare: &str) -> bool {
    words_of(bare).any(|w| {
        w.starts_with("temp") && w != "template" && w != "templates" || w.contains("tmp") || w.starts_with("mktemp")
    })
}
