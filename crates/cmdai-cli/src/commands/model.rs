//! `cmdai model`: what models are here, and getting, checking and removing them.

use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_model::{ModelAction, ModelArgs};
use crate::models::{self, megabytes};
use crate::say;
use cmdai_backends::model::catalog::{self, CatalogEntry};
use cmdai_backends::model::{Freed, ListedModel, ModelError, ModelRef, ModelStore};
use cmdai_config::Settings;
use serde_json::json;

/// Runs one action.
///
/// # Errors
/// What went wrong with the first model that did not work.
pub async fn run(args: ModelArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let store = models::store();
    let default = default(&settings.model);
    match args.action {
        ModelAction::List { json: true } => list_json(&store, default)?,
        ModelAction::List { json: false } => list(&store, default)?,
        ModelAction::Pull { names, .. } => pull(&store, &names, &settings.model).await?,
        ModelAction::Rm { names } => {
            for name in names {
                say_freed(&store.remove(entry(&name)?.id)?)?;
            }
        }
        ModelAction::Verify { names } => verify(&store, names)?,
        ModelAction::Path { name } => {
            let entry = name.map_or(Ok(default), |name| entry(&name))?;
            say::line(&store.path(entry.id)?.display().to_string())?;
        }
        ModelAction::Gc { .. } => say_freed(&store.gc(gigabytes(settings.model.cache_gb), &[])?)?,
    }
    Ok(ExitCode::Ok)
}

async fn pull(store: &ModelStore, names: &[String], settings: &cmdai_config::Model) -> Result<(), Failure> {
    let options = models::options(settings.offline);
    let wanted = if names.is_empty() {
        vec![default(settings)]
    } else {
        names.iter().map(|n| entry(n)).collect::<Result<_, _>>()?
    };
    for model in &wanted {
        let file = models::pull(store, model, &options).await?;
        say::line(&format!("{} is at {}", file.id, file.path.display()))?;
    }
    let keep: Vec<&str> = wanted.iter().map(|entry| entry.id).collect();
    let freed = store.gc(gigabytes(settings.cache_gb), &keep)?;
    if freed.files.is_empty() { Ok(()) } else { say_freed(&freed) }
}

fn verify(store: &ModelStore, names: Vec<String>) -> Result<(), Failure> {
    let names = if names.is_empty() { installed(store).map(|model| model.file.id).collect() } else { names };
    for name in names {
        let id = entry(&name)?.id;
        let file = store.verify(id, &mut models::hashing(&ModelRef::parse(id)?))?;
        say::line(&format!("{id} is whole: {}", file.sha256))?;
    }
    Ok(())
}

/// The default model of the settings; where that is a path, the one of the catalog.
fn default(settings: &cmdai_config::Model) -> &'static CatalogEntry {
    catalog::find(&settings.default).unwrap_or_else(catalog::default_model)
}

fn list(store: &ModelStore, default: &CatalogEntry) -> Result<(), Failure> {
    let here: Vec<ListedModel> = installed(store).collect();
    say::line(&format!("{:<20} {:>8}  {:<10}  {}", "NAME", "SIZE", "LICENSE", "STATE"))?;
    for entry in catalog::all() {
        let state = match here.iter().find(|model| model.file.id == entry.id) {
            Some(model) if model.verified => "here, verified",
            Some(_) => "here, will be checked at its next use",
            None => "not here",
        };
        let default = if entry == default { " (default)" } else { "" };
        say::line(&format!("{:<20} {:>8}  {:<10}  {state}{default}", entry.id, megabytes(entry.bytes), entry.license))?;
    }
    Ok(())
}

fn list_json(store: &ModelStore, default: &CatalogEntry) -> Result<(), Failure> {
    let catalog: Vec<_> = catalog::all()
        .iter()
        .map(|e| json!({"id": e.id, "title": e.title, "bytes": e.bytes, "sha256": e.sha256, "files": e.files().iter().map(|f| f.file).collect::<Vec<_>>(), "license": e.license, "tested": e.tested}))
        .collect();
    say::json(json!({
        "default": default.id,
        "catalog": catalog,
        "installed": store.list(),
    }))
}

fn installed(store: &ModelStore) -> impl Iterator<Item = ListedModel> {
    store.list().into_iter().filter(|model| model.in_store)
}

fn entry(name: &str) -> Result<&'static CatalogEntry, ModelError> {
    catalog::find(name).ok_or_else(|| ModelError::Unknown { name: name.to_owned(), nearest: catalog::nearest(name) })
}

fn gigabytes(count: u64) -> u64 {
    count.saturating_mul(1_000_000_000)
}

fn say_freed(freed: &Freed) -> Result<(), Failure> {
    for file in &freed.files {
        say::line(&format!("removed {} ({})", file.path.display(), megabytes(file.bytes)))?;
    }
    say::line(&format!("{} freed", megabytes(freed.bytes())))
}
