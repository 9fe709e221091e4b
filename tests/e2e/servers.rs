//! What goes to a server and how: through proxies, without secrets, with the model loaded while the request is still being read.

use crate::backends::{answer, json_of, nobody, request, server, with};
use crate::world::{Ran, World};
use serde_json::json;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

/// A server on another machine, as far as cmdai can tell: it is reached through a proxy that answers in its place.
struct Proxied {
    world: World,
    proxy: String,
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Proxied {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (first, body) = request(&stream);
                keep.lock().unwrap().push((first.clone(), body));
                answer(&mut stream, &first, "pwd").unwrap();
            }
        });
        let world =
            with(&[("far", "http://models.example:8000")], "backend.allow_remote = true\nbackend.preferred = \"far\"");
        Self { world, proxy, seen }
    }

    fn run(&self, variables: &[(&str, &str)], args: &[&str]) -> Ran {
        Ran::of(self.world.cmdai(args).envs(variables.iter().copied()).output().unwrap())
    }
}

#[test]
fn another_machine_is_reached_through_the_proxy_without_the_secrets_and_with_a_mark() {
    let far = Proxied::new();
    let words = "call the api with token ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let ran = far.run(&[("http_proxy", &far.proxy)], &["--json", "--no-history", words]);
    assert!(ran.stderr.contains("goes to `far` on another machine (http://models.example:8000)"), "{ran:?}");
    let said = json_of(&ran);
    assert_eq!((&said["command"], &said["backend"], &said["remote"]), (&json!("pwd"), &json!("far"), &json!(true)));
    let seen = far.seen.lock().unwrap();
    assert!(seen.iter().all(|(first, _)| first.contains(" http://models.example:8000/v1/")), "{seen:?}");
    let sent = &seen.last().unwrap().1;
    assert!(sent.contains("call the api with token") && !sent.contains("ghp_0123456789"), "{sent}");
}

#[test]
fn a_proxy_is_not_asked_where_it_is_not_to_be() {
    let far = Proxied::new();
    // Nobody answers for that name, so the request fails: what counts is that the proxy did not see it.
    let variables = [("http_proxy", far.proxy.as_str()), ("no_proxy", "models.example")];
    far.run(&variables, &["backend", "test", "far"]);
    assert_eq!(far.seen.lock().unwrap().len(), 0);
    // This machine never: the proxy would see the prompt.
    let world = with(&[("desk", &server("ls"))], "");
    let ran = world.cmdai(&["--json", "list files"]).env("http_proxy", &far.proxy).env("all_proxy", nobody()).output();
    assert_eq!(json_of(&Ran::of(ran.unwrap()))["backend"], "desk");
    assert_eq!(far.seen.lock().unwrap().len(), 0);
}

/// Ollama's server as far as one request needs it; tells of each question that it gets.
fn ollama() -> (String, mpsc::Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (first, body) = request(&stream);
            let said = match first.split(' ').nth(1).unwrap() {
                "/api/version" => json!({ "version": "0.12.11" }),
                "/api/tags" => json!({ "models": [{ "name": "m:latest" }] }),
                "/api/ps" => json!({ "models": [] }),
                "/api/show" => json!({ "template": "[INST] {{ .Prompt }} [/INST]" }),
                "/api/chat" => {
                    json!({ "message": { "content": "```sh\nls -la\n```" }, "done": true, "done_reason": "stop" })
                }
                _ => json!({ "done": true, "load_duration": 1 }),
            };
            let said = format!("{said}\n");
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ";
            stream.write_all(format!("{head}{}\r\n\r\n{said}", said.len()).as_bytes()).unwrap();
            let _ = tell.send((first, body));
        }
    });
    (url, told)
}

#[test]
fn the_model_is_loaded_while_the_request_is_still_being_read() {
    let (url, told) = ollama();
    let world = World::without_models();
    let dir = world.path().join(".config/cmdai");
    fs::create_dir_all(&dir).unwrap();
    let text = format!("[backends.desk]\nkind = \"ollama\"\nurl = \"{url}\"\nmodel = \"m\"\n");
    fs::write(dir.join("config.toml"), text).unwrap();
    let mut command = world.cmdai(&["--json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (_, body) = told.iter().find(|(first, _)| first.starts_with("POST /api/generate ")).unwrap();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["keep_alive"], body.get("prompt")), (&json!("300s"), None));
    // Only now is it known what is asked.
    child.stdin.take().unwrap().write_all(b"list all files").unwrap();
    let said = json_of(&Ran::of(child.wait_with_output().unwrap()));
    assert_eq!((&said["command"], &said["backend"]), (&json!("ls -la"), &json!("desk")));
}
