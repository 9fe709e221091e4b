//! The meeting place of worker and client without either: who connects and says what they like, and who lets clients in and does so.
//!
//! It knows what `transport` in the worker knows: a socket on Unix, a file with the name of a pipe and a lock beside it on Windows.

#![allow(dead_code, unused_imports, unreachable_pub, reason = "each test target uses a part of it")]

// Of a test target or of the library itself, whichever takes this file in.
use super::Place;
pub use system::{Door, Stream, connect};

#[cfg(unix)]
mod system {
    use super::Place;
    use tokio::net::{UnixListener, UnixStream};

    pub type Stream = std::os::unix::net::UnixStream;

    pub fn connect(place: &Place) -> Stream {
        Stream::connect(place.sign()).unwrap()
    }

    pub struct Door(UnixListener);

    impl Door {
        pub fn open(place: &Place) -> Self {
            Self(UnixListener::bind(place.sign()).unwrap())
        }

        pub async fn next(&mut self) -> UnixStream {
            self.0.accept().await.unwrap().0
        }
    }
}

#[cfg(windows)]
mod system {
    use super::Place;
    use std::fs::File;
    use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};

    pub type Stream = File;

    /// Tries again while the next instance of the pipe is being made.
    pub fn connect(place: &Place) -> Stream {
        let name = std::fs::read_to_string(place.sign()).unwrap();
        loop {
            match File::options().read(true).write(true).open(&name) {
                Err(error) if error.raw_os_error() == Some(231) => std::thread::yield_now(),
                opened => return opened.unwrap(),
            }
        }
    }

    pub struct Door {
        name: String,
        waiting: NamedPipeServer,
        _alive: File,
    }

    impl Door {
        pub fn open(place: &Place) -> Self {
            let alive = File::create(place.sign().with_extension("alive")).unwrap();
            alive.lock().unwrap();
            let name = format!(r"\\.\pipe\cmdai-test-{:016x}", fastrand::u64(..));
            let waiting = ServerOptions::new().create(&name).unwrap();
            std::fs::write(place.sign(), &name).unwrap();
            Self { name, waiting, _alive: alive }
        }

        pub async fn next(&mut self) -> NamedPipeServer {
            while self.waiting.connect().await.is_err() {
                self.waiting.disconnect().unwrap();
            }
            let next = ServerOptions::new().create(&self.name).unwrap();
            std::mem::replace(&mut self.waiting, next)
        }
    }
}
