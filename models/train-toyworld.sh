#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Trains a model as models/toyworld is from nothing, and prints how well it hears:
#
#     models/train-toyworld.sh [FOLDER]
#
# FOLDER (default: build/toyworld) takes clips and checkpoints, 1.5 GB. Two cores need about an hour and
# a half, half of it for the image captioner. What is done already is not done again: remove a
# subfolder to repeat its step. The new model is FOLDER/model; copying it to models/toyworld is left
# to you.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
work_dir=${1:-$build_dir/toyworld}
recipe=$source_dir/models/recipe

mkdir -p "$work_dir"
cd "$work_dir"
. "$recipe/steps.sh"

step "training clips" clips/train/manifest.jsonl \
  dali-toyworld --clips 3000 --seed 1 --split train --out clips/train
step "test clips" clips/test/manifest.jsonl \
  dali-toyworld --clips 600 --seed 2 --split test --out clips/test
step "extraction" train/manifest.jsonl \
  dali-extract --manifest clips/train/manifest.jsonl --frames 3 --out train
step "extraction" test/manifest.jsonl \
  dali-extract --manifest clips/test/manifest.jsonl --frames 3 --out test

step "image captioner" captioner/config.json \
  dali-pretrain --config "$recipe/pretrain.toml" --out captioner \
  model_config="$recipe/config.json" tokenizer=clips/train/tokenizer.model
step "stage 1a: prefix" prefix/config.json \
  dali-tune-prefix --config "$recipe/tune-prefix.toml" --out prefix \
  model=captioner manifest=train/manifest.jsonl max_clips=60
step "the audio tower's own pretraining" hearing/config.json \
  dali-align --config "$recipe/contrast.toml" --out hearing \
  model=prefix manifest=train/manifest.jsonl
step "stage 1b: alignment" aligned/config.json \
  dali-align --config "$recipe/align.toml" --out aligned \
  model=hearing manifest=train/manifest.jsonl
step "stage 2: labels" labels/labels.jsonl \
  dali-label --out labels model=aligned manifest=train/manifest.jsonl temperature=0 \
  max_new_tokens=32
step "stage 2: distillation" distilled/config.json \
  dali-distill --config "$recipe/distill.toml" --out distilled \
  model=aligned manifest=train/manifest.jsonl labels=labels/labels.jsonl
step "one directory" model/config.json \
  dali-merge --out model model=distilled name=toyworld precision=bfloat16

for model in prefix aligned model; do
  case $model in
    prefix) echo "== before alignment" ;;
    aligned) echo "== aligned, before distillation" ;;
    model) echo "== the finished model" ;;
  esac
  dali-evaluate --out "evaluation/$model" model="$model" manifest=test/manifest.jsonl \
    modalities=audio,image,audiovisual
done
