//! When two outputs say the same.
//!
//! Used by [`super::score`] on the outputs of two runs. People accept `./a` for `a`, one column more than they asked for, or
//! names beside each other instead of below each other; a comparison by bytes would count format and not the right answer. So
//! each task names what counts in its output, and everything else is levelled on both sides alike. Pure text, no files.

use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};

/// What counts in an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Lines in order; white space at their ends does not count.
    Exact,
    /// Lines in order; runs of white space are one blank.
    Words,
    /// Lines in any order; runs of white space are one blank.
    Lines,
    /// Words in any order, however they are broken into lines.
    Tokens,
    /// Numbers in order, and nothing else.
    Numbers,
    /// Which of the files that exist are named, in any order.
    Paths,
    /// Which of the files that exist are named, in order.
    PathsInOrder,
}

impl Comparison {
    const ALL: [(&'static str, Self); 7] = [
        ("exact", Self::Exact),
        ("words", Self::Words),
        ("lines", Self::Lines),
        ("tokens", Self::Tokens),
        ("numbers", Self::Numbers),
        ("paths", Self::Paths),
        ("paths in order", Self::PathsInOrder),
    ];

    /// The comparison of that name in the data.
    pub(crate) fn named(name: &str) -> Result<Self> {
        match Self::ALL.iter().find(|(known, _)| *known == name) {
            Some((_, comparison)) => Ok(*comparison),
            None => bail!("no comparison `{name}`; there are: {}", Self::ALL.map(|(known, _)| known).join(", ")),
        }
    }

    /// Whether both outputs say the same. `known` resolves names of files for the comparisons of paths.
    pub(crate) fn same(self, one: &str, other: &str, known: &Paths) -> bool {
        let lines = |text: &str, line: fn(&str) -> String| text.trim_end().lines().map(line).collect::<Vec<_>>();
        match self {
            Self::Exact => lines(one, |line| line.trim_end().to_owned()) == lines(other, |l| l.trim_end().to_owned()),
            Self::Words => lines(one, squeezed) == lines(other, squeezed),
            Self::Lines => sorted(lines(one, squeezed)) == sorted(lines(other, squeezed)),
            Self::Tokens => {
                let tokens = |text: &str| sorted(text.split_whitespace().map(str::to_owned).collect());
                tokens(one) == tokens(other)
            }
            Self::Numbers => same_numbers(&numbers(one), &numbers(other)),
            Self::Paths => {
                let set = |text: &str| known.named_in(text).into_iter().collect::<BTreeSet<_>>();
                set(one) == set(other)
            }
            Self::PathsInOrder => known.named_in(one) == known.named_in(other),
        }
    }
}

fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| !line.is_empty());
    lines.sort();
    lines
}

/// A number with its digits after the point, because 3.33 is as right as 3.3333.
type Number = (f64, usize);

fn numbers(text: &str) -> Vec<Number> {
    let number = |token: &str| {
        let token = token.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let digits = token.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let value = token.parse::<f64>().ok().filter(|_| digits)?;
        Some((value, token.split_once('.').map_or(0, |(_, decimals)| decimals.len())))
    };
    text.split(|c: char| c.is_whitespace() || ":=,;()".contains(c)).filter_map(number).collect()
}

fn same_numbers(one: &[Number], other: &[Number]) -> bool {
    let same = |(a, b): (&Number, &Number)| {
        let decimals = a.1.min(b.1);
        let places = i32::try_from(decimals).unwrap_or(0);
        // Truncation and rounding are both usual, so one unit of the last place is allowed, but none of a whole number.
        let slack = if decimals == 0 { 1e-9 } else { 10_f64.powi(-places) * 1.000_001 };
        (a.0 - b.0).abs() <= slack
    };
    // No number at all is what an empty answer has as well.
    !one.is_empty() && one.len() == other.len() && one.iter().zip(other).all(same)
}

/// The files there are, as they can be named from the directory in which the commands run.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    whole: BTreeSet<String>,
    /// Every tail of a path with the path; none where several paths end so.
    tails: BTreeMap<String, Option<String>>,
    home: String,
    cwd: String,
}

