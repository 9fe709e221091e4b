//! One-line programs in Python, Perl, Ruby, Node, PHP, Lua, awk, sed and others: their literals count where they reach a sink.
//!
//! A light scanner, no grammar: names followed by a string literal. A dangerous string that reaches no sink is data.

use crate::by_name::ByName;
use crate::opts;
use crate::program::program;
use crate::run::Machine;
use crate::shells::run_file;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Longest call that is looked into, in bytes.
pub(crate) const MAX_CALL: usize = 2048;

#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
/// Runs a language's interpreter; nothing if `name` is none.
pub(crate) fn interpret(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    static INDEX: ByName = ByName::new();
    match name {
        "awk" | "gawk" | "mawk" | "nawk" => return Some(crate::stream_lang::awk(m, head, args, stdin)),
        "sed" | "gsed" => return Some(crate::stream_lang::sed(m, args, stdin)),
        "sqlite3" | "psql" | "mysql" | "mariadb" | "ed" | "ftp" | "sftp" | "bc" | "duckdb" => {
            let text: Vec<String> = args
                .iter()
                .filter(|a| {
                    a.text.contains(".shell")
                        || a.text.contains(".system")
                        || a.text.contains("\\!")
                        || a.text.contains("system ")
                })
                .map(|a| a.text.clone())
                .chain(stdin.text.clone())
                .collect();
            for line in text.iter().flat_map(|t| t.lines()) {
                let command = line
                    .find("\\!")
                    .and_then(|at| line.get(at + 2..))
                    .or_else(|| line.trim().strip_prefix(".shell "))
                    .or_else(|| line.trim().strip_prefix(".system "))
                    .or_else(|| line.trim().strip_prefix("system ").filter(|_| name.starts_with('m')))
                    .or_else(|| line.trim().strip_prefix('!'));
                if let Some(command) = command {
                    m.inner_text(command, ShellType::Sh, &Data::default(), &head.span);
                }
            }
            return None;
        }
        _ => {}
    }
    // Perl's back ends print the program and do not run it.
    if name == "perl" && args.iter().any(|a| a.text.starts_with("-MO=")) {
        return Some(Data::unknown(Taint::default(), name));
    }
    if let Some(data) = crate::repl::hosted(m, name, head, args, stdin) {
        return Some(data);
    }
    let (_, code) = INDEX.rows(crate::repl::LANGUAGES, |row| std::slice::from_ref(&row.0), name).next()?;
    let editor = matches!(name, "vim" | "vi" | "nvim" | "ex" | "emacs");
    let mut valued: Vec<&str> = code.to_vec();
    valued.extend(
        [
            "-m",
            "-W",
            "-X",
            "-I",
            "-M",
            "-r",
            "--require",
            "--remsh",
            "--sname",
            "--name",
            "--cookie",
            "-sname",
            "-name",
            "-setcookie",
            "--socket-name",
        ]
        .iter()
        .filter(|o| !code.contains(o)),
    );
    let (opts, start) = opts::parse_leading(args, &valued);
    if editor {
        crate::editors::commands(m, args);
    }
    if let Some(data) = crate::script_files::beside(m, name, head, args, &opts, start) {
        return Some(data);
    }
    let programs: Vec<Arg> = opts.values(code).cloned().collect();
    let mut texts = programs;
    if name == "deno" && args.first().is_some_and(|a| a.text == "eval") {
        texts.extend(args.iter().skip(1).find(|a| !a.is_option()).cloned());
    }
    if editor {
        texts.extend(args.iter().filter(|a| a.text.starts_with('+') && a.text.len() > 1).cloned());
    }
    if !texts.is_empty() {
        let taint = texts.iter().fold(Taint::default(), |all, text| all.with(crate::repl::run(m, name, text)));
        return Some(Data::unknown(taint, name));
    }
    if let Some(module) = opts.value(&["-m"]).filter(|_| name == "python").cloned() {
        let mut argv = vec![Arg { text: module.text.clone(), ..module.clone() }];
        argv.extend(args.iter().skip_while(|a| a.text != module.text).skip(1).cloned());
        return Some(match module.text.as_str() {
            "http.server" | "SimpleHTTPServer" | "RangeHTTPServer" | "uploadserver" | "pyftpdlib" => {
                crate::script_files::serve(m, head, &argv)
            }
            "py_compile" | "ast" | "tokenize" | "dis" | "platform" | "trace" | "base64" | "venv" | "json.tool"
            | "unittest" | "timeit" | "pdb" | "cProfile" | "this" | "calendar" | "zipfile" | "tarfile"
            | "ensurepip" | "compileall" | "pydoc" | "doctest" | "site" | "sysconfig" => {
                Data::unknown(Taint::default(), "python")
            }
            _ => m.call(&argv, stdin),
        });
    }
    if editor && !only_checks(name, &opts) {
        return None;
    }
    match args.get(start).cloned() {
        Some(_) if only_checks(name, &opts) => Some(Data::unknown(Taint::default(), name)),
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
                let code = Arg { text, taint: stdin.taint, span: head.span.clone() };
                let taint = crate::repl::run(m, name, &code);
                return Some(Data::unknown(taint, name));
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

/// The script is read and not run.
fn only_checks(name: &str, opts: &opts::Opts) -> bool {
    match name {
        "node" => opts.has(&["--check", "-c"]),
        "php" => opts.has(&["-l", "--syntax-check"]),
        "ruby" | "perl" | "raku" => opts.has(&["-c"]),
        "lua" | "luac" => opts.has(&["-p", "-l"]),
        "emacs" => opts.has(&["--batch"]) && opts.has(&["-f"]),
        _ => false,
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
    let mut found: Vec<String> = Vec::new();
    let mut joins = false;
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
        // `"a" + "b"` is one text.
        let mut ahead = chars.clone();
        let glue: String = std::iter::from_fn(|| ahead.next_if(|c| " +.<>&^~\n".contains(*c))).take(8).collect();
        let glued = matches!(glue.trim(), "+" | "." | ".." | "++" | "<>" | "&" | "^" | "~")
            && ahead.peek().is_some_and(|c| matches!(c, '"' | '\''));
        let joined = std::mem::replace(&mut joins, glued);
        match found.last_mut().filter(|_| joined) {
            Some(last) => last.push_str(&text),
            None => found.push(text),
        }
        if found.len() > 32 {
            break;
        }
    }
    found
}
