//! How private data is and where it goes: what a machine says of itself, personal files, and the places that are nobody's own.
//!
//! Data is marked where it comes from ([`mark_output`], [`is_private`]) and judged where it leaves, in [`Machine::leak`]. A host
//! inside the own network and a machine reached by ssh under a name count as the user's own; pastes, chat hooks and bare public
//! addresses do not.

use crate::by_name::Words;
use crate::many_words::Searched;
use crate::outward_words::{CHATS, DROPS, PERSONAL, PRIVATE_ENDS, PRIVATE_WORDS, RECORDERS, SURVEYS, WHO};
use crate::paths::{Class, Place};
use crate::run::Machine;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;

/// Whose place an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The same machine.
    Here,
    /// The own network.
    Near,
    /// A host with a name of its own.
    Named,
    /// A room where others read.
    Chat,
    /// Places where anybody leaves things, and addresses without a name.
    Drop,
}

/// Whose place `to` is: an address, `user@host:path` or a bare host.
pub(crate) fn reach(to: &str) -> Reach {
    if crate::network::is_here(to) {
        return Reach::Here;
    }
    let lower = to.to_lowercase();
    let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let rest = rest.trim_start_matches("/dev/tcp/").trim_start_matches("/dev/udp/").trim_start_matches("//");
    let rest = Searched::new(rest);
    if CHATS.iter().any(|c| rest.holds(c)) {
        return Reach::Chat;
    }
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host).split([':', ' ', ',']).next().unwrap_or_default();
    let searched = Searched::new(host);
    if DROPS.iter().any(|d| searched.holds(d)) {
        return Reach::Drop;
    }
    let numbers: Vec<u16> = host.split('.').map_while(|n| n.parse().ok()).collect();
    match numbers.as_slice() {
        [10, _, _, _] | [192, 168, _, _] | [172, 16..=31, _, _] | [127, ..] => Reach::Near,
        [_, _, _, _] => Reach::Drop,
        _ if !host.contains('.') => Reach::Near,
        _ if [
            ".local",
            ".lan",
            ".internal",
            ".corp",
            ".home",
            ".intranet",
            ".localdomain",
            ".svc",
            ".home.arpa",
            ".test",
        ]
        .iter()
        .any(|end| host.ends_with(end)) =>
        {
            Reach::Near
        }
        _ => Reach::Named,
    }
}

/// Whether what lies there is nobody else's business.
pub(crate) fn is_private(place: &Place, home: &str) -> bool {
    let path = place.path.as_str();
    let below = path.strip_prefix(home).map_or(path, |rest| rest.trim_start_matches('/'));
    let named = || {
        let lower = path.to_lowercase();
        let own = lower
            .strip_prefix(&home.to_lowercase())
            .unwrap_or(&lower)
            .rsplit('/')
            .take(2)
            .collect::<Vec<_>>()
            .join("/");
        let own = Searched::new(own);
        PRIVATE_WORDS.iter().any(|w| own.holds(w)) || PRIVATE_ENDS.iter().any(|e| lower.ends_with(e))
    };
    match place.class {
        Class::Elsewhere => PERSONAL.iter().any(|dir| below.split('/').next() == Some(dir)) || named(),
        Class::OtherHome | Class::Log | Class::Mount | Class::Device | Class::History => true,
        Class::SysFile | Class::Accounts => {
            !["/etc/os-release", "/etc/timezone", "/etc/hostname", "/etc/machine-id"].contains(&path)
        }
        Class::SysTree => {
            path.starts_with("/var")
                || path.starts_with("/etc")
                || path.starts_with("/srv")
                || path.starts_with("/root")
        }
        Class::Inside | Class::Build | Class::CwdAll | Class::Temp => named(),
        _ => false,
    }
}

/// What a command's output says of the machine or its people, by the command alone.
pub(crate) fn mark_output(name: &str, args: &[Arg], data: &mut Data) {
    static WHO_SAYS: Words = Words::of(&[WHO]);
    static SURVEYING: Words = Words::of(&[SURVEYS]);
    let has = |words: &[&str]| args.iter().any(|a| words.iter().any(|w| a.text == *w));
    if matches!(name, "pgrep" | "pidof") && args.iter().any(|a| crate::corners::serves(&a.text)) {
        data.taint = data.taint.with(Taint::SERVICE);
    }
    if name == "atq" {
        data.taint = data.taint.with(Taint::LIST);
    }
    let mark = if WHO_SAYS.has(name) {
        Taint::HOST
    } else if SURVEYING.has(name)
        || matches!(name, "dpkg" | "rpm") && has(&["-l", "-qa"])
        || name == "crontab" && has(&["-l"])
    {
        Taint::SURVEY
    } else if matches!(name, "docker" | "podman") && has(&["export", "save", "cp", "logs", "inspect"])
        || name == "kubectl" && has(&["logs", "get", "cp"])
        || name == "git" && has(&["bundle", "fast-export", "archive"])
        || name == "hg" && has(&["bundle"])
        || matches!(name, "svnadmin" | "svnrdump") && has(&["dump"])
        || reads_mail(name, args)
        || RECORDERS.contains(&name) && !has(&["-i", "-l", "--list-devices"])
        || name == "ffmpeg" && records(args)
        || name == "virsh" && has(&["screenshot"])
    {
        Taint::PRIVATE
    } else if matches!(name, "pgrep" | "pidof") && args.iter().any(|a| crate::spying::holds_secrets(&a.text)) {
        Taint::KEEPER
    } else if crate::spying::reads_keys(name, args) {
        data.text = None;
        crate::spying::TYPED.clone_into(&mut data.from);
        Taint::SECRET
    } else {
        return;
    };
    data.taint = data.taint.with(mark);
}

