//! Model files that cannot be used: each its own error and exit code 5.

use crate::model::model;
use crate::world::{FAST, World};
use std::fs;
use std::path::Path;

#[track_caller]
fn check(world: &World, file: &Path, expected: &str) {
    let error = world.run(&["-q", "--model", file.to_str().unwrap(), "list files"]).failed(5);
    assert!(error.contains(expected) && error.contains("hint:"), "{error}");
}

#[test]
fn each_kind_of_broken_file_has_its_own_error() {
    let world = World::new();
    let at = |name: &str| world.path().join(name);
    check(&world, &at("none.gguf"), "there is no file");
    fs::create_dir(at("dir.gguf")).unwrap();
    check(&world, &at("dir.gguf"), "is a directory");
    fs::write(at("zero.gguf"), "").unwrap();
    check(&world, &at("zero.gguf"), "is empty");
    fs::write(at("text.gguf"), "Dear diary").unwrap();
    check(&world, &at("text.gguf"), "is not a GGUF file");
    let whole = fs::read(model(FAST).path).unwrap();
    fs::write(at("half.gguf"), &whole[..whole.len() / 2]).unwrap();
    check(&world, &at("half.gguf"), "bytes of at least");
    fs::write(at("header.gguf"), &whole[..100]).unwrap();
    check(&world, &at("header.gguf"), "header.gguf");
}

#[test]
fn a_flipped_bit_is_found_by_verify_and_by_the_next_load() {
    let world = World::without_models();
    fs::create_dir_all(world.models()).unwrap();
    let installed = model(FAST).path;
    let path = world.models().join(installed.file_name().unwrap());
    fs::copy(&installed, &path).unwrap();
    world.run(&["model", "verify", FAST]).ok();

    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = world.run(&["model", "verify", FAST]).failed(5);
    assert!(error.contains("has the SHA-256"), "{error}");
    let error = world.run(&["-q", "--model", FAST, "list files"]).failed(5);
    assert!(error.contains("has the SHA-256") && error.contains("cmdai model rm"), "{error}");
}

#[test]
fn names_that_are_no_model_get_a_suggestion() {
    let error = World::new().run(&["--model", "qwen2.5-coder-1.5", "list files"]).failed(5);
    assert!(error.contains("did you mean `qwen2.5-coder-1.5b`?"), "{error}");
}
