//! Goes through the commands of a text: is the program there, does it have the subcommand, and are its words right.
//!
//! Commands on other machines are left alone, because this machine's documentation says nothing of theirs; so are functions that
//! the text defines and names that a variable makes.

use crate::arity;
use crate::check::{Check, CheckKind, Outcome, Report};
use crate::knowledge::{Knowledge, Presence};
use crate::program::{Program, Trust};
use crate::walk::walk;
use crate::{builtins, nearest, options, packages, table, traps, verify::Query};
use cmdai_core::context::Userland;
use cmdai_core::request::{Platform, ShellType};
use cmdai_safety::argv::{Parsed, Simple, Word};

/// Subcommands of subcommands that are followed.
const MAX_SUBCOMMANDS: usize = 3;
/// Programs that only one system has, whatever is installed.
const MAC_ONLY: &[&str] = &[
    "pbcopy",
    "pbpaste",
    "sips",
    "diskutil",
    "launchctl",
    "mdfind",
    "mdls",
    "defaults",
    "osascript",
    "sw_vers",
    "caffeinate",
    "ditto",
    "say",
    "screencapture",
    "softwareupdate",
    "pmset",
    "scutil",
    "networksetup",
    "hdiutil",
    "plutil",
    "dscl",
    "textutil",
    "qlmanage",
    "tmutil",
    "vm_stat",
    "system_profiler",
    "xattr",
    "dscacheutil",
    "airport",
    "afplay",
];
const LINUX_ONLY: &[&str] = &[
    "free",
    "ip",
    "ss",
    "lsblk",
    "systemctl",
    "journalctl",
    "apt",
    "apt-get",
    "dpkg",
    "dnf",
    "yum",
    "pacman",
    "lscpu",
    "lspci",
    "lsusb",
    "nproc",
    "ionice",
    "useradd",
    "usermod",
    "groupadd",
    "userdel",
    "lsmod",
    "modprobe",
    "update-rc.d",
    "xdg-open",
    "hostnamectl",
    "timedatectl",
    "loginctl",
    "blkid",
    "findmnt",
    "ldconfig",
    "getent",
    "vmstat",
    "setfacl",
    "getfacl",
    "xclip",
    "pidof",
    "fallocate",
    "chattr",
    "lsattr",
    "shred",
    "tac",
];

/// Checks every command of `parsed`.
pub(crate) fn check(command: &str, parsed: &Parsed, query: &Query<'_>, knowledge: &Knowledge, report: &mut Report) {
    for (index, simple) in parsed.commands.iter().enumerate() {
        let Some(word) = simple.words.first() else { continue };
        // `\rm` is `rm` without its alias.
        let Some(written) = word.exact().map(|name| name.trim_start_matches('\\')) else { continue };
        if written.is_empty() {
            continue;
        }
        if simple.elsewhere || parsed.functions.iter().any(|name| name == written) {
            continue;
        }
        let name = written.rsplit('/').next().unwrap_or(written);
        let before = parsed.commands.get(..index).unwrap_or_default();
        if !exists(written, simple, before, query, knowledge, report) {
            continue;
        }
        if !query.shell.runs_unix_programs() || is_of_the_shell(command, word, name, query.shell) {
            continue;
        }
        words(name, simple, knowledge, report);
    }
}

/// Builtins that read their words in their own way, also where a program of the same name exists.
pub(crate) fn is_of_the_shell(command: &str, word: &Word, name: &str, shell: ShellType) -> bool {
    if shell == ShellType::Nu {
        // `^find` is the program, also where nushell has a `find` of its own.
        let program = command.get(word.span.start..).is_some_and(|text| text.starts_with('^'));
        return !program && builtins::has(name, shell);
    }
    let all =
        ["pwd", "echo", "printf", "test", "[", "cd", "read", "set", "type", "export", "eval", "exec", "time", "print"];
    let own: &[&str] = match shell {
        ShellType::Zsh => &["which", "history"],
        ShellType::Fish => &["realpath", "random", "string", "math", "contains", "history"],
        _ => &[],
    };
    all.contains(&name) || own.contains(&name)
}

