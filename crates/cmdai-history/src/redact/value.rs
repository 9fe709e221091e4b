//! What a value is: a stand-in, a place, a word, or something that looks made up to be guessed by nobody.

use super::text::{before, slice};
use super::{MARKER, names, refer};

#[rustfmt::skip]
const STANDINS: &[&str] = &[
    "password", "passwd", "pass", "secret", "token", "key", "apikey", "api_key", "api-key", "string", "str", "text",
    "none", "null", "nil", "true", "false", "yes", "no", "on", "off", "undefined", "empty", "unset", "required",
    "optional", "hidden", "prompt", "ask", "env", "changeme", "example", "placeholder", "dummy", "redacted",
    "masked", "todo", "fixme", "bool", "boolean", "int", "integer", "number", "object", "varchar", "any",
    "username", "user", "value", "name", "bearer", "basic", "digest", "negotiate", "default", "y", "n", "me", "xxx",
    "foo", "bar", "...", "…", "-", "stdin", "invalid", "expired", "missing", "incorrect", "wrong", "valid", "ok",
    "failed", "denied", "unknown", "n/a", "na", "tbd", "mypassword", "mysecret", "some-password", "somepassword",
    "thepassword", "mytoken", "anonymous", "removed", "censored", "scrubbed", "filtered", "pw", "pwd", "***", "new",
    "fetch",
];
#[rustfmt::skip]
const STANDIN_PARTS: &[&str] = &[
    "your-", "your_", "<", "changeme", "change-me", "change_me", "placeholder", "redacted", "replace-", "replace_",
    "replaceme", "-here", "_here", "xxxx", "****", "{{", "insert_", "insert-", "example_", "enter-your",
    "enter_your", "todo", "dummy", "fake-", "fake_", "sample-", "sample_", "replace_me", "set-me", "set_me", "setme",
    "fill-me", "fill_me", "fillme", "goes-here", "goes_here", "some-", "some_", "not-real", "notreal",
    "iosfodnn7example",
];
#[rustfmt::skip]
const REFERENCES: &[&str] = &[
    "op://", "vault:", "vault://", "arn:", "ssm:", "secretsmanager:", "sm://", "gcp-sm:", "keyring:", "keychain:",
    "env:", "file:", "fd:", "env.", "process.env", "os.environ", "os.getenv", "secrets.", "var.", "local.",
    "config.", "settings.", "self.", "this.", "args.", "opts.", "options.", "params.", "http://", "https://",
    "projects/", "ref+", "sops:", "secretref:", "keyvaultref:", "@microsoft.keyvault(", "awskms://", "gcpkms://",
    "azurekms://",
];
const REGEX_PARTS: &[&str] =
    &[".*", ".+", "\\w", "\\S", "\\s", "\\d", "[^", "[a-z", "[A-Z", "[0-9", "(?", "\\(", "[[:"];
#[rustfmt::skip]
const EXTENSIONS: &[&str] = &[
    "pem", "key", "txt", "json", "yml", "yaml", "crt", "cer", "p12", "pfx", "jks", "env", "conf", "cfg", "ini",
    "gpg", "asc", "pub", "toml", "xml", "csv", "log", "sh", "py", "js", "ts", "rs", "go", "db", "sql", "zip", "gz",
    "tar", "md", "html", "java", "rb", "php", "c", "h", "tf", "tfvars", "der", "kdbx", "enc", "age", "local", "php",
    "properties", "lock", "sample",
];

/// Like [`is_placeholder`], for what stands at a place: in single quotes a dollar can be a sign like others.
pub(super) fn stands_in(text: &str, start: usize, end: usize) -> bool {
    let value = slice(text, start, end);
    if before(text, start) == b'\'' && is_literal(value) { is_no_secret(value) } else { is_placeholder(value) }
}

/// Whether a value stands for a secret without being one: a variable, a template, a word like `changeme`, a reference, a file.
pub(super) fn is_placeholder(value: &str) -> bool {
    let bare = value.trim().trim_matches(|c| matches!(c, '"' | '\'' | '`'));
    is_no_secret(value) || is_template(bare) || is_code(bare)
}

