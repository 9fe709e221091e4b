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
mod directory;
mod manifest;
pub mod store;
mod evict;
#[cfg(feature = "download")]
pub mod download;

/// What a model takes on disk: its file, or those of a directory that are read.
///
/// # Errors
/// It is not there.
#[cfg(feature = "worker")]
pub(crate) fn size(model: &std::path::Path) -> Result<u64, ModelError> {
    digest::Fingerprint::of(model).map(|seen| seen.bytes)
}

pub use catalog::{CatalogEntry, Mirror, MirrorPackage, Part};
pub use error::ModelError;
pub use evict::{Freed, FreedFile};
pub use store::{ListedModel, ModelFile, ModelRef, ModelStore};
