#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![allow(clippy::similar_names, reason = "`text` and `test` are what they are called")]
//!
//! The modules stand in the order an entry passes through them: hidden, kept, found, offered again, aged, carried elsewhere.

mod error;
mod files;
pub mod redact;
pub mod schema;
mod store;
pub mod search;
mod manage;
mod ids;
mod repeat;
mod retention;
mod delete;
mod scan;
mod stats;
mod backup;
mod export;
mod import;
mod doctor;

pub use delete::Deleted;
pub use doctor::{Health, Recovered};
pub use error::HistoryError;
pub use export::{Format, NATIVE_VERSION};
pub use import::{Imported, Skipped, Source};
pub use repeat::{Repeat, normalised};
pub use retention::{Retained, RetentionPolicy};
pub use scan::Scanned;
pub use search::{Cursor, ExitFilter, Page, Ranking, SearchMode, SearchQuery};
pub use stats::Stats;
pub use store::{Checkpoint, Found, Journal, Metric, MetricSummary, Notice, Options, Saved, Store};
