//! What this machine has of the tools a build needs, found out by looking at files.
//!
//! The first half of [`super`]. It starts no program but `cc` and, once for each Python, pip: it runs before every build, and a
//! single `python3 -m pip` costs more than all the rest. A variable that setup itself set counts as absent, so that a tool
//! that has since come to the system is used.

use super::wheels;
use crate::workspace::{Workspace, on_path};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something the build needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Configures llama.cpp.
    Cmake,
    /// Reads llama.cpp's headers for bindgen.
    Libclang,
    /// Compiles llama.cpp.
    Cxx,
    /// Runs pip.
    Python,
    /// Fetches wheels, and models from a package mirror.
    Pip,
    /// A shell that the integration is tested in.
    Zsh,
    /// Another one.
    Fish,
    /// A plugin that the integration is tested beside.
    Autosuggestions,
    /// The terminal of the recordings.
    Tmux,
}

impl Tool {
    pub(crate) const ALL: [Self; 5] = [Self::Cmake, Self::Libclang, Self::Cxx, Self::Python, Self::Pip];

    /// What only tests want. Those that do not find it say so.
    pub(crate) const TESTS: [Self; 4] = [Self::Zsh, Self::Fish, Self::Autosuggestions, Self::Tmux];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cmake => "cmake",
            Self::Libclang => "libclang",
            Self::Cxx => "C++ compiler",
            Self::Python => "python3",
            Self::Pip => "pip",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Autosuggestions => "zsh-autosuggestions",
            Self::Tmux => "tmux",
        }
    }

    /// The Python package that carries it.
    pub(crate) fn wheel(self) -> Option<&'static str> {
        match self {
            Self::Cmake => Some("cmake"),
            Self::Libclang => Some("libclang"),
            _ => None,
        }
    }
}

/// What the system lacks.
pub(crate) fn missing(workspace: &Workspace, ours: &BTreeMap<String, String>) -> Vec<Tool> {
    let has = |tool: Tool| match tool {
        Tool::Cmake => users_env(ours, "CMAKE").is_some() || on_path("cmake").is_some(),
        Tool::Libclang => users_env(ours, "LIBCLANG_PATH").is_some() || has_libclang(),
        // On Windows the compiler is found through the registry, by the cc crate; it is not in PATH.
        Tool::Cxx => cfg!(windows) || users_env(ours, "CXX").is_some() || has_any(&["c++", "g++", "clang++"]),
        Tool::Python => python().is_some(),
        Tool::Pip => has_pip(workspace),
        _ => true,
    };
    Tool::ALL.into_iter().filter(|tool| !has(*tool)).collect()
}

/// What tests want and the system lacks.
pub(crate) fn missing_for_tests() -> Vec<Tool> {
    let plugin = "share/zsh-autosuggestions/zsh-autosuggestions.zsh";
    let has_plugin =
        || ["/usr", "/usr/local", "/opt/homebrew"].iter().any(|home| Path::new(home).join(plugin).is_file());
    let has = |tool: &Tool| if *tool == Tool::Autosuggestions { has_plugin() } else { on_path(tool.name()).is_some() };
    Tool::TESTS.into_iter().filter(|tool| !has(tool)).collect()
}

/// A variable that the user set; none when its value is what setup wrote for cargo.
pub(crate) fn users_env(ours: &BTreeMap<String, String>, name: &str) -> Option<String> {
    let value = env::var(name).ok().filter(|value| !value.is_empty())?;
    (ours.get(name) != Some(&value)).then_some(value)
}

/// The Python to run pip with.
pub(crate) fn python() -> Option<PathBuf> {
    on_path("python3").or_else(|| on_path("python"))
}

fn has_any(names: &[&str]) -> bool {
    names.iter().any(|name| on_path(name).is_some())
}

/// Whether Python has pip, asked once for each Python and then remembered.
fn has_pip(workspace: &Workspace) -> bool {
    let Some(python) = python() else { return false };
    let stamp = workspace.tools().join("pip-seen");
    let id = python.display().to_string();
    if fs::read_to_string(&stamp).is_ok_and(|seen| seen == id) {
        return true;
    }
    let status = wheels::pip(&python).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = status.is_ok_and(|status| status.success());
    if found {
        // Only saves time: when it cannot be written, the question is asked again.
        let _ = fs::create_dir_all(workspace.tools()).and_then(|()| fs::write(&stamp, id));
    }
    found
}

/// Whether clang-sys will find a libclang: the directories it looks in, which the system's packages and Xcode use.
fn has_libclang() -> bool {
    let names: fn(&str) -> bool = if cfg!(target_os = "macos") {
        |name| name == "libclang.dylib"
    } else if cfg!(windows) {
        |name| name == "libclang.dll"
    } else {
        is_libclang
    };
    let mut dirs = llvm_dirs();
    if cfg!(target_os = "macos") {
        dirs.push("/Library/Developer/CommandLineTools/usr/lib".into());
        dirs.push("/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib".into());
        dirs.push("/opt/homebrew/opt/llvm/lib".into());
        dirs.push("/usr/local/opt/llvm/lib".into());
    } else if cfg!(windows) {
        dirs.push("C:\\Program Files\\LLVM\\bin".into());
    } else {
        dirs.extend(["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"].map(PathBuf::from));
        dirs.extend(entries(Path::new("/usr/lib")).filter(|dir| dir.to_string_lossy().contains("-linux-")));
    }
    dirs.iter().any(|dir| entries(dir).any(|file| file.file_name().is_some_and(|name| names(&name.to_string_lossy()))))
}

/// `libclang.so`, `libclang.so.13`, `libclang-14.so.1`; not `libclang-cpp.so.14`, which has no C interface.
fn is_libclang(name: &str) -> bool {
    let versioned = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(".so");
    name.starts_with("libclang.so") || name.strip_prefix("libclang-").is_some_and(versioned)
}

/// Whether clang's own headers (stddef.h) lie beside the system's libclang; a bare runtime package lacks them.
pub(crate) fn has_clang_headers() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let homes = llvm_dirs().into_iter().chain([PathBuf::from("/usr/lib"), PathBuf::from("/usr/lib64")]);
    homes
        .map(|lib| lib.join("clang"))
        .any(|clang| entries(&clang).any(|version| version.join("include/stddef.h").is_file()))
}

/// The C compiler's directory of built-in headers.
pub(crate) fn compiler_headers() -> Option<PathBuf> {
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let output = Command::new(compiler).arg("-print-file-name=include").output().ok()?;
    let dir = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    // A compiler that has none repeats the bare word.
    dir.is_absolute().then_some(dir)
}

/// `lib` of each LLVM that a distribution installs beside others.
fn llvm_dirs() -> Vec<PathBuf> {
    entries(Path::new("/usr/lib"))
        .filter(|dir| dir.file_name().is_some_and(|name| name.to_string_lossy().starts_with("llvm-")))
        .map(|dir| dir.join("lib"))
        .collect()
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libclang_is_told_from_its_neighbours() {
        for name in ["libclang.so", "libclang.so.13", "libclang-14.so.1", "libclang-18.so.18"] {
            assert!(is_libclang(name), "{name}");
        }
        for name in ["libclang-cpp.so.14", "libclang_rt.so", "libclangAST.a", "libclang-14.a"] {
            assert!(!is_libclang(name), "{name}");
        }
    }

    #[test]
    fn our_own_variables_do_not_count() {
        let path = env::var("PATH").unwrap();
        assert_eq!(users_env(&BTreeMap::new(), "PATH"), Some(path.clone()));
        assert_eq!(users_env(&BTreeMap::from([("PATH".to_owned(), path)]), "PATH"), None);
    }
}
