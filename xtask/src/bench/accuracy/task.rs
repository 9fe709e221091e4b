//! The tasks of the benchmark as data: requests, what is accepted, and how an answer is compared.
//!
//! The first step of [`super`]: `tests/data/accuracy/{tuning,report}/CATEGORY.toml` become [`Task`]s. A key that is not known is
//! an error, so that a misspelt rule cannot silently accept everything. What the commands do is not looked at here; that the
//! data is sound (every accepted command runs, is deterministic and agrees with its reading) is for [`super::selftest`].

use super::compare::Comparison;
use anyhow::{Context, Result, bail};
use regex_lite::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// Which half of the tasks: one to choose by, one that is looked at only to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Half {
    Tuning,
    Report,
    /// Tasks of the tuning half asked in other languages; no half of anything, and only asked by name.
    Languages,
}

impl Half {
    pub(crate) const ALL: [Self; 2] = [Self::Tuning, Self::Report];

    /// The name of its directory, of the option's value and in files of answers.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tuning => "tuning",
            Self::Report => "report",
            Self::Languages => "languages",
        }
    }

    /// The half of that name.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().chain([Self::Languages]).find(|half| half.name() == name);
        found.with_context(|| format!("no half `{name}`; there are tuning, report and languages"))
    }
}

/// One request, and what a right answer to it is.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) category: String,
    pub(crate) half: Half,
    pub(crate) request: String,
    /// Whether it is one of the few easy tasks for CI.
    pub(crate) smoke: bool,
    /// The name of the script that builds the directory in which the request is made.
    pub(crate) fixture: String,
    /// The shell the answer is for, where it is not bash.
    pub(crate) shell: Option<String>,
    /// Programs without which the task is left out.
    pub(crate) needs: Vec<String>,
    pub(crate) expected: Expected,
}

/// What a right answer is.
#[derive(Debug)]
pub(crate) enum Expected {
    /// A command that does the same as one of the readings.
    Same(Run),
    /// A command of a form; what cannot be run here (another shell, a package manager).
    Form(Form),
    /// No command at all.
    Decline,
}

/// How answers are compared with accepted commands by running both.
#[derive(Debug)]
pub(crate) struct Run {
    /// The ways in which a reasonable person can understand the request, each as commands that do the same; the first command
    /// of a reading is its reference.
    pub(crate) readings: Vec<Vec<String>>,
    /// What must agree of the output; none where only the effects count.
    pub(crate) output: Option<Output>,
    /// A command run afterwards whose output must agree as well, for what a tree of files does not show.
    pub(crate) probe: Option<String>,
    /// Paths below the home directory that may differ.
    pub(crate) ignore: Vec<String>,
    /// The accepted commands end with a status other than 0.
    pub(crate) may_fail: bool,
}

impl Run {
    /// Whether two readings can be told apart: an output that is judged by itself says nothing about the other's.
    pub(crate) const fn output_is_compared(&self) -> bool {
        !matches!(self.output, Some(Output::Matches(_)))
    }
}

/// How an output is judged.
#[derive(Debug)]
pub(crate) enum Output {
    /// Beside the reference's.
    Compared(Comparison),
    /// By itself, where it changes from run to run: all of these are found in it.
    Matches(Vec<Regex>),
}

/// A form of commands.
#[derive(Debug)]
pub(crate) struct Form {
    /// Examples, each of which has the form.
    pub(crate) accept: Vec<String>,
    /// Each way to be right: all expressions of one list are found in the command.
    pub(crate) ways: Vec<Vec<Regex>>,
    /// Expressions that must not be found.
    pub(crate) reject: Vec<Regex>,
    /// Commands that must not have the form.
    pub(crate) wrong: Vec<String>,
}

impl Form {
    /// Whether `command` has this form.
    pub(crate) fn accepts(&self, command: &str) -> bool {
        let command = command.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = |regex: &Regex| regex.is_match(&command);
        self.ways.iter().any(|way| way.iter().all(found)) && !self.reject.iter().any(found)
    }
}

