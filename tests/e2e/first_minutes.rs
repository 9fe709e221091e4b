//! The first ten minutes of a newcomer, as a session in tmux with the real model: install, ask, edit, revise, explain, history, settings,
//! and the command on the prompt line.
//!
//! What stood on the screen after each step is kept in `specs/005-production-backends/recordings/first-minutes.txt`; the session must show
//! the same again. `CMDAI_RECORD=1` writes the file anew. Times and identifiers are not compared, nor what a model may word in another way and what
//! this machine's manual pages say. The program is not compiled here: the one of the tests is installed. Nothing
//! is waited for but what stands on the screen. Where tmux is missing that is said and nothing is checked.

use crate::world::World;
use std::fs::{self, File};
use std::io::Read as _;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const RECORDING: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/005-production-backends/recordings/first-minutes.txt");
/// Far longer than any step takes, even where others compute beside it.
const PATIENCE: Duration = Duration::from_mins(10);
/// The same as seconds, for the program itself.
const LIMIT: &str = "600";
const QUESTION: &str = "Run it?";
/// Stands before each step of the recording.
const SIGN: &str = "\n### ";
/// Where explanations begin on a line.
const COLUMN: usize = 26;

/// A shell in a tmux of its own.
struct Pane<'w> {
    world: &'w World,
    /// Something was painted.
    painted: Receiver<()>,
    session: Vec<Step>,
}

/// What stood on the screen after a step, and what of it is compared.
struct Step {
    title: &'static str,
    lines: Vec<String>,
    mask: Mask,
}

type Mask = fn(Vec<String>) -> Vec<String>;

impl<'w> Pane<'w> {
    fn open(world: &'w World) -> Self {
        let (paints, painted) = channel();
        let pane = Self { world, painted, session: Vec::new() };
        pane.tmux(&["new-session", "-d", "-x", "100", "-y", "40", "bash", "--norc", "--noprofile", "-i"]);
        let pipe = world.path().join("painted");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        pane.tmux(&["pipe-pane", &format!("exec cat > '{}'", pipe.display())]);
        std::thread::spawn(move || {
            let (mut file, mut bytes) = (File::open(pipe).unwrap(), [0; 4096]);
            while let Ok(1..) = file.read(&mut bytes) {
                if paints.send(()).is_err() {
                    break;
                }
            }
        });
        pane
    }

    fn tmux(&self, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        let socket = self.world.path().join("tmux");
        self.world.equip(&mut command).env("PS1", "$ ").env("CMDAI_TIMEOUT", LIMIT);
        command.env("BUILT", env!("CARGO_BIN_EXE_cmdai")).env("PATH", std::env::var("PATH").unwrap_or_default());
        let output = command.arg("-S").arg(socket).args(["-f", "/dev/null"]).args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", "--", text]);
    }

    fn presses(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// The lines of the screen.
    fn screen(&self) -> Vec<String> {
        let text = self.tmux(&["capture-pane", "-p"]);
        let lines: Vec<String> = text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect();
        lines
    }

    #[track_caller]
    fn waits_until(&self, what: &str, holds: impl Fn(&[String]) -> bool) {
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return;
            }
            if let Err(error) = self.painted.recv_timeout(PATIENCE) {
                panic!("{what} does not appear ({error}) on\n{}", screen.join("\n"));
            }
            self.painted.try_iter().for_each(drop);
        }
    }

    #[track_caller]
    fn shows(&self, text: &str) {
        self.waits_until(text, |screen| screen.iter().any(|line| line.contains(text)));
    }

    /// The question stands there for the time that is counted.
    #[track_caller]
    fn asks(&self, times: usize) {
        self.waits_until(QUESTION, |screen| {
            screen.iter().filter(|line| line.contains(QUESTION)).count() == times
                && screen.last().is_some_and(|line| line.ends_with('?'))
        });
    }

    /// The shell waits for a line.
    #[track_caller]
    fn is_ready(&self) {
        self.waits_until("the prompt", |screen| screen.last().is_some_and(|line| line == "$"));
    }

    /// Empties the screen, and types a line there.
    fn runs(&self, line: &str) {
        self.types("clear");
        self.presses("Enter");
        self.waits_until("an empty screen", |screen| screen == ["$"]);
        self.types(line);
        self.presses("Enter");
    }

    /// Keeps what stands there as a step of the session.
    fn keeps(&mut self, title: &'static str, mask: Mask) {
        let home = self.world.path().display().to_string();
        let lines = self.screen().into_iter().filter(|line| !line.is_empty());
        let lines = lines.map(|line| line.replace(&home, "/home/ada")).collect();
        self.session.push(Step { title, lines, mask });
    }
}

impl Drop for Pane<'_> {
    fn drop(&mut self) {
        let socket = self.world.path().join("tmux");
        let _ = Command::new("tmux").arg("-S").arg(socket).arg("kill-server").status();
    }
}

fn as_it_is(lines: Vec<String>) -> Vec<String> {
    lines
}

/// What stands beside the parts of a command comes from this machine's manual pages.
fn parts_alone(lines: Vec<String>) -> Vec<String> {
    let part = |line: String| match line.get(..COLUMN) {
        Some(begin) if begin.trim().is_empty() => None,
        Some(begin) if begin.ends_with("  ") => Some(begin.trim_end().to_owned()),
        _ => Some(line),
    };
    lines.into_iter().filter_map(part).collect()
}

