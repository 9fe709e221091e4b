//! What is known of a machine, put together from the table and the machine's own documentation.
//!
//! The checks ask here and nowhere else. A program is looked up when it is asked for and kept; [`Knowledge::warm`] does the same
//! ahead of time and may also ask programs for their help, which a lookup never does: so a verification starts no process.

use crate::index::{Index, stamps};
use crate::machine::{Machine, Stamp};
use crate::program::Program;
use crate::sources::help;
use crate::{builtins, table};
use cmdai_core::context::Userland;
use cmdai_core::request::ShellType;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whether a program is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// Part of the shell.
    Builtin,
    /// A file.
    Here(PathBuf),
    /// Not on the path.
    Missing,
    /// Nothing is known of the machine.
    Unknown,
}

/// What the sources say together, and the versions of the files it was read from.
type Joined = (Vec<Stamp>, Option<Arc<Program>>);

/// What is known of a machine. Can be shared between threads.
#[derive(Debug)]
pub struct Knowledge {
    machine: Option<Machine>,
    userland: Userland,
    index: Mutex<Index>,
    /// What was put together before, with the versions of the files it was read from.
    joined: Mutex<HashMap<String, Joined>>,
}

impl Knowledge {
    /// The table alone, for a machine that cannot be looked at: every program may be there.
    #[must_use]
    pub fn builtin(userland: Userland) -> Self {
        Self { machine: None, userland, index: Mutex::default(), joined: Mutex::default() }
    }

    /// A machine whose basic tools are of this family.
    #[must_use]
    pub fn of(machine: Machine, userland: Userland) -> Self {
        Self { machine: Some(machine), userland, index: Mutex::default(), joined: Mutex::default() }
    }

