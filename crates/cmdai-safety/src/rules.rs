//! Everything that is decided by the words of a command alone: a table in text files, one line a rule.
//!
//! Last step of [`call`](crate::call), for programs whose operands are not paths. `rules/*.txt` says how the lines read. Rules
//! look at parsed arguments, never at text, and need no regular expression.

use crate::many_words::Searched;
use crate::opts;
use crate::rule_table::{self, Fact, Need, Rule, decisive};
use crate::run::Machine;
use crate::unlisted::by_words;
use crate::value::{Arg, Data, Taint};
use crate::{vital, words};
use cmdai_core::assess::RiskLevel;
use std::cell::LazyCell;
use std::ops::Deref;

/// Whether anything is known about this program.
pub(crate) fn is_listed(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    rule_table::is_listed(base) || crate::shells::shell_of(base).is_some()
}

/// Whether the options make the program show only what it would do.
pub(crate) fn is_dry(name: &str, args: &[Arg]) -> bool {
    rule_table::program(name).is_some_and(|program| {
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
    let Some(program) = rule_table::program(name) else {
        crate::unlisted::unlisted(m, name, head, args, stdin);
        return out;
    };
    if words::promises_nothing(args) {
        return out;
    }
    let opts = opts::parse(args, &program.valued);
    let mut reading = out;
    if program.reads {
        for file in &opts.operands {
            let data = m.read_file(file);
            reading.taint = reading.taint.with(data.taint);
        }
    }
    // Most rules ask for words and options alone.
    let text = LazyCell::new(|| {
        let fed = stdin.text.as_deref().map(|t| crate::value::shown(t).to_lowercase()).unwrap_or_default();
        let words: Vec<String> = args.iter().map(|a| a.shown().to_lowercase()).collect();
        let text = format!("{}\n{fed}", words.join(" "));
        Searched::new(if crate::sql::is_client(name) { crate::sql::without_literals(&text) } else { text })
    });
    let holding: Vec<&Rule> = program
        .by_word
        .may_hold(opts.operand(0))
        .into_iter()
        .filter_map(|at| program.rules.get(at))
        .filter(|rule| holds(rule, &opts, args, &text) && facts_hold(m, rule, &opts, args, stdin))
        .collect();
    let matched = decisive(&holding);
    match matched {
        Some(rule) => {
            let hides = rule.effect == "hide" || rule.effect == "firewall" && rule.risk >= RiskLevel::High;
            if hides && !m.actor.dry {
                m.facts.push(crate::session::Fact::TracksCovered);
            }
            told(m, name, head, args, &opts, rule);
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

/// The finding of a rule that counts.
fn told(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], opts: &opts::Opts, rule: &'static Rule) {
    if rule.risk == RiskLevel::Safe {
        return;
    }
    let target: Vec<String> = args.iter().take(6).map(Arg::shown).collect();
    let span = args
        .last()
        .map_or(head.span.clone(), |last| head.span.start.min(last.span.start)..head.span.end.max(last.span.end));
    m.advise(
        &rule.id,
        rule.category,
        if takes_a_list(m, rule, opts, args)
            || shows_many(m, rule, args)
            || rule.risk == RiskLevel::Moderate && vital::raises(m, rule.effect, name, opts, args)
        {
            RiskLevel::High
        } else {
            rule.risk
        },
        &span,
        rule.effect,
        &target.join(" "),
        rule.why,
        rule.safer,
        rule.undo,
    );
}

/// A command that shows a secret, for each of a list that nobody wrote down.
fn shows_many(m: &Machine<'_>, rule: &Rule, args: &[Arg]) -> bool {
    let shows = rule.effect == "reveal" || rule.category == "credentials" && rule.effect == "read";
    let given = |a: &Arg| crate::paths::is_all_gap(&a.text) && (m.in_loop || a.taint.has(Taint::LIST));
    rule.risk == RiskLevel::Moderate && shows && (m.actor.mass || args.iter().any(given))
}

/// A command that takes away or stops, on a list of things that nobody wrote down.
fn takes_a_list(m: &Machine<'_>, rule: &Rule, opts: &opts::Opts, args: &[Arg]) -> bool {
    let unlisted = |a: &Arg| crate::paths::is_all_gap(&a.text);
    rule.risk == RiskLevel::Moderate
        && (args.iter().any(|a| unlisted(a) && (a.taint.has(Taint::LIST) || m.actor.mass))
            || !rule.effect.is_empty()
                && vital::is_group(m, opts, args)
                && !matches!(rule.effect, "read" | "build" | "test" | "execute" | "script" | "run" | "clean"))
        && (rule.id == "atrm" || opts.operands.iter().take(4).any(|a| words::takes(&a.text)))
}

fn holds(rule: &Rule, opts: &opts::Opts, args: &[Arg], text: &impl Deref<Target = Searched<'static>>) -> bool {
    let mut next = 0;
    rule.needs.iter().all(|need| match need {
        Need::Word(choices) => {
            let operand = opts.operand(next);
            next += 1;
            choices.iter().any(|c| c.eq_ignore_ascii_case(operand))
        }
        Need::Flag(flags) => flags.iter().any(|f| has_flag(opts, args, f)),
        Need::NoFlag(flags) => !flags.iter().any(|f| has_flag(opts, args, f)),
        Need::Contains(texts) => texts.iter().any(|t| text.holds(t)),
        Need::Without(texts) => !texts.iter().any(|t| text.holds(t)),
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

fn has_flag(opts: &opts::Opts, args: &[Arg], flag: &str) -> bool {
    opts.has(&[flag])
        || (flag.len() > 2 || flag == "/") && args.iter().any(|a| is_word(a, flag))
        || flag.starts_with('+') && args.iter().any(|a| a.shown().to_lowercase() == flag)
}

/// Whether an argument is the option, case-blind. Only beyond ASCII does that take a copy of it.
fn is_word(arg: &Arg, flag: &str) -> bool {
    if arg.text.is_ascii() && flag.is_ascii() {
        arg.text.eq_ignore_ascii_case(flag)
    } else {
        arg.shown().to_lowercase() == flag.to_lowercase()
    }
}
