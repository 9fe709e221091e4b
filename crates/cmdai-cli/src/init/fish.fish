# cmdai in fish. In ~/.config/fish/config.fish:  cmdai init fish | source
#
# {key} turns the words on the line into a command; so does Enter on a line that begins with `# `. Nothing is run, and a line
# that got no command stays as it was. The words do not reach the history: the line itself is replaced.

# Tells `cmdai fix` what was run last, and puts on the next prompt line what `i` asks for. The last command is kept here rather than looked
# up in the history, which leaves lines out.
function _cmdai_preexec --on-event fish_preexec
    set -g _cmdai_last $_cmdai_now
    set -g _cmdai_now $argv[1]
end
function cmdai --description 'One shell command for a request in plain language'
    set -l cmdai_status $status
    set -l cmdai_word
    for cmdai_word in $argv
        string match --quiet -- '-?*' $cmdai_word; and test "$cmdai_word" != --; or break
    end
    # Left there by the program. In a substitution there is no next line.
    set -l cmdai_next
    status is-interactive; and not status is-command-substitution; and set cmdai_next {next}$fish_pid
    if test "$cmdai_word" = fix
        CMDAI_LAST_COMMAND="$_cmdai_last" CMDAI_LAST_STATUS=$cmdai_status CMDAI_NEXT_LINE="$cmdai_next" command cmdai $argv
    else
        CMDAI_NEXT_LINE="$cmdai_next" command cmdai $argv
    end
    set cmdai_status $status
    if test -n "$cmdai_next" -a -e "$cmdai_next"
        commandline --replace -- (string collect <$cmdai_next)
        command rm -f -- $cmdai_next
    end
    return $cmdai_status
end

if status is-interactive
    # Replaces the line with the command for these words.
    function _cmdai_replace
        if not string match --quiet --regex '\S' -- "$argv"
            _cmdai_say 'cmdai: type what you want in plain words, then press this key again'
            return
        end
        # One line below the cursor, for which room is made first; then the cursor is where fish left it.
        printf '\eD\e[A\e7\r\e[B\e[J%s\e8' 'cmdai works, Ctrl-C stops it' >/dev/tty
        # Heard here, Ctrl-C ends the program and not this function, and the line stays.
        function _cmdai_interrupted --on-signal INT
        end
        # What is said is told from the command by a character that neither holds.
        set -l lines (
            command cmdai widget --shell fish -- "$argv" </dev/null 2>| string replace --regex '^' \x1e
            set -g _cmdai_status $pipestatus[1]
        )
        functions --erase _cmdai_interrupted
        printf '\e7\r\e[B\e[J\e8' >/dev/tty
        set -l said (string match -- \x1e'*' $lines | string sub --start 2)
        set -l command (string match --invert -- \x1e'*' $lines)
        if test "$_cmdai_status" = 0 -a -n "$command"
            test -n "$said"; and _cmdai_say $said
            commandline --replace -- (string join \n -- $command)
            commandline --function end-of-buffer
        else if test -n "$said"
            _cmdai_say $said
        else
            _cmdai_say 'cmdai: cancelled'
        end
        set -e _cmdai_status
    end

    # Prints lines below the line, which fish then paints again under them.
    function _cmdai_say
        printf '\r\n'
        printf '%s\r\n' $argv
        commandline --function repaint
    end

    function _cmdai_widget
        _cmdai_replace (commandline | string collect)
    end

    for _cmdai_mode in default insert
        bind --mode $_cmdai_mode {bind} _cmdai_widget
    end

    #{enter
    # One line that was typed, not a block that was pasted.
    function _cmdai_enter
        set -l lines (commandline)
        if test (count $lines) = 1; and string match --quiet --regex '^# +\S' -- $lines; and not commandline --paging-mode
            _cmdai_replace $lines
        else
            commandline --function execute
            # As the vi bindings of fish have it: a new line begins in insert mode.
            if test "$fish_bind_mode" = default; and contains -- "$fish_key_bindings" fish_{vi,hybrid}_key_bindings
                set fish_bind_mode insert
            end
        end
    end
    for _cmdai_mode in default insert
        # Who gave Enter another meaning keeps it.
        bind --user --mode $_cmdai_mode \r >/dev/null 2>&1; or bind --mode $_cmdai_mode \r _cmdai_enter
    end
    #enter}
    set -e _cmdai_mode
end
