//! Whether the command does the kind of thing that the request asks for.
//!
//! Where [`literal`](crate::literal) looks for what the request names, this looks at what its words want done: nothing is deleted
//! that nobody wanted gone, "whatever the case" is obeyed, "only here" stays here, "below" goes below. Words of English are
//! looked for, so a request in another language passes untouched.

mod amounts;
mod git;
mod kinds;
mod order;

use crate::check::{Check, CheckKind, Edit, Outcome, Report};
use crate::pitfalls::{Look, first_test, has_flag, is_name_test, name_of, operands};
use crate::verify::Query;
use cmdai_safety::argv::{Parsed, Simple, Word};

/// With one of these a request is taken for English.
const ENGLISH: &[&str] = &[
    "the",
    "all",
    "of",
    "that",
    "which",
    "and",
    "please",
    "files",
    "directories",
    "folders",
    "directory",
    "folder",
    "show",
    "list",
    "find",
    "with",
    "my",
    "are",
    "is",
    "every",
    "each",
    "how",
    "count",
    "print",
    "what",
];
/// Words of a request after which something may go.
const REMOVAL: &[&str] = &[
    "delet",
    "remov",
    "eras",
    "clean",
    "clear",
    "drop",
    "purg",
    "wip",
    "trash",
    "rid",
    "uninstall",
    "prun",
    "discard",
    "undo",
    "reset",
    "strip",
    "destroy",
    "throw",
    "kill",
    "free",
    "replac",
    "move",
    "mov",
    "renam",
    "dedup",
    "dismiss",
    "cut",
    "unlink",
    "shred",
    "tidy",
    "zap",
    "nuke",
    "expire",
    "gone",
    "away",
    "off",
    "out",
    "rm",
    "evict",
    "truncat",
    "overwrit",
    "sync",
    "mirror",
    "merg",
    "squash",
];
const CASE: &[&str] = &[
    "case insensitiv",
    "case-insensitiv",
    "ignore case",
    "ignoring case",
    "ignore the case",
    "ignoring the case",
    "whatever the case",
    "any case",
    "case doesn't matter",
    "case doesnt matter",
    "case does not matter",
    "case is not important",
    "regardless of case",
    "upper or lower case",
    "no matter the case",
    "either case",
    "case not important",
];
const ONLY_HERE: &[&str] = &[
    "not below",
    "not in sub",
    "not the sub",
    "without sub",
    "without its sub",
    "no subdir",
    "no subfolder",
    "not recursive",
    "non-recursive",
    "only in the current directory",
    "only in this directory",
    "only in this folder",
    "only in the current folder",
    "in this directory itself",
    "in this folder itself",
    "directly in this",
    "directly in the",
];
const BELOW: &[&str] = &[
    "recursively",
    "and everything below",
    "and everything in it",
    "and all below",
    "and below",
    "in this tree",
    "below this",
    "including sub",
    "and its sub",
    "and all sub",
    "and sub",
    "in all sub",
    "and everything under",
];
/// Programs that go below by themselves.
const DEEP: &[&str] = &["find", "rg", "fd", "du", "tree", "git", "rsync", "locate", "tar"];

/// Checks `command` against the words of the request.
pub(crate) fn check(command: &str, parsed: &Parsed, query: &Query<'_>, report: &mut Report) {
    let request = query.request.to_lowercase();
    let words: Vec<&str> = request.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if parsed.broken.is_some() || !words.iter().any(|word| ENGLISH.contains(word)) {
        return;
    }
    let mut asked = Asked { request: &request, words: &words, look: Look { command, parsed, report } };
    asked.nothing_is_deleted();
    if !query.shell.is_posix_like() {
        return;
    }
    asked.case();
    asked.only_here();
    asked.below();
    asked.characters();
    asked.one_total();
    asked.amounts();
    asked.order();
    asked.kinds();
    asked.git();
}

struct Asked<'a> {
    request: &'a str,
    words: &'a [&'a str],
    look: Look<'a>,
}

