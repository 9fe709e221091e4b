//! Everything that is decided by the words of a command alone: a table in text files, one line a rule.
//!
//! Last step of [`call`](crate::call), for programs whose operands are not paths. `rules/*.txt` says how the lines read. Rules
//! look at parsed arguments, never at text, and need no regular expression.

use crate::opts;
use crate::run::Machine;
use crate::unlisted::by_words;
use crate::value::{Arg, Data, Taint};
use crate::{vital, words};
use cmdai_core::assess::RiskLevel;
use std::collections::HashMap;
use std::sync::OnceLock;

const SOURCES: &[&str] = &[
    include_str!("rules/plain.txt"),
    include_str!("rules/disks.txt"),
    include_str!("rules/accounts.txt"),
    include_str!("rules/net.txt"),
    include_str!("rules/power.txt"),
    include_str!("rules/system.txt"),
    include_str!("rules/kernel.txt"),
    include_str!("rules/startup.txt"),
    include_str!("rules/packages.txt"),
    include_str!("rules/mail.txt"),
    include_str!("rules/develop.txt"),
    include_str!("rules/javascript.txt"),
    include_str!("rules/languages.txt"),
    include_str!("rules/tools.txt"),
    include_str!("rules/texts.txt"),
    include_str!("rules/vcs.txt"),
    include_str!("rules/containers.txt"),
    include_str!("rules/databases.txt"),
    include_str!("rules/stores.txt"),
    include_str!("rules/migrate.txt"),
    include_str!("rules/cloud.txt"),
    include_str!("rules/aws.txt"),
    include_str!("rules/google.txt"),
    include_str!("rules/azure.txt"),
    include_str!("rules/hosting.txt"),
    include_str!("rules/infra.txt"),
    include_str!("rules/kubernetes.txt"),
    include_str!("rules/windows.txt"),
    include_str!("rules/secrets.txt"),
    include_str!("rules/abuse.txt"),
    include_str!("rules/servers.txt"),
    include_str!("rules/platforms.txt"),
];

/// One condition on the arguments.
#[derive(Debug, Clone)]
enum Need {
    /// The next operand is one of these.
    Word(Vec<String>),
    /// One of these options was given.
    Flag(Vec<String>),
    /// None of these options was given.
    NoFlag(Vec<String>),
    /// Some argument contains one of these, case-blind.
    Contains(Vec<String>),
    /// No argument contains any of these.
    Without(Vec<String>),
    /// There is a further operand.
    More,
    /// No further operand.
    End,
    /// Something about the whole command that no word says: `@root`, `@vital`, `@keeper`, `@group`, `@fed`.
    Fact(Fact),
}

/// What a rule may ask beside words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    /// Runs as root.
    Root,
    /// An argument names what others depend on.
    Vital,
    /// An argument names a program that holds passwords.
    Keeper,
    /// Acts on many at once.
    Group,
    /// What it does comes through its input.
    Fed,
}

/// One line.
#[derive(Debug, Clone)]
struct Rule {
    id: String,
    category: String,
    needs: Vec<Need>,
    risk: RiskLevel,
    effect: String,
    why: String,
    safer: String,
    undo: String,
}

impl Rule {
    /// How much it says about the arguments; a fact about the whole command says more than a word.
    fn weight(&self) -> usize {
        self.needs.iter().map(|need| if matches!(need, Need::Fact(_)) { 3 } else { 1 }).sum()
    }
}

/// What is known about one program.
#[derive(Debug, Default)]
struct Program {
    rules: Vec<Rule>,
    valued: Vec<String>,
    /// Operands are files that are read.
    reads: bool,
    /// Options that make it show only.
    dry: Vec<String>,
}

fn table() -> &'static HashMap<String, Program> {
    static TABLE: OnceLock<HashMap<String, Program>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: HashMap<String, Program> = HashMap::new();
        for source in SOURCES {
            let mut category = String::new();
            for line in source.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
                if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                    name.clone_into(&mut category);
                } else {
                    read_line(&mut table, &category, line);
                }
            }
        }
        table
    })
}

