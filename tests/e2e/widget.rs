//! `cmdai widget` off a terminal, as a script would call it.

use crate::backends::{json_of, nobody, server, with};
use crate::world::Ran;

fn entries(world: &crate::world::World) -> Vec<serde_json::Value> {
    json_of(&world.run(&["history", "--json"]))["entries"].as_array().unwrap().clone()
}

#[test]
fn the_command_alone_is_printed_and_recorded_as_shown() {
    let world = with(&[("desk", &server("printf '%s\\n' \"a  b\" |\n  sort"))], "interface.alternatives = 3");
    let ran = world.run(&["widget", "--shell", "zsh", "--", "sort", "it"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "printf '%s\\n' \"a  b\" |\n  sort\n"), "{ran:?}");
    assert_eq!(ran.stderr, "", "off a terminal there is no hint");
    let kept = entries(&world);
    assert_eq!((&kept[0]["request"], &kept[0]["disposition"]), (&"sort it".into(), &"shown".into()));
    assert_eq!(kept[0]["shell"], "zsh");
}

#[test]
fn words_come_from_standard_input_only_where_there_are_no_others() {
    let world = with(&[("desk", &server("pwd"))], "");
    assert_eq!(world.bash("echo 'say \"hello\" | to *' | cmdai widget --shell bash").ok(), "pwd\n");
    // Nobody ever writes to it, and nobody waits for that.
    assert_eq!(world.bash("mkfifo f && exec 9<>f && cmdai widget --shell bash -- '# where am I' <&9").ok(), "pwd\n");
    let asked: Vec<String> =
        entries(&world).iter().map(|entry| entry["request"].as_str().unwrap().to_owned()).collect();
    assert_eq!(asked, ["where am I", "say \"hello\" | to *"]);
}

#[test]
fn a_risk_is_one_line_and_a_block_gives_nothing() {
    let world = with(&[("desk", &server("rm -rf photos"))], "");
    std::fs::create_dir(world.path().join("photos")).unwrap();
    let ran = world.run(&["widget", "--", "remove photos"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "rm -rf photos\n"), "{ran:?}");
    assert!(ran.stderr.starts_with("risk high: ") && ran.stderr.lines().count() == 1, "{ran:?}");

    let world = with(&[("desk", &server("rm -rf /"))], "");
    let said = world.run(&["widget", "--", "remove all"]).failed(3);
    assert!(said.starts_with("cmdai: blocked `rm -rf /`, risk critical: ") && said.lines().count() == 1, "{said}");
    assert_eq!(entries(&world)[0]["disposition"], "blocked");
}

#[test]
fn what_goes_wrong_is_one_line_and_no_command() {
    let desk = server("# no command: a walk cannot be taken by a computer");
    for (world, words, code, why) in [
        (with(&[("desk", &nobody())], "model.default = \"/no/such.gguf\""), "where am I", 8, "no backend can answer"),
        (with(&[("desk", &desk)], ""), "go for a walk", 7, "a walk cannot be taken"),
        (with(&[], ""), "list files", 5, "cmdai model pull"),
        (with(&[], ""), "  ", 2, "the request is empty"),
    ] {
        let said = world.run(&["widget", "--", words]).failed(code);
        assert!(said.starts_with("cmdai: ") && said.contains(why) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn it_is_not_in_the_list_of_commands_and_has_a_page_of_its_own() {
    let world = with(&[], "");
    let list = world.run(&["--help"]).ok();
    assert!(list.contains("\n  init ") && !list.contains("\n  widget "), "{list}");
    let page: Ran = world.run(&["widget", "--help"]);
    assert!(page.stdout.contains("Nothing is asked and nothing is run"), "{page:?}");
}
