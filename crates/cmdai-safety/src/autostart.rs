//! Text that is put where it runs later by itself: a line that does nothing when it runs is a setting, not a way in.
//!
//! Part of [`effects`](crate::effects). The text runs in a machine of its own; what it leaves behind there (aliases, functions)
//! is run as well, because the next person who types the name runs it.

use crate::ir::{Node, Stmt, Word};
use crate::run::Machine;
use crate::value::Data;
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Programs that people give their passwords to.
const TRUSTED: &[&str] = &["sudo", "su", "ssh", "passwd", "gpg", "doas", "login"];

impl Machine<'_> {
    /// Whether a shell that reads `text` at its start does nothing of note, then or at the commands it renames.
    pub(crate) fn is_harmless(&mut self, text: &str) -> bool {
        let mut probe = Machine::new(self.ctx, self.policy);
        probe.reentry = self.reentry + 1;
        if probe.reentry > crate::run::MAX_REENTRY || !self.burn(20) {
            return false;
        }
        probe.fuel = self.fuel.min(500);
        // A shell that ends while it starts lets nobody in.
        let ends = crate::parse::parse(text, ShellType::Bash).body.iter().any(|stmt| match &stmt.node {
            crate::ir::Node::Simple { words, .. } => words.first().is_some_and(|w| {
                matches!(crate::loops::literal(w), "exit" | "logout" | "suspend" | "halt" | "poweroff")
                    || crate::loops::literal(w) == "set"
                        && words
                            .iter()
                            .skip(1)
                            .any(|o| matches!(crate::loops::literal(o), "-e" | "-eu" | "-euo" | "-ue" | "errexit"))
            }),
            _ => false,
        });
        if ends {
            return false;
        }
        probe.source_text(text, ShellType::Bash, &Data::default());
        let quiet =
            |probe: &Machine<'_>, most: RiskLevel| !probe.out_of_fuel && probe.findings.iter().all(|f| f.risk <= most);
        if probe.not_understood || !quiet(&probe, RiskLevel::Safe) {
            return false;
        }
        // What is told elsewhere at each command or each prompt.
        if text.contains("trap ") && ["curl", "wget", "nc ", "/dev/tcp"].iter().any(|w| text.contains(w)) {
            return false;
        }
        let aliases: Vec<(String, String)> = probe.aliases.iter().map(|(n, t)| (n.clone(), t.clone())).collect();
        let functions: Vec<_> = probe.functions.iter().map(|(n, b)| (n.clone(), std::rc::Rc::clone(b))).collect();
        for (name, text) in aliases {
            probe.findings.clear();
            probe.calls.push(name.clone());
            probe.source_text(&text, ShellType::Bash, &Data::default());
            probe.calls.pop();
            // A known name that means something else is how people are caught; a new name may do what its owner wants.
            let first = text.split_whitespace().next().unwrap_or_default();
            let renamed = crate::rules::is_listed(&name) && first != name && first != format!("\\{name}");
            // A name that asks for passwords belongs to the program that does.
            let asks = TRUSTED.contains(&name.as_str())
                && !text.split(|c: char| c.is_whitespace() || c == ';').any(|w| w == name)
                || TRUSTED.contains(&name.as_str()) && text.contains(['|', '>', '&'])
                || text.contains("sudo -S")
                || text.contains("sudo;")
                || text.contains("; sudo")
                || text.contains(";sudo");
            let takes = TAKERS.contains(&first) && first != name || asks;
            if takes || !quiet(&probe, if renamed { RiskLevel::Safe } else { RiskLevel::Moderate }) {
                return false;
            }
        }
        for (name, body) in functions {
            probe.findings.clear();
            probe.calls.push(name.clone());
            probe.statement(&body, &Data::default());
            probe.calls.pop();
            let known = crate::rules::is_listed(&name) || ["cd", "sudo", "su"].contains(&name.as_str());
            let talks = ["curl", "wget", "nc ", "/dev/tcp"].iter().any(|w| text.contains(w));
            if TRUSTED.contains(&name.as_str()) && text.contains("read ") {
                return false;
            }
            if (known || HOOKS.contains(&name.as_str())) && talks
                || !quiet(&probe, if known { RiskLevel::Safe } else { RiskLevel::Moderate })
            {
                return false;
            }
        }
        true
    }

    /// What a text leaves behind under the name of a known command, or of one that the shell calls by itself.
    pub(crate) fn left_behind(&mut self) {
        let known = |name: &str| HOOKS.contains(&name) || crate::rules::is_listed(name) || name == "cd";
        let aliases: Vec<(String, String)> =
            self.aliases.iter().filter(|(n, _)| known(n)).map(|(n, t)| (n.clone(), t.clone())).take(8).collect();
        let functions: Vec<_> = self
            .functions
            .iter()
            .filter(|(n, _)| known(n))
            .map(|(n, b)| (n.clone(), std::rc::Rc::clone(b)))
            .take(8)
            .collect();
        for (name, text) in aliases {
            let first = text.split_whitespace().next().unwrap_or_default();
            let talks = ["curl", "wget", "nc"].iter().any(|tool| {
                name != *tool
                    && text.split([';', '|', '&', '(']).any(|part| part.split_whitespace().next() == Some(tool))
            });
            if (TAKERS.contains(&first) || talks) && first != name && !TAKERS.contains(&name.as_str())
                || talks && text.contains("$(")
            {
                self.finding(
                    "renamed-command",
                    "deception",
                    RiskLevel::High,
                    &(0..0),
                    "execute",
                    &name,
                    "makes a known name do something else",
                );
            }
            self.calls.push(name);
            self.aside(|m| m.inner_text(&text, m.shell, &Data::default(), &(0..0)));
            self.calls.pop();
        }
        for (name, body) in functions {
            if tells(&body, &name) {
                self.finding(
                    "renamed-command",
                    "deception",
                    RiskLevel::High,
                    &(0..0),
                    "capture",
                    &name,
                    "tells another machine what is typed for a command",
                );
            }
            let asks = ["sudo", "su", "ssh", "passwd", "gpg", "doas", "login"].contains(&name.as_str());
            if asks
                && crate::loops::does(
                    std::slice::from_ref(&*body),
                    &["curl", "wget", "nc", "ncat", "tee", "socat", "read"],
                )
            {
                self.finding(
                    "renamed-command",
                    "deception",
                    RiskLevel::High,
                    &(0..0),
                    "execute",
                    &name,
                    "listens in on what is typed for a command that asks for passwords",
                );
            }
            self.calls.push(name);
            self.aside(|m| m.statement(&body, &Data::default()));
            self.calls.pop();
        }
    }

    /// A program that version control starts by itself.
    pub(crate) fn hook(&mut self, data: &Data, span: &crate::ir::Span) {
        if data.taint.has(crate::value::Taint::NET) {
            self.finding(
                "network-to-hook",
                "persistence",
                RiskLevel::High,
                span,
                "execute",
                "git",
                "makes git run what the network sent",
            );
        } else if let Some(text) = data.text.clone() {
            self.aside(|m| m.inner_text(&text, ShellType::Sh, &Data::default(), span));
        }
    }
}

