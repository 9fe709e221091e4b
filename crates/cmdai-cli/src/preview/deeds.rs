//! From the words of a command to what it would do to which files.
//!
//! Everything that is not known ends it with `None`, and nothing is told.

use super::Effect;
use super::find::{self, Find};
use super::glob;
use super::walk::{Descend, Found, Walk};
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::ShellType;
use cmdai_safety::argv::{self, Form, Simple, Word};
use std::path::{Path, PathBuf};

/// What stands before a command without changing what it does to files.
const PLAIN: &[&str] = &["sudo", "doas", "nice", "ionice", "time", "command", "nohup", "env", "timeout"];
/// Options of these by which it would act elsewhere.
const ELSEWHERE: &[&str] = &["-C", "-D", "-R", "--chdir", "--chroot"];

/// One effect.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Deed {
    pub(super) effect: Effect,
    pub(super) cwd: PathBuf,
    pub(super) targets: Vec<Target>,
    /// Where to, of a move.
    pub(super) destination: Option<String>,
}

/// What is touched.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    Path(String, Removes),
    Pattern(String, Removes),
    Search(Find, Removes),
}

/// How far an act reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removes {
    /// What is named, directories too.
    Each,
    /// What is named and is no directory.
    Files,
    /// What is named; a directory only if nothing else is left in it.
    Emptied,
    /// What is named, with all that is below.
    Whole,
}

/// The effects of `command`; `None` where not all of it is known.
pub(super) fn of(command: &str, context: &ExecutionContext) -> Option<Vec<Deed>> {
    if !context.shell.is_posix_like() {
        return None;
    }
    let parsed = argv::read(command, context.shell);
    if parsed.broken.is_some() || !parsed.functions.is_empty() {
        return None;
    }
    let home = context.environment().get("HOME").map(String::as_str);
    let grouped = command.contains(['(', '{', '`']);
    let mut cwd = context.cwd.clone();
    let mut deeds = Vec::new();
    // Up to here everything was told by the command that carries it.
    let mut told = 0;
    for (index, simple) in parsed.commands.iter().enumerate() {
        let name = simple.words.first().and_then(Word::exact)?;
        let span = simple.words.iter().map(|word| word.span.end).max().unwrap_or_default();
        if simple.words.first().is_some_and(|word| word.span.start < told) {
            continue;
        }
        let name = name.trim_start_matches('\\').rsplit('/').next().unwrap_or(name);
        let reader = Words { shell: context.shell, home, command, simple: &simple.words };
        match name {
            "cd" if !grouped => cwd = cwd.join(reader.exact(1).filter(|_| simple.words.len() == 2)?),
            "cd" | "pushd" | "popd" | "eval" | "source" | "." => return None,
            "find" => {
                told = span;
                deeds.extend(search(simple, &cwd)?);
                let rest = parsed.commands.get(index..).unwrap_or_default();
                if let Some(deed) = piped(rest, command, &cwd) {
                    told = rest.get(1).and_then(|xargs| xargs.words.last()).map_or(span, |word| word.span.end);
                    deeds.push(deed);
                }
            }
            _ if !simple.inner.is_empty() => {
                let options = simple.words.iter().take(simple.inner.first().map_or(0, |inner| inner.start));
                if !PLAIN.contains(&name)
                    || options.clone().any(|word| ELSEWHERE.iter().any(|option| word.text.starts_with(option)))
                {
                    return None;
                }
            }
            _ => {
                let Some((effect, removes)) = effect_of(name, &reader) else { continue };
                if simple.elsewhere || simple.more {
                    return None;
                }
                deeds.push(deed(effect, removes, name, &reader, &cwd)?);
            }
        }
    }
    Some(deeds)
}

fn effect_of(name: &str, words: &Words<'_>) -> Option<(Effect, Removes)> {
    let recursive = words.has(&['r', 'R'], &["--recursive"]);
    Some(match name {
        "rm" if recursive => (Effect::Delete, Removes::Whole),
        "rm" if words.has(&['d'], &["--dir"]) => (Effect::Delete, Removes::Emptied),
        "rm" | "unlink" => (Effect::Delete, Removes::Files),
        "rmdir" => (Effect::Delete, Removes::Emptied),
        "shred" if words.has(&['u'], &["--remove"]) => (Effect::Delete, Removes::Files),
        "mv" => (Effect::Move, Removes::Each),
        "chmod" => (Effect::Mode, if words.has(&['R'], &["--recursive"]) { Removes::Whole } else { Removes::Each }),
        "chown" | "chgrp" => {
            (Effect::Owner, if words.has(&['R'], &["--recursive"]) { Removes::Whole } else { Removes::Each })
        }
        _ => return None,
    })
}

