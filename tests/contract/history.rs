//! The history keeps the laws of `Record`, on disk and in memory, with and without a write-ahead log.

#![allow(missing_docs, reason = "a test target has no public interface")]

use cmdai_core::contract::{fake, record};
use cmdai_history::redact::Redactor;
use cmdai_history::{Journal, Options, Store};

#[test]
fn record_contract() {
    let home = tempfile::tempdir().expect("a directory");
    record::any_entry_is_taken(&mut Store::open(home.path().join("h.db")).expect("a store"));
    record::any_entry_is_taken(&mut Store::in_memory(Redactor::default()).expect("a store"));
    let rollback = Options { journal: Journal::Rollback, ..Options::default() };
    record::any_entry_is_taken(&mut Store::open_with(home.path().join("r.db"), &rollback).expect("a store"));
}

#[test]
fn what_was_recorded_comes_back_whole() {
    let mut store = Store::in_memory(Redactor::default()).expect("a store");
    for text in ["", "ls", "cat <<E\n'\"`$\nE", "a\0b", "é👩‍💻"] {
        let mut entry = fake::entry(text);
        store.save(&entry).expect("saved");
        assert_eq!(store.get(entry.id).expect("read").expect("there").entry, entry);
        (entry.command, entry.safety, entry.generation, entry.execution) = (None, None, None, None);
        store.save(&entry).expect("saved again");
        assert_eq!(store.get(entry.id).expect("read").expect("there").entry, entry, "an edit without a proposal");
        entry.edited = None;
        store.save(&entry).expect("saved again");
        assert_eq!(store.get(entry.id).expect("read").expect("there").entry, entry, "no command at all");
    }
    assert_eq!(store.len().expect("counted"), 1, "the same id is the same entry");
}
