//! Commands that talk to other machines: what comes in, what goes out, and who gets a shell.

use crate::download::{curl, url_of, watch_host, wget};
use crate::opts;
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;

/// Programs whose operands name hosts.
const TALKERS: &[&str] = &[
    "curl", "http", "https", "xh", "curlie", "wget", "wget2", "aria2c", "axel", "fetch", "nc", "ncat", "netcat",
    "telnet", "scp", "sftp", "ftp", "lftp",
];

/// Acts on the network; nothing if `name` does not.
pub(crate) fn act(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    if TALKERS.contains(&name) {
        for arg in args.iter().filter(|arg| !arg.is_option()) {
            watch_host(m, arg);
        }
    }
    match name {
        "curl" | "http" | "https" | "xh" | "curlie" => Some(curl(m, name, head, args, stdin)),
        "wget" | "aria2c" | "axel" | "wget2" => Some(wget(m, head, args)),
        "fetch" | "lynx" | "w3m" | "links" | "elinks" => {
            let opts = opts::parse(args, &["-o", "-O"]);
            let from =
                opts.operands.iter().find(|a| a.text.contains("://") || a.has_gap()).map_or(String::new(), Arg::shown);
            Some(Data::unknown(Taint::NET, from))
        }
        "nc" | "ncat" | "netcat" | "nc.traditional" | "nc.openbsd" | "cryptcat" | "sbd" | "dbd" | "powercat"
        | "netkitty" => Some(netcat(m, head, args, stdin)),
        "socat" => Some(socat(m, head, args, stdin)),
        "telnet" | "openssl" if name == "telnet" || args.first().is_some_and(|a| a.text == "s_client") => {
            let host = args.iter().find(|a| !a.is_option()).map_or(String::new(), Arg::shown);
            if name == "telnet" {
                m.leak(stdin, &host, &head.span.clone());
            }
            m.to_network = true;
            Some(Data::unknown(Taint::NET, host))
        }
        "scp" | "sftp" | "ftp" | "lftp" | "tftp" => Some(scp(m, name, head, args, stdin)),
        "ping" | "ping6" | "traceroute" | "hping3" | "nping" | "fping" | "dig" | "nslookup" | "host" | "drill"
        | "whois" | "finger" | "kdig" | "delv" | "q" | "doggo" | "dog" | "getent" | "resolvectl" | "snmptrap" => {
            within_a_question(m, args);
            if !matches!(name, "dig" | "nslookup" | "host" | "drill") {
                return None;
            }
            Some(Data::unknown(
                if args.iter().any(|a| a.text.eq_ignore_ascii_case("txt")) { Taint::NET } else { Taint::default() },
                name,
            ))
        }
        "mail" | "mailx" | "sendmail" | "mutt" | "msmtp" | "swaks" | "ssmtp" => Some(mail(m, name, head, args, stdin)),
        _ => None,
    }
}

/// What stands in a question to a name server or in an echo reaches whoever answers it.
fn within_a_question(m: &mut Machine<'_>, args: &[Arg]) {
    for arg in args {
        let told = Taint::HOST.with(Taint::SURVEY);
        if arg
            .taint
            .has(Taint::SECRET.with(Taint::FILE).with(Taint::WHOLE).with(Taint::ENV_SECRET).with(Taint::PRIVATE))
        {
            let data = Data { text: None, taint: arg.taint.with(Taint::SECRET), from: String::new() };
            m.leak(&data, &arg.text, &arg.span.clone());
        } else if arg.taint.has(told) && arg.text.contains('.') && !crate::paths::is_all_gap(&arg.text) {
            m.finding(
                "host-in-question",
                "exfiltration",
                RiskLevel::High,
                &arg.span.clone(),
                "send",
                &arg.text,
                "hides what this machine says of itself in a question to another one",
            );
        }
    }
}

/// Whether an address is this machine itself.
pub(crate) fn is_here(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    matches!(host, "localhost" | "0.0.0.0")
        || host.starts_with("127.")
        || rest.starts_with("[::1]")
        || rest.starts_with("::1")
}

