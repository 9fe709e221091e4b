//! `find` with the tests that people use: which entries its action would get.

use super::deeds::{Removes, is_empty};
use super::glob;
use super::walk::{Descend, Found, Walk};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Find {
    pub(super) roots: Vec<String>,
    test: Test,
    least_depth: usize,
    most_depth: usize,
    /// Its output is cut into words, so that a name with a space in it would be several.
    pub(super) splits: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Name {
        pattern: String,
        folded: bool,
        whole: bool,
    },
    Kind(char),
    Empty,
    /// In units of this many bytes, rounded up.
    Size(Compare, u64),
    /// In units of this many seconds, rounded down.
    Age(Compare, u64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Compare {
    More(u64),
    Less(u64),
    Just(u64),
}

impl Compare {
    fn read(text: &str) -> Option<Self> {
        Some(match text.as_bytes().first()? {
            b'+' => Self::More(text.get(1..)?.parse().ok()?),
            b'-' => Self::Less(text.get(1..)?.parse().ok()?),
            _ => Self::Just(text.parse().ok()?),
        })
    }

    const fn holds(self, value: u64) -> bool {
        match self {
            Self::More(n) => value > n,
            Self::Less(n) => value < n,
            Self::Just(n) => value == n,
        }
    }
}

/// The search and the words of its action, `-delete` or the command behind `-exec`, if it has one; `None` for all that is not followed here.
pub(super) fn read<'w>(words: &[&'w str]) -> Option<(Find, Vec<&'w str>)> {
    let is_test = |word: &&str| word.starts_with('-') && word.len() > 1 || matches!(*word, "(" | "!");
    let count = words.iter().take_while(|word| !is_test(word)).count();
    let mut roots: Vec<String> = words.iter().take(count).map(ToString::to_string).collect();
    if roots.is_empty() {
        roots.push(".".to_owned());
    }
    let mut reader = Reader { words: words.get(count..)?, at: 0, least: 0, most: usize::MAX, action: None, depth: 0 };
    let test = reader.any()?;
    if reader.at < reader.words.len() {
        return None;
    }
    let find = Find { roots, test, least_depth: reader.least, most_depth: reader.most, splits: false };
    Some((find, reader.action.unwrap_or_default()))
}

struct Reader<'a, 'w> {
    words: &'a [&'w str],
    at: usize,
    least: usize,
    most: usize,
    action: Option<Vec<&'w str>>,
    depth: usize,
}

impl<'w> Reader<'_, 'w> {
    fn next(&mut self) -> Option<&'w str> {
        let word = self.words.get(self.at).copied();
        self.at += 1;
        word
    }

    fn any(&mut self) -> Option<Test> {
        let mut all = vec![self.all()?];
        while matches!(self.words.get(self.at), Some(&("-o" | "-or"))) {
            // What an action behind one branch gets is not what one behind both gets.
            if self.action.is_some() || self.depth == 0 {
                return None;
            }
            self.at += 1;
            all.push(self.all()?);
        }
        Some(Test::Any(all))
    }

    fn all(&mut self) -> Option<Test> {
        let mut all = Vec::new();
        loop {
            match self.words.get(self.at).copied() {
                None | Some(")" | "-o" | "-or") => return Some(Test::All(all)),
                Some("-a" | "-and") => self.at += 1,
                // A test behind the action is none of its own.
                Some(word) if self.action.is_some() && !matches!(word, "-print" | "-print0") => return None,
                Some(_) => all.extend(self.one()?),
            }
        }
    }

    /// A test, or nothing where the word is none.
    fn one(&mut self) -> Option<Vec<Test>> {
        let name = |pattern: &str, folded, whole| Test::Name { pattern: pattern.to_owned(), folded, whole };
        Some(vec![match self.next()? {
            "!" | "-not" => Test::Not(Box::new(self.one()?.pop()?)),
            "(" => {
                self.depth += 1;
                let inner = self.any()?;
                self.depth -= 1;
                if self.next()? != ")" {
                    return None;
                }
                inner
            }
            "-name" => name(self.next()?, false, false),
            "-iname" => name(self.next()?, true, false),
            "-path" | "-wholename" => name(self.next()?, false, true),
            "-ipath" => name(self.next()?, true, true),
            "-type" => match self.next()? {
                kind @ ("f" | "d" | "l") => Test::Kind(kind.chars().next()?),
                _ => return None,
            },
            "-empty" => Test::Empty,
            "-size" => {
                let text = self.next()?;
                let (number, unit) = match text.as_bytes().last()? {
                    b'c' => (text.get(..text.len() - 1)?, 1),
                    b'k' => (text.get(..text.len() - 1)?, 1 << 10),
                    b'M' => (text.get(..text.len() - 1)?, 1 << 20),
                    b'G' => (text.get(..text.len() - 1)?, 1 << 30),
                    _ => (text, 512),
                };
                Test::Size(Compare::read(number)?, unit)
            }
            "-mtime" => Test::Age(Compare::read(self.next()?)?, 86_400),
            "-mmin" => Test::Age(Compare::read(self.next()?)?, 60),
            "-maxdepth" => {
                self.most = self.next()?.parse().ok()?;
                return Some(Vec::new());
            }
            "-mindepth" => {
                self.least = self.next()?.parse().ok()?;
                return Some(Vec::new());
            }
            "-depth" | "-print" | "-print0" => return Some(Vec::new()),
            "-delete" if self.action.is_none() && self.depth == 0 => {
                self.action = Some(vec!["-delete"]);
                return Some(Vec::new());
            }
            "-exec" | "-ok" if self.action.is_none() && self.depth == 0 => {
                let rest = self.words.get(self.at..)?;
                let end = rest.iter().position(|word| matches!(*word, ";" | "+"))?;
                self.action = Some(rest.get(..end)?.to_vec());
                self.at += end + 1;
                return Some(Vec::new());
            }
            _ => return None,
        }])
    }
}

