//! The command line of `cmdai completions`.

use clap::{Args, ValueEnum};

const HELP: &str = "\
Load it with each shell, so that it is that of the cmdai that is there:
  bash        source <(cmdai completions bash)          in ~/.bashrc
  zsh         source <(cmdai completions zsh)           in ~/.zshrc, behind compinit
  fish        cmdai completions fish | source           in ~/.config/fish/config.fish
  elvish      eval (cmdai completions elvish | slurp)   in ~/.config/elvish/rc.elv
  PowerShell  in $PROFILE:
              cmdai completions powershell | Out-String | Invoke-Expression
  nushell     once for each version of cmdai:
              cmdai completions nushell | save -f ~/.config/nushell/autoload/cmdai.nu

Each but nushell asks cmdai while you type, so the names of your backends complete as well.";

/// `cmdai completions`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: CompletionShell,
}

/// Shells that can complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "names of shells")]
pub enum CompletionShell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
    Nushell,
}
