//! `cmdai completions SHELL`: the script that makes a shell complete, and the answers to it.
//!
//! The script calls this program with what was typed, so that keys, values and the names of backends are those of this version and of
//! the user's settings at that moment; it is best loaded anew with each shell. nushell has no place for such a script that does not
//! have to be set up first, so it gets a fixed one, in which keys are complete and values are not.
//! Price: clap calls this part of it unstable, so its version is fixed in the root manifest.

use crate::commands::config::choices::choices;
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags::Cli;
use crate::flags_completions::{CompletionShell, CompletionsArgs};
use crate::say;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{EnvCompleter, Shells};
use cmdai_backends::model::catalog;
use cmdai_config::schema::{self, BACKEND_FIELDS, SETTINGS};
use cmdai_config::{Environment, Inputs, Key, Places};
use cmdai_core::request::Platform;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

/// Set by the script, to the name of the shell.
const ASKING: &str = "CMDAI_COMPLETE";
const PROGRAM: &str = "cmdai";
/// The actions of `cmdai config` that take a key.
const WITH_KEY: [&str; 4] = ["get", "set", "unset", "reset"];

/// Prints the script.
///
/// # Errors
/// Standard output is gone.
pub fn run(args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    match shell(args.shell) {
        Some(shell) => {
            shell.write_registration(ASKING, PROGRAM, PROGRAM, PROGRAM, &mut script).map_err(Failure::Stdout)?;
        }
        None => clap_complete::generate(clap_complete_nushell::Nushell, &mut fixed(), PROGRAM, &mut script),
    }
    say::line(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitCode::Ok)
}

/// Answers the script, if it is what called us: `args` are those of the process, with what was typed behind `--`.
#[must_use]
pub fn answer(args: &[OsString]) -> Option<u8> {
    let asking = std::env::var(ASKING).ok().filter(|name| !name.is_empty())?;
    let typed = args.iter().skip_while(|arg| *arg != "--").skip(1).cloned().collect::<Vec<_>>();
    let told = || -> io::Result<()> {
        let shells = Shells::builtins();
        let shell = shells.completer(&asking).ok_or(io::ErrorKind::Unsupported)?;
        let mut answer = Vec::new();
        shell.write_complete(
            &mut asked(&typed, &backends()),
            typed,
            std::env::current_dir().ok().as_deref(),
            &mut answer,
        )?;
        let mut out = io::stdout().lock();
        out.write_all(&answer)?;
        out.flush()
    };
    // A message would end up on the line that is being typed.
    Some(if told().is_ok() { ExitCode::Ok.number() } else { ExitCode::Failure.number() })
}

fn shell(shell: CompletionShell) -> Option<&'static dyn EnvCompleter> {
    use clap_complete::env;
    Some(match shell {
        CompletionShell::Bash => &env::Bash,
        CompletionShell::Zsh => &env::Zsh,
        CompletionShell::Fish => &env::Fish,
        CompletionShell::Powershell => &env::Powershell,
        CompletionShell::Elvish => &env::Elvish,
        CompletionShell::Nushell => return None,
    })
}

/// The command line with what can stand in each place, `typed` being the line so far.
fn asked(typed: &[OsString], backends: &[String]) -> Command {
    let set = key_of_set(typed);
    let with_flags = |command: Command| command.mut_args(|arg| with_setting(arg, backends));
    let models = || ArgValueCandidates::new(|| catalog::all().iter().map(|model| model.id.into()).collect());
    let mut command = with_flags(Cli::command())
        .mut_subcommand("check", with_flags)
        .mut_subcommand("fix", with_flags)
        .mut_subcommand("model", |model| {
            let with_names =
                |action: Command| action.mut_args(|arg| if is_name(&arg) { arg.add(models()) } else { arg });
            ["pull", "rm", "verify", "path"]
                .into_iter()
                .fold(model, |model, name| model.mut_subcommand(name, with_names))
        })
        .mut_subcommand("backend", |backend| {
            backend.mut_subcommand("test", |test| {
                let all: Vec<String> = std::iter::once(schema::EMBEDDED.to_owned()).chain(backends.to_vec()).collect();
                test.mut_args(|arg| if is_name(&arg) { arg.add(words(all.clone())) } else { arg })
            })
        });
    for action in WITH_KEY {
        let (names, takes_backends) = (backends.to_vec(), action == "unset");
        let keys = ArgValueCandidates::new(move || keys(&names, takes_backends));
        command = command.mut_subcommand("config", |config| {
            config.mut_subcommand(action, |action| argument(action, "key", |arg| arg.add(keys.clone())))
        });
    }
    let values = set.map(|key| choices(&key, backends.to_vec())).unwrap_or_default();
    command.mut_subcommand("config", |config| {
        config.mut_subcommand("set", |set| argument(set, "values", |arg| arg.add(words(values.clone()))))
    })
}

