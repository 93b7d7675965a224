#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs of every stage's executable on a few clips of the toy world: killed, on a full disk, on data
# of which some is broken, in two processes.
#
#     test_training_runs.sh TAP_FUNCTIONS DALI_TOYWORLD DALI_EXTRACT STAGES
#
# STAGES is the folder of dali-align and the others; DALI_MODEL_DIR the model that they start from.
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
toyworld=$2
extract=$3
stages=$4
new_folder
clips=$folder/clips
# What hangs is named and ended.
# --foreground: else timeout hands a signal on twice, and the second one ends a run at once.
bounded="timeout --foreground --verbose --kill-after=10 90"
start=$bounded  # how a run starts; "exec" before it makes the run the background's own process

makes_clips() {
  $bounded "$toyworld" --clips 8 --seed 3 --out "$folder/world" &&
    $bounded "$extract" --manifest "$folder/world/manifest.jsonl" --frames 2 --out "$clips"
}

# Runs a command, shows what it says on standard error, and keeps it in the file `said`.
said_by() {
  status=0
  "$@" 2> "$folder/said" || status=$?
  cat "$folder/said"
  return "$status"
}

# wait_for PROCESS CONDITION...: waits for a condition as long as the process runs. After a minute
# the process is killed.
wait_for() {
  process=$1
  shift
  deadline=$(($(date +%s) + 60))
  until "$@"; do
    kill -0 "$process" 2> /dev/null || return 1
    if [ "$(date +%s)" -gt "$deadline" ]; then
      echo "after a minute still not: $*"
      kill -KILL "$process"
      return 1
    fi
    sleep 0.01
  done
}

has_logged_step() {
  grep -qs "\"step\":$2}" "$1/metrics.jsonl"
}

# run STAGE OUT [KEY=VALUE...]: 12 steps, a checkpoint after each.
run() {
  stage=$1
  out=$2
  shift 2
  case $stage in
    align) set -- epochs=3 batch_size=2 loss=ot "$@" ;;
    tune-prefix) set -- epochs=6 batch_size=2 pairs=4 validation_pairs=2 "$@" ;;
    distill) set -- epochs=3 batch_size=2 labels="$folder/labels/labels.jsonl" "$@" ;;
    pretrain)
      $start "$stages/dali-pretrain" --out "$out" checkpoint_interval_s=0 \
        model_config="$DALI_MODEL_DIR/config.json" tokenizer="$DALI_MODEL_DIR/tokenizer.model" \
        vision_scenes=24 scenes=24 batch_size=4 validation_scenes=2 "$@"
      return
      ;;
  esac
  $start "$stages/dali-$stage" --out "$out" checkpoint_interval_s=0 \
    model="$DALI_MODEL_DIR" manifest="$clips/manifest.jsonl" "$@"
}

makes_labels() {
  $bounded "$stages/dali-label" --out "$folder/labels" model="$DALI_MODEL_DIR" \
    manifest="$clips/manifest.jsonl" temperature=0 max_new_tokens=8 &&
    [ "$(wc -l < "$folder/labels/labels.jsonl")" -eq 8 ]
}

