//! Secrets in running text: `the password is hunter2`, `with token abc123…`, `Bearer …`, `IDENTIFIED BY '…'`.
//!
//! People name what they mean to be secret, so a telling word opens a short stretch in which a word that looks like a secret
//! is one. What only looks random, with no such word before it, stays.

use super::Span;
use super::names;
use super::refer;
use super::text::{is_blank, skip, slice};
use super::value::{is_digest, is_placeholder, is_random, looks_secret};

/// Words between the telling word and the secret.
const REACH: usize = 6;

/// Words that stand where a value could, and are none.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "a", "an", "the", "is", "are", "was", "be", "to", "and", "or", "for", "in", "on", "of", "at", "by", "with",
    "from", "as", "it", "its", "not", "no", "if", "when", "then", "that", "this", "which", "where", "how", "what",
    "who", "via", "using", "flag", "flags", "option", "options", "argument", "arguments", "parameter", "switch",
    "value", "values", "file", "files", "field", "fields", "prompt", "required", "needed", "missing", "wrong",
    "incorrect", "invalid", "empty", "expired", "set", "unset", "too", "weak", "strong", "stored", "saved",
    "correct", "valid", "hidden", "only", "into", "handle", "remove", "add", "use", "used", "reset", "change",
    "changed", "update", "updated", "should", "must", "can", "cannot", "will", "may", "has", "have", "been", "does",
    "do", "did", "authentication", "protected", "based", "again", "twice", "here", "there", "below", "above",
    "user", "users", "account", "login", "string", "manager", "policy", "length", "hash", "server", "database",
    "all", "any", "each", "every", "your", "my", "our", "their", "his", "her", "me", "you", "we", "they", "refresh",
    "expires", "rotation", "accepted", "rejected", "denied", "failed", "success", "successful", "successfully",
    "ok", "null", "none", "optional", "support", "check", "checks", "validation", "verify", "generate", "generated",
    "create", "created", "store", "show", "list", "stdin", "stdout", "env", "environment", "variable", "unknown",
    "default", "same", "different", "new", "old", "please", "entered", "provided", "given", "specified", "found",
    "exists", "length", "input", "output", "type", "name", "id", "mismatch", "mismatched", "matches", "match",
    "leaked", "redacted", "masked", "encrypted", "plaintext", "cleartext",
];

/// Whether a word may be the value of a field or flag: no word of plain language.
pub(super) fn may_be_value(value: &str) -> bool {
    let bare = value.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    !(WORDS.contains(&bare.as_str()) || bare.is_empty() && value.len() < 4)
}

/// Whether a value is words for a person: several, without a digit.
pub(super) fn is_sentence(value: &str) -> bool {
    let blanks = value.trim().matches(' ').count();
    blanks >= 2 && (value.bytes().all(|b| !b.is_ascii_digit()) || blanks >= 4 && value.ends_with('.'))
        || blanks >= 1
            && value.split(' ').filter(|w| WORDS.contains(&w.to_ascii_lowercase().as_str())).count() * 2 > blanks
}

/// What a telling word promises.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Password,
    Token,
    Key,
    Pin,
}

struct Told1 {
    what: Told,
    /// Words since.
    distance: usize,
    /// `is`, `=`, `:`, `to`, `as` stood between.
    linked: bool,
    /// The sentence sets it.
    set: bool,
}

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    quoted_sql(text, spans);
    let mut told: Option<Told1> = None;
    let mut set = false;
    let mut previous = "";
    let mut at = skip(text, 0, |b| b.is_ascii_whitespace());
    while at < text.len() {
        let end = skip(text, at, |b| !b.is_ascii_whitespace());
        let raw = slice(text, at, end);
        let (start, word) = bare(raw, at);
        let lower = word.to_ascii_lowercase();
        let first = previous.is_empty();
        let elided = refer::is_elided(raw.trim_matches(['"', '\'', '`', ',']));
        if matches!(previous, "Bearer" | "bearer")
            && !elided
            && (looks_secret(word) && word.len() >= 12 || is_random(word))
        {
            spans.push(Span::new(start, start + word.len(), "prose", "token"));
        } else if previous == "Basic" && is_base64(word) {
            spans.push(Span::new(start, start + word.len(), "prose", "credential"));
        }
        if let Some(open) = &mut told {
            let quoted = raw.starts_with(['"', '\'', '`']) && raw.len() > 2;
            if is_secret_word(open, word, quoted, raw) {
                spans.push(Span::new(start, start + word.len(), "prose", kind(open.what)));
                told = None;
            } else {
                open.distance += 1;
                open.linked |= matches!(lower.as_str(), "is" | "=" | "was" | "be" | "->" | "equals")
                    || open.set && matches!(lower.as_str(), "to" | "as")
                    || raw.ends_with(':');
                let ends = raw.ends_with(['.', ';', '|']) || raw.contains('|') || open.distance > REACH;
                if ends {
                    told = None;
                }
            }
        }
        if let Some(from) = account(raw, previous, set) {
            // `as ada / X`, `as ada:X`
            if from == raw.len() {
                told = Some(Told1 { what: Told::Password, distance: 0, linked: true, set: true });
            } else if looks_secret(slice(text, at + from, start + word.len())) {
                spans.push(Span::new(at + from, start + word.len(), "prose", "password"));
            }
        }
        set |= matches!(
            lower.as_str(),
            "set" | "change" | "reset" | "update" | "make" | "create" | "use" | "using" | "login" | "log" | "sign"
        );
        if let Some(what) = telling(&lower, raw, previous) {
            // A flag or a name of a file tells nothing.
            told = Some(Told1 { what, distance: 0, linked: raw.ends_with([':', '=']), set });
        }
        if raw.ends_with(['.', ';', '\n']) && !first {
            set = false;
        }
        previous = word;
        at = skip(text, end, |b| b.is_ascii_whitespace());
    }
}

