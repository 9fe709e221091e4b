//! Settings from text to value: layers, mistakes, files.

#![allow(missing_docs, reason = "a test target has no public interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod broken;
mod documents;
mod drafts;
mod files;
mod layers;
#[path = "../../support/config_values.rs"]
mod values;
