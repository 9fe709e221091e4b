//! The shell integration in the shells themselves, on a pseudo-terminal: keys are pressed, and the screen and the history are looked at.
//!
//! bash must be there; where zsh or fish is not installed, that is said and nothing is checked of it. Models are scripted servers but for one
//! test, so the path of a request is the real one and its answer is known.

use crate::backends::{answer, nobody, request, server, with};
use crate::terminal::Terminal;
use crate::world::World;
use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

pub(crate) const ALT_C: &str = "\u{1b}c";
const ENTER: &str = "\r";
/// Kills the line.
const CTRL_U: &str = "\u{15}";

/// Whether a shell is installed.
pub(crate) fn has(program: &str) -> bool {
    Command::new(program).args(["-c", "exit 0"]).status().is_ok_and(|status| status.success())
}

/// The shells that are here.
fn shells() -> Vec<&'static str> {
    let (here, missing): (Vec<_>, Vec<_>) = ["bash", "zsh", "fish"].into_iter().partition(|shell| has(shell));
    for shell in missing {
        eprintln!("{shell} is not installed: nothing was checked in it");
    }
    assert!(here.contains(&"bash"), "bash must be there");
    here
}

/// A shell with the integration and an empty screen; `before` and `after` stand around it in its start file.
pub(crate) fn open(world: &World, shell: &str, before: &str, after: &str) -> Terminal {
    open_with(world, shell, "", before, after)
}

fn open_with(world: &World, shell: &str, flags: &str, before: &str, after: &str) -> Terminal {
    let prompt = if shell == "fish" { "function fish_prompt; echo -n 'ready> '; end" } else { "PS1='ready> '" };
    let load = if shell == "fish" {
        format!("cmdai init fish {flags} | source")
    } else {
        format!("eval \"$(cmdai init {shell} {flags})\"")
    };
    let start = match shell {
        "bash" => "start.bash",
        "zsh" => ".zshrc",
        _ => ".config/fish/config.fish",
    };
    let file = world.path().join(start);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    // Where it is, fish reads no manual pages.
    fs::create_dir_all(world.path().join(".local/share/fish/generated_completions")).unwrap();
    fs::write(&file, format!("{prompt}\n{before}\n{load}\n{after}\n")).unwrap();
    let line: &[&str] = match shell {
        "bash" => &["bash", "--noprofile", "--rcfile", "start.bash", "-i"],
        "zsh" => &["zsh", "-d", "-i"],
        _ => &["fish", "-i"],
    };
    let mut terminal = Terminal::start(world, 200, line, &[]);
    terminal.shows("ready>");
    terminal
}

/// What the shell remembers, oldest first.
fn history(terminal: &mut Terminal, world: &World, shell: &str) -> String {
    let list = if shell == "fish" { "history --reverse" } else { "fc -ln 1" };
    runs(terminal, &format!("{list} > told; echo to\"l\"d{ENTER}"), "told");
    fs::read_to_string(world.path().join("told")).unwrap()
}

/// Presses keys that run something, and waits for the last line it prints and for the prompt behind it. What is typed before that prompt
/// stands there is echoed by the terminal and not read by the shell's editor.
pub(crate) fn runs(terminal: &mut Terminal, keys: &str, last: &str) {
    terminal.keys(keys);
    terminal.sees(&format!("{last}\r\n"));
    terminal.sees("ready>");
}

/// Nothing that was done before has anything left to do.
fn settle(terminal: &mut Terminal) {
    runs(terminal, &format!("{CTRL_U}echo al\"i\"ve{ENTER}"), "alive");
}

/// The reason stands there, and the line is back under it. (zsh leaves the line where it is and shows the reason below.)
fn refuses(terminal: &mut Terminal, shell: &str, why: &str) {
    terminal.sees(why);
    if shell != "zsh" {
        terminal.sees("ready>");
    }
}

/// A server that says when a request arrived and answers when it is told to, or never.
fn held(command: &'static str) -> (String, Receiver<()>, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let ((arrived, arrival), (release, released)) = (channel(), channel());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (first, _) = request(&stream);
            if first.starts_with("POST ") {
                arrived.send(()).unwrap();
                let _ = released.recv();
            }
            // Whoever asked may have gone.
            let _ = answer(&mut stream, &first, command);
        }
    });
    (url, arrival, release)
}

fn desk(command: &'static str) -> World {
    with(&[("desk", &server(command))], "")
}

