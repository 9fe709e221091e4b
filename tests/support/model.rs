//! The models that tests run with, from the user's cache; `cargo xtask test` puts them there.

use cmdai_backends::model::{ModelFile, ModelRef, ModelStore};
use std::path::PathBuf;

/// The verified file of a catalog model.
pub(crate) fn model(id: &str) -> ModelFile {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .expect("a home directory");
    let store = ModelStore::new(cache.join("cmdai/models"));
    store
        .locate(&ModelRef::parse(id).expect("a catalog id"), &mut |_, _| {})
        .unwrap_or_else(|error| panic!("{error}: `cargo xtask model pull {id}` fetches it"))
}
