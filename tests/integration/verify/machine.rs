//! A machine stated as a directory: programs, manual pages, completions, a cache.

use cmdai_core::context::Userland;
use cmdai_core::request::{Platform, ShellType};
use cmdai_verify::{CheckKind, Knowledge, Machine, Outcome, Presence, Query, explain, verify};
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = ".TH FROB 1\n.SH SYNOPSIS\n.B frob\n[\\-a] [\\fIFILE\\fR]...\n.SH OPTIONS\n.TP\n\\fB\\-a\\fR, \\fB\\-\\-all\\fR\n\
    all of them\n.TP\n\\fB\\-\\-level\\fR=\\fIN\\fR\nhow deep\n";

pub(crate) struct World(pub(crate) tempfile::TempDir);

impl World {
    pub(crate) fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(world.path("usr/bin")).unwrap();
        world.program("frob", b"\x7fELF");
        world.file("usr/share/man/man1/frob.1", PAGE);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn program(&self, name: &str, start: &[u8]) {
        let name = format!("usr/bin/{name}");
        self.file(&name, start);
        executable(&self.path(&name));
    }

    fn machine(&self) -> Machine {
        Machine::new(self.0.path(), "/usr/local/bin:/usr/bin")
    }

    fn knowledge(&self) -> Knowledge {
        Knowledge::of(self.machine(), Userland::Gnu)
    }
}

#[cfg(unix)]
pub(crate) fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
pub(crate) fn executable(_: &Path) {}

pub(crate) fn complaints(command: &str, knowledge: &Knowledge) -> Vec<String> {
    let query = Query::new("", ShellType::Bash, Platform::Linux);
    verify(command, &query, knowledge).complaints().into_iter().map(|check| check.complaint.clone()).collect()
}

#[test]
fn a_page_of_this_machine_accuses() {
    let world = World::new();
    let knowledge = world.knowledge();
    assert_eq!(complaints("frob -a --level=3 x", &knowledge), Vec::<String>::new());
    assert_eq!(
        complaints("frob --levels 3 -q x", &knowledge),
        [
            "`frob` on this machine has no option `--levels`; it has `--level=N`",
            "`frob` on this machine has no option `-q`; it has `-a, --all`, `--level=N`",
        ]
    );
    assert_eq!(complaints("frob --level", &knowledge), ["`--level=N` of `frob` needs a value"]);
}

#[test]
fn a_packed_page_and_one_that_stands_for_another_are_read() {
    use std::io::Write;
    let world = World::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(PAGE.as_bytes()).unwrap();
    world.program("nibble", b"\x7fELF");
    world.file("usr/share/man/man8/nibble.8.gz", packed.finish().unwrap());
    world.program("alias", b"\x7fELF");
    world.file("usr/share/man/man1/gnaw.1", ".so man1/frob.1\n");
    world.program("gnaw", b"\x7fELF");
    let knowledge = world.knowledge();
    for name in ["nibble", "gnaw"] {
        assert_eq!(complaints(&format!("{name} --bogus"), &knowledge).len(), 1, "{name}");
        assert!(complaints(&format!("{name} --all"), &knowledge).is_empty(), "{name}");
    }
}

#[test]
fn completions_add_and_accuse_nobody() {
    let world = World::new();
    world.file("usr/share/bash-completion/completions/frob", "COMPREPLY=($(compgen -W '--hidden' -- $cur))");
    world.file("usr/share/fish/completions/chew.fish", "complete -c chew -l fast -d 'Chew fast'\n");
    world.program("chew", b"\x7fELF");
    let knowledge = world.knowledge();
    assert!(complaints("frob --hidden", &knowledge).is_empty());
    assert!(complaints("chew --unknown", &knowledge).is_empty());
    assert_eq!(knowledge.program("chew").unwrap().option("--fast").unwrap().about, "Chew fast");
}

