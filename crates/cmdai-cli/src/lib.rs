//! The command line of cmdai: wires the crates together and owns terminal, files, processes and environment.
//!
//! In flow order: [`flags`] says what can be asked, [`ask`] takes one request through the pipeline, [`commands`] are the
//! subcommands, [`errors`] is the only place that words failures and picks exit codes.

pub mod flags;
pub mod flags_history;
pub mod flags_check;
pub mod flags_completions;
pub mod flags_config;
pub mod flags_doctor;
pub mod flags_explain;
pub mod flags_fix;
pub mod flags_man;
pub mod flags_model;
pub mod flags_filter;
pub mod flags_init;
pub mod moment;
pub mod exit_code;
pub mod errors;
pub mod dirs;
pub mod settings;
pub mod say;
mod system;
pub mod terminal;
mod clipboard;
mod screen;
pub mod logging;
pub mod probe;
pub mod peek;
pub mod preview;
pub mod risk;
pub mod verify;
mod explain;
pub mod history;
pub mod models;
pub mod ask;
pub mod worker;
pub mod backends;
pub mod commands;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use cmdai_config::Settings;
use exit_code::ExitCode;
use flags::{Cli, Command};
use say::Form;
use std::ffi::OsString;
use std::io::Write;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Runs the program with `args` (the first is its own name); returns its exit status. `started` is when the process began.
pub fn run(args: impl IntoIterator<Item = OsString>, started: Instant) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(code) = commands::completions::answer(&args) {
        return code;
    }
    let args = flags::subcommand_first(args);
    let parsed =
        Cli::command().try_get_matches_from(&args).and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error, form_of(&args)),
    };
    let form = cli.form();
    let on_a_line = matches!(cli.command, Some(Command::Widget(_)));
    let result =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(errors::Failure::Runtime).and_then(
            |runtime| {
                logging::start(cli.verbose);
                let code = runtime.block_on(dispatch(cli, &matches, started));
                // A question that nobody answered or a load that nobody needs any more must not hold up the end.
                runtime.shutdown_background();
                code
            },
        );
    screen::keys::give_back();
    match result {
        Ok(code) => code,
        Err(failure) if on_a_line => errors::report_on_a_line(&failure).number(),
        Err(failure) => errors::report(&failure, form).number(),
    }
}

/// Does what was asked until it is done or Ctrl-C is pressed. While a command runs, Ctrl-C belongs to that command.
async fn dispatch(cli: Cli, matches: &ArgMatches, started: Instant) -> Result<u8, errors::Failure> {
    let work = async {
        // It is given its setup, and serves others than the one whose settings these are.
        if let Some(Command::Worker(args)) = cli.command {
            return commands::worker::run(args).await.map(ExitCode::number);
        }
        // A shell that starts loads it, whatever the settings are.
        if let Some(Command::Completions(args)) = &cli.command {
            return commands::completions::run(args).map(ExitCode::number);
        }
        if let Some(Command::Man(args)) = &cli.command {
            return commands::man::run(args).map(ExitCode::number);
        }
        let found = settings::find(&cli, matches)?;
        if let Some(Command::Init(args)) = &cli.command {
            return commands::init::run(args, &found).map(ExitCode::number);
        }
        // Settings that cannot be used are put right with it.
        if let Some(Command::Config(args)) = cli.command {
            obey(&found.load_anyway());
            return commands::config::run(args, found).await.map(ExitCode::number);
        }
        // What is wrong with the settings is one of its findings.
        if let Some(Command::Doctor(args)) = cli.command {
            obey(&found.load_anyway());
            return commands::doctor::run(args, &found).await.map(ExitCode::number);
        }
        let settings = found.load()?;
        obey(&settings);
        match cli.command {
            Some(Command::Model(args)) => commands::model::run(args, &settings).await,
            Some(Command::Backend(args)) => commands::backend::run(args, &settings).await,
            Some(Command::Worker(args)) => commands::worker::run(args).await,
            Some(Command::Config(args)) => commands::config::run(args, found).await,
            Some(Command::Doctor(args)) => commands::doctor::run(args, &found).await,
            Some(Command::Check(args)) => commands::check::run(&args, &settings),
            Some(Command::Explain(args)) => commands::explain::run(&args, &settings).await,
            Some(Command::Completions(args)) => commands::completions::run(&args),
            Some(Command::Man(args)) => commands::man::run(&args),
            Some(Command::Init(args)) => commands::init::run(&args, &found),
            Some(Command::Widget(args)) => return commands::widget::run(args, &settings, started).await,
            Some(Command::History(args)) => return commands::history::run(*args, &settings).await,
            Some(Command::Fix(args)) => return commands::fix::run(*args, &settings, started).await,
            None => return ask::run(cli.ask, &settings, started).await,
        }
        .map(ExitCode::number)
    };
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            Ok(()) = tokio::signal::ctrl_c() => {
                if !ask::run::CHILD_RUNNING.load(Ordering::SeqCst) {
                    return Err(errors::Failure::Interrupted);
                }
            }
        }
    }
}

/// What the settings say of the program as a whole.
fn obey(settings: &Settings) {
    terminal::use_colours(settings.interface.colour);
    logging::use_level(&settings.logging.level);
}

/// The form that a command line asks for which is none.
fn form_of(args: &[OsString]) -> Form {
    let says = |flag: &str| args.iter().any(|arg| arg == flag);
    match (says("--json-stream"), says("--json")) {
        (true, _) => Form::Stream,
        (false, true) => Form::Json,
        (false, false) => Form::Words,
    }
}

/// Prints what `--help` and `--version` ask for, or words a usage error; as JSON where that was asked for.
fn usage(error: &clap::Error, form: Form) -> u8 {
    let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // Nothing can be done about a terminal that is gone.
    let _ = match form {
        Form::Json | Form::Stream if !is_answer => errors::print_usage_json(error, form),
        _ => error.print(),
    };
    let _ = std::io::stdout().flush();
    if is_answer { ExitCode::Ok.number() } else { ExitCode::Usage.number() }
}
