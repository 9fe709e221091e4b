//! Which backend answers: a decision made of values, and the chain that is tried when it was wrong.
//!
//! [`select`] looks at the candidates, at what was [`Learned`] of them and at the [`Criteria`], and touches nothing: no
//! network, no file, no clock. Probing is the caller's, as far as [`to_probe`] asks for it; what a probe found is kept for
//! a while, so that nothing is asked when nothing changed. [`Fallback`] tries the chain for one request.
//!
//! Invariants: a prompt leaves this machine only with [`Criteria::allow_remote`], be it as first choice or as fallback
//! (`no_permission_no_remote`); a failure never moves a candidate forward (`a_failure_never_helps`); the order of the
//! candidates decides nothing (`the_same_question_has_the_same_answer`); every candidate gets its reason
//! (`every_candidate_has_its_reason`). Times are those that were measured: where none was, none is expected.

mod breaker;
mod candidate;
mod choose;
mod fallback;
mod learned;
mod reasons;

pub use breaker::Breaker;
pub use candidate::{Candidate, Criteria, Kind, Needs, Place, Policy};
pub use choose::{Expected, NoBackend, Other, Selection, select, to_probe};
pub use fallback::{Fallback, Link, Notice};
pub use learned::{LastFailure, Learned, Outcome, Percentiles, ProbeResult, Record, Samples, Times};
pub use reasons::WhyNot;

/// Keeps what was learned between runs of the program.
///
/// Two programs that store at once lose what one of them learned: it is advice, not a ledger.
pub trait LearnedStore: Send {
    /// What was stored last; empty if nothing was, or if it is of another version.
    ///
    /// # Errors
    /// [`StoreError`] with the cause; selection then works with nothing learned.
    fn load(&mut self) -> Result<Learned, StoreError>;

    /// Stores it in the place of what was there.
    ///
    /// # Errors
    /// [`StoreError`] with the cause; the request is none the worse for it.
    fn store(&mut self, learned: &Learned) -> Result<(), StoreError>;
}

/// Why what was learned could not be kept or found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what was learned of the backends could not be kept: {0}")]
pub struct StoreError(pub String);
