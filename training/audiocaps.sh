#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The whole way on AudioCaps, from the files that you have of it to figures:
#
#     training/audiocaps.sh [--tiny] MODEL AUDIOCAPS [FOLDER]
#
# MODEL is a model folder, as dali-import makes it. AUDIOCAPS holds train.csv and test.csv of
# https://github.com/cdjkim/audiocaps and, in it or below, videos or sounds that are named after
# YOUTUBE-ID, YOUTUBE-ID_START or in one of the other ways that docs/training.md lists; Clotho's
# development and evaluation do as well. What is missing is counted and left out.
#
# Sound and frames are extracted; with the frames of the training split the audio tower is aligned,
# the clips are labelled and the projector is distilled on these labels, all with the published
# hyperparameters (training/configurations); the test split is captioned before and after and scored
# against what people said. Where the files have no pictures nothing is trained, and MODEL is scored.
# FOLDER (default: audiocaps) takes what is made; what is done already is not done again. --tiny takes
# a few steps, to see that everything runs; its figures mean nothing. The programs are those in PATH:
# `meson devenv -C build -w .` in front of this runs those of the build folder.
set -eu

configurations=$(cd "$(dirname "$0")/configurations" && pwd)

tiny_align='' tiny_label='' tiny_distill='' tiny_test=''
while [ $# -gt 0 ]; do
  case $1 in
    --tiny)
      tiny_align='batch_size=4 epochs=1' tiny_label='max_new_tokens=8 max_clips=8'
      tiny_distill='batch_size=4 precision=float32' tiny_test='max_clips=8'
      ;;
    --help) sed -n '3,/^set/ { /^set/d; s/^# \{0,1\}//; p }' "$0"; exit 0 ;;
    -*) echo "audiocaps.sh: there is no option $1" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  echo "audiocaps.sh: name a model folder and the folder of AudioCaps; --help says more" >&2
  exit 2
fi
model=$1
out=${3:-audiocaps}

# table NAME...: the first of these that there is.
table() {
  for name; do
    [ ! -e "$audiocaps/$name" ] || { echo "$audiocaps/$name"; return; }
  done
  echo "audiocaps.sh: $audiocaps: has no $1" >&2
  return 1
}

for program in dali-extract dali-align dali-label dali-distill dali-evaluate; do
  command -v $program > /dev/null || {
    echo "audiocaps.sh: there is no $program in PATH" >&2
    exit 1
  }
done
if [ ! -d "$2" ]; then
  echo "audiocaps.sh: $2: is no folder" >&2
  exit 1
fi
audiocaps=$(cd "$2" && pwd)
train=$(table train.csv development.csv clotho_captions_development.csv)
test=$(table test.csv evaluation.csv clotho_captions_evaluation.csv)

# step NAME FILE COMMAND...: runs the command unless an earlier run left FILE.
step() {
  name=$1 result=$2
  shift 2
  [ ! -e "$result" ] || return 0
  echo "== $name" >&2
  "$@"
}

mkdir -p "$out"
step "extraction: $test" "$out/test/manifest.jsonl" \
  dali-extract --manifest "$test" --jpeg 90 --flac --out "$out/test"
step "extraction: $train" "$out/train/manifest.jsonl" \
  dali-extract --manifest "$train" --jpeg 90 --flac --out "$out/train"

models=$model modalities=audio
if grep -q '"frames":' "$out/train/manifest.jsonl"; then
  # shellcheck disable=SC2086  # tiny_...: one word a key
  {
    step "stage 1b: alignment" "$out/aligned/config.json" \
      dali-align --config "$configurations/align.toml" --out "$out/aligned" \
      model="$model" manifest="$out/train/manifest.jsonl" $tiny_align
    step "stage 2: labels" "$out/labels/labels.jsonl" \
      dali-label --config "$configurations/label.toml" --out "$out/labels" \
      model="$out/aligned" manifest="$out/train/manifest.jsonl" $tiny_label
    step "stage 2: distillation" "$out/distilled/config.json" \
      dali-distill --config "$configurations/distill.toml" --out "$out/distilled" \
      model="$out/aligned" manifest="$out/train/manifest.jsonl" \
      labels="$out/labels/labels.jsonl" $tiny_distill
  }
  models=$model,$out/aligned,$out/distilled
else
  echo "no file of $train has a picture: nothing is trained" >&2
fi
! grep -q '"frames":' "$out/test/manifest.jsonl" || modalities=audio,audiovisual

echo "== evaluation" >&2
# shellcheck disable=SC2086
dali-evaluate --out "$out/scores" model="$models" manifest="$out/test/manifest.jsonl" \
  references="$test" modalities="$modalities" --export $tiny_test