impl Asked<'_> {
    fn says(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.request.contains(phrase))
    }

    fn fail(&mut self, subject: &str, complaint: impl Into<String>, edits: Vec<Edit>) {
        let span = edits.first().map_or(0..self.look.command.len(), |edit| edit.span.clone());
        let check = Check::new(CheckKind::RequestFit, Outcome::Fail, &span, subject, complaint);
        self.look.report.push(check.put_right(edits));
    }

    /// A list of things is wanted and the command removes them.
    fn nothing_is_deleted(&mut self) {
        if self.words.iter().any(|word| REMOVAL.iter().any(|stem| word.starts_with(stem))) {
            return;
        }
        let parsed = self.look.parsed;
        for simple in &parsed.commands {
            match name_of(simple) {
                Some("find") => {
                    let Some(at) = deletes(simple) else { continue };
                    let (from, to) = (simple.words.get(at.start), simple.words.get(at.end - 1));
                    let (Some(from), Some(to)) = (from, to) else { continue };
                    // The blank before it goes too.
                    let span = from.span.start.saturating_sub(1)..to.span.end;
                    self.fail("find", "the request asks for no deletion", vec![Edit::replace(&span, "")]);
                }
                // What it makes itself it may take away again.
                Some(name @ ("rm" | "rmdir" | "unlink" | "Remove-Item" | "del" | "shred"))
                    if parsed.commands.len() == 1 =>
                {
                    self.fail(name, "the request asks for no deletion", Vec::new());
                }
                _ => {}
            }
        }
    }

    /// Upper and lower case are the same.
    fn case(&mut self) {
        if !self.says(CASE) {
            return;
        }
        let parsed = self.look.parsed;
        for simple in &parsed.commands {
            let edits: Vec<Edit> = match name_of(simple) {
                Some("find") => {
                    let lettered =
                        |pair: &[Word]| pair.get(1).is_some_and(|value| value.text.chars().any(char::is_alphabetic));
                    let strict = simple.words.windows(2).filter(|pair| lettered(pair));
                    let strict =
                        strict.filter_map(|pair| pair.first()).filter(|w| matches!(w.text.as_str(), "-name" | "-path"));
                    strict.map(|word| Edit::insert(word.span.start + 1, "i")).collect()
                }
                Some("grep" | "egrep" | "fgrep" | "zgrep") if !has_flag(simple, 'i', "--ignore-case") => {
                    let end = simple.words.first().map_or(0, |word| word.span.end);
                    vec![Edit::insert(end, " -i")]
                }
                _ => Vec::new(),
            };
            if !edits.is_empty() {
                self.fail("case", "the request wants upper and lower case treated alike", edits);
            }
        }
    }

    /// Not what is below.
    fn only_here(&mut self) {
        if !self.says(ONLY_HERE) || self.says(BELOW) {
            return;
        }
        let parsed = self.look.parsed;
        for simple in parsed.commands.iter().filter(|simple| name_of(simple) == Some("find")) {
            if simple.words.iter().any(|word| word.text == "-maxdepth" || word.text == "-prune") {
                continue;
            }
            let Some(last_place) = simple.words.get(first_test(simple).saturating_sub(1)) else { continue };
            let edit = Edit::insert(last_place.span.end, " -maxdepth 1");
            self.fail("find", "the request wants nothing from below this directory", vec![edit]);
        }
    }

    /// What is below, too.
    fn below(&mut self) {
        if !self.says(BELOW) || self.says(ONLY_HERE) {
            return;
        }
        let parsed = self.look.parsed;
        for simple in &parsed.commands {
            let (Some(name @ ("chmod" | "chown" | "chgrp")), Some(word)) = (name_of(simple), simple.words.first())
            else {
                continue;
            };
            let found = self.look.command.contains("find ") || simple.more;
            if !found && !has_flag(simple, 'R', "--recursive") {
                let edit = Edit::insert(word.span.end, " -R");
                self.fail(name, "the request wants everything below as well", vec![edit]);
            }
        }
        let first = parsed.commands.first().and_then(name_of);
        let shallow = matches!(first, Some("ls" | "grep" | "gzip" | "cat" | "wc" | "stat" | "sed"));
        let deep = |simple: &Simple| {
            name_of(simple).is_some_and(|name| DEEP.contains(&name))
                || has_flag(simple, 'r', "--recursive")
                || has_flag(simple, 'R', "")
        };
        if shallow && !parsed.commands.iter().any(deep) && !self.look.command.contains("**") {
            self.fail(first.unwrap_or_default(), "the request wants everything below as well; use `find`", Vec::new());
        }
    }

    /// A character can be several bytes.
    fn characters(&mut self) {
        if !self.words.iter().any(|word| word.starts_with("character"))
            || self.words.contains(&"bytes") && !self.says(&["not bytes"])
        {
            return;
        }
        let parsed = self.look.parsed;
        for simple in parsed.commands.iter().filter(|simple| name_of(simple) == Some("wc")) {
            let Some(flag) = simple.words.iter().find(|word| word.text == "-c") else { continue };
            self.fail("wc", "`wc -c` counts bytes; characters are `-m`", vec![Edit::replace(&flag.span, "-m")]);
        }
    }

    /// One number for all.
    fn one_total(&mut self) {
        let one = self.words.iter().any(|word| matches!(*word, "total" | "sum"));
        if !one || self.words.iter().any(|word| matches!(*word, "per" | "each" | "every" | "by")) {
            return;
        }
        let Some(simple) = self.look.parsed.commands.last().filter(|simple| name_of(simple) == Some("jq")) else {
            return;
        };
        let Some(filter) = operands(simple).next().filter(|word| self.look.is_plain(word)) else { return };
        let text = filter.text.as_str();
        let adds = ["add", "reduce", "length", "total_", "sum("].iter().any(|word| text.contains(word));
        if adds
            || !text.contains("[]")
            || text.starts_with('[')
            || text.contains('"') && self.look.source(&filter.span).starts_with('"')
        {
            return;
        }
        let edit = Edit::replace(&filter.span, format!("'[{text}] | add'"));
        self.fail("jq", "the request wants one number, and the filter gives many", vec![edit]);
    }
}

/// The words of a `find` that delete.
fn deletes(simple: &Simple) -> Option<std::ops::Range<usize>> {
    let at = |text: &str| simple.words.iter().position(|word| word.text == text);
    if let Some(at) = at("-delete") {
        return Some(at..at + 1);
    }
    let exec = simple.words.iter().position(|word| matches!(word.text.as_str(), "-exec" | "-execdir" | "-ok"))?;
    let program = simple.words.get(exec + 1)?;
    if !matches!(program.text.as_str(), "rm" | "rmdir" | "unlink" | "shred") {
        return None;
    }
    let ends = |word: &Word| matches!(word.text.as_str(), ";" | "+");
    let end = simple.words.iter().skip(exec).position(ends)?;
    let is_rest = simple.words.iter().skip(exec + end + 1).any(is_name_test);
    (!is_rest).then_some(exec..exec + end + 1)
}
