//! The Debian package in a new Debian: installed by apt, asked for a command with the model, removed.
//!
//! The system is made by debootstrap from the mirror that apt uses here, without Rust, cmake or a compiler. The request runs
//! without a network, as a user of its own, with the model file of the user who runs this. Which release of Debian is that of
//! this machine, because its libraries are those the program was linked with.

use super::{Release, empty};
use crate::workspace::{check, on_path};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

const MODEL: &str = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf";
const REQUEST: &str = "list the five largest files under /usr/share, largest first";

/// What a system writes down by itself whenever packages come and go.
const BOOKS: [&str; 6] = ["/proc", "/sys", "/dev", "/tmp", "/var", "/home/ada"];

/// Installs, asks, removes.
pub(super) fn deb(release: &Release) -> Result<()> {
    let root = release.home.join("debian");
    if on_path("debootstrap").is_none() {
        bail!("debootstrap is not installed");
    }
    if !root.join("etc/debian_version").is_file() {
        empty(&root)?;
        let (mirror, suite) = mirror()?;
        check(Command::new("debootstrap").args(["--variant=minbase", &suite]).arg(&root).arg(mirror))?;
        check(inside(&root, false).args(["useradd", "--create-home", "ada"]))?;
    }
    let before = files(&root)?;
    for program in ["cc", "cmake", "cargo", "cmdai"] {
        if ["usr/bin", "usr/local/bin"].iter().any(|dir| root.join(dir).join(program).exists()) {
            bail!("{program} is in the new system already");
        }
    }
    fs::copy(release.deb(), root.join("tmp/cmdai.deb"))?;
    check(inside(&root, true).args(["apt-get", "install", "--yes", "--no-install-recommends", "/tmp/cmdai.deb"]))?;
    let models = root.join("home/ada/.cache/cmdai/models");
    fs::create_dir_all(&models)?;
    let model = env::home_dir().context("no home directory")?.join(".cache/cmdai/models").join(MODEL);
    if !models.join(MODEL).is_file() {
        fs::hard_link(&model, models.join(MODEL)).or_else(|_| fs::copy(&model, models.join(MODEL)).map(|_| ()))?;
    }
    check(inside(&root, false).args(["chown", "ada:", "/home/ada/.cache", "/home/ada/.cache/cmdai"]))?;
    check(inside(&root, false).args(["chown", "ada:", "/home/ada/.cache/cmdai/models"]))?;
    for (what, args) in [
        ("judges", &["cmdai", "check", "ls -l"][..]),
        ("answers", &["cmdai", "--quiet", "--no-worker", REQUEST]),
        ("completes", &["cmdai", "completions", "bash"]),
        ("remembers", &["cmdai", "history"]),
    ] {
        let output = inside(&root, false).args(["runuser", "-u", "ada", "--"]).args(args).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() || text.trim().is_empty() {
            bail!("{} failed: {text}{}", args.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        eprintln!("dist: in the new system it {what}: {}", text.lines().next().unwrap_or_default());
    }
    check(inside(&root, true).args(["apt-get", "remove", "--yes", "cmdai"]))?;
    let after = files(&root)?;
    let changed: Vec<&String> = before.symmetric_difference(&after).collect();
    if !changed.is_empty() {
        bail!("removal left or took {changed:?}");
    }
    Ok(())
}

/// A command in the system, with its own processes and, for all but apt, without a network.
fn inside(root: &Path, network: bool) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--mount-proc"]);
    if !network {
        command.arg("--net");
    }
    command.arg(format!("--root={}", root.display()));
    command.env_clear().envs([("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("LC_ALL", "C.UTF-8")]);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// The mirror and the release that this machine's packages come from.
fn mirror() -> Result<(String, String)> {
    let output = Command::new("apt-get")
        .args(["indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages"])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let release = fs::read_to_string("/etc/os-release")?;
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .context("which Debian is this?")?
        .to_owned();
    let mirror = text.lines().find_map(|line| line.strip_suffix(&format!(" {codename} main")));
    Ok((mirror.context("apt has no mirror of this release")?.to_owned(), codename))
}

/// Every file and directory but those in the system's books.
fn files(root: &Path) -> Result<BTreeSet<String>> {
    let mut find = Command::new("find");
    find.arg(root).args(["-xdev", "-printf", "/%P\n"]);
    let output = find.output()?;
    let of_books = |path: &str| BOOKS.iter().any(|book| path == *book || path.starts_with(&format!("{book}/")));
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter(|path| !of_books(path)).map(str::to_owned).collect())
}
