//! What goes wrong with `find`.

use super::Look;
use crate::check::Edit;
use cmdai_safety::argv::{Simple, Word};

const NAME_TESTS: &[&str] = &["-name", "-iname", "-path", "-ipath", "-wholename", "-lname"];
/// Tests, with the number of their values.
const TESTS: &[(&str, usize)] = &[
    ("-type", 1),
    ("-size", 1),
    ("-mtime", 1),
    ("-mmin", 1),
    ("-atime", 1),
    ("-amin", 1),
    ("-ctime", 1),
    ("-cmin", 1),
    ("-newer", 1),
    ("-newermt", 1),
    ("-user", 1),
    ("-group", 1),
    ("-perm", 1),
    ("-empty", 0),
    ("-executable", 0),
    ("-writable", 0),
    ("-readable", 0),
    ("-name", 1),
    ("-iname", 1),
    ("-path", 1),
    ("-ipath", 1),
    ("-regex", 1),
    ("-iregex", 1),
    ("-links", 1),
    ("-samefile", 1),
    ("-inum", 1),
    ("-xtype", 1),
    ("-lname", 1),
];
/// They hold for the whole expression wherever they stand.
const GLOBAL: &[(&str, usize)] =
    &[("-maxdepth", 1), ("-mindepth", 1), ("-depth", 0), ("-xdev", 0), ("-mount", 0), ("-follow", 0)];
const OR: &[&str] = &["-o", "-or"];

/// Endings that are no names of hidden files.
const ENDINGS: &[&str] = &[
    "log", "txt", "py", "js", "ts", "csv", "tsv", "json", "md", "html", "css", "rs", "c", "h", "cpp", "java", "go",
    "rb", "sh", "jpg", "jpeg", "png", "gif", "mp3", "mp4", "avi", "pdf", "zip", "gz", "tmp", "bak", "xml", "yml",
    "yaml", "conf", "ini", "o", "flac", "wav",
];

pub(crate) fn is_name_test(word: &Word) -> bool {
    NAME_TESTS.contains(&word.text.as_str())
}

/// Index of the first word of the expression: behind the places to search.
pub(crate) fn first_test(simple: &Simple) -> usize {
    let leads = |word: &Word| matches!(word.text.as_str(), "-H" | "-L" | "-P");
    let at = simple.words.iter().skip(1).position(|word| {
        !leads(word) && (word.text.starts_with('-') || matches!(word.text.as_str(), "(" | "!" | "\\("))
    });
    at.map_or(simple.words.len(), |at| at + 1)
}

pub(super) fn check(look: &mut Look<'_>, simple: &Simple, gnu: bool) {
    for (at, word) in simple.words.iter().enumerate() {
        let Some(value) = simple.words.get(at + 1) else { break };
        match word.text.as_str() {
            "-name" | "-iname" => {
                slash_in_a_name(look, word, value);
                ending_for_a_name(look, value);
                open_to_the_shell(look, value);
            }
            "-path" | "-ipath" => open_to_the_shell(look, value),
            "-printf" => all_on_one_line(look, value),
            "-perm" if gnu => symbolic_any(look, value),
            "-mtime" | "-atime" | "-ctime" => unit_of_a_time(look, word, value, 'd'),
            "-mmin" | "-amin" | "-cmin" => unit_of_a_time(look, word, value, 'm'),
            "-size" => unit_of_a_size(look, value),
            _ => {}
        }
    }
    start_among_the_found(look, simple);
    endless_action(look, simple);
    deletes_before_it_tests(look, simple);
    nothing_can_match(look, simple);
    loose_or(look, simple);
}

fn slash_in_a_name(look: &mut Look<'_>, option: &Word, value: &Word) {
    // A slash at the end is of another kind: `-name dir/`.
    if !value.text.trim_end_matches('/').contains('/') || !look.is_plain(value) {
        return;
    }
    let path = if option.text == "-name" { "-path" } else { "-ipath" };
    let mut edits = vec![Edit::replace(&option.span, path)];
    if !value.text.starts_with(['*', '/', '.']) {
        let quotes = usize::from(look.source(&value.span).starts_with(['\'', '"']));
        edits.push(Edit::insert(value.span.start + quotes, "*/"));
    }
    let complaint = format!(
        "`{}` compares names without directories, so `{}` never matches; use `{path}`",
        option.text, value.text
    );
    look.fail(&value.span.clone(), "find", complaint, edits);
}

/// `-name .log`, where files that end so are meant.
fn ending_for_a_name(look: &mut Look<'_>, value: &Word) {
    let ending = value.text.strip_prefix('.').filter(|end| ENDINGS.contains(end) && look.is_plain(value));
    if ending.is_some() {
        let complaint = format!("only a file called `{0}` has that name; `*{0}` are those that end so", value.text);
        let edit = Edit::replace(&value.span, format!("'*{}'", value.text));
        look.fail(&value.span.clone(), "find", complaint, vec![edit]);
    }
}

