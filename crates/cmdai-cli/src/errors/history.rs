//! What to do about failures of the history.

use super::Advice;
use crate::commands::history::HistoryActionError;
use crate::exit_code::ExitCode;
use cmdai_history::HistoryError;
use std::io;

pub(super) fn advice(error: &HistoryError) -> Advice {
    let (kind, code, hint) = match error {
        HistoryError::File { source, .. } => ("history-file", ExitCode::Failure, file_hint(source.kind())),
        HistoryError::Database(_) if error.is_corruption() => (
            "history-damaged",
            ExitCode::Failure,
            "`cmdai history doctor --repair` puts right what it can; `cmdai history export FILE` saves what can be read",
        ),
        HistoryError::Database(_) => {
            ("history-database", ExitCode::Failure, "`cmdai history doctor` examines the file")
        }
        HistoryError::Newer { .. } => (
            "history-newer",
            ExitCode::Configuration,
            "use the newer cmdai, or move the file away to begin a new history",
        ),
        HistoryError::Foreign { .. } => (
            "history-foreign",
            ExitCode::Configuration,
            "move it away, or set XDG_STATE_HOME to another directory, to begin a new history",
        ),
        HistoryError::Pattern { .. } => (
            "history-pattern",
            ExitCode::Usage,
            "quote it for the shell, put `\\` before characters meant as they are, or search without `--regex`",
        ),
        HistoryError::EmptyQuery => (
            "history-empty-query",
            ExitCode::Usage,
            "name an id, a text (`--match TEXT`) or a filter (`--since 3d`); `cmdai history clear` deletes everything",
        ),
        HistoryError::Format { .. } => (
            "history-format",
            ExitCode::Usage,
            "say what the file is: `--from native`, bash, zsh, fish or atuin; nothing was imported",
        ),
        HistoryError::Stream(source) => ("history-stream", ExitCode::Failure, file_hint(source.kind())),
        HistoryError::Json(_) => ("history-json", ExitCode::Failure, "`cmdai history doctor` examines the file"),
    };
    (kind, code, Some(hint.to_owned()))
}

const fn file_hint(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::AlreadyExists => "name a file that does not exist",
        io::ErrorKind::StorageFull => "free some space",
        _ => "check the path, and the rights of the file and its directory",
    }
}

pub(super) fn action_advice(error: &HistoryActionError) -> Advice {
    let (kind, code, hint) = match error {
        HistoryActionError::NoSuchEntry { .. } => {
            ("history-no-such-entry", ExitCode::Usage, "`cmdai history` lists entries with their ids".to_owned())
        }
        HistoryActionError::NotAnId { .. } => (
            "history-no-id",
            ExitCode::Usage,
            "ids are hexadecimal, as `cmdai history` lists them; a text is given with `cmdai history search TEXT`"
                .to_owned(),
        ),
        HistoryActionError::Ambiguous { some, .. } => {
            ("history-ambiguous-id", ExitCode::Usage, format!("write more of it; it begins {}", some.join(", ")))
        }
        HistoryActionError::Exists { .. } => {
            ("history-file-exists", ExitCode::Usage, "name another file, or replace it with `--force`".to_owned())
        }
        HistoryActionError::NobodyAgreed => {
            ("history-not-deleted", ExitCode::Declined, "look with `--dry-run`, and delete with `--yes`".to_owned())
        }
        HistoryActionError::NotCleared => (
            "history-not-cleared",
            ExitCode::Declined,
            "type the phrase on a terminal, or give `--yes-delete-everything`".to_owned(),
        ),
        HistoryActionError::NoScreen => (
            "history-no-screen",
            ExitCode::Usage,
            "use it on a terminal, or `cmdai history search TEXT` without `-i`".to_owned(),
        ),
        HistoryActionError::BackupExists { .. } => {
            ("history-file-exists", ExitCode::Usage, "name a file that does not exist".to_owned())
        }
        HistoryActionError::NoFile => (
            "history-no-file",
            ExitCode::Usage,
            "name it: `cmdai history import FILE`, or say whose history: `--from bash`, zsh, fish or atuin".to_owned(),
        ),
        HistoryActionError::NothingToHide => {
            ("history-nothing-to-redact", ExitCode::Usage, "give a text, or pipe one to standard input".to_owned())
        }
    };
    (kind, code, Some(hint))
}
