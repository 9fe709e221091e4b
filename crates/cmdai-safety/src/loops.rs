//! Loops: over values, over lists that are not known, and without end.
//!
//! Part of the walk in [`run`](crate::run). A body runs once for each value where there are few, so that no value is taken for an operand
//! beside another; above that once with all of them.

use crate::expand::Value;
use crate::ir::{Node, Part, Span, Stmt, Word};
use crate::paths::is_all_gap;
use crate::run::Machine;
use crate::value::{Arg, Data, MAYBE, Taint, UNKNOWN, has_gap};
use cmdai_core::assess::RiskLevel;

/// More values than this are walked together.
const ONE_BY_ONE: usize = 12;
/// Commands that end a round or wait in it.
const PACING: &[&str] = &["sleep", "read", "wait", "break", "inotifywait", "exit", "return", "fswatch", "pause"];
/// Commands of which each round leaves something behind.
const PILING: &[&str] = &[
    "mktemp",
    "touch",
    "mkdir",
    "dd",
    "cp",
    "fallocate",
    "truncate",
    "tee",
    "head",
    "ln",
    "split",
    "logger",
    "docker",
    "aws",
    "kubectl",
    "gcloud",
    "az",
];

/// Commands of which each round asks another machine for something.
const FLOODING: &[&str] = &[
    "curl",
    "wget",
    "http",
    "xh",
    "ab",
    "mail",
    "mailx",
    "sendmail",
    "swaks",
    "mutt",
    "lp",
    "lpr",
    "dig",
    "wall",
    "notify-send",
];

/// The literal words of simple commands, anywhere inside, names and addresses among them.
fn named(body: &[Stmt]) -> Vec<String> {
    let mut found = Vec::new();
    for stmt in body.iter().take(32) {
        match &stmt.node {
            Node::Simple { words, .. } => {
                found.extend(words.iter().take(24).map(|w| w.parts.iter().map(text_of).collect::<String>()));
            }
            Node::Pipe(inner) | Node::Group(inner) | Node::Subshell(inner) => found.extend(named(inner)),
            Node::AndOr(left, right) => {
                found.extend(named(std::slice::from_ref(left)));
                found.extend(named(std::slice::from_ref(right)));
            }
            Node::Branches { blocks, .. } => found.extend(blocks.iter().take(8).flat_map(|block| named(block))),
            Node::For { body, .. } | Node::Loop { body, .. } => found.extend(named(body)),
            Node::Function { .. } | Node::Test(_) => {}
        }
        if found.len() > 200 {
            break;
        }
    }
    found
}

fn text_of(part: &Part) -> String {
    match part {
        Part::Bare(text) | Part::Quoted(text) => text.clone(),
        Part::Double(parts) => parts.iter().map(text_of).collect(),
        _ => String::new(),
    }
}

