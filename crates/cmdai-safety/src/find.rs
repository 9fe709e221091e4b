//! `find` and `fd`: tests narrow, actions act.

use crate::effects::How;
use crate::opts;
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint, UNKNOWN};

const FILTERS: &[&str] = &[
    "-name",
    "-iname",
    "-path",
    "-ipath",
    "-regex",
    "-iregex",
    "-mtime",
    "-mmin",
    "-atime",
    "-ctime",
    "-newer",
    "-size",
    "-empty",
    "-wholename",
    "-perm",
    "-user",
    "-inum",
    "-samefile",
    "-maxdepth",
];
/// Pieces of paths below which nothing is dear.
const PASSING: &[&str] =
    &["cache", "tmp", "temp", "trash", "node_modules", "__pycache__", "build", "dist", "target", "log"];

/// Whether a test picks out a kind of file. What is young, and everything below a directory, is nobody's rubbish.
fn narrows(test: &Arg, value: &Arg) -> bool {
    let text = crate::value::unglob(&value.text);
    match test.text.as_str() {
        "-mtime" | "-mmin" | "-atime" | "-ctime" => !text.starts_with('-'),
        "-maxdepth" | "-newer" => false,
        // Everything that is not empty.
        "-size" => !text.starts_with("+0"),
        "-path" | "-ipath" | "-wholename" => {
            let lower = text.to_lowercase();
            !text.ends_with("/*") || PASSING.iter().any(|p| lower.contains(p))
        }
        filter => FILTERS.contains(&filter) && !matches!(text.as_str(), "*" | ".*" | "*.*"),
    }
}

/// `find`: what its actions do below its starting points.
pub(crate) fn find(m: &mut Machine<'_>, args: &[Arg]) -> Data {
    let options =
        args.iter().take_while(|a| matches!(a.text.as_str(), "-H" | "-L" | "-P") || a.text.starts_with("-O")).count();
    let starts_expression =
        |a: &Arg| a.text.starts_with('-') && a.text.len() > 1 || matches!(a.text.as_str(), "(" | "!" | "\\(" | "\\!");
    let mut roots: Vec<Arg> = args.iter().skip(options).take_while(|a| !starts_expression(a)).cloned().collect();
    let rest: Vec<Arg> = args.iter().skip(options + roots.len()).cloned().collect();
    if roots.is_empty() {
        let span = args.first().map_or(0..0, |a| a.span.clone());
        roots.push(Arg::known(".", span));
    }
    // What is not wanted is left out; what is left is everything else.
    let negated =
        |at: usize| at > 0 && rest.get(at - 1).is_some_and(|a| matches!(a.text.as_str(), "!" | "-not" | "\\!"));
    let narrow = rest.iter().zip(rest.iter().skip(1)).enumerate().any(|(at, (a, b))| narrows(a, b) && !negated(at))
        || rest.iter().any(|a| a.text == "-empty");
    let name = name_tested(&rest);
    let how = How { recursive: true, filtered: narrow, ..How::ONE };
    let mut at = 0;
    let mut printed: Option<Data> = None;
    while let Some(arg) = rest.get(at) {
        at += 1;
        match arg.text.as_str() {
            "-delete" => {
                // A test that stands behind it comes too late.
                let tests = rest.get(..at).unwrap_or_default();
                // What stands before `-o` narrows nothing behind it, and a deletion before it is none of its tests.
                let brackets = tests.iter().any(|a| matches!(a.text.as_str(), "(" | "\\("));
                let other = tests.iter().rposition(|a| matches!(a.text.as_str(), "-o" | "-or" | ","));
                let from = other.filter(|_| !brackets).map_or(0, |at| at + 1);
                let tests = tests.get(from..).unwrap_or_default();
                let negated = |at: usize| negated(from + at);
                let pairs = tests.iter().zip(tests.iter().skip(1)).enumerate();
                let before = pairs.into_iter().any(|(at, (a, b))| narrows(a, b) && !negated(at))
                    || tests.iter().any(|a| a.text == "-empty");
                let how = How { filtered: before, ..how };
                for root in &roots {
                    m.touch(Verb::Delete, &Arg { span: arg.span.clone(), ..root.clone() }, how);
                }
            }
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                let ends = |n: usize, a: &Arg| {
                    matches!(a.text.as_str(), ";" | "\\;")
                        || a.text == "+" && n > at && rest.get(n - 1).is_some_and(|b| b.text == "{}")
                };
                let end = (at..rest.len()).find(|n| rest.get(*n).is_some_and(|a| ends(*n, a))).unwrap_or(rest.len());
                // The tests before `-o` are those of another branch.
                let tests = rest.get(..at - 1).unwrap_or_default();
                let other = tests.iter().rposition(|a| matches!(a.text.as_str(), "-o" | "-or" | ","));
                let grouped = tests.iter().any(|a| matches!(a.text.as_str(), "(" | "\\("));
                let branch = other.filter(|_| !grouped).and_then(|other| tests.get(other + 1..)).unwrap_or(&rest);
                let name = name_tested(branch);
                let command = rest.get(at..end).unwrap_or_default().to_vec();
                printed = Some(for_each(m, &roots, narrow, name.as_deref(), &command));
                at = end + 1;
            }
            "-fprint" | "-fprint0" | "-fls" | "-fprintf" => {
                if let Some(file) = rest.get(at) {
                    m.touch(Verb::Write, &file.clone(), How::ONE);
                }
            }
            _ => {}
        }
    }
    if let Some(printed) = printed {
        return printed;
    }
    let mut found = listing(&roots, name.as_deref());
    let wide = roots.iter().any(|r| m.place(&r.text).class >= crate::paths::Class::Home);
    let keys = wide && name.as_deref().is_some_and(|n| is_key(m, n));
    if name.is_none() && (!narrow || wide) || keys {
        found.taint = found.taint.with(Taint::LIST);
    }
    found
}

