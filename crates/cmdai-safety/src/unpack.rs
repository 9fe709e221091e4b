//! Packers beside `tar` and `unzip`: where they unpack to, what they take out of an archive, what they take away after packing.
//!
//! Looked at before the programs themselves are judged; only what is bad is found here.

use crate::effects::How;
use crate::opts;
use crate::paths::Class;
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data, STAR};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Acts on what such a program does to files.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    let first = args.first().map_or("", |a| a.text.as_str());
    let has = |words: &[&str]| args.iter().any(|a| words.contains(&a.text.as_str()));
    let here = || Arg::known(".", head.span.clone());
    match name {
        "unsquashfs" | "sqfs2tar" if !has(&["-l", "-ll", "-s", "-stat", "-cat", "-lls"]) => {
            if let Some(dir) = value(args, &["-d", "-dest"]) {
                unpacked(m, &dir);
            }
        }
        "cpio" | "gcpio" if letters(args, 'i') && !letters(args, 't') => {
            unpacked(m, &value(args, &["-D", "--directory"]).unwrap_or_else(here));
        }
        "cpio" | "gcpio" if letters(args, 'p') => {
            if let Some(dir) = args.iter().rev().find(|a| !a.is_option()).cloned() {
                unpacked(m, &dir);
            }
        }
        "pax" if letters(args, 'r') => unpacked(m, &here()),
        "dar" if has(&["-x"]) => unpacked(m, &value(args, &["-R", "--fs-root"]).unwrap_or_else(here)),
        "zpaq" | "fsarchiver" | "restore" if has(&["x", "restfs", "-rf", "-r"]) => {
            for dir in args.iter().skip(1).filter(|a| a.text.starts_with('/')) {
                unpacked(m, dir);
            }
        }
        "jar" if first.trim_start_matches('-').starts_with('x') => {
            unpacked(m, &value(args, &["-C", "--dir"]).unwrap_or_else(here));
        }
        "dpkg-deb" | "ar" | "xar" | "cabextract" | "unace" | "lha" | "unar" | "bsdcpio" | "ouch" | "atool"
        | "aunpack" | "patool" | "innoextract" | "msiextract" | "rpm2archive"
            if name != "ar" =>
        {
            let unpacks =
                name != "dpkg-deb" || has(&["-x", "-X", "-R", "--extract", "--vextract", "--raw-extract", "-e"]);
            let target = value(args, &["-d", "-C", "-o", "-output-directory", "--dir", "-X"])
                .or_else(|| args.iter().filter(|a| !a.is_option()).nth(1).cloned());
            if let Some(dir) = target.filter(|_| unpacks) {
                unpacked(m, &dir);
            }
        }
        "ar" if first.trim_start_matches('-').starts_with(['d', 'r', 'q', 'm']) => {
            if let Some(file) = args.get(1) {
                m.touch(Verb::Write, &file.clone(), How::ONE);
            }
        }
        "python" if has(&["zipfile", "tarfile", "shutil"]) && has(&["-e", "--extract"]) => {
            if let Some(dir) = args.iter().rev().find(|a| !a.is_option()).filter(|a| !a.text.contains('.')).cloned() {
                unpacked(m, &dir);
            }
        }
        "7z" | "7za" | "7zr" | "7zz" | "p7zip" => seven(m, args),
        "rar" | "unrar" => {
            let operands: Vec<Arg> = args.iter().skip(1).filter(|a| !a.is_option()).cloned().collect();
            match first {
                "x" | "e" => {
                    if let Some(dir) = operands.get(1..).and_then(<[Arg]>::last) {
                        unpacked(m, dir);
                    }
                }
                "d" => emptied(m, head, operands.get(1..).unwrap_or_default()),
                "m" | "mf" => m.touch_all(Verb::Delete, operands.get(1..).unwrap_or_default(), How::TREE),
                "a" | "u" if has(&["-df", "-dr", "-dw"]) => {
                    m.touch_all(Verb::Delete, operands.get(1..).unwrap_or_default(), How::TREE);
                }
                _ => {}
            }
        }
        "zip" if has(&["-d", "--delete"]) => {
            let operands: Vec<Arg> = args.iter().filter(|a| !a.is_option()).cloned().collect();
            emptied(m, head, operands.get(1..).unwrap_or_default());
        }
        "tar" | "gtar" | "bsdtar" => tar(m, head, args),
        "gzip" | "bzip2" | "xz" | "lzma" | "lzop" | "compress" | "pigz" | "pbzip2" | "lbzip2" | "zstd" | "brotli"
        | "lz4" | "lzip" | "rzip" | "lrzip" => {
            packed(m, name, args);
        }
        "dump" | "xfsdump" | "fsarchiver" | "dd_rescue" => {
            for device in args.iter().filter(|a| a.text.starts_with("/dev/")) {
                let before = args.iter().take_while(|a| a.text != device.text).last();
                if before.is_some_and(|a| a.text.starts_with('-') && a.text.ends_with('f'))
                    && !device.text.contains("st")
                {
                    m.touch(Verb::Write, &device.clone(), How::ONE);
                }
            }
        }
        _ => {}
    }
}

