//! Build files that tools carry out: those that came from the network are programs that nobody has read.

use crate::doors::{network, option_values};
use crate::run::Machine;
use crate::value::{Arg, Taint};
use cmdai_core::assess::RiskLevel;

/// Build files that a tool reads without being told.
const BUILD_FILES: &[(&str, &[&str], &[&str])] = &[
    ("make", &["Makefile", "makefile", "GNUmakefile"], &[]),
    (
        "gradle",
        &["build.gradle", "build.gradle.kts", "settings.gradle"],
        &["-b", "-I", "--build-file", "--init-script"],
    ),
    ("mvn", &["pom.xml"], &["-f", "--file"]),
    ("ant", &["build.xml"], &["-f", "-buildfile"]),
    ("npm", &["package.json"], &[]),
    ("yarn", &["package.json"], &[]),
    ("pnpm", &["package.json"], &[]),
    ("cargo", &["build.rs", "Cargo.toml"], &["--manifest-path"]),
    ("cmake", &["CMakeLists.txt"], &["-P", "-C"]),
    ("just", &["justfile", "Justfile"], &["-f", "--justfile"]),
    ("task", &["Taskfile.yml"], &["-t", "--taskfile"]),
    ("rake", &["Rakefile"], &["-f", "--rakefile"]),
    ("invoke", &["tasks.py"], &["-c"]),
    ("fab", &["fabfile.py"], &["-f"]),
    ("scons", &["SConstruct"], &["-f"]),
    ("vagrant", &["Vagrantfile"], &[]),
    ("docker-compose", &["docker-compose.yml", "compose.yaml"], &["-f"]),
    ("terraform", &["main.tf"], &["-var-file"]),
    ("tox", &["tox.ini"], &["-c"]),
    ("nox", &["noxfile.py"], &["-f"]),
    ("pytest", &["conftest.py"], &["-c"]),
    ("gulp", &["gulpfile.js"], &["-f"]),
    ("webpack", &["webpack.config.js"], &["-c", "--config"]),
    ("bazel", &["WORKSPACE", "BUILD"], &[]),
    ("meson", &["meson.build"], &[]),
    ("nix-build", &["default.nix"], &[]),
    ("nix-shell", &["shell.nix"], &[]),
    ("procmail", &[], &["-m"]),
    ("logrotate", &[], &["-f"]),
    ("vim", &[], &["-S", "-u"]),
    ("nvim", &[], &["-S", "-u"]),
    ("emacs", &[], &["-l", "--load", "--script"]),
    ("gdb", &[], &["-x", "--command"]),
    ("node", &[], &["-r", "--require", "--import"]),
    ("ruby", &[], &["-r"]),
];

/// A build file that came from the network.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
    let Some((_, own, options)) = BUILD_FILES.iter().find(|(tool, ..)| *tool == name) else { return };
    let named = option_values(args, options);
    let own: Vec<Arg> = own.iter().map(|f| Arg::known(*f, args.first().map_or(0..0, |a| a.span.clone()))).collect();
    for file in if named.is_empty() { own } else { named } {
        let path = m.place(&file.text).path;
        if m.files.get(&path).is_some_and(|d| d.taint.has(Taint::NET)) || file.text.contains("://") {
            network(m, &file, "runs a build file from the network without anybody having read it", RiskLevel::Critical);
        }
    }
}
