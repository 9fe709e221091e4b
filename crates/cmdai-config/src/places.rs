//! Where the files are, computed from variables; only whether a file is there is asked of the caller.
//!
//! Linux: `/etc/cmdai/config.toml`, then `$XDG_CONFIG_HOME/cmdai/config.toml` or `~/.config/cmdai/config.toml`. macOS: the same,
//! with `~/Library/Application Support` in the place of `~/.config`. Windows: `%PROGRAMDATA%` and `%APPDATA%`. The project's file
//! is the nearest `.cmdai.toml` from the current directory up to the root of the repository, or to the home directory.

use crate::environment::Environment;
use cmdai_core::request::Platform;
use std::path::{Path, PathBuf};

/// Name of a project's file.
pub const PROJECT_FILE: &str = ".cmdai.toml";
/// What is only at the root of a repository.
const ROOTS: [&str; 4] = [".git", ".jj", ".hg", ".svn"];
/// More directories than anybody has above each other.
const DEEPEST: usize = 256;

/// Where the files are. `None` is a layer that is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The file of this machine.
    pub system: Option<PathBuf>,
    /// The file of this user.
    pub user: Option<PathBuf>,
    /// The file of the project, which is there.
    pub project: Option<PathBuf>,
    /// The home directory, for `~/`.
    pub home: Option<PathBuf>,
    /// The user's file was named on purpose, so it must be there.
    pub must_exist: bool,
}

impl Places {
    /// The places on a platform, for a process in `cwd`. `is_there` tells whether something is at a path.
    #[must_use]
    pub fn find(platform: Platform, environment: &Environment, cwd: &Path, is_there: &dyn Fn(&Path) -> bool) -> Self {
        let home = environment.absolute(if platform == Platform::Windows { "USERPROFILE" } else { "HOME" });
        let in_home = |dir: &str| home.as_ref().map(|home| home.join(dir));
        let user = match platform {
            Platform::Linux => environment.absolute("XDG_CONFIG_HOME").or_else(|| in_home(".config")),
            Platform::MacOs => {
                environment.absolute("XDG_CONFIG_HOME").or_else(|| in_home("Library/Application Support"))
            }
            Platform::Windows => environment.absolute("APPDATA").or_else(|| in_home("AppData/Roaming")),
        };
        let system = match platform {
            Platform::Windows => environment.absolute("PROGRAMDATA"),
            Platform::Linux | Platform::MacOs => Some(PathBuf::from("/etc")),
        };
        let file = |dir: PathBuf| dir.join("cmdai").join("config.toml");
        let project = project(cwd, home.as_deref(), is_there);
        Self { system: system.map(file), user: user.map(file), project, home, must_exist: false }
    }

    /// The same with a file the user named in the place of the user's file.
    #[must_use]
    pub fn with_user(mut self, path: PathBuf) -> Self {
        self.user = Some(path);
        self.must_exist = true;
        self
    }

    /// No files at all; `~/` keeps its meaning.
    #[must_use]
    pub fn without_files(self) -> Self {
        Self { home: self.home, ..Self::default() }
    }
}

