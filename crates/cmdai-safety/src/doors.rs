//! Doors by which text becomes commands without a shell in sight: options that take a command, tools that run what an address
//! names, build files that come from somewhere else.
//!
//! Tried by [`call`](crate::call) before everything else that knows the program; nothing means that the others go on.

use crate::by_name::ByName;
use crate::command_options::COMMAND_OPTIONS;
use crate::opts;
use crate::run::Machine;
use crate::shells::{run_file, shell_of};
use crate::value::{Arg, Data, Taint, UNKNOWN};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Acts on what `name` is given to run; nothing if another one judges the command.
#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
pub(crate) fn act(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    static INDEX: ByName = ByName::new();
    if let Some((_, options)) = INDEX.rows(COMMAND_OPTIONS, |row| std::slice::from_ref(&row.0), name).next() {
        for command in option_values(args, options) {
            if shell_of(&command.text).is_some() {
                network(m, &command, "runs every file it comes across as a script", RiskLevel::High);
            } else {
                // The file at hand is put behind it, or in the place of the braces.
                let text = if command.text.contains("{}") {
                    command.text.replace("{}", "${_gap_}")
                } else if name == "rg" {
                    format!("{} \"${{_gap_}}\"", command.text)
                } else {
                    command.text.clone()
                };
                m.in_mass(matches!(name, "rg" | "fzf"), |m| {
                    m.inner_text(&text, ShellType::Sh, &Data::default(), &command.span);
                });
            }
        }
    }
    if name == "fzf" || name == "sk" {
        bound(m, args);
    }
    crate::build_files::watch(m, name, args);
    if matches!(name, "less" | "more" | "most") {
        crate::editors::pager(m, args);
    }
    if ["/init.d/", "/rc.d/"].iter().any(|dir| head.text.contains(dir)) {
        // A script of the system's services is the service command about it.
        let unit = Arg { text: name.to_owned(), ..head.clone() };
        let words: Vec<Arg> = std::iter::once(unit).chain(args.iter().cloned()).collect();
        return Some(crate::rules::apply(m, "service", head, &words, stdin));
    }
    open_debugger(m, name, head, args);
    match name {
        "rimraf" | "del-cli" | "premove" | "del" if name != "del" || m.shell == ShellType::Bash => {
            let span = head.span.clone();
            let mut argv = vec![Arg::known("rm", span.clone()), Arg::known("-rf", span)];
            argv.extend(args.iter().filter(|a| !a.is_option()).cloned());
            Some(m.call(&argv, stdin))
        }
        "deno" | "bun" | "go" | "npx" | "bunx" | "pnpx" | "uvx" | "pipx" | "npm" | "pnpm" | "yarn" | "cargo" => {
            from_address(m, name, args)
        }
        "make" | "gmake" | "bmake" => crate::build_files::make(m, args, stdin),
        "ansible-playbook" | "docker" | "podman" | "buildah" | "kubectl" | "oc" | "helm" | "pip" => {
            from_files(m, name, args, stdin);
            None
        }
        "formail" => {
            let at = args.iter().position(|a| a.text == "-s");
            let rest = at.and_then(|at| args.get(at + 1..)).filter(|rest| !rest.is_empty());
            // Whoever may write to the mailbox decides what stands in it.
            let mail = Data::unknown(Taint::NET, "mail");
            Some(rest.map_or_else(|| Data { text: None, ..stdin.clone() }, |rest| m.call(rest, &mail)))
        }
        "exim" | "exim4" if args.iter().any(|a| a.text == "-be") => {
            for text in args.iter().filter(|a| a.text.contains("${run")) {
                let inner = text.text.split_once("${run").map_or("", |(_, rest)| rest).trim_start_matches(['{', ' ']);
                m.inner_text(inner.trim_end_matches('}'), ShellType::Sh, &Data::default(), &text.span);
                network(m, text, "lets the mail server run a program", RiskLevel::High);
            }
            Some(Data::unknown(Taint::default(), name))
        }
        "ztcp" => {
            let host = args.iter().find(|a| !a.is_option()).map_or(String::new(), Arg::shown);
            if !crate::network::is_here(&host) {
                network(m, head, "opens a network connection from the shell itself", RiskLevel::Moderate);
                m.network_fd = true;
            }
            Some(Data::known(""))
        }
        "tex" | "pdftex" | "latex" | "pdflatex" | "xelatex" | "lualatex" | "luatex" => {
            for text in args.iter().filter(|a| a.text.contains("write18{")) {
                let command =
                    text.text.split_once("write18{").map_or("", |(_, rest)| rest).split('}').next().unwrap_or_default();
                m.inner_text(command, ShellType::Sh, &Data::default(), &text.span);
            }
            None
        }
        "gcc" | "cc" | "clang" | "g++" => {
            let file = args.iter().find_map(|a| a.text.strip_prefix("-print-file-name="))?;
            Some(Data::known(format!("/usr/lib/{UNKNOWN}/{file}")))
        }
        "git" => {
            m.downloaded |= args.iter().any(|a| a.text == "clone");
            git(m, args);
            None
        }
        "perf" => {
            let wraps =
                args.first().is_some_and(|a| matches!(a.text.as_str(), "stat" | "record" | "trace" | "mem" | "c2c"));
            if !wraps {
                return Some(Data::unknown(Taint::default(), name));
            }
            let rest = args.get(1..)?;
            let (_, start) = opts::parse_leading(rest, &["-e", "-o", "-F", "-p", "-t", "-C", "-I", "-r", "-g"]);
            let rest = rest.get(start..)?;
            Some(if rest.is_empty() {
                crate::rules::apply(m, name, head, args, stdin)
            } else {
                m.aside(|m| m.call(rest, stdin))
            })
        }
        "terraform" | "tofu" | "terragrunt" => from_environment(m, name, head, args, stdin),
        _ => None,
    }
}

