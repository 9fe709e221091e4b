//! Walks the statements of a script as a shell would, on abstract values, and collects what they would do.
//!
//! The heart of an assessment: [`parse`](crate::parse) gives the statements, [`expand`](crate::expand) the arguments,
//! [`call`](crate::call) the meaning of one command, [`effects`](crate::effects) the findings. Every branch is walked, a loop
//! once with all values of its variable. One fuel counter is shared by all nested texts, so the walk ends (held by
//! `attacks_end_without_overflow_on_a_small_stack`).

use crate::expand::Value;
use crate::ir::{Assign, Node, Span, Stmt, Word};
use crate::policy::Policy;
use crate::session::Fact;
use crate::shared::Shared;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::Finding;
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::ShellType;
use std::collections::BTreeMap;
use std::rc::Rc;

const FUEL: u32 = 10_000;
/// What a text has that is empty; each byte adds one, up to [`FUEL`]. Braces and substitutions multiply, and who asks about a line of a hundred
/// bytes does not wait for what a script may cost.
const LEAST_FUEL: u32 = 4_000;
/// Texts within texts: `eval`, `bash -c`, decoded pipes.
pub(crate) const MAX_REENTRY: u32 = 8;
const MAX_DEPTH: u32 = 160;
const MAX_FINDINGS: usize = 200;

/// Who acts, and where.
#[allow(clippy::struct_excessive_bools, reason = "independent facts about one act")]
#[derive(Debug, Clone, Default)]
pub(crate) struct Actor {
    pub(crate) root: bool,
    /// In a container that shares nothing with this machine.
    pub(crate) isolated: bool,
    /// What of this machine stands in the container, and where.
    pub(crate) mounts: Option<Rc<crate::container::Mounts>>,
    /// The tool at hand only shows what it would do.
    pub(crate) dry: bool,
    /// The command is run once for each of a list that is not known.
    pub(crate) mass: bool,
    /// Something ends the command after a while.
    pub(crate) timed: bool,
}