/// The nearest project file. Above the repository it would be anybody's, and so would one in a shared directory such as
/// `/tmp`: where there is neither repository nor home above, only the current directory counts.
fn project(cwd: &Path, home: Option<&Path>, is_there: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
    let mut nearest = None;
    for dir in cwd.ancestors().take(DEEPEST) {
        let file = dir.join(PROJECT_FILE);
        if nearest.is_none() && is_there(&file) {
            nearest = Some(file);
        }
        if home == Some(dir) || ROOTS.iter().any(|root| is_there(&dir.join(root))) {
            return nearest;
        }
    }
    nearest.filter(|file| file.parent() == Some(cwd))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(platform: Platform, variables: &[(&str, &str)], cwd: &str, there: &[&str]) -> Places {
        let environment = variables.iter().copied().collect();
        Places::find(platform, &environment, Path::new(cwd), &|path| there.iter().any(|p| Path::new(p) == path))
    }

    fn user(platform: Platform, variables: &[(&str, &str)], expected: Option<&str>) {
        let found = find(platform, variables, "/", &[]).user;
        assert_eq!(found, expected.map(PathBuf::from), "{platform} {variables:?}");
    }

    #[cfg(unix)]
    #[test]
    fn the_files_are_where_the_platform_has_them() {
        use Platform::{Linux, MacOs, Windows};
        user(Linux, &[("HOME", "/h")], Some("/h/.config/cmdai/config.toml"));
        user(Linux, &[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")], Some("/x/cmdai/config.toml"));
        user(Linux, &[("HOME", "/h"), ("XDG_CONFIG_HOME", "x")], Some("/h/.config/cmdai/config.toml"));
        user(Linux, &[("HOME", "/h"), ("XDG_CONFIG_HOME", "")], Some("/h/.config/cmdai/config.toml"));
        user(Linux, &[("HOME", "h")], None);
        user(Linux, &[], None);
        user(MacOs, &[("HOME", "/h")], Some("/h/Library/Application Support/cmdai/config.toml"));
        user(MacOs, &[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")], Some("/x/cmdai/config.toml"));
        user(Windows, &[("APPDATA", "/a")], Some("/a/cmdai/config.toml"));
        user(Windows, &[("USERPROFILE", "/u")], Some("/u/AppData/Roaming/cmdai/config.toml"));
        let system = |platform, variables: &[(&str, &str)]| find(platform, variables, "/", &[]).system;
        assert_eq!(system(Linux, &[]), Some("/etc/cmdai/config.toml".into()));
        assert_eq!(system(Windows, &[("PROGRAMDATA", "/p")]), Some("/p/cmdai/config.toml".into()));
        assert_eq!(system(Windows, &[]), None);
    }

    #[cfg(windows)]
    #[test]
    fn the_files_are_where_windows_has_them() {
        use Platform::Windows;
        user(Windows, &[("APPDATA", r"C:\a")], Some(r"C:\a\cmdai\config.toml"));
        user(Windows, &[("APPDATA", "a"), ("USERPROFILE", r"C:\u")], Some(r"C:\u\AppData\Roaming\cmdai\config.toml"));
        user(Windows, &[], None);
        let found =
            find(Windows, &[("PROGRAMDATA", r"C:\p"), ("USERPROFILE", r"C:\u")], r"C:\u\a\b", &[r"C:\u\a\.cmdai.toml"]);
        assert_eq!(found.system, Some(r"C:\p\cmdai\config.toml".into()));
        assert_eq!(found.project, Some(r"C:\u\a\.cmdai.toml".into()));
    }

    #[cfg(unix)]
    #[test]
    fn the_project_is_looked_for_up_to_the_repository_or_home() {
        let check = |cwd: &str, there: &[&str], expected: Option<&str>| {
            let found = find(Platform::Linux, &[("HOME", "/h")], cwd, there).project;
            assert_eq!(found, expected.map(PathBuf::from), "{cwd} {there:?}");
        };
        check("/h/a/b", &["/h/a/b/.cmdai.toml", "/h/a/.cmdai.toml"], Some("/h/a/b/.cmdai.toml"));
        check("/h/a/b", &["/h/a/.cmdai.toml", "/h/a/.git"], Some("/h/a/.cmdai.toml"));
        check("/h/a/b", &["/h/.cmdai.toml", "/h/a/.git"], None);
        check("/h/a/b", &["/h/.cmdai.toml"], Some("/h/.cmdai.toml"));
        check("/h/a/b", &["/.cmdai.toml"], None);
        check("/tmp/x", &["/tmp/.cmdai.toml"], None);
        check("/tmp", &["/tmp/.cmdai.toml"], Some("/tmp/.cmdai.toml"));
        check("/srv/a/b", &["/srv/a/.cmdai.toml", "/srv/a/.jj"], Some("/srv/a/.cmdai.toml"));
        check("/h", &[], None);
    }
}
