//! What is secret by its name, what prints secrets, and what carries files out of the machine.

use crate::by_name::ByName;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint};

/// Whether a variable of this name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL"]
        .iter()
        .any(|w| upper.contains(w))
}

/// Program and operands, in this order but not side by side, with which it prints keys or passwords.
const PRINTERS: &[(&str, &[&str])] = &[
    ("kubectl", &["get", "secret"]),
    ("kubectl", &["get", "secrets"]),
    ("oc", &["get", "secret"]),
    ("oc", &["whoami", "-t"]),
    ("kubectl", &["config", "view", "--raw"]),
    ("kubectl", &["create", "token"]),
    ("az", &["list-publishing-profiles"]),
    ("az", &["list-publishing-credentials"]),
    ("az", &["keys", "list"]),
    ("az", &["list-keys"]),
    ("az", &["keyvault", "secret", "show"]),
    ("az", &["keyvault", "secret", "download"]),
    ("az", &["get-access-token"]),
    ("az", &["show-connection-string"]),
    ("az", &["get-credentials"]),
    ("az", &["generate-sas"]),
    ("az", &["acr", "credential", "show"]),
    ("gcloud", &["secrets", "versions", "access"]),
    ("gcloud", &["print-access-token"]),
    ("gcloud", &["print-identity-token"]),
    ("gcloud", &["keys", "create"]),
    ("aws", &["get-secret-value"]),
    ("aws", &["get-parameter", "--with-decryption"]),
    ("aws", &["get-parameters", "--with-decryption"]),
    ("aws", &["get-parameters-by-path", "--with-decryption"]),
    ("aws", &["get-session-token"]),
    ("aws", &["assume-role"]),
    ("aws", &["create-access-key"]),
    ("aws", &["get-login-password"]),
    ("aws", &["export-credentials"]),
    ("aws", &["get-password-data"]),
    ("vault", &["read"]),
    ("vault", &["kv", "get"]),
    ("vault", &["print", "token"]),
    ("pass", &["show"]),
    ("gopass", &["show"]),
    ("op", &["read"]),
    ("op", &["item", "get"]),
    ("bw", &["get"]),
    ("lpass", &["show"]),
    ("secret-tool", &["lookup"]),
    ("security", &["find-generic-password"]),
    ("security", &["find-internet-password"]),
    ("security", &["dump-keychain"]),
    ("security", &["export"]),
    ("git", &["credential", "fill"]),
    ("git-credential", &["fill"]),
    ("gpg", &["--export-secret-keys"]),
    ("gpg", &["--export-secret-subkeys"]),
    ("gh", &["auth", "token"]),
    ("glab", &["auth", "token"]),
    ("heroku", &["auth:token"]),
    ("heroku", &["config"]),
    ("doctl", &["registry", "docker-config"]),
    ("docker", &["swarm", "join-token"]),
    ("terraform", &["output", "-json"]),
    ("terraform", &["output", "-raw"]),
    ("terraform", &["state", "pull"]),
    ("ansible-vault", &["view"]),
    ("ansible-vault", &["decrypt"]),
    ("sops", &["-d"]),
    ("sops", &["--decrypt"]),
    ("kubeseal", &["--recovery-unseal"]),
    ("nmcli", &["-s"]),
    ("nmcli", &["--show-secrets"]),
    ("wg", &["showconf"]),
    ("mimipenguin", &[]),
    ("ssh-keygen", &["-e", "-p"]),
    ("fly", &["auth", "token"]),
    ("flyctl", &["auth", "token"]),
    ("oc", &["whoami", "-t"]),
    ("npm", &["token", "create"]),
    ("npm", &["token", "list"]),
    ("rclone", &["config", "show"]),
    ("rclone", &["config", "dump"]),
    ("pulumi", &["config", "--show-secrets"]),
    ("pulumi", &["stack", "--show-secrets"]),
    ("heroku", &["config:get"]),
    ("railway", &["variables"]),
    ("doppler", &["secrets"]),
    ("infisical", &["export"]),
    ("chamber", &["export"]),
    ("keyring", &["get"]),
    ("doveadm", &["auth", "lookup"]),
    ("snyk", &["config", "get"]),
    ("git-credential-manager", &["get"]),
    ("docker-credential-desktop", &["get"]),
    ("docker-credential-osxkeychain", &["get"]),
    ("docker-credential-secretservice", &["get"]),
];

