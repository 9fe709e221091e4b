//! The shell integration beside what else is set up in a shell: vi keys, plugins, bindings, and what `cmdai fix` is told.

use crate::backends::{server, with};
use crate::shells::{ALT_C, has, open, runs};
use crate::terminal::Terminal;
use crate::world::World;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// An empty screen with a prompt.
fn clear(terminal: &mut Terminal) {
    terminal.keys("clear\r");
    terminal.sees("\u{1b}[H");
    terminal.sees("ready>");
}

fn here(shell: &str) -> bool {
    let here = has(shell);
    if !here {
        eprintln!("{shell} is not installed: nothing was checked in it");
    }
    here
}

/// Wraps the widgets of zsh before each prompt, as plugins that suggest or colour do: whatever a name means by then is called by another.
const WRAPPING_PLUGIN: &str = r#"
typeset -gi stand_in_count=0
stand_in_wrap() {
  local name
  for name in accept-line self-insert cmdai-widget; do
    [[ ${widgets[$name]-} == (|user:stand_in_wrapped_*) ]] && continue
    stand_in_count+=1
    if [[ $widgets[$name] == builtin ]]; then
      eval "stand_in_plain_$stand_in_count() { zle .$name }"
      zle -N stand-in-was-$stand_in_count stand_in_plain_$stand_in_count
    else
      zle -N stand-in-was-$stand_in_count ${widgets[$name]#user:}
    fi
    eval "stand_in_wrapped_$stand_in_count() { POSTDISPLAY=; zle stand-in-was-$stand_in_count -- \"\$@\"; [[ -n \$BUFFER ]] && POSTDISPLAY=' ghost' }"
    zle -N $name stand_in_wrapped_$stand_in_count
  done
}
autoload -Uz add-zsh-hook
add-zsh-hook precmd stand_in_wrap
"#;

#[test]
fn a_plugin_that_wraps_the_same_widgets_works_beside() {
    if !here("zsh") {
        return;
    }
    let again = "eval \"$(cmdai init zsh)\"";
    for (before, after) in [(WRAPPING_PLUGIN, ""), ("", WRAPPING_PLUGIN), (WRAPPING_PLUGIN, again)] {
        let world = with(&[("desk", &server("echo M\"A\"DE"))], "");
        let mut terminal = open(&world, "zsh", before, after);
        for round in 0..2 {
            terminal.keys("# say");
            terminal.shows("# say ghost");
            terminal.keys("\r");
            terminal.shows("ready> echo M\"A\"DE");
            runs(&mut terminal, "\r", "MADE");
            clear(&mut terminal);
            terminal.keys("say");
            terminal.keys(ALT_C);
            terminal.shows("ready> echo M\"A\"DE ghost");
            runs(&mut terminal, &format!("; echo ro\"u\"nd{round}\r"), &format!("round{round}"));
            // Loaded anew in the running shell.
            runs(&mut terminal, &format!("{again}; echo lo\"a\"ded{round}\r"), &format!("loaded{round}"));
            clear(&mut terminal);
        }
    }
}

/// Where packages put zsh-autosuggestions: Debian and Fedora, Arch, Homebrew on both kinds of Mac.
const AUTOSUGGESTIONS: &[&str] = &[
    "/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
    "/usr/share/zsh/plugins/zsh-autosuggestions/zsh-autosuggestions.zsh",
    "/opt/homebrew/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
    "/usr/local/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
];

#[test]
fn zsh_autosuggestions_works_beside() {
    if !here("zsh") {
        return;
    }
    let Some(plugin) = AUTOSUGGESTIONS.iter().find(|file| Path::new(file).is_file()) else {
        eprintln!("zsh-autosuggestions is not installed: nothing was checked beside it");
        return;
    };
    let plugin = format!("source {plugin}");
    let remembers = "print -s -- '# say another thing'; print -s -- 'say no more'";
    for (before, after) in [(plugin.as_str(), ""), ("", plugin.as_str())] {
        let world = with(&[("desk", &server("echo M\"A\"DE"))], "");
        let mut terminal = open(&world, "zsh", before, &format!("{after}\n{remembers}"));
        for (words, suggested, keys) in
            [("# say", "# say another thing", "\r"), ("say", "say no more", ALT_C), ("say", "say no more", ALT_C)]
        {
            terminal.keys(words);
            terminal.shows(&format!("ready> {suggested}"));
            terminal.keys(keys);
            // Nothing that was suggested is left behind the command.
            terminal.shows("ready> echo M\"A\"DE\n");
            runs(&mut terminal, "\r", "MADE");
            clear(&mut terminal);
        }
        // What was only suggested was not asked for.
        let asked = world.run(&["history", "--json"]).ok();
        assert!(asked.contains("\"request\":\"say\"") && !asked.contains("another thing"), "{asked}");
        // A suggestion that is taken with the arrow is.
        terminal.keys("say");
        terminal.shows("ready> say no more");
        terminal.keys("\u{1b}[C");
        terminal.keys(ALT_C);
        terminal.shows("ready> echo M\"A\"DE\n");
        runs(&mut terminal, "\r", "MADE");
        assert!(world.run(&["history", "--json"]).ok().contains("\"request\":\"say no more\""));
        // The plugin goes on suggesting, and what it suggests of ours is what ran.
        clear(&mut terminal);
        terminal.keys("echo M");
        terminal.shows("ready> echo M\"A\"DE");
    }
}

#[test]
fn vi_keys_have_it_too() {
    for (shell, vi, command_mode) in [
        ("bash", "set -o vi; bind 'set show-mode-in-prompt on'; bind 'set vi-cmd-mode-string \"N:\"'", "N:ready> "),
        (
            "zsh",
            "bindkey -v; zle-keymap-select() { PS1=\"${KEYMAP}:ready> \"; zle reset-prompt }; zle -N zle-keymap-select",
            "vicmd:ready> ",
        ),
        ("fish", "fish_vi_key_bindings", "[N] ready> "),
    ] {
        if !here(shell) {
            continue;
        }
        // Whether they are chosen before or behind it.
        for (before, after) in [(vi, ""), ("", vi)] {
            let world = with(&[("desk", &server("echo M\"A\"DE"))], "");
            let mut terminal = open(&world, shell, before, after);
            for (words, keys) in [("say made", ALT_C), ("# say made", "\r")] {
                terminal.keys(words);
                terminal.keys(keys);
                terminal.shows("ready> echo M\"A\"DE");
                runs(&mut terminal, "; echo ins\"e\"rted\r", "inserted");
                clear(&mut terminal);
                terminal.keys(words);
                terminal.shows(words);
                terminal.keys("\u{1b}");
                terminal.shows(command_mode);
                terminal.keys(keys);
                terminal.shows("ready> echo M\"A\"DE");
                runs(&mut terminal, "\r", "MADE");
                clear(&mut terminal);
            }
        }
    }
}

#[test]
fn enter_that_means_something_else_stays_as_it_is() {
    for (shell, own) in [("bash", "bind -x '\"\\C-m\": echo mi\"n\"e'"), ("fish", "bind \\r 'echo mi\"n\"e'")] {
        if !here(shell) {
            continue;
        }
        let world = with(&[("desk", &server("pwd"))], "");
        let mut terminal = open(&world, shell, own, "");
        terminal.keys("# say\r");
        terminal.shows("mine");
        assert!(world.run(&["history", "--json"]).ok().contains("\"entries\":[]"));
    }
}

/// Puts a program in the place of cmdai that tells how it was called, and ends with 5.
fn stand_in(world: &World) {
    let program = world.path().join("stand-in/cmdai");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let text = "#!/bin/sh\n{ for word; do echo \"<$word>\"; done; env | grep ^CMDAI_LAST; cat; } > told\nexit 5\n";
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn fix_is_told_the_last_command_and_nothing_else_is() {
    for shell in ["bash", "zsh", "fish"].into_iter().filter(|shell| here(shell)) {
        let world = World::without_models();
        stand_in(&world);
        let path = if shell == "fish" { "set -gx PATH $PWD/stand-in $PATH" } else { "PATH=$PWD/stand-in:$PATH" };
        let mut terminal = open(&world, shell, "", path);
        let status = if shell == "fish" { "$status" } else { "$?" };
        let mut number = 0;
        let mut call = |before: &[&str], line: &str| {
            number += 1;
            for line in before.iter().chain([&line]) {
                terminal.keys(&format!("{line}\r"));
                terminal.sees("\r\n");
                terminal.sees("ready>");
            }
            runs(&mut terminal, &format!("echo en\"d\"ed{number}={status}\r"), &format!("ended{number}=5"));
            fs::read_to_string(world.path().join("told")).unwrap()
        };
        let failing = "sh -c \"echo 'a  b' >&2; exit 3\"";
        let told = |words: &str, command: &str, status: u8| {
            format!("{words}CMDAI_LAST_COMMAND={command}\nCMDAI_LAST_STATUS={status}\n")
        };
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let mut check = |before: &[&str], line: &str, expected: &str| {
            assert_eq!(sorted(&call(before, line)), sorted(expected), "{shell}: {line}");
        };
        check(&[failing], "cmdai fix </dev/null", &told("<fix>\n", failing, 3));
        check(&["true"], "cmdai -v fix 'a b' </dev/null", &told("<-v>\n<fix>\n<a b>\n", "true", 0));
        check(&[failing], "cmdai 'fix  me' '' \"*\" </dev/null", "<fix  me>\n<>\n<*>\n");
        check(&[failing], "cmdai -- fix </dev/null", "<-->\n<fix>\n");
        check(&["true"], "echo piped | cmdai check", "<check>\npiped\n");
        // A line that the history leaves out shifts nothing.
        let leave_out = match shell {
            "bash" => "HISTCONTROL=ignorespace",
            "zsh" => "setopt hist_ignore_space",
            _ => "true",
        };
        check(&[leave_out, failing], " cmdai fix </dev/null", &told("<fix>\n", failing, 3));
        // Nothing of it is there for other programs.
        runs(&mut terminal, &format!("env | grep -c '^CMDAI_LAST'{}", "\r"), "0");
    }
}
