//! Editors and pagers that are given commands: `:!`, `:w`, `:%!`, `:lua`, `call system()`, `+cmd`.
//!
//! What their own languages call is judged as a program by [`program`](crate::program).

use crate::effects::How;
use crate::program::program;
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data};
use cmdai_core::request::ShellType;

/// Commands that come before another one.
const BEFORE: &[&str] = &[
    "silent!",
    "silent",
    "sil!",
    "sil",
    "exe",
    "execute",
    "noautocmd",
    "noa",
    "keepalt",
    "verbose",
    "call",
    "bufdo",
    "argdo",
    "windo",
    "tabdo",
    "g",
    "autocmd",
    "au",
    "lockmarks",
    "sandbox",
    "normal",
    "eval",
    "echo",
    "let",
];

/// The commands of `-c`, `--cmd` and `+` for vi and its kin.
pub(crate) fn commands(m: &mut Machine<'_>, args: &[Arg]) {
    let mut files: Vec<Arg> = Vec::new();
    let mut given: Vec<Arg> = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let text = arg.text.as_str();
        // `-c`, also as the last of several letters: `-esc`.
        let letters = text.strip_prefix('-').and_then(|t| t.strip_suffix('c'));
        let command = letters.is_some_and(|t| t.len() < 8 && t.bytes().all(|b| b.is_ascii_alphabetic()));
        if command || matches!(text, "--cmd" | "-S") {
            given.extend(rest.next().cloned());
        } else if matches!(text, "-u" | "-p" | "-T" | "-w" | "-i") {
            rest.next();
        } else if let Some(command) = text.strip_prefix('+') {
            given.push(Arg { text: command.to_owned(), ..arg.clone() });
        } else if !arg.is_option() {
            files.push(arg.clone());
        }
    }
    for command in given {
        for line in command.text.split(['\n']).take(50) {
            ex(m, line, &command);
        }
    }
}

/// One command line of vi.
fn ex(m: &mut Machine<'_>, line: &str, at: &Arg) {
    let mut line = line.trim_start_matches([':', ' ', '\t']);
    for _ in 0..4 {
        let word = line.split(' ').next().unwrap_or_default();
        let Some(after) = BEFORE.contains(&word).then(|| line.get(word.len()..)).flatten() else { break };
        line = after.trim_start_matches([' ', ':', '\'', '"']);
    }
    // A range: `%`, `1,$`, `.`.
    let ranged = line.trim_start_matches(|c: char| c.is_ascii_digit() || "%,$.'<>".contains(c));
    let (word, rest) = ranged.split_once(' ').unwrap_or((ranged, ""));
    if let Some(command) = ranged.strip_prefix('!') {
        shell(m, command, at);
        return;
    }
    match word {
        "r" | "read" | "w" | "write" | "term" | "terminal" | "te"
            if rest.trim_start().starts_with('!') || word.starts_with("te") =>
        {
            shell(m, rest.trim_start_matches([' ', '!']), at);
        }
        "r" | "read" | "e" | "edit" | "sp" | "vs" | "tabe" => {
            m.read_file(&Arg { text: rest.trim().to_owned(), ..at.clone() });
        }
        "w" | "w!" | "write" | "write!" | "sav" | "saveas" | "saveas!" | "wq" | "wq!" | "x" | "up"
            if !rest.trim().is_empty() =>
        {
            m.touch(Verb::Write, &Arg { text: rest.trim().to_owned(), ..at.clone() }, How::ONE);
        }
        "lua" | "py" | "py3" | "python" | "python3" | "ruby" | "perl" | "luado" | "pyx" | "rubydo" | "tcl" => {
            program(m, &Arg { text: rest.to_owned(), ..at.clone() });
        }
        "so" | "source" | "luafile" | "pyfile" | "py3file" if rest.contains("://") => {
            m.read_file(&Arg { text: rest.trim().to_owned(), ..at.clone() });
        }
        _ if ranged.starts_with("writefile(") => {
            let path = ranged.rsplit_once(',').map_or("", |(_, rest)| rest).trim_matches([' ', ')', '"', '\'']);
            m.touch(Verb::Write, &Arg { text: path.to_owned(), ..at.clone() }, How::ONE);
        }
        // Functions of vim: `system("…")`, `delete("…")`, `writefile([…], "…")`, `job_start("…")`.
        _ if ranged.contains('(') || at.text.contains('(') => {
            program(m, &Arg { text: at.text.replace("v:lua.", "").replace('|', ";"), ..at.clone() });
        }
        _ => {
            if let Some((_, command)) = ranged.split_once("|!").or_else(|| ranged.split_once("| !")) {
                shell(m, command, at);
            }
        }
    }
}

fn shell(m: &mut Machine<'_>, command: &str, at: &Arg) {
    m.aside(|m| m.inner_text(command, ShellType::Sh, &Data::default(), &at.span));
}

/// `less +'!command'`, `more`, `most`, `man`.
pub(crate) fn pager(m: &mut Machine<'_>, args: &[Arg]) {
    for arg in args.iter().filter(|a| a.text.starts_with('+')) {
        let text = arg.text.trim_start_matches(['+', 'G', 'g', ' ']);
        if let Some(command) = text.strip_prefix('!').or_else(|| text.strip_prefix('|')) {
            shell(m, command, arg);
        }
    }
}