/// All tasks below `data`, by category and then by half, in the order of the files; those in other languages are at the end.
pub(crate) fn load(data: &Path) -> Result<Vec<Task>> {
    let (mut tasks, mut tuning) = (Vec::new(), Vec::new());
    for half in Half::ALL {
        let dir = data.join(half.name());
        let mut files: Vec<_> = fs::read_dir(&dir)
            .with_context(|| format!("no tasks in {}", dir.display()))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<_>>()?;
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "toml")) {
            let category = file.file_stem().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(file)?;
            tasks.extend(parse(&text, &category, half).with_context(|| file.display().to_string())?);
            if half == Half::Tuning {
                tuning.extend(tables(&text)?);
            }
        }
    }
    tasks.sort_by(|a, b| (&a.category, a.half).cmp(&(&b.category, b.half)));
    let file = data.join("languages.toml");
    tasks.extend(in_languages(&fs::read_to_string(&file)?, &tuning).with_context(|| file.display().to_string())?);
    let mut ids = BTreeSet::new();
    for task in &tasks {
        if !ids.insert(&task.id) {
            bail!("there are two tasks `{}`", task.id);
        }
        if !data.join("fixtures").join(format!("{}.sh", task.fixture)).is_file() {
            bail!("task `{}`: there is no fixture `{}`", task.id, task.fixture);
        }
    }
    Ok(tasks)
}

/// The tasks of one file.
pub(crate) fn parse(text: &str, category: &str, half: Half) -> Result<Vec<Task>> {
    let named = |table: Table| {
        let id = id_of(&table).to_owned();
        one(Keys(table), category, half).with_context(|| format!("task `{id}`"))
    };
    tables(text)?.into_iter().map(named).collect()
}

fn id_of(table: &Table) -> &str {
    table.get("id").and_then(Value::as_str).unwrap_or("without id")
}

fn tables(text: &str) -> Result<Vec<Table>> {
    let mut file: Table = text.parse()?;
    let Some(Value::Array(tasks)) = file.remove("task") else { bail!("there is no [[task]]") };
    if let Some((key, _)) = file.iter().next() {
        bail!("unknown key `{key}`");
    }
    let table = |task| if let Value::Table(table) = task { Ok(table) } else { bail!("a task is a table") };
    tasks.into_iter().map(table).collect()
}

/// The tasks that `text` asks in other languages, by language, and before them the same in English: a table names its task with `of`,
/// and every other key is a language with its request.
fn in_languages(text: &str, tuning: &[Table]) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for mut table in tables(text)? {
        let Some(Value::String(of)) = table.remove("of") else { bail!("a task says with `of` which one it is") };
        let same =
            tuning.iter().find(|task| id_of(task) == of).with_context(|| format!("no task `{of}` to tune on"))?;
        if let Some(english) = same.get("request") {
            table.insert("english".to_owned(), english.clone());
        }
        for (language, request) in table {
            let mut task = same.clone();
            task.insert("id".to_owned(), format!("{of}-{language}").into());
            task.insert("request".to_owned(), request);
            task.remove("smoke");
            tasks.push(
                one(Keys(task), &language, Half::Languages).with_context(|| format!("task `{of}` in {language}"))?,
            );
        }
    }
    tasks.sort_by(|a, b| (a.category != "english", &a.category).cmp(&(b.category != "english", &b.category)));
    Ok(tasks)
}

fn one(mut keys: Keys, category: &str, half: Half) -> Result<Task> {
    let task = Task {
        id: keys.text("id")?.context("id is missing")?,
        category: category.to_owned(),
        half,
        request: keys.text("request")?.context("request is missing")?,
        smoke: keys.flag("smoke")?,
        fixture: keys.text("fixture")?.unwrap_or_else(|| "empty".to_owned()),
        shell: keys.text("shell")?,
        needs: keys.texts("needs")?,
        expected: expected(&mut keys)?,
    };
    // Said for the reader of the data: why several readings are right, or none.
    keys.text("note")?;
    match keys.0.iter().next() {
        Some((key, _)) => bail!("unknown key `{key}`"),
        None => Ok(task),
    }
}