impl Paths {
    /// `all` are paths below `home`; `cwd` is the absolute directory of the commands, below `home` too.
    pub(crate) fn new<'a>(all: impl IntoIterator<Item = &'a String>, home: &str, cwd: &str) -> Self {
        let mut paths = Self { home: format!("{home}/"), cwd: format!("{cwd}/"), ..Self::default() };
        let inside = format!("{}/", cwd.strip_prefix(&paths.home).unwrap_or_default());
        for path in all {
            let path = path.strip_prefix(&inside).map_or_else(|| format!("~/{path}"), str::to_owned);
            for (at, _) in path.match_indices('/') {
                let tail = path.get(at + 1..).unwrap_or_default().to_owned();
                paths.tails.entry(tail).and_modify(|known| *known = None).or_insert_with(|| Some(path.clone()));
            }
            paths.whole.insert(path);
        }
        paths
    }

    /// The files that `text` names, in order; a line that names none stands for itself.
    fn named_in(&self, text: &str) -> Vec<String> {
        let is_header =
            |line: &str| line.strip_prefix("total ").is_some_and(|size| size.starts_with(|c: char| c.is_ascii_digit()));
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_header(line));
        lines.flat_map(|line| self.named_in_line(line)).filter(|path| path != ".").collect()
    }

    fn named_in_line(&self, line: &str) -> Vec<String> {
        if let Some(path) = self.resolve(line) {
            return vec![path];
        }
        let tokens: Option<Vec<String>> = line.split_whitespace().map(|token| self.resolve(token)).collect();
        if let Some(paths) = tokens {
            return paths;
        }
        // Sizes, dates and the like stand before the name, the target of a link behind it.
        let line = line.split_once(" -> ").map_or(line, |(name, _)| name);
        let starts = line.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, c)| at + c.len_utf8());
        let mut tails = starts.filter_map(|at| line.get(at..));
        tails.find_map(|tail| self.resolve(tail)).map_or_else(|| vec![format!("? {line}")], |path| vec![path])
    }

    fn resolve(&self, name: &str) -> Option<String> {
        let name = name.trim_matches(|c| c == '\'' || c == '"');
        let name = name.strip_prefix(&self.cwd).map_or_else(
            || name.strip_prefix(&self.home).map_or_else(|| name.to_owned(), |rest| format!("~/{rest}")),
            str::to_owned,
        );
        let mut name = name.as_str();
        while let Some(rest) = name.strip_prefix("./") {
            name = rest.trim_start_matches('/');
        }
        let name = name.trim_end_matches('/');
        if matches!(name, "" | "." | "..") {
            return Some(".".to_owned());
        }
        let whole = |name: &str| self.whole.contains(name).then(|| name.to_owned());
        let listed = name.trim_end_matches(['*', '@', '/']);
        whole(name).or_else(|| whole(listed)).or_else(|| self.tails.get(listed).cloned().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, one: &str, other: &str, expected: bool) {
        let all = ["work", "work/a.txt", "work/b c.txt", "work/sub", "work/sub/d.log", "work/sub/a.txt", ".profile"];
        let paths = Paths::new(&all.map(str::to_owned), "/home/ada", "/home/ada/work");
        let said = Comparison::named(name).unwrap().same(one, other, &paths);
        assert_eq!(said, expected, "{name}: {one:?} and {other:?}");
    }

    #[test]
    fn text_by_lines_and_words() {
        check("exact", "a  b\nc\n", "a  b \nc", true);
        check("exact", "a  b", "a b", false);
        check("words", "  3 x\n", "3\tx", true);
        check("words", "a\nb", "b\na", false);
        check("lines", "a\nb", "b\na\n\n", true);
        check("lines", "a\na\nb", "a\nb", false);
        check("tokens", "a b c", "c\nb\na", true);
    }

    #[test]
    fn numbers_alone() {
        check("numbers", "12 file2.txt", "12", true);
        check("numbers", "total: 12", "12\n", true);
        check("numbers", "a.log:3", "3", true);
        check("numbers", "3.3333", "3.33", true);
        check("numbers", "3.34", "3.33333", true);
        check("numbers", "3", "3.33", false);
        check("numbers", "-4", "4", false);
        check("numbers", "1 2", "2 1", false);
        check("numbers", "", "nothing", false);
    }

    #[test]
    fn paths_by_what_they_name() {
        check("paths", "./a.txt\n./sub/d.log", "sub/d.log a.txt", true);
        check("paths", "/home/ada/work/b c.txt", "12 Jan  1 10:00 b c.txt", true);
        check("paths", "total 8\n-rw-r--r-- 1 ada ada 3 Jan  1 10:00 a.txt", "a.txt", true);
        check("paths", "lrwxrwxrwx 1 ada ada 3 Jan  1 10:00 a.txt -> sub/d.log", "a.txt", true);
        check("paths", "d.log", "sub/d.log", true);
        check("paths", "sub/", "sub", true);
        check("paths", ".\n./sub", "sub", true);
        check("paths", "a.txt", "sub/a.txt", false);
        check("paths", "a.txt\nnonsense", "a.txt", false);
        check("paths", "~/.profile", "/home/ada/.profile", true);
        check("paths", "a.txt\nsub", "sub\na.txt", true);
        check("paths in order", "a.txt\nsub", "sub\na.txt", false);
    }
}
