//! Keys of a Windows console.

use super::{Key, show};
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

static RAW: AtomicBool = AtomicBool::new(false);

pub(super) fn wait(question: &str) -> io::Result<Key> {
    remember()?;
    RAW.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    show(question)?;
    let key = loop {
        let Event::Key(key) = read()? else { continue };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            _ if key.kind != KeyEventKind::Press => {}
            KeyCode::Char('c') if control => {
                give_back();
                signal_hook::low_level::raise(signal_hook::consts::SIGINT)?;
                std::thread::park();
            }
            KeyCode::Char('d') if control => break Key::End,
            KeyCode::Char(c) if !control => break Key::Char(c),
            KeyCode::Enter => break Key::Enter,
            KeyCode::Esc => break Key::Escape,
            _ => break Key::Other,
        }
    };
    give_back();
    Ok(key)
}

/// The console keeps its state by itself.
pub(super) fn remember() -> io::Result<()> {
    Ok(())
}

/// The console as it was before the question.
pub(crate) fn give_back() {
    if RAW.swap(false, Ordering::SeqCst) {
        let _ = disable_raw_mode();
    }
}
