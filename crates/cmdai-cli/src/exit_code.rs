//! Exit statuses: part of the interface, frozen by `exit_codes_are_frozen`.

/// How the program ends. A command that was run passes its own status through instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Done.
    Ok = 0,
    /// Anything that has no code of its own.
    Failure = 1,
    /// The command line was wrong.
    Usage = 2,
    /// Safety did not let the command run.
    Blocked = 3,
    /// A setting is wrong.
    Configuration = 4,
    /// The model is not there or cannot be used.
    ModelNotFound = 5,
    /// The user said no.
    Declined = 6,
    /// The model gave no valid command.
    NoCommand = 7,
    /// No backend could answer.
    NoBackend = 8,
    /// `check` found something that a person should be asked about.
    Ask = 9,
    /// Ended by Ctrl-C.
    Interrupted = 130,
}

impl ExitCode {
    /// The status as the system sees it.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::ExitCode::*;

    #[test]
    fn exit_codes_are_frozen() {
        let all = [
            Ok,
            Failure,
            Usage,
            Blocked,
            Configuration,
            ModelNotFound,
            Declined,
            NoCommand,
            NoBackend,
            Ask,
            Interrupted,
        ];
        assert_eq!(all.map(super::ExitCode::number), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130]);
    }
}
