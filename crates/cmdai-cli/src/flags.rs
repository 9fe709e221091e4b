//! The command line, defined once: parsing, `--help` and completions all come from here.
//!
//! A bare request is the default and the words of subcommands are reserved: `cmdai model list` manages models, and
//! `cmdai -- model a house` asks. Flags may stand anywhere before `--`.

use crate::say::Form;
use clap::{Args, CommandFactory, Parser, Subcommand};
use cmdai_core::request::{SafetyLevel, ShellType};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Turns a request in plain language into one shell command, with a model on your own machine.
#[derive(Debug, Parser)]
#[command(name = "cmdai", version, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(after_help = EXAMPLES)]
pub struct Cli {
    /// What to do besides asking.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// A request.
    #[command(flatten)]
    pub ask: AskArgs,
    /// Tell on standard error what happens; twice for more
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Settings file to read in the place of your own
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Read no settings file
    #[arg(long, global = true, conflicts_with = "config")]
    pub no_config: bool,
}

const EXAMPLES: &str = "\
Examples:
  cmdai find logs over 10 MB changed this week
  cmdai -q count the lines of all rust files
  cat err.log | cmdai why does this fail
  cmdai --json 'show disk usage of this folder'
  cmdai -- model names in lower case

On a terminal cmdai asks before it runs a command. Elsewhere it prints the command and runs
nothing. Nothing leaves your machine, except to fetch a model when you agree to it, and to servers
that you set up and allow.

Exit status: 0 done, 1 failure, 2 usage, 3 blocked, 4 configuration, 5 model not found or
unusable, 6 declined, 7 no valid command, 8 no backend, 130 interrupted; a command that was run
passes its own on.";

impl Cli {
    /// In which form results and errors are given.
    #[must_use]
    pub const fn form(&self) -> Form {
        let ask = match &self.command {
            Some(Command::Fix(fix)) => &fix.ask,
            _ => &self.ask,
        };
        if ask.json_stream {
            Form::Stream
        } else if self.wants_json() {
            Form::Json
        } else {
            Form::Words
        }
    }

    const fn wants_json(&self) -> bool {
        match &self.command {
            Some(Command::Check(check)) => check.json,
            Some(Command::Explain(explain)) => explain.json,
            Some(Command::Doctor(doctor)) => doctor.json,
            Some(Command::Fix(fix)) => fix.ask.json,
            Some(Command::History(history)) => history.wants_json(),
            Some(Command::Config(config)) => config.wants_json(),
            Some(Command::Backend(backend)) => match backend.action {
                BackendAction::List { json } | BackendAction::Test { json, .. } | BackendAction::Status { json } => {
                    json
                }
            },
            _ => self.ask.json,
        }
    }
}