/// What the model made of the change, and what was found of that.
fn without_the_change(lines: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut changed = false;
    for line in lines {
        if line.contains(QUESTION) && std::mem::take(&mut changed) {
            kept.push("...".to_owned());
        }
        let begins = line.starts_with("change: ");
        if !changed {
            kept.push(line);
        }
        changed |= begins;
    }
    kept
}

/// Entries without identifier, date and time; of what was declined the model chose the words.
fn entries(lines: Vec<String>) -> Vec<String> {
    let entry = |line: String| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [_, date, time, "declined", ..] if date.contains('-') && time.contains(':') => {
                "... declined ...".to_owned()
            }
            [_, date, time, rest @ ..] if date.contains('-') && time.contains(':') => format!("... {}", rest.join(" ")),
            _ => line,
        }
    };
    lines.into_iter().map(entry).collect()
}

#[test]
fn first_ten_minutes() {
    if !Command::new("tmux").arg("-V").output().is_ok_and(|output| output.status.success()) {
        eprintln!("tmux is not installed: the session of a newcomer was not run");
        return;
    }
    let world = World::new();
    let here = |name: &str| world.path().join(name).exists();
    let mut pane = Pane::open(&world);
    pane.is_ready();

    pane.runs("mkdir -p ~/bin && install $BUILT ~/bin && PATH=~/bin:$PATH && cmdai --version");
    pane.shows("cmdai 0.");
    pane.is_ready();
    pane.keeps("install", as_it_is);

    pane.runs("cmdai create an empty file called proof.txt");
    pane.asks(1);
    pane.keeps("ask", as_it_is);
    assert!(!here("proof.txt"));
    pane.presses("Enter");
    pane.is_ready();
    assert!(here("proof.txt"));

    pane.runs("cmdai create an empty file called draft.txt");
    pane.asks(1);
    pane.presses("x");
    pane.asks(2);
    pane.keeps("explain: x", parts_alone);
    pane.presses("e");
    pane.shows("edit: touch draft.txt");
    pane.types(" notes.txt");
    pane.presses("Enter");
    pane.asks(3);
    pane.keeps("edit: e, then typed on and Enter", parts_alone);
    pane.presses("y");
    pane.is_ready();
    assert!(here("draft.txt") && here("notes.txt"));

    pane.runs("cmdai count the lines of notes.txt");
    pane.asks(1);
    pane.presses("r");
    pane.shows("change:");
    pane.types("only those with TODO");
    pane.presses("Enter");
    pane.asks(2);
    let revised = pane.screen().join("\n");
    assert!(revised.rsplit("change: ").next().unwrap().contains("grep"), "{revised}");
    pane.keeps("revise: r, then a change in words", without_the_change);
    pane.presses("n");
    pane.is_ready();

    pane.runs("cmdai explain 'tar -xzf backup.tgz -C /tmp'");
    pane.shows("risk safe");
    pane.is_ready();
    pane.keeps("a command of one's own explained", parts_alone);

    pane.runs("cmdai history");
    pane.shows("touch proof.txt");
    pane.is_ready();
    pane.keeps("history", entries);

    pane.runs("env -u CMDAI_TIMEOUT cmdai config");
    pane.shows("? keys");
    pane.keeps("settings", as_it_is);
    pane.types("/");
    pane.types("safety.l");
    pane.shows(">  safety.level");
    pane.keeps("settings: / safety.l", as_it_is);
    pane.presses("Escape");
    pane.shows("? keys");
    pane.types("q");
    pane.is_ready();

    pane.runs("eval \"$(cmdai init bash)\"");
    pane.is_ready();
    pane.types("# create an empty file called last.txt");
    pane.presses("Enter");
    pane.shows("$ touch last.txt");
    pane.keeps("on the prompt line: # and words, then Enter", as_it_is);
    assert!(!here("last.txt"));
    pane.presses("Enter");
    pane.is_ready();
    assert!(here("last.txt"));
    compare(&pane.session);
}

fn compare(session: &[Step]) {
    let head = "The first ten minutes with cmdai at 100x40, as tmux captured them (empty lines left out). Behind ### stands the step.\n\
        A test runs the session and compares: `first_ten_minutes`. CMDAI_RECORD=1 writes this file anew.\n";
    let shown = |step: &Step| format!("{SIGN}{}\n{}\n", step.title, step.lines.join("\n"));
    let now = session.iter().map(shown).collect::<Vec<_>>().concat();
    if std::env::var_os("CMDAI_RECORD").is_some() {
        return fs::write(RECORDING, format!("{head}{now}")).unwrap();
    }
    let kept = fs::read_to_string(RECORDING).unwrap();
    let kept: Vec<(&str, Vec<String>)> = kept
        .split(SIGN)
        .skip(1)
        .map(|step| step.split_once('\n').unwrap())
        .map(|(title, text)| (title, text.lines().map(str::to_owned).collect()))
        .collect();
    let titles = |kept: &[(&str, Vec<String>)]| kept.iter().map(|(title, _)| (*title).to_owned()).collect::<Vec<_>>();
    assert_eq!(session.iter().map(|step| step.title.to_owned()).collect::<Vec<_>>(), titles(&kept), "in {RECORDING}");
    for (step, (title, kept)) in session.iter().zip(kept) {
        let (now, kept) = ((step.mask)(step.lines.clone()).join("\n"), (step.mask)(kept).join("\n"));
        assert!(
            now == kept,
            "{title} is not as in {RECORDING} (CMDAI_RECORD=1 writes it anew). It is\n{now}\n\nand was\n{kept}"
        );
    }
}
