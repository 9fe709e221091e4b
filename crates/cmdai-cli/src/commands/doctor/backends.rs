//! The servers of the settings: whether they are there and have their model. Nothing is sent to where nothing may be sent.

use super::Finding;
use crate::backends::{self, Server};
use cmdai_backends::select::{Place, ProbeResult};
use cmdai_config::Settings;
use futures_util::future::join_all;

/// One finding a server; all are asked at once.
pub(super) async fn ask(settings: &Settings, servers: &[Server]) -> Vec<Finding> {
    join_all(servers.iter().map(|server| one(settings, server))).await
}

async fn one(settings: &Settings, server: &Server) -> Finding {
    let name = format!("backend {}", server.name);
    let backend = match &server.backend {
        Ok(backend) => backend,
        Err(why) => {
            return Finding::warn(&name, why, format!("`cmdai config list backends.{}` shows it", server.name));
        }
    };
    if server.place() == Place::Remote && !server.is_allowed() {
        return Finding::warn(
            &name,
            format!("{} is another machine and may not be asked", server.url),
            format!("`cmdai config set backends.{}.allow_remote true` allows it", server.name),
        );
    }
    if let Some(why) = server.candidate(settings).unavailable {
        return Finding::warn(&name, why, "`cmdai backend status` tells more");
    }
    match backends::probe(backend.as_ref()).await {
        ProbeResult::Up { has_model: false, .. } => Finding::warn(
            &name,
            format!("{} is there, without the model {}", server.url, server.model),
            "fetch the model on the server, or name another one in the settings",
        ),
        ProbeResult::Up { .. } => match &server.notice {
            Some(notice) => Finding::warn(&name, format!("{} is there", server.url), notice),
            None => Finding::ok(&name, format!("{} is there, with the model {}", server.url, server.model)),
        },
        ProbeResult::Down { why } => {
            Finding::warn(&name, format!("{}: {why}", server.url), "start the server, or check its address")
        }
    }
}
