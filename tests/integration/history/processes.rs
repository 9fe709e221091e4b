//! Many processes at once, and processes killed in the middle: this test binary runs itself again as the writer.

use crate::store::old_database;
use crate::world::{World, assert_whole, ran};
use cmdai_history::Store;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const ROLE: &str = "CMDAI_HISTORY_TEST_ROLE";
const FILE: &str = "CMDAI_HISTORY_TEST_FILE";
const PROCESSES: usize = 16;
const WRITES: usize = 500;

fn start(role: &str, file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::as_another_process", "--nocapture"])
        .env(ROLE, role)
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test of its own: what the other processes do. Without a role there is nothing to do.
#[test]
fn as_another_process() {
    let (Ok(role), Ok(file)) = (std::env::var(ROLE), std::env::var(FILE)) else { return };
    let say = |line: &str| println!("\n{line}");
    match role.as_str() {
        "write" => {
            let mut written = 0;
            for number in 0..WRITES {
                // As the program does: open, write, close, and look after the log at the end.
                let mut store = Store::open(&file).unwrap();
                let text = format!("echo {} {number}", std::process::id());
                store.save(&ran(number.try_into().unwrap(), &text, &text)).unwrap();
                written += 1;
                store.checkpoint().unwrap();
            }
            say(&format!("written {written}"));
        }
        "write-for-ever" => {
            let mut store = Store::open(&file).unwrap();
            for number in 0.. {
                let text = format!("echo {} {number}", std::process::id());
                store.save(&ran(number, &text, &text)).unwrap();
                say(&format!("written {}", number + 1));
                store.checkpoint().unwrap();
            }
        }
        "migrate" => {
            say("begin");
            Store::open(&file).unwrap();
        }
        other => panic!("{other}"),
    }
}

#[test]
fn sixteen_processes_lose_nothing() {
    let world = World::new();
    let children: Vec<Child> = (0..PROCESSES).map(|_| start("write", &world.db())).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(world.store().len().unwrap(), (PROCESSES * WRITES) as u64);
    assert_whole(&world.db());
}

/// Kills the child once it has said `lines` lines; gives the number in the last one.
fn kill_after(mut child: Child, lines: usize, prefix: &str) -> u64 {
    let mut said = 0;
    let mut last = 0;
    let stdout = BufReader::new(child.stdout.take().unwrap());
    for line in stdout.lines() {
        let line = line.unwrap();
        if let Some(rest) = line.strip_prefix(prefix) {
            last = rest.trim().parse().unwrap_or(0);
            said += 1;
            if said == lines {
                child.kill().unwrap();
            }
        }
    }
    child.wait().unwrap();
    last
}

#[test]
fn killed_writers_lose_nothing_they_reported() {
    let world = World::new();
    let mut reported = 0;
    for round in 0..100 {
        reported += kill_after(start("write-for-ever", &world.db()), 1 + round * 7 % 40, "written");
        let store = world.store();
        assert!(store.len().unwrap() >= reported, "round {round}");
        if round % 10 == 0 {
            assert_eq!(store.doctor().unwrap().problems, Vec::<String>::new());
        }
    }
    assert_whole(&world.db());
}

#[test]
fn killed_migrations_begin_again() {
    for round in 0..50_u32 {
        let world = World::new();
        old_database(&world.db(), 1, 300);
        let mut child = start("migrate", &world.db());
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        while line.trim() != "begin" {
            line.clear();
            stdout.read_line(&mut line).unwrap();
        }
        // A little work of varying length, so that the kills fall into different moments of the migration.
        for _ in 0..round {
            std::hint::black_box(std::fs::metadata(world.db()).unwrap());
            std::fs::write(world.path("pace"), vec![0; 20_000]).unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let store = world.store();
        assert_eq!(store.len().unwrap(), 300, "round {round}");
        if round % 10 == 0 {
            assert_whole(&world.db());
        }
    }
}

#[test]
fn many_processes_migrate_once() {
    let world = World::new();
    old_database(&world.db(), 1, 2000);
    let children: Vec<Child> = (0..8).map(|_| start("migrate", &world.db())).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_whole(&world.db());
}
