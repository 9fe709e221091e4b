//! The command line of `cmdai init`, and of `cmdai widget`, which the scripts of the one call.

use clap::{Args, ValueEnum};
use cmdai_core::request::ShellType;

pub(crate) const HELP: &str = "\
Load it when a shell starts:
  zsh         eval \"$(cmdai init zsh)\"            at the end of ~/.zshrc
  bash        eval \"$(cmdai init bash)\"           in ~/.bashrc; bash 4 or newer
  fish        cmdai init fish | source            in ~/.config/fish/config.fish
  PowerShell  in $PROFILE:
              Invoke-Expression (& cmdai init powershell | Out-String)
  nushell     once for each version of cmdai:
              cmdai init nu | save -f ~/.config/nushell/autoload/cmdai-init.nu

Then type what you want and press Alt-C: the words become a command on the same line, and nothing is
run. Enter does the same on a line that begins with `# ` (not in nushell). A line that got no
command stays as it was; Ctrl-C stops the work. Undo brings the words back. They do not reach the
shell's history, the command does when you run it.

Other keys: cmdai init zsh --key ctrl-g, or cmdai config set interface.widget_key 'ctrl-x ctrl-a'.

The script also defines a function `cmdai`. It tells `cmdai fix` the last command and its exit
status, in the variables CMDAI_LAST_COMMAND and CMDAI_LAST_STATUS of that one call. And it puts a
command on the next prompt line where you press `i` at the question (not in PowerShell): the file
that CMDAI_NEXT_LINE names holds it for that moment.

For a script of your own, `cmdai widget --help`.";

pub(crate) const WIDGET_HELP: &str = "\
For scripts that put a command on a prompt line, as those of `cmdai init` do:
  command=$(cmdai widget --shell zsh -- list the files here) && BUFFER=$command

The command alone goes to standard output, and only with exit status 0; a hint while it works, its
risk and what went wrong, a line each, go to standard error. Nothing is asked and nothing is run. A
`# ` at the beginning of the words is left out. What is typed meanwhile is thrown away, so that an
Enter cannot run a command that nobody has seen. Exit status as of any request: 3 where the command
is blocked, 7 where there is none, 130 after Ctrl-C.";

/// `cmdai init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub target: InitShell,
    /// The key: alt-X or ctrl-X, or two in a row such as `ctrl-x ctrl-a` [default: alt-c]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Leave Enter alone: a line that begins with `# ` is a comment as before
    #[arg(long)]
    pub no_enter: bool,
}

/// Shells with a prompt line of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "names of shells")]
pub enum InitShell {
    Zsh,
    Bash,
    Fish,
    Powershell,
    #[value(alias = "nushell")]
    Nu,
}

/// `cmdai widget`.
#[derive(Debug, Args)]
pub struct WidgetArgs {
    /// What stands on the line; without it, standard input is read
    #[arg(value_name = "WORDS")]
    pub words: Vec<String>,
    /// Shell the command is for: bash, zsh, fish, sh, powershell, cmd or nu [default: the one you are in]
    #[arg(long, value_name = "SHELL")]
    pub shell: Option<ShellType>,
}
