//! Programs that write where one does not look for it: a second operand, a prefix, an option for the result, the file itself.
//!
//! Tried by [`call`](crate::call) beside everything else that knows the program; the text tools among them read and print as well.

use crate::by_name::ByName;
use crate::effects::How;
use crate::opts::{self, Opts};
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data};
use cmdai_core::assess::RiskLevel;

/// Programs, options that take a value, and the options among them that name what is written.
const RESULTS: &[(&[&str], &[&str], &[&str])] = &[
    (&["shuf", "gshuf"], &["-n", "-i", "-o", "--output"], &["-o", "--output"]),
    (&["iconv", "uconv"], &["-f", "-t", "-o", "--output"], &["-o", "--output"]),
    (&["pandoc", "asciidoctor", "typst", "weasyprint"], &["-o", "--output", "-t", "-f"], &["-o", "--output"]),
    (&["xsltproc", "xmllint"], &["-o", "--output", "--xpath", "--schema"], &["-o", "--output"]),
    (&["objcopy", "strip", "ld", "as"], &["-o"], &["-o"]),
    (&["gcc", "g++", "cc", "c++", "clang", "clang++", "rustc", "tcc", "ghc", "nasm"], &["-o", "-x"], &["-o"]),
    (&["jsonnet", "dot", "protoc", "qpdf", "bison", "flex", "sassc", "esbuild", "tsc", "wasm-opt"], &["-o"], &["-o"]),
    (
        &["gpg", "gpg2", "age", "rage", "minisign"],
        &["-o", "--output", "-r", "-u", "-i", "-s", "-x", "-p"],
        &["-o", "--output"],
    ),
    (&["jq", "yq", "gojq", "jaq"], &["--output-file"], &["--output-file"]),
    (
        &["envsubst", "gomplate", "j2", "jinja2", "consul-template", "confd"],
        &["-o", "--out", "-f", "-d"],
        &["-o", "--out"],
    ),
    (&["mysqldump", "mariadb-dump"], &["-r", "--result-file", "-u", "-h"], &["-r", "--result-file"]),
    (&["pg_dump", "pg_dumpall"], &["-f", "--file", "-h", "-U", "-d", "-t"], &["-f", "--file"]),
    (&["qrencode", "zint", "barcode", "paperkey", "ssss-split"], &["-o", "--output", "-s", "-l"], &["-o", "--output"]),
    (&["csplit"], &["-f", "-n", "-b", "--prefix"], &["-f", "--prefix"]),
    (&["script", "ttyrec", "tee", "pee"], &[], &[]),
    (&["strace", "ltrace", "time", "perf"], &["-o", "--output"], &["-o", "--output"]),
    (&["xmlstarlet", "xml"], &[], &[]),
];

/// Names, switches, options that take a value, operands before the files.
type InPlace = (&'static [&'static str], &'static [&'static str], &'static [&'static str], usize);

/// Programs that change their files themselves: with one of the options, or always; and the operands before the files.
const IN_PLACE: &[InPlace] = &[
    (&["yq", "gojq", "jaq", "tomlq", "xq"], &["-i", "--inplace", "--in-place"], &["--arg", "-I", "-p", "-o"], 1),
    (&["mlr"], &["-I"], &["--from", "-n"], 99),
    (&["sd", "sad", "ruplacer", "rpl", "srep", "replace", "fastmod", "amber", "ambr"], &[], &["-n", "-f"], 2),
    (&["recode"], &[], &[], 1),
    (&["crudini"], &["--set", "--del", "--merge"], &["--format", "--output"], 0),
    (&["dasel"], &["put", "delete", "-w"], &["-f", "-s", "-v", "-t", "-r", "-w"], 99),
    (&["ini-file", "initool", "git-config", "toml", "dotenv-set"], &["-i", "set"], &[], 0),
    (&["gofmt", "goimports", "shfmt", "gofumpt"], &["-w"], &["-r", "-i", "-d", "-ln"], 0),
    (&["prettier", "biome", "dprint", "deno"], &["--write", "-w"], &["--config"], 0),
    (&["clang-format", "astyle", "uncrustify", "autopep8", "yapf"], &["-i", "--in-place"], &["--style"], 0),
    (&["expand", "unexpand", "nl"], &[], &[], 99),
    (&["ccrypt", "ccencrypt", "bcrypt", "mcrypt"], &[], &["-k", "-K"], 0),
    (&["exiftool"], &["-overwrite_original", "-all=", "-delete_original"], &[], 0),
    (
        &["mogrify", "jpegoptim", "optipng", "pngquant", "oxipng", "mp3gain", "id3v2", "eyeD3", "normalize-audio"],
        &[],
        &["-resize", "-format", "-quality", "-path"],
        0,
    ),
];

