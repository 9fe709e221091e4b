//! Where a server is: its addresses, how they are shown, and whether it is this machine.

use super::config::ConfigError;
use reqwest::Url;
use std::net::IpAddr;

/// The base address of a server.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    base: Url,
    shown: String,
    local: bool,
}

impl Endpoint {
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        let bad = || ConfigError::BadUrl { url: shown(text) };
        let mut base = Url::parse(text.trim()).map_err(|_| bad())?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(bad());
        }
        base.set_query(None);
        base.set_fragment(None);
        let path = base.path().trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path).to_owned();
        base.set_path(&path);
        Ok(Self { shown: shown(base.as_str()), local: is_loopback(&base), base })
    }

    /// The address of one call, such as `/api/tags`.
    pub(super) fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }

    /// As it may be shown.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether it is this machine, so that nothing leaves it.
    pub(super) fn is_local(&self) -> bool {
        self.local
    }
}

/// Where a redirect leads, without what might be secret in it.
pub(super) fn shown_target(location: &str) -> String {
    let path = location.split(['?', '#']).next().unwrap_or_default();
    let text = if path.contains("://") { shown(path) } else { path.to_owned() };
    super::text::printable(&text)
}

/// An address without user, password, query and trailing slash.
pub(super) fn shown(text: &str) -> String {
    if let Ok(mut url) = Url::parse(text.trim())
        && url.has_host()
    {
        // Both fail only for addresses that cannot have them.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let rest = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    rest.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Only what cannot leave the machine: a name that merely resolves to it may resolve to another one tomorrow.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => ip.to_canonical().is_loopback(),
        Ok(ip) => ip.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_put_together_and_shown() {
        let check = |text: &str, at: &str, shown: &str| {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!((endpoint.at("/v1/models").as_str(), endpoint.shown()), (at, shown));
        };
        check("http://h:1", "http://h:1/v1/models", "http://h:1");
        check("http://h:1/", "http://h:1/v1/models", "http://h:1");
        check(" https://h/v1/ ", "https://h/v1/models", "https://h");
        check("https://h/openai/v1?x=1#y", "https://h/openai/v1/models", "https://h/openai");
        check("https://ada:pw@h", "https://ada:pw@h/v1/models", "https://h");
        for bad in ["", "h:1", "ftp://h", "http://", "localhost:11434", "ada:pw@h"] {
            let error = Endpoint::parse(bad).unwrap_err();
            assert!(!error.to_string().contains("pw"), "{error}");
        }
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for (host, local) in [
            ("127.0.0.1", true),
            ("127.9.9.9:80", true),
            ("[::1]:80", true),
            ("[::ffff:127.0.0.1]", true),
            ("localhost", true),
            ("LOCALHOST:1", true),
            ("ollama.localhost", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("localhost.example.com", false),
            ("example.com", false),
            ("127.0.0.1.example.com", false),
            ("127.0.0.1@example.com", false),
        ] {
            assert_eq!(Endpoint::parse(&format!("http://{host}")).unwrap().is_local(), local, "{host}");
        }
    }

    #[test]
    fn targets_of_redirects_are_shown_without_secrets() {
        assert_eq!(shown_target("https://a:b@h/x?token=1"), "https://h/x");
        assert_eq!(shown_target("/login?next=1"), "/login");
    }
}
