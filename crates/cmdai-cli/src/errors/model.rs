//! Words for models that cannot be used or fetched.

use super::Advice;
use crate::exit_code::ExitCode;
use cmdai_backends::embedded::NoRuntime;
use cmdai_backends::model::ModelError;
use cmdai_backends::model::download::PullError;
use cmdai_backends::select::Kind;

/// What is to be done about a model.
pub(super) fn advice(error: &ModelError) -> Advice {
    let (kind, hint) = match error {
        ModelError::Unknown { nearest: Some(name), .. } => (
            "model-unknown",
            format!("did you mean `{name}`? `cmdai model list` shows all; a file is given by its path"),
        ),
        ModelError::Unknown { nearest: None, .. } => {
            ("model-unknown", "`cmdai model list` shows what there is; a file is given by its path".to_owned())
        }
        ModelError::NotInstalled { id, .. } => {
            ("model-not-installed", format!("fetch it with `cmdai model pull {id}`"))
        }
        ModelError::Missing { .. } => {
            ("model-missing", "check the path, or use a name from `cmdai model list`".to_owned())
        }
        ModelError::Directory { .. } => {
            ("model-is-directory", "name the .gguf file in it; a directory of MLX has a config.json".to_owned())
        }
        ModelError::Incomplete { .. } => ("model-incomplete", "get that file as well".to_owned()),
        ModelError::Empty { .. } => ("model-empty", again("the file has no content")),
        ModelError::NotGguf { .. } => {
            ("model-not-gguf", "cmdai runs GGUF files; convert it or pick another".to_owned())
        }
        ModelError::BadHeader { .. } => ("model-bad-header", again("the file is damaged")),
        ModelError::Truncated { .. } => ("model-truncated", again("the file is not whole")),
        ModelError::Corrupt { .. } => ("model-corrupt", again("the file was changed or damaged")),
        ModelError::Changing { .. } => ("model-changing", "wait until it is complete".to_owned()),
        ModelError::Busy { .. } => ("model-busy", "wait until the other download has ended".to_owned()),
        ModelError::Io { .. } => ("model-io", "check the rights of the file and its directory".to_owned()),
    };
    (kind, ExitCode::ModelNotFound, Some(hint))
}

/// What is to be done where nothing computes a model.
pub(super) fn runtime_advice(error: &NoRuntime) -> Advice {
    let (kind, code, hint) = match error {
        NoRuntime::NotBuilt { asked: Kind::EmbeddedMlx, .. } => (
            "runtime-not-built",
            ExitCode::Configuration,
            "MLX is part of builds for Apple silicon; use a GGUF file, and `cmdai config set model.runtime auto`",
        ),
        NoRuntime::NotBuilt { .. } | NoRuntime::Directory => (
            "runtime-not-built",
            ExitCode::Configuration,
            "`cmdai config set model.runtime auto` takes what is there and suits the model",
        ),
        NoRuntime::Unsuited(_) => (
            "runtime-unsuited",
            ExitCode::ModelNotFound,
            "`cmdai config set model.runtime auto` takes llama.cpp for such a model",
        ),
    };
    (kind, code, Some(hint.to_owned()))
}

fn again(what: &str) -> String {
    format!("{what}; get it again: `cmdai model rm NAME`, then `cmdai model pull NAME`")
}

/// What is to be done about a download.
pub(super) fn pull_advice(error: &PullError) -> Advice {
    match error {
        PullError::Offline { .. } => (
            "offline",
            ExitCode::ModelNotFound,
            Some("unset CMDAI_OFFLINE and HF_HUB_OFFLINE, or use `--model FILE.gguf`".to_owned()),
        ),
        PullError::NotEnoughSpace { .. } => (
            "disk-space",
            ExitCode::Failure,
            Some("free some space, for example with `cmdai model gc`, or set XDG_CACHE_HOME".to_owned()),
        ),
        PullError::DiskFull { .. } => (
            "disk-full",
            ExitCode::Failure,
            Some("free some space and pull again; it goes on where it stopped".to_owned()),
        ),
        PullError::Store(error) => advice(error),
        PullError::Exhausted { .. } => (
            "download-failed",
            ExitCode::ModelNotFound,
            Some(
                "check the connection and pull again (it goes on where it stopped), or use `--model FILE.gguf`"
                    .to_owned(),
            ),
        ),
    }
}
