//! What the scores say: shares by category with their standard errors, what was declined, times, and two variants in pairs.
//!
//! The last step of [`super`]. `find` is reported apart because small models do well or badly there as a block, and published
//! sets are a third `find`. Accuracy is over the tasks that have an answer; the tasks where declining is right are a rate of
//! their own, because one number for both could be raised by declining everything or nothing. Of the reporting half only ids
//! are ever named: who reads its failures begins to tune on it.

use super::answers::Answer;
use super::score::Verdict;
use super::statistics::{Share, mcnemar, percentile};
use super::task::{Expected, Half, Task};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A task with the answer of one variant and what it is worth.
pub(crate) struct Row<'a> {
    pub(crate) task: &'a Task,
    pub(crate) answer: &'a Answer,
    pub(crate) verdict: Verdict,
}

impl Row<'_> {
    fn is_right(&self) -> bool {
        match self.task.expected {
            Expected::Decline => self.verdict == Verdict::Declined,
            _ => self.verdict == Verdict::Right,
        }
    }

    fn is_possible(&self) -> bool {
        !matches!(self.task.expected, Expected::Decline)
    }

    fn is_run(&self) -> bool {
        matches!(self.task.expected, Expected::Same(_))
    }

    fn is_declined(&self) -> bool {
        self.verdict == Verdict::Declined
    }

    fn counts(&self) -> bool {
        !matches!(self.verdict, Verdict::Skipped(_))
    }
}

/// The report of one variant.
pub(crate) fn one(name: &str, rows: &[Row]) -> String {
    let counted: Vec<&Row> = rows.iter().filter(|row| row.counts()).collect();
    let made_with = rows.first().map(|row| row.answer.made_with.as_str()).unwrap_or_default();
    let model = rows.iter().find_map(|row| row.answer.reply.get("model")?.as_str()).unwrap_or("unknown model");
    let mut text = format!("\n{name}: {made_with} ({model})\n\n");
    let _ = writeln!(text, "{:<28}{:>6}{:>7}  {:<16}{:>9}", "category", "tasks", "right", "accuracy", "declined");
    let mut categories: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in counted.iter().filter(|row| row.is_possible()) {
        categories.entry(row.task.category.as_str()).or_default().push(row);
    }
    for (category, rows) in &categories {
        line(&mut text, category, rows);
    }
    let of = |keep: fn(&&Row) -> bool| -> Vec<&Row> {
        counted.iter().copied().filter(|row| row.is_possible()).filter(keep).collect()
    };
    line(&mut text, "all", &of(|_| true));
    line(&mut text, "without find", &of(|row| row.task.category != "find"));
    line(&mut text, "scored by running", &of(|row| row.is_run()));
    line(&mut text, "scored by form", &of(|row| !row.is_run()));
    let declined = |possible: bool| {
        let rows = counted.iter().filter(move |row| row.is_possible() == possible);
        let share = Share::of(rows.map(|row| row.is_declined()));
        format!("{share} ({} of {})", share.hits, share.of)
    };
    let _ = writeln!(text, "\ndeclined where that is right   {}", declined(false));
    let _ = writeln!(text, "declined where a command exists {}", declined(true));
    let failed = counted.iter().filter(|row| row.answer.command().is_none() && !row.is_declined()).count();
    if failed > 0 {
        let _ = writeln!(text, "failures of cmdai itself, counted as wrong: {failed}");
    }
    for category in skipped(rows) {
        let _ = writeln!(text, "left out, a program is missing: {category}");
    }
    text + &times(rows)
}

fn line(text: &mut String, name: &str, rows: &[&Row]) {
    let share = Share::of(rows.iter().map(|row| row.is_right()));
    let declined = rows.iter().filter(|row| row.is_declined()).count();
    if share.of > 0 {
        let _ = writeln!(text, "{name:<28}{:>6}{:>7}  {share:<16}{declined:>9}", share.of, share.hits);
    }
}

fn skipped(rows: &[Row]) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for row in rows {
        if let Verdict::Skipped(program) = &row.verdict {
            *counts.entry((row.task.category.as_str(), program.as_str())).or_default() += 1;
        }
    }
    counts.iter().map(|((category, program), count)| format!("{count} of {category} ({program})")).collect()
}

