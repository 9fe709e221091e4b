//! A tiny evaluator: what text tools print when their input is known, so that decoded commands are judged and not guessed at.
//!
//! `echo`, `printf`, `cat`, `base64 -d`, `xxd -r`, `rev`, `tr` and a few more. Anything else prints something unknown with the
//! origin of its input.

use crate::decode::{base32, base64, encode_base64, hex, unescape};
use crate::opts;
use crate::run::Machine;
use crate::text_tools::{cut, translate};
use crate::value::{Arg, Data, Taint, UNKNOWN, unglob};
use std::fmt::Write as _;

const MAX_OUTPUT: usize = 16 * 1024;
const MAX_PLACED: usize = 2048;

/// What `name` prints; nothing if it is no text tool.
pub(crate) fn print(m: &mut Machine<'_>, name: &str, args: &[Arg], stdin: &Data) -> Option<Data> {
    let taint = args.iter().fold(Taint::default(), |t, a| t.with(a.taint));
    match name {
        "yes" => Some(Data { from: crate::contents::ENDLESS.to_owned(), ..Data::default() }),
        "echo" => Some(echo(args, taint)),
        "printf" | "print" => Some(printf(name, args, taint)),
        "cat" | "tac" | "rev" | "tr" | "head" | "tail" | "base64" | "gbase64" | "base32" | "xxd" | "gunzip"
        | "zcat" | "bzcat" | "xzcat" | "cut" | "sort" | "uniq" | "tee" | "openssl" | "uudecode" | "unxz"
        | "bunzip2" | "zstd" | "zstdcat" | "gzip" | "strings" | "nl" | "fold" | "paste" | "grep" | "egrep"
        | "fgrep" | "rg" | "ag" | "ack" | "ugrep" | "jq" | "less" | "more" | "bat" | "seq" | "basename" | "dirname"
        | "realpath" | "readlink" | "mktemp" | "xclip" | "pbcopy" | "hexdump" | "od" | "gpg" | "iconv" | "column"
        | "awk" | "wc" | "md5sum" | "sha256sum" | "envsubst" | "lolcat" | "expand" | "ghead" | "gtail" => {
            Some(filter(m, name, args, stdin))
        }
        "env" | "printenv" => Some(Data::unknown(Taint::ENV_SECRET, "the environment")),
        "locate" | "plocate" | "mdfind" => {
            let pattern = args
                .iter()
                .rev()
                .find(|a| !a.is_option())
                .map_or_else(String::new, |a| crate::text::live_globs(a.text.trim_start_matches('\\')));
            let text = format!("/{UNKNOWN}/{pattern}");
            Some(Data { text: Some(text), taint: Taint::LIST, from: name.to_owned() })
        }
        "whoami" | "logname" => Some(Data::known(m.ctx.user.clone().unwrap_or_else(|| UNKNOWN.to_string()))),
        "date" | "hostname" | "uname" | "id" | "nproc" | "tty" | "arch" | "uptime" | "uuidgen"
            if args.iter().all(|a| !matches!(a.text.as_str(), "-s" | "--set"))
                && (name != "hostname" || args.iter().all(Arg::is_option)) =>
        {
            Some(Data { text: Some(UNKNOWN.to_string()), ..Data::default() })
        }
        _ => None,
    }
}

pub(crate) fn echo(args: &[Arg], taint: Taint) -> Data {
    let options =
        args.iter().take_while(|a| a.is_option() && a.text.chars().skip(1).all(|c| "neE".contains(c))).count();
    let escapes = args.iter().take(options).any(|a| a.text.contains('e'));
    let words: Vec<String> = args.iter().skip(options).map(|a| unglob(&a.text)).collect();
    let mut text = words.join(" ");
    if escapes {
        text = unescape(&text);
    }
    text.push('\n');
    Data { text: Some(text), taint, from: "echo".to_owned() }
}

