//! One request from the command line through the pipeline to its end.

mod choice;
pub mod confirm;
pub mod display;
pub mod input;
pub mod journal;
pub mod line;
pub mod output;
pub mod remembered;
pub mod run;

use crate::backends::{self, Source};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags::AskArgs;
use crate::history::{Memory, Recorder};
use crate::models::Consent;
use crate::say;
use crate::verify::Verifier;
use crate::{peek, probe, risk, terminal};
use cmdai_backends::time_limit::TimeLimited;
use cmdai_config::Settings;
use cmdai_core::assess::{Assessment, RiskLevel};
use cmdai_core::generate::{Generate, GenerateOptions};
use cmdai_core::pipeline::{Outcome, Pipeline};
use cmdai_core::record::Disposition;
use cmdai_core::request::{CommandRequest, ShellType};
use cmdai_core::verify::Unverified;
use confirm::{AskOnTerminal, NobodyToAsk};
use display::{Display, Silent};
use line::Hint;
use output::Report;
use remembered::Remembered;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use uuid::Uuid;

/// Answers one request; returns the exit status.
///
/// # Errors
/// [`Failure`], to be worded by [`errors`](crate::errors).
pub async fn run(args: AskArgs, settings: &Settings, started: Instant) -> Result<u8, Failure> {
    let shell = settings.interface.shell.unwrap_or_else(probe::shell);
    // What is wrong with the request is said before a model is loaded or fetched.
    let early = input::from_arguments(&args.request, shell)?;
    let mut hint = args.for_line.then(|| Hint::show(&args.request.join(" ")));
    let mut memory = Memory::open(settings);
    let takes_pipe = !args.for_line && input::is_piped();
    let may_repeat = settings.history.repeat && settings.interface.alternatives == 1 && !takes_pipe;
    let known = early.as_ref().filter(|_| may_repeat);
    if let Some(command) = known.and_then(|request| memory.repeat(request)) {
        let source = Source::new("history", None);
        let answer =
            Answer { backend: &Remembered(command), source: &source, from_history: true, early: early.clone() };
        if let Some(status) = answer.give(&args, settings, &mut memory, shell, started, hint.as_mut()).await? {
            return Ok(status);
        }
    }
    let (backend, source) = backends::choose(settings, consent(&args, settings), &mut memory).await?;
    // Leaked: the process ends with the request, and waiting for an engine thread to stop would only keep the user from the prompt.
    let backend: &'static dyn Generate = Box::leak(backend);
    if let Some(mark) = source.mark().filter(|_| !args.quiet) {
        hint.as_mut().map_or_else(|| say::warn(&mark), |hint| hint.aside(&mark));
    }
    let answer = Answer { backend, source: &source, from_history: false, early };
    let status = answer.give(&args, settings, &mut memory, shell, started, hint.as_mut()).await;
    source.keep(&mut memory);
    Ok(status?.unwrap_or(ExitCode::Declined.number()))
}

/// Takes a command of the history through the same stages as an answer: judged here and now, asked about on a terminal, given out
/// elsewhere, recorded; returns the exit status.
///
/// # Errors
/// As [`run()`].
pub async fn again(request: String, command: String, settings: &Settings) -> Result<u8, Failure> {
    let shell = settings.interface.shell.unwrap_or_else(probe::shell);
    let mut memory = Memory::open(settings);
    let early = input::from_arguments(&[request], shell)?;
    let source = Source::new("history", None);
    let answer = Answer { backend: &Remembered(command), source: &source, from_history: false, early };
    let status = answer.give(&AskArgs::default(), settings, &mut memory, shell, Instant::now(), None).await?;
    Ok(status.unwrap_or(ExitCode::Declined.number()))
}

/// Where the answer to one request comes from.
struct Answer<'a> {
    backend: &'a dyn Generate,
    source: &'a Source,
    from_history: bool,
    /// The request as far as it is on the command line.
    early: Option<CommandRequest>,
}