/// Everything about a request.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Default, Args)]
pub struct AskArgs {
    /// What you want, in plain words; without it, standard input is the request
    #[arg(value_name = "REQUEST")]
    pub request: Vec<String>,
    /// Print the command alone and do not ask
    #[arg(short, long, conflicts_with = "json")]
    pub quiet: bool,
    /// Print the result as JSON and do not ask
    #[arg(long)]
    pub json: bool,
    /// Print what happens as JSON, one object a line as soon as it does, and do not ask
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    pub json_stream: bool,
    /// Show the command, its risk and what it would do to files, and end before the question: with 0, or 3 if it is blocked
    #[arg(long)]
    pub dry_run: bool,
    /// Never ask anything, as if there were no terminal
    #[arg(long)]
    pub no_input: bool,
    /// Fetch a missing model without asking (a command is never run without asking)
    #[arg(short, long)]
    pub yes: bool,
    /// Produce up to N different commands; the others are shown on a terminal and in --json [default: 1]
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=8))]
    pub alternatives: Option<u16>,
    /// Shell the command is for: bash, zsh, fish, sh, powershell, cmd or nu [default: the one you are in]
    #[arg(long, value_name = "SHELL")]
    pub shell: Option<ShellType>,
    /// Who answers: auto, embedded (the model inside cmdai) or a name from `cmdai backend list` [default: auto]
    #[arg(long, value_name = "NAME")]
    pub backend: Option<String>,
    /// Model of the embedded backend: a name from `cmdai model list`, a GGUF file, or a directory of MLX [default: qwen2.5-coder-1.5b]
    #[arg(long, value_name = "NAME|FILE")]
    pub model: Option<String>,
    /// How cautious to be: strict blocks high risk, moderate blocks critical risk, permissive blocks nothing [default: moderate]
    #[arg(long, value_name = "LEVEL")]
    pub safety: Option<SafetyLevel>,
    /// Let a blocked command through: on a terminal after a typed phrase, elsewhere it is printed
    #[arg(long)]
    pub allow_dangerous: bool,
    /// Load the model in this process and leave none behind to answer the next request faster
    #[arg(long)]
    pub no_worker: bool,
    /// Keep the model ready for this many seconds after the last request [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub keep_alive: Option<Duration>,
    /// Answer anew what was asked and accepted before, instead of from the history
    #[arg(long)]
    pub fresh: bool,
    /// Private: read nothing from the history and write nothing to it
    #[arg(long)]
    pub no_history: bool,
    /// Give up if no command is there after this many seconds [default: 120]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// The command goes onto a prompt line: see `cmdai widget`
    #[arg(skip)]
    pub for_line: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge a command, or a script on standard input, without running it
    #[command(after_help = crate::flags_check::HELP)]
    Check(crate::flags_check::CheckArgs),
    /// Explain a command part by part, without a model or with one sentence of it
    #[command(after_help = crate::flags_explain::HELP)]
    Explain(crate::flags_explain::ExplainArgs),
    /// Correct a command that failed: the one that is named, or the last one
    #[command(after_help = crate::flags_fix::HELP, mut_arg("request", |arg| arg
        .value_name("COMMAND")
        .help("The command that failed; without it, the last one of your shell")
        .trailing_var_arg(true)
        .allow_hyphen_values(true)), mut_arg("fresh", |arg| arg.help("Ask the model even where a slip of the keyboard is plain")))]
    Fix(Box<crate::flags_fix::FixArgs>),
    /// Try everything that cmdai needs, and tell what to do about what does not work
    #[command(after_help = crate::flags_doctor::HELP)]
    Doctor(crate::flags_doctor::DoctorArgs),
    /// Look at the backends that can answer, test them, and see why which one is chosen
    Backend(BackendArgs),
    /// Look at the settings and change them; without a subcommand, on the full screen
    Config(crate::flags_config::ConfigArgs),
    /// Look at the process that keeps the model ready, or end it
    Worker(WorkerArgs),
    /// Look at what was asked and run before, search it, and look after it
    History(Box<crate::flags_history::HistoryArgs>),
    /// Manage the models on this machine
    Model(crate::flags_model::ModelArgs),
    /// Print the manual page, or write those of all subcommands
    #[command(hide = true, after_help = crate::flags_man::HELP)]
    Man(crate::flags_man::ManArgs),
    /// Print a script that makes a shell complete commands, settings and their values
    Completions(crate::flags_completions::CompletionsArgs),
    /// Print a script that puts commands on the prompt line of a shell, by a key
    #[command(after_help = crate::flags_init::HELP)]
    Init(crate::flags_init::InitArgs),
    /// Turn the words on a prompt line into a command; for the scripts of `cmdai init`
    #[command(hide = true, after_help = crate::flags_init::WIDGET_HELP)]
    Widget(crate::flags_init::WidgetArgs),
}

/// `cmdai backend`.
#[derive(Debug, Args)]
pub struct BackendArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: BackendAction,
}

