//! Finds and loads llama.cpp's code for this machine's processor.
//!
//! Used by [`load`](super::load) in builds with the feature `variants` alone: there the code that computes lies in shared
//! libraries, one for each generation of processors, and llama.cpp takes the best of those that run here. Left to itself it
//! would look for them in the directory of its own build and in the current directory, where anybody may have put one; so only
//! directories beside the program are looked at, and without a library there nothing of llama.cpp is started.
//!
//! Not here: the libraries that the program is linked with (`libllama`, `libggml`), which the system's linker finds by the
//! path in the program (`cargo xtask dist` writes it).

use llama_cpp_2::list_llama_ggml_backend_devices;
use llama_cpp_2::llama_backend::load_backends_from_path;
use std::env;
use std::path::{Path, PathBuf};

/// Beside `bin/cmdai`, as a package lays it out.
const BESIDE: &str = "../lib/cmdai";

/// What every variant's file is called, between the system's prefix and suffix.
const STEM: &str = "ggml-cpu-";

/// Loads the best variant; to be called before llama.cpp is set up.
pub(super) fn load() -> Result<(), String> {
    let program = env::current_exe().and_then(|path| path.canonicalize()).map_err(|error| error.to_string())?;
    let home = program.parent().unwrap_or(Path::new("/"));
    let Some(dir) = dirs(home).into_iter().find(|dir| holds_variants(dir)) else {
        return Err(format!("no file {STEM}* in {} or beside the program", home.join(BESIDE).display()));
    };
    if dir.to_str().is_none() {
        return Err(format!("{} is not valid UTF-8, which llama.cpp needs", dir.display()));
    }
    load_backends_from_path(&dir);
    if list_llama_ggml_backend_devices().is_empty() {
        return Err(format!("none of the files {STEM}* in {} runs on this processor", dir.display()));
    }
    tracing::debug!(dir = %dir.display(), "variants of llama.cpp loaded");
    Ok(())
}

/// Where variants may lie, the likeliest first.
fn dirs(home: &Path) -> Vec<PathBuf> {
    [home.join(BESIDE), home.to_owned()].iter().filter_map(|dir| dir.canonicalize().ok()).collect()
}

fn holds_variants(dir: &Path) -> bool {
    let prefix = format!("{}{STEM}", env::consts::DLL_PREFIX);
    let mut names = dir.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().starts_with(&prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_directories_beside_the_program_are_looked_at() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (bin, lib) = (root.join("bin"), root.join("lib/cmdai"));
        fs::create_dir_all(&bin).unwrap();
        assert_eq!(dirs(&bin), [bin.clone()]);
        fs::create_dir_all(&lib).unwrap();
        assert_eq!(dirs(&bin), [lib.clone(), bin]);

        assert!(!holds_variants(&lib));
        fs::write(lib.join("libggml.so"), "").unwrap();
        assert!(!holds_variants(&lib));
        fs::write(lib.join(format!("{}ggml-cpu-x64{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX)), "").unwrap();
        assert!(holds_variants(&lib));
    }
}
