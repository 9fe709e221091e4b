//! Commands that run and do something else than they look as if they did.
//!
//! Each is a mistake that models and people make again and again, and whose effect is certain: `grep 'a|b'` looks for a
//! bar, `find -name 'dir/*'` never matches, `ls -l | sort -h` sorts by modes. Where there is one remedy the check carries it.
//! Beside [`traps`](crate::traps), which are options that mean another thing in the other family of tools, and
//! [`asked`](crate::asked), which needs the request.

mod archives;
mod columns;
mod find;
mod order;
mod pipes;
mod syntax;
mod tools;

use crate::check::{Check, CheckKind, Edit, Outcome, Report};
use crate::knowledge::Knowledge;
use crate::verify::Query;
use cmdai_core::context::Userland;
use cmdai_safety::argv::{Parsed, Simple, Word};
use std::ops::Range;

pub(crate) use find::{first_test, is_name_test};
pub(crate) use syntax::remedy;

/// What every look has.
pub(crate) struct Look<'a> {
    pub(crate) command: &'a str,
    pub(crate) parsed: &'a Parsed,
    pub(crate) report: &'a mut Report,
}

/// Checks every command of `parsed`.
pub(crate) fn check(command: &str, parsed: &Parsed, query: &Query<'_>, knowledge: &Knowledge, report: &mut Report) {
    if !query.shell.is_posix_like() || parsed.broken.is_some() {
        return;
    }
    let mut look = Look { command, parsed, report };
    for simple in &parsed.commands {
        let Some(name) = name_of(simple) else { continue };
        match name {
            "find" => find::check(&mut look, simple, knowledge.userland_of("find") == Userland::Gnu),
            "grep" | "zgrep" => tools::grep(&mut look, simple),
            "git" => {
                tools::grep(&mut look, simple);
                tools::shortlog(&mut look, simple);
            }
            "sed" => tools::sed(&mut look, simple),
            "tar" => archives::tar(&mut look, simple),
            "zip" => archives::zip(&mut look, simple),
            "date" => tools::date(&mut look, simple),
            "tr" | "pbcopy" => tools::reads_input_only(&mut look, simple, name),
            "wc" => tools::wc(&mut look, simple),
            "awk" | "gawk" | "mawk" => tools::awk(&mut look, simple),
            "jq" => tools::jq(&mut look, simple),
            "du" => tools::du(&mut look, simple),
            _ => {}
        }
    }
    pipes::check(&mut look);
    order::check(&mut look);
    columns::check(&mut look, query);
}

/// The program of a command, without its directory.
pub(crate) fn name_of(simple: &Simple) -> Option<&str> {
    let written = simple.words.first()?.exact()?;
    written.rsplit('/').next()
}

/// Letters of the short options, and the long options, before the first `--`.
pub(crate) fn has_flag(simple: &Simple, letter: char, long: &str) -> bool {
    simple.words.iter().skip(1).take_while(|word| word.text != "--").any(|word| {
        let text = word.text.as_str();
        let short = text.starts_with('-') && !text.starts_with("--") && text.contains(letter);
        short || (!long.is_empty() && text == long)
    })
}

/// Whether the name of a file ends so.
pub(crate) fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case(ending))
}

/// Words that are no options; good enough for programs whose options take no separate values here.
pub(crate) fn operands(simple: &Simple) -> impl Iterator<Item = &Word> {
    simple.words.iter().skip(1).filter(|word| !word.text.starts_with('-') || word.text == "-")
}

/// A change of one word, under its quotes.
pub(crate) fn instead(look: &Look<'_>, word: &Word, text: &str) -> Edit {
    let quote = look.source(&word.span).chars().next().filter(|c| matches!(c, '\'' | '"'));
    Edit::replace(&word.span, quote.map_or_else(|| text.to_owned(), |quote| format!("{quote}{text}{quote}")))
}

impl Look<'_> {
    /// Whether nothing but a bar stands between them.
    pub(crate) fn is_piped(&self, from: &Simple, to: &Simple) -> bool {
        let (Some(end), Some(start)) = (from.words.last(), to.words.first()) else { return false };
        let between = self.command.get(end.span.end..start.span.start).unwrap_or_default();
        matches!(between.trim().trim_start_matches("2>/dev/null").trim_start(), "|" | "|&")
    }

    /// As written, with its quotes.
    pub(crate) fn source(&self, span: &Range<usize>) -> &str {
        self.command.get(span.clone()).unwrap_or_default()
    }

    /// Whether the word is written as it is meant, so that its letters can be changed in place: no backslash, one kind of quotes.
    pub(crate) fn is_plain(&self, word: &Word) -> bool {
        let source = self.source(&word.span);
        let bare = source.trim_matches(|c| c == '\'' || c == '"');
        bare == word.text
    }

    /// Says that something does not do what it looks like.
    pub(crate) fn fail(&mut self, span: &Range<usize>, subject: &str, complaint: impl Into<String>, edits: Vec<Edit>) {
        let check = Check::new(CheckKind::Pitfall, Outcome::Fail, span, subject, complaint);
        self.report.push(check.put_right(edits));
    }
}