# All steps that a run has logged, of all its parts.
steps_in() {
  cat "$1"/metrics.jsonl "$1"/*/metrics.jsonl 2> /dev/null | grep -c '"kind":"step"'
}

has_more_steps_than() {
  [ "$(steps_in "$1")" -gt "$2" ]
}

# Kills the run a moment after each step that is new, at whatever it is at then, as long as it does
# not come to its end.
ends_with_the_same_weights_when_killed() {
  stage=$1
  killed=$folder/killed-$stage
  run "$stage" "$folder/$stage" || return 1
  kills=0
  for moment in 0.005 0.04 0.013 0.09; do
    reached=$(steps_in "$killed")
    start="exec" run "$stage" "$killed" 2> "$folder/said" &
    child=$!
    wait_for "$child" has_more_steps_than "$killed" "$reached" && sleep "$moment"
    kill -KILL "$child" && kills=$((kills + 1))
    wait "$child"
    cat "$folder/said"
  done
  echo "killed $kills times, the last time after $(steps_in "$killed") steps"
  [ "$kills" -ge 2 ] && run "$stage" "$killed" &&
    cmp "$killed/model.safetensors" "$folder/$stage/model.safetensors"
}

rehearses() {
  said_by run "$1" "$folder/dry-$1" --dry-run || return 1
  grep "^dry run: .* 12 steps of 2\|^dry run: .* 6 steps of 4" "$folder/said" &&
    grep "^dry run: a step takes .* GiB of memory" "$folder/said" &&
    [ ! -e "$folder/dry-$1/model.safetensors" ] && [ ! -e "$folder/dry-$1/checkpoints" ]
}

is_refused_with_another_rate() {
  fails_with 1 "holds a run with another learning_rate;" \
    run "$1" "$folder/$1" learning_rate=0.5
}

# A limit on the size of files is met as a full disk is. The configuration and the logs fit.
with_full_disk() {
  (
    trap '' XFSZ
    ulimit -f 48
    "$@"
  )
}

loses_nothing_on_a_full_disk() {
  full=$folder/full
  start="exec $bounded" run align "$full" &
  child=$!
  wait_for "$child" has_logged_step "$full" 3 && kill -TERM "$child"
  wait "$child"
  cp -r "$full/checkpoints" "$folder/before" || return 1
  said_by with_full_disk run align "$full"
  [ "$status" -eq 1 ] || return 1
  tail -n 1 "$folder/said" | grep "^dali-align: .*safetensors: cannot be written" &&
    diff -r "$full/checkpoints" "$folder/before" && [ ! -e "$full/model.safetensors" ] &&
    run align "$full" && cmp "$full/model.safetensors" "$folder/align/model.safetensors"
}

# Six pairs are wanted: four to train on, two to validate on.
takes_captions_from_a_csv() {
  echo "file_name,caption_1" > "$folder/clotho.csv"
  for clip in 0 2 3 5 7; do
    echo "train-00000$clip.wav,\"rain, and more rain\"" >> "$folder/clotho.csv"
  done
  fails_with 1 "prefix tuning wants 6 clips with audio captions, there are 5" \
    run tune-prefix "$folder/few" captions="$folder/clotho.csv" || return 1
  echo "train-000001.wav,rain" >> "$folder/clotho.csv"
  run tune-prefix "$folder/rain" captions="$folder/clotho.csv" &&
    ! cmp "$folder/rain/model.safetensors" "$folder/tune-prefix/model.safetensors"
}

# Of eight clips one has a broken sound, one lacks a frame, one never had a sound.
breaks_clips() {
  cp -r "$clips" "$folder/broken" && cd "$folder/broken" || return 1
  head -c 20 audio/train-000001.wav > short && mv short audio/train-000001.wav
  rm frames/train-000004-1.ppm
  sed -i '/train-000006/ s/"audio":"[^"]*",//' manifest.jsonl
}

on_broken_clips() {
  stage=$1
  shift
  said_by run "$stage" "$folder/broken-$stage" manifest="$folder/broken/manifest.jsonl" "$@" ||
    return 1
  grep "clip 'train-000001' is skipped: .*train-000001.wav" "$folder/said" &&
    grep "manifest.jsonl: 1 clips without sound.* are left out, of 8" "$folder/said" &&
    grep "manifest.jsonl: [56] of [78] clips are used" "$folder/said"
}

labels_what_can_be_read() {
  said_by $bounded "$stages/dali-label" --out "$folder/broken-labels" model="$DALI_MODEL_DIR" \
    manifest="$folder/broken/manifest.jsonl" temperature=0 max_new_tokens=8 || return 1
  [ "$(wc -l < "$folder/broken-labels/labels.jsonl")" -eq 5 ] &&
    grep "clip 'train-000006' is skipped: has no sound or no frames" "$folder/said" &&
    on_broken_clips distill labels="$folder/broken-labels/labels.jsonl"
}

says_that_nothing_can_be_read() {
  head -n 0 "$clips/manifest.jsonl" > "$folder/broken/none.jsonl"
  fails_with 1 "none.jsonl: holds no clips with sound and frames" \
    run align "$folder/none" manifest="$folder/broken/none.jsonl"
}

# The loss of every step of a run.
losses_in() {
  sed -n 's/.*"kind":"step","loss":\([0-9.e+-]*\),.*/\1/p' "$1/metrics.jsonl"
}

