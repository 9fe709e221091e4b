//! What experience says of each backend: plain data that can be stored, and how it grows.

use chrono::{DateTime, Utc};
use cmdai_core::generate::Usage;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Measurements that are kept of each kind: enough for a 95th percentile, few enough to follow a change.
const KEPT: usize = 40;
/// Outcomes that are kept.
const RECENT: usize = 20;
/// A server that says it loaded for less only scheduled: Ollama counts some ten milliseconds at every request.
const COLD: Duration = Duration::from_millis(250);
/// Version of the stored form.
const VERSION: u32 = 1;

/// Everything that was learned, by [`Candidate::key`](super::Candidate::key).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    version: u32,
    backends: BTreeMap<String, Record>,
}

impl Default for Learned {
    fn default() -> Self {
        Self { version: VERSION, backends: BTreeMap::new() }
    }
}

/// What was learned of one backend with one model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Requests that ended, well or not.
    pub attempts: u64,
    /// Those that failed.
    pub failures: u64,
    /// Failures since the last success.
    pub failures_in_a_row: u32,
    /// The last failure.
    pub last_failure: Option<LastFailure>,
    /// Times when the model had to be loaded first.
    pub cold: Times,
    /// Times when it was in memory.
    pub warm: Times,
    /// The last outcomes, oldest first; true for a success.
    recent: VecDeque<bool>,
    /// When the request began that finds out whether it is well again.
    pub(super) trial: Option<DateTime<Utc>>,
    pub(super) probe: Option<Probe>,
}

/// A failure and when it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFailure {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened, in words.
    pub why: String,
}

/// Two times of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// To its first text.
    pub first_chunk: Samples,
    /// To its end.
    pub total: Samples,
}

/// The last measurements of one time, in milliseconds, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Samples(VecDeque<u64>);

/// How long half of the answers take at most, and how long 95 of 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentiles {
    /// Half take no longer.
    pub p50: Duration,
    /// 95 of 100 take no longer.
    pub p95: Duration,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer.
    Answered {
        /// The model had to be loaded first.
        cold: bool,
        /// From the question to the first text; absent for an answer without any.
        first_chunk: Option<Duration>,
        /// From the question to the end.
        total: Duration,
    },
    /// With a failure of the backend. What the user broke off is no outcome.
    Failed {
        /// What happened, in words.
        why: String,
    },
}

