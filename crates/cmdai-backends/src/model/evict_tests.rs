//! Removal: what goes, in which order, and what never does.

use super::*;
use crate::model::store::ModelRef;
use std::fs;
use tempfile::TempDir;

struct World {
    _dir: TempDir,
    store: ModelStore,
}

/// A store with these models, each of 100 bytes, last used in this hour of one day.
fn world(models: &[(&str, u8)]) -> World {
    let dir = tempfile::tempdir().unwrap();
    let store = ModelStore::new(dir.path().join("models"));
    fs::create_dir(store.dir()).unwrap();
    let entries: Vec<_> = models
        .iter()
        .map(|(id, hour)| {
            fs::write(store.dir().join(format!("{id}.gguf")), [0; 100]).unwrap();
            serde_json::json!({
                "id": id, "path": format!("{id}.gguf"), "sha256": "00", "last_used": format!("2026-01-01T{hour:02}:00:00Z"),
            })
        })
        .collect();
    let manifest = serde_json::json!({ "version": 1, "models": entries });
    fs::write(store.dir().join("manifest.json"), manifest.to_string()).unwrap();
    World { _dir: dir, store }
}

impl World {
    fn names(&self) -> Vec<String> {
        self.store.list().into_iter().map(|model| model.file.id).collect()
    }

    fn put(&self, name: &str, age: Duration) {
        let path = self.store.dir().join(name);
        fs::write(&path, "12345").unwrap();
        fs::File::open(&path).unwrap().set_modified(SystemTime::now() - age).unwrap();
    }
}

#[test]
fn the_models_unused_the_longest_go_first() {
    let check = |limit: u64, keep: &[&str], expected: &[&str]| {
        let world = world(&[("a", 3), ("b", 1), ("c", 2)]);
        let freed = world.store.gc(limit, keep).unwrap();
        assert_eq!(world.names(), expected, "{limit} {keep:?}");
        assert_eq!(freed.bytes(), 300 - 100 * expected.len() as u64);
    };
    check(300, &[], &["a", "b", "c"]);
    check(299, &[], &["a", "c"]);
    check(100, &[], &["a"]);
    check(0, &[], &[]);
    check(100, &["b"], &["b"]);
    check(200, &["b", "c"], &["b", "c"]);
}

#[test]
fn a_model_being_downloaded_stays() {
    let world = world(&[("a", 1), ("b", 2)]);
    let _download = world.store.try_lock(Path::new("a.gguf")).unwrap().unwrap();
    world.store.gc(100, &[]).unwrap();
    assert_eq!(world.names(), ["a"]);
    assert!(matches!(world.store.remove("a"), Err(ModelError::Busy { .. })));
}

#[test]
fn only_old_leftovers_go() {
    let world = world(&[("a", 1)]);
    let day = Duration::from_hours(24);
    for name in ["x.gguf.part", "x.gguf.part.json", "a.gguf.copy", "notes.part", "x.gguf"] {
        world.put(name, day * 8);
    }
    world.put("y.gguf.part", day * 6);
    let freed = world.store.gc(u64::MAX, &[]).unwrap();
    let names: Vec<_> = freed.files.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["a.gguf.copy", "x.gguf.part", "x.gguf.part.json"]);
    assert_eq!(freed.bytes(), 15);
}

#[test]
fn removing_takes_the_leftovers_along() {
    let world = world(&[("a", 1), ("b", 1)]);
    world.put("a.gguf.part", Duration::ZERO);
    world.put("a.gguf.part.json", Duration::ZERO);
    assert_eq!(world.store.remove("a").unwrap().bytes(), 110);
    assert_eq!(world.names(), ["b"]);
    assert!(matches!(world.store.remove("a"), Err(ModelError::Unknown { .. })));
    assert!(matches!(world.store.remove("smollm2-135m"), Err(ModelError::NotInstalled { .. })));
}

#[test]
fn files_outside_the_store_are_never_removed() {
    let world = world(&[("a", 1)]);
    let outside = tempfile::tempdir().unwrap();
    let path = outside.path().join("mine.gguf");
    fs::write(&path, [b"GGUF\x03\0\0\0".as_slice(), &[0; 16]].concat()).unwrap();
    world.store.locate(&ModelRef::Path(path.clone()), &mut |_, _| {}).unwrap();
    assert_eq!(world.names(), ["a", "mine.gguf"]);
    assert!(matches!(world.store.remove("mine.gguf"), Err(ModelError::Unknown { .. })));
    world.store.gc(0, &[]).unwrap();
    assert_eq!(world.names(), ["mine.gguf"]);
    let hostile = serde_json::json!({ "version": 1, "models": [{ "id": "h", "path": "../h.gguf", "sha256": "00" }] });
    fs::write(world.store.dir().join("manifest.json"), hostile.to_string()).unwrap();
    fs::write(world.store.dir().join("../h.gguf"), "x").unwrap();
    world.store.gc(0, &[]).unwrap();
    assert!(world.store.remove("h").is_err());
    assert!(path.exists() && world.store.dir().join("../h.gguf").exists());
}
