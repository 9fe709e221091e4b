//! What a person sees of a request whose command goes onto their prompt line: a hint in the place of the line, the command as it comes
//! into being, and then nothing, for the shell paints its line again there; only a risk stays, on one line above it.
//!
//! All of it goes to standard error, and the hint only where that is a terminal: a script that shows it in its own way catches the rest.

use super::display::{self, Display};
use crate::errors::Failure;
use crate::{risk, say, terminal};
use cmdai_core::assess::RiskLevel;
use cmdai_core::observe::{Observe, StreamEvent};
use cmdai_core::pipeline::Outcome;
use cmdai_core::record::Disposition;
use console::Term;

/// The hint; gone when it is dropped, whatever ended the request.
#[derive(Debug)]
pub struct Hint {
    display: Display,
    text: String,
}

impl Hint {
    /// Shows that these words are worked on.
    #[must_use]
    pub fn show(words: &str) -> Self {
        let term = Term::stderr();
        let mut hint = Self { display: Display::new(), text: String::new() };
        if term.is_term() {
            let text = format!("cmdai works, Ctrl-C stops it: {}", terminal::one_line(words.trim()));
            // On one row, the last column of which moves the cursor on some terminals.
            let width = usize::from(term.size().1).saturating_sub(1);
            hint.text = console::truncate_str(&text, width, "…").into_owned();
        }
        hint.paint();
        hint
    }

    fn paint(&mut self) {
        // A terminal that is gone ends the program by other ways.
        let _ = self.display.prepare(&self.text);
    }

    /// Says something above it.
    pub fn aside(&mut self, warning: &str) {
        let _ = self.display.wipe();
        say::warn(warning);
        self.paint();
    }
}

impl Observe for Hint {
    fn observe(&mut self, event: &StreamEvent<'_>) {
        if !self.text.is_empty() {
            self.display.observe(event);
        }
    }
}

impl Drop for Hint {
    fn drop(&mut self) {
        let _ = self.display.wipe();
    }
}

/// The command on standard output, unless it is blocked; its risk, and what the checks found, on standard error.
///
/// # Errors
/// Standard output is gone.
pub fn give_out(outcome: &Outcome) -> Result<(), Failure> {
    let Outcome { assessment, disposition, proposal, .. } = outcome;
    let risk = risk::reasons(assessment).into_iter().next().unwrap_or_default();
    // A terminal that cannot be written to is no reason to fail.
    if *disposition == Disposition::Blocked {
        let _ = say::lines(&[format!("cmdai: blocked `{}`, {risk}", terminal::one_line(assessment.command()))]);
        return Ok(());
    }
    proposal.checks.iter().filter(|check| !check.passed).for_each(|check| say::warn(&check.detail));
    display::unsure(proposal);
    if assessment.risk() > RiskLevel::Safe {
        let _ = say::lines(&[risk]);
    }
    say::line(assessment.command())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::observe;

    #[test]
    fn observe_contract() {
        observe::any_event_is_taken(&mut Hint::show("list files"));
    }
}
