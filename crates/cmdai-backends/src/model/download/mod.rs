//! Brings a model of the catalog into the store, from wherever its bytes can be had.
//!
//! Before the flow, on `model pull` or first use. The sources are tried in order until one yields the bytes of the catalog: the
//! Hugging Face cache on this machine, the hub over HTTPS, Python packages through the user's own pip. The pinned hash makes them
//! equal, so the order is one of speed alone. Dropping the future stops the work at once and keeps what is there: every write is
//! synchronous, so none is in flight (held by `a_dropped_pull_is_taken_up_again`), and the price is that a slow disk holds up the
//! runtime for one chunk. The environment is read in [`PullOptions::from_env`] only.
//!
//! Invariants: a file gets the model's name only with the right hash (`one_flipped_bit_is_refused`); the old file of that name stays
//! until then (`an_old_file_stays_until_the_new_one_is_verified`); the token goes to the endpoint's own origin only
//! (`the_token_stays_with_the_endpoint`); offline means no connection (`offline_and_cached_needs_no_connection`).

mod options;
mod event;
mod error;
mod partial;
mod hub_cache;
mod hub;
mod transfer;
mod packages;

pub use error::{PullError, SourceError, SourceFailure};
pub use event::{PullEvent, Source};
pub use options::{PullOptions, Token};

use super::catalog::CatalogEntry;
use super::digest::{self, Fingerprint};
use super::error::ModelError;
use super::store::{ModelFile, ModelStore, Place, beside};
use error::Trouble;
use partial::Partial;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Room that must be left on the disk beside the model: a package on its way in, and the user's own work.
const MARGIN: u64 = 128 << 20;

/// Hears what happens during a pull.
pub type Listener<'a> = &'a mut (dyn FnMut(PullEvent) + Send);

/// Fetches a model unless it is there already. Needs a tokio runtime with time and I/O.
///
/// # Errors
/// [`PullError`]; whatever was fetched so far is kept for the next pull, except bytes that proved wrong.
pub async fn pull(
    store: &ModelStore,
    entry: &'static CatalogEntry,
    options: &PullOptions,
    progress: Listener<'_>,
) -> Result<ModelFile, PullError> {
    let place = Place::of_entry(entry);
    if let Some(known) = store.known(&place) {
        progress(PullEvent::Done { path: known.path.clone() });
        return Ok(known);
    }
    let _lock = wait_for_turn(store, entry, options, progress).await?;
    let present = match store.known(&place) {
        Some(known) => Some(known),
        None => recognise(store, entry, progress).await?,
    };
    let file = match present {
        Some(file) => file,
        None => fetch(store, entry, options, progress).await?,
    };
    progress(PullEvent::Done { path: file.path.clone() });
    Ok(file)
}

/// One process downloads a model, the others wait and then find it.
async fn wait_for_turn(
    store: &ModelStore,
    entry: &CatalogEntry,
    options: &PullOptions,
    progress: Listener<'_>,
) -> Result<File, PullError> {
    let mut told = false;
    loop {
        if let Some(lock) = store.try_lock(Path::new(entry.file))? {
            return Ok(lock);
        }
        if !told {
            progress(PullEvent::WaitingForOther);
            told = true;
        }
        tokio::time::sleep(options.poll).await;
    }
}

/// A model that is in its place although the manifest does not vouch for it.
async fn recognise(
    store: &ModelStore,
    entry: &CatalogEntry,
    progress: Listener<'_>,
) -> Result<Option<ModelFile>, PullError> {
    let dir = if entry.parts.is_empty() { store.dir().to_owned() } else { store.dir().join(entry.file) };
    for file in entry.files() {
        if !is_there(&dir, &file, progress).await? {
            return Ok(None);
        }
    }
    // A file more is another model.
    let is_more = !entry.parts.is_empty() && Fingerprint::of(&dir)?.parts.len() > entry.parts.len();
    if is_more { Ok(None) } else { Ok(Some(store.acknowledge(entry)?)) }
}

/// Whether a file lies in `dir` and is what it must be.
async fn is_there(dir: &Path, file: &CatalogEntry, progress: Listener<'_>) -> Result<bool, PullError> {
    let path = dir.join(file.file);
    if std::fs::metadata(&path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == file.bytes) {
        let hasher = hash_from(&mut open(&path)?, &path, file.bytes, progress).await?;
        return Ok(digest::finish(hasher) == file.sha256);
    }
    Ok(false)
}

