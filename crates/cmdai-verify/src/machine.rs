//! Files and programs of the machine a command is for: where programs lie, their documentation, and how they are asked.
//!
//! Everything that touches the outside stands here and in [`crate::sources::help`], behind a root directory and a [`Run`], so a
//! test states a machine as a directory. Invariants: only files below the root are read; a program is only asked for help if it
//! is on the list, native, in a system directory and cannot be written by its user (held by `only_harmless_programs_are_asked`).

use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Longest documentation that is read, unpacked, in bytes.
const MAX_PAGE: u64 = 4 * 1024 * 1024;

/// Asks a program for its help.
pub trait Run: Send + Sync {
    /// What `program` prints when it is given `args`, at most 256 KiB; nothing if it does not end within a second.
    fn help(&self, program: &Path, args: &[&str]) -> Option<String>;
}

/// Asks nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRun;

impl Run for NoRun {
    fn help(&self, _: &Path, _: &[&str]) -> Option<String> {
        None
    }
}

/// A machine as seen through its files.
#[derive(Clone)]
pub struct Machine {
    root: PathBuf,
    path: Vec<PathBuf>,
    manuals: Vec<PathBuf>,
    bash: Vec<PathBuf>,
    fish: Vec<PathBuf>,
    pub(crate) runner: Arc<dyn Run>,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("root", &self.root).field("path", &self.path).finish_non_exhaustive()
    }
}

/// Which version of a file was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The file.
    pub path: PathBuf,
    /// Last change, in nanoseconds since 1970.
    pub changed: u128,
    /// Bytes.
    pub size: u64,
}

impl Machine {
    /// The machine below `root` (`/` for this one) with these program directories, in order and separated by `:` as in `PATH`.
    /// Documentation is looked for beside them and in the usual places. No program is ever run, see [`Machine::with_runner`].
    #[must_use]
    pub fn new(root: &Path, path: &str) -> Self {
        let dirs: Vec<&str> = path.split(':').filter(|dir| dir.starts_with('/')).collect();
        let beside = |below: &str| {
            dirs.iter().filter_map(|dir| Some(format!("{}/{below}", dir.rsplit_once('/')?.0))).collect::<Vec<_>>()
        };
        let join = |mut all: Vec<String>, usual: &[&str]| {
            all.extend(usual.iter().map(|&dir| dir.to_owned()));
            let mut found: Vec<PathBuf> = Vec::new();
            for dir in all.iter().map(|dir| below(root, dir)).filter(|dir| dir.is_dir()) {
                if !found.contains(&dir) {
                    found.push(dir);
                }
            }
            found
        };
        let mut manuals = beside("share/man");
        manuals.extend(beside("man"));
        Self {
            root: root.to_owned(),
            path: dirs.iter().map(|dir| below(root, dir)).collect(),
            manuals: join(
                manuals,
                &["/usr/share/man", "/usr/local/share/man", "/Library/Developer/CommandLineTools/usr/share/man"],
            ),
            bash: join(
                beside("share/bash-completion/completions"),
                &["/usr/share/bash-completion/completions", "/etc/bash_completion.d"],
            ),
            fish: join(
                beside("share/fish/completions"),
                &["/usr/share/fish/completions", "/usr/share/fish/vendor_completions.d"],
            ),
            runner: Arc::new(NoRun),
        }
    }

    /// The same machine with somebody who may ask [harmless](crate::sources::help) programs for their help.
    #[must_use]
    pub fn with_runner(mut self, runner: Arc<dyn Run>) -> Self {
        self.runner = runner;
        self
    }

