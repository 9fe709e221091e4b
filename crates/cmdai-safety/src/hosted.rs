//! git: the places where it runs commands of others.

use crate::opts;
use crate::run::Machine;
use crate::value::{Arg, Data, has_gap};
use crate::wrappers::join;
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// The places where git runs commands: aliases on the command line, bisect, rebase, submodules, filters.
pub(crate) fn git(m: &mut Machine<'_>, args: &[Arg], stdin: &Data) -> Option<Data> {
    let (opts, start) = opts::parse_leading(
        args,
        &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"],
    );
    for setting in opts.values(&["-c"]).cloned().collect::<Vec<_>>() {
        let Some((key, value)) = setting.text.split_once('=') else { continue };
        let lower = key.to_lowercase();
        if runs_its_value(&lower) {
            run_setting(m, &lower, value, &setting, stdin);
        }
    }
    if let Some(dir) = opts.value(&["-C"]).cloned() {
        let sub = args.get(start..)?.to_vec();
        let data = m.aside(|m| {
            m.change_directory(Some(&dir));
            let mut argv = vec![Arg::known("git", dir.span.clone())];
            argv.extend(sub);
            m.call(&argv, stdin)
        });
        return Some(data);
    }
    let sub = args.get(start)?.text.clone();
    if sub == "clean" && opts.values(&["-c"]).any(|s| s.text.eq_ignore_ascii_case("clean.requireForce=false")) {
        let mut argv = vec![Arg::known("git", args.get(start)?.span.clone())];
        argv.extend(args.get(start..)?.iter().cloned());
        argv.insert(2, Arg::known("-f", args.get(start)?.span.clone()));
        return Some(m.call(&argv, stdin));
    }
    let rest = args.get(start + 1..).unwrap_or_default();
    match sub.as_str() {
        "add" | "stage" => {
            staged(m, rest);
            None
        }
        // What was put in a moment ago leaves this machine.
        "push" if m.findings.iter().any(|f| f.rule == "secret-staged") => {
            let why = "publishes keys or passwords, which stay in the history";
            let span = args.get(start)?.span.clone();
            m.finding("secret-pushed", "credentials", RiskLevel::High, &span, "send", "git", why);
            None
        }
        "bisect" if rest.first().is_some_and(|a| a.text == "run") => Some(m.call(rest.get(1..)?, stdin)),
        "submodule" if rest.first().is_some_and(|a| a.text == "foreach") => {
            let words: Vec<Arg> = rest.iter().skip(1).filter(|a| !a.is_option()).cloned().collect();
            Some(join(m, &words, stdin))
        }
        "rebase" | "filter-branch" => {
            let opts = opts::parse(
                rest,
                &["-x", "--exec", "--tree-filter", "--index-filter", "--msg-filter", "--env-filter", "--commit-filter"],
            );
            for text in opts.values(&["-x", "--exec", "--tree-filter", "--env-filter"]).cloned().collect::<Vec<_>>() {
                m.inner_text(&text.text, ShellType::Sh, stdin, &text.span);
            }
            None
        }
        "config" => {
            let at = rest.iter().position(|a| runs_its_value(&a.text.to_lowercase()))?;
            let value = rest.get(at + 1)?.clone();
            let key = rest.get(at)?.text.to_lowercase();
            if !has_gap(&value.text) && (!key.starts_with("alias.") || value.text.starts_with('!')) {
                let text = value.text.clone();
                run_setting(m, &key, &text, &value, stdin);
            }
            None
        }
        _ => None,
    }
}

/// Keys and passwords that version control will keep for ever.
fn staged(m: &mut Machine<'_>, rest: &[Arg]) {
    const MEANT: &[&str] =
        &[".pub", ".example", ".sample", ".template", ".dist", ".gpg", ".enc", ".age", ".asc", ".crt"];
    for arg in rest.iter().filter(|a| !a.is_option()).take(16) {
        let place = m.place(&arg.text);
        if place.class == crate::paths::Class::Secret && !MEANT.iter().any(|end| place.path.ends_with(end)) {
            let why = "puts keys or passwords where they are kept for ever";
            m.finding("secret-staged", "credentials", RiskLevel::Moderate, &arg.span.clone(), "copy", &arg.text, why);
        }
    }
}

/// Settings of git whose value is run.
fn runs_its_value(key: &str) -> bool {
    let exact = [
        "core.sshcommand",
        "core.pager",
        "core.editor",
        "core.fsmonitor",
        "core.gitproxy",
        "core.askpass",
        "core.hookspath",
        "diff.external",
        "credential.helper",
        "sequence.editor",
        "gpg.program",
        "gpg.ssh.program",
        "sendemail.smtpserver",
        "web.browser",
        "init.templatedir",
        "uploadpack.packobjectshook",
        "interactive.difffilter",
    ];
    exact.contains(&key)
        || key.starts_with("alias.")
        || key.starts_with("pager.")
        || key.starts_with("filter.") && [".clean", ".smudge", ".process"].iter().any(|e| key.ends_with(e))
        || ["difftool.", "mergetool.", "browser.", "man."].iter().any(|k| key.starts_with(k))
            && key.rsplit('.').next() == Some("cmd")
        || key.starts_with("diff.") && (key.ends_with(".command") || key.ends_with(".textconv"))
        || key.starts_with("merge.") && key.ends_with(".driver")
        || key.starts_with("credential.") && key.ends_with(".helper")
}

/// Runs the value of a setting; for hooks it is a directory of programs.
fn run_setting(m: &mut Machine<'_>, key: &str, value: &str, at: &Arg, stdin: &Data) {
    let plain = matches!(
        value,
        "true" | "false" | "1" | "0" | "" | "store" | "cache" | "osxkeychain" | "manager" | "libsecret" | "wincred"
    ) || key == "credential.helper" && !value.starts_with(['!', '/']);
    match key {
        _ if plain => {}
        "core.hookspath" | "init.templatedir" => {
            let class = m.place(value).class;
            if matches!(class, crate::paths::Class::Temp | crate::paths::Class::TempRoot) {
                let span = at.span.clone();
                m.finding(
                    "git-hooks",
                    "persistence",
                    RiskLevel::High,
                    &span,
                    "execute",
                    value,
                    "makes git run programs from a directory that everybody may write to",
                );
            }
        }
        _ => {
            m.inner_text(value.trim_start_matches('!'), ShellType::Sh, stdin, &at.span);
        }
    }
}
