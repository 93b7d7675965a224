#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# dali-align as people and machines treat it: killed, stopped, called again, called otherwise.
#
#     test_training_tools.sh TAP_FUNCTIONS DALI_TOYWORLD DALI_EXTRACT DALI_ALIGN
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
toyworld=$2
extract=$3
align=$4
new_folder
clips=$folder/clips
instead_of_shell=

makes_clips() {
  "$toyworld" --clips 8 --seed 3 --out "$folder/world" &&
    "$extract" --manifest "$folder/world/manifest.jsonl" --frames 2 --out "$clips"
}

# run OUT [KEY=VALUE...]: 12 steps, a checkpoint after each.
run() {
  out=$1
  shift
  $instead_of_shell "$align" --out "$out" model="$DALI_MODEL_DIR" manifest="$clips/manifest.jsonl" \
    batch_size=2 epochs=3 loss=ot checkpoint_interval_s=0 "$@"
}

# signal_after STEP SIGNAL OUT: starts a run, sends the signal once the step is logged, and returns
# the run's exit status. A run that ends before is an error.
signal_after() {
  instead_of_shell="exec" run "$3" 2> "$folder/said" &
  child=$!
  until grep -qs "\"step\":$1}" "$3/metrics.jsonl"; do
    kill -0 "$child" || return 99
    sleep 0.02
  done
  kill "-$2" "$child"
  wait "$child"
}

ends_with_the_same_weights_when_killed() {
  run "$folder/straight" || return 1
  for step in 2 5 9; do
    signal_after "$step" KILL "$folder/killed"
    [ $? -eq 137 ] || return 1
  done
  run "$folder/killed" 2> "$folder/said" && grep "goes on after step" "$folder/said" &&
    cmp "$folder/killed/model.safetensors" "$folder/straight/model.safetensors"
}

saves_when_terminated() {
  signal_after 3 TERM "$folder/terminated"
  [ $? -eq 1 ] && grep "^dali-align: stopped by SIGTERM after step" "$folder/said" &&
    [ ! -e "$folder/terminated/model.safetensors" ] &&
    run "$folder/terminated" &&
    cmp "$folder/terminated/model.safetensors" "$folder/straight/model.safetensors"
}

leaves_logs() {
  [ "$(wc -l < "$folder/killed/metrics.jsonl")" -eq 12 ] &&
    grep '"step":12' "$folder/killed/metrics.jsonl" &&
    ls "$folder"/killed/events.out.tfevents.* && grep '<svg ' "$folder/killed/curves.svg"
}

tries_without_writing() {
  run "$folder/dry" --dry-run 2> "$folder/said" &&
    grep "^dry run: 8 examples, 12 steps of 2" "$folder/said" &&
    grep "GiB of memory" "$folder/said" &&
    grep "^dry run: of the step, .*backward [0-9]* %" "$folder/said" &&
    [ ! -e "$folder/dry/model.safetensors" ] && [ ! -e "$folder/dry/checkpoints" ]
}

# Two runs at once fill the cache with 8 clips of 2 frames, and a third one finds them there.
keeps_image_tokens() {
  run "$folder/one" cache="$folder/cache" &
  child=$!
  run "$folder/other" cache="$folder/cache"
  wait "$child" || return 1
  [ "$(find "$folder/cache" -name '*.tokens' | wc -l)" -eq 16 ] || return 1
  find "$folder/cache" -name '*.tokens' -exec stat -c %i {} + > "$folder/before"
  run "$folder/third" cache="$folder/cache" 2> "$folder/said" || return 1
  find "$folder/cache" -name '*.tokens' -exec stat -c %i {} + > "$folder/after"
  cmp "$folder/before" "$folder/after" || return 1
  for out in one other third; do
    cmp "$folder/$out/model.safetensors" "$folder/straight/model.safetensors" || return 1
  done
}

trains_beside_a_full_cache() {
  run "$folder/full" cache="$folder/small" cache_gib=1e-5 2> "$folder/said" &&
    [ "$(grep -c "is full" "$folder/said")" -eq 1 ] &&
    cmp "$folder/full/model.safetensors" "$folder/straight/model.safetensors"
}

# The audio tower is kept in float32 (F32 in the file's header) whatever it computes in: all of it.
trains_in_bfloat16() {
  run "$folder/bfloat16" precision=bfloat16 micro_batch_size=1 &&
    grep -a -o '"dtype":"[^"]*"' "$folder/bfloat16/model.safetensors" | sort -u > "$folder/dtypes" &&
    echo '"dtype":"F32"' | cmp - "$folder/dtypes" &&
    ! cmp "$folder/bfloat16/model.safetensors" "$folder/straight/model.safetensors"
}

it the_toy_world_makes_clips makes_clips
it a_killed_run_ends_with_the_same_weights ends_with_the_same_weights_when_killed
it a_terminated_run_saves_and_goes_on saves_when_terminated
it a_run_leaves_metrics_events_and_curves leaves_logs
it a_changed_configuration_is_refused \
  fails_with 1 "holds a run with another learning_rate;" run "$folder/killed" learning_rate=0.5
it a_changed_log_interval_is_not run "$folder/killed" log_interval_s=1
it a_dry_run_writes_nothing tries_without_writing
it image_tokens_are_kept_and_change_nothing keeps_image_tokens
it a_full_cache_is_said_once_and_changes_nothing trains_beside_a_full_cache
it a_changed_cache_is_no_changed_configuration run "$folder/killed" cache="$folder/elsewhere"
it bfloat16_trains_float32_weights trains_in_bfloat16
it parts_of_a_contrastive_batch_are_refused \
  fails_with 1 "micro_batch_size must be 0" run "$folder/parts" loss=contrastive micro_batch_size=1
finish
