#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The paper's claims in small, on the toy world, from nothing:
#
#     training/experiment/run.sh [--seeds N] [--tiny] [FOLDER]
#
# One captioner and one audio tower of some hearing, as the paper has one LLaVA and one CAV-MAE; the
# clips whose pictures fit their sound, as the paper chooses a quarter of AudioSet; then for each seed
# (default: 1) a prefix, the tower's alignment by each of the four losses, and the distillation of
# each. FOLDER (default: build/experiment) takes clips and checkpoints, 2 GB, and at the end RESULTS.md
# with its figures; copying these into the source tree is left to you. Two cores need 50 minutes for
# the first seed, a quarter of an hour for each further one. What is done already is not done again:
# remove a subfolder to repeat its step. --tiny takes a few clips and steps, in a minute or two,
# to see that everything runs; its figures mean nothing.
set -eu
# shellcheck disable=SC2086  # tiny_...: one word a key

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
experiment=$source_dir/training/experiment
recipe=$source_dir/models/recipe
losses='contrastive mmd ot attentive-ot'

seeds=1
work_dir=$build_dir/experiment
pretraining_clips=3000 training_clips=3000 fitting_clips=1500 test_clips=300 pairs_clips=60
tiny_pretrain='' tiny_prefix='' tiny_stage=''
while [ $# -gt 0 ]; do
  case $1 in
    --seeds) seeds=$2; shift ;;
    --tiny)
      pretraining_clips=24 training_clips=24 fitting_clips=16 test_clips=12 pairs_clips=20
      tiny_pretrain='vision_scenes=96 scenes=96' tiny_prefix='epochs=2'
      tiny_stage='epochs=1 batch_size=8'
      ;;
    --help) sed -n '2,/^set/ { /^set/d; s/^# \{0,1\}//; p }' "$0"; exit 0 ;;
    -*) echo "run.sh: there is no option $1" >&2; exit 2 ;;
    *) work_dir=$1 ;;
  esac
  shift
done

mkdir -p "$work_dir"
cd "$work_dir"
. "$recipe/steps.sh"
[ -e started ] || date +%s > started  # when there was nothing yet

# In a quarter of the scenes something that sounds is not in the picture, and two pictures in three
# show what does not sound. The audio tower's own pretraining has easier ones. The 16 pairs of stage
# 1a are chosen, as one would, among pictures that show what sounds.
make_clips() {
  step "clips for the audio tower" clips/pretraining/manifest.jsonl \
    nice dali-toyworld --clips $pretraining_clips --seed 1 --split train --out clips/pretraining
  step "training clips" clips/train/manifest.jsonl \
    nice dali-toyworld --clips $training_clips --seed 11 --split train --unseen-share 0.25 \
    --out clips/train
  step "test clips" clips/test/manifest.jsonl \
    nice dali-toyworld --clips $test_clips --seed 12 --split test --unseen-share 0.25 --out clips/test
  step "clips for the prefix" clips/pairs/manifest.jsonl \
    nice dali-toyworld --clips $pairs_clips --seed 13 --split train --out clips/pairs
  for set in pretraining train test pairs; do
    step "extraction" $set/manifest.jsonl \
      nice dali-extract --manifest clips/$set/manifest.jsonl --frames 3 --out $set
  done
}

# in_two_processes COMMAND...: the same numbers but for rounding, as torchrun would start it. Each
# waits for the other at every step; what else there is to do fills these gaps (nice).
in_two_processes() {
  export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29541
  RANK=1 LOCAL_RANK=1 "$@" &
  RANK=0 LOCAL_RANK=0 "$@"
  wait $!
  unset WORLD_SIZE MASTER_ADDR MASTER_PORT
}

# wait_for PROCESS LOG: ends with what the process said if it failed.
wait_for() {
  wait "$1" || { cat "$2" >&2; exit 1; }
}

# overlay FOLDER BASE KEYS: a model that differs from another in its configuration alone.
overlay() {
  mkdir -p "$1"
  printf '{"base": "../%s"%s}\n' "$2" "$3" > "$1/config.json"
}

# evaluate NAME MODEL [key=value...]
evaluate() {
  evaluated=$1 model=$2
  shift 2
  step "evaluation" "evaluation/$evaluated/scores.json" \
    dali-evaluate --out "evaluation/$evaluated" model="$model" manifest=../test/manifest.jsonl "$@"
}

