//! Deletes: what was named and shown, or everything after a typed phrase.
//!
//! What is shown is what goes: entries made after the question was put are not in it.

use super::{HistoryActionError, resolve, words};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_history::DeleteArgs;
use crate::say;
use crate::terminal;
use chrono::Utc;
use cmdai_core::record::HistoryEntry;
use cmdai_history::{Deleted, HistoryError, SearchQuery, Store};
use serde_json::json;

/// What must be typed before everything goes.
const PHRASE: &str = "delete my history";

/// `cmdai history delete`.
pub(super) async fn delete(mut store: Store, args: DeleteArgs) -> Result<ExitCode, Failure> {
    let queries = queries(&store, &args)?;
    let mut would = Vec::with_capacity(queries.len());
    for query in &queries {
        would.push(store.would_delete(query)?);
    }
    let total: u64 = would.iter().map(|deleted| deleted.entries).sum();
    let newest: Vec<&HistoryEntry> = would.iter().flat_map(|d| &d.newest).map(|found| &found.entry).collect();
    if !args.json {
        show(&store, &newest, total)?;
    }
    let wanted = total > 0 && !args.dry_run && (args.yes || agrees(total).await?);
    let report = |deleted: bool, scrubbed: bool| {
        say::json(json!({ "entries": total, "newest": newest, "deleted": deleted, "scrubbed": scrubbed }))
    };
    if !wanted {
        if args.json {
            report(false, false)?;
        }
        let may_stay = total == 0 || args.dry_run;
        return if may_stay || args.json { Ok(code(may_stay)) } else { Err(HistoryActionError::NobodyAgreed.into()) };
    }
    let mut gone = Vec::with_capacity(queries.len());
    for query in &queries {
        match store.delete(query) {
            Ok(deleted) => gone.push(deleted),
            Err(HistoryError::EmptyQuery) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let scrubbed = gone.iter().filter(|d| d.entries > 0).all(|deleted| deleted.scrubbed);
    if args.json {
        report(true, scrubbed)?;
    } else {
        say::line(&format!("deleted {}", entries(gone.iter().map(|deleted: &Deleted| deleted.entries).sum())))?;
    }
    if !scrubbed {
        say::note("another cmdai is using the history; the bytes are gone from its log when that one has ended");
    }
    Ok(ExitCode::Ok)
}

const fn code(done: bool) -> ExitCode {
    if done { ExitCode::Ok } else { ExitCode::Declined }
}

/// One query for each id, or one for all flags. None reaches beyond now.
fn queries(store: &Store, args: &DeleteArgs) -> Result<Vec<SearchQuery>, Failure> {
    let mut query = args.filter.query(args.text.clone().unwrap_or_default(), args.mode.mode());
    if query.is_empty() && args.ids.is_empty() {
        return Err(HistoryError::EmptyQuery.into());
    }
    let after_now = Utc::now() + chrono::Duration::milliseconds(1);
    if args.ids.is_empty() {
        query.to = Some(query.to.map_or(after_now, |to| to.min(after_now)));
        return Ok(vec![query]);
    }
    let mut ids = args.ids.iter().map(|id| resolve(store, id)).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids.into_iter().map(|id| SearchQuery { id: Some(id), ..query.clone() }).collect())
}

fn show(store: &Store, newest: &[&HistoryEntry], total: u64) -> Result<(), Failure> {
    for entry in newest {
        say::line(&words::line(store, entry, None)?)?;
    }
    let unseen = total.saturating_sub(newest.len() as u64);
    if unseen > 0 {
        say::line(&format!("… and {unseen} older"))?;
    }
    if total == 0 {
        say::line("nothing fits, so nothing would be deleted")
    } else {
        say::line(&format!("{} in all", entries(total)))
    }
}

async fn agrees(total: u64) -> Result<bool, Failure> {
    if !terminal::can_ask() {
        return Ok(false);
    }
    let question = format!("Delete {} for good? [y/N] ", entries(total));
    terminal::ask_yes_no(question, false).await.map_err(Failure::Terminal)
}

fn entries(count: u64) -> String {
    say::count(count, "entry", "entries")
}

/// `cmdai history clear`.
pub(super) async fn clear(mut store: Store, agreed: bool) -> Result<ExitCode, Failure> {
    let total = store.len()?;
    if total == 0 {
        say::line("the history is empty")?;
        return Ok(ExitCode::Ok);
    }
    if !agreed && !types_phrase(total).await? {
        return Err(HistoryActionError::NotCleared.into());
    }
    say::line(&format!("deleted {}", entries(store.clear()?)))?;
    Ok(ExitCode::Ok)
}

async fn types_phrase(total: u64) -> Result<bool, Failure> {
    if !terminal::can_ask() {
        return Ok(false);
    }
    let question = format!("This deletes {} for good. Type `{PHRASE}` to do it: ", entries(total));
    let line = terminal::ask_line(question).await.map_err(Failure::Terminal)?;
    Ok(line.is_some_and(|line| line.trim() == PHRASE))
}
