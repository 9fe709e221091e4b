//! `cmdai check`: judges a command or a script without running it and without a model.
//!
//! The judgement is data, so it goes to standard output, and the exit status says what follows from it. As the hook of a coding agent
//! it reads the agent's JSON and answers in kind; input that cannot be read ends with status 2, which agents take for a refusal,
//! so nothing fails open.

use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_check::CheckArgs;
use crate::say;
use crate::{probe, risk, settings, terminal};
use cmdai_config::Settings;
use cmdai_core::assess::{Assess, Assessment, Coverage, Decision};
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::{Platform, ShellType};
use cmdai_safety::Session;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

/// More than any analyser reads; the rest of an endless stream is left alone.
const READ_LIMIT: u64 = 1 << 20;

/// What coding agents send before they run a command.
#[derive(Debug, Deserialize)]
struct HookInput {
    #[serde(default)]
    hook_event_name: Option<String>,
    #[serde(default)]
    cwd: Option<PathBuf>,
    tool_input: ToolInput,
}

#[derive(Debug, Deserialize)]
struct ToolInput {
    /// Absent where the tool is no shell.
    #[serde(default)]
    command: Option<String>,
}

/// Judges what the arguments say.
///
/// # Errors
/// [`Failure`]: nothing to judge, or standard input cannot be read.
pub fn run(args: &CheckArgs, settings: &Settings) -> Result<ExitCode, Failure> {
    let analyzer = settings::analyzer(settings);
    let level = settings.safety.level;
    let text = if args.command.is_empty() { read()? } else { joined(&args.command) };
    let hooked = if args.command.is_empty() { hook_input(&text, args.hook)? } else { None };
    let context = context(args, settings.interface.shell, hooked.as_ref())?;
    let judge = |command: &str| analyzer.assess(command, &context, level);
    if let Some(input) = hooked {
        let judged = input.tool_input.command.as_deref().map(judge);
        if args.hook {
            return answer_hook(input.hook_event_name.as_deref(), judged.as_ref());
        }
        return judged.map_or(Ok(ExitCode::Ok), |judged| report(&[judged], args));
    }
    if text.trim().is_empty() {
        return Err(Failure::NothingToCheck);
    }
    if args.explain {
        let explanation = analyzer.explain(&text, &context, level);
        say::line(&terminal::sanitize(&explanation.to_string()))?;
        return Ok(status(&explanation.assessment));
    }
    if args.lines {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        return report(&lines.map(judge).collect::<Vec<_>>(), args);
    }
    let script = text.trim_end();
    report(&[Session::new().assess_script(&analyzer, script, &context, level)], args)
}

fn context(
    args: &CheckArgs,
    shell: Option<ShellType>,
    hooked: Option<&HookInput>,
) -> Result<ExecutionContext, Failure> {
    // What an agent calls a command is for a POSIX shell unless it says otherwise.
    let shell = shell.unwrap_or_else(|| if hooked.is_some() { ShellType::Bash } else { probe::shell() });
    let cwd = args.cwd.clone().or_else(|| hooked.and_then(|input| input.cwd.clone()));
    let mut context = match cwd {
        Some(dir) => probe::capture_in(shell, std::path::absolute(dir).map_err(Failure::CurrentDirectory)?),
        None => probe::capture(shell).map_err(Failure::CurrentDirectory)?,
    };
    if shell == ShellType::Cmd {
        context.platform = Platform::Windows;
    }
    Ok(context)
}

/// Standard input as text; what is not UTF-8 is replaced.
/// Standard input as text.
pub(super) fn read() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        return Err(Failure::NothingToCheck);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().take(READ_LIMIT).read_to_end(&mut bytes).map_err(Failure::Stdin)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// One argument is a line of shell; several are the words of one command.
pub(super) fn joined(words: &[String]) -> String {
    match words {
        [line] => line.clone(),
        words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    }
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-~".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn hook_input(text: &str, required: bool) -> Result<Option<HookInput>, Failure> {
    match serde_json::from_str(text) {
        Ok(input) => Ok(Some(input)),
        Err(error) if required => Err(Failure::Hook(error)),
        Err(_) => Ok(None),
    }
}

