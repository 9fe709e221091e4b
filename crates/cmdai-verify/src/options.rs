//! Options that were given beside options that there are.
//!
//! An unknown option is accused if the list is complete and the word stands nowhere in the documentation; if another family of
//! tools has it, that is said, because then there is an option that does the same here.

use crate::check::{Check, CheckKind, Outcome, Report};
use crate::inspect::family_name;
use crate::program::{Habit, Program, Takes, Trust};
use crate::walk::{Given, Value};
use crate::{nearest, packages, table, values};
use cmdai_core::context::Userland;

/// Options that are all listed in a complaint if nothing is near.
const MAX_LISTED: usize = 8;

/// Checks names and values of `given`.
pub(crate) fn check(program: &Program, given: &[Given<'_>], userland: Userland, report: &mut Report) {
    for option in given {
        let Some(known) = option.opt else {
            unknown(program, option, userland, report);
            continue;
        };
        report.pass(CheckKind::OptionExists, &option.span, option.name.as_str());
        let complaint = match (&option.value, known.takes) {
            (Value::Missing, _) => Some(format!("`{}` of `{}` needs a value", known.shown(), program.name)),
            (Value::Is(value, _), Takes::No) if option.name.starts_with("--") && !is_go(&program.name) => {
                Some(format!("`{}` of `{}` takes no value, and `{value}` is given", option.name, program.name))
            }
            (Value::Is(value, _), Takes::Required | Takes::Optional) => {
                values::complaint(program, known, &option.name, value)
            }
            _ => None,
        };
        let span = if let Value::Is(_, span) = &option.value { span } else { &option.span };
        match complaint {
            Some(complaint) => {
                let check = Check::new(CheckKind::OptionValue, Outcome::Fail, span, option.name.as_str(), complaint);
                report.push(check.suggest(Some(known.shown())));
            }
            None if matches!(option.value, Value::Is(..)) && known.takes != Takes::No => {
                report.pass(CheckKind::OptionValue, span, option.name.as_str());
            }
            None => {}
        }
    }
}

/// Programs in Go take `--flag=false` for every flag.
fn is_go(program: &str) -> bool {
    ["docker", "podman", "kubectl", "helm", "gh", "terraform"].iter().any(|go| program.starts_with(go))
}

fn unknown(program: &Program, option: &Given<'_>, userland: Userland, report: &mut Report) {
    let whole = option.within.as_deref().unwrap_or(&option.name);
    let mentioned = program.mentions(&option.name) || program.mentions(whole);
    // A list of options of one dash and several letters cannot tell a word from joined letters.
    let letters = program.has(Habit::Words) && program.has(Habit::Cluster) && option.name.len() == 2;
    // A page writes `-Tname` for any name behind `-T`; the table does not.
    let start: String = option.name.chars().take(2).collect();
    let same = |known: &String| known.len() > 2 && known.starts_with(&start);
    let glued = !option.name.starts_with("--")
        && !table::has(&program.name)
        && (program.mentioned.iter().any(same) || program.options.iter().any(|opt| opt.names.iter().any(same)));
    if glued || program.options_trust != Trust::Complete || program.has(Habit::Open) || mentioned || letters {
        return;
    }
    let name = &program.name;
    let place = option.within.as_ref().map_or(String::new(), |word| format!(" (in `{word}`)"));
    let foreign = table::families(name)
        .into_iter()
        .filter(|family| *family != userland)
        .find(|family| table::program(name, *family).is_some_and(|other| other.option(&option.name).is_some()));
    if let Some(family) = foreign.filter(|_| userland != Userland::Unknown) {
        let instead = packages::advice(name, userland, &option.name);
        let hint = match (&instead, nearest::option(&option.name, program)) {
            (Some(instead), _) => format!("; use {instead}"),
            (None, Some(near)) => format!("; it has `{}`", near.shown()),
            (None, None) => String::new(),
        };
        let here = family_name(userland);
        let there = family_name(family);
        let complaint = format!(
            "`{}` is an option of {there} `{name}`, and {here} `{name}` on this machine has none such{hint}",
            option.name
        );
        let check = Check::new(CheckKind::Userland, Outcome::Fail, &option.span, option.name.as_str(), complaint);
        return report.push(check.suggest(instead.map(str::to_owned)));
    }
    let near = nearest::option(&option.name, program);
    let hint = match near {
        Some(near) => format!("; it has `{}`", near.shown()),
        None if program.options.len() <= MAX_LISTED => {
            let all: Vec<String> = program.options.iter().map(|opt| format!("`{}`", opt.shown())).collect();
            format!("; it has {}", all.join(", "))
        }
        None => String::new(),
    };
    let complaint = format!("`{name}` on this machine has no option `{}`{place}{hint}", option.name);
    let check = Check::new(CheckKind::OptionExists, Outcome::Fail, &option.span, option.name.as_str(), complaint);
    report.push(check.suggest(near.map(crate::program::Opt::shown)));
}
