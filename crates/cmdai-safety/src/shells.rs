//! Programs that run text: shells, and interpreters whose literals reach a sink.
//!
//! What is run decides: a known text is judged again, data from the network or out of a decoder is critical, the rest is high.

use crate::ir::Span;
use crate::opts;
use crate::run::Machine;
use crate::script_lang;
use crate::value::{Arg, Data, Taint, has_gap};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// The shell a program name stands for.
pub(crate) fn shell_of(name: &str) -> Option<ShellType> {
    Some(match name {
        "sh" | "dash" | "ash" | "ksh" | "mksh" | "posh" | "ksh93" | "pdksh" => ShellType::Sh,
        // The others are near enough to bash for what matters here.
        "bash" | "rbash" | "-bash" | "csh" | "tcsh" | "xonsh" | "elvish" | "oil" | "osh" => ShellType::Bash,
        "zsh" | "rzsh" => ShellType::Zsh,
        "fish" => ShellType::Fish,
        "nu" => ShellType::Nu,
        "pwsh" | "powershell" => ShellType::PowerShell,
        "cmd" => ShellType::Cmd,
        _ => return None,
    })
}

/// Runs an interpreter; nothing if `name` is none.
pub(crate) fn interpret(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    match shell_of(name) {
        Some(ShellType::PowerShell) => Some(powershell(m, head, args, stdin)),
        Some(ShellType::Cmd) => {
            let at = args.iter().position(|a| {
                a.text.len() == 2
                    && (a.text.eq_ignore_ascii_case("/c")
                        || a.text.eq_ignore_ascii_case("/k")
                        || a.text.eq_ignore_ascii_case("/r"))
            })?;
            let text: Vec<&str> = args.iter().skip(at + 1).map(|a| a.text.as_str()).collect();
            Some(m.aside(|m| m.inner_text(&text.join(" "), ShellType::Cmd, stdin, &head.span)))
        }
        Some(shell) => Some(m.aside(|m| posix(m, shell, head, args, stdin))),
        None => script_lang::interpret(m, name, head, args, stdin),
    }
}

fn posix(m: &mut Machine<'_>, shell: ShellType, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let (opts, start) = opts::parse_leading(args, &["-o", "-O", "--rcfile", "--init-file", "-C", "--init-command"]);
    let rest = args.get(start..).unwrap_or_default();
    let letters = |letter: &str| opts.flags.iter().any(|(flag, _)| flag == letter);
    if let Some(file) = opts.value(&["--rcfile", "--init-file"]).cloned() {
        run_file(m, &file, shell, stdin);
    }
    if letters("-c") || letters("--command") {
        let Some(text) = rest.first() else { return Data::default() };
        for (index, arg) in rest.iter().skip(1).enumerate() {
            m.vars.insert(index.to_string(), crate::expand::Value::one(arg.text.clone(), arg.taint));
        }
        let texts: Vec<String> = rest.iter().skip(2).map(|a| a.text.clone()).collect();
        m.vars.insert("@".to_owned(), crate::expand::Value { texts, taint: Taint::default(), array: true });
        let data = Data { text: Some(crate::value::unglob(&text.text)), taint: text.taint, from: "-c".to_owned() };
        return run_data(m, &data, shell, &text.span.clone(), stdin);
    }
    if let Some(script) = rest.first().filter(|_| !letters("-s")) {
        if opts.has(&["-n"]) {
            return Data::default();
        }
        return run_file(m, &script.clone(), shell, stdin);
    }
    if letters("-n") {
        return Data::default();
    }
    if m.to_network {
        m.finding(
            "reverse-shell",
            "remote-control",
            RiskLevel::Critical,
            &head.span.clone(),
            "connect",
            "a shell",
            "gives another machine a shell on this one",
        );
        return Data::default();
    }
    if opts.has(&["--version", "--help"])
        || (stdin.text.is_none() && stdin.taint == Taint::default() && stdin.from.is_empty())
    {
        return Data::default();
    }
    let data = run_data(m, stdin, shell, &head.span.clone(), &Data::default());
    if stdin.text.is_none() { Data { from: "a shell".to_owned(), ..data } } else { data }
}

/// Runs data as a program of `shell`.
pub(crate) fn run_data(m: &mut Machine<'_>, data: &Data, shell: ShellType, span: &Span, stdin: &Data) -> Data {
    let from = if data.from.is_empty() { "another command" } else { data.from.as_str() };
    if data.taint.has(Taint::NET) {
        m.advise(
            "network-to-shell",
            "execution",
            RiskLevel::Critical,
            span,
            "execute",
            from,
            "runs what the network sends without anybody having read it",
            "curl -fsSLo script.sh https://example.org/script.sh",
            "",
        );
        return Data::default();
    }
    if let Some(text) = &data.text {
        if crate::paths::is_all_gap(text) {
            unknown_text(m, data, span, from);
            return Data::default();
        }
        let before = m.findings.len();
        let text = crate::value::unglob(text);
        let result = if has_gap(&text) {
            // A gap inside a text may hold anything, also further commands.
            m.finding(
                "partly-unknown-text",
                "execution",
                RiskLevel::Moderate,
                span,
                "execute",
                from,
                "runs a text of which a part is not known before",
            );
            let holes = text.replace([crate::value::UNKNOWN, crate::value::MAYBE], "${_gap_}");
            m.in_mass(data.taint.has(Taint::LIST), |m| m.inner_text(&holes, shell, stdin, span))
        } else {
            m.inner_text(&text, shell, stdin, span)
        };
        if data.taint.has(Taint::DECODED) {
            let worst = m.findings.iter().skip(before).map(|f| f.risk).max().unwrap_or(RiskLevel::Safe);
            // What is known to the last letter is no longer hidden.
            let plain = !has_gap(&text) && worst == RiskLevel::Safe && !data.taint.has(Taint::SECRET);
            let risk = match worst {
                _ if plain => RiskLevel::Safe,
                worst if worst >= RiskLevel::High => RiskLevel::Critical,
                _ => RiskLevel::High,
            };
            m.finding(
                "decoded-to-shell",
                "execution",
                risk,
                span,
                "execute",
                from,
                "hides what it runs behind an encoding",
            );
        }
        return result;
    }
    unknown_text(m, data, span, from);
    Data::default()
}