/// Whether dollars in a value begin no variables: letters stand beside them, and what follows is not written like a variable.
fn is_literal(value: &str) -> bool {
    let plain = value.len() >= 6 && !["$(", "${", "`", " "].iter().any(|part| value.contains(part));
    let shouted = |name: &str| {
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        end > 1 && name.bytes().take(end).all(|b| !b.is_ascii_lowercase())
    };
    plain
        && value.contains('$')
        && without_variables(value).contains(|c: char| c.is_alphanumeric())
        && !value.split('$').skip(1).any(shouted)
}

fn is_no_secret(value: &str) -> bool {
    let value = value.trim().trim_matches(|c| matches!(c, '"' | '\'' | '`'));
    if value.is_empty() || value.contains(MARKER) || is_path(value) || is_one_char(value) {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    // `s/password=.*/password=hidden/g`
    let bare = lower.trim_end_matches("/gi").trim_end_matches("/g");
    let bare = bare.trim_end_matches([',', ';', '.', ')', ']', '}', '\\', '/']);
    if bare.is_empty()
        || is_one_char(bare)
        || STANDINS.contains(&bare)
        || STANDIN_PARTS.iter().any(|p| lower.contains(p))
    {
        return true;
    }
    is_shouted_name(value)
        || is_image(value)
        || REFERENCES.iter().any(|r| lower.starts_with(r))
        || REGEX_PARTS.iter().any(|p| value.contains(p))
        || refer::is_elided(value)
        || lower.starts_with(['m', '@']) && (stands_for_mine(&lower) || is_path(lower.trim_start_matches('@')))
}

/// `DB_PASSWORD`: a variable where its value should be.
fn is_shouted_name(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') && names::secret(value).is_some()
}

/// `my-password`, `my_api_key`: of a manual.
fn stands_for_mine(lower: &str) -> bool {
    lower.strip_prefix("my").is_some_and(|rest| rest.starts_with(['-', '_'])) && refer::names_secret(lower)
}

fn is_one_char(value: &str) -> bool {
    let mut chars = value.chars();
    let first = chars.next();
    matches!(first, Some('*' | 'x' | 'X' | '.' | '-' | '_' | '•' | '?' | '#')) && chars.all(|c| Some(c) == first)
}

/// Variables and formats in the languages a command line meets.
fn is_template(value: &str) -> bool {
    let first = value.chars().next().unwrap_or(' ');
    let identifier =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    match first {
        '{' | '[' | '(' => return !is_bracketed(value),
        // `!vault`, `!NAME!`, but not `!Qwerty12`.
        '!' => return value.ends_with('!') || value.bytes().skip(1).all(|b| b.is_ascii_alphabetic() || b == b' '),
        '%' => {
            // `%s`, `%-20s`, `%PASSWORD%`, but not `%7hK!x`.
            let rest = value.trim_start_matches('%').trim_end_matches('%');
            return value.ends_with('%') && identifier(rest)
                || rest
                    .trim_start_matches(|c: char| c.is_ascii_digit() || c == '-')
                    .starts_with(['s', 'd', 'q', 'v', '(']);
        }
        ':' | '@' => {
            return identifier(value.get(1..).unwrap_or_default().trim_start_matches(['@', ':'])) || value.len() < 3;
        }
        _ => {}
    }
    if !value.contains(['$', '`']) {
        return false;
    }
    without_variables(value).chars().filter(|c| c.is_alphanumeric()).count() < 6 && holds_variable(value)
}

/// `[Sq]uare8`: a bracket that is closed inside the word, with a number behind it.
fn is_bracketed(value: &str) -> bool {
    let behind = value.find(['}', ']', ')']).and_then(|at| value.get(at + 1..)).unwrap_or_default();
    !behind.starts_with(['{', '+', '*'])
        && behind.contains(|c: char| c.is_ascii_digit())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"{}[]()-_!#".contains(&b))
}

fn holds_variable(value: &str) -> bool {
    let mut rest = value;
    while let Some(at) = rest.find(['$', '`']) {
        let after = rest.get(at + 1..).unwrap_or_default();
        if rest.get(at..).is_some_and(|r| r.starts_with('`'))
            || after
                .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '{' | '(' | '_' | '1'..='9' | '@' | '*'))
        {
            return true;
        }
        rest = after;
    }
    false
}

