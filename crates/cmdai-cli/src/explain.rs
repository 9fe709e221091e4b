//! What a command does, part by part, as lines for a terminal: `cmdai explain` and the answer to `x`.

use crate::terminal::sanitize;
use cmdai_verify::{Part, PartKind};
use console::{measure_text_width, style};

/// Columns of the parts; a longer one has its explanation on the next line.
const PARTS: usize = 26;

/// Columns that an explanation needs to be read beside its part.
const LEAST: usize = 30;

/// A line or more a part, on a terminal of `width` columns.
pub(crate) fn lines(parts: &[Part], width: usize) -> Vec<String> {
    parts.iter().flat_map(|part| line(part, width)).collect()
}

fn line(part: &Part, width: usize) -> Vec<String> {
    let inner = usize::from(!matches!(part.kind, PartKind::Program | PartKind::Operator));
    let indent = " ".repeat(2 * (part.depth + inner));
    let written = sanitize(&part.text.replace('\n', " "));
    let used = measure_text_width(&written) + indent.len();
    let shown = match part.kind {
        PartKind::Program | PartKind::Subcommand => style(written).bold().to_string(),
        PartKind::Operator => style(written).dim().to_string(),
        _ => written,
    };
    let column = if width < PARTS + LEAST { indent.len() + 4 } else { PARTS };
    let about = wrapped(&about(part), width.saturating_sub(column).max(LEAST));
    let behind = " ".repeat(column);
    let (first, rest) = match about.split_first() {
        Some((first, rest)) if used < column => (format!("{}{first}", " ".repeat(column - used)), rest),
        _ => (String::new(), about.as_slice()),
    };
    std::iter::once(format!("{indent}{shown}{first}"))
        .chain(rest.iter().map(|line| format!("{behind}{line}")))
        .collect()
}

/// Lines of at most `width` columns, cut between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if measure_text_width(line) + 1 + measure_text_width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn about(part: &Part) -> String {
    let about = sanitize(&part.about);
    match part.kind {
        // The path says nothing to who asks what it does, that it is not there does.
        PartKind::Program if part.names == "not on this machine" => {
            if about.is_empty() {
                "not on this machine".to_owned()
            } else {
                format!("{about} (not on this machine)")
            }
        }
        PartKind::Program | PartKind::Subcommand if about.is_empty() => String::new(),
        // The long name of a letter says what it stands for.
        PartKind::Option if part.names.contains("--") && !part.text.starts_with("--") => {
            let names = sanitize(&part.names);
            if about.is_empty() { names } else { format!("{names}: {about}") }
        }
        PartKind::Option if about.is_empty() => "not in its documentation on this machine".to_owned(),
        _ => about,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: PartKind, text: &str, names: &str, about: &str) -> Part {
        Part { span: 0..0, text: text.into(), kind, depth: 0, names: names.into(), about: about.into() }
    }

    #[test]
    fn a_part_stands_beside_what_is_said_of_it() {
        console::set_colors_enabled(false);
        let parts = [
            part(PartKind::Program, "du", "/usr/bin/du", "estimate file space usage"),
            part(PartKind::Option, "-s", "-s, --summarize", "display only a total for each argument"),
            part(PartKind::Option, "--max-depth=3", "-d, --max-depth=N", "print the total for a directory"),
            part(PartKind::Option, "--frob", "", ""),
            part(PartKind::Operand, "/a/long/path/of/some/directory", "", ""),
            part(PartKind::Operator, "|", "", "what the one before prints is what the next one reads"),
            part(PartKind::Program, "frob\u{1b}[2J", "not on this machine", ""),
        ];
        assert_eq!(
            lines(&parts[..2], 60),
            [
                "du                        estimate file space usage",
                "  -s                      -s, --summarize: display only a",
                "                          total for each argument",
            ]
        );
        assert_eq!(
            lines(&parts[..2], 40),
            ["du  estimate file space usage", "  -s  -s, --summarize: display only a", "      total for each argument"]
        );
        assert_eq!(
            lines(&parts, usize::MAX),
            [
                "du                        estimate file space usage",
                "  -s                      -s, --summarize: display only a total for each argument",
                "  --max-depth=3           print the total for a directory",
                "  --frob                  not in its documentation on this machine",
                "  /a/long/path/of/some/directory",
                "|                         what the one before prints is what the next one reads",
                "frob\\u{1b}[2J             not on this machine",
            ]
        );
    }
}
