//! `cargo xtask bench accuracy`: how often cmdai's command is right, proven by running it in a sandbox.
//!
//! [`task`] → [`ask`] → [`answers`] → [`score`] (in [`sandbox`], with [`compare`] and [`tree`]) → [`report`]. The tasks are our own
//! data; none is taken from a published set, because models have seen those, and none repeats an example of the prompts. One
//! half is to choose by, the other is looked at only to report. Answers are kept in a file and scored after, so that a change
//! of the tasks needs no new run of the model.
//!
//! A command of a model runs nowhere but in the sandbox. `--selftest` holds the tasks to what they claim.

mod answers;
mod ask;
mod compare;
mod inside;
mod report;
mod sandbox;
mod score;
mod selftest;
mod statistics;
mod task;
mod tree;

use crate::setup;
use crate::workspace::{Workspace, check};
use answers::{Answer, Answers};
use anyhow::{Context, Result, bail};
use ask::Variant;
use report::Row;
use sandbox::Sandbox;
use score::{Scorer, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use task::{Half, Task};

const HELP: &str = "\
Usage: cargo xtask bench accuracy [OPTIONS]

  --model NAME         the model of the catalogue [the default one]
  --half HALF          tuning or report [both]; languages: some of the first in other languages, beside the English ones
  --category NAME      only this category; may be repeated
  --smoke              only the few easy tasks for CI
  --limit N            only N tasks, spread over all that are chosen
  --variant NAME=ARGS  another way to ask, paired with the first; may be repeated: environment (KEY=VALUE), another program (cmdai=PATH),
                       then arguments of cmdai
  --steps              what each step is worth: the plain output contract, with prompt and context, with repair, with amendments
  --cmdai PATH         the program to ask [built from this checkout]
  --out FILE.jsonl     where answers are kept; a run that was broken goes on [target/accuracy/answers.jsonl, anew]
  --score FILE.jsonl   score kept answers and ask nothing; may be repeated, and two variants are paired
  --rows               show what is wrong; in the half to report only which
  --at-least SHARE     fail when accuracy is below this, such as 0.7
  --selftest           check the tasks themselves: every accepted command, twice, against its reference
  --count              how many tasks there are
";

#[derive(Default)]
struct Options {
    model: Option<String>,
    half: Option<Half>,
    categories: Vec<String>,
    smoke: bool,
    limit: Option<usize>,
    variants: Vec<Variant>,
    cmdai: Option<PathBuf>,
    out: Option<PathBuf>,
    score: Vec<PathBuf>,
    rows: bool,
    at_least: Option<f64>,
    mode: Mode,
}

#[derive(Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Measure,
    Selftest,
    Count,
    Inside,
    Help,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--help" | "-h" => options.mode = Mode::Help,
                "--selftest" => options.mode = Mode::Selftest,
                "--count" => options.mode = Mode::Count,
                "--inside" => options.mode = Mode::Inside,
                "--smoke" => options.smoke = true,
                "--rows" => options.rows = true,
                "--steps" => options.variants = Variant::steps(),
                _ => {
                    let value = args.next().with_context(|| format!("{arg} needs a value\n\n{HELP}"))?;
                    options.set(arg, value)?;
                }
            }
        }
        Ok(options)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<()> {
        match option {
            // The program is started elsewhere, so a file must be named from the root.
            "--model" if Path::new(value).is_file() => {
                self.model = Some(std::path::absolute(value)?.to_string_lossy().into_owned());
            }
            "--model" => self.model = Some(value.to_owned()),
            "--half" => self.half = Some(Half::named(value)?),
            "--category" => self.categories.push(value.to_owned()),
            "--limit" => self.limit = Some(value.parse().context("--limit")?),
            "--variant" => self.variants.push(Variant::parse(value)?),
            "--cmdai" => self.cmdai = Some(std::path::absolute(value)?),
            "--out" => self.out = Some(value.into()),
            "--score" => self.score.push(value.into()),
            "--at-least" => self.at_least = Some(value.parse().context("--at-least")?),
            _ => bail!("bench accuracy does not know {option}\n\n{HELP}"),
        }
        Ok(())
    }

    /// The tasks that are wanted.
    fn choose<'a>(&self, tasks: &'a [Task]) -> Result<Vec<&'a Task>> {
        if let Some(name) = self.categories.iter().find(|name| !tasks.iter().any(|task| task.category == **name)) {
            bail!("there is no category `{name}`");
        }
        let chosen: Vec<&Task> = tasks
            .iter()
            .filter(|task| self.half.map_or(task.half != Half::Languages, |half| task.half == half))
            .filter(|task| task.smoke || !self.smoke)
            .filter(|task| self.categories.is_empty() || self.categories.contains(&task.category))
            .collect();
        let (count, limit) = (chosen.len(), self.limit.unwrap_or(usize::MAX).min(chosen.len()));
        Ok((0..limit).filter_map(|index| chosen.get(index * count / limit).copied()).collect())
    }
}

