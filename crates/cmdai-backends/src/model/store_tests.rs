//! The store: what it knows, what it hashes again, and who may look at it.

use super::*;
use crate::model::catalog::Mirror;
use sha2::{Digest as _, Sha256};
use std::fs;
use tempfile::TempDir;

fn gguf(fill: u8) -> Vec<u8> {
    let mut bytes = gguf::MAGIC.to_vec();
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend([fill; 1000]);
    bytes
}

/// A catalog entry for these bytes, which lasts as long as the tests.
fn entry_for(bytes: &[u8]) -> &'static CatalogEntry {
    Box::leak(Box::new(CatalogEntry {
        id: "test-model",
        title: "Test",
        file: "test-model.gguf",
        bytes: bytes.len() as u64,
        sha256: Box::leak(hex::encode(Sha256::digest(bytes)).into_boxed_str()),
        parts: &[],
        license: "Apache-2.0",
        hub_repo: "test/model",
        mirror: Mirror::None,
        tested: false,
    }))
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

    fn with(file: &str, bytes: &[u8]) -> Self {
        let world = Self::new();
        world.store.create_dir().unwrap();
        fs::write(world.store.dir().join(file), bytes).unwrap();
        world
    }

    fn outside(&self, file: &str, bytes: &[u8]) -> ModelRef {
        let path = self.dir.path().join(file);
        fs::write(&path, bytes).unwrap();
        ModelRef::Path(path)
    }

    fn manifest(&self) -> PathBuf {
        self.store.dir().join("manifest.json")
    }

    /// The answer, and how many bytes were hashed for it.
    fn locate(&self, model: &ModelRef) -> (Result<ModelFile, ModelError>, u64) {
        let mut hashed = 0;
        let found = self.store.locate(model, &mut |done, _| hashed = done);
        (found, hashed)
    }
}

#[test]
fn a_model_is_named_or_a_path() {
    let path = |text: &str| assert_eq!(ModelRef::parse(text).unwrap(), ModelRef::Path(text.into()));
    path("./model");
    path("/m/qwen2.5-coder-1.5b");
    path("model.GGUF");
    assert_eq!(ModelRef::parse("smollm2-135m").unwrap(), ModelRef::Catalog(catalog::find("smollm2-135m").unwrap()));
    let unknown = |text: &str, expected: Option<&str>| {
        let Err(ModelError::Unknown { nearest, .. }) = ModelRef::parse(text) else { panic!("{text} was found") };
        assert_eq!(nearest, expected, "{text}");
    };
    unknown("smollm2", Some("smollm2-135m"));
    unknown("phi", None);
}

#[test]
fn a_model_is_hashed_once() {
    let bytes = gguf(1);
    let world = World::with("test-model.gguf", &bytes);
    let model = ModelRef::Catalog(entry_for(&bytes));
    let (first, hashed) = world.locate(&model);
    assert_eq!(hashed, bytes.len() as u64);
    let (second, hashed) = world.locate(&model);
    assert_eq!(hashed, 0);
    assert_eq!(first.unwrap(), second.unwrap());
    world.store.verify("test-model", &mut |_, _| {}).unwrap();
    assert_eq!(world.store.path("test-model").unwrap(), world.store.dir().join("test-model.gguf"));
    let listed = world.store.list();
    assert!(listed[0].verified && listed[0].in_store && listed[0].downloaded_at.is_none() && listed.len() == 1);
}

#[test]
fn one_flipped_bit_is_corrupt() {
    let bytes = gguf(1);
    let world = World::with("test-model.gguf", &bytes);
    let model = ModelRef::Catalog(entry_for(&bytes));
    world.locate(&model).0.unwrap();
    let path = world.store.dir().join("test-model.gguf");
    let mut damaged = bytes.clone();
    damaged[500] ^= 1;
    fs::write(&path, &damaged).unwrap();
    fs::File::open(&path).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    for _ in 0..2 {
        let (found, hashed) = world.locate(&model);
        let Err(ModelError::Corrupt { expected, actual, .. }) = found else { panic!("{found:?}") };
        assert_eq!(expected, entry_for(&bytes).sha256);
        assert_eq!(actual, entry_for(&damaged).sha256);
        assert_eq!(hashed, bytes.len() as u64, "what is corrupt stays unverified");
    }
    assert!(matches!(world.store.verify("test-model", &mut |_, _| {}), Err(ModelError::Corrupt { .. })));
    assert!(!world.store.list()[0].verified);
}

