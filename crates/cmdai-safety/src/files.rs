//! Commands whose operands are paths: what each does to which of them.

use crate::effects::How;
use crate::opts::{self, Opts};
use crate::risk::Verb;
use crate::run::Machine;
use crate::session::Fact;
use crate::value::{Arg, Data, STAR, Taint, UNKNOWN};
use cmdai_core::assess::RiskLevel;

/// Acts on files; nothing if `name` does not.
pub(crate) fn act(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    let none = Some(Data::known(""));
    match name {
        "rm" | "grm" | "unlink" | "rmdir" | "srm" | "shred" | "wipe" | "trash" | "trash-put" | "rimraf" | "del"
        | "rip" | "safe-rm" => {
            remove(m, name, args);
            none
        }
        "mv" | "gmv" => {
            let opts = opts::parse(args, &["-t", "--target-directory", "-S", "--suffix"]);
            transfer(m, &opts, Verb::Move);
            none
        }
        "cp" | "gcp" | "install" | "ln" | "gln" => {
            let opts = opts::parse(
                args,
                &["-t", "--target-directory", "-S", "--suffix", "-m", "-o", "-g", "--mode", "--owner", "--group"],
            );
            if name == "install" && opts.has(&["-d"]) {
                m.touch_all(Verb::Make, &opts.operands, How::ONE);
            } else {
                copy(m, name, &opts);
            }
            if name == "install" {
                mode_finding(m, opts.value(&["-m", "--mode"]), &opts.operands);
            }
            none
        }
        "mkdir" | "touch" | "mkfifo" | "mknod" | "gmkdir" | "gtouch" => {
            let opts = opts::parse(args, &["-m", "-d", "-t", "-r", "--mode", "--date", "--reference"]);
            m.touch_all(Verb::Make, &opts.operands, How::ONE);
            none
        }
        "truncate" => {
            let opts = opts::parse(args, &["-s", "--size", "-r", "--reference"]);
            m.touch_all(Verb::Write, &opts.operands, How::ONE);
            none
        }
        "chmod" | "chown" | "chgrp" | "chattr" | "setfacl" | "chflags" | "gchmod" | "gchown" | "chcon" => {
            permissions(m, name, args);
            none
        }
        "dd" | "dcfldd" | "gdd" | "ddrescue" | "pv" if name != "pv" => {
            copy_blocks(m, head, args, stdin);
            none
        }
        "find" | "gfind" => Some(crate::find::find(m, args)),
        "fd" | "fdfind" => Some(crate::find::fd(m, args)),
        "tar" | "gtar" | "bsdtar" | "unzip" | "7z" | "7za" | "zip" | "cpio" | "unrar" => {
            Some(archive(m, name, head, args, stdin))
        }
        "rsync" | "rclone" => {
            sync(m, name, head, args);
            none
        }
        "ls" | "ll" | "tree" | "stat" | "file" | "du" | "exa" | "eza" | "lsd" | "gls" => {
            let opts = opts::parse(args, &["-L", "-I", "-d", "--format", "-c", "-f", "--max-depth", "--exclude"]);
            let base = opts.operands.first().map_or(String::new(), |a| {
                if a.text.ends_with('/') || a.text.contains(STAR) { String::new() } else { String::new() }
            });
            let text = (!opts.has(&["-l"])).then(|| format!("{base}{UNKNOWN}"));
            Some(Data { text, taint: Taint::default(), from: name.to_owned() })
        }
        "mount" | "umount" => None,
        "crontab" => {
            crontab(m, head, args, stdin);
            none
        }
        "patch" | "rename" | "prename" | "dos2unix" | "unix2dos" | "sponge" => {
            let opts = opts::parse(args, &["-i", "-p", "-d"]);
            for file in &opts.operands {
                m.write_file(file, stdin, Verb::Write);
            }
            none
        }
        "split" | "csplit" => none,
        _ => None,
    }
}

