//! What is known of one program: its options, its subcommands, its habits, and how far that knowledge may accuse.
//!
//! The vocabulary between the sources (table, man pages, help, completions) and the checks. Sources are joined and never
//! subtracted: an option is accused only if no source knows it and one of them is complete. The price is that an option newer
//! than this machine passes; the gain is that a page that was read badly accuses nobody.

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// Whether an option takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Takes {
    /// No value.
    No,
    /// A value that is attached, or none.
    Optional,
    /// A value, attached or in the next word.
    Required,
    /// The source does not say.
    Unknown,
}

/// What a value looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Anything.
    Any,
    /// `12`.
    Int,
    /// `12`, `-12`, `+12`, `12k`.
    Count,
    /// `+3`, `-3`, `3`, `0.5`.
    Range,
    /// `0.5`.
    Float,
    /// Of `find -size`: `+10M`.
    Size,
    /// Of `cut -f`: `1,3-5`.
    List,
    /// Of `find -type`: letters of file types.
    Type,
    /// A command up to `;` or `+`.
    Exec,
    /// Everything that follows.
    Rest,
    /// This value and one more.
    Pair,
    /// One of these words.
    Choice(Vec<String>),
}

/// One option with all its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opt {
    /// As they are written: `-d`, `--max-depth`, `-name`.
    pub names: Vec<String>,
    /// Whether it takes a value.
    pub takes: Takes,
    /// The name of the value, such as `N`; empty if there is none.
    pub value: String,
    /// What the value looks like.
    pub kind: Kind,
    /// The beginning of what its documentation says; empty if that is not known.
    pub about: String,
}

/// How far a list may accuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Trust {
    /// What is on the list exists; what is not may exist too.
    #[default]
    Hint,
    /// What is not on the list does not exist.
    Complete,
}

/// Ways of a program with its arguments that differ from the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Habit {
    /// `-5` is a number and no option.
    Digits,
    /// `+x` is no operand.
    Plus,
    /// Options of several letters have one dash.
    Words,
    /// With [`Habit::Words`]: letters may be joined all the same.
    Cluster,
    /// Options end at the first operand.
    Lead,
    /// Operands come first; what follows the first option is an expression, as of find.
    Paths,
    /// The first word may be letters without a dash, as of tar and ps.
    Old,
    /// `-x` may be a file mode.
    Mode,
    /// `-9` and `-TERM` are signals.
    Signal,
    /// Long options cannot be shortened.
    Exact,
    /// It takes more options than any list of ours or page of its own says.
    Open,
}

/// One program, or one subcommand of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// `du`, `git log`.
    pub name: String,
    /// What it does, in the few words of its manual page; empty if that is not known.
    #[serde(default)]
    pub about: String,
    /// Its options.
    pub options: Vec<Opt>,
    /// Words that look like options and stand somewhere in its documentation.
    pub mentioned: Vec<String>,
    /// Its subcommands.
    pub subcommands: Vec<String>,
    /// Whether a missing option is an accusation.
    pub options_trust: Trust,
    /// Whether a missing subcommand is an accusation.
    pub subcommands_trust: Trust,
    /// How it reads its arguments.
    pub habits: Vec<Habit>,
    /// Fewest operands it works with.
    pub min: usize,
    /// Most operands it takes.
    pub max: Option<usize>,
    /// One of these options must be given.
    pub needs: Vec<String>,
}

/// Names that stand in documentation for any number.
const SIGNS: &[&str] = &["-#", "-NUM", "-number"];

fn is_sign(name: &str) -> bool {
    SIGNS.contains(&name)
}

impl Opt {
    /// For people and models: `-d, --max-depth=N`.
    #[must_use]
    pub fn shown(&self) -> String {
        let names = self.names.join(", ");
        let long = self.names.last().is_some_and(|name| name.starts_with("--"));
        match self.takes {
            _ if self.value.is_empty() => names,
            Takes::Optional if long => format!("{names}[={}]", self.value),
            Takes::Optional => format!("{names}[{}]", self.value),
            _ if long => format!("{names}={}", self.value),
            _ => format!("{names} {}", self.value),
        }
    }
}

impl Program {
    /// Whether it reads its arguments so.
    #[must_use]
    pub fn has(&self, habit: Habit) -> bool {
        self.habits.contains(&habit)
    }

    /// The option of this name.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&Opt> {
        self.options.iter().find(|opt| opt.names.iter().any(|known| known == name))
    }

    /// The option that `-NUMBER` is: listed as any number, or as one of a row such as `-0 ... -9`.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Option<&Opt> {
        let value = |name: &String| name.strip_prefix('-')?.parse::<u32>().ok();
        let row = |opt: &&Opt| {
            let numbers: Vec<u32> = opt.names.iter().filter_map(value).collect();
            numbers.iter().min() <= Some(&number) && Some(&number) <= numbers.iter().max()
        };
        let sign = || self.options.iter().find(|opt| opt.names.iter().any(|name| is_sign(name)));
        self.options.iter().filter(row).find(|opt| !opt.about.is_empty()).or_else(sign)
    }

    /// The option that `name` is short for, as GNU tools allow: the only one that begins so.
    #[must_use]
    pub fn abbreviated(&self, name: &str) -> Option<&Opt> {
        if name.len() < 4 || !name.starts_with("--") || self.has(Habit::Exact) {
            return None;
        }
        let mut all = self.options.iter().filter(|opt| opt.names.iter().any(|known| known.starts_with(name)));
        let first = all.next()?;
        all.next().is_none().then_some(first)
    }

    /// Whether some source speaks of `name`.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        self.mentioned.iter().any(|known| known == name)
    }

    /// Takes over what `other` knows beside this.
    pub fn join(&mut self, other: &Self) {
        // Pages of some hundred options are joined while somebody waits.
        let at: HashMap<String, usize> = self
            .options
            .iter()
            .enumerate()
            .flat_map(|(at, opt)| opt.names.iter().map(move |n| (n.clone(), at)))
            .collect();
        let mut mentioned: HashSet<String> = self.mentioned.drain(..).collect();
        for opt in &other.options {
            let known = opt.names.iter().find_map(|name| at.get(name)).and_then(|at| self.options.get_mut(*at));
            let Some(known) = known else {
                self.options.push(opt.clone());
                continue;
            };
            if known.takes == Takes::Unknown {
                known.takes = opt.takes;
                known.value.clone_from(&opt.value);
            }
            // What is one option there may be several here.
            for at in opt.names.iter().filter_map(|name| at.get(name)) {
                if let Some(known) = self.options.get_mut(*at).filter(|known| known.about.is_empty()) {
                    known.about.clone_from(&opt.about);
                }
            }
            let (signs, others): (Vec<_>, Vec<_>) =
                opt.names.iter().filter(|name| !at.contains_key(*name)).cloned().partition(|name| is_sign(name));
            mentioned.extend(others);
            if !signs.is_empty() {
                self.options.push(Opt { names: signs, ..opt.clone() });
            }
        }
        if self.about.is_empty() {
            self.about.clone_from(&other.about);
        }
        mentioned.extend(other.mentioned.iter().cloned());
        self.mentioned = mentioned.into_iter().collect();
        self.mentioned.sort();
        for name in &other.subcommands {
            if !self.subcommands.contains(name) {
                self.subcommands.push(name.clone());
            }
        }
        self.options_trust = self.options_trust.max(other.options_trust);
        self.subcommands_trust = self.subcommands_trust.max(other.subcommands_trust);
        for habit in &other.habits {
            if !self.has(*habit) {
                self.habits.push(*habit);
            }
        }
    }
}