    /// Where the program lies: the first on the path.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        if name.is_empty() || name.contains(['/', '\0']) {
            return None;
        }
        self.path.iter().map(|dir| dir.join(name)).find(|path| is_program(path))
    }

    /// The names of all programs on the path, in no order, each as often as it is there.
    #[must_use]
    pub fn programs(&self) -> Vec<String> {
        let entries = self.path.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten();
        entries
            .filter(|entry| is_program(&entry.path()))
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    /// Whether this absolute path is there.
    #[must_use]
    pub fn has_path(&self, path: &str) -> bool {
        path.starts_with('/') && !path.contains('\0') && below(&self.root, path).exists()
    }

    /// The manual page of this name in the sections for programs.
    #[must_use]
    pub fn manual(&self, name: &str) -> Option<PathBuf> {
        let plain = !name.is_empty() && !name.contains(['/', '\0']) && !name.starts_with('.');
        let ends = ["1.gz", "1", "8.gz", "8", "1ssl.gz", "1ssl", "1m", "6.gz", "6", "1p.gz"];
        let places = self.manuals.iter().filter(|_| plain).flat_map(|dir| {
            ends.iter()
                .map(move |end| dir.join(format!("man{}", end.get(..1).unwrap_or("1"))).join(format!("{name}.{end}")))
        });
        places.into_iter().find(|path| path.is_file())
    }

    /// The page that a page of only `.so NAME` stands for.
    #[must_use]
    pub(crate) fn manual_at(&self, relative: &str) -> Option<PathBuf> {
        if relative.contains("..") || relative.starts_with('/') {
            return None;
        }
        let places = self.manuals.iter().flat_map(|dir| [dir.join(relative), dir.join(format!("{relative}.gz"))]);
        places.into_iter().find(|path| path.is_file())
    }

    /// The completion file of this name, for bash.
    #[must_use]
    pub(crate) fn bash_completion(&self, name: &str) -> Option<PathBuf> {
        let plain = !name.is_empty() && !name.contains(['/', '\0']);
        let names = [name.to_owned(), format!("{name}.bash"), format!("_{name}")];
        self.bash.iter().filter(|_| plain).flat_map(|dir| names.iter().map(|n| dir.join(n))).find(|path| path.is_file())
    }

    /// The completion file of this name, for fish.
    #[must_use]
    pub(crate) fn fish_completion(&self, name: &str) -> Option<PathBuf> {
        let plain = !name.is_empty() && !name.contains(['/', '\0']);
        self.fish.iter().filter(|_| plain).map(|dir| dir.join(format!("{name}.fish"))).find(|path| path.is_file())
    }

    /// Whether `path` may be asked for help: native code in a system directory that only root can change.
    #[must_use]
    pub fn is_trusted(&self, path: &Path) -> bool {
        let system = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin"];
        let Ok(real) = path.canonicalize() else { return false };
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        let Some(dir) = real.parent().and_then(|dir| dir.strip_prefix(&root).ok()) else { return false };
        let dir = format!("/{}", dir.display());
        // Distributions keep some programs in directories of their own below these.
        let inside = system.contains(&dir.as_str()) || dir.starts_with("/usr/lib/");
        inside && owned_by_root(&real) && is_native(&real)
    }
}

/// `path` as seen from `root`.
fn below(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

#[cfg(unix)]
fn owned_by_root(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).is_ok_and(|meta| meta.uid() == 0 && meta.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn owned_by_root(_: &Path) -> bool {
    false
}

/// ELF or Mach-O: a script could do anything before it looks at its arguments.
fn is_native(path: &Path) -> bool {
    let mut start = [0_u8; 4];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    let mach = [[0xcf, 0xfa, 0xed, 0xfe], [0xca, 0xfe, 0xba, 0xbe], [0xce, 0xfa, 0xed, 0xfe]];
    read.is_ok() && (start == *b"\x7fELF" || mach.contains(&start))
}

/// The version of a file; nothing if it is not there.
#[must_use]
pub(crate) fn stamp(path: &Path) -> Option<Stamp> {
    let meta = fs::metadata(path).ok()?;
    let changed = meta.modified().ok()?.duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.as_nanos());
    Some(Stamp { path: path.to_owned(), changed, size: meta.len() })
}

/// The text of a file, unpacked if its name ends in `.gz`; broken characters are replaced.
#[must_use]
pub(crate) fn read_text(path: &Path) -> Option<String> {
    let file = fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    if path.extension().is_some_and(|end| end == "gz") {
        flate2::read::GzDecoder::new(file).take(MAX_PAGE).read_to_end(&mut bytes).ok()?;
    } else {
        file.take(MAX_PAGE).read_to_end(&mut bytes).ok()?;
    }
    Some(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}
