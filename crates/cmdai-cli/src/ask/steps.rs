//! Steps towards a right command that a measurement leaves out, to see what each is worth.
//!
//! `CMDAI_WITHOUT=examples,repair` is no setting: nobody wants worse answers, and the bench of accuracy needs them.
//! The plain output contract alone is `examples,files,refusals,amend,repair`.

use cmdai_core::context::ExecutionContext;
use cmdai_core::generate::{Chunk, Generate, GenerateError, GenerateOptions};
use cmdai_core::prompt::Prompt;
use cmdai_core::proposal::Check;
use cmdai_core::request::CommandRequest;
use cmdai_core::verify::{Amended, Verify};
use futures_util::stream::BoxStream;

/// The variable.
const VARIABLE: &str = "CMDAI_WITHOUT";

/// A step that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The examples of the prompt.
    Examples,
    /// The heads of files that the request names.
    Files,
    /// Taking the model at its word when it would rather refuse.
    Refusals,
    /// Putting right what has one remedy.
    Amend,
    /// Telling the model of a failed check.
    Repair,
}

const NAMES: &[(&str, Step)] = &[
    ("examples", Step::Examples),
    ("files", Step::Files),
    ("refusals", Step::Refusals),
    ("amend", Step::Amend),
    ("repair", Step::Repair),
];

/// The steps that are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Without(Vec<Step>);

impl Without {
    /// What the environment says; words that are no step are told, and count for nothing.
    #[must_use]
    pub fn of_environment() -> Self {
        let text = std::env::var(VARIABLE).unwrap_or_default();
        let (without, unknown) = Self::parse(&text);
        for word in unknown {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            crate::say::warn(&format!("{VARIABLE} does not know `{word}`; the steps are {}", names.join(", ")));
        }
        without
    }

    fn parse(text: &str) -> (Self, Vec<&str>) {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let step = |word: &&str| NAMES.iter().find(|(name, _)| name == word).map(|(_, step)| *step);
        let (known, unknown): (Vec<&str>, Vec<&str>) = words.partition(|word| step(word).is_some());
        (Self(known.iter().filter_map(step).collect()), unknown)
    }

    /// Whether this step is left out.
    #[must_use]
    pub fn has(&self, step: Step) -> bool {
        self.0.contains(&step)
    }
}

/// A backend that is not shown the examples.
pub(super) struct Unprepared<'a>(pub(super) &'a dyn Generate);

impl Generate for Unprepared<'_> {
    fn generate(&self, prompt: &Prompt, options: &GenerateOptions) -> BoxStream<'static, Result<Chunk, GenerateError>> {
        self.0.generate(&Prompt { examples: Vec::new(), ..prompt.clone() }, options)
    }
}

/// Checks of which some have no consequences.
pub(super) struct Partial<'a> {
    pub(super) verifier: &'a dyn Verify,
    pub(super) without: &'a Without,
}

impl Partial<'_> {
    /// A failed check is what makes the pipeline ask again.
    fn without_consequences(&self, mut checks: Vec<Check>) -> Vec<Check> {
        checks.retain(|check| check.passed || !self.without.has(Step::Repair));
        checks
    }
}

impl Verify for Partial<'_> {
    fn verify(&self, command: &str, request: &CommandRequest, context: &ExecutionContext) -> Vec<Check> {
        self.without_consequences(self.verifier.verify(command, request, context))
    }

    fn amend(&self, command: &str, request: &CommandRequest, context: &ExecutionContext) -> Amended {
        if self.without.has(Step::Amend) {
            return Amended { command: command.to_owned(), why: None, checks: self.verify(command, request, context) };
        }
        let amended = self.verifier.amend(command, request, context);
        Amended { checks: self.without_consequences(amended.checks), ..amended }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::fake::{Disliking, Replacing};
    use cmdai_core::contract::{sample_context, verify};
    use cmdai_core::request::{Platform, ShellType};

    #[test]
    fn words_that_are_no_step_are_told() {
        let (without, unknown) = Without::parse("repair, sleep,,amend");
        assert_eq!((without, unknown), (Without(vec![Step::Repair, Step::Amend]), vec!["sleep"]));
        assert_eq!(Without::parse(""), (Without::default(), vec![]));
    }

    #[test]
    fn a_step_left_out_has_no_consequence() {
        let request = CommandRequest::new("x", ShellType::Bash, Platform::Linux).unwrap();
        let context = sample_context();
        let both = Without::parse("repair,amend").0;
        let verifier = Replacing("a", "b");
        let partial = Partial { verifier: &verifier, without: &both };
        let left = Amended { command: "a".to_owned(), why: None, checks: Vec::new() };
        assert_eq!(partial.amend("a", &request, &context), left);
        let whole = Partial { verifier: &verifier, without: &Without::default() };
        assert_eq!(whole.verify("a", &request, &context), Disliking("a").verify("a", &request, &context));
        assert_eq!(whole.amend("a", &request, &context), verifier.amend("a", &request, &context));
        verify::any_text_is_checked(&whole);
    }
}