/// The command.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args)?;
    match options.mode {
        Mode::Help => {
            print!("{HELP}");
            return Ok(ExitCode::SUCCESS);
        }
        Mode::Inside => return inside::main(),
        _ => {}
    }
    let data = workspace.root.join("tests/data/accuracy");
    let tasks = task::load(&data)?;
    let chosen = options.choose(&tasks)?;
    if options.mode == Mode::Count {
        print!("{}", selftest::counts(&chosen));
        return Ok(ExitCode::SUCCESS);
    }
    // Before the model is asked for an hour, and not after.
    let sandbox = Sandbox::find(&data)?;
    if options.mode == Mode::Selftest {
        return selftest::command(&sandbox, &data, &chosen);
    }
    let answers = if options.score.is_empty() {
        asked(workspace, &options, &chosen, &data)?
    } else {
        let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let read = |path: &PathBuf| Ok((name(path), answers::read(path)?));
        answers::by_variant(options.score.iter().map(read).collect::<Result<_>>()?)
    };
    measure(&options, &chosen, &answers, &mut Scorer::new(&sandbox, &data))
}

/// Few and easy tasks, so that one wrong answer on another processor is no failure, and a broken prompt is.
const SMOKE_AT_LEAST: &str = "0.75";

/// The smoke set with the program of the tests, as a step of CI. A machine on which no sandbox works is told so and passes: what a
/// model wrote is run nowhere else.
pub(crate) fn smoke(workspace: &Workspace) -> Result<()> {
    if let Err(error) = Sandbox::find(&workspace.root.join("tests/data/accuracy")) {
        eprintln!("smoke: not run: {error:#}");
        return Ok(());
    }
    setup::ensure(workspace)?;
    let binary = workspace.build_cmdai(false)?.to_string_lossy().into_owned();
    let args = ["--smoke", "--rows", "--at-least", SMOKE_AT_LEAST, "--cmdai", &binary].map(str::to_owned);
    if command(workspace, &args)? == ExitCode::SUCCESS {
        return Ok(());
    }
    bail!("fewer than {SMOKE_AT_LEAST} of the smoke tasks are right")
}

/// Ask, and give back the answers by variant; also those of tasks that are not chosen now.
fn asked(
    workspace: &Workspace,
    options: &Options,
    tasks: &[&Task],
    data: &Path,
) -> Result<BTreeMap<String, Vec<Answer>>> {
    let binary = if let Some(binary) = &options.cmdai {
        binary.clone()
    } else {
        setup::ensure(workspace)?;
        workspace.build_cmdai(true)?
    };
    let model = options.model.as_deref();
    if !model.is_some_and(|model| Path::new(model).is_file()) {
        check(Command::new(&binary).args(["model", "pull"]).args(model).stdout(std::io::stderr()))?;
    }
    let kept = workspace.root.join("target/accuracy/answers.jsonl");
    let mut answers = Answers::open(options.out.as_deref().unwrap_or(&kept), options.out.is_some())?;
    let variants: Vec<Variant> = std::iter::once(Variant::base()).chain(options.variants.iter().cloned()).collect();
    ask::all(&binary, model, &variants, tasks, data, &mut answers)?;
    Ok(answers::by_variant(vec![(String::new(), answers.into_all())]))
}