/// The first name that is asked for.
fn name_tested(tests: &[Arg]) -> Option<String> {
    let pairs = tests.iter().zip(tests.iter().skip(1));
    let mut named = pairs.filter(|(a, b)| matches!(a.text.as_str(), "-name" | "-iname") && !b.has_gap());
    named.next().map(|(_, b)| crate::text::live_globs(&b.text))
}

/// Whether files of this name hold keys or passwords, wherever they lie.
fn is_key(m: &Machine<'_>, name: &str) -> bool {
    m.place(&format!("/srv/any/{name}")).class == crate::paths::Class::Secret
}

/// What a listing of the starting points prints: paths below them.
fn listing(roots: &[Arg], name: Option<&str>) -> Data {
    let name = name.map_or_else(|| UNKNOWN.to_string(), ToOwned::to_owned);
    let lines: Vec<String> = roots.iter().map(|r| format!("{}/{name}", r.text.trim_end_matches('/'))).collect();
    Data { text: Some(lines.join("\n")), taint: Taint::default(), from: "find".to_owned() }
}

/// Runs `command` on what was found: on the starting points themselves unless something narrows the search.
fn for_each(m: &mut Machine<'_>, roots: &[Arg], narrow: bool, name: Option<&str>, command: &[Arg]) -> Data {
    let found: Vec<Arg> = roots
        .iter()
        .map(|root| {
            if narrow {
                Arg {
                    text: format!("{}/{}", root.text.trim_end_matches('/'), name.unwrap_or("\u{F8F0}")),
                    ..root.clone()
                }
            } else {
                root.clone()
            }
        })
        .collect();
    let mut argv = Vec::new();
    for word in command {
        if word.text.contains("{}") {
            argv.extend(found.iter().map(|path| Arg {
                text: word.text.replace("{}", &path.text),
                taint: word.taint,
                span: word.span.clone(),
            }));
        } else {
            argv.push(word.clone());
        }
    }
    // Everything below a project is also what version control keeps, and files that are no text.
    let in_place =
        argv.first().is_some_and(|a| matches!(a.text.as_str(), "sed" | "perl" | "ruby" | "sd" | "rpl" | "dos2unix"))
            && (argv
                .iter()
                .skip(1)
                .any(|a| a.text.starts_with("-i") || a.text == "-pi" || a.text.starts_with("--in-place"))
                || argv.first().is_some_and(|a| matches!(a.text.as_str(), "sd" | "rpl" | "dos2unix")));
    if in_place
        && !narrow
        && let Some(root) = roots.iter().find(|r| m.place(&r.text).class == crate::paths::Class::CwdAll)
    {
        m.finding(
            "rewrites-everything",
            "files",
            cmdai_core::assess::RiskLevel::High,
            &root.span.clone(),
            "overwrite",
            &root.text,
            "rewrites every file, also what version control keeps and what is no text",
        );
    }
    // What empties or overwrites each file leaves as little as what deletes it.
    let empties =
        argv.first().is_some_and(|a| matches!(a.text.as_str(), "truncate" | "shred" | "unlink" | "wipe" | "srm"))
            || argv.first().is_some_and(|a| a.text == "tee")
                && !argv.iter().any(|a| matches!(a.text.as_str(), "-a" | "--append"));
    let empties = empties
        || matches!(argv.get(..2), Some([cp, null]) if cp.text == "cp" && matches!(null.text.as_str(), "/dev/null" | "/dev/zero"));
    if empties && !narrow {
        m.touch_all(Verb::Delete, roots, How { recursive: true, ..How::ONE });
    }
    // `mv {} name` puts each over the one before.
    let moves = argv.first().is_some_and(|a| matches!(a.text.as_str(), "mv" | "gmv"))
        && argv.last().is_some_and(|a| crate::onto_one::is_one_name(&a.text))
        && command.iter().any(|w| w.text == "{}");
    if moves && let Some(last) = argv.last().cloned() {
        crate::onto_one::onto_one(m, &last);
    }
    for script in command.iter().skip(1).filter(|w| w.text.contains(' ')).take(4) {
        crate::onto_one::text_for_each(m, &script.text, &["$1", "$0", "{}"], &script.span);
    }
    // `rm` without -r on what is found walks the tree all the same.
    let removes = argv.first().is_some_and(|a| a.text == "rm" || a.text.ends_with("/rm"));
    let changes = argv.first().is_some_and(|a| matches!(a.text.as_str(), "chmod" | "chown" | "chgrp"));
    if (removes && !narrow) || changes {
        let span = argv.first().map_or(0..0, |a| a.span.clone());
        argv.insert(1, Arg::known(if changes { "-R" } else { "-r" }, span));
    }
    if removes && narrow {
        // Whatever matches in a whole home or system, wherever it lies.
        for root in
            roots.iter().filter(|r| m.place(&r.text).class >= crate::paths::Class::Home).cloned().collect::<Vec<_>>()
        {
            m.touch(Verb::Delete, &root, How { recursive: true, filtered: true, ..How::ONE });
        }
    }
    if argv.is_empty() {
        return Data::default();
    }
    // All keys of a machine are more than one.
    let keys = narrow
        && name.is_some_and(|n| is_key(m, n))
        && roots.iter().any(|r| m.place(&r.text).class >= crate::paths::Class::Home);
    m.in_mass(keys, |m| m.aside(|m| m.call(&argv, &Data::default())))
}

