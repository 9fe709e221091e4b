//! Programs that hand a file or their input to another machine in a way of their own: message brokers, loggers, pastes, torrents,
//! cameras on the wire. What they are given is looked at as for `curl`.
//!
//! Tried by [`call`](crate::call) beside everything else that is known about the program.

use crate::by_name::ByName;
use crate::doors::option_values;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint};

/// A program: options that name the host, options that name a file, whether operands are files and its input is sent.
struct Sender {
    tools: &'static [&'static str],
    host: &'static [&'static str],
    files: &'static [&'static str],
    texts: &'static [&'static str],
    operands: bool,
    input: bool,
}

const SENDERS: &[Sender] = &[
    sender(
        &["mosquitto_pub", "hivemq", "mqttx"],
        &["-h", "-L", "--host"],
        &["-f", "--file"],
        &["-m", "--message"],
        false,
        true,
    ),
    sender(&["kcat", "kafkacat"], &["-b"], &[], &[], true, true),
    sender(
        &["kafka-console-producer.sh", "kafka-console-producer"],
        &["--bootstrap-server", "--broker-list"],
        &[],
        &[],
        false,
        true,
    ),
    sender(&["amqp-publish", "nats", "stomp"], &["-u", "-s", "--url", "--server"], &[], &["-b"], false, true),
    sender(&["redis-cli", "valkey-cli"], &["-h", "-u"], &[], &[], false, true),
    sender(&["logger"], &["-n", "--server"], &["-f", "--file"], &[], false, true),
    sender(&["openssl"], &["-connect"], &[], &[], false, true),
    sender(&["hping3", "hping", "nping"], &[], &["-E", "--file"], &["-e", "--sign", "--data-string"], false, false),
    sender(
        &["websocat", "wscat", "grpcurl", "gs-netcat", "cryptcat", "sbd", "pwncat", "rcat"],
        &["-c", "-H"],
        &[],
        &["-d"],
        false,
        true,
    ),
    sender(
        &["sendemail", "smtp-cli", "mailsend", "email"],
        &["-t", "--to"],
        &["-a", "-attach", "--attach", "--attachment"],
        &[],
        false,
        false,
    ),
    sender(&["cadaver", "davfs", "nmap"], &[], &["--upload"], &[], false, false),
];
/// Places that show what they are given to everybody or to strangers.
const PUBLIC: &[(&[&str], &str)] = &[
    (
        &[
            "pastebinit",
            "termbin",
            "pastebin",
            "pastebincl",
            "ix",
            "sprunge",
            "wgetpaste",
            "fpaste",
            "dpaste",
            "hastebin",
            "haste",
            "pbin",
            "tb",
            "nopaste",
        ],
        "",
    ),
    (
        &[
            "ffsend",
            "firefox-send",
            "transfer",
            "transfer.sh",
            "bashupload",
            "plik",
            "0x0",
            "catbox",
            "imgur",
            "imgur.sh",
            "gofile",
            "anonfile",
            "ffsend-upload",
        ],
        "",
    ),
    (&["ipfs", "ipfs-cluster-ctl"], "add"),
    (&["webtorrent", "webtorrent-hybrid"], "seed"),
    (
        &[
            "transmission-create",
            "mktorrent",
            "ctorrent",
            "create-torrent",
            "buildtorrent",
            "onionshare",
            "onionshare-cli",
        ],
        "",
    ),
    (&["dropbox_uploader.sh", "megatools"], "upload"),
];

const fn sender(
    tools: &'static [&'static str],
    host: &'static [&'static str],
    files: &'static [&'static str],
    texts: &'static [&'static str],
    operands: bool,
    input: bool,
) -> Sender {
    Sender { tools, host, files, texts, operands, input }
}

/// Judges what leaves by `name`.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) {
    static INDEX: ByName = ByName::new();
    static PLACES: ByName = ByName::new();
    let operands = || args.iter().filter(|a| !a.is_option());
    if let Some(tool) = INDEX.rows(SENDERS, |row| row.tools, name).next() {
        let to = option_values(args, tool.host)
            .first()
            .or_else(|| operands().next_back().filter(|_| tool.host.is_empty() || name == "websocat"))
            .map_or_else(String::new, Arg::shown);
        if to.is_empty() {
            return;
        }
        if tool.input {
            m.leak(stdin, &to, &head.span.clone());
        }
        let mut files = option_values(args, tool.files);
        if tool.operands && args.iter().any(|a| a.text == "-P") {
            files.extend(operands().next_back().filter(|a| a.text != to).cloned());
        }
        for file in files {
            send(m, &file, &to);
        }
        for text in option_values(args, tool.texts) {
            m.leak(&Data::unknown(text.taint, ""), &to, &text.span);
        }
    }
    let word = operands().next().map_or("", |a| a.text.as_str());
    if PLACES.rows(PUBLIC, |row| row.0, name).any(|(_, sub)| sub.is_empty() || *sub == word) {
        m.leak(stdin, "https://paste", &head.span.clone());
        for file in operands()
            .filter(|a| a.text != word || PUBLIC.iter().any(|(t, sub)| sub.is_empty() && t.contains(&name)))
            .cloned()
            .collect::<Vec<_>>()
        {
            send(m, &file, "https://paste");
        }
    }
    let shared =
        matches!(name, "gh" | "glab") && args.iter().any(|a| matches!(a.text.as_str(), "--public" | "-p" | "public"));
    if shared && matches!(word, "gist" | "snippet")
        || name == "gh"
            && word == "release"
            && operands().nth(1).is_some_and(|a| matches!(a.text.as_str(), "upload" | "create"))
    {
        let to = if word == "release" { "https://releases.example" } else { "https://paste" };
        for file in operands().skip(2).cloned().collect::<Vec<_>>() {
            send(m, &file, to);
        }
    }
    if matches!(name, "azcopy" | "az") && operands().count() > 2 || name == "az" {
        // A signed address is somebody's invitation, not the own account.
        let signed = args.iter().find(|a| a.text.contains("sig=") && a.text.contains("://"));
        let files: Vec<Arg> = operands().filter(|a| a.text.starts_with(['/', '~', '.'])).cloned().collect();
        if let (Some(to), Some(file)) = (signed, files.first()) {
            send(m, file, &format!("https://paste/{}", to.shown()));
        }
    }
    if matches!(name, "ffmpeg" | "gst-launch-1.0" | "vlc" | "cvlc")
        && (crate::outward::records(args) || name != "ffmpeg")
    {
        let streams = [
            "udp://",
            "tcp://",
            "rtmp://",
            "rtmps://",
            "srt://",
            "rtsp://",
            "rtp://",
            "http://",
            "https://",
            "icecast://",
        ];
        let own = ["twitch.tv", "youtube.com", "facebook.com", "live-video.net"];
        let to = args.iter().find(|a| streams.iter().any(|s| a.text.starts_with(s))).cloned();
        if let Some(to) = to.filter(|t| !own.iter().any(|o| t.text.contains(o)) && name == "ffmpeg") {
            m.leak(&Data::unknown(Taint::PRIVATE, name), &to.text, &to.span);
        }
    }
}

fn send(m: &mut Machine<'_>, file: &Arg, to: &str) {
    let before = m.findings.len();
    let data = m.read_file(file);
    m.findings.truncate(before);
    m.leak(&Data { taint: data.taint.with(file.taint), ..data }, to, &file.span.clone());
}
