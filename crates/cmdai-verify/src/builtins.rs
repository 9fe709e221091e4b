//! Words that a shell answers itself.
//!
//! Asked before the path is, because `cd` and `export` are no programs.

use cmdai_core::request::ShellType;

const POSIX: &str = ". : [ alias bg break cd command continue echo eval exec exit export false fc fg getopts hash jobs kill \
    local newgrp printf pwd read readonly return set shift test times trap true type ulimit umask unalias unset wait \
    if then else elif fi for in do done case esac while until ! { }";
const BASH: &str = "bind builtin caller compgen complete compopt declare dirs disown enable help history let logout mapfile \
    popd pushd readarray shopt source suspend typeset time [[ ((  function select coproc";
const ZSH: &str = "autoload bindkey builtin bye chdir compctl compdef declare dirs disable disown echotc echoti emulate enable \
    float functions getln history integer let limit log logout nocorrect noglob popd print pushd pushln r rehash sched \
    setopt source suspend time ttyctl typeset unfunction unhash unlimit unsetopt vared whence where which zcompile \
    zformat zle zmodload zmv zparseopts zprof zpty zstyle [[ (( foreach end repeat function select coproc always - run-help";
const FISH: &str = "abbr and argparse begin block builtin bind breakpoint cdh complete contains count dirh dirs disown emit end \
    fish_add_path fish_config fish_indent fish_key_reader fish_update_completions fish_vi_key_bindings funced funcsave \
    function functions help history isatty math nextd not open or path popd prevd prompt_pwd psub pushd random realpath \
    set_color source status string suspend switch time trap type ulimit vared set_path fish_default_key_bindings nextd \
    export alias commandline contains else";
const CMD: &str = "assoc break call cd chdir cls color copy date del dir dpath echo endlocal erase exit for ftype goto if keys \
    md mkdir mklink move path pause popd prompt pushd rd rem ren rename rmdir set setlocal shift start time title type ver \
    verify vol";

/// Whether `shell` answers `name` itself.
pub(crate) fn has(name: &str, shell: ShellType) -> bool {
    let within = |list: &str| list.split_whitespace().any(|word| word == name);
    match shell {
        ShellType::Bash => within(POSIX) || within(BASH),
        ShellType::Zsh => within(POSIX) || within(ZSH),
        ShellType::Fish => within(POSIX) || within(FISH),
        ShellType::Sh => within(POSIX),
        ShellType::Cmd => within(CMD) || within(&CMD.to_uppercase()),
        // Cmdlets are many and come with modules, so none is missed.
        ShellType::PowerShell => true,
    }
}