pub(crate) fn printf(name: &str, args: &[Arg], taint: Taint) -> Data {
    let mut rest = args.iter().skip_while(|a| a.text == "--" || (name == "print" && a.is_option()));
    let Some(format) = rest.next() else { return Data::known("") };
    let values: Vec<String> = rest.map(|a| unglob(&a.text)).collect();
    if name == "print" {
        let words: Vec<String> = std::iter::once(unglob(&format.text)).chain(values).collect();
        return Data { text: Some(unescape(&words.join(" "))), taint, from: name.to_owned() };
    }
    let format = unglob(&format.text);
    let mut values = values.into_iter().peekable();
    let mut out = String::new();
    let mut placed = 0;
    loop {
        let mut used = false;
        let mut chars = format.chars().peekable();
        let mut literal = String::new();
        while let Some(c) = chars.next() {
            if c == '\\' {
                literal.push(c);
                literal.extend(chars.next());
                continue;
            }
            if c != '%' {
                literal.push(c);
                continue;
            }
            out.push_str(&unescape(&std::mem::take(&mut literal)));
            placed += 1;
            if placed > MAX_PLACED || out.len() > MAX_OUTPUT {
                return Data { text: None, taint, from: name.to_owned() };
            }
            let spec: String =
                std::iter::from_fn(|| chars.next_if(|c| c.is_ascii_digit() || ".-+ #".contains(*c))).collect();
            match chars.next() {
                Some('%') => out.push('%'),
                Some('s') => {
                    used = true;
                    let value = values.next().unwrap_or_default();
                    let cut = spec.strip_prefix('.').and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
                    out.extend(value.chars().take(cut));
                }
                Some('b') => {
                    used = true;
                    out.push_str(&unescape(&values.next().unwrap_or_default()));
                }
                Some('d' | 'i' | 'u') if spec.is_empty() => {
                    used = true;
                    out.push_str(&values.next().unwrap_or_else(|| "0".to_owned()));
                }
                Some('c') => {
                    used = true;
                    out.extend(values.next().and_then(|v| v.chars().next()));
                }
                Some('q') => {
                    used = true;
                    out.push_str(&crate::effects::quote(&values.next().unwrap_or_default()));
                }
                _ => {
                    used = true;
                    values.next();
                    out.push(UNKNOWN);
                }
            }
        }
        out.push_str(&unescape(&literal));
        if !used || values.peek().is_none() || out.len() > MAX_OUTPUT {
            break;
        }
    }
    Data { text: Some(out), taint, from: "printf".to_owned() }
}

#[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
pub(crate) fn filter(m: &mut Machine<'_>, name: &str, args: &[Arg], stdin: &Data) -> Data {
    let valued: &[&str] = match name {
        "head" | "tail" | "ghead" | "gtail" => &["-n", "-c", "--lines", "--bytes", "--pid", "-s"],
        "cut" => &["-d", "-f", "-c", "-b", "--delimiter", "--fields"],
        "sort" => &["-k", "-t", "-o", "-S", "-T", "--key", "--field-separator", "--output"],
        "base64" | "base32" | "gbase64" => &["-w", "--wrap", "-o"],
        "xxd" => &["-c", "-g", "-l", "-s", "-o"],
        "openssl" => &["-in", "-out", "-k", "-pass", "-passin", "-K", "-iv", "-md", "-iter"],
        "grep" | "egrep" | "fgrep" | "rg" | "ag" | "ack" | "ugrep" => &[
            "-e",
            "-f",
            "-m",
            "-A",
            "-B",
            "-C",
            "--include",
            "--exclude",
            "--exclude-dir",
            "-g",
            "-t",
            "--color",
            "--type",
            "--glob",
            "-d",
        ],
        "jq" => &["--arg", "--argjson", "--indent", "-f", "-L", "--slurpfile", "--rawfile"],
        "fold" | "nl" | "paste" | "column" | "hexdump" | "od" | "strings" | "iconv" => {
            &["-w", "-d", "-s", "-t", "-n", "-e", "-f", "-A", "-N", "-j", "-c", "-o"]
        }
        "gpg" => &["-o", "--output", "-r", "--recipient", "-u", "--keyserver", "--passphrase"],
        _ => &[],
    };
    let opts = opts::parse(args, valued);
    let mut operands = opts.operands.clone();
    if matches!(name, "grep" | "egrep" | "fgrep" | "rg" | "ag" | "ack" | "ugrep" | "jq")
        && !opts.has(&["-e", "-f", "--files"])
        && !operands.is_empty()
    {
        operands.remove(0);
    }
    if name == "openssl" {
        let read = opts.value(&["-in"]).cloned().filter(|_| !is_public(&opts)).map(|file| m.read_file(&file));
        if let Some(out) = opts.value(&["-out"]).cloned() {
            // A key or certificate is made where it belongs; elsewhere it matters what is written over.
            if m.place(&out.text).class == crate::paths::Class::Secret {
                m.exposed(read.as_ref().unwrap_or(stdin), &out);
            } else {
                m.write_file(&out, read.as_ref().unwrap_or(stdin), crate::risk::Verb::Write);
            }
        } else if let Some(read) = read.filter(|r| r.taint.has(Taint::SECRET)) {
            return read;
        }
    }
    if matches!(
        name,
        "tr" | "seq"
            | "basename"
            | "dirname"
            | "mktemp"
            | "uuidgen"
            | "tee"
            | "openssl"
            | "gpg"
            | "realpath"
            | "readlink"
    ) {
        return no_files(m, name, &opts, stdin);
    }
    if let Some(out) = opts.value(&["-o", "--output"]).filter(|_| matches!(name, "sort" | "base64")).cloned() {
        m.write_file(&out, stdin, crate::risk::Verb::Write);
    }
    if name == "gzip" && !operands.is_empty() && !opts.has(&["-c", "-k", "-l", "-t", "--stdout", "--keep"]) {
        // Replaces the files by their packed forms.
        return Data::known("");
    }
    let input = if operands.is_empty() {
        stdin.clone()
    } else {
        let mut all: Option<Data> = None;
        for file in operands.iter().filter(|f| f.text != "-") {
            let data = m.read_file(file);
            all = Some(all.map_or(data.clone(), |before| before.then(data)));
        }
        all.unwrap_or_else(|| stdin.clone())
    };
    let roots = operands.clone();
    let recursive = matches!(name, "grep" | "rg" | "egrep") && opts.has(&["-r", "-R", "--recursive"]);
    if recursive {
        for place in operands {
            m.touch(crate::risk::Verb::Read, &place, crate::effects::How::ONE);
        }
    }
    m.holds_endless(name, &input, args);
    let mut out = transform(name, &opts, &input);
    if matches!(name, "grep" | "egrep" | "fgrep" | "rg" | "ag" | "ack" | "ugrep") && looks_for_keys(&opts) {
        out.taint = out.taint.with(Taint::SECRET);
    }
    let names = ["-l", "-L", "--files", "--files-with-matches", "--files-without-match"];
    if matches!(name, "grep" | "egrep" | "fgrep" | "rg" | "ag" | "ack" | "ugrep") && opts.has(&names) {
        // What is found lies below the places that are searched.
        let below: Vec<String> = roots
            .iter()
            .filter(|r| r.text.starts_with(['/', '~', '.']) && r.text != ".")
            .map(|r| format!("{}/{UNKNOWN}", r.text.trim_end_matches('/')))
            .collect();
        let text = (!below.is_empty()).then(|| below.join("\n"));
        out = Data { text, taint: out.taint.without(Taint::FILE).with(Taint::LIST), from: name.to_owned() };
    }
    out
}

