//! The decision itself.
//!
//! Who cannot or may not answer is out. The others are put in order: who keeps the limit of time first, then the preferred
//! one, who surely keeps the limit, who is surely there, this machine before others, the faster one. So a remote backend is
//! first only if it is preferred, or if nothing on this machine keeps the limit or is known to be there.

use super::breaker::Breaker;
use super::candidate::{Candidate, Criteria, Kind, Place, Policy};
use super::learned::{Learned, Percentiles, ProbeResult, Record};
use super::reasons::{WhyNot, seconds};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Name of the backend to ask.
    pub chosen: String,
    /// Why, in one sentence.
    pub why: String,
    /// Whom to ask if it fails, in this order.
    pub fallback: Vec<String>,
    /// How long it takes, where that was ever measured.
    pub expected: Option<Expected>,
    /// Everyone else: first the fallbacks in their order, then those who are out.
    pub others: Vec<Other>,
}

/// A candidate that was not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Its name.
    pub name: String,
    /// Why not.
    pub why_not: WhyNot,
}

/// Times to expect, from measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// Measured while the model had to be loaded.
    pub cold: bool,
    /// To the first text.
    pub first_chunk: Option<Percentiles>,
    /// To the end.
    pub total: Percentiles,
}

/// Nobody can answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("none of {} backends can be used", .others.len())]
pub struct NoBackend {
    /// Everyone, with the reason.
    pub others: Vec<Other>,
}

/// Place in the order; what stands first decides first, and the smaller one wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::struct_excessive_bools, reason = "questions in the order in which they decide")]
struct Rank {
    too_slow: bool,
    not_preferred: bool,
    time_unknown: bool,
    not_probed: bool,
    place: Place,
    /// Milliseconds to expect, failures counted against it; never measured is last.
    cost: u64,
    kind: Kind,
    name: String,
}

struct Ranked<'a> {
    rank: Rank,
    candidate: &'a Candidate,
    expected: Option<Expected>,
    failing: u64,
}

/// Decides. Costs some microseconds and touches nothing.
///
/// # Errors
/// [`NoBackend`] with the reason for each.
pub fn select(
    candidates: &[Candidate],
    learned: &Learned,
    criteria: &Criteria,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Result<Selection, NoBackend> {
    let mut ranked = Vec::new();
    let mut out = Vec::new();
    for candidate in candidates {
        let record = learned.of(&candidate.key());
        match obstacle(candidate, record, criteria, policy, now) {
            Some(why_not) => out.push(Other { name: candidate.name.clone(), why_not }),
            None => ranked.push(rank(candidate, record, criteria, policy, now)),
        }
    }
    ranked.sort_unstable_by(|a, b| a.rank.cmp(&b.rank));
    out.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let Some((first, rest)) = ranked.split_first() else { return Err(NoBackend { others: out }) };
    let fallbacks =
        rest.iter().map(|other| Other { name: other.candidate.name.clone(), why_not: against(first, other) });
    Ok(Selection {
        chosen: first.candidate.name.clone(),
        why: why(first, rest.first(), out.len()),
        fallback: rest.iter().map(|other| other.candidate.name.clone()).collect(),
        expected: first.expected,
        others: fallbacks.chain(out).collect(),
    })
}

/// The servers that should be asked whether they are there before [`select`] decides: those that may be used and of which
/// nothing recent is known. Empty when nothing changed.
#[must_use]
pub fn to_probe<'a>(
    candidates: &'a [Candidate],
    learned: &Learned,
    criteria: &Criteria,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Vec<&'a Candidate> {
    let is_wanted = |candidate: &&Candidate| {
        let record = learned.of(&candidate.key());
        candidate.kind.is_server()
            && obstacle(candidate, record, criteria, policy, now).is_none()
            && fresh_probe(record, policy, now).is_none()
    };
    candidates.iter().filter(is_wanted).collect()
}

/// Why a candidate cannot or may not answer.
fn obstacle(
    candidate: &Candidate,
    record: Option<&Record>,
    criteria: &Criteria,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Option<WhyNot> {
    if candidate.place == Place::Remote {
        if criteria.require_local {
            return Some(WhyNot::LocalRequired);
        }
        if !criteria.allow_remote {
            return Some(WhyNot::RemoteNotAllowed);
        }
    }
    if let Some(why) = &candidate.unavailable {
        return Some(WhyNot::Unavailable { why: why.clone() });
    }
    if criteria.needs.model.as_ref().is_some_and(|wanted| *wanted != candidate.model) {
        return Some(WhyNot::OtherModel { has: candidate.model.clone() });
    }
    if let (Some(has), Some(needed)) = (candidate.context_length, criteria.needs.context)
        && has < needed
    {
        return Some(WhyNot::ContextTooSmall { has, needed });
    }
    if let Some(record) = record
        && let Breaker::Open { left } = Breaker::of(record, policy, now)
    {
        return Some(WhyNot::Resting { failures: record.failures_in_a_row, left });
    }
    match fresh_probe(record, policy, now).filter(|_| candidate.kind.is_server()) {
        Some(ProbeResult::Down { why }) => Some(WhyNot::Down { why: why.clone() }),
        Some(ProbeResult::Up { has_model: false, .. }) => Some(WhyNot::ModelMissing),
        Some(ProbeResult::Up { .. }) | None => None,
    }
}

/// What the last probe found, if that still counts. One from the future does not: the clock was set back.
fn fresh_probe<'a>(record: Option<&'a Record>, policy: &Policy, now: DateTime<Utc>) -> Option<&'a ProbeResult> {
    let probe = record?.probe.as_ref()?;
    let counts_for = match probe.found {
        ProbeResult::Up { .. } => policy.up_for,
        ProbeResult::Down { .. } => policy.down_for,
    };
    let age = (now - probe.at).to_std().ok()?;
    (age < counts_for).then_some(&probe.found)
}