fn remove(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
    let opts = opts::parse(args, &["-n", "--iterations", "-s", "--size"]);
    if opts.has(&["-i", "-I", "--interactive"]) && name == "rm" && !opts.has(&["-f", "--force"]) {
        for target in &opts.operands {
            let place = m.place(&target.text);
            if place.class <= crate::paths::Class::Elsewhere {
                m.finding(
                    "delete-asking",
                    "files",
                    RiskLevel::Moderate,
                    &target.span.clone(),
                    "delete",
                    &target.text,
                    "deletes files, asking before each",
                );
                return;
            }
        }
    }
    let recursive = opts.has(&["-r", "-R", "--recursive", "-d"]) && !(name == "rmdir") || matches!(name, "rimraf");
    if matches!(name, "trash" | "trash-put" | "rip") {
        for target in &opts.operands {
            let class = m.place(&target.text).class;
            let risk = if class >= crate::paths::Class::Home { RiskLevel::High } else { RiskLevel::Moderate };
            m.advise(
                "trash",
                "files",
                risk,
                &target.span.clone(),
                "trash",
                &target.text,
                "moves files to the trash",
                "",
                "restore it from the trash",
            );
        }
        return;
    }
    for target in &opts.operands {
        if opts.has(&["--no-preserve-root"]) {
            m.finding(
                "delete-root",
                "files",
                RiskLevel::Critical,
                &target.span.clone(),
                "delete",
                &target.text,
                "turns off the guard against deleting the whole file system",
            );
        }
        if name == "rmdir" {
            // Only empty directories go.
            let class = m.place(&target.text).class;
            if class > crate::paths::Class::Elsewhere {
                m.touch(Verb::Delete, target, How::ONE);
            }
            continue;
        }
        m.touch(Verb::Delete, target, How { recursive, ..How::ONE });
        if matches!(name, "shred" | "wipe" | "srm") {
            m.finding(
                "shred",
                "files",
                RiskLevel::High,
                &target.span.clone(),
                "delete",
                &target.text,
                "overwrites data so that no tool brings it back",
            );
            let class = m.place(&target.text).class;
            if class == crate::paths::Class::Device {
                m.finding(
                    "shred-device",
                    "disks",
                    RiskLevel::Critical,
                    &target.span.clone(),
                    "overwrite",
                    &target.text,
                    "overwrites a whole disk",
                );
            }
        }
    }
}

/// Sources and the destination of a two-sided command.
fn sides(opts: &Opts) -> (Vec<Arg>, Option<Arg>) {
    if let Some(dir) = opts.value(&["-t", "--target-directory"]) {
        return (opts.operands.clone(), Some(dir.clone()));
    }
    let mut operands = opts.operands.clone();
    let destination = if operands.len() > 1 { operands.pop() } else { None };
    (operands, destination)
}

fn transfer(m: &mut Machine<'_>, opts: &Opts, verb: Verb) {
    let (sources, destination) = sides(opts);
    for source in &sources {
        m.touch(verb, source, How::ONE);
    }
    let Some(destination) = destination else { return };
    let place = m.place(&destination.text);
    if place.class == crate::paths::Class::Sink {
        for source in &sources {
            m.finding(
                "move-to-nothing",
                "files",
                RiskLevel::High,
                &source.span.clone(),
                "delete",
                &source.text,
                "moves files to where nothing is kept",
            );
        }
        return;
    }
    arrive(m, &sources, &destination);
}

fn copy(m: &mut Machine<'_>, name: &str, opts: &Opts) {
    let (sources, destination) = sides(opts);
    let mut all = Data::known("");
    for source in &sources {
        if name != "ln" {
            all = m.read_file(source);
        }
    }
    let Some(destination) = destination else { return };
    if sources.len() == 1
        && let Some(source) = sources.first()
    {
        let from = m.place(&source.text).path;
        let to = m.place(&destination.text).path;
        if let Some(data) = m.files.get(&from).cloned() {
            m.files.insert(to, data);
        } else if all.taint.has(Taint::SECRET) {
            m.files.insert(to, all);
        }
    }
    arrive(m, &sources, &destination);
}

/// Files are put at `destination`: into it when it is a directory, else in its place.
fn arrive(m: &mut Machine<'_>, sources: &[Arg], destination: &Arg) {
    use crate::paths::Class;
    let place = m.place(&destination.text);
    let directory = destination.text.ends_with('/')
        || sources.len() > 1
        || matches!(
            place.class,
            Class::SysTree
                | Class::Home
                | Class::CwdAll
                | Class::TempRoot
                | Class::Root
                | Class::OtherHome
                | Class::Mount
        );
    if !directory {
        m.touch(Verb::Write, destination, How::ONE);
        return;
    }
    for source in sources {
        let name = source.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let into = Arg { text: format!("{}/{name}", destination.text.trim_end_matches('/')), ..destination.clone() };
        m.touch(Verb::Make, &into, How::ONE);
        if matches!(place.class, Class::SysTree | Class::Root) {
            m.touch(Verb::Write, &into, How::ONE);
        }
    }
}

