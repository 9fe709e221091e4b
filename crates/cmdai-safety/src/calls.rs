//! Calls within programs of other languages: a name from [`sinks`](crate::sinks) and the literals behind it become an act.
//!
//! A light scanner, no grammar. A call without a literal acts on what the program lists (`glob`, `os.walk`), if it lists
//! anything, else on something that is not known.

use crate::effects::How;
use crate::program::{Program, has_word};
use crate::risk::Verb;
use crate::run::Machine;
use crate::script_lang::{MAX_CALL, literals, literals as literals_of, start_of};
use crate::sinks::{SINKS, Sink};
use crate::value::{Arg, Data, STAR, UNKNOWN};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Steps that one sink costs.
const SINK_COST: u32 = 4;
/// Calls that list files, and whether they go into directories.
const LISTERS: &[(&str, bool)] = &[
    ("os.listdir", false),
    ("os.scandir", false),
    ("scandir", false),
    ("glob.glob", false),
    ("glob.iglob", false),
    ("rglob", true),
    ("iterdir", false),
    ("os.walk", true),
    ("os.fwalk", true),
    ("glob", false),
    ("Dir.glob", false),
    ("Dir.children", false),
    ("Dir.each_child", false),
    ("Dir.foreach", false),
    ("Dir.entries", false),
    ("Dir", false),
    ("Find.find", true),
    ("File::Find", true),
    ("find", true),
    ("readdirSync", false),
    ("readdir", false),
    ("opendir", false),
    ("RecursiveDirectoryIterator", true),
    ("list.files", false),
    ("readDirSync", false),
    ("lfs.dir", false),
    ("file_list", false),
];

/// Judges every call of a program.
pub(crate) fn calls(m: &mut Machine<'_>, p: &Program<'_>) {
    let mut from = 0;
    for (at, name, sink) in named_sinks(p) {
        if at < from {
            continue;
        }
        from = at + name.len();
        if sink == Sink::Net || sink == Sink::Eval || is_printed(p, at) || name == "exec" && is_pattern(p, at) {
            continue;
        }
        if !m.burn(SINK_COST) {
            return;
        }
        let after = start_of(p.text.get(from..).unwrap_or_default(), MAX_CALL);
        let end = after
            .find([';', '\n'])
            .filter(|e| *e > 0 && after.get(..*e).is_some_and(|t| t.matches(['"', '\'']).count() % 2 == 0))
            .unwrap_or(after.len());
        let call = after.get(..end).unwrap_or_default();
        act(m, p, at, name, sink, call);
    }
    crate::program_calls::by_words(m, p);
    // Backticks run commands in Perl, Ruby and PHP, but quote text in JavaScript.
    if !p.text.contains("console.") && !p.text.contains("require(") {
        let marks = p.text.matches('`').count();
        for (index, piece) in p.text.split('`').enumerate() {
            if index % 2 == 1 && marks > 1 {
                m.aside(|m| m.inner_text(piece, ShellType::Sh, &Data::default(), p.span));
            }
        }
    }
}

/// The name stands in a literal that is only printed.
fn is_printed(p: &Program<'_>, at: usize) -> bool {
    let before = p.bare.get(..at).unwrap_or_default();
    let blank = before.trim_end_matches(' ');
    let quoted = p.bare.get(at..at + 1) == Some(" ") && blank.ends_with(['"', '\'']);
    let call = blank.get(..blank.len().saturating_sub(1)).unwrap_or_default().trim_end_matches([' ', '(']);
    quoted
        && ["print", "println", "puts", "console.log", "echo", "printf", "say", "cat"].iter().any(|w| call.ends_with(w))
}

/// `/x/.exec(y)` looks for a pattern.
fn is_pattern(p: &Program<'_>, at: usize) -> bool {
    let before = p.text.get(..at).and_then(|t| t.strip_suffix('.')).unwrap_or_default();
    before.trim_end_matches(|c: char| "gimsuy".contains(c)).ends_with('/')
}

