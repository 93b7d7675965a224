#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The paper's claims in small, on the large toy world, from nothing, a seed at a time:
#
#     training/experiment/run.sh [--seed N] [--also NAME:KEY=VALUE[,KEY=VALUE...]]... [--tiny] [FOLDER]
#     training/experiment/run.sh --table [RESULTS]
#
# A seed (default: 1) has an image captioner and an audio tower of its own, which has learnt from
# unlabelled clips as CAV-MAE has; a prefix; the tower's alignment by each loss, on clips as they come
# and on those whose pictures fit; and the distillation of each. FOLDER (default: build/experiment)
# takes clips and checkpoints, 3 GB, and results/seed-N.tsv: what every caption of the test clips
# names, with the commit. By what its steps take alone, two cores need at most an hour and a half.
# What is done already is not done again: remove a subfolder to repeat its step. --tiny takes a few
# clips and steps, in some minutes, to see that everything runs; its figures mean nothing.
#
# --also aligns by one more loss, on clips as they come, with these keys of dali-align; the table holds
# it against plain and scale-free attentive transport. NAME is of small letters, digits and hyphens.
#
# --table prints RESULTS.md of the seeds in RESULTS (default: training/experiment/results of the
# source tree), and draws RESULTS/figures/ablation.svg of them: copy results/* there, from as many
# runs and machines as there are. sweep.sh tries what one seed is enough for.
set -eu
# shellcheck disable=SC2086  # tiny_...: one word a key

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
experiment=$source_dir/training/experiment
recipe=$source_dir/models/recipe
losses='contrastive mmd ot attentive-ot scale-free'
also=  # a word each: NAME:KEY=VALUE,...

seed=1
is_table=no
work_dir=
training_clips=3000 fitting_clips=1500 valid_clips=300 test_clips=2100 foreign_clips=600
pairs_clips=200 asked_clips=300
tiny_pretrain='' tiny_prefix='' tiny_stage='' tiny_labels=''
gently="nice"  # clips give way to the captioner, which takes longer
while [ $# -gt 0 ]; do
  case $1 in
    --seed) seed=$2; shift ;;
    --also)
      name=${2%%:*}
      case $name in
        '' | *[!a-z0-9-]* | start | unaligned | filtered-* | *-distilled | *-asked | *-labels)
          name= ;;
      esac
      case " $losses $also" in *" $name "* | *" $name:"*) name= ;; esac
      case $name:${2#*:} in
        :* | *' '* | "$name:$2" | "$name:")
          echo "run.sh: --also wants NAME:KEY=VALUE with a new name, and not '$2'" >&2
          exit 2 ;;
      esac
      also="$also$2 "
      shift
      ;;
    --table) is_table=yes ;;
    --tiny)
      training_clips=24 fitting_clips=16 valid_clips=6 test_clips=16 foreign_clips=4
      pairs_clips=40 asked_clips=8
      tiny_pretrain='vision_scenes=96 scenes=96 validation_scenes=8' tiny_prefix='epochs=2'
      tiny_stage='epochs=1 batch_size=8'
      # What such a young captioner is surest of may be to say nothing of any clip.
      tiny_labels='temperature=1'
      gently=
      ;;
    --help) sed -n '2,/^set/ { /^set/d; s/^# \{0,1\}//; p }' "$0"; exit 0 ;;
    -*) echo "run.sh: there is no option $1" >&2; exit 2 ;;
    *) work_dir=$1 ;;
  esac
  shift
done
case $seed in
  '' | *[!0-9]*) echo "run.sh: --seed wants a number, and not '$seed'" >&2; exit 2 ;;
esac

# write_table RESULTS: to standard output, with the chart that is of all seeds.
write_table() {
  chart=$(python3 -B "$experiment/charts.py" ablation "$1")
  mkdir -p "$1/figures"
  printf '%s\n' "$chart" > "$1/figures/ablation.svg.part"
  mv "$1/figures/ablation.svg.part" "$1/figures/ablation.svg"
  python3 -B "$experiment/write_results.py" "$1"
}

if [ $is_table = yes ]; then
  write_table "${work_dir:-$experiment/results}"
  exit
fi

