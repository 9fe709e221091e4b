//! On a terminal: the question, the run, and Ctrl-C at every stage, through a pseudo-terminal with bash on it.

use crate::picture::Picture;
use crate::world::{FAST, World};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Far longer than any step takes; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_mins(2);
const PROMPT: &str = "ready> ";
/// What a full screen ends with.
pub(crate) const LEFT: &str = "\u{1b}[?1049l";

/// An interactive bash on a pseudo-terminal.
pub(crate) struct Terminal {
    writer: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    unread: String,
    picture: Picture,
    settings: String,
    shell: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    pub(crate) fn open(world: &World, vars: &[(&str, &str)]) -> Self {
        let plain = ["bash", "--norc", "--noprofile", "--noediting", "-i"];
        let mut terminal = Self::start(world, 24, &plain, &[vars, &[("PS1", PROMPT)]].concat());
        terminal.sees(PROMPT);
        terminal.settings = terminal.stty();
        terminal
    }

    /// Any program, on that many rows.
    pub(crate) fn start(world: &World, rows: u16, line: &[&str], vars: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows, cols: 80, ..PtySize::default() }).unwrap();
        let mut equipped = Command::new(line[0]);
        world.equip(&mut equipped).envs(vars.iter().copied());
        let mut command = CommandBuilder::new(line[0]);
        command.args(&line[1..]);
        command.cwd(world.path());
        command.env_clear();
        for (name, value) in equipped.get_envs() {
            command.env(name, value.unwrap());
        }
        let shell = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self {
            writer,
            output,
            unread: String::new(),
            picture: Picture::default(),
            settings: String::new(),
            shell,
            master: pair.master,
        }
    }

    /// Types a line.
    pub(crate) fn line(&mut self, text: &str) {
        self.writer.write_all(format!("{text}\n").as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Presses keys, as a terminal sends them.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    pub(crate) fn resize(&mut self, rows: u16, cols: u16) {
        self.master.resize(PtySize { rows, cols, ..PtySize::default() }).unwrap();
    }

    pub(crate) fn ctrl_c(&mut self) {
        self.writer.write_all(&[3]).unwrap();
        self.writer.flush().unwrap();
    }

    /// Waits for a text; returns what came before it and takes both away.
    #[track_caller]
    pub(crate) fn sees(&mut self, text: &str) -> String {
        loop {
            if let Some((before, after)) = self.unread.split_once(text) {
                let before = before.to_owned();
                self.unread = after.to_owned();
                return before;
            }
            if let Err(error) = self.receive() {
                panic!("{text:?} does not appear ({error}) after {:?}", self.unread);
            }
        }
    }

    /// Waits until a text stands on the screen, however it was painted.
    #[track_caller]
    pub(crate) fn shows(&mut self, text: &str) {
        while !self.picture.text().contains(text) {
            if let Err(error) = self.receive() {
                panic!("{text:?} does not appear ({error}) on\n{}", self.picture.text());
            }
        }
    }

    /// What stands on the screen now.
    pub(crate) fn screen(&self) -> String {
        self.picture.text()
    }

    fn receive(&mut self) -> Result<(), RecvTimeoutError> {
        let bytes = self.output.recv_timeout(PATIENCE)?;
        let text = String::from_utf8_lossy(&bytes);
        self.picture.take(&text);
        // Asked whether it works, a terminal says so.
        for _ in text.matches("\u{1b}[5n") {
            self.keys("\u{1b}[0n");
        }
        self.unread.push_str(&text);
        Ok(())
    }

    /// The last command ended with `code`. The quotes keep the echo of the line from being taken for its output.
    #[track_caller]
    pub(crate) fn ended_with(&mut self, code: u8) {
        self.line("echo la\"st\"=$?.");
        self.sees(&format!("last={code}."));
    }

    #[track_caller]
    fn stty(&mut self) -> String {
        self.line("echo \"se\"t=\"$(stty -g)\";");
        self.sees("set=");
        self.sees("\r")
    }

    /// The terminal is set as it was in the beginning.
    #[track_caller]
    pub(crate) fn is_sane(&mut self) {
        assert_eq!(self.stty(), self.settings);
    }
}

/// A full screen, for what holds of all of them.
pub(crate) struct FullScreen<'a> {
    /// The command that opens it.
    pub(crate) command: &'a str,
    /// Stands there once it is painted.
    pub(crate) painted: &'a str,
    /// Keys that do no harm.
    pub(crate) keys: &'a str,
    /// How it ends by Ctrl-C.
    pub(crate) status: u8,
}

impl FullScreen<'_> {
    /// Signals, being suspended and any size leave the terminal as it was; `beside` is done before each signal.
    pub(crate) fn leaves_the_terminal_as_it_was(&self, world: &World, mut beside: impl FnMut(&mut Terminal)) {
        let mut terminal = Terminal::open(world, &[]);
        for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
            // The child is named by its own shell, so that no other process is meant.
            terminal.line(&format!("bash -c 'echo $$ > pid; exec {}'", self.command));
            terminal.sees(self.painted);
            beside(&mut terminal);
            let pid = std::fs::read_to_string(world.path().join("pid")).unwrap();
            let kill = std::process::Command::new("kill").args(["-s", signal, pid.trim()]).status().unwrap();
            assert!(kill.success());
            terminal.sees(LEFT);
            terminal.ended_with(code);
            terminal.is_sane();
        }
        terminal.line(self.command);
        terminal.sees(self.painted);
        terminal.keys("\u{1a}");
        terminal.sees(LEFT);
        terminal.ended_with(147);
        terminal.is_sane();
        terminal.line("fg");
        terminal.sees(self.painted);
        for (rows, columns) in [(1, 1), (2, 3), (60, 200), (3, 1), (1, 80), (24, 80)] {
            terminal.resize(rows, columns);
            terminal.keys(self.keys);
        }
        terminal.ctrl_c();
        terminal.sees(LEFT);
        terminal.ended_with(self.status);
        terminal.is_sane();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.shell.kill();
    }
}

