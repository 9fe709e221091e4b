//! Options with which a tool only shows, checks or reads: the letters differ from tool to tool, so they stand in a table.
//!
//! Asked by [`call`](crate::call) before a command is judged. Only tools whose operands are not another command are listed, so
//! that an option of the inner command never speaks for the outer one.

use crate::by_name::ByName;
use crate::value::Arg;

/// Program, first operand (empty: any or none), options of which one is enough.
const TABLE: &[(&str, &str, &[&str])] = &[
    ("make", "", &["-n", "--just-print", "--dry-run", "--recon", "-q", "--question"]),
    ("just", "", &["--list", "-l", "--summary", "--show", "--dry-run", "-n", "--evaluate"]),
    ("gmake", "", &["-n", "--just-print", "--dry-run", "--recon", "-q"]),
    ("bmake", "", &["-n"]),
    ("ninja", "", &["-n"]),
    ("zfs", "destroy", &["-n"]),
    ("zfs", "receive", &["-n"]),
    ("zfs", "recv", &["-n"]),
    ("zpool", "import", &["-n"]),
    ("zpool", "add", &["-n"]),
    ("zpool", "create", &["-n"]),
    ("lvremove", "", &["-t", "--test"]),
    ("lvresize", "", &["-t", "--test"]),
    ("vgremove", "", &["-t", "--test"]),
    ("pvremove", "", &["-t", "--test"]),
    ("modprobe", "", &["-n", "--dry-run", "--show", "-c", "--showconfig", "--show-depends", "-D"]),
    ("rmmod", "", &["--dry-run"]),
    ("iptables-restore", "", &["-t", "--test"]),
    ("ip6tables-restore", "", &["-t", "--test"]),
    ("nft", "", &["-c", "--check"]),
    ("run-parts", "", &["--test", "--list"]),
    ("anacron", "", &["-T"]),
    ("fsck", "", &["-n", "-N"]),
    ("fsck.ext4", "", &["-n"]),
    ("e2fsck", "", &["-n"]),
    ("xfs_repair", "", &["-n"]),
    ("mke2fs", "", &["-n"]),
    ("mkfs.ext4", "", &["-n"]),
    ("mkfs.xfs", "", &["-N"]),
    ("wipefs", "", &["-n", "--no-act"]),
    ("sfdisk", "", &["-d", "--dump", "-l", "--list", "-J", "--json", "-n", "--no-act", "-F", "--verify"]),
    ("fdisk", "", &["-l", "--list"]),
    ("gdisk", "", &["-l"]),
    ("sgdisk", "", &["-p", "--print", "-v", "--verify", "--pretend"]),
    ("patch", "", &["--dry-run", "-C", "--check"]),
    ("rename", "", &["-n", "--nono", "--no-act"]),
    ("pwck", "", &["-r"]),
    ("grpck", "", &["-r"]),
    ("logrotate", "", &["-d", "--debug"]),
    ("sshd", "", &["-t", "-T"]),
    ("nginx", "", &["-t", "-T", "-v", "-V"]),
    ("apachectl", "", &["-t", "-S", "-M"]),
    ("apache2ctl", "", &["-t", "-S", "-M"]),
    ("httpd", "", &["-t", "-S", "-M", "-v"]),
    ("haproxy", "", &["-c"]),
    ("visudo", "", &["-c", "--check"]),
    ("named-checkconf", "", &["-p", "-z"]),
    ("postmap", "", &["-q"]),
    ("postalias", "", &["-q"]),
    ("postqueue", "", &["-p", "-j"]),
    ("at", "", &["-c", "-l"]),
    ("passwd", "", &["-S", "--status"]),
    ("chage", "", &["-l", "--list"]),
    ("msmtp", "", &["--pretend", "-P", "--serverinfo"]),
    ("kill", "", &["--list", "--table"]),
    ("smartctl", "", &["-a", "-x", "--all", "--xall", "-i", "--info", "-H", "--health", "-l", "--scan", "-A", "-c"]),
    ("hdparm", "", &["-I", "-i", "-g"]),
    ("grubby", "", &["--info", "--default-kernel", "--default-index"]),
    ("pip", "install", &["--dry-run"]),
    ("npm", "install", &["--dry-run"]),
    ("npm", "publish", &["--dry-run"]),
    ("cargo", "publish", &["--dry-run", "-n"]),
    ("rsync", "", &["-n", "--dry-run"]),
    ("stow", "", &["-n", "--no", "--simulate"]),
    ("rpm", "", &["--test"]),
    ("dpkg", "", &["--dry-run", "--no-act", "--simulate"]),
    ("pacman", "", &["-p", "--print"]),
    ("swapon", "", &["-s", "--show", "--summary"]),
    ("losetup", "", &["-a", "-l", "--list", "--all"]),
    ("mount", "", &["-f", "--fake", "-l"]),
    ("umount", "", &["--fake"]),
    ("ldconfig", "", &["-p", "-N"]),
    ("update-alternatives", "", &["--list", "--display", "--query", "--get-selections"]),
    ("pg_restore", "", &["-l", "--list"]),
    ("mokutil", "", &["--sb-state", "--list-enrolled", "--list-new", "-l"]),
    ("git", "clean", &["-n", "--dry-run"]),
    ("git", "filter-repo", &["--analyze", "--dry-run"]),
    ("ansible-playbook", "", &["--check", "-C", "--syntax-check", "--list-tasks", "--list-hosts"]),
    ("puppet", "apply", &["--noop"]),
    ("helm", "upgrade", &["--dry-run"]),
    ("dd", "", &["--help", "--version"]),
];