fn measure(
    options: &Options,
    tasks: &[&Task],
    answers: &BTreeMap<String, Vec<Answer>>,
    scorer: &mut Scorer,
) -> Result<ExitCode> {
    let mut variants: Vec<(&str, Vec<Row>)> = Vec::new();
    for (name, answers) in answers {
        eprintln!("accuracy: scoring {name}");
        variants.push((name, rows(tasks, answers, scorer)?));
    }
    // What the others are compared with comes first; steps stand in their order.
    let step = |name: &str| ask::STEPS.iter().position(|(step, _)| name.ends_with(step)).map_or(0, |at| at + 1);
    variants.sort_by_key(|(name, _)| (step(name), !name.ends_with("base")));
    let in_steps = variants.iter().any(|(name, _)| step(name) > 0);
    if in_steps {
        // cmdai as it is has all of them.
        variants.sort_by_key(|(name, _)| name.ends_with("base"));
    }
    for (name, rows) in &variants {
        print!("{}", report::one(name, rows));
        if options.rows {
            print!("{}", report::failures(rows));
        }
    }
    let pair = |(base, other): (usize, usize)| {
        if let (Some((base, before)), Some((other, after))) = (variants.get(base), variants.get(other)) {
            print!("{}", report::paired([base, other], before, after));
        }
    };
    // A step is worth what it adds to the one before it, and all together what they add to the first.
    (1..variants.len()).map(|other| (if in_steps { other - 1 } else { 0 }, other)).for_each(pair);
    if in_steps && variants.len() > 2 {
        pair((0, variants.len() - 1));
    }
    if variants.len() > 2 {
        print!("{}", report::table(&variants));
    }
    let reached = |rows: &[Row]| options.at_least.is_none_or(|least| report::accuracy(rows) >= least);
    if variants.iter().all(|(_, rows)| reached(rows)) {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("accuracy: below what --at-least asks for");
    Ok(ExitCode::FAILURE)
}

fn rows<'a>(tasks: &[&'a Task], answers: &'a [Answer], scorer: &mut Scorer) -> Result<Vec<Row<'a>>> {
    let by_task: BTreeMap<&str, &Answer> = answers.iter().map(|answer| (answer.task.as_str(), answer)).collect();
    let mut rows = Vec::new();
    for task in tasks {
        let Some(answer) = by_task.get(task.id.as_str()) else { continue };
        if answer.request != task.request {
            eprintln!("accuracy: {} was asked in other words and is left out", task.id);
            continue;
        }
        let verdict = match answer.command() {
            None if !answer.declined() => Verdict::Wrong(answer.error()),
            command => scorer.verdict(task, command)?,
        };
        rows.push(Row { task, answer, verdict });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> Result<Options> {
        Options::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_checked() {
        assert!(options("--half tuning --limit 3 --smoke --variant a=-n").is_ok());
        assert!(options("--half both").is_err() && options("--limit").is_err() && options("--halves x").is_err());
    }

    #[test]
    fn a_limit_is_spread_over_what_is_chosen() {
        let tasks: Vec<String> = (0..10).map(|i| format!("[[task]]\nid='{i}'\nrequest='r'\ndecline=true\n")).collect();
        let tasks = task::parse(&tasks.concat(), "find", Half::Tuning).unwrap();
        let ids = |text: &str| -> Vec<String> {
            options(text).unwrap().choose(&tasks).unwrap().iter().map(|task| task.id.clone()).collect()
        };
        assert_eq!(ids("--limit 3"), ["0", "3", "6"]);
        assert_eq!(ids("--limit 0").len(), 0);
        assert_eq!(ids("--half report").len(), 0);
        assert_eq!(ids("").len(), 10);
        assert!(options("--category text").unwrap().choose(&tasks).is_err());
    }

    #[test]
    fn the_tasks_are_balanced_enough_and_their_smoke_set_is_small() {
        let tasks = task::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/accuracy")).unwrap();
        let of = |half: Half| tasks.iter().filter(|task| task.half == half).count();
        assert!(of(Half::Tuning) + of(Half::Report) >= 320, "{} tasks", tasks.len());
        assert!(of(Half::Tuning).abs_diff(of(Half::Report)) <= 20);
        assert_eq!(tasks.iter().filter(|task| task.smoke).count(), 12);
    }

    #[test]
    fn each_language_asks_the_same_tasks_in_words_of_its_own() {
        let tasks = task::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/accuracy")).unwrap();
        let asked = options("--half languages").unwrap();
        let mut by_language: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
        for task in asked.choose(&tasks).unwrap() {
            by_language.entry(&task.category).or_default().push(task);
        }
        let names: Vec<&str> = by_language.keys().copied().collect();
        assert_eq!(names, ["chinese", "english", "french", "german", "japanese", "spanish"]);
        let english: Vec<&str> = by_language["english"].iter().map(|task| task.request.as_str()).collect();
        assert!(english.len() >= 20);
        for (language, tasks) in by_language.iter().filter(|(name, _)| **name != "english") {
            assert_eq!(tasks.len(), english.len(), "{language}");
            assert!(tasks.iter().all(|task| !english.contains(&task.request.as_str())), "{language}");
        }
        assert!(options("").unwrap().choose(&tasks).unwrap().iter().all(|task| task.half != Half::Languages));
    }
}
