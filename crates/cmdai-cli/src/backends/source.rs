//! Who is behind one request: told while it runs, learned from, and asked for by those who show or record the answer.

use super::servers::{EMBEDDED, Server};
use crate::history::Memory;
use chrono::Utc;
use cmdai_backends::select::{Candidate, Learned, Notice, Outcome, Place};
use cmdai_core::generate::GenerateError;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Kind of the embedded backend, or the user's name for a server.
    pub backend: String,
    /// The model that answered, if one did.
    pub model: Option<String>,
}

/// The backends of one request.
#[derive(Debug)]
pub struct Source {
    state: Arc<Mutex<State>>,
    mark: Option<String>,
}

#[derive(Debug)]
struct State {
    answered: Answered,
    remote: bool,
    known: BTreeMap<String, Known>,
    learned: Option<Learned>,
    notices: Vec<String>,
}

#[derive(Debug, Clone)]
struct Known {
    key: String,
    remote: bool,
    answered: Answered,
}

impl Source {
    /// One that is the only one, and is not learned of.
    #[must_use]
    pub fn new(backend: &str, model: Option<String>) -> Self {
        let answered = Answered { backend: backend.to_owned(), model };
        let state = State { answered, remote: false, known: BTreeMap::new(), learned: None, notices: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), mark: None }
    }

    /// Those of `chain`, asked in this order.
    pub(super) fn of_chain(chain: &[&String], candidates: &[Candidate], learned: Learned, servers: &[Server]) -> Self {
        let of = |name: &String| candidates.iter().find(|one| one.name == *name);
        let known: BTreeMap<String, Known> =
            chain.iter().filter_map(|name| Some(((*name).clone(), Known::of(of(name)?)))).collect();
        let first = chain.first().and_then(|name| known.get(*name)).cloned();
        let (answered, remote) = first.map_or_else(
            || (Answered { backend: String::new(), model: None }, false),
            |known| (known.answered, known.remote),
        );
        let mark = chain.iter().find(|name| known.get(**name).is_some_and(|known| known.remote)).map(|name| {
            let address = servers.iter().find(|one| one.name == **name).map_or("", |one| one.url.as_str());
            let when = if chain.first() == Some(name) { "goes" } else { "may go" };
            format!("the request {when} to `{name}` on another machine ({address}), without its secrets")
        });
        let state = State { answered, remote, known, learned: Some(learned), notices: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), mark }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be said before a request may leave this machine.
    #[must_use]
    pub fn mark(&self) -> Option<String> {
        self.mark.clone()
    }

    /// Who answered, or is being asked.
    #[must_use]
    pub fn answered(&self) -> Answered {
        self.state().answered.clone()
    }

    /// Whether a model made the answer, rather than the history.
    #[must_use]
    pub fn is_model(&self) -> bool {
        self.state().answered.model.is_some()
    }

    /// Whether that is another machine.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.state().remote
    }

    /// Keeps something to be told with what went wrong on the way.
    pub(super) fn say(&self, notice: String) {
        self.state().notices.push(notice);
    }

    /// What went wrong on the way, once.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        std::mem::take(&mut self.state().notices)
    }

    /// Follows a chain.
    pub(super) fn watch(&self) -> impl Fn(&Notice<'_>) + Send + Sync + 'static {
        let state = Arc::clone(&self.state);
        move |notice| state.lock().unwrap_or_else(PoisonError::into_inner).take(notice)
    }

    /// Keeps what was learned.
    pub fn keep(&self, memory: &mut Memory) {
        if let Some(learned) = &self.state().learned {
            memory.keep_learned(learned);
        }
    }
}

impl Known {
    fn of(candidate: &Candidate) -> Self {
        let backend = if candidate.name == EMBEDDED { candidate.kind.to_string() } else { candidate.name.clone() };
        let answered = Answered { backend, model: Some(candidate.model.clone()) };
        Self { key: candidate.key(), remote: candidate.place == Place::Remote, answered }
    }
}

impl State {
    fn take(&mut self, notice: &Notice<'_>) {
        let (name, outcome) = match notice {
            Notice::Trying { name } => (name, None),
            Notice::Failed { name, error, next } => {
                if let Some(next) = next {
                    self.notices.push(format!("`{name}` did not answer ({error}), so `{next}` was asked"));
                }
                (name, is_failure(error).then(|| Outcome::Failed { why: error.to_string() }))
            }
            Notice::Answered { name, first_chunk, total, usage } => {
                (name, Some(Outcome::answered(*first_chunk, *total, usage)))
            }
            _ => return,
        };
        let Some(known) = self.known.get(*name).cloned() else { return };
        if let Some(learned) = &mut self.learned {
            match outcome {
                Some(outcome) => learned.record(&known.key, &outcome, Utc::now()),
                None => learned.begin(&known.key, Utc::now()),
            }
        }
        self.remote = known.remote;
        self.answered = known.answered;
    }
}

/// Whether an error says something of the backend. A request that is too long fails everywhere, and who is asked by many is well.
const fn is_failure(error: &GenerateError) -> bool {
    !matches!(error, GenerateError::ContextOverflow { .. } | GenerateError::Busy { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_backends::select::Kind;
    use cmdai_core::generate::Usage;
    use std::time::Duration;

    #[test]
    fn who_answered_is_who_was_asked_last_and_failures_are_learned() {
        let candidates = [
            Candidate::new("desk", Kind::Ollama, Place::Remote, "m"),
            Candidate::new(EMBEDDED, Kind::EmbeddedLlama, Place::Local, "q"),
        ];
        let chain = ["desk".to_owned(), EMBEDDED.to_owned()];
        let source = Source::of_chain(&chain.iter().collect::<Vec<_>>(), &candidates, Learned::default(), &[]);
        assert!(source.is_remote() && source.mark().is_some());
        let watch = source.watch();
        watch(&Notice::Trying { name: "desk" });
        watch(&Notice::Failed { name: "desk", error: &GenerateError::Interrupted, next: Some(EMBEDDED) });
        watch(&Notice::Trying { name: EMBEDDED });
        let usage = Usage::default();
        watch(&Notice::Answered { name: EMBEDDED, first_chunk: None, total: Duration::from_secs(1), usage: &usage });
        let expected = Answered { backend: "embedded-llama".to_owned(), model: Some("q".to_owned()) };
        assert_eq!((source.answered(), source.is_remote()), (expected, false));
        assert_eq!(source.notices().len(), 1);
        let state = source.state();
        let learned = state.learned.as_ref().unwrap();
        assert_eq!(learned.of("desk m").unwrap().failures, 1);
        assert_eq!(learned.of("embedded q").unwrap().failures, 0);
    }
}
