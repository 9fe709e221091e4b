//! Secrets in URLs: a password before the host, a token as the user, parameters that carry one.

use super::Span;
use super::text::{byte, skip, skip_back, slice};
use super::value::{is_digest, is_placeholder, looks_secret};

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find("://")) {
        let colon = from + found;
        let start = colon + 3;
        let end = skip(text, start, |b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'`' | b'<' | b'>' | b'|'));
        // A quote ends it where it was opened before the scheme.
        let scheme = skip_back(text, colon, 20, |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'));
        let end = match scheme.checked_sub(1).map(|at| byte(text, at)) {
            Some(b'\'') => start + slice(text, start, end).find('\'').unwrap_or(end - start),
            Some(b'(') => start + slice(text, start, end).find(')').unwrap_or(end - start),
            _ => end,
        };
        userinfo(text, start, end, spans);
        parameters(text, start, end, spans);
        from = end.max(start);
    }
}

fn userinfo(text: &str, start: usize, end: usize, spans: &mut Vec<Span>) {
    let all = slice(text, start, end);
    let authority = all.find(['/', '?', '#']).map_or(all, |cut| all.get(..cut).unwrap_or_default());
    // A password with a slash in it: the at sign stands behind it, and a host follows.
    let long = || {
        all.rfind('@')
            .filter(|at| all.get(..*at).is_some_and(|u| u.contains(':') && !u.contains("//") && !u.contains('?')))
    };
    let variable = authority.contains("${") || authority.contains("$(");
    let Some(at) = authority.rfind('@').or_else(|| {
        let host = all.get(authority.len()..).unwrap_or_default();
        // `host:port/path@x` is no user.
        let port = authority
            .rsplit_once(':')
            .is_some_and(|(_, p)| p.starts_with('$') || p.bytes().all(|b| b.is_ascii_digit()));
        long().filter(|_| !port && authority.contains(':') && !host.contains("/@"))
    }) else {
        return;
    };
    let user = all.get(..at).unwrap_or_default();
    match user.split_once(':') {
        Some((_, password)) if !is_placeholder(password) => {
            let from = start + user.len() - password.len();
            spans.push(Span::new(from, start + at, "url-password", "password"));
        }
        // `https://TOKEN:x-oauth-basic@host`
        Some((name, "x-oauth-basic" | "x" | "")) if is_token(name) => {
            spans.push(Span::new(start, start + name.len(), "url-token", "token"));
        }
        None if !variable && is_token(user) => spans.push(Span::new(start, start + at, "url-token", "token")),
        _ => {}
    }
}

fn is_token(user: &str) -> bool {
    user.len() >= 16 && (looks_secret(user) || is_digest(user) && user.len() >= 20)
}

/// Parameters whose names say secret only inside a URL.
#[rustfmt::skip]
const PARAMETERS: &[&str] = &[
    "key", "sig", "signature", "x-amz-signature", "x-amz-security-token", "x-goog-signature", "auth", "code",
    "hmac", "hash", "sas", "s", "t", "ticket", "session", "sessionid", "sid", "jwt", "apikey", "subscription-key",
    "access_key", "appid", "app_key", "appkey", "auth_key", "wskey", "hapikey", "rapidapi-key",
];

fn parameters(text: &str, start: usize, end: usize, spans: &mut Vec<Span>) {
    let Some(query) = slice(text, start, end).find('?') else { return };
    let mut at = start + query + 1;
    while at < end {
        let stop = at + slice(text, at, end).find(['&', '#', '\'', '\\']).unwrap_or(end - at);
        if let Some((name, value)) = slice(text, at, stop).split_once('=') {
            let lower = name.to_ascii_lowercase();
            let known = PARAMETERS.contains(&lower.as_str());
            let short = matches!(lower.as_str(), "code" | "hash" | "s" | "t" | "auth" | "session" | "ticket" | "sid");
            let least = if short { 20 } else { 12 };
            if known && value.len() >= least && !is_placeholder(value) && random(value, short) {
                spans.push(Span::new(stop - value.len(), stop, "url-parameter", "token"));
            }
        }
        at = stop + 1;
    }
}

fn random(value: &str, short: bool) -> bool {
    let digit = value.bytes().any(|b| b.is_ascii_digit());
    let letter = value.bytes().any(|b| b.is_ascii_alphabetic());
    digit && letter && !(short && is_digest(value)) && !value.contains('/')
}