fn expected(keys: &mut Keys) -> Result<Expected> {
    if keys.flag("decline")? {
        return Ok(Expected::Decline);
    }
    let accept = keys.texts("accept")?;
    if accept.is_empty() {
        bail!("accept is missing");
    }
    let forms = keys.lists("forms")?;
    if !forms.is_empty() {
        let ways = forms.iter().map(|way| regexes(way)).collect::<Result<_>>()?;
        let reject = regexes(&keys.texts("reject")?)?;
        return Ok(Expected::Form(Form { accept, ways, reject, wrong: keys.texts("wrong")? }));
    }
    let mut readings = vec![accept];
    readings.extend(keys.lists("readings")?);
    let matches = regexes(&keys.texts("output_matches")?)?;
    let output = match keys.text("output")? {
        Some(_) if !matches.is_empty() => bail!("output and output_matches exclude each other"),
        Some(name) => Some(Output::Compared(Comparison::named(&name)?)),
        None if matches.is_empty() => None,
        None => Some(Output::Matches(matches)),
    };
    let (probe, ignore) = (keys.text("probe")?, keys.texts("ignore")?);
    Ok(Expected::Same(Run { readings, output, probe, ignore, may_fail: keys.flag("may_fail")? }))
}

fn regexes(texts: &[String]) -> Result<Vec<Regex>> {
    texts.iter().map(|text| Regex::new(text).with_context(|| text.clone())).collect()
}

/// A table whose keys are taken out as they are read, so that what is left was not known.
struct Keys(Table);

impl Keys {
    fn text(&mut self, key: &str) -> Result<Option<String>> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => bail!("{key} is no text"),
        }
    }

    fn flag(&mut self, key: &str) -> Result<bool> {
        match self.0.remove(key) {
            None => Ok(false),
            Some(Value::Boolean(flag)) => Ok(flag),
            Some(_) => bail!("{key} is neither true nor false"),
        }
    }

    fn texts(&mut self, key: &str) -> Result<Vec<String>> {
        self.0.remove(key).map_or(Ok(Vec::new()), |value| strings(value, key))
    }

    fn lists(&mut self, key: &str) -> Result<Vec<Vec<String>>> {
        match self.0.remove(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(lists)) => lists.into_iter().map(|list| strings(list, key)).collect(),
            Some(_) => bail!("{key} is no list of lists"),
        }
    }
}

fn strings(value: Value, key: &str) -> Result<Vec<String>> {
    let Value::Array(values) = value else { bail!("{key} is no list") };
    let text = |value| match value {
        Value::String(text) => Ok(text),
        _ => bail!("{key} holds something other than text"),
    };
    let texts: Vec<String> = values.into_iter().map(text).collect::<Result<_>>()?;
    if texts.is_empty() {
        bail!("{key} is empty");
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(task: &str, expected: &str) {
        let text = format!("[[task]]\nid = \"t\"\nrequest = \"r\"\n{task}");
        let said = match parse(&text, "find", Half::Tuning) {
            Err(error) => format!("{error:#}"),
            Ok(tasks) => match &tasks[0].expected {
                Expected::Same(run) => format!("{} readings, probe {}", run.readings.len(), run.probe.is_some()),
                Expected::Form(form) => format!("{} ways", form.ways.len()),
                Expected::Decline => "decline".to_owned(),
            },
        };
        assert_eq!(said, expected, "{task}");
    }

    #[test]
    fn each_kind_of_task_is_read() {
        check("accept = ['ls']\noutput = 'lines'", "1 readings, probe false");
        check("accept = ['ls']\nreadings = [['ls -a'], ['find']]\nprobe = 'x'", "3 readings, probe true");
        check("accept = ['ls']\nforms = [['^ls'], ['^dir', 'x']]", "2 ways");
        check("decline = true", "decline");
    }

    #[test]
    fn a_mistake_is_an_error() {
        check("accept = ['ls']\noutputs = 'lines'", "task `t`: unknown key `outputs`");
        check("output = 'lines'", "task `t`: accept is missing");
        check("decline = true\naccept = ['ls']", "task `t`: unknown key `accept`");
        check("accept = ['ls']\nsmoke = 1", "task `t`: smoke is neither true nor false");
    }

    #[test]
    fn a_form_looks_at_the_command_without_its_spacing() {
        let regex = |text: &str| Regex::new(text).unwrap();
        let form = Form {
            accept: vec![],
            ways: vec![vec![regex("^apt(-get)? install .*jq")], vec![regex("^dnf"), regex("jq")]],
            reject: vec![regex("--force")],
            wrong: vec![],
        };
        assert!(form.accepts(" apt  install -y jq\n") && form.accepts("dnf install jq"));
        assert!(!form.accepts("dnf install") && !form.accepts("apt install --force jq"));
    }
}