/// Names of programs in the tables, so that all others pass without a look at them.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) {
    static PRINTING: ByName = ByName::new();
    static IN_FILES: ByName = ByName::new();
    crate::emptiers::watch(m, name, args, stdin);
    crate::plants::watch(m, name, head, args);
    match name {
        // `uniq IN OUT`, `xxd -r IN OUT`.
        "uniq" | "guniq" | "xxd" => {
            let opts = opts::parse(args, &["-f", "-s", "-w", "-c", "-g", "-l", "-o", "-n"]);
            if let Some(out) = opts.operands.get(1).cloned() {
                m.write_file(&out, stdin, Verb::Write);
            }
        }
        "m4" => {
            let told = args.iter().map(|a| a.text.clone()).chain(stdin.text.clone());
            for text in told.filter(|t| t.contains("syscmd(")).take(4).collect::<Vec<_>>() {
                crate::script_files::bare_commands(m, name, &Arg { text, ..head.clone() });
            }
        }
        "openssl" => {
            let after = |name: &str| args.iter().skip_while(|a| a.text != name).nth(1).map(|a| a.text.clone());
            let (from, to) = (after("-in"), after("-out"));
            if from.is_some() && from == to {
                let why = "empties the file before it is read, so that nothing of it is left";
                let file = to.unwrap_or_default();
                m.finding("empties-own-input", "files", RiskLevel::High, &head.span.clone(), "overwrite", &file, why);
            }
        }
        // It reads while it writes.
        "iconv" | "uconv" => {
            let opts = opts::parse(args, &["-f", "-t", "-o", "--output"]);
            let out = opts.value(&["-o", "--output"]).filter(|out| opts.operands.iter().any(|a| a.text == out.text));
            if let Some(out) = out.cloned() {
                let why = "empties the file before it is read, so that nothing of it is left";
                m.finding("empties-own-input", "files", RiskLevel::High, &out.span, "overwrite", &out.text, why);
            }
        }
        "split" | "gsplit" => split(m, args),
        "xmlstarlet" | "xml" if args.iter().any(|a| matches!(a.text.as_str(), "-L" | "--inplace")) => {
            if let Some(file) = args.last().cloned() {
                m.touch(Verb::Write, &file, How::ONE);
            }
        }
        "augtool" | "augcli" => augeas(m, args, stdin),
        "patch" | "gpatch" => {
            let opts = opts::parse(args, &["-i", "-p", "-d", "-o", "-r", "--directory", "--input", "--output"]);
            let system =
                opts.value(&["-d", "--directory"]).filter(|dir| m.place(&dir.text).class >= crate::paths::Class::Home);
            if let Some(dir) = system.cloned() {
                m.finding(
                    "patch-system",
                    "files",
                    RiskLevel::High,
                    &dir.span.clone(),
                    "overwrite",
                    &dir.text,
                    "changes files of the system wherever the patch says",
                );
            }
        }
        "rename" | "prename" | "perl-rename" | "file-rename" | "rename.pl" => onto_one(m, head, args),
        "visudo" if stdin.text.is_some() || stdin.taint != crate::value::Taint::default() => {
            m.write_file(&Arg::known("/etc/sudoers", head.span.clone()), stdin, Verb::Append);
        }
        "strings" | "grep" | "cat" | "hexdump" | "xxd-mem" | "egrep"
            if args.iter().any(|a| matches!(a.text.as_str(), "/dev/mem" | "/dev/kmem" | "/proc/kcore")) =>
        {
            m.finding(
                "memory-read",
                "credentials",
                RiskLevel::High,
                &head.span.clone(),
                "read",
                "/dev/mem",
                "reads the memory of every program",
            );
        }
        _ => {}
    }
    let results = PRINTING.rows(RESULTS, |row| row.0, name).next();
    if let Some((_, valued, outputs)) = results.filter(|(_, valued, _)| !valued.is_empty()) {
        let opts = opts::parse(args, valued);
        for file in opts.values(outputs).cloned().collect::<Vec<_>>() {
            // A key is made where it belongs.
            if !matches!(m.place(&file.text).class, crate::paths::Class::Secret) {
                m.touch(Verb::Write, &file, How::ONE);
            }
            m.exposed(stdin, &file);
        }
    }
    if let Some((_, switches, valued, skip)) = IN_FILES.rows(IN_PLACE, |row| row.0, name).next() {
        in_place(m, name, args, switches, valued, *skip);
    }
}

