//! What goes wrong with single programs.

use super::{Look, has_ending, has_flag, operands};
use crate::check::Edit;
use cmdai_safety::argv::{Form, Simple, Word};

/// Patterns in the older syntax that are meant in the newer one.
pub(super) fn grep(look: &mut Look<'_>, simple: &Simple) {
    let git = simple.words.first().is_some_and(|word| word.text.ends_with("git"));
    let head = usize::from(git);
    if git && simple.words.get(1).is_none_or(|word| word.text != "grep") {
        return;
    }
    let (Some(name), rest) = (simple.words.get(head), simple.words.get(head + 1..).unwrap_or_default()) else { return };
    let flag = |letter: char, long: &str| rest.iter().any(|w| w.text == long || short_has(&w.text, letter));
    if flag('F', "--fixed-strings") || flag('P', "--perl-regexp") {
        return;
    }
    let extended = flag('E', "--extended-regexp");
    let deep = flag('r', "--recursive") || flag('R', "--dereference-recursive");
    if deep
        && !git
        && operands(simple).count() == 2
        && let Some(files) = operands(simple).nth(1).filter(|word| word.text.starts_with("*.") && !word.quoted)
    {
        let complaint = "`-r` goes into directories, and the shell makes files of this one out of the glob";
        let edit = Edit::replace(&files.span, format!("--include='{}' .", files.text));
        look.fail(&files.span.clone(), "grep", complaint, vec![edit]);
    }
    let Some(pattern) = pattern_of(rest).filter(|word| look.is_plain(word) && word.form == Form::Exact) else { return };
    let text = pattern.text.as_str();
    if text.contains("\\d") {
        let source = look.source(&pattern.span).replace("\\d", "[0-9]");
        let complaint = "`grep` knows `\\d` only with `-P`; a digit is `[0-9]`";
        look.fail(&pattern.span.clone(), "grep", complaint, vec![Edit::replace(&pattern.span, source)]);
    }
    let bar = text.split('|').collect::<Vec<_>>();
    let alternatives = bar.len() > 1 && bar.iter().all(|part| !part.is_empty() && !part.ends_with('\\'));
    let repeated = ["]+", ")+", "]?", ")?", "]{", "){"].iter().any(|mark| text.contains(mark));
    let older = ["\\|", "\\(", "\\+", "\\?", "\\{"].iter().any(|mark| text.contains(mark));
    if !extended && !older && (alternatives || repeated) {
        let (what, edit) = (if alternatives { "|" } else { "+, ? and {}" }, Edit::insert(name.span.end, " -E"));
        let complaint = format!("without `-E`, `grep` takes `{what}` for plain characters");
        look.fail(&pattern.span.clone(), "grep", complaint, vec![edit]);
    }
    let glob = text.strip_prefix("*.").filter(|end| !end.is_empty() && end.bytes().all(|b| b.is_ascii_alphanumeric()));
    if let Some(end) = glob {
        let complaint = "`grep` takes an expression and no glob: a leading `*` is a plain star";
        look.fail(&pattern.span.clone(), "grep", complaint, vec![Edit::replace(&pattern.span, format!("'\\.{end}$'"))]);
    }
}

/// `git shortlog` without a commit reads its input where that is no terminal.
pub(super) fn shortlog(look: &mut Look<'_>, simple: &Simple) {
    let Some(word) = simple.words.get(1).filter(|word| word.text == "shortlog") else { return };
    if operands(simple).count() == 1 && !simple.words.iter().any(|word| word.text == "--all") {
        let end = simple.words.last().map_or(word.span.end, |last| last.span.end);
        let complaint = "`git shortlog` reads its input where that is no terminal; name a commit";
        look.fail(&word.span.clone(), "git shortlog", complaint, vec![Edit::insert(end, " HEAD")]);
    }
}

