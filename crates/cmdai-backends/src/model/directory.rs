//! A model that is a directory: MLX's own checkpoints, with `config.json`, `tokenizer.json` and weights in `.safetensors` files.
//!
//! Beside `gguf`: what the store asks of a file, asked of a directory. What such a model is, is a SHA-256 over names and sums of the files
//! that a runtime reads, in the lines of `sha256sum`, so that anybody can compute it again. Other files (a README) do not count: they
//! may come and go. Links are followed, because the cache of Hugging Face's tools is made of them.

use super::digest::{Fingerprint, finish, hash_file};
use super::error::ModelError;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const CONFIG: &str = "config.json";
const INDEX: &str = "model.safetensors.index.json";
/// The files that are read, beside the weights.
const READ: [&str; 5] = [CONFIG, INDEX, "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"];
const WEIGHTS: &str = ".safetensors";

/// Whether a file of this name counts.
pub(crate) fn counts(name: &str) -> bool {
    !name.starts_with('.') && (READ.contains(&name) || name.ends_with(WEIGHTS))
}

/// The files that count, by name.
fn files(dir: &Path) -> Result<BTreeSet<String>, ModelError> {
    let entries = std::fs::read_dir(dir).map_err(ModelError::io("read", dir))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter(|name| counts(name) && dir.join(name).is_file()).collect())
}

/// Says what such a model must have and this directory has not.
pub(super) fn require_whole(dir: &Path) -> Result<(), ModelError> {
    let files = files(dir)?;
    if !files.contains(CONFIG) {
        return Err(ModelError::Directory { path: dir.to_owned() });
    }
    let needed = weights(dir, &files)?.into_iter().chain(["tokenizer.json".to_owned()]);
    match needed.into_iter().find(|name| !files.contains(name)) {
        Some(missing) => Err(ModelError::Incomplete { path: dir.to_owned(), missing }),
        None => Ok(()),
    }
}

/// The files with weights, as the index says, or the one that there is without it.
fn weights(dir: &Path, files: &BTreeSet<String>) -> Result<BTreeSet<String>, ModelError> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    if !files.contains(INDEX) {
        return Ok(BTreeSet::from([format!("model{WEIGHTS}")]));
    }
    let path = dir.join(INDEX);
    let text = std::fs::read(&path).map_err(ModelError::io("read", &path))?;
    let index: Index = serde_json::from_slice(&text).map_err(|error| ModelError::io("read", &path)(error.into()))?;
    Ok(index.weight_map.into_values().collect())
}

/// What the files look like.
pub(super) fn fingerprint(dir: &Path) -> Result<Fingerprint, ModelError> {
    let mut parts = BTreeMap::new();
    for name in files(dir)? {
        let path = dir.join(&name);
        parts.insert(name, Fingerprint::of_file(&std::fs::metadata(&path).map_err(ModelError::io("look at", &path))?));
    }
    Ok(Fingerprint { bytes: parts.values().map(|part| part.bytes).sum(), parts, ..Fingerprint::default() })
}

/// Hashes all of it: the sum of each file, and what they looked like.
pub(super) fn hash(
    dir: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(BTreeMap<String, String>, Fingerprint), ModelError> {
    let total = fingerprint(dir)?.bytes;
    let (mut sums, mut seen) = (BTreeMap::new(), Fingerprint::default());
    for name in files(dir)? {
        let before = seen.bytes;
        let (sum, part) = hash_file(&dir.join(&name), &mut |done, _| progress(before + done, total))?;
        seen.bytes += part.bytes;
        seen.parts.insert(name.clone(), part);
        sums.insert(name, sum);
    }
    Ok((sums, seen))
}

/// What a directory is whose files have these sums.
pub(crate) fn identity<'a>(sums: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let sorted: BTreeMap<&str, &str> = sums.into_iter().collect();
    let mut hasher = Sha256::new();
    for (name, sum) in sorted {
        hasher.update(format!("{sum}  {name}\n"));
    }
    finish(hasher)
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
