//! What computes the embedded model: told with its reason, chosen by a setting, and an error where it is not part of the build.

// Where MLX is built in, these are answered by it.
#![cfg(not(all(target_os = "macos", target_arch = "aarch64")))]

use crate::backends::json_of;
use crate::world::{FAST, Ran, World};
use std::fs;
use std::path::PathBuf;

fn with(world: &World, runtime: &str, args: &[&str]) -> Ran {
    Ran::of(world.cmdai(args).env("CMDAI_MODEL", FAST).env("CMDAI_RUNTIME", runtime).output().unwrap())
}

#[test]
fn the_runtime_is_told_with_its_reason() {
    let world = World::new();
    for (runtime, why) in [("auto", "there is no other in this build"), ("llama.cpp", "the settings ask for it")] {
        let listed = json_of(&with(&world, runtime, &["backend", "list", "--json"]));
        let embedded = &listed["backends"][0];
        assert_eq!((&embedded["kind"], &embedded["why"]), (&"embedded-llama".into(), &why.into()), "{embedded}");
        let said = with(&world, runtime, &["backend", "list"]).ok();
        assert!(said.lines().nth(1).unwrap().ends_with(&format!("in cmdai itself   ({why})")), "{said}");
        let report = with(&world, runtime, &["doctor"]).ok();
        assert!(report.contains(&format!("embedded-llama: {why}")), "{report}");
    }
}

#[test]
fn a_runtime_that_is_not_in_this_build_is_an_error_that_says_so() {
    const WHY: &str = "this build has no MLX, only llama.cpp";
    let world = World::new();
    let error = with(&world, "mlx", &["-q", "list files"]).failed(4);
    assert!(error.contains(WHY) && error.contains("cmdai config set model.runtime auto"), "{error}");
    let listed = json_of(&with(&world, "mlx", &["backend", "list", "--json"]));
    assert_eq!((&listed["backends"][0]["kind"], &listed["backends"][0]["problem"]), (&().into(), &WHY.into()));
    let report = with(&world, "mlx", &["doctor"]);
    assert!(report.code == Some(1) && report.stdout.contains(WHY), "{report:?}");
}

#[test]
fn a_directory_of_mlx_is_found_and_needs_mlx() {
    let world = World::new();
    let dir: PathBuf = world.path().join("model");
    fs::create_dir(&dir).unwrap();
    let asked = || world.run(&["-q", "--model", "./model", "list files"]);
    let error = asked().failed(5);
    assert!(error.contains("is a directory") && error.contains("config.json"), "{error}");
    for name in ["config.json", "tokenizer.json"] {
        fs::write(dir.join(name), "{}").unwrap();
    }
    let error = asked().failed(5);
    assert!(error.contains("has no model.safetensors"), "{error}");
    fs::write(dir.join("model.safetensors"), "weights").unwrap();
    let error = asked().failed(4);
    assert!(error.contains("this build has no MLX"), "{error}");
}
