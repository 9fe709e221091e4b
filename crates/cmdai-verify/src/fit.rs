//! Whether a command is written for the shell that will read it.
//!
//! Words that parse and still mean something else: commands of the shells of Windows in bash and the other way round, and
//! what bash and zsh have and sh has not.

use crate::check::{Check, CheckKind, Outcome, Report};
use crate::knowledge::{Knowledge, Presence};
use crate::packages;
use crate::verify::Query;
use cmdai_core::request::{Platform, ShellType};
use cmdai_safety::argv::{Form, Parsed};

/// Verbs with which the names of cmdlets begin.
const VERBS: &[&str] = &[
    "get",
    "set",
    "new",
    "remove",
    "add",
    "clear",
    "copy",
    "move",
    "rename",
    "select",
    "where",
    "foreach",
    "sort",
    "measure",
    "invoke",
    "start",
    "stop",
    "restart",
    "test",
    "write",
    "read",
    "out",
    "import",
    "export",
    "convertto",
    "convertfrom",
    "expand",
    "compress",
    "format",
    "group",
    "compare",
    "join",
    "split",
    "resolve",
    "enable",
    "disable",
    "install",
    "uninstall",
];
/// Names that PowerShell gives its own commands on every system or on Windows.
const ALIASES: &[&str] =
    &["ls", "rm", "cp", "mv", "cat", "ps", "kill", "pwd", "clear", "man", "diff", "sort", "find", "wget"];

/// The name of a shell in a sentence.
pub(crate) fn shell_name(shell: ShellType) -> &'static str {
    match shell {
        ShellType::PowerShell => "PowerShell",
        ShellType::Cmd => "cmd",
        other => other.name(),
    }
}

/// Checks every command of `parsed`.
pub(crate) fn check(command: &str, parsed: &Parsed, query: &Query<'_>, knowledge: &Knowledge, report: &mut Report) {
    let before = report.checks.len();
    let fail = |span: &std::ops::Range<usize>, name: &str, complaint: String| {
        Check::new(CheckKind::ShellFit, Outcome::Fail, span, name, complaint)
    };
    for simple in parsed.commands.iter().filter(|simple| !simple.elsewhere) {
        let Some(word) = simple.words.first() else { continue };
        let Some(name) = word.exact() else { continue };
        let Some(windows) = packages::on_windows(name) else {
            if is_cmdlet(name) && query.shell != ShellType::PowerShell && !is_here(name, query, knowledge) {
                let complaint = format!("`{name}` is a command of PowerShell, and this is {}", shell_name(query.shell));
                report.push(fail(&word.span, name, complaint));
            }
            continue;
        };
        let option = simple.words.iter().skip(1).find(|w| w.text.starts_with('-') && w.text.len() > 1);
        match query.shell {
            ShellType::PowerShell if query.platform == Platform::Windows && !ALIASES.contains(&name) => {
                let complaint = format!("`{name}` is no command of PowerShell on Windows; it has `{}`", windows.0);
                report.push(fail(&word.span, name, complaint).suggest(Some(windows.0.to_owned())));
            }
            ShellType::PowerShell if query.platform == Platform::Windows => {
                if let Some(option) = option.filter(|option| is_unix_option(&option.text)) {
                    let complaint =
                        format!("`{name}` is `{}` in PowerShell, which has no `{}`", windows.0, option.text);
                    report.push(fail(&option.span, name, complaint).suggest(Some(windows.0.to_owned())));
                }
            }
            ShellType::Cmd if !matches!(name, "find" | "sort") || option.is_some() => {
                let complaint = format!("`{name}` is no command of cmd; it has `{}`", windows.1);
                report.push(fail(&word.span, name, complaint).suggest(Some(windows.1.to_owned())));
            }
            _ => {}
        }
    }
    globstar(parsed, query, report);
    if query.shell == ShellType::Sh {
        more_than_sh(command, report);
    }
    if report.checks.len() == before {
        report.pass(CheckKind::ShellFit, &(0..command.len()), shell_name(query.shell));
    }
}

