//! Containers and git: commands that run where other files, other rights or other repositories are.

use crate::opts;
use crate::run::{Actor, Machine};
use crate::shells;
use crate::value::{Arg, Data, Taint, has_gap};
use crate::wrappers::join;
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
pub(crate) fn container(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    let at = args.iter().position(|a| matches!(a.text.as_str(), "run" | "exec" | "debug" | "create"))?;
    let running = args.get(at)?.text == "exec";
    let valued = [
        "-v",
        "--volume",
        "-e",
        "--env",
        "-p",
        "--publish",
        "-w",
        "--workdir",
        "-u",
        "--user",
        "--name",
        "--network",
        "--net",
        "-n",
        "--namespace",
        "-c",
        "--container",
        "--mount",
        "-l",
        "--label",
        "--entrypoint",
        "-m",
        "--memory",
        "--cpus",
        "-h",
        "--hostname",
        "--env-file",
        "--gpus",
        "--platform",
        "--pid",
        "--ipc",
        "--restart",
        "--device",
        "--cap-add",
        "--security-opt",
        "--image",
        "--add-host",
        "--userns",
        "--tmpfs",
        "--shm-size",
        "--ulimit",
        "--context",
    ];
    let rest = args.get(at + 1..)?;
    let (opts, start) = opts::parse_leading(rest, &valued);
    let mut shares = running || m.actor.isolated;
    for mount in opts.values(&["-v", "--volume", "--mount"]).cloned().collect::<Vec<_>>() {
        let source = mount
            .text
            .split([','])
            .find_map(|p| p.strip_prefix("source=").or_else(|| p.strip_prefix("src=")))
            .unwrap_or(&mount.text);
        let source = source.split(':').next().unwrap_or_default();
        let class = m.place(source).class;
        if source.ends_with("docker.sock")
            || matches!(class, crate::paths::Class::Root | crate::paths::Class::SysTree | crate::paths::Class::Accounts)
        {
            shares = true;
            m.finding(
                "container-host-mount",
                "containers",
                RiskLevel::High,
                &mount.span,
                "mount",
                source,
                "gives the container this machine's own files, so it can become root here",
            );
        } else if source.starts_with(['/', '.', '~']) || crate::value::has_gap(source) {
            shares = true;
        }
    }
    if opts.has(&["--privileged", "--device", "--cap-add"])
        || opts.value(&["--pid", "--userns", "--network"]).is_some_and(|a| a.text == "host")
    {
        let risk = if opts.has(&["--privileged"]) || opts.value(&["--pid"]).is_some() {
            RiskLevel::High
        } else {
            RiskLevel::Moderate
        };
        m.finding(
            "container-privileged",
            "containers",
            risk,
            &head.span.clone(),
            "privilege",
            "the host",
            "gives the container rights over the machine it runs on",
        );
    }
    let mut command: Vec<Arg> = rest.get(start + 1..).unwrap_or_default().to_vec();
    if command.first().is_some_and(|a| a.text == "--") {
        command.remove(0);
    }
    if let Some(entry) = opts.value(&["--entrypoint"]) {
        command.insert(0, entry.clone());
    }
    if !running {
        crate::rules::apply(m, name, head, args, stdin);
    }
    let before = m.findings.len();
    let actor = Actor { isolated: !shares, root: true, ..m.actor.clone() };
    let data = m.acting(actor, |m| {
        if running || !shares {
            m.cwd = None;
        }
        if command.is_empty() { Data::unknown(Taint::default(), name) } else { m.call(&command, stdin) }
    });
    // Looking into a container changes nothing in it.
    let shell =
        command.first().is_none_or(|a| a.has_gap() || command.len() == 1 && shells::shell_of(&a.text).is_some());
    if running && (shell || m.findings.len() > before) {
        m.finding(
            "container-exec",
            "containers",
            RiskLevel::Moderate,
            &head.span.clone(),
            "execute",
            "a running container",
            "runs a command inside a running container",
        );
    }
    Some(data)
}

/// The places where git runs commands: aliases on the command line, bisect, rebase, submodules, filters.
pub(crate) fn git(m: &mut Machine<'_>, args: &[Arg], stdin: &Data) -> Option<Data> {
    let (opts, start) = opts::parse_leading(
        args,
        &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"],
    );
    for setting in opts.values(&["-c"]).cloned().collect::<Vec<_>>() {
        let Some((key, value)) = setting.text.split_once('=') else { continue };
        let lower = key.to_lowercase();
        let runs = lower.starts_with("alias.")
            || [
                "core.sshcommand",
                "core.pager",
                "core.editor",
                "core.fsmonitor",
                "diff.external",
                "core.hookspath",
                "credential.helper",
                "sequence.editor",
                "gpg.program",
            ]
            .contains(&lower.as_str());
        if runs {
            m.inner_text(value.trim_start_matches('!'), ShellType::Sh, stdin, &setting.span);
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
    let rest = args.get(start + 1..).unwrap_or_default();
    match sub.as_str() {
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
            let at = rest.iter().position(|a| {
                a.text.starts_with("alias.")
                    || a.text.starts_with("core.hooksPath")
                    || a.text.starts_with("core.sshCommand")
                    || a.text.starts_with("core.pager")
            })?;
            let value = rest.get(at + 1)?.clone();
            let body = value
                .text
                .strip_prefix('!')
                .or_else(|| rest.get(at).filter(|a| !a.text.starts_with("alias")).map(|_| value.text.as_str()))?
                .to_owned();
            if !has_gap(&body) {
                m.inner_text(&body, ShellType::Sh, stdin, &value.span);
            }
            None
        }
        _ => None,
    }
}