pub(crate) fn netcat(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let opts = opts::parse(
        args,
        &[
            "-p",
            "-w",
            "-s",
            "-i",
            "-e",
            "-c",
            "-X",
            "-x",
            "-g",
            "-q",
            "--exec",
            "--sh-exec",
            "--lua-exec",
            "-I",
            "-O",
            "-T",
            "-V",
        ],
    );
    let target: Vec<String> = opts.operands.iter().map(Arg::shown).collect();
    if opts.has(&["-e", "--exec", "--sh-exec", "--lua-exec"]) || opts.value(&["-c"]).is_some() {
        m.finding(
            "reverse-shell",
            "remote-control",
            RiskLevel::Critical,
            &head.span.clone(),
            "connect",
            &target.join(":"),
            "gives another machine a shell on this one",
        );
        return Data::default();
    }
    if opts.has(&["-z"]) {
        return Data::unknown(Taint::default(), "nc");
    }
    if opts.has(&["-h", "--help"]) || opts.has(&["-l", "--listen"]) && is_here(&target.join(":")) {
        return Data::unknown(Taint::NET, "nc");
    }
    if opts.has(&["-l", "--listen"]) {
        m.finding(
            "listen",
            "network",
            RiskLevel::Moderate,
            &head.span.clone(),
            "listen",
            &target.join(":"),
            "lets other machines connect to this one",
        );
    } else if !is_here(&target.join(":")) && !opts.has(&["-U", "--unixsock"]) {
        m.finding(
            "raw-connection",
            "network",
            RiskLevel::Moderate,
            &head.span.clone(),
            "connect",
            &target.join(":"),
            "opens a raw connection to another machine",
        );
    }
    if opts.has(&["-U", "--unixsock"]) {
        return Data::unknown(Taint::default(), "nc");
    }
    if stdin.from == "a shell" {
        m.finding(
            "reverse-shell",
            "remote-control",
            RiskLevel::Critical,
            &head.span.clone(),
            "connect",
            &target.join(":"),
            "gives another machine a shell on this one",
        );
    }
    m.leak(stdin, &target.join(":"), &head.span.clone());
    if stdin.taint.has(Taint::NET) || stdin.from == "another command" {
        m.finding(
            "relay",
            "network",
            RiskLevel::Moderate,
            &head.span.clone(),
            "connect",
            &target.join(":"),
            "passes data on between two connections",
        );
    }
    Data::unknown(Taint::NET, target.join(":"))
}

pub(crate) fn socat(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let upper: Vec<String> = args.iter().map(|a| a.text.to_uppercase()).collect();
    let any = |names: &[&str]| upper.iter().any(|a| names.iter().any(|n| a.starts_with(n)));
    let network = any(&["TCP", "UDP", "OPENSSL", "SSL", "SCTP", "VSOCK"]);
    let kinds = ["TCP", "UDP", "OPENSSL", "SSL", "SCTP"];
    let far =
        args.iter().find(|a| kinds.iter().any(|k| a.text.to_uppercase().starts_with(k)) && !a.text.contains("-LISTEN"));
    let far = far.and_then(|a| a.text.split_once(':')).map_or("another machine", |(_, rest)| rest).to_owned();
    let listens = upper.iter().find(|a| a.contains("-LISTEN:"));
    let doors = [
        ":22",
        ":3306",
        ":5432",
        ":6379",
        ":27017",
        ":3389",
        ":5900",
        ":2375",
        ":9200",
        ":2379",
        "DOCKER.SOCK",
        ":6443",
        ":445",
    ];
    if listens.is_some_and(|l| !l.contains("BIND=") && !l.contains("RANGE=") && l.starts_with("TCP"))
        && upper.iter().any(|a| !a.contains("-LISTEN") && doors.iter().any(|d| a.ends_with(d)))
    {
        let why = "opens logins or data of this machine to everybody in the network";
        m.finding("open-relay", "network", RiskLevel::High, &head.span.clone(), "listen", "everybody", why);
    }
    if network && any(&["EXEC", "SYSTEM", "SHELL"]) {
        m.finding(
            "reverse-shell",
            "remote-control",
            RiskLevel::Critical,
            &head.span.clone(),
            "connect",
            "a shell",
            "gives another machine a shell on this one",
        );
    } else if network && !(listens.is_none() && is_here(&far)) {
        m.finding(
            "raw-connection",
            "network",
            RiskLevel::Moderate,
            &head.span.clone(),
            "connect",
            "another machine",
            "opens a raw connection to another machine",
        );
        m.leak(stdin, &far, &head.span.clone());
    }
    for arg in args {
        if let Some((kind, command)) = arg.text.split_once(':')
            && ["EXEC", "SYSTEM", "SHELL"].contains(&kind.to_uppercase().as_str())
        {
            m.inner_text(
                command.split(',').next().unwrap_or_default(),
                cmdai_core::request::ShellType::Sh,
                &Data::default(),
                &arg.span,
            );
        }
        if let Some(path) = arg.text.strip_prefix("FILE:").or_else(|| arg.text.strip_prefix("file:")) {
            let data = m.read_file(&Arg { text: path.split(',').next().unwrap_or_default().to_owned(), ..arg.clone() });
            if network {
                m.leak(&data, &far, &arg.span.clone());
            }
        }
    }
    Data::unknown(if network { Taint::NET } else { Taint::default() }, "socat")
}

