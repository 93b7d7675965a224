#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# dali-label and dali-filter, which caption every clip of a manifest: what they write, alone and in
# two processes, and after they were cut off.
#
#     test_labelling.sh TAP_FUNCTIONS DALI_TOYWORLD DALI_EXTRACT DALI_LABEL DALI_FILTER
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
toyworld=$2
extract=$3
label=$4
filter=$5
new_folder
clips=$folder/clips
start=  # how dali-label starts

makes_clips() {
  "$toyworld" --clips 12 --seed 3 --out "$folder/world" &&
    "$extract" --manifest "$folder/world/manifest.jsonl" --frames 2 --out "$clips"
}

# run OUT [KEY=VALUE...]
run() {
  out=$1
  shift
  $start "$label" --out "$out" model="$DALI_MODEL_DIR" \
    manifest="$clips/${manifest:-manifest.jsonl}" "$@"
}

# With the temperature that labels are made with, and a line a clip in the order of the manifest.
labels_every_clip() {
  run "$folder/labels" || return 1
  sed 's/.*"id":"\([^"]*\)".*/\1/' "$folder/labels/labels.jsonl" > "$folder/labelled"
  sed 's/.*"id":"\([^"]*\)".*/\1/' "$clips/manifest.jsonl" > "$folder/listed"
  same "$folder/labelled" "$folder/listed" && [ ! -e "$folder/labels/labels.jsonl.journal-0" ]
}

has_labelled() {
  [ "$(grep -sc caption "$1/labels.jsonl.journal-0")" -ge "$2" ] 2> /dev/null
}

# Killed once two clips have been labelled, and once five.
goes_on_when_killed() {
  killed=$folder/killed
  for wanted in 2 5; do
    start="exec" run "$killed" &
    child=$!
    until has_labelled "$killed" "$wanted"; do
      kill -0 "$child" || return 1
      sleep 0.02
    done
    kill -KILL "$child"
    wait "$child"
    [ $? -eq 137 ] && [ ! -e "$killed/labels.jsonl" ] || return 1
  done
  fails_with 1 "holds a run with another temperature;" run "$killed" temperature=0 || return 1
  run "$killed" 2> "$folder/said"
  cat "$folder/said"
  grep "^goes on: [0-9]* clips labelled before" "$folder/said" &&
    same "$killed/labels.jsonl" "$folder/labels/labels.jsonl" &&
    [ ! -e "$killed/labels.jsonl.journal-0" ]
}

# in_two_processes COMMAND...
in_two_processes() (
  export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$((20000 + $$ % 10000))
  (export RANK=1; "$@") &
  other=$!
  (export RANK=0; "$@")
  first=$?
  wait "$other" && [ "$first" -eq 0 ]
)

labels_in_two_processes() {
  in_two_processes run "$folder/shared" &&
    same "$folder/shared/labels.jsonl" "$folder/labels/labels.jsonl"
}

# Neither their order nor their number changes what is drawn for them, nor a seed that others have.
draws_by_clip() {
  world=$clips/manifest.jsonl
  run "$folder/drawn" temperature=2 || return 1
  tac "$world" > "$clips/reversed.jsonl"
  manifest=reversed.jsonl run "$folder/backwards" temperature=2 || return 1
  sort "$folder/drawn/labels.jsonl" > "$folder/sorted"
  sort "$folder/backwards/labels.jsonl" > "$folder/sorted-backwards"
  same "$folder/sorted-backwards" "$folder/sorted" || return 1
  tail -n 3 "$world" > "$clips/last.jsonl"
  manifest=last.jsonl run "$folder/few" temperature=2 || return 1
  tail -n 3 "$folder/drawn/labels.jsonl" > "$folder/last"
  same "$folder/few/labels.jsonl" "$folder/last" || return 1
  in_two_processes run "$folder/by-two" temperature=2 &&
    same "$folder/by-two/labels.jsonl" "$folder/drawn/labels.jsonl" || return 1
  run "$folder/other" temperature=2 seed=2 && ! cmp "$folder/other/labels.jsonl" "$folder/drawn/labels.jsonl"
}

