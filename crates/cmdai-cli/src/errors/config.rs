//! What to do about wishes of settings that cannot be fulfilled.

use super::Advice;
use crate::commands::config::ConfigError;
use crate::exit_code::ExitCode;
use cmdai_config::Problem;

pub(super) fn advice(error: &ConfigError) -> Advice {
    let list = "`cmdai config list` shows all settings";
    let (kind, code, hint) = match error {
        ConfigError::Unknown(unknown) => {
            let hint =
                unknown.nearest.as_ref().map_or_else(|| list.to_owned(), |key| format!("is `{key}` meant? {list}"));
            ("config-unknown-key", ExitCode::Usage, hint)
        }
        ConfigError::NoValue { key } => ("config-no-value", ExitCode::Usage, format!("`cmdai config set {key} VALUE`")),
        ConfigError::Refused(found) if found.iter().any(|one| matches!(one.problem, Problem::Missing { .. })) => (
            "config-incomplete",
            ExitCode::Usage,
            "set all of it at once, such as `cmdai config set backends.NAME.kind=ollama backends.NAME.model=MODEL`"
                .to_owned(),
        ),
        ConfigError::Refused(_) => (
            "config-not-accepted",
            ExitCode::Usage,
            "nothing was changed; `cmdai config reference` tells what is accepted".to_owned(),
        ),
        ConfigError::NotSet { key } => ("config-not-set", ExitCode::Failure, format!("`cmdai config set {key} VALUE`")),
        ConfigError::NoFile => (
            "config-no-file",
            ExitCode::Usage,
            "leave `--no-config` out, or name a file with `--config FILE`".to_owned(),
        ),
        ConfigError::Unreadable { .. } => {
            ("config-unreadable", ExitCode::Configuration, "check what it is, and its rights".to_owned())
        }
        ConfigError::Broken { .. } | ConfigError::Invalid(_) => {
            ("config-broken", ExitCode::Configuration, "put it right with `cmdai config edit`".to_owned())
        }
        ConfigError::Impossible { .. } => {
            ("config-impossible", ExitCode::Failure, "change it with `cmdai config edit`".to_owned())
        }
        ConfigError::Changed { .. } => {
            ("config-changed", ExitCode::Failure, "nothing was changed by this; try again".to_owned())
        }
        ConfigError::Unwritable { .. } => {
            ("config-unwritable", ExitCode::Failure, "check the rights of the file and its directory".to_owned())
        }
        ConfigError::NotReset => (
            "config-not-reset",
            ExitCode::Declined,
            "type the phrase on a terminal, or give `--yes-reset-everything`".to_owned(),
        ),
        ConfigError::NoEditor => (
            "config-no-terminal",
            ExitCode::Usage,
            "use `cmdai config set KEY VALUE`, or edit the file of `cmdai config path`".to_owned(),
        ),
        ConfigError::Editor { .. } => {
            ("config-editor", ExitCode::Failure, "set VISUAL or EDITOR to an editor".to_owned())
        }
        ConfigError::EditGivenUp { .. } => {
            ("config-not-edited", ExitCode::Declined, "`cmdai config edit` begins anew".to_owned())
        }
        ConfigError::Screen(_) => {
            ("config-screen", ExitCode::Failure, "use `cmdai config list` and `cmdai config set KEY VALUE`".to_owned())
        }
        ConfigError::NoScreen => {
            ("config-no-screen", ExitCode::Usage, "use `cmdai config list` and `cmdai config set KEY VALUE`".to_owned())
        }
        ConfigError::NotAlone { flag } => {
            ("config-not-alone", ExitCode::Usage, format!("`cmdai config {flag}` asks step by step"))
        }
    };
    (kind, code, Some(hint))
}
