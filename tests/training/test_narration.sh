#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What --verbose adds to the programs around training: lines on standard error, and nothing else.
#
#     test_narration.sh TAP_FUNCTIONS DALI_TOYWORLD DALI_EXTRACT DALI_MERGE DALI_ALIGN
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
toyworld=$2
extract=$3
merge=$4
align=$5
new_folder
"$toyworld" --clips 2 --out "$folder/world" 2> "$folder/world.err"

# does NAME COMMAND...: standard output into NAME.out, standard error into NAME.err.
does() {
  name=$1
  shift
  "$@" > "$folder/$name.out" 2> "$folder/$name.err" || { cat "$folder/$name.err"; return 1; }
}

# says NAME PROGRAM WORDS: a line of the program's that holds the words.
says() {
  grep "^$2: .*$3" "$folder/$1.err" || { echo "not said: $3"; cat "$folder/$1.err"; return 1; }
}

changes_nothing_but_standard_error() {
  does plain "$extract" --manifest "$folder/world/manifest.jsonl" --frames 2 \
    --out "$folder/plain" &&
    does told "$extract" --manifest "$folder/world/manifest.jsonl" --frames 2 -v \
      --out "$folder/told" &&
    diff -r "$folder/plain" "$folder/told" && cmp "$folder/plain.out" "$folder/told.out" &&
    ! grep '^dali-extract: ' "$folder/plain.err" && says told dali-extract 'clip train-000001: '
}

merges_into_the_same_model() {
  does merged "$merge" --out "$folder/merged" model="$DALI_MODEL_DIR" &&
    does merged-told "$merge" --verbose --out "$folder/merged-told" model="$DALI_MODEL_DIR" &&
    diff -r "$folder/merged" "$folder/merged-told" &&
    says merged-told dali-merge ' tensors, written to .*merged-told in bfloat16'
}

# Those that it is told of, and from then on its own.
keeps_the_classes() {
  does classed "$merge" --out "$folder/classed" model="$DALI_MODEL_DIR" \
    classes="$folder/world/classes.json" &&
    does classed-again "$merge" --out "$folder/classed-again" model="$folder/classed" &&
    [ ! -e "$folder/merged/classes.json" ] || return 1
  for merged in classed classed-again; do
    python3 -c 'import json, sys; one, other = (json.load(open(name)) for name in sys.argv[1:])
assert one == other and one' "$folder/$merged/classes.json" "$folder/world/classes.json" || return 1
  done
}

tells_what_training_computes_with() {
  does aligned "$align" -v --out "$folder/aligned" model="$DALI_MODEL_DIR" \
    manifest="$folder/told/manifest.jsonl" batch_size=2 max_steps=1 loss=ot device=cpu &&
    says aligned dali-align "results go to $folder/aligned" &&
    says aligned dali-align 'computes on cpu in float32, with 1 threads' &&
    says aligned dali-align "model $DALI_MODEL_DIR: [0-9]* tensors of [0-9]* weights" &&
    says aligned dali-align '2 clips with 2 frames each' &&
    says aligned dali-align '2 examples, 1 steps of 2' &&
    says aligned dali-align 'trains .*: [0-9]* parameters' &&
    says aligned dali-align "writes .* to $folder/aligned, over "
}

tells_where_the_toy_world_goes() {
  does again "$toyworld" --clips 1 -v --out "$folder/again" &&
    says again dali-toyworld "go to $folder/again" && [ ! -s "$folder/again.out" ]
}

every_help_names_it() {
  for program in "$toyworld" "$extract" "$merge" "$align"; do
    "$program" --help | grep -- '-v,--verbose' || return 1
  done
}

it verbose_changes_nothing_but_standard_error changes_nothing_but_standard_error
it verbose_merges_into_the_same_model merges_into_the_same_model
it a_merged_model_has_its_classes keeps_the_classes
it verbose_tells_what_training_computes_with tells_what_training_computes_with
it verbose_tells_where_the_toy_world_goes tells_where_the_toy_world_goes
it every_help_names_it every_help_names_it
finish
