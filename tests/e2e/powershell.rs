//! The scripts for PowerShell, read by a grammar of it: no machine of ours runs PowerShell, and a script that it could not even read
//! would be found by its users alone. What the script does is not looked at.

use crate::settings::with;
use crate::world::World;
use tree_sitter::{Node, Parser};

/// The places that the grammar cannot read, each as its line.
fn unread(script: &str) -> Vec<String> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    let tree = parser.parse(script, None).unwrap();
    let mut found = Vec::new();
    let mut nodes: Vec<Node<'_>> = vec![tree.root_node()];
    while let Some(node) = nodes.pop() {
        if node.is_error() || node.is_missing() {
            let row = node.start_position().row;
            found.push(format!("{}: {}", row + 1, script.lines().nth(row).unwrap_or_default()));
        }
        nodes.extend((0..node.child_count()).filter_map(|at| node.child(at)));
    }
    found
}

#[test]
fn a_script_with_a_slip_is_not_read() {
    let sound = World::without_models().run(&["init", "powershell"]).ok();
    for (part, slip) in [("try {", "try "), ("-ceq 'fix'", "-ceq 'fix"), ("if ($isFix) {", "if $isFix {")] {
        assert!(sound.contains(part), "{part}");
        assert_ne!(unread(&sound.replacen(part, slip, 1)), Vec::<String>::new(), "{slip}");
    }
}

#[test]
fn every_script_for_powershell_is_read() {
    let world = with("");
    for args in [
        &["init", "powershell"][..],
        &["init", "powershell", "--no-enter"],
        &["init", "powershell", "--key", "ctrl-x ctrl-a"],
        &["completions", "powershell"],
    ] {
        let script = world.run(args).ok();
        assert!(script.len() > 200, "{args:?}: {script}");
        assert_eq!(unread(&script), Vec::<String>::new(), "{args:?}");
    }
}
