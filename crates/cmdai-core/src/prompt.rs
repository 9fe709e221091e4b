//! What a model is asked, split by how often it changes.
//!
//! Third in the flow. The system text and the examples are the same for every request of one shell and platform, so a
//! backend can evaluate them once and keep the result on disk; only the user turn is new. That split is worth 1.4 to 2.5
//! seconds a request on two cores, so nothing volatile (time, directory, names) may enter the stable part (held by
//! `the_stable_part_does_not_depend_on_the_request`).
//!
//! The texts are data in `prompts/`. Not here: chat templates and special tokens, which belong to each model.

use crate::context::{ExecutionContext, FileHead, Userland};
use crate::request::{CommandRequest, Platform, ShellType};
use serde::{Deserialize, Serialize};

/// Everything a backend needs to know of a request, ready to be put into a chat template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// System message; stable.
    pub system: String,
    /// Earlier turns that show the form of an answer; stable.
    pub examples: Vec<Example>,
    /// What was said of this request before, with the model's own answers; changes from request to request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Example>,
    /// The user's turn; it changes from request to request.
    pub user: String,
    /// Language mark of the code block that the answer is made to start with, for example `bash`.
    pub fence: String,
}

/// One request and its right answer, shown to the model as earlier chat turns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What was asked.
    pub request: String,
    /// The command that answers it.
    pub command: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PromptData {
    system: String,
    fence: String,
    example: Vec<Example>,
}

const POSIX: &str = include_str!("../prompts/posix.toml");
const POWERSHELL: &str = include_str!("../prompts/powershell.toml");
const CMD: &str = include_str!("../prompts/cmd.toml");
const NUSHELL: &str = include_str!("../prompts/nushell.toml");
const GIST: &str = include_str!("../prompts/gist.toml");

impl Prompt {
    /// The prompt for `request` on the machine that `context` describes.
    #[must_use]
    pub fn new(request: &CommandRequest, context: &ExecutionContext) -> Self {
        let data = data_for(request.shell);
        Self {
            system: data
                .system
                .trim()
                .replace("{shell}", shell_title(request.shell))
                .replace("{system}", system_title(request.platform, context.userland)),
            examples: data.example,
            earlier: Vec::new(),
            user: user_turn(request, &context.files),
            fence: data.fence,
        }
    }

    /// Asks what `command` does, in one sentence, which stands in the code block in the place of a command.
    #[must_use]
    pub fn gist(command: &str) -> Self {
        let data = parse(GIST);
        let (system, user) = (data.system.trim().to_owned(), command.to_owned());
        Self { system, examples: data.example, earlier: Vec::new(), user, fence: data.fence }
    }

    /// The turn after `command` was answered and found wrong for the reason that `complaint` gives. What is stable stays the same.
    #[must_use]
    pub fn corrected(mut self, command: &str, complaint: &str) -> Self {
        let request = std::mem::replace(&mut self.user, format!("{complaint}\nGive the corrected command."));
        self.earlier.push(Example { request, command: command.to_owned() });
        self
    }

    /// The turn in which the user, who was answered `command`, asks for a change of it. What is stable stays the same.
    #[must_use]
    pub fn revised(mut self, command: &str, words: &str) -> Self {
        let request = std::mem::replace(&mut self.user, format!("Change that command: {words}"));
        self.earlier.push(Example { request, command: command.to_owned() });
        self
    }

    /// How an answer of the assistant begins: the opening fence with its line break.
    #[must_use]
    pub fn opening(&self) -> String {
        format!("```{}\n", self.fence)
    }

    /// A whole answer of the assistant, as an earlier turn shows it.
    #[must_use]
    pub fn answer(&self, command: &str) -> String {
        format!("{}{command}\n```", self.opening())
    }
}

fn data_for(shell: ShellType) -> PromptData {
    let text = match shell {
        ShellType::Bash | ShellType::Zsh | ShellType::Fish | ShellType::Sh => POSIX,
        ShellType::PowerShell => POWERSHELL,
        ShellType::Cmd => CMD,
        ShellType::Nu => NUSHELL,
    };
    parse(text)
}

