//! Archives, mirrors and cron tables: many files at once, and what they carry in or out.

use crate::effects::How;
use crate::files::arrive;
use crate::opts;
use crate::risk::Verb;
use crate::run::Machine;
use crate::session::Fact;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;

#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
pub(crate) fn archive(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let bundled = name.ends_with("tar")
        && args.first().is_some_and(|a| !a.text.starts_with('-') && a.text.chars().all(|c| c.is_ascii_alphabetic()));
    let mut args = args.to_vec();
    if bundled && let Some(first) = args.first_mut() {
        first.text.insert(0, '-');
    }
    let opts = opts::parse(
        &args,
        &[
            "-f",
            "-C",
            "-d",
            "-X",
            "-T",
            "--file",
            "--directory",
            "--exclude",
            "--checkpoint",
            "--checkpoint-action",
            "--to-command",
            "-I",
            "--use-compress-program",
            "--transform",
            "-o",
            "-x",
            "-p",
            "--strip-components",
        ]
        .iter()
        .copied()
        .filter(|o| !(name.ends_with("tar") && matches!(*o, "-d" | "-x" | "-o" | "-p")))
        .collect::<Vec<_>>(),
    );
    for hook in opts
        .values(&["--checkpoint-action", "--to-command", "-I", "--use-compress-program"])
        .cloned()
        .collect::<Vec<_>>()
    {
        let text = hook.text.strip_prefix("exec=").unwrap_or(&hook.text).to_owned();
        if crate::shells::shell_of(text.split(' ').next().unwrap_or_default()).is_some() && !text.contains(" -c") {
            m.finding(
                "archive-executes",
                "execution",
                RiskLevel::High,
                &hook.span,
                "execute",
                &text,
                "runs every file of an archive as a script",
            );
        }
        if hook.text.starts_with("exec=") || opts.has(&["--to-command"]) || text.contains(' ') {
            m.inner_text(&text, cmdai_core::request::ShellType::Sh, &Data::default(), &hook.span);
        }
    }
    let extract = if name.ends_with("tar") {
        opts.has(&["-x", "--extract", "--get"])
    } else {
        matches!(name, "unzip" | "unrar") || args.first().is_some_and(|a| a.text == "x" || a.text == "e")
    };
    let file = opts.value(&["-f", "--file"]).cloned();
    let lists = opts.has(&["-l", "-t", "--list", "-Z"])
        || name.starts_with('7') && args.first().is_some_and(|a| a.text == "l" || a.text == "t");
    let prints = opts.has(&["-O", "--to-stdout"]) || matches!(name, "unzip" | "funzip") && opts.has(&["-p"]);
    if lists || extract && prints {
        let source = file.or_else(|| opts.operands.first().filter(|_| !name.ends_with("tar")).cloned());
        let data = source.map_or_else(|| stdin.clone(), |file| m.read_file(&file));
        return if lists { Data::unknown(Taint::default(), "an archive") } else { Data { text: None, ..data } };
    }
    if extract {
        let into = opts.value(&["-C", "--directory", "-d"]).cloned();
        let target = into.unwrap_or_else(|| Arg::known(".", head.span.clone()));
        let place = m.place(&target.text);
        if matches!(
            place.class,
            crate::paths::Class::Root
                | crate::paths::Class::SysTree
                | crate::paths::Class::SysFile
                | crate::paths::Class::Home
                | crate::paths::Class::OtherHome
                | crate::paths::Class::Secret
                | crate::paths::Class::Autostart
                | crate::paths::Class::Accounts
                | crate::paths::Class::Boot
        ) || opts.has(&["-P", "--absolute-names"])
        {
            m.finding(
                "extract-over-system",
                "files",
                RiskLevel::High,
                &target.span,
                "overwrite",
                &target.text,
                "unpacks files over what is there, wherever the archive says",
            );
        } else if stdin.taint.has(Taint::NET) {
            m.finding(
                "extract-download",
                "files",
                RiskLevel::Moderate,
                &target.span,
                "create",
                &target.text,
                "unpacks files that come straight from the network",
            );
        }
        m.facts.push(Fact::Extracted);
        return Data::known("");
    }
    if opts.has(&["--remove-files"]) || name == "zip" && opts.has(&["-m"]) {
        for source in opts.operands.iter().skip(usize::from(name == "zip")) {
            m.touch(Verb::Delete, source, How::TREE);
        }
    }
    let mut taint = Taint::FILE;
    let sources = opts
        .operands
        .iter()
        .skip(usize::from(name == "zip" || name.starts_with('7')) + usize::from(name.starts_with('7')));
    let base = opts.value(&["-C", "--directory"]).map(|a| a.text.clone()).filter(|_| name.ends_with("tar"));
    for mut source in sources.cloned().collect::<Vec<_>>() {
        if let Some(base) = base.as_ref().filter(|_| !source.text.starts_with(['/', '~'])) {
            source.text = format!("{base}/{}", source.text);
        }
        let data = m.read_file(&source);
        taint = taint.with(data.taint).with(source.taint);
        if matches!(m.place(&source.text).class, crate::paths::Class::Home) {
            taint = taint.with(Taint::SECRET);
        }
    }
    // What a search found is not what lies in a project.
    let list = opts.value(&["-T", "--files-from"]).filter(|_| name.ends_with("tar"));
    if list.is_some_and(|a| matches!(a.text.as_str(), "-" | "/dev/stdin")) {
        taint = taint.with(Taint::PRIVATE);
    }
    let data = Data::unknown(taint, "an archive");
    let file = file.or_else(|| {
        let at = usize::from(name.starts_with('7'));
        (name == "zip" || at == 1).then(|| opts.operands.get(at).cloned()).flatten()
    });
    if let Some(file) = file.filter(|f| f.text != "-") {
        if data.taint.has(Taint::SECRET) {
            let path = m.place(&file.text).path;
            m.facts.push(Fact::Archived { path });
        }
        m.write_file(&file, &data, Verb::Write);
        return Data::known("");
    }
    data
}

