# cmdai in nushell:  cmdai init nu | save -f ~/.config/nushell/autoload/cmdai-init.nu
#
# {key} turns the words on the line into a command. Nothing is run, and a line that got no command stays as it was. The words do
# not reach the history: the line itself is replaced.

# One shell command for a request in plain language. `cmdai fix` is told what was run last, and what `i` asks for is put on the next
# prompt line.
def --wrapped cmdai [...words] {
    let status = $env.LAST_EXIT_CODE? | default 0
    let first = $words | take until {|word| $word == "--" } | where {|word| not ($word | str starts-with "-") } | get 0?
    # Left there by the program.
    let next = {next} + ($nu.pid | into string)
    if $first == "fix" {
        # The line that is running may stand at the end already.
        let last = history | last 10 | get command | where {|line| not ($line | str starts-with "cmdai fix") } | last 1 | get 0?
        with-env { CMDAI_LAST_COMMAND: ($last | default ""), CMDAI_LAST_STATUS: ($status | into string), CMDAI_NEXT_LINE: $next } { ^cmdai ...$words }
    } else {
        with-env { CMDAI_NEXT_LINE: $next } { ^cmdai ...$words }
    }
    if ($next | path exists) {
        commandline edit --replace (open --raw $next | str trim --right)
        rm $next
    }
}

# Replaces the line with the command for the words on it.
def _cmdai_widget [] {
    let words = commandline
    if ($words | str trim | is-empty) {
        print "\ncmdai: type what you want in plain words, then press this key again"
        return
    }
    # A hint below the line while there is nothing yet; the line is drawn anew where the cursor is left.
    print -n $"\n(ansi dark_gray)cmdai works, Ctrl-C stops it(ansi reset)"
    let made = ^cmdai widget --shell nu -- $words | complete
    print -n $"\r(ansi erase_line)(ansi cursor_up)"
    if ($made.stderr | is-not-empty) { print $"\n($made.stderr | str trim)" }
    if $made.exit_code == 0 {
        commandline edit --replace ($made.stdout | str trim --right)
    } else if ($made.stderr | is-empty) {
        print "\ncmdai: cancelled"
    }
}

$env.config.keybindings ++= [{
    name: cmdai
    {bind}
    mode: [emacs vi_normal vi_insert]
    event: { send: executehostcommand, cmd: "_cmdai_widget" }
}]
