//! Names in the command that nobody mentioned.
//!
//! The other direction of [`literal`](crate::literal): a small model fills a gap with `/path/to/file` or `file.txt`. Words that
//! are plainly placeholders are found everywhere; other names only where the files of the current directory are known.

use crate::check::{Check, CheckKind, Outcome, Report};
use crate::knowledge::Knowledge;
use crate::verify::Query;
use cmdai_safety::argv::{Form, Parsed, Simple, Word};

/// Parts of words that stand for something the person has to fill in.
const PLACEHOLDERS: &[&str] = &[
    "/path/to",
    "path/to/",
    "/your/",
    "your_",
    "your-",
    "<your",
    "yourfile",
    "yourname",
    "yourdir",
    "/some/path",
    "some_file",
    "somefile",
    "file_name",
    "filename.ext",
    "directory_name",
    "/directory/path",
    "dir_name",
    "user@host",
    "username@",
    "/path/of",
    "old_name",
    "new_name",
    "search_term",
    "my_file",
    "myfile.txt",
    "/home/username",
    "/home/user/",
    "/users/username",
];
/// Placeholders only as whole words, for files.
const FILES: &[&str] = &[
    "file.txt",
    "filename",
    "example.txt",
    "input.txt",
    "file1.txt",
    "file2.txt",
    "source_file",
    "foo.txt",
    "bar.txt",
    "data.csv",
];
/// The same, for what may be something else.
const OTHERS: &[&str] =
    &["destination", "/path", "directory", "/directory", "/folder", "pattern", "username", "hostname"];
/// Programs whose operands need not be there: they make these files, or print the words.
const MAKERS: &[&str] = &[
    "echo", "printf", "touch", "mkdir", "tee", "cp", "mv", "ln", "tar", "zip", "split", "nano", "vi", "vim", "emacs",
    "code", "ed",
];
/// Programs whose operands must be there.
const READERS: &[&str] = &[
    "cat",
    "less",
    "more",
    "head",
    "tail",
    "wc",
    "sort",
    "uniq",
    "cut",
    "diff",
    "cmp",
    "comm",
    "tac",
    "nl",
    "rev",
    "stat",
    "file",
    "readlink",
    "unzip",
    "gunzip",
    "zcat",
    "md5sum",
    "sha256sum",
    "source",
    ".",
    "rm",
    "chmod",
    "chown",
    "strings",
    "xxd",
    "du",
];
/// Beginnings of paths that every machine has or that are made on the way.
const USUAL: &[&str] = &[
    "/dev/", "/proc/", "/sys/", "/etc/", "/usr/", "/bin/", "/tmp", "/var/", "/run/", "/opt/", "~/.", "/home", "/root",
    "/mnt", "/boot",
];

/// Checks `command` for names out of nowhere.
pub(crate) fn check(command: &str, parsed: &Parsed, query: &Query<'_>, knowledge: &Knowledge, report: &mut Report) {
    if query.request.is_empty() {
        return;
    }
    let request = query.request.to_lowercase();
    let words = || {
        parsed
            .commands
            .iter()
            .flat_map(|c| c.words.iter().skip(1).chain(c.redirects.iter().map(|r| &r.target)))
            .chain(&parsed.words)
    };
    for word in words() {
        let lower = word.text.to_lowercase();
        let part = PLACEHOLDERS.iter().find(|mark| lower.contains(**mark) && !request.contains(**mark));
        let stands = |mark: &&&str| lower == **mark && !request.contains(**mark) && is_operand(word, parsed);
        let file = FILES.iter().find(stands);
        let whole = file.or_else(|| OTHERS.iter().find(stands));
        let here = query.files.is_some_and(|files| files.contains(&word.text));
        if here
            || (part.is_none() && whole.is_none())
            || word.text.contains(' ')
            || knowledge.has_path(&word.text) == Some(true)
        {
            continue;
        }
        let is_missing = query.files.is_some() && file.is_some() && !is_made(word, parsed);
        let outcome = if part.is_some() || is_missing { Outcome::Fail } else { Outcome::Warn };
        let complaint = format!("`{}` is a placeholder, and the request does not mention it", word.text);
        report.push(Check::new(CheckKind::Literal, outcome, &word.span, word.text.as_str(), complaint));
    }
    let Some(files) = query.files else { return };
    for (index, simple) in parsed.commands.iter().enumerate().filter(|(_, simple)| !simple.elsewhere && !simple.more) {
        for word in read_by(simple) {
            let known = is_known(word, &request, files, knowledge)
                || made(parsed.commands.get(..index).unwrap_or_default(), word)
                || command.matches(word.text.as_str()).count() > 1;
            if !known {
                let complaint = format!("`{}` is neither in the current directory nor in the request", word.text);
                report.push(Check::new(CheckKind::Literal, Outcome::Warn, &word.span, word.text.as_str(), complaint));
            }
        }
    }
}

/// Whether it belongs to a command whose operands need not be there.
fn is_made(word: &Word, parsed: &Parsed) -> bool {
    let owner = parsed.commands.iter().rev().find(|simple| simple.words.iter().any(|w| w.span == word.span));
    owner.and_then(|simple| simple.words.first()?.exact()).is_none_or(|name| MAKERS.contains(&name))
}

/// An operand of a program that reads files: a common word may be anything elsewhere.
fn is_operand(word: &Word, parsed: &Parsed) -> bool {
    !word.quoted && parsed.commands.iter().any(|simple| simple.words.iter().skip(1).any(|w| w.span == word.span))
}

/// The files that a command wants to read.
fn read_by(simple: &Simple) -> Vec<&Word> {
    let name = simple.words.first().and_then(Word::exact).unwrap_or_default();
    let mut found: Vec<&Word> = simple.redirects.iter().filter(|r| !r.writes).map(|r| &r.target).collect();
    if READERS.contains(&name) {
        found.extend(simple.words.iter().skip(1));
    }
    found.retain(|word| {
        let named = word.text.contains('/')
            || word
                .text
                .rsplit_once('.')
                .is_some_and(|(stem, end)| !stem.is_empty() && end.starts_with(|c: char| c.is_ascii_alphabetic()));
        word.form == Form::Exact
            && named
            && !word.text.starts_with(['-', '+', '%', '$'])
            && !word.text.contains(['*', ' ', ':', '='])
    });
    found
}

fn is_known(word: &Word, request: &str, files: &[String], knowledge: &Knowledge) -> bool {
    let text = word.text.trim_start_matches("./").trim_end_matches('/');
    let lower = text.to_lowercase();
    let base = lower.rsplit('/').next().unwrap_or(&lower);
    let stem = base.split('.').next().unwrap_or(base);
    let below = format!("{text}/");
    request.contains(base)
        || (stem.len() > 3 && request.contains(stem))
        || files.iter().any(|file| file.trim_end_matches('/') == text || file.starts_with(&below))
        || USUAL.iter().any(|usual| text.starts_with(usual))
        || text.starts_with("..")
        || knowledge.has_path(&word.text) == Some(true)
}

/// Whether a command before this one makes the file.
fn made(before: &[Simple], word: &Word) -> bool {
    before.iter().any(|simple| {
        simple.words.iter().chain(simple.redirects.iter().map(|r| &r.target)).any(|w| w.text == word.text)
    })
}