/// Functions that the shell calls by itself.
const HOOKS: &[&str] = &[
    "command_not_found_handle",
    "command_not_found_handler",
    "precmd",
    "preexec",
    "chpwd",
    "periodic",
    "zshexit",
    "TRAPEXIT",
    "TRAPDEBUG",
    "fish_prompt",
    "fish_command_not_found",
];
/// What nobody wants to start by another name.
const TAKERS: &[&str] =
    &["rm", "dd", "shred", "mkfs", "kill", "killall", "shutdown", "reboot", "poweroff", "halt", "curl", "wget", "nc"];

/// Whether a function passes its arguments to the program it is named after, and to another machine.
fn tells(body: &Stmt, name: &str) -> bool {
    let mut commands = Vec::new();
    collect(body, &mut commands);
    let literals =
        |words: &[Word]| words.iter().take(2).map(crate::loops::literal).map(ToOwned::to_owned).collect::<Vec<_>>();
    let passes = commands.iter().any(|words| {
        matches!(literals(words).as_slice(), [first, second] if matches!(first.as_str(), "command" | "builtin") && second == name)
    });
    let sends = commands.iter().any(|words| {
        let sender = words.first().map_or("", crate::loops::literal);
        let given =
            words.iter().flat_map(|w| &w.parts).flat_map(crate::variables::variables).any(|v| v == "@" || v == "*");
        sender != name && given && matches!(sender, "curl" | "wget" | "nc" | "ncat" | "socat" | "telnet")
    });
    passes && sends
}

/// The simple commands of a statement, wherever they stand.
fn collect<'a>(stmt: &'a Stmt, found: &mut Vec<&'a [Word]>) {
    match &stmt.node {
        Node::Simple { words, .. } => found.push(words),
        Node::Pipe(inner) | Node::Group(inner) | Node::Subshell(inner) => inner.iter().for_each(|s| collect(s, found)),
        Node::AndOr(left, right) => {
            collect(left, found);
            collect(right, found);
        }
        _ => {}
    }
}
