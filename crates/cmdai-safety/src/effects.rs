//! From what a command does to findings: the path is classified, the risk looked up, the sentence written.
//!
//! Everything that touches a file comes through [`Machine::touch`]; everything else through [`Machine::finding`].

use crate::ir::Span;
use crate::paths::{Class, Here, Place, place};
use crate::risk::{self, Verb};
use crate::run::Machine;
use crate::session::Fact;
use crate::value::{Arg, Taint, shown};
use cmdai_core::assess::{Finding, RiskLevel};

/// How a path is touched.
#[allow(clippy::struct_excessive_bools, reason = "four independent properties of one act")]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct How {
    pub(crate) recursive: bool,
    /// Only some of what is there, chosen by name or age.
    pub(crate) filtered: bool,
    /// Permissions are taken away, not given.
    pub(crate) tighter: bool,
    /// Permissions are given to everybody.
    pub(crate) wide_open: bool,
}

impl How {
    pub(crate) const ONE: Self = Self { recursive: false, filtered: false, tighter: false, wide_open: false };
    pub(crate) const TREE: Self = Self { recursive: true, ..Self::ONE };
}

impl Machine<'_> {
    pub(crate) fn place(&self, path: &str) -> Place {
        place(path, &Here { cwd: self.cwd.as_deref(), home: &self.home })
    }

    /// Something is done to the path in `target`.
    pub(crate) fn touch(&mut self, verb: Verb, target: &Arg, how: How) {
        self.touched(verb, target, how);
    }

    /// As [`touch`](Self::touch); where that is, if it is a place on this machine.
    pub(crate) fn touched(&mut self, verb: Verb, target: &Arg, how: How) -> Option<Place> {
        if target.text.starts_with("/dev/fd/")
            || (target.text == "-" && verb != Verb::Delete)
            || is_remote_path(&target.text)
        {
            return None;
        }
        if self.network_path(target) {
            return None;
        }
        if crate::container::touch_outside(self, verb, target, how) {
            return None;
        }
        let place = self.place(&target.text);
        let mut risk = risk::of(verb, place.class, how.recursive);
        if matches!(verb, Verb::Make | Verb::Write | Verb::Append) && place.path.contains("bin/") {
            crate::spying::shadows(self, &place.path, &target.span.clone());
        }
        let globbed = target.text.contains(crate::value::STAR);
        let memory = place.path.starts_with("/proc/") && !place.path.starts_with("/proc/self/");
        if verb == Verb::Read && memory && (place.path.ends_with("/environ") || place.path.ends_with("/mem")) {
            // What another program was given: all of its keys and passwords.
            risk = RiskLevel::High;
        }
        if place.path == "/etc/nologin" && matches!(verb, Verb::Make | Verb::Write | Verb::Append) {
            // While it is there nobody may log in.
            risk = RiskLevel::High;
        }
        if verb == Verb::Read && place.class == Class::Secret && self.actor.mass {
            risk = RiskLevel::High;
        }
        if place.class == Class::Inside && globbed && verb == Verb::Delete && !how.recursive {
            risk = risk.max(RiskLevel::Moderate);
        }
        if how.filtered && risk > RiskLevel::Safe && risk < RiskLevel::Critical {
            risk = if place.class <= Class::Elsewhere { RiskLevel::Moderate.min(risk) } else { risk };
        } else if how.filtered && risk == RiskLevel::Critical {
            risk = RiskLevel::High;
        }
        if verb == Verb::Read && ["/etc/passwd", "/etc/group"].contains(&place.path.as_str()) {
            // Everybody may read who has an account.
            risk = RiskLevel::Safe;
        }
        if verb == Verb::Attr {
            risk = attr_risk(risk, place.class, how);
        }
        if place.uncertain && risk == RiskLevel::Critical && place.class != Class::Root {
            risk = RiskLevel::High;
        }
        if self.actor.mass
            && verb == Verb::Delete
            && risk == RiskLevel::Moderate
            && crate::paths::is_all_gap(&target.text)
        {
            risk = RiskLevel::High;
        }
        let open = target.taint.has(Taint::LIST) && target.text.ends_with(crate::value::UNKNOWN);
        let many = open && (self.actor.mass || verb == Verb::Delete);
        if risk == RiskLevel::Moderate
            && (risk::is_dear(verb, &place)
                || many && (verb == Verb::Delete || verb == Verb::Write && place.class == Class::Unknown))
        {
            risk = RiskLevel::High;
        }
        if self.actor.isolated {
            risk = risk.min(RiskLevel::Moderate);
        }
        if verb == Verb::Delete && self.is_fresh(&place.path) {
            risk = RiskLevel::Safe;
        }
        if self.actor.dry {
            risk = RiskLevel::Safe;
        }
        self.remember(verb, &place, how);
        self.note(|| format!("{} {} -> {:?}, {risk}", verb.name(), shown(&place.path), place.class));
        if risk > RiskLevel::Safe {
            self.path_finding(verb, target, &place, how, risk);
        }
        Some(place)
    }

    /// What this text itself made a moment ago: a directory of `mktemp`, what lies in a new file system in memory.
    fn is_fresh(&self, path: &str) -> bool {
        let made = |path: &str| {
            path.strip_prefix("/tmp/tmp.").is_some_and(|rest| rest.starts_with(crate::value::UNKNOWN))
                || self
                    .files
                    .get(path)
                    .is_some_and(|data| data.from == NEW_MOUNT || path.starts_with("/tmp/") && data.text.is_some())
        };
        path.match_indices('/').skip(1).any(|(at, _)| path.get(..at).is_some_and(made))
            || made(path) && path.starts_with("/tmp/")
    }

    fn path_finding(&mut self, verb: Verb, target: &Arg, place: &Place, how: How, risk: RiskLevel) {
        let Some(row) = risk::row_of(place.class) else { return };
        let name = shown(&target.text);
        let tree = if how.recursive { ", with everything below" } else { "" };
        let deed = match verb {
            Verb::Read => "reads",
            Verb::Make => "creates",
            Verb::Append => "adds to",
            Verb::Write => "overwrites",
            Verb::Move => "moves away",
            Verb::Attr if how.wide_open => "lets everybody change",
            Verb::Attr => "changes who may use",
            Verb::Delete => "deletes",
        };
        let quoted = quote(&name);
        let plain = !name.contains('…') && !name.is_empty();
        let safer = match verb {
            Verb::Delete if plain && place.class != Class::Root => {
                Some(if how.recursive || place.class > Class::Elsewhere {
                    format!("ls -la {quoted}")
                } else {
                    format!("rm -i {quoted}")
                })
            }
            Verb::Write | Verb::Append if plain => Some(format!("cp {quoted} {}", quote(&format!("{name}.bak"))))
                .filter(|_| place.class < Class::Elsewhere),
            Verb::Attr if plain => Some(format!("ls -ld {quoted}")),
            _ => None,
        };
        let undo = match verb {
            Verb::Delete if place.class == Class::Build => Some("build again".to_owned()),
            Verb::Delete if matches!(place.class, Class::Inside | Class::CwdAll) => {
                Some("git restore, if it was committed; else a backup".to_owned())
            }
            Verb::Delete | Verb::Write => Some("only from a backup".to_owned()),
            Verb::Move => Some("move it back".to_owned()),
            _ => None,
        };
        let category = match place.class {
            Class::Secret | Class::Accounts => "credentials",
            Class::Autostart if verb != Verb::Read => "persistence",
            Class::History | Class::Log if verb >= Verb::Write => "covering-tracks",
            Class::Device => "disks",
            Class::Boot | Class::Kernel => "system",
            _ if verb == Verb::Attr => "permissions",
            _ => "files",
        };
        let extra = if place.class == Class::MaybeRoot {
            format!(" (here `{name}`); use `${{NAME:?}}` to stop instead")
        } else {
            String::new()
        };
        self.found(Finding {
            rule: format!("{}-{}", verb.name(), row.name),
            category: category.to_owned(),
            risk,
            span: self.at(&target.span),
            effect: verb.name().to_owned(),
            target: Some(name.clone()),
            why: if how.filtered {
                format!("{deed} whatever matches below `{name}`")
            } else {
                format!("{deed} {}{tree}{extra}", row.what)
            },
            safer,
            undo,
        });
    }

    fn remember(&mut self, verb: Verb, place: &Place, how: How) {
        match verb {
            Verb::Delete => self.facts.push(Fact::Deleted { path: place.path.clone(), recursive: how.recursive }),
            Verb::Read if matches!(place.class, Class::Secret | Class::Accounts) => self.facts.push(Fact::SecretRead),
            _ => {}
        }
    }

    /// A finding that is not about a file.
    #[allow(clippy::too_many_arguments, reason = "the fields of a finding, in their order")]
    pub(crate) fn finding(
        &mut self,
        rule: &str,
        category: &str,
        risk: RiskLevel,
        span: &Span,
        effect: &str,
        target: &str,
        why: &str,
    ) {
        self.advise(rule, category, risk, span, effect, target, why, "", "");
    }

    /// A finding with advice; empty advice is none.
    #[allow(clippy::too_many_arguments, reason = "the fields of a finding, in their order")]
    pub(crate) fn advise(
        &mut self,
        rule: &str,
        category: &str,
        risk: RiskLevel,
        span: &Span,
        effect: &str,
        target: &str,
        why: &str,
        safer: &str,
        undo: &str,
    ) {
        let risk = match risk {
            _ if self.actor.dry => return,
            RiskLevel::Safe => return,
            // One such thing can be put right, all of an unknown list hardly.
            // What happens to the container's own files and programs.
            risk if self.actor.isolated
                && ["files", "disks", "processes", "services", "power", "permissions", "packages"]
                    .contains(&category) =>
            {
                risk.min(RiskLevel::Moderate)
            }
            RiskLevel::Moderate
                if self.actor.mass
                    && (TAKING.contains(&effect) || rule == "send-mail" || shows_a_secret(effect, why)) =>
            {
                RiskLevel::High
            }
            risk => risk,
        };
        let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
        self.found(Finding {
            rule: rule.to_owned(),
            category: category.to_owned(),
            risk,
            span: self.at(span),
            effect: effect.to_owned(),
            target: text(target).map(|t| shown(&t)),
            why: why.to_owned(),
            safer: text(safer),
            undo: text(undo),
        });
    }

    /// `/dev/tcp/host/port`: a connection, not a file.
    pub(crate) fn network_path(&mut self, target: &Arg) -> bool {
        let network = target.text.starts_with("/dev/tcp/") || target.text.starts_with("/dev/udp/");
        if network {
            if crate::network::is_here(target.text.trim_start_matches("/dev/tcp/").trim_start_matches("/dev/udp/")) {
                return true;
            }
            self.to_network = true;
            let near = crate::outward::reach(&target.text) == crate::outward::Reach::Near;
            if near {
                // A look whether a port of the own network answers.
                return true;
            }
            self.finding(
                "network-connection",
                "network",
                RiskLevel::Moderate,
                &target.span.clone(),
                "connect",
                &target.text,
                "opens a network connection from the shell itself",
            );
        }
        network
    }
}

