#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The measurement of captions of events from nothing to its table, on one short programme.
#
#     test_event_experiment.sh TAP_FUNCTIONS SOURCE_FOLDER BUILD_FOLDER
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
source_dir=$2
events=$source_dir/training/experiment/events.sh
export DALI_BUILD_DIR="$3"
new_folder

prints_a_table() {
  "$events" --tiny --world small "$DALI_MODEL_DIR" "$folder/run" > "$folder/page" || return 1
  for row in '| 1 programmes, 1 minutes in all |' '| median onset error, ' '| event F1, onset to 1 s ' '| captions too fast to read, ' \
    '| announced twice within a minute, an hour | 0.0 (0 in all) | none | yes |' \
    '| programmes that come out otherwise when captioned again, of 1 | 0 | none | yes |' \
    '| processor time for a minute of a programme | ' '    dali-caption --quiet --model '; do
    grep -qF "$row" "$folder/page" || { cat "$folder/page"; echo "lacks: $row"; return 1; }
  done
  ! grep 'minute of a programme | 0.0 s' "$folder/page"
}

# The overlay that the script makes names the world's classes alone.
finds_the_classes_of_the_world() {
  python3 -c 'import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
classes = json.loads((folder / "programmes-test/classes.json").read_text())
records = (folder / "captions/test-000000.jsonl").read_text().splitlines()
names = {line["name"] for line in map(json.loads, records) if "event" in line}
assert names and names <= set(classes), names' "$folder/run"
}

does_nothing_again() {
  stat -c '%Y %n' "$folder"/run/*.run > "$folder/before" &&
    "$events" --tiny --world small "$DALI_MODEL_DIR" "$folder/run" > "$folder/page-again" &&
    stat -c '%Y %n' "$folder"/run/*.run | cmp - "$folder/before" &&
    cmp "$folder/page" "$folder/page-again"
}

it the_script_prints_a_table_from_nothing prints_a_table
it events_are_of_the_worlds_classes finds_the_classes_of_the_world
it what_is_done_is_not_done_again does_nothing_again
it a_missing_model_is_refused fails_with 2 "events.sh: MODEL is missing" "$events" --tiny
it a_folder_without_a_model_is_named fails_with 1 "events.sh: $folder: is no folder of a model" \
  "$events" "$folder"
it an_unknown_option_is_refused fails_with 2 "events.sh: there is no option --vlaid" "$events" --vlaid x
finish
