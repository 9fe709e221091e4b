//! Flags whose value is the next word, and the arguments of known programs.

use super::Span;
use super::names::{self, Kind};
use super::programs::{PROGRAMS, Program, Takes};
use super::prose;
use super::shell::{Command, Line, Word};
use super::text::slice;
use super::value::{is_digest, is_placeholder, is_random, looks_secret};

pub(super) fn find(line: &Line<'_>, spans: &mut Vec<Span>) {
    for command in &line.commands {
        long_flags(line.text, command, spans);
        settings(line.text, command, spans);
        for (at, word) in command.words.iter().enumerate() {
            let name = program_name(&word.text);
            let words = command.words.get(at + 1..).unwrap_or_default();
            for program in PROGRAMS.iter().filter(|p| p.names.contains(&name) && !words.is_empty()) {
                arguments(line.text, program, words, spans);
            }
        }
    }
}

fn program_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Programs to which `--secret NAME` and the like is a name.
const NAMES_SECRETS: &[&str] =
    &["docker", "podman", "buildah", "nerdctl", "gcloud", "kubectl", "fly", "flyctl", "modal", "gh", "aws", "az"];
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
    for pair in command.words.windows(2) {
        let [flag, value] = pair else { continue };
        let name = flag.text.trim_start_matches('-');
        let long = flag.text.starts_with("--") || flag.text.starts_with('-') && name.len() >= 4;
        if !long || flag.quoted || name.contains(['=', ':', ' ']) || value.text.starts_with('-') {
            continue;
        }
        let Some(kind) = names::secret_flag(name) else { continue };
        let mut content = value.content();
        if value.text.starts_with("pass:") {
            content.start += 5;
        }
        let shown = slice(text, content.start, content.end);
        if shown.starts_with("id=") || is_placeholder(shown) || is_substitution(value) || !prose::may_be_value(shown) {
            continue;
        }
        let names_one = kind == Kind::Secret && uses(NAMES_SECRETS) || kind == Kind::Password && uses(ASKS);
        let sure = match kind {
            Kind::Weak | Kind::Cookie => is_random(shown),
            _ => !names_one || looks_secret(shown),
        };
        if sure {
            spans.push(Span::new(content.start, content.end, "flag", kind.name()));
        }
    }
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
        || words
            .iter()
            .any(|w| matches!(w.text.as_str(), "set" | "config" | "configure" | "setenv" | "create" | "put"));
    if !sets {
        return;
    }
    for pair in words.windows(2).skip(usize::from(!matches!(program, "set" | "setx" | "setenv"))) {
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
        let plain = is_placeholder(shown)
            || is_substitution(value)
            || value.text.starts_with('-')
            || !prose::may_be_value(shown);
        if !plain && (kind != Kind::Weak || is_random(shown)) {
            spans.push(Span::new(content.start, content.end, "setting", kind.name()));
        }
    }
}

fn arguments(text: &str, program: &Program, words: &[Word], spans: &mut Vec<Span>) {
    let Some(after) = needed(program.needs, words) else { return };
    let mut add = |start: usize, end: usize| {
        let shown = slice(text, start, end);
        if !is_placeholder(shown) && !shown.contains("$(") && start < end {
            spans.push(Span::new(start, end, "program-flag", program.kind));
        }
    };
    for takes in program.takes {
        match *takes {
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
                    {
                        add(word.content().start, word.content().end);
                    }
                }
            }
            Takes::Argument(number) => {
                let mut plain = words.iter().skip(after).filter(|w| !w.text.starts_with(['-', '/']));
                if let Some(word) = plain.nth(number - 1).filter(|w| secret_argument(program, w)) {
                    add(word.content().start, word.content().end);
                }
            }
            Takes::Last(least) => {
                let plain: Vec<&Word> = words.iter().skip(after).filter(|w| !w.text.starts_with('-')).collect();
                if let Some(word) = plain.last().filter(|w| plain.len() >= least && !w.text.is_empty()) {
                    add(word.content().start, word.content().end);
                }
            }
        }
    }
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
    let mut at = 0;
    for need in needs {
        // `-*b` stands for a cluster of short flags with a `b` in it.
        let letter = need.strip_prefix("-*");
        let fits = |word: &Word| match letter {
            Some(letter) => word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains(letter),
            None => word.text == *need,
        };
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
