//! What goes wrong between two commands of a pipe.

use super::{Look, has_flag, name_of, operands};
use crate::check::Edit;
use cmdai_safety::argv::{Form, Simple, Word};

/// Programs that do not look at what is piped into them.
const DEAF: &[&str] = &[
    "ls", "echo", "rm", "cp", "mv", "mkdir", "rmdir", "touch", "chmod", "chown", "chgrp", "kill", "du", "stat",
    "basename", "dirname", "ln", "realpath", "readlink", "tree", "find", "cd", "printf", "pwd", "ps", "unzip", "pkill",
    "which",
];
/// Those of them that names can be handed to.
const TAKES_NAMES: &[&str] =
    &["ls", "rm", "rmdir", "chmod", "chown", "chgrp", "kill", "du", "stat", "basename", "dirname"];

pub(super) fn check(look: &mut Look<'_>) {
    let parsed = look.parsed;
    for pair in parsed.commands.windows(2) {
        let [from, to] = pair else { continue };
        if !look.is_piped(from, to) {
            continue;
        }
        match (name_of(from), name_of(to)) {
            (Some("ls"), Some("sort")) => sorted_modes(look, from, to),
            (Some("ps"), Some("grep")) => counts_itself(look, to),
            (Some("echo"), Some("wc")) => counts_the_line_end(look, from, to),
            _ => {}
        }
        deaf(look, to);
    }
}

/// `ls -l | sort -h` compares what the lines begin with.
fn sorted_modes(look: &mut Look<'_>, from: &Simple, to: &Simple) {
    let by_number = has_flag(to, 'h', "--human-numeric-sort") || has_flag(to, 'n', "--numeric-sort");
    let by_column = to.words.iter().any(|word| word.text.starts_with("-k") || word.text.starts_with("--key"));
    let Some(name) = to.words.first().filter(|_| has_flag(from, 'l', "") && by_number && !by_column) else { return };
    let complaint = "each line of `ls -l` begins with the mode, so that is what `sort` compares; the size is column 5";
    look.fail(&name.span.clone(), "sort", complaint, vec![Edit::insert(name.span.end, " -k5,5")]);
}

/// `ps aux | grep NAME | wc -l` counts the grep as well.
fn counts_itself(look: &mut Look<'_>, grep: &Simple) {
    let behind = grep.words.last().and_then(|word| look.command.get(word.span.end..)).unwrap_or_default();
    let counted =
        has_flag(grep, 'c', "--count") || behind.trim_start().trim_start_matches('|').trim_start().starts_with("wc ");
    let pattern = operands(grep).next().filter(|word| look.is_plain(word) && word.form == Form::Exact);
    let Some((pattern, first)) = pattern.and_then(|word| Some((word, word.text.chars().next()?))) else { return };
    if !counted || !first.is_ascii_alphanumeric() {
        return;
    }
    let rest = pattern.text.get(1..).unwrap_or_default();
    let complaint = "the list of processes holds the `grep` itself";
    look.fail(&pattern.span.clone(), "ps", complaint, vec![Edit::replace(&pattern.span, format!("'[{first}]{rest}'"))]);
}

/// `echo WORD | wc -m` counts the line break.
fn counts_the_line_end(look: &mut Look<'_>, echo: &Simple, wc: &Simple) {
    let counts = has_flag(wc, 'm', "--chars") || has_flag(wc, 'c', "--bytes");
    let Some(name) = echo.words.first().filter(|_| counts && !has_flag(echo, 'n', "")) else { return };
    let complaint = "`echo` adds a line break, and `wc` counts it";
    look.fail(&name.span.clone(), "echo", complaint, vec![Edit::replace(&name.span, "printf %s")]);
}

fn deaf(look: &mut Look<'_>, to: &Simple) {
    let (Some(name), Some(word)) = (name_of(to), to.words.first()) else { return };
    if !DEAF.contains(&name) || to.words.iter().any(|word| word.text == "-" || word.text == "/dev/stdin") || to.more {
        return;
    }
    let bare = operands(to).filter(|word| !is_mode(name, word)).count() == 0;
    let edits =
        if bare && TAKES_NAMES.contains(&name) { vec![Edit::insert(word.span.start, "xargs ")] } else { Vec::new() };
    look.fail(&word.span.clone(), name, format!("`{name}` does not read what is piped into it"), edits);
}

/// The first operand of these is no name.
fn is_mode(program: &str, word: &Word) -> bool {
    matches!(program, "chmod" | "chown" | "chgrp") && !word.text.contains(['/', '.'])
}
