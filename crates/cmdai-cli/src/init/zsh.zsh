# cmdai in zsh. In ~/.zshrc, after whatever else wraps widgets:  eval "$(cmdai init zsh)"
#
# {key} turns the words on the line into a command; so does Enter on a line that begins with `# `. Nothing is run, and a line
# that got no command stays as it was. The words do not reach the history: the line itself is replaced.

# Tells `cmdai fix` what was run last, and puts on the next prompt line what `i` asks for. The last command is kept here rather than looked
# up in the history, which other shells write to and which leaves lines out.
function _cmdai_preexec {
  typeset -g _cmdai_last=${_cmdai_now-} _cmdai_now=${1:-$3}
}
autoload -Uz add-zsh-hook
add-zsh-hook preexec _cmdai_preexec
function cmdai {
  local -i cmdai_status=$?
  local cmdai_word cmdai_next=
  # Left there by the program. Behind a pipe or in a substitution there is no next line.
  [[ -o zle && $ZSH_SUBSHELL == 0 ]] && cmdai_next={next}$$
  for cmdai_word in "$@"; do [[ $cmdai_word == -?* && $cmdai_word != -- ]] || break; done
  if [[ $cmdai_word == fix ]]; then
    CMDAI_LAST_COMMAND=${_cmdai_last-} CMDAI_LAST_STATUS=$cmdai_status CMDAI_NEXT_LINE=$cmdai_next command cmdai "$@"
  else
    CMDAI_NEXT_LINE=$cmdai_next command cmdai "$@"
  fi
  cmdai_status=$?
  if [[ -n $cmdai_next && -e $cmdai_next ]]; then
    print -rz -- "$(<$cmdai_next)"
    command rm -f -- $cmdai_next
  fi
  return $cmdai_status
}

if [[ -o zle ]]; then
  zmodload -i zsh/zleparameter

  # Replaces the line with the command for these words.
  function _cmdai_replace {
    emulate -L zsh
    if [[ -z ${1//[[:space:]]/} ]]; then
      zle -M 'cmdai: type what you want in plain words, then press this key again'
      return 0
    fi
    # Set here, a signal ends the program below and not this function, and the line stays.
    trap : INT
    zle -R 'cmdai works, Ctrl-C stops it'
    local all
    all=$(
      trap : INT
      exec 3>&1
      said=$(command cmdai widget --shell zsh -- "$1" 2>&1 >&3 3>&-)
      print -rn -- $'\0'$?$'\0'$said
    ) </dev/null
    local command=${all%%$'\0'*} rest=${all#*$'\0'}
    local said=${rest#*$'\0'}
    if [[ ${rest%%$'\0'*} == 0 && -n $command ]]; then
      if [[ -n $said ]]; then
        zle -I
        print -r -- $said
      fi
      BUFFER=${command%$'\n'}
      CURSOR=$#BUFFER
    else
      zle -M -- ${said:-'cmdai: cancelled'}
    fi
  }

  function _cmdai_widget { _cmdai_replace "$BUFFER" }
  zle -N cmdai-widget _cmdai_widget
  for _cmdai_map in emacs viins vicmd; do bindkey -M $_cmdai_map '{bind}' cmdai-widget; done
  unset _cmdai_map

  #{enter
  # One line that was typed: not what is being continued, not a block that was pasted, and nothing that waits to be read.
  function _cmdai_is_request {
    emulate -L zsh
    [[ $CONTEXT == start && -z $PREBUFFER && $BUFFER == '# '*[^[:space:]]* && $BUFFER != *$'\n'* ]] &&
      (( PENDING == 0 && KEYS_QUEUED_COUNT == 0 ))
  }
  function _cmdai_accept_line {
    if _cmdai_is_request; then _cmdai_replace "$BUFFER"; else zle _cmdai-accept-line -- "$@"; fi
  }
  # Once: loaded again, it would wrap itself.
  if (( ! ${+widgets[_cmdai-accept-line]} )); then
    zle -A accept-line _cmdai-accept-line
    zle -N accept-line _cmdai_accept_line
  fi
  #enter}
fi
