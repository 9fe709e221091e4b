//! The answers of Windows.

use std::fs::{DirBuilder, File};
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// The console itself, whatever standard input is.
pub(crate) const TERMINAL: &str = "CONIN$";

/// The one that every Windows has.
pub(crate) const POWERSHELL: &str = "powershell";

/// What lies in a user's profile is theirs by the profile's own rights.
pub(crate) fn close_to_others(_: &mut DirBuilder) {}

/// Whether standard input may hold a text; what is no console is taken to.
pub(crate) fn input_holds_material() -> bool {
    true
}

/// The status as shells report it.
pub(crate) fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}

/// Hands the text to a shell, as one argument. `cmd` alone takes the rest of its line as it stands and would see the marks that
/// other programs have taken off; with `/S` it takes off the outer two.
pub(crate) fn add_text(command: &mut Command, text: &str) {
    if command.get_program() == "cmd" {
        std::os::windows::process::CommandExt::raw_arg(command, format!("\"{text}\""));
    } else {
        command.arg(text);
    }
}

/// Throws away what was typed: the console does it when it changes to single keys.
pub(crate) fn forget_typed(_: &File) -> io::Result<()> {
    Ok(())
}

/// The name of the program that started us, which would take foreign functions to find out.
pub(crate) fn parent_name() -> Option<String> {
    None
}

/// This machine's name, and whether we may do everything on it.
pub(crate) fn host_and_root() -> (Option<String>, bool) {
    (std::env::var("COMPUTERNAME").ok(), false)
}

/// Bytes that this user may still write in `dir`.
pub(crate) fn free_space(_: &Path) -> Option<u64> {
    None
}
