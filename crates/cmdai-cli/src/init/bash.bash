# cmdai in bash. In ~/.bashrc:  eval "$(cmdai init bash)"
#
# {key} turns the words on the line into a command; so does Enter on a line that begins with `# `. Nothing is run, and a line
# that got no command stays as it was. The words do not reach the history: the line itself is replaced.

# Tells `cmdai fix` what was run last, and puts on the next prompt line what `i` asks for.
function cmdai {
  local cmdai_status=$? cmdai_word cmdai_last cmdai_next=
  # Left there by the program. Behind a pipe or in a substitution there is no next line.
  [[ ${_cmdai_next+set} && $BASH_SUBSHELL == 0 ]] && cmdai_next={next}$$
  for cmdai_word in "$@"; do [[ $cmdai_word == -?* && $cmdai_word != -- ]] || break; done
  if [[ $cmdai_word == fix ]]; then
    # The line that is running does not count for `fc`. It puts a tab, and a blank or a star, before the command.
    cmdai_last=$(HISTTIMEFORMAT='' builtin fc -ln -1 2>/dev/null)
    cmdai_last=${cmdai_last#$'\t'}
    CMDAI_LAST_COMMAND=${cmdai_last#[ *]} CMDAI_LAST_STATUS=$cmdai_status CMDAI_NEXT_LINE=$cmdai_next command cmdai "$@"
  else
    CMDAI_NEXT_LINE=$cmdai_next command cmdai "$@"
  fi
  cmdai_status=$?
  if [[ -n $cmdai_next && -e $cmdai_next ]]; then
    _cmdai_next=$(<"$cmdai_next")
    command rm -f -- "$cmdai_next"
    (_cmdai_press </dev/tty >/dev/tty 2>/dev/null &)
  fi
  return "$cmdai_status"
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

  # bash fills a line only when a key is pressed on it. So the terminal is asked whether it is there, and its answer is that key: asked from
  # behind, once the line is being read, because earlier it would be echoed, and in the prompt itself it would be asked at each repaint.
  _cmdai_next=
  _cmdai_press() {
    local -i tries=100
    while ((tries--)); do
      if [[ $(stty -a) == *-icanon* ]]; then
        printf '\e[5n'
        return
      fi
      sleep 0.02
    done
  }
  _cmdai_put() {
    if [[ -z $READLINE_LINE ]]; then
      READLINE_LINE=$_cmdai_next
      READLINE_POINT=0x7fffffff
    fi
    _cmdai_next=
  }
  for _cmdai_map in emacs-standard vi-insert vi-command; do
    bind -m "$_cmdai_map" -x '"\C-x\C-]": _cmdai_put'
    bind -m "$_cmdai_map" '"\e[0n": "\C-x\C-]"'
  done

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