/// Says whether the program is there; false if its words need no look.
fn exists(
    written: &str,
    simple: &Simple,
    before: &[Simple],
    query: &Query<'_>,
    knowledge: &Knowledge,
    report: &mut Report,
) -> bool {
    let span = simple.words.first().map_or(0..0, |word| word.span.clone());
    let fail = |complaint: String| Check::new(CheckKind::ProgramExists, Outcome::Fail, &span, written, complaint);
    if written.contains('/') || written.starts_with('~') {
        if knowledge.has_path(written) == Some(false) && written.starts_with('/') {
            report.push(fail(format!("there is no program `{written}` on this machine")));
            return false;
        }
        return true;
    }
    let presence = knowledge.presence(written, query.shell);
    let foreign = match query.platform {
        Platform::Linux => MAC_ONLY.contains(&written).then_some("macOS"),
        Platform::MacOs => LINUX_ONLY.contains(&written).then_some("Linux"),
        Platform::Windows => None,
    };
    let installs = |other: &Simple| {
        let says = |text: &str| other.words.iter().any(|word| word.text == text);
        let packages = packages::package(written).map(|p| [p.apt, p.dnf, p.pacman, p.brew]).unwrap_or_default();
        (says("install") || says("add") || says("-S")) && (says(written) || packages.iter().any(|name| says(name)))
    };
    match (presence, foreign) {
        (Presence::Builtin | Presence::Here(_), _) => report.pass(CheckKind::ProgramExists, &span, written),
        (_, Some(system)) => {
            let complaint =
                format!("`{written}` is a program of {system}, and this is {}", system_name(query.platform));
            let check = Check::new(CheckKind::Userland, Outcome::Fail, &span, written, complaint);
            report.push(check.suggest(packages::instead(written, query.platform).map(str::to_owned)));
            return false;
        }
        // What another file defines is not known.
        (Presence::Missing, _) if before.iter().any(reads_a_script) => {}
        (Presence::Missing, _) if before.iter().any(installs) => report.pass(CheckKind::ProgramExists, &span, written),
        (Presence::Missing, _) => {
            let package = packages::package(written);
            let hint = package.as_ref().map_or(String::new(), |package| format!("; {}", package.shown(query.platform)));
            let like = || {
                nearest::word(written, table::names()).filter(|near| {
                    nearest::likeness(written, near) >= 75
                        && matches!(knowledge.presence(near, query.shell), Presence::Here(_))
                })
            };
            let suggestion = match package {
                Some(package) => package.command(query.platform),
                None => like().map(str::to_owned),
            };
            report.push(fail(format!("there is no program `{written}` on this machine{hint}")).suggest(suggestion));
        }
        (Presence::Unknown, _) => {}
    }
    true
}

/// `source FILE`, `. FILE`, `eval …`.
fn reads_a_script(simple: &Simple) -> bool {
    matches!(simple.words.first().and_then(Word::exact), Some("source" | "." | "eval"))
}

fn system_name(platform: Platform) -> &'static str {
    match platform {
        Platform::Linux => "Linux",
        Platform::MacOs => "macOS",
        Platform::Windows => "Windows",
    }
}

/// Checks subcommand, options, values and operands of one command.
fn words(name: &str, simple: &Simple, knowledge: &Knowledge, report: &mut Report) {
    let userland = knowledge.userland_of(name);
    let Some(mut program) = knowledge.program(name) else { return };
    let mut start = 1;
    for _ in 0..MAX_SUBCOMMANDS {
        if program.subcommands.is_empty() {
            break;
        }
        // Options of these may stand on both sides of the subcommand.
        let lead = !matches!(name, "systemctl" | "journalctl");
        let walked = walk(simple, start, &program, lead);
        let Some(at) = walked.operands.first().copied() else { break };
        let Some(word) = simple.words.get(at) else { break };
        let Some(written) = word.exact() else { break };
        if !subcommand(&program, written, &word.span, knowledge, report) {
            return;
        }
        let Some(inner) = knowledge.program(&format!("{} {written}", program.name)) else {
            // The options of a subcommand nobody knows cannot be judged by those of the program, unless they are the same.
            if is_flat(name) {
                break;
            }
            options::check(&program, &walked.given, userland, report);
            return;
        };
        options::check(&program, &walked.given, userland, report);
        (program, start) = (inner, at + 1);
    }
    let walked = walk(simple, start, &program, false);
    options::check(&program, &walked.given, userland, report);
    arity::check(&program, simple, &walked, report);
    traps::check(&program.name, simple, &walked, userland, report);
}

/// Whether options belong to the program and may stand on both sides of the subcommand.
fn is_flat(name: &str) -> bool {
    matches!(name, "systemctl" | "apt-get" | "apt")
}

/// Says whether `program` has the subcommand; false if not.
fn subcommand(
    program: &Program,
    written: &str,
    span: &std::ops::Range<usize>,
    knowledge: &Knowledge,
    report: &mut Report,
) -> bool {
    let name = &program.name;
    if program.subcommands.iter().any(|known| known == written)
        || knowledge.has_plugin(&name.replace(' ', "-"), written)
    {
        report.pass(CheckKind::SubcommandExists, span, written);
        return true;
    }
    let near = nearest::word(written, program.subcommands.iter().map(String::as_str));
    let complete = program.subcommands_trust == Trust::Complete;
    // A list with gaps accuses only what looks like a slip of something on it.
    let slip = near.is_some_and(|near| nearest::likeness(written, near) >= 80 && near.len() > 3);
    let path_like = written.contains(['/', '.', '=', ':']) || written.starts_with('+');
    if !(complete || slip) || path_like {
        return false;
    }
    let hint = near.map_or(String::new(), |near| format!("; it has `{near}`"));
    let outcome = if complete { Outcome::Fail } else { Outcome::Warn };
    let complaint = format!("`{name}` has no subcommand `{written}`{hint}");
    let check = Check::new(CheckKind::SubcommandExists, outcome, span, format!("{name} {written}"), complaint);
    report.push(check.suggest(near.map(str::to_owned)));
    false
}

/// How the family is called in a sentence.
pub(crate) fn family_name(userland: Userland) -> &'static str {
    match userland {
        Userland::Gnu => "GNU",
        Userland::Bsd => "BSD",
        Userland::Busybox => "BusyBox",
        Userland::Windows => "Windows",
        Userland::Unknown => "",
    }
}