/// A debugger or a console that everybody on the network can use runs whatever they like.
fn open_debugger(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    let everywhere = |t: &str| ["0.0.0.0", "[::]", "=*", "::0"].iter().any(|w| crate::value::shown(t).contains(w));
    let any = |words: &[&str]| args.iter().any(|a| words.iter().any(|w| a.text.contains(w)));
    let open = match name {
        "node" | "nodemon" | "bun" | "deno" | "ts-node" | "tsx" | "electron" => {
            args.iter().any(|a| a.text.starts_with("--inspect") && everywhere(&a.text))
        }
        "java" | "mvn" | "gradle" => args.iter().any(|a| {
            a.text.contains("jdwp") && (everywhere(&a.text) || a.text.contains("address=*"))
                || a.text.contains("jmxremote.authenticate=false")
        }),
        "python" | "flask" | "debugpy" => {
            any(&["debugpy", "--debugger", "--debug", "werkzeug"]) && args.iter().any(|a| everywhere(&a.text))
        }
        "dlv" | "gdbserver" | "lldb-server" | "rdbg" | "adb" => {
            args.iter().any(|a| everywhere(&a.text) || a.text.starts_with(':')) && name != "adb"
                || name == "adb" && args.first().is_some_and(|a| a.text == "-a" || a.text == "tcpip")
        }
        "chromium" | "google-chrome" | "chrome" => any(&["--remote-debugging-address=0.0.0.0"]),
        _ => false,
    };
    if open {
        m.finding(
            "open-debugger",
            "remote-control",
            RiskLevel::High,
            &head.span.clone(),
            "listen",
            name,
            "lets everybody on the network run code here",
        );
    }
}

/// `fzf --bind 'enter:execute(command {})'`.
fn bound(m: &mut Machine<'_>, args: &[Arg]) {
    for bind in option_values(args, &["--bind", "--expect-command"]) {
        for piece in
            bind.text.split("execute").chain(bind.text.split("become")).chain(bind.text.split("reload")).skip(1).take(6)
        {
            let piece = piece.trim_start_matches("-silent").trim_start_matches("-multi");
            if let Some(command) = piece.strip_prefix(['(', '[', ':', '{']) {
                let text = command.trim_end_matches([')', ']']).replace("{}", "${_gap_}").replace("{+}", "${_gap_}");
                m.inner_text(&text, ShellType::Sh, &Data::default(), &bind.span);
            }
        }
    }
}

