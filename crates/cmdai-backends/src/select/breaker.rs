//! Whether a backend that failed is left alone, tried by one request, or used.

use super::candidate::Policy;
use super::learned::Record;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// State of a circuit breaker, read off what was learned; nothing is stored twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// In use.
    Closed,
    /// Left alone for so long yet.
    Open {
        /// Time until it may be tried.
        left: Duration,
    },
    /// One request may try it.
    HalfOpen,
}

impl Breaker {
    /// The state at a time. A clock that was set back opens nothing.
    #[must_use]
    pub fn of(record: &Record, policy: &Policy, now: DateTime<Utc>) -> Self {
        let Some(failure) = &record.last_failure else { return Self::Closed };
        let Some(further) = record.failures_in_a_row.checked_sub(policy.failures) else { return Self::Closed };
        let rest = policy.rest.saturating_mul(2_u32.saturating_pow(further)).min(policy.longest_rest);
        let trial = record.trial.map(|began| (began, policy.trial));
        let waits = [Some((failure.at, rest)), trial];
        let left = waits.into_iter().flatten().filter_map(|(since, time)| left(since, time, now)).max();
        left.map_or(Self::HalfOpen, |left| Self::Open { left })
    }
}

/// What is left of a time; `None` when it is over or began in the future.
fn left(since: DateTime<Utc>, time: Duration, now: DateTime<Utc>) -> Option<Duration> {
    let passed = (now - since).to_std().ok()?;
    time.checked_sub(passed).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::super::learned::{Learned, Outcome};
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn state(learned: &Learned, seconds: i64) -> Breaker {
        Breaker::of(learned.of("x").unwrap(), &Policy::default(), at(seconds))
    }

    fn failed() -> Outcome {
        Outcome::Failed { why: "gone".to_owned() }
    }

    fn open(seconds: u64) -> Breaker {
        Breaker::Open { left: Duration::from_secs(seconds) }
    }

    #[test]
    fn it_opens_lets_one_try_and_heals() {
        let mut learned = Learned::default();
        for _ in 0..2 {
            learned.record("x", &failed(), at(0));
            assert_eq!(state(&learned, 0), Breaker::Closed);
        }
        learned.record("x", &failed(), at(0));
        assert_eq!((state(&learned, 0), state(&learned, 29)), (open(30), open(1)));
        assert_eq!(state(&learned, 30), Breaker::HalfOpen);
        learned.begin("x", at(30));
        assert_eq!(state(&learned, 31), open(59), "another one is trying");
        assert_eq!(state(&learned, 90), Breaker::HalfOpen, "which was never heard of again");
        learned.record("x", &failed(), at(91));
        assert_eq!(state(&learned, 91), open(60), "twice as long");
        let well = Outcome::Answered { cold: false, first_chunk: None, total: Duration::ZERO };
        learned.record("x", &well, at(200));
        assert_eq!(state(&learned, 200), Breaker::Closed);
    }

    #[test]
    fn it_never_stays_open_for_long() {
        let mut learned = Learned::default();
        for _ in 0..100 {
            learned.record("x", &failed(), at(0));
        }
        assert_eq!(state(&learned, 0), open(600));
        assert_eq!(state(&learned, -100), Breaker::HalfOpen, "the clock was set back");
    }
}
