//! Which part of a machine a path names: the classes that the risk table is about.
//!
//! Lexical only (no file is looked at): `.`, `..`, doubled slashes, `/proc/self/root`, `/private` and drive letters are taken
//! away, globs are matched against the places that matter, a gap counts as the worst it can be. Held by the corpus
//! (`bad_commands`, `good_commands`).

#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "Unix paths tell case apart, Windows ones are lowered first"
)]

use crate::by_name::Words;
use crate::many_words::Beginnings;
use crate::places::{ACCOUNTS, AUTOSTART_HOME, AUTOSTART_SYSTEM, BUILD, CACHES, DEEP_TREES, HISTORY, SINKS, TREES};
use crate::secret_places::{SECRET_ENDS, SECRET_NAMES, SECRETS, SECRETS_SYSTEM};
use crate::value::{ANY, MAYBE, SET, STAR, UNKNOWN, has_gap, matches, unglob};
use std::borrow::Cow;

/// What a path is to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// `/dev/null`, terminals: nothing is kept.
    Sink,
    /// Something in a temporary directory.
    Temp,
    /// What a build makes again.
    Build,
    /// A file or directory in the current directory.
    Inside,
    /// The current directory, or all that is in it.
    CwdAll,
    /// What version control keeps.
    Vcs,
    /// Files of the same user somewhere else.
    Elsewhere,
    /// All of a temporary directory.
    TempRoot,
    /// Shell history.
    History,
    /// What runs by itself: shell start files, cron, units, login items.
    Autostart,
    /// Keys, tokens, passwords.
    Secret,
    /// The home directory as a whole.
    Home,
    /// Other people's homes.
    OtherHome,
    /// A mounted disk.
    Mount,
    /// Log files.
    Log,
    /// A file of the system.
    SysFile,
    /// A whole tree of the system.
    SysTree,
    /// Accounts and rights: passwd, shadow, sudoers.
    Accounts,
    /// What the machine starts from.
    Boot,
    /// Kernel interfaces.
    Kernel,
    /// A disk or another device.
    Device,
    /// `/`.
    Root,
    /// Not known.
    Unknown,
    /// Begins with something that may be empty, so that it may be `/`.
    MaybeRoot,
}

/// A classified path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) class: Class,
    /// Absolute and normalised where the current directory is known.
    pub(crate) path: String,
    /// The path as given can be something narrower too.
    pub(crate) uncertain: bool,
}

/// Where the judged command stands.
pub(crate) struct Here<'a> {
    pub(crate) cwd: Option<&'a str>,
    pub(crate) home: &'a str,
}

/// The path as an absolute one without detours; relative if the current directory is not known.
pub(crate) fn normalise(path: &str, cwd: Option<&str>) -> String {
    let mut path = crate::windows_paths::to_slashes(path);
    if path.contains('\\') && cwd.is_some_and(|cwd| cwd.as_bytes().get(2) == Some(&b':')) {
        path = path.replace('\\', "/").into();
    }
    let absolute = path.starts_with(['/', UNKNOWN, MAYBE]);
    let base = cwd.filter(|_| !absolute);
    let rooted = base.map_or(path.starts_with('/'), |cwd| cwd.is_empty() || cwd.starts_with('/'));
    let mut out = String::with_capacity(base.map_or(0, str::len) + path.len() + 2);
    out.push_str(if rooted { "/" } else { "" });
    let root = out.len();
    for piece in base.into_iter().chain([&*path]).flat_map(|path| path.split('/')) {
        let kept = out.get(root..).unwrap_or_default();
        match piece {
            "" | "." => {}
            ".." if rooted || !kept.is_empty() && kept.rsplit('/').next() != Some("..") => {
                out.truncate(root + kept.rfind('/').unwrap_or(0));
            }
            piece => {
                out.push_str(if kept.is_empty() { "" } else { "/" });
                out.push_str(piece);
            }
        }
    }
    if !out.starts_with("/pr") {
        return out;
    }
    for prefix in ["/proc/self/root", "/proc/1/root", "/proc/self/cwd/..", "/private"] {
        if let Some(rest) = out.strip_prefix(prefix)
            && (rest.is_empty() || rest.starts_with('/'))
            && (prefix != "/private"
                || rest.starts_with("/etc")
                || rest.starts_with("/var")
                || rest.starts_with("/tmp"))
        {
            out = if rest.is_empty() { "/".to_owned() } else { rest.to_owned() };
        }
    }
    out
}