fn read_line(table: &mut HashMap<String, Program>, category: &str, line: &str) {
    let rest = |key: &str| line.strip_prefix(key).and_then(|l| l.strip_prefix(' '));
    if let Some(names) = rest("safe:") {
        for name in names.split_whitespace() {
            let rule = Rule {
                id: String::new(),
                category: category.to_owned(),
                needs: Vec::new(),
                risk: RiskLevel::Safe,
                effect: String::new(),
                why: String::new(),
                safer: String::new(),
                undo: String::new(),
            };
            table.entry(name.to_owned()).or_default().rules.push(rule);
        }
    } else if let Some(names) = rest("known:") {
        for name in names.split_whitespace() {
            table.entry(name.to_owned()).or_default();
        }
    } else if let Some(names) = rest("reads:") {
        for name in names.split_whitespace() {
            table.entry(name.to_owned()).or_default().reads = true;
        }
    } else if let Some((key, names, options)) =
        ["valued:", "dry:"].iter().find_map(|key| rest(key).and_then(|r| r.split_once(' ').map(|(n, o)| (*key, n, o))))
    {
        for name in names.split('/') {
            let program = table.entry(name.to_owned()).or_default();
            let list = if key == "valued:" { &mut program.valued } else { &mut program.dry };
            list.extend(options.split_whitespace().map(ToOwned::to_owned));
        }
    } else if let Some((pattern, effect)) = line.split_once(" => ") {
        let mut words = pattern.split_whitespace();
        let Some(names) = words.next() else { return };
        let needs: Vec<Need> = words.map(need).collect();
        let mut fields = effect.split(" |").map(str::trim);
        let head = fields.next().unwrap_or_default();
        let (level, verb) = head.split_once(' ').unwrap_or((head, ""));
        let why = fields.next().unwrap_or_default();
        let id: Vec<&str> = pattern
            .split_whitespace()
            .take(3)
            .map(|w| w.trim_matches(['-', '~', '*', '!']))
            .filter(|w| !w.is_empty())
            .map(|w| w.split('/').next().unwrap_or(w))
            .collect();
        let rule = Rule {
            id: id.join("-").to_lowercase(),
            category: category.to_owned(),
            needs,
            risk: match level {
                "S" => RiskLevel::Safe,
                "M" => RiskLevel::Moderate,
                "C" => RiskLevel::Critical,
                _ => RiskLevel::High,
            },
            effect: verb.to_owned(),
            why: why.to_owned(),
            safer: fields.next().unwrap_or_default().to_owned(),
            undo: fields.next().unwrap_or_default().to_owned(),
        };
        for name in names.split('/') {
            table.entry(name.to_owned()).or_default().rules.push(rule.clone());
        }
    }
}

fn need(word: &str) -> Need {
    let list = |text: &str| text.split('/').map(ToOwned::to_owned).collect();
    let texts =
        |text: &str| text.split('/').filter(|t| !t.is_empty()).map(|t| t.replace('_', " ").to_lowercase()).collect();
    match (word, word.strip_prefix('!'), word.strip_prefix('~')) {
        ("*", ..) => Need::More,
        ("$", ..) => Need::End,
        ("@root", ..) => Need::Fact(Fact::Root),
        ("@vital", ..) => Need::Fact(Fact::Vital),
        ("@keeper", ..) => Need::Fact(Fact::Keeper),
        ("@group", ..) => Need::Fact(Fact::Group),
        ("@fed", ..) => Need::Fact(Fact::Fed),
        (_, Some(flags), _) => {
            flags.strip_prefix('~').map_or_else(|| Need::NoFlag(list(flags)), |text| Need::Without(texts(text)))
        }
        (_, _, Some(text)) => Need::Contains(texts(text)),
        _ if word.starts_with('/') => Need::Flag(vec![word.to_owned()]),
        _ if word.starts_with(['-', '+']) => Need::Flag(list(word)),
        _ => Need::Word(list(word)),
    }
}

/// Whether anything is known about this program.
pub(crate) fn is_listed(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    table().contains_key(base) || crate::shells::shell_of(base).is_some()
}

/// Whether the options make the program show only what it would do.
pub(crate) fn is_dry(name: &str, args: &[Arg]) -> bool {
    table().get(name).is_some_and(|program| {
        !program.dry.is_empty()
            && args.iter().any(|a| {
                program.dry.iter().any(|d| {
                    a.text == *d
                        || (d.len() == 2
                            && a.text.starts_with('-')
                            && !a.text.starts_with("--")
                            && d.chars().last().is_some_and(|c| a.text.contains(c))
                            && a.text.chars().skip(1).all(|c| c.is_ascii_alphabetic()))
                })
            })
    })
}

