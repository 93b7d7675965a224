# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints what bash offers where a command line ends, a word each:
#
#     bash complete_words.bash FOLDER PROGRAM 'COMMAND LINE'
#
# The line is taken apart as readline does it: at blanks and at equals signs, which are words of their
# own.
# shellcheck source=/dev/null
. "$1/$2"
program=$2
COMP_LINE=$3
COMP_POINT=${#COMP_LINE}
read -r -a COMP_WORDS <<< "${COMP_LINE//=/ = }"
# Behind a blank a new word begins.
if [[ $COMP_LINE == *' ' || $COMP_LINE == *= ]]; then
  [[ $COMP_LINE == *= ]] || COMP_WORDS+=('')
fi
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
registered=$(complete -p "$program")
function=${registered#*-F }
function=${function%% *}
"$function" "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
if ((${#COMPREPLY[@]} > 0)); then printf '%s\n' "${COMPREPLY[@]}"; fi
