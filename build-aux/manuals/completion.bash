# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # arrays of the function that calls, cur for _filedir
# The part that all programs' completions share; write_completions.py copies it into each.
# What stands for the value that is completed, in `kind`: "words A B", "file", "folder" or nothing
# that is known. What is typed of it is `current`.
_gst_dali_offer() {
  local kind=$1 current=$2
  case $kind in
    words\ *) mapfile -t COMPREPLY < <(compgen -W "${kind#words }" -- "$current") ;;
    file | folder)
      compopt -o filenames 2> /dev/null
      # The one of bash-completion knows of quotes and blanks in names.
      if declare -F _filedir > /dev/null; then
        local cur=$current
        if [[ $kind == folder ]]; then _filedir -d; else _filedir; fi
      elif [[ $kind == folder ]]; then
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
      else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
      fi
      ;;
  esac
}

# Borrows from its caller: options, keys (what each takes, by "COMMAND NAME"), positionals (by "COMMAND
# PLACE" from 0, or "COMMAND *" for all further ones) and commands.
_gst_dali_complete() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' name='' prefix='' last='' place=0 word entry
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ -z $command && -n $word && " $commands " == *" $word "* ]]; then
      command=$word
    elif [[ $last != '=' && $word != '=' && $word != -* && ${options["$command $last"]-none} == none ]]; then
      ((++place))
    fi
    last=$word
  done
  COMPREPLY=()

  # Readline takes "key=value" apart where it is set up to, as it is by default.
  if [[ $current == '=' ]]; then
    name=$before current=''
  elif [[ $before == '=' ]] && ((COMP_CWORD >= 2)); then
    name=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $current == *=* ]]; then
    name=${current%%=*} prefix=$name= current=${current#*=}
  elif [[ $before == -* && ${options["$command $before"]-none} != none ]]; then
    name=$before
  fi
  if [[ -n $name ]]; then
    _gst_dali_offer "${options["$command $name"]-${keys["$command $name"]-}}" "$current"
    COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
    return
  fi

  if [[ $current == -* ]]; then
    for entry in "${!options[@]}"; do
      [[ $entry == "$command $current"* ]] && COMPREPLY+=("${entry#"$command "}")
    done
    return
  fi
  if [[ -z $command && -n $commands ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
    return
  fi
  for entry in "${!keys[@]}"; do
    [[ $entry == "$command $current"* ]] && COMPREPLY+=("${entry#"$command "}=")
  done
  if ((${#COMPREPLY[@]} > 0)); then
    compopt -o nospace 2> /dev/null
    return
  fi
  _gst_dali_offer "${positionals["$command $place"]-${positionals["$command *"]-}}" "$current"
}