fn unknown_text(m: &mut Machine<'_>, data: &Data, span: &Span, from: &str) {
    let risk = if data.taint.has(Taint::DECODED) { RiskLevel::Critical } else { RiskLevel::High };
    let why = if data.taint.has(Taint::DECODED) {
        "hides what it runs behind an encoding"
    } else {
        "runs a text that is not known before"
    };
    m.not_understood("a text that is run is not known");
    m.finding("unknown-to-shell", "execution", risk, span, "execute", from, why);
}

/// Runs a script file.
pub(crate) fn run_file(m: &mut Machine<'_>, script: &Arg, shell: ShellType, stdin: &Data) -> Data {
    if script.text == "-" || script.text == "/dev/stdin" {
        return run_data(m, stdin, shell, &script.span.clone(), &Data::default());
    }
    if m.network_path(script) {
        let data = Data::unknown(Taint::NET, script.shown());
        return run_data(m, &data, shell, &script.span.clone(), stdin);
    }
    let place = m.place(&script.text);
    if let Some(data) = m.files.get(&place.path).cloned() {
        let known = if data.from.is_empty() { Data { from: script.shown(), ..data } } else { data };
        if m.starts_itself(&place.path, &script.span.clone()) {
            return Data::default();
        }
        m.vars.insert("0".to_owned(), crate::expand::Value::one(place.path.clone(), Taint::default()));
        m.calls.push(place.path);
        let data = run_data(m, &known, shell, &script.span.clone(), stdin);
        m.calls.pop();
        return data;
    }
    if script.text.contains("://") || m.downloaded {
        m.advise(
            "downloaded-to-shell",
            "execution",
            if script.text.contains("://") { RiskLevel::Critical } else { RiskLevel::High },
            &script.span.clone(),
            "execute",
            &script.text,
            "runs a script after something was downloaded",
            "",
            "",
        );
        return Data::default();
    }
    let risk = match place.class {
        crate::paths::Class::Temp | crate::paths::Class::TempRoot => RiskLevel::High,
        crate::paths::Class::Sink => RiskLevel::Safe,
        _ if is_settings(&script.text) => RiskLevel::Safe,
        _ => RiskLevel::Moderate,
    };
    m.advise(
        "script-file",
        "execution",
        risk,
        &script.span.clone(),
        "execute",
        &script.text,
        "runs a script whose contents were not judged",
        &format!("less {}", crate::effects::quote(&script.shown())),
        "",
    );
    Data::unknown(Taint::FILE, script.shown())
}

/// Files a shell reads at every start, and the usual way into a virtual environment.
fn is_settings(path: &str) -> bool {
    [
        "/activate",
        ".bashrc",
        ".zshrc",
        ".profile",
        ".bash_profile",
        "config.fish",
        "/activate.fish",
        "nvm.sh",
        "/.cargo/env",
    ]
    .iter()
    .any(|end| path.ends_with(end))
}

fn powershell(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        let lower = arg.text.trim_start_matches(['-', '/']).to_lowercase();
        let option = arg.text.starts_with(['-', '/']) && !lower.is_empty();
        if option && "encodedcommand".starts_with(&lower) && (lower.starts_with('e') && lower != "ex")
            || lower == "ec" && option
        {
            let decoded = args.get(at + 1).and_then(|a| a.exact()).and_then(crate::decode::utf16_base64);
            let data = Data { text: decoded, taint: Taint::DECODED, from: "-EncodedCommand".to_owned() };
            return run_data(m, &data, ShellType::PowerShell, &arg.span.clone(), stdin);
        }
        if option && "command".starts_with(&lower) {
            let text: Vec<&str> = args.iter().skip(at + 1).map(|a| a.text.as_str()).collect();
            let text = text.join(" ");
            if text == "-" {
                return run_data(m, stdin, ShellType::PowerShell, &arg.span.clone(), &Data::default());
            }
            return m.aside(|m| m.inner_text(&text, ShellType::PowerShell, stdin, &arg.span));
        }
        if option && "file".starts_with(&lower) {
            return args
                .get(at + 1)
                .cloned()
                .map_or_else(Data::default, |file| run_file(m, &file, ShellType::PowerShell, stdin));
        }
        let valued = option
            && [
                "executionpolicy",
                "windowstyle",
                "version",
                "inputformat",
                "outputformat",
                "workingdirectory",
                "configurationname",
                "ex",
                "ep",
                "w",
            ]
            .iter()
            .any(|o| o.starts_with(&lower));
        if !option {
            if arg.text.to_lowercase().ends_with(".ps1") {
                return run_file(m, &arg.clone(), ShellType::PowerShell, stdin);
            }
            let text: Vec<&str> = args.iter().skip(at).map(|a| a.text.as_str()).collect();
            return m.aside(|m| m.inner_text(&text.join(" "), ShellType::PowerShell, stdin, &arg.span));
        }
        at += 1 + usize::from(valued);
    }
    if stdin.text.is_some() || stdin.taint != Taint::default() {
        return run_data(m, stdin, ShellType::PowerShell, &head.span.clone(), &Data::default());
    }
    Data::default()
}