work_dir=${work_dir:-$build_dir/experiment}
mkdir -p "$work_dir/seed-$seed" "$work_dir/results/figures"
cd "$work_dir"
. "$recipe/steps.sh"
[ -e "seed-$seed/started" ] || date +%s > "seed-$seed/started"  # when there was nothing yet

# The same clips for all seeds. In 30 % of those with sound one of the things is not in the picture,
# but in those that the prefix's pairs are chosen from, as one would choose them.
make_clips() {
  as_they_come='--world large --unseen-share 0.3'
  step "training clips" clips/train/manifest.jsonl \
    $gently dali-toyworld $as_they_come --clips $training_clips --seed 11 --split train --out clips/train
  step "validation clips" clips/valid/manifest.jsonl \
    $gently dali-toyworld $as_they_come --clips $valid_clips --seed 12 --split valid --out clips/valid
  step "test clips" clips/test/manifest.jsonl \
    $gently dali-toyworld $as_they_come --clips $test_clips --seed 13 --split test --out clips/test
  step "foreign clips" clips/foreign/manifest.jsonl \
    $gently dali-toyworld --world foreign --clips $foreign_clips --seed 14 --split test \
    --out clips/foreign
  step "clips for the prefix" clips/pairs/manifest.jsonl \
    $gently dali-toyworld --world large --clips $pairs_clips --seed 15 --split train --out clips/pairs
  for set in train valid test foreign pairs; do
    step "extraction" $set/manifest.jsonl \
      $gently dali-extract --manifest clips/$set/manifest.jsonl --frames 3 --out $set
  done
}

# Each waits for the other at every step; what else there is to do fills these gaps (nice).
in_two_processes() {
  DALI_PROCESSES=2 in_processes "$@"
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

# evaluate MODEL SET [key=value...]: what clip_scores.py gathers.
evaluate() {
  model=$1 set=$2
  shift 2
  name=$model
  [ $set = test ] || name=$model@$set
  step "evaluation" "evaluation/$name/scores.json" \
    dali-evaluate --out "evaluation/$name" model="$model" manifest=../$set/manifest.jsonl \
    bootstrap=0 "$@"
}

# What a model's image tokens and sound make the captioner say when it is asked what can be seen,
# without the prefix, which is there to ask for sounds.
evaluate_sight() {
  overlay "$1-asked" "$1" ', "prefix_tokens": 0, "prompt": {"question": "What do you see?"}'
  evaluate "$1-asked" test modalities=audio,image max_clips=$asked_clips
}

# keys_of LOSS: those of dali-align.
keys_of() {
  for more in $also; do
    if [ "${more%%:*}" = "$1" ]; then
      echo "${more#*:}" | tr , ' '
      return
    fi
  done
  case $1 in
    scale-free) echo loss=attentive-ot scale_free_lambda=true ;;
    *) echo loss="$1" ;;
  esac
}

# align_by NAME LOSS CLIPS: both stages. Sound and image both pass the tuned projector afterwards.
align_by() {
  # shellcheck disable=SC2046  # one word a key
  step "stage 1b: $1" "$1/config.json" \
    dali-align --config "$experiment/align.toml" --out "$1" model=start \
    manifest=../$3/manifest.jsonl validation_manifest=../valid/manifest.jsonl \
    $(keys_of "$2") seed="$seed" $tiny_stage
  step "stage 2: labels" "$1-labels/labels.jsonl" \
    dali-label --out "$1-labels" model="$1" manifest=../train/manifest.jsonl max_clips=750 \
    temperature=0 max_new_tokens=32 $tiny_labels
  step "stage 2: distillation" "$1-distilled/config.json" \
    dali-distill --config "$experiment/distill.toml" --out "$1-distilled" audiovisual=tuned-both \
    model="$1" manifest=../train/manifest.jsonl labels="$1-labels/labels.jsonl" seed="$seed" \
    $tiny_stage
}

on_all_clips() {
  align_by "$1" "$1" train
  for model in "$1" "$1-distilled"; do
    evaluate "$model" test modalities=audio,audiovisual retrieval=true
    evaluate "$model" foreign modalities=audio
    evaluate_sight "$model"
  done
}

on_chosen_clips() {
  align_by "filtered-$1" "$1" "seed-$seed/fitting"
  for model in "filtered-$1" "filtered-$1-distilled"; do
    evaluate "$model" test modalities=audio
  done
}