/// A hook that has nothing to say leaves the decision to the agent's own rules; it never widens them.
fn answer_hook(event: Option<&str>, judged: Option<&Assessment>) -> Result<ExitCode, Failure> {
    let Some(judged) = judged.filter(|judged| judged.decision() != Decision::Allow) else {
        return Ok(ExitCode::Ok);
    };
    let reason: Vec<String> = risk::reasons(judged).iter().map(|l| console::strip_ansi_codes(l).into_owned()).collect();
    let answer = json!({ "hookSpecificOutput": {
        "hookEventName": event.unwrap_or("PreToolUse"),
        "permissionDecision": if judged.decision() == Decision::Block { "deny" } else { "ask" },
        "permissionDecisionReason": reason.join("\n"),
    }});
    say::line(&answer.to_string())?;
    Ok(ExitCode::Ok)
}

/// Prints every judgement; the exit status is that of the worst.
fn report(judged: &[Assessment], args: &CheckArgs) -> Result<ExitCode, Failure> {
    for assessment in judged {
        let text = if args.json { json(assessment).to_string() } else { words(assessment, args.lines) };
        say::line(&text)?;
    }
    Ok(judged.iter().max_by_key(|judged| judged.decision()).map_or(ExitCode::Ok, status))
}

fn json(assessment: &Assessment) -> Value {
    say::versioned(json!({
        "command": assessment.command(),
        "risk": assessment.risk(),
        "decision": assessment.decision(),
        "coverage": assessment.coverage(),
        "findings": assessment.findings(),
    }))
}

/// The level, what follows, and each finding with its place; only the first line where many commands are listed.
fn words(assessment: &Assessment, brief: bool) -> String {
    let level = risk::colour(assessment.risk()).bold().apply_to(assessment.risk());
    let command = assessment.command();
    if brief {
        let why = risk::ranked(assessment).first().map_or_else(String::new, |f| format!("   # {}", risk::because(f)));
        return format!("{level}\t{}\t{}{why}", assessment.decision(), terminal::sanitize(command));
    }
    let mut lines = vec![format!("{level}, {}", consequence(assessment))];
    let many = command.trim_end().contains('\n');
    for finding in risk::ranked(assessment) {
        let before = command.get(..finding.span.start).unwrap_or_default();
        let place = if many { format!("line {}: ", before.matches('\n').count() + 1) } else { String::new() };
        let part = shortened(command.get(finding.span.clone()).unwrap_or_default());
        // The part that is shown is most often the target; it need not be there twice.
        let why = if finding.target.as_deref() == Some(part.as_str()) {
            terminal::sanitize(&finding.why)
        } else {
            risk::because(finding)
        };
        lines.push(format!("  {place}`{part}` {why} [{}, {}]", finding.risk, finding.rule));
        for (label, advice) in [("safer", &finding.safer), ("undo", &finding.undo)] {
            lines.extend(advice.as_ref().map(|advice| format!("    {label}: {}", terminal::sanitize(advice))));
        }
    }
    if assessment.coverage() != Coverage::Full {
        lines.push("  not all of it could be understood".to_owned());
    }
    lines.join("\n")
}

fn shortened(part: &str) -> String {
    const LONGEST: usize = 60;
    let line = terminal::sanitize(&part.replace('\n', " "));
    if line.chars().count() <= LONGEST { line } else { line.chars().take(LONGEST - 1).chain(['…']).collect() }
}

/// What follows from a judgement.
pub(crate) const fn consequence(assessment: &Assessment) -> &'static str {
    match assessment.decision() {
        Decision::Allow => "may run",
        Decision::Ask => "ask before it runs",
        Decision::Block => "blocked",
    }
}

const fn status(assessment: &Assessment) -> ExitCode {
    match assessment.decision() {
        Decision::Allow => ExitCode::Ok,
        Decision::Ask => ExitCode::Ask,
        Decision::Block => ExitCode::Blocked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_words_are_one_command_and_one_is_a_line() {
        let words = |words: &[&str]| joined(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(words(&["rm *.o; ls"]), "rm *.o; ls");
        assert_eq!(words(&["grep", "a b", "it's", "*.rs", ""]), r"grep 'a b' 'it'\''s' '*.rs' ''");
    }
}
