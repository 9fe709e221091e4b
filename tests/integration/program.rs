//! The program where there is no terminal, on every system: what it judges, explains, remembers and keeps, and an answer that a
//! server gives word for word. The tests in `tests/e2e` ask for much more, of a Unix terminal; these run under Windows as well,
//! or under Wine (`cargo xtask check-targets --test`).

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test target")]

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use tempfile::TempDir;

/// A user of their own, with nothing in their directories.
struct World {
    home: TempDir,
}

impl World {
    fn new() -> Self {
        // On Windows what lies below a directory called Temp is judged as temporary, the current directory or not.
        let home = if cfg!(windows) { TempDir::new_in(env!("CARGO_TARGET_TMPDIR")) } else { TempDir::new() };
        Self { home: home.unwrap() }
    }

    /// Where the platform has a user's settings.
    fn config(&self) -> PathBuf {
        let dir = if cfg!(windows) {
            "AppData/Roaming"
        } else if cfg!(target_os = "macos") {
            "Library/Application Support"
        } else {
            ".config"
        };
        self.home.path().join(dir).join("cmdai").join("config.toml")
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let home = self.home.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cmdai"));
        command.args(args).current_dir(home).env_clear().env("HOME", home).env("USERPROFILE", home);
        command.env("APPDATA", home.join("AppData/Roaming")).env("LOCALAPPDATA", home.join("AppData/Local"));
        // Without these a Windows program finds neither its libraries nor a place for files.
        for name in ["PATH", "SystemRoot", "TEMP", "TMP", "ComSpec", "PATHEXT", "WINEPREFIX", "WINEDEBUG"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Where Unix has the worker's socket; Windows has its pipe's name with the rest.
        command.env("XDG_RUNTIME_DIR", home);
        command
    }

    /// Standard output of a run with this status.
    #[track_caller]
    fn prints(&self, status: i32, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(status), "{args:?} {output:?}");
        String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n")
    }

    #[track_caller]
    fn json(&self, status: i32, args: &[&str]) -> Value {
        serde_json::from_str(&self.prints(status, args)).unwrap()
    }
}

/// A server with `OpenAI`'s protocol whose model always says this command.
fn server(command: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), command);
        }
    });
    address
}

fn answer(mut stream: TcpStream, command: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let (kind, body) = if first.starts_with("GET ") {
        ("application/json", json!({"object": "list", "data": [{"id": "m", "object": "model"}]}).to_string())
    } else {
        let part = |delta: Value, reason: Value| {
            format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}))
        };
        let text = json!({"content": format!("```\n{command}\n```")});
        ("text/event-stream", part(text, Value::Null) + &part(json!({}), json!("stop")) + "data: [DONE]\n\n")
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    // Whoever gave up needs no answer.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

#[test]
fn a_command_is_judged() {
    let world = World::new();
    world.prints(0, &["check", "ls -l"]);
    assert!(world.prints(3, &["check", "rm -rf /"]).contains("critical"));
    assert_eq!(world.json(9, &["check", "--json", "rm -r src"])["decision"], "ask");
}

#[test]
fn a_command_is_explained() {
    let told = World::new().json(0, &["explain", "--json", "--shell", "bash", "ls -l | sort"]);
    let text = told.to_string();
    assert!(text.contains("\"ls\"") && text.contains("sort"), "{text}");
}

#[test]
fn a_worker_is_found_looked_at_and_ended() {
    let world = World::new();
    assert!(world.prints(0, &["worker", "status"]).contains("no worker is running"));
    // It is there before its model is, and need not have one to be looked at.
    let model = world.home.path().join("m.gguf");
    fs::write(&model, "").unwrap();
    let setup = json!({"program": "p", "name": "desk", "runtime": "embedded-llama", "model": model, "identity": "i", "prefix_dir": null, "threads": null,
        "keep_alive": {"secs": 300, "nanos": 0}});
    let mut serve = world.command(&["worker", "serve"]);
    let mut worker = serve.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    worker.stdin.take().unwrap().write_all(setup.to_string().as_bytes()).unwrap();
    let mut said = String::new();
    BufReader::new(worker.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said.trim_end(), "ready");
    let status = world.json(0, &["worker", "status", "--json"]);
    assert_eq!((&status["worker"]["model"], &status["worker"]["answered"]), (&json!("desk"), &json!(0)));
    assert_eq!(world.prints(0, &["worker", "stop"]), "the worker ends\n");
    assert!(worker.wait().unwrap().success());
    assert_eq!(world.prints(0, &["worker", "stop"]), "no worker is running\n");
}

#[test]
fn a_setting_is_kept_where_the_platform_keeps_them() {
    let world = World::new();
    assert_eq!(world.prints(0, &["config", "get", "safety.level"]), "moderate\n");
    world.prints(0, &["config", "set", "safety.level", "strict"]);
    assert_eq!(world.prints(0, &["config", "get", "safety.level"]), "strict\n");
    assert!(fs::read_to_string(world.config()).unwrap().contains("strict"));
}

#[test]
fn an_answer_is_judged_printed_and_remembered() {
    let world = World::new();
    fs::create_dir_all(world.config().parent().unwrap()).unwrap();
    let text = format!("[backends.desk]\nkind = \"openai\"\nurl = \"{}\"\nmodel = \"m\"\n", server("rm -r src"));
    fs::write(world.config(), text).unwrap();
    let said = world.json(0, &["--json", "--shell", "bash", "delete the folder src"]);
    assert_eq!((&said["command"], &said["backend"]), (&json!("rm -r src"), &json!("desk")));
    assert_eq!((&said["risk"], &said["decision"]), (&json!("high"), &json!("ask")));

    let kept = world.json(0, &["history", "--json"]);
    assert_eq!(kept["entries"][0]["request"], "delete the folder src");
    let found = world.json(0, &["history", "search", "--json", "folder"]);
    assert_eq!(found["entries"].as_array().unwrap().len(), 1);
}
