//! Opening, migrating, damage and privacy.

use crate::world::{World, assert_whole, ran};
use cmdai_core::request::{Platform, ShellType};
use cmdai_history::{Checkpoint, Health, HistoryError, Journal, Metric, Notice, Options, Saved, Store, schema};
use rusqlite::Connection;
use std::io::{Seek, SeekFrom, Write};

#[cfg(unix)]
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let mut store = world.store();
    store.save(&ran(0, "list", "ls")).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(world.db().parent().unwrap()), 0o700);
    for file in std::fs::read_dir(world.db().parent().unwrap()).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    drop(store);
    std::fs::set_permissions(world.db(), std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(world.store());
    assert_eq!(mode(&world.db()), 0o600, "what others may read is closed");
}

#[test]
fn a_newer_database_is_refused() {
    let world = World::new();
    drop(world.store());
    let conn = Connection::open(world.db()).unwrap();
    conn.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(conn);
    let error = Store::open(world.db()).unwrap_err();
    assert!(matches!(error, HistoryError::Newer { found: 99, known: schema::VERSION, .. }), "{error}");
    let error = Store::open_read_only(world.db()).unwrap_err();
    assert!(matches!(error, HistoryError::Newer { .. }), "{error}");
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let world = World::new();
    let path = world.path("other.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE mine(x); INSERT INTO mine VALUES (1)").unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path).unwrap_err(), HistoryError::Foreign { id: 0, .. }));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// A database of an older version, made from the SQL text of that version, with some entries.
pub(crate) fn old_database(path: &std::path::Path, version: i32, entries: usize) {
    // Opened by the store first, so that directory and file are private as the older version had made them.
    drop(Store::open(path).unwrap());
    for suffix in ["", "-wal", "-shm"] {
        std::fs::write(path.with_file_name(format!("{}{suffix}", path.file_name().unwrap().display())), b"").unwrap();
    }
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(&schema::sql_of(version).unwrap()).unwrap();
    conn.execute_batch("INSERT INTO place(id, cwd) VALUES (1, '/old'); BEGIN").unwrap();
    for number in 1..=entries {
        let text = format!("echo {number}");
        conn.execute(
            "INSERT INTO command(id, text, first, last, uses, runs, ok_runs, warmth) VALUES (?1, ?2, 5, 5, 1, 1, 1, 0.0)",
            rusqlite::params![number.cast_signed(), text],
        )
        .unwrap();
        conn.execute(
            "INSERT INTO entry(id, uuid, time, request, command_id, edited, shell, platform, place_id, disposition, exit, \
             favourite, redacted) VALUES (?1, randomblob(16), 5, ?2, ?1, 0, 'bash', 'linux', 1, 'run', 0, 0, 0)",
            rusqlite::params![number.cast_signed(), format!("Say {number}.")],
        )
        .unwrap();
    }
    conn.execute_batch("COMMIT").unwrap();
}

#[test]
fn every_version_migrates() {
    for version in 1..=schema::VERSION {
        let world = World::new();
        old_database(&world.db(), version, 3);
        let mut store = world.store();
        let health = store.doctor().unwrap();
        assert_eq!((health.version, health.entries, health.commands), (schema::VERSION, 3, 3));
        assert_eq!(health.problems, Vec::<String>::new());
        let copy = world.path(&format!("data/history.v{version}.bak"));
        if version < schema::VERSION {
            assert_eq!(store.notices(), [Notice::Migrated(copy.clone())]);
            let old: i32 = Connection::open(&copy).unwrap().query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap();
            assert_eq!(old, version, "the copy is as it was");
            let repeat = store.repeat("say 2", ShellType::Bash, Platform::Linux).unwrap().unwrap();
            assert_eq!(repeat.command, "echo 2", "old entries can be repeated");
        }
        assert_eq!(store.notices(), [], "said once");
        store.save(&ran(0, "list", "ls")).unwrap();
        assert_whole(&world.db());
    }
    assert_eq!(schema::sql_of(schema::VERSION + 1), None);
}

