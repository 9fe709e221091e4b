//! Walks the statements of a script as a shell would, on abstract values, and collects what they would do.
//!
//! The heart of an assessment: [`parse`](crate::parse) gives the statements, [`expand`](crate::expand) the arguments,
//! [`call`](crate::call) the meaning of one command, [`effects`](crate::effects) the findings. Every branch is walked, a loop
//! once with all values of its variable. One fuel counter is shared by all nested texts, so the walk ends (held by
//! `nesting_attacks_end_quickly`).

use crate::expand::Value;
use crate::ir::{Assign, Node, Redirect, RedirectKind, Span, Stmt, Word};
use crate::policy::Policy;
use crate::risk::Verb;
use crate::session::Fact;
use crate::value::{Arg, Data, MAYBE, Taint, UNKNOWN};
use cmdai_core::assess::{Finding, RiskLevel};
use cmdai_core::context::ExecutionContext;
use std::collections::BTreeMap;
use std::rc::Rc;

const FUEL: u32 = 20_000;
/// Texts within texts: `eval`, `bash -c`, decoded pipes.
pub(crate) const MAX_REENTRY: u32 = 8;
const MAX_DEPTH: u32 = 160;
const MAX_FINDINGS: usize = 200;

/// Who acts, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Actor {
    pub(crate) root: bool,
    /// In a container that shares nothing with this machine.
    pub(crate) isolated: bool,
    /// The tool at hand only shows what it would do.
    pub(crate) dry: bool,
}

