//! One request from the command line through the pipeline to its end.

pub mod confirm;
pub mod display;
pub mod input;
pub mod journal;
pub mod output;
pub mod remembered;
pub mod run;

use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags::AskArgs;
use crate::history::{Memory, Recorder};
use crate::models::{self, Consent};
use crate::{probe, risk, terminal};
use cmdai_backends::embedded::cpu;
use cmdai_backends::embedded::llama::LlamaBackend;
use cmdai_backends::model::{ModelFile, ModelRef};
use cmdai_backends::time_limit::TimeLimited;
use cmdai_core::assess::{Assessment, RiskLevel};
use cmdai_core::generate::{Generate, GenerateOptions};
use cmdai_core::pipeline::{Outcome, Pipeline};
use cmdai_core::record::Disposition;
use cmdai_core::request::{CommandRequest, ShellType};
use cmdai_safety::Analyzer;
use confirm::{AskOnTerminal, NobodyToAsk};
use display::{Display, Silent};
use output::Report;
use remembered::Remembered;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Answers one request; returns the exit status.
///
/// # Errors
/// [`Failure`], to be worded by [`errors`](crate::errors).
pub async fn run(args: AskArgs, started: Instant) -> Result<u8, Failure> {
    let shell = args.shell.unwrap_or_else(probe::shell);
    // What is wrong with the request is said before a model is loaded or fetched.
    let early = input::from_arguments(&args.request, shell)?;
    let mut memory = Memory::open(!args.no_history);
    let known = early.as_ref().filter(|_| !args.fresh && args.alternatives == 1 && !input::is_piped());
    if let Some(command) = known.and_then(|request| memory.repeat(request)) {
        let answer = Answer { backend: &Remembered(command), name: "history", model: None, early: early.clone() };
        if let Some(status) = answer.give(&args, &mut memory, shell, started).await? {
            return Ok(status);
        }
    }
    let file = models::obtain(&ModelRef::parse(&args.model)?, consent(&args)).await?;
    warn_of_slow_build();
    // Leaked: the process ends with the request, and waiting for an engine thread to stop would only keep the user from the prompt.
    let backend: &'static dyn Generate = Box::leak(start(&args, &file)?);
    let answer = Answer { backend, name: "embedded-llama", model: Some(&file), early };
    let status = answer.give(&args, &mut memory, shell, started).await?;
    Ok(status.unwrap_or(ExitCode::Declined.number()))
}

/// Where the answer to one request comes from.
struct Answer<'a> {
    backend: &'a dyn Generate,
    name: &'static str,
    model: Option<&'a ModelFile>,
    /// The request as far as it is on the command line.
    early: Option<CommandRequest>,
}

impl Answer<'_> {
    /// Takes the request through the pipeline; `None` where the user wants another answer than this.
    async fn give(
        self,
        args: &AskArgs,
        memory: &mut Memory,
        shell: ShellType,
        started: Instant,
    ) -> Result<Option<u8>, Failure> {
        let interactive = !args.quiet && !args.json && !args.no_input && terminal::is_interactive();
        let request = input::complete(self.early, shell).await?.with_safety(args.safety);
        let probing = Instant::now();
        let context = probe::capture(shell).map_err(Failure::CurrentDirectory)?;
        let probing = probing.elapsed();

        let options = GenerateOptions { alternatives: args.alternatives, ..GenerateOptions::default() };
        let (mut display, mut silent) = (Display::new(), Silent);
        let judge = memory.judge(Analyzer::new());
        let sent_back = AtomicBool::new(false);
        let mut asking = AskOnTerminal {
            allow_dangerous: args.allow_dangerous,
            assessor: &judge,
            context: &context,
            level: args.safety,
            from_history: self.model.is_none(),
            sent_back: &sent_back,
        };
        let mut nobody = NobodyToAsk { allow_dangerous: args.allow_dangerous };
        let mut recorder = Recorder {
            memory: &mut *memory,
            context: &context,
            level: args.safety,
            backend: self.name,
            model: self.model.map(|file| file.id.clone()),
            sent_back: &sent_back,
        };
        let mut pipeline = Pipeline {
            backend: &TimeLimited::new(self.backend, args.timeout),
            assessor: &judge,
            confirm: if interactive { &mut asking } else { &mut nobody },
            execute: &mut run::ShellExecute::new(shell),
            record: &mut recorder,
            observe: if interactive { &mut display } else { &mut silent },
        };
        let outcome = pipeline.run(&request, &context, &options, Uuid::now_v7()).await;
        if sent_back.load(Ordering::SeqCst) {
            return Ok(None);
        }
        let warned = memory.warnings();
        let mut outcome = outcome.inspect_err(|_| warned.iter().for_each(|warning| display::warn(warning)))?;
        outcome.warnings.extend(warned);

        let alternatives = judged_alternatives(&outcome, &asking);
        let report = Report {
            request: &request,
            outcome: &outcome,
            alternatives: &alternatives,
            backend: self.name,
            model: self.model,
            probing,
            total: started.elapsed(),
        };
        report.log();
        if args.json {
            output::print_line(&report.json().to_string()).map_err(Failure::Stdout)?;
        } else {
            outcome.warnings.iter().for_each(|warning| display::warn(warning));
            if !interactive {
                give_out(&outcome, args.quiet)?;
            }
        }
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
        output::print_line(assessment.command()).map_err(Failure::Stdout)?;
    }
    // A log that cannot be written to is no reason to fail.
    if blocked {
        display::warn(&format!("blocked, and so not printed: {}", assessment.command()));
        let _ = display::lines(&risk::reasons(assessment));
    } else if !quiet && assessment.risk() > RiskLevel::Safe {
        let _ = display::lines(&risk::reasons(assessment));
    }
    Ok(())
}

/// Only a person at a terminal can be asked for a model, and only if nothing else is expected of standard output.
fn consent(args: &AskArgs) -> Consent {
    match args.yes {
        true => Consent::Given,
        false if args.no_input || args.json || !terminal::can_ask() => Consent::Impossible,
        false => Consent::Ask,
    }
}

/// The worker where one can be used, else the model in this process. Starts loading or connecting at once where that helps.
fn start(args: &AskArgs, file: &ModelFile) -> Result<Box<dyn Generate>, Failure> {
    #[cfg(unix)]
    if !args.no_worker
        && let Some(worker) = crate::worker::client(args, file)
    {
        return Ok(Box::new(worker));
    }
    let _ = args;
    Ok(Box::new(LlamaBackend::start(models::config(file)).map_err(Failure::Runtime)?))
}

fn warn_of_slow_build() {
    let unused = cpu::unused_instruction_sets();
    if !unused.is_empty() {
        display::warn(&format!(
            "this build does not use {} of this processor and is many times slower than it could be; \
             build it inside the repository, without RUSTFLAGS of your own",
            unused.join(", ")
        ));
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

/// Milliseconds as the JSON result gives them.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
