//! The built-in facts: which options the most used tools have, by family of tools.
//!
//! First source of [`Knowledge`](crate::Knowledge), the only one that knows tools of another system, and the one that works on a
//! machine without man pages. The data are text files of ours under `data/`:
//!
//! ```text
//! [name, other name] FAMILY :habit :min=1      FAMILY: gnu, bsd, busybox, any
//! sub: one two                                 all subcommands there are; `sub+:` if there may be more
//! -s,--long=VALUE:kind -o[=VALUE] @abc         options; the value's kind, see [`Kind`]; letters without a value
//! ```
//! Blocks are found once and read when they are asked for.

use crate::program::{Habit, Kind, Opt, Program, Takes, Trust};
use cmdai_core::context::Userland;
use std::collections::HashMap;
use std::sync::LazyLock;

const FILES: &[&str] = &[
    include_str!("../data/gnu.txt"),
    include_str!("../data/gnu-system.txt"),
    include_str!("../data/bsd.txt"),
    include_str!("../data/busybox.txt"),
    include_str!("../data/any.txt"),
    include_str!("../data/git.txt"),
    include_str!("../data/docker.txt"),
    include_str!("../data/subs.txt"),
];

type Block = (&'static str, &'static str);

static BLOCKS: LazyLock<HashMap<(&'static str, &'static str), Block>> = LazyLock::new(|| {
    let mut blocks = HashMap::new();
    for block in FILES.iter().flat_map(|file| file.split("\n[").skip(1)) {
        let (head, body) = block.split_once('\n').unwrap_or((block, ""));
        let (names, rest) = head.split_once("] ").unwrap_or((head, ""));
        let (family, habits) = rest.split_once(' ').unwrap_or((rest, ""));
        for name in names.split(", ") {
            blocks.insert((name, family), (habits, body));
        }
    }
    blocks
});

/// What the table knows of `name` among the tools of `userland`; of all families if that is not known.
#[must_use]
pub fn program(name: &str, userland: Userland) -> Option<Program> {
    let families: &[&str] = match userland {
        Userland::Unknown => &["any", "gnu", "bsd", "busybox"],
        known => &["any", family(known)],
    };
    let mut found: Option<Program> = None;
    for family in families {
        let Some((habits, body)) = BLOCKS.get(&(name, *family)) else { continue };
        let program = read(name, habits, body);
        match &mut found {
            Some(known) => {
                known.min = known.min.min(program.min);
                known.max = known.max.zip(program.max).map(|(a, b)| a.max(b));
                known.needs.clear();
                known.join(&program);
            }
            None => found = Some(program),
        }
    }
    found
}

/// The families that have a tool `name`.
#[must_use]
pub fn families(name: &str) -> Vec<Userland> {
    let all = [Userland::Gnu, Userland::Bsd, Userland::Busybox];
    all.into_iter().filter(|userland| BLOCKS.contains_key(&(name, family(*userland)))).collect()
}

/// Whether some family has a tool `name`.
#[must_use]
pub fn has(name: &str) -> bool {
    ["any", "gnu", "bsd", "busybox"].iter().any(|family| BLOCKS.contains_key(&(name, *family)))
}

/// Names of all programs of the table, without subcommands.
pub fn names() -> impl Iterator<Item = &'static str> {
    BLOCKS.keys().map(|(name, _)| *name).filter(|name| !name.contains(' '))
}

fn family(userland: Userland) -> &'static str {
    match userland {
        Userland::Gnu => "gnu",
        Userland::Bsd => "bsd",
        Userland::Busybox => "busybox",
        Userland::Windows | Userland::Unknown => "",
    }
}

fn read(name: &str, habits: &str, body: &str) -> Program {
    let mut program = Program { name: name.to_owned(), options_trust: Trust::Complete, ..Program::default() };
    for habit in habits.split_whitespace() {
        habit_of(habit, &mut program);
    }
    for line in body.lines().filter(|line| !line.starts_with('#')) {
        if let Some(names) = line.strip_prefix("sub:") {
            program.subcommands.extend(names.split_whitespace().map(str::to_owned));
            program.subcommands_trust = Trust::Complete;
        } else if let Some(names) = line.strip_prefix("sub+:") {
            program.subcommands.extend(names.split_whitespace().map(str::to_owned));
        } else {
            line.split_whitespace().for_each(|token| token_of(token, &mut program));
        }
    }
    program
}