/// A search for private keys or passwords in files.
fn looks_for_keys(opts: &opts::Opts) -> bool {
    let fed = opts.operands.len() == 1;
    let pattern = opts.value(&["-e", "--regexp"]).map_or_else(|| opts.operand(0).to_owned(), |a| a.text.clone());
    let upper = pattern.to_uppercase();
    let files = opts.operands.len() > 1 || opts.has(&["-r", "-R", "--recursive"]);
    (files || fed)
        && ["PRIVATE KEY", "PRIVATE", "PASSWORD", "AWS_SECRET", "API_KEY", "AKIA", "SECRET_KEY"]
            .iter()
            .any(|w| upper.contains(w))
}

pub(crate) fn transform(name: &str, opts: &opts::Opts, input: &Data) -> Data {
    let decode = opts.has(&["-d", "-D", "--decode", "-r", "--decompress"]);
    let decoding = match name {
        "base64" | "gbase64" | "base32" | "xxd" | "gzip" | "zstd" => decode,
        "gunzip" | "zcat" | "bzcat" | "xzcat" | "uudecode" | "unxz" | "bunzip2" | "zstdcat" => true,
        _ => false,
    };
    let one = matches!(name, "head" | "tail") && opts.has(&["-1", "-n1"])
        || matches!(name, "head" | "tail") && opts.value(&["-n", "--lines"]).is_some_and(|a| a.text == "1");
    let taint = if one { input.taint.without(Taint::LIST) } else { input.taint };
    let taint = if decoding { taint.with(Taint::DECODED) } else { taint };
    let out = input.exact().and_then(|text| match name {
        "cat" | "less" | "more" | "bat" | "lolcat" | "expand" if !opts.has(&["-n", "-A", "-b"]) => {
            Some(text.to_owned())
        }
        "rev" => Some(text.lines().map(|l| l.chars().rev().collect::<String>() + "\n").collect()),
        "tac" => Some(text.lines().rev().flat_map(|l| [l, "\n"]).collect()),
        "base64" | "gbase64" if decode => base64(text).and_then(|bytes| String::from_utf8(bytes).ok()),
        "base64" | "gbase64" => Some(encode_base64(text.as_bytes())),
        "base32" if decode => base32(text).and_then(|bytes| String::from_utf8(bytes).ok()),
        "xxd" if decode => hex(text).and_then(|bytes| String::from_utf8(bytes).ok()),
        "head" | "tail" => {
            let count: usize = opts.value(&["-n", "--lines"]).and_then(|a| a.text.parse().ok())?;
            let lines: Vec<&str> = text.lines().collect();
            let chosen = if name == "head" {
                lines.get(..count.min(lines.len()))
            } else {
                lines.get(lines.len().saturating_sub(count)..)
            };
            chosen.map(|lines| {
                lines.iter().fold(String::new(), |mut out, l| {
                    let _ = writeln!(out, "{l}");
                    out
                })
            })
        }
        "cut" => cut(text, opts),
        "sort" | "uniq" | "paste" if text.lines().count() <= 1 => Some(text.to_owned()),
        _ => None,
    });
    match out {
        Some(text) => {
            Data { text: Some(text), taint, from: if decoding { name.to_owned() } else { input.from.clone() } }
        }
        // A filter of known text gives some of it, which is still not hidden.
        None if matches!(name, "head" | "ghead")
            && !opts
                .value(&["-c", "--bytes"])
                .and_then(|a| crate::corners::bytes(&a.text))
                .is_some_and(|b| b >= 100e9) =>
        {
            Data { text: None, taint: taint.with(Taint::FILE), from: name.to_owned() }
        }
        None => Data {
            text: None,
            taint: if input.text.is_some() && !decoding { taint.with(Taint::FILE) } else { taint },
            from: if input.from.is_empty() { name.to_owned() } else { input.from.clone() },
        },
    }
}

