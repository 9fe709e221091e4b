//! Every answer that was given, one JSON object a line: it can be scored again, and a broken run goes on where it stopped.
//!
//! Between [`super::ask`] and [`super::score`]. The whole reply of cmdai is kept, also what nobody asks for yet. A line says with
//! which arguments it was made, so that answers of different variants are never taken for one.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What cmdai said to one request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) variant: String,
    /// What the variant is: program, arguments, environment.
    pub(crate) made_with: String,
    pub(crate) task: String,
    /// What was asked: a task may be worded anew, and then an old answer is none.
    pub(crate) request: String,
    /// The exit status of cmdai; none when a signal ended it.
    pub(crate) status: Option<i64>,
    /// From starting the process to its end.
    pub(crate) wall_ms: f64,
    /// The object that `--json` printed; null when there is none.
    pub(crate) reply: Value,
}

impl Answer {
    /// The command that was proposed.
    pub(crate) fn command(&self) -> Option<&str> {
        self.reply.get("command").and_then(Value::as_str).filter(|command| !command.trim().is_empty())
    }

    /// Whether the model gave no command, or a person would have been told that there is none: no failure of the machinery.
    pub(crate) fn declined(&self) -> bool {
        let status = self.reply.pointer("/error/exit_code").and_then(Value::as_i64).or(self.status);
        self.command().is_none() && matches!(status, Some(0 | 6 | 7))
    }

    /// What cmdai says about a failure.
    pub(crate) fn error(&self) -> String {
        let said = self.reply.pointer("/error/message").and_then(Value::as_str);
        said.map_or_else(|| format!("no command, status {:?}", self.status), str::to_owned)
    }

    /// A time of `timings`, in milliseconds.
    pub(crate) fn timing(&self, name: &str) -> Option<f64> {
        self.reply.get("timings")?.get(name)?.as_f64()
    }

    fn to_json(&self) -> String {
        json!({ "variant": self.variant, "made_with": self.made_with, "task": self.task,
            "request": self.request, "status": self.status, "wall_ms": self.wall_ms, "reply": self.reply })
        .to_string()
    }

    fn from_json(line: &str) -> Result<Self> {
        let mut value: Value = serde_json::from_str(line)?;
        let text =
            |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned).with_context(|| key.to_owned());
        Ok(Self {
            variant: text("variant")?,
            made_with: text("made_with")?,
            task: text("task")?,
            request: text("request")?,
            status: value.get("status").and_then(Value::as_i64),
            wall_ms: value.get("wall_ms").and_then(Value::as_f64).context("wall_ms")?,
            reply: value.get_mut("reply").map(Value::take).unwrap_or_default(),
        })
    }
}

/// A file of answers, open to add more.
pub(crate) struct Answers {
    path: PathBuf,
    file: fs::File,
    all: Vec<Answer>,
}

impl Answers {
    /// The file at `path`, with what is in it if the run is to go on.
    pub(crate) fn open(path: &Path, go_on: bool) -> Result<Self> {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let mut all = if go_on && path.exists() { read(path)? } else { Vec::new() };
        // A run that was broken while it wrote leaves half a line, which reading leaves out: write anew what is whole.
        let mut file = fs::File::create(path).with_context(|| path.display().to_string())?;
        for answer in &mut all {
            writeln!(file, "{}", answer.to_json())?;
        }
        Ok(Self { path: path.to_owned(), file, all })
    }

    /// Whether there is an answer already; an error when it was made in another way.
    pub(crate) fn has(&self, variant: &str, made_with: &str, task: &str, request: &str) -> Result<bool> {
        let is_it = |answer: &&Answer| answer.variant == variant && answer.task == task && answer.request == request;
        let found = self.all.iter().find(is_it);
        match found {
            Some(answer) if answer.made_with != made_with => bail!(
                "{} has answers of `{variant}` made with `{}`, and this run is `{made_with}`: choose another --out",
                self.path.display(),
                answer.made_with
            ),
            found => Ok(found.is_some()),
        }
    }