/// The state of the walk.
#[allow(clippy::struct_excessive_bools, reason = "independent facts about one walk")]
pub(crate) struct Machine<'a> {
    pub(crate) ctx: &'a ExecutionContext,
    pub(crate) policy: &'a Policy,
    /// The language of the text at hand.
    pub(crate) shell: ShellType,
    pub(crate) vars: Shared<BTreeMap<String, Value>>,
    pub(crate) functions: Shared<BTreeMap<String, Rc<Stmt>>>,
    pub(crate) aliases: Shared<BTreeMap<String, String>>,
    pub(crate) cwd: Option<String>,
    pub(crate) home: String,
    /// What this text wrote, by absolute path.
    pub(crate) files: BTreeMap<String, Data>,
    /// Something came from the network into a file whose name is not known.
    pub(crate) downloaded: bool,
    pub(crate) findings: Vec<Finding>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) trace: Option<Vec<String>>,
    pub(crate) actor: Actor,
    pub(crate) not_understood: bool,
    pub(crate) reentry: u32,
    /// Findings of an inner text speak of this place of the outer one.
    pub(crate) pin: Option<Span>,
    pub(crate) calls: Vec<String>,
    /// The command at hand runs beside others: in a pipe or in the background.
    pub(crate) beside: u32,
    /// Pipes around the command at hand.
    pub(crate) pipes: u32,
    pub(crate) fuel: u32,
    depth: u32,
    pub(crate) out_of_fuel: bool,
    pub(crate) processes: u32,
    /// Standard output of the command at hand goes to a network connection.
    pub(crate) to_network: bool,
    /// A file descriptor of the shell is a network connection.
    pub(crate) network_fd: bool,
    /// What `>(…)` feeds, by the path that stands for it.
    pub(crate) feeds: Vec<(String, Rc<Vec<Stmt>>)>,
    /// Inside the body of a `for`.
    pub(crate) in_loop: bool,
    /// Files that the pipe at hand has read.
    pub(crate) reads: Vec<String>,
    /// Commands that run when the shell ends.
    pub(crate) at_exit: Vec<(String, Span)>,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(ctx: &'a ExecutionContext, policy: &'a Policy) -> Self {
        let cwd = ctx.cwd.to_string_lossy().into_owned();
        let mut machine = Self {
            ctx,
            policy,
            shell: ctx.shell,
            vars: Shared::default(),
            functions: Shared::default(),
            aliases: Shared::default(),
            home: home_of(ctx, &cwd),
            cwd: Some(crate::paths::normalise(&cwd, Some("/"))),
            files: BTreeMap::new(),
            downloaded: false,
            findings: Vec::new(),
            facts: Vec::new(),
            trace: None,
            actor: Actor { root: ctx.is_root, ..Actor::default() },
            not_understood: false,
            reentry: 0,
            pin: None,
            calls: Vec::new(),
            beside: 0,
            pipes: 0,
            fuel: FUEL,
            depth: 0,
            out_of_fuel: false,
            processes: 0,
            to_network: false,
            network_fd: false,
            feeds: Vec::new(),
            in_loop: false,
            reads: Vec::new(),
            at_exit: Vec::new(),
        };
        for (name, value) in ctx.environment() {
            machine.vars.insert(name.clone(), Value::one(value.clone(), Taint::default()));
        }
        machine
    }

    pub(crate) fn at(&self, span: &Span) -> Span {
        self.pin.clone().unwrap_or_else(|| span.clone())
    }

    pub(crate) fn homes(&self) -> &'static str {
        if self.ctx.platform == cmdai_core::request::Platform::MacOs { "/Users" } else { "/home" }
    }

    pub(crate) fn not_understood(&mut self, why: &str) {
        self.not_understood = true;
        self.note(|| format!("not understood: {why}"));
    }

    /// Adds a line to the trace, if one is kept.
    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace
            && trace.len() < 2000
        {
            let indent = "  ".repeat(self.calls.len().min(12) + self.reentry as usize);
            trace.push(format!("{indent}{}", line()));
        }
    }

    /// As much work as a text of so many bytes may cost.
    pub(crate) fn fuel_for(len: usize) -> u32 {
        u32::try_from(len).map_or(FUEL, |len| len.saturating_add(LEAST_FUEL).min(FUEL))
    }

    /// One step of work; false when there is none left.
    pub(crate) fn burn(&mut self, amount: u32) -> bool {
        if let Some(left) = self.fuel.checked_sub(amount) {
            self.fuel = left;
        } else {
            self.fuel = 0;
            self.out_of_fuel = true;
        }
        !self.out_of_fuel
    }

    pub(crate) fn found(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS && !self.findings.contains(&finding) {
            self.note(|| format!("=> {} {}: {}", finding.risk, finding.rule, finding.why));
            self.findings.push(finding);
        } else if let Some(worst) = self.findings.iter_mut().max_by_key(|f| f.risk)
            && worst.risk < finding.risk
        {
            *worst = finding;
        }
    }

    /// Runs the statements one after the other; what they print, in order.
    pub(crate) fn sequence(&mut self, body: &[Stmt], stdin: &Data) -> Data {
        let mut out: Option<Data> = None;
        for stmt in body {
            let data = self.statement(stmt, stdin);
            out = Some(match out {
                Some(before) => before.then(data),
                None => data,
            });
        }
        out.unwrap_or_else(|| Data::known(""))
    }

    pub(crate) fn statement(&mut self, stmt: &Stmt, stdin: &Data) -> Data {
        if !self.burn(1) {
            return Data::default();
        }
        if self.depth >= MAX_DEPTH {
            self.out_of_fuel = true;
            return Data::default();
        }
        self.depth += 1;
        let was = (self.to_network, self.beside);
        self.beside += u32::from(stmt.background);
        let reads = std::mem::take(&mut self.reads);
        let input = self.inputs(&stmt.redirects, stdin);
        if !stmt.redirects.is_empty() {
            crate::own_input::watch(self, std::slice::from_ref(stmt));
        }
        let data = self.node(&stmt.node, input.as_ref().unwrap_or(stdin), &stmt.span);
        if stmt.redirects.is_empty() && self.reads.len() < 16 {
            self.reads.extend(reads);
        } else {
            self.reads.extend(reads);
            self.own_input(&stmt.redirects);
        }
        let data = self.outputs(&stmt.redirects, data);
        if self.pipes == 0 {
            self.reads.clear();
        }
        (self.to_network, self.beside) = was;
        self.depth -= 1;
        data
    }

    fn node(&mut self, node: &Node, stdin: &Data, span: &Span) -> Data {
        match node {
            Node::Simple { assigns, words } => self.simple(assigns, words, stdin, span),
            Node::Pipe(stages) => {
                crate::own_input::watch(self, stages);
                self.beside += 1;
                self.pipes += 1;
                let kept = self.vars.clone();
                let data = stages.iter().fold(stdin.clone(), |data, stage| self.statement(stage, &data));
                self.merge(&kept);
                self.beside -= 1;
                self.pipes -= 1;
                data
            }
            Node::AndOr(left, right) => {
                let first = self.statement(left, stdin);
                let kept = self.vars.clone();
                self.learn(left);
                let second = self.statement(right, stdin);
                self.merge(&kept);
                first.then(second)
            }
            Node::Group(body) => self.sequence(body, stdin),
            Node::Subshell(body) => self.aside(|machine| machine.sequence(body, stdin)),
            Node::Branches { words, blocks } => {
                for word in words {
                    self.expand_flat(word);
                }
                let mut out = Data::known("");
                let (test, rest) =
                    if words.is_empty() { blocks.split_at(blocks.len().min(1)) } else { blocks.split_at(0) };
                for block in test {
                    self.sequence(block, stdin);
                }
                let kept = self.vars.clone();
                if let Some(last) = test.first().and_then(|block| block.last()) {
                    self.learn(last);
                }
                let mut all = kept.clone();
                for block in rest {
                    out = out.then(self.sequence(block, stdin));
                    crate::variables::merge(&mut all, &self.vars);
                    self.vars = kept.clone();
                }
                self.vars = all;
                out
            }
            Node::For { var, words, body } => self.each(var.as_deref(), words, body, stdin),
            Node::Loop { condition, body, endless } => {
                let first = self.sequence(condition, stdin);
                let listed =
                    crate::loops::reads_a_list(condition) && (stdin.text.is_none() || stdin.taint.has(Taint::LIST));
                if listed {
                    crate::loops::locked_away(self, body);
                }
                for name in crate::loops::read_names(condition) {
                    crate::onto_one::watch(self, body, &name, false);
                }
                let data = self.in_mass(listed, |machine| machine.sequence(body, stdin));
                if *endless || crate::stuck::is_stuck(condition, body) {
                    self.endless(body, span);
                }
                first.then(data)
            }
            Node::Function { name, body } => {
                self.functions.insert(name.clone(), Rc::clone(body));
                Data::known("")
            }
            Node::Test(words) => {
                for word in words {
                    self.expand_flat(word);
                }
                Data::known("")
            }
        }
    }

    /// Runs `inner` so that variables and directory are afterwards what they were.
    pub(crate) fn aside<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let kept = (self.vars.clone(), self.cwd.clone(), self.functions.clone(), self.aliases.clone());
        let result = inner(self);
        (self.vars, self.cwd, self.functions, self.aliases) = kept;
        result
    }

    /// What was true before stays possible beside what is true now.
    fn merge(&mut self, before: &Shared<BTreeMap<String, Value>>) {
        crate::variables::merge(&mut self.vars, before);
    }

    fn simple(&mut self, assigns: &[Assign], words: &[Word], stdin: &Data, span: &Span) -> Data {
        let kept = (!words.is_empty() && !assigns.is_empty() && !is_declaration(words)).then(|| self.vars.clone());
        for assign in assigns {
            self.assign(assign);
        }
        let Some((first, rest)) = words.split_first() else {
            return Data::known("");
        };
        let mut heads = self.expand(first).into_iter().peekable();
        let mut tail: Vec<Arg> = Vec::with_capacity(rest.len());
        for word in rest {
            self.expand_to(word, &mut tail);
        }
        let mut out: Option<Data> = None;
        while let Some(mut argv) = heads.next() {
            if heads.peek().is_some() {
                argv.extend(tail.iter().cloned());
            } else {
                argv.append(&mut tail);
            }
            if argv.is_empty() {
                continue;
            }
            let data = self.call_at(&argv, stdin, span);
            out = Some(match out {
                Some(before) => before.then(data),
                None => data,
            });
        }
        if let Some(kept) = kept {
            self.vars = kept;
        }
        out.unwrap_or_else(|| Data::known(""))
    }

    fn call_at(&mut self, argv: &[Arg], stdin: &Data, span: &Span) -> Data {
        let was = self.pin.clone();
        let _ = span;
        let data = self.call(argv, stdin);
        self.pin = was;
        data
    }
}

pub(crate) fn is_declaration(words: &[Word]) -> bool {
    let first = words.first().map(|w| w.parts.as_slice());
    matches!(first, Some([crate::ir::Part::Quoted(t) | crate::ir::Part::Bare(t)]) if matches!(t.as_str(), "export" | "declare" | "local" | "readonly" | "typeset" | "set"))
}

pub(crate) fn home_of(ctx: &ExecutionContext, cwd: &str) -> String {
    if let Some(home) = ctx.environment().get("HOME") {
        return crate::paths::normalise(home, None);
    }
    if ctx.is_root {
        return "/root".to_owned();
    }
    let mut pieces = cwd.split('/').skip(1);
    match (pieces.next(), pieces.next(), &ctx.user) {
        (Some(homes @ ("home" | "Users")), Some(user), _) if !user.is_empty() => format!("/{homes}/{user}"),
        (_, _, Some(user)) => format!("/home/{user}"),
        _ => "/home/user".to_owned(),
    }
}