/// What is left of a value when variables and command substitutions are taken out.
fn without_variables(value: &str) -> String {
    let mut left = String::new();
    let mut chars = value.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let close = match (c, chars.peek().map(|(_, c)| *c)) {
            ('$', Some('{')) => Some('}'),
            ('$', Some('(')) => Some(')'),
            ('`', _) => Some('`'),
            ('$', Some(n)) if n.is_ascii_alphanumeric() || n == '_' => {
                let rest = value.get(at + 1..).unwrap_or_default();
                let end = at + 1 + variable(rest);
                while chars.peek().is_some_and(|(at, _)| *at < end) {
                    chars.next();
                }
                continue;
            }
            _ => None,
        };
        let Some(close) = close else {
            left.push(c);
            continue;
        };
        let rest = value.get(at + 1..).unwrap_or_default();
        let end = rest.rfind(close).map_or(value.len(), |end| at + 1 + end);
        while chars.peek().is_some_and(|(at, _)| *at <= end) {
            chars.next();
        }
    }
    left
}

/// How long the name of a variable is, with a scope and with what is read from it: `$env:NAME`, `$credential.Password`.
fn variable(rest: &str) -> usize {
    const SCOPES: [&str; 6] = ["env", "script", "global", "local", "private", "using"];
    let name = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let mut end = name(rest);
    let first = rest.get(..end).unwrap_or_default().to_ascii_lowercase();
    let behind = |end: usize| rest.get(end..).unwrap_or_default();
    if behind(end).starts_with(':') && SCOPES.contains(&first.as_str()) {
        end += 1 + name(behind(end + 1));
    }
    let members = behind(end);
    let member = |c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '_' | '(' | ')' | '-' | '>' | '[' | ']');
    if (members.starts_with('.') || members.starts_with("->")) && members.chars().all(member) {
        end = rest.len();
    }
    end
}

/// `get_token()`, `os.environ["X"]`, `request.data.password`: read somewhere else.
fn is_code(value: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let head = value.find(|c: char| !(is_word(c) || c == '.')).unwrap_or(value.len());
    let begins = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '.');
    let behind = value.get(head..).unwrap_or_default();
    if begins
        && (behind.starts_with('(') && behind.contains(')') || behind.starts_with("[\"") || behind.starts_with("['"))
    {
        return true;
    }
    let plain = |part: &str| part.len() > 1 && part.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    let parts = value.trim_start_matches('.').trim_end_matches([')', '}', ',', ';', ']']);
    begins && parts.contains('.') && parts.split('.').all(plain)
        || value.starts_with('.') && parts.split('.').all(plain)
        || value.starts_with('&')
        || value.contains("::")
}

/// Whether it names a file: an absolute or relative path, or a name with a usual ending.
pub(super) fn is_path(value: &str) -> bool {
    let value = value.trim_matches(|c| matches!(c, '"' | '\''));
    if ["./", "../", "~/", "$HOME/", "/dev/", "/run/", "/etc/", "/home/", "/var/", "/tmp/", "/usr/", "/opt/", "/root/"]
        .iter()
        .any(|start| value.starts_with(start))
        || matches!(value, "~" | "id_rsa" | "id_ed25519" | "id_ecdsa" | "id_dsa")
    {
        return true;
    }
    let bytes = value.as_bytes();
    if bytes.get(1) == Some(&b':') && bytes.get(2) == Some(&b'\\') {
        return true;
    }
    if value.starts_with('/') {
        // The end of a pattern, as in `/^TOKEN=/{print}`.
        if value.as_bytes().get(1).is_none_or(|b| !b.is_ascii_alphanumeric() && !b"._".contains(b)) {
            return true;
        }
        // A random text may begin with a slash too; it has what no path has all at once.
        let random = value.len() >= 20
            && has(value, u8::is_ascii_digit)
            && has(value, u8::is_ascii_uppercase)
            && !value.contains('.');
        return !random && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+@".contains(&b));
    }
    let Some((stem, ending)) = value.rsplit_once('.') else { return false };
    !stem.is_empty()
        && EXTENSIONS.contains(&ending.to_ascii_lowercase().as_str())
        && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-*".contains(&b))
}

fn has(value: &str, test: impl Fn(&u8) -> bool) -> bool {
    value.as_bytes().iter().any(test)
}