/// Whether the options make `name` show only what it would do, or read only.
pub(crate) fn shows_only(name: &str, args: &[Arg]) -> bool {
    static INDEX: ByName = ByName::new();
    let sub = args.iter().find(|a| !a.is_option()).map_or("", |a| a.text.as_str());
    if INDEX.rows(TABLE, |row| std::slice::from_ref(&row.0), name).any(|(_, first, options)| {
        (first.is_empty() || *first == sub) && args.iter().take_while(|a| a.text != "--").any(|a| given(a, options))
    }) {
        return true;
    }
    match name {
        // Without a name it shows or sets defaults.
        "useradd" => args.len() == 1 && args.first().is_some_and(|a| a.text == "-D"),
        // What is taken back at the end has done nothing.
        "psql" | "sqlite3" | "duckdb" | "cockroach" => args.iter().any(|a| {
            let text = a.text.trim().trim_end_matches(';').to_lowercase();
            text.starts_with("begin")
                && text.ends_with("rollback")
                && !text.contains("commit")
                && !text.contains("program")
        }),
        "gdb" | "lldb" => {
            let shown = [
                "info", "bt", "thread", "frame", "where", "list", "disas", "x/", "detach", "quit", "set pag",
                "set hei", "up", "down",
            ];
            let given = crate::doors::option_values(args, &["-ex", "-o", "--eval-command"]);
            !given.is_empty() && given.iter().all(|a| shown.iter().any(|w| a.text.trim_start().starts_with(w)))
        }
        "kill" if args.first().is_some_and(|a| matches!(a.text.as_str(), "-0" | "-l" | "-L")) => true,
        "kill" => args.windows(2).any(|pair| {
            pair.first().is_some_and(|a| matches!(a.text.as_str(), "-s" | "-n" | "--signal"))
                && pair.get(1).is_some_and(|a| a.text == "0")
        }),
        "sysctl" => !args.iter().any(|a| a.text.contains('=') || a.text.starts_with("-w") || a.text.starts_with("-p")),
        _ => false,
    }
}

/// `-n`, `-vn`, `--dry-run`, `--dry-run=client`.
fn given(arg: &Arg, options: &[&str]) -> bool {
    let text = arg.text.split('=').next().unwrap_or_default();
    options.iter().any(|option| {
        text == *option
            || option.len() == 2
                && text.starts_with('-')
                && !text.starts_with("--")
                && option.chars().last().is_some_and(|c| text.contains(c))
                && text.len() <= 6
                && text.chars().skip(1).all(|c| c.is_ascii_alphabetic())
    })
}
