//! Cuts a manual page into heads and the text behind each, whatever macros its author wrote it with.
//!
//! Under [`man`](super::man), which reads what the heads say. A head is what `.TP`, `.IP`, `.It` or a `.SS` that begins with a dash
//! announces, a paragraph that begins with a dash, or a line before indented text; `.TQ` and a line break add another name to it. The synopsis has none: its lines
//! begin with dashes too. Nor has text of a page in mdoc, where a head is always announced.

use super::mdoc;
use super::roff::{self, Source as Line};

/// A page in pieces.
#[derive(Default)]
pub(super) struct Page {
    /// Heads and the text behind each; text without a head has none.
    pub(super) paragraphs: Vec<(Option<String>, String)>,
    /// The text below `SYNOPSIS`.
    pub(super) synopsis: String,
    /// The line that `whatis` shows.
    pub(super) name: String,
    section: String,
    /// Its heads are all announced.
    announces: bool,
}

impl Page {
    fn is_synopsis(&self) -> bool {
        self.section.starts_with("SYNOPSIS")
    }

    fn head(&mut self, head: String) {
        if self.is_synopsis() {
            return self.text(&head);
        }
        self.paragraphs.push((Some(head), String::new()));
    }

    fn paragraph(&mut self) {
        self.paragraphs.push((None, String::new()));
    }

    fn text(&mut self, text: &str) {
        if self.is_synopsis() {
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

    /// An item of a list; says whether it has only a mark, so that its head may follow.
    fn item(&mut self, head: Option<String>) -> bool {
        let is_mark = |head: &str| !head.chars().any(|c| c.is_alphanumeric() || c == '-');
        match head {
            Some(mark) if is_mark(&mark) => {
                self.paragraph();
                return true;
            }
            Some(head) => self.head(head),
            None => {}
        }
        false
    }

    /// What follows is indented: a line alone before it was a head.
    fn indent(&mut self) {
        if let Some((head @ None, body)) = self.paragraphs.last_mut()
            && body.trim_end().lines().count() == 1
        {
            *head = Some(std::mem::take(body).trim_end().to_owned());
        }
    }

    /// The head of an option behind which nothing stands yet.
    fn open_head(&mut self) -> Option<&mut String> {
        let (head, body) = self.paragraphs.last_mut()?;
        head.as_mut().filter(|head| head.starts_with('-') && body.is_empty())
    }

    /// Another name for what the last head is about, or a head of its own.
    fn another(&mut self, head: String) {
        match self.open_head() {
            Some(open) => {
                open.push_str(", ");
                open.push_str(&head);
            }
            None => self.head(head),
        }
    }
}

/// What the next line of text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Text,
    /// A head if it begins with a dash.
    Begins,
    Head,
    /// The same option by another name; if it does not begin with a dash, text.
    Another,
}

/// Cuts a page into heads and text.
pub(super) fn cut(text: &str) -> Page {
    let mut page = Page::default();
    let mut next = Next::Text;
    // A head of several lines, between `Xo` and `.Xc`.
    let mut open: Option<String> = None;
    // Lines are kept apart, as in a table.
    let mut literal = false;
    for line in roff::lines(text) {
        let text = match line {
            Line::Text(text) => text,
            Line::Macro(name @ ("SH" | "Sh"), arguments) => {
                page.announces |= name == "Sh";
                page.section = arguments.join(" ").to_uppercase();
                page.paragraph();
                next = Next::Begins;
                continue;
            }
            Line::Macro("SS", arguments) if arguments.first().is_some_and(|first| first.starts_with('-')) => {
                page.head(arguments.join(" "));
                next = Next::Text;
                continue;
            }
            Line::Macro("SS" | "Ss" | "PP" | "P" | "LP" | "Pp" | "sp" | "RE", _) => {
                page.paragraph();
                next = Next::Begins;
                continue;
            }
            Line::Macro("TP" | "HP", _) => {
                next = Next::Head;
                continue;
            }
            Line::Macro("TQ", _) => {
                next = Next::Another;
                continue;
            }
            Line::Macro("br", _) => {
                if page.open_head().is_some() {
                    next = Next::Another;
                }
                continue;
            }
            Line::Macro("RS", _) => {
                page.indent();
                continue;
            }
            Line::Macro(mode @ ("nf" | "fi"), _) => {
                literal = mode == "nf";
                continue;
            }
            Line::Macro("IP", arguments) => {
                if page.item(arguments.into_iter().next()) {
                    next = Next::Begins;
                }
                continue;
            }
            Line::Macro("It", arguments) => {
                let head = mdoc::text("It", &arguments);
                if arguments.iter().any(|word| word == "Xo") {
                    open = Some(head);
                } else {
                    page.head(head);
                }
                continue;
            }
            Line::Macro("Xc", _) => {
                if let Some(head) = open.take() {
                    page.head(head);
                }
                continue;
            }
            Line::Macro(name, arguments) => match inline(name, &arguments) {
                Some(text) => text,
                None => continue,
            },
        };
        if let Some(head) = &mut open {
            head.push(' ');
            head.push_str(&text);
            continue;
        }
        if text.trim().is_empty() {
            next = Next::Begins;
            continue;
        }
        let dashed = text.starts_with('-');
        match std::mem::replace(&mut next, Next::Text) {
            Next::Head => page.head(text),
            Next::Another if dashed => page.another(text),
            kind if dashed && !page.announces && (kind == Next::Begins || literal) => match about_beside(&text) {
                Some((head, about)) => {
                    page.head(head.to_owned());
                    page.text(about);
                }
                None if kind == Next::Begins => page.head(text),
                None => page.text(&text),
            },
            _ => page.text(&text),
        }
    }
    page
}

/// The text of a macro that stands for text.
fn inline(name: &str, arguments: &[String]) -> Option<String> {
    Some(match name {
        "B" | "I" | "SM" | "R" | "SB" => arguments.join(" "),
        "BR" | "RB" | "BI" | "IB" | "IR" | "RI" => arguments.concat(),
        "Nd" => format!("- {}", arguments.join(" ")),
        "OP" => format!("[{}]", arguments.join(" ")),
        _ if mdoc::is_inline(name) => mdoc::text(name, arguments),
        _ => return None,
    })
}

/// A head and what is said of it on the same line: in columns, or behind a colon.
fn about_beside(line: &str) -> Option<(&str, &str)> {
    let (head, about) = line.split_once("  ").or_else(|| line.split_once(": "))?;
    let about = about.trim_start();
    (!about.is_empty() && !about.starts_with('-')).then_some((head, about))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, expected: &[&str]) {
        let pieces = cut(page).paragraphs.into_iter();
        let told = pieces.filter_map(|(head, body)| Some(format!("{} | {}", head?, body.trim().replace('\n', " "))));
        assert_eq!(told.collect::<Vec<_>>(), expected, "{page}");
    }

