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

# One seed has no energy distance; what both have is over both.
judges_a_known_sweep() {
  holds '## What else was tried' 'Of 200 *validation* clips with one sound' \
    '| lambda-300 | attentive-ot | `lambda=300` | 2 | 60.0 (5' '| +10.0 (+6' '| 5.5 | 50.0 | 50.0 |' \
    '| energy | mmd | `loss=energy` | 1 | 70.0 (6' '| -10.0 (-1' '|  |  |  |' '| mmd |  |  | 2 | 70.0 (5' \
    '| lambda-300 | start | 2 | 50.0 (4' ' | 40.0 (3' ' | 30.0 |' || return 1
  [ "$(grep -c '| start | 2 |' "$folder/page")" -eq 1 ]
}

# Where each dot and the ends of its line stand, against the figures that its title says; and these
# against those of the page.
draws_a_known_ablation() {
  python3 -B "$experiment/charts.py" ablation "$folder/known" > "$folder/ablation.svg" &&
    python3 -B - "$folder/ablation.svg" "$folder/page" << 'END'
import re, sys
from xml.etree import ElementTree
svg = "{http://www.w3.org/2000/svg}"
root = ElementTree.parse(sys.argv[1]).getroot()
page = open(sys.argv[2], encoding="utf-8").read()
ticks = {each.text: float(each.get("x")) for each in root.iter(svg + "text")
         if each.get("text-anchor") == "middle"}
assert set(ticks) == {"0", "25", "50", "75", "100"}, ticks
dots = {}
for group in root.iter(svg + "g"):
    name, figures = group.find(svg + "title").text.rsplit(": ", 1)
    value, low, high = map(float, re.findall(r"[\d.]+", figures))
    from_x, to_x = map(float, re.match(r"M([\d.]+),[\d.]+H([\d.]+)$",
                                       group.find(svg + "path").get("d")).groups())
    middle = float(group.find(svg + "circle").get("cx"))
    for said, drawn in ((value, middle), (low, from_x), (high, to_x)):
        place = ticks["0"] + said / 100 * (ticks["100"] - ticks["0"])
        assert abs(place - drawn) < 0.3, (name, said, drawn, place)
    dots[name] = figures
# One a loss, one more where it was distilled, and one where it was aligned on chosen clips.
assert len(dots) == 2 + 6 * 2 + 1, sorted(dots)
row = re.search(r"^\| attentive OT \| (.*) \|$", page, re.M).group(1).split(" | ")
assert dots["attentive OT, on all clips"] == row[0], (dots, row)
assert dots["attentive OT, on all, distilled"] == row[2], (dots, row)
assert dots["OT, on chosen clips"].startswith("100.0")
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

refuses_sweeps_of_other_clips() {
  rm -rf "$folder/bad" && mkdir "$folder/bad" && cp "$folder/known/seed-1.tsv" "$folder/known/sweep-1.tsv" \
    "$folder/bad" && sed 's/valid-7\t/other-7\t/' "$folder/known/sweep-2.tsv" > "$folder/bad/sweep-2.tsv" &&
    refused 'sweeps 1 and 2 are of different clips' || return 1
  sed 's/\tmmd:audio/\tmdm:audio/' "$folder/known/sweep-2.tsv" > "$folder/bad/sweep-2.tsv"
  sed -i 's/valid-7\t/other-7\t/' "$folder/bad/sweep-2.tsv" && rm "$folder/bad/sweep-1.tsv"
  refused 'seed 2 has no column mmd:audio'
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
  for figure in tokens attention curves pairs ablation; do
    python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' \
      "$folder/run/results/figures/$figure.svg" || return 1
  done
  [ "$(wc -l < "$folder/run/results/seed-3.tsv")" -eq 22 ]
}

# Each try of the sweep, with its key and no other, and what its weights were where it has some; and what
# pictures say through the tokens above the floor, of each captioner. Six validation clips.
sweeps_over_a_seed() {
  "$experiment/sweep.sh" --tiny --seed 3 "$folder/run" > "$folder/said" || { cat "$folder/said"; return 1; }
  cat "$folder/said"
  [ "$(wc -l < "$folder/run/results/sweep-3.tsv")" -eq 8 ] || return 1
  for key in lambda=300 lambda=1000 lambda=3000 lambda=10000; do
    grep -E "^\\| [a-z-]*[0-9]* \\| attentive-ot \\| \`$key\` \\| 1 \\|.*\\| [0-9.]+ \\| [0-9.]+ \\| [0-9.]+ \\|$" \
      "$folder/said" || { echo "lacks $key"; return 1; }
  done
  for key in kernel_bandwidth=median kernel_multiples=0.02,0.05,0.1,0.2,0.5 space=normalised \
    learning_rate=0.0007 learning_rate=0.006 loss=energy; do
    grep -F "| mmd | \`$key\` | 1 |" "$folder/said" || { echo "lacks $key"; return 1; }
  done
  for row in 'few-tokens-attentive-ot | attentive-ot | `token_dropout=0.6`' 'few-tokens-ot | ot | `token_dropout=0.6`' \
    'attentive-ot | start' 'scale-free | start' 'lambda-10000 | start' 'few-tokens-attentive-ot | few-tokens'; do
    grep -F "| $row | 1 |" "$folder/said" || { echo "lacks $row"; return 1; }
  done
  [ "$(grep -cE '\| (start|few-tokens) \| 1 \|.* \| [0-9.]+ \|$' "$folder/said")" -eq 7 ] || return 1
  (cd "$folder/run/seed-3" && diff captioner/training.toml sweep/few-tokens-captioner/training.toml |
    grep -c '^[<>]' | grep -x 2 && grep -x 'token_dropout = 0.6' sweep/few-tokens-captioner/training.toml) ||
    return 1
  "$experiment/run.sh" --table "$folder/run/results" > "$folder/page" &&
    holds '## What else was tried' && [ -s "$folder/run/results/figures/ablation.svg" ]
}

sweeps_after_a_run_alone() {
  fails_with 1 "$folder/none/seed-1 has no start: run.sh" "$experiment/sweep.sh" "$folder/none" &&
    fails_with 2 "sweep.sh: --seed wants a number, and not ''" "$experiment/sweep.sh" --seed '' &&
    fails_with 2 "sweep.sh: there is no option --sed" "$experiment/sweep.sh" --sed 1
}

does_nothing_again() {
  before=$(cat "$folder/run/steps.tsv" "$folder/run/seed-3/steps.tsv")
  "$experiment/run.sh" --tiny --seed 3 --also quick:loss=sinkhorn,augments=false "$folder/run" &&
    "$experiment/sweep.sh" --tiny --seed 3 "$folder/run" &&
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
it a_known_sweep_is_judged_by_them_too judges_a_known_sweep
it dots_of_the_ablation_stand_where_their_figures_are draws_a_known_ablation
it the_same_files_give_the_same_page writes_the_same_again
it one_seed_is_a_table_too takes_the_seeds_that_there_are
it what_is_missing_is_named says_what_is_missing
it sweeps_of_other_clips_are_refused refuses_sweeps_of_other_clips
it what_a_sweep_lacks_is_named sweeps_after_a_run_alone
it what_is_no_seed_is_refused refuses_what_is_no_seed
it the_script_writes_results_and_figures_from_nothing writes_results_from_nothing
it a_sweep_changes_one_key_at_a_time sweeps_over_a_seed
it what_is_done_is_not_done_again does_nothing_again
it a_model_is_trained_from_nothing_by_one_script trains_a_model_from_nothing
finish