# 60 steps on the same four examples: a decoder that can speak is brought to say just these, and a
# tower to hear just these. A tenth of the loss is left of MMD, and far less of the captions'.
learns_one_batch() {
  what=$1
  stage=$2
  shift 2
  run "$stage" "$folder/again-$what" --overfits-one-batch max_steps=60 epochs=60 batch_size=4 \
    schedule=constant checkpoint_interval_s=3600 "$@" || return 1
  losses_in "$folder/again-$what" | awk '
    NR == 1 { first = $1 }
    { last = $1 }
    END { print first, last; exit !(NR == 60 && last < first / 5) }'
}

# The losses of two runs, step by step. Halves of a batch are rounded otherwise than the whole.
logged_the_same_losses() {
  losses_in "$1" > "$1/losses"
  losses_in "$2" > "$2/losses"
  [ "$(wc -l < "$1/losses")" -eq 12 ] || return 1
  paste "$1/losses" "$2/losses" | awk '{
    print
    difference = $1 / $2 - 1
    if (difference > 1e-4 || difference < -1e-4) exit 1
  }'
}

# rank RANK OUT [KEY=VALUE...]: one of two processes, which meet at $port.
rank() {
  WORLD_SIZE=2 RANK=$1 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port
  export WORLD_SIZE RANK MASTER_ADDR MASTER_PORT
  shift
  run align "$@"
}

shares_the_work() {
  port=$((20000 + $$ % 10000))
  rank 1 "$folder/shared" &
  other=$!
  (rank 0 "$folder/shared") && wait "$other" && [ -e "$folder/shared/model.safetensors" ] &&
    logged_the_same_losses "$folder/shared" "$folder/align"
}

ends_when_the_other_dies() {
  port=$((20000 + ($$ + 1) % 10000))
  start="exec $bounded" rank 0 "$folder/widowed" 2> "$folder/said" &
  survivor=$!
  start="exec" rank 1 "$folder/widowed" &
  other=$!
  wait_for "$survivor" has_logged_step "$folder/widowed" 2
  kill -KILL "$other" || return 1
  begin=$(date +%s)
  wait "$survivor"
  status=$?
  seconds=$(($(date +%s) - begin))
  cat "$folder/said"
  echo "status $status after $seconds s"
  [ "$status" -eq 1 ] && [ "$seconds" -le 60 ] &&
    grep "^dali-align: process 0 of 2: another process has died or hangs" "$folder/said"
}

# Under Python 3.11 the torchrun of Debian 12 cannot read its own defaults of --redirects and --tee.
starts_under_torchrun() {
  $bounded torchrun --no_python --nproc_per_node 2 --master_port $((20000 + ($$ + 2) % 10000)) \
    --redirects 1 --tee 1 --log_dir "$folder/torchrun-logs" \
    "$stages/dali-align" --out "$folder/torchrun" checkpoint_interval_s=0 epochs=3 batch_size=2 \
    loss=ot model="$DALI_MODEL_DIR" manifest="$clips/manifest.jsonl" &&
    logged_the_same_losses "$folder/torchrun" "$folder/align"
}

it the_toy_world_makes_clips makes_clips
it labels_are_made makes_labels
for stage in align tune-prefix distill pretrain; do
  it "a_killed_run_of_${stage}_ends_with_the_same_weights" \
    ends_with_the_same_weights_when_killed "$stage"
  it "${stage}_is_refused_with_another_configuration" is_refused_with_another_rate "$stage"
  it "a_dry_run_of_${stage}_writes_no_model" rehearses "$stage"
done
it prefix_tuning_learns_one_batch learns_one_batch prefix tune-prefix learning_rate=0.01
it distillation_learns_one_batch learns_one_batch projector distill learning_rate=0.001
it distillation_of_the_tower_learns_one_batch learns_one_batch tower distill trains=tower \
  learning_rate=0.001
it alignment_learns_one_batch learns_one_batch alignment align loss=mmd learning_rate=0.001
it captions_come_from_a_csv takes_captions_from_a_csv
it a_full_disk_loses_nothing loses_nothing_on_a_full_disk
it clips_break breaks_clips
it broken_clips_are_named_and_left_out on_broken_clips align
it broken_clips_get_no_label_and_need_none labels_what_can_be_read
it a_manifest_of_nothing_is_refused says_that_nothing_can_be_read
it two_processes_log_the_losses_of_one shares_the_work
it a_process_that_dies_ends_the_other ends_when_the_other_dies
if command -v torchrun > /dev/null; then
  it torchrun_starts_two_processes starts_under_torchrun
else
  skip torchrun_starts_two_processes "torchrun is not installed (python3-torch)"
fi
finish
