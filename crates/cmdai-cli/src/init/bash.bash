# cmdai in bash. In ~/.bashrc:  eval "$(cmdai init bash)"
#
# {key} turns the words on the line into a command; so does Enter on a line that begins with `# `. Nothing is run, and a line
# that got no command stays as it was. The words do not reach the history: the line itself is replaced.

# Tells `cmdai fix` what was run last; every other call passes straight on.
function cmdai {
  local cmdai_status=$? cmdai_word cmdai_last
  for cmdai_word in "$@"; do [[ $cmdai_word == -?* && $cmdai_word != -- ]] || break; done
  if [[ $cmdai_word == fix ]]; then
    # The line that is running does not count for `fc`. It puts a tab, and a blank or a star, before the command.
    cmdai_last=$(HISTTIMEFORMAT='' builtin fc -ln -1 2>/dev/null)
    cmdai_last=${cmdai_last#$'\t'}
    CMDAI_LAST_COMMAND=${cmdai_last#[ *]} CMDAI_LAST_STATUS=$cmdai_status command cmdai "$@"
  else
    command cmdai "$@"
  fi
}

if [[ $- == *i* ]] && ((BASH_VERSINFO[0] >= 4)); then
  # Replaces the line with the command for these words. What the program says stands where the line was, which is painted again.
  _cmdai_replace() {
    if [[ -z ${1//[[:space:]]/} ]]; then
      printf '%s\n' 'cmdai: type what you want in plain words, then press this key again' >&2
      return 0
    fi
    # Set here, a signal ends the program below and not this function, and the line stays.
    local trapped command
    trapped=$(trap -p INT)
    trap : INT
    if command=$(command cmdai widget --shell bash -- "$1" </dev/null) && [[ -n $command ]]; then
      READLINE_LINE=$command
      READLINE_POINT=0x7fffffff
    fi
    eval "${trapped:-trap - INT}"
  }
  _cmdai_widget() { _cmdai_replace "$READLINE_LINE"; }

  # Each is called with `$_`, which so is after it what it was before.
  for _cmdai_map in emacs-standard vi-insert vi-command; do bind -m "$_cmdai_map" -x '"{bind}": _cmdai_widget "$_"'; done

  #{enter
  # Enter is two keys: the first looks at the line; the second accepts it, or does nothing where a command has just been put there.
  # Two bytes each, because older versions run nothing for longer ones.
  _cmdai_second=accept-line
  _cmdai_look() {
    local second=accept-line map
    # One line that was typed: not a block that was pasted, and nothing that waits to be read.
    if [[ $READLINE_LINE == '# '*[^[:space:]]* && $READLINE_LINE != *$'\n'* ]] && ! read -r -t 0; then
      _cmdai_replace "$READLINE_LINE"
      second='""'
    fi
    if [[ $second != "$_cmdai_second" ]]; then
      for map in emacs-standard vi-insert vi-command; do bind -m "$map" '"\C-x\C-_": '"$second"; done
      _cmdai_second=$second
    fi
  }
  for _cmdai_map in emacs-standard vi-insert vi-command; do
    # Who gave Enter another meaning keeps it.
    [[ $(bind -m "$_cmdai_map" -p) == *'"\C-m": accept-line'* ]] || continue
    bind -m "$_cmdai_map" -x '"\C-x\C-^": _cmdai_look "$_"'
    bind -m "$_cmdai_map" '"\C-x\C-_": accept-line'
    bind -m "$_cmdai_map" '"\C-m": "\C-x\C-^\C-x\C-_"'
  done
  #enter}
  unset _cmdai_map
fi
