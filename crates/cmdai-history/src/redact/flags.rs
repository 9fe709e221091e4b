//! Flags whose value is the next word, and the arguments of known programs.

use super::Span;
use super::names::{self, Kind};
use super::programs::{PROGRAMS, Program, Takes};
use super::prose;
use super::refer::names_secret;
use super::shell::{Command, Line, Word};
use super::text::slice;
use super::value::{is_digest, is_random, looks_secret, stands_in};

pub(super) fn find(line: &Line<'_>, spans: &mut Vec<Span>) {
    for command in &line.commands {
        long_flags(line.text, command, spans);
        settings(line.text, command, spans);
        if only_looks(command) {
            continue;
        }
        let mut previous = "";
        for (at, word) in command.words.iter().enumerate() {
            let name = program_name(&word.text);
            let words = command.words.get(at + 1..).unwrap_or_default();
            // `--name mysql` runs nothing.
            if !NAMING.contains(&previous) && !words.is_empty() {
                let spoken = previous.starts_with(|c: char| c.is_ascii_alphabetic()) && !prose::may_be_value(previous);
                for program in PROGRAMS.iter().filter(|p| p.names.contains(&name)) {
                    arguments(line.text, program, own(program, words), spoken, spans);
                }
            }
            previous = &word.text;
        }
    }
}

/// The program that a word runs; the last part of another path names a file, as in `/etc/passwd`.
pub(super) fn program_name(word: &str) -> &str {
    match word.rsplit_once('/') {
        Some((place, name)) if place.ends_with("bin") || place == "." => name,
        _ => word,
    }
}

/// Programs whose arguments are names of programs.
#[rustfmt::skip]
const LOOKS: &[&str] = &[
    "apt", "apt-get", "apt-cache", "dnf", "yum", "pacman", "apk", "zypper", "brew", "snap", "choco", "winget", "scoop",
    "dpkg", "rpm", "man", "which", "whereis", "whatis", "type", "tldr", "pipx", "nix-env", "port", "emerge",
];
/// Flags whose operand is a name or a place.
#[rustfmt::skip]
const NAMING: &[&str] = &[
    "--name", "--hostname", "--network-alias", "--net-alias", "--user", "-u", "-U", "--database", "--service",
    "--image", "-n", "--stdin-name", "--vault-id", "--encrypt-vault-id", "--vault-password-file",
    "--vault-pass-file", "--output", "--registry", "--index", "--stack", "-s", "--config", "--profile", "--region",
    "--app", "--server", "--url", "--role", "--digits", "-d", "--config-file", "--cwd", "--method", "--code",
    "--passwordenv", "--passwordfile",
];

fn only_looks(command: &Command) -> bool {
    let first = command.words.iter().map(|w| program_name(&w.text)).find(|n| !matches!(*n, "sudo" | "doas"));
    first.is_some_and(|name| LOOKS.contains(&name))
}

/// The words that are the program's own: behind `sshpass` and its flags another program begins.
fn own<'a>(program: &Program, words: &'a [Word]) -> &'a [Word] {
    if !program.names.contains(&"sshpass") {
        return words;
    }
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|w| w.text.starts_with('-')) {
        at += 1 + usize::from(matches!(word.text.as_str(), "-p" | "-f" | "-d" | "-P"));
    }
    words.get(..at.min(words.len())).unwrap_or_default()
}

/// Programs to which `--secret NAME` and the like is a name.
const NAMES_SECRETS: &[&str] = &[
    "docker", "podman", "buildah", "nerdctl", "gcloud", "kubectl", "fly", "flyctl", "modal", "gh", "aws", "az",
    "pulumi", "nomad", "oc", "wrangler",
];
/// Programs whose short flags take a text to look for.
const SEEKS: &[&str] = &["git", "grep", "egrep", "fgrep", "rg", "ag", "ack", "sed", "awk", "find"];
/// Programs whose `--password` takes its value only behind a `=`.
const ASKS: &[&str] = &[
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mariadb",
    "psql",
    "pg_dump",
    "pg_restore",
    "createdb",
    "dropdb",
    "pg_basebackup",
];