fn is_here(name: &str, query: &Query<'_>, knowledge: &Knowledge) -> bool {
    matches!(knowledge.presence(name, query.shell), Presence::Here(_) | Presence::Builtin)
}

/// `Get-ChildItem`: a verb and a noun with capitals.
fn is_cmdlet(name: &str) -> bool {
    name.split_once('-').is_some_and(|(verb, noun)| {
        verb.starts_with(|c: char| c.is_ascii_uppercase())
            && noun.starts_with(|c: char| c.is_ascii_uppercase())
            && VERBS.contains(&verb.to_lowercase().as_str())
    })
}

/// `-rf`, `-la`, `--all`: joined letters that begin no parameter.
fn is_unix_option(text: &str) -> bool {
    let parameters =
        ["-r", "-recurse", "-force", "-path", "-filter", "-include", "-exclude", "-name", "-file", "-directory"];
    let lower = text.to_lowercase();
    let known = parameters.iter().any(|known| known.starts_with(&lower)) || lower.contains(':');
    text.starts_with("--")
        || (!known
            && text.len() <= 4
            && ["-rf", "-fr", "-la", "-al", "-lh", "-lah", "-a", "-l", "-9", "-ef", "-rv", "-ltr"].contains(&text))
}

/// `**` is `*` in bash unless it was told otherwise.
fn globstar(parsed: &Parsed, query: &Query<'_>, report: &mut Report) {
    let told = parsed.commands.iter().any(|simple| simple.words.iter().any(|word| word.text == "globstar"));
    if !matches!(query.shell, ShellType::Bash | ShellType::Sh) || told {
        return;
    }
    let arguments = parsed.commands.iter().flat_map(|simple| &simple.words).chain(&parsed.words);
    for word in arguments.filter(|word| word.form == Form::Pattern && word.text.contains("**/") && !word.quoted) {
        let complaint = "`**` means no more than `*` in bash without `shopt -s globstar`".to_owned();
        let check = Check::new(CheckKind::ShellFit, Outcome::Warn, &word.span, word.text.as_str(), complaint);
        report.push(check.suggest(Some("find".to_owned())));
    }
}

/// What bash has and sh has not.
fn more_than_sh(command: &str, report: &mut Report) {
    let bare = unquoted(command);
    for (mark, instead) in [
        ("[[ ", "[ … ]"),
        ("<(", "a pipe"),
        ("<<<", "printf … |"),
        ("&>", "> FILE 2>&1"),
        ("source ", "."),
        ("=(", "positional parameters"),
        ("((", "[ … ] or $(( … ))"),
    ] {
        let found = bare.match_indices(mark).find(|(at, _)| {
            let before = bare.get(..*at).unwrap_or_default();
            let word = mark.ends_with(' ');
            let fresh = before.trim_end().is_empty()
                || before.trim_end().ends_with([';', '|', '&', '(', '{'])
                || before.ends_with(['\n']);
            let keyword =
                ["if", "while", "until", "then", "do", "!", "elif"].iter().any(|k| before.trim_end().ends_with(k));
            (!word || fresh || keyword) && !before.ends_with('$')
        });
        if let Some((at, _)) = found {
            let complaint = format!("`{}` is not part of sh; use {instead}", mark.trim());
            report.push(
                Check::new(
                    CheckKind::ShellFit,
                    Outcome::Warn,
                    &(at..at + mark.trim_end().len()),
                    mark.trim(),
                    complaint,
                )
                .suggest(Some(instead.to_owned())),
            );
        }
    }
}

/// The text with everything in quotes blanked, byte for byte.
pub(crate) fn unquoted(text: &str) -> String {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    text.chars()
        .map(|c| {
            let was = std::mem::take(&mut escaped);
            let inside = quote.is_some();
            match (c, quote) {
                _ if was => {}
                ('\\', None | Some('"')) => escaped = true,
                ('\'' | '"', None) => quote = Some(c),
                (c, Some(q)) if c == q => quote = None,
                _ => {}
            }
            if inside || was || quote.is_some() { " ".repeat(c.len_utf8()) } else { c.to_string() }
        })
        .collect()
}
