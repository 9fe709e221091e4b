//! Asks what is to become of a command, the more insistently the more it risks.
//!
//! One key answers where little is at stake; high risk takes a typed `yes` and critical risk a typed phrase (see `choice`).
//! What changes the command (an edit, a revision, another one) goes back to the pipeline, which judges it anew and asks again.

use super::choice::{Choice, HELP, Question};
use super::display;
use super::next_line::NextLine;
use crate::preview::{self, Preview};
use crate::screen::keys;
use crate::verify::Verifier;
use crate::{clipboard, explain, risk, say, terminal};
use cmdai_core::assess::{Assess, Assessment, Decision};
use cmdai_core::confirm::{Answer, Confirm};
use cmdai_core::context::ExecutionContext;
use cmdai_core::proposal::Proposal;
use cmdai_core::request::SafetyLevel;
use console::Term;
use futures_core::future::BoxFuture;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// Off a terminal: gives the command out and runs nothing; what is blocked is not even given out.
#[derive(Debug, Clone, Copy)]
pub struct NobodyToAsk {
    /// Give out what is blocked, too.
    pub allow_dangerous: bool,
}

impl Confirm for NobodyToAsk {
    fn confirm<'a>(&'a mut self, _: &'a Proposal, assessment: &'a Assessment) -> BoxFuture<'a, Answer> {
        let blocked = assessment.decision() == Decision::Block && !self.allow_dangerous;
        Box::pin(std::future::ready(if blocked { Answer::Decline } else { Answer::Show }))
    }
}

/// Shows the command and its risk, and asks.
#[derive(Clone)]
pub struct AskOnTerminal<'a> {
    /// Ask about what is blocked, too.
    pub allow_dangerous: bool,
    /// Tell what would be asked, and ask nothing.
    pub dry_run: bool,
    /// Judges the alternatives, which are shown beside the command.
    pub assessor: &'a dyn Assess,
    /// Where they would run.
    pub context: &'a ExecutionContext,
    /// How cautious to be.
    pub level: SafetyLevel,
    /// Knows what the parts of a command do.
    pub verifier: &'a Verifier,
    /// Where a command can be put to be run from there.
    pub(super) next_line: NextLine,
    /// Why no model made the command, where one could.
    pub stands_in: Option<&'a str>,
    /// Set where the user wants an answer of the model in its place.
    pub sent_back: &'a AtomicBool,
}

impl Confirm for AskOnTerminal<'_> {
    fn confirm<'a>(&'a mut self, proposal: &'a Proposal, assessment: &'a Assessment) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let asked = async {
                self.show(proposal, assessment)?;
                let Some(question) = Question::of(assessment, self.allow_dangerous) else {
                    say::note("blocked; `--allow-dangerous` asks all the same");
                    return Ok(Answer::Decline);
                };
                if self.dry_run {
                    say::note(question.would_be());
                    return Ok(Answer::Show);
                }
                // Typed before the question stood there, it is no answer to it.
                terminal::forget_typed()?;
                loop {
                    let choice = self.choose(question).await?;
                    if let Some(answer) = self.answer(choice, question, proposal, assessment).await? {
                        return Ok::<_, io::Error>(answer);
                    }
                }
            };
            // Without a terminal there is nobody who agreed.
            asked.await.unwrap_or(Answer::Decline)
        })
    }
}

impl AskOnTerminal<'_> {
    async fn choose(&self, question: Question) -> io::Result<Choice> {
        let text = question.text(self.stands_in.is_some(), self.next_line.is_there(), Term::stderr().size().1.into());
        if !question.takes_a_key() || !keys::are_there() {
            let line = terminal::ask_line(text).await?;
            return Ok(line.map_or(Choice::No, |line| question.line(&line, self.stands_in.is_some())));
        }
        loop {
            let choice = question.key(keys::press(text.clone()).await?, self.stands_in.is_some());
            say::lines(&[choice.map_or("", Choice::word).to_owned()])?;
            if let Some(choice) = choice {
                return Ok(choice);
            }
        }
    }

    /// `None` where the question stands as it was.
    async fn answer(
        &self,
        choice: Choice,
        question: Question,
        proposal: &Proposal,
        assessment: &Assessment,
    ) -> io::Result<Option<Answer>> {
        let command = assessment.command();
        Ok(match choice {
            Choice::Yes => Some(Answer::Run(question.consent())),
            Choice::No => Some(Answer::Decline),
            Choice::Fresh => {
                self.sent_back.store(true, Ordering::SeqCst);
                Some(Answer::Decline)
            }
            Choice::Edit => keys::edit("edit: ", command.to_owned()).await?.map(Answer::Edit),
            Choice::Revise => keys::edit("change: ", String::new()).await?.map(Answer::Revise),
            Choice::Alternatives if proposal.alternatives.is_empty() => Some(Answer::Alternatives),
            Choice::Alternatives => {
                self.show_alternatives(proposal);
                None
            }
            Choice::Take(index) => {
                let other = proposal.alternatives.get(index).cloned();
                if other.is_none() {
                    say::note("there is no such one; `a` asks for others");
                }
                other.map(Answer::Edit)
            }
            Choice::Copy => {
                clipboard::copy(command)?;
                say::note("sent to the clipboard of the terminal");
                Some(Answer::Copied)
            }
            Choice::Insert if self.next_line.put(command)? => Some(Answer::Copied),
            Choice::Insert => {
                say::note("only your shell can do that: `cmdai init --help` says how it is told; `c` copies it");
                None
            }
            Choice::Explain => {
                say::lines(&explain::lines(
                    &self.verifier.explain(command, self.context),
                    Term::stderr().size().1.into(),
                ))?;
                None
            }
            Choice::Help => {
                say::lines(&HELP.iter().map(|line| format!("  {line}")).collect::<Vec<_>>())?;
                None
            }
        })
    }

    fn show(&self, proposal: &Proposal, assessment: &Assessment) -> io::Result<()> {
        say::try_line(&risk::marked(assessment))?;
        if !console::colors_enabled()
            && let Some(carets) = risk::carets(assessment, Term::stdout().size().1.into())
        {
            say::try_line(&carets)?;
        }
        self.show_alternatives(proposal);
        display::checks(proposal);
        if let Some(why) = self.stands_in {
            say::note(why);
        }
        say::lines(&risk::reasons(assessment))?;
        let preview = preview::of(assessment.command(), self.context);
        say::lines(&preview.iter().flat_map(Preview::lines).collect::<Vec<_>>())
    }

    fn show_alternatives(&self, proposal: &Proposal) {
        for (number, other) in (1..).zip(&proposal.alternatives) {
            let judged = self.assessor.assess(other, self.context, self.level);
            say::note(&format!("  {number}  {other}   (risk {})", judged.risk()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::confirm;

    #[tokio::test]
    async fn confirm_contract() {
        for allow_dangerous in [false, true] {
            confirm::nobody_to_ask_means_no_run(&mut NobodyToAsk { allow_dangerous }).await;
            confirm::a_run_has_enough_consent(&mut NobodyToAsk { allow_dangerous }).await;
        }
    }
}
