//! Ollama's server, from the documentation of its API, with a table in the place of a model.

use crate::server::{Reply, Request, Server, Step};
use crate::world::{Model, logprob};
use serde_json::{Value, json};

/// The template of Qwen's models, shortened.
pub(crate) const CHATML: &str = "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}";
/// One that cannot be rendered by us.
pub(crate) const OTHER: &str = "[INST] {{ .Prompt }} [/INST]";
/// Characters that fit into the context.
const ROOM: usize = 50_000;
pub(crate) const MODEL: &str = "qwen2.5-coder:1.5b";

/// Serves [`MODEL`] with this chat template.
pub(crate) async fn start(template: &'static str) -> Server {
    Server::start(move |request, _| respond(request, template)).await
}

pub(crate) fn respond(request: &Request, template: &str) -> Reply {
    let body = &request.body;
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/api/version") => Reply::json(200, &json!({ "version": "0.12.11" })),
        ("GET", "/api/tags") => Reply::json(
            200,
            &json!({ "models": [
            { "name": MODEL, "model": MODEL, "size": 986_061_892, "digest": "d7", "details": { "family": "qwen2" } },
            { "name": "llama3:latest", "model": "llama3:latest", "size": 1, "digest": "a1", "details": {} },
        ] }),
        ),
        ("GET", "/api/ps") => Reply::json(200, &json!({ "models": [{ "name": MODEL, "size_vram": 0 }] })),
        ("POST", _) if body["model"] != MODEL => {
            Reply::json(404, &json!({ "error": format!("model '{}' not found", body["model"].as_str().unwrap()) }))
        }
        ("POST", "/api/show") => Reply::json(
            200,
            &json!({
                "template": template, "capabilities": ["completion"], "details": {}, "model_info": {},
            }),
        ),
        ("POST", "/api/generate") if body.get("prompt").is_none() => Reply::json(
            200,
            &json!({
                "model": MODEL, "response": "", "done": true, "done_reason": "load", "load_duration": 1_500_000_000_u64,
            }),
        ),
        ("POST", _) if body.to_string().len() > ROOM => match body.get("truncate") {
            Some(Value::Bool(false)) => {
                Reply::json(400, &json!({ "error": "the input length exceeds the context length" }))
            }
            _ => panic!("the beginning of the prompt would be cut off"),
        },
        ("POST", "/api/generate") => {
            assert_eq!(body["raw"], true, "a prompt with marks in it is only understood raw");
            let begun = body["prompt"].as_str().unwrap().ends_with("<|im_start|>assistant\n```bash\n");
            stream(body, begun, |text| ("response", json!(text)))
        }
        ("POST", "/api/chat") => {
            assert_eq!(body["messages"].as_array().unwrap().last().unwrap()["role"], "user");
            stream(body, false, |text| ("message", json!({ "role": "assistant", "content": text })))
        }
        _ => Reply::new(404, "text/plain", "404 page not found"),
    }
}

/// One JSON object a line; the last one says why it ended and what it cost.
fn stream(body: &Value, begun: bool, field: impl Fn(&str) -> (&'static str, Value)) -> Reply {
    let options = &body["options"];
    assert_eq!(body["stream"], true);
    let model = Model {
        begun,
        max_tokens: options["num_predict"].as_u64().unwrap(),
        temperature: options["temperature"].as_f64().unwrap(),
        seed: options["seed"].as_u64(),
        stop: options["stop"][0].as_str(),
    };
    let (tokens, reason) = model.answer();
    let line = |text: &str, more: Value| {
        let (name, value) = field(text);
        let mut event = json!({ "model": MODEL, "created_at": "2027-01-01T00:00:00Z", name: value, "done": false });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Step::Body(format!("{event}\n").into_bytes())
    };
    let mut steps = vec![Step::Head];
    steps.extend(tokens.iter().map(|token| line(token, json!({ "logprobs": [logprob(token)] }))));
    steps.push(line("", json!({
        "done": true, "done_reason": reason, "total_duration": 174_560_334, "load_duration": 101_397_084,
        "prompt_eval_count": 11, "prompt_eval_duration": 13_074_791, "eval_count": tokens.len(), "eval_duration": 52_479_709,
    })));
    Reply::steps(200, "application/x-ndjson", steps)
}
