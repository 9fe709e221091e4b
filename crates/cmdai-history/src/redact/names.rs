//! Whether a name says that its value is secret: of a variable, a flag, a field, a header, a query parameter.
//!
//! A name is cut into words (`dbPassword`, `DB_PASSWORD`, `--db-password`). A word that says secret counts unless one after it
//! says that only something about the secret follows (`password_file`, `token_type`), or the one before makes it something
//! else (`next_token`, `public_key`).

/// What a name says its value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Password,
    Token,
    Key,
    Secret,
    Credential,
    Cookie,
    /// A key or an authorisation of some sort: only a value that looks random is one.
    Weak,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Token => "token",
            Self::Key => "key",
            Self::Secret | Self::Weak => "secret",
            Self::Credential => "credential",
            Self::Cookie => "cookie",
        }
    }
}

#[rustfmt::skip]
const KEYS: &[&str] = &[
    "api", "access", "secret", "private", "auth", "authorization", "encryption", "encrypt", "decryption", "signing",
    "sign", "signature", "master", "account", "storage", "session", "service", "client", "consumer", "deploy",
    "license", "admin", "crypto", "cipher", "aes", "hmac", "jwt", "webhook", "shared", "write", "server",
    "subscription", "functions", "ingest", "root", "unseal", "recovery", "wallet", "preshared", "application",
    "integration", "appkey", "sas", "cookie", "app",
    // Whose key it is.
    "openai", "azure", "stripe", "sendgrid", "mailgun", "datadog", "dd", "newrelic", "maps", "google", "weather",
    "rapidapi", "algolia", "twilio", "segment", "mapbox", "grafana", "honeycomb", "sentry", "cloudflare", "groq",
    "anthropic", "gemini", "mistral", "cohere", "cosmos", "airtable", "notion", "pagerduty", "opsgenie", "rollbar",
    "posthog", "supabase", "wandb", "sonar", "nexus", "artifactory",
];
#[rustfmt::skip]
const ABOUT: &[&str] = &[
    "file", "files", "filename", "path", "dir", "directory", "stdin", "env", "name", "names", "id", "ids", "url",
    "uri", "endpoint", "host", "port", "type", "types", "kind", "length", "len", "size", "count", "limit", "max",
    "min", "ttl", "expiry", "expires", "expire", "expiration", "expired", "timeout", "age", "lifetime", "policy",
    "prompt", "algorithm", "alg", "algo", "format", "version", "versions", "store", "manager", "provider", "ref",
    "reference", "arn", "field", "column", "header", "pattern", "regex", "enabled", "disabled", "required", "reset",
    "rotation", "rotate", "auth", "authentication", "authenticator", "only", "hint", "strength", "helper", "cache",
    "generator", "validator", "validation", "check", "changed", "change", "update", "updated", "created", "add",
    "rm", "remove", "list", "index", "status", "state", "mode", "method", "scope", "scopes", "usage", "used",
    "budget", "window", "per", "source", "src", "dest", "target", "command", "cmd", "script", "class", "handler",
    "rate", "bucket", "ring", "binding", "wrapper", "response", "request", "label", "title", "input", "box",
    "placeholder", "error", "message", "visible", "visibility", "group", "user", "username", "owner", "issuer",
    "audience", "protected", "less", "fd", "location", "mount", "engine", "backend", "driver", "keys", "expired_at",
    "at", "valid", "sync", "through", "phrase_file", "vault", "agent", "server", "service", "template", "plugin",
    "attempts", "retries", "history", "complexity", "quality", "digits", "chars", "characters", "words", "tokens",
    "page",
];
#[rustfmt::skip]
const OTHER_TOKENS: &[&str] = &[
    "next", "page", "prev", "previous", "stop", "eos", "bos", "pad", "unk", "mask", "sep", "cls", "special",
    "continuation", "start", "end", "max", "num", "total", "min", "input", "output", "cancellation", "cancel",
    "sync", "first", "last", "per", "starting", "resume", "pagination", "paging", "idempotency", "request", "cursor",
    "bookmark", "continue", "skip",
];
#[rustfmt::skip]
const NOT_PASSWORDS: &[&str] = &[
    "no", "ask", "allow", "prohibit", "permit", "empty", "show", "hide", "toggle", "forgot", "without", "use",
    "has", "is",
];
#[rustfmt::skip]
const NOT_KEYS: &[&str] = &[
    "public", "pub", "primary", "foreign", "partition", "sort", "cache", "idempotency", "object", "s", "row",
    "hash", "index", "i", "translation", "locale", "route", "query", "config", "registry", "restore", "group",
    "composite", "natural", "map", "socket", "surrogate", "dedup", "color", "colour",
];
#[rustfmt::skip]
const NOT_PASS: &[&str] = &[
    "bypass", "compass", "trespass", "surpass", "encompass", "onepass", "multipass", "overpass", "underpass",
    "sshpass", "askpass", "lastpass", "keepass", "gopass", "singlepass", "twopass", "firstpass", "secondpass",
];