pub(crate) fn scp(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let opts = opts::parse(args, &["-i", "-P", "-c", "-F", "-l", "-o", "-S", "-J", "-b", "-e", "-u"]);
    for option in opts.values(&["-o", "-S"]).cloned().collect::<Vec<_>>() {
        let command = option
            .text
            .split_once('=')
            .filter(|(key, _)| key.to_lowercase().ends_with("command"))
            .map(|(_, c)| c.to_owned());
        if let Some(command) = command {
            m.inner_text(&command, cmdai_core::request::ShellType::Sh, &Data::default(), &option.span);
        }
    }
    if name != "scp" {
        m.leak(stdin, opts.operand(0), &head.span.clone());
        let at = args.iter().position(|a| a.text == "put");
        if let Some(file) = at.and_then(|at| args.get(at + 1)).cloned() {
            let data = m.read_file(&file);
            m.leak(&data, opts.operand(0), &file.span);
        }
        return Data::unknown(Taint::NET, name);
    }
    let Some((destination, sources)) = opts.operands.split_last() else { return Data::default() };
    let remote =
        |a: &Arg| a.text.split_once(':').is_some_and(|(host, _)| !host.contains('/')) || a.text.starts_with("scp://");
    if remote(destination) {
        for source in sources.iter().filter(|s| !remote(s)) {
            let data = m.read_file(source);
            let whole = matches!(m.place(&source.text).class, crate::paths::Class::Home | crate::paths::Class::Root);
            m.entrust(
                &if whole { Data { taint: Taint::SECRET, ..data } } else { data },
                &destination.text,
                &source.span.clone(),
            );
        }
    } else {
        m.write_file(destination, &Data::unknown(Taint::NET, url_of(sources)), Verb::Write);
    }
    Data::known("")
}

/// How messages are worded that deceive.
const LURES: &[&str] = &[
    "verify your",
    "wire transfer",
    "urgent wire",
    "you won",
    "you have won",
    "account suspended",
    "account has been",
    "password expir",
    "gift card",
    "lottery",
    "bitcoin",
    "confirm your",
    "payment overdue",
    "unusual sign",
    "your mailbox is",
    "phish",
    "unpaid invoice",
    "reset your password",
];

pub(crate) fn mail(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let opts = opts::parse(args, &["-s", "-a", "-A", "-b", "-c", "-r", "-f", "--attach", "--subject"]);
    let to = opts.operands.last().map_or(String::new(), Arg::shown);
    let orders = ["d *", "d 1-$", "delete *", "d1-$", "delete 1-$"];
    let ordered = stdin.text.as_deref().is_some_and(|t| t.lines().any(|l| orders.contains(&l.trim())));
    // A mailbox is looked at, nothing is sent.
    if matches!(name, "mail" | "mailx")
        && opts.has(&["-f"])
        && !opts.has(&["-s"])
        && opts.operands.is_empty()
        && !ordered
    {
        return Data::unknown(Taint::PRIVATE, name);
    }
    let rules = opts.value(&["-C"]).or_else(|| args.iter().skip_while(|a| a.text != "-C").nth(1));
    if let Some(rules) =
        rules.filter(|a| name == "sendmail" && m.place(&a.text).class == crate::paths::Class::Temp).cloned()
    {
        let why = "lets the mail server run by rules of somebody else";
        m.finding("sendmail-rules", "mail", RiskLevel::High, &rules.span, "execute", &rules.text, why);
    }
    let text = args.iter().map(|a| a.text.to_lowercase()).collect::<Vec<_>>().join(" ");
    let listed = opts.operands.iter().any(|a| crate::paths::is_all_gap(&a.text) && a.taint.has(Taint::FILE));
    if LURES.iter().any(|w| text.contains(w)) {
        let why = "sends a message that is worded to deceive";
        m.finding("lure", "mail", RiskLevel::High, &head.span.clone(), "send", &to, why);
    } else if text.contains("d~a")
        || text.contains("push") && text.contains("d.*")
        || text.contains("delete-pattern")
        || ordered
    {
        m.finding(
            "mail-delete",
            "mail",
            RiskLevel::High,
            &head.span.clone(),
            "delete",
            &to,
            "deletes all mail of a mailbox",
        );
    } else if listed {
        m.finding(
            "mass-mail",
            "mail",
            RiskLevel::High,
            &head.span.clone(),
            "send",
            &to,
            "sends a message to a whole list",
        );
    }
    m.finding("send-mail", "mail", RiskLevel::Moderate, &head.span.clone(), "send", &to, "sends a message to somebody");
    // Reports of what a machine does are what mail on a server is for.
    let report = Taint::HOST.with(Taint::SURVEY).with(Taint::PRIVATE);
    m.leak(&Data { taint: stdin.taint.without(report), ..stdin.clone() }, &to, &head.span.clone());
    for file in opts.values(&["-a", "-A", "--attach"]).cloned().collect::<Vec<_>>() {
        let data = m.read_file(&file);
        m.leak(&data, &to, &file.span);
    }
    Data::unknown(Taint::default(), name)
}