/// Whether a value in running text looks like a secret: letters with digits or signs, and nothing else that has both.
pub(super) fn looks_secret(value: &str) -> bool {
    let value = value.trim_end_matches(['.', ',', ';', ':', ')', '"', '\'']);
    if value.chars().count() < 6
        || value.len() > 4096
        || is_placeholder(value)
        || value.starts_with('-')
        || value.contains("://")
    {
        return false;
    }
    if is_standard(value) || is_chord(value) {
        return false;
    }
    let (letter, digit) = (has(value, u8::is_ascii_alphabetic), has(value, u8::is_ascii_digit));
    let sign = has(value, |b| b"!@#$%^&*?+=~".contains(b));
    if sign && letter && !value.ends_with('?') {
        return !is_address(value);
    }
    let mixed = has(value, u8::is_ascii_lowercase) && has(value, u8::is_ascii_uppercase);
    if !(letter && digit) || is_identifier(value) || is_digest(value) {
        return false;
    }
    value.len() >= 8 || mixed || !value.contains(['-', '_', '.', '/', ':'])
}

/// `ctrl+shift+Tab`: keys that are pressed together.
fn is_chord(value: &str) -> bool {
    let first = value.split('+').next().unwrap_or_default().to_ascii_lowercase();
    matches!(first.as_str(), "ctrl" | "control" | "alt" | "shift" | "super" | "meta" | "cmd" | "mod" | "win")
        && value.split('+').all(|part| part.len() <= 12 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// `registry:5000/app/api:1.2`: an image, which stands behind the name of a container.
fn is_image(value: &str) -> bool {
    let last = value.rsplit_once('/').and_then(|(_, last)| last.split_once(':'));
    last.is_some_and(|(name, tag)| !name.is_empty() && !tag.is_empty())
        && value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"./:-_@".contains(&b))
}

/// `argon2`, `aes-256-gcm`, `base64`: methods with a number in their names.
fn is_standard(value: &str) -> bool {
    const METHODS: [&str; 26] = [
        "sha", "md", "argon", "oauth", "base", "utf", "aes", "hs", "rs", "es", "ps", "pbkdf", "ed", "curve", "http",
        "tls", "tlsv", "saml", "ntlmv", "blake", "chacha", "poly", "pkcs", "rsa", "ipv", "gpt",
    ];
    let lower = value.to_ascii_lowercase();
    let first = lower.split(['-', '_']).next().unwrap_or_default();
    let stem = first.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_end_matches(|c: char| c.is_ascii_digit());
    let known = METHODS.contains(&if stem.is_empty() { first } else { stem });
    known && value.len() <= 20 && lower.split(['-', '_']).all(|part| part.len() <= 8)
}

/// `db1.example.com`, `ada@example.com`, `user@host`.
fn is_address(value: &str) -> bool {
    value.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
    })
}

/// Names with numbers in parts of their own: `backup-2024`, `v1.2.3`, `us-east-1`, `2024-01-02T03:04:05`, `server_02`.
fn is_identifier(value: &str) -> bool {
    let parts: Vec<&str> = value.split(['-', '_', '.', ':', '/', 'T', 'Z']).filter(|p| !p.is_empty()).collect();
    let plain = |part: &&str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        digits == 0 || digits == part.len() || (part.len() - digits <= 1) || digits <= 2 && part.len() <= 5
    };
    parts.len() > 1 && parts.iter().all(plain)
}

/// A hash, a UUID, or a number with its base: found everywhere and secret to nobody.
pub(super) fn is_digest(value: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let uuid = value.len() == 36 && value.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && hex(&value.replace('-', ""));
    let digest = value.split_once(':').is_some_and(|(name, rest)| name.starts_with("sha") && hex(rest));
    uuid || digest || hex(value) || value.starts_with("0x") && hex(value.get(2..).unwrap_or_default())
}

/// Whether a value is random enough to be a secret where its name only half says so.
pub(super) fn is_random(value: &str) -> bool {
    let value = value.trim_matches(|c| matches!(c, '"' | '\''));
    if value.len() < 20 || is_placeholder(value) || is_digest(value) || is_identifier(value) || value.contains("://") {
        return false;
    }
    let base64 = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.".contains(&b));
    base64 && has(value, u8::is_ascii_digit) && has(value, u8::is_ascii_alphabetic) && entropy(value) >= 3.5
}

/// Bits a character, from the frequencies in the text itself.
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    value.bytes().for_each(|b| {
        if let Some(count) = counts.get_mut(usize::from(b)) {
            *count += 1;
        }
    });
    #[allow(clippy::cast_precision_loss, reason = "lengths of values")]
    let length = value.len() as f64;
    let bits = |count: &u32| -f64::from(*count) / length * (f64::from(*count) / length).log2();
    counts.iter().filter(|c| **c > 0).map(bits).sum()
}
