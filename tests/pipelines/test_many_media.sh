#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# dali-caption on folders, lists, and several media at a time.
#
#     test_many_media.sh DALI_CAPTION
set -u
. "$(dirname "$0")/tap.sh"
caption=$(realpath "$1")
new_folder
cd "$folder" || exit 1

# beep FILE FREQUENCY: three seconds of sound.
beep() {
  mkdir -p "$(dirname "$1")"
  ffmpeg -v error -f lavfi -i "sine=frequency=$2:sample_rate=16000:duration=3" -f wav "$1"
}
beep in/one.wav 400
beep in/more/one.wav 800
beep in/more/two.WAV 1600
beep in/more/deep/one.wav 500
cp in/more/one.wav in/more/one.aiff  # a name's ending is no promise
beep in/.hidden/secret.wav 400
ln -s ../.. in/more/loop
echo 'not a medium' > in/notes.txt
mkdir in/nothing
mkdir damaged
head -c 4000 /dev/urandom > damaged/noise.mp3
beep damaged/good.wav 400

# run ARGUMENTS...: the status in $status, what was said in said.
run() {
  status=0
  "$caption" "$@" > printed 2> said || status=$?
  cat said printed
}

# files_of FOLDER WANTED...: exactly these, each with a cue.
files_of() {
  where=$1
  shift
  printf '%s\n' "$@" | sort > wanted
  (cd "$where" && find . -type f | sed 's|^\./||' | sort) | diff wanted - || return 1
  for file in "$@"; do grep -q -e '-->' "$where/$file" || return 1; done
}
all='one.vtt more/one.vtt more/one-2.vtt more/two.vtt more/deep/one.vtt'

captions_a_folder() {
  mkdir "$1"
  run -r in -o "$@"
  # shellcheck disable=SC2086  # several words
  [ "$status" -eq 0 ] && grep -q '5 of 5 media captioned' said && files_of "$1" $all
}
it a_folder_is_walked_and_its_shape_kept captions_a_folder walked
it several_at_a_time_give_the_same captions_a_folder at-once --jobs 3
it their_captions_are_alike diff -r walked at-once
# A line of JSON on each window at least, and the same captions; none of what failed.
keeps_records() {
  run -r in damaged --records -o recorded
  [ "$status" -eq 1 ] && diff -r --exclude '*.jsonl' --exclude 'good*' walked recorded || return 1
  for name in $all good.vtt; do
    records=recorded/${name%.vtt}.jsonl
    [ -s "$records" ] && python3 -c 'import json, sys
for line in open(sys.argv[1]): assert "outcome" in json.loads(line)' "$records" || return 1
  done
  [ "$(find recorded -name '*.jsonl' | wc -l)" -eq 6 ]
}
it records_lie_beside_captions keeps_records
it records_need_a_place fails_with 2 'dali-caption: --records needs an --output' \
  "$caption" in/one.wav --records
# As one types it the first time. A name that ends as a file's is none of a folder.
makes_the_folder() {
  run -r in -o new/captions && diff -r walked new/captions || return 1
  run -r in -o new.vtt
  [ "$status" -eq 2 ] && [ ! -e new.vtt ] && grep -q 'need a folder' said
}
it a_folder_that_is_not_there_is_made makes_the_folder
# By what the loader says of itself. With --timing each has a model of its own.
loads_models() { # COUNT FOLDER ARGUMENTS...
  count=$1
  mkdir "$2"
  shift
  LD_DEBUG=files "$caption" -q -r in -o "$@" > printed 2> loaded || return 1
  [ "$(grep -c 'calling init: .*/libtorch_cpu' loaded)" -eq "$count" ]
}
it all_of_them_share_a_model loads_models 1 with-one-model
it also_several_at_a_time loads_models 1 with-one-model-at-once --jobs 3
it their_captions_are_alike_too diff -r walked with-one-model-at-once
it not_where_the_time_of_each_is_asked_for loads_models 5 with-their-own --timing
it whose_captions_are_the_same diff -r walked with-their-own
passes_its_output_over() {
  mkdir in/captions
  run -r in -o in/captions -f mkv
  [ "$status" -eq 0 ] || return 1
  run -r in -o in/captions -f srt
  [ "$status" -eq 0 ] && [ "$(find in/captions -type f | wc -l)" -eq 10 ] && rm -r in/captions
}
it what_was_written_is_no_medium_of_the_next_run passes_its_output_over

