//! The answers of Windows.

use std::fs::{DirBuilder, File, Metadata};
use std::io;
use std::os::windows::io::{AsRawHandle, RawHandle};
use std::os::windows::process::CommandExt;
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
        command.raw_arg(format!("\"{text}\""));
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

/// What to do about a directory that cannot be used.
pub(crate) fn close_to_others_advice(dir: &Path) -> String {
    format!("make {} a directory that you can write to", dir.display())
}

/// What changes when a file is replaced or rewritten.
pub(crate) fn identity(file: &Metadata) -> String {
    use std::os::windows::fs::MetadataExt;
    format!("{} {} {}", file.creation_time(), file.last_write_time(), file.file_size())
}

/// Makes a program that is about to be started outlive us: it has no console, Ctrl-C is not for it, and it holds no directory but
/// the system's.
///
/// Our own streams are kept from it: a child gets every handle that may be handed on, ours too if whoever started us made them so,
/// and whoever waits for the end of our output would wait for the child's.
pub(crate) fn set_apart(command: &mut Command) {
    const DETACHED_PROCESS: u32 = 0x8;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    command.creation_flags(DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP);
    if let Some(dir) = std::env::var_os("SystemRoot") {
        command.current_dir(dir);
    }
    for stream in [io::stdin().as_raw_handle(), io::stdout().as_raw_handle(), io::stderr().as_raw_handle()] {
        keep(stream);
    }
}

/// Keeps a handle from the programs that we start; those that are to have it get one of their own.
#[allow(unsafe_code, reason = "nothing else in Rust says so to Windows")]
fn keep(handle: RawHandle) {
    use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};
    // SAFETY: it reads nothing through the handle. It fails for one that is none, and none can be handed on.
    let _ = unsafe { SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0) };
}

/// In the program that was set apart: it never had a console.
pub(crate) fn leave_terminal() {}

/// Gives the other end of standard output up: nothing is written any more, and a pipe that nobody reads harms nobody.
pub(crate) fn let_go_of_output() {}

/// The process alone could come last here, and not a thread of it.
pub(crate) fn come_last() {}