pub(crate) fn sync(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    let opts = opts::parse(
        args,
        &[
            "-e",
            "--rsh",
            "--exclude",
            "--include",
            "--exclude-from",
            "--bwlimit",
            "-f",
            "--filter",
            "--rsync-path",
            "--backup-dir",
            "--link-dest",
            "--transfers",
            "--config",
            "--password-file",
            "--port",
        ],
    );
    for hook in opts.values(&["-e", "--rsh", "--rsync-path"]).cloned().collect::<Vec<_>>() {
        m.inner_text(&hook.text, cmdai_core::request::ShellType::Sh, &Data::default(), &hook.span);
    }
    let skip = usize::from(name == "rclone");
    let command = if name == "rclone" { opts.operand(0).to_owned() } else { String::new() };
    let mut operands: Vec<Arg> = opts.operands.iter().skip(skip).cloned().collect();
    if matches!(command.as_str(), "purge" | "delete" | "rmdirs" | "cleanup") {
        m.finding(
            "remote-delete",
            "clouds",
            RiskLevel::High,
            &head.span.clone(),
            "delete",
            operands.first().map_or("", |a| a.text.as_str()),
            "deletes files on a remote store",
        );
        return;
    }
    let Some(destination) = (operands.len() > 1).then(|| operands.pop()).flatten() else { return };
    let mirrors = command == "sync" || opts.flags.iter().any(|(f, _)| f.starts_with("--del"));
    let remote = destination.text.contains(':') && !destination.text.starts_with('/');
    for source in &operands {
        let data = m.read_file(source);
        if remote {
            let home = matches!(m.place(&source.text).class, crate::paths::Class::Home | crate::paths::Class::Root);
            let data = if home { Data { taint: data.taint.with(Taint::WHOLE), ..data } } else { data };
            m.entrust(&data, &destination.text, &source.span.clone());
        }
        if opts.has(&["--remove-source-files"]) || command == "move" {
            m.touch(Verb::Move, source, How::TREE);
        }
    }
    if mirrors {
        if remote {
            m.advise(
                "remote-delete",
                "network",
                RiskLevel::High,
                &destination.span,
                "delete",
                &destination.text,
                "deletes at the destination whatever the source does not have",
                "",
                "",
            );
        } else {
            m.touch(Verb::Delete, &destination, How::TREE);
        }
    } else if !remote {
        arrive(m, &operands, &destination);
    }
}

pub(crate) fn crontab(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) {
    let opts = opts::parse(args, &["-u"]);
    if opts.has(&["-r"]) {
        m.advise(
            "crontab-remove",
            "services",
            RiskLevel::High,
            &head.span.clone(),
            "delete",
            "all cron jobs",
            "deletes every scheduled job of the user",
            "crontab -l",
            "",
        );
    } else if opts.has(&["-e"]) {
        edit_by_variable(m, "/var/spool/cron/crontabs/user", stdin, head);
    } else if !opts.has(&["-l", "-e"]) {
        let data = match opts.operands.first().filter(|a| a.text != "-").cloned() {
            Some(file) => m.read_file(&file),
            None => stdin.clone(),
        };
        let before = m.findings.len();
        if data.taint.has(Taint::NET) {
            m.finding(
                "network-to-shell",
                "execution",
                RiskLevel::Critical,
                &head.span.clone(),
                "execute",
                "cron",
                "lets the network decide what runs on a schedule",
            );
        } else if let Some(text) = &data.text {
            for line in text.lines().filter(|l| !l.trim_start().starts_with('#')) {
                let skip = if line.starts_with('@') { 1 } else { 5 };
                let command: Vec<&str> = line.split_whitespace().skip(skip).collect();
                let command = command.join(" ").replace([crate::value::UNKNOWN, crate::value::MAYBE], "${_gap_}");
                m.inner_text(&command, cmdai_core::request::ShellType::Sh, &Data::default(), &head.span);
            }
        }
        // Known lines that do nothing of note are an ordinary job; the old table is kept or the user's own to replace.
        let worst = m.findings.iter().skip(before).map(|f| f.risk).max().unwrap_or(RiskLevel::Safe);
        let known = data.text.as_ref().is_some_and(|t| !t.trim().is_empty()) || data.from == OLD_TABLE;
        m.finding(
            "crontab-install",
            "persistence",
            if known && worst <= RiskLevel::Moderate { RiskLevel::Moderate } else { RiskLevel::High },
            &head.span.clone(),
            "schedule",
            "cron",
            "replaces the user's scheduled jobs",
        );
    }
}

/// Runs the editor that a variable names on the file that a program would have edited.
pub(crate) fn edit_by_variable(m: &mut Machine<'_>, file: &str, stdin: &Data, head: &Arg) {
    for name in ["VISUAL", "EDITOR", "SUDO_EDITOR", "CRON_EDITOR"] {
        let texts = m.vars.get(name).map(|v| v.texts.clone()).unwrap_or_default();
        for text in texts.iter().filter(|t| !t.is_empty()).take(4) {
            m.aside(|m| m.inner_text(&format!("{text} {file}"), cmdai_core::request::ShellType::Sh, stdin, &head.span));
        }
    }
}

/// What `crontab -l` prints.
pub(crate) const OLD_TABLE: &str = "crontab -l";
