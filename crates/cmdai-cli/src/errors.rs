//! Failures in words: the only place that knows message, cause, hint and exit code of each.
//!
//! Libraries carry data, this file carries advice. On the terminal a failure reads `error: … / cause: … / hint: …`; with `--json` it
//! is an object on standard output with the same parts.

mod config;
mod history;
mod model;

use crate::commands::config::ConfigError;
use crate::commands::history::HistoryActionError;
use crate::exit_code::ExitCode;
use crate::say::{self, Form};
use cmdai_backends::embedded::NoRuntime;
use cmdai_backends::model::ModelError;
use cmdai_backends::model::download::PullError;
use cmdai_core::execute::ExecuteError;
use cmdai_core::generate::GenerateError;
use cmdai_core::pipeline::PipelineError;
use cmdai_core::proposal::Refusal;
use cmdai_core::request::RequestError;
use cmdai_core::server_error::{ServerError, ServerFailure};
use cmdai_history::HistoryError;
use serde::Serialize;
use std::error::Error as _;
use std::io;

/// Everything that can go wrong, from all crates.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The async runtime could not start.
    #[error("the program could not start")]
    Runtime(#[source] io::Error),
    /// The request is not one.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Standard input could not be read.
    #[error("standard input could not be read")]
    Stdin(#[source] io::Error),
    /// The directory we are in cannot be named.
    #[error("the current directory is not there any more")]
    CurrentDirectory(#[source] io::Error),
    /// The terminal could not be read.
    #[error("the answer could not be read from the terminal")]
    Terminal(#[source] io::Error),
    /// `check` or `explain` got no command.
    #[error("there is no command to look at")]
    NothingToCheck,
    /// `fix` got no command, and the shell told none.
    #[error("there is no command to correct")]
    NothingToFix,
    /// The last command did not fail.
    #[error("the last command, `{command}`, ended well")]
    EndedWell {
        /// What was typed.
        command: String,
    },
    /// `fix --screen` outside of tmux.
    #[error("what the command printed cannot be read from the screen")]
    NoScreen,
    /// The manual pages could not be written.
    #[error("the manual pages could not be written to {}", .dir.display())]
    Man {
        /// Where to.
        dir: std::path::PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `check --hook` got something that no hook sends.
    #[error("standard input is not what a hook gets")]
    Hook(#[source] serde_json::Error),
    /// The worker, or its place.
    #[error("the worker cannot be used")]
    Worker(#[source] io::Error),
    /// The result could not be printed.
    #[error("the result could not be printed")]
    Stdout(#[source] io::Error),
    /// The model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Nothing computes the model as the settings say.
    #[error(transparent)]
    NoRuntime(#[from] NoRuntime),
    /// The model could not be fetched.
    #[error(transparent)]
    Pull(#[from] PullError),
    /// The user did not want the model.
    #[error("nothing was fetched")]
    PullDeclined,
    /// The pipeline failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The history cannot be used.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// Something was asked of the history that cannot be done.
    #[error(transparent)]
    HistoryAction(#[from] HistoryActionError),
    /// Something was asked of the settings that cannot be done.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The settings must not be used as they are.
    #[error("the settings cannot be used\n{}", problems(.0))]
    Settings(cmdai_config::Invalid),
    /// A flag has a value that is not accepted.
    #[error("{}", problems(.0))]
    Flag(cmdai_config::Invalid),
    /// There is no backend of this name.
    #[error("there is no backend `{name}`; there are {}", .known.join(", "))]
    UnknownBackend {
        /// As given.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// No backend can answer.
    #[error(transparent)]
    Backends(#[from] crate::backends::Unusable),
    /// The shell cannot bind several keys in a row.
    #[error("nushell binds a single key, not `{0}`")]
    OneKey(cmdai_config::Chord),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// What is wrong with the settings, each with its place.
fn problems(invalid: &cmdai_config::Invalid) -> String {
    let wrong = invalid.0.diagnostics.iter().filter(|found| found.is_error());
    wrong.map(crate::settings::words).collect::<Vec<_>>().join("\n")
}

/// A failure, worded.
#[derive(Debug, Serialize)]
struct Report {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    exit_code: u8,
}

/// Tells the user about `failure` and returns the exit code for it. A reader that went away is no failure.
pub fn report(failure: &Failure, form: Form) -> ExitCode {
    if let Failure::Stdout(error) = failure
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        return ExitCode::Ok;
    }
    let (kind, code, hint) = advice(failure);
    let report = Report { kind, message: failure.to_string(), cause: causes(failure), hint, exit_code: code.number() };
    // Not the message: a model's refusal may echo the request.
    tracing::info!(kind, cause = report.cause, "failed");
    let _ = if form == Form::Words { print_text(&report, code) } else { print_json(&report, form) };
    code
}

/// As [`report`], on the one line that a prompt has room for.
pub fn report_on_a_line(failure: &Failure) -> ExitCode {
    let (kind, code, hint) = advice(failure);
    tracing::info!(kind, "failed");
    let message = failure.to_string();
    let first = message.lines().next().unwrap_or_default();
    say::aside(&match (code, hint) {
        (ExitCode::Interrupted, _) => "cmdai: cancelled".to_owned(),
        (_, Some(hint)) => format!("cmdai: {first}; {hint}"),
        (_, None) => format!("cmdai: {first}"),
    });
    code
}

/// A wrong command line as JSON.
///
/// # Errors
/// The reader is gone.
pub fn print_usage_json(error: &clap::Error, form: Form) -> io::Result<()> {
    let text = error.render().to_string();
    let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let hint = Some("see `cmdai --help`".to_owned());
    let report = Report { kind: "usage", message, cause: None, hint, exit_code: ExitCode::Usage.number() };
    print_json(&report, form)
}

fn print_json(report: &Report, form: Form) -> io::Result<()> {
    let error = serde_json::json!({ "error": report });
    say::try_line(&if form == Form::Stream { say::event("error", error) } else { say::versioned(error) }.to_string())
}

fn print_text(report: &Report, code: ExitCode) -> io::Result<()> {
    use io::Write as _;
    let mut out = io::stderr().lock();
    if code == ExitCode::Interrupted {
        return writeln!(out);
    }
    writeln!(out, "{} {}", console::style("error:").for_stderr().red().bold(), report.message)?;
    if let Some(cause) = &report.cause {
        writeln!(out, "  cause: {cause}")?;
    }
    if let Some(hint) = &report.hint {
        writeln!(out, "   hint: {hint}")?;
    }
    Ok(())
}

/// An error with its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let all = std::iter::successors(Some(error), |error| (*error).source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn causes(failure: &Failure) -> Option<String> {
    let chain = std::iter::successors(failure.source(), |error| (*error).source());
    let text = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    (!text.is_empty()).then_some(text)
}

type Advice = (&'static str, ExitCode, Option<String>);

fn advice(failure: &Failure) -> Advice {
    let hint = |text: &str| Some(text.to_owned());
    match failure {
        Failure::Runtime(_) => ("runtime", ExitCode::Failure, None),
        Failure::Request(RequestError::Empty) => (
            "empty-request",
            ExitCode::Usage,
            hint("say what you want: `cmdai list the files here`, or see `cmdai --help`"),
        ),
        Failure::Request(RequestError::InputTooLong { .. }) => {
            ("request-too-long", ExitCode::Usage, hint("say it shorter, and pipe long material to standard input"))
        }
        Failure::Request(RequestError::ContextTooLong { .. }) => ("context-too-long", ExitCode::Usage, None),
        Failure::Stdin(_) => ("stdin", ExitCode::Failure, hint("use `< /dev/null` to give no input")),
        Failure::CurrentDirectory(_) => ("current-directory", ExitCode::Failure, hint("change to one that exists")),
        Failure::Terminal(_) => {
            ("terminal", ExitCode::Failure, hint("use `--yes` to fetch the model without a question"))
        }
        Failure::Settings(_) => (
            "settings",
            ExitCode::Configuration,
            hint("correct it, or use `--no-config` to go on without settings files"),
        ),
        Failure::Flag(_) => ("usage", ExitCode::Usage, hint("see `cmdai --help`")),
        Failure::Backends(_) => (
            "no-backend",
            ExitCode::NoBackend,
            hint("`cmdai backend status` tells more; `--backend embedded` needs no server"),
        ),
        Failure::UnknownBackend { .. } => ("backend-unknown", ExitCode::Usage, hint("see `cmdai backend list`")),
        Failure::NothingToCheck => (
            "nothing-to-check",
            ExitCode::Usage,
            hint("give it as one argument, such as `cmdai check 'ls -la'`, or on standard input"),
        ),
        Failure::NothingToFix => (
            "nothing-to-fix",
            ExitCode::Usage,
            hint("name it: `cmdai fix make test`; or let your shell tell the last one: `cmdai init --help`"),
        ),
        Failure::EndedWell { .. } => {
            ("ended-well", ExitCode::Usage, hint("name the command that is wrong: `cmdai fix make test`"))
        }
        Failure::NoScreen => (
            "no-screen",
            ExitCode::Usage,
            hint("that works inside tmux; elsewhere pipe it: `make 2>&1 | cmdai fix make`"),
        ),
        Failure::Man { .. } => ("man", ExitCode::Failure, hint("check the rights of the directory")),
        Failure::Hook(_) => {
            ("hook", ExitCode::Usage, hint("expected is a JSON object with `tool_input.command`, as agents send it"))
        }
        Failure::Worker(_) => ("worker", ExitCode::Failure, hint("requests are answered without it")),
        Failure::Stdout(_) => ("stdout", ExitCode::Failure, None),
        Failure::Model(error) => model::advice(error),
        Failure::NoRuntime(error) => model::runtime_advice(error),
        Failure::Pull(error) => model::pull_advice(error),
        Failure::PullDeclined => {
            ("model-declined", ExitCode::ModelNotFound, hint("use a file you have with `--model FILE.gguf`"))
        }
        Failure::Pipeline(error) => pipeline_advice(error),
        Failure::History(error) => history::advice(error),
        Failure::HistoryAction(error) => history::action_advice(error),
        Failure::Config(error) => config::advice(error),
        Failure::OneKey(_) => ("one-key", ExitCode::Usage, hint("such as `cmdai init nu --key ctrl-g`")),
        Failure::Interrupted => ("interrupted", ExitCode::Interrupted, None),
    }
}

fn pipeline_advice(error: &PipelineError) -> Advice {
    match error {
        PipelineError::Generate(GenerateError::Load(_)) => {
            ("model-load", ExitCode::ModelNotFound, Some("`cmdai -v` shows what is said of the file".to_owned()))
        }
        PipelineError::Generate(GenerateError::ContextOverflow { .. }) => (
            "context-overflow",
            ExitCode::Failure,
            Some("say it shorter, or use a model with a longer context".to_owned()),
        ),
        PipelineError::Generate(GenerateError::Timeout { .. }) => (
            "timeout",
            ExitCode::Failure,
            Some("allow more with `--timeout SECONDS`, or use a smaller model".to_owned()),
        ),
        PipelineError::Generate(GenerateError::Server(error)) => server_advice(error),
        PipelineError::Generate(GenerateError::Busy { .. }) => (
            "busy",
            ExitCode::NoBackend,
            Some("try again in a moment, or use `--no-worker` to run a model of your own".to_owned()),
        ),
        PipelineError::Generate(GenerateError::Inference(_) | GenerateError::Interrupted) => {
            ("inference", ExitCode::NoBackend, Some("`cmdai -v` shows more".to_owned()))
        }
        PipelineError::Refused(Refusal::CommentOnly { .. }) => {
            ("refused", ExitCode::NoCommand, Some("ask for something that one command can do".to_owned()))
        }
        PipelineError::Refused(_) => ("no-command", ExitCode::NoCommand, Some("say it in other words".to_owned())),
        PipelineError::Execute(ExecuteError::Start { shell, .. }) => {
            ("shell", ExitCode::Failure, Some(format!("install {shell}, or choose another with `--shell`")))
        }
    }
}

fn server_advice(error: &ServerError) -> Advice {
    let hint = match &error.failure {
        ServerFailure::Unreachable { .. } => "start the server, or check its address".to_owned(),
        ServerFailure::Timeout { .. } => {
            "the server is slow or hangs; allow more time or use another backend".to_owned()
        }
        ServerFailure::Unauthorized { .. } => "give the server's key in its variable or file".to_owned(),
        ServerFailure::UnknownModel { model } => {
            format!("fetch it on the server, for example with `ollama pull {model}`")
        }
        ServerFailure::Busy { .. } => "try again in a moment".to_owned(),
        _ => "check that the address is that of an Ollama or OpenAI-compatible server".to_owned(),
    };
    ("server", ExitCode::NoBackend, Some(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_chain_of_causes_is_told() {
        let failure = Failure::Pipeline(PipelineError::Execute(ExecuteError::Start {
            shell: "fish".to_owned(),
            source: io::Error::from(io::ErrorKind::NotFound),
        }));
        assert_eq!(failure.to_string(), "could not start `fish`");
        assert_eq!(causes(&failure).as_deref(), Some("entity not found"));
    }

    #[test]
    fn a_reader_that_went_away_is_quiet_success() {
        let gone = Failure::Stdout(io::ErrorKind::BrokenPipe.into());
        assert_eq!(report(&gone, Form::Words), ExitCode::Ok);
    }
}
