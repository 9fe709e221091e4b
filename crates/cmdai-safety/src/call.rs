//! The meaning of one command: which program it really is, what it wraps, what it does.
//!
//! [`run`](crate::run) calls it with arguments, wrappers call it again with the command they carry. The order is the shell's:
//! functions and aliases of the text, then what is known about the program's name.

use crate::expand::Value;
use crate::ir::Span;
use crate::parse;
use crate::run::{MAX_REENTRY, Machine};
use crate::value::{Arg, Data, MAYBE, Taint, UNKNOWN, matches, shown, unglob};
use crate::{network, rules, shells, wrappers};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::{Platform, ShellType};
use std::borrow::Cow;

/// Programs a glob in the place of a command name may be meant to hide.
const HIDDEN: &[&str] = &[
    "/bin/rm",
    "/usr/bin/rm",
    "/bin/sh",
    "/bin/bash",
    "/usr/bin/bash",
    "/bin/dd",
    "/usr/bin/dd",
    "/bin/cat",
    "/usr/bin/cat",
    "/bin/mv",
    "/usr/bin/shred",
    "/sbin/mkfs",
    "/usr/bin/curl",
    "/usr/bin/wget",
    "/bin/nc",
    "/usr/bin/nc",
    "/usr/bin/python3",
    "/usr/bin/perl",
    "/bin/chmod",
    "/usr/bin/chmod",
    "/bin/kill",
];
/// Programs a glob may stand for when it fits none of those.
const HARMLESS: &[&str] =
    &["echo", "ls", "true", "date", "pwd", "printf", "test", "id", "uname", "head", "tail", "grep", "wc", "whoami"];
const MAX_CALL_DEPTH: usize = 40;

