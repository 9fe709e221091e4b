#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
//!
//! The modules stand in the order a command passes through them; the sources of knowledge follow.

pub mod check;
mod verify;
pub mod explain;
mod told;
mod fit;
mod inspect;
mod walk;
mod options;
mod values;
mod arity;
mod traps;
mod literal;
mod invented;
mod pitfalls;
mod asked;
mod amend;
mod slip;

mod knowledge;
pub mod program;
pub mod table;
mod builtins;
mod packages;
mod nearest;
mod index;
mod machine;
pub mod sources;

pub use amend::{Amendment, amend};
pub use check::{Check, CheckKind, Edit, Outcome, Report};
pub use explain::{Part, PartKind, explain, explain_asking};
pub use knowledge::{Knowledge, Presence};
pub use machine::{Machine, NoRun, Run, Stamp};
pub use packages::{Package, package};
pub use program::{Opt, Program, Trust};
pub use slip::{Slip, slip};
pub use sources::Processes;
pub use verify::{Query, verify};
