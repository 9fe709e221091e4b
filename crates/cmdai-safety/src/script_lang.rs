//! One-line programs in Python, Perl, Ruby, Node, PHP, Lua, awk, sed and others: their literals count where they reach a sink.
//!
//! A light scanner, no grammar: names followed by a string literal. A dangerous string that reaches no sink is data.

use crate::effects::How;
use crate::ir::Span;
use crate::opts;
use crate::risk::Verb;
use crate::run::Machine;
use crate::shells::run_file;
use crate::sinks::{SINKS, Sink};
use crate::value::{Arg, Data, Taint, UNKNOWN};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Longest call that is looked into, in bytes.
pub(crate) const MAX_CALL: usize = 2048;
/// Steps that one sink costs.
const SINK_COST: u32 = 4;

/// Interpreter, the options whose value is a program.
const LANGUAGES: &[(&str, &[&str])] = &[
    ("python", &["-c"]),
    ("pypy", &["-c"]),
    ("ipython", &["-c"]),
    ("perl", &["-e", "-E"]),
    ("ruby", &["-e"]),
    ("node", &["-e", "--eval", "-p", "--print"]),
    ("nodejs", &["-e", "--eval", "-p"]),
    ("bun", &["-e", "--eval"]),
    ("deno", &["eval"]),
    ("php", &["-r"]),
    ("lua", &["-e"]),
    ("luajit", &["-e"]),
    ("Rscript", &["-e"]),
    ("osascript", &["-e"]),
    ("tclsh", &[]),
    ("expect", &["-c"]),
    ("groovy", &["-e"]),
    ("julia", &["-e"]),
    ("elixir", &["-e"]),
    ("guile", &["-c"]),
    ("vim", &["-c", "--cmd", "+"]),
    ("vi", &["-c"]),
    ("nvim", &["-c"]),
    ("ex", &["-c"]),
    ("emacs", &["--eval"]),
];

/// Runs a language's interpreter; nothing if `name` is none.
pub(crate) fn interpret(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    match name {
        "awk" | "gawk" | "mawk" | "nawk" => return Some(crate::stream_lang::awk(m, head, args, stdin)),
        "sed" | "gsed" => return Some(crate::stream_lang::sed(m, args, stdin)),
        "sqlite3" | "psql" | "mysql" | "mariadb" | "ed" | "ftp" | "sftp" | "gnuplot" | "bc" => {
            let text: Vec<String> = args
                .iter()
                .filter(|a| a.text.contains(".shell") || a.text.contains(".system") || a.text.contains("\\!"))
                .map(|a| a.text.clone())
                .chain(stdin.text.clone())
                .collect();
            for line in text.iter().flat_map(|t| t.lines()) {
                let command = line
                    .find("\\!")
                    .and_then(|at| line.get(at + 2..))
                    .or_else(|| line.trim().strip_prefix(".shell "))
                    .or_else(|| line.trim().strip_prefix(".system "))
                    .or_else(|| line.trim().strip_prefix('!'));
                if let Some(command) = command {
                    m.inner_text(command, ShellType::Sh, &Data::default(), &head.span);
                }
            }
            return None;
        }
        _ => {}
    }
    let (_, code) = LANGUAGES.iter().find(|(language, _)| *language == name)?;
    let editor = matches!(name, "vim" | "vi" | "nvim" | "ex" | "emacs");
    let mut valued: Vec<&str> = code.to_vec();
    valued.extend(["-m", "-W", "-X", "-I", "-M", "-r", "--require"].iter().filter(|o| !code.contains(o)));
    let (opts, start) = opts::parse_leading(args, &valued);
    let programs: Vec<Arg> = opts.values(code).cloned().collect();
    let mut texts = programs;
    if name == "deno" && args.first().is_some_and(|a| a.text == "eval") {
        texts.extend(args.iter().skip(1).find(|a| !a.is_option()).cloned());
    }
    if editor {
        texts.extend(args.iter().filter(|a| a.text.starts_with('+') && a.text.len() > 1).cloned());
    }
    if !texts.is_empty() {
        for text in &texts {
            program(m, text);
        }
        return Some(Data::unknown(Taint::default(), name));
    }
    if let Some(module) = opts.value(&["-m"]).filter(|_| name == "python").cloned() {
        let mut argv = vec![Arg { text: module.text.clone(), ..module.clone() }];
        argv.extend(args.iter().skip_while(|a| a.text != module.text).skip(1).cloned());
        return Some(match module.text.as_str() {
            "http.server" => crate::rules::apply(m, "http.server", head, &[], stdin),
            "venv" | "json.tool" | "unittest" | "timeit" | "pdb" | "cProfile" | "this" | "calendar" | "zipfile"
            | "tarfile" | "ensurepip" | "compileall" | "pydoc" | "doctest" | "site" | "sysconfig" => {
                Data::unknown(Taint::default(), "python")
            }
            _ => m.call(&argv, stdin),
        });
    }
    if editor {
        return None;
    }
    match args.get(start).cloned() {
        Some(script) if script.text != "-" => {
            if name == "deno" || name == "bun" {
                return None;
            }
            script_file(m, &script, stdin);
            Some(Data::unknown(Taint::FILE, name))
        }
        _ if stdin.taint.has(Taint::NET) || stdin.taint.has(Taint::DECODED) => {
            m.finding(
                "network-to-interpreter",
                "execution",
                RiskLevel::Critical,
                &head.span.clone(),
                "execute",
                &stdin.from,
                "runs what the network sends or an encoding hides without anybody having read it",
            );
            Some(Data::default())
        }
        _ => {
            if let Some(text) = stdin.text.clone() {
                program(m, &Arg { text, taint: stdin.taint, span: head.span.clone() });
            } else if stdin.taint != Taint::default() {
                m.finding(
                    "unknown-to-interpreter",
                    "execution",
                    RiskLevel::High,
                    &head.span.clone(),
                    "execute",
                    &stdin.from,
                    "runs a text that is not known before",
                );
            }
            Some(Data::default())
        }
    }
}