#[test]
fn the_words_become_a_command_that_enter_runs() {
    const COMMAND: &str = "printf '%s!%s\\n' 'it is' \"a  b\" | awk '!x[$0]++' | tr a-z A-Z";
    for shell in shells() {
        let world = desk(COMMAND);
        let mut terminal = open(&world, shell, "", "");
        // A space before it, and the cursor in the middle.
        terminal.keys(" say it\u{1b}[D\u{1b}[D");
        terminal.keys(ALT_C);
        terminal.shows(&format!("ready> {COMMAND}\n"));
        assert!(!terminal.screen().contains("IT IS"), "{shell}: it ran\n{}", terminal.screen());
        // Ctrl-_ brings the words back, and there they can be asked for again.
        terminal.keys("\u{1f}");
        terminal.shows("ready>  say it\n");
        terminal.keys(ALT_C);
        terminal.shows(&format!("ready> {COMMAND}\n"));
        // The cursor is at the end.
        runs(&mut terminal, &format!(" | cat{ENTER}"), "IT IS!A  B");
        let kept = history(&mut terminal, &world, shell);
        assert!(kept.contains(&format!("{COMMAND} | cat")) && !kept.contains("say it"), "{shell}: {kept}");
        let asked = world.run(&["history", "--json"]).ok();
        assert!(asked.contains("\"request\":\"say it\"") && asked.contains("\"shown\""), "{asked}");
    }
}

#[test]
fn enter_turns_a_line_that_begins_with_a_mark_into_a_command() {
    for shell in shells() {
        let world = desk("echo M\"A\"DE");
        let mut terminal = open(&world, shell, "", "");
        terminal.keys(&format!("# say made{ENTER}"));
        terminal.shows("ready> echo M\"A\"DE\n");
        assert!(!terminal.screen().contains("\nMADE"), "{shell}: it ran");
        runs(&mut terminal, ENTER, "MADE");
        // Enter is what it was for everything else.
        let (left, expected) = match shell {
            "fish" => ("$status $pipestatus", "1 0 1"),
            "zsh" => ("$? $pipestatus", "1 0 1"),
            _ => ("$? ${PIPESTATUS[*]}", "1 0 1"),
        };
        terminal.keys(&format!("true | sh -c 'exit 1'{ENTER}"));
        terminal.sees("\r\n");
        terminal.sees("ready>");
        runs(&mut terminal, &format!("echo l\"e\"ft={left}{ENTER}"), &format!("left={expected}"));
        if shell != "fish" {
            runs(&mut terminal, &format!("echo o\"n\"e last{ENTER}"), "one last");
            runs(&mut terminal, &format!("echo its=$_{ENTER}"), "its=last");
        }
        let kept = history(&mut terminal, &world, shell);
        assert!(kept.contains("echo M\"A\"DE") && !kept.contains("# say"), "{shell}: {kept}");
    }
}

#[test]
fn enter_can_be_left_alone() {
    for shell in shells() {
        let world = desk("echo M\"A\"DE");
        let mut terminal = open_with(&world, shell, "--no-enter --key 'ctrl-x ctrl-g'", "", "");
        terminal.keys(&format!("# say made{ENTER}"));
        settle(&mut terminal);
        assert!(world.run(&["history", "--json"]).ok().contains("\"entries\":[]"), "{shell}");
        terminal.keys("say made\u{18}\u{7}");
        terminal.shows("ready> echo M\"A\"DE");
    }
}

#[test]
fn a_result_of_several_lines_stands_there_as_it_is() {
    for shell in shells() {
        let command = if shell == "fish" {
            "for i in 1 2\n  echo \"n$i é\"\nend"
        } else {
            "for i in 1 2; do\n  echo \"n$i é\"\ndone"
        };
        let world = desk(command);
        let mut terminal = open(&world, shell, "", "");
        terminal.keys("count to two");
        terminal.keys(ALT_C);
        terminal.shows(&format!("ready> {}\n", command.lines().next().unwrap()));
        assert!(!terminal.screen().contains("n1 é"), "{shell}: it ran");
        runs(&mut terminal, ENTER, "n1 é\r\nn2 é");
    }
}

#[test]
fn a_risk_is_told_above_the_line_and_nothing_runs() {
    for shell in shells() {
        let world = desk("rm -rf photos");
        fs::create_dir(world.path().join("photos")).unwrap();
        let mut terminal = open(&world, shell, "", "");
        terminal.keys("remove the photos folder");
        terminal.keys(ALT_C);
        terminal.shows("ready> rm -rf photos\n");
        let screen = terminal.screen();
        let (risk, line) = (screen.find("risk high: "), screen.rfind("ready> rm -rf photos"));
        assert!(risk.is_some() && risk < line, "{shell}:\n{screen}");
        settle(&mut terminal);
        assert!(world.path().join("photos").is_dir());
    }
}