#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
fn act(m: &mut Machine<'_>, p: &Program<'_>, at: usize, name: &'static str, sink: Sink, call: &str) {
    let literals = literals(call);
    let joined = literals.join(" ");
    // `%x(…)`, `qx{…}`: the text stands without quotes.
    if matches!(name, "%x" | "qx") {
        let mark = call.chars().next().unwrap_or_default();
        let close = match mark {
            '(' => ')',
            '{' => '}',
            '[' => ']',
            '<' => '>',
            other => other,
        };
        if !mark.is_alphanumeric()
            && let Some(text) = call.get(mark.len_utf8()..).and_then(|rest| rest.split(close).next())
        {
            m.aside(|m| m.inner_text(text, ShellType::Sh, &Data::default(), p.span));
        }
        return;
    }
    // `{execSync} = require('child_process')` only takes names in.
    if sink == Sink::Shell && (call.starts_with(['}', ',']) || name == "child_process") {
        return;
    }
    match sink {
        Sink::Shell if name == ":!" => {
            m.aside(|m| m.inner_text(call, ShellType::Sh, &Data::default(), p.span));
        }
        Sink::Shell if joined.is_empty() && name != "execute" => {
            let calls = call.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '.').trim_start();
            if calls.starts_with('(') && !calls.starts_with("()") {
                m.finding(
                    "interpreter-runs-unknown",
                    "execution",
                    RiskLevel::Moderate,
                    p.span,
                    "execute",
                    name,
                    "runs a command that is not known before",
                );
            }
        }
        // A program within the program.
        Sink::Shell if name == "exec" && joined.contains(['(', '=']) && p.bare.contains("exec(") && m.reentry < 4 => {
            m.reentry += 1;
            for literal in &literals {
                crate::program::program(m, &Arg::known(literal.clone(), p.span.clone()));
            }
            m.reentry -= 1;
            let span = p.span.clone();
            crate::program_calls::weakly(m, |m| {
                m.aside(|m| m.inner_text(&joined, ShellType::Sh, &Data::default(), &span));
            });
        }
        Sink::Shell if name == "execute" => {
            let before = p.text.get(..at).unwrap_or_default();
            if let Some(command) =
                literals_of(before).last().filter(|_| before.ends_with('.') && call.starts_with("()"))
            {
                m.aside(|m| m.inner_text(command, ShellType::Sh, &Data::default(), p.span));
            }
        }
        Sink::Shell => {
            let own = call.starts_with('(').then(|| crate::program_scan::brackets(call)).filter(|c| !c.is_empty());
            let text = crate::program_text::command_of(own.unwrap_or(call));
            m.aside(|m| m.inner_text(&text, ShellType::Sh, &Data::default(), p.span));
        }
        Sink::DeleteTree if name == "rm(" && literals.is_empty() => {}
        Sink::DeleteTree => touch(m, p, at, call, Verb::Delete, How::TREE),
        Sink::Delete => touch(m, p, at, call, Verb::Delete, How::ONE),
        Sink::Write => touch(m, p, at, call, Verb::Write, How::ONE),
        Sink::Read => {
            let mode = |text: &String| {
                text.len() < 5 && text.contains(['w', 'a', '>', '+']) && !crate::program_text::is_path(text)
            };
            let writes = literals.get(1).is_some_and(mode)
                || literals.first().is_some_and(|p| p.starts_with('>') || p.starts_with("+<"));
            if !joined.is_empty() && call.starts_with(['(', ' ']) {
                // Perl names the mode first.
                let first =
                    literals.first().is_some_and(|l| matches!(l.trim(), "<" | ">" | ">>" | "+<" | ">:raw" | "<:raw"));
                let path = literal_path(m, literals.get(usize::from(first)..).unwrap_or_default(), p);
                m.touch(if writes { Verb::Write } else { Verb::Read }, &path, How::ONE);
            }
        }
        Sink::Chmod => {
            let open = ["777", "666", "776", "767", "04755", "4755", "06755", "a+w", "o+w", "a+rwx", "ugo+", "u+s"]
                .iter()
                .any(|mode| call.contains(mode));
            let wide = How { wide_open: open, tighter: !open, ..How::ONE };
            let special = call.split(|c: char| !c.is_ascii_alphanumeric()).find(|w| {
                let octal = w.trim_start_matches("0o").trim_start_matches('0');
                octal.len() == 4 && octal.bytes().all(|b| b.is_ascii_digit()) && crate::permissions::is_setuid(octal)
            });
            if let Some(mode) = special {
                let octal = mode.trim_start_matches("0o").trim_start_matches('0').to_owned();
                let path = literal_path(m, &literals, p);
                crate::permissions::mode_finding(m, Some(&Arg::known(octal, p.span.clone())), &[path]);
            }
            touch(m, p, at, call, Verb::Attr, How { recursive: name.ends_with("_R"), ..wide });
        }
        Sink::Owner => {
            touch(m, p, at, call, Verb::Attr, How { recursive: name.ends_with("_R"), ..How::ONE });
        }
        Sink::Kill => crate::program_kill::kill(m, p, name, call),
        Sink::Move | Sink::Copy | Sink::Link => pair(m, p, sink, call, &literals),
        Sink::Serve => serve(m, p, at),
        Sink::Eval | Sink::Net => {}
    }
}

