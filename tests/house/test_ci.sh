#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What .ci/run says and ends with, among parts that do nothing but succeed, fail or take too long; and
# that a suite which is built alone is built whole. The argument is the build folder.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$1
. "$here/../pipelines/tap.sh"
new_folder
house=$folder/house
mkdir -p "$house/.ci" "$house/tests/fuzz" "$house/tests/house" "$folder/bin"
cp "$here/../../.ci/run" "$house/.ci/run"

# FILE LINE...: a script of the house.
script() {
  file=$1
  shift
  printf '%s\n' '#!/bin/sh' "$@" > "$file"
  chmod +x "$file"
}

# A compiler whose programs start under any kernel.
script "$folder/bin/g++" 'while [ "$1" != -o ]; do shift; done' \
  'echo "#!/bin/sh" > "$2"' 'chmod +x "$2"'
printf '' > "$house/tests/house/check_compiling.py"

# As `meson test` ends: three tests, one of which was skipped.
summary='printf "1/3 a OK 1.0s\nOk:  %s \nExpected Fail: 0\nFail: %s\nSkipped: 1\nTimeout: 0\n"'
parts_succeed() {
  script "$house/tests/run.sh" "$summary 2 0"
  script "$house/tests/fuzz/run.sh" 'echo "fuzzing $*"'
}

# ends_with STATUS LINE [WORDS]: what .ci/run ends with, and WORDS that it said before.
ends_with() {
  status=0
  PATH=$folder/bin:$PATH "$house/.ci/run" > "$folder/said" 2>&1 || status=$?
  cat "$folder/said"
  [ "$status" -eq "$1" ] && [ "$(tail -n 1 "$folder/said")" = "$2" ] &&
    grep -qF -e "${3:-}" "$folder/said"
}

parts_succeed
it tests_and_parts_are_counted ends_with 0 '8 passed, 0 failed' 'fuzzing -s 30'

script "$house/tests/run.sh" 'case $* in *thread*)' "$summary 1 1; exit 1 ;;" 'esac' "$summary 2 0"
it a_test_that_fails_in_one_part_fails_the_whole ends_with 1 '7 passed, 1 failed'

parts_succeed
script "$house/tests/fuzz/run.sh" 'exit 1'
it a_part_that_fails_without_tests_fails_the_whole ends_with 1 '7 passed, 1 failed'

parts_succeed
script "$house/tests/run.sh" 'echo "compilers say no"' 'exit 1'
it what_cannot_be_built_fails_the_whole ends_with 1 '2 passed, 3 failed'

parts_succeed
export CI_MINUTES=0
it what_no_longer_fits_is_named_and_left_out ends_with 0 '2 passed, 0 failed' \
  'left out: the plugin under ThreadSanitizer (takes'

# The sanitizers' builds have nothing but the target plugin-tests: a program that is not in it is missed
# there alone.
programs_of_plugin_tests() {
  meson introspect --tests "$build" | python3 -c '
import json, os, sys
for test in json.load(sys.stdin):
    if test["suite"][-1].split(":")[-1] == "plugin":
        print(os.path.relpath(test["cmd"][0], sys.argv[1]))' "$build" | sort -u > "$folder/wanted"
  ninja -C "$build" -t query plugin-tests | sed 's/^[ |]*//' | sort -u > "$folder/built"
  missed=$(comm -23 "$folder/wanted" "$folder/built")
  echo "in no target plugin-tests: $missed"
  [ -s "$folder/wanted" ] && [ -z "$missed" ]
}
it the_suite_plugin_is_built_whole_without_the_rest programs_of_plugin_tests
finish