/// The actions of `cmdai backend`.
#[derive(Debug, Subcommand)]
pub enum BackendAction {
    /// List the backends there are, with protocol, address and model
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask each for one small command and tell how long it takes
    Test {
        /// Names from `cmdai backend list` [default: all]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell which one the next request goes to, why, and what was measured of each
    Status {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

/// `cmdai worker`.
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: WorkerAction,
}

/// The actions of `cmdai worker`.
#[derive(Debug, Subcommand)]
pub enum WorkerAction {
    /// Tell whether a worker is running, with which model, since when and in how much memory
    Status {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// End the worker once it has answered what it is answering
    Stop,
    /// Be the worker; started by a request, with its setup on standard input
    #[command(hide = true)]
    Serve,
}

/// Puts flags that may stand anywhere behind the subcommand they stand before: clap takes any flag before it for one of a request, and
/// the subcommand for its first word.
#[must_use]
pub fn subcommand_first(mut args: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    while let Some(arg) = args.get(at).and_then(|arg| arg.to_str()) {
        at += match arg {
            "--verbose" | "--no-config" => 1,
            "--config" => 2,
            _ if arg.starts_with("--config=") => 1,
            _ if arg.len() > 1 && arg.strip_prefix('-').is_some_and(|v| v.chars().all(|c| c == 'v')) => 1,
            _ => break,
        };
    }
    let is_subcommand = |arg: &OsString| Cli::command().get_subcommands().any(|sub| sub.get_name() == arg);
    if at > 1 && args.get(at).is_some_and(is_subcommand) {
        let subcommand = args.remove(at);
        args.insert(1, subcommand);
    }
    args
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds, such as 30 or 2.5".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|d| !d.is_zero())
        .ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("cmdai").chain(line.iter().copied()))
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    /// Where help is wrapped; a line that is longer is broken in the middle of its sense.
    #[test]
    fn no_line_of_help_is_longer_than_the_help_is_wide() {
        fn check(command: &clap::Command) {
            let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in text.lines() {
                assert!(line.chars().count() <= 100, "{}: {line}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn a_bare_request_is_the_default_and_flags_may_stand_anywhere() {
        let cli = parse(&["list", "files", "--json", "here"]).unwrap();
        assert_eq!(cli.ask.request, ["list", "files", "here"]);
        assert!(cli.ask.json && cli.command.is_none());
    }

    #[test]
    fn flags_that_may_stand_anywhere_may_stand_before_a_subcommand() {
        let moved = |line: &[&str]| {
            let line = std::iter::once("cmdai").chain(line.iter().copied()).map(OsString::from).collect();
            subcommand_first(line)
                .into_iter()
                .skip(1)
                .map(|arg| arg.into_string().unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(moved(&["-vv", "--config", "check", "check", "ls"]), "check -vv --config check ls");
        assert_eq!(moved(&["--no-config", "history", "search", "x"]), "history --no-config search x");
        for same in [&["-v", "list", "check"][..], &["-v", "--", "check"], &["-", "check"], &["-v"], &["--config"], &[]]
        {
            assert_eq!(moved(same), same.join(" "));
        }
    }

    #[test]
    fn a_double_dash_always_makes_a_request() {
        let cli = parse(&["-q", "--", "model", "list", "--json"]).unwrap();
        assert_eq!(cli.ask.request, ["model", "list", "--json"]);
        assert!(cli.ask.quiet && !cli.ask.json);
    }

    #[test]
    fn wrong_values_are_usage_errors() {
        for line in [["--timeout", "0"], ["--timeout", "x"], ["--shell", "tcsh"], ["-n", "0"]] {
            assert!(parse(&line).is_err(), "{line:?}");
        }
        assert!(parse(&["--quiet", "--json", "x"]).is_err());
    }

    /// Those of `cmdai` and of each subcommand, hidden ones too, as a shell would read them. What is run of them is run elsewhere.
    #[test]
    fn the_examples_of_every_help_are_command_lines() {
        let mut looked_at = 0;
        let mut todo = vec![Cli::command()];
        while let Some(next) = todo.pop() {
            todo.extend(next.get_subcommands().cloned());
            let below = next.get_after_help().map(ToString::to_string).unwrap_or_default();
            let Some((_, examples)) = below.split_once("Examples:\n") else { continue };
            for example in examples.lines().take_while(|line| line.starts_with("  ")) {
                let parsed = cmdai_safety::argv::read(example, ShellType::Bash);
                assert_eq!(parsed.broken, None, "{example}");
                let own = |words: &[&str]| words.first() == Some(&"cmdai");
                let lines = parsed.commands.iter().map(|one| one.words.iter().map(|word| word.text.as_str()).collect());
                let lines: Vec<Vec<&str>> = lines.filter(|words: &Vec<&str>| own(words)).collect();
                assert_eq!(lines.len(), 1, "{example}");
                let args = subcommand_first(lines[0].iter().map(OsString::from).collect());
                if let Err(error) = Cli::try_parse_from(args) {
                    panic!("{example}: {error}");
                }
                looked_at += 1;
            }
        }
        assert!(looked_at > 20, "{looked_at}");
    }
}
