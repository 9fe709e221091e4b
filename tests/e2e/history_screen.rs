//! `cmdai history search -i` on a pseudo-terminal: what it gives out and changes, and the terminal afterwards.
//!
//! Only what changes is painted, so what is waited for is what stands nowhere before. Keys are taken in order, so they need not
//! wait for each other.

use crate::history::{history, json_of, numbers, seeded};
use crate::terminal::{FullScreen, LEFT, Terminal};

const PAINTED: &str = "Esc quit";

#[test]
fn a_chosen_command_is_judged_and_given_out_and_not_run() {
    let world = seeded();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai history search -i > chosen");
    terminal.sees(PAINTED);
    terminal.keys("pull\r");
    terminal.sees(LEFT);
    terminal.ended_with(0);
    assert_eq!(std::fs::read_to_string(world.path().join("chosen")).unwrap(), "git pull\n");
    terminal.is_sane();

    terminal.line("cmdai history search -i rm > chosen");
    terminal.sees(PAINTED);
    terminal.keys("\r");
    terminal.sees("not printed");
    terminal.sees("critical");
    terminal.ended_with(3);
    assert_eq!(std::fs::read_to_string(world.path().join("chosen")).unwrap(), "");
    terminal.is_sane();
}

#[test]
fn on_a_terminal_a_chosen_command_is_asked_about() {
    let world = seeded();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai history search -i");
    terminal.sees(PAINTED);
    terminal.keys("pull\r");
    terminal.sees(LEFT);
    terminal.sees("Run it?");
    terminal.keys("n\r");
    terminal.ended_with(6);
    terminal.is_sane();
}

#[test]
fn keys_change_the_history() {
    const DOWN: &str = "\u{1b}[B";
    let world = seeded();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai history search -i");
    terminal.sees(PAINTED);
    // The second entry: favourite, tagged, copied; all exported.
    terminal.keys(&format!("{DOWN}\u{6}\u{14}blue\r\u{19}"));
    terminal.sees("\u{1b}]52;c;");
    terminal.keys("\u{f}\u{15}out.csv\r");
    // The first entry is deleted after a yes, the one that then is the second is not.
    terminal.keys("\u{1b}[A\u{18}");
    terminal.sees("[y/N]");
    terminal.keys(&format!("y{DOWN}\u{18}\r"));
    terminal.keys("\u{3}");
    terminal.sees(LEFT);
    terminal.ended_with(6);
    terminal.is_sane();
    let all = json_of(&world, &["--json"]);
    assert_eq!(numbers(&all), [6, 5, 4, 3, 2, 1]);
    assert_eq!((&all["entries"][0]["favourite"], &all["entries"][0]["tags"][0]), (&true.into(), &"blue".into()));
    assert_eq!(std::fs::read_to_string(world.path().join("out.csv")).unwrap().lines().count(), 8);
}

#[test]
fn the_terminal_is_left_as_it_was() {
    let screen = FullScreen { command: "cmdai history search -i", painted: PAINTED, keys: "g\u{7f}", status: 6 };
    screen.leaves_the_terminal_as_it_was(&seeded(), |_| {});
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
