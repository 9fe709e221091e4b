//! Manual pages: the first witness of what a program on this machine can do.
//!
//! A page is cut into heads (`.TP`, `.IP`, `.It`, or a short paragraph before an indented one) and text. Heads that begin with a
//! dash are options; whatever else looks like an option anywhere in the page is kept as mentioned. A page may accuse if it
//! describes options at all and does not say that it leaves some out: an option is then missing from the whole page.

use super::roff::{self, Source as Line};
use super::{Source, mdoc, tag};
use crate::machine::{Machine, read_text};
use crate::program::{Habit, Program, Trust};
use std::collections::HashSet;
use std::path::PathBuf;

/// Letters of a description that are kept.
const MAX_ABOUT: usize = 160;
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
        Some(read(name, aside.as_deref().unwrap_or(text)))
    }
}

#[derive(Default)]
struct Page {
    /// Heads and the text behind each; text without a head has none.
    paragraphs: Vec<(Option<String>, String)>,
    section: String,
    synopsis: String,
    /// The line that `whatis` shows.
    name: String,
}

impl Page {
    fn head(&mut self, head: String) {
        self.paragraphs.push((Some(head), String::new()));
    }

    fn paragraph(&mut self) {
        self.paragraphs.push((None, String::new()));
    }

    fn text(&mut self, text: &str) {
        if self.section.starts_with("SYNOPSIS") {
            self.synopsis.push_str(text);
            self.synopsis.push('\n');
        }
        if self.section == "NAME" {
            self.name.push_str(text);
            self.name.push(' ');
        }
        if self.paragraphs.is_empty() {
            self.paragraph();
        }
        if let Some((_, body)) = self.paragraphs.last_mut() {
            body.push_str(text);
            body.push('\n');
        }
    }
}

/// What the page `text` says of `name`.
pub(super) fn read(name: &str, text: &str) -> Program {
    let page = cut(text);
    let about = page.name.split_once(" - ").map_or("", |(_, about)| about);
    let mut program = Program { name: name.to_owned(), about: beginning(about), ..Program::default() };
    let mut mentioned: HashSet<String> = HashSet::new();
    for (head, body) in &page.paragraphs {
        if let Some(mut opt) = head.as_deref().and_then(tag::read) {
            opt.about = beginning(body);
            match program.options.iter_mut().find(|known| known.names.iter().any(|n| opt.names.contains(n))) {
                Some(known) => {
                    known.names.extend(opt.names.into_iter().filter(|n| !known.names.contains(n)).collect::<Vec<_>>());
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

fn beginning(body: &str) -> String {
    let flat = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = flat
        .find(". ")
        .map_or(flat.len(), |at| at)
        .min(flat.char_indices().nth(MAX_ABOUT).map_or(flat.len(), |(at, _)| at));
    flat.get(..end).unwrap_or_default().trim_end_matches('.').to_owned()
}

/// Cuts a page into heads and text.
fn cut(text: &str) -> Page {
    let mut page = Page::default();
    // The next line of text is a head.
    let mut wanted = false;
    // The next line of text begins a paragraph, and is a head if an indented one follows.
    let mut begins = false;
    // A head of several lines, between `.It Xo` and `.Xc`.
    let mut open: Option<String> = None;
    for line in roff::lines(text) {
        let text = match line {
            Line::Text(text) => text,
            Line::Macro("SH" | "Sh", arguments) => {
                page.section = arguments.join(" ").to_uppercase();
                page.paragraph();
                (wanted, begins) = (false, true);
                continue;
            }
            Line::Macro("SS" | "Ss" | "PP" | "P" | "LP" | "Pp" | "sp" | "RE", _) => {
                page.paragraph();
                begins = true;
                continue;
            }
            Line::Macro("TP" | "TQ" | "HP", _) => {
                wanted = true;
                continue;
            }
            Line::Macro("IP", arguments) => {
                if let Some(head) = arguments.into_iter().next() {
                    page.head(head);
                }
                continue;
            }
            Line::Macro("It", arguments) => {
                if arguments.first().is_some_and(|first| first == "Xo") {
                    open = Some(mdoc::text("It", &arguments));
                } else {
                    page.head(mdoc::text("It", &arguments));
                }
                continue;
            }
            Line::Macro("Xc", _) => {
                if let Some(head) = open.take() {
                    page.head(head);
                }
                continue;
            }
            Line::Macro("B" | "I" | "SM" | "R" | "SB", arguments) => arguments.join(" "),
            Line::Macro("BR" | "RB" | "BI" | "IB" | "IR" | "RI", arguments) => arguments.concat(),
            Line::Macro("Nd", arguments) => format!("- {}", arguments.join(" ")),
            Line::Macro("OP", arguments) => format!("[{}]", arguments.join(" ")),
            Line::Macro(name, arguments) if mdoc::is_inline(name) => mdoc::text(name, &arguments),
            Line::Macro(..) => continue,
        };
        if let Some(head) = &mut open {
            head.push(' ');
            head.push_str(&text);
            continue;
        }
        if text.trim().is_empty() {
            begins = true;
            continue;
        }
        let dashed = text.starts_with('-');
        if std::mem::take(&mut wanted) || (begins && dashed) {
            page.head(text);
        } else {
            page.text(&text);
        }
        begins = false;
    }
    page
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
