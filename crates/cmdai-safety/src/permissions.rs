//! `chmod`, `chown` and relatives: who may do what, wider or tighter.

use crate::effects::How;
use crate::opts;
use crate::paths::Class;
use crate::risk::Verb;
use crate::run::Machine;
use crate::session::Fact;
use crate::value::Arg;
use cmdai_core::assess::RiskLevel;

pub(crate) fn permissions(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
    let opts = opts::parse(
        args,
        &["--reference", "--from", "-m", "-x", "-M", "-X", "-p", "-v", "-t", "-u", "-r", "-l", "--type"],
    );
    let recursive = opts.has(&["-R", "--recursive"]);
    // `-w` and `-x` are modes here, and `+i` is no option.
    let mode_flag =
        args.iter().find(|a| name == "chmod" && a.is_option() && a.text.chars().skip(1).all(|c| "rwxst".contains(c)));
    let by_reference = opts.has(&["--reference", "-m", "-x", "-b", "-k", "-M"])
        || name == "chcon" && opts.has(&["-t", "-u", "-r", "-l", "--type", "--user", "--role", "--range"]);
    let mut operands = opts.operands.clone();
    let mode = match mode_flag {
        Some(flag) => Some(flag.clone()),
        None if by_reference || operands.is_empty() => None,
        None => Some(operands.remove(0)),
    };
    let text = mode.as_ref().map_or("", |a| a.text.as_str());
    let octal = text.trim_start_matches('0');
    let digits = octal.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty();
    let last = octal.chars().last().and_then(|c| c.to_digit(8)).unwrap_or(0);
    let open = if digits {
        last & 2 != 0 && octal.len() >= 3
    } else {
        text.split(',').any(|p| {
            p.split_once(['+', '=']).is_some_and(|(who, bits)| {
                (who.is_empty() || who.contains(['o', 'a'])) && bits.contains('w') && !who.contains('u')
                    || who == "a" && bits.contains('w')
            })
        })
    };
    let none = matches!(text, "000" | "0" | "a-rwx" | "a=" | "a-r" | "-rwx");
    let tighter = name == "chmod"
        && !open
        && !none
        && (digits
            && matches!(
                octal,
                "400" | "600" | "700" | "500" | "640" | "440" | "750" | "644" | "755" | "444" | "555" | "744"
            )
            || text.contains('-')
            || text.ends_with("+x")
            || text.ends_with("+X"));
    let how = How { recursive, filtered: false, tighter: tighter && !recursive, wide_open: open && name == "chmod" };
    mode_finding(m, mode.as_ref().filter(|_| name == "chmod"), &operands);
    let shown = name == "chmod"
        && (digits && octal.len() >= 3 && last & 4 != 0
            || text.split(',').any(|p| {
                p.split_once(['+', '=']).is_some_and(|(who, bits)| bits.contains('r') && who.contains(['g', 'o', 'a']))
            }));
    let stops = name == "chmod" && (text.ends_with("-x") || matches!(octal, "644" | "600" | "444" | "400") || none);
    let shuts = name == "chmod" && (none || matches!(text, "a-x" | "-x" | "ugo-x" | "a-rx"));
    for target in &operands {
        let given = name == "chown" && !by_reference;
        if let Some(owner) = text.split([':', '.']).next().filter(|_| given) {
            given_away(m, target, owner);
        }
        exposed_or_shut(m, target, Mode { shown, shuts, stops, recursive });
        m.touch(Verb::Attr, target, how);
        if name == "chmod" && (text.ends_with("+x") || digits && last & 1 == 1) {
            let path = m.place(&target.text).path;
            m.facts.push(Fact::MadeExecutable { path });
        }
        if name == "chattr" && text.contains("-i")
            || name == "chattr" && text.contains("+i") && m.place(&target.text).class >= crate::paths::Class::Home
        {
            m.finding(
                "immutable-flag",
                "permissions",
                RiskLevel::High,
                &target.span.clone(),
                "permissions",
                &target.text,
                "changes a guard that even root respects",
            );
        }
    }
}

/// What a mode does to what it is set on.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is a question of its own")]
struct Mode {
    /// Others may read it.
    shown: bool,
    /// Nobody may use it.
    shuts: bool,
    /// It cannot be run any more.
    stops: bool,
    recursive: bool,
}

/// Keys that others may read, system files that nobody may use, jobs that cannot run.
fn exposed_or_shut(m: &mut Machine<'_>, target: &Arg, mode: Mode) {
    let place = m.place(&target.text);
    let class = place.class;
    let mut say = |rule: &str, category: &str, risk: RiskLevel, effect: &str, why: &str| {
        m.finding(rule, category, risk, &target.span.clone(), effect, &target.text, why);
    };
    let open_by_nature =
        [".pem", ".crt", "passwd", "group"].iter().any(|e| place.path.ends_with(e)) || place.path.contains("/.env");
    let key = matches!(class, Class::Secret | Class::Accounts);
    if mode.shown && key && !open_by_nature && !place.path.contains("/etc/sudoers") {
        let why = "lets everybody on this machine read a key or a password";
        say("secret-exposed", "credentials", RiskLevel::High, "permissions", why);
    }
    if mode.shuts && matches!(class, Class::SysFile | Class::SysTree | Class::Accounts | Class::Boot) {
        let why = "nobody can use a part of the system any more";
        say("shut-system", "permissions", RiskLevel::High, "permissions", why);
    }
    let jobs = ["/etc/cron.", "/etc/init.d", "/etc/rc", "/etc/periodic"].iter().any(|p| place.path.starts_with(p));
    if mode.stops && jobs && !place.path.starts_with("/etc/cron.d/") {
        let many = place.path.contains(crate::value::STAR) || mode.recursive;
        let risk = if many { RiskLevel::High } else { RiskLevel::Moderate };
        say("jobs-stopped", "services", risk, "disable", "stops what runs by itself");
    }
}

/// What root runs or believes, in the hands of somebody who is not root.
fn given_away(m: &mut Machine<'_>, target: &Arg, owner: &str) {
    let place = m.place(&target.text);
    if owner.is_empty() || owner.starts_with('0') || ["root", "daemon", "bin"].contains(&owner) {
        return;
    }
    let roots = ["/etc/", "/var/spool/", "/usr/lib/", "/lib/", "/Library/"].iter().any(|d| place.path.starts_with(d));
    if roots && matches!(place.class, Class::Autostart | Class::Accounts) && !place.path.contains(&format!("/{owner}"))
    {
        let why = "lets somebody who is not root change what root runs or believes";
        m.finding("given-away", "privileges", RiskLevel::High, &target.span.clone(), "permissions", &target.text, why);
    }
}

pub(crate) fn mode_finding(m: &mut Machine<'_>, mode: Option<&Arg>, targets: &[Arg]) {
    let Some(mode) = mode else { return };
    if is_setuid(&mode.text) {
        for target in targets {
            m.finding(
                "setuid",
                "privileges",
                RiskLevel::High,
                &target.span.clone(),
                "permissions",
                &target.text,
                "lets everybody run this program with its owner's rights",
            );
        }
    }
}

pub(crate) fn is_setuid(mode: &str) -> bool {
    let octal = mode.len() == 4 && mode.bytes().all(|b| b.is_ascii_digit()) && mode.starts_with(['2', '4', '6', '7'])
        || mode.len() == 5 && mode.starts_with('0') && !mode.starts_with("00") && !mode.starts_with("01");
    octal
        || mode
            .split(',')
            .any(|part| part.split_once(['+', '=']).is_some_and(|(who, bits)| bits.contains('s') && !who.contains('o')))
}