impl Find {
    /// Whether there is no test, so that every directory is empty in the end.
    fn takes_all(&self) -> bool {
        let none = |test: &Test| matches!(test, Test::All(tests) if tests.is_empty());
        matches!(&self.test, Test::Any(tests) if tests.iter().all(none)) && self.most_depth == usize::MAX
    }

    /// Counts what the action would touch; `None` where a pattern is not followed.
    pub(super) fn visit(&self, cwd: &Path, removes: Removes, walk: &mut Walk, found: &mut Found) -> Option<()> {
        let mut known = true;
        for root in &self.roots {
            let base = cwd.join(root);
            let mut inner: Vec<PathBuf> = Vec::new();
            walk.tree(&base, 0, &mut |path, meta, depth| {
                let below = path.strip_prefix(&base).unwrap_or(path);
                let shown = if depth == 0 { PathBuf::from(root) } else { Path::new(root).join(below) };
                let matched = depth >= self.least_depth
                    && depth <= self.most_depth
                    && self.test.holds(path, &shown, meta).unwrap_or_else(|| {
                        known = false;
                        false
                    });
                let taken = match removes {
                    Removes::Files => !meta.is_dir(),
                    // It leaves the current directory itself alone.
                    Removes::Emptied if meta.is_dir() => {
                        shown != Path::new(".") && (self.takes_all() || is_empty(path))
                    }
                    Removes::Whole | Removes::Each | Removes::Emptied => true,
                };
                let breaks = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '\\');
                known &= !(matched && self.splits && shown.to_string_lossy().contains(breaks));
                if matched && taken {
                    if removes == Removes::Whole && meta.is_dir() {
                        inner.push(path.to_owned());
                        return Descend::No;
                    }
                    found.add(&shown, meta);
                }
                if depth < self.most_depth { Descend::Yes } else { Descend::No }
            });
            for tree in inner {
                let shown = |path: &Path| Path::new(root).join(path.strip_prefix(&base).unwrap_or(path));
                walk.tree(&tree, 0, &mut |path, meta, _| {
                    found.add(&shown(path), meta);
                    Descend::Yes
                });
            }
        }
        known.then_some(())
    }
}

impl Test {
    fn holds(&self, path: &Path, shown: &Path, meta: &Metadata) -> Option<bool> {
        Some(match self {
            Self::All(tests) => {
                for test in tests {
                    if !test.holds(path, shown, meta)? {
                        return Some(false);
                    }
                }
                true
            }
            Self::Any(tests) => {
                for test in tests {
                    if test.holds(path, shown, meta)? {
                        return Some(true);
                    }
                }
                false
            }
            Self::Not(test) => !test.holds(path, shown, meta)?,
            Self::Name { pattern, folded, whole } => {
                let text =
                    if *whole { shown.to_str()? } else { shown.file_name().map_or(Some("."), |name| name.to_str())? };
                glob::matches(pattern, text, *folded)?
            }
            Self::Kind(kind) => match kind {
                'd' => meta.is_dir(),
                'l' => meta.is_symlink(),
                _ => meta.is_file(),
            },
            Self::Empty if meta.is_dir() => is_empty(path),
            Self::Empty => meta.is_file() && meta.len() == 0,
            Self::Size(compare, unit) => compare.holds(meta.len().div_ceil(*unit)),
            Self::Age(compare, unit) => {
                let age = SystemTime::now().duration_since(meta.modified().ok()?).unwrap_or_default();
                compare.holds(age.as_secs() / unit)
            }
        })
    }
}
