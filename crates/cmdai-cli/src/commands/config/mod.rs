//! `cmdai config`: what counts and why, and changes of the user's file.
//!
//! Works with files that cannot be used, for this is where they are put right; such files end it with status 4 after it has shown what it
//! can. Results go to standard output, what is said about them to standard error. A change is refused before anything is written if it
//! would make something wrong that was not wrong before (held by `a_change_that_would_break_something_is_refused`).

mod book;
mod change;
pub(crate) mod choices;
mod edit;
mod error;
mod items;
mod prompts;
mod screen;
mod show;

pub use error::ConfigError;
pub use screen::measure;

use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_config::{ConfigAction, ConfigArgs};
use crate::say;
use crate::settings::{self, Found};
use crate::{probe, terminal};
use book::{Around, Book};
use cmdai_config::{Conflict, Diagnostic, Draft, Inputs, Layer, Loaded, Source, Value, combine, read_all};
use std::path::Path;

/// Does one action.
///
/// # Errors
/// [`Failure::Config`], or the terminal or standard output failed.
pub async fn run(args: ConfigArgs, found: Found) -> Result<ExitCode, Failure> {
    let Some(action) = args.action else {
        if !terminal::is_interactive() {
            return Err(ConfigError::NoScreen.into());
        }
        let book = opened(&found)?;
        if args.first_run {
            return prompts::first_run(book).await;
        }
        return match screen::open() {
            Some(screen) => screen::run(book, screen),
            None => prompts::run(book).await,
        };
    };
    if args.first_run {
        return Err(ConfigError::NotAlone { flag: "--first-run" }.into());
    }
    match action {
        ConfigAction::Get { key, json } => show::get(&found, &key, json),
        ConfigAction::Set { key, values, json } => change::set(&found, &key, &values, json),
        ConfigAction::Unset { key, json } => change::unset(&found, &key, json),
        ConfigAction::List { json } => show::list(&found, json),
        ConfigAction::Edit => edit::run(&found).await,
        ConfigAction::Path { json } => show::path(&found, json),
        ConfigAction::Validate { json } => show::validate(&found, json),
        ConfigAction::Schema => print(&format!("{:#}", cmdai_config::json_schema())),
        ConfigAction::Reference => print(cmdai_config::reference().trim_end()),
        ConfigAction::Example => print(cmdai_config::example_file().trim_end()),
        ConfigAction::Reset { key: Some(key), .. } => change::unset(&found, &key, false),
        ConfigAction::Reset { key: None, yes_reset_everything } => change::reset(&found, yes_reset_everything).await,
    }
}

/// Everything that counts, with the best that can be made of it.
fn load(found: &Found) -> Loaded {
    let Found { places, environment, flags } = found;
    cmdai_config::load_anyway(&Inputs { places, environment, flags, check: Some(&settings::check) })
}

/// What would count with this text in the place of the user's file.
fn load_with(found: &Found, others: &[Source], own: Source) -> Loaded {
    let mut sources = others.to_vec();
    sources.push(own);
    combine(&sources, &found.environment, &found.flags, found.places.home.as_deref(), Some(&settings::check))
}

/// All files but the user's.
fn others(found: &Found) -> Vec<Source> {
    read_all(&found.places).into_iter().filter(|source| source.layer() != Layer::User).collect()
}

/// The path of the user's file.
fn path(found: &Found) -> Result<&Path, ConfigError> {
    found.places.user.as_deref().ok_or(ConfigError::NoFile)
}

/// The user's file; one that is not there is an empty text.
fn own(found: &Found) -> Result<Source, ConfigError> {
    let path = path(found)?;
    let text = cmdai_config::read(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    Ok(Source::new(Layer::User, path, text.unwrap_or_default()))
}

/// Changes of the user's file that are not made yet.
fn draft(found: &Found) -> Result<Draft, ConfigError> {
    Draft::new(&own(found)?).map_err(|error| ConfigError::from_edit(error, path(found).unwrap_or(Path::new(""))))
}

/// The user's file to be changed, with everything around it.
fn opened(found: &Found) -> Result<Book, Failure> {
    let shell = probe::shell();
    let around = Around {
        files: others(found),
        environment: found.environment.clone(),
        flags: found.flags.clone(),
        home: found.places.home.clone(),
        context: Some(probe::capture(shell).map_err(Failure::CurrentDirectory)?),
    };
    Ok(Book::new(draft(found)?, around))
}

/// What somebody else changed as well.
fn conflict_words(conflict: &Conflict) -> String {
    let shown = |value: &Option<Value>| {
        value.as_ref().map_or_else(|| "not set".to_owned(), |value| terminal::one_line(&value.to_string()))
    };
    format!("{}: the file says {}, you say {}", conflict.key, shown(&conflict.theirs), shown(&conflict.ours))
}

/// What is wrong after a change and was not wrong before.
fn new_errors<'d>(before: &[Diagnostic], after: &'d [Diagnostic]) -> Vec<&'d Diagnostic> {
    let is_new =
        |one: &&Diagnostic| !before.iter().any(|other| (&other.key, &other.problem) == (&one.key, &one.problem));
    after.iter().filter(|one| one.is_error()).filter(is_new).collect()
}

fn print(text: &str) -> Result<ExitCode, Failure> {
    say::line(text)?;
    Ok(ExitCode::Ok)
}
