#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# One loaded model for several programs: the captions are those of the model's folder.
#
#     test_served_model.sh DALI_CAPTION DALI_MODEL DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
caption=$(realpath "$1")
model=$2
toyworld=$3
new_folder
server=''
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
socket=$folder/x.sock

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip a_served_model_gives_the_same_captions "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

"$toyworld" --clips 3 --seed 7 --out "$folder/toy" >/dev/null 2>&1
for clip in "$folder"/toy/media/*.mp4; do echo "file '$clip'"; done > "$folder/list"
ffmpeg -v error -y -f concat -safe 0 -i "$folder/list" -c copy "$folder/clip.mp4"

# Serves until stop_serving; the line that says so comes when clients can connect. Neither is a
# command of it, whose processes are not this shell's own.
start_serving() {
  mkfifo "$folder/said"
  "$model" serve "$DALI_MODEL_DIR" --socket "$socket" > "$folder/said" 2> "$folder/complaints" &
  server=$!
  read -r line < "$folder/said" || line=''
  rm "$folder/said"
}
stop_serving() {
  kill "-$1" "$server"
  status=0
  wait "$server" 2>/dev/null || status=$?
  server=''
}
has_said_that_it_serves() {
  echo "$line"
  cat "$folder/complaints"
  case $line in *"x.sock: serves '"*) return 0 ;; esac
  return 1
}
has_ended_with() {
  echo "status $status"
  cat "$folder/complaints"
  [ "$status" -eq "$1" ]
}

captions() { # MODEL FILE
  timeout 120 "$caption" -q "$folder/clip.mp4" --model "$1" -o "$2"
}
are_the_same_twice_at_once() {
  captions "$socket" "$folder/one.json" &
  first=$!
  captions "$socket" "$folder/two.json" || return 1
  wait "$first" || return 1
  same "$folder/alone.json" "$folder/one.json" && same "$folder/alone.json" "$folder/two.json"
}
# What the loader opens, by its own words.
loads_no_library_of_models() {
  timeout 120 env LD_DEBUG=files "$caption" -q "$folder/clip.mp4" --model "$socket" \
    -o "$folder/one.json" 2> "$folder/files" || return 1
  grep -q libgstdali "$folder/files" && ! grep -e libtorch -e libdali-model "$folder/files"
}
# Two at a time, each with its share of the threads.
jobs() { # MODEL FOLDER
  mkdir -p "$2" &&
    timeout 120 "$caption" -q --jobs 2 --model "$1" -f json -o "$2" "$folder"/toy/media/*.mp4
}
several_media_are_the_same() {
  jobs "$DALI_MODEL_DIR" "$folder/by-folder" && jobs "$socket" "$folder/by-socket" &&
    diff -r "$folder/by-folder" "$folder/by-socket" && [ -n "$(ls "$folder/by-socket")" ]
}
is_read_by_name() {
  cd "$folder" && timeout 120 "$caption" -q clip.mp4 --model x.sock -o name.json &&
    same alone.json name.json
}
says_what_was_not_chosen() {
  timeout 120 "$caption" -v "$folder/clip.mp4" --model "$socket" --precision bfloat16 \
    -o "$folder/one.json" > "$folder/log" 2>&1 || return 1
  cat "$folder/log"
  grep -q 'x.sock is loaded by another process: device auto and precision bfloat16 are not' \
    "$folder/log"
}

it a_folder_is_captioned captions "$DALI_MODEL_DIR" "$folder/alone.json"
start_serving
it a_model_is_served has_said_that_it_serves
it captions_are_those_of_the_folder_twice_at_once are_the_same_twice_at_once
it a_program_that_uses_it_loads_no_library_of_models loads_no_library_of_models
it several_media_at_a_time_give_the_same_captions several_media_are_the_same
it a_socket_may_be_named_without_its_folder is_read_by_name
it a_device_or_precision_that_was_not_chosen_is_told says_what_was_not_chosen
it a_second_server_is_refused \
  fails_with 1 "x.sock: another model is served there" \
  "$model" serve "$DALI_MODEL_DIR" --socket "$socket"
stop_serving TERM
it a_signal_ends_it_in_order has_ended_with 0
it and_removes_the_socket test ! -e "$socket"
it a_server_that_is_not_there_is_named \
  fails_with 1 "x.sock: no model can be reached there: No such file or directory" \
  "$caption" -q "$folder/clip.mp4" --model "$socket"

start_serving
it a_model_is_served_again has_said_that_it_serves
stop_serving KILL
it a_server_can_be_killed has_ended_with 137
it what_it_leaves_is_named \
  fails_with 1 "x.sock: no model is served there now" \
  "$caption" -q "$folder/clip.mp4" --model "$socket"
start_serving
it what_it_leaves_is_replaced has_said_that_it_serves
it and_captions_are_the_same_again are_the_same_twice_at_once
stop_serving INT
it an_interrupt_ends_it_in_order has_ended_with 0

it a_folder_that_is_no_model_is_named_and_leaves_no_socket \
  fails_with 1 "toy/config.json: no such file" \
  "$model" serve "$folder/toy" --socket "$socket"
it not_even_that test ! -e "$socket"
it a_place_that_is_no_place_is_named \
  fails_with 1 "clip.mp4: something else than a socket is there" \
  "$model" serve "$DALI_MODEL_DIR" --socket "$folder/clip.mp4"
it a_server_needs_its_socket \
  fails_with 2 "serve needs --socket" "$model" serve "$DALI_MODEL_DIR"
it a_socket_is_for_serving_alone \
  fails_with 2 "socket is for serve alone" "$model" verify "$DALI_MODEL_DIR" --socket "$socket"
it a_precision_that_models_are_not_served_in_is_refused \
  fails_with 2 "precision float16 is not for serve" \
  "$model" serve "$DALI_MODEL_DIR" --socket "$socket" --precision float16
it a_precision_that_models_are_not_fetched_in_is_refused \
  fails_with 2 "precision auto is not for fetch" "$model" fetch toyworld --precision auto
finish
