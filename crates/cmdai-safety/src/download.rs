//! `curl`, `wget` and relatives: what comes in becomes tainted data, what goes out is looked at.

use crate::effects::How;
use crate::opts::{self, Opts};
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;

/// A host whose name can be taken for another one: mixed alphabets, hidden characters, or their `xn--` spelling.
pub(crate) fn watch_host(m: &mut Machine<'_>, arg: &Arg) {
    let url = arg.text.split_once("://").map_or(arg.text.as_str(), |(_, rest)| rest);
    let host = url.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let private = |c: char| matches!(c, '\u{f8f0}'..='\u{f8f4}');
    let foreign = host.chars().any(|c| !c.is_ascii() && !private(c)) && host.contains('.');
    let coded = host.split('.').any(|label| label.to_ascii_lowercase().starts_with("xn--"));
    if foreign || coded {
        m.finding(
            "lookalike-host",
            "deception",
            if foreign && host.chars().any(|c| c.is_ascii_alphabetic()) {
                RiskLevel::High
            } else {
                RiskLevel::Moderate
            },
            &arg.span.clone(),
            "connect",
            host,
            "names a host with letters that can be taken for others",
        );
    }
}

pub(crate) fn url_of(operands: &[Arg]) -> String {
    operands.first().map_or(String::new(), Arg::shown)
}

pub(crate) fn curl(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let valued = [
        "-o",
        "-O",
        "-d",
        "-F",
        "-H",
        "-X",
        "-u",
        "-A",
        "-e",
        "-b",
        "-c",
        "-T",
        "-x",
        "-w",
        "-m",
        "-K",
        "-E",
        "-r",
        "-C",
        "-D",
        "-U",
        "-Q",
        "-t",
        "-z",
        "-y",
        "-Y",
        "-P",
        "--output",
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-urlencode",
        "--form",
        "--header",
        "--request",
        "--user",
        "--user-agent",
        "--referer",
        "--cookie",
        "--cookie-jar",
        "--upload-file",
        "--proxy",
        "--write-out",
        "--max-time",
        "--config",
        "--cert",
        "--key",
        "--cacert",
        "--retry",
        "--retry-delay",
        "--connect-timeout",
        "--url",
        "--resolve",
        "--limit-rate",
        "--json",
        "--output-dir",
        "--data-ascii",
        "--form-string",
        "--interface",
        "--unix-socket",
        "--range",
    ];
    let valued: Vec<&str> = valued.iter().copied().filter(|o| *o != "-O").collect();
    let opts = opts::parse(args, &valued);
    let mut operands = opts.operands.clone();
    if name != "curl" {
        operands.retain(|a| !matches!(a.text.as_str(), "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD"));
    }
    let url = opts.value(&["--url"]).map_or_else(|| url_of(&operands), Arg::shown);
    outgoing(m, &opts, &operands, &url, stdin);
    if name != "curl" {
        let to = operands.iter().find(|a| a.text.contains(['.', ':'])).map_or_else(|| url.clone(), Arg::shown);
        m.leak(stdin, &to, &head.span.clone());
    }
    let method = opts
        .value(&["-X", "--request"])
        .map(|a| a.text.to_uppercase())
        .or_else(|| (name != "curl").then(|| opts.operand(0).to_uppercase()));
    let mailbox = ["imap://", "imaps://", "pop3://", "pop3s://"].iter().any(|s| url.starts_with(s));
    if mailbox
        && method.as_deref().is_some_and(|m| ["DELETED", "EXPUNGE", "DELE", "RENAME"].iter().any(|w| m.contains(w)))
    {
        let why = "deletes mail on a server";
        m.finding("mail-delete", "mail", RiskLevel::High, &head.span.clone(), "delete", &url, why);
    }
    if method.as_deref() == Some("DELETE") {
        m.finding(
            "http-delete",
            "network",
            if crate::network::is_here(&url) { RiskLevel::Moderate } else { RiskLevel::High },
            &head.span.clone(),
            "delete",
            &url,
            "asks a server to delete something",
        );
    }
    if url.ends_with("/_all")
        || url.contains(":9200/*")
        || (method.as_deref() == Some("DELETE") && (url.contains(":9200") || url.contains(":8500")))
    {
        m.finding(
            "http-delete-store",
            "databases",
            RiskLevel::High,
            &head.span.clone(),
            "delete",
            &url,
            "deletes data of a database through its web interface",
        );
    }
    if opts.has(&["-K", "--config"]) {
        m.not_understood("options come from a file");
    }
    if url.starts_with("file://") {
        let path = Arg { text: url.trim_start_matches("file://").to_owned(), ..head.clone() };
        return m.read_file(&path);
    }
    if hands_out_keys(&url) {
        let why = "shows the keys that the cloud gave this machine";
        m.finding("machine-keys", "credentials", RiskLevel::Moderate, &head.span.clone(), "reveal", &url, why);
    }
    let received = Data::unknown(if hands_out_keys(&url) { Taint::SECRET } else { Taint::NET }, url.clone());
    if let Some(output) = opts.value(&["-o", "--output"]).cloned() {
        if output.text != "-" {
            m.write_file(&output, &received, Verb::Write);
            m.downloaded |= output.has_gap();
            return Data::known("");
        }
    } else if opts.has(&["-O", "--remote-name", "--remote-name-all", "-J"])
        || (name != "curl" && opts.has(&["-d", "--download"]))
    {
        save_by_name(m, &operands, &head.span.clone(), &received);
        return Data::known("");
    }
    received
}

