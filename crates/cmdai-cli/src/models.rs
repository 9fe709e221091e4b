//! Gets the model a request needs: from this machine, or after asking, from the network.

use crate::errors::Failure;
use crate::say;
use crate::{dirs, terminal};
use cmdai_backends::embedded::{self, Chosen, Embedded, NoRuntime};
use cmdai_backends::model::download::{self, PullEvent, PullOptions};
use cmdai_backends::model::{CatalogEntry, ModelError, ModelFile, ModelRef, ModelStore};
use cmdai_backends::select::Kind;
use cmdai_config::{Runtime, Settings};
use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;

/// The store in the user's cache.
#[must_use]
pub fn store() -> ModelStore {
    ModelStore::new(dirs::cache().join("models"))
}

/// Whether a missing model may be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// It may.
    Given,
    /// The user is to be asked.
    Ask,
    /// Nobody can be asked.
    Impossible,
}

impl Consent {
    /// As the settings say, else as the user says, who is asked only on a terminal and where `may_ask` lets that.
    #[must_use]
    pub fn of(settings: &Settings, may_ask: bool) -> Self {
        match settings.model.fetch {
            true => Self::Given,
            false if may_ask && terminal::can_ask() => Self::Ask,
            false => Self::Impossible,
        }
    }
}

/// The file of `model`, fetched first if it is missing and that is agreed to.
///
/// # Errors
/// The file cannot be used, or is not there and was not fetched.
pub async fn obtain(model: &ModelRef, consent: Consent, offline: bool) -> Result<ModelFile, Failure> {
    let store = store();
    let missing = match store.locate(model, &mut hashing(model)) {
        Err(error @ ModelError::NotInstalled { .. }) => error,
        other => return Ok(other?),
    };
    let ModelRef::Catalog(entry) = model else { return Err(missing.into()) };
    match consent {
        Consent::Impossible => Err(missing.into()),
        Consent::Ask if !ask(entry, &store).await? => Err(Failure::PullDeclined),
        Consent::Ask => pull(&store, entry, &options(offline)).await,
        Consent::Given => {
            say::aside(&announcement(entry, &store));
            pull(&store, entry, &options(offline)).await
        }
    }
}

/// How models are fetched.
#[must_use]
pub fn options(offline: bool) -> PullOptions {
    let mut options = PullOptions::from_env();
    options.offline |= offline;
    options
}

/// Fetches one model, showing how far it is.
///
/// # Errors
/// No source had it.
pub async fn pull(
    store: &ModelStore,
    entry: &'static CatalogEntry,
    options: &PullOptions,
) -> Result<ModelFile, Failure> {
    let mut display = Display::new(entry);
    let result = download::pull(store, entry, options, &mut |event| display.show(&event)).await;
    display.bar.finish_and_clear();
    Ok(result?)
}

/// What computes this model, as the settings say.
///
/// # Errors
/// What they say cannot be done with this model or this build.
pub fn runtime(settings: &cmdai_config::Model, model: &Path) -> Result<Chosen, NoRuntime> {
    let asked = match settings.runtime {
        Runtime::Auto => None,
        Runtime::LlamaCpp => Some(Kind::EmbeddedLlama),
        Runtime::Mlx => Some(Kind::EmbeddedMlx),
    };
    embedded::choose(asked, model)
}

/// What computes the model of the settings, whether it is there or not.
///
/// # Errors
/// There is no such model, or as [`runtime`].
pub fn runtime_of(settings: &cmdai_config::Model) -> Result<Chosen, Failure> {
    let path = match ModelRef::parse(&settings.default)? {
        ModelRef::Catalog(entry) => store().dir().join(entry.file),
        ModelRef::Path(path) => path,
    };
    Ok(runtime(settings, &path)?)
}

/// How the embedded backend runs this model.
#[must_use]
pub fn config(file: &ModelFile, runtime: Kind) -> Embedded {
    Embedded {
        kind: runtime,
        model: file.path.clone(),
        identity: file.sha256.clone(),
        prefix_dir: Some(dirs::cache().join("prefix")),
        threads: None,
    }
}

/// What fetching `entry` means, in two lines.
fn announcement(entry: &CatalogEntry, store: &ModelStore) -> String {
    format!(
        "The model {} ({}, {}, license {}) is not on this machine yet.\nIt goes to {}",
        entry.id,
        entry.title,
        megabytes(entry.bytes),
        entry.license,
        store.dir().display()
    )
}

async fn ask(entry: &CatalogEntry, store: &ModelStore) -> Result<bool, Failure> {
    let announcement = announcement(entry, store);
    terminal::forget_typed().map_err(Failure::Terminal)?;
    terminal::ask_yes_no(format!("{announcement}\nFetch it now? [Y/n] "), true).await.map_err(Failure::Terminal)
}

/// A size as people read it.
#[must_use]
pub fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

/// Progress of hashing a file, shown only where it takes long enough to wonder.
pub fn hashing(model: &ModelRef) -> impl FnMut(u64, u64) + use<> {
    let name = match model {
        ModelRef::Catalog(entry) => entry.id.to_owned(),
        ModelRef::Path(path) => path.display().to_string(),
    };
    let mut bar: Option<ProgressBar> = None;
    move |done, total| {
        let bar = bar.get_or_insert_with(|| progress_bar(total, &format!("checking {name}")));
        bar.set_position(done);
        if done >= total {
            bar.finish_and_clear();
        }
    }
}

fn progress_bar(total: u64, message: &str) -> ProgressBar {
    if crate::screen::raw::is_taken() {
        return ProgressBar::hidden();
    }
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::new(total).with_message(message.to_owned());
    let style = "{msg} {bar:24} {percent:>3} %  {bytes} of {total_bytes}  {bytes_per_sec}  {eta}";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Shows a pull: a bar on a terminal, a line every ten percent elsewhere.
struct Display {
    bar: ProgressBar,
    lines: bool,
    told: u64,
}

impl Display {
    fn new(entry: &CatalogEntry) -> Self {
        Self { bar: progress_bar(entry.bytes, entry.id), lines: !Term::stderr().is_term(), told: 0 }
    }

    fn show(&mut self, event: &PullEvent) {
        match event {
            PullEvent::Progress { done, total } => self.progress(*done, *total),
            PullEvent::Verifying { done, .. } => self.bar.set_position(*done),
            PullEvent::WaitingForOther => self.line("another cmdai is downloading this model, waiting for it"),
            PullEvent::Source { source, location } => self.line(&format!("from {source}: {location}")),
            PullEvent::Retry { after, why } => {
                self.line(&format!("{why}; trying again in {:.0} s", after.as_secs_f32().ceil()));
            }
            PullEvent::Fallback { from, why } => self.line(&format!("not from {from}: {why}")),
            PullEvent::Done { path } => self.line(&format!("complete and verified: {}", path.display())),
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.bar.set_position(done);
        let percent = (done * 100).checked_div(total).unwrap_or(0);
        if self.lines && percent / 10 > self.told {
            self.told = percent / 10;
            self.line(&format!("{percent} % of {}", megabytes(total)));
        }
    }

    fn line(&self, text: &str) {
        let text = terminal::sanitize(text);
        if self.lines {
            say::aside(&text);
        } else {
            self.bar.println(text);
        }
    }
}