/// Transports, tools and directories that git runs, and keys that it would publish.
fn git(m: &mut Machine<'_>, args: &[Arg]) {
    for arg in args {
        if let Some(command) = arg.text.strip_prefix("ext::") {
            m.inner_text(&command.replace("% ", " "), ShellType::Sh, &Data::default(), &arg.span);
            network(m, arg, "runs a command in place of a connection", RiskLevel::High);
        } else if let Some(tool) = arg.text.strip_prefix("-O").filter(|t| !t.is_empty()) {
            let text = format!("{tool} \"${{_gap_}}\"");
            m.in_mass(true, |m| m.inner_text(&text, ShellType::Sh, &Data::default(), &arg.span));
        } else if let Some(dir) = arg.text.strip_prefix("--exec-path=")
            && m.place(dir).class == crate::paths::Class::Temp
        {
            network(m, arg, "runs git's own parts from a directory that everybody may write to", RiskLevel::High);
        }
    }
    let sub = args.iter().find(|a| !a.is_option()).map_or("", |a| a.text.as_str());
    if sub == "difftool" || sub == "mergetool" {
        for command in option_values(args, &["-x", "--extcmd"]) {
            m.inner_text(&command.text, ShellType::Sh, &Data::default(), &command.span);
        }
    }
    if sub == "add" {
        let forced = args.iter().any(|a| matches!(a.text.as_str(), "-f" | "--force"));
        for file in args.iter().skip(1).filter(|a| !a.is_option() && (forced || a.text.starts_with(['/', '~']))) {
            if m.place(&file.text).class == crate::paths::Class::Secret {
                network(
                    m,
                    file,
                    "puts keys or passwords where everybody with the repository reads them",
                    RiskLevel::High,
                );
            }
        }
    }
}

/// `--option value` and `--option=value`.
pub(crate) fn option_values(args: &[Arg], options: &[&str]) -> Vec<Arg> {
    let mut found = Vec::new();
    for (at, arg) in args.iter().enumerate() {
        for option in options {
            if arg.text == *option {
                found.extend(args.get(at + 1).cloned());
            } else if let Some(value) = arg.text.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
                found.push(Arg { text: value.to_owned(), ..arg.clone() });
            }
        }
    }
    found
}

pub(crate) fn network(m: &mut Machine<'_>, at: &Arg, why: &str, risk: RiskLevel) {
    let rule = if risk == RiskLevel::Critical { "network-to-interpreter" } else { "network-program" };
    m.finding(rule, "execution", risk, &at.span.clone(), "execute", &at.text, why);
}

/// Runners of what an address or a package names.
fn from_address(m: &mut Machine<'_>, name: &str, args: &[Arg]) -> Option<Data> {
    let operands: Vec<&Arg> = args.iter().filter(|a| !a.is_option()).collect();
    let sub = operands.first().map_or("", |a| a.text.as_str());
    let runner = matches!(name, "npx" | "bunx" | "pnpx" | "uvx");
    let runs = runner || matches!(sub, "run" | "x" | "dlx" | "exec" | "serve" | "runpip");
    let installs = matches!(sub, "install" | "add" | "i" | "get");
    if !runs && !installs {
        return None;
    }
    // The value of `--from` and `--index-url` is an address as well.
    let target = args.iter().find(|a| {
        a.text.contains("://")
            || a.text.starts_with("git+")
            || a.text.starts_with("github:")
            || a.text.starts_with("git@")
    });
    if let Some(target) = target.cloned() {
        let option = target.is_option() || target.text.starts_with("--");
        let local = crate::network::is_here(&target.text) || target.text.starts_with("file:");
        if !local {
            let direct = runs && matches!(name, "deno" | "bun") && !option;
            let risk = if direct { RiskLevel::Critical } else { RiskLevel::High };
            network(m, &target, "runs code from an address without anybody having read it", risk);
            return Some(Data::default());
        }
    }
    let script =
        operands.get(usize::from(!runner)).filter(|_| matches!(name, "deno" | "bun") && runs).copied().cloned();
    if let Some(script) = script {
        let path = m.place(&script.text).path;
        if m.files.contains_key(&path) || script.text == "-" {
            return Some(run_file(m, &script, ShellType::Bash, &Data::default()));
        }
        return None;
    }
    if runner && let Some(at) = args.iter().position(|a| !a.is_option()) {
        // A tool whose words say what it does is judged by them, wherever it is taken from.
        let tool = args.get(at..)?;
        let (first, rest) = tool.split_first()?;
        let opts = opts::parse(rest, &[]);
        let told = crate::rules::is_listed(&first.text) || crate::words::verdict("", &opts, rest).is_some();
        let package = first.text.contains('@')
            || first.text.contains('/')
            || args.iter().take(at).any(|a| a.text == "-y" || a.text == "--yes");
        return (told && !package).then(|| m.aside(|m| m.call(tool, &Data::default())));
    }
    if name == "go" && operands.iter().any(|a| a.text.contains('@') && a.text.contains('/')) {
        let set = |m: &Machine<'_>, n: &str| {
            m.vars
                .get(n)
                .is_some_and(|v| v.texts.iter().any(|t| !t.is_empty() && t != "off" && !t.contains("proxy.golang.org")))
        };
        let unchecked = ["GOPROXY", "GONOSUMDB", "GONOSUMCHECK", "GOINSECURE"].iter().any(|n| set(m, n))
            || m.vars.get("GOFLAGS").is_some_and(|v| v.texts.iter().any(|t| t.contains("insecure")));
        let risk = if unchecked { RiskLevel::High } else { RiskLevel::Moderate };
        network(m, operands.last()?, "builds and runs code that is fetched from the network", risk);
        return Some(Data::default());
    }
    None
}