/// `-name *.txt`: the shell puts the names of this directory in its place.
fn open_to_the_shell(look: &mut Look<'_>, value: &Word) {
    let bare = !value.quoted && look.source(&value.span) == value.text;
    if bare && value.text.contains('*') && !value.text.contains(['\'', '"', '$', '{']) {
        let complaint = format!("the shell replaces `{}` by names of this directory; put it into quotes", value.text);
        let edit = Edit::replace(&value.span, format!("'{}'", value.text));
        look.fail(&value.span.clone(), "find", complaint, vec![edit]);
    }
}

/// `-printf '%p'` puts all that is found on one line.
fn all_on_one_line(look: &mut Look<'_>, value: &Word) {
    let source = look.source(&value.span);
    let closing = source.chars().next_back().filter(|c| matches!(c, '\'' | '"'));
    let (Some(_), true) = (closing, value.text.contains('%')) else { return };
    if !["\\n", "\\0", "\n", "\0", "\\t"].iter().any(|end| value.text.ends_with(end)) && !value.text.ends_with(' ') {
        let complaint = "`-printf` adds no line break by itself";
        let edit = Edit::insert(value.span.end - 1, "\\n");
        look.fail(&value.span.clone(), "find", complaint, vec![edit]);
    }
}

/// `-exec COMMAND {}` without its end.
fn endless_action(look: &mut Look<'_>, simple: &Simple) {
    let Some(at) = simple.words.iter().rposition(|word| matches!(word.text.as_str(), "-exec" | "-execdir" | "-ok"))
    else {
        return;
    };
    let behind = simple.words.get(at + 1..).unwrap_or_default();
    let (Some(last), true) = (behind.last(), behind.iter().any(|word| word.text.contains("{}"))) else { return };
    if behind.iter().any(|word| matches!(word.text.as_str(), ";" | "+" | "\\;")) {
        return;
    }
    look.fail(
        &last.span.clone(),
        "find",
        "`-exec` needs a `\\;` or `+` at its end",
        vec![Edit::insert(last.span.end, " \\;")],
    );
}

/// `find . -delete -name X` deletes everything and then looks at names.
fn deletes_before_it_tests(look: &mut Look<'_>, simple: &Simple) {
    let Some(at) = simple.words.iter().position(|word| word.text == "-delete") else { return };
    let (Some(word), Some(last)) = (simple.words.get(at), simple.words.last()) else { return };
    let tests_follow = simple.words.iter().skip(at + 1).any(|word| TESTS.iter().any(|(name, _)| *name == word.text));
    if !tests_follow || simple.words.iter().any(|word| OR.contains(&word.text.as_str())) {
        return;
    }
    let edits = vec![Edit::replace(&(word.span.start..word.span.end + 1), ""), Edit::insert(last.span.end, " -delete")];
    look.fail(&word.span.clone(), "find", "`-delete` comes before the tests, so it deletes everything", edits);
}

/// `-perm +x`: GNU find no longer knows the plus as "any of these".
fn symbolic_any(look: &mut Look<'_>, value: &Word) {
    let Some(mode) = value.text.strip_prefix('+').filter(|_| look.is_plain(value)) else { return };
    let bits = |letter: char| match letter {
        'x' => Some(0o111),
        'w' => Some(0o222),
        'r' => Some(0o444),
        _ => None,
    };
    let octal = mode.bytes().all(|b| b.is_ascii_digit());
    let any = if octal {
        mode.to_owned()
    } else {
        let Some(bits) = mode.chars().map(bits).collect::<Option<Vec<u32>>>() else { return };
        format!("{:o}", bits.into_iter().fold(0, |all, bit| all | bit))
    };
    let complaint = "GNU `find` has no `-perm +MODE` any more; any of the bits is `-perm /MODE`";
    look.fail(&value.span.clone(), "find", complaint, vec![Edit::replace(&value.span, format!("/{any}"))]);
}

/// `-mtime -7d`.
fn unit_of_a_time(look: &mut Look<'_>, option: &Word, value: &Word, unit: char) {
    let Some(number) = value.text.strip_suffix(unit).filter(|n| is_number(n) && look.is_plain(value)) else { return };
    let complaint = format!("`{}` takes a number without a unit", option.text);
    look.fail(&value.span.clone(), "find", complaint, vec![Edit::replace(&value.span, number)]);
}