/// Before `secret` in the name of something that holds the name of a secret: `existingSecret`, `imagePullSecret`.
#[rustfmt::skip]
const OTHER_SECRETS: &[&str] = &[
    "existing", "pull", "tls", "ssl", "image", "registry", "cert", "certificate", "ingress", "kube", "kubernetes",
    "from", "external", "sealed", "generic", "password", "credentials", "no",
];

/// What `name` says its value is; nothing where it says nothing secret.
pub(super) fn secret(name: &str) -> Option<Kind> {
    let name = name.trim_start_matches('-');
    if matches!(name, "PWD" | "OLDPWD") || name.len() > 80 {
        return None;
    }
    let words = words(name);
    if words.windows(2).any(|pair| pair == ["existing", "secret"]) {
        return None;
    }
    (0..words.len()).rev().find_map(|at| at_word(&words, at))
}

fn at_word(words: &[String], at: usize) -> Option<Kind> {
    let word = words.get(at)?.as_str();
    let previous = at.checked_sub(1).and_then(|at| words.get(at)).map(String::as_str);
    let after = words.get(at + 1..).unwrap_or_default();
    if after.iter().any(|w| ABOUT.contains(&w.as_str())) {
        return None;
    }
    let last = after.is_empty();
    let kind = match word {
        "password" | "passwd" | "passphrase" | "pwd" | "passcode" | "psk" | "passwort" | "requirepass" => {
            Kind::Password
        }
        "pass" | "pw" | "pin" | "otp" | "userpw" if last => Kind::Password,
        "token" => Kind::Token,
        "secret" => Kind::Secret,
        "apikey" | "accesskey" | "secretkey" | "privatekey" | "authkey" | "appkey" | "mnemonic" | "encryptionkey" => {
            Kind::Key
        }
        "credential" | "credentials" | "creds" | "jwt" | "bearer" => Kind::Credential,
        "cookie" if last => Kind::Cookie,
        "auth" if last && previous == Some("rediscli") => Kind::Password,
        "key" if previous.is_some_and(|p| KEYS.contains(&p)) => Kind::Key,
        "key" | "auth" | "authorization" | "signature" | "sig" | "salt" | "pat" | "cred" | "seed" if last => Kind::Weak,
        _ => return glued(word, last),
    };
    let excluded = match kind {
        Kind::Token => OTHER_TOKENS,
        Kind::Password => NOT_PASSWORDS,
        Kind::Secret => OTHER_SECRETS,
        Kind::Weak => NOT_KEYS,
        _ => &[],
    };
    (!previous.is_some_and(|p| excluded.contains(&p))).then_some(kind)
}

/// Words that were written together: `mypassword`, `dbpass`.
fn glued(word: &str, last: bool) -> Option<Kind> {
    let ends = |ends: &[&str]| ends.iter().any(|end| word.len() > end.len() && word.ends_with(end));
    if ends(&["password", "passwd", "passphrase"]) {
        return Some(Kind::Password);
    }
    if last && ends(&["pass", "pwd"]) && !NOT_PASS.contains(&word) {
        return Some(Kind::Password);
    }
    if ends(&["token"]) {
        return Some(Kind::Token);
    }
    if ends(&["apikey", "secretkey", "accesskey", "privatekey"]) {
        return Some(Kind::Key);
    }
    ends(&["secret"]).then_some(Kind::Secret)
}

