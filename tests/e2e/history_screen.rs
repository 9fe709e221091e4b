//! `cmdai history search -i` on a pseudo-terminal: what it draws, what it gives out, and the terminal afterwards.

use crate::history::{history, json_of, numbers, seeded};
use crate::terminal::Terminal;

const UP: &str = "\u{1b}[A";
const DOWN: &str = "\u{1b}[B";
const DELETED: &str = "deleted";

#[test]
fn a_chosen_command_is_judged_and_given_out_and_not_run() {
    let world = seeded();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai history search -i > chosen; echo \"en\"d");
    terminal.sees("Esc quit");
    terminal.keys("pull");
    terminal.sees("1 of 1");
    terminal.keys("\r");
    let shown = terminal.sees("end");
    assert!(shown.contains("risk "), "{shown}");
    assert_eq!(std::fs::read_to_string(world.path().join("chosen")).unwrap(), "git pull\n");
    terminal.is_sane();

    terminal.line("cmdai history search -i rm > chosen");
    terminal.sees("1 of 1");
    terminal.keys("\r");
    assert!(terminal.sees("not given out").contains("risk critical"));
    terminal.ended_with(3);
    assert_eq!(std::fs::read_to_string(world.path().join("chosen")).unwrap(), "");
    terminal.is_sane();
}

#[test]
fn keys_change_the_history() {
    let world = seeded();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai history search -i");
    terminal.sees("1 of 7");
    // The second from above, with a moment on the third.
    terminal.keys(DOWN);
    terminal.sees("2 of 7");
    terminal.keys(&format!("{DOWN}{UP}{DOWN}{UP}\u{6}"));
    terminal.sees("a favourite");
    terminal.keys("\u{14}blue\r");
    terminal.sees("tagged");
    terminal.keys("\u{19}");
    terminal.sees("\u{1b}]52;c;");
    terminal.keys("\u{f}\u{15}out.csv\r");
    terminal.sees("7 entries in");
    terminal.keys(&format!("{UP}\u{18}"));
    terminal.sees("[y/N]");
    terminal.keys("y");
    terminal.sees(DELETED);
    terminal.keys("\u{1b}");
    terminal.ended_with(6);
    terminal.is_sane();
    let all = json_of(&world, &["--json"]);
    assert_eq!(numbers(&all), [6, 5, 4, 3, 2, 1]);
    assert_eq!((&all["entries"][0]["favourite"], &all["entries"][0]["tags"][0]), (&true.into(), &"blue".into()));
    assert!(std::fs::read_to_string(world.path().join("out.csv")).unwrap().starts_with("id,"));
}

#[test]
fn the_terminal_is_left_as_it_was() {
    let world = seeded();
    let mut terminal = Terminal::open(&world, &[]);
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        // The child is named by its own shell, so that no other process is meant.
        terminal.line("bash -c 'echo $$ > pid; exec cmdai history search -i'");
        terminal.sees("Esc quit");
        let pid = std::fs::read_to_string(world.path().join("pid")).unwrap();
        let kill = std::process::Command::new("kill").args(["-s", signal, pid.trim()]).status().unwrap();
        assert!(kill.success());
        terminal.sees("\u{1b}[?1049l");
        terminal.ended_with(code);
        terminal.is_sane();
    }
    terminal.line("cmdai history search -i");
    terminal.sees("Esc quit");
    for (rows, columns) in [(1, 1), (2, 3), (60, 200), (3, 1), (1, 80), (24, 80)] {
        terminal.resize(rows, columns);
        terminal.keys("g\u{7f}");
    }
    terminal.keys("docker");
    terminal.sees("1 of 1");
    terminal.ctrl_c();
    terminal.ended_with(6);
    terminal.is_sane();
}

#[test]
fn without_a_terminal_there_is_no_screen() {
    let world = seeded();
    let said = history(&world, &["search", "-i"]).failed(2);
    assert!(said.contains("needs a terminal") && said.contains("without `-i`"), "{said}");
    let mut terminal = Terminal::open(&world, &[("TERM", "dumb")]);
    terminal.line("cmdai history search -i");
    terminal.sees("needs a terminal");
    terminal.ended_with(2);
    terminal.is_sane();
}
