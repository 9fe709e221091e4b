//! What programs print when they are asked for help, of programs that are known to do nothing else then.
//!
//! Asked only by [`Knowledge::warm`](crate::Knowledge::warm), because it starts a process. A program is asked if it is on the
//! list, native code, in a system directory, and root's alone to change; scripts are never asked.

use super::tag;
use crate::machine::Machine;
use crate::program::{Program, Trust};
use std::collections::BTreeSet;

/// Letters of a description behind which no further line of it is taken.
const ENOUGH: usize = 80;

/// Programs that print their help and end, whatever their version.
const HARMLESS: &str = "ls cp mv rm mkdir rmdir ln touch cat head tail wc sort uniq cut tr tee paste join comm split shuf tac rev \
    nl fold expand unexpand fmt seq stat du df chmod chown chgrp find xargs grep egrep fgrep sed gawk tar gzip xz bzip2 zstd curl \
    wget ps free uptime uname id who date timeout env basename dirname realpath readlink mktemp file diff cmp patch md5sum \
    sha1sum sha256sum sha512sum base64 base32 od hexdump strings ss lsblk lscpu systemctl journalctl truncate nproc column rsync \
    less nice ionice last jq rg fd bat git docker podman kubectl tree watch lsof dmesg findmnt getent numfmt \
    pgrep csplit cksum b2sum sum tsort dd install printenv pinky users groups logname arch factor hostid pathchk ptx pr \
    unzip zip ssh-keygen zcat make cmake gcc g++ clang ninja gdb strace objdump nm readelf hexdump blkid flock whereis mount \
    umount";

/// The programs on the list.
pub(crate) fn listed() -> impl Iterator<Item = &'static str> {
    HARMLESS.split_whitespace()
}

/// The arguments that make `name` print its help; nothing if it is not on the list.
pub(crate) fn arguments(name: &str) -> Option<Vec<&str>> {
    let mut words = name.split(' ');
    let head = words.next()?;
    if !listed().any(|known| known == head) {
        return None;
    }
    let sub: Vec<&str> = words.collect();
    if sub.iter().any(|word| word.starts_with('-')) {
        return None;
    }
    Some(match (head, sub.as_slice()) {
        ("curl" | "ps", []) => vec!["--help", "all"],
        ("git", []) => return None,
        ("git", [_]) => [sub.as_slice(), &["-h"]].concat(),
        ("docker" | "podman" | "kubectl", _) => [sub.as_slice(), &["--help"]].concat(),
        (_, []) => vec!["--help"],
        _ => return None,
    })
}

/// Asks `name` on `machine`; nothing if it must not be asked or does not answer.
pub(crate) fn ask(machine: &Machine, name: &str) -> Option<String> {
    let arguments = arguments(name)?;
    let path = machine.program(name.split(' ').next()?)?;
    if machine.is_trusted(&path) { machine.runner.help(&path, &arguments) } else { None }
}

/// What the help `text` says of `name`; nothing if it lists no option.
pub(crate) fn read(name: &str, text: &str) -> Option<Program> {
    let mut program = Program { name: name.to_owned(), ..Program::default() };
    let mut mentioned = BTreeSet::new();
    let mut commands = false;
    // The column that the last option stands in, as long as lines go on about it.
    let mut column = None;
    for line in text.lines() {
        tag::mentions(line, |word| {
            let _ = mentioned.insert(word.to_owned());
        });
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if indent == 0 && !trimmed.is_empty() {
            commands = trimmed.to_lowercase().trim_end_matches(':').ends_with("commands") && trimmed.len() < 60;
        }
        if commands && (1..=8).contains(&indent) {
            let first = trimmed.split_whitespace().next().unwrap_or_default().trim_end_matches(['*', ',']);
            let named = first.starts_with(|c: char| c.is_ascii_lowercase())
                && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if named {
                program.subcommands.push(first.to_owned());
            }
        }
        if (1..=14).contains(&indent) && trimmed.starts_with('-') {
            let (head, about) = trimmed.split_once("  ").or_else(|| trimmed.split_once('\t')).unwrap_or((trimmed, ""));
            column = None;
            if let Some(mut opt) = tag::read(head)
                && opt.names.iter().all(|name| program.option(name).is_none())
            {
                about.trim().clone_into(&mut opt.about);
                program.options.push(opt);
                column = Some(indent);
            }
        } else if !trimmed.is_empty() && column.is_some_and(|column| indent > column) {
            if let Some(opt) = program.options.last_mut().filter(|opt| opt.about.len() < ENOUGH) {
                if !opt.about.is_empty() {
                    opt.about.push(' ');
                }
                opt.about.push_str(trimmed.trim_end());
            }
        } else {
            column = None;
        }
    }
    // Help of two lines is an error message.
    if program.options.len() < 2 {
        return None;
    }
    program.options_trust = Trust::Complete;
    mentioned.retain(|word| program.option(word).is_none());
    program.mentioned = mentioned.into_iter().collect();
    Some(program)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Takes;

    #[test]
    fn help_is_read() {
        let text = "Usage: foo [OPTION]\n\n  -a, --all      show all\n      --size=N   of N\n      --in-a-long-time=WHEN\n                 later,\n                 or never\n  -z  zoom\n\n  Text.\n\nCommands:\n  start   Starts\n  stop*   Stops\n";
        let program = read("foo", text).unwrap();
        assert_eq!(program.option("--size").map(|o| o.takes), Some(Takes::Required));
        let about = |name: &str| program.option(name).map(|opt| opt.about.as_str());
        assert_eq!((about("--in-a-long-time"), about("-z")), (Some("later, or never"), Some("zoom")));
        assert_eq!(program.subcommands, ["start", "stop"]);
        assert_eq!(read("foo", "foo: unknown option --help\n"), None);
    }

    #[test]
    fn only_what_is_on_the_list_has_arguments() {
        assert_eq!(arguments("du"), Some(vec!["--help"]));
        assert_eq!(arguments("git log"), Some(vec!["log", "-h"]));
        assert_eq!(arguments("docker compose up"), Some(vec!["compose", "up", "--help"]));
        for not in ["reboot", "shutdown", "du -x", "ls x", "mkfs", "git --exec-path"] {
            assert_eq!(arguments(not), None, "{not}");
        }
    }
}
