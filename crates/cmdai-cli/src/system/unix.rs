//! The answers of Unix.

use std::fs::{DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus};

/// The terminal itself, whatever standard input is.
pub(crate) const TERMINAL: &str = "/dev/tty";

/// `PowerShell` under the name it has here.
pub(crate) const POWERSHELL: &str = "pwsh";

/// What is made is for this user alone.
pub(crate) fn close_to_others(builder: &mut DirBuilder) {
    builder.mode(0o700);
}

/// Whether standard input is something that ends and may hold a text: a pipe, a socket or a file.
pub(crate) fn input_holds_material() -> bool {
    use rustix::fs::FileType;
    let kind = rustix::fs::fstat(io::stdin()).map(|stat| FileType::from_raw_mode(stat.st_mode));
    matches!(kind, Ok(FileType::Fifo | FileType::Socket | FileType::RegularFile))
}

/// The status as shells report it.
pub(crate) fn code(status: ExitStatus) -> i32 {
    status.signal().map_or_else(|| status.code().unwrap_or(1), |signal| 128 + signal)
}

/// Hands the text to a shell, as one argument.
pub(crate) fn add_text(command: &mut Command, text: &str) {
    command.arg(text);
}

/// Throws away what was typed on the terminal and not yet read.
pub(crate) fn forget_typed(terminal: &File) -> io::Result<()> {
    // From the background it would not be ours to do, and would stop us.
    if rustix::termios::tcgetpgrp(terminal)? == rustix::process::getpgrp() {
        rustix::termios::tcflush(terminal, rustix::termios::QueueSelector::IFlush)?;
    }
    Ok(())
}

/// The name of the program that started us, where the system tells.
pub(crate) fn parent_name() -> Option<String> {
    #[cfg(target_os = "linux")]
    {
        let parent = rustix::process::getppid()?.as_raw_nonzero();
        std::fs::read_to_string(format!("/proc/{parent}/comm")).ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// This machine's name, and whether we may do everything on it.
pub(crate) fn host_and_root() -> (Option<String>, bool) {
    let host = rustix::system::uname().nodename().to_str().ok().map(str::to_owned);
    (host, rustix::process::geteuid().is_root())
}

/// Bytes that this user may still write in `dir`.
pub(crate) fn free_space(dir: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(dir).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// What to do about a directory that is not this user's alone.
pub(crate) fn close_to_others_advice(dir: &Path) -> String {
    format!("`chmod 700 {}` if it is yours, else remove it", dir.display())
}

/// What changes when a file is replaced or rewritten.
pub(crate) fn identity(file: &Metadata) -> String {
    format!("{} {} {}", file.ino(), file.mtime_nsec(), file.size())
}

/// Makes a program that is about to be started outlive us: it holds no directory, and Ctrl-C is not for it.
pub(crate) fn set_apart(command: &mut Command) {
    command.current_dir("/").process_group(0);
}

/// In the program that was set apart: no terminal whose end would reach it. It fails only where that is so already.
pub(crate) fn leave_terminal() {
    let _ = rustix::process::setsid();
}

/// Gives the other end of standard output up.
pub(crate) fn let_go_of_output() {
    if let Ok(null) = File::options().write(true).open("/dev/null") {
        let _ = rustix::stdio::dup2_stdout(null);
    }
}

/// This thread comes last at the processor where it can alone; elsewhere the process would, so it is left as it is.
pub(crate) fn come_last() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(19);
}
