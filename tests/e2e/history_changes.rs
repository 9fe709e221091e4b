//! `cmdai history` where it changes something: deletions, exports and imports, marks, repair.

use crate::history::{history, id, json_of, numbers, piped, seed, seeded};
use crate::terminal::Terminal;
use crate::world::{Ran, World};
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn nothing_is_deleted_without_a_yes() {
    let world = seeded();
    let count = || numbers(&json_of(&world, &["--json"])).len();
    let dry = history(&world, &["delete", "--match", "git", "--dry-run"]).ok();
    assert!(dry.contains("git pull") && dry.contains("git push") && dry.ends_with("2 entries in all\n"), "{dry}");
    let unasked = history(&world, &["delete", "--match", "git"]);
    assert_eq!(unasked.code, Some(6), "{unasked:?}");
    assert!(unasked.stderr.contains("nothing was deleted") && unasked.stderr.contains("--yes"), "{unasked:?}");
    for empty in [&["delete", "--yes"][..], &["delete", "--yes", "--match", " "], &["delete", "--dry-run"]] {
        let said = history(&world, empty).failed(2);
        assert!(said.contains("would delete everything") && said.contains("cmdai history clear"), "{said}");
    }
    assert_eq!(count(), 7);
    assert!(history(&world, &["delete", "--yes", "--match", "no such text"]).ok().contains("nothing fits"));
    assert!(history(&world, &["delete", "--yes", "--match", "git"]).ok().ends_with("deleted 2 entries\n"));
    assert_eq!(count(), 5);
    let gone = json_of(&world, &["delete", "--json", "--yes", "019b7001", &id(1), "019b7003"]);
    assert_eq!((&gone["entries"], &gone["deleted"], &gone["scrubbed"]), (&2.into(), &true.into(), &true.into()));
    assert_eq!(count(), 3);
    assert!(history(&world, &["delete", "--yes", "--risk", "critical"]).ok().contains("deleted 2 entries"));
    assert!(history(&world, &["delete", "--yes", "019b7006", "ffff"]).failed(2).contains("no entry"));
    assert_eq!(count(), 1);
}

#[test]
fn on_a_terminal_a_deletion_is_asked_about() {
    let world = seeded();
    let mut terminal = Terminal::open(&world, &[]);
    for (answer, code) in [("", 6), ("n", 6), ("y", 0)] {
        terminal.line("cmdai history delete --match docker");
        assert!(terminal.sees("[y/N]").contains("docker system prune"));
        terminal.line(answer);
        terminal.ended_with(code);
    }
    for (answer, code) in [("yes", 6), ("delete my history", 0)] {
        terminal.line("cmdai history clear");
        assert!(terminal.sees("to do it:").contains("This deletes 6 entries for good"));
        terminal.line(answer);
        terminal.ended_with(code);
    }
    terminal.is_sane();
    assert!(json_of(&world, &["--json"])["entries"].as_array().unwrap().is_empty());
}

#[test]
fn clear_takes_the_phrase() {
    let world = seeded();
    let refused = history(&world, &["clear"]).failed(6);
    assert!(refused.contains("was not cleared") && refused.contains("--yes-delete-everything"), "{refused}");
    assert_eq!(history(&world, &["clear", "--yes-delete-everything"]).ok(), "deleted 7 entries\n");
    assert_eq!(history(&world, &["clear"]).ok(), "the history is empty\n");
}