# One clip under four names: what is drawn for one says nothing of the others.
draws_apart() {
  for name in a b c d; do
    head -n 1 "$clips/manifest.jsonl" | sed "s/\"id\":\"[^\"]*\"/\"id\":\"$name\"/"
  done > "$clips/names.jsonl"
  manifest=names.jsonl run "$folder/names" temperature=2 || return 1
  sed 's/,"id".*//' "$folder/names/labels.jsonl" | sort -u > "$folder/different"
  cat "$folder/different"
  [ "$(wc -l < "$folder/different")" -eq 4 ]
}

# Clips without sound have the same labels from their pictures.
labels_from_pictures() {
  run "$folder/pictures" modality=image temperature=0 || return 1
  sed 's/"audio":"[^"]*",//' "$clips/manifest.jsonl" > "$clips/silent.jsonl"
  manifest=silent.jsonl run "$folder/silent" modality=image temperature=0 &&
    same "$folder/silent/labels.jsonl" "$folder/pictures/labels.jsonl" || return 1
  run "$folder/both" temperature=0 && ! cmp "$folder/both/labels.jsonl" "$folder/pictures/labels.jsonl"
}

chooses() {
  "$filter" --out "$1" model="$DALI_MODEL_DIR" manifest="$clips/manifest.jsonl" keep=3
}

chooses_in_two_processes() {
  in_two_processes chooses "$folder/chosen-by-two" &&
    same "$folder/chosen-by-two/discrepancy.jsonl" "$folder/best/discrepancy.jsonl" &&
    same "$folder/chosen-by-two/manifest.jsonl" "$folder/best/manifest.jsonl"
}

# The scores of the clips that are kept are the least ones.
keeps_the_best() {
  chooses "$folder/best" || return 1
  [ "$(wc -l < "$folder/best/discrepancy.jsonl")" -eq 12 ] &&
    [ "$(wc -l < "$folder/best/manifest.jsonl")" -eq 3 ] || return 1
  sed 's/.*"discrepancy":\([0-9.e-]*\),"id":"\([^"]*\)".*/\1 \2/' \
    "$folder/best/discrepancy.jsonl" | sort -g | head -n 3 | cut -d ' ' -f 2 | sort > "$folder/least"
  sed 's/.*"id":"\([^"]*\)".*/\1/' "$folder/best/manifest.jsonl" | sort > "$folder/kept"
  same "$folder/least" "$folder/kept"
}

# Asked what can be seen, the captioner says other things of the same frames.
asks_the_question() {
  "$filter" --out "$folder/seen" model="$DALI_MODEL_DIR" manifest="$clips/manifest.jsonl" keep=3 \
    question='What do you see?' &&
    ! cmp "$folder/seen/discrepancy.jsonl" "$folder/best/discrepancy.jsonl"
}

it the_toy_world_makes_clips makes_clips
it every_clip_is_labelled labels_every_clip
it a_killed_run_goes_on_to_the_same_labels goes_on_when_killed
it two_processes_make_the_labels_of_one labels_in_two_processes
it labels_are_drawn_by_seed_and_clip draws_by_clip
it clips_are_drawn_for_apart draws_apart
it pictures_alone_are_labelled labels_from_pictures
it an_unknown_modality_is_refused fails_with 1 "modality 'smell' is none of auto, audio, image" \
  run "$folder/none" modality=smell
it the_clips_with_the_least_discrepancy_are_kept keeps_the_best
it two_processes_choose_what_one_does chooses_in_two_processes
it frames_are_asked_what_the_user_wants asks_the_question
it nothing_to_keep_is_refused fails_with 1 "keep must be at least 1" \
  "$filter" --out "$folder/none" model="$DALI_MODEL_DIR" manifest="$clips/manifest.jsonl" keep=-1
finish
