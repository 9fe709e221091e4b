//! One-line programs in Python, Perl, Ruby, Node, PHP, Lua, awk, sed and others: their literals count where they reach a sink.
//!
//! A light scanner, no grammar: names followed by a string literal. A dangerous string that reaches no sink is data.

use crate::effects::How;
use crate::ir::Span;
use crate::opts;
use crate::risk::Verb;
use crate::run::Machine;
use crate::shells::run_file;
use crate::value::{Arg, Data, Taint, UNKNOWN};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

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

/// What becomes of a literal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sink {
    Shell,
    Delete,
    DeleteTree,
    Write,
    Read,
    Eval,
    Net,
}

/// Names that take a literal, longest first where one contains another.
const SINKS: &[(&str, Sink)] = &[
    ("os.system", Sink::Shell),
    ("os.popen", Sink::Shell),
    ("os.exec", Sink::Shell),
    ("os.spawn", Sink::Shell),
    ("subprocess.", Sink::Shell),
    ("commands.getoutput", Sink::Shell),
    ("pty.spawn", Sink::Shell),
    ("execSync", Sink::Shell),
    ("execFileSync", Sink::Shell),
    ("spawnSync", Sink::Shell),
    ("child_process", Sink::Shell),
    ("shell_exec", Sink::Shell),
    ("passthru", Sink::Shell),
    ("proc_open", Sink::Shell),
    ("popen", Sink::Shell),
    ("do shell script", Sink::Shell),
    ("os.execute", Sink::Shell),
    ("io.popen", Sink::Shell),
    ("Open3", Sink::Shell),
    ("IO.popen", Sink::Shell),
    ("Kernel.exec", Sink::Shell),
    ("Process.spawn", Sink::Shell),
    ("spawn", Sink::Shell),
    ("system", Sink::Shell),
    ("exec", Sink::Shell),
    ("qx", Sink::Shell),
    (":!", Sink::Shell),
    ("shell-command", Sink::Shell),
    ("Deno.Command", Sink::Shell),
    ("$", Sink::Eval),
    ("shutil.rmtree", Sink::DeleteTree),
    ("rmtree", Sink::DeleteTree),
    ("remove_tree", Sink::DeleteTree),
    ("rm_rf", Sink::DeleteTree),
    ("rm_r", Sink::DeleteTree),
    ("rimraf", Sink::DeleteTree),
    ("fs.rmSync", Sink::DeleteTree),
    ("rmSync", Sink::DeleteTree),
    ("fs.rm", Sink::DeleteTree),
    ("rmdirSync", Sink::DeleteTree),
    ("rmdir", Sink::Delete),
    ("Deno.remove", Sink::DeleteTree),
    ("remove_entry_secure", Sink::DeleteTree),
    ("removeDir", Sink::DeleteTree),
    ("os.remove", Sink::Delete),
    ("os.unlink", Sink::Delete),
    ("unlinkSync", Sink::Delete),
    ("unlink", Sink::Delete),
    ("File.delete", Sink::Delete),
    ("FileUtils.rm", Sink::Delete),
    ("os.truncate", Sink::Write),
    ("writeFileSync", Sink::Write),
    ("writeFile", Sink::Write),
    ("file_put_contents", Sink::Write),
    ("File.write", Sink::Write),
    ("write_text", Sink::Write),
    ("write_bytes", Sink::Write),
    ("open", Sink::Read),
    ("readFileSync", Sink::Read),
    ("File.read", Sink::Read),
    ("file_get_contents", Sink::Read),
    ("eval", Sink::Eval),
    ("b64decode", Sink::Eval),
    ("fromhex", Sink::Eval),
    ("unpack", Sink::Eval),
    ("urlopen", Sink::Net),
    ("requests.", Sink::Net),
    ("socket", Sink::Net),
    ("net.connect", Sink::Net),
    ("TCPSocket", Sink::Net),
    ("fsockopen", Sink::Net),
    ("http.get", Sink::Net),
    ("fetch", Sink::Net),
    ("LWP", Sink::Net),
    ("Net::HTTP", Sink::Net),
    ("urllib", Sink::Net),
];