/// The command with one argument changed. (`mut_arg` would put it behind the others, and positional ones count by their order.)
fn argument(command: Command, id: &str, change: impl Fn(Arg) -> Arg) -> Command {
    command.mut_args(|arg| if arg.get_id() == id { change(arg) } else { arg })
}

fn is_name(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "name" | "names")
}

/// A flag that sets something takes what its setting takes.
fn with_setting(arg: Arg, backends: &[String]) -> Arg {
    let Some((setting, _)) = arg.get_long().and_then(|long| schema::flag(&format!("--{long}"))) else { return arg };
    let Ok(key) = Key::parse(setting.key) else { return arg };
    if !arg.get_action().takes_values() {
        return arg;
    }
    let values = choices(&key, backends.iter().cloned());
    if values.is_empty() { arg } else { arg.add(words(values)) }
}

fn words(words: Vec<String>) -> ArgValueCandidates {
    ArgValueCandidates::new(move || words.iter().map(CompletionCandidate::new).collect())
}

/// The key whose value is being typed.
fn key_of_set(typed: &[OsString]) -> Option<Key> {
    let words: Vec<&str> =
        typed.iter().filter_map(|word| word.to_str()).filter(|word| !word.starts_with('-')).collect();
    let at = words.windows(2).position(|pair| pair == ["config", "set"])?;
    words.get(at + 2).and_then(|key| Key::parse(key).ok())
}

/// Every key, those of the fields of each backend among them.
fn keys(backends: &[String], takes_backends: bool) -> Vec<CompletionCandidate> {
    let plain = SETTINGS.iter().map(|setting| (setting.key.to_owned(), setting.title));
    let fields = |name: &String| {
        let name = name.clone();
        BACKEND_FIELDS.iter().map(move |field| (format!("backends.{name}.{}", field.key), field.title))
    };
    let whole =
        backends.iter().filter(|_| takes_backends).map(|name| (format!("backends.{name}"), "All of this backend"));
    plain
        .chain(whole)
        .chain(backends.iter().flat_map(fields))
        .map(|(key, title)| CompletionCandidate::new(key).help(Some(title.into())))
        .collect()
}

/// The names of the backends that are set up. Settings that are wrong complete as far as they are right.
fn backends() -> Vec<String> {
    let environment: Environment = std::env::vars_os().collect();
    let Ok(cwd) = std::env::current_dir() else { return Vec::new() };
    let places = Places::find(Platform::current(), &environment, &cwd, &Path::exists);
    let loaded =
        cmdai_config::load_anyway(&Inputs { places: &places, environment: &environment, flags: &[], check: None });
    loaded.settings.backends.into_keys().collect()
}

/// The command line for a script that cannot ask: keys are those that there always are.
fn fixed() -> Command {
    WITH_KEY.into_iter().fold(Cli::command(), |command, action| {
        command.mut_subcommand("config", |config| {
            config.mut_subcommand(action, |action| {
                let keys = || PossibleValuesParser::new(SETTINGS.iter().map(|setting| setting.key));
                argument(action, "key", |arg| arg.value_parser(keys()))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(line: &str) -> Vec<String> {
        let typed: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let at = typed.len() - 1;
        let found = clap_complete::engine::complete(&mut asked(&typed, &["desk".to_owned()]), typed, at, None).unwrap();
        found.iter().map(|candidate| candidate.get_value().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn keys_and_values_come_from_the_schema() {
        for setting in SETTINGS {
            for action in WITH_KEY {
                let found = complete(&format!("cmdai config {action} {}", setting.key));
                assert!(found.iter().any(|key| key == setting.key), "{action} {}: {found:?}", setting.key);
            }
            let found = complete(&format!("cmdai config set {} ", setting.key));
            let values: Vec<&String> = found.iter().filter(|word| !word.starts_with('-')).collect();
            let key = Key::parse(setting.key).unwrap();
            assert_eq!(values, choices(&key, ["desk".to_owned()]).iter().collect::<Vec<_>>(), "{}", setting.key);
        }
        assert_eq!(complete("cmdai config set safety.level s"), ["strict"]);
        assert_eq!(complete("cmdai config unset backends.desk.u"), ["backends.desk.url"]);
        assert_eq!(complete("cmdai config set backend.preferred d"), ["desk"]);
        assert_eq!(complete("cmdai check --safety p"), ["permissive"]);
        assert_eq!(complete("cmdai --safety=p"), ["--safety=permissive"]);
        assert_eq!(complete("cmdai model path smol"), ["smollm2-135m"]);
        assert!(complete("cmdai conf").contains(&"config".to_owned()));
    }
}