    /// Takes what was learned before from this file, if it can be read, and remembers where to [save](Self::save).
    #[must_use]
    pub fn with_cache(self, file: &Path) -> Self {
        *self.index() = Index::load(file);
        self
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        // A panic elsewhere leaves the index as it was between two insertions.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The family of the basic tools.
    #[must_use]
    pub fn userland(&self) -> Userland {
        self.userland
    }

    /// The family of this program: a link to a multi-call binary or a directory of GNU tools says more than the system.
    #[must_use]
    pub fn userland_of(&self, name: &str) -> Userland {
        let path = self.machine.as_ref().and_then(|machine| machine.program(name));
        let Some(path) = path else { return self.userland };
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        let file = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let gnu_directory = path.components().chain(real.components()).any(|part| part.as_os_str() == "gnubin");
        match file.as_str() {
            "busybox" => Userland::Busybox,
            "toybox" => Userland::Unknown,
            _ if gnu_directory => Userland::Gnu,
            _ => self.userland,
        }
    }

    /// Whether `name` is a part of `shell` or a program on the path.
    #[must_use]
    pub fn presence(&self, name: &str, shell: ShellType) -> Presence {
        if builtins::has(name, shell) {
            return Presence::Builtin;
        }
        let Some(machine) = &self.machine else { return Presence::Unknown };
        machine.program(name).map_or(Presence::Missing, Presence::Here)
    }

    /// The names of all programs on the path; none where the machine cannot be looked at.
    #[must_use]
    pub fn programs(&self) -> Vec<String> {
        self.machine.as_ref().map(Machine::programs).unwrap_or_default()
    }

    /// Whether this absolute path is there; nothing if the machine cannot be looked at.
    #[must_use]
    pub fn has_path(&self, path: &str) -> Option<bool> {
        self.machine.as_ref().map(|machine| machine.has_path(path))
    }

    /// What is known of `du` or `git log`; nothing if no source knows it. Reads files, runs nothing.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<Arc<Program>> {
        let stamps = self.machine.as_ref().map(|machine| stamps(machine, name)).unwrap_or_default();
        let joined = || self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, program)) = joined().get(name)
            && *known == stamps
        {
            return program.clone();
        }
        let program = self.join(name).map(Arc::new);
        joined().insert(name.to_owned(), (stamps, program.clone()));
        program
    }

    /// Puts together what the sources say.
    fn join(&self, name: &str) -> Option<Program> {
        let head = name.split(' ').next().unwrap_or(name);
        let mut userland = self.userland_of(head);
        let mut known = name;
        // On macOS GNU tools are installed with a `g` before their names.
        if let Some(plain) = name.strip_prefix('g')
            && table::program(name, userland).is_none()
            && table::families(plain).contains(&Userland::Gnu)
        {
            (known, userland) = (plain, Userland::Gnu);
        }
        let listed = table::program(known, userland);
        let seen = self.documented(name);
        match (listed, seen) {
            (Some(mut listed), Some(seen)) => {
                // How a program reads its words is only guessed from a page.
                let habits = listed.habits.clone();
                listed.join(&seen);
                Some(Program { habits, ..listed })
            }
            (listed, seen) => listed.or(seen),
        }
    }

    /// What the machine's own documentation says of `du` or `git log`, without the table. Reads files, runs nothing.
    #[must_use]
    pub fn documented(&self, name: &str) -> Option<Program> {
        let machine = self.machine.as_ref()?;
        self.index().program(machine, name, false)
    }

    /// What completions say of a subcommand, beside what [`program`](Self::program) knows: good to explain it, never to judge it.
    pub(crate) fn completed(&self, name: &str) -> Option<Program> {
        crate::sources::completed(self.machine.as_ref()?, name)
    }

    /// Whether there is a manual page for the subcommand.
    pub(crate) fn has_page(&self, program: &str, subcommand: &str) -> bool {
        let page = format!("{}-{subcommand}", program.replace(' ', "-"));
        self.machine.as_ref().is_some_and(|machine| machine.manual(&page).is_some())
    }

    /// Whether some other file on the path extends `program` by `subcommand`, as `git-lfs` does.
    #[must_use]
    pub fn has_plugin(&self, program: &str, subcommand: &str) -> bool {
        let name = format!("{program}-{subcommand}");
        self.machine.as_ref().is_some_and(|machine| machine.program(&name).is_some() || machine.manual(&name).is_some())
    }

    /// Learns these programs, asking harmless ones for their help. Takes up to a second a program; meant for the background.
    /// Returns how many are known.
    pub fn warm<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> usize {
        let Some(machine) = &self.machine else { return 0 };
        // The lock is taken anew for each, so that a verification waits for one program at most.
        names.into_iter().filter(|name| self.learn(machine, name)).count()
    }

    /// The same for every program on the list of the harmless.
    pub fn warm_listed(&self) -> usize {
        self.warm(help::listed())
    }

    /// Asks those of `names` that may be asked and were not yet; says whether there were such.
    pub(crate) fn ask<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        let Some(machine) = &self.machine else { return false };
        let wanted = |name: &&str| self.index().wants_help(machine, name) && help::arguments(name).is_some();
        let wanted: Vec<&str> = names.into_iter().filter(wanted).collect();
        let learned = wanted.iter().filter(|name| self.learn(machine, name)).count();
        learned > 0
    }

    fn learn(&self, machine: &Machine, name: &str) -> bool {
        let wanted = self.index().wants_help(machine, name) && help::arguments(name).is_some();
        let help = wanted.then(|| help::ask(machine, name));
        let mut index = self.index();
        if let Some(help) = help {
            // One that does not answer is not asked again either.
            index.add_help(machine, name, &help.unwrap_or_default());
            self.joined.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        }
        index.program(machine, name, true).is_some()
    }

    /// Writes what was learned to the file of [`with_cache`](Self::with_cache), as a whole or not at all.
    ///
    /// # Errors
    /// Of the file system.
    pub fn save(&self) -> std::io::Result<()> {
        self.index().save()
    }
}