/// `--password X`, `-storepass X`, `/password X`.
fn long_flags(text: &str, command: &Command, spans: &mut Vec<Span>) {
    let uses = |list: &[&str]| command.words.iter().any(|w| list.contains(&program_name(&w.text)));
    let (names, asks, seeks) = (uses(NAMES_SECRETS), uses(ASKS), uses(SEEKS));
    let glued = glued_flags(command);
    for pair in command.words.windows(2) {
        let [flag, value] = pair else { continue };
        let name = flag.text.trim_start_matches('-');
        let long = flag.text.starts_with("--") || flag.text.starts_with('-') && name.len() >= 4;
        let named = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        // `git log -S'token' main` looks for the word.
        let sought = flag.span.len() != flag.text.len() || !flag.text.starts_with("--") && seeks;
        if !long
            || !named
            || sought
            || value.text.starts_with('-')
            || glued.iter().any(|start| !flag.text.starts_with("--") && flag.text.starts_with(start))
        {
            continue;
        }
        let Some(kind) = names::secret_flag(name) else { continue };
        let mut content = value.content();
        if value.text.starts_with("pass:") {
            content.start += 5;
        }
        let shown = slice(text, content.start, content.end);
        let number =
            shown.len() < if kind == Kind::Password { 3 } else { 6 } && shown.bytes().all(|b| b.is_ascii_digit());
        let standing = number || stands_in(text, content.start, content.end);
        if is_mount(shown) || standing || is_substitution(value) || !prose::may_be_value(shown) {
            continue;
        }
        // A secret that is called by its name, and a key that is a file.
        if (kind == Kind::Secret || name.ends_with("private-key")) && names_secret(shown) {
            continue;
        }
        let names_one = kind == Kind::Secret && (name == "secret" || names) || kind == Kind::Password && asks;
        let sure = match kind {
            Kind::Weak | Kind::Cookie => is_random(shown),
            _ => !names_one || looks_secret(shown),
        };
        if sure {
            spans.push(Span::new(content.start, content.end, "flag", kind.name()));
        }
    }
}

/// `id=x,src=y`, `source=x`, `x,type=env`: which secret, and where it appears.
fn is_mount(shown: &str) -> bool {
    shown.split(',').any(|part| ["id=", "source=", "src=", "type=", "target="].iter().any(|f| part.starts_with(f)))
}

/// How programs of a command begin a flag that holds its value, as in `-pX`: what follows is no value of it.
fn glued_flags(command: &Command) -> Vec<&'static str> {
    let mut starts = Vec::new();
    for program in PROGRAMS.iter().filter(|p| p.needs.is_empty()) {
        let start = program.takes.iter().find_map(|takes| match takes {
            Takes::Glued(start) | Takes::Either(start) => Some(*start),
            _ => None,
        });
        if let Some(start) = start
            && command.words.iter().any(|w| program.names.contains(&program_name(&w.text)))
        {
            starts.push(start);
        }
    }
    starts
}

/// The word is, or holds, the output of another command.
fn is_substitution(word: &Word) -> bool {
    word.text.contains("$(")
}

/// Programs that keep settings: `npm config set NAME VALUE`, `setx NAME VALUE`, `set -x NAME VALUE`.
#[rustfmt::skip]
const SETTERS: &[&str] = &[
    "aws", "npm", "yarn", "pnpm", "git", "pip", "poetry", "set", "setx", "setenv", "gcloud", "doctl", "heroku",
    "fly", "firebase", "wp", "occ", "drush", "etcdctl", "consul", "gsettings", "doppler", "conda", "ansible-vault",
    "bundle", "snowsql", "oci", "hub", "pulumi", "vault", "dvc", "kaggle", "rclone", "mc", "launchctl",
];

fn settings(text: &str, command: &Command, spans: &mut Vec<Span>) {
    let Some(at) = command.words.iter().position(|w| SETTERS.contains(&program_name(&w.text))) else { return };
    let words = command.words.get(at..).unwrap_or_default();
    let program = words.first().map_or("", |w| program_name(&w.text));
    let sets = matches!(program, "set" | "setx" | "setenv")
        || words.iter().any(|w| matches!(w.text.as_str(), "set" | "config" | "configure" | "setenv" | "put"));
    // `git sparse-checkout set api.key`
    if !sets || program == "git" && words.get(1).is_none_or(|w| w.text != "config") {
        return;
    }
    // What the shell sets is the first operand: in `set the token limit` it is another.
    let shell = matches!(program, "set" | "setx" | "setenv");
    let flags = words.iter().skip(1).take_while(|w| w.text.starts_with('-')).count();
    for pair in words.windows(2).skip(1 + flags * usize::from(shell)).take(if shell { 1 } else { usize::MAX }) {
        let [name, value] = pair else { continue };
        let named = !name.text.starts_with('-')
            && !name.text.contains('=')
            && name.text.contains(|c: char| c.is_ascii_uppercase() || matches!(c, '_' | '.' | '-' | ':'))
            || matches!(program, "set" | "setx" | "setenv" | "heroku")
                && !name.text.starts_with('-')
                && !name.text.contains('=');
        let Some(kind) = names::secret(&name.text).filter(|k| named && !matches!(k, Kind::Cookie)) else { continue };
        let content = value.content();
        let shown = slice(text, content.start, content.end);
        // `set the token limit`: what is written like a word of plain language tells less.
        let spoken = !name.text.contains(|c: char| !c.is_ascii_lowercase()) && !looks_secret(shown);
        let plain = spoken
            || stands_in(text, content.start, content.end)
            || is_substitution(value)
            || value.text.starts_with('-')
            || !prose::may_be_value(shown);
        if !plain && (kind != Kind::Weak || is_random(shown)) {
            spans.push(Span::new(content.start, content.end, "setting", kind.name()));
        }
    }
}

