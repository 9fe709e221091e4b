//! What a command does, part by part, as lines for a terminal: `cmdai explain` and the answer to `x`.

use crate::terminal::sanitize;
use cmdai_verify::{Part, PartKind};
use console::{measure_text_width, style};

/// Columns of the parts; a longer one has its explanation on the next line.
const PARTS: usize = 26;

/// One or two lines a part.
#[must_use]
pub(crate) fn lines(parts: &[Part]) -> Vec<String> {
    parts.iter().flat_map(line).collect()
}

fn line(part: &Part) -> Vec<String> {
    let inner = usize::from(!matches!(part.kind, PartKind::Program | PartKind::Operator));
    let indent = " ".repeat(2 * (part.depth + inner));
    let written = sanitize(&part.text.replace('\n', " "));
    let width = measure_text_width(&written) + indent.len();
    let shown = match part.kind {
        PartKind::Program | PartKind::Subcommand => style(written).bold().to_string(),
        PartKind::Operator => style(written).dim().to_string(),
        _ => written,
    };
    let about = about(part);
    if about.is_empty() {
        return vec![format!("{indent}{shown}")];
    }
    if width < PARTS {
        return vec![format!("{indent}{shown}{}{about}", " ".repeat(PARTS - width))];
    }
    vec![format!("{indent}{shown}"), format!("{}{about}", " ".repeat(PARTS))]
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
            lines(&parts),
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
