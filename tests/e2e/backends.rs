//! Servers of the settings in the place of the embedded model: who is asked, who is not, and what happens when one is gone.

use crate::world::{Ran, World};
use serde_json::{Value, json};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// A plain server with `OpenAI`'s protocol whose model always says this command; gives its address.
pub(crate) fn server(command: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let (first, _) = request(&stream);
                answer(&mut stream, &first, command).unwrap();
            });
        }
    });
    address
}

/// The first line of a request, and its body.
pub(crate) fn request(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (first, String::from_utf8(body).unwrap())
}

/// Answers it as a server does whose model always says this command.
pub(crate) fn answer(stream: &mut TcpStream, first: &str, command: &str) -> io::Result<()> {
    let (kind, body) = if first.starts_with("GET ") && first.contains("/v1/models ") {
        ("application/json", json!({ "object": "list", "data": [{ "id": "m", "object": "model" }] }).to_string())
    } else {
        let text = format!("```bash\n{command}\n```");
        let event = |delta: Value, reason: Value| {
            format!("data: {}\n\n", json!({ "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }] }))
        };
        let events = [event(json!({ "content": text }), Value::Null), event(json!({}), json!("stop"))];
        ("text/event-stream", format!("{}data: [DONE]\n\n", events.concat()))
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()))
}

/// Where nobody listens.
pub(crate) fn nobody() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

pub(crate) fn with(backends: &[(&str, &str)], more: &str) -> World {
    let world = World::without_models();
    let dir = world.path().join(".config/cmdai");
    fs::create_dir_all(&dir).unwrap();
    let mut text = format!("{more}\n");
    for (name, url) in backends {
        let one = format!(
            "[backends.{name}]\nkind = \"openai\"\nurl = \"{url}\"\nmodel = \"m\"\nretries = 0\nconnect_timeout = 0.5\n"
        );
        text.push_str(&one);
    }
    fs::write(dir.join("config.toml"), text).unwrap();
    world
}

pub(crate) fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
}

#[test]
fn a_server_answers_and_is_named() {
    let world = with(&[("desk", &server("ls -la"))], "");
    let said = json_of(&world.run(&["--json", "list all files"]));
    assert_eq!((&said["command"], &said["backend"], &said["model"]), (&json!("ls -la"), &json!("desk"), &json!("m")));
    assert_eq!(said["remote"], false);
    let kept = json_of(&world.run(&["history", "--json"]));
    assert_eq!(kept["entries"][0]["generation"]["backend"], "desk");
    let status = json_of(&world.run(&["backend", "status", "--json"]));
    assert_eq!(status["chosen"]["name"], "desk");
    assert_eq!(status["chosen"]["measured"]["attempts"], 1, "what it took is kept");
}

#[test]
fn when_one_is_gone_the_next_is_asked_and_that_is_said() {
    let world = with(&[("one", &nobody()), ("two", &server("pwd"))], "backend.preferred = \"one\"");
    let said = json_of(&world.run(&["--json", "where am I"]));
    assert_eq!((&said["command"], &said["backend"]), (&json!("pwd"), &json!("two")));
    assert!(said["warnings"].to_string().contains("`one` was not asked"), "{said}");
    let status = world.run(&["backend", "status"]).ok();
    assert!(status.contains("two              is asked") && status.contains("one              is not"), "{status}");
    let tested = world.run(&["backend", "test", "one", "two"]);
    assert_eq!(tested.code, Some(8));
    assert!(tested.stdout.contains("two              answers"), "{tested:?}");
}

#[test]
fn nothing_leaves_the_machine_unless_it_may() {
    // A documentation address: nobody is there, and nobody may be asked.
    let world = with(&[("far", "http://192.0.2.7:8000"), ("desk", &server("pwd"))], "backend.preferred = \"far\"");
    let said = json_of(&world.run(&["--json", "where am I"]));
    assert_eq!(said["backend"], "desk");
    assert!(said["warnings"].to_string().contains("may not leave this machine"), "{said}");
    assert!(world.run(&["backend", "test", "far"]).stdout.contains("backend.allow_remote is not set"));
    let listed = json_of(&world.run(&["backend", "list", "--json"]));
    assert_eq!(listed["backends"][2]["place"], "remote");
}

#[test]
fn nobody_left_is_said_with_each_reason() {
    let world = with(&[("one", &nobody())], "model.default = \"/no/such.gguf\"");
    let said = world.run(&["where am I"]).failed(8);
    for part in ["no backend can answer", "`one`: ", "`embedded`: ", "cmdai backend status"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    world.run(&["--backend", "three", "where am I"]).failed(2);
    world.run(&["backend", "test", "three"]).failed(2);
}

#[test]
fn a_key_that_is_missing_is_a_reason() {
    let world = with(&[("desk", &server("pwd"))], "");
    let file = world.path().join(".config/cmdai/config.toml");
    let text = fs::read_to_string(&file).unwrap() + "key_env = \"DESK_KEY\"\n";
    fs::write(&file, text).unwrap();
    let tested = world.run(&["backend", "test", "desk"]);
    assert!(tested.stdout.contains("the variable DESK_KEY holds no key"), "{tested:?}");
    let with_key = world.cmdai(&["backend", "test", "desk"]).env("DESK_KEY", "k").output().unwrap();
    assert!(Ran::of(with_key).stdout.contains("answers"));
}

#[test]
fn a_key_that_others_can_read_is_used_and_told_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = with(&[("desk", &server("pwd"))], "");
    let (file, key) = (world.path().join(".config/cmdai/config.toml"), world.path().join("desk.key"));
    let text = fs::read_to_string(&file).unwrap() + &format!("key_file = \"{}\"\n", key.display());
    fs::write(&file, text).unwrap();
    let set = |text: &str, mode| {
        fs::write(&key, text).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    };
    set("k\n", 0o644);
    let said = json_of(&world.run(&["--json", "where am I"]));
    assert_eq!(said["command"], "pwd");
    assert!(said["warnings"].to_string().contains("others can read the key of `desk`"), "{said}");
    assert!(world.run(&["backend", "status"]).stderr.contains("others can read the key of `desk`"));
    set("k\n", 0o600);
    assert_eq!(json_of(&world.run(&["--json", "where am I"]))["warnings"], json!([]));
    for (text, why) in [("", "holds no key"), ("two words", "is not one line of plain characters")] {
        set(text, 0o600);
        let tested = world.run(&["backend", "test", "desk"]);
        assert!(tested.stdout.contains(why), "{tested:?}");
    }
}