/// `sed '5,9p'` prints everything and those lines twice.
pub(super) fn sed(look: &mut Look<'_>, simple: &Simple) {
    let Some(name) = simple.words.first() else { return };
    let Some(script) = operands(simple).next().filter(|word| look.is_plain(word)) else { return };
    let text = script.text.as_str();
    let address = text.strip_suffix('p').filter(|address| {
        let simple =
            !address.is_empty() && address.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '$' | '~' | '+'));
        simple || address.starts_with('/') && address.ends_with('/') && !address.contains(';')
    });
    let quiet = has_flag(simple, 'n', "--quiet") || simple.words.iter().any(|word| word.text == "--silent");
    if address.is_some() && !quiet {
        let complaint = "without `-n`, `sed` prints every line and these ones twice";
        look.fail(&script.span.clone(), "sed", complaint, vec![Edit::insert(name.span.end, " -n")]);
    }
    let pattern = text.strip_prefix("s/").or_else(|| text.strip_prefix('/')).unwrap_or_default();
    let pattern = pattern.split('/').next().unwrap_or_default();
    let extended = has_flag(simple, 'E', "--regexp-extended") || has_flag(simple, 'r', "");
    let repeated = ["]+", ")+", "]{", "){", "\\d+", "]?"].iter().any(|mark| pattern.contains(mark));
    if repeated && !extended && !text.contains("\\(") && !text.contains("\\+") {
        let complaint = "without `-E`, `sed` takes `+`, `?` and `{}` for plain characters";
        look.fail(&script.span.clone(), "sed", complaint, vec![Edit::insert(name.span.end, " -E")]);
    }
    if pattern.contains("\\d") {
        let edit = Edit::replace(&script.span, look.source(&script.span).replace("\\d", "[0-9]"));
        look.fail(&script.span.clone(), "sed", "`sed` does not know `\\d`; a digit is `[0-9]`", vec![edit]);
    }
}

fn short_has(text: &str, letter: char) -> bool {
    text.starts_with('-') && !text.starts_with("--") && text.contains(letter)
}

/// The pattern of a grep; nothing where an option with a separate value could be in the way.
fn pattern_of(words: &[Word]) -> Option<&Word> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.text.as_str() {
            "-e" | "--regexp" => return words.next(),
            "-f" | "--file" => return None,
            "-A" | "-B" | "-C" | "-m" | "--include" | "--exclude" | "--exclude-dir" => {
                words.next();
            }
            text if text.starts_with('-') => {}
            _ => return Some(word),
        }
    }
    None
}

/// GNU date reads `3 days` and `3 days ago`.
pub(super) fn date(look: &mut Look<'_>, simple: &Simple) {
    for word in simple.words.iter().skip(1) {
        let Some(end) = [" from now", " from today"].iter().find(|end| word.text.contains(**end)) else { continue };
        let source = look.source(&word.span).replace(end, "");
        let complaint = format!("`date` does not understand `{}`; the future is `3 days`", end.trim());
        look.fail(&word.span.clone(), "date", complaint, vec![Edit::replace(&word.span, source)]);
    }
}

/// Programs that take no file.
pub(super) fn reads_input_only(look: &mut Look<'_>, simple: &Simple, name: &str) {
    let most = match name {
        "tr" if has_flag(simple, 'd', "--delete") != has_flag(simple, 's', "--squeeze-repeats") => 1,
        "tr" => 2,
        _ => 0,
    };
    // `tr -s A B` is right too; what looks like a file is none of its sets.
    let operands: Vec<&Word> = operands(simple).collect();
    let Some(file) = operands.get(most).copied().filter(|_| operands.len() == most + 1 && simple.redirects.is_empty())
    else {
        return;
    };
    let is_file = file.form == Form::Exact && file.text.contains(['.', '/']) && !file.text.contains(['[', ' ', '\\']);
    if file.form != Form::Start && !is_file {
        return;
    }
    let complaint = format!("`{name}` takes no file; it reads its input");
    look.fail(&file.span.clone(), name, complaint, vec![Edit::insert(file.span.start, "< ")]);
}

