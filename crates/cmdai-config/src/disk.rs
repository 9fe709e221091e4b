//! The only place that touches files: reads them, and replaces one as a whole.
//!
//! A file is replaced by a new one beside it that is complete and on the disk, so that a crash leaves the old or the new one.
//! Modes stay, symlinks stay links, a new file is for the user alone. Between the last look at the file and its replacement
//! another program may still write; that time is some microseconds.

use crate::origin::Layer;
use crate::places::Places;
use crate::read::Source;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Larger files are no settings.
const LARGEST: u64 = 256 * 1024;
/// Links that point at each other are not followed for ever.
const MOST_LINKS: usize = 40;

/// Reads the files of these places. One that is not there is no source, unless it must be.
#[must_use]
pub fn read_all(places: &Places) -> Vec<Source> {
    let files = [
        (Layer::System, &places.system, false),
        (Layer::User, &places.user, places.must_exist),
        (Layer::Project, &places.project, false),
    ];
    let read = |(layer, path, must_exist): (Layer, &Option<PathBuf>, bool)| {
        let path = path.as_ref()?;
        // A project may come from an archive with anything in it, such as a pipe that nobody writes to.
        if layer == Layer::Project && !path.is_file() {
            return Some(Source::unreadable(layer, path, "it is no file"));
        }
        match read(path) {
            Ok(Some(text)) => Some(Source::new(layer, path, text)),
            Ok(None) if must_exist => Some(Source::unreadable(layer, path, "it is not there")),
            Ok(None) => None,
            Err(error) => Some(Source::unreadable(layer, path, error.to_string())),
        }
    };
    files.into_iter().filter_map(read).collect()
}

/// The text of a file; `None` if there is none.
///
/// # Errors
/// It is there and cannot be read, or is too large, or no text.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it has more than {LARGEST} bytes")));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("it is no text: byte {}", error.utf8_error().valid_up_to()))
    })
}

/// Replaces the text of a file, or makes it and its directory.
///
/// # Errors
/// Nothing was changed.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let target = target_of(path)?;
    let dir = target.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_private(dir)?;
    if target.exists() && !target.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let before = match fs::OpenOptions::new().write(true).open(&target) {
        Ok(file) => Some(file.metadata()?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        // A file that may not be written is not to be replaced either.
        Err(error) => return Err(error),
    };
    // For the user alone from its first byte.
    let mut new = tempfile::Builder::new().prefix(".config-").suffix(".tmp").tempfile_in(dir)?;
    new.write_all(text.as_bytes())?;
    if let Some(before) = before {
        #[cfg(unix)]
        keep_owner(new.as_file(), &before);
        new.as_file().set_permissions(before.permissions())?;
    }
    new.as_file().sync_all()?;
    new.persist(&target).map_err(|error| error.error)?;
    // The file is replaced; that its name is on the disk too is more than some file systems can promise.
    #[cfg(unix)]
    drop(fs::File::open(dir).and_then(|dir| dir.sync_all()));
    Ok(())
}

/// An administrator who changes a user's file does not take it away. Who may not give files away owns them already.
#[cfg(unix)]
fn keep_owner(file: &fs::File, before: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    drop(fchown(file, Some(before.uid()), Some(before.gid())));
}

/// What a chain of links ends at, which need not be there.
fn target_of(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => {
                let link = fs::read_link(&path)?;
                path = path.parent().map_or_else(|| link.clone(), |dir| dir.join(&link));
            }
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many links"))
}

fn make_private(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
