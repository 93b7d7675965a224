#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The experiment's script from nothing to RESULTS.md, with a few clips and steps, and what it says of
# figures that are known.
#
#     test_experiment.sh TAP_FUNCTIONS SOURCE_FOLDER BUILD_FOLDER
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
source_dir=$2
experiment=$source_dir/training/experiment
export DALI_BUILD_DIR=$3
new_folder

results() {
  python3 -B "$experiment/write_results.py" "$@"
}

holds() {
  for line; do
    grep -qF "$line" "$folder/page" || { cat "$folder/page"; echo "lacks: $line"; return 1; }
  done
}

# Shares are known, so are intervals of what is always right; a share of half of 400 clips is within 4
# to 6 points of itself, as the normal distribution has it (4.9).
judges_known_figures() {
  python3 -B "$source_dir/tests/training/known_scores.py" "$folder/known" &&
    echo 'The end.' > "$folder/discussion.md" &&
    results "$folder/known" "$folder/discussion.md" > "$folder/page" || return 1
  holds 'for each seed: 2 seeds.' 'Of 400 test clips with one sound' \
    'The same for the 40 whose sound' '| OT | 100.0 (100.0 to 100.0) | 100.0 (100.0 to 100.0) |' \
    'in 50 clips in which two sound' 'Of 10 clips without a sound' '| 1 | `c1` | 71 | 2 |' \
    '1 of 16 differ' '| MMD | 250.0 ± 70.7 |' 'The end.' \
    '| MMD | 50.0 (0.0 to 100.0) |  | 25.0 ± 0.0 |' &&
    holds '| MMD: aligned tokens caption sounds, unaligned ones do not | yes | +70.0' \
      '| MMD and attentive OT are alike before distillation | yes | -1.0' \
      '| before distillation attentive OT is ahead of plain OT | undecided |' \
      '| before distillation attentive OT is ahead of contrastive | yes | +31.0' \
      '| attentive OT gains from distillation | yes | +10.0' \
      '| MMD does not gain from distillation | yes | +0.0 (+0.0 to +0.0) |' \
      '| MMD does not gain from image tokens | **no**: more | +10.0' \
      '| attentive OT gains from image tokens after distillation too | yes | +6.0' \
      '| out of domain MMD is ahead of attentive OT | undecided | +0.0 (+0.0 to +0.0) |' \
      '| better against attentive OT, scale-free | +10.0 (+7.' '| -50.0 (-100.0 to +0.0) |' \
      '| better | 80.0 (' || return 1
  # Of two things one is found, so precision 1, recall one half and F1 two thirds.
  grep -qF '| MMD | 100.0 (100.0 to 100.0) | 50.0 (50.0 to 50.0) | 66.7 (66.7 to 66.7) |' \
    "$folder/page" && grep -qE '^\| MMD \| 40\.0 \((0|10)\.0 to [67]0\.0\) \|' "$folder/page" &&
    python3 -B - "$folder/page" << 'END'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
low, high = map(float, re.search(r"\| contrastive \| 50\.0 \(([\d.]+) to ([\d.]+)\)", text).groups())
assert 4 < 50 - low < 6 and 4 < high - 50 < 6, (low, high)
END
}

writes_the_same_again() {
  results "$folder/known" "$folder/discussion.md" > "$folder/again" && cmp "$folder/page" "$folder/again"
}

# One seed is a table too, and says so.
takes_the_seeds_that_there_are() {
  mkdir "$folder/one" && cp "$folder/known/seed-2.tsv" "$folder/one" && results "$folder/one" > "$folder/page" &&
    holds 'for each seed: one seed.' '| 2 | `c2` | 72 | 2 |'
}

# refused TEXT: one line that holds it, and status 1.
refused() {
  results "$folder/bad" > /dev/null 2> "$folder/said"
  [ $? -eq 1 ] && [ "$(wc -l < "$folder/said")" -eq 1 ] && grep -F "$1" "$folder/said" ||
    { cat "$folder/said"; return 1; }
}

