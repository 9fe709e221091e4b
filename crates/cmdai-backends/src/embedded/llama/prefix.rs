//! The evaluated system prompt, kept on disk.
//!
//! Restoring it costs some milliseconds, evaluating it 1.4 seconds and more. A state is named by everything it depends on and
//! by the checksum of its own bytes, so a stale one is never found and a damaged one is noticed; either way the prefix is
//! evaluated again and nothing fails (held by `a_damaged_state_is_not_used`). Only the newest few are kept.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::token::LlamaToken;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Which llama.cpp wrote a state; part of its name. Held equal to the manifest by `the_build_is_the_one_in_the_manifest`.
const LLAMA_BUILD: &str = "llama-cpp-2 0.1.160";
/// Two shells with two models each; a state has 10 to 30 MB.
const STATES_KEPT: usize = 4;

/// A directory of states.
#[derive(Debug, Clone)]
pub(super) struct PrefixCache {
    dir: PathBuf,
}

impl PrefixCache {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Loads the state of `tokens` into sequence 0. `false` where there is none that can be used.
    pub(super) fn restore(&self, context: &mut LlamaContext<'_>, model: &str, tokens: &[LlamaToken]) -> bool {
        let Some(path) = self.find(&key(model, tokens)) else { return false };
        match context.state_seq_load_file(&path, 0, tokens.len()) {
            Ok((restored, _)) if restored == tokens => return true,
            other => tracing::warn!(?path, error = ?other.err(), "the saved prefix state was refused"),
        }
        // A half-read state must not be mistaken for the prefix.
        context.clear_kv_cache();
        let _ = fs::remove_file(path);
        false
    }

    /// Saves sequence 0, which holds exactly `tokens`.
    pub(super) fn save(&self, context: &LlamaContext<'_>, model: &str, tokens: &[LlamaToken]) -> Result<(), String> {
        create_private_dir(&self.dir).map_err(|error| error.to_string())?;
        let temporary = tempfile::Builder::new()
            .prefix("new-")
            .tempfile_in(&self.dir)
            .map_err(|error| error.to_string())?
            .into_temp_path();
        context.state_seq_save_file(&temporary, 0, tokens).map_err(|error| error.to_string())?;
        let sum = checksum(&temporary).map_err(|error| error.to_string())?;
        let path = self.dir.join(format!("{}-{sum:08x}.state", key(model, tokens)));
        temporary.persist(path).map_err(|error| error.to_string())?;
        self.drop_oldest();
        Ok(())
    }

    /// The file of `key` whose bytes have the checksum in its name.
    fn find(&self, key: &str) -> Option<PathBuf> {
        self.states().into_iter().find(|path| {
            let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or_default();
            let Some(expected) = name.strip_prefix(key).and_then(|rest| rest.strip_prefix('-')) else { return false };
            let intact = checksum(path).is_ok_and(|sum| format!("{sum:08x}") == expected);
            if !intact {
                tracing::warn!(?path, "the saved prefix state is damaged");
                let _ = fs::remove_file(path);
            }
            intact
        })
    }

    fn states(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.filter(|path| path.extension().is_some_and(|e| e == "state")).collect()
    }

    fn drop_oldest(&self) {
        let mut states = self.states();
        states.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).and_then(|m| m.modified()).ok()));
        for old in states.iter().skip(STATES_KEPT) {
            let _ = fs::remove_file(old);
        }
    }
}

fn key(model: &str, tokens: &[LlamaToken]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{LLAMA_BUILD}\n{model}\n"));
    for token in tokens {
        hash.update(token.0.to_le_bytes());
    }
    hex::encode(hash.finalize().get(..16).unwrap_or_default())
}

fn checksum(path: &Path) -> io::Result<u32> {
    let mut file = fs::File::open(path)?;
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize()),
            n => hasher.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}

fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_state_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let cache = PrefixCache::new(dir.path().to_owned());
        let name = |bytes: &[u8]| format!("key-{:08x}.state", crc32fast::hash(bytes));
        fs::write(dir.path().join(name(b"good")), b"good").unwrap();
        assert!(cache.find("key").is_some());
        assert!(cache.find("other").is_none());
        fs::write(dir.path().join(name(b"good")), b"gooe").unwrap();
        assert!(cache.find("key").is_none());
        assert!(cache.states().is_empty(), "a damaged state is removed");
    }

    #[test]
    fn the_name_depends_on_model_and_tokens() {
        let tokens = [LlamaToken(1), LlamaToken(2)];
        assert_ne!(key("a", &tokens), key("b", &tokens));
        assert_ne!(key("a", &tokens), key("a", &tokens[..1]));
    }

    #[test]
    fn only_the_newest_states_stay() {
        let dir = tempfile::tempdir().unwrap();
        let cache = PrefixCache::new(dir.path().to_owned());
        for i in 0..STATES_KEPT + 3 {
            fs::write(dir.path().join(format!("{i}.state")), b"").unwrap();
        }
        cache.drop_oldest();
        assert_eq!(cache.states().len(), STATES_KEPT);
    }

    #[test]
    fn the_build_is_the_one_in_the_manifest() {
        let manifest = include_str!("../../../../../Cargo.toml");
        let version = LLAMA_BUILD.strip_prefix("llama-cpp-2 ").unwrap();
        assert!(manifest.contains(&format!("llama-cpp-2 = {{ version = \"={version}\"")), "{LLAMA_BUILD}");
    }
}
