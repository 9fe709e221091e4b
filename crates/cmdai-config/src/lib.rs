#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
//!
//! The modules stand in the order a setting passes through them: described, found, read, put together, used, changed, explained.

pub mod schema;
mod value;
mod key;
mod chord;
mod nearest;
mod environment;
mod places;
mod disk;
mod excerpt;
mod origin;
mod diagnostic;
mod read;
mod effective;
mod combine;
mod from_value;
mod settings;
mod secret;
mod draft;
mod save;
mod documents;

pub use chord::{Chord, NoChord, Stroke};
pub use combine::{Invalid, Loaded, combine};
pub use diagnostic::{Diagnostic, Problem, Severity};
pub use disk::{read, read_all};
pub use documents::{example_file, json_schema, reference};
pub use draft::{Change, Conflict, DiffLine, Draft, Edit, EditError, LineKind};
pub use effective::Effective;
pub use environment::Environment;
pub use excerpt::{Excerpt, Position};
pub use key::{Key, UnknownKey};
pub use origin::{Layer, Origin};
pub use places::{PROJECT_FILE, Places};
pub use read::flags::Flag;
pub use read::{Check, Source};
pub use save::{Changed, SaveError, save, save_text};
pub use secret::{FoundKey, KeyError, SecretText};
pub use settings::{
    Backend, BackendChoice, BackendKind, Colour, Fallback, History, Interface, Logging, Model, NamedRule, Pattern,
    Preferred, Redaction, Request, Runtime, Safety, Settings, Worker,
};
pub use value::{Row, Value};

/// Everything settings are made of.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// Where the files are.
    pub places: &'a Places,
    /// The variables.
    pub environment: &'a Environment,
    /// The flags that were given.
    pub flags: &'a [Flag],
    /// Looks at the user's patterns, if they are to be looked at now.
    pub check: Option<Check<'a>>,
}

/// Reads the files and puts all layers together.
///
/// # Errors
/// [`Invalid`] if anything is wrong so that the settings must not be used; it holds what was right as well.
pub fn load(inputs: &Inputs<'_>) -> Result<Loaded, Invalid> {
    load_anyway(inputs).checked()
}

/// The same, with the best that can be made of what is there. For screens on which a person puts it right.
#[must_use]
pub fn load_anyway(inputs: &Inputs<'_>) -> Loaded {
    let sources = read_all(inputs.places);
    combine(&sources, inputs.environment, inputs.flags, inputs.places.home.as_deref(), inputs.check)
}
