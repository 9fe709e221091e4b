//! What an interpreter does beside running a program: files changed in place, directories served, commands of Tcl and `AppleScript`.

use crate::effects::How;
use crate::opts::{self, Opts};
use crate::paths::Class;
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Acts on the options of the interpreter; something if that is all it does.
pub(crate) fn beside(
    m: &mut Machine<'_>,
    name: &str,
    head: &Arg,
    args: &[Arg],
    opts: &Opts,
    start: usize,
) -> Option<Data> {
    match name {
        "perl" | "ruby"
            if opts.flags.iter().any(|(f, _)| f == "-i" || f.starts_with("-i") && !f.starts_with("-in")) =>
        {
            for file in args.get(start..).unwrap_or_default() {
                m.touch(Verb::Write, file, How::ONE);
            }
            None
        }
        // `ruby -run -e httpd DIR`
        "ruby" if args.iter().any(|a| matches!(a.text.as_str(), "httpd" | "-ehttpd")) => {
            Some(serve(m, head, args.get(start.saturating_sub(1)..)?))
        }
        "php" if args.iter().any(|a| a.text == "-S") => {
            let opts = opts::parse(args, &["-S", "-t", "-d"]);
            let here =
                opts.value(&["-S"]).is_some_and(|a| crate::network::is_here(&a.text) && !a.text.starts_with("0.0.0.0"));
            let dir = opts.value(&["-t"]).cloned().or_else(|| m.cwd.clone().map(|d| Arg::known(d, head.span.clone())));
            if let Some(dir) = dir.filter(|_| !here) {
                serve_directory(m, &dir);
            }
            Some(Data::default())
        }
        _ => None,
    }
}

/// A web server of a directory: the one that is named, else the current one.
pub(crate) fn serve(m: &mut Machine<'_>, head: &Arg, args: &[Arg]) -> Data {
    let opts = opts::parse(args, &["-d", "--directory", "-b", "--bind", "-p", "-e", "-w"]);
    let here = opts
        .value(&["-b", "--bind"])
        .is_some_and(|a| a.text.starts_with("127.") || matches!(a.text.as_str(), "localhost" | "::1"));
    let named = opts.value(&["-d", "--directory"]).cloned();
    let operand = opts.operands.iter().skip(1).find(|a| a.text.starts_with(['/', '.', '~'])).cloned();
    let current = || m.cwd.clone().map(|d| Arg::known(d, head.span.clone()));
    let Some(dir) = named.or(operand).or_else(current) else { return Data::default() };
    if !here || m.place(&dir.text).class >= Class::Home {
        serve_directory(m, &dir);
    }
    Data::unknown(Taint::default(), "a server")
}

/// Languages in which a command stands without quotes.
pub(crate) fn bare_commands(m: &mut Machine<'_>, name: &str, code: &Arg) {
    let text = code.text.clone();
    if name == "expect" {
        crate::repl::typed(m, code);
    }
    match name {
        "tclsh" | "wish" | "expect" => {
            for line in text.split([';', '\n', '[', ']']).take(200) {
                let line = line.trim().trim_start_matches("catch {");
                if let Some(command) = line.strip_prefix("exec ").or_else(|| line.strip_prefix("spawn ")) {
                    m.aside(|m| m.inner_text(command, ShellType::Sh, &Data::default(), &code.span));
                } else if let Some(rest) = line.strip_prefix("open ").filter(|r| r.contains(" w") || r.contains(" a")) {
                    let path = rest.split_whitespace().next().unwrap_or_default().trim_matches(['"', '{', '}']);
                    m.touch(Verb::Write, &Arg::known(path, code.span.clone()), How::ONE);
                } else if let Some(rest) = line.strip_prefix("file rename") {
                    for path in rest.split_whitespace().filter(|w| !w.starts_with('-')).take(1) {
                        m.touch(
                            Verb::Move,
                            &Arg::known(path.trim_matches(['"', '{', '}']), code.span.clone()),
                            How::ONE,
                        );
                    }
                } else if let Some(rest) = line.strip_prefix("file delete") {
                    let home = m.home.clone();
                    for path in rest.split_whitespace().filter(|w| !w.starts_with('-')).take(8) {
                        let path = path.trim_matches(['"', '{', '}']).replacen('~', &home, 1);
                        m.touch(
                            Verb::Delete,
                            &Arg::known(crate::text::live_globs(&path), code.span.clone()),
                            How::TREE,
                        );
                    }
                }
            }
        }
        "m4" => {
            for (_, rest) in ["syscmd(", "esyscmd("].iter().filter_map(|w| text.split_once(w)) {
                let command = rest.split(')').next().unwrap_or_default();
                m.aside(|m| m.inner_text(command, ShellType::Sh, &Data::default(), &code.span));
            }
        }
        "ipython" | "ipython3" => {
            for line in text.lines().take(100) {
                let command = ["!!", "!", "%sx ", "%system ", "%%bash", "%%sh"]
                    .iter()
                    .find_map(|mark| line.trim().strip_prefix(mark));
                let command = command.or_else(|| line.trim().strip_prefix('%'));
                if let Some(command) = command {
                    m.aside(|m| m.inner_text(command, ShellType::Sh, &Data::default(), &code.span));
                }
            }
        }
        "osascript"
            if ["shut down", "restart", "log out", "sleep"].iter().any(|w| text.contains(w))
                && text.contains("tell ") =>
        {
            m.finding(
                "apple-power",
                "power",
                RiskLevel::High,
                &code.span.clone(),
                "power",
                "this machine",
                "ends the session or stops the machine",
            );
        }
        "osascript" if text.contains("delete") || text.contains("erase") || text.contains("empty") => {
            let home = m.home.clone();
            let wide =
                [" home", "startup disk", "every disk", "documents folder", "desktop"].iter().any(|w| text.contains(w));
            if wide {
                m.touch(
                    Verb::Delete,
                    &Arg::known(home, code.span.clone()),
                    How { recursive: true, filtered: true, ..How::ONE },
                );
            }
        }
        _ => {}
    }
}

/// Everybody who can reach this machine may read what is below `dir`.
pub(crate) fn serve_directory(m: &mut Machine<'_>, dir: &Arg) {
    let class = m.place(&dir.text).class;
    let wide = class >= Class::History || crate::outward::is_private(&m.place(&dir.text), &m.home);
    m.finding(
        if wide { "serve-home" } else { "serve-directory" },
        "exfiltration",
        if wide { RiskLevel::High } else { RiskLevel::Moderate },
        &dir.span.clone(),
        "listen",
        &dir.text,
        if wide {
            "lets other machines read a home directory or the system, with the keys in it"
        } else {
            "lets other machines read this directory"
        },
    );
}