/// `-size +10MB`, `-size +10K`.
fn unit_of_a_size(look: &mut Look<'_>, value: &Word) {
    let end = value.text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(value.text.len());
    let (number, unit) = value.text.split_at(end);
    let right = match unit {
        "K" | "KB" | "kB" | "kb" | "Kb" | "KiB" => "k",
        "MB" | "mb" | "m" | "Mb" | "MiB" => "M",
        "GB" | "gb" | "g" | "Gb" | "GiB" => "G",
        _ => return,
    };
    if !is_number(number) || !look.is_plain(value) {
        return;
    }
    let complaint = format!("`-size` has no unit `{unit}`; it is `{right}`");
    look.fail(&value.span.clone(), "find", complaint, vec![Edit::replace(&value.span, format!("{number}{right}"))]);
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `find DIR -maxdepth 1 -type d` finds DIR itself too.
fn start_among_the_found(look: &mut Look<'_>, simple: &Simple) {
    let text = |at: usize| simple.words.get(at).map_or("", |word| word.text.as_str());
    let has = |option: &str| simple.words.iter().any(|word| word.text == option);
    let Some(depth) = simple.words.iter().position(|word| word.text == "-maxdepth") else { return };
    let kind = simple.words.iter().position(|word| word.text == "-type").map(|at| text(at + 1).to_owned());
    let narrowed = simple.words.iter().any(is_name_test) || has("-mindepth") || has("-regex") || has("-empty");
    if text(depth + 1) != "1" || kind.is_some_and(|kind| kind != "d") || narrowed {
        return;
    }
    let Some(word) = simple.words.get(depth) else { return };
    let complaint = "`find` lists the place where it starts as well; `-mindepth 1` leaves it out";
    look.fail(&word.span.clone(), "find", complaint, vec![Edit::insert(word.span.start, "-mindepth 1 ")]);
}

/// `-mtime -10 -mtime +50`: nothing is younger than 10 days and older than 50.
fn nothing_can_match(look: &mut Look<'_>, simple: &Simple) {
    if simple.words.iter().any(|word| OR.contains(&word.text.as_str())) {
        return;
    }
    for option in ["-mtime", "-atime", "-ctime", "-mmin", "-size"] {
        let values: Vec<&Word> = simple
            .words
            .windows(2)
            .filter_map(|pair| match pair {
                [name, value] if name.text == option => Some(value),
                _ => None,
            })
            .collect();
        let [one, other] = values.as_slice() else { continue };
        let number = |word: &Word| {
            let end = word.text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            (end.get(1..).and_then(|n| n.parse::<u64>().ok()), word.text.get(end.len()..).map(str::to_owned))
        };
        let (below, above) = if one.text.starts_with('-') { (one, other) } else { (other, one) };
        let ((Some(most), unit), (Some(least), other_unit)) = (number(below), number(above)) else { continue };
        if !below.text.starts_with('-') || !above.text.starts_with('+') || unit != other_unit || most > least {
            continue;
        }
        let swapped = |word: &Word, sign: &str| Edit::replace(&(word.span.start..word.span.start + 1), sign);
        let plain = look.is_plain(below) && look.is_plain(above) && !below.quoted && !above.quoted;
        let edits = if plain { vec![swapped(below, "+"), swapped(above, "-")] } else { Vec::new() };
        let complaint = format!("nothing is both `{option} {}` and `{option} {}`", below.text, above.text);
        look.fail(&below.span.clone(), "find", complaint, edits);
    }
}

/// `-type f -name A -o -name B -delete`: the first test and the action each belong to one side alone.
fn loose_or(look: &mut Look<'_>, simple: &Simple) {
    let words = simple.words.get(first_test(simple)..).unwrap_or_default();
    if words.iter().any(|word| matches!(word.text.as_str(), "(" | ")" | "!" | "-not" | "-a" | "," | "-prune" | "-quit"))
    {
        return;
    }
    let sides: Vec<&[Word]> = words.split(|word| OR.contains(&word.text.as_str())).collect();
    let ([first, middle @ .., last], true) = (sides.as_slice(), sides.len() > 1) else { return };
    let (Some(first), Some(middle), Some(last)) =
        (tests(first), middle.iter().map(|side| tests(side)).collect::<Option<Vec<_>>>(), tests(last))
    else {
        return;
    };
    let is_name = |test: &&[Word]| test.first().is_some_and(is_name_test);
    let alone =
        middle.iter().all(|(tests, rest)| tests.len() == 1 && rest.is_empty() && tests.first().is_some_and(is_name));
    let ((leading, []), (trailing, actions)) = (&first, &last) else { return };
    let (Some(begin), Some(end)) = (leading.last().filter(|t| is_name(t)), trailing.first().filter(|t| is_name(t)))
    else {
        return;
    };
    let belongs_to_one = leading.len() > 1 || trailing.len() > 1 || !actions.is_empty();
    let (Some(start), Some(stop)) = (begin.first(), end.last()) else { return };
    if !alone || !belongs_to_one {
        return;
    }
    let edits = vec![Edit::insert(start.span.start, "\\( "), Edit::insert(stop.span.end, " \\)")];
    let complaint = "in `find`, `-o` binds looser than what stands beside it, so the rest of the expression belongs to one side \
                     only; put the names into `\\( \\)`";
    look.fail(&(start.span.start..stop.span.end), "find", complaint, edits);
}

/// The tests that a side of an expression begins with, and the words behind them, actions if any; `None` where it is not so simple.
fn tests(mut words: &[Word]) -> Option<(Vec<&[Word]>, &[Word])> {
    let mut found = Vec::new();
    while let Some(word) = words.first() {
        let of =
            |table: &[(&str, usize)]| table.iter().find(|(name, _)| *name == word.text).map(|(_, values)| values + 1);
        if let Some(length) = of(GLOBAL) {
            words = words.get(length..)?;
        } else if let Some(length) = of(TESTS) {
            found.push(words.get(..length)?);
            words = words.get(length..)?;
        } else {
            break;
        }
    }
    Some((found, words))
}
