//! Directories as models: what they are, and what is wrong with one.

use super::*;
use crate::model::catalog::{CatalogEntry, Mirror, Part};
use crate::model::{ModelFile, ModelRef, ModelStore};
use std::fs;
use tempfile::TempDir;

const FILES: [(&str, &str); 3] = [("config.json", "{}"), ("model.safetensors", "weights"), ("tokenizer.json", "words")];

fn checkpoint(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    for (name, text) in FILES {
        fs::write(dir.join(name), text).unwrap();
    }
}

/// Writes, and takes care that the time is another one.
fn write(path: &Path, text: &str) {
    let before = fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    fs::write(path, text).unwrap();
    if let Some(before) = before {
        fs::File::open(path).unwrap().set_modified(before + std::time::Duration::from_secs(1)).unwrap();
    }
}

struct World {
    dir: TempDir,
    store: ModelStore,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { store: ModelStore::new(dir.path().join("models")), dir }
    }

    /// The answer, and how many bytes were hashed for it.
    fn locate(&self, model: &ModelRef) -> (Result<ModelFile, ModelError>, u64) {
        let mut hashed = 0;
        let found = self.store.locate(model, &mut |done, _| hashed = done);
        (found, hashed)
    }
}

fn sum(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

#[test]
fn a_directory_is_what_its_files_are() {
    let world = World::new();
    let dir = world.dir.path().join("mine");
    checkpoint(&dir);
    let model = ModelRef::Path(dir.clone());
    let (first, hashed) = world.locate(&model);
    let first = first.unwrap();
    let list = FILES.iter().map(|(name, text)| format!("{}  {name}\n", sum(text))).collect::<Vec<_>>().concat();
    assert_eq!((first.id.as_str(), first.sha256.as_str()), ("mine", sum(&list).as_str()));
    assert_eq!((first.bytes, hashed), (14, 14));
    let again = || {
        let (found, hashed) = world.locate(&model);
        (found.unwrap(), hashed)
    };
    assert_eq!(again(), (first.clone(), 0));
    fs::write(dir.join("README.md"), "more").unwrap();
    assert_eq!(again(), (first.clone(), 0), "what nobody reads is no part of it");
    // Each file that is read counts, those that come later too.
    let mut known = vec![first.sha256];
    for name in ["model.safetensors", "config.json", "chat_template.jinja"] {
        write(&dir.join(name), "other");
        let (changed, hashed) = world.locate(&model);
        let changed = changed.unwrap();
        assert!(hashed == changed.bytes && !known.contains(&changed.sha256), "{name}");
        known.push(changed.sha256);
    }
    assert_eq!(world.store.list().len(), 1);
}

#[test]
fn what_a_directory_lacks_is_named() {
    let world = World::new();
    let dir = world.dir.path().join("mine");
    let refused = || world.locate(&ModelRef::Path(dir.clone())).0.unwrap_err().to_string();
    fs::create_dir(&dir).unwrap();
    assert!(refused().ends_with("mine is a directory"), "{}", refused());
    checkpoint(&dir);
    fs::remove_file(dir.join("model.safetensors")).unwrap();
    assert!(refused().ends_with("mine has no model.safetensors"), "{}", refused());
    fs::write(dir.join("a.safetensors"), "a").unwrap();
    fs::write(dir.join(INDEX), r#"{"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}"#).unwrap();
    assert!(refused().ends_with("mine has no b.safetensors"), "{}", refused());
    fs::write(dir.join("b.safetensors"), "b").unwrap();
    world.locate(&ModelRef::Path(dir.clone())).0.unwrap();
    fs::remove_file(dir.join("tokenizer.json")).unwrap();
    assert!(refused().ends_with("mine has no tokenizer.json"), "{}", refused());
}

#[test]
fn a_directory_of_the_catalog_is_held_to_the_sum_of_each_file() {
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let part = |(file, text): &(&'static str, &str)| Part { file, bytes: text.len() as u64, sha256: leak(sum(text)) };
    let parts: &'static [Part] = Box::leak(FILES.iter().map(part).collect());
    let entry = CatalogEntry {
        id: "tiny",
        title: "Tiny",
        file: "tiny.mlx",
        bytes: 14,
        sha256: leak(identity(parts.iter().map(|part| (part.file, part.sha256)))),
        parts,
        license: "Apache-2.0",
        hub_repo: "test/tiny",
        mirror: Mirror::None,
        tested: false,
    };
    let model = ModelRef::Catalog(Box::leak(Box::new(entry)));
    let world = World::new();
    assert!(matches!(world.locate(&model).0, Err(ModelError::NotInstalled { .. })));
    let dir = world.store.dir().join("tiny.mlx");
    checkpoint(&dir);
    world.locate(&model).0.unwrap();
    assert_eq!(world.store.path("tiny").unwrap(), dir);
    let listed = world.store.list();
    assert!(listed.len() == 1 && listed[0].verified && listed[0].in_store && listed[0].file.bytes == 14);
    // A file with other bytes of the same length, and one more.
    write(&dir.join("model.safetensors"), "Weights");
    for _ in 0..2 {
        let Err(ModelError::Corrupt { path, .. }) = world.locate(&model).0 else { panic!("it was taken") };
        assert_eq!(path, dir.join("model.safetensors"));
    }
    assert!(world.store.verify("tiny", &mut |_, _| {}).is_err() && !world.store.list()[0].verified);
    write(&dir.join("model.safetensors"), "weights");
    fs::write(dir.join("more.safetensors"), "x").unwrap();
    assert!(matches!(world.locate(&model).0, Err(ModelError::Corrupt { path, .. }) if path == dir));
    fs::remove_file(dir.join("more.safetensors")).unwrap();
    world.locate(&model).0.unwrap();
    // Removal takes the directory, and what unfinished downloads left.
    fs::create_dir(world.store.dir().join("tiny.mlx.part")).unwrap();
    fs::write(world.store.dir().join("tiny.mlx.part/model.safetensors.part"), "wei").unwrap();
    assert_eq!(world.store.remove("tiny").unwrap().bytes(), 17);
    assert!(!dir.exists() && world.store.list().is_empty());
    checkpoint(&dir);
    world.locate(&model).0.unwrap();
    assert_eq!(world.store.gc(13, &[]).unwrap().bytes(), 14);
    assert!(!dir.exists());
}
