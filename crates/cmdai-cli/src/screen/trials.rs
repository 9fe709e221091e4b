//! What the tests of full screens share: any events, pictures as text, and a screen that panics on a real terminal.

#[cfg(unix)]
use super::raw::Screen;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
#[cfg(unix)]
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use proptest::prelude::*;
use ratatui::backend::TestBackend;
use ratatui::{Frame, Terminal};
#[cfg(unix)]
use std::io::Read;
use std::path::Path;
#[cfg(unix)]
use std::process::{Command, Stdio};

/// Set where a test runs on the terminal that it made for itself.
#[cfg(unix)]
const INSIDE: &str = "CMDAI_TEST_INSIDE";

/// So many cases, or as many as `PROPTEST_CASES` says.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|number| number.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(usual))
}

/// What a terminal sends: named keys, the characters that mean something on this screen (as often as `weights` says, plain and with
/// Ctrl), what is pasted, and new sizes.
pub(crate) fn any_event(plain: &str, control: &str, weights: [u32; 2]) -> impl Strategy<Value = Event> {
    let key = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
    let named = prop::sample::select(vec![
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Enter,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::F(1),
    ]);
    let one_of = |characters: &str| prop::sample::select(characters.chars().collect::<Vec<_>>());
    prop_oneof![
        5 => named.prop_map(move |code| key(code, KeyModifiers::NONE)),
        weights[0] => one_of(plain).prop_map(move |c| key(KeyCode::Char(c), KeyModifiers::NONE)),
        weights[1] => one_of(control).prop_map(move |c| key(KeyCode::Char(c), KeyModifiers::CONTROL)),
        1 => "\\PC{0,8}|[\n\t\u{1b}a]{0,4}|http://h".prop_map(Event::Paste),
        1 => (0u16..200, 0u16..60).prop_map(|(width, height)| Event::Resize(width, height)),
    ]
}

/// What is painted on a screen of this size, a line a row.
pub(crate) fn painted(width: u16, height: u16, paint: impl FnOnce(&mut Frame<'_>)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(paint).unwrap();
    let rows = terminal.backend().buffer().content().chunks(width.into());
    let text = |row: &[ratatui::buffer::Cell]| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>();
    rows.map(|row| text(row).trim_end().to_owned() + "\n").collect()
}

/// Compares with a file among the pictures of a screen; with `CMDAI_BLESS` set, writes it.
#[track_caller]
pub(crate) fn check(screen: &str, name: &str, painted: &str) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/commands").join(screen).join("screen/pictures");
    if std::env::var_os("CMDAI_BLESS").is_some() {
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join(name), painted).unwrap();
    }
    assert_eq!(painted, std::fs::read_to_string(dir.join(name)).unwrap_or_default(), "{name}");
}

/// A panic while `work` has the screen leaves the terminal as `stty -a` knew it before, and says what it has to say on the usual screen.
///
/// The calling test runs once more, on a pseudo-terminal, and panics there. `test` is its path, as `module_path!()` begins it.
#[cfg(unix)]
pub(crate) fn a_panic_gives_the_terminal_back(test: &str, work: impl FnOnce(&mut Screen)) {
    const WORDS: &str = "a panic on purpose";
    if std::env::var_os(INSIDE).is_some() {
        let mut screen = Screen::open().unwrap();
        assert!(settings().contains("-icanon"), "the screen takes keys one by one");
        work(&mut screen);
        panic!("{WORDS}");
    }
    let pair = native_pty_system().openpty(PtySize { rows: 24, cols: 80, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new("sh");
    let test = test.split_once("::").unwrap().1;
    command.args(["-c", "stty -a; echo [; \"$0\" --exact \"$1\" --nocapture; echo ]; stty -a; echo end"]);
    command.args([std::env::current_exe().unwrap().as_os_str(), test.as_ref()]);
    command.env(INSIDE, "1");
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut said = Vec::new();
    let mut bytes = [0; 4096];
    // A terminal whose processes have all ended fails to be read.
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        said.extend_from_slice(&bytes[..count]);
    }
    child.wait().unwrap();
    let said = String::from_utf8_lossy(&said).replace('\r', "");
    let (before, rest) = said.split_once("[\n").unwrap_or_else(|| panic!("{said}"));
    let (inside, after) = rest.rsplit_once("]\n").unwrap_or_else(|| panic!("{said}"));
    assert_eq!(Some(before), after.strip_suffix("end\n"), "{said}");
    assert!(before.contains("icanon") && !before.contains("-icanon"), "{before}");
    let (screen, usual) = inside.split_once("\u{1b}[?1049l").unwrap_or_else(|| panic!("{said}"));
    assert!(screen.contains("\u{1b}[?1049h") && !screen.contains(" panic") && usual.contains(WORDS), "{said}");
}

/// What the terminal is set to.
#[cfg(unix)]
pub(crate) fn settings() -> String {
    let said = Command::new("stty").arg("-a").stdin(Stdio::inherit()).output().unwrap();
    String::from_utf8(said.stdout).unwrap()
}
