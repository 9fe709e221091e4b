//! Runs an approved command in the user's shell, with the terminal attached.
//!
//! The child shares our process group, so Ctrl-C and Ctrl-Z reach it as they would reach any command; we ignore SIGINT
//! meanwhile and pass its status on.

use super::next_line;
use crate::{system, terminal};
use cmdai_core::confirm::Approved;
use cmdai_core::execute::{Execute, ExecuteError, Execution};
use cmdai_core::request::ShellType;
use futures_core::future::BoxFuture;
use std::io::{self, IsTerminal};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Whether a child owns the terminal, and with it Ctrl-C.
pub static CHILD_RUNNING: AtomicBool = AtomicBool::new(false);

/// Runs commands in one shell.
#[derive(Debug, Clone)]
pub struct ShellExecute {
    program: String,
    flags: &'static [&'static str],
}

impl ShellExecute {
    /// Runs in `shell`, found by `PATH`.
    #[must_use]
    pub fn new(shell: ShellType) -> Self {
        let (program, flags): (_, &[_]) = match shell {
            ShellType::PowerShell => (system::POWERSHELL, &["-NoProfile", "-Command"]),
            ShellType::Cmd => ("cmd", &["/D", "/S", "/C"]),
            _ => (shell.name(), &["-c"]),
        };
        Self { program: program.to_owned(), flags }
    }
}

impl Execute for ShellExecute {
    fn execute(&mut self, approved: Approved) -> BoxFuture<'_, Result<Execution, ExecuteError>> {
        let mut command = Command::new(&self.program);
        // The line is for us to write on and not for what runs here.
        command.args(self.flags).env_remove(next_line::VARIABLE);
        system::add_text(&mut command, approved.command());
        let shell = self.program.clone();
        Box::pin(async move {
            let started = Instant::now();
            CHILD_RUNNING.store(true, Ordering::SeqCst);
            let status = tokio::task::spawn_blocking(move || run(command)).await.map_err(io::Error::from).flatten();
            CHILD_RUNNING.store(false, Ordering::SeqCst);
            let status = status.map_err(|source| ExecuteError::Start { shell, source })?;
            Ok(Execution { exit_code: system::code(status), duration: started.elapsed() })
        })
    }
}

/// Where standard input was used up as material for the request, the command gets the terminal.
fn run(mut command: Command) -> io::Result<ExitStatus> {
    if !io::stdin().is_terminal() {
        command.stdin(terminal::open().map_or_else(|_| Stdio::null(), Stdio::from));
    }
    command.status()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use cmdai_core::contract::execute;

    #[tokio::test]
    async fn execute_contract() {
        for shell in [ShellType::Sh, ShellType::Bash] {
            let mut runner = ShellExecute::new(shell);
            execute::the_exit_status_passes_through(&mut runner).await;
            execute::the_text_arrives_whole(&mut runner).await;
        }
        let mut missing = ShellExecute { program: "no-such-shell-anywhere".to_owned(), flags: &["-c"] };
        execute::a_missing_shell_is_an_error(&mut missing).await;
    }
}

#[cfg(test)]
#[cfg(windows)]
mod tests {
    use super::*;
    use cmdai_core::contract::execute::approved;

    #[tokio::test]
    async fn cmd_gets_the_text_as_it_stands() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a b.txt");
        let mut shell = ShellExecute::new(ShellType::Cmd);
        for (text, status) in [("exit 7".to_owned(), 7), (format!("echo \"x & y\" > \"{}\"", file.display()), 0)] {
            assert_eq!(shell.execute(approved(&text)).await.unwrap().exit_code, status, "{text}");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap().trim_end(), "\"x & y\"");
    }
}