/// What `path` names for someone standing at `here`.
pub(crate) fn place(path: &str, here: &Here<'_>) -> Place {
    let normal = normalise(path, here.cwd);
    if path.is_empty() {
        return Place { class: Class::Unknown, path: normal, uncertain: true };
    }
    if path.starts_with([UNKNOWN, MAYBE]) {
        let rest = path.trim_start_matches([UNKNOWN, MAYBE]);
        let open = path.starts_with(MAYBE) && (rest == "/" || rest.starts_with('/'));
        return Place { class: if open { Class::MaybeRoot } else { Class::Unknown }, path: normal, uncertain: true };
    }
    if let Some(at) = normal.find([UNKNOWN, MAYBE]) {
        return with_gap(&normal, at, here);
    }
    if !normal.starts_with('/') {
        return Place { class: relative_class(&normal), path: normal, uncertain: true };
    }
    Place { class: class_of(&normal, here), path: normal, uncertain: false }
}

/// The part before a gap is known. If the gap may be nothing, the directory itself may be meant.
fn with_gap(path: &str, at: usize, here: &Here<'_>) -> Place {
    let before = path.get(..at).unwrap_or_default();
    let gap = path.get(at..).unwrap_or_default();
    let all_maybe = gap.starts_with(MAYBE) && before.ends_with('/');
    let mut class = class_of(&path.replace([UNKNOWN, MAYBE], "x"), here);
    if all_maybe {
        let rest = gap.trim_start_matches(MAYBE);
        let without = normalise(&format!("{before}{rest}"), None);
        class = class.max(class_of(&without.replace([UNKNOWN, MAYBE], "x"), here));
    }
    Place { class, path: path.to_owned(), uncertain: true }
}

fn relative_class(path: &str) -> Class {
    let last = path.rsplit('/').next().unwrap_or_default();
    if BUILD.contains(&last) && !path.starts_with("..") { Class::Build } else { Class::Unknown }
}

fn class_of(path: &str, here: &Here<'_>) -> Class {
    if let Some(rest) = path.strip_prefix('/')
        && rest.as_bytes().get(1) == Some(&b':')
    {
        return crate::windows_paths::windows_class(path, here);
    }
    // A trailing glob that takes everything means the directory.
    let (whole, globbed) = match path.rsplit_once('/') {
        Some((dir, last)) if takes_all(last) => (if dir.is_empty() { "/" } else { dir }, true),
        _ => (path, false),
    };
    let whole = if globbed { whole.strip_suffix(&format!("/{STAR}{STAR}")).unwrap_or(whole) } else { whole };
    if whole == "/" || whole.is_empty() {
        return Class::Root;
    }
    if let Some(class) = special(path) {
        return class;
    }
    if has_glob(path)
        && let Some(class) = glob_class(path, here)
    {
        return class;
    }
    if let Some(class) = mine(whole, path, here) {
        return class;
    }
    system_class(whole)
}

/// `*`, `.*`, `?*`, `{*,.*}` taken apart, `[a-z]*`.
pub(crate) fn takes_all(last: &str) -> bool {
    last.contains(STAR) && last.chars().all(|c| matches!(c, STAR | ANY | '.'))
        || last == ".[!.]*"
        || (last.starts_with('.') && last.contains(SET) && last.ends_with(STAR))
}

fn has_glob(path: &str) -> bool {
    path.contains([STAR, ANY, SET])
}

/// The most important place a glob can reach.
fn glob_class(path: &str, here: &Here<'_>) -> Option<Class> {
    let depth = path.matches('/').count();
    let places = TREES.iter().chain(DEEP_TREES).copied().chain([here.home, "/dev/sda", "/etc/passwd", "/etc/shadow"]);
    let reached = places.filter(|place| place.matches('/').count() == depth && matches(path, place));
    reached.map(|place| class_of(place, here)).max()
}