    #[test]
    fn another_name_stands_beside_the_first() {
        check(".TP\n.B \\-c\n.TQ\n.B \\-\\-cold\nFreeze.\n", &["-c, --cold | Freeze."]);
        check(".PP\n\\-h \\fIx\\fR\n.br\n\\-\\-host=\\fIx\\fR\n.RS 4\nWhere.\n.RE\n", &["-h x, --host=x | Where."]);
        check(".TP\n.B \\-c\nFreeze\n.br\n\\- and thaw\n", &["-c | Freeze - and thaw"]);
    }

    #[test]
    fn heads_are_found_in_each_form() {
        check(".SS \"\\-l, \\-\\-long\"\nMore.\n.SS Notes\nText.\n", &["-l, --long | More."]);
        check(".IP \"\\[ci]\" 4\n\\fB\\-#\\fR: the level\n.IP \"\\[ci]\" 4\nplain\n", &["-# | the level"]);
        check(
            ".nf\n\\-\\-all, \\-a      all of it\n\\-\\-big         much\n.fi\n.PP\nText\n",
            &["--all, -a | all of it", "--big | much"],
        );
        check(".PP\nfoo go \\-\\-far\n.RS 4\nGoes.\n.RE\n", &["foo go --far | Goes."]);
        check(".Sh OPTIONS\n.It Fl L Xo\n.Ar here : there\n.Xc\nForward.\n", &["-L <here>: there | Forward."]);
    }

    #[test]
    fn what_only_begins_with_a_dash_is_no_head() {
        check(".SH SYNOPSIS\n.TP\n\\-a x\n.PP\n\\-b\n", &[]);
        check(".Sh DESCRIPTION\n.Pp\n.Fl d\nis the same as something else.\n", &[]);
    }
}
