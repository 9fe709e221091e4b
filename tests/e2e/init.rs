//! `cmdai init`: the scripts as text. What they do in their shells is in `shells`.

use crate::settings::with;
use crate::shells::has;
use crate::world::World;
use cmdai_core::request::ShellType;

#[test]
fn every_script_is_one_for_its_shell() {
    let world = World::without_models();
    for (shell, program) in [("zsh", "zsh"), ("bash", "bash"), ("fish", "fish"), ("powershell", "pwsh"), ("nu", "nu")] {
        let script = world.run(&["init", shell]).ok();
        assert!(script.contains("widget --shell") && script.contains("fix"), "{shell}: {script}");
        if shell == "powershell" {
            continue;
        }
        if shell == "nu" {
            let read = cmdai_safety::argv::read(&script, ShellType::Nu);
            assert_eq!(read.broken, None);
            assert!(read.functions.contains(&"_cmdai_widget".to_owned()), "{:?}", read.functions);
        }
        if !has(program) {
            eprintln!("{shell} is not installed: its script was not read by it");
            continue;
        }
        let (keys, reads) = match shell {
            "nu" => ("", "nu --no-config-file --commands 'source script'"),
            _ => ("--key 'ctrl-x ctrl-a'", &*format!("{program} -n script")),
        };
        for more in ["", "--no-enter", keys] {
            let said = world.bash(&format!("cmdai init {shell} {more} > script && {reads}"));
            assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{shell} {more}");
        }
    }
    world.run(&["init", "tcsh"]).failed(2);
    assert_eq!(world.run(&["init", "nushell"]).ok(), world.run(&["init", "nu"]).ok());
}

#[test]
fn the_key_comes_from_the_flag_or_the_settings_and_a_wrong_one_is_refused() {
    let world = with("interface.widget_key = \"ctrl-g\"\n");
    assert!(world.run(&["init", "zsh"]).ok().contains("'^G'"));
    assert!(world.run(&["init", "zsh", "--key", "alt-k"]).ok().contains("'\\ek'"));
    let said = world.run(&["init", "zsh", "--key", "ctrl-c"]).failed(2);
    assert!(said.contains("`ctrl-c`") && said.contains("alt-c, ctrl-g or ctrl-x ctrl-a"), "{said}");
    let said = world.run(&["init", "nu", "--key", "ctrl-x ctrl-a"]).failed(2);
    assert!(said.contains("a single key"), "{said}");
    let said = world.run(&["config", "set", "interface.widget_key", "f5"]).failed(2);
    assert!(said.contains("`f5`") && said.contains("ctrl-x ctrl-a"), "{said}");
}

#[test]
fn settings_that_are_wrong_do_not_spoil_the_start_of_a_shell() {
    let ran = with("interface.widget_key = \"ctrl-g\"\nsafety.level = \"loose\"\nx = 1\n").run(&["init", "bash"]);
    assert!(ran.stdout.contains("\"\\C-g\": _cmdai_widget "), "{ran:?}");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_subcommand_completes() {
    let world = World::without_models();
    let script = "source <(cmdai completions bash)\n\
        function=$(complete -p cmdai) && function=${function##*-F } && function=${function%% *}\n\
        COMP_WORDS=(cmdai init f) COMP_CWORD=2 COMPREPLY=()\n\"$function\" cmdai f init\necho \"${COMPREPLY[*]}\"";
    assert_eq!(world.bash(script).ok(), "fish\n");
}