# What a model's image tokens and sound make the captioner say when it is asked what can be seen,
# without the prefix, which is there to ask for sounds.
evaluate_sight() {
  overlay "$1-asked" "$1" ', "prefix_tokens": 0, "prompt": {"question": "What do you see?"}'
  evaluate "$1-asked" "$1-asked" modalities=audio,image max_clips=150
}

# align_by LOSS SEED: both stages, and what comes of each.
align_by() {
  step "stage 1b: $1" "$1/config.json" \
    dali-align --config "$experiment/align.toml" --out "$1" \
    model=start manifest=../fitting/manifest.jsonl loss="$1" seed="$2" $tiny_stage
  step "stage 2: labels" "$1-labels/labels.jsonl" \
    dali-label --out "$1-labels" model="$1" manifest=../train/manifest.jsonl max_clips=750 \
    temperature=0 max_new_tokens=32
  step "stage 2: distillation" "$1-distilled/config.json" \
    dali-distill --config "$experiment/distill.toml" --out "$1-distilled" \
    model="$1" manifest=../train/manifest.jsonl labels="$1-labels/labels.jsonl" seed="$2" \
    $tiny_stage
  evaluate "$1" "$1" modalities=audio,audiovisual retrieval=true
  evaluate "$1-distilled" "$1-distilled" modalities=audio,audiovisual
  evaluate_sight "$1"
  evaluate_sight "$1-distilled"
}

# What there is before the alignment.
evaluate_before() {
  evaluate unaligned unaligned modalities=audio,image,audiovisual retrieval=true
  evaluate_sight unaligned
  evaluate start start modalities=audio,audiovisual retrieval=true
}

# One seed, in its folder: of the prefix, the order of clips, and what is added to them.
run_seed() (
  mkdir -p "seed-$1"
  cd "seed-$1"
  step "stage 1a: prefix" start/config.json \
    dali-tune-prefix --config "$recipe/tune-prefix.toml" --out start \
    model=../hearing manifest=../pairs/manifest.jsonl seed="$1" $tiny_prefix
  # The same prefix, which no sound has a part in, with a tower that never learnt anything.
  overlay unaligned ../captioner ', "prefix_tokens": 16'
  cp start/model.safetensors unaligned/
  # Two at a time, a core each, and what is left over beside them.
  (align_by contrastive "$1"; align_by ot "$1") > lane.log 2>&1 &
  lane=$!
  evaluate_before > before.log 2>&1 &
  before=$!
  align_by mmd "$1"
  align_by attentive-ot "$1"
  wait_for $lane lane.log
  wait_for $before before.log
)

make_clips > clips.log 2>&1 &
clips=$!
step "tokenizer" words/tokenizer.model dali-toyworld --clips 1 --seed 11 --out words
step "image captioner" captioner/config.json in_two_processes \
  dali-pretrain --config "$recipe/pretrain.toml" --out captioner \
  model_config="$recipe/config.json" tokenizer=words/tokenizer.model $tiny_pretrain
wait_for $clips clips.log
step "clips whose pictures fit" fitting/manifest.jsonl \
  nice dali-filter --out fitting model=captioner manifest=train/manifest.jsonl \
  keep=$fitting_clips question="What do you see?" > fitting.log 2>&1 &
fitting=$!
step "the audio tower's own pretraining" hearing/config.json in_two_processes \
  dali-align --config "$experiment/hearing.toml" --out hearing \
  model=captioner manifest=pretraining/manifest.jsonl $tiny_stage
wait_for $fitting fitting.log

seed=1
while [ "$seed" -le "$seeds" ]; do
  echo "== seed $seed of $seeds"
  run_seed "$seed"
  # An interruption counts.
  [ -e seed-1/minutes ] || echo $((($(date +%s) - $(cat started) + 30) / 60)) > seed-1/minutes
  seed=$((seed + 1))
done

mkdir -p figures
models=unaligned=seed-1/unaligned
for loss in $losses; do models=$models,$loss=seed-1/$loss; done
step "figure 4" figures/tokens.svg \
  dali-plot tokens --out figures models="$models" manifest=test/manifest.jsonl max_clips=150
step "figure 7" figures/attention.svg \
  dali-plot attention --out figures model=seed-1/attentive-ot manifest=test/manifest.jsonl
python3 "$experiment/write_results.py" --seeds "$seeds" . "$experiment/discussion.md" > RESULTS.md
echo "== RESULTS.md"
cat RESULTS.md
