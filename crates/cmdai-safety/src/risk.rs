//! The risk table: verb × class × (one or many) → level, as data.
//!
//! Read by [`effects`](crate::effects) and printed by `explain`. Each row holds two words of seven letters, for a single target
//! and for a recursive one, in the order of [`Verb`]; `S`, `M`, `H`, `C` are the levels. Monotone in every direction that must
//! never lower a risk (held by `the_table_is_monotone`).

use crate::paths::Class;
use cmdai_core::assess::RiskLevel;

/// What is done to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Verb {
    Read,
    Make,
    Append,
    Write,
    Move,
    Attr,
    Delete,
}

impl Verb {
    pub(crate) const ALL: [Self; 7] =
        [Self::Read, Self::Make, Self::Append, Self::Write, Self::Move, Self::Attr, Self::Delete];

    /// The word in findings.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Make => "create",
            Self::Append => "append",
            Self::Write => "overwrite",
            Self::Move => "move",
            Self::Attr => "permissions",
            Self::Delete => "delete",
        }
    }
}

/// One row: the class, its name, what it is in a sentence, levels for one target and for a recursive operation.
pub(crate) struct Row {
    pub(crate) class: Class,
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    one: [u8; 7],
    many: [u8; 7],
}

const fn row(class: Class, name: &'static str, what: &'static str, one: [u8; 7], many: [u8; 7]) -> Row {
    Row { class, name, what, one, many }
}

/// Columns: read, create, append, overwrite, move, permissions, delete.
pub(crate) const TABLE: &[Row] = &[
    row(Class::Sink, "sink", "a device that keeps nothing", *b"SSSSHMH", *b"SSSSHMH"),
    row(Class::Temp, "temp", "a temporary file", *b"SSSSSSM", *b"SSSSSSM"),
    row(Class::Build, "build-output", "output that a build makes again", *b"SSSSSSM", *b"SSSSSSM"),
    row(Class::Inside, "inside", "files of the current directory", *b"SSSSSSM", *b"SSSSSSH"),
    row(Class::CwdAll, "current-directory", "everything in the current directory", *b"SSSMMSH", *b"SSSMMMH"),
    row(Class::Vcs, "version-control", "what version control keeps", *b"SSMMHSH", *b"SSMMHMH"),
    row(Class::Elsewhere, "outside", "files outside the current directory", *b"SSMMMSM", *b"SSMMMMH"),
    row(Class::TempRoot, "temp-root", "the temporary files of every program", *b"SSSSHMH", *b"SSSSHMH"),
    row(Class::History, "history", "the record of past commands", *b"SSMHHMH", *b"SSMHHMH"),
    row(Class::Autostart, "autostart", "something that runs by itself later", *b"SHHHHMH", *b"SHHHHHH"),
    row(Class::Secret, "credentials", "keys or passwords", *b"MMHHHMH", *b"MMHHHHH"),
    row(Class::Home, "home", "the whole home directory", *b"SSHHCMC", *b"SSHHCHC"),
    row(Class::OtherHome, "other-home", "somebody else's files", *b"SMHHHHH", *b"SMHHHHC"),
    row(Class::Mount, "mount", "a mounted disk", *b"SSMMHMH", *b"SSMMHHH"),
    row(Class::Log, "log", "the system's records", *b"SMMHHMH", *b"SMMHHHH"),
    row(Class::SysFile, "system-file", "a file of the system", *b"SMHHHMH", *b"SMHHHHH"),
    row(Class::SysTree, "system-tree", "a whole part of the operating system", *b"SMHHCHC", *b"SMHHCCC"),
    row(Class::Accounts, "accounts", "who may log in and who is root", *b"MHCCCHC", *b"MHCCCHC"),
    row(Class::Boot, "boot", "what the machine starts from", *b"SHHCCHC", *b"SHHCCHC"),
    row(Class::Kernel, "kernel", "settings of the running kernel", *b"SHHHHHH", *b"SHHHHHH"),
    row(Class::Device, "device", "a disk or another device", *b"MHCCHHH", *b"MHCCHHC"),
    row(Class::Root, "root", "the whole file system", *b"SHHHCHC", *b"SHHHCCC"),
    row(Class::Unknown, "unknown", "something that is not known before it runs", *b"SSSMMSM", *b"SSSMMHH"),
    row(
        Class::MaybeRoot,
        "maybe-root",
        "a path that is `/` when the part before it is empty",
        *b"SSSMMMH",
        *b"SSSMHHH",
    ),
];