/// `-x value`, `-xvalue` with a path, `--long=value`.
fn value(args: &[Arg], options: &[&str]) -> Option<Arg> {
    crate::doors::option_values(args, options).into_iter().next_back().or_else(|| {
        args.iter().find_map(|a| {
            let rest = options.iter().find_map(|o| a.text.strip_prefix(o))?;
            rest.starts_with(['/', '~', '.']).then(|| Arg { text: rest.to_owned(), ..a.clone() })
        })
    })
}

/// Whether a letter stands in one of the leading options.
fn letters(args: &[Arg], letter: char) -> bool {
    args.iter().any(|a| a.is_option() && !a.text.starts_with("--") && a.text.contains(letter))
        || letter == 'i' && args.iter().any(|a| a.text == "--extract")
        || letter == 't' && args.iter().any(|a| a.text == "--list")
}

/// Files of an archive go over what is there.
pub(crate) fn unpacked(m: &mut Machine<'_>, dir: &Arg) {
    let class = m.place(&dir.text).class;
    if matches!(
        class,
        Class::Root
            | Class::SysTree
            | Class::Boot
            | Class::Accounts
            | Class::Home
            | Class::OtherHome
            | Class::Secret
            | Class::Autostart
    ) {
        m.finding(
            "extract-over-system",
            "files",
            if class == Class::Root { RiskLevel::Critical } else { RiskLevel::High },
            &dir.span.clone(),
            "overwrite",
            &dir.text,
            "unpacks files over what is there, wherever the archive says",
        );
    }
}

/// Members are taken out of an archive.
fn emptied(m: &mut Machine<'_>, head: &Arg, members: &[Arg]) {
    let all = members.is_empty() || members.iter().any(|a| a.text.contains(['*', STAR]));
    m.finding(
        "archive-members",
        "files",
        if all { RiskLevel::High } else { RiskLevel::Moderate },
        &head.span.clone(),
        "delete",
        members.first().map_or("", |a| a.text.as_str()),
        if all { "takes many files out of an archive for good" } else { "takes a file out of an archive for good" },
    );
}

fn seven(m: &mut Machine<'_>, args: &[Arg]) {
    let Some((verb, rest)) = args.split_first() else { return };
    let operands: Vec<Arg> = rest.iter().filter(|a| !a.is_option()).cloned().collect();
    match verb.text.as_str() {
        "x" | "e" => {
            if let Some(dir) =
                rest.iter().find_map(|a| a.text.strip_prefix("-o").map(|d| Arg { text: d.to_owned(), ..a.clone() }))
            {
                unpacked(m, &dir);
            }
        }
        "d" => emptied(m, verb, operands.get(1..).unwrap_or_default()),
        "a" | "u" if rest.iter().any(|a| a.text == "-sdel") => {
            m.touch_all(Verb::Delete, operands.get(1..).unwrap_or_default(), How::TREE);
        }
        _ => {}
    }
}

/// Members that are deleted, directories that are emptied before, and commands that tar runs.
fn tar(m: &mut Machine<'_>, head: &Arg, args: &[Arg]) {
    if args.iter().any(|a| a.text == "--delete") {
        let opts = opts::parse(args, &["-f", "--file"]);
        emptied(m, head, &opts.operands);
    }
    if args.iter().any(|a| matches!(a.text.as_str(), "--recursive-unlink")) {
        m.finding(
            "extract-unlinks",
            "files",
            RiskLevel::High,
            &head.span.clone(),
            "delete",
            "directories",
            "empties directories before it unpacks over them",
        );
    }
    let options = ["--rsh-command", "-F", "--info-script", "--new-volume-script"];
    for command in crate::doors::option_values(args, &options) {
        m.aside(|m| m.inner_text(&command.text, ShellType::Sh, &Data::default(), &command.span));
    }
}

/// A file of the system is replaced by its packed form.
fn packed(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
    let keeps = matches!(name, "zstd" | "brotli" | "lz4" | "lrzip");
    let stays = args.iter().any(|a| {
        matches!(a.text.as_str(), "--keep" | "--stdout" | "--to-stdout" | "--list" | "--test")
            || a.is_option() && !a.text.starts_with("--") && a.text.chars().skip(1).any(|c| "klct".contains(c))
    });
    let removes = args.iter().any(|a| matches!(a.text.as_str(), "--rm" | "-U" | "--delete" | "-D" | "-j"));
    if !removes && (stays || keeps) {
        return;
    }
    let deep = args.iter().any(|a| a.is_option() && (a.text == "-r" || a.text == "--recursive"));
    for file in args.iter().filter(|a| !a.is_option()) {
        let place = m.place(&file.text);
        let kept = [
            "/etc/",
            "/boot/",
            "/bin/",
            "/sbin/",
            "/usr/",
            "/lib",
            "/var/lib/mysql",
            "/var/lib/postgresql",
            "/var/lib/dpkg",
            "/var/lib/rpm",
        ];
        if kept.iter().any(|k| place.path.starts_with(k)) {
            m.touch(Verb::Move, file, How::ONE);
        } else if deep && place.class == Class::Elsewhere {
            m.touch(Verb::Move, file, How::TREE);
            if removes {
                m.touch(Verb::Delete, file, How::TREE);
            }
        }
    }
}