/// The address at which a cloud machine is given its own keys.
fn hands_out_keys(url: &str) -> bool {
    ["169.254.169.254", "169.254.170.2", "metadata.google.internal", "100.100.100.200"]
        .iter()
        .any(|host| url.contains(host))
        && ["credential", "token", "identity", "user-data", "secret"].iter().any(|word| url.contains(word))
}

/// The file a downloader makes from the last piece of an address.
pub(crate) fn save_by_name(m: &mut Machine<'_>, urls: &[Arg], span: &crate::ir::Span, data: &Data) {
    for url in urls {
        let path = url.text.split(['?', '#']).next().unwrap_or_default();
        let bare = path.split_once("://").map_or(path, |(_, rest)| rest);
        let name = bare.split_once('/').map_or("index.html", |(_, rest)| rest.rsplit('/').next().unwrap_or_default());
        if name.is_empty() || crate::value::has_gap(name) {
            m.downloaded = true;
        } else {
            m.write_file(&Arg::known(name, span.clone()), data, Verb::Write);
        }
    }
    // A script of another name may still be what came, through a redirection or an archive.
    m.downloaded = true;
}

/// What a request carries away.
pub(crate) fn outgoing(m: &mut Machine<'_>, opts: &Opts, operands: &[Arg], url: &str, stdin: &Data) {
    let bodies = [
        "-d",
        "-F",
        "-T",
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-urlencode",
        "--form",
        "--upload-file",
        "--json",
        "--data-ascii",
        "--form-string",
    ];
    for body in opts.values(&bodies).cloned().collect::<Vec<_>>() {
        let upload = opts.values(&["-T", "--upload-file"]).any(|a| *a == body);
        let file = body
            .text
            .split_once('@')
            .or_else(|| body.text.split_once("=<"))
            .map(|(_, f)| f)
            .filter(|_| !opts.has(&["--data-raw"]))
            .or_else(|| upload.then_some(body.text.as_str()))
            .map(|f| f.split(';').next().unwrap_or(f).to_owned());
        match file.as_deref() {
            Some("-" | ".") => m.leak(stdin, url, &body.span),
            Some(path)
                if !path.is_empty()
                    && (upload
                        || body.text.starts_with('@')
                        || body.text.contains("=@")
                        || body.text.contains('@') && path.starts_with(['/', '~', '.'])) =>
            {
                let path = path.strip_prefix('~').map_or_else(|| path.to_owned(), |rest| format!("{}{rest}", m.home));
                let data = m.read_file(&Arg { text: path, ..body.clone() });
                m.leak(&Data { taint: data.taint.with(body.taint), ..data }, url, &body.span);
            }
            _ => {
                let data = Data { text: None, taint: body.taint, from: String::new() };
                m.leak(&data, url, &body.span);
            }
        }
    }
    for operand in operands {
        let data = Data { text: None, taint: operand.taint, from: String::new() };
        m.leak(&data, url, &operand.span.clone());
    }
    for header in
        opts.values(&["-H", "--header", "-A", "--user-agent", "-b", "--cookie", "-e"]).cloned().collect::<Vec<_>>()
    {
        // A token in a header is how one logs in; the contents of a key file are not.
        if header.taint.has(Taint::SECRET) {
            m.leak(&Data { text: None, taint: Taint::SECRET, from: String::new() }, url, &header.span);
        }
    }
}

pub(crate) fn wget(m: &mut Machine<'_>, head: &Arg, args: &[Arg]) -> Data {
    let valued = [
        "-O",
        "-o",
        "-P",
        "-t",
        "-T",
        "-U",
        "-i",
        "-e",
        "-A",
        "-R",
        "-D",
        "-I",
        "-X",
        "-l",
        "-w",
        "-Q",
        "--output-document",
        "--output-file",
        "--directory-prefix",
        "--user",
        "--password",
        "--header",
        "--post-data",
        "--post-file",
        "--body-file",
        "--body-data",
        "--tries",
        "--timeout",
        "--user-agent",
        "--input-file",
        "--level",
        "--wait",
        "--limit-rate",
        "--referer",
        "--method",
        "-d",
        "--dir",
        "--out",
        "-x",
        "-s",
    ];
    let opts = opts::parse(args, &valued);
    let url = url_of(&opts.operands);
    for file in opts.values(&["--post-file", "--body-file"]).cloned().collect::<Vec<_>>() {
        let data = m.read_file(&file);
        m.leak(&data, &url, &file.span);
    }
    for text in opts.values(&["--post-data", "--body-data", "--header"]).cloned().collect::<Vec<_>>() {
        m.leak(&Data { text: None, taint: text.taint, from: String::new() }, &url, &text.span);
    }
    for operand in &opts.operands {
        m.leak(&Data { text: None, taint: operand.taint, from: String::new() }, &url, &operand.span.clone());
    }
    let received = Data::unknown(if hands_out_keys(&url) { Taint::SECRET } else { Taint::NET }, url);
    let output = opts.value(&["-O", "--output-document", "--out"]).cloned();
    // `-qO-` and `-O -` print.
    match output {
        Some(output) if output.text == "-" || output.text == "/dev/stdout" => return received,
        Some(output) => m.write_file(&output, &received, Verb::Write),
        None => {
            let into = opts.value(&["-P", "--directory-prefix", "--dir"]).cloned();
            if let Some(dir) = into {
                m.touch(Verb::Make, &dir, How::ONE);
                m.downloaded = true;
            } else {
                save_by_name(m, &opts.operands, &head.span.clone(), &received);
            }
        }
    }
    m.downloaded = true;
    Data::known("")
}