#[test]
fn what_gives_no_command_leaves_the_line_as_it_was() {
    for shell in shells() {
        for (world, why) in [
            (with(&[("desk", &nobody())], "model.default = \"/no/such.gguf\""), "cmdai: no backend can answer"),
            (desk("# no command: that is no task for a shell"), "cmdai: no command for this"),
            (desk("rm -rf /"), "cmdai: blocked `rm -rf /`"),
        ] {
            let mut terminal = open(&world, shell, "", "");
            terminal.keys("say it");
            terminal.keys(ALT_C);
            refuses(&mut terminal, shell, why);
            terminal.keys(" again");
            terminal.shows("ready> say it again\n");
            terminal.keys(&format!("{CTRL_U}{ALT_C}"));
            refuses(&mut terminal, shell, "cmdai: type what you want");
            terminal.keys(&format!("# say it{ENTER}"));
            refuses(&mut terminal, shell, why);
            terminal.keys(" again");
            terminal.shows("ready> # say it again\n");
        }
    }
}

#[test]
fn ctrl_c_stops_the_work_and_leaves_the_line_as_it_was() {
    for shell in shells() {
        let (url, arrival, _release) = held("echo late");
        let world = with(&[("desk", &url)], "");
        let mut terminal = open(&world, shell, "", "");
        terminal.keys("say it");
        terminal.keys(ALT_C);
        terminal.shows("cmdai works, Ctrl-C stops it");
        arrival.recv().unwrap();
        terminal.ctrl_c();
        refuses(&mut terminal, shell, "cmdai: cancelled");
        terminal.keys(" again");
        terminal.shows("ready> say it again\n");
        settle(&mut terminal);
    }
}

#[test]
fn what_was_typed_while_it_works_runs_nothing() {
    for shell in shells() {
        let (url, arrival, release) = held("touch proof.txt");
        let world = with(&[("desk", &url)], "");
        let mut terminal = open(&world, shell, "", "");
        terminal.keys("make a proof");
        terminal.keys(ALT_C);
        arrival.recv().unwrap();
        terminal.keys(&format!("{ENTER}y{ENTER}"));
        release.send(()).unwrap();
        terminal.shows("ready> touch proof.txt\n");
        settle(&mut terminal);
        assert!(!world.path().join("proof.txt").exists(), "{shell}");
    }
}

#[test]
fn a_pasted_block_with_comments_is_no_request() {
    for shell in shells() {
        let world = desk("echo WR\"O\"NG");
        let mut terminal = open(&world, shell, "", "");
        terminal.keys("\u{1b}[200~# one\r# two\r\u{1b}[201~");
        terminal.shows("# two");
        terminal.keys(ENTER);
        settle(&mut terminal);
        // A terminal that marks no paste sends it like typing; fish always asks for the marks.
        if shell != "fish" {
            runs(&mut terminal, &format!("# three{ENTER}# four{ENTER}echo pa\"s\"ted{ENTER}"), "pasted");
        }
        let asked = world.run(&["history", "--json"]).ok();
        assert!(asked.contains("\"entries\":[]"), "{shell}: {asked}");
    }
}

#[test]
fn the_real_model_writes_onto_the_line() {
    let world = World::new();
    let mut terminal = open(&world, "bash", "", "");
    terminal.keys(&format!("# create an empty file called proof.txt{ENTER}"));
    terminal.shows("ready> touch proof.txt\n");
    assert!(!world.path().join("proof.txt").exists());
    terminal.keys(ENTER);
    settle(&mut terminal);
    assert!(world.path().join("proof.txt").exists());
}

#[test]
fn a_command_is_put_on_the_next_prompt_line() {
    const COMMAND: &str = "echo 'it'\\''s'  \"$((40+2))\"";
    for shell in shells() {
        let command = if shell == "fish" { "echo 'it\\'s'  (math 40+2)" } else { COMMAND };
        let world = desk(command);
        // As a prompt that is made anew each time.
        let before = if shell == "bash" { "PROMPT_COMMAND='PS1=\"ready> \"'" } else { "" };
        let mut terminal = open(&world, shell, before, "");
        terminal.keys(&format!("cmdai say it{ENTER}"));
        terminal.sees("i insert");
        terminal.keys("i");
        terminal.sees("insert\r\n");
        terminal.shows(&format!("ready> {command}\n"));
        assert!(!terminal.screen().contains("it's 42"), "{}", terminal.screen());
        runs(&mut terminal, &format!(" | cat{ENTER}"), "it's 42");
        // Only on that line, asked for once, and the status is that of the program.
        runs(&mut terminal, &format!("sleep 0.1; echo al\"i\"ve{ENTER}"), "alive");
        assert!(!terminal.screen().contains("[0n"), "{}", terminal.screen());
        let status = if shell == "fish" { "$status" } else { "$?" };
        runs(&mut terminal, &format!("cmdai --no-such; echo st\"a\"tus={status}{ENTER}"), "status=2");
        let state = world.path().join("state/cmdai");
        let left: Vec<_> = fs::read_dir(state).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("next.")), "{shell}: {left:?}");
        let asked = world.run(&["history", "--json"]).ok();
        assert!(asked.contains("\"copied\""), "{asked}");
    }
}
