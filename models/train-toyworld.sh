#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Trains a model of a toy world from nothing, and prints how well it hears:
#
#     models/train-toyworld.sh [--world small] [--tiny] [FOLDER]
#
# The world is the large one, or the small one, as models/toyworld was trained. FOLDER (default:
# build/toyworld) takes clips and checkpoints, 5 GB. By what its steps take alone one core needs two hours for
# the large world and one for the small one; DALI_PROCESSES=2 shares what takes longest.
#
# In the small world the tower learns to hear as in the paper: its tokens are aligned with those of
# pictures, and the projector is tuned on the captions that come of it. In the large one that names at most
# 5 % of single sounds, whatever the loss, and the tower learns from captions instead: the captioner says
# what the pictures let it expect to hear. docs/training.md has the figures.
# What is done already is not done again: remove a subfolder to repeat its step. The new model is
# FOLDER/model; copying it to models/toyworld is left to you. --tiny takes a few clips and steps, to see
# that everything runs.
set -eu
# shellcheck disable=SC2086  # tiny_...: one word a key

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
work_dir=$build_dir/toyworld
recipe=$source_dir/models/recipe

world=large
training_clips=3000 test_clips=1000 pairs_clips=150 pairs=48
tiny_pretrain='' tiny_prefix='' tiny_stage='' tiny_labels='' is_tiny=false
while [ $# -gt 0 ]; do
  case $1 in
    --world) world=$2; shift ;;
    --tiny)
      is_tiny=true training_clips=24 test_clips=12 pairs_clips=40 pairs=8
      tiny_pretrain='vision_scenes=96 scenes=96 validation_scenes=8' tiny_prefix='epochs=2'
      tiny_stage='epochs=1 batch_size=8'
      # What such a young captioner is surest of may be to say nothing of any clip.
      tiny_labels='temperature=1'
      ;;
    --help) sed -n '2,/^set/ { /^set/d; s/^# \{0,1\}//; p }' "$0"; exit 0 ;;
    -*) echo "train-toyworld.sh: there is no option $1" >&2; exit 2 ;;
    *) work_dir=$1 ;;
  esac
  shift
done

case $world in
  large)
    worlds_pretrain='' worlds_training='--confined-share 0.6' hears=by_captions
    $is_tiny || training_clips=12000
    ;;
  # 16 pairs are enough where one thing sounds nearly always.
  small)
    worlds_pretrain='world=small scenes=76800 batch_size=48' worlds_training='' hears=by_alignment
    pairs=16
    ;;
  *) echo "train-toyworld.sh: there is no recipe for the world '$world'" >&2; exit 2 ;;
esac

mkdir -p "$work_dir"
cd "$work_dir"
. "$recipe/steps.sh"

step "training clips" clips/train/manifest.jsonl \
  dali-toyworld --world $world $worlds_training --clips $training_clips --seed 1 --split train \
  --out clips/train
step "test clips" clips/test/manifest.jsonl \
  dali-toyworld --world $world --clips $test_clips --seed 2 --split test --out clips/test
step "clips for the prefix" clips/pairs/manifest.jsonl \
  dali-toyworld --world $world --clips $pairs_clips --seed 3 --split train --out clips/pairs
for set in train test pairs; do
  step "extraction" $set/manifest.jsonl \
    dali-extract --manifest clips/$set/manifest.jsonl --frames 3 --out $set
done

step "image captioner" captioner/config.json in_processes \
  dali-pretrain --config "$recipe/pretrain.toml" --out captioner \
  model_config="$recipe/config.json" tokenizer=clips/train/tokenizer.model \
  $worlds_pretrain $tiny_pretrain
# Of two sounds at once, and of none, too few are among 16 pairs to learn how each is said.
step "stage 1a: prefix" prefix/config.json \
  dali-tune-prefix --config "$recipe/tune-prefix.toml" --out prefix \
  model=captioner manifest=pairs/manifest.jsonl pairs=$pairs batch_size=$pairs $tiny_prefix
by_alignment() {
  step "the audio tower's own pretraining" hearing/config.json in_processes \
    dali-align --config "$recipe/contrast.toml" --out hearing \
    model=prefix manifest=train/manifest.jsonl $tiny_stage
  step "stage 1b: alignment" aligned/config.json in_processes \
    dali-align --config "$recipe/align.toml" --out aligned \
    model=hearing manifest=train/manifest.jsonl $tiny_stage
  step "stage 2: labels" labels/labels.jsonl \
    dali-label --out labels model=aligned manifest=train/manifest.jsonl temperature=0 \
    max_new_tokens=32 $tiny_labels
  step "stage 2: distillation" distilled/config.json \
    dali-distill --config "$recipe/distill.toml" --out distilled \
    model=aligned manifest=train/manifest.jsonl labels=labels/labels.jsonl $tiny_stage
}
by_captions() {
  step "the audio tower's own pretraining" own/config.json in_processes \
    dali-pretrain-hearing --config "$recipe/pretrain-hearing.toml" --out own \
    model=prefix manifest=train/manifest.jsonl $tiny_stage
  step "its pretraining in the captioner's space" aligned/config.json in_processes \
    dali-align --config "$recipe/contrast.toml" --out aligned \
    model=own manifest=train/manifest.jsonl epochs=2 batch_size=32 $tiny_stage
  step "labels of the pictures" labels/labels.jsonl in_processes \
    dali-label --out labels model=prefix manifest=train/manifest.jsonl modality=image temperature=0 \
    max_new_tokens=32 $tiny_labels
  step "distillation with the tower" distilled/config.json in_processes \
    dali-distill --config "$recipe/distill-tower.toml" --out distilled \
    model=aligned manifest=train/manifest.jsonl labels=labels/labels.jsonl $tiny_stage
}
$hears

step "one directory" model/config.json \
  dali-merge --out model model=distilled name=toyworld precision=bfloat16 \
  classes=clips/train/classes.json

for model in prefix aligned model; do
  step "evaluation" "evaluation/$model/scores.json" \
    dali-evaluate --out "evaluation/$model" model="$model" manifest=test/manifest.jsonl \
    modalities=audio,image,audiovisual
done
python3 -B "$source_dir/training/experiment/accuracy_table.py" test/manifest.jsonl \
  evaluation/prefix evaluation/aligned evaluation/model > table.md
cat table.md