# What there is before the alignment.
evaluate_before() {
  evaluate unaligned test modalities=audio,image,audiovisual retrieval=true
  evaluate unaligned foreign modalities=audio
  evaluate_sight unaligned
  evaluate start test modalities=audio,audiovisual retrieval=true
  evaluate start foreign modalities=audio
}

# The paper's figure 5, on validation clips: the tower of attentive transport, and other prefixes.
count_pairs() {
  for count in 1 4 16 64; do
    [ $count -lt $pairs_clips ] || continue
    step "a prefix of $count pairs" "pairs-$count/config.json" \
      dali-tune-prefix --config "$recipe/tune-prefix.toml" --out pairs-$count model=attentive-ot \
      manifest=../pairs/manifest.jsonl seed="$seed" pairs=$count $tiny_prefix
    step "evaluation" "evaluation-of-pairs/$count/scores.json" \
      dali-evaluate --out "evaluation-of-pairs/$count" model=pairs-$count \
      manifest=../valid/manifest.jsonl modalities=audio,image bootstrap=0
  done
}

make_clips > "seed-$seed/clips.log" 2>&1 &
clips=$!
step "tokenizer" words/tokenizer.model dali-toyworld --world large --clips 1 --seed 11 --out words
cd "seed-$seed"
step "image captioner" captioner/config.json in_two_processes \
  dali-pretrain --config "$recipe/pretrain.toml" --out captioner world_seed="$seed" seed="$seed" \
  model_config="$recipe/config.json" tokenizer=../words/tokenizer.model $tiny_pretrain
wait_for $clips clips.log
step "clips whose pictures fit" fitting/manifest.jsonl \
  $gently dali-filter --out fitting model=captioner manifest=../train/manifest.jsonl \
  keep=$fitting_clips question="What do you see?" > fitting.log 2>&1 &
fitting=$!
step "the audio tower's own pretraining" hearing/config.json in_two_processes \
  dali-pretrain-hearing --config "$experiment/hearing.toml" --out hearing \
  model=captioner manifest=../train/manifest.jsonl seed="$seed" $tiny_stage
wait_for $fitting fitting.log
step "stage 1a: prefix" start/config.json \
  dali-tune-prefix --config "$recipe/tune-prefix.toml" --out start \
  model=hearing manifest=../pairs/manifest.jsonl seed="$seed" $tiny_prefix
# The same prefix, which no sound has a part in, with a tower that never learnt anything.
overlay unaligned captioner ', "prefix_tokens": 16'
cp start/model.safetensors unaligned/

# Two at a time, a core each.
(
  on_all_clips contrastive
  on_all_clips ot
  for loss in contrastive mmd; do on_chosen_clips $loss; done
  evaluate_before
) > lane.log 2>&1 &
lane=$!
on_all_clips attentive-ot
on_all_clips mmd
on_all_clips scale-free
for more in $also; do on_all_clips "${more%%:*}"; done
for loss in ot attentive-ot; do on_chosen_clips $loss; done
count_pairs
wait_for $lane lane.log

# An interruption counts.
[ -e minutes ] || echo $((($(date +%s) - $(cat started) + 30) / 60)) > minutes
commit=$(git -C "$source_dir" describe --always --dirty 2> /dev/null || echo unknown)
python3 -B "$experiment/clip_scores.py" --seed "$seed" --commit "$commit" \
  --minutes "$(cat minutes)" . > ../results/seed-$seed.tsv.part
mv ../results/seed-$seed.tsv.part ../results/seed-$seed.tsv

figures=../results/figures
models=unaligned=unaligned
for loss in $losses; do models=$models,$loss=$loss; done
step "figure 4" figures/tokens.svg \
  dali-plot tokens --out figures models="$models" manifest=../test/manifest.jsonl max_clips=150
step "figure 7" figures/attention.svg \
  dali-plot attention --out figures model=attentive-ot manifest=../test/manifest.jsonl
cp figures/*.svg $figures
python3 -B "$experiment/charts.py" curves . > $figures/curves.svg
python3 -B "$experiment/charts.py" pairs . > $figures/pairs.svg
cd ..
write_table results > RESULTS.md
echo "== RESULTS.md"
cat RESULTS.md
