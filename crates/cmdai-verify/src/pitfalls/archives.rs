//! What goes wrong with archives.

use super::{Look, has_ending, has_flag, operands};
use crate::check::Edit;
use cmdai_safety::argv::{Form, Simple, Word};

/// Endings of tar files, with the letter for their compression.
const KINDS: &[(&str, char)] = &[
    (".tar.gz", 'z'),
    (".tgz", 'z'),
    (".tar.bz2", 'j'),
    (".tbz2", 'j'),
    (".tbz", 'j'),
    (".tar.xz", 'J'),
    (".txz", 'J'),
];
const LETTERS: &[char] = &['z', 'j', 'J'];

pub(super) fn tar(look: &mut Look<'_>, simple: &Simple) {
    let Some(flags) = simple.words.get(1).filter(|word| !word.text.starts_with("--")) else { return };
    let letters = flags.text.trim_start_matches('-');
    let valid = !letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphabetic());
    let Some(archive) = simple.words.get(2).filter(|_| valid && letters.ends_with('f')) else { return };
    let given = letters.chars().find(|c| LETTERS.contains(c));
    let kind = |word: &Word| KINDS.iter().find(|(end, _)| word.text.ends_with(end)).map(|(_, letter)| *letter);
    let is_archive = |word: &Word| kind(word).is_some() || has_ending(&word.text, "tar");
    if let (Some(given), Some(right)) = (given, kind(archive))
        && given != right
    {
        let complaint =
            format!("`{}` is compressed in another way than `-{given}` says; it is `-{right}`", archive.text);
        let edit = Edit::replace(&flags.span, flags.text.replacen(given, &right.to_string(), 1));
        look.fail(&flags.span.clone(), "tar", complaint, vec![edit]);
    }
    // The name of the archive comes first.
    if letters.contains('c')
        && !is_archive(archive)
        && let Some(other) = simple.words.get(3).filter(|word| simple.words.len() == 4 && is_archive(word))
    {
        let (one, two) = (look.source(&archive.span).to_owned(), look.source(&other.span).to_owned());
        let edits = vec![Edit::replace(&archive.span, two), Edit::replace(&other.span, one)];
        look.fail(&archive.span.clone(), "tar", "the archive comes before what goes into it", edits);
    }
}

pub(super) fn zip(look: &mut Look<'_>, simple: &Simple) {
    let named: Vec<&Word> = operands(simple).collect();
    let [first, second] = named.as_slice() else { return };
    let is_zip = |word: &Word| has_ending(&word.text, "zip");
    if !is_zip(first) && is_zip(second) {
        let (one, two) = (look.source(&first.span).to_owned(), look.source(&second.span).to_owned());
        let edits = vec![Edit::replace(&first.span, two), Edit::replace(&second.span, one)];
        look.fail(&first.span.clone(), "zip", "the archive comes before what goes into it", edits);
    }
    let directory = second.form == Form::Exact && (second.text.ends_with('/') || second.text == ".");
    if is_zip(first) && directory && !has_flag(simple, 'r', "--recurse-paths") {
        let end = simple.words.first().map_or(0, |word| word.span.end);
        look.fail(
            &second.span.clone(),
            "zip",
            "without `-r` a directory goes in empty",
            vec![Edit::insert(end, " -r")],
        );
    }
}