/// Print all that a database or a wire holds.
const DUMPERS: &[(&str, &[&str])] = &[
    ("pg_dump", &[]),
    ("pg_dumpall", &[]),
    ("mysqldump", &[]),
    ("mariadb-dump", &[]),
    ("mysqlpump", &[]),
    ("mongodump", &["--archive"]),
    ("mongoexport", &[]),
    ("redis-cli", &["--rdb"]),
    ("ldapsearch", &[]),
    ("slapcat", &[]),
    ("etcdctl", &["snapshot"]),
    ("influxd", &["backup"]),
    ("cqlsh", &["COPY"]),
    ("bcp", &["out"]),
    ("bcp", &["queryout"]),
    ("clickhouse-backup", &["create"]),
    ("cockroach", &["dump"]),
    ("pgcopydb", &[]),
    ("rethinkdb", &["dump"]),
    ("gbak", &["-b"]),
    ("expdp", &[]),
    ("exp", &["full=y"]),
];

/// Adds to what a command prints how secret it is by the command's own words.
pub(crate) fn taint_output(name: &str, args: &[Arg], data: &mut Data) {
    static PRINTING: ByName = ByName::new();
    static DUMPING: ByName = ByName::new();
    let holds = |index: &ByName, table: &'static [(&'static str, &'static [&'static str])]| {
        index.rows(table, |row| std::slice::from_ref(&row.0), name).any(|(_, words)| {
            let mut rest = args.iter();
            let is =
                |a: &Arg, word| a.text.strip_prefix(word).is_some_and(|more| more.is_empty() || more.starts_with('/'));
            words.iter().all(|word| rest.any(|a| is(a, *word)))
        })
    };
    if holds(&PRINTING, PRINTERS) {
        data.taint = data.taint.with(Taint::SECRET);
        data.text = None;
    } else if holds(&DUMPING, DUMPERS)
        || name == "tcpdump" && writes_out(args)
        || name == "sqlite3" && args.iter().any(|a| a.text == ".dump")
    {
        let schema = args.iter().any(|a| matches!(a.text.as_str(), "-s" | "--schema-only" | "--no-data" | "-d"));
        if !schema {
            let from = if name == "tcpdump" { "a network" } else { A_DATABASE }.to_owned();
            *data = Data { text: None, taint: data.taint.with(Taint::WHOLE), from };
        }
    } else if lists_things(name, args)
        || matches!(name, "pgrep" | "pidof") && args.iter().any(|a| STORES.iter().any(|s| a.text.starts_with(s)))
    {
        data.taint = data.taint.with(Taint::LIST);
    }
}

/// Programs whose end takes the data of others with it.
const STORES: &[&str] = &[
    "postgres",
    "mysqld",
    "mariadbd",
    "mongod",
    "redis-server",
    "etcd",
    "cassandra",
    "oracle",
    "elasticsearch",
    "influxd",
    "clickhouse",
    "rabbitmq",
    "kafka",
    "zookeeper",
    "slapd",
    "sqlservr",
    "cockroach",
    "couchdb",
    "neo4j",
    "memcached",
];

/// Where the taint of a dump comes from: a backup of one's own to one's own machine is ordinary.
pub(crate) const A_DATABASE: &str = "a database";

fn writes_out(args: &[Arg]) -> bool {
    args.windows(2).any(|p| {
        p.first().is_some_and(|a| a.text.ends_with('w') && a.is_option()) && p.get(1).is_some_and(|a| a.text == "-")
    }) || args.iter().any(|a| a.text == "-w-")
}

