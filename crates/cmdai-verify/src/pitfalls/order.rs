//! What goes wrong with sorting, counting and taking the first.

use super::{Look, has_flag, name_of, operands};
use crate::check::Edit;
use cmdai_safety::argv::Simple;

pub(super) fn check(look: &mut Look<'_>) {
    let parsed = look.parsed;
    for (at, simple) in parsed.commands.iter().enumerate() {
        let from = at.checked_sub(1).and_then(|at| parsed.commands.get(at)).filter(|from| look.is_piped(from, simple));
        match (name_of(simple), from) {
            (Some("uniq"), Some(from)) => unsorted(look, from, simple),
            (Some("sort"), Some(from)) => sizes(look, from, simple),
            (Some("wc"), Some(from)) if has_flag(simple, 'l', "--lines") => lines_of_ls(look, from),
            _ => {}
        }
    }
}

/// `cut … | uniq -c`: only neighbours are compared.
fn unsorted(look: &mut Look<'_>, from: &Simple, uniq: &Simple) {
    let compares = ['c', 'd', 'u', 'D'].iter().any(|letter| has_flag(uniq, *letter, ""));
    let Some(word) = uniq.words.first().filter(|_| compares && name_of(from) != Some("sort")) else { return };
    // What is in order already: names of `ls`, commits, fields of something sorted before.
    let sorted_before = look.command.get(..word.span.start).is_some_and(|before| before.contains("sort"));
    if !sorted_before {
        let complaint = "`uniq` compares neighbours only, so its input must be sorted";
        look.fail(&word.span.clone(), "uniq", complaint, vec![Edit::insert(word.span.start, "sort | ")]);
    }
}

/// `du -h | sort -n` takes 2G for less than 10K.
fn sizes(look: &mut Look<'_>, from: &Simple, sort: &Simple) {
    let Some(word) = sort.words.first() else { return };
    let readable = name_of(from) == Some("du") && has_flag(from, 'h', "--human-readable");
    let by_size = has_flag(sort, 'h', "--human-numeric-sort") || sort.words.iter().any(|w| w.text.contains('k'));
    if readable && !by_size && operands(sort).count() == 0 {
        let letter = sort.words.iter().skip(1).find(|w| w.text.starts_with('-') && w.text.contains('n'));
        let edit = letter.map_or_else(
            || Edit::insert(word.span.end, " -h"),
            |flag| Edit::replace(&flag.span, flag.text.replace("--numeric-sort", "-h").replacen('n', "h", 1)),
        );
        look.fail(&word.span.clone(), "sort", "sizes with units are compared by `sort -h`", vec![edit]);
    }
    if name_of(from) == Some("uniq") && has_flag(from, 'c', "--count") && has_flag(sort, 'r', "--reverse") {
        let numeric = ['n', 'h', 'g', 'k', 'V'].iter().any(|letter| has_flag(sort, *letter, ""));
        if !numeric && !sort.words.iter().any(|w| w.text.starts_with("--")) {
            let complaint = "counts are numbers, which `sort` compares with `-n`";
            look.fail(&word.span.clone(), "sort", complaint, vec![Edit::insert(word.span.end, " -n")]);
        }
    }
}

/// `ls -l | wc -l` counts the total, `ls -a | wc -l` the directory itself and the one above.
fn lines_of_ls(look: &mut Look<'_>, ls: &Simple) {
    if name_of(ls) != Some("ls") || has_flag(ls, 'R', "--recursive") {
        return;
    }
    let Some(flag) = ls
        .words
        .iter()
        .skip(1)
        .find(|word| word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains(['l', 'a']))
    else {
        return;
    };
    // Operands that are files have no total.
    if operands(ls).any(|word| word.text.contains('*')) || has_flag(ls, 'd', "--directory") {
        return;
    }
    let left: String = flag.text.chars().filter(|c| *c != 'l').map(|c| if c == 'a' { 'A' } else { c }).collect();
    let edit = Edit::replace(&flag.span, if left == "-" { "-1".to_owned() } else { left });
    let what = if flag.text.contains('l') { "the line of the total" } else { "`.` and `..`" };
    look.fail(&flag.span.clone(), "ls", format!("`wc` counts {what} as well"), vec![edit]);
}
