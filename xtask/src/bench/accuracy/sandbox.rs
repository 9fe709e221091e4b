//! A throw-away machine in which the commands of a model can do no harm.
//!
//! Used by [`super::score`] and [`super::selftest`]: each run gets a new one. It has the programs of this machine read-only, a
//! few files of its own instead of `/etc`, an empty home in memory, no network but its own loopback, its own processes, and an
//! ordinary user without capabilities; nothing else of this machine is there to be read or written. bubblewrap makes it where
//! it is installed, else `unshare` with `sandbox.sh`. What runs in it is this program again ([`super::inside`]), which sets
//! limits of time, memory and file size.
//!
//! A model's command never runs outside: [`Sandbox::find`] tries each way and looks at what a command sees there, and without
//! a way that works there is no sandbox and nothing is scored (`the_sandbox_holds`).

use super::inside::{Outcome, Spec};
use crate::workspace::on_path;
use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The home directory of the sandbox's user.
pub(crate) const HOME: &str = "/home/ada";
/// Where fixtures are built and commands run.
pub(crate) const CWD: &str = "/home/ada/work";
/// Where programs are looked for: what the system has, and our stand-ins before it.
pub(crate) const PATH: &str = "/shims:/usr/bin:/bin:/usr/sbin:/sbin";

const SCRIPT: &str = include_str!("sandbox.sh");
/// All of one run: building a fixture, the command, the probe.
const SECONDS: &str = "60";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Bubblewrap,
    Unshare,
}

/// A way to run commands that has been seen to work.
#[derive(Debug)]
pub(crate) struct Sandbox {
    way: Way,
    /// bubblewrap or unshare; said in full, because the sandbox is not started with the user's `PATH`.
    starter: PathBuf,
    /// Files that make up the world inside: `etc` and stand-ins for programs.
    world: PathBuf,
    /// This program.
    program: PathBuf,
    /// An empty directory to mount on.
    root: PathBuf,
}

impl Sandbox {
    /// The first way that works here; an error where none does.
    pub(crate) fn find(data: &Path) -> Result<Self> {
        let mut reasons = Vec::new();
        for (way, program) in [(Way::Bubblewrap, "bwrap"), (Way::Unshare, "unshare")] {
            let Some(starter) = on_path(program) else {
                reasons.push(format!("{program}: not installed"));
                continue;
            };
            let root = env::temp_dir().join(format!("cmdai-accuracy-root-{}", std::process::id()));
            fs::create_dir_all(&root)?;
            let sandbox = Self { way, starter, world: data.join("world"), program: env::current_exe()?, root };
            match sandbox.check() {
                Ok(()) => return Ok(sandbox),
                Err(error) => reasons.push(format!("{program}: {error:#}")),
            }
        }
        bail!("no sandbox works here, and without one nothing is run\n  {}", reasons.join("\n  "));
    }

    /// What a command inside can see and do.
    fn check(&self) -> Result<()> {
        let looked_at = [
            "id -un",
            "hostname",
            // The loopback alone.
            "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '",
            "touch /usr/x /usr/bin/x /etc/passwd /shims/x 2>/dev/null || echo read-only",
            "mount -o remount,rw /usr 2>/dev/null || echo locked",
            "grep CapEff /proc/self/status | cut -f2",
            "ls -d /root /home/* /var/lib 2>/dev/null",
            "df --output=size -k . | tail -n 1 | tr -d ' '",
        ];
        let expected = "ada\nbrook\nlo\nread-only\nlocked\n0000000000000000\n/home/ada\n262144\n";
        let outcome = self.run(&Spec { command: looked_at.join("; "), ..Spec::default() })?;
        if outcome.output != expected {
            bail!("it is not what it should be: {:?} {:?}", outcome.output, outcome.errors);
        }
        Ok(())
    }

