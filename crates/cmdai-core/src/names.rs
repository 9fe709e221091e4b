//! One spelling for each value of a fixed set: on the command line, in files, in JSON and on the screen.

/// A text that names no value of a fixed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{given}`, expected one of: {expected}")]
pub struct UnknownName {
    /// What kind of name was expected.
    pub what: &'static str,
    /// What was given.
    pub given: String,
    /// The names there are, separated by commas.
    pub expected: String,
}

/// Makes an enum of unit variants with `ALL`, `name()`, `Display`, `FromStr` and serde, all from one table.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $type { $($(#[$vdoc])* #[serde(rename = $name)] $variant),+ }

        impl $type {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The one spelling used on the command line, in files and in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::names::UnknownName;
            fn from_str(given: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|value| value.name() == given).ok_or_else(|| $crate::names::UnknownName {
                    what: $what,
                    given: given.to_owned(),
                    expected: Self::ALL.iter().map(|value| value.name()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}
pub(crate) use named;