#[test]
fn what_is_exported_is_imported_whole() {
    let world = seeded();
    assert_eq!(history(&world, &["export", "all.ndjson"]).ok(), "7 entries in all.ndjson\n");
    let mode = std::fs::metadata(world.path().join("all.ndjson")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let exists = history(&world, &["export", "all.ndjson"]).failed(2);
    assert!(exists.contains("exists already") && exists.contains("--force"), "{exists}");
    history(&world, &["export", "all.ndjson", "--force"]).ok();

    let before = json_of(&world, &["--json"]);
    history(&world, &["clear", "--yes-delete-everything"]).ok();
    assert_eq!(history(&world, &["import", "all.ndjson"]).ok(), "7 entries taken over\n");
    assert_eq!(json_of(&world, &["--json"]), before);
    assert_eq!(history(&world, &["import", "all.ndjson"]).ok(), "0 entries taken over, 7 here already\n");

    let plain = history(&world, &["export", "-", "--format", "plain", "--match", "git"]).ok();
    assert_eq!(
        plain.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>(),
        ["git push --force", "git pull"]
    );
    let csv = history(&world, &["export", "-", "--format", "csv", "--exit", "failure"]).ok();
    assert!(csv.starts_with("id,time,") && csv.lines().count() == 2 && csv.contains("git push --force"), "{csv}");
    let nowhere = history(&world, &["export", "no/such/place"]).failed(1);
    assert!(nowhere.contains("no/such/place") && nowhere.contains("check the path"), "{nowhere}");
    let cut = world.bash("set -o pipefail; cmdai history export - | head -n 1");
    assert_eq!((cut.code, cut.stderr.as_str()), (Some(0), ""), "a reader that goes away is no failure");
}

#[test]
fn histories_of_shells_are_taken_over() {
    let world = World::without_models();
    let write = |name: &str, text: &str| std::fs::write(world.path().join(name), text).unwrap();
    write(".bash_history", "#1767225600\nls\n#1767225601\npwd\n");
    write("z", ": 1767225700:0;git status\n");
    write("f", "- cmd: fish_thing\n  when: 1767225800\n");
    assert!(history(&world, &["import", "--from", "bash"]).ok().starts_with("2 entries taken over"));
    assert!(history(&world, &["import", "z", "--from", "zsh"]).ok().starts_with("1 entry taken over"));
    assert!(history(&world, &["import", "f", "--from", "fish"]).ok().starts_with("1 entry taken over"));
    assert_eq!(numbers_len(&world), 4);
    assert!(piped(&world, &["history", "import", "-", "--from", "bash"], "date\n").ok().starts_with("1 entry"));

    let broken = format!("{}{}", seed(), "not json\n{}\n");
    write("broken", &broken);
    let ran = history(&world, &["import", "broken"]);
    assert!(ran.stdout.contains("7 entries taken over") && ran.stdout.contains("2 lines skipped"), "{ran:?}");
    assert!(ran.stderr.contains("line 9: ") && ran.stderr.contains("line 10: "), "{ran:?}");
    let told = json_of(&world, &["import", "broken", "--json"]);
    assert_eq!((&told["known"], &told["skipped"], &told["reasons"][0]["line"]), (&7.into(), &2.into(), &9.into()));

    assert!(history(&world, &["import"]).failed(2).contains("there is no file to import"));
    assert!(history(&world, &["import", "z"]).failed(2).contains("--from native"));
    assert!(history(&world, &["import", "missing"]).failed(1).contains("check the path"));
    assert!(history(&world, &["import", "--from", "atuin"]).code != Some(0));
    assert!(history(&world, &["import", "z", "--from", "tcsh"]).failed(2).contains("possible values"));
}

fn numbers_len(world: &World) -> usize {
    json_of(world, &["--json"])["entries"].as_array().unwrap().len()
}

#[test]
fn marks_are_put_on_and_taken_off() {
    let world = seeded();
    assert!(history(&world, &["favourite", "019b7001", "019b7002"]).ok().contains("kept whatever the limits"));
    assert_eq!(numbers(&json_of(&world, &["--json", "--favourite"])), [4, 2, 1]);
    history(&world, &["favourite", "--off", "019b7004"]).ok();
    assert_eq!(numbers(&json_of(&world, &["--json", "--favourite"])), [2, 1]);
    assert_eq!(history(&world, &["tag", "019b7002", "deploy", "web"]).ok(), "019b7002 has the tags deploy web\n");
    assert_eq!(history(&world, &["tag", "--remove", "019b7002", "deploy", "web"]).ok(), "019b7002 has no tags\n");
    assert!(history(&world, &["tag", "019b7002"]).failed(2).contains("<TAG>"));
    assert!(history(&world, &["tag", "019b7002", ""]).failed(2).contains("--help"));
}

#[test]
fn numbers_and_health_are_told() {
    let world = seeded();
    let text = history(&world, &["stats"]).ok();
    for part in ["7 entries, 7 commands", "from 2026-01-05", "5 runs, 3 of them", "1 favourite, 1 edited, 1 redacted"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    assert_eq!(json_of(&world, &["stats", "--json", "--top", "1"])["top_commands"].as_array().unwrap().len(), 1);
    assert!(history(&World::without_models(), &["stats"]).ok().contains("the history is empty"));

    let text = history(&world, &["doctor"]).ok();
    assert!(text.contains("history.db") && text.contains("7 entries") && text.contains("all is well"), "{text}");
    assert_eq!(json_of(&world, &["doctor", "--json"])["problems"], json!([]));
    assert!(history(&world, &["pause"]).ok().contains("resume"));
    assert_eq!(json_of(&world, &["doctor", "--json"])["paused"], true);
    history(&world, &["resume"]).ok();
    assert_eq!(json_of(&world, &["doctor", "--json"])["paused"], false);

    let said = history(&world, &["backup", "copy.db"]).ok();
    assert!(said.starts_with("7 entries in copy.db"), "{said}");
    assert!(history(&world, &["backup", "copy.db"]).failed(2).contains("exists already"));
    assert_eq!(std::fs::metadata(world.path().join("copy.db")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_damaged_history_is_told_once_and_recovered() {
    let world = seeded();
    // The copy is whole, without a log beside it.
    let (db, copy) = (world.path().join("state/cmdai/history.db"), world.path().join("copy.db"));
    history(&world, &["backup", "copy.db"]).ok();
    let mut bytes = std::fs::read(&copy).unwrap();
    let damaged = world.path().join("state/cmdai/history.damaged-20260101T000000.000000.db");
    std::fs::write(&damaged, &bytes).unwrap();
    bytes[..100].fill(b'x');
    for side in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{side}", db.display()));
    }
    std::fs::write(&db, &bytes).unwrap();
    let told = history(&world, &[]);
    assert_eq!((told.code, told.stdout.as_str()), (Some(0), ""));
    assert!(told.stderr.contains("was damaged") && told.stderr.contains("doctor --recover"), "{told:?}");
    assert_eq!(history(&world, &[]).stderr, "", "it is said once");

    let text = history(&world, &["doctor"]).ok();
    assert_eq!(text.matches("damaged earlier").count(), 2, "{text}");
    let text = history(&world, &["doctor", "--recover", "--repair"]).ok();
    assert!(text.contains("7 entries taken over") && text.contains("nothing can be read"), "{text}");
    assert_eq!(numbers_len(&world), 7);

    let other = world.path().join("other/cmdai");
    std::fs::create_dir_all(&other).unwrap();
    a_foreign_file_is_left_alone(&world, &other);
}

/// A file that is no database of ours is left alone.
fn a_foreign_file_is_left_alone(world: &World, directory: &std::path::Path) {
    let mut bytes = std::fs::read(world.path().join("copy.db")).unwrap();
    // The application id of another program, big-endian at byte 68.
    bytes[68..72].copy_from_slice(&[1, 2, 3, 4]);
    std::fs::write(directory.join("history.db"), &bytes).unwrap();
    let ran = Ran::of(world.cmdai(&["history"]).env("XDG_STATE_HOME", world.path().join("other")).output().unwrap());
    let said = ran.failed(4);
    assert!(said.contains("another program") && said.contains("XDG_STATE_HOME"), "{said}");
    assert_eq!(std::fs::read(directory.join("history.db")).unwrap(), bytes);
}
