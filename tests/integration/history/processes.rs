//! Many processes at once, and processes killed in the middle: this test binary runs itself again as the writer.

use crate::store::old_database;
use crate::world::{World, assert_whole, ran};
use cmdai_history::{Source, Store};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;

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
        "import" => {
            say("begin");
            let lines: Vec<String> = (0..20_000).map(|n| format!("#{}\necho {n}\n", 1_700_000_000 + n)).collect();
            let source = Path::new(&file).with_extension("bash");
            std::fs::write(&source, lines.concat()).unwrap();
            say("begin");
            Store::open(&file).unwrap().import_file(&source, Source::Bash).unwrap();
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

/// The first process makes the tables while others look whose file it is: none may see half of it.
#[test]
fn many_open_a_new_file_at_once() {
    let world = World::new();
    for round in 0..100 {
        let file = world.db().with_file_name(format!("{round}.db"));
        let together = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    together.wait();
                    Store::open(&file).unwrap();
                });
            }
        });
    }
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
        kill_after_some_work(start("migrate", &world.db()), 1, round, &world);
        let store = world.store();
        assert_eq!(store.len().unwrap(), 300, "round {round}");
        if round % 10 == 0 {
            assert_whole(&world.db());
        }
    }
}

#[test]
fn killed_imports_leave_no_trace() {
    let world = World::new();
    for number in 0..10 {
        world.store().save(&ran(number, "before", &format!("echo before {number}"))).unwrap();
    }
    let mut finished = 0;
    for round in 0..50_u32 {
        kill_after_some_work(start("import", &world.db()), 2, round * 12, &world);
        let store = world.store();
        let entries = store.len().unwrap();
        assert!(entries == 10 || entries == 20_010, "round {round}: {entries}");
        if entries > 10 {
            // Killed too late: what was imported goes, so that the next round imports again.
            finished += 1;
            drop(store);
            std::fs::remove_dir_all(world.db().parent().unwrap()).unwrap();
            for number in 0..10 {
                world.store().save(&ran(number, "before", &format!("echo before {number}"))).unwrap();
            }
        } else if round % 10 == 0 {
            assert_eq!(store.doctor().unwrap().problems, Vec::<String>::new());
        }
    }
    assert!(finished < 50, "some were killed in the middle");
    assert_whole(&world.db());
}

/// Kills the child some time after it said that it begins: a little work of varying length, so that the kills fall into
/// different moments.
fn kill_after_some_work(mut child: Child, begins: usize, work: u32, world: &World) {
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = 0;
    while said < begins {
        line.clear();
        stdout.read_line(&mut line).unwrap();
        said += usize::from(line.trim() == "begin");
    }
    for _ in 0..work {
        std::fs::write(world.path("pace"), vec![0; 20_000]).unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
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