/// Places with a meaning of their own, wherever they are.
fn special(path: &str) -> Option<Class> {
    static SECRETS_BELOW: Beginnings = Beginnings::new(SECRETS_SYSTEM);
    static ACCOUNTS_BELOW: Beginnings = Beginnings::new(ACCOUNTS);
    static AUTOSTART_BELOW: Beginnings = Beginnings::new(AUTOSTART_SYSTEM);
    if path.starts_with("/dev") {
        let plain = SINKS.contains(&path)
            || path.starts_with("/dev/tty")
            || path.starts_with("/dev/pts")
            || path.starts_with("/dev/fd/")
            || path.starts_with("/dev/shm/");
        return Some(if path.starts_with("/dev/shm/") {
            Class::Temp
        } else if plain {
            Class::Sink
        } else if path == "/dev" {
            Class::SysTree
        } else {
            Class::Device
        });
    }
    if path.starts_with("\\\\.\\") {
        return Some(Class::Device);
    }
    match () {
        () if path.starts_with("/proc/")
            && (path.ends_with("/environ") || path.ends_with("/mem") || path.ends_with("/kcore"))
            || SECRETS_BELOW.of(path) =>
        {
            Some(Class::Secret)
        }
        () if path.starts_with("/proc/") || path.starts_with("/sys/") => Some(Class::Kernel),
        () if ACCOUNTS_BELOW.of(path) => Some(Class::Accounts),
        () if path.starts_with("/etc/ssh/ssh_host") || path.starts_with("/etc/ssl/private") => Some(Class::Secret),
        () if ["customize.py", ".pth"].iter().any(|e| path.ends_with(e)) && path.contains("-packages/") => {
            Some(Class::Autostart)
        }
        () if AUTOSTART_BELOW.of(path) && !DEEP_TREES.contains(&path) => Some(Class::Autostart),
        () if path.starts_with("/boot/") || path.starts_with("/efi") => Some(Class::Boot),
        () if path.starts_with("/var/log/") => Some(Class::Log),
        () => None,
    }
}

/// The user's own places.
fn mine(whole: &str, path: &str, here: &Here<'_>) -> Option<Class> {
    static HISTORY_BELOW: Beginnings = Beginnings::new(HISTORY);
    static AUTOSTART_BELOW: Beginnings = Beginnings::new(AUTOSTART_HOME);
    static SECRETS_BELOW: Beginnings = Beginnings::new(SECRETS);
    let name = path.rsplit('/').next().unwrap_or_default();
    let in_home = path.strip_prefix(here.home).and_then(|rest| rest.strip_prefix('/'));
    let homes = ["/home/", "/Users/", "/root/"].iter().any(|h| path.starts_with(h));
    let inside_home = in_home.or_else(|| if homes { path.splitn(4, '/').nth(3) } else { None });
    if let Some(rest) = inside_home {
        // `.ssh/authorized_keys` and the public half of a key are no secrets.
        if HISTORY_BELOW.of(rest) {
            return Some(Class::History);
        } else if CACHES.iter().any(|c| rest.starts_with(c) && rest.len() > c.len() || rest == c.trim_end_matches('/'))
        {
            return Some(Class::Build);
        }
        if AUTOSTART_BELOW.of(rest) {
            return Some(Class::Autostart);
        }
        let secret = SECRETS_BELOW.of(rest)
            || matches!(rest, ".ssh" | ".aws" | ".gnupg" | ".kube" | ".azure")
            || rest.starts_with(".ssh/") && has_glob(rest);
        if secret && !rest.ends_with(".pub") && !rest.ends_with("known_hosts") {
            return Some(Class::Secret);
        }
    }
    let plain = if has_glob(name) { Cow::Owned(unglob(name)) } else { Cow::Borrowed(name) };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem });
    let kind = has_glob(name) && stem.chars().filter(|c| c.is_alphanumeric()).count() > 1;
    if (SECRET_NAMES.contains(&&*plain)
        || kind && SECRET_NAMES.iter().any(|s| *s != ".env" && matches(name, s))
        || plain.starts_with(".env.")
        || SECRET_ENDS.iter().any(|e| plain.ends_with(e)))
        && !plain.ends_with(".pub")
        && !plain.contains("example")
        && !plain.contains("sample")
        && !plain.contains("template")
    {
        return Some(Class::Secret);
    }
    if whole == here.home {
        return Some(Class::Home);
    }
    if in_tree(here.home, whole) {
        return Some(if whole == "/home" || whole == "/Users" { Class::OtherHome } else { system_class(whole) });
    }
    if let Some(cwd) = here.cwd {
        if whole == cwd || in_tree(cwd, whole) {
            // The current directory itself, or one that holds it.
            return if whole == cwd && !is_system(cwd) {
                Some(if path.matches(STAR).count() > 0 || whole == path { Class::CwdAll } else { Class::Inside })
            } else {
                Some(above(whole, here))
            };
        }
        if in_tree(whole, cwd) && cwd != "/" && !is_system(cwd) {
            return Some(inside(whole, cwd));
        }
    }
    temp_class(whole).or_else(|| in_home.map(|rest| if rest.contains("/.git") { Class::Vcs } else { Class::Elsewhere }))
}