fn times(rows: &[Row]) -> String {
    let mut text = format!("\n{:<28}{:>10}{:>10}\n", "milliseconds", "p50", "p95");
    let mut add = |name: &str, values: Vec<f64>| {
        if let (Some(p50), Some(p95)) = (percentile(&values, 50), percentile(&values, 95)) {
            let _ = writeln!(text, "{name:<28}{p50:>10.0}{p95:>10.0}");
        }
    };
    add("generation", rows.iter().filter_map(|row| row.answer.timing("generation")).collect());
    add("total, as cmdai says", rows.iter().filter_map(|row| row.answer.timing("total")).collect());
    add("whole process", rows.iter().map(|row| row.answer.wall_ms).collect());
    text
}

/// All variants in one table, a line each.
pub(crate) fn table(variants: &[(&str, Vec<Row>)]) -> String {
    let mut text =
        format!("\n{:<16}{:<16}{:>10}{:>12}{:>10}{:>10}\n", "", "accuracy", "declined", "wrongly", "p50 ms", "p95 ms");
    for (name, rows) in variants {
        let declined = |possible: bool| {
            let rows = rows.iter().filter(|row| row.counts() && row.is_possible() == possible);
            Share::of(rows.map(Row::is_declined)).value().map_or(f64::NAN, |(share, _)| share)
        };
        let share = right(rows);
        let times: Vec<f64> = rows.iter().map(|row| row.answer.wall_ms).collect();
        let time = |percent| percentile(&times, percent).unwrap_or(f64::NAN);
        let (rightly, wrongly) = (declined(false), declined(true));
        let _ =
            writeln!(text, "{name:<16}{share:<16}{rightly:>10.3}{wrongly:>12.3}{:>10.0}{:>10.0}", time(50), time(95));
    }
    text
}

/// Two variants on the tasks that both were asked.
pub(crate) fn paired(names: [&str; 2], base: &[Row], other: &[Row]) -> String {
    let before: BTreeMap<&str, &Row> =
        base.iter().filter(|row| row.counts()).map(|row| (row.task.id.as_str(), row)).collect();
    let pairs: Vec<(&Row, &Row)> = other
        .iter()
        .filter(|row| row.counts())
        .filter_map(|row| Some((*before.get(row.task.id.as_str())?, row)))
        .collect();
    let mut text = format!("\n{} against {}, on the same tasks\n\n", names[1], names[0]);
    let _ = writeln!(text, "{:<28}{:>6}{:>9}{:>6}{:>6}{:>11}", "", "tasks", "points", "won", "lost", "p");
    let mut add = |name: &str, keep: fn(&Row) -> bool| {
        let kept: Vec<_> = pairs.iter().filter(|(row, _)| keep(row)).collect();
        let count = |won: bool| kept.iter().filter(|(a, b)| a.is_right() != won && b.is_right() == won).count();
        let as_u32 = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (won, lost, tasks) = (as_u32(count(true)), as_u32(count(false)), as_u32(kept.len()));
        if tasks > 0 {
            let points = (f64::from(won) - f64::from(lost)) / f64::from(tasks) * 100.0;
            let p = mcnemar(won, lost);
            let _ = writeln!(text, "{name:<28}{tasks:>6}{points:>+9.1}{won:>6}{lost:>6}{p:>11.4}");
        }
    };
    add("with a command", |row| matches!(row.task.expected, Expected::Same(_) | Expected::Form(_)));
    add("without find", |row| row.is_possible() && row.task.category != "find");
    add("to be declined", |row| !row.is_possible());
    for (name, won) in [("won", true), ("lost", false)] {
        let ids: Vec<&str> = pairs
            .iter()
            .filter(|(a, b)| a.is_right() != won && b.is_right() == won)
            .map(|(row, _)| row.task.id.as_str())
            .collect();
        let _ = writeln!(text, "\n{name}: {}", ids.join(" "));
    }
    text
}

/// The share of right answers over the tasks that have one.
pub(crate) fn accuracy(rows: &[Row]) -> f64 {
    right(rows).value().map_or(0.0, |(share, _)| share)
}

fn right(rows: &[Row]) -> Share {
    Share::of(rows.iter().filter(|row| row.counts() && row.is_possible()).map(Row::is_right))
}

