//! vLLM, llama-server and a plain server with `OpenAI`'s protocol, from their documentation, with a table in the place of a
//! model.

use crate::server::{Reply, Request, Server, Step};
use crate::world::{Model, logprob};
use cmdai_backends::remote::Dialect;
use serde_json::{Value, json};

/// Characters that fit into the context.
const ROOM: usize = 50_000;
pub(crate) const MODEL: &str = "qwen2.5-coder-1.5b";

/// Serves [`MODEL`] as this server does.
pub(crate) async fn start(dialect: Dialect) -> Server {
    Server::start(move |request, _| respond(request, dialect)).await
}

pub(crate) fn respond(request: &Request, dialect: Dialect) -> Reply {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/v1/models") => Reply::json(200, &json!({ "object": "list", "data": [listed(dialect)] })),
        ("POST", "/v1/chat/completions") => {
            complaint(&request.body, dialect).unwrap_or_else(|| stream(&request.body, dialect))
        }
        _ => Reply::json(404, &json!({ "detail": "Not Found" })),
    }
}

fn listed(dialect: Dialect) -> Value {
    match dialect {
        Dialect::Vllm => json!({ "id": MODEL, "object": "model", "owned_by": "vllm", "max_model_len": 4096 }),
        Dialect::LlamaCpp => {
            json!({ "id": MODEL, "object": "model", "owned_by": "llamacpp", "meta": { "n_ctx_train": 32768 } })
        }
        Dialect::Plain => json!({ "id": MODEL, "object": "model", "owned_by": "organization_owner" }),
    }
}

fn is_begun(body: &Value) -> bool {
    body["messages"].as_array().unwrap().last().unwrap()["role"] == "assistant"
}

/// What each server refuses.
fn complaint(body: &Value, dialect: Dialect) -> Option<Reply> {
    let refuse = |status, message: &str| {
        Some(Reply::json(
            status,
            &json!({ "error": { "message": message, "type": "BadRequestError", "code": status } }),
        ))
    };
    if body["model"] != MODEL && dialect != Dialect::LlamaCpp {
        return refuse(404, &format!("The model `{}` does not exist.", body["model"].as_str().unwrap()));
    }
    if body.to_string().len() > ROOM {
        let (message, kind) = match dialect {
            Dialect::LlamaCpp => {
                ("request (20100 tokens) exceeds the available context size (4096 tokens)", "exceed_context_size_error")
            }
            Dialect::Vllm => (
                "This model's maximum context length is 4096 tokens. However, you requested 20100 tokens.",
                "BadRequestError",
            ),
            Dialect::Plain => ("the prompt does not fit", "context_length_exceeded"),
        };
        return Some(Reply::json(400, &json!({ "error": { "message": message, "type": kind, "code": 400 } })));
    }
    let on = |field: &str, default| body.get(field).map_or(default, |value| *value == true);
    match dialect {
        Dialect::Vllm if on("continue_final_message", false) && on("add_generation_prompt", true) => {
            refuse(400, "Cannot set both `continue_final_message` and `add_generation_prompt` to True.")
        }
        Dialect::LlamaCpp if is_begun(body) && body["chat_template_kwargs"]["enable_thinking"] != false => {
            refuse(400, "Assistant response prefill is incompatible with enable_thinking.")
        }
        Dialect::Plain => {
            const KNOWN: [&str; 10] = [
                "model",
                "messages",
                "stream",
                "stream_options",
                "max_tokens",
                "temperature",
                "top_p",
                "seed",
                "stop",
                "logprobs",
            ];
            let unknown = body.as_object().unwrap().keys().find(|field| !KNOWN.contains(&field.as_str()))?;
            refuse(400, &format!("Unrecognized request argument supplied: {unknown}"))
        }
        _ => None,
    }
}

/// Server-sent events: the role, the tokens, the reason, the cost, `[DONE]`.
fn stream(body: &Value, dialect: Dialect) -> Reply {
    assert_eq!(body["stream"], true);
    let begun = match dialect {
        Dialect::Vllm => body["continue_final_message"] == true,
        Dialect::LlamaCpp => is_begun(body),
        Dialect::Plain => false,
    };
    let model = Model {
        begun,
        max_tokens: body["max_tokens"].as_u64().unwrap(),
        temperature: body["temperature"].as_f64().unwrap(),
        seed: body["seed"].as_u64(),
        stop: body["stop"][0].as_str(),
    };
    let (tokens, reason) = model.answer();
    let event = |choices: Value, more: Value| {
        let mut event = json!({ "id": "x", "object": "chat.completion.chunk", "model": MODEL, "choices": choices });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Step::Body(format!("data: {event}\n\n").into_bytes())
    };
    let none = || json!({});
    let delta = |content: Value| json!([{ "index": 0, "delta": { "content": content }, "finish_reason": null }]);
    let mut steps =
        vec![Step::Head, event(json!([{ "index": 0, "delta": { "role": "assistant", "content": "" } }]), none())];
    steps.extend(tokens.iter().map(|token| {
        let mut choices = delta(json!(token));
        choices[0]["logprobs"] = json!({ "content": [logprob(token)] });
        event(choices, none())
    }));
    steps.push(event(json!([{ "index": 0, "delta": {}, "finish_reason": reason }]), none()));
    let usage = json!({ "prompt_tokens": 50, "completion_tokens": tokens.len(), "total_tokens": 50 + tokens.len() });
    let timings =
        json!({ "cache_n": 40, "prompt_n": 10, "prompt_ms": 12.5, "predicted_n": tokens.len(), "predicted_ms": 80.0 });
    steps.push(match dialect {
        Dialect::LlamaCpp => event(json!([]), json!({ "usage": usage, "timings": timings })),
        Dialect::Vllm | Dialect::Plain => event(json!([]), json!({ "usage": usage })),
    });
    steps.push(Step::Body(b"data: [DONE]\n\n".to_vec()));
    Reply::steps(200, "text/event-stream; charset=utf-8", steps)
}