fn habit_of(habit: &str, program: &mut Program) {
    let number = |text: &str| text.parse().unwrap_or_default();
    match habit.split_once('=') {
        Some((":min", n)) => program.min = number(n),
        Some((":max", n)) => program.max = Some(number(n)),
        Some((":needs", names)) => program.needs = names.split(',').map(str::to_owned).collect(),
        Some((":lead", _)) => program.habits.push(Habit::Paths),
        _ => match habit {
            ":open" => program.habits.push(Habit::Open),
            ":digits" => program.habits.push(Habit::Digits),
            ":plus" => program.habits.push(Habit::Plus),
            ":words" => program.habits.push(Habit::Words),
            ":cluster" => program.habits.push(Habit::Cluster),
            ":lead" => program.habits.push(Habit::Lead),
            ":old" => program.habits.push(Habit::Old),
            ":mode" => program.habits.push(Habit::Mode),
            ":exact" => program.habits.push(Habit::Exact),
            ":signal" => program.habits.push(Habit::Signal),
            _ => {}
        },
    }
}

fn token_of(token: &str, program: &mut Program) {
    let plain = |name: String| Opt {
        names: vec![name],
        takes: Takes::No,
        value: String::new(),
        kind: Kind::Any,
        about: String::new(),
    };
    if let Some(letters) = token.strip_prefix('@') {
        program.options.extend(letters.chars().map(|letter| plain(format!("-{letter}"))));
        return;
    }
    let at = token.find("[=").or_else(|| token.find('='));
    let (names, value) = at.map_or((token, ""), |at| token.split_at(at));
    let takes = if value.starts_with('[') {
        Takes::Optional
    } else if value.is_empty() {
        Takes::No
    } else {
        Takes::Required
    };
    let value = value.trim_matches(['[', ']', '=']);
    let (value, kind) = value.split_once(':').unwrap_or((value, ""));
    program.options.push(Opt {
        names: names.split(',').filter(|n| !n.is_empty()).map(str::to_owned).collect(),
        takes,
        value: value.to_owned(),
        kind: kind_of(kind),
        about: String::new(),
    });
}

fn kind_of(kind: &str) -> Kind {
    match kind {
        "" => Kind::Any,
        "int" => Kind::Int,
        "count" => Kind::Count,
        "range" => Kind::Range,
        "float" => Kind::Float,
        "size" => Kind::Size,
        "list" => Kind::List,
        "type" => Kind::Type,
        "exec" => Kind::Exec,
        "rest" => Kind::Rest,
        "+1" => Kind::Pair,
        words => Kind::Choice(words.split('|').map(str::to_owned).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_read() {
        assert!(names().count() > 150);
        for (name, family) in BLOCKS.keys() {
            let (habits, body) = BLOCKS[&(*name, *family)];
            let program = read(name, habits, body);
            let says = !program.options.is_empty() || !program.subcommands.is_empty() || program.has(Habit::Open);
            assert!(says, "[{name}] {family} is empty");
            for opt in &program.options {
                assert!(opt.names.iter().all(|n| n.starts_with(['-', '+'])), "[{name}] {family}: {opt:?}");
            }
        }
    }

    #[test]
    fn a_block_says_what_its_line_says() {
        let du = program("du", Userland::Gnu).unwrap();
        assert_eq!(du.option("--max-depth").unwrap().shown(), "-d, --max-depth=N");
        assert_eq!(du.option("-d").unwrap().kind, Kind::Int);
        let ls = program("ls", Userland::Bsd).unwrap();
        assert!(ls.option("-@").is_some() && ls.option("-G").is_some() && ls.option("--sort").is_none());
        assert!(program("git", Userland::Bsd).unwrap().subcommands.contains(&"stash".to_owned()));
        assert_eq!(families("stat"), [Userland::Gnu, Userland::Bsd, Userland::Busybox]);
        assert!(program("ls", Userland::Unknown).unwrap().option("--sort").is_some());
    }
}