#[test]
fn a_missing_program_is_named_with_its_package() {
    let world = World::new();
    let knowledge = world.knowledge();
    let query = Query::new("", ShellType::Bash, Platform::Linux);
    let report = verify("rg TODO src", &query, &knowledge);
    let check = report.complaints()[0];
    assert_eq!((check.kind, check.outcome), (CheckKind::ProgramExists, Outcome::Fail));
    assert_eq!(
        check.complaint,
        "there is no program `rg` on this machine; it is in package `ripgrep` (apt, dnf, pacman)"
    );
    assert_eq!(check.suggestion.as_deref(), Some("apt install ripgrep"));
    assert!(complaints("frbo -a", &knowledge)[0].starts_with("there is no program `frbo`"));
    assert!(complaints("sudo apt install ripgrep && rg TODO", &knowledge).iter().all(|c| !c.contains("`rg`")));
    assert!(complaints("f() { echo; }; f; cd /; export A=1", &knowledge).is_empty());
    assert!(complaints("ssh host frobnicate --x", &knowledge).iter().all(|c| !c.contains("frobnicate")));
}

#[test]
#[cfg(unix)]
fn a_link_to_busybox_is_busybox() {
    let world = World::new();
    world.program("busybox", b"\x7fELF");
    std::os::unix::fs::symlink("busybox", world.path("usr/bin/grep")).unwrap();
    let knowledge = world.knowledge();
    assert_eq!(knowledge.userland_of("grep"), Userland::Busybox);
    assert_eq!(
        complaints("grep -P x y", &knowledge),
        ["`-P` is an option of GNU `grep`, and BusyBox `grep` on this machine has none such; use `-E`"]
    );
}

#[test]
fn what_was_learned_is_kept_until_a_file_changes() {
    let world = World::new();
    let cache = world.path("cache/verify.index");
    let first = world.knowledge().with_cache(&cache);
    assert!(complaints("frob --new", &first).len() == 1);
    first.save().unwrap();
    let kept = fs::read_to_string(&cache).unwrap();
    assert!(kept.contains("\nfrob\t"), "{kept}");

    let again = world.knowledge().with_cache(&cache);
    assert!(complaints("frob --new", &again).len() == 1);
    again.save().unwrap();
    assert_eq!(fs::read_to_string(&cache).unwrap(), kept, "nothing changed");

    world.file("usr/share/man/man1/frob.1", format!("{PAGE}.TP\n\\fB\\-\\-new\\fR\nnew\n"));
    assert!(complaints("frob --new", &again).is_empty(), "the page is another one");
    assert!(complaints("frob --new", &world.knowledge().with_cache(&cache)).is_empty());
}

#[test]
fn what_others_learned_meanwhile_is_kept_too() {
    let world = World::new();
    world.program("tar", b"\x7fELF");
    let cache = world.path("cache/verify.index");
    let [first, second] = [(); 2].map(|()| world.knowledge().with_cache(&cache));
    let _ = first.program("frob");
    second.warm(["tar"]);
    first.save().unwrap();
    second.save().unwrap();
    let kept = fs::read_to_string(&cache).unwrap();
    assert!(kept.contains("\nfrob\t") && kept.contains("\ntar\t"), "{kept}");
}

#[test]
fn a_damaged_cache_is_an_empty_one() {
    let world = World::new();
    let cache = world.path("cache/verify.index");
    let first = world.knowledge().with_cache(&cache);
    assert!(first.program("frob").is_some());
    first.save().unwrap();
    let good = fs::read(&cache).unwrap();
    for (at, _) in good.iter().enumerate() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&cache, &bad).unwrap();
        let knowledge = world.knowledge().with_cache(&cache);
        assert!(complaints("frob --all", &knowledge).is_empty(), "byte {at}");
        assert_eq!(complaints("frob --none", &knowledge).len(), 1, "byte {at}");
    }
    for cut in [0, 1, 10, good.len() / 2, good.len() - 1] {
        fs::write(&cache, &good[..cut]).unwrap();
        assert_eq!(complaints("frob --none", &world.knowledge().with_cache(&cache)).len(), 1, "cut at {cut}");
    }
    fs::remove_file(&cache).unwrap();
    fs::create_dir(&cache).unwrap();
    assert_eq!(complaints("frob --none", &world.knowledge().with_cache(&cache)).len(), 1, "a directory");
}

