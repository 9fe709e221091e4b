//! Commands whose operands are paths: what each does to which of them.

use crate::effects::How;
use crate::opts::{self, Opts};
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint, UNKNOWN};
use cmdai_core::assess::RiskLevel;

/// Acts on files; nothing if `name` does not.
#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
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
                readable_secret(m, &opts);
                crate::permissions::mode_finding(m, opts.value(&["-m", "--mode"]), &opts.operands);
            }
            none
        }
        "mkdir" | "touch" | "mkfifo" | "mknod" | "gmkdir" | "gtouch" => {
            let opts = opts::parse(args, &["-m", "-d", "-t", "-r", "--mode", "--date", "--reference"]);
            m.touch_all(Verb::Make, &opts.operands, How::ONE);
            // What this text makes in a temporary place it may take away again.
            for dir in opts.operands.iter().filter(|a| name.ends_with("mkdir") && !a.has_gap()) {
                let place = m.place(&dir.text);
                if place.class == crate::paths::Class::Temp && !m.files.contains_key(&place.path) {
                    m.files.insert(place.path, Data { from: crate::effects::NEW_MOUNT.to_owned(), ..Data::default() });
                }
            }
            none
        }
        "truncate" => {
            let opts = opts::parse(args, &["-s", "--size", "-r", "--reference"]);
            m.touch_all(Verb::Write, &opts.operands, How::ONE);
            let size = opts.value(&["-s", "--size"]).map_or("", |a| a.text.as_str());
            if size.trim_start_matches('0').is_empty() || size.starts_with(['-', '<', '/', '%']) {
                for file in &opts.operands {
                    let place = m.place(&file.text);
                    m.emptied(file, &place);
                    if matches!(place.class, crate::paths::Class::Inside) {
                        m.finding(
                            "truncate",
                            "files",
                            RiskLevel::Moderate,
                            &file.span.clone(),
                            "overwrite",
                            &file.text,
                            "cuts off what is in the file",
                        );
                    }
                }
            }
            none
        }
        "chmod" | "chown" | "chgrp" | "chattr" | "setfacl" | "chflags" | "gchmod" | "gchown" | "chcon" => {
            crate::permissions::permissions(m, name, args);
            none
        }
        "dd" | "dcfldd" | "gdd" | "dc3dd" => {
            copy_blocks(m, head, args, stdin);
            none
        }
        "find" | "gfind" => Some(crate::find::find(m, args)),
        "fd" | "fdfind" => Some(crate::find::fd(m, args)),
        "tar" | "gtar" | "bsdtar" | "unzip" | "7z" | "7za" | "zip" | "cpio" | "unrar" => {
            Some(crate::archives::archive(m, name, head, args, stdin))
        }
        "rsync" | "rclone" => {
            crate::archives::sync(m, name, head, args);
            none
        }
        "ls" | "ll" | "tree" | "stat" | "file" | "du" | "exa" | "eza" | "lsd" | "gls" => {
            let opts = opts::parse(args, &["-L", "-I", "-d", "--format", "-c", "-f", "--max-depth", "--exclude"]);
            let text = (!opts.has(&["-l"])).then(|| UNKNOWN.to_string());
            Some(Data { text, taint: Taint::default(), from: name.to_owned() })
        }
        "crontab" => {
            crate::archives::crontab(m, head, args, stdin);
            if args.iter().any(|a| a.text == "-l") {
                let text = format!("# {UNKNOWN}\n");
                return Some(Data { text: Some(text), from: crate::archives::OLD_TABLE.to_owned(), ..Data::default() });
            }
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

pub(crate) fn remove(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
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
    let recursive = opts.has(&["-r", "-R", "--recursive", "-d"]) && (name != "rmdir") || matches!(name, "rimraf");
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
pub(crate) fn sides(opts: &Opts) -> (Vec<Arg>, Option<Arg>) {
    if let Some(dir) = opts.value(&["-t", "--target-directory"]) {
        return (opts.operands.clone(), Some(dir.clone()));
    }
    let mut operands = opts.operands.clone();
    let destination = if operands.len() > 1 { operands.pop() } else { None };
    (operands, destination)
}

pub(crate) fn transfer(m: &mut Machine<'_>, opts: &Opts, verb: Verb) {
    let (sources, destination) = sides(opts);
    for source in &sources {
        m.touch(verb, source, How::ONE);
    }
    let Some(destination) = destination else { return };
    // Each of a list that is not known, one over the other.
    let each = |a: &Arg| m.actor.mass && a.has_gap() || a.text == UNKNOWN.to_string() && a.taint.has(Taint::LIST);
    let keeps = opts.has(&["-n", "--no-clobber", "-i", "--interactive", "-b", "--backup", "-t", "--target-directory"]);
    if !keeps
        && sources.len() == 1
        && sources.iter().any(each)
        && !destination.has_gap()
        && crate::onto_one::is_one_name(&destination.text)
    {
        crate::onto_one::onto_one(m, &destination);
    }
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

pub(crate) fn copy(m: &mut Machine<'_>, name: &str, opts: &Opts) {
    let (sources, destination) = sides(opts);
    let mut all = Data::known("");
    for source in &sources {
        if name != "ln" {
            all = m.read_file(source);
            if all.from == crate::contents::ENDLESS {
                m.finding(
                    "fill-disk",
                    "resources",
                    RiskLevel::High,
                    &source.span.clone(),
                    "exhaust",
                    "the disk",
                    "writes without end until the disk is full",
                );
            }
        }
    }
    let Some(destination) = destination else { return };
    if name != "ln" {
        let into = Arg { text: format!("{}/x", destination.text.trim_end_matches('/')), ..destination.clone() };
        m.exposed(&all, &into);
    }
    if sources.len() == 1
        && let Some(source) = sources.first()
    {
        let from = m.place(&source.text).path;
        let to = m.place(&destination.text).path;
        if let Some(data) = m.files.get(&from).cloned() {
            m.files.insert(to, data);
        } else if all.taint.has(Taint::SECRET) {
            m.files.insert(to, all);
        } else if ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"].iter().any(|dir| from.starts_with(dir)) {
            m.files.insert(to, Data { from, ..Data::unknown(Taint::FILE, "") });
        }
    }
    arrive(m, &sources, &destination);
}

/// `install -m 644 key …`: a copy that everybody may read.
fn readable_secret(m: &mut Machine<'_>, opts: &Opts) {
    let mode = opts.value(&["-m", "--mode"]).map_or("755", |a| a.text.as_str());
    let others =
        mode.chars().last().is_some_and(|c| matches!(c, '4'..='7')) || mode.contains("o+r") || mode.contains("a+r");
    let (sources, destination) = sides(opts);
    let secret = sources.iter().any(|a| m.place(&a.text).class == crate::paths::Class::Secret);
    if let Some(destination) = destination.filter(|_| others && secret) {
        m.finding(
            "secret-exposed",
            "credentials",
            RiskLevel::High,
            &destination.span,
            "copy",
            &destination.text,
            "puts keys or passwords where others can read them",
        );
    }
}

/// Files are put at `destination`: into it when it is a directory, else in its place.
pub(crate) fn arrive(m: &mut Machine<'_>, sources: &[Arg], destination: &Arg) {
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

pub(crate) fn copy_blocks(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) {
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
        let measured = value("of=").is_some_and(|t| m.place(&t.text).class == crate::paths::Class::Sink);
        let dry = m.actor.dry;
        // The first sectors of a disk say only how it is divided.
        let head_only = value("count=").and_then(|a| a.text.parse::<u32>().ok()).is_some_and(|n| n <= 64)
            && value("bs=")
                .is_none_or(|a| matches!(a.text.as_str(), "512" | "1k" | "1K" | "1024" | "4k" | "4K" | "4096" | "446"));
        // What is thrown away is only measured.
        m.actor.dry |= measured || head_only;
        data = Data { from: "dd".to_owned(), ..m.read_file(&source) };
        m.actor.dry = dry;
        if endless
            && (value("count=").is_none() || is_huge(value("bs="), value("count=")))
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

/// Whether so many blocks fill a disk.
fn is_huge(size: Option<Arg>, count: Option<Arg>) -> bool {
    let number =
        |arg: Option<Arg>, otherwise: f64| arg.and_then(|a| crate::corners::bytes(&a.text)).unwrap_or(otherwise);
    number(size, 512.0) * number(count, 0.0) >= 100e9
}
