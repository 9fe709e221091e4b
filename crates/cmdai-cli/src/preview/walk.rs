//! Goes through directories without following a link, until enough was seen.

use super::NAMES;
use std::fs::{self, FileType, Metadata};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Deeper than any tree of a person.
const DEEPEST: usize = 200;

/// How far one may go.
#[derive(Debug)]
pub(super) struct Walk {
    left: usize,
    until: Option<Instant>,
    cut: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: u64,
    pub(super) directories: u64,
    pub(super) bytes: u64,
    pub(super) names: Vec<String>,
    /// The named files and directories themselves, without what is below them.
    pub(super) tops: Vec<PathBuf>,
}

impl Found {
    /// Counts one entry; `shown` is how the command would name it.
    pub(super) fn add(&mut self, shown: &Path, meta: &Metadata) {
        if meta.is_dir() {
            self.directories += 1;
        } else {
            self.files += 1;
            self.bytes += meta.len();
        }
        if self.names.len() < NAMES {
            self.names.push(shown.display().to_string());
        }
    }
}

impl Walk {
    pub(super) const fn new(most: usize, until: Option<Instant>) -> Self {
        Self { left: most, until, cut: false }
    }

    pub(super) const fn is_complete(&self) -> bool {
        !self.cut
    }

    /// Something could not be looked at.
    pub(super) const fn cut(&mut self) {
        self.cut = true;
    }

    /// Whether one more entry may be looked at.
    fn goes_on(&mut self) -> bool {
        let late = self.left.is_multiple_of(64) && self.until.is_some_and(|until| Instant::now() >= until);
        if self.left == 0 || late {
            self.left = 0;
            self.cut = true;
            return false;
        }
        self.left -= 1;
        true
    }

    /// Names and kinds in a directory, in order, so that the same names are told each time.
    pub(super) fn entries(&mut self, dir: &Path) -> Vec<(PathBuf, FileType)> {
        let Ok(read) = fs::read_dir(dir) else {
            self.cut = true;
            return Vec::new();
        };
        let mut entries = Vec::new();
        for entry in read.flatten() {
            if !self.goes_on() {
                break;
            }
            if let Ok(kind) = entry.file_type() {
                entries.push((entry.path(), kind));
            }
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries
    }

    /// Everything below `dir` and itself, each before what is below it.
    pub(super) fn tree(
        &mut self,
        path: &Path,
        depth: usize,
        visit: &mut dyn FnMut(&Path, &Metadata, usize) -> Descend,
    ) {
        let Ok(meta) = path.symlink_metadata() else { return };
        if visit(path, &meta, depth) == Descend::No || !meta.is_dir() {
            return;
        }
        if depth >= DEEPEST {
            self.cut = true;
            return;
        }
        for (path, _) in self.entries(path) {
            self.tree(&path, depth + 1, visit);
        }
    }
}

/// Whether to go on below a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Descend {
    Yes,
    No,
}
