//! The next prompt line of the shell we were called from.
//!
//! No program can write there. The function that `cmdai init` defines names a file in [`VARIABLE`], looks into it when we are gone, and puts
//! what stands there on the line by the means of its shell (`test:a_command_is_put_on_the_next_prompt_line`).

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io::{self, Write};
use std::path::PathBuf;

/// Where the file is to be.
pub(super) const VARIABLE: &str = "CMDAI_NEXT_LINE";

/// The beginning of the file's path; the number of the shell's process follows.
pub(crate) fn prefix() -> PathBuf {
    crate::dirs::state().join("next.")
}

/// A way to that line, where a shell gave one.
#[derive(Debug, Clone, Default)]
pub(super) struct NextLine(Option<PathBuf>);

impl NextLine {
    pub(super) fn of_environment() -> Self {
        Self::at(std::env::var_os(VARIABLE))
    }

    fn at(path: Option<OsString>) -> Self {
        Self(path.map(PathBuf::from).filter(|path| path.is_absolute()))
    }

    pub(super) const fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Leaves the command for the shell; readable for this user alone. False where there is no shell to take it.
    pub(super) fn put(&self, command: &str) -> io::Result<bool> {
        let Some((path, dir)) = self.0.as_deref().and_then(|path| Some((path, path.parent()?))) else {
            return Ok(false);
        };
        let mut builder = DirBuilder::new();
        crate::system::close_to_others(&mut builder);
        builder.recursive(true).create(dir)?;
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(command.as_bytes())?;
        file.persist(path)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_was_left_there_before_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/next.1");
        let line = NextLine::at(Some(path.clone().into()));
        assert!(line.is_there());
        for command in ["echo 'a much longer command'", "ls\n-l"] {
            assert!(line.put(command).unwrap());
            assert_eq!(fs::read_to_string(&path).unwrap(), command);
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        for nowhere in [None, Some(""), Some("next.1")] {
            let line = NextLine::at(nowhere.map(OsString::from));
            assert!(!line.is_there() && !line.put("ls").unwrap());
        }
    }
}
