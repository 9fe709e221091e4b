//! Which models there are, which of them lie on this machine, and how one gets here.
//!
//! Stands before the flow: a backend asks [`ModelStore::locate`] for a verified file and loads it. What makes a source irrelevant
//! is the SHA-256 pinned in [`catalog`]: bytes that do not match it never get a model's name, wherever they came from.
//!
//! Deliberately not here: which model is the right one for a machine, and every word a person reads.

pub mod catalog;
pub mod error;
pub mod gguf;
mod digest;
mod manifest;
pub mod store;
mod evict;
#[cfg(feature = "download")]
pub mod download;

pub use catalog::{CatalogEntry, Mirror, MirrorPackage};
pub use error::ModelError;
pub use evict::{Freed, FreedFile};
pub use store::{ListedModel, ModelFile, ModelRef, ModelStore};
