//! Marks: favourites, tags, and the pause.

use super::resolve;
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use crate::terminal::sanitize;
use cmdai_history::Store;

/// `cmdai history favourite`.
pub(super) fn favourite(store: &mut Store, ids: &[String], on: bool) -> Result<ExitCode, Failure> {
    // All are found before any is changed.
    let ids = ids.iter().map(|id| resolve(store, id)).collect::<Result<Vec<_>, _>>()?;
    for id in ids {
        store.set_favourite(id, on)?;
        let what = if on { "a favourite, kept whatever the limits" } else { "no favourite" };
        say::line(&format!("{} is {what}", store.short_id(id)?))?;
    }
    Ok(ExitCode::Ok)
}

/// `cmdai history tag`.
pub(super) fn tag(store: &mut Store, id: &str, tags: &[String], remove: bool) -> Result<ExitCode, Failure> {
    let id = resolve(store, id)?;
    for tag in tags {
        let tag = tag.trim();
        if remove {
            store.untag(id, tag)?
        } else {
            store.tag(id, tag)?
        };
    }
    let now = store.get(id)?.map(|found| found.entry.tags).unwrap_or_default();
    let now = if now.is_empty() { "no tags".to_owned() } else { format!("the tags {}", now.join(" ")) };
    say::line(&format!("{} has {}", store.short_id(id)?, sanitize(&now)))?;
    Ok(ExitCode::Ok)
}

/// `cmdai history pause` and `resume`.
pub(super) fn pause(store: &mut Store, paused: bool) -> Result<ExitCode, Failure> {
    store.pause(paused)?;
    say::line(if paused { "nothing new is kept until `cmdai history resume`" } else { "new entries are kept" })?;
    Ok(ExitCode::Ok)
}