/// Prints the names of many things that another command can take away: all of a kind that is not written down anywhere.
fn lists_things(name: &str, args: &[Arg]) -> bool {
    let tools = [
        "docker",
        "podman",
        "nerdctl",
        "kubectl",
        "oc",
        "systemctl",
        "virsh",
        "lxc",
        "incus",
        "aws",
        "gcloud",
        "az",
        "doctl",
        "zfs",
        "zpool",
        "lvs",
        "vgs",
        "pm2",
        "helm",
        "dpkg",
        "dpkg-query",
        "rpm",
        "snap",
        "flatpak",
        "doveadm",
        "hcloud",
        "linode-cli",
        "vagrant",
        "multipass",
        "tmux",
        "screen",
        "heroku",
        "fly",
        "gsutil",
        "nomad",
        "consul",
        "rabbitmqctl",
    ];
    name == "ps"
        && args.iter().any(|a| matches!(a.text.as_str(), "-e" | "-A" | "-ef" | "aux" | "ax" | "-eo" | "-axo" | "-aux"))
        || name == "pgrep" && args.iter().any(|a| matches!(a.text.as_str(), "." | ".*"))
        || tools.contains(&name)
            && (name.ends_with("vs")
                || name.ends_with("gs")
                || args.iter().take(6).any(|a| {
                    let t = a.text.as_str();
                    matches!(
                        t,
                        "ps" | "ls" | "list" | "get" | "images" | "-l" | "-W" | "-qa" | "jlist" | "--get-selections"
                    ) || t.starts_with("list-")
                        || t.starts_with("describe-")
                        || t.starts_with("list_")
                }))
}

/// Programs that carry what they are given to another machine, and the operands before the files.
const CARRIERS: &[(&str, &[&str], usize)] = &[
    ("gh", &["gist", "create"], 2),
    ("gh", &["release", "upload"], 3),
    ("glab", &["snippet", "create"], 2),
    ("aws", &["s3", "cp"], 2),
    ("aws", &["s3", "mv"], 2),
    ("aws", &["s3", "sync"], 2),
    ("gsutil", &["cp"], 1),
    ("gsutil", &["rsync"], 1),
    ("gcloud", &["storage", "cp"], 2),
    ("az", &["storage", "blob", "upload"], 3),
    ("mc", &["cp"], 1),
    ("s3cmd", &["put"], 1),
    ("s5cmd", &["cp"], 1),
    ("b2", &["upload-file"], 2),
    ("wormhole", &["send"], 1),
    ("magic-wormhole", &["send"], 1),
    ("croc", &["send"], 1),
    ("transfer", &[], 0),
    ("pastebinit", &[], 0),
    ("termbin", &[], 0),
    ("pastebin", &[], 0),
    ("ix", &[], 0),
    ("tftp", &[], 0),
    ("smbclient", &[], 0),
    ("ncftpput", &[], 0),
    ("curlftpfs", &[], 0),
    ("rclone", &["rcat"], 1),
    ("logger", &["-n"], 0),
];

/// Secrets among the operands or the input of a program that carries files away; ordinary files are left to its own rules.
pub(crate) fn carried(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) {
    static INDEX: ByName = ByName::new();
    let operands = || args.iter().filter(|a| !a.is_option());
    let found = INDEX.rows(CARRIERS, |row| std::slice::from_ref(&row.0), name).find(|(_, words, _)| {
        words.iter().enumerate().all(|(i, w)| {
            operands().nth(i).is_some_and(|a| a.text == *w) || w.starts_with('-') && args.iter().any(|a| a.text == *w)
        })
    });
    let Some((_, _, skip)) = found else { return };
    let secret = |taint: Taint| taint.has(Taint::SECRET.with(Taint::WHOLE).with(Taint::ENV_SECRET));
    if secret(stdin.taint) {
        m.leak(stdin, name, &head.span.clone());
    }
    for file in operands().skip(*skip).filter(|a| !a.text.contains("://")) {
        let before = m.findings.len();
        let data = m.read_file(file);
        m.findings.truncate(before);
        if secret(data.taint) || secret(file.taint) {
            m.leak(&Data { taint: data.taint.with(file.taint), ..data }, name, &file.span.clone());
        }
    }
}