fn deed(effect: Effect, removes: Removes, name: &str, words: &Words<'_>, cwd: &Path) -> Option<Deed> {
    let mut operands = words.operands(name)?;
    let mut destination = None;
    match effect {
        Effect::Move => {
            let last = match words.value("-t") {
                Some(into) => into.to_owned(),
                None => operands.pop().filter(|last| !operands.is_empty() && !last.starts_with('\0'))?,
            };
            // Without a name that is known nothing can be said of what it overwrites.
            let keeps = words.has(&['n'], &["--no-clobber"]);
            destination = words.path(&last).filter(|_| !keeps);
        }
        Effect::Mode | Effect::Owner => {
            if words.has_reference() {
                return None;
            }
            operands = operands.split_off(1.min(operands.len()));
        }
        Effect::Delete => {}
    }
    let targets = operands.iter().map(|at| words.target(at, removes)).collect::<Option<Vec<_>>>()?;
    (!targets.is_empty()).then_some(Deed { effect, cwd: cwd.to_owned(), targets, destination })
}

/// What a search does, if it does something to files.
fn search(simple: &Simple, cwd: &Path) -> Option<Vec<Deed>> {
    let acts = |word: &Word| {
        matches!(
            word.text.as_str(),
            "-delete" | "-exec" | "-execdir" | "-ok" | "-okdir" | "-fprint" | "-fprint0" | "-fprintf" | "-fls"
        )
    };
    if !simple.words.iter().any(acts) {
        return Some(Vec::new());
    }
    let (find, action) = read_find(simple)?;
    let (effect, removes) = match action.as_slice() {
        ["-delete"] | ["rmdir", "{}"] => (Effect::Delete, Removes::Emptied),
        ["rm", options @ .., "{}"] if options.iter().all(|option| option.starts_with('-')) => {
            let whole = options.iter().any(|o| *o == "--recursive" || !o.starts_with("--") && o.contains(['r', 'R']));
            (Effect::Delete, if whole { Removes::Whole } else { Removes::Files })
        }
        ["chmod", _, "{}"] => (Effect::Mode, Removes::Each),
        ["chown" | "chgrp", _, "{}"] => (Effect::Owner, Removes::Each),
        ["mv", "-t", _, "{}"] | ["mv", "{}", _] => (Effect::Move, Removes::Each),
        ["ls" | "echo" | "cat" | "grep" | "head" | "tail" | "wc" | "du" | "stat" | "file", ..] => {
            return Some(Vec::new());
        }
        _ => return None,
    };
    Some(vec![Deed { effect, cwd: cwd.to_owned(), targets: vec![Target::Search(find, removes)], destination: None }])
}

fn read_find(simple: &Simple) -> Option<(Find, Vec<&str>)> {
    let words: Vec<&str> = simple.words.iter().skip(1).map(Word::exact).collect::<Option<_>>()?;
    // A name that begins so was a pattern or a home before it was read.
    if words.iter().any(|word| word.starts_with('~')) {
        return None;
    }
    find::read(&words)
}

/// What `xargs` does with what a search prints: `commands` begin with both.
fn piped(commands: &[Simple], text: &str, cwd: &Path) -> Option<Deed> {
    let [found, xargs, behind, ..] = commands else { return None };
    let between = found.words.last()?.span.end..xargs.words.first()?.span.start;
    let inner = xargs.inner.first()?;
    let options: Vec<&str> = xargs.words.get(1..inner.start)?.iter().map(Word::exact).collect::<Option<_>>()?;
    let plain = options
        .iter()
        .all(|word| matches!(*word, "-0" | "-r" | "-t" | "-n" | "-P" | "--null") || word.parse::<u32>().is_ok());
    if text.get(between)?.trim() != "|" || !plain || xargs.words.first()?.exact() != Some("xargs") {
        return None;
    }
    let (mut find, action) = read_find(found)?;
    let whole = |names: &[&str]| found.words.iter().chain(&xargs.words).any(|word| names.contains(&word.text.as_str()));
    find.splits = !(whole(&["-0", "--null"]) && whole(&["-print0"]));
    let words = Words { shell: ShellType::Bash, home: None, command: text, simple: &behind.words };
    let name = behind.words.first()?.exact()?;
    let (effect, removes) = effect_of(name, &words).filter(|_| action.is_empty())?;
    // Whatever else is named is not known to be all there is, but for the mode.
    let operands = words.operands(name)?.len();
    let expected = usize::from(matches!(effect, Effect::Mode | Effect::Owner));
    if operands != expected || effect == Effect::Move {
        return None;
    }
    Some(Deed { effect, cwd: cwd.to_owned(), targets: vec![Target::Search(find, removes)], destination: None })
}

/// The words of one command.
struct Words<'a> {
    shell: ShellType,
    home: Option<&'a str>,
    command: &'a str,
    simple: &'a [Word],
}