/// Runs a language's interpreter; nothing if `name` is none.
pub(crate) fn interpret(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    match name {
        "awk" | "gawk" | "mawk" | "nawk" => return Some(awk(m, head, args, stdin)),
        "sed" | "gsed" => return Some(sed(m, args, stdin)),
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
        texts.extend(args.iter().filter(|a| a.text.starts_with("+") && a.text.len() > 1).cloned());
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
            _ => m.call(argv, stdin),
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
            Some(run_file(m, &script, ShellType::Bash, stdin).clone()).map(|_| Data::unknown(Taint::FILE, name))
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

/// Judges a program by the literals that reach sinks.
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
    if text.contains("os.fork") && text.contains("while") {
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

fn sinks(m: &mut Machine<'_>, text: &str, span: &Span) {
    let mut from = 0;
    while let Some((at, name, sink)) = next_sink(text, from) {
        from = at + name.len().max(1);
        if sink == Sink::Net || sink == Sink::Eval {
            continue;
        }
        let after = text.get(from..).unwrap_or_default();
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
        for (index, piece) in text.split('`').enumerate() {
            if index % 2 == 1 && text.matches('`').count() > 1 {
                m.aside(|m| m.inner_text(piece, ShellType::Sh, &Data::default(), span));
            }
        }
    }
}

fn literal_path(m: &Machine<'_>, literals: &[String], fallback: &Arg) -> Arg {
    let path = literals.first().map_or(fallback.text.as_str(), |p| p.trim_start_matches(['>', '<', ' ']));
    let path = path.strip_prefix('~').map_or_else(|| path.to_owned(), |rest| format!("{}{rest}", m.home));
    Arg { text: crate::text::live_globs(&path), ..fallback.clone() }
}

/// The first sink at or after `from`: a name that is not the tail of a longer one.
fn next_sink(text: &str, from: usize) -> Option<(usize, &'static str, Sink)> {
    let rest = text.get(from..)?;
    SINKS
        .iter()
        .filter_map(|(name, sink)| {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let at = rest.match_indices(name).map(|(at, _)| at).find(|at| {
                let before = rest.get(..*at).and_then(|t| t.chars().next_back());
                let after = rest.get(at + name.len()..).and_then(|t| t.chars().next());
                !before.is_some_and(word) && (name.ends_with(['.', '!']) || !after.is_some_and(word))
            })?;
            Some((from + at, *name, *sink))
        })
        .min_by_key(|(at, name, _)| (*at, usize::MAX - name.len()))
}

/// The string literals of a piece of code.
fn literals(code: &str) -> Vec<String> {
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

fn awk(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let opts = opts::parse(args, &["-F", "-v", "-f", "--field-separator", "--assign", "--file"]);
    let (code, files) = if opts.has(&["-f", "--file"]) {
        (None, opts.operands.as_slice())
    } else {
        (opts.operands.first(), opts.operands.get(1..).unwrap_or_default())
    };
    let mut taint = stdin.taint;
    for file in files {
        taint = taint.with(m.read_file(file).taint);
    }
    if let Some(code) = code.cloned() {
        let text = crate::value::unglob(&code.text);
        for (at, _) in text.match_indices("system(") {
            let call = text.get(at + 7..).unwrap_or_default();
            let end = call.find(')').unwrap_or(call.len());
            let joined = literals(call.get(..end).unwrap_or_default()).join(" ");
            if joined.is_empty() {
                m.finding(
                    "interpreter-runs-unknown",
                    "execution",
                    RiskLevel::High,
                    &code.span,
                    "execute",
                    "system",
                    "runs a command that is not known before",
                );
            } else {
                let open = call.get(..end).unwrap_or_default().contains('$');
                let line = if open { format!("{joined} \"$_gap_\"") } else { joined };
                m.inner_text(&line, ShellType::Sh, &Data::default(), &code.span);
            }
        }
        for (mark, verb) in [(">>", Verb::Append), ("> ", Verb::Write), (">\"", Verb::Write)] {
            if let Some(at) = text.find(mark) {
                let tail = text.get(at..).unwrap_or_default().trim_start_matches(['>', ' ']);
                if tail.starts_with('"')
                    && let Some(path) = literals(tail).first()
                {
                    m.touch(verb, &Arg::known(path.clone(), code.span.clone()), How::ONE);
                }
            }
        }
        let pipes = text
            .match_indices('|')
            .filter(|(at, _)| text.get(at + 1..).is_some_and(|t| t.trim_start().starts_with('"')));
        for (at, _) in pipes.collect::<Vec<_>>() {
            if let Some(command) = literals(text.get(at + 1..).unwrap_or_default()).first() {
                let data = Data::unknown(Taint::FILE, "awk");
                m.inner_text(command, ShellType::Sh, &data, &code.span);
            }
        }
        if text.contains("/inet/") {
            m.finding(
                "reverse-shell",
                "remote-control",
                RiskLevel::High,
                &code.span,
                "connect",
                "the network",
                "opens a network connection from awk",
            );
        }
        if text.contains("| getline") || text.contains("|getline") {
            for command in literals(&text).iter().filter(|_| text.contains("getline")) {
                m.inner_text(command, ShellType::Sh, &Data::default(), &code.span);
            }
        }
    }
    let _ = head;
    Data::unknown(taint, "awk")
}

fn sed(m: &mut Machine<'_>, args: &[Arg], stdin: &Data) -> Data {
    let opts = opts::parse(args, &["-e", "-f", "--expression", "--file", "-l"]);
    let scripts: Vec<Arg> = opts.values(&["-e", "--expression"]).cloned().collect();
    let (script, files) = if scripts.is_empty() && !opts.has(&["-f", "--file"]) {
        (opts.operands.first().cloned().into_iter().collect(), opts.operands.get(1..).unwrap_or_default().to_vec())
    } else {
        (scripts, opts.operands.clone())
    };
    let in_place = opts.flags.iter().any(|(f, _)| f == "-i" || f.starts_with("--in-place") || f.starts_with("-i"));
    for text in &script {
        for line in text.text.split([';', '\n']) {
            let line = line.trim().trim_start_matches(|c: char| c.is_ascii_digit() || c == '$' || c == ',');
            if let Some(command) = line.strip_prefix("e ") {
                m.inner_text(command, ShellType::Sh, &Data::default(), &text.span);
            } else if let Some(path) = line.strip_prefix("w ") {
                m.touch(Verb::Write, &Arg::known(path.trim(), text.span.clone()), How::ONE);
            } else if line.starts_with('s')
                && line.rsplit(['/', '|', '#', ',']).next().is_some_and(|flags| flags.len() < 4 && flags.contains('e'))
            {
                m.finding(
                    "sed-executes",
                    "execution",
                    RiskLevel::High,
                    &text.span,
                    "execute",
                    "sed",
                    "runs every line it changed as a command",
                );
            }
        }
    }
    let mut taint = stdin.taint;
    for file in &files {
        if in_place {
            m.touch(Verb::Write, file, How::ONE);
        } else {
            taint = taint.with(m.read_file(file).taint);
        }
    }
    if in_place {
        Data::known("")
    } else {
        crate::evaluate::sed(&script, stdin).unwrap_or_else(|| Data::unknown(taint, "sed"))
    }
}
