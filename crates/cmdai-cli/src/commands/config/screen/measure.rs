//! How long it takes from a key until the screen is painted again, with the code that the program runs. `cargo xtask bench screens`
//! measures it through an example of this crate; the program itself does not.

use super::book::{Around, Book};
use super::state::{Model, Presence, State};
use super::view;
use cmdai_config::{Draft, EditError, Layer, Source};
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::{Platform, ShellType};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::{Backend, CrosstermBackend, TestBackend};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

const WIDTH: u16 = 120;
const HEIGHT: u16 = 40;

/// A file as people have it who use most of what there is.
const FILE: &str = "\
# mine
[request]
timeout = 30

[safety]
level = \"strict\" # for now
deny = [\"terraform destroy **\", \"kubectl delete **\"]

[[safety.patterns]]
name = \"prod\"
pattern = \"prod-[0-9]+\"
risk = \"high\"
why = \"names production\"

[backends.desk]
kind = \"openai\"
url = \"http://127.0.0.1:8000\"
model = \"qwen2.5-coder\"

[backends.lab]
kind = \"ollama\"
model = \"qwen2.5-coder:7b\"

[history]
max_entries = 5000
";
/// What is pressed, over and over: through the sections, a search, editors of each kind, a pattern that is tried, undoing, the
/// difference, the list of keys. In the end all is as it was. Each arrow and the like is its key, see [`event`].
const KEYS: &str = "↓↓↓↓→→↓↓↓→↓/timeout⏎⏎⌫45⏎/safety.level⏎ ⏎⎋/safety.patterns⏎⏎⏎→→→→rm -rf /srv/prod-7⎋⎋\
                    /backends.desk.url⏎⏎⌫http://127.0.0.1:9000⏎/fallback⏎⏎⎋u/safety.deny⏎⏎aterraform apply **⏎⎋s↓⎋uuu?↓⎋";

/// What was measured.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// From each key to a painted buffer.
    pub painted: Vec<Duration>,
    /// From each key to the bytes for a terminal, all of them written.
    pub sent: Vec<Duration>,
    /// How many bytes each key led to.
    pub bytes: Vec<usize>,
}

/// Presses about so many keys, twice: painting into memory, and as bytes that nobody reads.
///
/// # Errors
/// The settings to begin with are not what this crate takes, or painting failed.
pub fn measure(keys: usize) -> io::Result<Measured> {
    let mut measured = Measured::default();
    let events: Vec<Event> = KEYS.chars().map(event).cycle().take(keys).collect();
    let mut terminal = Terminal::new(TestBackend::new(WIDTH, HEIGHT)).map_err(io::Error::other)?;
    press(&events, &mut terminal, |time| measured.painted.push(time))?;
    let area = Viewport::Fixed(Rect::new(0, 0, WIDTH, HEIGHT));
    let written = Rc::new(Cell::new(0));
    let backend = CrosstermBackend::new(Count(Rc::clone(&written)));
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport: area })?;
    press(&events, &mut terminal, |time| {
        measured.sent.push(time);
        measured.bytes.push(written.take());
    })?;
    Ok(measured)
}

/// Presses each key as the loop of the screen does, telling how long it took.
fn press<B: Backend>(events: &[Event], terminal: &mut Terminal<B>, mut tell: impl FnMut(Duration)) -> io::Result<()> {
    let mut state = state().map_err(io::Error::other)?;
    for event in events {
        let event = event.clone();
        let begun = Instant::now();
        // What it would have the loop do, such as saving, is left out.
        let _ = state.update(event);
        let parts = view::parts(Rect::new(0, 0, WIDTH, HEIGHT));
        state.resize(parts.list.height.into());
        terminal.draw(|frame| view::paint(&state, frame)).map_err(|error| io::Error::other(error.to_string()))?;
        tell(begun.elapsed());
    }
    Ok(())
}

fn state() -> Result<State, EditError> {
    let draft = Draft::new(&Source::new(Layer::User, "/home/ada/.config/cmdai/config.toml", FILE))?;
    let context = ExecutionContext::new("/home/ada".into(), ShellType::Bash, Platform::Linux, chrono::Utc::now());
    let model = |id: &str| Model {
        id: id.to_owned(),
        about: "A model, license MIT.".to_owned(),
        bytes: 1_117_320_736,
        state: Presence::Missing,
    };
    let models = ["qwen2.5-coder-1.5b", "smollm2-135m"].map(model).into();
    Ok(State::new(Book::new(draft, Around { context: Some(context), ..Around::default() }), models, true))
}

fn event(key: char) -> Event {
    let (code, modifiers) = match key {
        '⏎' => (KeyCode::Enter, KeyModifiers::NONE),
        '⎋' => (KeyCode::Esc, KeyModifiers::NONE),
        '→' => (KeyCode::Tab, KeyModifiers::NONE),
        '↓' => (KeyCode::Down, KeyModifiers::NONE),
        '⌫' => (KeyCode::Char('u'), KeyModifiers::CONTROL),
        c => (KeyCode::Char(c), KeyModifiers::NONE),
    };
    Event::Key(KeyEvent::new(code, modifiers))
}

/// Takes all bytes and keeps their number.
struct Count(Rc<Cell<usize>>);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bench that does not do what it says measures something else.
    #[test]
    fn the_keys_get_where_they_should() {
        let mut state = state().unwrap();
        let mut seen = String::new();
        for key in KEYS.chars() {
            let _ = state.update(event(key));
            seen += &crate::screen::trials::painted(WIDTH, HEIGHT, |frame| view::paint(&state, frame));
        }
        for part in
            ["`prod-7` matches", "+ timeout = 45", "Shift-Tab", "terraform apply **", "undone", "127.0.0.1:9000"]
        {
            assert!(seen.contains(part), "{part}");
        }
        let measured = measure(KEYS.chars().count()).unwrap();
        assert!(measured.bytes.iter().sum::<usize>() > 5_000 && measured.sent.len() == measured.painted.len());
    }
}