/// Judges by the table.
pub(crate) fn apply(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let taint = args.iter().fold(stdin.taint, |t, a| t.with(a.taint));
    // A program that is not known may pass on what it reads, packed or not.
    let through = stdin.taint.without(Taint::NET.with(Taint::DECODED));
    let out = Data::unknown(if taint.has(Taint::SECRET) { through.with(Taint::SECRET) } else { through }, name);
    let Some(program) = table().get(name) else {
        crate::unlisted::unlisted(m, name, head, args, stdin);
        return out;
    };
    if words::promises_nothing(args) {
        return out;
    }
    let valued: Vec<&str> = program.valued.iter().map(String::as_str).collect();
    let opts = opts::parse(args, &valued);
    let mut reading = out;
    if program.reads {
        for file in &opts.operands {
            let data = m.read_file(file);
            reading.taint = reading.taint.with(data.taint);
        }
    }
    let words: Vec<String> = args.iter().map(|a| a.shown().to_lowercase()).collect();
    let fed = stdin.text.as_deref().map(|t| crate::value::shown(t).to_lowercase()).unwrap_or_default();
    let text = format!("{}\n{fed}", words.join(" "));
    let text = if crate::sql::is_client(name) { crate::sql::without_literals(&text) } else { text };
    // The rule that says most about the arguments counts; of two that say as much, the worse one.
    let matched = program
        .rules
        .iter()
        .filter(|rule| holds(rule, &opts, &words, &text) && facts_hold(m, rule, &opts, args, stdin))
        .max_by_key(|rule| (rule.weight(), rule.risk));
    match matched {
        Some(rule) => {
            let hides = rule.effect == "hide" || rule.effect == "firewall" && rule.risk >= RiskLevel::High;
            if hides && !m.actor.dry {
                m.facts.push(crate::session::Fact::TracksCovered);
            }
            let target: Vec<String> = args.iter().take(6).map(Arg::shown).collect();
            let span = args.last().map_or(head.span.clone(), |last| {
                head.span.start.min(last.span.start)..head.span.end.max(last.span.end)
            });
            m.advise(
                &rule.id,
                &rule.category,
                if takes_a_list(m, rule, &opts, args)
                    || rule.risk == RiskLevel::Moderate && vital::raises(m, &rule.effect, name, &opts, args)
                {
                    RiskLevel::High
                } else {
                    rule.risk
                },
                &span,
                &rule.effect,
                &target.join(" "),
                &rule.why,
                &rule.safer,
                &rule.undo,
            );
            // What such a command prints is as secret as what it was taken from.
            if rule.effect == "reveal" {
                reading.taint = reading.taint.with(Taint::SECRET);
            }
        }
        None if program.rules.is_empty() => {}
        None => {
            by_words(
                m,
                name,
                head,
                args,
                &opts,
                stdin,
                "unknown-use",
                "uses a known program in a way that is not judged here",
            );
        }
    }
    reading
}

/// A command that takes away or stops, on a list of things that nobody wrote down.
fn takes_a_list(m: &Machine<'_>, rule: &Rule, opts: &opts::Opts, args: &[Arg]) -> bool {
    let unlisted = |a: &Arg| crate::paths::is_all_gap(&a.text);
    rule.risk == RiskLevel::Moderate
        && (args.iter().any(|a| unlisted(a) && (a.taint.has(Taint::LIST) || m.actor.mass))
            || !rule.effect.is_empty()
                && vital::is_group(m, opts, args)
                && !matches!(rule.effect.as_str(), "read" | "build" | "test" | "execute" | "script" | "run" | "clean"))
        && (rule.id == "atrm" || opts.operands.iter().take(4).any(|a| words::takes(&a.text)))
}

fn holds(rule: &Rule, opts: &opts::Opts, words: &[String], text: &str) -> bool {
    let mut next = 0;
    rule.needs.iter().all(|need| match need {
        Need::Word(choices) => {
            let operand = opts.operand(next).to_owned();
            next += 1;
            choices.iter().any(|c| *c == operand || c.eq_ignore_ascii_case(&operand))
        }
        Need::Flag(flags) => flags.iter().any(|f| has_flag(opts, words, f)),
        Need::NoFlag(flags) => !flags.iter().any(|f| has_flag(opts, words, f)),
        Need::Contains(texts) => texts.iter().any(|t| text.contains(t.as_str())),
        Need::Without(texts) => !texts.iter().any(|t| text.contains(t.as_str())),
        Need::More => {
            next += 1;
            opts.operands.len() >= next
        }
        Need::End => opts.operands.len() <= next,
        Need::Fact(_) => true,
    })
}

fn facts_hold(m: &Machine<'_>, rule: &Rule, opts: &opts::Opts, args: &[Arg], stdin: &Data) -> bool {
    rule.needs.iter().all(|need| match need {
        Need::Fact(Fact::Root) => m.actor.root,
        Need::Fact(Fact::Vital) => args.iter().any(vital::is_vital),
        Need::Fact(Fact::Keeper) => args.iter().any(|a| vital::is_vital(a) || vital::is_keeper(a)),
        Need::Fact(Fact::Group) => m.in_loop || vital::is_group(m, opts, args),
        Need::Fact(Fact::Fed) => !stdin.from.is_empty() || stdin.text.as_deref().is_some_and(|t| !t.is_empty()),
        _ => true,
    })
}

fn has_flag(opts: &opts::Opts, words: &[String], flag: &str) -> bool {
    opts.has(&[flag])
        || (flag.len() > 2 || flag == "/") && words.contains(&flag.to_lowercase())
        || flag.starts_with('+') && words.iter().any(|w| w == flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level that is no level would count as High.
    #[test]
    fn every_rule_has_a_level_and_every_word_a_program() {
        for line in SOURCES.iter().flat_map(|s| s.lines()).filter(|l| !l.starts_with('#')) {
            let Some((pattern, effect)) = line.split_once(" => ") else { continue };
            let level = effect.split(' ').next().unwrap_or_default();
            assert!(matches!(level, "S" | "M" | "H" | "C"), "{line}");
            assert!(!effect.contains(" => ") && !pattern.starts_with(['-', '~', '@']), "{line}");
        }
    }
}
