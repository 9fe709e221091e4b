//! Many files that end up under one name, each over the one before.
//!
//! Asked by [`loops`](crate::loops), [`find`](crate::find) and the wrappers that run a command for each of a list.

use crate::ir::{Node, Part, RedirectKind, Span, Stmt, Word};
use crate::loops::literal;
use crate::run::Machine;
use crate::value::Arg;
use cmdai_core::assess::RiskLevel;

/// Looks at the body of a loop over `name`; `listed` where its values are files that there are.
pub(crate) fn watch(m: &mut Machine<'_>, body: &[Stmt], name: &str, listed: bool) {
    let found: Vec<Arg> = body.iter().filter_map(|stmt| one_target(stmt, name)).take(4).collect();
    for target in found.into_iter().chain(gathers(body, name)) {
        onto_one(m, &target);
    }
    if !listed {
        return;
    }
    let mut simple: Vec<&Stmt> = Vec::new();
    steps(body, &mut simple);
    for word in simple.iter().filter_map(|stmt| replaced(stmt, name)).take(4).cloned().collect::<Vec<_>>() {
        m.finding(
            "emptied",
            "files",
            RiskLevel::High,
            &word.span,
            "overwrite",
            &format!("${name}"),
            "overwrites every file of the loop, so that nothing of what was in them is left",
        );
    }
}

/// `echo > "$f"`, `ln -sf /dev/null "$f"`: the file itself, not one named after it.
fn replaced<'a>(stmt: &'a Stmt, name: &str) -> Option<&'a Word> {
    let own = |word: &Word| {
        let mut names = word.parts.iter().flat_map(crate::variables::variables);
        names.next().as_deref() == Some(name) && names.next().is_none() && crate::variables::plain(word)
    };
    let Node::Simple { words, .. } = &stmt.node else { return None };
    let written = stmt.redirects.iter().find(|r| r.kind == RedirectKind::Write && r.fd != Some(2));
    if let Some(redirect) = written.filter(|r| own(&r.target)) {
        return Some(&redirect.target);
    }
    let links = words.first().is_some_and(|w| matches!(literal(w), "ln" | "gln"))
        && words.iter().skip(1).any(|w| literal(w).starts_with('-') && literal(w).contains('f'));
    words.last().filter(|w| links && words.len() > 3 && own(w))
}

/// `echo x > {}` in a text that is run for each: nothing of what was in the file is left.
fn overwrites_each(script: &str, marks: &[&str]) -> bool {
    script.match_indices('>').take(20).any(|(at, _)| {
        let before = script.get(..at).unwrap_or_default();
        let after = script.get(at + 1..).unwrap_or_default().trim_start_matches([' ', '"', '\'', '|']);
        let whole = |mark: &&str| {
            after
                .strip_prefix(*mark)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['"', '\'', ' ', ';', ')', '&']))
        };
        !before.ends_with(['>', '2', '-', '=', '<', '&']) && marks.iter().any(whole)
    })
}

/// A command that is run for each of a list, with the marks that stand for the file.
pub(crate) fn text_for_each(m: &mut Machine<'_>, text: &str, marks: &[&str], span: &Span) {
    if let Some(to) = moves_each(text, marks) {
        onto_one(m, &Arg::known(to, span.clone()));
    }
    if text.contains(' ') && overwrites_each(text, marks) {
        let why = "overwrites each file of a list, so that nothing of what was in it is left";
        m.finding("emptied", "files", RiskLevel::High, span, "overwrite", "what is listed", why);
    }
}

/// `mv {} name` in a text that is run for each, with the mark that stands for the file.
fn moves_each(script: &str, marks: &[&str]) -> Option<String> {
    let words: Vec<&str> = script.split_whitespace().take(60).collect();
    words.windows(3).find_map(|w| {
        let [mv, from, to] = w else { return None };
        let to = to.trim_matches(['"', '\'', ';']);
        let each = marks.iter().any(|mark| from.contains(mark)) && !marks.iter().any(|mark| to.contains(mark));
        (mv.trim_matches(['"', '\'']) == "mv" && each && !to.contains('$') && is_one_name(to)).then(|| to.to_owned())
    })
}

/// `mv "$f" photo.jpg` in a loop over `f`: the one file that all go to.
fn one_target(stmt: &Stmt, name: &str) -> Option<Arg> {
    let Node::Simple { words, .. } = &stmt.node else { return None };
    let (last, others) = words.split_last()?;
    let moves = others.first().is_some_and(|w| matches!(literal(w), "mv" | "gmv"));
    // `cp template.txt "$f"`: the same over each.
    let over = others.first().is_some_and(|w| matches!(literal(w), "cp" | "gcp"))
        && others.len() == 2
        && last.parts.iter().flat_map(crate::variables::variables).eq([name.to_owned()])
        && crate::variables::plain(last);
    if over {
        return Some(Arg::known(format!("${name}"), last.span.clone()));
    }
    let uses = others.iter().flat_map(|w| &w.parts).flat_map(crate::variables::variables).any(|n| n == name);
    let asks = others.iter().any(|w| matches!(literal(w), "-n" | "-i" | "-b" | "--backup" | "--no-clobber"));
    let target = last.parts.iter().all(|p| matches!(p, Part::Bare(_) | Part::Quoted(_))).then(|| literal(last))?;
    (moves && uses && !asks && is_one_name(target)).then(|| Arg::known(target, last.span.clone()))
}

