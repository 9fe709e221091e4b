//! Carries the history to files and back.
//!
//! Files are private, as the database is, and appear whole or not at all.

use super::HistoryActionError;
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_history::ExportArgs;
use crate::say;
use crate::terminal::sanitize;
use cmdai_history::{Format, HistoryError, Imported, SearchQuery, Source, Store};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Skipped lines that are described.
const DESCRIBED: usize = 5;

/// `cmdai history export`.
pub(super) fn export(store: &Store, args: &ExportArgs) -> Result<ExitCode, Failure> {
    let query = args.filter.query(args.text.clone().unwrap_or_default(), args.mode.mode());
    let format = args.format.into();
    if args.file == Path::new("-") {
        let mut out = BufWriter::new(io::stdout().lock());
        let exported = store.export(&mut out, format, &query).map_err(printing);
        exported.and_then(|_| out.flush().map_err(Failure::Stdout))?;
        return Ok(ExitCode::Ok);
    }
    let count = to_file(store, &args.file, format, &query, args.force)?;
    say::line(&format!("{} in {}", say::count(count, "entry", "entries"), args.file.display()))?;
    Ok(ExitCode::Ok)
}

/// Writes beside the file first, so that a failure leaves no half of one.
pub(super) fn to_file(
    store: &Store,
    path: &Path,
    format: Format,
    query: &SearchQuery,
    force: bool,
) -> Result<u64, Failure> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(HistoryActionError::Exists { path: path.to_owned() }.into());
    }
    let file = |source| HistoryError::File { path: path.to_owned(), source };
    let directory = path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut temporary = NamedTempFile::new_in(directory).map_err(file)?;
    let mut out = BufWriter::new(&mut temporary);
    let count = store.export(&mut out, format, query)?;
    out.flush().map_err(file)?;
    drop(out);
    let kept = if force { temporary.persist(path) } else { temporary.persist_noclobber(path) };
    kept.map_err(|error| file(error.error))?;
    Ok(count)
}

/// A failing stream is standard output here.
fn printing(error: HistoryError) -> Failure {
    match error {
        HistoryError::Stream(error) => Failure::Stdout(error),
        other => other.into(),
    }
}

/// `cmdai history import`.
pub(super) fn import(
    store: &mut Store,
    file: Option<PathBuf>,
    source: Source,
    json: bool,
) -> Result<ExitCode, Failure> {
    let imported = match file {
        Some(path) if path == Path::new("-") => store.import(io::stdin().lock(), source)?,
        Some(path) => store.import_file(&path, source)?,
        None => store.import_file(&usual(source).ok_or(HistoryActionError::NoFile)?, source)?,
    };
    if json {
        say::json(serde_json::to_value(&imported).map_err(HistoryError::from)?)?;
    } else {
        tell(&imported)?;
    }
    Ok(ExitCode::Ok)
}

fn tell(imported: &Imported) -> Result<(), Failure> {
    let Imported { added, known, redacted, skipped, reasons } = imported;
    let mut parts = vec![format!("{} taken over", say::count(*added, "entry", "entries"))];
    if *known > 0 {
        parts.push(format!("{known} here already"));
    }
    if *redacted > 0 {
        parts.push(format!("{redacted} with secrets, which were hidden"));
    }
    if *skipped > 0 {
        parts.push(format!("{} skipped", say::count(*skipped, "line", "lines")));
    }
    say::line(&parts.join(", "))?;
    for reason in reasons.iter().take(DESCRIBED) {
        say::note(&format!("line {}: {}", reason.line, sanitize(&reason.reason)));
    }
    let more = skipped.saturating_sub(DESCRIBED as u64);
    if more > 0 {
        say::note(&format!("and {more} more; `--json` tells up to a hundred"));
    }
    Ok(())
}

/// Where a shell keeps its history unless it was told otherwise; our own export has no usual place.
fn usual(source: Source) -> Option<PathBuf> {
    let home = std::env::home_dir()?;
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = data.unwrap_or_else(|| home.join(".local/share"));
    match source {
        Source::Native => None,
        Source::Bash => Some(home.join(".bash_history")),
        Source::Zsh => Some(home.join(".zsh_history")),
        Source::Fish => Some(data.join("fish/fish_history")),
        Source::Atuin => Some(data.join("atuin/history.db")),
    }
}

/// `cmdai history backup`.
pub(super) fn backup(store: &Store, file: &Path) -> Result<ExitCode, Failure> {
    if file.symlink_metadata().is_ok() {
        return Err(HistoryActionError::BackupExists { path: file.to_owned() }.into());
    }
    let size = store.backup(file)?;
    let count = say::count(store.len()?, "entry", "entries");
    say::line(&format!("{count} in {} ({})", file.display(), say::bytes(size)))?;
    Ok(ExitCode::Ok)
}
