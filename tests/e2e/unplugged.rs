//! Servers that are gone, hang, are slow or lie, as a person with two servers meets them: the other one answers, and it is said why.

use crate::backends::{answer, json_of, request, server, with};
use crate::world::World;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// What a server does with a question, after it has said that it is there and has the model.
type Trick = fn(&mut TcpStream) -> io::Result<()>;

/// A server that plays a trick as long as it is told to; gives its address.
struct Bad {
    url: String,
    asked: Arc<AtomicUsize>,
    plays_it: Arc<AtomicBool>,
}

fn bad(trick: Trick) -> Bad {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, plays_it) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
    let (count, plays) = (Arc::clone(&asked), Arc::clone(&plays_it));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (count, plays) = (Arc::clone(&count), Arc::clone(&plays));
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let (first, _) = request(&stream);
                let is_question = first.starts_with("POST ");
                count.fetch_add(usize::from(is_question), Ordering::SeqCst);
                // The client may be gone: that is what these tests are about.
                let _ = if is_question && plays.load(Ordering::SeqCst) {
                    trick(&mut stream)
                } else {
                    answer(&mut stream, &first, "pwd")
                };
            });
        }
    });
    Bad { url, asked, plays_it }
}

/// Waits until the client hangs up.
fn hang(stream: &mut TcpStream) -> io::Result<()> {
    stream.read(&mut [0; 64]).map(drop)
}

const STREAM: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

fn text(text: &str) -> Vec<u8> {
    format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n").into_bytes()
}

fn impatient(url: &str, more: &str) -> World {
    let world = with(&[("bad", url), ("good", &server("ls"))], &format!("backend.preferred = \"bad\"\n{more}"));
    let file = world.path().join(".config/cmdai/config.toml");
    let limits = "retries = 0\nfirst_chunk_timeout = 0.3\nidle_timeout = 0.3\ntotal_timeout = 2";
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("retries = 0", limits)).unwrap();
    world
}

#[test]
fn whatever_a_server_does_the_other_one_answers_and_it_is_said_why() {
    let rows: [(&str, Trick, &str); 8] = [
        ("goes away at once", |_| Ok(()), "did not answer"),
        ("hangs", hang, "no answer"),
        ("hangs after its headers", |s| s.write_all(STREAM).and_then(|()| hang(s)), "no answer"),
        (
            "falls silent",
            |s| s.write_all(&[STREAM, &text("```sh\\nrm -r")].concat()).and_then(|()| hang(s)),
            "did not answer",
        ),
        ("goes away in the middle", |s| s.write_all(&[STREAM, &text("```sh\\nrm -r")].concat()), "did not answer"),
        (
            "is a web page",
            |s| s.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"),
            "did not answer",
        ),
        ("lies", |s| s.write_all(&[STREAM, b"data: {\"choices\":\"yes\"}\n\n"].concat()), "did not answer"),
        (
            "has no memory",
            |s| s.write_all(b"HTTP/1.1 500 X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
            "did not answer",
        ),
    ];
    for (what, trick, why) in rows {
        let server = bad(trick);
        let world = impatient(&server.url, "");
        let said = json_of(&world.run(&["--json", "list files"]));
        assert_eq!((&said["command"], &said["backend"]), (&json!("ls"), &json!("good")), "{what}: {said}");
        let warnings = said["warnings"].to_string();
        assert!(warnings.contains("`bad` did not answer") && warnings.contains(why), "{what}: {said}");
        assert_eq!(server.asked.load(Ordering::SeqCst), 1, "{what}");
    }
}

#[test]
fn the_breaker_opens_and_heals() {
    let server = bad(|_| Ok(()));
    let rest = |seconds: &str| format!("backend.rest_after = 2\nbackend.rest = {seconds}");
    let world = impatient(&server.url, &rest("300"));
    let ask = |words: &str| json_of(&world.run(&["--json", words]))["backend"].clone();
    for words in ["list files", "list all files"] {
        assert_eq!(ask(words), "good");
    }
    let asked = || server.asked.load(Ordering::SeqCst);
    assert_eq!(asked(), 2);
    let status = json_of(&world.run(&["backend", "status", "--json"]));
    let bad = |status: &Value| status["others"].as_array().unwrap().iter().find(|one| one["name"] == "bad").cloned();
    let why = bad(&status).unwrap()["why_not"].to_string();
    assert!(why.contains("failed"), "{why}");
    assert_eq!(ask("list the files here"), "good");
    assert_eq!(asked(), 2, "it is left alone");

    // It is well again, and its rest is over.
    server.plays_it.store(false, Ordering::SeqCst);
    let file = world.path().join(".config/cmdai/config.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace(&rest("300"), &rest("0.1"))).unwrap();
    // However fast this machine is, its rest is over after some requests.
    assert!((0..200).any(|number| ask(&format!("where am I {number}")) == "bad"));
    fs::write(&file, text).unwrap();
    assert_eq!(ask("where am I now"), "bad", "one good answer is enough");
}