does_the_rest_alone() {
  rm walked/more/two.vtt
  echo mine > walked/one.vtt
  run -r in -o walked --skip-existing
  [ "$status" -eq 0 ] && grep -q '1 of 5 media captioned, 4 skipped' said || return 1
  [ "$(cat walked/one.vtt)" = mine ] && same walked/more/two.vtt at-once/more/two.vtt
}
it what_has_its_captions_is_left_as_it_is does_the_rest_alone
is_silent_when_quiet() {
  run -q -r in -o walked --skip-existing
  [ "$status" -eq 0 ] && [ ! -s said ]
}
it quiet_says_nothing_of_what_went_well is_silent_when_quiet

names_the_failed() {
  mkdir "$1"
  run -r damaged -o "$@"
  [ "$status" -eq 1 ] && grep -q '1 of 2 media captioned, 1 failed:' said &&
    grep -q '^  damaged/noise.mp3$' said && files_of "$1" good.vtt
}
it what_failed_is_named_at_the_end names_the_failed failed
it what_failed_is_named_when_quiet names_the_failed failed-quiet --quiet
it what_failed_at_a_time_is_named names_the_failed failed-at-once --jobs 2
it an_empty_folder_is_an_error \
  fails_with 1 'in/nothing: holds nothing' "$caption" -q -r in/nothing -o walked
it a_folder_needs_the_option fails_with 1 '--recursive' "$caption" in

printf 'in/one.wav\r\n\nin/more/two.WAV\n' > list
takes_a_list() {
  mkdir "$1"
  run --list "$2" -o "$1"
  [ "$status" -eq 0 ] && files_of "$1" one.vtt two.vtt
}
it media_stand_in_a_list takes_a_list listed list
reads_a_list() { takes_a_list listed-in - < list; }
it a_list_may_come_through_a_pipe reads_a_list
it a_list_that_is_not_there_is_an_error fails_with 2 'nowhere' "$caption" --list nowhere -o walked
it standard_input_is_a_list_or_a_medium fails_with 2 'stands twice' "$caption" --list - - -o walked
has_headings() {
  run -r in/more -q
  [ "$(grep -c '^in/more/.*:$' printed)" -eq 4 ]
}
it printed_media_have_headings has_headings

shares_among_processes() {
  mkdir shared
  for rank in 0 1 2; do
    RANK=$rank WORLD_SIZE=3 "$caption" -q -r in -o shared -f srt || return 1
    find shared -type f | wc -l
  done > counts
  # Each adds its own, and none is done twice.
  printf '2\n4\n5\n' | diff - counts || return 1
  # shellcheck disable=SC2046  # one word a file
  files_of shared $(for file in $all; do echo "${file%.vtt}.srt"; done)
}
it processes_share_a_folder shares_among_processes
it a_share_of_nothing_known_is_used_wrongly \
  fails_with 2 'RANK' env -u RANK WORLD_SIZE=3 "$caption" -r in -o walked
is_captioned_by_the_second() {
  RANK=1 WORLD_SIZE=2 "$caption" -q in/one.wav -f srt -o - | grep -q -e '-->'
}
it a_single_medium_is_not_shared is_captioned_by_the_second

it jobs_are_a_number_from_one fails_with 2 '0 is not a number' "$caption" -j 0 -r in -o walked
it jobs_need_a_folder fails_with 2 '--jobs' "$caption" -j 2 in/one.wav in/more/one.wav
it skipping_needs_an_output fails_with 2 '--skip-existing' "$caption" --skip-existing in/one.wav

# A pipe that nobody writes to: both media wait until they are asked to end.
leaves_nothing_when_interrupted() {
  mkdir waiting interrupted
  mkfifo waiting/a.wav waiting/b.wav
  "$caption" -q -r waiting -o interrupted --jobs 2 2> said &
  program=$!
  until [ "$(pgrep -c -P $program)" -eq 3 ]; do # two media, and the model of both
    kill -0 $program || return 1
    sleep 0.1
  done
  kill -TERM $program
  status=0
  wait $program || status=$?
  [ "$status" -ne 0 ] && [ "$(cat said)" = 'dali-caption: interrupted' ] &&
    [ -z "$(find interrupted -type f)" ]
}
it an_interrupt_ends_all_of_them leaves_nothing_when_interrupted

finish