/// Something is done to the path of a call: its first literal, the literal before a method, or what the program lists.
fn touch(m: &mut Machine<'_>, p: &Program<'_>, at: usize, call: &str, verb: Verb, how: How) {
    let arguments = literals(call);
    let before = p.text.get(..at).unwrap_or_default();
    let method = before.ends_with('.');
    let owner = before.rfind([';', '\n']).map_or(before, |cut| before.get(cut + 1..).unwrap_or_default());
    let own = if method && !owner.contains("require") { literals(owner) } else { Vec::new() };
    // `Path("x").write_text("data")` names its file before the dot.
    let object = ["Path(", "Pathname", "File("].iter().any(|w| owner.contains(w));
    let chosen = if !own.is_empty() && (object || arguments.is_empty()) { own } else { arguments };
    let listed = roots(m, p);
    let loops =
        [" in ", "each", "foreach", "for ", "for(", "map", "glob", "Dir[", "<"].iter().any(|w| p.bare.contains(w));
    // A relative name or none at all, in a program that goes through a list.
    let callback = before.ends_with(['"', '\'', ':']);
    let named = !callback && chosen.iter().any(|l| l.starts_with(['/', '~', '.']) || l.contains('/'));
    if !named && (loops || callback) && !listed.is_empty() {
        for (root, deep) in listed {
            m.in_mass(true, |m| m.touch(verb, &root, How { recursive: how.recursive || deep, ..how }));
        }
        return;
    }
    if !named && verb == Verb::Delete && crate::program_calls::makes_temp(&p.bare) {
        return;
    }
    let path = literal_path(m, &chosen, p);
    m.touch(verb, &path, how);
}

/// What the program lists, as globs.
fn roots(m: &Machine<'_>, p: &Program<'_>) -> Vec<(Arg, bool)> {
    let mut found: Vec<(Arg, bool)> = Vec::new();
    for (name, deep) in LISTERS {
        for (at, _) in p.bare.match_indices(name).take(4) {
            let before = p.bare.get(..at).and_then(|t| t.chars().next_back());
            let rest = p.text.get(at + name.len()..).unwrap_or_default();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') || !rest.starts_with(['(', ' ', '[']) {
                continue;
            }
            let call = rest.split([';', '\n']).next().unwrap_or_default();
            let owner = p.text.get(..at).unwrap_or_default();
            let mut names = literals(call);
            if owner.ends_with('.')
                && let Some(root) = literals(owner).last()
            {
                names.insert(0, root.clone());
            }
            let Some(root) = names.first().filter(|r| r.starts_with(['/', '~', '.']) || r.contains(['/', '*'])) else {
                continue;
            };
            let mut path = literal_path(m, &names, p);
            let globbed = path.text.contains(STAR);
            if !globbed {
                path.text = format!("{}/{STAR}", path.text.trim_end_matches('/'));
            }
            found.push((path, *deep || root.contains("**")));
        }
        if !found.is_empty() {
            break;
        }
    }
    // Perl lists with `<*>` and `<~/*>`.
    for piece in p.bare.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(path, _)| path).take(8) {
        if found.is_empty() && piece.contains('*') && !piece.contains([' ', '=', ';', '(']) {
            found.push((literal_path(m, &[piece.to_owned()], p), false));
        }
    }
    if let Some((_, rest)) = p.text.split_once("<~/").filter(|_| found.is_empty())
        && let Some((path, _)) = rest.split_once('>')
    {
        found.push((literal_path(m, &[format!("~/{path}")], p), false));
    }
    found
}

