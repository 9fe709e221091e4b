//! What was read from the machine's documentation, kept in one file and trusted only as long as nothing changed.
//!
//! Beside [`Knowledge`](crate::Knowledge). One line an entry: checksum, name, and JSON that is read only when the name is asked
//! for, so that loading costs the same for ten programs and for a thousand. An entry counts while the program and its
//! documentation are the same files with the same time and size. A line that is damaged is an entry that is not there; nothing
//! is ever reported of it (held by `a_damaged_cache_is_an_empty_one`). Files are replaced, never written in place.

use crate::machine::{Machine, Stamp, stamp};
use crate::program::Program;
use crate::sources;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The form of the file; another one is not read.
const VERSION: &str = "cmdai-verify 3";
/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Entries by program.
#[derive(Debug, Default)]
pub(crate) struct Index {
    file: Option<PathBuf>,
    /// Lines of the file that nobody asked for yet.
    lines: HashMap<String, String>,
    entries: HashMap<String, Entry>,
    changed: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    stamps: Vec<Stamp>,
    /// From files; nothing if there are none.
    read: Option<Program>,
    /// From the program itself.
    help: Option<Program>,
    /// It was asked, with or without success.
    asked: bool,
}

impl Index {
    /// The index in `file`; an empty one if there is none or it cannot be used.
    pub(crate) fn load(file: &Path) -> Self {
        let empty = Self { file: Some(file.to_owned()), ..Self::default() };
        let fits = fs::metadata(file).is_ok_and(|meta| meta.len() <= MAX_FILE);
        let Some(text) = fits.then(|| fs::read_to_string(file).ok()).flatten() else { return empty };
        let Some((VERSION, body)) = text.split_once('\n') else { return empty };
        let lines = body.lines().filter_map(|line| {
            let (name, rest) = line.split_once('\t')?;
            Some((name.to_owned(), rest.to_owned()))
        });
        Self { lines: lines.collect(), ..empty }
    }

    /// What the machine's documentation says of `name`. With `keep` what was found is kept even if it is nothing.
    pub(crate) fn program(&mut self, machine: &Machine, name: &str, keep: bool) -> Option<Program> {
        let stamps = stamps(machine, name);
        if stamps.is_empty() && !keep {
            return None;
        }
        self.fetch(name);
        let entry = match self.entries.get(name) {
            Some(entry) if entry.stamps == stamps => entry,
            _ => {
                let read = sources::read(machine, name);
                self.changed = true;
                let entry = Entry { stamps, read, help: None, asked: false };
                self.entries.entry(name.to_owned()).insert_entry(entry).into_mut()
            }
        };
        match (&entry.read, &entry.help) {
            (Some(read), Some(help)) => {
                let mut program = read.clone();
                program.join(help);
                Some(program)
            }
            (read, help) => read.as_ref().or(help.as_ref()).cloned(),
        }
    }

    /// Whether the program was not asked for its help since it changed.
    pub(crate) fn wants_help(&mut self, machine: &Machine, name: &str) -> bool {
        self.program(machine, name, true);
        self.entries.get(name).is_none_or(|entry| !entry.asked)
    }

    /// Keeps what the program said.
    pub(crate) fn add_help(&mut self, machine: &Machine, name: &str, help: &str) {
        let program = sources::help::read(name, help);
        self.program(machine, name, true);
        if let Some(entry) = self.entries.get_mut(name) {
            (entry.help, entry.asked) = (program, true);
            self.changed = true;
        }
    }

    /// Reads the line of `name`, if there is a sound one.
    fn fetch(&mut self, name: &str) {
        let Some(line) = self.lines.remove(name) else { return };
        let entry = line.split_once('\t').and_then(|(sum, json)| {
            let sound = sum == checksum(name, json);
            sound.then(|| serde_json::from_str(json).ok()).flatten()
        });
        if let Some(entry) = entry {
            self.entries.entry(name.to_owned()).or_insert(entry);
        }
    }

    /// Writes the file, if there is one and something changed.
    pub(crate) fn save(&mut self) -> std::io::Result<()> {
        let Some(file) = self.file.clone().filter(|_| self.changed) else { return Ok(()) };
        // Another process may have learned other programs since; what both know is taken from here.
        for (name, line) in Self::load(&file).lines {
            if !self.entries.contains_key(&name) {
                self.lines.insert(name, line);
            }
        }
        let mut text = format!("{VERSION}\n");
        for (name, line) in &self.lines {
            text.extend([name, "\t", line, "\n"]);
        }
        for (name, entry) in &self.entries {
            let json = serde_json::to_string(entry)?;
            text.extend([name, "\t", &checksum(name, &json), "\t", &json, "\n"]);
        }
        if let Some(dir) = file.parent() {
            fs::create_dir_all(dir)?;
        }
        // Beside the file, so that the rename stays within one file system; one name a process.
        let beside = file.with_extension(format!("{}.tmp", std::process::id()));
        let written = fs::File::create(&beside).and_then(|mut out| out.write_all(text.as_bytes()));
        written.and_then(|()| fs::rename(&beside, &file)).inspect_err(|_| drop(fs::remove_file(&beside)))?;
        self.changed = false;
        Ok(())
    }
}

fn checksum(name: &str, json: &str) -> String {
    let mut hash = crc32fast::Hasher::new();
    hash.update(name.as_bytes());
    hash.update(json.as_bytes());
    format!("{:08x}", hash.finalize())
}

/// The program and its documentation, as they are now.
pub(crate) fn stamps(machine: &Machine, name: &str) -> Vec<Stamp> {
    let head = name.split(' ').next().unwrap_or(name);
    let binary = machine.program(head);
    binary.into_iter().chain(sources::files(machine, name)).filter_map(|path| stamp(&path)).collect()
}
