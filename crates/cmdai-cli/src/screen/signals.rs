//! Signals that end the program while the terminal is not as the shell left it: noticed, so that it can be given back first.

use crate::errors::Failure;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Takes note of signals until it is dropped.
pub(crate) struct Signals {
    came: Arc<AtomicUsize>,
    #[cfg(unix)]
    handlers: Vec<signal_hook::SigId>,
}

impl Signals {
    /// From now on.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn watch() -> io::Result<Self> {
        let came = Arc::new(AtomicUsize::new(0));
        #[cfg(unix)]
        let handlers = {
            use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
            let register = |number: i32| {
                let value = usize::try_from(number).unwrap_or(0);
                signal_hook::flag::register_usize(number, Arc::clone(&came), value)
            };
            [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().map(register).collect::<io::Result<_>>()?
        };
        Ok(Self {
            came,
            #[cfg(unix)]
            handlers,
        })
    }

    /// The signal that came, if one did. A terminal that is gone without one, because its shell was killed, counts as hung up: reading
    /// it would only spin.
    pub(crate) fn came(&self) -> Option<i32> {
        #[cfg(unix)]
        if !io::IsTerminal::is_terminal(&io::stderr()) {
            return Some(signal_hook::consts::SIGHUP);
        }
        i32::try_from(self.came.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        #[cfg(unix)]
        for handler in self.handlers.drain(..) {
            signal_hook::low_level::unregister(handler);
        }
    }
}

/// Ends as the signal would have ended us, with the terminal given back. Comes back for Ctrl-C alone, which the program ends by itself.
pub(crate) fn end_by(signal: i32) -> Failure {
    #[cfg(unix)]
    if signal != signal_hook::consts::SIGINT {
        // Does not return for signals that end a process.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    let _ = signal;
    Failure::Interrupted
}
