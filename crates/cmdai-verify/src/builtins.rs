//! Words that a shell answers itself.
//!
//! Asked before the path is, because `cd` and `export` are no programs.

use cmdai_core::request::ShellType;
use cmdai_safety::argv::NUSHELL;

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
    match shell {
        ShellType::Cmd => names(shell).any(|word| word.eq_ignore_ascii_case(name)),
        // Cmdlets are many and come with modules, so none is missed.
        ShellType::PowerShell => true,
        _ => names(shell).any(|word| word == name),
    }
}

/// The words that `shell` answers itself, as far as they are known.
pub(crate) fn names(shell: ShellType) -> impl Iterator<Item = &'static str> {
    let lists: &[&str] = match shell {
        ShellType::Bash => &[POSIX, BASH],
        ShellType::Zsh => &[POSIX, ZSH],
        ShellType::Fish => &[POSIX, FISH],
        ShellType::Sh => &[POSIX],
        ShellType::Cmd => &[CMD],
        ShellType::PowerShell | ShellType::Nu => &[],
    };
    let own = if shell == ShellType::Nu { NUSHELL } else { &[] };
    lists.iter().flat_map(|list| list.split_whitespace()).chain(own.iter().copied())
}

/// What a word that shells answer themselves does; nothing for one that is not in the list.
pub(crate) fn about(name: &str) -> Option<&'static str> {
    ABOUT
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(names, _)| names.split(' ').any(|n| n == name))
        .map(|(_, about)| about)
}

const ABOUT: &str = "\
cd chdir: changes the current directory
echo: prints its words
printf: prints words in the form that the first one says
pwd: prints the current directory
export: hands a variable on to the programs that are started
set: changes options of the shell, or its positional parameters
unset: forgets a variable or a function
alias: gives a command another name
unalias: forgets such a name
source .: runs the commands of a file in this shell
eval: runs its words as a command
exec: puts a program in the place of the shell
exit logout: ends the shell
return: ends the function
read: reads a line into variables
test [ [[: compares values and looks at files
true :: succeeds and does nothing
false: fails and does nothing
trap: says what is done when a signal comes
wait: waits for what runs in the background
jobs: lists what runs in the background
fg: brings what runs in the background back
bg: lets what was stopped go on in the background
kill: sends a signal to processes
umask: says which permissions new files do not get
ulimit: limits what programs may use
type command: tells what a name means, or runs it past functions
history: lists the commands of this shell
local declare typeset: makes a variable of a function
readonly: makes a variable that cannot be changed
shift: drops the first positional parameter
getopts: takes the options of a script apart
time: runs a command and tells how long it took
pushd: changes the current directory and remembers the one before
popd: goes back to the directory that was remembered
disown: lets what runs in the background live on without the shell
mapfile readarray: reads lines into an array
shopt: changes options of bash
let: calculates
hash: remembers where programs are
";
