//! The terminal in the state a full screen needs, and back, whatever happens.
//!
//! Dropping gives it back; a panic gives it back before its message is printed, and one in a thread beside the screen goes to the log and
//! leaves the screen alone (`a_panic_beside_the_screen_leaves_it_alone`); SIGTERM, SIGHUP and SIGINT are noticed by the loop,
//! which ends, gives it back and then dies of the signal as it would have.

use super::signals::Signals;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};
use std::io::{self, BufWriter, Stderr, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

/// Whether the terminal is ours at the moment, so that it is given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// The thread that has the screen.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);
static HOOK: Once = Once::new();

/// The full screen.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stderr>>>,
    signals: Signals,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// It is gone, or does not obey.
    pub(crate) fn open() -> io::Result<Self> {
        HOOK.call_once(|| {
            let usual = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                if is_taken() && !is_owner() {
                    tracing::error!(panic = %info, "beside the screen");
                    return;
                }
                give_back();
                usual(info);
            }));
        });
        let signals = Signals::watch()?;
        take()?;
        // From here on dropping gives it back.
        let terminal = Terminal::new(CrosstermBackend::new(BufWriter::new(io::stderr())));
        let terminal = terminal.inspect_err(|_| give_back())?;
        Ok(Self { terminal, signals })
    }

    /// The signal that came, if one did.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.signals.came()
    }

    pub(crate) fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    pub(crate) fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(paint).map(drop)
    }

    /// Sends what is no picture.
    pub(crate) fn write(&mut self, sequence: &str) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes())?;
        Write::flush(out)
    }

    /// Gives the terminal to the shell until the shell continues us.
    #[cfg(unix)]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        take()?;
        // The other screen is empty now. Clearing would ask the terminal where its cursor is, and not every terminal answers.
        self.terminal = Terminal::new(CrosstermBackend::new(BufWriter::new(io::stderr())))?;
        Ok(())
    }

    /// Nothing is suspended here.
    #[cfg(not(unix))]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether a full screen is on the terminal, so that nothing else may be written to it.
pub(crate) fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

fn is_owner() -> bool {
    *OWNER.lock().unwrap_or_else(PoisonError::into_inner) == Some(thread::current().id())
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stderr(), EnterAlternateScreen, EnableBracketedPaste).inspect_err(|_| give_back())
}

fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // A terminal that is gone cannot be given back.
        let _ = execute!(io::stderr(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use crate::screen::trials;

    #[test]
    fn a_panic_beside_the_screen_leaves_it_alone() {
        let test = concat!(module_path!(), "::a_panic_beside_the_screen_leaves_it_alone");
        trials::a_panic_gives_the_terminal_back(test, |screen| {
            screen.draw(|frame| frame.render_widget("before", frame.area())).unwrap();
            assert!(std::thread::spawn(|| panic!("another panic")).join().is_err());
            assert!(super::is_taken() && trials::settings().contains("-icanon"), "it is still ours");
            screen.draw(|frame| frame.render_widget("after it", frame.area())).unwrap();
        });
    }
}
