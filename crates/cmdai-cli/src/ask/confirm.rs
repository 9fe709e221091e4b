//! Asks before a command runs.

use crate::ask::{display, output};
use crate::terminal;
use cmdai_core::assess::{Assessment, Coverage, Decision};
use cmdai_core::confirm::{Answer, Confirm, Consent};
use cmdai_core::proposal::Proposal;
use console::style;
use futures_core::future::BoxFuture;

/// Off a terminal: gives the command out and runs nothing.
#[derive(Debug, Clone, Copy)]
pub struct NobodyToAsk;

impl Confirm for NobodyToAsk {
    fn confirm<'a>(&'a mut self, _: &'a Proposal, _: &'a Assessment) -> BoxFuture<'a, Answer> {
        Box::pin(std::future::ready(Answer::Show))
    }
}

/// Shows the command and its risk, and takes y or N.
#[derive(Debug, Clone, Copy)]
pub struct AskOnTerminal;

impl Confirm for AskOnTerminal {
    fn confirm<'a>(&'a mut self, proposal: &'a Proposal, assessment: &'a Assessment) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            let command = terminal::sanitize(assessment.command());
            if output::print_line(&style(command).bold().to_string()).is_err() {
                return Answer::Decline;
            }
            for other in &proposal.alternatives {
                display::note(&format!("or: {other}"));
            }
            display::note(&risk_line(assessment));
            if assessment.decision() == Decision::Block {
                return Answer::Decline;
            }
            match terminal::ask_yes_no("Run it? [y/N] ".to_owned(), false).await {
                Ok(true) => Answer::Run(Consent::Confirmed),
                Ok(false) | Err(_) => Answer::Decline,
            }
        })
    }
}

fn risk_line(assessment: &Assessment) -> String {
    match assessment.coverage() {
        Coverage::Unparsed => {
            "not judged: this version cannot tell what a command does, so read it before you run it".to_owned()
        }
        Coverage::Full | Coverage::Partial => {
            let reasons: Vec<&str> = assessment.findings().iter().map(|finding| finding.why.as_str()).collect();
            format!("risk {}: {}", assessment.risk(), reasons.join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::confirm;

    #[tokio::test]
    async fn confirm_contract() {
        confirm::nobody_to_ask_means_show(&mut NobodyToAsk).await;
        confirm::a_run_has_enough_consent(&mut NobodyToAsk).await;
    }
}
