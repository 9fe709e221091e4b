//! The existing name that was most likely meant by one that does not exist.
//!
//! For suggestions only; nothing is decided by it. Names are compared by letters (a slip) and by their words (an invention:
//! `--sort-by-size` was meant for `--sort`); what the documentation says of an option counts too.

use crate::program::{Opt, Program};

/// The least likeness that is worth a suggestion, of 100.
const ENOUGH: usize = 45;

/// The option that `written` was most likely meant for.
pub(crate) fn option<'a>(written: &str, program: &'a Program) -> Option<&'a Opt> {
    let bare = written.trim_start_matches('-').to_lowercase();
    if bare.chars().count() < 2 {
        // One letter says nothing but its other case and the long names that begin with it.
        let other = |name: &str| name.len() == 2 && name != written && name.eq_ignore_ascii_case(written);
        return program.options.iter().find(|opt| opt.names.iter().any(|name| other(name)));
    }
    let score = |opt: &Opt| {
        let names = opt.names.iter().map(|name| likeness(&bare, &name.trim_start_matches('-').to_lowercase())).max();
        names.unwrap_or_default().max(about(&bare, &opt.about))
    };
    let best = program.options.iter().map(|opt| (score(opt), opt)).max_by_key(|(score, opt)| {
        // Of two that are alike the first and shorter one.
        (*score, std::cmp::Reverse(opt.names.iter().map(String::len).max()))
    })?;
    (best.0 >= ENOUGH).then_some(best.1)
}

/// The word of `names` that `written` was most likely meant for.
pub(crate) fn word<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let best =
        names.into_iter().map(|name| (likeness(&written, &name.to_lowercase()), name)).max_by_key(|(s, _)| *s)?;
    (best.0 >= ENOUGH).then_some(best.1)
}

/// How alike two names are, from 0 to 100.
pub(crate) fn likeness(a: &str, b: &str) -> usize {
    let longest = a.chars().count().max(b.chars().count());
    // Comparing takes the time of both lengths; no name is that long.
    if !(2..=100).contains(&longest) {
        return 0;
    }
    let letters = 100 - 100 * strsim::osa_distance(a, b).min(longest) / longest;
    letters.max(words(a, b))
}

/// Shares of the words of both that are the same or begin the same.
fn words(a: &str, b: &str) -> usize {
    let split = |text: &str| -> Vec<String> {
        let parts = text.split(['-', '_', '.']).filter(|w| w.len() > 1 && !FILLERS.contains(w));
        parts.map(str::to_owned).collect()
    };
    let (a, b) = (split(a), split(b));
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    let alike = |x: &str, y: &str| {
        x == y || (x.len().min(y.len()) >= 3 && (x.starts_with(y) || y.starts_with(x))) || same(x, y)
    };
    // Counted from both sides, so that of two names with a word in common the one that is all explained wins.
    let shared = |from: &[String], to: &[String]| from.iter().filter(|x| to.iter().any(|y| alike(x, y))).count();
    90 * (shared(&a, &b) + shared(&b, &a)) / (a.len() + b.len())
}

const FILLERS: &[&str] = &["by", "only", "with", "the", "in", "of", "to", "no"];

/// Words that users and models take for each other.
const SAME: &[&[&str]] = &[
    &["depth", "level", "levels", "maxdepth"],
    &["ignore", "exclude", "skip"],
    &["count", "number", "lines", "limit", "last", "max", "tail"],
    &["reverse", "desc", "descending", "invert"],
    &["name", "filename", "file"],
    &["human", "readable", "humanize"],
    &["recursive", "recurse"],
    &["directory", "dir", "dirs", "folder", "directories"],
    &["quiet", "silent"],
    &["case", "ignorecase", "insensitive"],
    &["delete", "remove", "rm"],
    &["running", "status", "filter", "state"],
    &["date", "time", "when", "since"],
];

fn same(a: &str, b: &str) -> bool {
    SAME.iter().any(|group| group.contains(&a) && group.contains(&b))
}

fn about(written: &str, about: &str) -> usize {
    let about = about.to_lowercase();
    let parts: Vec<&str> = written.split(['-', '_']).filter(|w| w.len() > 2 && !FILLERS.contains(w)).collect();
    let found = parts.iter().filter(|part| about.contains(**part)).count();
    if parts.is_empty() { 0 } else { 60 * found / parts.len() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::context::Userland;

    #[test]
    fn the_nearest_is_the_one_that_was_meant() {
        let check = |program: &str, written: &str, expected: &str| {
            let program = crate::table::program(program, Userland::Gnu).unwrap();
            assert_eq!(option(written, &program).map(|o| o.names.join(",")).as_deref(), Some(expected), "{written}");
        };
        check("du", "--depth", "-d,--max-depth");
        check("ls", "--sort-by-size", "--sort");
        check("grep", "--ignorecase", "-i,--ignore-case");
        check("git log", "--last", "-n,--max-count");
        check("tar", "--exlude", "--exclude");
        check("find", "--maxdepth", "-maxdepth");
        check("find", "--size", "-size");
        assert_eq!(word("stauts", ["status", "stash"]), Some("status"));
        assert_eq!(word("frobnicate", ["status", "stash"]), None);
    }
}
