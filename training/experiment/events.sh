#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What viewers read of programmes in which much starts and stops, measured from sound alone on the large
# toy world:
#
#     training/experiment/events.sh [OPTION]... MODEL [FOLDER] [-- OPTION OF dali-caption...]
#
# It makes 60 programmes of five minutes of the split test, whose compositions no model was trained on, has
# MODEL caption them with --events --locate-words, holds what was found against what there is, captions
# three of them once more, and prints all of it as a table. FOLDER (default: build/events) takes
# programmes, captions and scores, 200 MB. What is done already is not done again: remove a subfolder and
# its .run to repeat a step. Options behind -- go to dali-caption, as --window 5; name another FOLDER for them.
#
#     --valid         12 programmes of the split valid, to choose by; test is for what is reported
#     --programmes N  so many, and not 60 or 12
#     --world NAME    another world than the large one, as the model's is
#     --jobs N        programmes that are captioned at a time (default: 2)
#     --tiny          one programme of 45 seconds, to see that everything runs; its figures mean nothing
#
# A MODEL whose folder has no classes.json is used with the world's, by an overlay in FOLDER.
set -eu

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
model='' work_dir='' world=large split=test minutes=5 programmes='' jobs=2 again=3
while [ $# -gt 0 ]; do
  case $1 in
    --valid) split=valid ;;
    --programmes) programmes=$2; shift ;;
    --world) world=$2; shift ;;
    --jobs) jobs=$2; shift ;;
    --tiny) programmes=1 minutes=0.75 ;;
    --help) sed -n '2,/^set/ { /^set/d; s/^# \{0,1\}//; p }' "$0"; exit 0 ;;
    --) shift; break ;;
    -*) echo "events.sh: there is no option $1" >&2; exit 2 ;;
    *)
      if [ -z "$model" ]; then model=$1
      elif [ -z "$work_dir" ]; then work_dir=$1
      else echo "events.sh: $1 is one argument too many" >&2; exit 2
      fi ;;
  esac
  shift
done
if [ -z "$model" ]; then
  echo "events.sh: MODEL is missing (--help says what it is)" >&2
  exit 2
fi
if [ ! -e "$model/config.json" ]; then
  echo "events.sh: $model: is no folder of a model" >&2
  exit 1
fi
case $split in
  test) programmes=${programmes:-60} seed=62 ;;
  valid) programmes=${programmes:-12} seed=61 ;;
esac

"$source_dir/setup.sh" model/dali-sentencepiece.so gst-plugin/libgstdali.so pipelines/dali-caption \
  toyworld/dali-toyworld training/dali-evaluate >&2
model=$(cd "$model" && pwd)
work_dir=${work_dir:-$build_dir/events}
mkdir -p "$work_dir"
cd "$work_dir"

# run FOLDER COMMAND...: runs the command that fills the folder unless an earlier run has. FOLDER.run
# says what it took.
run() {
  filled=$1
  shift
  [ ! -e "$filled.run" ] || return 0
  echo "== $*" >&2
  meson devenv -C "$build_dir" -w "$PWD" \
    python3 -B "$source_dir/training/experiment/measured_run.py" "$filled.run" "$filled" "$@"
}

made=programmes-$split
run "$made" dali-toyworld --world "$world" --split "$split" --seed "$seed" --clips "$programmes" \
  --programme-minutes "$minutes" --out "$made"
if [ ! -e "$model/classes.json" ]; then
  mkdir -p model
  printf '{"base": "%s"}\n' "$model" > model/config.json
  cp "$made/classes.json" model
  model=$work_dir/model
fi

# caption FOLDER MEDIA... -- OPTION...: also what dali-caption would print.
caption() {
  folder=$1
  shift
  mkdir -p "$folder"
  run "$folder" dali-caption --quiet --model "$model" --modality audio --events --locate-words \
    --jobs "$jobs" --records --skip-existing --format json --output "$folder" "$@"
}
caption captions "$made"/media/* "$@"
run scores dali-evaluate --out scores events=captions references="$made/events.tsv"
# shellcheck disable=SC2046  # one word a file
caption again $(find "$made/media" -type f | sort | head -n $again) "$@"
python3 -B "$source_dir/training/experiment/events_table.py" "$made" captions again scores
