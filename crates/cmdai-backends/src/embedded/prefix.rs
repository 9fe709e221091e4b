//! The evaluated system prompt, kept on disk.
//!
//! Restoring it costs some milliseconds, evaluating it 1.4 seconds and more. A state is named by everything it depends on and
//! by the checksum of its own bytes, so a stale one is never found and a damaged one is noticed; either way the prefix is
//! evaluated again and nothing fails (held by `a_damaged_state_is_not_used`). Only the newest few are kept.

use super::runtime::{Outcome, Runtime, Token};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Two shells with two models each; a state has 10 to 30 MB.
const STATES_KEPT: usize = 4;
/// How the name of a state that is being written begins.
const UNFINISHED: &str = "new-";

/// A directory of states.
#[derive(Debug, Clone)]
pub(super) struct PrefixCache {
    dir: PathBuf,
    format: Format,
}

/// Who reads and writes a state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    /// The runtime and its version: another one has other states.
    pub(super) build: &'static str,
    /// How the names of its files end.
    pub(super) extension: &'static str,
}

impl PrefixCache {
    pub(super) fn new(dir: PathBuf, format: Format) -> Self {
        Self { dir, format }
    }

    /// Loads the state of `tokens` into sequence 0. `false` where there is none that can be used.
    pub(super) fn restore(&self, runtime: &mut impl Runtime, model: &str, tokens: &[Token]) -> bool {
        let Some(path) = self.find(&self.key(model, tokens)) else { return false };
        let Err(error) = runtime.restore(&path, tokens) else { return true };
        tracing::warn!(?path, error, "the saved prefix state was refused");
        let _ = fs::remove_file(path);
        false
    }

    /// Saves sequence 0, which holds exactly `tokens`.
    pub(super) fn save(&self, runtime: &impl Runtime, model: &str, tokens: &[Token]) -> Outcome<()> {
        create_private_dir(&self.dir).map_err(|error| error.to_string())?;
        let temporary = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .suffix(&format!(".{}", self.format.extension))
            .tempfile_in(&self.dir)
            .map_err(|error| error.to_string())?
            .into_temp_path();
        runtime.save(&temporary, tokens)?;
        let sum = checksum(&temporary).map_err(|error| error.to_string())?;
        let name = format!("{}-{sum:08x}.{}", self.key(model, tokens), self.format.extension);
        temporary.persist(self.dir.join(name)).map_err(|error| error.to_string())?;
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
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        entries
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with(UNFINISHED))
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == self.format.extension))
            .collect()
    }

    fn key(&self, model: &str, tokens: &[Token]) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{}\n{model}\n", self.format.build));
        for token in tokens {
            hash.update(token.to_le_bytes());
        }
        hex::encode(hash.finalize().get(..16).unwrap_or_default())
    }

    fn drop_oldest(&self) {
        let mut states = self.states();
        states.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).and_then(|m| m.modified()).ok()));
        for old in states.iter().skip(STATES_KEPT) {
            let _ = fs::remove_file(old);
        }
    }
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

    const FORMAT: Format = Format { build: "one 1.0", extension: "state" };

    #[test]
    fn a_damaged_state_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let cache = PrefixCache::new(dir.path().to_owned(), FORMAT);
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
        let key = |build, model: &str, tokens: &[Token]| {
            PrefixCache::new(PathBuf::new(), Format { build, ..FORMAT }).key(model, tokens)
        };
        let one = key("one 1.0", "a", &[1, 2]);
        assert_ne!(one, key("one 1.0", "b", &[1, 2]));
        assert_ne!(one, key("one 1.0", "a", &[1]));
        assert_ne!(one, key("one 1.1", "a", &[1, 2]));
    }

    #[test]
    fn only_the_newest_states_stay() {
        let dir = tempfile::tempdir().unwrap();
        let cache = PrefixCache::new(dir.path().to_owned(), FORMAT);
        for i in 0..STATES_KEPT + 3 {
            fs::write(dir.path().join(format!("{i}.state")), b"").unwrap();
        }
        cache.drop_oldest();
        assert_eq!(cache.states().len(), STATES_KEPT);
    }
}
