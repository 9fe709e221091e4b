//! `cargo xtask ci`: all that must hold before a change lands, each step timed.
//!
//! `.ci/run` is this command and nothing else, so what CI does can be done at the desk. Cheap steps come first; a failed step
//! does not hide the ones after it. Everything is in the dev profile with one set of flags, so llama.cpp is compiled once; `mlx` alone has a
//! directory of its own, and does something only where the last commit changed what it tests.

use crate::workspace::{Workspace, check};
use crate::{bench, deny, mlx_linux, setup, test, tidy};
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

type Step = (&'static str, fn(&Workspace) -> Result<()>);

const STEPS: [Step; 8] = [
    ("fmt", |ws| check(&mut ws.cargo(["fmt", "--all", "--check"]))),
    ("tidy", tidy::run),
    // Build scripts of the next steps need the tools, as `test` would; they are a step of their own only in its time.
    ("clippy", |ws| {
        setup::ensure(ws)?;
        check(&mut ws.cargo(["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"]))
    }),
    ("deny", deny::run),
    ("docs", |ws| {
        setup::ensure(ws)?;
        check(ws.cargo(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"))
    }),
    ("test", |ws| test::command(ws, &[]).map(|_| ())),
    ("smoke", bench::accuracy::smoke),
    ("mlx", mlx_linux::if_changed),
];

/// A step that is over.
struct Row {
    name: &'static str,
    time: Duration,
    error: Option<String>,
}

/// The command: all steps, or the named ones.
pub(crate) fn command(workspace: &Workspace, names: &[String]) -> Result<ExitCode> {
    let steps = chosen(names)?;
    let mut rows = Vec::new();
    for (name, step) in steps {
        eprintln!("ci: {name}");
        let start = Instant::now();
        let error = step(workspace).err().map(|error| format!("{error:#}"));
        if let Some(error) = &error {
            eprintln!("ci: {name} failed: {error}");
        }
        rows.push(Row { name, time: start.elapsed(), error });
    }
    print!("{}", table(&rows));
    Ok(if rows.iter().all(|row| row.error.is_none()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(names: &[String]) -> Result<Vec<Step>> {
    if names.is_empty() {
        return Ok(STEPS.to_vec());
    }
    let find = |wanted: &String| STEPS.into_iter().find(|(name, _)| name == wanted);
    let known = STEPS.map(|(name, _)| name).join(" ");
    names.iter().map(|name| find(name).with_context(|| format!("no step `{name}`; the steps are: {known}"))).collect()
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from("\n");
    for row in rows {
        let verdict = row
            .error
            .as_ref()
            .map_or("ok".to_owned(), |error| format!("FAILED: {}", error.lines().next().unwrap_or_default()));
        let _ = writeln!(text, "{:<8}{:>8.1} s  {verdict}", row.name, row.time.as_secs_f64());
    }
    let total: Duration = rows.iter().map(|row| row.time).sum();
    let _ = writeln!(text, "{:<8}{:>8.1} s", "total", total.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_each_step_and_its_failure() {
        let row = |name, millis, error: Option<&str>| Row {
            name,
            time: Duration::from_millis(millis),
            error: error.map(str::to_owned),
        };
        let text = table(&[row("fmt", 400, None), row("tidy", 61_200, Some("2 findings\nmore"))]);
        assert_eq!(text, "\nfmt          0.4 s  ok\ntidy        61.2 s  FAILED: 2 findings\ntotal       61.6 s\n");
    }

    #[test]
    fn steps_are_chosen_by_name() {
        assert_eq!(chosen(&[]).unwrap().len(), STEPS.len());
        assert_eq!(chosen(&["docs".to_owned()]).unwrap().first().unwrap().0, "docs");
        assert!(chosen(&["doc".to_owned()]).is_err());
    }
}