fn arguments(text: &str, program: &Program, words: &[Word], spoken: bool, spans: &mut Vec<Span>) {
    let Some(after) = needed(program.needs, words) else { return };
    let mut add = |start: usize, end: usize| {
        let shown = slice(text, start, end);
        if !stands_in(text, start, end) && !shown.contains("$(") && !is_ports(shown) && start < end {
            spans.push(Span::new(start, end, "program-flag", program.kind));
        }
    };
    for takes in program.takes {
        match *takes {
            // In a sentence only flags are sure.
            Takes::Behind(_) | Takes::Argument(_) | Takes::Last(_) if spoken => {}
            Takes::Next(flag) => next(words, flag, &mut add),
            Takes::Glued(flag) => glued(text, words, flag, &mut add),
            Takes::Either(flag) => {
                next(words, flag, &mut add);
                glued(text, words, flag, &mut add);
            }
            Takes::User(flag, separators) => user(text, words, flag, separators, &mut add),
            Takes::Begins(start) => {
                for word in words.iter().filter(|w| w.text.starts_with(start) && w.text.len() > start.len()) {
                    let content = word.content();
                    add(content.start + start.len(), content.end);
                }
            }
            Takes::Behind(name) => {
                for pair in words.windows(2) {
                    if let [before, word] = pair
                        && before.text == name
                        && !word.text.starts_with('-')
                        && prose::may_be_value(&word.text)
                    {
                        add(word.content().start, word.content().end);
                    }
                }
            }
            Takes::Argument(number) => {
                let mut plain = operands(words.get(after..).unwrap_or_default());
                if let Some(word) = plain.nth(number - 1).filter(|w| secret_argument(program, w)) {
                    add(word.content().start, word.content().end);
                }
            }
            Takes::Last(least) => {
                let behind = words.get(after..).unwrap_or_default();
                let method =
                    |at: usize| at.checked_sub(1).and_then(|at| behind.get(at)).is_some_and(|w| is_method(&w.text));
                let kept = behind.iter().enumerate().filter(|(at, w)| !w.text.starts_with('-') && !method(*at));
                let plain: Vec<&Word> = kept.map(|(_, w)| w).collect();
                if let Some(word) = plain.last().filter(|w| plain.len() >= least && !w.text.is_empty()) {
                    add(word.content().start, word.content().end);
                }
            }
        }
    }
}

/// Flags of programs that hash a password, whose operand says how.
fn is_method(flag: &str) -> bool {
    matches!(flag, "-m" | "--method" | "-S" | "--salt" | "-salt" | "-R" | "--rounds" | "-in" | "-stdin-name")
}

/// The words that are neither flags nor what a flag names.
fn operands(words: &[Word]) -> impl Iterator<Item = &Word> {
    let named = |at: usize| {
        at.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|w| !w.quoted && NAMING.contains(&w.text.as_str()))
    };
    words.iter().enumerate().filter(move |(at, w)| !w.text.starts_with(['-', '/']) && !named(*at)).map(|(_, w)| w)
}

/// `8080:80`, `127.0.0.1:80:80/tcp`: ports, which have flags like passwords.
fn is_ports(shown: &str) -> bool {
    let shown = shown.trim_end_matches("/tcp").trim_end_matches("/udp");
    shown.contains(':') && shown.bytes().all(|b| b.is_ascii_digit() || b".:-".contains(&b))
}