/// `$(wc -l FILE)` is the number and the name.
pub(super) fn wc(look: &mut Look<'_>, simple: &Simple) {
    let (Some(name), Some(last)) = (simple.words.first(), simple.words.last()) else { return };
    let alone = simple.words.len() == 3 && operands(simple).count() == 1 && !last.text.starts_with('-');
    let before = look.command.get(..name.span.start).unwrap_or_default().trim_end();
    let behind = look.command.get(last.span.end..).unwrap_or_default().trim_start();
    if !alone || last.form == Form::Pattern || !before.ends_with("$(") || !behind.starts_with(')') {
        return;
    }
    let complaint = "`wc` prints the name of the file beside the number; read it with `<`";
    look.fail(&last.span.clone(), "wc", complaint, vec![Edit::insert(last.span.start, "< ")]);
}

/// What stands between double quotes the shell reads first.
fn shell_reads_first(look: &mut Look<'_>, script: &Word) {
    let source = look.source(&script.span);
    let doubled = source.len() > 2 && source.starts_with('"') && source.ends_with('"');
    let column = source.match_indices('$').any(|(at, _)| source.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit));
    if doubled && column && !source.contains('\'') && !source.contains('\\') {
        let inner = source.get(1..source.len() - 1).unwrap_or_default().to_owned();
        let complaint = "between double quotes the shell takes `$1` for its own; put the program into single ones";
        look.fail(&script.span.clone(), "awk", complaint, vec![Edit::replace(&script.span, format!("'{inner}'"))]);
    }
}

/// An average over lines of which the first was left out.
pub(super) fn awk(look: &mut Look<'_>, simple: &Simple) {
    let Some(script) = operands(simple).find(|word| look.source(&word.span).contains('{')) else { return };
    shell_reads_first(look, script);
    let text = look.source(&script.span);
    let without_first = ["NR > 1", "NR>1", "NR != 1", "NR!=1"].iter().any(|test| text.contains(test));
    let Some((at, length)) =
        ["/ NR", "/NR"].iter().find_map(|d| Some((text.find(d)?, d.len()))).filter(|_| without_first)
    else {
        return;
    };
    if text.get(at + length..).is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')) {
        return;
    }
    let span = script.span.start + at..script.span.start + at + length;
    let complaint = "`NR` counts the first line, which the sum leaves out; divide by `(NR - 1)`";
    look.fail(&span.clone(), "awk", complaint, vec![Edit::replace(&span, "/ (NR - 1)")]);
}

/// A file with one value on each line is no array.
pub(super) fn jq(look: &mut Look<'_>, simple: &Simple) {
    let lines = simple.words.iter().any(|word| has_ending(&word.text, "jsonl") || has_ending(&word.text, "ndjson"));
    if !lines || has_flag(simple, 's', "--slurp") || has_flag(simple, 'n', "--null-input") {
        return;
    }
    let Some(filter) = operands(simple).next().filter(|word| look.is_plain(word)) else { return };
    let Some(rest) = filter.text.strip_prefix(".[]") else { return };
    let rest = rest.trim_start().trim_start_matches('|').trim_start();
    let rest = if rest.is_empty() { "." } else { rest };
    let complaint = "each line of the file is a value of its own, so there is no array to take apart with `.[]`";
    look.fail(&filter.span.clone(), "jq", complaint, vec![Edit::replace(&filter.span, format!("'{rest}'"))]);
}

/// `-s` and a depth exclude each other.
pub(super) fn du(look: &mut Look<'_>, simple: &Simple) {
    let depth = simple.words.iter().position(|word| word.text.starts_with("--max-depth") || word.text == "-d");
    let summary = simple.words.iter().find(|word| short_has(&word.text, 's') || word.text == "--summarize");
    let (Some(at), Some(summary)) = (depth, summary) else { return };
    let Some(word) = simple.words.get(at) else { return };
    let value = if word.text.contains('=') { word } else { simple.words.get(at + 1).unwrap_or(word) };
    let many = operands(simple).any(|word| word.form == Form::Pattern);
    let edit = if many {
        Edit::replace(&(word.span.start..(value.span.end + 1).min(look.command.len())), "")
    } else {
        let left = look.source(&summary.span).replace("--summarize", "").replacen('s', "", 1);
        Edit::replace(&summary.span, if left == "-" { String::new() } else { left })
    };
    look.fail(&word.span.clone(), "du", "`du -s` prints one line for each argument and takes no depth", vec![edit]);
}
