//! Commands that run among other files: in a container, a sandbox or another root, with parts of this machine mounted in it.
//!
//! A path inside is translated to the path it stands for here, or is the container's own, which nobody misses. Called from
//! [`carriers`](crate::carriers).

use crate::effects::How;
use crate::opts::{self, Opts};
use crate::paths::Class;
use crate::risk::Verb;
use crate::run::{Actor, Machine};
use crate::shells;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;
use std::rc::Rc;

fn is_socket(path: &str) -> bool {
    path.rsplit('.').next() == Some("sock")
}

/// The mounts of a container, and where the command outside it stands.
#[derive(Debug)]
pub(crate) struct Mounts {
    list: Vec<Mount>,
    cwd: Option<String>,
}

/// A directory of this machine that stands inside at another place.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    inside: String,
    outside: String,
    read_only: bool,
}

/// Containers that share the home and the working directory unless told otherwise.
const SHARING: &[&str] = &["apptainer", "singularity"];

/// `docker run`, `podman exec`, `kubectl exec` and their like.
pub(crate) fn container(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    let at = args.iter().position(|a| matches!(a.text.as_str(), "run" | "exec" | "debug" | "create"))?;
    let running = args.get(at)?.text == "exec";
    let rest = args.get(at + 1..)?;
    let (opts, start) = opts::parse_leading(rest, crate::container_options::VALUED);
    let mounts = mounted(m, &opts);
    rights(m, head, &opts);
    let mut command: Vec<Arg> = rest.get(start + 1..).unwrap_or_default().to_vec();
    if matches!(name, "kubectl" | "oc")
        && let Some(at) = command.iter().position(|a| a.text == "--")
    {
        // Options may also stand behind the name of the pod.
        command.drain(..at);
    }
    if command.first().is_some_and(|a| a.text == "--") {
        command.remove(0);
    }
    if let Some(entry) = opts.value(&["--entrypoint"]) {
        command.insert(0, entry.clone());
    }
    if !running {
        crate::rules::apply(m, name, head, args, stdin);
        // What an image that is made for one program is given are that program's arguments.
        if command.first().is_some_and(|a| {
            !a.has_gap() && !a.text.starts_with(['.', '/']) && a.text.contains('.') && !crate::rules::is_listed(&a.text)
        }) {
            return Some(Data::unknown(Taint::default(), name));
        }
    }
    let before = m.findings.len();
    let known = !running && !opts.has(&["--volumes-from"]);
    let actor = Actor {
        isolated: known,
        mounts: known.then(|| Rc::new(Mounts { list: mounts, cwd: m.cwd.clone() })),
        root: true,
        ..m.actor.clone()
    };
    let workdir = opts.value(&["-w", "--workdir"]).map(|a| a.text.clone());
    let data = m.acting(actor, |m| {
        m.cwd = if running { None } else { Some(workdir.unwrap_or_else(|| "/container".to_owned())) };
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

/// Rights over the machine that a container is given.
fn rights(m: &mut Machine<'_>, head: &Arg, opts: &Opts) {
    let host = opts.value(&["--pid", "--userns", "--network"]).is_some_and(|a| a.text == "host");
    let strong = opts.values(&["--device", "--cap-add", "--security-opt"]).any(|a| {
        let lower = a.text.to_ascii_lowercase();
        let weak = [
            "snd", "dri", "video", "kvm", "fuse", "tty", "net/tun", "nvidia", "bus/usb", "net_bind", "sys_nice",
            "ptrace", "ipc_lock",
        ];
        (lower.contains("/dev/")
            || lower.contains("unconfined")
            || lower.starts_with("sys_")
            || lower == "all"
            || lower.contains("cap_sys"))
            && !weak.iter().any(|w| lower.contains(w))
    });
    if !host && !opts.has(&["--privileged", "--device", "--cap-add"]) && !strong {
        return;
    }
    let risk = if strong || opts.has(&["--privileged"]) || opts.value(&["--pid"]).is_some() {
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

/// The mounts in the options, with a finding for those that give the machine away.
fn mounted(m: &mut Machine<'_>, opts: &Opts) -> Vec<Mount> {
    let mut found = Vec::new();
    for mount in opts.values(&["-v", "--volume", "--mount", "-B", "--bind"]).cloned().collect::<Vec<_>>() {
        for one in split(&mount.text) {
            if one.read_only && m.place(&one.outside).class == Class::Kernel || one.outside.is_empty() {
                continue;
            }
            let class = m.place(&one.outside).class;
            if is_socket(&one.outside)
                && ["docker", "containerd", "crio", "podman", "lxd", "libvirt"].iter().any(|w| one.outside.contains(w))
                || matches!(
                    class,
                    Class::Root
                        | Class::SysTree
                        | Class::Accounts
                        | Class::Boot
                        | Class::Device
                        | Class::Kernel
                        | Class::Secret
                ) && !(one.read_only && matches!(class, Class::Kernel | Class::Secret))
                    && !one.outside.starts_with("/tmp")
                    && one.outside != "/dev/null"
            {
                m.finding(
                    "container-host-mount",
                    "containers",
                    RiskLevel::High,
                    &mount.span,
                    "mount",
                    &one.outside,
                    "gives the container this machine's own files, so it can become root here",
                );
            }
            let outside = if crate::paths::is_all_gap(&one.outside) {
                // `$PWD` and `$(pwd)`, in most cases.
                m.cwd.clone().unwrap_or_else(|| one.outside.clone())
            } else if one.outside.starts_with(['/', '.', '~']) || crate::value::has_gap(&one.outside) {
                m.place(&one.outside).path
            } else {
                format!("/var/lib/docker/volumes/{}", one.outside)
            };
            found.push(Mount { outside, ..one });
        }
    }
    found
}

/// Devices that are put into an instance, and files that are copied out of one over this machine's own.
pub(crate) fn carried_in(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
    let operands: Vec<&Arg> = args.iter().filter(|a| !a.is_option()).collect();
    let word = |at: usize| operands.get(at).map_or("", |a| a.text.as_str());
    if matches!(name, "lxc" | "incus") && word(1) == "device" {
        let source = args.iter().find_map(|a| {
            let value = a.text.strip_prefix("source=").or_else(|| a.text.strip_prefix("path="))?;
            let class = m.place(value).class;
            let wide = class >= Class::Home || is_socket(value);
            (a.text.starts_with("source=") && wide).then(|| a.clone())
        });
        if let Some(source) = source {
            m.finding(
                "container-host-mount",
                "containers",
                RiskLevel::High,
                &source.span,
                "mount",
                &source.text,
                "gives the container this machine's own files, so it can become root here",
            );
        }
    }
    let copies = word(0) == "cp" || matches!(word(0), "container" | "compose") && word(1) == "cp";
    if let Some(target) = operands.last().filter(|a| copies && operands.len() > 2 && !a.text.contains(':')) {
        let target = (*target).clone();
        if m.place(&target.text).class >= Class::History {
            m.touch(Verb::Write, &target, How::TREE);
        }
    }
}

/// `/here:/there:ro`, `type=bind,source=/here,target=/there,readonly`, and several of them with commas between.
fn split(text: &str) -> Vec<Mount> {
    let field = |names: &[&str]| {
        text.split(',').find_map(|p| p.split_once('=').filter(|(k, _)| names.contains(k)).map(|(_, v)| v.to_owned()))
    };
    if let Some(inside) = field(&["target", "dst", "destination"]) {
        let read_only = text.split([',', '=', ':']).any(|p| matches!(p, "readonly" | "ro"));
        let outside = field(&["source", "src"]).unwrap_or_default();
        return vec![Mount { inside, outside, read_only }];
    }
    text.split(',')
        .filter(|p| p.contains(['/', ':']))
        .map(|piece| {
            let mut fields = piece.split(':');
            let outside = fields.next().unwrap_or_default().to_owned();
            let inside = fields.next().filter(|i| i.starts_with('/')).unwrap_or(&outside).to_owned();
            Mount { inside, outside, read_only: piece.ends_with(":ro") }
        })
        .collect()
}

/// `apptainer exec -B … IMAGE command`, `systemd-nspawn -D root command`, `bwrap --bind from to command`.
pub(crate) fn sandbox(m: &mut Machine<'_>, name: &str, args: &[Arg], stdin: &Data) -> Option<Data> {
    let mut mounts = Vec::new();
    let command: Vec<Arg> = if SHARING.contains(&name) {
        let at = args.iter().position(|a| matches!(a.text.as_str(), "run" | "exec" | "shell"))?;
        let rest = args.get(at + 1..)?;
        let (opts, start) = opts::parse_leading(
            rest,
            &["-B", "--bind", "--mount", "--pwd", "--home", "-H", "--env", "--env-file", "-S", "-o", "--overlay", "-W"],
        );
        mounts.extend(mounted(m, &opts));
        if !opts.has(&["--no-home", "--containall", "-C", "--contain", "-c"]) {
            let same = |path: String| Mount { inside: path.clone(), outside: path, read_only: false };
            mounts.push(same(m.home.clone()));
            mounts.extend(m.cwd.clone().map(same));
        }
        rest.get(start + 1..)?.to_vec()
    } else if name == "bwrap" {
        let mut at = 0;
        while let Some(arg) = args.get(at).filter(|a| a.is_option()) {
            let (from, to) = (args.get(at + 1), args.get(at + 2));
            let bind = arg.text.contains("bind");
            if let (true, Some(from), Some(to)) = (bind, from, to) {
                let outside = m.place(&from.text).path;
                mounts.push(Mount { inside: to.text.clone(), outside, read_only: arg.text.starts_with("--ro") });
            }
            at += match arg.text.as_str() {
                _ if bind => 3,
                "--symlink" | "--setenv" | "--file" | "--chmod" => 3,
                t if t.starts_with("--unshare")
                    || t.starts_with("--die")
                    || t.starts_with("--new")
                    || t.starts_with("--clear") =>
                {
                    1
                }
                "--share-net" | "--as-pid-1" => 1,
                _ => 2,
            };
        }
        args.get(at..)?.to_vec()
    } else {
        let valued = [
            "-D",
            "--directory",
            "-M",
            "--machine",
            "--bind",
            "--bind-ro",
            "-i",
            "--image",
            "-u",
            "--user",
            "-E",
            "--setenv",
            "--tmpfs",
            "--chdir",
        ];
        let (opts, start) = opts::parse_leading(args, &valued);
        if opts.has(&["-b", "--boot"]) {
            return None;
        }
        mounts.extend(mounted(m, &opts));
        if let Some(root) = opts.value(&["-D", "--directory"]).filter(|_| !opts.has(&["-x", "--ephemeral"])) {
            mounts.push(Mount {
                inside: "/".to_owned(),
                outside: m.place(&root.text).path,
                read_only: opts.has(&["--read-only"]),
            });
        }
        args.get(start..)?.to_vec()
    };
    let actor =
        Actor { isolated: true, mounts: Some(Rc::new(Mounts { list: mounts, cwd: m.cwd.clone() })), ..m.actor.clone() };
    let cwd = m.cwd.clone();
    (!command.is_empty()).then(|| {
        m.acting(actor, |m| {
            m.cwd = cwd;
            m.call(&command, stdin)
        })
    })
}

/// Touches what a path inside stands for here; true if it stands for anything.
pub(crate) fn touch_outside(m: &mut Machine<'_>, verb: Verb, target: &Arg, how: How) -> bool {
    let Some(mounts) = m.actor.mounts.clone() else { return false };
    let path = m.place(&target.text).path;
    let wide = how.recursive || matches!(verb, Verb::Delete | Verb::Move);
    let bare = path.trim_end_matches([crate::value::STAR, '/']);
    let mut hits: Vec<(String, bool)> = Vec::new();
    for mount in &mounts.list {
        let inside = mount.inside.trim_end_matches('/');
        let within = path.strip_prefix(inside).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        if let Some(rest) = within {
            hits.push((format!("{}{rest}", mount.outside.trim_end_matches('/')), mount.read_only));
        } else if wide && (bare.is_empty() || inside.strip_prefix(bare).is_some_and(|r| r.starts_with('/'))) {
            hits.push((mount.outside.clone(), mount.read_only));
        }
    }
    let inner = (m.actor.clone(), std::mem::replace(&mut m.cwd, mounts.cwd.clone()));
    m.actor = Actor { isolated: false, mounts: None, ..inner.0.clone() };
    let any = !hits.is_empty();
    for (path, _) in hits.into_iter().filter(|(_, read_only)| !read_only || verb == Verb::Read) {
        let text = if path.is_empty() { "/".to_owned() } else { path };
        m.touch(verb, &Arg { text, ..target.clone() }, how);
    }
    (m.actor, m.cwd) = inner;
    any
}
