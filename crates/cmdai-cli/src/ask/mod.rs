//! One request from the command line through the pipeline to its end.

mod choice;
pub mod confirm;
pub mod display;
pub mod events;
pub mod input;
pub mod journal;
pub mod line;
pub(crate) mod next_line;
pub mod output;
pub mod remembered;
pub mod run;
pub mod steps;

use crate::backends::{self, Source};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags::AskArgs;
use crate::history::{Memory, Recorder};
use crate::models::Consent;
use crate::preview::{self, Preview};
use crate::say;
use crate::verify::Verifier;
use crate::{peek, probe, risk, terminal};
use choice::Question;
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
use events::Events;
use line::Hint;
use next_line::NextLine;
use output::Report;
use remembered::Remembered;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use steps::{Partial, Step, Unprepared, Without};
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
        let asked = Asked::Words(early.clone());
        let stands_in = Some(FROM_HISTORY.to_owned());
        let answer = Answer { backend: &Remembered(command), source: &source, stands_in, asked, failed: None };
        if let Some(status) = answer.give(&args, settings, &mut memory, shell, started, hint.as_mut()).await? {
            return Ok(status);
        }
    }
    from_model(Asked::Words(early), None, &args, settings, memory, started, hint).await
}

/// A command that failed.
#[derive(Debug)]
pub struct Correction {
    /// What is asked of the model, with what the command printed.
    pub request: CommandRequest,
    /// The command itself.
    pub failed: String,
    /// Why it is plain what was meant, and what was.
    pub slip: Option<(String, String)>,
}

/// Takes a correction through the same stages as any request; returns the exit status.
///
/// # Errors
/// As [`run()`].
pub async fn correct(
    correction: Correction,
    args: AskArgs,
    settings: &Settings,
    started: Instant,
) -> Result<u8, Failure> {
    let Correction { request, failed, slip } = correction;
    let (shell, mut memory) = (request.shell, Memory::open(settings));
    if let Some((why, command)) = slip {
        let source = Source::new("correction", None);
        let asked = Asked::Whole(request.clone());
        let answer =
            Answer { backend: &Remembered(command), source: &source, stands_in: Some(why), asked, failed: None };
        if let Some(status) = answer.give(&args, settings, &mut memory, shell, started, None).await? {
            return Ok(status);
        }
    }
    from_model(Asked::Whole(request), Some(failed), &args, settings, memory, started, None).await
}

/// An answer of the backend that the settings choose.
async fn from_model(
    asked: Asked,
    failed: Option<String>,
    args: &AskArgs,
    settings: &Settings,
    mut memory: Memory,
    started: Instant,
    mut hint: Option<Hint>,
) -> Result<u8, Failure> {
    let shell = settings.interface.shell.unwrap_or_else(probe::shell);
    let (backend, source) = backends::choose(settings, consent(args, settings), &mut memory).await?;
    // Leaked: the process ends with the request, and waiting for an engine thread to stop would only keep the user from the prompt.
    let backend: &'static dyn Generate = Box::leak(backend);
    if let Some(mark) = source.mark().filter(|_| !args.quiet) {
        hint.as_mut().map_or_else(|| say::warn(&mark), |hint| hint.aside(&mark));
    }
    let answer = Answer { backend, source: &source, stands_in: None, asked, failed };
    let status = answer.give(args, settings, &mut memory, shell, started, hint.as_mut()).await;
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
    let asked = Asked::Words(early);
    let answer = Answer { backend: &Remembered(command), source: &source, stands_in: None, asked, failed: None };
    let status = answer.give(&AskArgs::default(), settings, &mut memory, shell, Instant::now(), None).await?;
    Ok(status.unwrap_or(ExitCode::Declined.number()))
}

/// Where the answer to one request comes from.
struct Answer<'a> {
    backend: &'a dyn Generate,
    source: &'a Source,
    /// Why no model was asked, where one could have been.
    stands_in: Option<String>,
    asked: Asked,
    /// The command that is to be corrected.
    failed: Option<String>,
}

/// What was asked.
enum Asked {
    /// The request as far as it is on the command line; what is piped belongs to it.
    Words(Option<CommandRequest>),
    /// All of it.
    Whole(CommandRequest),
}

