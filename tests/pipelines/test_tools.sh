#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every executable explains itself and refuses what it does not know.
#
#     test_tools.sh EXECUTABLE...
set -u
. "$(dirname "$0")/tap.sh"
new_folder

explains_itself() {
  help=$("$1" --help) || return 1
  echo "$help"
  echo "$help" | grep -qi 'usage'
}

# In words: no folder of ours, no type of C++, no bracket for a range.
speaks_plainly() {
  help=$("$1" --help) || return 1
  echo "$help"
  echo "$help" | grep -q "^Usage: $(basename "$1") " &&
    ! echo "$help" | grep -qE '(INT|FLOAT|TEXT|NAME):| in \[|REQUIRED|Excludes'
}

refuses_in_one_line() {
  name=$(basename "$1")
  fails_with 2 "$name: " "$1" --no-such-option
}

says_its_version() {
  said=$("$1" --version) || return 1
  echo "$said"
  echo "$said" | grep -qE "^$(basename "$1") [0-9]+\.[0-9]+\.[0-9]+$"
}

fails_when_its_answer_is_lost() {
  fails_with 1 'standard output: cannot be written: No space' sh -c '"$1" --help > /dev/full' sh "$1"
}

# The keys that have no default, a line each.
required_keys() {
  "$1" --help | sed -n 's/^  \([a-z_]*\)=\.\.\. .*/\1/p'
}

# Without them it says which they are, and leaves nothing behind; with all but the last, that one.
names_what_it_lacks() {
  keys=$(required_keys "$1")
  last=$(echo "$keys" | tail -n 1)
  all_but_last=$(echo "$keys" | sed '$d; s/$/=none/')
  # shellcheck disable=SC2086  # one word a key
  fails_with 2 "$(echo "$keys" | paste -sd ' ' | sed 's/ /, /g') " "$1" --out "$folder/lacking" &&
    fails_with 2 "the key $last is missing: give $last=... or a --config FILE that has it" \
      "$1" --out "$folder/lacking" $all_but_last &&
    [ ! -e "$folder/lacking" ]
}

# 80 columns, but for a word that is longer.
fits_a_terminal() {
  "$1" --help | grep -E '^.{81,}' | grep ' .* ' && return 1
  return 0
}

for tool in "$@"; do
  name=$(basename "$tool")
  it "${name}_explains_itself" explains_itself "$tool"
  it "${name}_refuses_an_unknown_option_in_one_line" refuses_in_one_line "$tool"
  case $name in
    dali-*)
      it "${name}_speaks_plainly" speaks_plainly "$tool"
      it "${name}_fits_a_terminal" fits_a_terminal "$tool"
      if [ -n "$(required_keys "$tool")" ]; then
        it "${name}_names_the_keys_that_it_lacks" names_what_it_lacks "$tool"
      fi
      it "${name}_says_its_version" says_its_version "$tool"
      it "${name}_fails_when_its_answer_is_lost" fails_when_its_answer_is_lost "$tool"
      ;;
  esac
done
finish
