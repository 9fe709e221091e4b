//! The order of what was found: how well it matches, how warm it is, whether it was used here, how it ended.

use super::candidates::{Candidate, Candidates};
use super::{Hit, Ranking, SearchQuery};
use crate::store::warm_share;
use std::collections::HashMap;

const WARM: f64 = 0.5;
const HERE: f64 = 0.25;
const FAILED: f64 = 0.15;
const FAVOURITE: f64 = 0.2;

/// Scores the candidates and keeps, of each command, the best entry.
pub(crate) fn rank(candidates: &Candidates, query: &SearchQuery) -> Ranking {
    let now = chrono::Utc::now().timestamp_micros();
    let score = |c: &Candidate| {
        let here = query.here.is_some() && c.is_here;
        c.fit
            + WARM * c.warmth.map_or(0.0, |w| warm_share(w, now))
            + if here { HERE } else { 0.0 }
            + if c.favourite { FAVOURITE } else { 0.0 }
            - if c.exit.is_some_and(|exit| exit != 0) { FAILED } else { 0.0 }
    };
    let mut best: HashMap<(Option<i64>, i64), (f64, i64, i64)> = HashMap::new();
    for candidate in &candidates.all {
        // Entries without a command stand for themselves.
        let key = candidate.command.map_or((None, candidate.row), |command| (Some(command), 0));
        let scored = (score(candidate), candidate.time, candidate.row);
        let kept = best.entry(key).or_insert(scored);
        if (scored.1, scored.2) > (kept.1, kept.2) {
            *kept = (scored.0.max(kept.0), scored.1, scored.2);
        } else {
            kept.0 = kept.0.max(scored.0);
        }
    }
    let mut hits: Vec<_> = best.into_values().collect();
    hits.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(b.2.cmp(&a.2)));
    Ranking {
        hits: hits.into_iter().map(|(score, _, row)| Hit { row, score }).collect(),
        complete: candidates.complete,
    }
}
