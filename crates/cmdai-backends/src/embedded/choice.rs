//! Which runtime computes: the one that is asked for; else MLX on Apple silicon, where it is built in and can run the model; else
//! llama.cpp. Why is said with it, because a user who looks for speed has to know.

use crate::select::Kind;
use cmdai_core::generate::Generate;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What to run, by what, and where to keep what it costs to prepare.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// [`Kind::EmbeddedLlama`] or [`Kind::EmbeddedMlx`].
    pub kind: Kind,
    /// The model's file; for MLX it may be a directory.
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

/// The runtime for a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Which one.
    pub kind: Kind,
    /// Why that one.
    pub why: Why,
}

/// Why it is that runtime; displays as a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is asked for.
    Asked,
    /// There is no other.
    OnlyOne,
    /// MLX: the model is a directory.
    Checkpoint,
    /// MLX: it is what the machine is made for.
    AppleSilicon,
    /// llama.cpp: the machine is another one.
    OtherMachine,
    /// llama.cpp: MLX cannot run the model, for this reason.
    Unsuited(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("the settings ask for it"),
            Self::OnlyOne => f.write_str("there is no other in this build"),
            Self::Checkpoint => f.write_str("the model is a directory, which it alone reads"),
            Self::AppleSilicon => f.write_str("this is Apple silicon"),
            Self::OtherMachine => f.write_str("this is not Apple silicon, which MLX is for"),
            Self::Unsuited(why) => write!(f, "MLX cannot run this model: {why}"),
        }
    }
}

/// No runtime can run the model as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRuntime {
    /// The one that is asked for is not there.
    #[error("this build has no {}, only {}", name(*.asked), names(.built))]
    NotBuilt {
        /// Which one is asked for.
        asked: Kind,
        /// What there is.
        built: &'static [Kind],
    },
    /// A directory, and llama.cpp is asked for.
    #[error("llama.cpp reads GGUF files, and the model is a directory, which is for MLX")]
    Directory,
    /// MLX is asked for, and cannot run the model.
    #[error("MLX cannot run this model: {0}")]
    Unsuited(String),
}

/// What people call it.
const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::EmbeddedMlx => "MLX",
        _ => "llama.cpp",
    }
}

fn names(kinds: &[Kind]) -> String {
    kinds.iter().copied().map(name).collect::<Vec<_>>().join(" and ")
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

/// The runtime for this model on this machine, or the one that is asked for. Reads the head of the model's file where MLX could run it;
/// a file that is not there yet is taken for one that it can.
///
/// # Errors
/// [`NoRuntime`].
pub fn choose(asked: Option<Kind>, model: &Path) -> Result<Chosen, NoRuntime> {
    let machine = Machine { built: built(), apple_silicon: cfg!(all(target_os = "macos", target_arch = "aarch64")) };
    let chosen = machine.choose(asked, model.is_dir(), || suits_mlx(model))?;
    tracing::debug!(kind = %chosen.kind, why = %chosen.why, "the runtime");
    Ok(chosen)
}

/// What the choice depends on beside the model.
#[derive(Debug, Clone, Copy)]
struct Machine {
    built: &'static [Kind],
    apple_silicon: bool,
}

impl Machine {
    fn choose(
        self,
        asked: Option<Kind>,
        is_directory: bool,
        suits_mlx: impl FnOnce() -> Result<(), String>,
    ) -> Result<Chosen, NoRuntime> {
        let (llama, mlx) = (Kind::EmbeddedLlama, Kind::EmbeddedMlx);
        let chosen = |kind, why| Ok(Chosen { kind, why });
        let needed = asked.or(is_directory.then_some(mlx));
        if let Some(asked) = needed.filter(|needed| !self.built.contains(needed)) {
            return Err(NoRuntime::NotBuilt { asked, built: self.built });
        }
        match (asked, is_directory, self.built) {
            (Some(Kind::EmbeddedMlx), false, _) => match suits_mlx() {
                Ok(()) => chosen(mlx, Why::Asked),
                Err(why) => Err(NoRuntime::Unsuited(why)),
            },
            (Some(Kind::EmbeddedLlama), true, _) => Err(NoRuntime::Directory),
            (Some(kind), _, _) => chosen(kind, Why::Asked),
            (None, _, [only]) => chosen(*only, Why::OnlyOne),
            (None, true, _) => chosen(mlx, Why::Checkpoint),
            (None, false, _) if !self.apple_silicon => chosen(llama, Why::OtherMachine),
            (None, false, _) => match suits_mlx() {
                Ok(()) => chosen(mlx, Why::AppleSilicon),
                Err(why) => chosen(llama, Why::Unsuited(why)),
            },
        }
    }
}

#[cfg(feature = "mlx")]
fn suits_mlx(model: &Path) -> Result<(), String> {
    if model.exists() { super::mlx::suits(model) } else { Ok(()) }
}

#[cfg(not(feature = "mlx"))]
fn suits_mlx(_: &Path) -> Result<(), String> {
    Err("it is not part of this build".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LLAMA: Kind = Kind::EmbeddedLlama;
    const MLX: Kind = Kind::EmbeddedMlx;
    const BOTH: &[Kind] = &[LLAMA, MLX];

    #[track_caller]
    fn check(built: &'static [Kind], apple_silicon: bool, asked: Option<Kind>, model: &str, expected: &str) {
        let suits = || if model == "odd" { Err("odd".to_owned()) } else { Ok(()) };
        let found = Machine { built, apple_silicon }.choose(asked, model == "directory", suits);
        let found =
            found.map_or_else(|error| error.to_string(), |found| format!("{}, {}", name(found.kind), found.why));
        assert_eq!(found, expected);
    }

    #[test]
    fn mlx_is_for_apple_silicon_and_models_that_it_can_run() {
        check(BOTH, true, None, "file", "MLX, this is Apple silicon");
        check(BOTH, true, None, "odd", "llama.cpp, MLX cannot run this model: odd");
        check(BOTH, false, None, "file", "llama.cpp, this is not Apple silicon, which MLX is for");
        check(BOTH, false, None, "directory", "MLX, the model is a directory, which it alone reads");
        check(&[LLAMA], true, None, "file", "llama.cpp, there is no other in this build");
        check(&[MLX], false, None, "odd", "MLX, there is no other in this build");
    }

    #[test]
    fn what_is_asked_for_is_taken_or_told_to_be_missing() {
        check(BOTH, false, Some(MLX), "file", "MLX, the settings ask for it");
        check(BOTH, true, Some(LLAMA), "file", "llama.cpp, the settings ask for it");
        check(BOTH, true, Some(MLX), "odd", "MLX cannot run this model: odd");
        check(BOTH, true, Some(MLX), "directory", "MLX, the settings ask for it");
        let directory = "llama.cpp reads GGUF files, and the model is a directory, which is for MLX";
        check(BOTH, true, Some(LLAMA), "directory", directory);
        check(&[LLAMA], false, Some(MLX), "file", "this build has no MLX, only llama.cpp");
        check(&[MLX], true, Some(LLAMA), "file", "this build has no llama.cpp, only MLX");
        check(&[LLAMA], false, None, "directory", "this build has no MLX, only llama.cpp");
    }

    #[test]
    fn a_model_that_is_not_there_yet_is_no_reason_against_a_runtime() {
        let asked = built().first().copied();
        assert_eq!(choose(asked, Path::new("/none/model.gguf")).map(|chosen| chosen.why), Ok(Why::Asked));
    }
}