/// The words of a name in lower case, without the digits at their ends.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let previous = at.checked_sub(1).and_then(|at| chars.get(at));
        let next = chars.get(at + 1);
        let begins = c.is_uppercase()
            && (previous.is_some_and(|p| p.is_lowercase() || p.is_numeric())
                || (previous.is_some_and(|p| p.is_uppercase()) && next.is_some_and(|n| n.is_lowercase())));
        if begins || !c.is_alphanumeric() {
            push(&mut words, &mut word);
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    push(&mut words, &mut word);
    words
}

fn push(words: &mut Vec<String>, word: &mut String) {
    let whole = std::mem::take(word);
    let bare = whole.trim_end_matches(|c: char| c.is_numeric());
    if !bare.is_empty() {
        words.push(bare.to_owned());
    }
}

/// Words that, at the beginning of a flag, say that it takes no secret.
#[rustfmt::skip]
const ACTIONS: &[&str] = &[
    "ask", "disabled", "locked", "expire", "no", "prompt", "show", "get", "list", "generate", "gen", "print", "hide", "export", "import", "delete",
    "use", "with", "without", "require", "skip", "enable", "disable", "read", "save", "store", "verify", "check",
    "force", "rotate", "revoke", "has", "is", "include", "exclude", "create", "set", "update", "decrypt", "from",
    "clear",
];

/// Like [`secret`], for a flag whose value is the next word.
pub(super) fn secret_flag(name: &str) -> Option<Kind> {
    let first = words(name).into_iter().next()?;
    if ACTIONS.contains(&first.as_str()) || name == "auth-user-pass" { None } else { secret(name) }
}

/// `Authorization` and `Proxy-Authorization`: a scheme may stand before the secret.
pub(super) fn is_authorization(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("proxy-authorization")
}

/// `secret_id`, which is the secret of an `AppRole` where it is a UUID, and a name elsewhere.
pub(super) fn is_secret_id(name: &str) -> bool {
    name.eq_ignore_ascii_case("secret_id")
}

/// `Cookie` and `Set-Cookie`.
pub(super) fn is_cookie(name: &str) -> bool {
    name.eq_ignore_ascii_case("cookie") || name.eq_ignore_ascii_case("set-cookie")
}

#[cfg(test)]
mod tests {
    use super::{Kind, secret, secret_flag};

    #[test]
    fn names_say_secret_or_not() {
        for name in [
            "PASSWORD",
            "DB_PASS",
            "dbPassword",
            "--db-password",
            "AWS_SECRET_ACCESS_KEY",
            "PGPASSWORD",
            "MYSQL_PWD",
            "apiKey",
            "x-api-key",
            "PRIVATE-TOKEN",
            "client_secret",
            "SECRET_KEY_BASE",
            "spring.datasource.password",
            "AccountKey",
            "GITHUB_TOKEN",
            "refreshToken",
            "storepass",
            "_authToken",
            "DB_PASSWORD_PROD",
            "passwordValue",
            "PASSWORD2",
        ] {
            assert!(secret(name).is_some_and(|kind| kind != Kind::Weak), "{name}");
        }
        for name in [
            "PWD",
            "password-file",
            "passwordStdin",
            "TOKEN_TYPE",
            "max_tokens",
            "next_token",
            "public_key",
            "primary_key",
            "secret_name",
            "bypass",
            "compass",
            "author",
            "monkey",
            "keyboard",
            "passenger",
            "secretary",
            "tokens",
            "token_count",
            "password_min_length",
            "PASSWORD_STORE_DIR",
            "credential.helper",
            "passthrough",
            "AWS_ACCESS_KEY_ID",
            "no-password",
            "existingSecret",
            "auth.existingSecretPasswordKey",
            "imagePullSecret",
        ] {
            assert!(secret(name).is_none(), "{name}");
        }
        for flag in ["ask-pass", "export-secret-keys", "delete-secret-key", "show-token", "prompt-password"] {
            assert!(secret_flag(flag).is_none(), "{flag}");
        }
    }
}
