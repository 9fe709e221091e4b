//! How a server is reached: everything a caller may decide, in one value. Nothing here reads files or the environment.

use super::secret::Secret;
use cmdai_core::server_error::ServerFailure;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Takes what must not leave the machine out of a text.
pub type Redact = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// One server and one model on it. Several of one kind differ by name.
#[derive(Clone)]
pub struct RemoteConfig {
    /// The user's name for it.
    pub name: String,
    /// Base address, for example `http://127.0.0.1:11434`; a trailing `/v1` is understood.
    pub url: String,
    /// The model to ask, as the server names it.
    pub model: String,
    /// Key, sent as a bearer token.
    pub key: Option<Secret>,
    /// Certificates (PEM) that vouch for the server, besides those of the system.
    pub certificates: Option<Vec<u8>>,
    /// Limits of waiting.
    pub timeouts: Timeouts,
    /// Limits of asking again.
    pub retries: Retries,
    /// Applied to the user's turn before it leaves for another machine; required for one.
    pub redact: Option<Redact>,
}

impl RemoteConfig {
    /// A server with default limits and neither key nor redaction.
    #[must_use]
    pub fn new(name: &str, url: &str, model: &str) -> Self {
        Self {
            name: name.to_owned(),
            url: url.to_owned(),
            model: model.to_owned(),
            key: None,
            certificates: None,
            timeouts: Timeouts::default(),
            retries: Retries::default(),
            redact: None,
        }
    }
}

impl fmt::Debug for RemoteConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteConfig")
            .field("name", &self.name)
            .field("url", &super::endpoint::shown(&self.url))
            .field("model", &self.model)
            .field("key", &self.key)
            .field("certificates", &self.certificates.is_some())
            .field("timeouts", &self.timeouts)
            .field("retries", &self.retries)
            .field("redact", &self.redact.is_some())
            .finish()
    }
}

/// Limits of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// From the question to the first text; long, because a server may have to load the model first.
    pub first_chunk: Duration,
    /// Between one text and the next. Signs of life without text do not count.
    pub idle: Duration,
    /// For the whole answer, all tries included.
    pub total: Duration,
    /// For a probe or a list of models, as a whole.
    pub probe: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            first_chunk: Duration::from_mins(1),
            idle: Duration::from_secs(15),
            total: Duration::from_mins(2),
            probe: Duration::from_secs(2),
        }
    }
}

/// When to ask again. Only what cannot have been answered is: a connection that failed, and the statuses 429 and 503.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How often, after the first time.
    pub most: u32,
    /// The first pause; it doubles each time and is spread by chance between half and one and a half.
    pub backoff: Duration,
    /// The longest pause; a server that asks for a longer one is not asked again.
    pub longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { most: 2, backoff: Duration::from_millis(250), longest_wait: Duration::from_secs(10) }
    }
}

impl Retries {
    /// How long to pause before try number `tries + 1`, or that there is none. `chance` lies between 0 and 1.
    pub(super) fn pause(&self, tries: u32, failure: &ServerFailure, local: bool, chance: f64) -> Option<Duration> {
        if tries > self.most {
            return None;
        }
        let asked = match failure {
            // On this machine nobody listens, and waiting does not change that.
            ServerFailure::Unreachable { .. } if local => return None,
            ServerFailure::Unreachable { .. } => None,
            ServerFailure::Busy { retry_after, .. } => *retry_after,
            _ => return None,
        };
        if let Some(asked) = asked {
            return (asked <= self.longest_wait).then_some(asked);
        }
        let doubled = self.backoff.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
        Some(doubled.min(self.longest_wait).mul_f64(0.5 + chance.clamp(0.0, 1.0)).min(self.longest_wait))
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not an address of a web server.
    #[error("`{url}` is not an http or https address")]
    BadUrl {
        /// The address, without user and password.
        url: String,
    },
    /// What is to vouch for the server is no certificate.
    #[error("there is no certificate for {url} in what is to hold one")]
    BadCertificates {
        /// The address.
        url: String,
    },
    /// Prompts would leave the machine as they are.
    #[error("prompts for {url} would leave this machine unredacted")]
    Unredacted {
        /// The address.
        url: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(seconds: Option<u64>) -> ServerFailure {
        ServerFailure::Busy { status: 429, retry_after: seconds.map(Duration::from_secs) }
    }

    #[test]
    fn only_what_was_surely_not_answered_is_asked_again() {
        let refused = ServerFailure::Unreachable { cause: "refused".to_owned() };
        let check = |tries, failure: &ServerFailure, local, millis: Option<u64>| {
            let pause = Retries::default().pause(tries, failure, local, 0.5);
            assert_eq!(pause, millis.map(Duration::from_millis), "{tries} {failure:?}");
        };
        check(1, &refused, false, Some(250));
        check(2, &refused, false, Some(500));
        check(3, &refused, false, None);
        check(1, &refused, true, None);
        check(1, &busy(None), true, Some(250));
        check(1, &busy(Some(7)), true, Some(7000));
        check(1, &busy(Some(11)), true, None);
        check(1, &ServerFailure::Closed, false, None);
        check(1, &ServerFailure::Status { status: 500, message: None }, false, None);
    }

    #[test]
    fn a_configuration_is_shown_without_its_secrets() {
        let config = RemoteConfig {
            key: Secret::new("sk-hidden"),
            ..RemoteConfig::new("box", "https://ada:hidden@box/v1?key=hidden", "m")
        };
        let text = format!("{config:?}");
        assert!(!text.contains("hidden") && text.contains("https://box"), "{text}");
    }
}