/// Plans, manifests and build files that come through a pipe or from an address.
fn from_files(m: &mut Machine<'_>, name: &str, args: &[Arg], stdin: &Data) {
    let operands: Vec<Arg> = args.iter().filter(|a| !a.is_option()).cloned().collect();
    let sub = operands.first().map_or("", |a| a.text.as_str());
    let opts =
        opts::parse(args, &["-f", "--filename", "--file", "-r", "--requirement", "-i", "-t", "-n", "--tag", "-e"]);
    let (files, risk, remote) = match (name, sub) {
        ("ansible-playbook", _) => (opts.operands.clone(), RiskLevel::Critical, true),
        ("docker" | "podman" | "buildah", "build" | "bud") => {
            let dash = args.iter().filter(|a| a.text == "-").cloned();
            (
                opts.operands
                    .iter()
                    .skip(1)
                    .cloned()
                    .chain(dash)
                    .chain(opts.values(&["-f", "--file"]).cloned())
                    .collect(),
                RiskLevel::High,
                true,
            )
        }
        ("kubectl" | "oc", "apply" | "create" | "replace") => {
            (opts.values(&["-f", "--filename"]).cloned().collect(), RiskLevel::High, true)
        }
        ("helm", "install" | "upgrade" | "template") => {
            (opts.operands.iter().skip(1).cloned().collect(), RiskLevel::High, sub != "template")
        }
        ("pip", "install") => (opts.values(&["-r", "--requirement"]).cloned().collect(), RiskLevel::High, true),
        _ => return,
    };
    for file in files {
        let piped = matches!(file.text.as_str(), "-" | "/dev/stdin");
        let path = m.place(&file.text).path;
        let data = if piped { Some(stdin.clone()) } else { m.files.get(&path).cloned() };
        let address = remote
            && (file.text.contains("://") || file.text.starts_with("git@"))
            && !crate::network::is_here(&file.text);
        if data.is_some_and(|d| d.taint.has(Taint::NET)) {
            network(
                m,
                &file,
                "carries out what the network sends without anybody having read it",
                if name == "pip" { RiskLevel::High } else { risk.max(RiskLevel::High) },
            );
        } else if address && !file.text.starts_with("oci://") {
            network(m, &file, "carries out a file from the network without anybody having read it", RiskLevel::High);
        }
    }
}

/// `TF_CLI_ARGS` and its sisters stand among the arguments.
fn from_environment(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    let sub = args.iter().find(|a| !a.is_option()).map_or("", |a| a.text.as_str()).replace('-', "_");
    let mut more = Vec::new();
    for variable in ["TF_CLI_ARGS".to_owned(), format!("TF_CLI_ARGS_{sub}")] {
        if let Some(value) = m.vars.get(&variable) {
            let text = value.texts.first().cloned().unwrap_or_default();
            more.extend(text.split_whitespace().map(|w| Arg::known(w, head.span.clone())));
        }
    }
    if more.is_empty() {
        return None;
    }
    let all: Vec<Arg> = args.iter().cloned().chain(more).collect();
    Some(crate::rules::apply(m, name, head, &all, stdin))
}
