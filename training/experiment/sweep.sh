#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What one seed is enough to try: why a loss does as it does, by changing one thing at a time.
#
#     training/experiment/sweep.sh [--seed N] [--tiny] [FOLDER]
#
# After run.sh with the same seed and FOLDER (defaults: 1, build/experiment), from its tower before
# alignment. Attentive transport with 3 to 100 times the weight of the entropy; MMD with the median
# as its bandwidth, with narrower kernels, with tokens over their root mean square and with a third
# and three times the learning rate; energy distance. Each is aligned on clips as they come, as
# run.sh does it and no further, and measured from sound alone on the validation clips; where weights
# are attentive, the clips' pictures are captioned from the tokens above the floor, too. Then another
# captioner is trained, with token_dropout, so that it has read few tokens of a picture, and attentive
# and plain transport are aligned and measured once more with it. Leaves FOLDER/results/sweep-N.tsv,
# which run.sh --table makes a section of RESULTS.md of, and prints that section. What is done already is
# not done again: remove a subfolder of FOLDER/seed-N/sweep to repeat it.
# --tiny: as run.sh.
set -eu
# shellcheck disable=SC2086  # tiny_stage, keys: one word a key

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
experiment=$source_dir/training/experiment

# A word each, NAME:BASE:KEY=VALUE: as run.sh aligns by the loss BASE, but for one key.
# The learning rates are a third and three times that of align.toml.
of_attention='
  lambda-300:attentive-ot:lambda=300
  lambda-1000:attentive-ot:lambda=1000
  lambda-3000:attentive-ot:lambda=3000
  lambda-10000:attentive-ot:lambda=10000'
of_kernels='
  mmd-median:mmd:kernel_bandwidth=median
  mmd-narrow:mmd:kernel_multiples=0.02,0.05,0.1,0.2,0.5
  mmd-normalised:mmd:space=normalised
  mmd-slow:mmd:learning_rate=0.0007
  mmd-fast:mmd:learning_rate=0.006
  energy:mmd:loss=energy'
bases='attentive-ot mmd ot scale-free'
# With another captioner, which was shown 20 of a picture's 49 tokens at a time: as many as are above the
# floor in RESULTS.md's figure of attention.
token_dropout=0.6
of_few_tokens="
  few-tokens-attentive-ot:attentive-ot:token_dropout=$token_dropout
  few-tokens-ot:ot:token_dropout=$token_dropout"

seed=1
work_dir=$build_dir/experiment
tiny_stage=''
while [ $# -gt 0 ]; do
  case $1 in
    --seed) seed=$2; shift ;;
    --tiny) tiny_stage='epochs=1 batch_size=8' ;;
    --help) sed -n '2,/^set/ { /^set/d; s/^# \{0,1\}//; p }' "$0"; exit 0 ;;
    -*) echo "sweep.sh: there is no option $1" >&2; exit 2 ;;
    *) work_dir=$1 ;;
  esac
  shift
done
case $seed in
  '' | *[!0-9]*) echo "sweep.sh: --seed wants a number, and not '$seed'" >&2; exit 2 ;;
esac
for needed in start captioner hearing $bases; do
  if [ ! -e "$work_dir/seed-$seed/$needed/config.json" ]; then
    echo "sweep.sh: $work_dir/seed-$seed has no $needed: run.sh with this seed and folder makes it" >&2
    exit 1
  fi
done

work_dir=$(cd "$work_dir" && pwd)
cd "$work_dir/seed-$seed"
. "$source_dir/models/recipe/steps.sh"

# caption_pictures NAME MODEL TOKENS
caption_pictures() {
  step "pictures of $1" "sweep/pictures/$1/scores.json" \
    dali-evaluate --out "sweep/pictures/$1" model="$2" manifest=../valid/manifest.jsonl \
    modalities=image image_tokens="$3" bootstrap=0
}

# evaluate NAME MODEL
evaluate() {
  step "evaluation of $1" "sweep/evaluation/$1/scores.json" \
    dali-evaluate --out "sweep/evaluation/$1" model="$2" manifest=../valid/manifest.jsonl \
    modalities=audio bootstrap=0
  if [ -e "$2/scorers" ]; then caption_pictures "$1" "$2" above-floor; fi
}

# try_all WORD...: one after the other. step has a name and a result of its own.
try_all() {
  for word; do
    tried=${word%%:*}
    base=${word#*:} keys=${word##*:}
    base=${base%%:*}
    # Of one key twice the last counts.
    step "aligned: $tried" "sweep/$tried/config.json" \
      dali-align --config "$experiment/align.toml" --out "sweep/$tried" model=start \
      manifest=../train/manifest.jsonl validation_manifest=../valid/manifest.jsonl \
      loss="$base" "$keys" seed="$seed" $tiny_stage
    evaluate "$tried" "sweep/$tried"
  done
}

# The captioner, with its prefix, as run.sh has trained both, but for token_dropout. Its audio tower is
# what run.sh's had learnt before alignment, in a space of its own.
train_on_few_tokens() {
  step "image captioner of few tokens" sweep/few-tokens-captioner/config.json in_processes \
    dali-pretrain --config captioner/training.toml --out sweep/few-tokens-captioner \
    token_dropout=$token_dropout
  mkdir -p sweep/few-tokens-hearing
  echo '{"base": "../few-tokens-captioner"}' > sweep/few-tokens-hearing/config.json
  cp hearing/model.safetensors sweep/few-tokens-hearing/
  step "its prefix" sweep/few-tokens/config.json \
    dali-tune-prefix --config start/training.toml --out sweep/few-tokens \
    model=sweep/few-tokens-hearing
  caption_pictures few-tokens sweep/few-tokens all
}

# align_few_tokens WORD: the base once more, from that captioner.
align_few_tokens() {
  tried=${1%%:*}
  base=${1#*:}
  base=${base%%:*}
  step "aligned: $tried" "sweep/$tried/config.json" \
    dali-align --config "$base/training.toml" --out "sweep/$tried" model=sweep/few-tokens
  evaluate "$tried" "sweep/$tried"
}

# Two at a time, a core each.
mkdir -p sweep
try_all $of_kernels > sweep/lane.log 2>&1 &
lane=$!
caption_pictures start start all
for base in $bases; do evaluate "$base" "$base"; done
try_all $of_attention
wait $lane || { cat sweep/lane.log >&2; exit 1; }
DALI_PROCESSES=2
train_on_few_tokens
for word in $of_few_tokens; do align_few_tokens "$word"; done

runs=
for word in $of_attention $of_kernels; do runs="$runs ${word%:*}"; done
for base in $bases; do runs="$runs $base"; done
runs="$runs $of_few_tokens"
mkdir -p ../results
commit=$(git -C "$source_dir" describe --always --dirty 2> /dev/null || echo unknown)
python3 -B "$experiment/sweep_scores.py" --seed "$seed" --commit "$commit" . $runs \
  > "../results/sweep-$seed.tsv.part"
mv "../results/sweep-$seed.tsv.part" "../results/sweep-$seed.tsv"
python3 -B "$experiment/sweep_table.py" ../results
