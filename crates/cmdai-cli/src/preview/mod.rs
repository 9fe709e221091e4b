//! What a command would do to files, told before anybody is asked: how many it deletes, moves or changes the mode of, and which.
//!
//! Beside the judgement, which says how bad an effect is and not how large. The words of the command are read as the judgement reads them,
//! globs and `find` are followed by a walk of our own, and nothing is ever run (`nothing_is_told_where_words_are_not_known`).
//! The walk ends at a count and at a time, then it is "at least"; a file system that hangs is given up on.
//! Where something is not known (a variable, a pipe, another shell), nothing is said at all: half a preview would be taken for a whole one.

mod deeds;
mod find;
mod glob;
mod walk;

use crate::say;
use crate::terminal::sanitize;
use cmdai_core::context::ExecutionContext;
use serde::Serialize;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use walk::{Found, Walk};

/// Time for the walk.
const PATIENCE: Duration = Duration::from_millis(200);
/// Longer than that only a file system takes that does not answer.
const GIVE_UP: Duration = Duration::from_millis(400);
/// Entries that are looked at.
const MOST: usize = 200_000;
/// Names that are told.
const NAMES: usize = 3;

/// What would be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Files go away.
    Delete,
    /// Files get another name or place.
    Move,
    /// Permissions change.
    Mode,
    /// The owner or the group changes.
    Owner,
}

/// One effect of a command on the files that are there now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    effect: Effect,
    /// Whatever is no directory.
    files: u64,
    directories: u64,
    /// Size of the files.
    bytes: u64,
    /// Whether these are all of them.
    complete: bool,
    /// The first few, as the command would name them.
    names: Vec<String>,
    /// What is there already under the new name, of a move.
    overwritten: Vec<String>,
}

/// What `command` would do; empty where it has no such effect, and where not all of it is known.
#[must_use]
pub fn of(command: &str, context: &ExecutionContext) -> Vec<Preview> {
    let Some(deeds) = deeds::of(command, context) else { return Vec::new() };
    if deeds.is_empty() {
        return Vec::new();
    }
    let (sender, receiver) = mpsc::channel();
    // Left alone if it does not answer: it only reads.
    let walking = std::thread::Builder::new().name("preview".to_owned()).spawn(move || {
        let until = Instant::now() + PATIENCE;
        let told: Option<Vec<Preview>> = deeds.iter().map(|deed| look(deed, Walk::new(MOST, Some(until)))).collect();
        let _ = sender.send(told);
    });
    let told = walking.ok().and_then(|_| receiver.recv_timeout(GIVE_UP).ok()).flatten();
    told.unwrap_or_default()
}

/// What one deed would do; `None` where that cannot be told.
fn look(deed: &deeds::Deed, mut walk: Walk) -> Option<Preview> {
    let mut found = Found::default();
    for target in &deed.targets {
        target.visit(&deed.cwd, &mut walk, &mut found)?;
    }
    let overwritten = deed.destination.as_ref().map(|to| overwritten(&deed.cwd, to, &found)).unwrap_or_default();
    Some(Preview {
        effect: deed.effect,
        files: found.files,
        directories: found.directories,
        bytes: found.bytes,
        complete: walk.is_complete(),
        names: found.names,
        overwritten,
    })
}

/// The names that a move would put others in the place of.
fn overwritten(cwd: &Path, to: &str, found: &Found) -> Vec<String> {
    let whole = cwd.join(to);
    if !whole.is_dir() {
        return if whole.symlink_metadata().is_ok() { vec![to.to_owned()] } else { Vec::new() };
    }
    let inside = found.tops.iter().filter_map(|top| {
        let name = top.file_name()?;
        whole.join(name).symlink_metadata().is_ok().then(|| Path::new(to).join(name).display().to_string())
    });
    inside.take(NAMES).collect()
}

impl Preview {
    /// As a person reads it, on one line; two where something is overwritten.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let does = match self.effect {
            Effect::Delete => "deletes",
            Effect::Move => "moves",
            Effect::Mode => "changes the mode of",
            Effect::Owner => "changes the owner of",
        };
        if self.files + self.directories == 0 {
            return if self.complete { vec![format!("  {does} nothing that is here now")] } else { Vec::new() };
        }
        let counted = [(self.files, "file", "files"), (self.directories, "directory", "directories")];
        let counted = counted.map(|(number, one, many)| (number > 0).then(|| say::count(number, one, many)));
        let counted = counted.into_iter().flatten().collect::<Vec<_>>().join(" and ");
        let least = if self.complete { "" } else { "at least " };
        let size = if self.effect == Effect::Delete && self.files > 0 {
            format!(", {}", say::bytes(self.bytes))
        } else {
            String::new()
        };
        let mut line = format!("  {does} {least}{counted}{size}: {}", list(&self.names));
        if !self.complete || self.files + self.directories > self.names.len() as u64 {
            line.push_str(", …");
        }
        let over =
            (!self.overwritten.is_empty()).then(|| format!("  overwrites what is there: {}", list(&self.overwritten)));
        std::iter::once(line).chain(over).collect()
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| sanitize(&name.replace('\n', "\\n"))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