/// A script in a file: what this text or session wrote is judged by what it holds.
fn script_file(m: &mut Machine<'_>, script: &Arg, stdin: &Data) {
    let path = m.place(&script.text).path;
    let known = m.files.get(&path).and_then(|data| data.exact().map(|text| (text.to_owned(), data.taint)));
    match known.filter(|(_, taint)| !taint.has(Taint::NET)) {
        Some((text, taint)) => program(m, &Arg { text, taint, span: script.span.clone() }),
        None => {
            run_file(m, script, ShellType::Bash, stdin);
        }
    }
}

/// Judges a program by the literals that reach sinks.
#[allow(clippy::too_many_lines, reason = "one finding after the other")]
pub(crate) fn program(m: &mut Machine<'_>, code: &Arg) {
    if code.taint.has(Taint::NET) {
        m.finding(
            "network-to-interpreter",
            "execution",
            RiskLevel::Critical,
            &code.span.clone(),
            "execute",
            "",
            "runs what the network sends without anybody having read it",
        );
        return;
    }
    let text = crate::value::unglob(&code.text);
    if text.len() > 32 * 1024 || !m.burn(u32::try_from(text.len() / 32).unwrap_or(0)) {
        m.not_understood("the program is too long");
        return;
    }
    let span = code.span.clone();
    let socket = ["socket", "TCPSocket", "fsockopen", "net.connect", "net.Socket", "Socket;", "/inet/tcp"]
        .iter()
        .any(|w| text.contains(w));
    let shell = [
        "/bin/sh",
        "/bin/bash",
        "dup2",
        "pty.spawn",
        "subprocess",
        "exec(",
        "sh -i",
        "cmd.exe",
        "powershell",
        "spawn(",
    ]
    .iter()
    .any(|w| text.contains(w));
    if socket && shell {
        m.finding(
            "reverse-shell",
            "remote-control",
            RiskLevel::Critical,
            &span,
            "connect",
            "a shell",
            "gives another machine a shell on this one",
        );
    }
    let net = ["urlopen", "requests.get", "urllib", "http.get", "https.get", "fetch(", "LWP", "Net::HTTP", "open-uri"]
        .iter()
        .any(|w| text.contains(w));
    let runs = ["exec(", "eval(", "eval ", "os.system", "__import__", "compile(", "Function(", "instance_eval"]
        .iter()
        .any(|w| text.contains(w));
    if net && runs {
        m.finding(
            "network-to-interpreter",
            "execution",
            RiskLevel::Critical,
            &span,
            "execute",
            "",
            "runs what the network sends without anybody having read it",
        );
    }
    let decodes = [
        "b64decode",
        "base64",
        "fromhex",
        "decode('hex",
        "atob(",
        "unpack(",
        "pack(",
        "from_hex",
        "codecs",
        "chr(",
        "Buffer.from(",
    ]
    .iter()
    .any(|w| text.contains(w));
    if decodes && runs {
        m.finding(
            "decoded-to-interpreter",
            "execution",
            RiskLevel::Critical,
            &span,
            "execute",
            "",
            "hides what it runs behind an encoding",
        );
    }
    if text.contains("fork") && ["while", "loop", "for(;;)", "for (;;)"].iter().any(|w| text.contains(w)) {
        m.finding(
            "fork-bomb",
            "resources",
            RiskLevel::Critical,
            &span,
            "exhaust",
            "the machine",
            "starts copies of itself without end, until the machine stops answering",
        );
    }
    sinks(m, &text, &span);
}