/// What is said of an answer of the history.
const FROM_HISTORY: &str = "from your history: you took this for the same request before";

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
        let for_programs = args.json || args.json_stream;
        let interactive = !args.quiet && !for_programs && !args.no_input && terminal::is_interactive();
        let request = match self.asked {
            Asked::Words(Some(request)) if args.for_line => request,
            Asked::Words(early) => input::complete(early, shell).await?,
            Asked::Whole(request) => request,
        };
        let request = request.with_safety(level);
        let probing = Instant::now();
        let mut context = probe::capture(shell).map_err(Failure::CurrentDirectory)?;
        let without = Without::of_environment();
        if self.source.mark().is_none() && self.source.is_model() && !without.has(Step::Files) {
            context.files = peek::files(request.input(), &context.cwd);
        }
        let probing = probing.elapsed();

        let mut options =
            GenerateOptions { alternatives: settings.interface.alternatives, ..GenerateOptions::default() };
        if without.has(Step::Refusals) {
            options.refuse_at = 1.0;
        }
        let unprepared = Unprepared(self.backend);
        let backend = if without.has(Step::Examples) { &unprepared } else { self.backend };
        let (mut display, mut events, mut silent) = (Display::new(), Events, Silent);
        let judge = memory.judge();
        let verifier = self.failed.map_or_else(Verifier::default, Verifier::of_correction);
        let partial = Partial { verifier: &verifier, without: &without };
        let sent_back = AtomicBool::new(false);
        let mut asking = AskOnTerminal {
            allow_dangerous: args.allow_dangerous,
            dry_run: args.dry_run,
            assessor: &judge,
            context: &context,
            level,
            verifier: &verifier,
            next_line: NextLine::of_environment(),
            stands_in: self.stands_in.as_deref(),
            sent_back: &sent_back,
        };
        let mut nobody = NobodyToAsk { allow_dangerous: args.allow_dangerous };
        let mut recorder =
            Recorder { memory: &mut *memory, context: &context, level, source: self.source, sent_back: &sent_back };
        let mut pipeline = Pipeline {
            backend: &TimeLimited::new(backend, settings.request.timeout),
            verifier: if self.source.is_model() { &partial } else { &Unverified },
            assessor: &judge,
            confirm: if interactive { &mut asking } else { &mut nobody },
            execute: &mut run::ShellExecute::new(shell),
            record: &mut recorder,
            observe: match hint {
                Some(hint) => hint,
                None if interactive => &mut display,
                None if args.json_stream => &mut events,
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
        // A person saw it before the question.
        let preview = if interactive { Vec::new() } else { preview::of(outcome.assessment.command(), &context) };
        let report = Report {
            request: &request,
            outcome: &outcome,
            alternatives: &alternatives,
            preview: &preview,
            source: &self.source.answered(),
            remote: self.source.is_remote(),
            probing,
            total: started.elapsed(),
        };
        report.log();
        if args.json_stream {
            say::line(&say::event("result", report.json()).to_string())?;
        } else if args.json {
            say::json(report.json())?;
        } else {
            outcome.warnings.iter().for_each(|warning| say::warn(warning));
            if args.for_line {
                line::give_out(&outcome)?;
            } else if !interactive {
                give_out(&outcome, &preview, args)?;
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
fn give_out(outcome: &Outcome, preview: &[Preview], args: &AskArgs) -> Result<(), Failure> {
    let Outcome { assessment, disposition, .. } = outcome;
    let blocked = *disposition == Disposition::Blocked;
    if !blocked {
        say::line(assessment.command())?;
    }
    // A log that cannot be written to is no reason to fail.
    if blocked {
        say::warn(&format!("blocked, and so not printed: {}", assessment.command()));
        let _ = say::lines(&risk::reasons(assessment));
    } else if !args.quiet {
        display::checks(&outcome.proposal);
        if assessment.risk() > RiskLevel::Safe {
            let _ = say::lines(&risk::reasons(assessment));
        }
        let _ = say::lines(&preview.iter().flat_map(Preview::lines).collect::<Vec<_>>());
        if let Some(question) = Question::of(assessment, args.allow_dangerous).filter(|_| args.dry_run) {
            say::note(question.would_be());
        }
    }
    Ok(())
}

/// Only a person at a terminal can be asked for a model, and only if nothing else is expected of standard output.
fn consent(args: &AskArgs, settings: &Settings) -> Consent {
    let alone = args.no_input || args.dry_run || args.json || args.json_stream;
    Consent::of(settings, !alone)
}

fn status(outcome: &Outcome) -> u8 {
    match (outcome.disposition, outcome.execution) {
        (Disposition::Run, Some(execution)) => u8::try_from(execution.exit_code & 0xff).unwrap_or(1),
        _ if outcome.disposition == Disposition::Blocked => ExitCode::Blocked.number(),
        (Disposition::Declined, _) => ExitCode::Declined.number(),
        _ => ExitCode::Ok.number(),
    }
}
