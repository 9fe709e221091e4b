//! Manual pages: the first witness of what a program on this machine can do.
//!
//! A page is cut into heads (`.TP`, `.IP`, `.It`, or a short paragraph before an indented one) and text. Heads that begin with a
//! dash are options; whatever else looks like an option anywhere in the page is kept as mentioned. A page may accuse if it
//! describes options at all and does not say that it leaves some out: an option is then missing from the whole page.

use super::page::cut;
use super::{Source, tag};
use crate::machine::{Machine, read_text};
use crate::program::{Habit, Kind, Opt, Program, Takes, Trust};
use std::collections::HashSet;
use std::path::PathBuf;

/// Letters of a description that are kept.
const MAX_ABOUT: usize = 160;
/// Says that options are letters without a dash too.
const LETTERS: &str = "must not be used with a dash";
/// Heads that say a page does not tell all.
const PARTIAL: &[&str] = &[
    "not all options",
    "only the most",
    "most common options",
    "most commonly used options",
    "undocumented options",
    "for a complete list of options",
    "for a full list of options",
    "see the output of",
    "run with --help for",
    "for the full list of",
    "a complete list of options can be",
    "other options are",
];

/// Manual pages.
pub(super) struct Manual;

impl Source for Manual {
    fn file(&self, machine: &Machine, name: &str) -> Option<PathBuf> {
        machine.manual(&name.replace(' ', "-"))
    }

    fn read(&self, machine: &Machine, name: &str, text: &str) -> Option<Program> {
        let aside = text.lines().find_map(|line| line.strip_prefix(".so ")).filter(|_| text.len() < 400);
        let aside = aside.and_then(|page| machine.manual_at(page.trim())).and_then(|path| read_text(&path));
        let text = aside.as_deref().unwrap_or(text);
        // A page `ssh-add` is about a program of that name, and one of `openssl-req` writes `openssl req`.
        if name.contains(' ') && !cut(text).synopsis.contains(name) {
            return None;
        }
        let mut program = read(name, text);
        for other in referred(name, text) {
            let Some(text) = machine.manual(&other).and_then(|path| read_text(&path)) else { continue };
            // What another page says explains, and how complete this one is remains its own affair.
            let trust = program.options_trust;
            program.join(&read(name, &text));
            program.options_trust = trust;
        }
        Some(program)
    }
}

