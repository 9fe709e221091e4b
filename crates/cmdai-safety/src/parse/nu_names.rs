//! The commands of nushell, and what of the table does the same.

use super::nu_lower::text_of;
use crate::ir::{Assign, Part, Word};

/// Names that nushell answers itself; of those with two words the first. From the list of commands in its documentation (0.115).
pub const NUSHELL: &[&str] = &[
    "abbr",
    "alias",
    "all",
    "ansi",
    "any",
    "append",
    "ast",
    "attr",
    "banner",
    "bits",
    "break",
    "bytes",
    "cal",
    "cd",
    "char",
    "chunk-by",
    "chunks",
    "clear",
    "collect",
    "columns",
    "combinations",
    "commandline",
    "compact",
    "complete",
    "config",
    "const",
    "continue",
    "cp",
    "date",
    "debug",
    "decode",
    "def",
    "default",
    "describe",
    "detect",
    "difference",
    "do",
    "drop",
    "du",
    "each",
    "echo",
    "encode",
    "enumerate",
    "error",
    "every",
    "exec",
    "exit",
    "explain",
    "explore",
    "export",
    "export-env",
    "extern",
    "fill",
    "filter",
    "find",
    "first",
    "flatten",
    "for",
    "format",
    "from",
    "generate",
    "get",
    "glob",
    "grid",
    "group-by",
    "gstat",
    "hash",
    "headers",
    "help",
    "hide",
    "hide-env",
    "histogram",
    "history",
    "http",
    "idx",
    "if",
    "ignore",
    "input",
    "insert",
    "inspect",
    "interleave",
    "intersect",
    "into",
    "is-admin",
    "is-empty",
    "is-not-empty",
    "is-terminal",
    "items",
    "job",
    "join",
    "keybindings",
    "kill",
    "last",
    "length",
    "let",
    "let-env",
    "lines",
    "load-env",
    "loop",
    "ls",
    "match",
    "math",
    "matrix",
    "merge",
    "metadata",
    "mkdir",
    "mktemp",
    "module",
    "move",
    "mut",
    "mv",
    "nu-check",
    "nu-highlight",
    "open",
    "overlay",
    "panic",
    "par-each",
    "parse",
    "path",
    "peek",
    "permutations",
    "plugin",
    "port",
    "prepend",
    "print",
    "ps",
    "query",
    "random",
    "reduce",
    "reject",
    "rename",
    "return",
    "reverse",
    "rm",
    "roll",
    "rotate",
    "run",
    "run-external",
    "save",
    "schema",
    "scope",
    "select",
    "semver",
    "seq",
    "shuffle",
    "skip",
    "sleep",
    "slice",
    "sort",
    "sort-by",
    "source",
    "source-env",
    "split",
    "start",
    "std",
    "stor",
    "str",
    "sys",
    "table",
    "take",
    "tee",
    "term",
    "timeit",
    "to",
    "touch",
    "transpose",
    "try",
    "tutor",
    "ulimit",
    "umask",
    "uname",
    "union",
    "uniq",
    "uniq-by",
    "unlet",
    "update",
    "upsert",
    "url",
    "use",
    "values",
    "version",
    "view",
    "watch",
    "where",
    "which",
    "while",
    "whoami",
    "window",
    "with-env",
    "wrap",
    "zip",
];

/// Those that the table knows under the same name, with the same operands.
pub(crate) const KEPT: &[&str] = &[
    "alias", "cd", "clear", "cp", "du", "echo", "exec", "exit", "history", "kill", "ls", "mkdir", "mktemp", "mv", "ps",
    "return", "rm", "sleep", "source", "touch", "ulimit", "umask", "uname", "which", "whoami",
];

/// The words of a command in the names of the table.
#[derive(Default)]
pub(super) struct Lowered {
    pub(super) kept: Vec<Word>,
    /// Arguments that are computed, and no longer among the words.
    pub(super) dropped: Vec<Word>,
}