fn level(letter: u8) -> RiskLevel {
    match letter {
        b'S' => RiskLevel::Safe,
        b'M' => RiskLevel::Moderate,
        b'H' => RiskLevel::High,
        _ => RiskLevel::Critical,
    }
}

#[cfg(test)]
thread_local! {
    /// An entry that is read as another level, for the test that changes each of them.
    static CHANGED: std::cell::Cell<Option<(Verb, Class, bool, RiskLevel)>> = const { std::cell::Cell::new(None) };
}

/// The row of a class.
pub(crate) fn row_of(class: Class) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.class == class)
}

/// How bad `verb` is for `class`.
pub(crate) fn of(verb: Verb, class: Class, recursive: bool) -> RiskLevel {
    let letters = row_of(class).map(|row| if recursive { &row.many } else { &row.one });
    let letter = letters.and_then(|letters| Verb::ALL.iter().zip(letters).find(|(v, _)| **v == verb).map(|(_, l)| *l));
    #[cfg(test)]
    if let Some((v, c, r, level)) = CHANGED.get()
        && (v, c, r) == (verb, class, recursive)
    {
        return level;
    }
    letter.map_or(RiskLevel::High, level)
}

/// Whether no backup is likely: everything of a directory of the user's own, or what only one file knows.
pub(crate) fn is_dear(verb: Verb, place: &crate::paths::Place) -> bool {
    if !matches!(verb, Verb::Delete | Verb::Write) {
        return false;
    }
    let (dir, last) = place.path.rsplit_once('/').unwrap_or_default();
    let passing = ["Downloads", "Trash", "tmp", "temp", "Caches", "cache", ".cache", "logs", "log"];
    let kept = place.path.split('/').all(|piece| !crate::places::BUILD.contains(&piece) && !passing.contains(&piece));
    let own = dir.starts_with("/home/") || dir.starts_with("/Users/") || dir.starts_with("/root/");
    let made = [".o", ".pyc", ".log", ".tmp", ".bak", ".swp", ".class", ".cache", ".out", ".map", "~"];
    let kind =
        last.starts_with(crate::value::STAR) && last.contains('.') && !made.iter().any(|end| last.ends_with(end));
    let all = crate::paths::takes_all(last) || dir.ends_with("**") || kind;
    place.class == Class::Elsewhere && all && own && kept
        || verb == Verb::Delete && last.starts_with("terraform.tfstate")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs where the second is at least as wide as the first.
    const WIDER: &[(Class, Class)] = &[
        (Class::Temp, Class::TempRoot),
        (Class::Build, Class::Inside),
        (Class::Inside, Class::CwdAll),
        (Class::Inside, Class::Elsewhere),
        (Class::Elsewhere, Class::Home),
        (Class::Elsewhere, Class::OtherHome),
        (Class::SysFile, Class::SysTree),
        (Class::SysTree, Class::Root),
        (Class::Home, Class::Root),
        (Class::TempRoot, Class::Root),
        (Class::Unknown, Class::MaybeRoot),
    ];

    /// Which paths stand for a class, seen from a project of ada's.
    const PATHS: &[(Class, &str)] = &[
        (Class::Sink, "/dev/null"),
        (Class::Temp, "/tmp/x"),
        (Class::Build, "build"),
        (Class::Inside, "src"),
        (Class::CwdAll, "."),
        (Class::Vcs, ".git"),
        (Class::Elsewhere, "/home/ada/other"),
        (Class::TempRoot, "/tmp"),
        (Class::History, "/home/ada/.bash_history"),
        (Class::Autostart, "/home/ada/.bashrc"),
        (Class::Secret, "/home/ada/.ssh/id_rsa"),
        (Class::Home, "/home/ada"),
        (Class::OtherHome, "/home/bob"),
        (Class::Mount, "/mnt/disk"),
        (Class::Log, "/var/log/syslog"),
        (Class::SysFile, "/etc/hosts"),
        (Class::SysTree, "/usr"),
        (Class::Accounts, "/etc/shadow"),
        (Class::Boot, "/boot/vmlinuz"),
        (Class::Kernel, "/proc/sys/vm/x"),
        (Class::Device, "/dev/sda"),
        (Class::Root, "/"),
        (Class::Unknown, "$(date)"),
        (Class::MaybeRoot, "$X/"),
    ];

    /// A command for each entry, and the level that the whole analyser gives it.
    fn judged(class: Class) -> Vec<RiskLevel> {
        use cmdai_core::assess::Assess;
        use cmdai_core::request::{Platform, SafetyLevel, ShellType};
        let here = cmdai_core::context::ExecutionContext::new(
            "/home/ada/project".into(),
            ShellType::Bash,
            Platform::Linux,
            chrono::DateTime::UNIX_EPOCH,
        );
        let analyzer = crate::Analyzer::new();
        let commands = PATHS.iter().filter(|(c, _)| *c == class).flat_map(|(_, path)| {
            [
                format!("cat {path}"),
                format!("touch {path}"),
                format!("date >> {path}"),
                format!("date > {path}"),
                format!("mv {path} y"),
                format!("chown ada {path}"),
                format!("rm {path}"),
                format!("chown -R ada {path}"),
                format!("chgrp staff {path}"),
                format!("chgrp -R staff {path}"),
                format!("rm -r {path}"),
                format!("rsync -a --remove-source-files {path} y"),
            ]
        });
        commands.map(|command| analyzer.assess(&command, &here, SafetyLevel::Moderate).risk()).collect()
    }

    /// Entries no command of these reaches: reading, making and writing are never recursive, and some classes are caught
    /// before the table is asked.
    #[test]
    fn every_entry_of_the_table_is_felt() {
        let mut idle = Vec::new();
        for (class, _) in PATHS {
            let before = judged(*class);
            for verb in Verb::ALL {
                for recursive in [false, true] {
                    let redundant = recursive && matches!(verb, Verb::Read | Verb::Make | Verb::Append | Verb::Write);
                    let now = of(verb, *class, recursive);
                    let other = if now <= RiskLevel::Moderate { RiskLevel::Critical } else { RiskLevel::Safe };
                    CHANGED.set(Some((verb, *class, recursive, other)));
                    if judged(*class) == before && !redundant {
                        idle.push(format!("{} {class:?} {recursive}", verb.name()));
                    }
                    CHANGED.set(None);
                }
            }
        }
        assert!(idle.is_empty(), "no command feels {idle:?}");
    }

    #[test]
    fn every_class_has_one_row() {
        for row in TABLE {
            assert_eq!(TABLE.iter().filter(|other| other.class == row.class).count(), 1, "{}", row.name);
        }
        assert_eq!(TABLE.len(), Class::MaybeRoot as usize + 1);
    }

    #[test]
    fn the_table_is_monotone() {
        for verb in Verb::ALL {
            for row in TABLE {
                assert!(of(verb, row.class, false) <= of(verb, row.class, true), "{} {}", verb.name(), row.name);
            }
            for (narrow, wide) in WIDER {
                for recursive in [false, true] {
                    let (low, high) = (of(verb, *narrow, recursive), of(verb, *wide, recursive));
                    assert!(low <= high, "{} {narrow:?} {wide:?} {recursive}", verb.name());
                }
            }
        }
        for row in TABLE {
            for recursive in [false, true] {
                let levels = [Verb::Read, Verb::Append, Verb::Write].map(|verb| of(verb, row.class, recursive));
                assert!(levels.is_sorted(), "{}", row.name);
            }
        }
    }
}
