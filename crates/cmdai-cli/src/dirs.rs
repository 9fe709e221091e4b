//! Where cmdai keeps things, by the XDG rules on Unix and under %LOCALAPPDATA% on Windows.

use std::path::PathBuf;

/// What can be made again: models, evaluated prompts, probe results.
#[must_use]
pub fn cache() -> PathBuf {
    base("XDG_CACHE_HOME", ".cache").join("cmdai")
}

/// What tells of the past: logs.
#[must_use]
pub fn state() -> PathBuf {
    base("XDG_STATE_HOME", ".local/state").join("cmdai")
}

/// `variable` where it holds an absolute path, as the specification demands, else `fallback` in the home directory.
fn base(variable: &str, fallback: &str) -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(variable)
        .or_else(|| if cfg!(windows) { absolute("LOCALAPPDATA") } else { None })
        .or_else(|| std::env::home_dir().map(|home| home.join(fallback)))
        .unwrap_or_else(std::env::temp_dir)
}