/// A name with an ending, so that no directory is meant.
pub(crate) fn is_one_file(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    let end = last.rsplit_once('.').map_or("", |(stem, end)| if stem.is_empty() { "" } else { end });
    (2..=5).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric()) && end != "d"
}

/// A name that is hardly a directory's: one with an ending, or a bare word that says no place.
pub(crate) fn is_one_name(path: &str) -> bool {
    const PLACES: &[&str] = &[
        "archive",
        "backup",
        "old",
        "done",
        "processed",
        "dest",
        "destination",
        "dir",
        "folder",
        "output",
        "out",
        "tmp",
        "temp",
        "new",
        "target",
        "build",
        "dist",
        "public",
        "assets",
        "data",
        "media",
        "trash",
        "bin",
        "src",
        "lib",
        "doc",
        "inbox",
        "queue",
        "sorted",
        "keep",
        "misc",
        "attic",
        "unsorted",
        "flat",
        "music",
        "video",
        "import",
        "export",
        "upload",
        "static",
        "www",
        "home",
        "photo",
    ];
    let bare = !path.contains(['/', '.', '$']) && !path.is_empty() && !path.ends_with('s') && !path.starts_with('-');
    let word = path.to_lowercase();
    is_one_file(path)
        || bare && !PLACES.contains(&word.as_str()) && !word.ends_with("dir") && !crate::value::has_gap(path)
}

/// `for f in *.gz; do zcat "$f" > all.txt; rm "$f"; done`: each result over the one before, and what it was made of goes.
fn gathers(body: &[Stmt], name: &str) -> Option<Arg> {
    let uses = |stmt: &Stmt| match &stmt.node {
        Node::Simple { words, .. } => {
            words.iter().flat_map(|w| &w.parts).flat_map(crate::variables::variables).any(|n| n == name)
        }
        _ => false,
    };
    let program = |stmt: &Stmt| match &stmt.node {
        Node::Simple { words, .. } => words.first().map_or(String::new(), |w| literal(w).to_owned()),
        _ => String::new(),
    };
    let mut simple: Vec<&Stmt> = Vec::new();
    steps(body, &mut simple);
    if !simple.iter().any(|s| uses(s) && matches!(program(s).as_str(), "rm" | "unlink" | "shred" | "trash")) {
        return None;
    }
    simple.iter().filter(|s| uses(s)).find_map(|stmt| {
        let Node::Simple { words, .. } = &stmt.node else { return None };
        let into = stmt.redirects.iter().find(|r| r.kind == RedirectKind::Write && r.fd != Some(2));
        let made = matches!(
            program(stmt).as_str(),
            "convert"
                | "magick"
                | "ffmpeg"
                | "cp"
                | "pandoc"
                | "sox"
                | "lame"
                | "cwebp"
                | "inkscape"
                | "rsvg-convert"
                | "gs"
                | "heif-convert"
                | "avifenc"
                | "qpdf"
                | "pdftotext"
                | "opusenc"
                | "flac"
                | "cjxl"
        );
        let last = words.last().filter(|w| made && words.len() > 2 && is_one_file(literal(w)));
        let word = into.map(|r| &r.target).filter(|w| !literal(w).is_empty()).or(last)?;
        let target = literal(word);
        (!target.starts_with("/dev/")).then(|| Arg::known(target, word.span.clone()))
    })
}

/// The simple commands of a body in their order.
fn steps<'a>(body: &'a [Stmt], found: &mut Vec<&'a Stmt>) {
    for stmt in body.iter().take(16) {
        match &stmt.node {
            Node::Simple { .. } => found.push(stmt),
            Node::AndOr(left, right) => {
                steps(std::slice::from_ref(left), found);
                steps(std::slice::from_ref(right), found);
            }
            Node::Pipe(inner) | Node::Group(inner) => steps(inner, found),
            _ => {}
        }
    }
}

/// Many files under one name.
pub(crate) fn onto_one(m: &mut Machine<'_>, target: &Arg) {
    m.finding(
        "onto-one-name",
        "files",
        RiskLevel::High,
        &target.span.clone(),
        "overwrite",
        &target.text,
        "gives many files one name, so that each overwrites the one before",
    );
}

#[cfg(test)]
mod tests {
    use crate::trial::risk;
    use cmdai_core::assess::RiskLevel;

    #[test]
    fn one_name_for_many_is_told_from_a_directory() {
        for lost in [
            "for f in *.jpg; do mv \"$f\" x; done",
            "ls *.txt | while read -r f; do mv \"$f\" final; done",
            "find . -name '*.txt' -print0 | xargs -0 -n1 -I@ mv @ result",
            "parallel 'mv {} one' ::: *.txt",
            "find . -type f -exec sh -c 'mv \"$1\" all.txt' _ {} \\;",
            "for f in *.gz; do zcat \"$f\" > all.txt; rm \"$f\"; done",
            "for f in *.md; do echo > \"$f\"; done",
        ] {
            assert!(risk(lost) >= RiskLevel::High, "{lost}");
        }
        for kept in [
            "for f in *.jpg; do mv \"$f\" photos/; done",
            "for f in *.jpg; do mv \"$f\" old; done",
            "for f in *.jpg; do mv \"$f\" \"new-$f\"; done",
            "find . -name '*.txt' -print0 | xargs -0 mv -t notes",
            "for f in *.gz; do zcat \"$f\" >> all.txt; done",
            "for n in 1 2 3; do echo > \"$n\"; done",
            "for f in *.md; do wc -w \"$f\" > \"$f.count\"; done",
        ] {
            assert!(risk(kept) < RiskLevel::High, "{kept}");
        }
    }
}
