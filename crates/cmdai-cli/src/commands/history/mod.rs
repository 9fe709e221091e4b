//! `cmdai history`: what was asked and run before.
//!
//! The store does the work; here is what a person types and sees. Results go to standard output, everything said about them to
//! standard error. Text of the history was written by models and other programs, so it is made safe for a terminal where it is
//! shown; JSON and exports carry it as it is.
//! Invariant: nothing is deleted that was not shown and agreed to, or asked for with a flag that says so
//! (`nothing_is_deleted_without_a_yes`, `clear_takes_the_phrase`).

mod carry;
mod error;
mod forget;
mod health;
mod list;
mod mark;
mod redact;
mod screen;
mod show;
mod stats;
mod words;

pub use error::HistoryActionError;
pub use screen::measure;

use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_history::{HistoryAction, HistoryArgs};
use crate::say;
use cmdai_config::Settings;
use cmdai_history::{Notice, Store};
use uuid::Uuid;

/// Candidates named where an id is not enough.
const NAMED: u32 = 5;

/// Does one action.
///
/// # Errors
/// [`Failure::History`] or [`Failure::HistoryAction`].
pub async fn run(args: HistoryArgs, settings: &Settings) -> Result<u8, Failure> {
    if let Some(HistoryAction::Search(args)) = &args.action
        && args.interactive
    {
        return match screen::run(open(settings)?, args)? {
            Some(chosen) => crate::ask::again(chosen.request, chosen.command, settings).await,
            None => Ok(ExitCode::Declined.number()),
        };
    }
    act(args, settings).await.map(ExitCode::number)
}

async fn act(args: HistoryArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let open = || open(settings);
    let Some(action) = args.action else { return list::run(&open()?, &args.list) };
    match action {
        HistoryAction::List(args) => list::run(&open()?, &args),
        HistoryAction::Search(args) => list::search(&open()?, &args),
        HistoryAction::Show { id, json } => show::run(&open()?, &id, json),
        HistoryAction::Delete(args) => forget::delete(open()?, args).await,
        HistoryAction::Stats { top, json } => stats::run(&open()?, top, json),
        HistoryAction::Export(args) => carry::export(&open()?, &args),
        HistoryAction::Import { file, from, json } => carry::import(&mut open()?, file, from.into(), json),
        HistoryAction::Backup { file } => carry::backup(&open()?, &file),
        HistoryAction::Doctor { repair, recover, json } => health::doctor(&mut open()?, repair, recover, json),
        HistoryAction::Scan { apply, json } => health::scan(&mut open()?, apply, json),
        HistoryAction::Pause => mark::pause(&mut open()?, true),
        HistoryAction::Resume => mark::pause(&mut open()?, false),
        HistoryAction::Clear { yes_delete_everything } => forget::clear(open()?, yes_delete_everything).await,
        HistoryAction::Favourite { ids, off } => mark::favourite(&mut open()?, &ids, !off),
        HistoryAction::Tag { id, tags, remove } => mark::tag(&mut open()?, &id, &tags, remove),
        HistoryAction::Redact { text, explain, json } => {
            redact::run(&text, explain, json, &crate::settings::redactor(settings).hiding())
        }
    }
}

/// The store of this user, after telling what a person should know of it.
fn open(settings: &Settings) -> Result<Store, Failure> {
    let mut store = crate::history::open(settings)?;
    // That writing is slow is told by `doctor`; here it would be said every time.
    for notice in store.notices().iter().filter(|notice| **notice != Notice::NoWriteAheadLog) {
        say::warn(&crate::history::words(notice));
    }
    Ok(store)
}

/// The one entry whose id begins so.
fn resolve(store: &Store, prefix: &str) -> Result<Uuid, Failure> {
    let given = prefix.trim().to_owned();
    if given.is_empty() || !given.chars().all(|c| c == '-' || c.is_ascii_hexdigit()) {
        return Err(HistoryActionError::NotAnId { given }.into());
    }
    let found = store.ids(&given, NAMED + 1)?;
    match found.as_slice() {
        [] => Err(HistoryActionError::NoSuchEntry { given }.into()),
        [id] => Ok(*id),
        many => {
            let some = many.iter().take(NAMED as usize).map(|id| store.short_id(*id)).collect::<Result<_, _>>()?;
            Err(HistoryActionError::Ambiguous { given, some }.into())
        }
    }
}