/// Pages that a page sends its readers to for what its subcommands do, as `install (apt-get(8))` in that of `apt`.
fn referred(name: &str, text: &str) -> Vec<String> {
    let mut pages = Vec::new();
    for (head, _) in cut(text).paragraphs {
        let behind = head.as_deref().and_then(|head| head.strip_suffix("))")).and_then(|head| head.rsplit_once(" ("));
        let page = behind.and_then(|(_, page)| page.split_once('(')).map(|(page, _)| page.to_owned());
        if let Some(page) = page.filter(|page| page.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')))
            && !pages.contains(&page)
        {
            pages.push(page);
        }
    }
    pages
}

/// What the page `text` says of `name`.
pub(super) fn read(name: &str, text: &str) -> Program {
    let page = cut(text);
    let about = page.name.split_once(" - ").map_or("", |(_, about)| about);
    let mut program = Program { name: name.to_owned(), about: beginning(about), ..Program::default() };
    let mut mentioned: HashSet<String> = HashSet::new();
    let letters = text.to_lowercase().contains(LETTERS);
    for (at, (head, body)) in page.paragraphs.iter().enumerate() {
        let read = |head: &str| {
            let plain =
                || tag::letter(head).filter(|opt| letters || opt.names.iter().all(|name| name.starts_with('+')));
            tag::read(head).or_else(plain).or_else(|| form(name, head))
        };
        if let Some(mut opt) = head.as_deref().and_then(read) {
            opt.about = beginning(shared(&page.paragraphs, at));
            let known = program.options.iter().position(|known| known.names.iter().any(|n| opt.names.contains(n)));
            match known {
                Some(at) => {
                    // A head of several options that have heads of their own, as `-printf, -fprintf`, makes them no synonyms.
                    opt.names.retain(|name| program.option(name).is_none());
                    if let Some(known) = program.options.get_mut(at) {
                        known.names.extend(opt.names);
                        if known.about.is_empty() {
                            known.about = opt.about;
                        }
                    }
                }
                None => program.options.push(opt),
            }
        }
        for text in head.iter().map(String::as_str).chain([body.as_str()]) {
            tag::mentions(text, |word| {
                let _ = mentioned.insert(word.to_owned());
            });
        }
    }
    // `[-ABCF]` are four options.
    tag::mentions(&page.synopsis, |word| {
        if !word.starts_with("--") {
            mentioned.extend(word.chars().skip(1).map(|letter| format!("-{letter}")));
        }
    });
    let lower = text.to_lowercase();
    let partial = PARTIAL.iter().any(|phrase| lower.contains(phrase));
    program.options_trust = if partial || program.options.is_empty() { Trust::Hint } else { Trust::Complete };
    let long = |name: &&String| !name.starts_with("--") && name.chars().count() > 3;
    if program.options.iter().flat_map(|opt| &opt.names).filter(long).count() >= 3 {
        program.habits.extend([Habit::Words, Habit::Cluster]);
    }
    // What stands behind another command or a subcommand is not for this page to judge.
    let synopsis = page.synopsis.to_lowercase();
    if ["command", "program", "cmd", "utility", "action", "verb", "script"].iter().any(|word| synopsis.contains(word)) {
        program.habits.push(Habit::Lead);
    }
    mentioned.retain(|word| program.option(word).is_none());
    program.mentioned = mentioned.into_iter().collect();
    program.mentioned.sort();
    program
}

/// The text that the head at this place is about: of several heads in a row it stands behind the last.
fn shared(paragraphs: &[(Option<String>, String)], at: usize) -> &str {
    let is_head = |head: &Option<String>| head.as_ref().is_some_and(|head| head.starts_with('-'));
    let row = paragraphs.iter().skip(at).enumerate().take_while(|(skipped, (head, _))| *skipped == 0 || is_head(head));
    row.map(|(_, (_, body))| body.as_str()).find(|body| !body.trim().is_empty()).unwrap_or_default()
}

/// The options of a form that is described as a whole, as `git diff [<options>] --cached [<commit>]`: those that it cannot do without.
fn form(name: &str, head: &str) -> Option<Opt> {
    let rest = head.strip_prefix(name)?;
    let mut depth = 0_u32;
    let mut names = Vec::new();
    for word in rest.split_whitespace() {
        let open = word.matches('[').count();
        if depth == 0 && open == 0 && word.starts_with("--") && word.len() > 2 {
            names.push(word.split('=').next().unwrap_or(word).to_owned());
        }
        depth = (depth + u32::try_from(open).ok()?).saturating_sub(u32::try_from(word.matches(']').count()).ok()?);
    }
    let unknown = Opt { names, takes: Takes::Unknown, value: String::new(), kind: Kind::Any, about: String::new() };
    (!unknown.names.is_empty()).then_some(unknown)
}

/// The first sentence.
fn beginning(body: &str) -> String {
    let flat = body.split_whitespace().collect::<Vec<_>>().join(" ");
    // `-0 ... -9` ends none.
    let ends = |at: &usize| !flat.get(..*at).is_some_and(|before| before.ends_with(['.', ' ']));
    let sentence = flat.match_indices(". ").map(|(at, _)| at).find(ends).unwrap_or(flat.len());
    let end = sentence.min(flat.char_indices().nth(MAX_ABOUT).map_or(flat.len(), |(at, _)| at));
    let first = flat.get(..end).unwrap_or_default();
    // `entries starting with .` ends with a name.
    first.strip_suffix('.').filter(|rest| !rest.ends_with(' ')).unwrap_or(first).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Takes;

    const MAN: &str = r#".TH FOO 1
.SH NAME
foo, fooz \- do foo things
.SH SYNOPSIS
.B foo
[\-xy] [\fIFILE\fR]...
.SH OPTIONS
.TP
\fB\-a\fR, \fB\-\-all\fR
do not ignore entries. More.
.TP
.BR \-n ", " \-\-lines =\fINUM\fR
print NUM lines
.PP
\fB\-\-deep\fR[=\fI<level>\fR]
.RS 4
How deep.
.RE
.IP "\-o file" 4
Write to file; see also \fB\-\-hidden\-away\fR.
"#;

    const MDOC: &str = ".Dd May 1\n.Dt BAR 1\n.Sh NAME\n.Nm bar\n.Nd find bars\n.Sh SYNOPSIS\n.Nm bar\n.Op Fl ABC\n.Op Fl d Ar depth\n.Sh OPTIONS\n.Bl -tag\n.It Fl A\nAll.\n\
        .It Fl d Ar depth , Fl -depth Ns = Ns Ar depth\nDeep.\n.It Xo\n.Fl t\n.Ar x\n.Xc\nTime.\n.El\n";

    fn shown(program: &Program) -> Vec<String> {
        program.options.iter().map(|o| format!("{} | {:?} | {}", o.names.join(","), o.takes, o.about)).collect()
    }

    #[test]
    fn man_macros_are_read() {
        let program = read("foo", MAN);
        assert_eq!(
            shown(&program),
            [
                "-a,--all | No | do not ignore entries",
                "-n,--lines | Required | print NUM lines",
                "--deep | Optional | How deep",
                "-o | Required | Write to file; see also --hidden-away",
            ]
        );
        assert_eq!(program.about, "do foo things");
        assert_eq!(program.mentioned, ["--hidden-away", "-x", "-xy", "-y"]);
        assert_eq!(program.options_trust, Trust::Complete);
    }

    #[test]
    fn mdoc_is_read() {
        let program = read("bar", MDOC);
        assert_eq!(program.about, "find bars");
        assert_eq!(shown(&program), ["-A | No | All", "-d,--depth | Required | Deep", "-t | Required | Time"]);
        assert_eq!(program.option("-d").map(|o| o.takes), Some(Takes::Required));
        assert!(program.mentions("-B") && program.mentions("-C") && !program.mentions("-z"));
    }

    #[test]
    fn a_page_that_leaves_things_out_accuses_nobody() {
        assert_eq!(read("foo", &format!("{MAN}Not all options are here.")).options_trust, Trust::Hint);
        assert_eq!(read("foo", ".SH NAME\nfoo - does things\n").options_trust, Trust::Hint);
        assert_eq!(read("foo", "").options.len(), 0);
    }
}