fn mode_finding(m: &mut Machine<'_>, mode: Option<&Arg>, targets: &[Arg]) {
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

fn is_setuid(mode: &str) -> bool {
    let octal = mode.len() == 4 && mode.bytes().all(|b| b.is_ascii_digit()) && mode.starts_with(['2', '4', '6', '7'])
        || mode.len() == 5 && mode.starts_with('0') && !mode.starts_with("00") && !mode.starts_with("01");
    octal
        || mode
            .split(',')
            .any(|part| part.split_once(['+', '=']).is_some_and(|(who, bits)| bits.contains('s') && !who.contains('o')))
}

fn permissions(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
    let opts =
        opts::parse(args, &["--reference", "--from", "-m", "-x", "-b", "-M", "-X", "-p", "-v", "-t", "-u", "-r"]);
    let recursive = opts.has(&["-R", "--recursive"]);
    // `-w` and `-x` are modes here, and `+i` is no option.
    let mode_flag =
        args.iter().find(|a| name == "chmod" && a.is_option() && a.text.chars().skip(1).all(|c| "rwxst".contains(c)));
    let by_reference = opts.has(&["--reference", "-m", "-x", "-b", "-M"]);
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
    for target in &operands {
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

fn copy_blocks(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) {
    let value =
        |key: &str| args.iter().find_map(|a| a.text.strip_prefix(key).map(|v| Arg { text: v.to_owned(), ..a.clone() }));
    let mut data = stdin.clone();
    if let Some(source) = value("if=") {
        let endless = ["/dev/zero", "/dev/urandom", "/dev/random"].contains(&source.text.as_str());
        if source.text == "/dev/mem" || source.text == "/dev/kmem" {
            m.finding(
                "memory-read",
                "credentials",
                RiskLevel::High,
                &source.span,
                "read",
                &source.text,
                "reads the memory of every program",
            );
        }
        data = Data { from: "dd".to_owned(), ..m.read_file(&source) };
        if endless
            && value("count=").is_none()
            && value("of=").is_some_and(|t| {
                !matches!(m.place(&t.text).class, crate::paths::Class::Device | crate::paths::Class::Sink)
            })
        {
            m.finding(
                "fill-disk",
                "resources",
                RiskLevel::High,
                &head.span.clone(),
                "exhaust",
                "the disk",
                "writes without end until the disk is full",
            );
        }
    }
    if let Some(target) = value("of=") {
        m.write_file(&target, &data, Verb::Write);
    }
}

fn archive(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
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
    if extract && !opts.has(&["-l", "-t", "--list"]) {
        let into = opts.value(&["-C", "--directory", "-d"]).cloned();
        let target = into.unwrap_or_else(|| Arg::known(".", head.span.clone()));
        let place = m.place(&target.text);
        if matches!(
            place.class,
            crate::paths::Class::Root
                | crate::paths::Class::SysTree
                | crate::paths::Class::SysFile
                | crate::paths::Class::Home
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
    for source in sources.cloned().collect::<Vec<_>>() {
        let data = m.read_file(&source);
        taint = taint.with(data.taint);
        if matches!(m.place(&source.text).class, crate::paths::Class::Home) {
            taint = taint.with(Taint::SECRET);
        }
    }
    let data = Data::unknown(taint, "an archive");
    if let Some(file) = file.filter(|f| f.text != "-") {
        m.write_file(&file, &data, Verb::Write);
        return Data::known("");
    }
    data
}

fn sync(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
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
            let data = if home { Data { taint: data.taint.with(Taint::FILE), ..data } } else { data };
            m.leak(&data, &destination.text, &source.span.clone());
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

fn crontab(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) {
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
    } else if opts.has(&["-l", "-e"]) {
    } else {
        m.finding(
            "crontab-install",
            "persistence",
            RiskLevel::High,
            &head.span.clone(),
            "schedule",
            "cron",
            "replaces the user's scheduled jobs",
        );
        let data = match opts.operands.first().filter(|a| a.text != "-").cloned() {
            Some(file) => m.read_file(&file),
            None => stdin.clone(),
        };
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
        } else if let Some(text) = data.exact() {
            for line in text.lines() {
                let skip = if line.starts_with('@') { 1 } else { 5 };
                let command: Vec<&str> = line.split_whitespace().skip(skip).collect();
                m.inner_text(&command.join(" "), cmdai_core::request::ShellType::Sh, &Data::default(), &head.span);
            }
        }
    }
}