#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
pub(crate) fn sinks(m: &mut Machine<'_>, text: &str, span: &Span) {
    let mut from = 0;
    for (at, name, sink) in named_sinks(text) {
        if at < from {
            continue;
        }
        from = at + name.len();
        if sink == Sink::Net || sink == Sink::Eval {
            continue;
        }
        if !m.burn(SINK_COST) {
            return;
        }
        let after = start_of(text.get(from..).unwrap_or_default(), MAX_CALL);
        let end = after
            .find([';', '\n'])
            .filter(|e| *e > 0 && after.get(..*e).is_some_and(|t| t.matches(['"', '\'']).count() % 2 == 0))
            .unwrap_or(after.len());
        let call = after.get(..end).unwrap_or_default();
        let literals = literals(call);
        let joined = literals.join(" ");
        let arg = Arg::known(if joined.is_empty() { UNKNOWN.to_string() } else { joined.clone() }, span.clone());
        match sink {
            Sink::Shell if name == ":!" => {
                m.aside(|m| m.inner_text(call, ShellType::Sh, &Data::default(), span));
            }
            Sink::Shell if joined.is_empty() => {
                let calls = call.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '.').trim_start();
                if calls.starts_with('(') && !calls.starts_with("()") {
                    m.finding(
                        "interpreter-runs-unknown",
                        "execution",
                        RiskLevel::Moderate,
                        span,
                        "execute",
                        name,
                        "runs a command that is not known before",
                    );
                }
            }
            Sink::Shell => {
                m.aside(|m| m.inner_text(&joined, ShellType::Sh, &Data::default(), span));
            }
            Sink::DeleteTree => m.touch(Verb::Delete, &literal_path(m, &literals, &arg), How::TREE),
            Sink::Delete => m.touch(Verb::Delete, &literal_path(m, &literals, &arg), How::ONE),
            Sink::Write => m.touch(Verb::Write, &literal_path(m, &literals, &arg), How::ONE),
            Sink::Read => {
                let writes = literals.get(1).is_some_and(|mode| mode.contains(['w', 'a', '>', '+']))
                    || literals.first().is_some_and(|p| p.starts_with('>'));
                if !joined.is_empty() && call.trim_start().starts_with(['(', ' ']) {
                    m.touch(if writes { Verb::Write } else { Verb::Read }, &literal_path(m, &literals, &arg), How::ONE);
                }
            }
            Sink::Eval | Sink::Net => {}
        }
    }
    // Backticks run commands in Perl, Ruby and PHP, but quote text in JavaScript.
    if !text.contains("console.") && !text.contains("require(") {
        let marks = text.matches('`').count();
        for (index, piece) in text.split('`').enumerate() {
            if index % 2 == 1 && marks > 1 {
                m.aside(|m| m.inner_text(piece, ShellType::Sh, &Data::default(), span));
            }
        }
    }
}

pub(crate) fn literal_path(m: &Machine<'_>, literals: &[String], fallback: &Arg) -> Arg {
    let path = literals.first().map_or(fallback.text.as_str(), |p| p.trim_start_matches(['>', '<', ' ']));
    let path = path.strip_prefix('~').map_or_else(|| path.to_owned(), |rest| format!("{}{rest}", m.home));
    Arg { text: crate::text::live_globs(&path), ..fallback.clone() }
}

/// Every sink in the text: names that are not the tail of a longer one, the longest first where two begin at one place.
fn named_sinks(text: &str) -> Vec<(usize, &'static str, Sink)> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found: Vec<(usize, &'static str, Sink)> = Vec::new();
    for (name, sink) in SINKS {
        found.extend(text.match_indices(name).map(|(at, _)| (at, *name, *sink)).filter(|(at, ..)| {
            let before = text.get(..*at).and_then(|t| t.chars().next_back());
            let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
            !before.is_some_and(word) && (name.ends_with(['.', '!']) || !after.is_some_and(word))
        }));
    }
    found.sort_by_key(|(at, name, _)| (*at, usize::MAX - name.len()));
    found
}

/// At most `most` bytes from the start.
pub(crate) fn start_of(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The string literals of a piece of code.
pub(crate) fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '"' && c != '\'' {
            continue;
        }
        let mut text = String::new();
        while let Some(inner) = chars.next() {
            match inner {
                '\\' => text.extend(chars.next()),
                end if end == c => break,
                other => text.push(other),
            }
        }
        found.push(text);
        if found.len() > 32 {
            break;
        }
    }
    found
}