#[test]
fn yes_runs_the_command_and_its_status_passes_through() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai create an empty file called proof.txt");
    let shown = terminal.sees("Run it? [Y/n]");
    assert!(shown.contains("touch proof.txt") && shown.contains("risk safe"), "{shown}");
    terminal.line("");
    terminal.ended_with(0);
    assert!(world.path().join("proof.txt").exists());

    terminal.line("cmdai show the content of the file missing.txt");
    terminal.sees("Run it?");
    terminal.line("y");
    terminal.sees("No such file");
    terminal.ended_with(1);
    terminal.is_sane();
}

#[test]
fn anything_but_yes_runs_nothing() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    for answer in ["n", "Q", "\u{1b}", "\u{4}", "m\u{19}zn"] {
        terminal.line("cmdai create an empty file called proof.txt");
        terminal.sees("Run it?");
        terminal.keys(answer);
        // What comes right behind an escape would be a part of it.
        terminal.sees(" no\r");
        terminal.ended_with(6);
        terminal.is_sane();
    }
    assert!(!world.path().join("proof.txt").exists());
}

#[test]
fn what_was_typed_before_the_question_is_no_answer() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai -v create an empty file called proof.txt");
    terminal.sees("loading the model");
    terminal.keys("\ry\ryes\r");
    terminal.sees("Run it?");
    terminal.line("n");
    terminal.ended_with(6);
    assert!(!world.path().join("proof.txt").exists());
}

#[test]
fn the_more_it_risks_the_more_must_be_typed() {
    let world = World::new();
    std::fs::create_dir(world.path().join("src")).unwrap();
    let mut terminal = Terminal::open(&world, &[]);
    for answer in ["", "y", "no"] {
        terminal.line("cmdai delete the folder src and everything in it");
        let shown = terminal.sees("Type `yes` to run it");
        // The path is underlined where it stands, and named in the reason.
        assert!(shown.contains("\u{1b}[4m") && shown.contains("risk high"), "{shown}");
        terminal.line(answer);
        terminal.ended_with(6);
    }
    assert!(world.path().join("src").exists());
    terminal.line("cmdai delete the folder src and everything in it");
    terminal.sees("Type `yes`");
    terminal.line("yes");
    terminal.ended_with(0);
    assert!(!world.path().join("src").exists());
}

#[test]
fn what_is_blocked_is_not_asked_about() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai 'delete everything below / with rm -rf, no matter what'");
    let shown = terminal.sees("blocked; `--allow-dangerous` asks all the same");
    assert!(shown.contains("risk critical"), "{shown}");
    terminal.ended_with(3);
    // Nothing but the whole phrase would run it, and this test does not type that.
    for answer in ["", "y", "yes"] {
        terminal.line("cmdai --allow-dangerous 'delete everything below / with rm -rf, no matter what'");
        terminal.sees("Type `run it anyway` to run it");
        terminal.line(answer);
        terminal.ended_with(3);
    }
    terminal.is_sane();
}

#[test]
fn quiet_prints_the_command_and_asks_nothing() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai -q print the current directory");
    let shown = terminal.sees(PROMPT) + &terminal.sees(PROMPT);
    assert!(shown.contains("\npwd\r") && !shown.contains("Run it?"), "{shown}");
    terminal.ended_with(0);
}

#[test]
fn piped_context_leaves_the_terminal_to_the_question_and_the_command() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("echo 'some text' | cmdai print the current directory");
    terminal.sees("Run it?");
    terminal.line("y");
    terminal.ended_with(0);
}

#[test]
fn ctrl_c_ends_every_stage_with_130_and_a_sane_terminal() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    for (stage, line, sign) in [
        ("loading", "cmdai -v list files", "loading the model"),
        (
            "generating",
            "cmdai print the words one two three four five six seven eight nine ten on ten lines using echo",
            "\u{1b}[2mecho",
        ),
        ("asking", "cmdai print the current directory", "Run it?"),
        ("reading", &format!("sleep 1000 | cmdai --model {FAST} why"), "reading standard input"),
    ] {
        terminal.line(line);
        terminal.sees(sign);
        terminal.ctrl_c();
        terminal.sees(PROMPT);
        terminal.ended_with(130);
        assert!(!world.path().join("core").exists(), "{stage}");
    }
    terminal.is_sane();
}

#[test]
fn ctrl_c_while_the_command_runs_belongs_to_the_command() {
    let world = World::new();
    let mut terminal = Terminal::open(&world, &[]);
    std::fs::write(
        world.path().join("wait.sh"),
        "trap 'echo in\"terrup\"ted; exit 9' INT\necho wai\"ti\"ng\nwhile :; do read -t 1; done\n",
    )
    .unwrap();
    terminal.line("cmdai run the script wait.sh with bash");
    let shown = terminal.sees("Run it?");
    assert!(shown.contains("bash ") && shown.contains("wait.sh"), "{shown}");
    terminal.line("y");
    terminal.sees("waiting");
    terminal.ctrl_c();
    terminal.sees("interrupted");
    terminal.ended_with(9);
    terminal.is_sane();
}