/// Brings the file of a model into the store, or all its files: those into a directory that becomes the model when it is whole.
async fn fetch(
    store: &ModelStore,
    entry: &CatalogEntry,
    options: &PullOptions,
    progress: Listener<'_>,
) -> Result<ModelFile, PullError> {
    if entry.parts.is_empty() {
        from_sources(store.dir(), entry, options, progress).await?;
        return Ok(store.acknowledge(entry)?);
    }
    let dir = beside(&store.dir().join(entry.file), "part");
    std::fs::create_dir_all(&dir).map_err(ModelError::io("create", &dir))?;
    let files = entry.files();
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let here = files.iter().map(|file| dir.join(file.file)).map(|path| length(&path) + length(&beside(&path, "part")));
    require_space(&dir, entry.bytes.saturating_sub(here.sum()))?;
    let mut before = 0;
    for file in &files {
        let mut progress = |event: PullEvent| progress(event.of_part(before, entry.bytes));
        if !is_there(&dir, file, &mut progress).await? {
            from_sources(&dir, file, options, &mut progress).await?;
        }
        before += file.bytes;
    }
    // What an entry of older days wanted, or somebody else put there, would change what the directory is.
    for other in std::fs::read_dir(&dir).map_err(ModelError::io("read", &dir))?.flatten() {
        if files.iter().all(|file| other.file_name() != *file.file) {
            std::fs::remove_file(other.path()).map_err(ModelError::io("remove", &other.path()))?;
        }
    }
    put(store.dir(), entry, &dir)?;
    Ok(store.acknowledge(entry)?)
}

/// Gives what is verified its name. What had that name before stays until this moment.
fn put(dir: &Path, entry: &CatalogEntry, from: &Path) -> Result<(), PullError> {
    let path = dir.join(entry.file);
    if !entry.parts.is_empty() && path.is_dir() {
        std::fs::remove_dir_all(&path).map_err(ModelError::io("remove", &path))?;
    }
    std::fs::rename(from, &path).map_err(ModelError::io("rename to", &path))?;
    #[cfg(unix)]
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(ModelError::io("sync", dir))?;
    Ok(())
}

/// Brings one file into `dir`, from the first source that has it.
async fn from_sources(
    dir: &Path,
    entry: &CatalogEntry,
    options: &PullOptions,
    progress: Listener<'_>,
) -> Result<(), PullError> {
    let usable = |source: &&Source| !options.offline || **source == Source::HubCache;
    let mut failures: Vec<SourceFailure> = Vec::new();
    for source in options.sources.iter().filter(usable) {
        if let Some(last) = failures.last() {
            progress(PullEvent::Fallback { from: last.source, why: last.error.clone() });
        }
        let fetched = match source {
            Source::HubCache => hub_cache::fetch(dir, entry, options, progress).await,
            Source::Hub | Source::Packages => over_network(*source, dir, entry, options, progress).await.map(|()| true),
        };
        match fetched {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(Trouble::Source(error)) => failures.push(SourceFailure { source: *source, error }),
            Err(Trouble::Fatal(error)) => return Err(error),
        }
    }
    let id = entry.id.to_owned();
    Err(if options.offline { PullError::Offline { id } } else { PullError::Exhausted { id, failures } })
}

async fn over_network(
    source: Source,
    dir: &Path,
    entry: &CatalogEntry,
    options: &PullOptions,
    progress: Listener<'_>,
) -> Result<(), Trouble> {
    let mut partial = Partial::open(dir, entry)?;
    require_space(dir, entry.bytes.saturating_sub(partial.length()))?;
    loop {
        match source {
            Source::Packages => packages::fetch(entry, options, &mut partial, progress).await?,
            _ => transfer::fetch(entry, options, &mut partial, progress).await?,
        }
        let was_taken_up = partial.was_taken_up();
        match partial.finish().await {
            Ok(path) => {
                put(dir, entry, &path)?;
                Partial::forget(dir, entry);
                return Ok(());
            }
            // The wrong bytes may be those of an earlier pull: this source has its chance from the start.
            Err(Trouble::Source(why @ SourceError::Mismatch { .. })) if was_taken_up => {
                progress(PullEvent::Retry { after: std::time::Duration::ZERO, why });
                partial = Partial::open(dir, entry)?;
            }
            Err(trouble) => return Err(trouble),
        }
    }
}

fn require_space(dir: &Path, remaining: u64) -> Result<(), PullError> {
    let needed = remaining.saturating_add(MARGIN);
    match fs4::available_space(dir) {
        Ok(available) if available < needed => {
            Err(PullError::NotEnoughSpace { path: dir.to_owned(), needed, available })
        }
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::debug!(%error, "free space is not known");
            Ok(())
        }
    }
}

/// Hashes the first `length` bytes, giving way to the runtime between chunks so that a drop takes effect.
async fn hash_from(file: &mut File, path: &Path, length: u64, progress: Listener<'_>) -> Result<Sha256, PullError> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; digest::CHUNK];
    let mut done = 0;
    while done < length {
        let most = usize::try_from(length - done).unwrap_or(usize::MAX).min(buffer.len());
        let chunk = buffer.get_mut(..most).unwrap_or_default();
        let n = file.read(chunk).map_err(ModelError::io("read", path))?;
        if n == 0 {
            break;
        }
        hasher.update(chunk.get(..n).unwrap_or_default());
        done += n as u64;
        progress(PullEvent::Verifying { done, total: length });
        tokio::task::yield_now().await;
    }
    Ok(hasher)
}

fn open(path: &Path) -> Result<File, PullError> {
    Ok(File::open(path).map_err(ModelError::io("open", path))?)
}