/// Where a directory comes from on which an empty file system was just mounted.
pub(crate) const NEW_MOUNT: &str = "a new file system";

/// Effects that take something away, so that doing them to a whole list is worse.
const TAKING: &[&str] =
    &["delete", "remove", "kill", "destroy", "terminate", "power", "revoke", "drop", "disable", "lock"];

/// One secret on the own screen is the user's business, all of them are not.
fn shows_a_secret(effect: &str, why: &str) -> bool {
    effect == "reveal" || effect == "read" && ["secret", "password", "key", "token"].iter().any(|w| why.contains(w))
}

/// Taking rights away is no risk; giving them to everybody is more of one.
fn attr_risk(risk: RiskLevel, class: Class, how: How) -> RiskLevel {
    match (how.tighter, how.wide_open) {
        (true, _) if class < Class::Home && class != Class::TempRoot => RiskLevel::Safe,
        (_, true) if matches!(class, Class::Secret | Class::Accounts | Class::Autostart) => risk.max(RiskLevel::High),
        (_, true) if how.recursive && class >= Class::Inside => risk.max(RiskLevel::High),
        (_, true)
            if matches!(
                class,
                Class::Autostart
                    | Class::Home
                    | Class::Log
                    | Class::SysFile
                    | Class::SysTree
                    | Class::Boot
                    | Class::Kernel
            ) =>
        {
            risk.max(RiskLevel::High)
        }
        (_, true) => risk.max(RiskLevel::Moderate),
        _ => risk,
    }
}

/// `host:path`, `s3://…`: on another machine.
fn is_remote_path(text: &str) -> bool {
    text.contains("://")
        || text.split_once(':').is_some_and(|(host, _)| {
            host.len() > 1 && !host.contains('/') && host.contains(['@', '.']) && !host.starts_with('.')
        })
}

/// The text as one shell word.
pub(crate) fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./~+=:,@%*".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