impl Outcome {
    /// An answer and what it cost.
    #[must_use]
    pub fn answered(first_chunk: Option<Duration>, total: Duration, usage: &Usage) -> Self {
        Self::Answered { cold: usage.load.is_some_and(|load| load >= COLD), first_chunk, total }
    }
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeResult {
    /// The server is there.
    Up {
        /// It has the model.
        has_model: bool,
        /// The model is in memory, where the server tells.
        loaded: Option<bool>,
    },
    /// It is not.
    Down {
        /// What happened, in words.
        why: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Probe {
    pub(super) at: DateTime<Utc>,
    pub(super) found: ProbeResult,
}

impl Learned {
    /// What was learned of a backend, if anything was.
    #[must_use]
    pub fn of(&self, key: &str) -> Option<&Record> {
        self.backends.get(key)
    }

    /// From its stored form; nothing learned if that is damaged or of another version.
    #[must_use]
    pub fn from_json(text: &str) -> Self {
        serde_json::from_str(text).ok().filter(|learned: &Self| learned.version == VERSION).unwrap_or_default()
    }

    /// A request to it begins. While it is on trial, no other is sent to it.
    pub fn begin(&mut self, key: &str, now: DateTime<Utc>) {
        if let Some(record) = self.backends.get_mut(key).filter(|record| record.failures_in_a_row > 0) {
            record.trial = Some(now);
        }
    }

    /// A request to it has ended.
    pub fn record(&mut self, key: &str, outcome: &Outcome, now: DateTime<Utc>) {
        let record = self.backends.entry(key.to_owned()).or_default();
        record.attempts += 1;
        record.trial = None;
        keep(&mut record.recent, RECENT, matches!(outcome, Outcome::Answered { .. }));
        match outcome {
            Outcome::Answered { cold, first_chunk, total } => {
                record.failures_in_a_row = 0;
                let times = if *cold { &mut record.cold } else { &mut record.warm };
                if let Some(time) = first_chunk {
                    times.first_chunk.add(*time);
                }
                times.total.add(*total);
            }
            Outcome::Failed { why } => {
                record.failures += 1;
                record.failures_in_a_row = record.failures_in_a_row.saturating_add(1);
                record.last_failure = Some(LastFailure { at: now, why: why.clone() });
            }
        }
    }

    /// A probe has come back.
    pub fn probed(&mut self, key: &str, found: ProbeResult, now: DateTime<Utc>) {
        self.backends.entry(key.to_owned()).or_default().probe = Some(Probe { at: now, found });
    }
}

impl Record {
    /// Share of failures among the last outcomes, in thousandths.
    pub(super) fn failing(&self) -> u64 {
        let failed = self.recent.iter().filter(|ok| !**ok).count() as u64;
        failed * 1000 / (self.recent.len() as u64).max(1)
    }
}

impl Samples {
    fn add(&mut self, time: Duration) {
        keep(&mut self.0, KEPT, u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    }

    /// Percentiles of what was measured; absent without any measurement.
    #[must_use]
    pub fn percentiles(&self) -> Option<Percentiles> {
        let mut sorted: Vec<u64> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).copied().map(Duration::from_millis)
        };
        Some(Percentiles { p50: at(50)?, p95: at(95)? })
    }
}

fn keep<T>(row: &mut VecDeque<T>, most: usize, new: T) {
    while row.len() >= most {
        row.pop_front();
    }
    row.push_back(new);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measurements() {
        let of = |millis: &[u64]| {
            let mut samples = Samples::default();
            for ms in millis {
                samples.add(Duration::from_millis(*ms));
            }
            samples.percentiles().map(|p| (p.p50.as_millis(), p.p95.as_millis()))
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some((7, 7)));
        assert_eq!(of(&[9, 1]), Some((1, 9)));
        assert_eq!(of(&(1..=20).collect::<Vec<_>>()), Some((10, 19)));
        assert_eq!(of(&(1..=1000).collect::<Vec<_>>()), Some((980, 998)), "only the last ones count");
    }

    #[test]
    fn what_was_learned_survives_storing_and_damage_does_not() {
        let mut learned = Learned::default();
        learned.record("a m", &Outcome::Failed { why: "gone".to_owned() }, DateTime::UNIX_EPOCH);
        let usage = Usage { load: Some(Duration::from_secs(2)), ..Usage::default() };
        let answered = Outcome::answered(Some(Duration::from_secs(3)), Duration::from_secs(4), &usage);
        learned.record("a m", &answered, DateTime::UNIX_EPOCH);
        learned.probed("a m", ProbeResult::Up { has_model: true, loaded: None }, DateTime::UNIX_EPOCH);
        let text = serde_json::to_string(&learned).unwrap();
        assert_eq!(Learned::from_json(&text), learned);
        let record = learned.of("a m").unwrap();
        assert_eq!((record.attempts, record.failures, record.failures_in_a_row, record.failing()), (2, 1, 0, 500));
        assert!(record.cold.total.percentiles().is_some() && record.warm.total.percentiles().is_none());
        for damaged in ["", "{}", &text.replace("\"version\":1", "\"version\":2"), &text[1..]] {
            assert_eq!(Learned::from_json(damaged), Learned::default());
        }
    }

    #[test]
    fn scheduling_is_not_loading() {
        for (millis, expected) in [(None, false), (Some(100), false), (Some(900), true)] {
            let usage = Usage { load: millis.map(Duration::from_millis), ..Usage::default() };
            let Outcome::Answered { cold, .. } = Outcome::answered(None, Duration::ZERO, &usage) else { panic!() };
            assert_eq!(cold, expected);
        }
    }
}
