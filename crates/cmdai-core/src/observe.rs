//! What happens while a request is worked on, for whoever shows it.
//!
//! Beside the flow: the pipeline tells, an observer never answers. Text that was only streamed is not final: only
//! [`StreamEvent::Assessed`] is.

use crate::assess::Assessment;
use crate::generate::{GenerateError, Preparation};
use crate::proposal::{Check, Proposal, Refusal};

/// One event of a request, in flow order.
#[derive(Debug)]
#[non_exhaustive]
pub enum StreamEvent<'a> {
    /// Generation begins.
    Started,
    /// The backend is getting ready.
    Progress {
        /// What it is doing.
        step: Preparation,
        /// Share of the step done, 0 to 1.
        fraction: f32,
    },
    /// Text of the first answer, not judged and not final.
    Text {
        /// The new text.
        text: &'a str,
    },
    /// All text so far is void; the answer begins again.
    Restarted {
        /// What happened, in one sentence.
        why: &'a str,
    },
    /// The answer is a command.
    Proposed(&'a Proposal),
    /// What was checked of it, passed or not.
    Checked(&'a [Check]),
    /// The answer is no command.
    Refused(&'a Refusal),
    /// The backend failed.
    Failed(&'a GenerateError),
    /// A command was judged: the proposed one, or an edited one.
    Assessed(&'a Assessment),
}

/// Watches requests. Laws: `contract::observe`.
pub trait Observe: Send {
    /// Takes note of one event; must not block for long, generation waits for it.
    fn observe(&mut self, event: &StreamEvent<'_>);
}
