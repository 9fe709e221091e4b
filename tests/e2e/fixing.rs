//! `cmdai fix`: a slip is put right by what is on this machine, the rest by a model that is told what the command printed.

use crate::backends::{answer, json_of, request, with};
use crate::terminal::Terminal;
use crate::world::{RIGHT, Ran, World};
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// A server whose model always says this command, and the bodies of what it was asked.
pub(crate) fn listening_server(command: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, bodies) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (first, body) = request(&stream);
            if !body.is_empty() {
                sender.send(body).unwrap();
            }
            answer(&mut stream, &first, command).unwrap();
        }
    });
    (address, bodies)
}

/// Puts a program there that does this.
fn program(world: &World, name: &str, text: &str) {
    let dir = world.path().join("bin");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join(name), format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs `cmdai` with these variables and this standard input; `bin` of the world is on the path.
fn fix(world: &World, args: &[&str], vars: &[(&str, &str)], piped: Option<&str>) -> Ran {
    let path = format!("{}:{}", world.path().join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = world.cmdai(args);
    command.env("PATH", path).envs(vars.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Some(piped) = piped else { return Ran::of(command.output().unwrap()) };
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(piped.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn a_slip_is_put_right_without_a_model() {
    let world = World::without_models();
    program(&world, "frobnicate", "");
    let ran = fix(&world, &["fix", "frobnicaet", "--all", "a b"], &[], None);
    assert_eq!(ran.ok(), "frobnicate --all 'a b'\n");
    let last = [("CMDAI_LAST_COMMAND", "grep --recursve x ."), ("CMDAI_LAST_STATUS", "2")];
    let said = json_of(&fix(&world, &["fix", "--json"], &last, None));
    assert_eq!((&said["command"], &said["backend"]), (&"grep --recursive x .".into(), &"correction".into()));
    assert_eq!((&said["model"], &said["executed"]), (&serde_json::Value::Null, &false.into()));
    // What the correction would do is judged as everything is.
    let ran = fix(&world, &["fix", "rm --recursve --force /"], &[], None);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{ran:?}");
    // The model was to be asked all the same, and there is none.
    fix(&world, &["fix", "--fresh", "frobnicaet"], &[], None).failed(5);
}

#[test]
fn without_a_command_it_is_said_where_one_may_come_from() {
    let world = World::without_models();
    for vars in [&[][..], &[("CMDAI_LAST_COMMAND", " ")]] {
        let error = fix(&world, &["fix"], vars, None).failed(2);
        assert!(error.contains("cmdai fix make") && error.contains("cmdai init"), "{error}");
    }
    let well = [("CMDAI_LAST_COMMAND", "ls"), ("CMDAI_LAST_STATUS", "0")];
    assert!(fix(&world, &["fix"], &well, None).failed(2).contains("`ls`, ended well"));
    assert!(fix(&world, &["fix", "--screen", "ls --frob"], &[], None).failed(2).contains("inside tmux"));
}

#[test]
fn the_model_is_told_the_command_its_status_and_what_it_printed() {
    let (address, bodies) = listening_server("make test");
    let world = with(&[("desk", &address)], "");
    let printed = format!("{}\u{1b}[31mmake: *** No rule to make target 'tset'.\u{1b}[0m\n", "x\n".repeat(5000));
    let last = [("CMDAI_LAST_COMMAND", "make tset"), ("CMDAI_LAST_STATUS", "2")];
    let ran = fix(&world, &["fix"], &last, Some(&printed));
    assert_eq!(ran.ok(), "make test\n");
    let body = bodies.recv().unwrap();
    for part in ["make tset", "status 2", "*** No rule to make target 'tset'."] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(!body.contains("[31m") && body.matches("\\nx").count() < 600, "the end of it counts, and no colours");

    // An answer that changes nothing is sent back once.
    let ran = fix(&world, &["fix", "make test"], &[], None);
    assert!(ran.stderr.contains("`make test` is the command that failed"), "{ran:?}");
    assert_eq!(bodies.try_iter().count(), 2);
}

#[test]
fn the_screen_of_tmux_is_read_where_that_is_allowed() {
    let (address, bodies) = listening_server("make test");
    let world = with(&[("desk", &address)], "");
    program(
        &world,
        "tmux",
        "test \"$1 $7 $8\" = 'capture-pane %7 ' || exit 1\nprintf '$ make tset\\nmake: no tset\\n$ cmdai fix\\n'",
    );
    let inside = [("TMUX", "/tmp/x,1,0"), ("TMUX_PANE", "%7"), ("CMDAI_LAST_COMMAND", "make tset")];
    fix(&world, &["fix"], &inside, None).ok();
    assert!(!bodies.recv().unwrap().contains("no tset"));
    fix(&world, &["fix", "--screen"], &inside, None).ok();
    assert!(bodies.recv().unwrap().contains("make: no tset"));
}

#[test]
fn what_failed_leaves_the_machine_without_its_secrets() {
    let (proxy, bodies) = listening_server("mysql -u root app");
    let world = with(&[("far", "http://192.0.2.7:8000")], "backend.allow_remote = true\nbackend.preferred = \"far\"");
    let args = ["fix", "mysql -uroot -phunter2swordfish ap"];
    let printed = "ERROR 1049: password=correcthorse99 for mysql://ada:opensesame42@db/ap\n";
    let ran = fix(&world, &args, &[("http_proxy", &proxy)], Some(printed));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let all = bodies.try_iter().collect::<String>();
    assert!(all.contains("ERROR 1049") && all.contains("mysql"), "{all}");
    for secret in ["hunter2swordfish", "correcthorse99", "opensesame42"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

#[test]
fn on_a_terminal_a_correction_is_asked_about_and_runs() {
    let world = World::without_models();
    let mut terminal = Terminal::open(&world, &[]);
    terminal.line("cmdai fix tuoch proof.txt");
    let shown = terminal.sees("Run it?");
    assert!(shown.contains("touch proof.txt") && shown.contains("`tuoch` is not there"), "{shown}");
    terminal.keys("y");
    terminal.ended_with(0);
    assert!(world.path().join("proof.txt").exists());
}

#[test]
fn a_real_model_corrects_by_what_was_printed() {
    let world = World::new();
    let printed =
        "tar: Cannot open: unrecognized archive format\ntar: You must specify one of the '-Acdtrux' options\n";
    let ran = fix(&world, &["fix", "-q", "--model", RIGHT, "tar -z backup.tgz"], &[], Some(printed));
    let command = ran.ok();
    assert!(
        command.starts_with("tar ") && command.contains("backup.tgz") && command.trim() != "tar -z backup.tgz",
        "{command}"
    );
}
