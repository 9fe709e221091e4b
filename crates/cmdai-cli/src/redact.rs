//! Takes obvious secrets out of log lines.
//!
//! Works on shapes alone: well-known token prefixes, `name=value` with a telling name, and passwords in URLs. It is the guard of
//! the log until the history crate brings redaction by structure; it may hide too much and must not hide too little of what
//! it knows (held by `known_shapes_are_hidden`).

/// What stands in place of a secret.
pub const MASK: &str = "[redacted]";

const PREFIXES: &[&str] = &[
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "sk-",
    "sk_live_",
    "rk_live_",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "hf_",
    "AKIA",
    "ASIA",
    "AIza",
    "npm_",
    "pypi-",
    "dop_v1_",
    "eyJ",
];
const SHORTEST_TOKEN: usize = 12;
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "access_key",
    "private_key",
    "credential",
];

/// `line` with every secret of a known shape masked.
#[must_use]
pub fn redact(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut name = Name::None;
    for run in runs(line) {
        if run.starts_with(is_separator) {
            if name == Name::Seen && run.contains('=') {
                name = Name::Assigned;
            }
            out.push_str(run);
        } else if run == ":" {
            // The colon of JSON, alone between two quotes.
            name = if name == Name::Seen { Name::Assigned } else { name };
            out.push_str(run);
        } else if name == Name::Assigned || is_token(run) {
            out.push_str(MASK);
            name = Name::None;
        } else {
            out.push_str(&mask_inside(run));
            name = Name::of(run);
        }
    }
    out
}

/// Whether the word just passed announces a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    None,
    /// It does if an assignment follows.
    Seen,
    /// The next word is one.
    Assigned,
}

impl Name {
    fn of(word: &str) -> Self {
        let names = names_a_secret(word.trim_end_matches(':'));
        match (names, word.starts_with('-') || word.ends_with(':')) {
            _ if word.eq_ignore_ascii_case("bearer") => Self::Assigned,
            (true, true) => Self::Assigned,
            (true, false) => Self::Seen,
            (false, _) => Self::None,
        }
    }
}

/// `line` cut into alternating runs of separators and of everything else.
fn runs(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let separators = is_separator(rest.chars().next()?);
        let end = rest.find(|c| is_separator(c) != separators).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',' | ';' | '\\' | '(' | ')' | '{' | '}' | '[' | ']')
}

fn is_token(word: &str) -> bool {
    word.len() >= SHORTEST_TOKEN && PREFIXES.iter().any(|prefix| word.starts_with(prefix))
}

fn names_a_secret(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    NAMES.iter().any(|name| lower.ends_with(name))
}

/// `user:password@` in a URL, and `password:value` in one word.
fn mask_inside(word: &str) -> String {
    let scheme = word.find("://").map_or(0, |at| at + 3);
    let (start, authority) = word.split_at(scheme);
    let host_end = authority.find('/').unwrap_or(authority.len());
    let credentials = authority.get(..host_end).and_then(|part| part.rfind('@')).map(|at| authority.split_at(at));
    match (authority.split_once(':'), credentials) {
        (Some((user, _)), Some((_, host))) if scheme > 0 => format!("{start}{user}:{MASK}{host}"),
        (Some((name, value)), _) if !value.is_empty() && names_a_secret(name) => format!("{start}{name}:{MASK}"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_shapes_are_hidden() {
        for line in [
            "curl -H 'Authorization: Bearer s3cr3t'",
            "mysql --password s3cr3t -u root",
            "export DB_PASSWORD=s3cr3t",
            r#"{"api_key":"s3cr3t"}"#,
            r#"{\"token\": \"s3cr3t\"}"#,
            "password: s3cr3t",
            "token:s3cr3t",
            "https://ada:s3cr3t@example.com/x",
            "use ghp_s3cr3ts3cr3ts3cr3t now",
        ] {
            let shown = redact(line);
            assert!(!shown.contains("s3cr3t") && shown.contains(MASK), "{line} -> {shown}");
        }
    }

    #[test]
    fn ordinary_lines_stay() {
        for line in [
            r#"{"level":"INFO","message":"model loaded","tokens":12,"duration_ms":3.5}"#,
            "reset the password of ada",
            "find . -name '*.log' -mtime -7",
            "https://example.com:8080/a@b",
            "",
        ] {
            assert_eq!(redact(line), line);
        }
    }

    proptest! {
        #[test]
        fn only_whole_words_change(line in "\\PC{0,60}") {
            prop_assert_eq!(runs(&line).collect::<String>(), line.clone());
            prop_assert!(redact(&line).chars().filter(|c| is_separator(*c)).count() >= line.chars().filter(|c| is_separator(*c)).count().saturating_sub(1));
        }
    }
}