/// Where the secret of `ada:X` and `ada/X` begins, for somebody who logs in so; at the end, where only a slash stands.
fn account(raw: &str, previous: &str, set: bool) -> Option<usize> {
    if raw == "/" {
        return set
            .then_some(1)
            .filter(|_| previous.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-@".contains(&b)));
    }
    let told = set && matches!(previous, "as" | "with" | "credentials" | "creds");
    let at = raw.find(['/', ':']).filter(|at| told && *at > 0)?;
    let (name, value) = (raw.get(..at)?, raw.get(at + 1..)?);
    let mixed = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let random = mixed(u8::is_ascii_digit) && mixed(u8::is_ascii_uppercase) && mixed(u8::is_ascii_lowercase);
    (name.len() <= 24
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        && value.len() >= 8
        && random
        && !value.contains(['/', '.', ':']))
    .then_some(at + 1)
}

/// A word without the marks around it, and where it begins then.
fn bare(raw: &str, at: usize) -> (usize, &str) {
    let left = raw.trim_start_matches(['"', '\'', '`', '(', '“', '‘', '«']);
    let start = at + raw.len() - left.len();
    (start, left.trim_end_matches(['"', '\'', '`', ')', ',', ';', '.', '”', '’', '»']))
}

fn telling(lower: &str, raw: &str, previous: &str) -> Option<Told> {
    if raw.starts_with(['-', '/', '$', '.']) || raw.contains(['/', '(', '{', '<', '|']) {
        return None;
    }
    // `-e PASSWORD image`, `grep password file`, and `pass` as a program.
    let program = lower == "pass" && matches!(previous, "" | "|" | "||" | "&&" | ";" | "sudo");
    // `kubectl get secret NAME`
    let object = matches!(lower, "secret" | "token")
        && matches!(
            previous,
            "get"
                | "describe"
                | "delete"
                | "edit"
                | "create"
                | "patch"
                | "exec"
                | "docker"
                | "podman"
                | "annotate"
                | "label"
                | "inspect"
                | "rm"
                | "revoke"
                | "logs"
                | "secret"
                | "cp"
                | "show"
        );
    if program
        || object
        || previous == "install"
        || previous.starts_with('-')
        || matches!(previous, "grep" | "egrep" | "fgrep" | "rg" | "ag" | "ack")
    {
        return None;
    }
    match lower.trim_end_matches([':', '=']) {
        "password" | "passwd" | "passphrase" | "passcode" | "pw" | "pwd" | "passwort" | "pass" | "credentials"
        | "creds" => Some(Told::Password),
        "token" | "secret" | "apikey" | "api-key" | "api_key" | "secret-key" => Some(Told::Token),
        "key" if matches!(previous.to_ascii_lowercase().as_str(), "api" | "secret" | "access" | "license" | "auth") => {
            Some(Told::Token)
        }
        "key" => Some(Told::Key),
        "pin" | "otp" => Some(Told::Pin),
        _ => None,
    }
}

const fn kind(what: Told) -> &'static str {
    match what {
        Told::Password | Told::Pin => "password",
        Told::Token | Told::Key => "token",
    }
}

