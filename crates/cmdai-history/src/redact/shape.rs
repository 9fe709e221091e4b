//! Tokens that are known by their shape, and keys in armour.

use super::Span;
use super::text::{before, byte, line_end, skip, slice};
use super::value::is_placeholder;

/// How a token begins, what it is, and how many characters at least follow.
const SHAPES: &[(&str, &str, usize)] = &[
    ("AKIA", "aws-key-id", 16),
    ("ASIA", "aws-key-id", 16),
    ("AIza", "google-key", 30),
    ("ya29.", "google-token", 20),
    ("GOCSPX-", "google-secret", 20),
    ("ghp_", "github-token", 20),
    ("gho_", "github-token", 20),
    ("ghu_", "github-token", 20),
    ("ghs_", "github-token", 20),
    ("ghr_", "github-token", 20),
    ("github_pat_", "github-token", 20),
    ("glpat-", "gitlab-token", 16),
    ("gldt-", "gitlab-token", 16),
    ("glrt-", "gitlab-token", 16),
    ("glptt-", "gitlab-token", 16),
    ("glsoat-", "gitlab-token", 16),
    ("xoxa-", "slack-token", 10),
    ("xoxb-", "slack-token", 10),
    ("xoxe-", "slack-token", 10),
    ("xoxe.", "slack-token", 10),
    ("xoxo-", "slack-token", 10),
    ("xoxp-", "slack-token", 10),
    ("xoxr-", "slack-token", 10),
    ("xoxs-", "slack-token", 10),
    ("xapp-", "slack-token", 10),
    ("hooks.slack.com/services/", "slack-hook", 20),
    ("hooks.slack.com/workflows/", "slack-hook", 20),
    ("discord.com/api/webhooks/", "discord-hook", 30),
    ("discordapp.com/api/webhooks/", "discord-hook", 30),
    ("sk-ant-", "anthropic-key", 20),
    ("sk-proj-", "openai-key", 20),
    ("sk-svcacct-", "openai-key", 20),
    ("sk-or-v1-", "openrouter-key", 20),
    ("sk-", "api-key", 20),
    ("sk_live_", "stripe-key", 16),
    ("sk_test_", "stripe-key", 16),
    ("rk_live_", "stripe-key", 16),
    ("rk_test_", "stripe-key", 16),
    ("whsec_", "webhook-secret", 16),
    ("hf_", "huggingface-token", 20),
    ("npm_", "npm-token", 30),
    ("pypi-", "pypi-token", 30),
    ("dop_v1_", "digitalocean-token", 30),
    ("doo_v1_", "digitalocean-token", 30),
    ("dor_v1_", "digitalocean-token", 30),
    ("SG.", "sendgrid-key", 30),
    ("shpat_", "shopify-token", 20),
    ("shpss_", "shopify-token", 20),
    ("shpca_", "shopify-token", 20),
    ("shppa_", "shopify-token", 20),
    ("sq0atp-", "square-token", 16),
    ("sq0csp-", "square-token", 16),
    ("EAAA", "square-token", 50),
    ("dapi", "databricks-token", 32),
    ("tskey-", "tailscale-key", 16),
    ("lin_api_", "linear-key", 20),
    ("figd_", "figma-token", 20),
    ("NRAK-", "newrelic-key", 20),
    ("PMAK-", "postman-key", 20),
    ("glc_", "grafana-token", 20),
    ("glsa_", "grafana-token", 20),
    ("hvs.", "vault-token", 20),
    ("hvb.", "vault-token", 20),
    ("AGE-SECRET-KEY-1", "age-key", 40),
    ("xkeysib-", "brevo-key", 30),
    ("rdme_", "readme-key", 20),
    ("sbp_", "supabase-token", 20),
    ("ATATT3x", "atlassian-token", 20),
    ("ATCTT3x", "atlassian-token", 20),
    ("gsk_", "groq-key", 20),
    ("r8_", "replicate-token", 30),
    ("pplx-", "perplexity-key", 30),
    ("xai-", "xai-key", 30),
    ("nvapi-", "nvidia-key", 30),
    ("dckr_pat_", "docker-token", 16),
    ("dckr_oat_", "docker-token", 16),
    ("fo1_", "fly-token", 20),
    ("fm2_", "fly-token", 20),
    ("rnd_", "render-key", 20),
    ("HRKU-", "heroku-key", 20),
    ("AKCp", "artifactory-key", 40),
    ("cmVmdGtu", "artifactory-token", 30),
    ("pul-", "pulumi-token", 40),
    ("ops_eyJ", "onepassword-token", 20),
    ("pat-na1-", "hubspot-token", 20),
    ("pat-eu1-", "hubspot-token", 20),
    ("key-", "mailgun-key", 32),
    ("ntn_", "notion-token", 30),
    ("secret_", "notion-token", 40),
    ("phc_", "posthog-key", 30),
    ("phx_", "posthog-key", 30),
    ("cfut_", "cloudflare-token", 30),
    ("v1.0-", "cloudflare-key", 100),
    ("sntrys_", "sentry-token", 30),
    ("sntryu_", "sentry-token", 30),
    ("CCIPAT_", "circleci-token", 20),
    ("bkua_", "buildkite-token", 30),
    ("crates.io:cio", "cargo-token", 20),
    ("cio", "cargo-token", 32),
    ("PuTTY-User-Key-File-", "private-key", 20),
];

pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let mut at = 0;
    while at < text.len() {
        let end = one(text, at, spans);
        at = end.max(at + 1);
    }
}

/// Looks at one place; gives the end of what was found there, or 0.
fn one(text: &str, at: usize, spans: &mut Vec<Span>) -> usize {
    let first = byte(text, at);
    if first == b'-' && slice(text, at, at + 11) == "-----BEGIN " {
        return armour(text, at, spans);
    }
    let previous = before(text, at);
    if first.is_ascii_digit() && !previous.is_ascii_digit() {
        return telegram(text, at, previous, spans);
    }
    if previous.is_ascii_alphanumeric() && !escape(text, at) || !first.is_ascii_alphanumeric() {
        return 0;
    }
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with("otpauth://") {
        return otpauth(text, at, spans);
    }
    if rest.starts_with("eyJ") {
        return jwt(text, at, spans);
    }
    for (prefix, kind, least) in SHAPES {
        if first != byte(prefix, 0) || !rest.starts_with(prefix) || previous == b'_' {
            continue;
        }
        let tail = at + prefix.len();
        let slashes = kind.ends_with("hook");
        let end = skip(text, tail, |b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-') || b == b'.' && dotted(kind) || b == b'/' && slashes
        });
        let token = slice(text, tail, end).trim_end_matches(['.', '-', '/']);
        if token.len() >= *least && is_token(kind, token) {
            let end = tail + token.len();
            spans.push(Span::new(at, end, "shape", kind));
            return end;
        }
    }
    0
}

/// Whether the letter before is the end of an escape such as `\n`.
fn escape(text: &str, at: usize) -> bool {
    at >= 2 && byte(text, at - 2) == b'\\'
}

fn dotted(kind: &str) -> bool {
    matches!(kind, "google-token" | "sendgrid-key" | "vault-token" | "slack-token" | "fly-token")
}

fn is_token(kind: &str, token: &str) -> bool {
    let digit = token.bytes().any(|b| b.is_ascii_digit());
    let upper = token.bytes().any(|b| b.is_ascii_uppercase());
    let hex = |length: usize| token.len() == length && token.bytes().all(|b| b.is_ascii_hexdigit());
    match kind {
        "aws-key-id" if token.ends_with("EXAMPLE") || is_placeholder(token) => false,
        "aws-key-id" => token.len() == 16 && token.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
        // Short beginnings that words and names share.
        "api-key" => digit && (upper || token.len() >= 32) && token.split('-').any(|p| p.len() >= 16),
        "mailgun-key" | "databricks-token" => token.len() >= 32 && hex(32) || kind == "databricks-token" && hex(34),
        "cargo-token" => digit && upper && token.len() <= 40,
        "notion-token" | "artifactory-key" | "square-token" => digit && upper && !token.contains('-'),
        "tailscale-key" => digit,
        _ => (digit || upper) && !is_placeholder(token),
    }
}

fn jwt(text: &str, at: usize, spans: &mut Vec<Span>) -> usize {
    let part = |from: usize| skip(text, from, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'='));
    let head = part(at);
    if head - at < 12 || byte(text, head) != b'.' {
        return 0;
    }
    let body = part(head + 1);
    let end = if byte(text, body) == b'.' { part(body + 1) } else { body };
    if body - head < 8 {
        return 0;
    }
    spans.push(Span::new(at, end, "shape", "jwt"));
    end
}

/// `123456789:AA…`: the number of a bot and its key.
fn telegram(text: &str, at: usize, previous: u8, spans: &mut Vec<Span>) -> usize {
    let colon = skip(text, at, |b| b.is_ascii_digit());
    let end = skip(text, colon + 1, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let bot = !previous.is_ascii_digit() && (8..=10).contains(&(colon - at)) && byte(text, colon) == b':';
    if bot && (34..=36).contains(&(end - colon - 1)) && slice(text, colon + 1, end).starts_with("AA") {
        spans.push(Span::new(at, end, "shape", "telegram-token"));
        return end;
    }
    0
}

fn otpauth(text: &str, at: usize, spans: &mut Vec<Span>) -> usize {
    let end = skip(text, at, |b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'`'));
    let secret = slice(text, at, end).split_once("secret=").map(|(_, rest)| rest.split('&').next().unwrap_or_default());
    if secret.is_some_and(|secret| !is_placeholder(secret)) && !super::holds_marker(slice(text, at, end)) {
        spans.push(Span::new(at, end, "shape", "otp-secret"));
    }
    end
}

/// A private key between its two lines; also where the end is missing or the lines are joined by `\n`.
fn armour(text: &str, at: usize, spans: &mut Vec<Span>) -> usize {
    let title_end = slice(text, at + 11, line_end(text, at)).find("-----").map(|end| at + 11 + end);
    let Some(title_end) = title_end.filter(|end| slice(text, at, *end).contains("PRIVATE KEY")) else { return at + 11 };
    let body = title_end + 5;
    let rest = text.get(body..).unwrap_or_default();
    let end = match rest.find("-----END ") {
        Some(tail) => {
            let tail = body + tail + 9;
            slice(text, tail, line_end(text, tail)).find("-----").map_or(line_end(text, tail), |more| tail + more + 5)
        }
        None => body + rest.find(['"', '\'']).unwrap_or(rest.len()),
    };
    if !is_placeholder(slice(text, body, end).split("-----END").next().unwrap_or_default()) {
        spans.push(Span::new(at, end, "shape", "private-key"));
    }
    end
}
