#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
//!
//! The modules stand in the order an entry passes through them: hidden, kept, found, offered again, aged, carried elsewhere.

mod error;
mod files;
pub mod redact;
pub mod schema;
mod store;
pub mod search;
mod manage;
mod repeat;
mod doctor;

pub use doctor::{Health, Recovered};
pub use error::HistoryError;
pub use search::{Cursor, ExitFilter, Page, Ranking, SearchMode, SearchQuery};
pub use repeat::Repeat;
pub use store::{Checkpoint, Found, Journal, Metric, MetricSummary, Notice, Options, Saved, Store};
