//! `install.sh`, run by a real shell on an archive with a program that only tells its version.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory with a release in it, and a prefix to install to.
struct World {
    root: tempfile::TempDir,
    archive: String,
}

impl World {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let world = Self { archive: format!("cmdai-0.1.0-{}-unknown-linux-gnu.tar.gz", std::env::consts::ARCH), root };
        world.release("#!/bin/sh\necho cmdai 0.1.0\n", &["share/doc/cmdai/README.md", "lib/cmdai/libggml.so.0"]);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Makes the archive anew, with this program and these files, and the sums.
    fn release(&self, program: &str, files: &[&str]) {
        let name = self.archive.strip_suffix(".tar.gz").unwrap();
        let tree = self.path("made").join(name);
        let _ = fs::remove_dir_all(&tree);
        for file in files.iter().chain(&["bin/cmdai"]) {
            let path = tree.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, if *file == "bin/cmdai" { program } else { "text\n" }).unwrap();
        }
        fs::set_permissions(tree.join("bin/cmdai"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all(self.path("from")).unwrap();
        let archive = self.path("from").join(&self.archive);
        let made = Command::new("tar").arg("-czf").arg(archive).arg("-C").arg(self.path("made")).arg(name).status();
        assert!(made.unwrap().success());
        super::archive::sums(&self.path("from")).unwrap();
    }

    /// What the installer said, and whether it was content.
    fn run(&self, args: &[&str]) -> (bool, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../install.sh");
        let mut command = Command::new("sh");
        command.arg(script).arg("--prefix").arg(self.path("prefix")).args(args).env("TMPDIR", self.path("tmp"));
        fs::create_dir_all(self.path("tmp")).unwrap();
        let output = command.output().unwrap();
        let left: Vec<_> = fs::read_dir(self.path("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    fn install(&self) -> (bool, String) {
        let from = self.path("from");
        self.run(&["--from", from.to_str().unwrap()])
    }

    fn installed(&self) -> Vec<String> {
        if !self.path("prefix").exists() {
            return Vec::new();
        }
        let files = super::stage::files(&self.path("prefix")).unwrap();
        files.iter().map(|path| path.display().to_string()).collect()
    }
}

#[test]
fn what_was_installed_runs_and_goes_without_a_trace() {
    let world = World::new();
    fs::create_dir_all(world.path("prefix/bin")).unwrap();
    fs::write(world.path("prefix/bin/other"), "mine").unwrap();
    let (fine, said) = world.install();
    assert!(fine && said.starts_with("cmdai 0.1.0 is installed in "), "{said}");
    assert_eq!(
        world.installed(),
        ["bin/cmdai", "bin/other", "lib/cmdai/installed", "lib/cmdai/libggml.so.0", "share/doc/cmdai/README.md"]
    );
    let output = Command::new(world.path("prefix/bin/cmdai")).output().unwrap();
    assert_eq!(output.stdout, b"cmdai 0.1.0\n");

    assert!(world.run(&["--uninstall"]).0);
    assert_eq!(world.installed(), ["bin/other"]);
    let left: Vec<_> = fs::read_dir(world.path("prefix")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["bin"], "directories that were made are gone, too");
    assert!(!world.run(&["--uninstall"]).0, "there is nothing now");
}

#[test]
fn a_newer_version_leaves_nothing_of_the_older() {
    let world = World::new();
    assert!(world.install().0);
    world.release("#!/bin/sh\necho cmdai 0.2.0\n", &["lib/cmdai/libggml.so.1"]);
    let (fine, said) = world.install();
    assert!(fine && said.starts_with("cmdai 0.2.0 "), "{said}");
    assert_eq!(world.installed(), ["bin/cmdai", "lib/cmdai/installed", "lib/cmdai/libggml.so.1"]);
    assert!(world.run(&["--uninstall"]).0);
    assert_eq!(world.installed(), Vec::<String>::new());
}

#[test]
fn wrong_bytes_are_not_installed() {
    let refused = |said: &str, spoil: &dyn Fn(&World)| {
        let world = World::new();
        spoil(&world);
        let (fine, text) = world.install();
        assert!(!fine && text.contains(said), "{said}: {text}");
        assert_eq!(world.installed(), Vec::<String>::new(), "{said}");
    };
    let rewrite = |world: &World, change: &dyn Fn(String) -> String| {
        let sums = world.path("from/SHA256SUMS");
        fs::write(&sums, change(fs::read_to_string(&sums).unwrap())).unwrap();
    };
    refused("nothing was installed", &|world| {
        let archive = world.path("from").join(&world.archive);
        let mut bytes = fs::read(&archive).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(archive, bytes).unwrap();
    });
    refused("does not name one archive", &|world| rewrite(world, &|_| String::new()));
    refused("does not name one archive", &|world| rewrite(world, &|text| format!("{text}{text}")));
    refused("does not name one archive", &|world| rewrite(world, &|text| text.replace("cmdai-", "../cmdai-")));
    refused("has no SHA256SUMS", &|world| fs::remove_file(world.path("from/SHA256SUMS")).unwrap());
    refused("has no cmdai-", &|world| fs::remove_file(world.path("from").join(&world.archive)).unwrap());
    refused("does not start", &|world| world.release("#!/bin/sh\nexit 1\n", &[]));
}

#[test]
fn a_sum_from_elsewhere_is_the_one_that_counts() {
    let world = World::new();
    let from = world.path("from");
    let from = from.to_str().unwrap();
    let (fine, said) = world.run(&["--from", from, "--sha256", &"0".repeat(64)]);
    assert!(!fine && said.contains("nothing was installed"), "{said}");
    let sums = fs::read_to_string(world.path("from/SHA256SUMS")).unwrap();
    let (fine, said) = world.run(&["--from", from, "--sha256", sums.split(' ').next().unwrap()]);
    assert!(fine, "{said}");
}

#[test]
fn a_failed_update_leaves_the_version_that_was_there() {
    let world = World::new();
    assert!(world.install().0);
    let before = world.installed();
    world.release("#!/bin/sh\nexit 1\n", &[]);
    assert!(!world.install().0);
    assert_eq!(world.installed(), before);
}

#[test]
fn only_safe_places_are_taken() {
    let world = World::new();
    let (fine, said) = world.run(&["--from", "http://example.org"]);
    assert!(!fine && said.contains("only https"), "{said}");
    let (fine, said) = world.run(&["--prefix", "here"]);
    assert!(!fine && said.contains("must be absolute"), "{said}");
}