/// From one path to another.
fn pair(m: &mut Machine<'_>, p: &Program<'_>, sink: Sink, call: &str, literals: &[String]) {
    if !call.trim_start().starts_with(['(', '"', '\'']) || literals.is_empty() {
        return;
    }
    let source = literal_path(m, literals, p);
    let target = literals.get(1..).filter(|rest| !rest.is_empty()).map(|rest| literal_path(m, rest, p));
    match sink {
        Sink::Move => m.touch(Verb::Move, &source, How::ONE),
        Sink::Copy => m.touch(Verb::Read, &source, How::ONE),
        _ => {}
    }
    if let Some(target) = target {
        m.touch(if sink == Sink::Link { Verb::Make } else { Verb::Write }, &target, How::ONE);
    }
}

/// A web server that hands out what is in a directory.
fn serve(m: &mut Machine<'_>, p: &Program<'_>, at: usize) {
    let behind = p.text.get(at..).unwrap_or_default();
    let starts = ["serve_forever", ".start", "TCPServer", "HTTPServer"].iter().any(|w| p.text.contains(w));
    let dir = literals(behind).into_iter().chain(p.literals.iter().cloned()).find(|l| l.starts_with(['/', '~']));
    if starts {
        let dir = dir.unwrap_or_else(|| ".".to_owned());
        let path = literal_path(m, &[dir], p);
        crate::script_files::serve_directory(m, &path);
    }
}

/// The first literal as a path; behind the home directory also the one that is put to it.
pub(crate) fn literal_path(m: &Machine<'_>, literals: &[String], p: &Program<'_>) -> Arg {
    let first =
        literals.first().map_or_else(|| UNKNOWN.to_string(), |p| p.trim_start_matches(['+', '>', '<', ' ']).to_owned());
    let mut path = first.strip_prefix('~').map_or_else(|| first.clone(), |rest| format!("{}{rest}", m.home));
    if path == m.home
        && let Some(next) = literals.get(1).filter(|n| n.len() > 1 && !n.contains(' '))
    {
        path = format!("{path}/{}", next.trim_start_matches('/'));
    }
    Arg::known(crate::text::live_globs(&path), p.span.clone())
}

/// Every sink in the text: names that are not the tail of a longer one, the longest first where two begin at one place.
fn named_sinks(p: &Program<'_>) -> Vec<(usize, &'static str, Sink)> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found: Vec<(usize, &'static str, Sink)> = Vec::new();
    for (name, sink) in SINKS {
        let text = if sink.is_weak() { &p.bare } else { p.text };
        if sink.is_weak() && !has_word(text, name, true) {
            continue;
        }
        found.extend(text.places_of(name).map(|at| (at, *name, *sink)).filter(|(at, ..)| {
            let before = text.get(..*at).and_then(|t| t.chars().next_back());
            let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
            !before.is_some_and(word) && (name.ends_with(['.', '!', '(']) || !after.is_some_and(word))
        }));
    }
    found.sort_by_key(|(at, name, _)| (*at, usize::MAX - name.len()));
    found
}
