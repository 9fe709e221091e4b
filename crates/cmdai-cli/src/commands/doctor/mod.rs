//! `cmdai doctor`: tries everything that cmdai needs and tells what to do about what does not work.
//!
//! It is for a machine on which something is wrong, so no check relies on another one being well, and none changes what it looks at
//! (held by `a_history_that_cannot_be_used_is_told_and_left_alone`). Price of trying for real: the model is loaded, which takes
//! seconds where no worker keeps it ready; each finding is printed as soon as it is there.

mod backends;
mod machine;
mod model;
mod store;

use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_doctor::DoctorArgs;
use crate::settings::Found;
use crate::{say, settings, terminal};
use cmdai_config::{Loaded, Severity};
use console::{Style, Term, style};
use serde::Serialize;
use serde_json::json;

/// Columns of the names; longer ones are the names of backends.
const NAMES: usize = 12;

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It works.
    Ok,
    /// cmdai works without it, or not as well as it could.
    Warn,
    /// Requests fail, or something is lost.
    Broken,
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    name: String,
    state: State,
    /// One sentence, without its full stop.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn ok(name: &str, found: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state: State::Ok, found: found.into(), advice: None }
    }

    fn warn(name: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: State::Warn, advice: Some(advice.into()), ..Self::ok(name, found) }
    }

    fn broken(name: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: State::Broken, ..Self::warn(name, found, advice) }
    }
}

/// Tries everything; ends with 1 where something is broken.
///
/// # Errors
/// The findings could not be printed.
pub async fn run(args: DoctorArgs, found: &Found) -> Result<ExitCode, Failure> {
    let mut report = Report { json: args.json, waits: false, findings: Vec::new() };
    let loaded = found.examine();
    report.add(machine::version())?;
    let processor = machine::processor();
    let can_compute = processor.state < State::Broken;
    report.add(processor)?;
    report.add(settings_of(found, &loaded))?;
    report.add(machine::directories())?;
    let settings = &loaded.settings;
    let servers = crate::backends::servers(settings);
    report.trying("the backends")?;
    // Asked first, because what follows from a missing model depends on who else answers.
    let asked = backends::ask(settings, &servers).await;
    let others_answer = asked.iter().any(|finding| finding.state == State::Ok);
    let (model, file) = model::file(settings, others_answer);
    report.add(machine::disk(file.is_some()))?;
    report.add(machine::memory(file.as_ref()))?;
    report.add(model)?;
    report.trying("the model, which may have to be loaded")?;
    for finding in model::answer(settings, &servers, file.filter(|_| can_compute).as_ref(), others_answer).await {
        report.add(finding)?;
    }
    for finding in asked {
        report.add(finding)?;
    }
    report.add(store::history(settings))?;
    report.add(machine::manuals())?;
    report.add(machine::clipboard())?;
    report.add(machine::shell(settings))?;
    report.add(machine::terminal())?;
    report.end()
}

/// The files that were read, and the first of what is wrong with them.
fn settings_of(found: &Found, loaded: &Loaded) -> Finding {
    let Found { places, .. } = found;
    let files = [&places.system, &places.user, &places.project].into_iter().flatten().filter(|file| file.exists());
    let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
    let worst =
        loaded.diagnostics.iter().filter(|wrong| wrong.severity > Severity::Note).max_by_key(|one| one.severity);
    let Some(worst) = worst else {
        let read = if files.is_empty() { "no file, all is as it comes".to_owned() } else { files.join(", ") };
        return Finding::ok("settings", read);
    };
    let words = settings::words(worst);
    let mut lines = words.lines().map(|line| line.trim().trim_start_matches("--> "));
    let sentence = [lines.next(), lines.next()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    if worst.is_error() {
        let advice =
            "`cmdai config validate` shows all that is wrong; until it is put right requests end with status 4";
        Finding::broken("settings", sentence, advice)
    } else {
        Finding::warn(
            "settings",
            sentence,
            "`cmdai config validate` shows all that is wrong; what is in question is left out",
        )
    }
}

/// What was found so far.
struct Report {
    json: bool,
    /// The line under the findings says what is being waited for.
    waits: bool,
    findings: Vec<Finding>,
}

impl Report {
    /// Tells a person what is being waited for, until it is there.
    fn trying(&mut self, what: &str) -> Result<(), Failure> {
        let term = Term::stderr();
        if !self.json && term.is_term() {
            self.waits = true;
            term.write_str(&style(format!("trying {what} …")).for_stderr().dim().to_string())
                .map_err(Failure::Stdout)?;
        }
        Ok(())
    }

    fn add(&mut self, finding: Finding) -> Result<(), Failure> {
        if std::mem::take(&mut self.waits) {
            Term::stderr().clear_line().map_err(Failure::Stdout)?;
        }
        if !self.json {
            tell(&finding)?;
        }
        self.findings.push(finding);
        Ok(())
    }

    fn end(self) -> Result<ExitCode, Failure> {
        let state = self.findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
        if self.json {
            say::json(json!({ "state": state, "checks": self.findings }))?;
        } else {
            let count = |state| self.findings.iter().filter(|finding| finding.state == state).count();
            say::line("")?;
            say::line(&match (count(State::Broken), count(State::Warn)) {
                (0, 0) => "all is well".to_owned(),
                (0, 1) => "all works; 1 thing could be better".to_owned(),
                (0, warn) => format!("all works; {warn} things could be better"),
                (broken, warn) => format!("{broken} broken, {warn} could be better"),
            })?;
        }
        Ok(if state == State::Broken { ExitCode::Failure } else { ExitCode::Ok })
    }
}

fn tell(finding: &Finding) -> Result<(), Failure> {
    let (word, colour) = match finding.state {
        State::Ok => ("ok", Style::new().green()),
        State::Warn => ("warn", Style::new().yellow()),
        State::Broken => ("broken", Style::new().red().bold()),
    };
    let (name, found) = (terminal::one_line(&finding.name), terminal::one_line(&finding.found));
    say::line(&format!("{}  {name:<NAMES$}  {found}", colour.apply_to(format!("{word:<6}"))))?;
    match &finding.advice {
        Some(advice) => say::line(&format!("{:8}{:NAMES$}  {}", "", "", style(terminal::one_line(advice)).dim())),
        None => Ok(()),
    }
}
