//! The model: its file, whether it really generates, and the process that keeps it ready.

use super::Finding;
use crate::backends::{EMBEDDED, Server};
use crate::commands::backend;
use crate::errors::chain;
use crate::{models, system};
use cmdai_backends::model::{ModelError, ModelFile, ModelRef, catalog};
use cmdai_config::Settings;
use cmdai_core::generate::{Chunk, GenerateOptions};
use futures_util::StreamExt;
use std::time::{Duration, Instant};

/// Broken where nobody else answers.
fn lacking(name: &str, others_answer: bool, found: String, advice: impl Into<String>) -> Finding {
    if others_answer { Finding::warn(name, found, advice) } else { Finding::broken(name, found, advice) }
}

/// The file of the model that requests use; it is read through where its checksum is not known yet, as a request would do.
pub(super) fn file(settings: &Settings, others_answer: bool) -> (Finding, Option<ModelFile>) {
    let wanted = &settings.model.default;
    let located =
        ModelRef::parse(wanted).and_then(|model| models::store().locate(&model, &mut models::hashing(&model)));
    match located {
        Ok(file) => {
            let whose = if catalog::find(&file.id).is_some() { "of the catalog" } else { "when it was first used" };
            let size = models::megabytes(file.bytes);
            let found = format!("{}, {size}, with the checksum {whose}: {}", file.id, file.path.display());
            (Finding::ok("model", found), Some(file))
        }
        Err(error) => {
            let advice = match &error {
                ModelError::NotInstalled { id, .. } => format!("fetch it with `cmdai model pull {id}`"),
                ModelError::Corrupt { .. } | ModelError::Truncated { .. } | ModelError::Empty { .. } => {
                    "get it again: `cmdai model rm NAME`, then `cmdai model pull NAME`".to_owned()
                }
                _ => "`cmdai model list` shows what there is; `cmdai config set model.default NAME` chooses".to_owned(),
            };
            (lacking("model", others_answer, chain(&error), advice), None)
        }
    }
}

/// One token of the embedded model, and the worker that made it.
pub(super) async fn answer(
    settings: &Settings,
    servers: &[Server],
    file: Option<&ModelFile>,
    others_answer: bool,
) -> Vec<Finding> {
    let answer = match file {
        None => {
            let found = "without a model that this processor can run, nothing can be generated".to_owned();
            lacking("answer", others_answer, found, "see above")
        }
        Some(_) => match generate(settings, servers).await {
            Ok(time) => Finding::ok("answer", format!("first token after {} ms", time.as_millis())),
            Err(why) => lacking("answer", others_answer, why, "`cmdai -v doctor` shows more"),
        },
    };
    let has_answered = answer.state == super::State::Ok;
    vec![runtime(settings, others_answer), answer, worker(settings, has_answered).await]
}

/// What computes, and why that.
fn runtime(settings: &Settings, others_answer: bool) -> Finding {
    match models::runtime_of(&settings.model) {
        Ok(chosen) => Finding::ok("runtime", format!("{}: {}", chosen.kind, chosen.why)),
        Err(error) => {
            let advice = "`cmdai config set model.runtime auto` leaves it to cmdai";
            lacking("runtime", others_answer, chain(&error), advice)
        }
    }
}

async fn generate(settings: &Settings, servers: &[Server]) -> Result<Duration, String> {
    let begun = Instant::now();
    let one = GenerateOptions { max_tokens: 1, ..GenerateOptions::default() };
    let limit = settings.request.timeout;
    let first = async {
        let mut stream = backend::begin(settings, servers, EMBEDDED, &one).await?;
        while let Some(chunk) = stream.next().await {
            // A first token that opens no command is one too.
            if let Chunk::Text { .. } | Chunk::Finished { .. } = chunk.map_err(|error| error.to_string())? {
                return Ok(begun.elapsed());
            }
        }
        Err("the model ended without a token".to_owned())
    };
    let slow = |_| Err(format!("no token within {} s", limit.as_secs_f32()));
    tokio::time::timeout(limit, first).await.unwrap_or_else(slow)
}

/// The worker as the request above left it.
async fn worker(settings: &Settings, has_answered: bool) -> Finding {
    use cmdai_backends::worker::{Place, status};
    if !settings.worker.enabled {
        return Finding::ok("worker", "not used, as the settings say: each request loads the model");
    }
    let place = match Place::of_user() {
        Ok(place) => place,
        Err(error) => {
            let advice = system::close_to_others_advice(&Place::dir_of_user());
            return Finding::warn("worker", format!("its directory cannot be used: {error}"), advice);
        }
    };
    let lies = place.sign().parent().map(|dir| dir.display().to_string()).unwrap_or_default();
    match status(&place).await {
        Ok(Some(status)) => {
            let found = format!("process {} keeps the model ready; {lies} is open to this user alone", status.pid);
            Finding::ok("worker", found)
        }
        Ok(None) if has_answered => Finding::warn(
            "worker",
            "none is left behind by a request, so each loads the model",
            "it needs room for the model beside the rest; `--no-worker` goes without it on purpose",
        ),
        Ok(None) => Finding::ok("worker", format!("none is running; {lies} is open to this user alone")),
        Err(error) => Finding::warn(
            "worker",
            format!("what answers in {lies} is none: {error}"),
            format!("remove {}", place.sign().display()),
        ),
    }
}