impl Words<'_> {
    fn exact(&self, at: usize) -> Option<String> {
        self.path(self.simple.get(at)?.exact()?)
    }

    /// A path as it is meant: `~` is the home directory.
    fn path(&self, text: &str) -> Option<String> {
        match text.strip_prefix('~') {
            Some("") => self.home.map(str::to_owned),
            Some(rest) if rest.starts_with('/') => Some(format!("{}{rest}", self.home?)),
            Some(_) => None,
            None => Some(text.to_owned()),
        }
    }

    fn options(&self) -> impl Iterator<Item = &str> {
        let words = self.simple.iter().skip(1).map(|word| word.text.as_str());
        words.take_while(|word| *word != "--").filter(|word| word.len() > 1 && word.starts_with('-'))
    }

    fn has(&self, letters: &[char], names: &[&str]) -> bool {
        self.options().any(|option| match option.strip_prefix("--") {
            Some(_) => names.contains(&option),
            None => option.contains(letters),
        })
    }

    fn has_reference(&self) -> bool {
        self.options().any(|option| option.starts_with("--reference") || option.starts_with("--from"))
    }

    fn value(&self, option: &str) -> Option<&str> {
        let at = self.simple.iter().position(|word| word.text == option)?;
        self.simple.get(at + 1)?.exact()
    }

    /// What is no option, `None` where a word is not known. A mode such as `-x` is an operand.
    fn operands(&self, name: &str) -> Option<Vec<String>> {
        let mut operands = Vec::new();
        let (mut ended, mut at) = (false, 1);
        while let Some(word) = self.simple.get(at) {
            at += 1;
            if word.form == Form::Start {
                return None;
            }
            let is_mode =
                name == "chmod" && operands.is_empty() && word.text.chars().skip(1).all(|c| "rwxXst".contains(c));
            match word.text.as_str() {
                "--" if !ended => ended = true,
                "-t" if name == "mv" && !ended => at += 1,
                text if !ended && !is_mode && text.len() > 1 && text.starts_with('-') => {}
                // Told apart from words again where it is looked at.
                text => operands.push(if word.form == Form::Pattern { format!("\0{text}") } else { text.to_owned() }),
            }
            let escaped = || self.command.get(word.span.clone()).is_none_or(|written| written.contains('\\'));
            let beyond = word.form == Form::Pattern && (word.quoted || escaped() || self.is_beyond(&word.text));
            if beyond || !word.quoted && word.text.contains(['(', ')']) {
                return None;
            }
        }
        Some(operands)
    }

    /// Patterns that are read differently, or not here.
    fn is_beyond(&self, pattern: &str) -> bool {
        let own = match self.shell {
            ShellType::Zsh => pattern.contains("**") || pattern.contains(['(', '#', '^', '<']),
            ShellType::Fish => pattern.contains("**") || pattern.contains(['?', '[']),
            _ => false,
        };
        own || pattern.contains('{') || pattern.starts_with('~') && !pattern.starts_with("~/")
    }

    fn target(&self, operand: &str, removes: Removes) -> Option<Target> {
        match operand.strip_prefix('\0') {
            Some(pattern) => Some(Target::Pattern(self.path(pattern)?, removes)),
            None => Some(Target::Path(self.path(operand)?, removes)),
        }
    }
}

impl Target {
    /// Counts what is there; `None` where that cannot be told.
    pub(super) fn visit(&self, cwd: &Path, walk: &mut Walk, found: &mut Found) -> Option<()> {
        match self {
            Self::Search(find, removes) => find.visit(cwd, *removes, walk, found),
            Self::Path(path, removes) => {
                named(path, *removes, cwd, walk, found);
                Some(())
            }
            Self::Pattern(pattern, removes) => {
                for path in glob::expand(pattern, cwd, walk)? {
                    named(&path, *removes, cwd, walk, found);
                }
                Some(())
            }
        }
    }
}

/// Whether nothing is in a directory.
pub(super) fn is_empty(dir: &Path) -> bool {
    dir.read_dir().is_ok_and(|mut entries| entries.next().is_none())
}

fn named(path: &str, removes: Removes, cwd: &Path, walk: &mut Walk, found: &mut Found) {
    let whole = cwd.join(path);
    let Ok(meta) = whole.symlink_metadata() else { return };
    found.tops.push(whole.clone());
    if removes == Removes::Whole {
        walk.tree(&whole, 0, &mut |at, meta, _| {
            let below = at.strip_prefix(&whole).ok().filter(|below| !below.as_os_str().is_empty());
            found.add(&below.map_or_else(|| PathBuf::from(path), |below| Path::new(path).join(below)), meta);
            Descend::Yes
        });
    } else if removes == Removes::Each || !meta.is_dir() || removes == Removes::Emptied && is_empty(&whole) {
        found.add(Path::new(path), &meta);
    }
}
