#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The configurations that are shipped, one a stage: they say what the paper and its authors' code
# say, and otherwise change nothing.
#
#     test_configurations.sh TAP_FUNCTIONS FOLDER EXECUTABLE...
#
# FOLDER holds a STAGE.toml for each dali-STAGE among the executables.
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
configurations=$2
shift 2
new_folder

# EXECUTABLE: the keys that have no default, a line each.
required_keys() {
  "$1" --help | sed -n 's/^  \([a-z_]*\)=\.\.\. .*/\1/p'
}

# settled EXECUTABLE OUT [WORD...]: the configuration that the executable would run with, a line
# KEY = VALUE each. It names no model that there is, so that it goes no further.
settled() {
  executable=$1
  out=$2
  shift 2
  # shellcheck disable=SC2046  # one word a key
  "$executable" --out "$folder/run" "$@" $(required_keys "$executable" | sed 's/$/=none/') \
    2> "$folder/said"
  cat "$folder/said"
  sed "s/'//g" "$folder/run/training.toml" > "$out" && rm -r "$folder/run"
}

settles() {
  settled "$2" "$folder/$1" --config "$configurations/$1.toml" &&
    settled "$2" "$folder/$1.defaults"
}

# Stages 1a and 2 are published in bfloat16; the toy world's sizes want float32.
changes_only_the_precision() {
  diff "$folder/$1.defaults" "$folder/$1" > "$folder/changes"
  cat "$folder/changes"
  ! grep '^[<>]' "$folder/changes" | grep -v '^[<>] precision = '
}

# says STAGE "KEY = VALUE"...
says() {
  stage=$1
  shift
  for line in "$@"; do
    grep -qx "$line" "$folder/$stage" && continue
    echo "no '$line', but: $(grep "^${line%% *} " "$folder/$stage")"
    return 1
  done
}

for executable in "$@"; do
  stage=$(basename "$executable")
  stage=${stage#dali-}
  it "${stage}_reads_its_configuration" settles "$stage" "$executable"
  it "${stage}_does_the_same_without_it" changes_only_the_precision "$stage"
done

it the_prefix_is_tuned_as_published says tune-prefix "prefix_tokens = 16" "pairs = 16" \
  "initial_deviation = 0.0001" "learning_rate = 0.001" "schedule = cosine" "warmup_ratio = 0.03" \
  "batch_size = 16" "epochs = 500" "precision = bfloat16" "clip_norm = 0" "mode = paper"
it tokens_are_aligned_as_published says align "loss = attentive-ot" "learning_rate = 0.0001" \
  "schedule = halving" "warmup_ratio = 0" "batch_size = 256" "epochs = 20" "augments = true" \
  "clip_norm = 0" "mode = paper" "trains_position_embedding = false" "objective = auto" "lambda = 0" \
  "scale_free_lambda = false" "keep = last" "space = tokens" "kernel_bandwidth = mean" \
  "kernel_multiples = 0.25, 0.5, 1, 2, 4" "trim = 1" "pairing = given"

# Of its keys, those that it changes; all others are as published.
goes_beyond() {
  for executable in "$@"; do
    [ "$(basename "$executable")" = dali-align ] || continue
    settled "$executable" "$folder/align-unbalanced" \
      --config "$configurations/align-unbalanced.toml" || return 1
    diff "$folder/align" "$folder/align-unbalanced" | sed -n 's/^> //p' > "$folder/changes"
    cat "$folder/changes"
    [ "$(cut -d ' ' -f 1 "$folder/changes" | tr '\n' ' ')" = "loss space trim " ] && return 0
  done
  return 1
}
it alignment_goes_beyond_by_what_it_names goes_beyond "$@"
it labels_are_drawn_as_published says label "temperature = 0.2" "max_new_tokens = 128"
it sound_is_distilled_as_published says distill "learning_rate = 0.0002" "schedule = cosine" \
  "warmup_ratio = 0.03" "batch_size = 40" "epochs = 1" "precision = bfloat16" "clip_norm = 0" \
  "grouped_batches = 1"
finish