impl Machine<'_> {
    /// `for`.
    pub(crate) fn each(&mut self, var: Option<&str>, words: &[Word], body: &[Stmt], stdin: &Data) -> Data {
        let values: Vec<Arg> = words.iter().flat_map(|word| self.expand_flat(word)).collect();
        let Some(name) = var else { return self.sequence(body, stdin) };
        let words_of = words;
        let listed = values.iter().any(|v| v.taint.has(Taint::LIST) || is_all_gap(&v.text) && v.text.contains(UNKNOWN));
        let taint = values.iter().fold(Taint::default(), |t, v| t.with(v.taint));
        if values.len() > 1 || values.iter().any(|v| v.text.contains(crate::value::STAR) || v.has_gap()) {
            let exist = values.iter().any(|v| v.text.contains(crate::value::STAR));
            crate::onto_one::watch(self, body, name, exist);
        }
        let mut texts: Vec<String> = values.into_iter().map(|v| v.text).collect();
        if texts.is_empty() {
            texts.push(if words.is_empty() { MAYBE } else { UNKNOWN }.to_string());
        }
        if let Some(at) = body.first() {
            let words = named(body);
            let names: Vec<&str> = words.iter().map(String::as_str).collect();
            let here = names.iter().any(|n| n.contains("localhost") || n.contains("127.0.0.1"));
            let paced = does(body, &["sleep", "read"]);
            let beside = body.iter().any(|s| s.background) && !does(body, &["wait"]);
            if !paced {
                crate::load::repeated(self, crate::load::rounds(words_of), &names, beside, here, &at.span.clone());
            }
        }
        if listed || texts.len() > 1 || texts.iter().any(|t| t.contains(crate::value::STAR) || has_gap(t)) {
            locked_away(self, body);
        }
        if texts.len() >= 256 || words.iter().any(counts_far) {
            crowd(self, body);
        }
        let single = texts.len() <= ONE_BY_ONE && !self.in_loop;
        let rounds = if single {
            texts.into_iter().map(|t| vec![t]).collect()
        } else {
            // Once for the first alone, so that it is not taken for an operand beside the others.
            let first = texts.first().cloned().filter(|t| texts.len() > 1 && !has_gap(t));
            first.map(|t| vec![t]).into_iter().chain([texts]).collect::<Vec<_>>()
        };
        let was = std::mem::replace(&mut self.in_loop, true);
        let mut out: Option<Data> = None;
        for texts in rounds {
            self.vars.insert(name.to_owned(), Value { texts, taint, array: false });
            let data = self.in_mass(listed, |machine| machine.sequence(body, stdin));
            out = Some(match out {
                Some(before) => before.then(data),
                None => data,
            });
        }
        self.in_loop = was;
        out.unwrap_or_else(|| Data::known(""))
    }

    /// Runs `inner` as something that is done to each of a list; a list that is known is no reason.
    pub(crate) fn in_mass<T>(&mut self, listed: bool, inner: impl FnOnce(&mut Self) -> T) -> T {
        let was = self.actor.mass;
        self.actor.mass |= listed;
        let result = inner(self);
        self.actor.mass = was;
        result
    }

    /// A loop without end.
    pub(crate) fn endless(&mut self, body: &[Stmt], span: &Span) {
        if self.actor.timed || does(body, PACING) {
            return;
        }
        let (rule, risk, why) = if floods(body) {
            ("flood", RiskLevel::High, "sends another machine requests without end and without pause")
        } else if body.iter().any(leaves_behind) {
            (
                "resource-endless-loop",
                RiskLevel::Critical,
                "starts processes without end, until the machine stops answering",
            )
        } else if does(body, FLOODING)
            && !named(body).iter().any(|w| w.contains("localhost") || w.contains("127.0.0.1"))
        {
            (
                "flooding-endless-loop",
                RiskLevel::High,
                "sends request after request to another machine without end or pause",
            )
        } else if does(body, PILING) || body.iter().any(appends) || body.iter().any(grows) {
            (
                "piling-endless-loop",
                RiskLevel::High,
                "adds more each time round without end, until the disk or the account is full",
            )
        } else {
            ("endless-loop", RiskLevel::Moderate, "runs without end until it is interrupted")
        };
        self.finding(rule, "resources", risk, span, "exhaust", "the machine", why);
    }
}

/// `{1..5000}`, `$(seq 5000)`.
fn counts_far(word: &Word) -> bool {
    word.parts.iter().any(|part| match part {
        Part::Bare(text) => text
            .trim_matches(['{', '}'])
            .split_once("..")
            .and_then(|(from, to)| Some(to.split('.').next()?.parse::<u64>().ok()?.saturating_sub(from.parse().ok()?)))
            .is_some_and(|n| n >= 256),
        Part::Command(body) => body.iter().any(|stmt| match &stmt.node {
            Node::Simple { words, .. } => {
                words.first().is_some_and(|w| literal(w) == "seq")
                    && words.iter().skip(1).filter_map(|w| literal(w).parse::<u64>().ok()).any(|n| n >= 256)
            }
            _ => false,
        }),
        _ => false,
    })
}

/// Very many requests or messages, one beside the other.
fn crowd(m: &mut Machine<'_>, body: &[Stmt]) {
    let beside: Vec<Stmt> =
        body.iter().filter(|s| s.background).map(|s| Stmt { background: false, ..s.clone() }).collect();
    if floods(&beside) || does(body, &["mail", "mailx", "sendmail", "swaks", "mutt"]) {
        let span = body.first().map_or(0..0, |s| s.span.clone());
        m.finding(
            "flood",
            "network",
            RiskLevel::High,
            &span,
            "exhaust",
            "another machine",
            "sends another machine very many requests, which may stop it for everybody",
        );
    }
}

