//! What only refers to a secret: its name, the place it is kept at, a shortened form of it.
//!
//! Stores of secrets are spoken to by name (`--set-secrets=VAR=name:version`, `arn:…:secret:name`, `existingSecret=name`), so
//! a value in such a place stays readable. A look back is limited, to keep the time linear.

use super::names;
use super::text::{is_blank, is_quote, skip_back, slice};

/// How far back a reference is looked for.
const REACH: usize = 300;
/// Flags whose operand pairs a variable with the name of a secret or with a file.
const PAIRING: &[&str] = &["set-secrets", "update-secrets", "from-file", "set-file", "secret-env"];
/// Words that say in a name that it is the name of a secret.
#[rustfmt::skip]
const TELLING: &[&str] = &[
    "secret", "secrets", "password", "passwords", "passwd", "passphrase", "pass", "pw", "pwd", "token", "tokens", "key",
    "keys", "apikey", "credential", "credentials", "creds", "cert", "certs", "tls", "pat",
];

/// Whether a value is what people call a secret: `db-password`, `app:accessToken`, `prod/db/password:3`.
pub(super) fn names_secret(value: &str) -> bool {
    let part = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        part.bytes().all(|b| b.is_ascii_alphanumeric()) && (digits == 0 || digits == part.len() || part.len() <= 3)
    };
    let words = names::words(value);
    value.len() <= 80
        && words.len() >= 2
        && value.split(['-', '_', '.', '/', ':']).all(part)
        && words.iter().any(|w| TELLING.contains(&w.as_str()))
}

/// `sk-...`, `ghp_…`, `abc...xyz`: the beginning of a secret, the rest left out.
pub(super) fn is_elided(value: &str) -> bool {
    let most = if value.ends_with("...") || value.ends_with('…') { 24 } else { 12 };
    value.len() <= 40
        && (value.contains("...") || value.contains('…'))
        && value.chars().filter(|c| c.is_alphanumeric()).count() <= most
}

/// Whether the name at `at` stands where only names of secrets stand; `colon` where a colon follows it.
pub(super) fn is_reference(text: &str, at: usize, colon: bool) -> bool {
    let start = skip_back(text, at, REACH, |b| !b.is_ascii_whitespace());
    let head = slice(text, start, at);
    if colon {
        let inner = head.rsplit(['"', '\'', '=', ',']).next().unwrap_or_default();
        return ["arn:", "urn:", "crn:"].iter().any(|scheme| inner.starts_with(scheme));
    }
    let pairs = |flag: &str| PAIRING.contains(&flag.trim_start_matches('-'));
    if let Some((flag, _)) = head.split_once('=')
        && flag.starts_with('-')
    {
        return pairs(flag);
    }
    let before = skip_back(text, start, REACH, is_blank);
    let flag = skip_back(text, before, 24, |b| !b.is_ascii_whitespace() && !is_quote(b));
    pairs(slice(text, flag, before))
}
