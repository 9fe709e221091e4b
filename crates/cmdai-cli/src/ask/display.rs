//! What a person sees while a command comes into being.
//!
//! Streamed text is dim and is wiped when it has been judged; only then does the command stand there as it is. Every write
//! ends with plain attributes, so the terminal is sane wherever the program is stopped. All of it goes to standard error.

use crate::say;
use crate::terminal;
use cmdai_core::generate::Preparation;
use cmdai_core::observe::{Observe, StreamEvent};
use cmdai_core::proposal::Proposal;
use console::{Term, style};
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Preparation is mentioned when it takes longer than this.
const MENTION_AFTER: Duration = Duration::from_millis(1500);

/// Watches nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observe for Silent {
    fn observe(&mut self, _: &StreamEvent<'_>) {}
}

/// Streams to the terminal.
#[derive(Debug)]
pub struct Display {
    term: Term,
    shown: String,
    started: Instant,
    /// What is shown is not text of the command.
    preparing: bool,
}

impl Display {
    /// For one request.
    #[must_use]
    pub fn new() -> Self {
        Self { term: Term::stderr(), shown: String::new(), started: Instant::now(), preparing: false }
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        let text = terminal::sanitize(text);
        write!(self.term, "{}", style(&text).for_stderr().dim())?;
        self.shown.push_str(&text);
        self.term.flush()
    }

    fn replace(&mut self, text: &str) -> io::Result<()> {
        self.wipe()?;
        self.append(text)
    }

    /// Shows what goes on until there is text of the command.
    pub(super) fn prepare(&mut self, text: &str) -> io::Result<()> {
        self.preparing = true;
        self.replace(text)
    }

    pub(super) fn wipe(&mut self) -> io::Result<()> {
        if !self.shown.is_empty() {
            self.term.write_line("")?;
            self.term.clear_last_lines(terminal::rows(&self.term, &self.shown))?;
            self.shown.clear();
        }
        Ok(())
    }
}

impl Default for Display {
    fn default() -> Self {
        Self::new()
    }
}

impl Observe for Display {
    fn observe(&mut self, event: &StreamEvent<'_>) {
        // A terminal that is gone ends the program by other ways.
        let _ = match event {
            StreamEvent::Started => {
                self.started = Instant::now();
                Ok(())
            }
            StreamEvent::Progress { step, fraction } if self.started.elapsed() > MENTION_AFTER => {
                self.prepare(&format!("{} … {:.0} %", step_title(*step), fraction * 100.0))
            }
            StreamEvent::Text { text } if std::mem::take(&mut self.preparing) => self.replace(text),
            StreamEvent::Text { text } => self.append(text),
            StreamEvent::Refused(_)
            | StreamEvent::Failed(_)
            | StreamEvent::Assessed(_)
            | StreamEvent::Restarted { .. } => self.wipe(),
            _ => Ok(()),
        };
    }
}

const fn step_title(step: Preparation) -> &'static str {
    match step {
        Preparation::LoadingModel => "loading the model",
        Preparation::EvaluatingPrompt => "preparing the model for its work (only this once)",
    }
}

/// Below this the model is not sure of its answer: of the benchmark's answers 16 of 346 are, and 13 of them are wrong; above 0.9 it is 7 of 137.
const UNSURE: f32 = 0.65;

/// What the checks found wrong, what they made the model correct, and whether it is sure of it.
pub fn checks(proposal: &Proposal) {
    for check in &proposal.checks {
        match check.name.as_str() {
            _ if !check.passed => say::warn(&check.detail),
            "corrected" | "amended" => say::note(&check.detail),
            _ => {}
        }
    }
    unsure(proposal);
}

/// Says so where the model is not sure of its answer.
pub fn unsure(proposal: &Proposal) {
    if proposal.confidence.is_some_and(|confidence| confidence < UNSURE) {
        say::note("the model is not sure of this: such answers are more often wrong than right");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::observe;

    #[test]
    fn observe_contract() {
        observe::any_event_is_taken(&mut Display::new());
        observe::any_event_is_taken(&mut Silent);
    }
}
