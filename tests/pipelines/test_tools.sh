#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every executable explains itself and refuses what it does not know.
#
#     test_tools.sh EXECUTABLE...
set -u
. "$(dirname "$0")/tap.sh"

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

for tool in "$@"; do
  name=$(basename "$tool")
  it "${name}_explains_itself" explains_itself "$tool"
  it "${name}_refuses_an_unknown_option_in_one_line" refuses_in_one_line "$tool"
  case $name in
    dali-*)
      it "${name}_speaks_plainly" speaks_plainly "$tool"
      it "${name}_says_its_version" says_its_version "$tool"
      it "${name}_fails_when_its_answer_is_lost" fails_when_its_answer_is_lost "$tool"
      ;;
  esac
done
finish
