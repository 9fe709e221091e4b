//! A command that was typed with a slip of the keyboard, put right.
//!
//! Beside [`verify`](crate::verify()): where a check says that a program, subcommand or option is not there, and exactly one that is there
//! differs from it by one letter, that one was meant. Only what leaves no doubt is corrected, and only if nothing is missing
//! afterwards (held by `what_is_in_doubt_is_left_alone`); the rest is for a model or a person. Nothing is started.

use crate::check::{CheckKind, Outcome};
use crate::knowledge::Knowledge;
use crate::verify::{Query, verify};
use crate::{builtins, table};
use cmdai_core::request::ShellType;

/// More slips than this are not slips any more.
const MOST: usize = 3;

/// A command without its slips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// The command as it was meant.
    pub command: String,
    /// What was written and what was meant, in the order in which it was found.
    pub changes: Vec<(String, String)>,
}

/// The command that was meant by `command`, where no doubt is left; `None` also where nothing is wrong with it.
#[must_use]
pub fn slip(command: &str, query: &Query<'_>, knowledge: &Knowledge) -> Option<Slip> {
    let query = Query { request: "", ..*query };
    let mut found = Slip { command: command.to_owned(), changes: Vec::new() };
    loop {
        let report = verify(&found.command, &query, knowledge);
        let is_missing =
            |kind| matches!(kind, CheckKind::ProgramExists | CheckKind::SubcommandExists | CheckKind::OptionExists);
        let mut complaints = report.complaints();
        complaints.retain(|check| is_missing(check.kind));
        let Some(wrong) = complaints.first() else { break };
        if found.changes.len() == MOST {
            return None;
        }
        let written = found.command.get(wrong.span.clone())?.to_owned();
        let (old, new) = match wrong.kind {
            CheckKind::ProgramExists => (written.clone(), program(&written, query.shell, knowledge)?),
            CheckKind::SubcommandExists => {
                (written.clone(), wrong.suggestion.clone().filter(|s| differs(&written, s))?)
            }
            _ => (wrong.subject.clone(), option(&wrong.subject, wrong.suggestion.as_deref()?)?),
        };
        if wrong.outcome == Outcome::Pass || !written.contains(&old) {
            return None;
        }
        found.command.replace_range(wrong.span.clone(), &written.replacen(&old, &new, 1));
        found.changes.push((old, new));
    }
    (!found.changes.is_empty()).then_some(found)
}

/// Of the names of one option, as its documentation lists them, the one that was meant.
fn option(written: &str, names: &str) -> Option<String> {
    let names = names.split(", ").map(|name| name.split(['=', ' ', '[']).next().unwrap_or(name));
    let mut meant = names.filter(|name| name.len() > 3 && differs(written, name));
    meant.next().map(str::to_owned)
}

/// The one program of this machine that was meant.
fn program(written: &str, shell: ShellType, knowledge: &Knowledge) -> Option<String> {
    let mut there = knowledge.programs();
    there.extend(builtins::names(shell).map(str::to_owned));
    let names = there.iter().map(String::as_str);
    let mut near: Vec<(Likeness, &str)> = names.filter_map(|name| Some((likeness(written, name)?, name))).collect();
    near.sort_unstable();
    near.dedup();
    let best = near.first()?.0;
    near.retain(|(likeness, _)| *likeness == best);
    if near.len() > 1 {
        // Of several the one that everybody has.
        near.retain(|(_, name)| table::has(name));
    }
    match near.as_slice() {
        [(_, name)] => Some((*name).to_owned()),
        _ => None,
    }
}

/// How a slip came about, the most common first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    Swapped,
    /// A letter too many or too few.
    Length,
    Other,
}

fn likeness(written: &str, name: &str) -> Option<Likeness> {
    if !differs(written, name) {
        return None;
    }
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let (a, b) = (letters(written), letters(name));
    Some(match a.len() == b.len() {
        true if a == b => Likeness::Swapped,
        true => Likeness::Other,
        false => Likeness::Length,
    })
}

/// By one letter, or two that changed places.
fn differs(written: &str, name: &str) -> bool {
    // Comparing takes the time of both lengths; no name is that long.
    written.len().abs_diff(name.len()) <= 4 && written.len() < 100 && strsim::osa_distance(written, name) == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine;
    use cmdai_core::context::Userland;
    use cmdai_core::request::Platform;
    use std::fs;
    use tempfile::TempDir;

    fn machine(programs: &[&str]) -> (TempDir, Knowledge) {
        let root = tempfile::tempdir().unwrap();
        let bin = root.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for name in programs {
            fs::write(bin.join(name), "").unwrap();
            #[cfg(unix)]
            fs::set_permissions(bin.join(name), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        let machine = Machine::new(root.path(), "/bin");
        (root, Knowledge::of(machine, Userland::Gnu))
    }

    fn meant(command: &str, programs: &[&str]) -> Option<String> {
        let (_root, knowledge) = machine(programs);
        slip(command, &Query::new("", ShellType::Bash, Platform::Linux), &knowledge).map(|slip| slip.command)
    }

    #[test]
    fn one_letter_is_put_right_wherever_it_stands() {
        let there = ["git", "sudo", "grep", "tar", "frobnicate", "du", "sort", "gut-tool"];
        for (written, expected) in [
            ("gti status", "git status"),
            ("sudo gti status", "sudo git status"),
            ("ecoh hello", "echo hello"),
            ("frobnicaet --all x", "frobnicate --all x"),
            ("git stauts -s", "git status -s"),
            ("du -sh * | sotr -rh", "du -sh * | sort -rh"),
            ("grep --recursve x .", "grep --recursive x ."),
            ("tar --exlude='*.o' -cf a.tar .", "tar --exclude='*.o' -cf a.tar ."),
            ("gti stauts", "git status"),
        ] {
            assert_eq!(meant(written, &there).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn what_is_in_doubt_is_left_alone() {
        let there = ["git", "got", "grep", "cat-a", "cat-b", "ls"];
        for written in
            ["git status", "cat-x", "nothing-like-it", "grep --frobnicate x", "./gti", "gti --frobnicate", ""]
        {
            assert_eq!(meant(written, &there), None, "{written}");
        }
        assert_eq!(meant("gt status", &there).as_deref(), Some("git status"), "of two the one that everybody has");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_and_what_comes_of_it_has_no_slip(text in "(gti|git|grpe|sudo|status|--recursve|\\PC| ){0,8}") {
            let (_root, knowledge) = machine(&["git", "grep", "sudo"]);
            let query = Query::new("", ShellType::Bash, Platform::Linux);
            if let Some(found) = slip(&text, &query, &knowledge) {
                proptest::prop_assert_ne!(&found.command, &text);
                proptest::prop_assert_eq!(slip(&found.command, &query, &knowledge), None);
            }
        }
    }
}
