//! What can be answered when a command is there: by one key where little is at stake, by a typed line where more is.
//!
//! The wishes that change nothing on the machine (edit, revise, explain, alternatives, copy, no) are the same everywhere; only the yes
//! takes more the more is at risk. What is blocked is not asked about without `--allow-dangerous`, and with it takes the phrase
//! (held by `a_block_needs_the_flag_and_the_phrase`).

use crate::screen::keys::Key;
use cmdai_core::assess::{Assessment, Decision, RiskLevel};
use cmdai_core::confirm::Consent;

/// What must be typed before a critical command runs.
pub(super) const PHRASE: &str = "run it anyway";

/// What the keys mean, for those who ask.
pub(super) const HELP: &[&str] = &[
    "y  run it                      e  edit it here, then it is judged anew",
    "n  leave it (also q, Esc)      r  say in words what should be different",
    "x  explain it part by part     a  other commands for the same request",
    "i  put it on the prompt line   1-9  take that one of the others",
    "c  copy it",
];

/// What is asked about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// Enter means yes.
    Enter,
    /// Enter means no.
    YesOrNo,
    /// The word.
    TypedYes,
    /// [`PHRASE`].
    Phrase { overrides: bool },
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Yes,
    No,
    Edit,
    Revise,
    Explain,
    Alternatives,
    /// This one of the alternatives, from 0.
    Take(usize),
    Copy,
    /// Put it on the next prompt line of the shell.
    Insert,
    /// An answer of the model in the place of one from the history.
    Fresh,
    Help,
}

impl Question {
    /// `None` where nothing may be asked.
    pub(super) fn of(assessment: &Assessment, allow_dangerous: bool) -> Option<Self> {
        match (assessment.decision(), assessment.risk()) {
            (Decision::Block, _) => allow_dangerous.then_some(Self::Phrase { overrides: true }),
            (_, RiskLevel::Critical) => Some(Self::Phrase { overrides: false }),
            (_, RiskLevel::High) => Some(Self::TypedYes),
            (Decision::Allow, RiskLevel::Safe) => Some(Self::Enter),
            (_, RiskLevel::Safe | RiskLevel::Moderate) => Some(Self::YesOrNo),
        }
    }

    /// Whether one key is enough.
    pub(super) const fn takes_a_key(self) -> bool {
        matches!(self, Self::Enter | Self::YesOrNo)
    }

    /// The question on one line of `width` columns.
    pub(super) fn text(self, from_history: bool, inserts: bool, width: usize) -> String {
        let (ask, keys) = match self {
            Self::Enter => ("Run it? [Y/n]".to_owned(), true),
            Self::YesOrNo => ("Run it? [y/N]".to_owned(), true),
            Self::TypedYes => ("Type `yes` to run it".to_owned(), false),
            Self::Phrase { .. } => (format!("Type `{PHRASE}` to run it"), false),
        };
        let (take, letter) = if inserts { ("i insert", "i") } else { ("c copy", "c") };
        let fresh = if from_history { ", f afresh" } else { "" };
        let all = format!("{ask}  e edit, r revise, x explain, a others, {take}{fresh}, ? ");
        let brief = if keys { format!("{ask} ? ") } else { format!("{ask}: ") };
        let text = if keys {
            all
        } else {
            format!("{ask} (or e, r, x, a, {letter}{}, ?): ", if from_history { ", f" } else { "" })
        };
        if text.len() < width { text } else { brief }
    }

    /// What is said in its place where nothing is to be asked.
    pub(super) const fn would_be(self) -> &'static str {
        match self {
            Self::Enter => "dry run: Enter would run it",
            Self::YesOrNo => "dry run: `y` would run it",
            Self::TypedYes => "dry run: a typed `yes` would run it",
            Self::Phrase { .. } => "dry run: a typed phrase would run it",
        }
    }

    /// A typed line. What is nothing of all this is a no.
    pub(super) fn line(self, line: &str, from_history: bool) -> Choice {
        let line = line.trim().to_lowercase();
        let is_yes = match self {
            Self::Enter => matches!(line.as_str(), "" | "y" | "yes"),
            Self::YesOrNo => matches!(line.as_str(), "y" | "yes"),
            Self::TypedYes => line == "yes",
            Self::Phrase { .. } => line == PHRASE,
        };
        let mut letters = line.chars();
        match (letters.next(), letters.next()) {
            _ if is_yes => Choice::Yes,
            (Some(letter), None) => wish(letter, from_history).unwrap_or(Choice::No),
            _ => Choice::No,
        }
    }

    /// A key, where one is enough; `None` for one that means nothing.
    pub(super) fn key(self, key: Key, from_history: bool) -> Option<Choice> {
        match key {
            Key::Enter if self == Self::Enter => Some(Choice::Yes),
            Key::Enter | Key::Escape | Key::End => Some(Choice::No),
            Key::Char('y' | 'Y') => Some(Choice::Yes),
            Key::Char(letter) => wish(letter.to_ascii_lowercase(), from_history),
            Key::Other => None,
        }
    }

    /// On whose word it runs after a yes.
    pub(super) const fn consent(self) -> Consent {
        match self {
            Self::Phrase { overrides: true } => Consent::Overridden,
            _ => Consent::Confirmed,
        }
    }
}