fn is_secret_word(open: &Told1, word: &str, quoted: bool, raw: &str) -> bool {
    if is_placeholder(word) || raw.starts_with('-') || word.contains(['=', '|']) && !looks_secret(word) {
        return false;
    }
    let near = open.distance == 0 || open.linked;
    match open.what {
        Told::Pin => {
            near && (open.linked || open.distance == 0)
                && (4..=8).contains(&word.len())
                && word.bytes().all(|b| b.is_ascii_digit())
        }
        Told::Password => {
            let beside =
                open.distance == 0 && word.len() >= 10 && has_both(word) && !is_file_like(word) && !word.contains('.');
            let plain = word.bytes().all(|b| b.is_ascii_lowercase());
            let said = open.linked
                && open.distance <= 1
                && !plain
                && word.len() >= 5
                && word.bytes().any(|b| b.is_ascii_digit());
            near && looks_secret(word) && (open.set || open.distance <= 2 || quoted) && !is_file_like(word)
                || said && looks_secret(word)
                || open.linked && open.distance == 1 && (is_phrase(word) || quoted && is_quoted_word(word, raw))
                || beside
        }
        // Random digits are one right behind the word; behind `key` alone they are a fingerprint.
        Told::Token if near && is_digest(word) => word.len() >= 16 && word.bytes().any(|b| b.is_ascii_digit()),
        // Keys and tokens are long; a short word after `key` is a name.
        Told::Token | Told::Key => {
            near && looks_secret(word) && (word.len() >= 12 || quoted && word.len() >= 8) && !is_file_like(word)
        }
    }
}

/// `quiet-badger-lantern`: words picked at random, with hyphens between.
fn is_phrase(word: &str) -> bool {
    let part = |part: &str| part.len() >= 4 && part.bytes().all(|b| b.is_ascii_lowercase());
    word.matches('-').count() >= 2
        && word.split('-').all(part)
        && !names::words(word).iter().any(|w| WORDS.contains(&w.as_str()))
}

/// A word in quotes that is neither plain language nor the name of something.
fn is_quoted_word(word: &str, raw: &str) -> bool {
    word.len() >= 5
        && raw.trim_end_matches(['.', ',', ';']).ends_with(['"', '\'', '`'])
        && may_be_value(word)
        && names::secret(word).is_none()
        && !word.contains(['=', '/', '(', '.'])
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn has_both(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic())
}

fn is_file_like(word: &str) -> bool {
    word.contains('/') || word.contains('*') || word.contains("..") || word.ends_with(':')
}

fn is_base64(word: &str) -> bool {
    let body = word.trim_end_matches('=');
    word.len() >= 12
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        && (word.ends_with('=')
            || body.bytes().any(|b| b.is_ascii_digit()) && body.bytes().any(|b| b.is_ascii_uppercase()))
}

/// `send "X\r"` of expect, behind a prompt for a password.
fn sent(text: &str, spans: &mut Vec<Span>) {
    // Only the first behind each prompt.
    let prompts = text.match_indices("assword").map(|(at, _)| at);
    let sends = prompts.map_while(|prompt| text.get(prompt..)?.find("send ").map(|at| prompt + at));
    for at in sends.take(8) {
        let start = skip(text, at + 5, |b| matches!(b, b' ' | b'-' | b'"' | b'\''));
        let end = start + slice(text, start, text.len()).find(['\\', '"', '\'', '\n']).unwrap_or(0);
        if !is_placeholder(slice(text, start, end)) && end - start > 3 {
            spans.push(Span::new(start, end, "prose", "password"));
        }
    }
}

/// `IDENTIFIED BY 'X'`, `WITH PASSWORD 'X'`, `ENCRYPTED PASSWORD 'X'`, `set password for 'a'@'b' = 'X'`.
fn quoted_sql(text: &str, spans: &mut Vec<Span>) {
    let lower = text.to_ascii_lowercase();
    if lower.contains("assword") {
        sent(text, spans);
    }
    for (opening, needed) in [
        ("identified by", ""),
        ("password", "with"),
        ("password", "encrypted"),
        ("by password", "identified"),
        ("password", "user"),
        ("by", "mysql_native_password"),
        ("by", "caching_sha2_password"),
    ] {
        for (at, _) in lower.match_indices(opening) {
            let head = lower.get(at.saturating_sub(60)..at).unwrap_or_default();
            if !needed.is_empty() && !head.trim_end().ends_with(needed) {
                continue;
            }
            let start = skip(text, at + opening.len(), is_blank);
            let quote = slice(text, start, start + 1);
            if !matches!(quote, "'" | "\"") {
                continue;
            }
            let end = start + 1 + slice(text, start + 1, text.len()).find(quote).unwrap_or(0);
            if end > start + 1 && !is_placeholder(slice(text, start + 1, end)) {
                spans.push(Span::new(start + 1, end, "sql", "password"));
            }
        }
    }
}