/// `fd`: the command behind `-x` or `-X`.
pub(crate) fn fd(m: &mut Machine<'_>, args: &[Arg]) -> Data {
    let at = args.iter().position(|a| matches!(a.text.as_str(), "-x" | "-X" | "--exec" | "--exec-batch"));
    let opts = opts::parse(
        args.get(..at.unwrap_or(args.len())).unwrap_or_default(),
        &[
            "-e",
            "-t",
            "-d",
            "-E",
            "-S",
            "--extension",
            "--type",
            "--max-depth",
            "--exclude",
            "--changed-before",
            "--changed-within",
            "-g",
            "--size",
            "-o",
        ],
    );
    let mut roots: Vec<Arg> = opts.operands.iter().skip(1).cloned().collect();
    if roots.is_empty() {
        roots.push(Arg::known(".", args.first().map_or(0..0, |a| a.span.clone())));
    }
    let narrow = opts.operand(0) != "." && !opts.operands.is_empty() || opts.has(&["-e", "--extension", "-S"]);
    if let Some(at) = at {
        let mut command: Vec<Arg> = args.get(at + 1..).unwrap_or_default().to_vec();
        if !command.iter().any(|a| a.text.contains("{}")) {
            let span = command.first().map_or(0..0, |a| a.span.clone());
            command.push(Arg::known("{}", span));
        }
        // Without a pattern it is all there is, or all that is young.
        let all = !narrow && !opts.has(&["--changed-before"]);
        return m.in_mass(all, |m| for_each(m, &roots, narrow, None, &command));
    }
    let mut found = listing(&roots, None);
    if !narrow {
        found.taint = found.taint.with(Taint::LIST);
    }
    found
}