impl Choice {
    /// What stands behind the question once a key was pressed.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Edit => "edit",
            Self::Revise => "revise",
            Self::Explain => "explain",
            Self::Alternatives => "others",
            Self::Take(_) => "that one",
            Self::Copy => "copy",
            Self::Insert => "insert",
            Self::Fresh => "a fresh answer",
            Self::Help => "help",
        }
    }
}

fn wish(letter: char, from_history: bool) -> Option<Choice> {
    Some(match letter {
        'n' | 'q' => Choice::No,
        'e' => Choice::Edit,
        'r' => Choice::Revise,
        'x' => Choice::Explain,
        'a' => Choice::Alternatives,
        'c' => Choice::Copy,
        'i' => Choice::Insert,
        'f' if from_history => Choice::Fresh,
        '?' | 'h' => Choice::Help,
        _ => Choice::Take(usize::try_from(letter.to_digit(10)?).ok()?.checked_sub(1)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::sample_assessment;
    use cmdai_core::request::SafetyLevel;

    #[test]
    fn a_block_needs_the_flag_and_the_phrase() {
        for level in SafetyLevel::ALL {
            for risk in RiskLevel::ALL {
                let judged = sample_assessment("x", *risk, *level);
                let asked = Question::of(&judged, false);
                assert_eq!(asked.is_none(), judged.decision() == Decision::Block, "{risk} at {level}");
                let question = Question::of(&judged, true).unwrap();
                assert!(judged.clone().approve(question.consent()).is_ok(), "a yes is enough: {risk} at {level}");
                if judged.decision() == Decision::Block {
                    assert_eq!(question.line(" Run it anyway\n", false), Choice::Yes);
                    assert_eq!(question.line("yes", false), Choice::No);
                    assert!(!question.takes_a_key() && question.consent() == Consent::Overridden);
                }
            }
        }
    }

    #[test]
    fn enter_runs_only_what_is_safe() {
        for (risk, level, yes, no) in [
            (RiskLevel::Safe, SafetyLevel::Moderate, &["", "y"][..], &["n", "maybe"][..]),
            (RiskLevel::Moderate, SafetyLevel::Moderate, &["y", "YES"], &["", "n"]),
            (RiskLevel::Moderate, SafetyLevel::Strict, &["y"], &[""]),
            (RiskLevel::High, SafetyLevel::Moderate, &["yes"], &["", "y"]),
            (RiskLevel::High, SafetyLevel::Permissive, &["yes"], &["", "y"]),
            (RiskLevel::Critical, SafetyLevel::Permissive, &[PHRASE], &["", "y", "yes"]),
        ] {
            let question = Question::of(&sample_assessment("x", risk, level), false).unwrap();
            assert!(yes.iter().all(|line| question.line(line, false) == Choice::Yes), "{risk} at {level}");
            assert!(no.iter().all(|line| question.line(line, false) == Choice::No), "{risk} at {level}");
            let enter = question.key(Key::Enter, false);
            assert_eq!(enter == Some(Choice::Yes), risk == RiskLevel::Safe);
        }
    }

    #[test]
    fn the_same_letters_are_keys_and_lines() {
        for letter in 'a'..='z' {
            for from_history in [false, true] {
                let pressed = Question::YesOrNo.key(Key::Char(letter), from_history);
                assert_eq!(
                    pressed.unwrap_or(Choice::No),
                    Question::YesOrNo.line(&letter.to_string(), from_history),
                    "{letter}"
                );
                if letter != 'y' {
                    assert_eq!(
                        Question::TypedYes.line(&letter.to_string(), from_history),
                        pressed.unwrap_or(Choice::No)
                    );
                }
            }
        }
        assert_eq!(Question::Enter.key(Key::Char('f'), false), None);
        assert_eq!(Question::Enter.key(Key::Char('2'), false), Some(Choice::Take(1)));
        assert_eq!(Question::Enter.key(Key::Char('0'), false), None);
        assert_eq!(Question::Enter.key(Key::Other, false), None);
    }

    #[test]
    fn the_question_fits_on_one_line() {
        for question in [Question::Enter, Question::YesOrNo, Question::TypedYes, Question::Phrase { overrides: true }] {
            for from_history in [false, true] {
                for (width, inserts) in [40, 60, 80, 200].into_iter().flat_map(|width| [(width, false), (width, true)])
                {
                    let text = question.text(from_history, inserts, width);
                    assert!(text.len() < width, "{text}");
                }
            }
        }
    }
}