fn in_place(m: &mut Machine<'_>, name: &str, args: &[Arg], switches: &[&str], valued: &[&str], skip: usize) {
    let given = switches.is_empty()
        || args.iter().any(|a| switches.iter().any(|s| a.text == *s || a.text.starts_with(s) && s.len() > 5));
    if !given
        || args.iter().any(|a| matches!(a.text.as_str(), "-p" | "--preview" | "--dry-run" | "-s" | "--sample"))
            && skip == 2
    {
        return;
    }
    let opts: Opts = opts::parse(args, valued);
    let files: Vec<Arg> = match skip {
        99 => opts.operands.iter().filter(|a| a.text.contains(['/', '.'])).cloned().collect(),
        _ if name == "crudini" => {
            let at = args.iter().position(|a| switches.contains(&a.text.as_str()));
            let secret = args.iter().any(|a| {
                let word = a.text.to_lowercase();
                ["permitrootlogin", "selinux", "admin_token"].iter().any(|w| word.starts_with(w))
            });
            let file = at.and_then(|at| args.iter().skip(at + 1).find(|a| !a.is_option())).cloned();
            if let Some(file) = file.as_ref().filter(|_| secret) {
                m.touch(Verb::Write, &Arg::known("/etc/ssh/sshd_config", file.span.clone()), How::ONE);
            }
            file.into_iter().collect()
        }
        skip => opts.operands.iter().skip(skip).cloned().collect(),
    };
    for file in files {
        m.touch(Verb::Write, &file, How::ONE);
    }
}

/// `split FILE PREFIX`: writes the prefix with letters behind it.
fn split(m: &mut Machine<'_>, args: &[Arg]) {
    let opts = opts::parse(
        args,
        &["-a", "-b", "-l", "-C", "-n", "--bytes", "--lines", "--number", "--filter", "--suffix-length", "-t"],
    );
    if opts.has(&["--filter"]) {
        return;
    }
    if let Some(source) = opts.operands.first().filter(|a| matches!(a.text.as_str(), "/dev/zero" | "/dev/urandom")) {
        let why = "writes without end until the disk is full";
        m.finding("fill-disk", "resources", RiskLevel::High, &source.span.clone(), "exhaust", "the disk", why);
    }
    let Some(prefix) = opts.operands.get(1).cloned() else { return };
    let suffix = if opts.has(&["-d", "-x", "--numeric-suffixes"]) { "00" } else { "a" };
    m.touch(Verb::Write, &Arg { text: format!("{}{suffix}", prefix.text), ..prefix }, How::ONE);
}

/// `augtool set /files/etc/…`: the tree of settings is the files of the system.
fn augeas(m: &mut Machine<'_>, args: &[Arg], stdin: &Data) {
    let line: Vec<String> = args.iter().filter(|a| !a.is_option()).map(Arg::shown).collect();
    let mut all = line.join(" ");
    if let Some(text) = &stdin.text {
        all.push('\n');
        all.push_str(text);
    }
    let span = args.first().map_or(0..0, |a| a.span.clone());
    for line in all.lines().take(50) {
        let mut words = line.split_whitespace();
        if matches!(words.next(), Some("set" | "rm" | "clear" | "mv" | "move" | "ins" | "insert" | "setm" | "touch"))
            && let Some(path) = words.find_map(|w| w.strip_prefix("/files"))
        {
            m.touch(Verb::Write, &Arg::known(path, span.clone()), How::ONE);
        }
    }
}

/// `rename -f 's/.*/photo.jpg/' *.jpg`: all under one name, each over the one before.
fn onto_one(m: &mut Machine<'_>, head: &Arg, args: &[Arg]) {
    let opts = opts::parse(args, &["-e", "-E"]);
    let script = opts.value(&["-e", "-E"]).map_or_else(|| opts.operand(0).to_owned(), |a| a.text.clone());
    let script = crate::value::unglob(&script);
    let constant = script.strip_prefix("s").and_then(|rest| {
        let mark = rest.chars().next()?;
        let mut parts = rest.get(mark.len_utf8()..)?.split(mark);
        let (pattern, with) = (parts.next()?, parts.next()?);
        let all = matches!(pattern.trim_start_matches('^').trim_end_matches('$'), ".*" | ".+" | "(.*)" | "(.+)");
        (all && !with.is_empty() && !with.contains(['$', '\\'])).then_some(())
    });
    let forced = opts.has(&["-f", "--force", "--overwrite"]);
    let numbers = forced
        && ["\\d+", "[0-9]+", "\\d*", "\\w+", "[0-9]*"].iter().any(|w| script.contains(w))
        && script.contains("//");
    if constant.is_some() || numbers {
        m.finding(
            "onto-one-name",
            "files",
            if forced { RiskLevel::High } else { RiskLevel::Moderate },
            &head.span.clone(),
            "overwrite",
            opts.operands.last().map_or("", |a| a.text.as_str()),
            "gives many files one name, so that each overwrites the one before",
        );
    }
}