fn parse(text: &str) -> PromptData {
    // The data is compiled in and each file is parsed by a test, so a failure cannot reach a user; a prompt without
    // examples would still be a correct one.
    toml::from_str(text).unwrap_or_else(|_| PromptData {
        system: "You turn a request into one {shell} command for {system}.".to_owned(),
        fence: "bash".to_owned(),
        example: Vec::new(),
    })
}

fn user_turn(request: &CommandRequest, files: &[FileHead]) -> String {
    let heads = files.iter().map(|file| format!("{} begins:\n{}", file.name, file.begins));
    let given: Vec<String> = request.extra_context().map(str::to_owned).into_iter().chain(heads).collect();
    if given.is_empty() {
        return request.input().to_owned();
    }
    format!("Given this input:\n{}\n\nRequest: {}", given.join("\n"), request.input())
}

const fn shell_title(shell: ShellType) -> &'static str {
    match shell {
        ShellType::Bash => "Bash",
        ShellType::Zsh => "Zsh",
        ShellType::Fish => "fish",
        ShellType::Sh => "POSIX sh",
        ShellType::PowerShell => "PowerShell",
        ShellType::Cmd => "cmd.exe",
        ShellType::Nu => "nushell",
    }
}

const fn system_title(platform: Platform, userland: Userland) -> &'static str {
    match (platform, userland) {
        (Platform::Linux, Userland::Busybox) => "Linux with BusyBox tools",
        (Platform::Linux, Userland::Bsd) => "a BSD system",
        (Platform::Linux, _) => "Linux",
        (Platform::MacOs, Userland::Gnu) => "macOS with GNU tools",
        (Platform::MacOs, _) => "macOS with BSD tools",
        (Platform::Windows, _) => "Windows",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn prompt(input: &str, shell: ShellType) -> Prompt {
        let request = CommandRequest::new(input, shell, Platform::Linux).unwrap();
        Prompt::new(&request, &ExecutionContext::new("/".into(), shell, Platform::Linux, DateTime::UNIX_EPOCH))
    }

    #[test]
    fn every_data_file_parses_and_has_examples() {
        for text in [POSIX, POWERSHELL, CMD, NUSHELL, GIST] {
            let data: PromptData = toml::from_str(text).unwrap();
            assert!(data.example.len() >= 4);
            for example in &data.example {
                assert!(!example.command.contains("```"), "{}", example.command);
            }
        }
    }

    #[test]
    fn the_stable_part_does_not_depend_on_the_request() {
        for shell in ShellType::ALL {
            let (a, b) = (prompt("list files", *shell), prompt("{shell} {system} $(x)", *shell));
            assert_eq!((a.system, a.examples, a.fence), (b.system, b.examples, b.fence));
            assert_eq!(b.user, "{shell} {system} $(x)", "the user's text is never expanded");
        }
    }

    #[test]
    fn what_is_to_be_explained_is_the_turn_of_the_user() {
        let (a, b) = (Prompt::gist("ls"), Prompt::gist("rm {shell} $(x)"));
        assert_eq!((&a.system, &a.examples), (&b.system, &b.examples));
        assert_eq!((b.user.as_str(), b.fence.as_str()), ("rm {shell} $(x)", "text"));
    }

    #[test]
    fn a_correction_follows_what_was_said() {
        let before = prompt("list files", ShellType::Bash);
        let after = before.clone().corrected("ls --long", "`ls` has no option `--long`.");
        assert_eq!((&after.system, &after.examples), (&before.system, &before.examples));
        assert_eq!(after.earlier, [Example { request: "list files".to_owned(), command: "ls --long".to_owned() }]);
        assert!(after.user.starts_with("`ls` has no option `--long`.\n"));
    }

    #[test]
    fn context_stands_before_the_request() {
        let request = CommandRequest::new("why does this fail", ShellType::Bash, Platform::Linux).unwrap();
        let turn = user_turn(&request.clone().with_context("E: disk full").unwrap(), &[]);
        assert_eq!(turn, "Given this input:\nE: disk full\n\nRequest: why does this fail");
        let head = FileHead { name: "a.csv".to_owned(), begins: "id,name".to_owned() };
        assert_eq!(
            user_turn(&request, &[head]),
            "Given this input:\na.csv begins:\nid,name\n\nRequest: why does this fail"
        );
    }
}