/// Certificates and requests are for everybody, as is the public half of a key.
fn is_public(opts: &opts::Opts) -> bool {
    matches!(opts.operand(0), "x509" | "crl" | "req" | "verify" | "ocsp" | "dgst" | "crl2pkcs7" | "ts")
        || opts.has(&["-pubout", "-pubin", "-check"])
}

pub(crate) fn no_files(m: &mut Machine<'_>, name: &str, opts: &opts::Opts, stdin: &Data) -> Data {
    let first = opts.operands.first();
    match name {
        "tr" => {
            let text = stdin.exact().and_then(|text| translate(text, opts));
            // Translating is also how text is hidden.
            Data { text, taint: stdin.taint.with(Taint::DECODED), from: "tr".to_owned() }
        }
        "tee" => {
            let verb = if opts.has(&["-a", "--append"]) { crate::risk::Verb::Append } else { crate::risk::Verb::Write };
            for file in &opts.operands {
                m.write_file(file, stdin, verb);
            }
            stdin.clone()
        }
        "dirname" => Data {
            text: first
                .and_then(Arg::exact)
                .map(|t| t.rsplit_once('/').map_or(".", |(dir, _)| if dir.is_empty() { "/" } else { dir }).to_owned())
                .or_else(|| Some(UNKNOWN.to_string())),
            ..Data::default()
        },
        "basename" => Data {
            text: first
                .and_then(Arg::exact)
                .map(|t| t.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned())
                .or_else(|| Some(UNKNOWN.to_string())),
            ..Data::default()
        },
        "realpath" | "readlink" => Data {
            text: first
                .and_then(Arg::exact)
                .map(|t| crate::paths::normalise(t, m.cwd.as_deref()))
                .or_else(|| Some(UNKNOWN.to_string())),
            ..Data::default()
        },
        "mktemp" => Data::known(format!("/tmp/tmp.{UNKNOWN}")),
        "seq" => {
            let from = crate::load::seq_of(&opts.operands);
            Data { text: Some(UNKNOWN.to_string()), from, ..Data::default() }
        }
        "openssl" if opts.operand(0) == "enc" || opts.has(&["-d"]) || opts.operand(0) == "base64" => {
            let text = stdin
                .exact()
                .filter(|_| opts.has(&["-base64", "-a", "-d"]))
                .and_then(base64)
                .and_then(|b| String::from_utf8(b).ok());
            Data {
                text,
                taint: stdin.taint.with(if opts.has(&["-d"]) { Taint::DECODED } else { Taint::default() }),
                from: "openssl".to_owned(),
            }
        }
        "openssl" if opts.operand(0) == "s_client" => Data::unknown(Taint::NET, "openssl s_client"),
        "gpg" if opts.has(&["-d", "--decrypt"]) => Data::unknown(Taint::DECODED, "gpg"),
        _ => Data { text: None, taint: stdin.taint, from: name.to_owned() },
    }
}