/// Requests to another machine, and nothing that waits.
fn floods(body: &[Stmt]) -> bool {
    body.iter().filter(|s| !s.background).any(|stmt| match &stmt.node {
        Node::Simple { words, .. } => {
            words.first().is_some_and(|w| matches!(literal(w), "curl" | "wget" | "ab" | "xh" | "http" | "hping3"))
                && words.iter().any(|w| literal(w).contains("://") && !crate::network::is_here(literal(w)))
        }
        _ => false,
    })
}

/// Each file is locked with a password and the open one taken away: what extortioners do, and lost with the password.
pub(crate) fn locked_away(m: &mut Machine<'_>, body: &[Stmt]) {
    const LOCKS: &[&str] = &[
        "gpg", "gpg2", "openssl", "age", "rage", "7z", "7za", "zip", "rar", "ccrypt", "mcrypt", "aescrypt", "bcrypt",
        "scrypt",
    ];
    if !does(body, LOCKS) || !does(body, &["rm", "shred", "unlink", "srm", "wipe"]) {
        return;
    }
    let words = named(body);
    let locks = words.iter().any(|w| {
        matches!(w.as_str(), "enc" | "-c" | "--symmetric" | "-P" | "--password" | "-p" | "-r" | "-R")
            || w.starts_with("--passphrase")
            || w.starts_with("-p") && w.len() > 2
            || w.starts_with("-hp")
    });
    let opens = words.iter().any(|w| matches!(w.as_str(), "-d" | "--decrypt" | "x" | "e" | "-l"));
    if locks && !opens {
        let span = body.first().map_or(0..0, |s| s.span.clone());
        let why = "locks many files with a password and deletes the open ones";
        m.finding("locked-away", "files", RiskLevel::High, &span, "encrypt", "many files", why);
    }
}

/// What `while read -r a b` fills.
pub(crate) fn read_names(condition: &[Stmt]) -> Vec<String> {
    let words = condition.iter().find_map(|stmt| match &stmt.node {
        Node::Simple { words, .. } => {
            words.iter().position(|w| literal(w) == "read").and_then(|at| words.get(at + 1..))
        }
        _ => None,
    });
    let names = words.unwrap_or_default().iter().map(literal).filter(|w| !w.is_empty() && !w.starts_with('-'));
    names.map(ToOwned::to_owned).take(4).collect()
}

/// Whether something of it goes on beside the round that follows.
fn leaves_behind(stmt: &Stmt) -> bool {
    stmt.background
        || match &stmt.node {
            Node::Group(inner) | Node::Subshell(inner) => inner.iter().any(leaves_behind),
            _ => false,
        }
}

/// `while read …`.
pub(crate) fn reads_a_list(condition: &[Stmt]) -> bool {
    does(condition, &["read"])
}

/// Whether one of the commands is run in the foreground, anywhere inside.
pub(crate) fn does(body: &[Stmt], commands: &[&str]) -> bool {
    body.iter().filter(|s| !s.background).any(|stmt| match &stmt.node {
        Node::Simple { words, .. } => words.iter().take(2).any(|w| commands.contains(&literal(w))),
        Node::Pipe(inner) | Node::Group(inner) | Node::Subshell(inner) => does(inner, commands),
        Node::AndOr(left, right) => {
            does(std::slice::from_ref(left), commands) || does(std::slice::from_ref(right), commands)
        }
        Node::Branches { blocks, .. } => blocks.iter().any(|block| does(block, commands)),
        Node::For { body, .. } => does(body, commands),
        Node::Loop { condition, body, .. } => does(condition, commands) || does(body, commands),
        Node::Function { .. } | Node::Test(_) => false,
    })
}

fn appends(stmt: &Stmt) -> bool {
    stmt.redirects.iter().any(|r| r.kind == crate::ir::RedirectKind::Append && !literal(&r.target).starts_with("/dev/"))
}

pub(crate) fn literal(word: &Word) -> &str {
    match word.parts.as_slice() {
        [Part::Bare(text) | Part::Quoted(text)] => text,
        _ => "",
    }
}

/// A variable that gets longer each time round.
fn grows(stmt: &Stmt) -> bool {
    let Node::Simple { assigns, words } = &stmt.node else { return false };
    words.is_empty()
        && assigns.iter().any(|a| {
            let own = a
                .values
                .iter()
                .flat_map(|w| &w.parts)
                .flat_map(crate::variables::variables)
                .filter(|n| *n == a.name)
                .count();
            own > 1 || a.append && own > 0
        })
}
