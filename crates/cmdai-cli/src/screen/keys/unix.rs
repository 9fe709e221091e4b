//! Keys of a Unix terminal: the terminal itself goes on with signals, so Ctrl-C and Ctrl-Z do what they always do.

use super::{Key, show};
use crate::screen::signals::Signals;
use crate::terminal;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// How the terminal was before the first question.
static USUAL: Mutex<Option<Termios>> = Mutex::new(None);

/// Time in which the rest of a key must come that is more than one byte.
const REST: i64 = 30;
/// How often signals are looked for.
const STEP: i64 = 100;

pub(super) fn wait(question: &str) -> io::Result<Key> {
    let signals = Signals::watch()?;
    let continued = Arc::new(AtomicBool::new(false));
    let handler = signal_hook::flag::register(signal_hook::consts::SIGCONT, Arc::clone(&continued))?;
    let key = read(question, &signals, &continued);
    signal_hook::low_level::unregister(handler);
    give_back();
    key
}

fn read(question: &str, signals: &Signals, continued: &AtomicBool) -> io::Result<Key> {
    let mut terminal = terminal::open()?;
    by_keys(&terminal)?;
    show(question)?;
    loop {
        if let Some(signal) = signals.came() {
            give_back();
            // Ctrl-C ends the request by its own way; all else ends the process here.
            drop(crate::screen::signals::end_by(signal));
            std::thread::park();
        }
        if continued.swap(false, Ordering::SeqCst) {
            by_keys(&terminal)?;
            show(question)?;
        }
        if has_more(&terminal, STEP)? {
            return key(&mut terminal);
        }
    }
}

fn key(terminal: &mut File) -> io::Result<Key> {
    Ok(match byte(terminal)? {
        Some(b'\r' | b'\n') => Key::Enter,
        Some(4) | None => Key::End,
        Some(27) => {
            let mut alone = true;
            while has_more(terminal, REST)? {
                alone = false;
                // A sequence ends with a letter or a tilde; what follows is the next key.
                if byte(terminal)?.is_none_or(|b| b.is_ascii_alphabetic() && b != b'O' || b == b'~') {
                    break;
                }
            }
            if alone { Key::Escape } else { Key::Other }
        }
        Some(byte @ b' '..=b'~') => Key::Char(char::from(byte)),
        Some(_) => Key::Other,
    })
}

/// One byte and no more; `None` where the terminal is gone.
fn byte(terminal: &mut File) -> io::Result<Option<u8>> {
    let mut byte = [0];
    Ok((terminal.read(&mut byte)? == 1).then_some(byte[0]))
}

fn has_more(terminal: &File, milliseconds: i64) -> io::Result<bool> {
    let limit = Timespec { tv_sec: 0, tv_nsec: milliseconds * 1_000_000 };
    match poll(&mut [PollFd::new(terminal, PollFlags::IN)], Some(&limit)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn by_keys(terminal: &File) -> io::Result<()> {
    remember()?;
    let mut modes = tcgetattr(terminal)?;
    modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    modes.special_codes[SpecialCodeIndex::VMIN] = 1;
    modes.special_codes[SpecialCodeIndex::VTIME] = 0;
    Ok(tcsetattr(terminal, OptionalActions::Now, &modes)?)
}

/// Keeps how the terminal is, unless that was done before.
pub(super) fn remember() -> io::Result<()> {
    if let Ok(mut usual) = USUAL.lock()
        && usual.is_none()
    {
        *usual = Some(tcgetattr(terminal::open()?)?);
    }
    Ok(())
}

/// The terminal as it was before the question.
pub(crate) fn give_back() {
    if let Ok(Some(usual)) = USUAL.lock().map(|mut usual| usual.take())
        && let Ok(terminal) = terminal::open()
    {
        // A terminal that is gone cannot be given back.
        let _ = tcsetattr(terminal, OptionalActions::Now, &usual);
    }
}
