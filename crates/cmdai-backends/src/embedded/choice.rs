//! Which runtime computes: MLX on Apple silicon, where it is built in and can run the model, else llama.cpp.

use crate::select::Kind;
use cmdai_core::generate::Generate;
use std::io;
use std::path::{Path, PathBuf};

/// What to run, by what, and where to keep what it costs to prepare.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// [`Kind::EmbeddedLlama`] or [`Kind::EmbeddedMlx`].
    pub kind: Kind,
    /// The model's file.
    pub model: PathBuf,
    /// What the file is: its SHA-256, or anything else that changes with its bytes. Names the saved states.
    pub identity: String,
    /// Where evaluated prompts are kept; without it each new process evaluates them again.
    pub prefix_dir: Option<PathBuf>,
    /// Threads to compute with, where the runtime lets that be chosen.
    pub threads: Option<i32>,
}

impl Embedded {
    /// Starts loading the model and returns at once; a failure to load is the first item of every stream.
    ///
    /// # Errors
    /// The system could not start a thread, or this build does not have that runtime.
    pub fn start(self) -> io::Result<Box<dyn Generate>> {
        match self.kind {
            #[cfg(feature = "llama")]
            Kind::EmbeddedLlama => Ok(Box::new(super::llama::LlamaBackend::start(super::llama::LlamaConfig {
                model: self.model,
                identity: self.identity,
                prefix_dir: self.prefix_dir,
                threads: self.threads,
            })?)),
            #[cfg(feature = "mlx")]
            Kind::EmbeddedMlx => Ok(Box::new(super::mlx::MlxBackend::start(super::mlx::MlxConfig {
                model: self.model,
                identity: self.identity,
                prefix_dir: self.prefix_dir,
            })?)),
            kind => Err(io::Error::new(io::ErrorKind::Unsupported, format!("{kind} is not part of this build"))),
        }
    }
}

/// The runtimes of this build.
#[must_use]
pub const fn built() -> &'static [Kind] {
    match (cfg!(feature = "llama"), cfg!(feature = "mlx")) {
        (true, true) => &[Kind::EmbeddedLlama, Kind::EmbeddedMlx],
        (true, false) => &[Kind::EmbeddedLlama],
        (false, _) => &[Kind::EmbeddedMlx],
    }
}

/// The runtime for this model on this machine. Reads the head of its file where there is a choice.
#[must_use]
pub fn preferred(model: &Path) -> Kind {
    let apple_silicon = cfg!(all(target_os = "macos", target_arch = "aarch64"));
    let kind = choose(built(), apple_silicon, || suits_mlx(model));
    tracing::debug!(%kind, "the runtime");
    kind
}

fn choose(built: &[Kind], apple_silicon: bool, suits_mlx: impl FnOnce() -> bool) -> Kind {
    match built {
        [only] => *only,
        _ if apple_silicon && suits_mlx() => Kind::EmbeddedMlx,
        _ => Kind::EmbeddedLlama,
    }
}

#[cfg(feature = "mlx")]
fn suits_mlx(model: &Path) -> bool {
    super::mlx::suits(model).inspect_err(|why| tracing::info!(why, "llama.cpp runs this model")).is_ok()
}

#[cfg(not(feature = "mlx"))]
fn suits_mlx(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mlx_is_for_apple_silicon_and_models_that_it_can_run() {
        let (llama, mlx) = (Kind::EmbeddedLlama, Kind::EmbeddedMlx);
        for (built, apple, suits, expected) in [
            (&[llama, mlx][..], true, true, mlx),
            (&[llama, mlx], true, false, llama),
            (&[llama, mlx], false, true, llama),
            (&[llama], true, true, llama),
            (&[mlx], false, false, mlx),
        ] {
            assert_eq!(choose(built, apple, || suits), expected, "{built:?} {apple} {suits}");
        }
    }
}