/// What was wrong: request, answer and reason in the tuning half, ids alone in the other.
pub(crate) fn failures(rows: &[Row]) -> String {
    let mut text = String::from("\nwrong\n");
    let wrong = rows.iter().filter(|row| row.counts() && !row.is_right());
    let (tuning, report): (Vec<&Row>, Vec<&Row>) = wrong.partition(|row| row.task.half != Half::Report);
    for row in tuning {
        let said = row.answer.command().map_or_else(|| row.answer.error(), str::to_owned);
        let _ = writeln!(text, "\n{}: {}\n  said    {said}", row.task.id, row.task.request);
        let wanted = match &row.task.expected {
            Expected::Same(run) => run.readings.first().and_then(|reading| reading.first()),
            Expected::Form(form) => form.accept.first(),
            Expected::Decline => None,
        };
        let _ = writeln!(text, "  wanted  {}", wanted.map_or("no command", String::as_str));
        if let Verdict::Wrong(reason) = &row.verdict {
            let _ = writeln!(text, "  because {reason}");
        }
    }
    let ids: Vec<&str> = report.iter().map(|row| row.task.id.as_str()).collect();
    if !ids.is_empty() {
        let _ = writeln!(text, "\nin the reporting half: {}", ids.join(" "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::task::parse;
    use super::*;
    use serde_json::json;

    const TASKS: &str = "[[task]]\nid='a'\nrequest='list'\naccept=['ls']\noutput='lines'\n\
        [[task]]\nid='b'\nrequest='tea'\ndecline=true\n\
        [[task]]\nid='c'\nrequest='count'\naccept=['wc x']\noutput='numbers'\n";

    fn answers() -> Vec<Answer> {
        let answer = |task: &str, command: Option<&str>| Answer {
            variant: "v".into(),
            made_with: "cmdai".into(),
            task: task.into(),
            request: "r".into(),
            status: Some(if command.is_some() { 0 } else { 7 }),
            wall_ms: 20.0,
            reply: json!({ "command": command, "model": "tiny", "timings": { "generation": 12.0, "total": 15.0 } }),
        };
        vec![answer("a", Some("ls")), answer("b", None), answer("c", Some("wc y"))]
    }

    fn rows<'a>(tasks: &'a [Task], answers: &'a [Answer], verdicts: [Verdict; 3]) -> Vec<Row<'a>> {
        let parts = tasks.iter().zip(answers).zip(verdicts);
        parts.map(|((task, answer), verdict)| Row { task, answer, verdict }).collect()
    }

    #[test]
    fn a_report_counts_right_declined_and_wrong() {
        let (tasks, answers) = (parse(TASKS, "find", Half::Report).unwrap(), answers());
        let wrong = Verdict::Wrong("because".into());
        let text = one("base", &rows(&tasks, &answers, [Verdict::Right, Verdict::Declined, wrong]));
        let expected = "
base: cmdai (tiny)

category                     tasks  right  accuracy         declined
find                             2      1  0.500 ± 0.354           0
all                              2      1  0.500 ± 0.354           0
scored by running                2      1  0.500 ± 0.354           0

declined where that is right   1.000 ± 0.000 (1 of 1)
declined where a command exists 0.000 ± 0.000 (0 of 2)

milliseconds                       p50       p95
generation                          12        12
total, as cmdai says                15        15
whole process                       20        20
";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_reporting_half_shows_ids_only() {
        let answers = answers();
        let verdicts = || [Verdict::Wrong("why".into()), Verdict::Wrong("why".into()), Verdict::Right];
        let tasks = parse(TASKS, "find", Half::Report).unwrap();
        assert_eq!(failures(&rows(&tasks, &answers, verdicts())), "\nwrong\n\nin the reporting half: a b\n");
        let tasks = parse(TASKS, "find", Half::Tuning).unwrap();
        let text = failures(&rows(&tasks, &answers, verdicts()));
        assert!(text.contains("a: list\n  said    ls\n  wanted  ls\n  because why\n"), "{text}");
    }

    #[test]
    fn pairs_are_tasks_that_both_were_asked() {
        let (tasks, answers) = (parse(TASKS, "text", Half::Report).unwrap(), answers());
        let wrong = || Verdict::Wrong(String::new());
        let base = rows(&tasks, &answers, [wrong(), Verdict::Declined, Verdict::Skipped("jq".into())]);
        let other = rows(&tasks, &answers, [Verdict::Right, wrong(), Verdict::Right]);
        let text = paired(["base", "new"], &base, &other);
        assert!(text.contains("with a command                   1   +100.0     1     0     1.0000\n"), "{text}");
        assert!(text.contains("to be declined                   1   -100.0     0     1     1.0000\n"), "{text}");
        assert!(text.ends_with("\nwon: a\n\nlost: b\n"), "{text}");
    }
}