impl Machine<'_> {
    /// Runs one command; what it prints.
    pub(crate) fn call(&mut self, argv: &[Arg], stdin: &Data) -> Data {
        let letters: usize = argv.iter().map(|arg| arg.text.len()).sum();
        if !self.burn(1 + u32::try_from(argv.len() / 8 + letters / 64).unwrap_or(u32::MAX))
            || self.calls.len() > MAX_CALL_DEPTH
        {
            self.out_of_fuel = true;
            return Data::default();
        }
        let Some(mut head) = argv.first().map(Cow::Borrowed) else { return Data::known("") };
        // A variable that was never set leaves nothing behind: `r${x}m` is `rm`.
        if head.text.contains(MAYBE) && !head.text.contains(UNKNOWN) {
            let rest = head.text.replace(MAYBE, "");
            if rules::is_listed(&rest) {
                head.to_mut().text = rest;
            }
        }
        if self.trace.is_some() {
            let words: Vec<String> = argv.iter().map(|a| crate::effects::quote(&a.shown())).collect();
            self.note(|| format!("command {}", words.join(" ")));
        }
        self.watch_characters(&head);
        if head.has_gap() || head.text.is_empty() {
            return self.unknown_command(&head, argv, stdin);
        }
        let name = self.resolve(&head.text);
        if parse::is_own(&name, self.shell) {
            // A command of the shell itself behind a variable: read again, now that its name is known.
            let words: Vec<String> = argv.iter().map(|arg| parse::quoted(&arg.text, self.shell)).collect();
            return self.inner_text(&words.join(" "), self.shell, stdin, &head.span);
        }
        let args = argv.get(1..).unwrap_or_default();
        if !(head.text.contains(['/', '\\']) || self.functions.is_empty() && self.aliases.is_empty()) {
            let blind = matches!(self.shell, ShellType::PowerShell | ShellType::Cmd);
            let own = if blind { name.to_lowercase() } else { name.clone() };
            if let Some(body) = self.functions.get(&own).cloned() {
                return self.function(&own, &body, args, stdin, &head.span);
            }
            // The parser, where it expands an alias itself, leaves the blank behind it in the name.
            let own = name.trim_end_matches(' ').to_owned();
            if let Some(text) = self.aliases.get(&own).cloned()
                && !self.calls.contains(&own)
            {
                return self.alias(&own, &text, args, stdin);
            }
        }
        self.calls.push(name.clone());
        self.check_policy(&name, argv);
        let dry = self.actor.dry;
        self.actor.dry = dry
            || rules::is_dry(&name, args)
            || crate::dry::shows_only(&name, args)
            || crate::toys::is_toy(self, &name, args);
        crate::secrets::carried(self, &name, &head, args, stdin);
        crate::senders::watch(self, &name, &head, args, stdin);
        crate::spying::borrowed_name(self, &name, &head);
        crate::load::watch(self, &name, &head, args);
        crate::spying::watch(self, &name, &head, args);
        let mut data = self.dispatch(&name, &head, args, stdin);
        crate::secrets::taint_output(&name, args, &mut data);
        crate::outward::mark_output(&name, args, &mut data);
        crate::vital::taint_output(&name, args, &mut data);
        self.actor.dry = dry;
        self.calls.pop();
        data
    }

    fn dispatch(&mut self, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
        if args.len() == 1
            && args.first().is_some_and(|a| matches!(a.text.as_str(), "--help" | "--version" | "-V"))
            && rules::is_listed(name)
        {
            return Data::unknown(Taint::default(), name);
        }
        if let Some(data) = self.builtin(name, head, args, stdin) {
            return data;
        }
        crate::sql::watch(self, name, head, args, stdin);
        crate::writers::watch(self, name, head, args, stdin);
        crate::floods::testers(self, name, head, args);
        crate::unpack::watch(self, name, head, args);
        if let Some(data) = crate::launchers::launch(self, name, args, stdin) {
            return data;
        }
        crate::http_api::watch(self, name, head, args);
        let special = crate::doors::act(self, name, head, args, stdin);
        if let Some(data) = special.or_else(|| crate::corners::act(self, name, head, args, stdin)) {
            return data;
        }
        if matches!(name, "osascript" | "chcon" | "setfacl" | "chattr" | "adb") {
            // Judged by their words beside what they touch.
            rules::apply(self, name, head, args, stdin);
        }
        if let Some(data) = wrappers::unwrap(self, name, head, args, stdin) {
            return data;
        }
        if let Some(data) = shells::interpret(self, name, head, args, stdin) {
            return data;
        }
        if let Some(data) = crate::files::act(self, name, head, args, stdin) {
            return data;
        }
        if let Some(data) = network::act(self, name, head, args, stdin) {
            return data;
        }
        if matches!(name, "gpg" | "openssl") {
            // They turn text into other text, and some of their options do more.
            rules::apply(self, name, head, args, stdin);
        }
        if let Some(data) = crate::evaluate::print(self, name, args, stdin) {
            return data;
        }
        rules::apply(self, name, head, args, stdin)
    }

    /// The name a program is known by.
    fn resolve(&self, text: &str) -> String {
        let mut name = Cow::Borrowed(text);
        if name.contains([crate::value::STAR, crate::value::ANY, crate::value::SET]) {
            let found = HIDDEN.iter().find(|known| {
                matches(&name, known)
                    || !name.contains('/') && known.rsplit('/').next().is_some_and(|n| matches(&name, n))
            });
            let harmless = || {
                let full = name.contains('/');
                HARMLESS.iter().find(|known| {
                    ["/bin/", "/usr/bin/"].iter().any(|dir| matches(&name, &format!("{dir}{known}")))
                        || !full && matches(&name, known)
                })
            };
            name = match found {
                Some(known) => Cow::Borrowed(*known),
                None => harmless().map_or_else(|| Cow::Owned(unglob(&name)), |known| Cow::Borrowed(*known)),
            };
        }
        let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let base = if base.is_empty() { &*name } else { base };
        let ends = ["exe", "cmd", "bat", "com"];
        let stem = base.rsplit_once('.').filter(|(_, end)| ends.iter().any(|e| e.eq_ignore_ascii_case(end)));
        let exact = self.ctx.platform == Platform::Linux && self.shell != ShellType::PowerShell;
        let mut base = match stem {
            Some((stem, _)) => stem.to_ascii_lowercase(),
            None if exact => base.to_owned(),
            None => base.to_ascii_lowercase(),
        };
        // python3.12, perl5.36
        let bare = base.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        if ["python", "perl", "ruby", "php", "lua", "node", "pip"].contains(&bare) {
            base.truncate(bare.len());
        }
        base
    }

    fn unknown_command(&mut self, head: &Arg, argv: &[Arg], stdin: &Data) -> Data {
        let args = argv.get(1..).unwrap_or_default();
        if head.taint.has(Taint::NET) {
            self.finding(
                "network-to-command",
                "execution",
                RiskLevel::Critical,
                &head.span.clone(),
                "execute",
                &head.text,
                "runs text that comes from the network as a command",
            );
            return Data::default();
        }
        let only_gap = crate::paths::is_all_gap(&head.text);
        if head.text.is_empty() || (head.text.starts_with(crate::value::MAYBE) && only_gap) {
            // An unset variable as the command runs the next word.
            if let Some(next) = args.first()
                && !next.has_gap()
                && !next.is_option()
            {
                self.call(args, stdin);
            }
        }
        let options = args.iter().any(|a| {
            a.is_option()
                && !a.text.starts_with("--")
                && (a.text.contains('r') || a.text.contains('R'))
                && a.text.contains('f')
        });
        let wide = args.iter().any(|a| {
            self.place(&a.text).class >= crate::paths::Class::Home && a.text.starts_with(['/', '~']) && !a.has_gap()
        });
        let risk = if options || wide { RiskLevel::High } else { RiskLevel::Moderate };
        self.not_understood("the command itself is not known before it runs");
        self.finding(
            "unknown-command",
            "execution",
            risk,
            &head.span.clone(),
            "execute",
            &head.text,
            "runs a command that is not known before it runs",
        );
        Data::default()
    }

    /// Whether a script that is running runs itself again; beside itself that never ends well.
    pub(crate) fn starts_itself(&mut self, path: &str, span: &Span) -> bool {
        let again = self.calls.iter().any(|c| c == path);
        if again && self.beside > 0 {
            let why = "starts copies of itself without end, until the machine stops answering";
            self.finding("fork-bomb", "resources", RiskLevel::Critical, span, "exhaust", "the machine", why);
        }
        again
    }

    fn function(&mut self, name: &str, body: &crate::ir::Stmt, args: &[Arg], stdin: &Data, span: &Span) -> Data {
        if self.calls.iter().any(|c| c == name) {
            if self.beside > 0 {
                self.finding(
                    "fork-bomb",
                    "resources",
                    RiskLevel::Critical,
                    span,
                    "exhaust",
                    "the machine",
                    "starts copies of itself without end, until the machine stops answering",
                );
            }
            return Data::default();
        }
        self.calls.push(name.to_owned());
        let kept: Vec<(String, Option<Value>)> = (1..=9)
            .map(|n: usize| n.to_string())
            .chain(["@".to_owned()])
            .map(|n| (n.clone(), self.vars.remove(&n)))
            .collect();
        for (index, arg) in args.iter().take(9).enumerate() {
            self.vars.insert((index + 1).to_string(), Value::one(arg.text.clone(), arg.taint));
        }
        let texts: Vec<String> = args.iter().map(|a| a.text.clone()).collect();
        self.vars.insert("@".to_owned(), Value { texts: texts.clone(), taint: Taint::default(), array: true });
        self.vars.insert("*".to_owned(), Value::one(texts.join(" "), Taint::default()));
        let data = self.statement(body, stdin);
        for (name, value) in kept {
            match value {
                Some(value) => self.vars.insert(name, value),
                None => self.vars.remove(&name),
            };
        }
        self.calls.pop();
        data
    }

    fn alias(&mut self, name: &str, text: &str, args: &[Arg], stdin: &Data) -> Data {
        let rest: Vec<String> = args.iter().map(|a| crate::effects::quote(&a.text)).collect();
        self.calls.push(name.to_owned());
        let span = args.first().map_or(0..0, |a| a.span.clone());
        let data = self.inner_text(&format!("{text} {}", rest.join(" ")), self.shell, stdin, &span);
        self.calls.pop();
        data
    }

    /// Runs a text that stands at `span` of the outer one.
    pub(crate) fn inner_text(&mut self, text: &str, shell: ShellType, stdin: &Data, span: &Span) -> Data {
        let was = self.pin.replace(self.at(span));
        let data = self.source_text(text, shell, stdin);
        self.pin = was;
        data
    }

    /// The text that is judged is read for nothing; texts within it are read again and again.
    fn reading_cost(&self, text: &str) -> u32 {
        if self.reentry == 0 { 0 } else { u32::try_from(4 + text.len() / 8).unwrap_or(u32::MAX) }
    }

    /// Parses a text and runs it, within the limits for texts in texts.
    pub(crate) fn source_text(&mut self, text: &str, shell: ShellType, stdin: &Data) -> Data {
        if self.reentry >= MAX_REENTRY || !self.burn(self.reading_cost(text)) {
            self.out_of_fuel = true;
            return Data::default();
        }
        self.reentry += 1;
        let outer = std::mem::replace(&mut self.shell, shell);
        let script = parse::parse(text, shell);
        let data = self.sequence(&script.body, stdin);
        if let Some(broken) = &script.broken {
            self.broken(text, broken);
        }
        self.shell = outer;
        self.reentry -= 1;
        data
    }

    /// What could not be parsed is read word by word: a shell may still run some of it.
    fn broken(&mut self, text: &str, broken: &crate::ir::Broken) {
        self.not_understood(&broken.reason);
        let rest = text.get(broken.rest.clone()).unwrap_or_default();
        if broken.limit {
            self.finding(
                "too-complex",
                "limits",
                RiskLevel::High,
                &broken.rest,
                "unread",
                "",
                &format!("is too large or too deeply nested to be judged: {}", broken.reason),
            );
        } else if !rest.trim().is_empty() || broken.rest.start == 0 {
            self.finding(
                "not-valid",
                "limits",
                RiskLevel::Moderate,
                &broken.rest,
                "unread",
                "",
                "is not valid in this shell, so it cannot be judged with certainty",
            );
        }
        let mut offset = broken.rest.start;
        for piece in rest.split_inclusive([';', '\n', '|', '&', '(', ')', '{', '}', '`']).take(400) {
            let span = offset..offset + piece.len();
            offset += piece.len();
            let words: Vec<Arg> = piece
                .split_whitespace()
                .map(|w| w.trim_end_matches([';', '|', '&', ')', '`', '}', '(', '{']).replace(['"', '\'', '\\'], ""))
                .filter(|w| !w.is_empty())
                .map(|w| Arg::known(w.replace('$', &UNKNOWN.to_string()), span.clone()))
                .collect();
            let skip = words.iter().position(|w| {
                !matches!(w.text.as_str(), "if" | "then" | "else" | "do" | "while" | "until" | "!" | "elif")
            });
            if let Some(argv) = skip.and_then(|at| words.get(at..))
                && argv.first().is_some_and(|a| !a.has_gap() && rules::is_listed(&a.text))
            {
                let was = self.pin.replace(self.at(&span));
                self.call(argv, &Data::default());
                self.pin = was;
            }
        }
    }

    /// Characters that make a command look like another one.
    fn watch_characters(&mut self, head: &Arg) {
        let odd = head.text.chars().any(|c| {
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{00ad}')
                || ('\u{0370}'..='\u{04ff}').contains(&c) || ('\u{ff00}'..='\u{ffef}').contains(&c)
        });
        if odd {
            self.finding(
                "lookalike-command",
                "deception",
                RiskLevel::High,
                &head.span.clone(),
                "execute",
                &shown(&head.text),
                "has a name with hidden or look-alike characters",
            );
        }
    }
}
