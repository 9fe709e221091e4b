//! What takes long and runs beside the screen: the test of a backend, and fetching a model. Each in a thread with a runtime of its own,
//! which tells the screen through a channel; nobody waits for them at the end.

use super::state::{Model, Presence, Tested};
use crate::commands::backend;
use crate::{backends, models, terminal};
use cmdai_backends::model::catalog;
use cmdai_backends::model::download::{PullEvent, pull};
use cmdai_config::Settings;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::Sender;
use std::thread;

/// What a job tells.
pub(super) enum Report {
    Tested(String, Tested),
    Pulled(String, Presence),
}

/// The models of the catalog.
pub(in crate::commands::config) fn known() -> Vec<Model> {
    let here = models::store().list();
    let is_here = |id: &str| here.iter().any(|model| model.in_store && model.file.id == id);
    let model = |entry: &catalog::CatalogEntry| Model {
        id: entry.id.to_owned(),
        about: format!("{}, license {}.", entry.title, entry.license),
        bytes: entry.bytes,
        state: if is_here(entry.id) { Presence::Here } else { Presence::Missing },
    };
    catalog::all().iter().map(model).collect()
}

/// Asks a backend for one small command, with settings that need not be saved.
pub(super) fn test(name: String, settings: Settings, to: &Sender<Report>) {
    let failed = (to.clone(), name.clone());
    let work = async move || {
        let servers = backends::servers(&settings);
        match backend::ask(&settings, &servers, &name).await {
            Ok(tested) => {
                Tested::Answered(format!("answers after {} ms: {}", tested.total.as_millis(), tested.command))
            }
            Err(why) => Tested::Failed(terminal::one_line(&why)),
        }
    };
    let run = {
        let (to, name) = failed.clone();
        move || {
            let result = block_on(work).unwrap_or_else(|why| Tested::Failed(why.to_string()));
            // The screen may be gone.
            let _ = to.send(Report::Tested(name, result));
        }
    };
    if let Err(why) = thread::Builder::new().name("test".to_owned()).spawn(run) {
        let (to, name) = failed;
        let _ = to.send(Report::Tested(name, Tested::Failed(why.to_string())));
    }
}

/// Fetches a model, telling how far it is.
pub(super) fn fetch(id: String, settings: &Settings, to: &Sender<Report>) {
    let cmdai_config::Model { offline, cache_gb, .. } = settings.model;
    let failed = (to.clone(), id.clone());
    let to = to.clone();
    let run = move || {
        let (end, name) = (to.clone(), id.clone());
        let work = async move || {
            let Some(entry) = catalog::find(&id) else { return Presence::Missing };
            let store = models::store();
            let mut told = 0;
            let mut show = |event: PullEvent| {
                if let PullEvent::Progress { done, total } = event {
                    let percent = (done * 100).checked_div(total).unwrap_or(0);
                    if percent > told {
                        told = percent;
                        let _ = to.send(Report::Pulled(id.clone(), Presence::Coming(percent)));
                    }
                }
            };
            match pull(&store, entry, &models::options(offline), &mut show).await {
                Ok(_) => {
                    // What is too much goes, as with `cmdai model pull`; that it could not is no failure of this.
                    let _ = store.gc(cache_gb.saturating_mul(1_000_000_000), &[entry.id]);
                    Presence::Here
                }
                Err(error) => Presence::Failed(crate::errors::chain(&error)),
            }
        };
        let result = block_on(work).unwrap_or_else(|why| Presence::Failed(why.to_string()));
        let _ = end.send(Report::Pulled(name, result));
    };
    if let Err(why) = thread::Builder::new().name("fetch".to_owned()).spawn(run) {
        let (to, id) = failed;
        let _ = to.send(Report::Pulled(id, Presence::Failed(why.to_string())));
    }
}

/// Runs it to its end on this thread.
fn block_on<T>(work: impl AsyncFnOnce() -> T) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The screen waits for a report, so a panic is one.
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(work())));
    runtime.shutdown_background();
    result.map_err(|_| std::io::Error::other("it ended unexpectedly; the log has more"))
}