fn rank<'a>(
    candidate: &'a Candidate,
    record: Option<&Record>,
    criteria: &Criteria,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Ranked<'a> {
    let probe = fresh_probe(record, policy, now);
    let loaded = if let Some(ProbeResult::Up { loaded, .. }) = probe { *loaded } else { None };
    let expected = record.and_then(|record| expected(record, loaded.or(candidate.ready)));
    let p95 = expected.map(|expected| expected.total.p95);
    // What failed long ago says nothing about now.
    let failed_lately = record
        .and_then(|record| record.last_failure.as_ref())
        .is_some_and(|failure| (now - failure.at).to_std().map_or(true, |age| age < policy.forget));
    let failing = record.filter(|_| failed_lately).map_or(0, Record::failing);
    let rank = Rank {
        too_slow: criteria.max_response.zip(p95).is_some_and(|(limit, p95)| p95 > limit),
        not_preferred: criteria.preferred.as_ref() != Some(&candidate.name),
        time_unknown: criteria.max_response.is_some() && p95.is_none(),
        not_probed: candidate.kind.is_server() && probe.is_none(),
        place: candidate.place,
        cost: expected.map_or(u64::MAX, |expected| cost(expected.total.p50, failing)),
        kind: candidate.kind,
        name: candidate.name.clone(),
    };
    Ranked { rank, candidate, expected, failing }
}

/// The time until an answer, if each failure costs four times that: its own time, and asking somebody else.
fn cost(p50: Duration, failing: u64) -> u64 {
    let millis = u64::try_from(p50.as_millis()).unwrap_or(u64::MAX);
    millis.saturating_mul(1000 + 4 * failing) / 1000
}

/// Warm or cold times as the model is; where that is not known, or never measured so, the ones there are.
fn expected(record: &Record, ready: Option<bool>) -> Option<Expected> {
    let of = |cold: bool| {
        let times = if cold { &record.cold } else { &record.warm };
        let total = times.total.percentiles()?;
        Some(Expected { cold, first_chunk: times.first_chunk.percentiles(), total })
    };
    let cold = ready == Some(false);
    of(cold).or_else(|| of(!cold))
}

/// The first thing in which `other` is behind.
fn against(first: &Ranked<'_>, other: &Ranked<'_>) -> WhyNot {
    let (a, b) = (&first.rank, &other.rank);
    let p95 = other.expected.map(|expected| expected.total.p95).unwrap_or_default();
    if a.too_slow != b.too_slow {
        WhyNot::TooSlow { p95 }
    } else if a.not_preferred != b.not_preferred {
        WhyNot::NotPreferred
    } else if a.time_unknown != b.time_unknown {
        WhyNot::TimeUnknown
    } else if a.not_probed != b.not_probed {
        WhyNot::NotProbed
    } else if a.place != b.place {
        WhyNot::Elsewhere
    } else if a.cost != b.cost {
        WhyNot::Slower { p50: other.expected.map(|expected| expected.total.p50), failing: other.failing / 10 }
    } else {
        WhyNot::Order
    }
}

/// One sentence for the chosen one, from what puts it before the next.
fn why(first: &Ranked<'_>, next: Option<&Ranked<'_>>, out: usize) -> String {
    let name = &first.candidate.name;
    let Some(next) = next else {
        return if out == 0 {
            format!("`{name}` is the only one")
        } else {
            format!("`{name}` is the only one that can answer")
        };
    };
    let other = &next.candidate.name;
    match against(first, next) {
        WhyNot::TooSlow { p95 } => format!("`{name}` keeps the limit of time, `{other}` may take {}", seconds(p95)),
        WhyNot::NotPreferred => format!("`{name}` is preferred"),
        WhyNot::TimeUnknown => format!("`{name}` is known to keep the limit of time"),
        WhyNot::NotProbed => format!("`{name}` is there, of `{other}` that is not known"),
        WhyNot::Elsewhere => format!("`{name}` is on this machine, `{other}` is not"),
        why_not @ WhyNot::Slower { .. } => match first.expected {
            Some(expected) => format!("`{name}` takes {}; `{other}`: {why_not}", seconds(expected.total.p50)),
            None => format!("`{name}` comes before `{other}`: {why_not}"),
        },
        _ => format!("`{name}` comes before `{other}` where nothing else decides"),
    }
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