/// Arguments that are no secret in spite of their place: `method=oidc`, `net user ada /delete`, words of plain language.
fn secret_argument(program: &Program, word: &Word) -> bool {
    let text = word.text.as_str();
    let setting = text.contains('=') && program.names.contains(&"vault");
    let token = program.kind == "token" || program.kind == "key";
    !setting
        && !text.contains(['{', '\\'])
        && prose::may_be_value(text)
        && (!token || looks_secret(text) || is_random(text) || is_digest(text) && text.len() >= 20)
        && !text.eq("*")
}

/// The place behind the last of the needed words, if all are there in this order.
fn needed(needs: &[&str], words: &[Word]) -> Option<usize> {
    // A service that is called `login`.
    let runs = |word: &Word| matches!(word.text.as_str(), "compose" | "run" | "exec" | "build" | "logs" | "stack");
    if needs.contains(&"login") && words.first().is_some_and(runs) {
        return None;
    }
    let mut at = 0;
    for need in needs {
        // `-*b` stands for a cluster of short flags with a `b` in it.
        let letter = need.strip_prefix("-*");
        let fits = |word: &Word| match letter {
            Some(letter) => word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains(letter),
            None => word.text == *need,
        };
        if need.starts_with("--") {
            // A long flag may stand anywhere.
            words.iter().position(fits)?;
            continue;
        }
        at += words.get(at..)?.iter().position(fits)? + 1;
    }
    Some(at)
}

fn next(words: &[Word], flag: &str, add: &mut impl FnMut(usize, usize)) {
    for pair in words.windows(2) {
        if let [before, word] = pair
            && before.text == flag
            && !word.text.starts_with('-')
        {
            add(word.content().start, word.content().end);
        }
    }
}

/// 1 where one pair of quotes holds all of it: they stay.
fn rest_quote(rest: &str) -> usize {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    usize::from(rest.len() > 2 && quote.is_some_and(|q| rest.ends_with(q) && rest.matches(q).count() == 2))
}

fn glued(text: &str, words: &[Word], flag: &str, add: &mut impl FnMut(usize, usize)) {
    for word in words.iter().filter(|w| w.text.len() > flag.len() && w.text.starts_with(flag) && !w.quoted) {
        // `-prefix` and `--password` are other flags: a long word of letters only is a name.
        let rest = word.text.get(flag.len()..).unwrap_or_default();
        if rest.starts_with(['=', '-']) || matches!(rest, "ipe" | "ort" | "rogress" | "rotocol" | "rint") {
            continue;
        }
        let (start, end) = (word.span.start + flag.len(), word.span.end);
        let quote = rest_quote(slice(text, start, end));
        add(start + quote, end - quote);
    }
}

fn user(text: &str, words: &[Word], flag: &str, separators: &[char], add: &mut impl FnMut(usize, usize)) {
    let mut one = |start: usize, end: usize| {
        let shown = slice(text, start, end);
        if let Some(at) = shown.find(separators).filter(|_| !shown.contains("://")) {
            let from = start + at + 1;
            let until = shown.get(at + 1..).and_then(|s| s.find('@')).filter(|_| separators.contains(&'/'));
            add(from, until.map_or(end, |until| from + until));
        }
    };
    if flag.is_empty() {
        if let Some(word) = words.iter().find(|w| !w.text.starts_with('-') && !w.text.starts_with('/')) {
            one(word.content().start, word.content().end);
        }
        return;
    }
    for pair in words.windows(2) {
        if let [before, word] = pair
            && (before.text == flag || cluster(&before.text, flag))
        {
            one(word.content().start, word.content().end);
        }
    }
    for word in words {
        let long = flag.starts_with("--");
        let behind = word.text.strip_prefix(flag).filter(|rest| !rest.is_empty() && (!long || rest.starts_with('=')));
        if behind.is_some() && (long || !word.text.starts_with("--")) {
            let content = word.content();
            one(content.start + flag.len() + usize::from(long), content.end.max(content.start + flag.len()));
        }
    }
}

/// `-su` and `-sSLu`: the short flag at the end of others that take nothing.
fn cluster(word: &str, flag: &str) -> bool {
    let letter = flag.strip_prefix('-').filter(|l| l.len() == 1);
    let others = letter.and_then(|letter| word.strip_prefix('-')?.strip_suffix(letter));
    others.is_some_and(|others| !others.is_empty() && others.bytes().all(|b| b"sSkfLviIgGNO#aj".contains(&b)))
}