#[test]
fn what_is_told_of_a_subcommand_comes_from_its_own_page_or_completion() {
    let world = World::new();
    let about = |command: &str| -> Vec<String> {
        let parts = explain(command, ShellType::Bash, &world.knowledge()).into_iter();
        parts.map(|part| format!("{:?} {}: {}", part.kind, part.text, part.about)).collect()
    };
    // `frob-go` is a program of that name; `frob bite` a subcommand.
    let page =
        |synopsis: &str| format!(".SH NAME\nx \\- bites\n.SH SYNOPSIS\n{synopsis}\n.SH OPTIONS\n.TP\n.B \\-d\ndeep\n");
    world.file("usr/share/man/man1/frob-go.1", page("frob-go \\-d"));
    world.file("usr/share/man/man1/frob-bite.1", page("frob bite \\-d"));
    assert_eq!(about("frob bite -d"), ["Program frob: ", "Subcommand bite: bites", "Option -d: deep"]);
    assert_eq!(about("frob go -d"), ["Program frob: ", "Operand go: ", "Option -d: "]);
    world.file(
        "usr/share/fish/completions/cargo.fish",
        "complete -c cargo -n __fish_use_subcommand -a build -d 'Compile'\n\
         complete -c cargo -n '__fish_seen_subcommand_from bench' -s p -d 'Measured'\n\
         complete -c cargo -n '__fish_seen_subcommand_from build' -s p -d 'Built'\n",
    );
    world.program("cargo", b"\x7fELF");
    assert_eq!(about("cargo build -p"), ["Program cargo: ", "Subcommand build: Compile", "Option -p: Built"]);
    assert!(complaints("cargo build --bogus", &world.knowledge()).is_empty(), "a completion accuses nobody");
}

#[test]
fn a_program_of_the_shell_is_there() {
    let world = World::new();
    let knowledge = world.knowledge();
    assert_eq!(knowledge.presence("cd", ShellType::Fish), Presence::Builtin);
    assert_eq!(knowledge.presence("frbo", ShellType::Bash), Presence::Missing);
    assert!(matches!(knowledge.presence("frob", ShellType::Bash), Presence::Here(_)));
    assert_eq!(Knowledge::builtin(Userland::Gnu).presence("frob", ShellType::Bash), Presence::Unknown);
}

#[test]
fn names_out_of_nowhere_are_seen() {
    let knowledge = Knowledge::builtin(Userland::Gnu);
    let files = ["app.log".to_owned(), "src/main.rs".to_owned()];
    let missing = |request: &str, command: &str| -> Vec<String> {
        let query = Query::new(request, ShellType::Bash, Platform::Linux).with_files(&files);
        let report = verify(command, &query, &knowledge);
        report.complaints().into_iter().map(|check| check.subject.clone()).collect()
    };
    assert_eq!(missing("count the lines of the log", "wc -l app.log"), Vec::<String>::new());
    assert_eq!(missing("count the lines of the log", "wc -l server.log"), ["server.log"]);
    assert_eq!(missing("count the lines of old.log", "wc -l old.log"), Vec::<String>::new());
    assert_eq!(missing("how large is the source", "du -sh src"), Vec::<String>::new());
    assert_eq!(missing("list users", "cut -d: -f1 /etc/passwd"), Vec::<String>::new());
    assert_eq!(missing("find big files", "find /path/to/dir -size +1G"), ["/path/to/dir"]);
    assert_eq!(missing("sort it into a file", "sort app.log > sorted.log; head sorted.log"), Vec::<String>::new());
    assert_eq!(missing("show it", "cat input.txt"), ["input.txt"]);
}