#[test]
fn the_schema_is_the_same_whichever_way_it_came() {
    let objects = |path: &std::path::Path| -> Vec<(String, String)> {
        let conn = Connection::open(path).unwrap();
        let mut all = conn.prepare("SELECT type, name FROM sqlite_schema ORDER BY 1, 2").unwrap();
        all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let world = World::new();
    drop(world.store());
    for version in 1..=schema::VERSION {
        let path = world.path(&format!("v{version}/h.db"));
        old_database(&path, version, 1);
        drop(Store::open(&path).unwrap());
        assert_eq!(objects(&path), objects(&world.db()));
    }
}

#[test]
fn a_damaged_file_is_moved_aside_once() {
    let world = World::new();
    world.store().vacuum().unwrap();
    std::fs::write(world.db(), b"this is no database, whatever its name says, and it is longer than a header").unwrap();
    let mut store = world.store();
    let notices = store.notices();
    let [Notice::MovedAside(aside)] = notices.as_slice() else { panic!("{notices:?}") };
    assert!(std::fs::read(aside).unwrap().starts_with(b"this is no database"));
    store.save(&ran(0, "list", "ls")).unwrap();
    assert_eq!(store.doctor().unwrap().damaged, std::slice::from_ref(aside));
    drop(store);
    let mut again = world.store();
    assert_eq!((again.notices(), again.len().unwrap()), (vec![], 1));
}

#[test]
fn damage_found_while_writing_does_not_stop_the_writer_and_most_is_recovered() {
    let world = World::new();
    let mut store = world.store();
    for number in 0..400 {
        store.save(&ran(number, &format!("request number {number}"), &format!("echo {number}"))).unwrap();
    }
    store.vacuum().unwrap();
    drop(store);
    // The pages of the text index of commands, which every write of a new command must read.
    let conn = Connection::open(world.db()).unwrap();
    let page: i64 = conn
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'command_by_warmth'", [], |row| row.get(0))
        .unwrap();
    drop(conn);
    let mut file = std::fs::OpenOptions::new().write(true).open(world.db()).unwrap();
    file.seek(SeekFrom::Start((page.cast_unsigned() - 1) * 4096)).unwrap();
    file.write_all(&[0xee; 4096]).unwrap();
    drop(file);
    let mut store = world.store();
    store.save(&ran(1000, "after the damage", "echo after")).unwrap();
    let notices = store.notices();
    let [Notice::MovedAside(aside)] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!(store.len().unwrap(), 1);
    let recovered = store.recover(aside).unwrap();
    assert_eq!((recovered.taken, recovered.lost), (400, 0), "an index is lost, no entry is");
    assert_eq!(store.len().unwrap(), 401);
    drop(store);
    assert_whole(&world.db());
}

#[test]
fn drift_of_an_index_is_seen_and_repaired() {
    let world = World::new();
    let mut store = world.store();
    store.save(&ran(0, "list", "ls -la")).unwrap();
    let conn = Connection::open(world.db()).unwrap();
    conn.execute_batch("DROP TRIGGER command_text_update; UPDATE command SET text = 'other text', uses = 7").unwrap();
    drop(conn);
    let Health { problems, .. } = store.doctor().unwrap();
    assert_eq!(problems.len(), 2, "{problems:?}");
    store.repair().unwrap();
    assert_eq!(store.doctor().unwrap().problems, Vec::<String>::new());
}

#[test]
fn the_log_is_emptied_when_it_has_grown_and_only_then() {
    let world = World::new();
    let mut store = world.store();
    store.save(&ran(0, "list", "ls")).unwrap();
    assert_eq!(store.checkpoint().unwrap(), Checkpoint::NotNeeded);
    let mut number = 0;
    while store.checkpoint().unwrap() == Checkpoint::NotNeeded {
        number += 1;
        store.save(&ran(number, "list", &format!("ls {number} {}", "x".repeat(5000)))).unwrap();
    }
    assert_eq!(store.doctor().unwrap().log_bytes, 0);
    drop(store);
    assert_eq!(world.store().len().unwrap(), number.cast_unsigned() + 1);
}

#[test]
fn a_rollback_journal_serves_where_a_log_cannot() {
    let world = World::new();
    let options = Options { journal: Journal::Rollback, ..Options::default() };
    let mut store = Store::open_with(world.db(), &options).unwrap();
    store.save(&ran(0, "list", "ls")).unwrap();
    let health = store.doctor().unwrap();
    assert_eq!((health.journal.as_str(), health.log_bytes, health.entries), ("truncate", 0, 1));
}

#[test]
fn a_reader_sees_what_a_writer_commits() {
    let world = World::new();
    let mut writer = world.store();
    let reader = Store::open_read_only(world.db()).unwrap();
    assert!(reader.is_empty().unwrap());
    writer.save(&ran(0, "list", "ls")).unwrap();
    assert_eq!(reader.len().unwrap(), 1);
    assert!(Store::open_read_only(world.path("none.db")).is_err());
}

#[test]
fn state_measurements_and_the_pause_are_kept() {
    let world = World::new();
    let mut store = world.store();
    store.set_state("session", &vec![1, 2, 3]).unwrap();
    for number in 0..300_u32 {
        let time = crate::world::minute(number.into());
        let (backend, name) = ("embedded".to_owned(), "total-ms".to_owned());
        store.measure(&Metric { backend, name, value: number.into(), time }).unwrap();
    }
    drop(store);
    let mut store = world.store();
    assert_eq!(store.state::<Vec<u8>>("session").unwrap(), Some(vec![1, 2, 3]));
    let metrics = store.metrics().unwrap();
    assert_eq!((metrics.len(), metrics[0].count), (1, 200));
    assert!((metrics[0].p50 - 200.0).abs() < 1.0 && (metrics[0].p95 - 290.0).abs() < 1.0, "{metrics:?}");
    store.pause(true).unwrap();
    assert_eq!(world.store().save(&ran(0, "list", "ls")).unwrap(), Saved::Paused);
    store.pause(false).unwrap();
    assert_eq!(store.save(&ran(0, "list", "ls")).unwrap(), Saved::Kept(vec![]));
    assert_eq!(store.len().unwrap(), 1);
}