#[test]
fn a_local_file_that_changed_has_a_new_identity() {
    let world = World::new();
    let model = world.outside("mine.gguf", &gguf(1));
    let first = world.locate(&model).0.unwrap();
    assert_eq!((first.id.as_str(), world.locate(&model).1), ("mine.gguf", 0));
    world.outside("mine.gguf", &gguf(2));
    let ModelRef::Path(path) = &model else { unreachable!() };
    fs::File::open(path).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let (second, hashed) = world.locate(&model);
    assert!(hashed > 0);
    assert_ne!(first.sha256, second.unwrap().sha256);
    assert_eq!(world.store.list().len(), 1);
}

#[test]
fn each_kind_of_wrong_file_is_told_apart() {
    let world = World::new();
    let check = |bytes: &[u8], expected: &str| {
        let error = world.locate(&world.outside("x.gguf", bytes)).0.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    };
    check(b"", "is empty");
    check(b"hello", "is not a GGUF file, it starts with \"hello\"");
    check(b"GGUF\x03\0\0\0", "has 8 bytes of at least 9");
    check(b"GGUF\x09\0\0\0", "is not valid: version 9 is not known");
    let missing = ModelRef::Path(world.dir.path().join("none.gguf"));
    assert!(matches!(world.locate(&missing).0, Err(ModelError::Missing { .. })));
    let directory = ModelRef::Path(world.dir.path().to_owned());
    assert!(matches!(world.locate(&directory).0, Err(ModelError::Directory { .. })));
    let absent = ModelRef::Catalog(catalog::default_model());
    assert!(matches!(world.locate(&absent).0, Err(ModelError::NotInstalled { .. })));
    assert!(matches!(world.store.path("smollm2-135m"), Err(ModelError::NotInstalled { .. })));
    assert!(!world.store.dir().exists(), "looking writes nothing");
}

#[test]
fn a_corrupt_manifest_is_rebuilt() {
    for content in ["", "{", "[]", "{\"version\":1}", "{\"version\":99,\"models\":[]}", "\u{0}\u{0}\u{0}"] {
        let bytes = gguf(1);
        let world = World::with("test-model.gguf", &bytes);
        let model = ModelRef::Catalog(entry_for(&bytes));
        world.locate(&model).0.unwrap();
        fs::write(world.manifest(), content).unwrap();
        assert_eq!(world.locate(&model).1, bytes.len() as u64, "after {content:?} the file is verified again");
        assert_eq!(world.locate(&model).1, 0);
    }
    let world = World::with("SmolLM2-135M-Instruct.Q4_1.gguf", &gguf(1));
    fs::write(world.manifest(), "{").unwrap();
    let listed = world.store.list();
    assert_eq!((listed[0].file.id.as_str(), listed[0].verified), ("smollm2-135m", false));
}

#[test]
fn the_last_use_is_kept_to_the_hour() {
    let bytes = gguf(1);
    let world = World::with("test-model.gguf", &bytes);
    let model = ModelRef::Catalog(entry_for(&bytes));
    world.locate(&model).0.unwrap();
    let written = fs::read_to_string(world.manifest()).unwrap();
    world.locate(&model).0.unwrap();
    assert_eq!(fs::read_to_string(world.manifest()).unwrap(), written, "within the hour nothing is written");
    let used = world.store.list()[0].last_used.unwrap();
    let long_ago = serde_json::to_string(&(used - TimeDelta::hours(2))).unwrap();
    fs::write(world.manifest(), written.replace(&serde_json::to_string(&used).unwrap(), &long_ago)).unwrap();
    world.locate(&model).0.unwrap();
    assert!(world.store.list()[0].last_used.unwrap() >= used);
}

#[test]
fn a_store_that_cannot_be_written_still_serves() {
    let bytes = gguf(1);
    let world = World::with("test-model.gguf", &bytes);
    fs::create_dir(world.store.dir().join("manifest.lock")).unwrap();
    let model = ModelRef::Catalog(entry_for(&bytes));
    assert_eq!(world.locate(&model).0.unwrap().sha256, entry_for(&bytes).sha256);
}

#[cfg(unix)]
#[test]
fn the_directory_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::with("x", b"");
    assert_eq!(fs::metadata(world.store.dir()).unwrap().permissions().mode() & 0o777, 0o700);
}