says_what_is_missing() {
  rm -rf "$folder/bad" && mkdir "$folder/bad" && refused 'has no seed-*.tsv' || return 1
  cp "$folder/known/seed-1.tsv" "$folder/bad"
  sed 's/single-7\t/other-7\t/' "$folder/known/seed-2.tsv" > "$folder/bad/seed-2.tsv"
  refused 'seeds 1 and 2 are of different clips' || return 1
  sed '2s/\tmmd:audio\t/\tmdm:audio\t/' "$folder/known/seed-2.tsv" > "$folder/bad/seed-2.tsv"
  refused 'seed 2 has no column mmd:audio, and others have' || return 1
  sed '9s/\t[^\t]*$//' "$folder/known/seed-2.tsv" > "$folder/bad/seed-2.tsv"
  refused 'seed-2.tsv: a line has more or fewer columns' || return 1
  echo '{}' > "$folder/bad/seed-2.tsv"
  refused "seed-2.tsv: does not begin with"
}

refuses_what_is_no_seed() {
  fails_with 2 "run.sh: --seed wants a number, and not 'x'" "$experiment/run.sh" --seed x &&
    fails_with 2 "run.sh: there is no option --sed" "$experiment/run.sh" --sed 1 || return 1
  for also in ot:loss=ot start:loss=ot a-distilled:loss=ot A:loss=ot loss=ot a: :loss=ot 'a:loss=ot mode=compat'; do
    fails_with 2 "run.sh: --also wants NAME:KEY=VALUE with a new name, and not '$also'" \
      "$experiment/run.sh" --also "$also" || return 1
  done
}

writes_results_from_nothing() {
  "$experiment/run.sh" --tiny --seed 3 --also quick:loss=sinkhorn,augments=false "$folder/run" || return 1
  cp "$folder/run/RESULTS.md" "$folder/page"
  holds 'Sounds named right' 'not in the picture' "The paper's findings" '| attentive OT |' \
    'Out of domain' 'Aligned on chosen clips' '| attentive OT, scale-free |' '| 3 | `' \
    'quick against OT' || return 1
  grep -E '(^|[^0-9])0 of 96 differ' "$folder/page" || return 1
  ! grep -F 'not measured' "$folder/page" || return 1
  for figure in tokens attention curves pairs; do
    python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' \
      "$folder/run/results/figures/$figure.svg" || return 1
  done
  [ "$(wc -l < "$folder/run/results/seed-3.tsv")" -eq 22 ]
}

does_nothing_again() {
  before=$(cat "$folder/run/steps.tsv" "$folder/run/seed-3/steps.tsv")
  "$experiment/run.sh" --tiny --seed 3 --also quick:loss=sinkhorn,augments=false "$folder/run" &&
    [ "$before" = "$(cat "$folder/run/steps.tsv" "$folder/run/seed-3/steps.tsv")" ]
}

trains_a_model_from_nothing() {
  DALI_PROCESSES=2 "$source_dir/models/train-toyworld.sh" --tiny "$folder/trained" || return 1
  [ -s "$folder/trained/model/model.safetensors" ] && grep '"toyworld"' "$folder/trained/model/config.json" &&
    [ "$(grep -c ' (.*to .*) |$' "$folder/trained/table.md")" -eq 9 ] &&
    fails_with 2 "train-toyworld.sh: there is no recipe for the world 'huge'" \
      "$source_dir/models/train-toyworld.sh" --world huge
}

it known_figures_are_judged_by_the_stated_rules judges_known_figures
it the_same_files_give_the_same_page writes_the_same_again
it one_seed_is_a_table_too takes_the_seeds_that_there_are
it what_is_missing_is_named says_what_is_missing
it what_is_no_seed_is_refused refuses_what_is_no_seed
it the_script_writes_results_and_figures_from_nothing writes_results_from_nothing
it what_is_done_is_not_done_again does_nothing_again
it a_model_is_trained_from_nothing_by_one_script trains_a_model_from_nothing
finish
