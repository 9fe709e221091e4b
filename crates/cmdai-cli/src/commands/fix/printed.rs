//! What a command printed, taken from the screen of tmux: nothing else keeps it where another program may read it.

use std::env;
use std::process::{Command, Stdio};

/// Lines above the screen that are looked at.
const LINES_ABOVE: &str = "-200";

/// What stands below the command on the screen of this pane; `None` outside of tmux.
pub(super) fn on_screen(command: &str) -> Option<String> {
    let pane = env::var("TMUX_PANE").ok().filter(|_| env::var_os("TMUX").is_some())?;
    let args = ["capture-pane", "-p", "-J", "-S", LINES_ABOVE, "-t", &pane];
    let output = Command::new("tmux").args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| below(&String::from_utf8_lossy(&output.stdout), command))
}

/// What stands between the command, where it was typed last, and the line that calls us; all of it where it is not to be found.
fn below(screen: &str, command: &str) -> String {
    let mut lines: Vec<&str> = screen.trim_end().lines().collect();
    // The line that calls us may name the command too.
    if let Some(own) = lines.iter().rposition(|line| line.contains("cmdai") && line.contains("fix")) {
        lines.truncate(own);
    }
    let first = command.lines().next().unwrap_or(command);
    let from = lines.iter().rposition(|line| line.trim_end().ends_with(first)).map_or(0, |at| at + 1);
    lines.get(from..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_command_printed_is_taken() {
        let screen =
            "$ ls\na\n$ make tset\nmake: *** No rule to make target 'tset'.\n$ cmdai fix --screen make tset\n\n";
        assert_eq!(below(screen, "make tset"), "make: *** No rule to make target 'tset'.");
        assert_eq!(below("x\ny\n$ cmdai fix --screen\n", "make"), "x\ny");
        assert_eq!(below("", "make"), "");
    }
}