/// What holds the current directory: a system's tree, a home, or a bigger project.
fn above(whole: &str, here: &Here<'_>) -> Class {
    if in_tree(whole, here.home) {
        return Class::Elsewhere;
    }
    temp_class(whole).unwrap_or_else(|| system_class(whole))
}

pub(crate) fn inside(whole: &str, cwd: &str) -> Class {
    let rest = whole.get(cwd.len()..).unwrap_or_default().trim_start_matches('/');
    let first = rest.split('/').next().unwrap_or_default();
    let last = rest.rsplit('/').next().unwrap_or_default();
    if first == ".git" || last == ".git" || first == ".hg" || first == ".svn" {
        return Class::Vcs;
    }
    let made = rest.split('/').any(|piece| BUILD.contains(&piece))
        || last.ends_with(".egg-info")
        || last.ends_with(".o")
        || last.ends_with(".pyc")
        || last.ends_with(".tmp")
        || last.ends_with(".log")
        || last.ends_with('~');
    if made { Class::Build } else { Class::Inside }
}

fn temp_class(path: &str) -> Option<Class> {
    let temps = ["/tmp", "/var/tmp", "/var/folders", "/dev/shm"];
    temps
        .iter()
        .find(|t| path == **t || in_tree(path, t))
        .map(|t| if path == *t { Class::TempRoot } else { Class::Temp })
}

fn system_class(path: &str) -> Class {
    if let Some(temp) = temp_class(path) {
        return temp;
    }
    if is_tree(path) {
        return match path {
            "/home" | "/Users" => Class::OtherHome,
            _ => Class::SysTree,
        };
    }
    let mount = ["/mnt", "/media", "/Volumes"].iter().find(|m| path == **m || in_tree(path, m));
    if mount.is_some() {
        return Class::Mount;
    }
    for homes in ["/home", "/Users"] {
        if in_tree(path, homes) {
            return Class::OtherHome;
        }
    }
    Class::SysFile
}

/// Whether a whole tree of the system begins there.
fn is_tree(path: &str) -> bool {
    static ALL: Words = Words::of(&[TREES, DEEP_TREES]);
    ALL.has(path)
}

fn is_system(path: &str) -> bool {
    path == "/"
        || is_tree(path)
            && (TREES.contains(&path) && !matches!(path, "/srv" | "/opt" | "/root" | "/home")
                || DEEP_TREES.contains(&path) && path != "/usr/local" && path != "/var/www")
}

/// Whether `path` lies below `tree`.
pub(crate) fn in_tree(path: &str, tree: &str) -> bool {
    tree == "/" && path != "/" || path.strip_prefix(tree).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the text is a gap and nothing else.
pub(crate) fn is_all_gap(text: &str) -> bool {
    has_gap(text) && text.chars().all(|c| matches!(c, UNKNOWN | MAYBE))
}