    /// Build the fixture in a new sandbox, run the command there, and say what came of it.
    pub(crate) fn run(&self, spec: &Spec) -> Result<Outcome> {
        let mut command = Command::new("timeout");
        command.args(["-s", "KILL", SECONDS]).args(self.start()).args(self.options()?);
        command.args(["--", "/bench/xtask", "bench", "accuracy", "--inside"]);
        command.env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin").env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("timeout does not start")?;
        let mut stdin = child.stdin.take().context("no standard input")?;
        // A sandbox that did not start says so below; that it read nothing is not the reason.
        let _ = stdin.write_all(spec.to_json().as_bytes());
        drop(stdin);
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        Outcome::from_json(said.lines().last().unwrap_or_default())
            .with_context(|| format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
    }

    fn start(&self) -> Vec<OsString> {
        let text: &[&str] = match self.way {
            Way::Bubblewrap => &["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"],
            Way::Unshare => &["--user", "--map-root-user", "--mount", "--pid", "--fork", "--net", "--ipc"],
        };
        let more: &[&str] = match self.way {
            Way::Bubblewrap => &["--uid", "1000", "--gid", "1000", "--hostname", "brook", "--proc", "/proc"],
            Way::Unshare => &["--uts", "--propagation", "private", "--kill-child", "bash", "-c", SCRIPT, "sandbox.sh"],
        };
        let mut args = vec![self.starter.clone().into_os_string()];
        args.extend(text.iter().chain(more).map(OsString::from));
        match self.way {
            Way::Bubblewrap => {
                args.extend(["--dev", "/dev", "--size", "268435456", "--tmpfs", "/home"].map(OsString::from));
            }
            Way::Unshare => args.push(self.root.clone().into()),
        }
        args
    }

    /// The file system inside, as options that bubblewrap and our script have in common.
    fn options(&self) -> Result<Vec<OsString>> {
        let mut options: Vec<OsString> = Vec::new();
        let mut bind = |from: &Path, to: &str| options.extend(["--ro-bind".into(), from.into(), to.into()]);
        bind(Path::new("/usr"), "/usr");
        bind(&self.program, "/bench/xtask");
        bind(&self.world.join("bin"), "/shims");
        // Says how many processors there are, and nothing of disks and networks.
        let processors = Path::new("/sys/devices/system");
        if processors.is_dir() {
            bind(processors, "/sys/devices/system");
        }
        for name in ["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "services", "protocols"] {
            let path = Path::new("/etc").join(name);
            if path.exists() {
                bind(&path, &format!("/etc/{name}"));
            }
        }
        for entry in fs::read_dir(self.world.join("etc"))? {
            let entry = entry?;
            bind(&entry.path(), &format!("/etc/{}", entry.file_name().to_string_lossy()));
        }
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "gnu"] {
            let path = Path::new("/").join(name);
            match fs::read_link(&path) {
                Ok(target) => options.extend(["--symlink".into(), target.into(), path.into()]),
                Err(_) if path.is_dir() => options.extend(["--ro-bind".into(), path.clone().into(), path.into()]),
                Err(_) => {}
            }
        }
        for dir in ["/tmp", "/run/bench", "/var/tmp", "/var/log", "/mnt", "/opt", "/srv", CWD] {
            options.extend(["--dir".into(), dir.into()]);
        }
        Ok(options)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Empty unless something else put a file there, and then it is not ours to remove.
        let _ = fs::remove_dir(&self.root);
    }
}

/// Whether the sandbox has a program of that name.
pub(crate) fn has(program: &str) -> bool {
    PATH.split(':').skip(1).any(|dir| Path::new(dir).join(program).exists())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_holds() {
        // The program of a test is not the one that runs inside, so here only the ways and their options are looked at; that
        // a sandbox does hold is checked by `find` before each use.
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/accuracy");
        for way in [Way::Bubblewrap, Way::Unshare] {
            let (starter, world, program, root) = ("/s".into(), data.join("world"), "/x".into(), "/nowhere".into());
            let sandbox = Sandbox { way, starter, world, program, root };
            let line = [sandbox.start(), sandbox.options().unwrap()].concat();
            let line: Vec<_> = line.iter().map(|arg| arg.to_string_lossy()).collect();
            let writable = ["--bind", "--dev-bind", "--share-net", "--unshare-net=no", "--privileged"];
            assert!(!line.iter().any(|arg| writable.contains(&arg.as_ref())), "{line:?}");
            let network = if way == Way::Bubblewrap { "--unshare-all" } else { "--net" };
            assert!(line.iter().any(|arg| arg == network));
        }
    }
}
