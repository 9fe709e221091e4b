//! What files hold: read as far as this text knows it, written with what follows from it, and sent to other machines.
//!
//! Beside [`effects`](crate::effects), which judges the path alone.

use crate::effects::How;
use crate::ir::Span;
use crate::paths::Class;
use crate::risk::Verb;
use crate::run::Machine;
use crate::session::Fact;
use crate::value::{Arg, Data, Taint, shown};
use cmdai_core::assess::RiskLevel;

/// What flows from a device that never ends.
pub(crate) const ENDLESS: &str = "an endless device";

fn is_endless(path: &str) -> bool {
    matches!(path, "/dev/zero" | "/dev/urandom" | "/dev/random")
}

impl Machine<'_> {
    /// The contents of a file as far as this text knows them.
    pub(crate) fn read_file(&mut self, target: &Arg) -> Data {
        if self.network_path(target) {
            return Data::unknown(Taint::NET, "a network connection");
        }
        let place = self.touched(Verb::Read, target, How::ONE).unwrap_or_else(|| self.place(&target.text));
        if self.reads.len() < 16
            && matches!(place.class, Class::Inside | Class::Elsewhere | Class::SysFile | Class::Build)
        {
            self.reads.push(place.path.clone());
        }
        if let Some(data) = self.files.get(&place.path) {
            return data.clone();
        }
        let file =
            if crate::outward::is_private(&place, &self.home) { Taint::FILE.with(Taint::PRIVATE) } else { Taint::FILE };
        match place.class {
            Class::Secret => Data::unknown(Taint::SECRET, shown(&target.text)),
            Class::Accounts if !place.path.starts_with("/etc/passwd") && !place.path.starts_with("/etc/group") => {
                Data::unknown(Taint::SECRET, shown(&target.text))
            }
            Class::Sink if is_endless(&place.path) => Data { from: ENDLESS.to_owned(), ..Data::default() },
            Class::Sink => Data::known(""),
            Class::Home | Class::OtherHome | Class::Root | Class::History => {
                Data::unknown(Taint::FILE.with(Taint::WHOLE), shown(&target.text))
            }
            _ => Data::unknown(file, shown(&target.text)),
        }
    }

    /// `data` goes into a file.
    pub(crate) fn write_file(&mut self, target: &Arg, data: &Data, verb: Verb) {
        if self.network_path(target) {
            self.leak(data, &target.text.clone(), &target.span.clone());
            return;
        }
        if let Some((_, body)) = self.feeds.iter().find(|(path, _)| *path == target.text).cloned() {
            self.aside(|machine| machine.sequence(&body, data));
            return;
        }
        let place = self.place(&target.text);
        if verb == Verb::Write && data.exact() == Some("") {
            self.emptied(target, &place);
        }
        if place.path.contains("/.git/hooks/") || place.path.contains("/.husky/") {
            self.hook(data, &target.span.clone());
        } else {
            crate::plants::written(self, &place.path, data, target);
        }
        if verb == Verb::Append && data.text.is_none() && data.from == shown(&target.text) {
            self.finding(
                "grows-without-end",
                "resources",
                RiskLevel::Moderate,
                &target.span.clone(),
                "exhaust",
                &target.text,
                "reads the file that it adds to, which may never end",
            );
        }
        if data.from == ENDLESS && !matches!(place.class, Class::Sink | Class::Device) {
            self.finding(
                "fill-disk",
                "resources",
                RiskLevel::High,
                &target.span.clone(),
                "exhaust",
                "the disk",
                "writes without end until the disk is full",
            );
        }
        self.exposed(data, target);
        if data.from == crate::spying::TYPED && place.class != Class::Sink {
            self.finding(
                "records-keys",
                "credentials",
                RiskLevel::High,
                &target.span.clone(),
                "capture",
                &target.text,
                "records what is typed on this machine, passwords included",
            );
        }
        // A line for a start file that is harmless when run is a setting, not a way in.
        let harmless = matches!(place.class, Class::Autostart)
            && verb == Verb::Append
            && data.exact().is_some_and(|text| {
                // Another shell in place of everybody's own shuts out who does not have it.
                let replaces =
                    place.path.starts_with("/etc/") && text.lines().any(|l| l.trim_start().starts_with("exec "));
                self.is_harmless(text) && !replaces && !starts_more(&place.path, text)
            });
        if harmless {
            self.advise(
                "append-autostart",
                "persistence",
                RiskLevel::Moderate,
                &target.span.clone(),
                "append",
                &target.text,
                "adds a line to something that runs by itself later",
                "",
                "take the line out again",
            );
        } else {
            self.touch(verb, target, How::ONE);
        }
        if place.path == "/proc/sysrq-trigger" || place.path.starts_with("/proc/sys/kernel/core_pattern") {
            self.finding(
                "kernel-trigger",
                "system",
                RiskLevel::Critical,
                &target.span.clone(),
                "kernel",
                &target.text,
                "tells the kernel to crash, restart or run a program",
            );
        }
        if data.taint.has(Taint::NET) {
            self.facts.push(Fact::Downloaded { path: place.path.clone() });
        } else if let Some(text) = data.exact() {
            self.facts.push(Fact::Written { path: place.path.clone(), text: text.chars().take(2000).collect() });
        }
        let kept = match (verb, self.files.remove(&place.path)) {
            (Verb::Append, Some(before)) => before.then(data.clone()),
            (Verb::Append, None) => Data { text: None, ..data.clone() },
            _ => data.clone(),
        };
        let kept = if matches!(verb, Verb::Append) && kept.text.is_none() && data.text.is_some() {
            Data { text: data.text.clone(), ..kept }
        } else {
            kept
        };
        self.files.insert(place.path, kept);
    }

    /// A file is left with nothing in it: as bad as deleting what is dear.
    pub(crate) fn emptied(&mut self, target: &Arg, place: &crate::paths::Place) {
        let name = place.path.rsplit('/').next().unwrap_or_default().to_lowercase();
        let image = [".qcow2", ".vmdk", ".vdi", ".vhd", ".vhdx", ".kdbx", ".pst", ".mdf", ".ibd", ".frm"]
            .iter()
            .any(|e| name.ends_with(e));
        let base =
            [".db", ".sqlite", ".sqlite3", ".sql", ".dump"].iter().any(|e| name.ends_with(e)) && name.contains("prod");
        let all = place.class == Class::CwdAll || place.class == Class::Inside && name.contains(crate::value::STAR);
        // Each of a list that nobody wrote down.
        let listed = self.actor.mass
            && crate::value::has_gap(&target.text)
            && matches!(place.class, Class::Inside | Class::Elsewhere | Class::Unknown | Class::Home);
        if image || base || all || listed {
            self.finding(
                "emptied",
                "files",
                RiskLevel::High,
                &target.span.clone(),
                "overwrite",
                &target.text,
                "leaves nothing of what was in the file",
            );
        }
    }

    /// Keys and passwords where everybody on this machine or on the web can read them.
    pub(crate) fn exposed(&mut self, data: &Data, target: &Arg) {
        let place = self.place(&target.text);
        let web = [
            "/var/www/",
            "/srv/http",
            "/srv/www",
            "/srv/ftp",
            "/var/ftp",
            "/usr/share/nginx/",
            "/usr/local/www",
            "/Users/Shared/",
        ];
        let public = web.iter().any(|w| place.path.starts_with(w)) || place.path.contains("/public_html/");
        let temp = ["/tmp/", "/var/tmp/", "/dev/shm/"].iter().any(|t| place.path.starts_with(t));
        // What only root may read, where the copy is as open as any other file.
        let guarded = ["/etc/shadow", "/etc/gshadow", "/etc/master.passwd", "/etc/sudoers"];
        let guarded = guarded.iter().any(|g| data.from.starts_with(g)) && data.taint.has(Taint::SECRET);
        let opened = guarded
            && matches!(place.class, Class::Elsewhere | Class::Inside | Class::CwdAll | Class::Home | Class::Mount);
        if opened
            || data.taint.has(Taint::SECRET) && (public || temp || matches!(place.class, Class::Temp | Class::TempRoot))
        {
            self.finding(
                "secret-exposed",
                "credentials",
                RiskLevel::High,
                &target.span.clone(),
                "copy",
                &target.text,
                "puts keys or passwords where others can read them",
            );
        }
    }

    /// Secret or unknown data leaves the machine.
    pub(crate) fn leak(&mut self, data: &Data, to: &str, span: &Span) {
        if crate::network::is_here(to) {
            return;
        }
        if data.taint.has(Taint::SECRET) {
            self.finding(
                "secret-to-network",
                "exfiltration",
                RiskLevel::Critical,
                span,
                "send",
                to,
                "sends keys or passwords to another machine",
            );
        } else if data.taint.has(Taint::WHOLE) {
            self.finding(
                "home-to-network",
                "exfiltration",
                RiskLevel::High,
                span,
                "send",
                to,
                "sends all of a home directory, a database or a network to another machine",
            );
        } else if data.taint.has(Taint::ENV_SECRET) {
            self.finding(
                "variable-to-network",
                "exfiltration",
                RiskLevel::High,
                span,
                "send",
                to,
                "sends a secret variable to another machine",
            );
        } else {
            self.private_leak(data, to, span);
        }
    }
}

/// Whether a unit gets a further program to start.
fn starts_more(path: &str, text: &str) -> bool {
    path.contains("/systemd/") && text.lines().any(|line| line.trim_start().starts_with("Exec") && line.contains('='))
}
