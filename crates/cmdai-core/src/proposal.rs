//! From a stream of text to one command, or to a typed refusal.
//!
//! Fifth in the flow. A refusal never carries a command: text that was cut off, repeats itself or is no command at all is
//! discarded rather than shown, because half a command is worse than none.

use crate::generate::{Chunk, FinishReason, Usage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the examples begin a refusal; its reason follows.
const NO_COMMAND: &str = "no command:";

/// A command that passed the output contract, not yet judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// The command; never empty, no line break at its ends.
    pub command: String,
    /// Other answers, best first, none equal to the command.
    pub alternatives: Vec<String>,
    /// Geometric mean of the probabilities of the pieces of text (0 to 1), where the backend knows them.
    pub confidence: Option<f32>,
    /// What was checked, passed or not.
    pub checks: Vec<Check>,
    /// What the generation cost.
    pub usage: Usage,
}

impl Proposal {
    /// Takes the commands of another one as further alternatives.
    pub fn add(&mut self, other: Self) {
        for command in std::iter::once(other.command).chain(other.alternatives) {
            if command != self.command && !self.alternatives.contains(&command) {
                self.alternatives.push(command);
            }
        }
    }
}

/// One named check of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stable name, for example `complete`.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// What was found, in one sentence.
    pub detail: String,
}

/// Why a model's answer is not a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "refusal", rename_all = "kebab-case")]
pub enum Refusal {
    /// The answer is empty.
    #[error("the model gave no command")]
    Empty,
    /// The answer reached the token limit.
    #[error("the model's answer was too long and was cut off")]
    Truncated,
    /// The answer repeats itself.
    #[error("the model repeated itself")]
    Repetition,
    /// The answer holds characters that no command needs and that could deceive a reader or drive a terminal.
    #[error("the model's answer holds the unprintable character {code}")]
    Unprintable {
        /// The first of them, as `U+001B`.
        code: String,
    },
    /// The answer consists of comments only.
    #[error("no command for this: {said}")]
    CommentOnly {
        /// The comment, without its mark.
        said: String,
    },
}

/// Collects the chunks of one generation.
#[derive(Debug, Default)]
pub struct Collector {
    answers: BTreeMap<u16, Answer>,
    usage: Usage,
}

#[derive(Debug, Default)]
struct Answer {
    text: String,
    log_probability: f32,
    pieces: u32,
    unknown_probability: bool,
    reason: Option<FinishReason>,
}

impl Collector {
    /// Takes one chunk.
    pub fn push(&mut self, chunk: &Chunk) {
        match chunk {
            Chunk::Progress { .. } => {}
            Chunk::Restarted { .. } => self.answers.clear(),
            Chunk::Text { alternative, text, probability } => {
                let answer = self.answer(*alternative);
                answer.text.push_str(text);
                answer.pieces += 1;
                match probability {
                    Some(p) => answer.log_probability += p.max(f32::MIN_POSITIVE).ln(),
                    None => answer.unknown_probability = true,
                }
            }
            Chunk::Finished { alternative, reason } => self.answer(*alternative).reason = Some(*reason),
            Chunk::Done(usage) => self.usage = usage.clone(),
        }
    }

    fn answer(&mut self, alternative: u16) -> &mut Answer {
        self.answers.entry(alternative).or_default()
    }

    /// The best answer as a proposal, the others as its alternatives.
    ///
    /// # Errors
    /// The refusal of the first answer, if no answer is a command.
    pub fn into_proposal(self) -> Result<Proposal, Refusal> {
        let mut refusal = Refusal::Empty;
        let mut accepted: Vec<(String, Option<f32>)> = Vec::new();
        for (index, answer) in self.answers {
            match answer.into_command() {
                Ok((command, _)) if accepted.iter().any(|(known, _)| *known == command) => {}
                Ok(command) => accepted.push(command),
                Err(why) if index == 0 => refusal = why,
                Err(_) => {}
            }
        }
        let mut accepted = accepted.into_iter();
        let (command, confidence) = accepted.next().ok_or(refusal)?;
        let complete = Check {
            name: "complete".to_owned(),
            passed: true,
            detail: "the answer ended by itself and does not repeat".to_owned(),
        };
        Ok(Proposal {
            command,
            alternatives: accepted.map(|(command, _)| command).collect(),
            confidence,
            checks: vec![complete],
            usage: self.usage,
        })
    }
}

impl Answer {
    fn into_command(self) -> Result<(String, Option<f32>), Refusal> {
        match self.reason {
            Some(FinishReason::Stop) => {}
            Some(FinishReason::Loop) => return Err(Refusal::Repetition),
            Some(FinishReason::Length) | None => return Err(Refusal::Truncated),
        }
        let command = clean(&self.text)?;
        #[allow(clippy::cast_precision_loss, reason = "an answer has at most some hundred pieces")]
        let mean = (self.log_probability / self.pieces as f32).exp();
        Ok((command, (!self.unknown_probability).then_some(mean)))
    }
}

