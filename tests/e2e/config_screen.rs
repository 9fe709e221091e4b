//! `cmdai config` on a pseudo-terminal: what it writes, and the terminal afterwards. Keys are taken in order, so they need not wait for
//! each other.

use crate::backends::{nobody, server};
use crate::config::file;
use crate::fetching::hub;
use crate::server::End;
use crate::settings::with;
use crate::terminal::{FullScreen, LEFT, Terminal};
use crate::world::{FAST, World};

const PAINTED: &str = "q quit";
const TEXT: &str = "# mine\nrequest.timeout = 30 # long\nother = 1\n";

#[test]
fn settings_are_found_changed_and_saved_and_the_rest_of_the_file_stays() {
    let world = with(TEXT);
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai config");
    terminal.sees(PAINTED);
    terminal.keys("/timeout");
    terminal.shows("Give up");
    terminal.keys("\r\r\u{15}abc\r");
    terminal.shows("a number of seconds from");
    terminal.keys("\u{15}45\r");
    terminal.shows("not saved");
    terminal.keys("u");
    terminal.shows("undone");
    assert_eq!(file(&world), TEXT);
    terminal.keys("\r\u{15}60\rs");
    terminal.shows("+ request.timeout = 60");
    assert_eq!(file(&world), TEXT, "only shown yet");
    terminal.keys("\r");
    terminal.shows("saved /");
    terminal.keys("q");
    terminal.sees(LEFT);
    terminal.ended_with(0);
    assert_eq!(file(&world), TEXT.replace("30", "60"));
    terminal.is_sane();
}

#[test]
fn what_is_not_saved_is_not_written_and_asked_about() {
    let world = with(TEXT);
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai config");
    terminal.sees(PAINTED);
    terminal.keys("4 q");
    terminal.shows("Leave without saving?");
    terminal.keys("y");
    terminal.sees(LEFT);
    terminal.ended_with(0);
    assert_eq!(file(&world), TEXT);
    // Somebody else writes meanwhile.
    terminal.line("cmdai config");
    terminal.sees(PAINTED);
    terminal.keys("4 ");
    terminal.shows("not saved");
    world.run(&["config", "set", "request.timeout", "7"]).ok();
    terminal.keys("s\r");
    terminal.shows("by somebody else");
    terminal.keys("m\r");
    terminal.shows("saved /");
    terminal.keys("q");
    terminal.sees(LEFT);
    terminal.ended_with(0);
    let now = file(&world);
    assert!(now.contains("timeout = 7 # long") && now.contains("level = \"permissive\""), "{now}");
    terminal.is_sane();
}

#[test]
fn a_server_is_tested_beside_the_screen() {
    let table =
        |name: &str, url: &str| format!("[backends.{name}]\nkind = \"openai\"\nurl = \"{url}\"\nmodel = \"m\"\n");
    let world = with(&(table("desk", &server("pwd")) + &table("gone", &nobody())));
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai config");
    terminal.sees(PAINTED);
    terminal.keys("/backends.desk\rt");
    terminal.shows("answers after");
    terminal.keys("/backends.gone\rt");
    terminal.shows("does not answer");
    terminal.keys("q");
    terminal.sees(LEFT);
    terminal.ended_with(0);
    terminal.is_sane();
}

#[test]
fn a_model_is_fetched_beside_the_screen() {
    let (world, hub) = (World::without_models(), hub(|_| End::Whole));
    let mut terminal = Terminal::open(&world, &[("HF_ENDPOINT", &hub.url())]);
    terminal.line("cmdai config");
    terminal.sees(PAINTED);
    terminal.keys("2\u{1b}[Fp");
    terminal.shows(" % is here");
    // It is not waited for.
    terminal.keys("4 ");
    terminal.shows("not saved");
    terminal.keys("u2");
    terminal.shows(&format!("{:<26} here", format!("( ) {FAST}")));
    terminal.keys("q");
    terminal.sees(LEFT);
    terminal.ended_with(0);
    assert!(world.run(&["model", "verify", FAST]).ok().contains("is whole"));
}

#[test]
fn the_terminal_is_left_as_it_was() {
    let world = with(TEXT);
    let screen = FullScreen { command: "cmdai config", painted: PAINTED, keys: "j/s\u{1b}\t", status: 0 };
    screen.leaves_the_terminal_as_it_was(&world, |terminal| {
        terminal.keys("4 ");
        terminal.shows("not saved");
    });
    assert_eq!(file(&world), TEXT);
}

#[test]
fn without_a_terminal_there_is_no_screen() {
    let world = World::without_models();
    let said = world.run(&["config"]).failed(2);
    assert!(said.contains("need a terminal") && said.contains("cmdai config set"), "{said}");
    let broken = with("not toml");
    let mut terminal = Terminal::open(&broken, &[]);
    terminal.line("cmdai config");
    terminal.sees("cmdai config edit");
    terminal.ended_with(4);
    terminal.is_sane();
}