impl Answer<'_> {
    /// Takes the request through the pipeline; `None` where the user wants another answer than this.
    async fn give(
        self,
        args: &AskArgs,
        settings: &Settings,
        memory: &mut Memory,
        shell: ShellType,
        started: Instant,
        hint: Option<&mut Hint>,
    ) -> Result<Option<u8>, Failure> {
        let level = settings.safety.level;
        let interactive = !args.quiet && !args.json && !args.no_input && terminal::is_interactive();
        let request = match self.early {
            Some(request) if args.for_line => request,
            early => input::complete(early, shell).await?,
        }
        .with_safety(level);
        let probing = Instant::now();
        let mut context = probe::capture(shell).map_err(Failure::CurrentDirectory)?;
        if self.source.mark().is_none() && self.source.is_model() {
            context.files = peek::files(request.input(), &context.cwd);
        }
        let probing = probing.elapsed();

        let options = GenerateOptions { alternatives: settings.interface.alternatives, ..GenerateOptions::default() };
        let (mut display, mut silent) = (Display::new(), Silent);
        let judge = memory.judge();
        let verifier = Verifier::default();
        let sent_back = AtomicBool::new(false);
        let mut asking = AskOnTerminal {
            allow_dangerous: args.allow_dangerous,
            assessor: &judge,
            context: &context,
            level,
            verifier: &verifier,
            from_history: self.from_history,
            sent_back: &sent_back,
        };
        let mut nobody = NobodyToAsk { allow_dangerous: args.allow_dangerous };
        let mut recorder =
            Recorder { memory: &mut *memory, context: &context, level, source: self.source, sent_back: &sent_back };
        let mut pipeline = Pipeline {
            backend: &TimeLimited::new(self.backend, settings.request.timeout),
            verifier: if self.source.is_model() { &verifier } else { &Unverified },
            assessor: &judge,
            confirm: if interactive { &mut asking } else { &mut nobody },
            execute: &mut run::ShellExecute::new(shell),
            record: &mut recorder,
            observe: match hint {
                Some(hint) => hint,
                None if interactive => &mut display,
                None => &mut silent,
            },
        };
        let outcome = pipeline.run(&request, &context, &options, Uuid::now_v7()).await;
        if sent_back.load(Ordering::SeqCst) {
            return Ok(None);
        }
        let mut warned = memory.warnings();
        warned.extend(self.source.notices());
        let mut outcome = outcome.inspect_err(|_| warned.iter().for_each(|warning| say::warn(warning)))?;
        outcome.warnings.extend(warned);

        let alternatives = judged_alternatives(&outcome, &asking);
        let report = Report {
            request: &request,
            outcome: &outcome,
            alternatives: &alternatives,
            source: &self.source.answered(),
            remote: self.source.is_remote(),
            probing,
            total: started.elapsed(),
        };
        report.log();
        if args.json {
            say::json(report.json())?;
        } else {
            outcome.warnings.iter().for_each(|warning| say::warn(warning));
            if args.for_line {
                line::give_out(&outcome)?;
            } else if !interactive {
                give_out(&outcome, args.quiet)?;
            }
        }
        verifier.keep();
        memory.tidy();
        Ok(Some(status(&outcome)))
    }
}

fn judged_alternatives(outcome: &Outcome, asking: &AskOnTerminal<'_>) -> Vec<Assessment> {
    let judge = |command: &String| asking.assessor.assess(command, asking.context, asking.level);
    outcome.proposal.alternatives.iter().map(judge).collect()
}

/// Off a terminal: the command on standard output, unless it is blocked, and its risk on standard error.
fn give_out(outcome: &Outcome, quiet: bool) -> Result<(), Failure> {
    let Outcome { assessment, disposition, .. } = outcome;
    let blocked = *disposition == Disposition::Blocked;
    if !blocked {
        say::line(assessment.command())?;
    }
    // A log that cannot be written to is no reason to fail.
    if blocked {
        say::warn(&format!("blocked, and so not printed: {}", assessment.command()));
        let _ = say::lines(&risk::reasons(assessment));
    } else if !quiet {
        display::checks(&outcome.proposal.checks);
        if assessment.risk() > RiskLevel::Safe {
            let _ = say::lines(&risk::reasons(assessment));
        }
    }
    Ok(())
}

/// Only a person at a terminal can be asked for a model, and only if nothing else is expected of standard output.
fn consent(args: &AskArgs, settings: &Settings) -> Consent {
    match settings.model.fetch {
        true => Consent::Given,
        false if args.no_input || args.json || !terminal::can_ask() => Consent::Impossible,
        false => Consent::Ask,
    }
}

fn status(outcome: &Outcome) -> u8 {
    match (outcome.disposition, outcome.execution) {
        (Disposition::Run, Some(execution)) => u8::try_from(execution.exit_code & 0xff).unwrap_or(1),
        _ if outcome.disposition == Disposition::Blocked => ExitCode::Blocked.number(),
        (Disposition::Declined, _) => ExitCode::Declined.number(),
        _ => ExitCode::Ok.number(),
    }
}