/// Shows mails: of a mail server's users, of the own store, of a queue.
fn reads_mail(name: &str, args: &[Arg]) -> bool {
    let words: &[&str] = match name {
        "doveadm" => &["fetch"],
        "notmuch" => &["show"],
        "mu" => &["view", "extract"],
        "himalaya" => &["read", "export", "save"],
        "exim" | "exim4" => &["-Mvb", "-Mvh", "-Mvc"],
        "postcat" => return true,
        "doveconf" => &["-P"],
        "mysqlbinlog" => &["-R", "--read-from-remote-server", "-v", "-vv", "--verbose"],
        "zmmailbox" => &["getMessage", "gm", "getRestURL", "gru", "search", "s"],
        "khard" | "abook" => &["export", "--convert"],
        _ => return false,
    };
    args.iter().any(|a| words.contains(&a.text.as_str()))
}

/// A camera, a microphone or a screen among the inputs.
pub(crate) fn records(args: &[Arg]) -> bool {
    args.iter().any(|a| {
        matches!(
            a.text.as_str(),
            "v4l2"
                | "x11grab"
                | "alsa"
                | "pulse"
                | "avfoundation"
                | "dshow"
                | "gdigrab"
                | "kmsgrab"
                | "oss"
                | "jack"
                | "fbdev"
        ) || a.text.starts_with("/dev/video")
    })
}

impl Machine<'_> {
    /// Data that is no secret leaves: how bad that is depends on what it says and whose place it comes to.
    pub(crate) fn private_leak(&mut self, data: &Data, to: &str, span: &crate::ir::Span) {
        let place = reach(to);
        let personal = data.taint.has(Taint::PRIVATE);
        let survey = data.taint.has(Taint::SURVEY);
        let file = data.taint.has(Taint::FILE);
        let open = matches!(place, Reach::Drop | Reach::Chat);
        let away = open || place == Reach::Named;
        let (rule, risk, why) = if (personal || survey) && away {
            (
                "private-to-network",
                RiskLevel::High,
                "sends private data or an account of this machine to a place that is not the user's own",
            )
        } else if file && open {
            ("file-to-public", RiskLevel::High, "puts a local file where anybody may be reading")
        } else if data.taint.has(Taint::HOST) && place == Reach::Drop {
            ("host-to-network", RiskLevel::High, "tells a stranger which machine this is and who uses it")
        } else if file || personal || survey && place != Reach::Here || data.taint.has(Taint::HOST) && away {
            ("file-to-network", RiskLevel::Moderate, "sends local data to another machine")
        } else {
            return;
        };
        self.finding(rule, "exfiltration", risk, span, "send", to, why);
    }

    /// Data goes to a machine by ssh: one's own files to one's own machines are what it is for, unless it is an address only.
    pub(crate) fn entrust(&mut self, data: &Data, to: &str, span: &crate::ir::Span) {
        let own = Taint::HOST.with(Taint::SURVEY);
        let stranger = reach(to) == Reach::Drop && data.taint.has(Taint::PRIVATE);
        let taint = if stranger { data.taint.without(own) } else { data.taint.without(own.with(Taint::PRIVATE)) };
        let plain = !stranger && !taint.has(Taint::SECRET.with(Taint::WHOLE).with(Taint::ENV_SECRET));
        if plain && taint.has(Taint::FILE) {
            let why = "sends local data to another machine";
            self.finding("file-to-network", "exfiltration", RiskLevel::Moderate, span, "send", to, why);
        } else {
            self.leak(&Data { taint, ..data.clone() }, to, span);
        }
    }

    /// Several keys or passwords are worth more than one.
    pub(crate) fn many_secrets(&mut self) {
        let done = |rule: &str| self.findings.iter().find(|f| f.rule == rule).map(|f| f.span.clone());
        if let (Some(_), Some(span)) = (done("docker-commit"), done("docker-push")) {
            let why = "publishes a container with all files and settings that it has gathered";
            self.finding("container-published", "exfiltration", RiskLevel::High, &span, "publish", "a container", why);
        }
        let mut seen: Vec<&str> = Vec::new();
        let reads = self.findings.iter().filter(|f| f.rule == "read-credentials");
        for target in reads.filter_map(|f| f.target.as_deref()) {
            if !seen.contains(&target) {
                seen.push(target);
            }
        }
        let globbed =
            seen.iter().any(|t| t.contains('*') && (t.contains("/.") || t.contains("id_") || t.starts_with("/run/")));
        let span = self.findings.iter().find(|f| f.rule == "read-credentials").map(|f| f.span.clone());
        if let Some(span) = span.filter(|_| seen.len() >= 3 || globbed) {
            self.finding(
                "read-many-credentials",
                "credentials",
                RiskLevel::High,
                &span,
                "read",
                "keys and passwords",
                "reads many keys or passwords at once",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        for (to, expected) in [
            ("http://localhost:3000/x", Reach::Here),
            ("https://10.0.0.4/x", Reach::Near),
            ("user@backup:/srv", Reach::Near),
            ("http://gw.lan:9091", Reach::Near),
            ("https://api.example.com/v1", Reach::Named),
            ("https://hooks.slack.com/services/T/B/x", Reach::Chat),
            ("eve@203.0.113.9:loot", Reach::Drop),
            ("https://0x0.st", Reach::Drop),
        ] {
            assert_eq!(reach(to), expected, "{to}");
        }
    }
}
