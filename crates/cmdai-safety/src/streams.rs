//! Redirections and substitutions: what flows into a command and where its output goes.

use crate::contents::ENDLESS;
use crate::ir::{Part, Redirect, RedirectKind, Stmt};
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Data, Taint};
use cmdai_core::assess::RiskLevel;

impl Machine<'_> {
    /// `$(…)`.
    pub(crate) fn substitute(&mut self, body: &[Stmt]) -> Data {
        let network = std::mem::take(&mut self.to_network);
        // `$(< file)` is the file.
        if let [stmt] = body
            && matches!(&stmt.node, crate::ir::Node::Simple { assigns, words } if assigns.is_empty() && words.is_empty())
            && let Some(data) = self.inputs(&stmt.redirects, &Data::default())
        {
            self.to_network = network;
            return data;
        }
        // What is substituted is read to its end before the command begins.
        let reads = std::mem::take(&mut self.reads);
        let pipes = std::mem::take(&mut self.pipes);
        let data = self.aside(|machine| machine.sequence(body, &Data::default()));
        (self.reads, self.pipes) = (reads, pipes);
        self.to_network = network;
        if data.from == ENDLESS {
            self.holds_endless("a shell", &data, &[]);
        }
        data
    }

    /// A reader that keeps all it reads until the end, at something that has none.
    pub(crate) fn holds_endless(&mut self, name: &str, input: &Data, args: &[crate::value::Arg]) {
        let keeps =
            ["tail", "gtail", "sort", "tac", "rev", "jq", "column", "shuf", "sponge", "grep", "paste", "a shell"];
        if input.from == ENDLESS && keeps.contains(&name) {
            let span = args.first().map_or(0..0, |a| a.span.clone());
            self.finding(
                "fill-memory",
                "resources",
                RiskLevel::High,
                &span,
                "exhaust",
                "memory",
                "reads without end into memory until the machine stops answering",
            );
        }
    }

    /// `<(…)` is a file that holds the output; `>(…)` one that feeds the input.
    pub(crate) fn process_substitution(&mut self, body: &[Stmt], input: bool) -> String {
        self.processes += 1;
        let path = format!("/dev/fd/{}", 100 + self.processes);
        if input {
            let data = self.substitute(body);
            self.files.insert(path.clone(), data);
        } else {
            let data = Data { from: "another command".to_owned(), ..Data::default() };
            self.aside(|machine| machine.sequence(body, &data));
            if self.feeds.len() < 8 {
                self.feeds.push((path.clone(), std::rc::Rc::new(body.to_vec())));
            }
        }
        path
    }

    pub(crate) fn inputs(&mut self, redirects: &[Redirect], _stdin: &Data) -> Option<Data> {
        let mut input = None;
        for redirect in redirects {
            match redirect.kind {
                RedirectKind::Here => {
                    let text = self.expand_one(&redirect.target);
                    input = Some(Data { text: Some(text.text), taint: text.taint, from: "the text itself".to_owned() });
                }
                RedirectKind::Read => {
                    let target = self.expand_one(&redirect.target);
                    input = Some(self.read_file(&target));
                }
                RedirectKind::ReadWrite => {
                    let target = self.expand_one(&redirect.target);
                    let path = target.text.trim_start_matches("/dev/tcp/").trim_start_matches("/dev/udp/");
                    let away = !crate::network::is_here(path);
                    self.network_fd |= self.network_path(&target) && away;
                }
                RedirectKind::Write | RedirectKind::Append => {
                    // Evaluated for its effect in `outputs`; a connection must be known before the command runs.
                    if redirect.target.parts.iter().any(
                        |p| matches!(p, crate::ir::Part::Bare(t) if (t.contains("/dev/tcp") || t.contains("/dev/udp")) && !crate::network::is_here(t.trim_start_matches("/dev/tcp/"))),
                    ) {
                        self.to_network = true;
                        input = input.or_else(|| Some(Data::unknown(Taint::NET, "a network connection")));
                    }
                }
                RedirectKind::Dup => {
                    // A descriptor of the shell's own, also behind a variable.
                    let own = redirect.target.parts.iter().any(
                        |p| !matches!(p, Part::Bare(t) | Part::Quoted(t) if matches!(t.as_str(), "0" | "1" | "2" | "-")),
                    );
                    if self.network_fd && own {
                        self.to_network = true;
                        input = input.or_else(|| Some(Data::unknown(Taint::NET, "a network connection")));
                    }
                }
            }
        }
        input
    }

    /// The shell empties a file before the command reads it: `sort x > x`.
    pub(crate) fn own_input(&mut self, redirects: &[Redirect]) {
        for redirect in redirects.iter().filter(|r| r.kind == RedirectKind::Write && r.fd != Some(2)) {
            if redirect.target.parts.iter().any(|p| matches!(p, Part::Command(_) | Part::Process { .. })) {
                continue;
            }
            let target = self.expand_one(&redirect.target);
            let path = self.place(&target.text).path;
            if !target.has_gap() && !target.text.contains(crate::value::STAR) && self.reads.contains(&path) {
                self.finding(
                    "empties-own-input",
                    "files",
                    RiskLevel::High,
                    &redirect.span.clone(),
                    "overwrite",
                    &target.text,
                    "empties the file before it is read, so that nothing of it is left",
                );
            }
        }
    }

    pub(crate) fn outputs(&mut self, redirects: &[Redirect], data: Data) -> Data {
        let mut data = data;
        for redirect in redirects {
            let own =
                |p: &Part| !matches!(p, Part::Bare(t) | Part::Quoted(t) if matches!(t.as_str(), "0" | "1" | "2" | "-"));
            if self.network_fd && redirect.kind == RedirectKind::Dup && redirect.target.parts.iter().any(own) {
                self.leak(&data, "a network connection", &redirect.span.clone());
            }
            let append = redirect.kind == RedirectKind::Append;
            if !append && redirect.kind != RedirectKind::Write {
                continue;
            }
            let stderr = redirect.fd == Some(2);
            for target in self.expand_texts(&redirect.target) {
                let written = if stderr { Data::default() } else { data.clone() };
                self.write_file(&target, &written, if append { Verb::Append } else { Verb::Write });
            }
            if !stderr {
                data = Data::known("");
            }
        }
        data
    }
}
