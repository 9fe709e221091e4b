//! The fields of a named backend: `[backends.NAME]`.
//!
//! A key for a server is never among them: a file says where it is, in `key_env` or `key_file`. None of them may stand in a
//! project's file, for it could send prompts and keys elsewhere.

use super::kind::{Form, Kind};
use super::{Put, ROW, Setting};

/// The backend that needs no server and is always there.
pub const EMBEDDED: &str = "embedded";
/// Leaves the choice of the backend to measurements.
pub const PREFERRED_AUTO: &str = "auto";

const FIELD: Setting = Setting { put: Put::Backend(|_, _| {}), ..ROW };

const fn wait(min: f64) -> Kind {
    Kind::Seconds { min, max: 86_400.0 }
}

/// Every field of a named backend, in the order in which they are shown.
pub static BACKEND_FIELDS: &[Setting] = &[
    Setting {
        key: "kind",
        title: "Protocol",
        kind: Kind::Choice(&["ollama", "openai"]),
        help: "The protocol of the server: Ollama's own, or that of OpenAI, which vLLM, llama-server and others speak.",
        put: Put::Backend(|b, v| v.put(&mut b.kind)),
        ..FIELD
    },
    Setting {
        key: "url",
        title: "Address",
        kind: Kind::Text(Form::Url),
        help: "Address of the server; that of Ollama is http://127.0.0.1:11434 where nothing is said.",
        put: Put::Backend(|b, v| v.put(&mut b.url)),
        ..FIELD
    },
    Setting {
        key: "model",
        title: "Model",
        kind: Kind::Text(Form::Line),
        help: "The model to ask, as the server names it.",
        put: Put::Backend(|b, v| v.put(&mut b.model)),
        ..FIELD
    },
    Setting {
        key: "key_env",
        title: "Variable with the key",
        kind: Kind::Text(Form::Variable),
        help: "The environment variable that holds the key for the server.",
        put: Put::Backend(|b, v| v.put(&mut b.key_env)),
        ..FIELD
    },
    Setting {
        key: "key_file",
        title: "File with the key",
        kind: Kind::Text(Form::Path),
        help: "The file that holds the key for the server, readable by nobody else; the variable goes before it.",
        put: Put::Backend(|b, v| v.put(&mut b.key_file)),
        ..FIELD
    },
    Setting {
        key: "ca_file",
        title: "File with certificates",
        kind: Kind::Text(Form::Path),
        help: "Certificates (PEM) that vouch for the server, besides those of the system; for a company's own authority.",
        put: Put::Backend(|b, v| v.put(&mut b.ca_file)),
        ..FIELD
    },
    Setting {
        key: "allow_remote",
        title: "Prompts may go there",
        help: "Whether prompts may go to this server if it is another machine; unset, backend.allow_remote decides.",
        put: Put::Backend(|b, v| v.put(&mut b.allow_remote)),
        ..FIELD
    },
    Setting {
        key: "connect_timeout",
        title: "Time to connect",
        kind: wait(0.001),
        default: Some("3"),
        help: "How long a connection may take, encryption included.",
        put: Put::Backend(|b, v| v.put(&mut b.connect_timeout)),
        ..FIELD
    },
    Setting {
        key: "first_chunk_timeout",
        title: "Time to the first text",
        kind: wait(0.001),
        default: Some("60"),
        help: "How long the first text may take; the server may have to load the model first.",
        put: Put::Backend(|b, v| v.put(&mut b.first_chunk_timeout)),
        ..FIELD
    },
    Setting {
        key: "idle_timeout",
        title: "Time between texts",
        kind: wait(0.001),
        default: Some("15"),
        help: "How long the server may be silent between one text and the next.",
        put: Put::Backend(|b, v| v.put(&mut b.idle_timeout)),
        ..FIELD
    },
    Setting {
        key: "total_timeout",
        title: "Time for the answer",
        kind: wait(0.001),
        default: Some("120"),
        help: "How long the whole answer may take, all tries included.",
        put: Put::Backend(|b, v| v.put(&mut b.total_timeout)),
        ..FIELD
    },
    Setting {
        key: "probe_timeout",
        title: "Time for a probe",
        kind: wait(0.001),
        default: Some("2"),
        help: "How long asking the server whether it is there may take.",
        put: Put::Backend(|b, v| v.put(&mut b.probe_timeout)),
        ..FIELD
    },
    Setting {
        key: "retries",
        title: "Further tries",
        kind: Kind::Number { min: 0, max: 10 },
        default: Some("2"),
        help: "How often to ask again what was surely not answered.",
        put: Put::Backend(|b, v| v.put(&mut b.retries)),
        ..FIELD
    },
];
