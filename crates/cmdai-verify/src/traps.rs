//! Options that exist in both families of tools and mean something else in each.
//!
//! What [`options`](crate::options) cannot see, because the letter is on the list. One row a trap; each is a mistake that
//! people and models make when they write for the other system.

use crate::check::{Check, CheckKind, Outcome, Report};
use crate::walk::{Value, Walked};
use cmdai_core::context::Userland;
use cmdai_safety::argv::{Simple, Word};

/// What the trap looks at.
struct Trap {
    program: &'static str,
    userland: Userland,
    option: &'static str,
    /// Whether the option's value (empty if there is none) or an operand springs the trap.
    springs: fn(&str, &[&Word]) -> bool,
    outcome: Outcome,
    complaint: &'static str,
    suggestion: &'static str,
}

const TRAPS: &[Trap] = &[
    Trap {
        program: "stat",
        userland: Userland::Gnu,
        option: "-f",
        springs: |_, operands| operands.iter().any(|word| word.text.contains('%')),
        outcome: Outcome::Fail,
        complaint: "`-f` of GNU `stat` asks about the file system and takes no format; the format goes to `-c`",
        suggestion: "-c, --format=FORMAT",
    },
    Trap {
        program: "sed",
        userland: Userland::Gnu,
        option: "-i",
        springs: |_, operands| operands.first().is_some_and(|word| word.exact() == Some("")),
        outcome: Outcome::Fail,
        complaint: "GNU `sed` takes the `''` behind `-i` for the script; leave it out",
        suggestion: "-i",
    },
    Trap {
        program: "sed",
        userland: Userland::Bsd,
        option: "-i",
        springs: |value, _| {
            value.contains('/')
                || value.starts_with('-')
                || value.ends_with(['d', 'p']) && value.starts_with(|c: char| c.is_ascii_digit())
        },
        outcome: Outcome::Fail,
        complaint: "BSD `sed` takes the word behind `-i` for the suffix of a backup; give it an empty one: `-i ''`",
        suggestion: "-i ''",
    },
    Trap {
        program: "ls",
        userland: Userland::Gnu,
        option: "-G",
        springs: |_, _| true,
        outcome: Outcome::Warn,
        complaint: "`-G` of GNU `ls` hides the group; colours are `--color`",
        suggestion: "--color=auto",
    },
    Trap {
        program: "ls",
        userland: Userland::Gnu,
        option: "-T",
        springs: |value, _| !value.bytes().all(|b| b.is_ascii_digit()),
        outcome: Outcome::Fail,
        complaint: "`-T` of GNU `ls` is the width of a tab; full times are `--full-time`",
        suggestion: "--full-time",
    },
    Trap {
        program: "date",
        userland: Userland::Gnu,
        option: "-r",
        springs: |value, _| value.len() > 5 && value.bytes().all(|b| b.is_ascii_digit()),
        outcome: Outcome::Fail,
        complaint: "`-r` of GNU `date` takes a file; seconds since 1970 are `-d @SECONDS`",
        suggestion: "-d @SECONDS",
    },
    Trap {
        program: "date",
        userland: Userland::Gnu,
        option: "-f",
        springs: |value, _| value.contains('%'),
        outcome: Outcome::Fail,
        complaint: "`-f` of GNU `date` reads dates from a file; it understands dates by itself: `-d`",
        suggestion: "-d, --date=STRING",
    },
    Trap {
        program: "find",
        userland: Userland::Gnu,
        option: "-perm",
        springs: |value, _| value.strip_prefix('+').is_some_and(|mode| mode.bytes().all(|b| b.is_ascii_digit())),
        outcome: Outcome::Fail,
        complaint: "GNU `find` has no `-perm +MODE` any more; any of the bits is `-perm /MODE`",
        suggestion: "-perm /MODE",
    },
    Trap {
        program: "find",
        userland: Userland::Bsd,
        option: "-perm",
        springs: |value, _| value.starts_with('/'),
        outcome: Outcome::Fail,
        complaint: "BSD `find` has no `-perm /MODE`; any of the bits is `-perm +MODE`",
        suggestion: "-perm +MODE",
    },
    Trap {
        program: "top",
        userland: Userland::Bsd,
        option: "-n",
        springs: |value, _| value == "1",
        outcome: Outcome::Warn,
        complaint: "`-n` of the `top` of macOS is the number of processes; one sample is `-l 1`",
        suggestion: "-l 1",
    },
    Trap {
        program: "head",
        userland: Userland::Bsd,
        option: "-n",
        springs: |value, _| value.starts_with('-'),
        outcome: Outcome::Fail,
        complaint: "BSD `head` takes no negative number of lines",
        suggestion: "sed '$d'",
    },
    Trap {
        program: "df",
        userland: Userland::Bsd,
        option: "-T",
        springs: |value, _| value.is_empty() || value.starts_with(['/', '.', '-']),
        outcome: Outcome::Fail,
        complaint: "`-T` of BSD `df` wants a type of file system; it does not print types",
        suggestion: "mount",
    },
    Trap {
        program: "ps",
        userland: Userland::Bsd,
        option: "-C",
        springs: |_, operands| operands.iter().any(|word| word.text.parse::<u64>().is_err()),
        outcome: Outcome::Fail,
        complaint: "`-C` of BSD `ps` takes no name; processes are found by name with `pgrep`",
        suggestion: "pgrep -l NAME",
    },
    Trap {
        program: "mktemp",
        userland: Userland::Bsd,
        option: "-t",
        springs: |value, _| value.contains("XXX"),
        outcome: Outcome::Warn,
        complaint: "`-t` of BSD `mktemp` takes a prefix and adds the random letters itself",
        suggestion: "mktemp -t PREFIX",
    },
];

/// Checks the command for what springs a trap.
pub(crate) fn check(name: &str, simple: &Simple, walked: &Walked<'_>, userland: Userland, report: &mut Report) {
    let operands: Vec<&Word> = walked.operands.iter().filter_map(|at| simple.words.get(*at)).collect();
    for trap in TRAPS.iter().filter(|trap| trap.program == name && trap.userland == userland) {
        for given in walked.given.iter().filter(|given| given.name == trap.option) {
            let value = if let Value::Is(value, _) = &given.value { value.as_str() } else { "" };
            if matches!(given.value, Value::Unknown) || !(trap.springs)(value, &operands) {
                continue;
            }
            let check = Check::new(CheckKind::Userland, trap.outcome, &given.span, given.name.as_str(), trap.complaint);
            report.push(check.suggest(Some(trap.suggestion.to_owned())));
        }
    }
}
