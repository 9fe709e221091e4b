//! The values that are offered for a setting, from its row: to pick on the screen and in a prompt, and to complete in a shell.

use cmdai_backends::model::catalog;
use cmdai_config::Key;
use cmdai_config::schema::{EMBEDDED, Form, Kind, PREFERRED_AUTO};

/// What can be offered for `key`; `backends` are the names that are set up. Nothing where any text or number will do.
pub(crate) fn choices(key: &Key, backends: impl IntoIterator<Item = String>) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    match key.setting().kind {
        Kind::Choice(words) => owned(words),
        Kind::Switch => owned(&["true", "false"]),
        Kind::Text(Form::Backend) | Kind::List(Form::Backend) => {
            owned(&[PREFERRED_AUTO, EMBEDDED]).into_iter().chain(backends).collect()
        }
        // The model of a server is named by the server.
        Kind::Text(Form::Model) if key.backend().is_none() => {
            catalog::all().iter().map(|model| model.id.to_owned()).collect()
        }
        _ => Vec::new(),
    }
}