/// The state of the walk.
pub(crate) struct Machine<'a> {
    pub(crate) ctx: &'a ExecutionContext,
    pub(crate) policy: &'a Policy,
    pub(crate) vars: BTreeMap<String, Value>,
    pub(crate) functions: BTreeMap<String, Rc<Stmt>>,
    pub(crate) aliases: BTreeMap<String, String>,
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
    pub(crate) fuel: u32,
    depth: u32,
    pub(crate) out_of_fuel: bool,
    pub(crate) processes: u32,
    /// Standard output of the command at hand goes to a network connection.
    pub(crate) to_network: bool,
    /// A file descriptor of the shell is a network connection.
    pub(crate) network_fd: bool,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(ctx: &'a ExecutionContext, policy: &'a Policy) -> Self {
        let cwd = ctx.cwd.to_string_lossy().into_owned();
        let mut machine = Self {
            ctx,
            policy,
            vars: BTreeMap::new(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
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
            fuel: FUEL,
            depth: 0,
            out_of_fuel: false,
            processes: 0,
            to_network: false,
            network_fd: false,
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
        let indent = "  ".repeat(self.calls.len().min(12) + self.reentry as usize);
        if let Some(trace) = &mut self.trace
            && trace.len() < 2000
        {
            trace.push(format!("{indent}{}", line()));
        }
    }

    /// One step of work; false when there is none left.
    pub(crate) fn burn(&mut self, amount: u32) -> bool {
        match self.fuel.checked_sub(amount) {
            Some(left) => self.fuel = left,
            None => {
                self.fuel = 0;
                self.out_of_fuel = true;
            }
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
        let input = self.inputs(&stmt.redirects, stdin);
        let data = self.node(&stmt.node, input.as_ref().unwrap_or(stdin), &stmt.span);
        let data = self.outputs(&stmt.redirects, data);
        (self.to_network, self.beside) = was;
        self.depth -= 1;
        data
    }

    fn node(&mut self, node: &Node, stdin: &Data, span: &Span) -> Data {
        match node {
            Node::Simple { assigns, words } => self.simple(assigns, words, stdin, span),
            Node::Pipe(stages) => {
                self.beside += 1;
                let kept = self.vars.clone();
                let data = stages.iter().fold(stdin.clone(), |data, stage| self.statement(stage, &data));
                self.merge(&kept);
                self.beside -= 1;
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
                    merge(&mut all, &self.vars);
                    self.vars.clone_from(&kept);
                }
                self.vars = all;
                out
            }
            Node::For { var, words, body } => {
                let values: Vec<Arg> = words.iter().flat_map(|word| self.expand_flat(word)).collect();
                if let Some(name) = var {
                    let taint = values.iter().fold(Taint::default(), |t, v| t.with(v.taint));
                    let mut texts: Vec<String> = values.into_iter().map(|v| v.text).collect();
                    if texts.is_empty() {
                        texts.push(if words.is_empty() { MAYBE } else { UNKNOWN }.to_string());
                    }
                    self.vars.insert(name.clone(), Value { texts, taint, array: false });
                }
                self.sequence(body, stdin)
            }
            Node::Loop { condition, body, endless } => {
                let first = self.sequence(condition, stdin);
                let data = self.sequence(body, stdin);
                if *endless {
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
    fn merge(&mut self, before: &BTreeMap<String, Value>) {
        merge(&mut self.vars, before);
    }

    /// After `[ -n "$X" ] &&` the variable is not empty.
    fn learn(&mut self, test: &Stmt) {
        let words: &[Word] = match &test.node {
            Node::Simple { words, .. } | Node::Test(words) => words,
            _ => return,
        };
        let names: Vec<String> = words.iter().flat_map(|w| &w.parts).flat_map(variables).collect();
        let negative =
            words.iter().any(|w| matches!(w.parts.as_slice(), [crate::ir::Part::Bare(t)] if t == "-z" || t == "!"));
        let is_test = matches!(&test.node, Node::Test(_))
            || words
                .first()
                .is_some_and(|w| matches!(w.parts.as_slice(), [crate::ir::Part::Bare(t)] if t == "[" || t == "test"));
        if negative || !is_test {
            return;
        }
        for name in names {
            let value = self.lookup(&name);
            let texts = value.texts.iter().map(|t| t.replace(MAYBE, &UNKNOWN.to_string())).collect();
            self.vars.insert(name, Value { texts, ..value });
        }
    }

    fn simple(&mut self, assigns: &[Assign], words: &[Word], stdin: &Data, span: &Span) -> Data {
        let kept = (!words.is_empty() && !assigns.is_empty() && !is_declaration(words)).then(|| self.vars.clone());
        for assign in assigns {
            self.assign(assign);
        }
        let Some((first, rest)) = words.split_first() else {
            return Data::known("");
        };
        let heads = self.expand(first);
        let tail: Vec<Arg> = rest.iter().flat_map(|word| self.expand_flat(word)).collect();
        let mut out: Option<Data> = None;
        for head in heads {
            let mut argv = head;
            argv.extend(tail.iter().cloned());
            if argv.is_empty() {
                continue;
            }
            let data = self.call_at(argv, stdin, span);
            out = Some(out.map_or(data.clone(), |before| before.then(data)));
        }
        if let Some(kept) = kept {
            self.vars = kept;
        }
        out.unwrap_or_else(|| Data::known(""))
    }

    fn call_at(&mut self, argv: Vec<Arg>, stdin: &Data, span: &Span) -> Data {
        let was = self.pin.clone();
        let _ = span;
        let data = self.call(argv, stdin);
        self.pin = was;
        data
    }

    pub(crate) fn assign(&mut self, assign: &Assign) {
        let compound = assign.values.len() != 1;
        let mut texts = Vec::new();
        let mut taint = Taint::default();
        for word in &assign.values {
            let found = if compound { self.expand_flat(word) } else { self.expand_texts(word) };
            for arg in found {
                taint = taint.with(arg.taint);
                texts.push(arg.text);
            }
        }
        if texts.is_empty() && !compound {
            texts.push(String::new());
        }
        self.watch_variable(&assign.name, texts.first().map_or("", String::as_str), assign.values.first());
        let value = match self.vars.get(&assign.name) {
            Some(old) if assign.append && !compound && !old.array => Value {
                texts: old.texts.iter().flat_map(|a| texts.iter().map(move |b| format!("{a}{b}"))).take(16).collect(),
                taint: taint.with(old.taint),
                array: false,
            },
            Some(old) if assign.append => {
                Value { texts: old.texts.iter().cloned().chain(texts).collect(), taint, array: true }
            }
            _ => Value { texts, taint, array: compound },
        };
        self.vars.insert(assign.name.clone(), value);
    }

    /// The value of a name: assigned in this text, known from the context, or a gap.
    pub(crate) fn lookup(&self, name: &str) -> Value {
        if let Some(value) = self.vars.get(name) {
            return value.clone();
        }
        let text = match name {
            "HOME" => self.home.clone(),
            "PWD" => self.cwd.clone().unwrap_or_else(|| UNKNOWN.to_string()),
            "IFS" => " \t\n".to_owned(),
            "TMPDIR" => "/tmp".to_owned(),
            "PATH" => format!("/usr/local/bin:/usr/bin:/bin{UNKNOWN}"),
            "SHELL" => "/bin/bash".to_owned(),
            "USER" | "LOGNAME" => self.ctx.user.clone().unwrap_or_else(|| UNKNOWN.to_string()),
            "UID" | "EUID" if self.ctx.is_root => "0".to_owned(),
            "OLDPWD" | "HOSTNAME" | "HOSTTYPE" | "OSTYPE" | "RANDOM" | "SECONDS" | "UID" | "EUID" | "PPID"
            | "LINENO" | "BASHPID" | "$" | "?" | "#" | "!" | "-" | "_" | "0" | "EPOCHSECONDS" => UNKNOWN.to_string(),
            _ => MAYBE.to_string(),
        };
        let secret = crate::secrets::is_secret_name(name);
        Value::one(text, if secret { Taint::ENV_SECRET } else { Taint::default() })
    }

    /// `$(…)`.
    pub(crate) fn substitute(&mut self, body: &[Stmt]) -> Data {
        let network = std::mem::take(&mut self.to_network);
        let data = self.aside(|machine| machine.sequence(body, &Data::default()));
        self.to_network = network;
        data
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
        }
        path
    }

    fn inputs(&mut self, redirects: &[Redirect], _stdin: &Data) -> Option<Data> {
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
                    self.network_fd |= self.network_path(&target);
                }
                RedirectKind::Write | RedirectKind::Append => {
                    // Evaluated for its effect in `outputs`; a connection must be known before the command runs.
                    if redirect.target.parts.iter().any(
                        |p| matches!(p, crate::ir::Part::Bare(t) if t.contains("/dev/tcp") || t.contains("/dev/udp")),
                    ) {
                        self.to_network = true;
                        input = input.or_else(|| Some(Data::unknown(Taint::NET, "a network connection")));
                    }
                }
                RedirectKind::Dup => {
                    if self.network_fd
                        && redirect.target.parts.iter().any(
                            |p| matches!(p, crate::ir::Part::Bare(t) if !matches!(t.as_str(), "0" | "1" | "2" | "-")),
                        )
                    {
                        input = input.or_else(|| Some(Data::unknown(Taint::NET, "a network connection")));
                    }
                }
            }
        }
        input
    }

    fn outputs(&mut self, redirects: &[Redirect], data: Data) -> Data {
        let mut data = data;
        for redirect in redirects {
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

    /// A loop without end that starts something new each time round.
    fn endless(&mut self, body: &[Stmt], span: &Span) {
        let starts = body.iter().any(|s| s.background);
        let waits = format!("{body:?}");
        let paced = ["\"sleep\"", "\"read\"", "\"wait\"", "\"break\"", "\"inotifywait\"", "\"exit\"", "\"return\""]
            .iter()
            .any(|w| waits.contains(w));
        if starts && !paced {
            self.finding(
                "resource-endless-loop",
                "resources",
                RiskLevel::Critical,
                span,
                "exhaust",
                "the machine",
                "starts processes without end, until the machine stops answering",
            );
        } else if !paced {
            self.finding(
                "endless-loop",
                "resources",
                RiskLevel::Moderate,
                span,
                "loop",
                "the shell",
                "runs without end until it is interrupted",
            );
        }
    }
}

fn merge(into: &mut BTreeMap<String, Value>, other: &BTreeMap<String, Value>) {
    for (name, value) in other {
        match into.get_mut(name) {
            None => {
                // Set on one way only.
                let mut value = value.clone();
                if !value.array {
                    value.texts.push(MAYBE.to_string());
                }
                into.insert(name.clone(), value);
            }
            Some(mine) if mine != value => {
                for text in &value.texts {
                    if !mine.texts.contains(text) && mine.texts.len() < 16 {
                        mine.texts.push(text.clone());
                    }
                }
                mine.taint = mine.taint.with(value.taint);
            }
            Some(_) => {}
        }
    }
}

fn variables(part: &crate::ir::Part) -> Vec<String> {
    match part {
        crate::ir::Part::Var { name, .. } => vec![name.clone()],
        crate::ir::Part::Double(parts) => parts.iter().flat_map(variables).collect(),
        _ => Vec::new(),
    }
}

fn is_declaration(words: &[Word]) -> bool {
    let first = words.first().map(|w| w.parts.as_slice());
    matches!(first, Some([crate::ir::Part::Quoted(t) | crate::ir::Part::Bare(t)]) if matches!(t.as_str(), "export" | "declare" | "local" | "readonly" | "typeset" | "set"))
}

fn home_of(ctx: &ExecutionContext, cwd: &str) -> String {
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
