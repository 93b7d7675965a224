# SPDX-License-Identifier: LGPL-2.1-or-later
# For test scripts that speak TAP, which Meson counts case by case. Source it, then:
#
#     it "states_what_holds" COMMAND...     passes when COMMAND succeeds; shows its output if not
#     skip "states_what_holds" REASON
#     finish                                last
#
# and as COMMAND:
#
#     fails_with STATUS WORDS COMMAND...    COMMAND ends with STATUS, having said one line on
#                                           standard error that holds WORDS
#     same FILE FILE
# shellcheck shell=sh

tap_count=0

it() {
  tap_count=$((tap_count + 1))
  tap_name=$1
  shift
  if tap_output=$("$@" 2>&1); then
    echo "ok $tap_count - $tap_name"
  else
    echo "not ok $tap_count - $tap_name"
    echo "$tap_output" | sed 's/^/# /'
  fi
}

skip() {
  tap_count=$((tap_count + 1))
  echo "ok $tap_count - $1 # SKIP $2"
}

finish() {
  echo "1..$tap_count"
}

fails_with() {
  wanted_status=$1
  wanted_words=$2
  shift 2
  status=0
  said=$("$@" 2>&1 >/dev/null) || status=$?
  echo "status $status, said: $said"
  [ "$status" -eq "$wanted_status" ] || return 1
  case $said in
    *"
"*) return 1 ;;  # more than one line
    *"$wanted_words"*) return 0 ;;
    *) return 1 ;;
  esac
}

same() {
  diff "$1" "$2"
}

# A folder of the test's own, gone when the script ends.
new_folder() {
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
}