    pub(crate) fn add(&mut self, answer: Answer) -> Result<()> {
        writeln!(self.file, "{}", answer.to_json())?;
        self.all.push(answer);
        Ok(())
    }

    pub(crate) fn into_all(self) -> Vec<Answer> {
        self.all
    }
}

/// The answers in a file; a last line that was not written to its end is left out.
pub(crate) fn read(path: &Path) -> Result<Vec<Answer>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    parse(&text).with_context(|| path.display().to_string())
}

fn parse(text: &str) -> Result<Vec<Answer>> {
    let (whole, _) = text.rsplit_once('\n').unwrap_or_default();
    let lines = whole.lines().zip(1..).filter(|(line, _)| !line.is_empty());
    lines.map(|(line, number)| Answer::from_json(line).with_context(|| format!("line {number}"))).collect()
}

/// The answers of several files by variant. Where two files call a variant the same, the file's name tells them apart.
pub(crate) fn by_variant(files: Vec<(String, Vec<Answer>)>) -> BTreeMap<String, Vec<Answer>> {
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, answers) in &files {
        for answer in answers {
            let files = owners.entry(answer.variant.clone()).or_default();
            if !files.contains(file) {
                files.push(file.clone());
            }
        }
    }
    let mut variants: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
    for (file, answers) in files {
        for answer in answers {
            let shared = owners.get(&answer.variant).is_some_and(|files| files.len() > 1);
            let name = if shared { format!("{file}:{}", answer.variant) } else { answer.variant.clone() };
            variants.entry(name).or_default().push(answer);
        }
    }
    variants
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(variant: &str, reply: Value) -> Answer {
        let (variant, made_with, task) = (variant.to_owned(), "cmdai".to_owned(), "t".to_owned());
        Answer { variant, made_with, task, request: "r".to_owned(), status: Some(0), wall_ms: 1.5, reply }
    }

    #[test]
    fn a_refusal_is_no_failure() {
        let error = |code: i64| json!({ "error": { "message": "no", "exit_code": code } });
        assert_eq!(answer("a", json!({ "command": "ls" })).command(), Some("ls"));
        assert!(!answer("a", json!({ "command": "ls" })).declined());
        assert!(answer("a", error(7)).declined() && answer("a", json!({ "command": null })).declined());
        assert!(!answer("a", error(8)).declined());
        assert_eq!(answer("a", error(8)).error(), "no");
    }

    #[test]
    fn half_a_line_is_left_out() {
        let one = answer("a", json!({ "command": "ls" }));
        let text = format!("{}\n{{\"variant\":\"a\",\"ta", one.to_json());
        assert_eq!(parse(&text).unwrap(), [one]);
        assert_eq!(parse("").unwrap(), []);
        assert!(parse("x\n").is_err());
    }

    #[test]
    fn a_run_goes_on_only_as_it_began() {
        let path = std::env::temp_dir().join(format!("cmdai-answers-{}.jsonl", std::process::id()));
        let mut answers = Answers::open(&path, true).unwrap();
        answers.add(answer("a", json!({}))).unwrap();
        let again = Answers::open(&path, true).unwrap();
        assert!(again.has("a", "cmdai", "t", "r").unwrap());
        assert!(!again.has("a", "cmdai", "u", "r").unwrap() && !again.has("a", "cmdai", "t", "s").unwrap());
        assert!(again.has("a", "cmdai -n 3", "t", "r").is_err());
        assert!(!Answers::open(&path, false).unwrap().has("a", "cmdai", "t", "r").unwrap());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn variants_of_one_name_are_told_apart() {
        let files = vec![
            ("old".to_owned(), vec![answer("base", json!({}))]),
            ("new".to_owned(), vec![answer("base", json!({})), answer("x", json!({}))]),
        ];
        let names: Vec<_> = by_variant(files).into_keys().collect();
        assert_eq!(names, ["new:base", "old:base", "x"]);
    }
}