/// Gives a command of nushell the name of one that does the same; what only looks at its input becomes one that passes it on.
pub(super) fn lowered(first: &str, second: &str, words: Vec<Word>, piped: bool) -> Lowered {
    let span = words.first().map_or(0..0, |word| word.span.clone());
    let word = |text: &str| Word::literal(text, span.clone());
    let behind = |count: usize| words.get(count..).unwrap_or_default().to_vec();
    let operands = |count: usize| -> Vec<Word> {
        behind(count).into_iter().filter(|word| !text_of(word).starts_with('-')).collect()
    };
    let has = |letter: char, long: &str| {
        words.iter().map(text_of).any(|t| t == long || t.starts_with('-') && !t.starts_with("--") && t.contains(letter))
    };
    let named = |name: &[&str], rest: Vec<Word>| name.iter().map(|text| word(text)).chain(rest).collect();
    let kept: Vec<Word> = match (first, second) {
        ("save", _) => {
            let options: &[&str] = if has('f', "--force") { &["tee"] } else { &["tee", "-a"] };
            named(options, operands(1))
        }
        ("open", _) => named(&["cat"], operands(1)),
        ("http", "get" | "head" | "options") => named(&["curl"], addressed(&words)),
        ("http", "post" | "put" | "patch" | "delete") => {
            let mut rest = addressed(&words).into_iter();
            let address = rest.next();
            let data = rest.next().map_or_else(|| piped.then(|| word("@-")), Some);
            let sent = data.map(|data| vec![word("-d"), data]).unwrap_or_default();
            let method = [word("-X"), word(&second.to_uppercase())];
            named(&["curl"], method.into_iter().chain(sent).chain(address).collect())
        }
        ("kill", _) => {
            let force: &[&str] = if has('f', "--force") { &["kill", "-9"] } else { &["kill"] };
            let quiet = |word: &Word| matches!(text_of(word).as_str(), "-f" | "--force" | "-q" | "--quiet");
            named(force, behind(1).into_iter().filter(|word| !quiet(word)).collect())
        }
        ("run-external", _) => behind(1),
        ("source-env", _) => named(&["source"], behind(1)),
        ("overlay", "use") if of_a_file(words.get(2)) => named(&["source"], operands(2)),
        ("use", _) if of_a_file(words.get(1)) => named(&["source"], operands(1).into_iter().take(1).collect()),
        ("plugin", "add" | "use") => named(&["env"], operands(2)),
        ("start", _) => named(&["xdg-open"], operands(1)),
        ("run", _) => named(&["source"], operands(1)),
        ("print", _) => named(&["echo"], operands(1)),
        ("input", _) => named(&["read"], Vec::new()),
        ("seq", _) => words.clone(),
        ("hide-env", _) => named(&["unset"], operands(1)),
        ("decode", "base64" | "base32") => named(&[second, "-d"], Vec::new()),
        ("encode", "base64" | "base32") => named(&[second], Vec::new()),
        (name, _) if KEPT.contains(&name) => words.clone(),
        _ => named(&[if piped { "cat" } else { "true" }], Vec::new()),
    };
    let dropped =
        words.into_iter().filter(|word| is_computed(word) && !kept.iter().any(|k| k.span == word.span)).collect();
    Lowered { kept, dropped }
}

/// Whether commands run for this word.
pub(super) fn is_computed(word: &Word) -> bool {
    fn computed(part: &Part) -> bool {
        match part {
            Part::Command(_) => true,
            Part::Double(parts) => parts.iter().any(computed),
            _ => false,
        }
    }
    word.parts.iter().any(computed)
}

fn of_a_file(word: Option<&Word>) -> bool {
    let is_script = |word: &Word| std::path::Path::new(&text_of(word)).extension().is_some_and(|ext| ext == "nu");
    word.is_some_and(|word| is_script(word) || word.parts.len() > 1)
}

/// The operands of `http`, without options and their values.
fn addressed(words: &[Word]) -> Vec<Word> {
    let mut out = Vec::new();
    let mut value = false;
    for word in words.iter().skip(2) {
        let text = text_of(word);
        if std::mem::take(&mut value) {
            continue;
        }
        if text.starts_with('-') {
            value = matches!(
                text.as_str(),
                "-u" | "--user"
                    | "-p"
                    | "--password"
                    | "-t"
                    | "--content-type"
                    | "-m"
                    | "--max-time"
                    | "-H"
                    | "--headers"
            );
            continue;
        }
        out.push(word.clone());
    }
    out
}

/// What `ls` and `glob` give: the files of the directories, or those of the pattern.
pub(super) fn listed(words: &[Word]) -> Vec<Word> {
    let globs = words.first().is_some_and(|word| text_of(word) == "glob");
    let operands = words.iter().skip(1).filter(|word| !text_of(word).starts_with('-'));
    let files = operands.map(|word| {
        let text = text_of(word);
        let mut parts = word.parts.clone();
        match parts.as_mut_slice() {
            // `glob '*.txt'`: the pattern is live in quotes, too.
            [Part::Quoted(text)] if globs => {
                let live = std::mem::take(text);
                parts = vec![Part::Bare(live)];
            }
            _ if !globs && !text.contains('*') => {
                let slash = if text.is_empty() || text.ends_with('/') { "*" } else { "/*" };
                parts.push(Part::Bare(slash.to_owned()));
            }
            _ => {}
        }
        Word { parts, span: word.span.clone() }
    });
    let files: Vec<Word> = files.collect();
    if files.is_empty() {
        let span = words.first().map_or(0..0, |word| word.span.clone());
        return vec![Word { parts: vec![Part::Bare("*".to_owned())], span }];
    }
    files
}

/// `a | path join b c`, where `a` is one word.
pub(super) fn joined(known: &[Word], more: &[Word]) -> Option<Word> {
    let [first] = known else { return None };
    let mut parts = first.parts.clone();
    for word in more {
        parts.push(Part::Quoted("/".to_owned()));
        parts.extend(word.parts.iter().cloned());
    }
    Some(Word { parts, span: first.span.clone() })
}

/// The variables of a record.
pub(super) fn environment(words: &[Word]) -> Vec<Assign> {
    let pairs = words.chunks(2).filter_map(|pair| match pair {
        [name, value] => {
            let name = text_of(name).trim_end_matches(':').to_owned();
            Some(Assign { name, values: vec![value.clone()], append: false })
        }
        _ => None,
    });
    pairs.collect()
}