/// Removes what models put around a command: blank ends, a copied prompt sign, comment lines before and after it.
/// Comments inside are kept: they may stand in a heredoc.
///
/// # Errors
/// [`Refusal::Empty`], [`Refusal::CommentOnly`] or [`Refusal::Unprintable`].
pub fn clean(text: &str) -> Result<String, Refusal> {
    if let Some(found) = text.chars().find(|c| is_deceptive(*c)) {
        return Err(Refusal::Unprintable { code: format!("U+{:04X}", u32::from(found)) });
    }
    let lines: Vec<&str> = text.trim().lines().collect();
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let (Some(first), Some(last)) = (lines.iter().position(is_code), lines.iter().rposition(is_code)) else {
        let said = lines.join(" ").replace('#', "").trim().trim_start_matches(NO_COMMAND).trim().to_owned();
        return Err(if said.is_empty() { Refusal::Empty } else { Refusal::CommentOnly { said } });
    };
    let code = lines.get(first..=last).unwrap_or_default().join("\n");
    let code = code.strip_prefix("$ ").unwrap_or(&code).trim();
    if code.is_empty() { Err(Refusal::Empty) } else { Ok(code.to_owned()) }
}

/// Whether a character can drive a terminal or make text look other than it is: control characters except newline and tab,
/// and marks that reorder or hide text.
#[must_use]
pub fn is_deceptive(c: char) -> bool {
    let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    let hides = matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}');
    reorders || hides || (c.is_control() && !matches!(c, '\n' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(alternative: u16, text: &str, probability: f32) -> Chunk {
        Chunk::Text { alternative, text: text.to_owned(), probability: Some(probability) }
    }
    fn finished(alternative: u16, reason: FinishReason) -> Chunk {
        Chunk::Finished { alternative, reason }
    }
    fn collect(chunks: &[Chunk]) -> Result<Proposal, Refusal> {
        let mut collector = Collector::default();
        for chunk in chunks {
            collector.push(chunk);
        }
        collector.into_proposal()
    }

    #[test]
    fn confidence_is_the_geometric_mean() {
        let proposal = collect(&[text(0, "ls", 0.5), text(0, " -la", 0.125), finished(0, FinishReason::Stop)]).unwrap();
        assert_eq!(proposal.command, "ls -la");
        assert!((proposal.confidence.unwrap() - 0.25).abs() < 1e-6);
    }

    #[test]
    fn what_came_before_a_restart_is_void() {
        let again = Chunk::Restarted { why: "it was gone".to_owned() };
        let stop = FinishReason::Stop;
        let chunks = [text(0, "rm -r", 0.1), text(1, "dir", 0.1), again, text(0, "ls", 0.5), finished(0, stop)];
        let proposal = collect(&chunks).unwrap();
        assert_eq!((proposal.command.as_str(), proposal.alternatives.len()), ("ls", 0));
        assert!((proposal.confidence.unwrap() - 0.5).abs() < 1e-6);
    }

    #[test]
    fn cut_or_looping_answers_are_no_command() {
        assert_eq!(collect(&[text(0, "ls", 1.0), finished(0, FinishReason::Length)]), Err(Refusal::Truncated));
        assert_eq!(collect(&[text(0, "ls", 1.0), finished(0, FinishReason::Loop)]), Err(Refusal::Repetition));
        assert_eq!(collect(&[text(0, "ls", 1.0)]), Err(Refusal::Truncated), "no end was ever seen");
        assert_eq!(collect(&[]), Err(Refusal::Empty));
    }

    #[test]
    fn a_good_alternative_replaces_a_bad_first_answer_and_equal_ones_are_dropped() {
        let stop = FinishReason::Stop;
        let proposal = collect(&[
            text(0, "ls ls ls", 1.0),
            finished(0, FinishReason::Loop),
            text(1, "ls", 1.0),
            finished(1, stop),
            text(2, "ls\n", 1.0),
            finished(2, stop),
            text(3, "dir", 1.0),
            finished(3, stop),
        ])
        .unwrap();
        assert_eq!((proposal.command.as_str(), proposal.alternatives), ("ls", vec!["dir".to_owned()]));
    }

    #[test]
    fn cleaning_keeps_the_command_whole() {
        let check = |text: &str, expected: &str| assert_eq!(clean(text).as_deref(), Ok(expected), "{text:?}");
        check("  ls -la \n", "ls -la");
        check("$ ls", "ls");
        check("$HOME/bin/x", "$HOME/bin/x");
        check("# list\nls\n# done", "ls");
        check("cat <<E > f\n# kept\nx\nE", "cat <<E > f\n# kept\nx\nE");
        check("for f in *; do\n  echo \"$f\"\ndone", "for f in *; do\n  echo \"$f\"\ndone");
        assert_eq!(clean("# not possible here"), Err(Refusal::CommentOnly { said: "not possible here".to_owned() }));
        assert_eq!(clean("# no command: it is late"), Err(Refusal::CommentOnly { said: "it is late".to_owned() }));
        assert_eq!(clean(" \n#\n"), Err(Refusal::Empty));
        for bad in ["ls \u{1b}[2J", "ls\r-la", "echo \u{202e}fdp.exe", "l\u{200b}s"] {
            assert!(matches!(clean(bad), Err(Refusal::Unprintable { .. })), "{bad:?}");
        }
        assert!(clean("printf 'é👩‍💻'").is_ok(), "joined emoji are text");
    }
}
