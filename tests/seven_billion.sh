#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The published captioner's true size, from published files to a caption:
#
#     tests/seven_billion.sh [--13b] [--keep] [--repeat N] [FOLDER]
#
# Makes files of LLaVA-1.5 7B's, CLIP's and DALI's names and shapes with random numbers in FOLDER
# (default: a new one under $TMPDIR or /tmp), imports them with dali-import, quantises them with
# dali-quantise, captions ten seconds of sound and picture in bfloat16, int8 and int4 with
# dali-caption --timing, N times in turns (default 1), and checks that nothing takes more memory
# than it may. The caption itself means nothing. --13b imports LLaVA-1.5 13B's shapes and
# captions nothing. Takes 43 GB of disk, 29 GB with --13b, which go again at the end unless --keep
# is given, 20 GiB of memory, and a quarter of an hour of an idle machine. Not part of the test
# suites for that reason.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
most_import_gib=3     # of its own: 2 GiB, and the largest tensor twice
tokens=17             # of a caption

# most_caption_gib PRECISION: resident memory, mapped weights included.
most_caption_gib() {
  case $1 in
    bfloat16) echo 20 ;;
    int8) echo 8.5 ;;
    int4) echo 5.0 ;;
  esac
}

is_13b=''
keeps=''
folder=''
repetitions=1
while [ $# -gt 0 ]; do
  argument=$1
  shift
  case $argument in
    --13b) is_13b=1 ;;
    --keep) keeps=1 ;;
    --repeat)
      [ $# -gt 0 ] || { echo 'seven_billion.sh: --repeat wants a number' >&2; exit 2; }
      repetitions=$1
      shift
      ;;
    --help) sed -n '2,/^set/ { /^set/d; s/^# \{0,1\}//; p }' "$0"; exit 0 ;;
    -*) echo "seven_billion.sh: there is no option $argument" >&2; exit 2 ;;
    *) folder=$argument ;;
  esac
done
[ -n "$folder" ] || folder=$(mktemp -d "${TMPDIR:-/tmp}/seven-billion.XXXXXX")
mkdir -p "$folder"

clean_up() {
  [ -n "$keeps" ] || rm -rf "$folder/published" "$folder/world" "$folder/log" \
    "$folder/model" "$folder/model-int8" "$folder/model-int4"
  [ -n "$keeps" ] || rmdir "$folder" 2>/dev/null || true
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() {
  echo "seven_billion.sh: $*" >&2
  exit 1
}

# What meson devenv would set, for programs of the build folder.
export GST_PLUGIN_PATH="$build_dir/gst-plugin${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}"
export GST_REGISTRY="$build_dir/gst-registry.bin"

# program NAME: where the build folder has it.
program() {
  find "$build_dir" -name "$1" -type f -perm -u+x | head -n 1
}
import=$(program dali-import)
caption=$(program dali-caption)
toyworld=$(program dali-toyworld)
[ -n "$import" ] || fail "dali-import is not built in $build_dir"

# seconds COMMAND...: runs it and leaves its wall-clock time in $seconds.
seconds() {
  begin=$(date +%s.%N)
  "$@"
  seconds=$(echo "$begin $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }')
}

# run_watched COMMAND...: runs it and leaves in $peak_own_kib the most memory of its own that it was
# seen with. Pages of mapped files do not count: the kernel takes them back when it likes.
run_watched() {
  "$@" &
  watched=$!
  peak_own_kib=0
  while own=$(awk '/^RssAnon/ { print $2 }' "/proc/$watched/status" 2>/dev/null) && [ -n "$own" ]; do
    [ "$own" -gt "$peak_own_kib" ] && peak_own_kib=$own
    sleep 0.1
  done
  wait "$watched"
}

gib() {
  awk -v kib="$1" 'BEGIN { printf "%.2f", kib / 1048576 }'
}

wanted_gb=43
[ -z "$is_13b" ] || wanted_gb=29
free_gb=$(df -k --output=avail "$folder" | awk 'END { print int($1 / 1000000) }')
[ "$free_gb" -ge "$wanted_gb" ] || fail "$folder: $wanted_gb GB of disk are needed, $free_gb are free"

echo "== published files"
seconds python3 "$source_dir/tests/synthetic_checkpoint.py" ${is_13b:+--13b} \
  "$source_dir/tests/golden/data/checkpoint_keys.json" "$folder/published"
echo "written in $seconds s: $(du -sh "$folder/published" | cut -f1)"

echo "== import"
set -- --llava "$folder/published/llava" --vision "$folder/published/clip" \
  --audio "$folder/published/audio_backbone.pth" --precision bfloat16 --out "$folder/model"
[ -n "$is_13b" ] || set -- "$@" --prefix "$folder/published/prefix.bin" \
  --projector "$folder/published/prefixMLP.bin"
seconds run_watched "$import" "$@"
own_gib=$(gib "$peak_own_kib")
echo "imported in $seconds s, with at most $own_gib GiB of memory of its own:" \
  "$(du -sh "$folder/model" | cut -f1)"
awk -v own="$own_gib" -v most=$most_import_gib 'BEGIN { exit !(own <= most) }' ||
  fail "the import took $own_gib GiB, more than $most_import_gib"
[ -z "$is_13b" ] || { echo "passed"; exit 0; }

if [ -z "$caption" ] || [ -z "$toyworld" ]; then fail "dali-caption is not built in $build_dir"; fi

quantise=$(program dali-quantise)
[ -n "$quantise" ] || fail "dali-quantise is not built in $build_dir"
for format in int8 int4; do
  echo "== $format"
  seconds run_watched "$quantise" "$folder/model" --weights "$format" --out "$folder/model-$format"
  own_gib=$(gib "$peak_own_kib")
  echo "quantised in $seconds s, with at most $own_gib GiB of memory of its own:" \
    "$(du -sh "$folder/model-$format" | cut -f1)"
  awk -v own="$own_gib" -v most=$most_import_gib 'BEGIN { exit !(own <= most) }' ||
    fail "quantising took $own_gib GiB, more than $most_import_gib"
done

"$toyworld" --clips 1 --split test --seed 7 --out "$folder/world" > "$folder/log" 2>&1 ||
  { cat "$folder/log" >&2; fail "dali-toyworld failed"; }
clip=$(find "$folder/world" -name '*.mp4' | head -n 1)

# caption_window MODEL NAME PRECISION: what a window takes, by its parts, with the weights out of the
# page cache before, so that loading reads the disk; and the disk's own rate, beside the cache.
caption_window() {
  weights=$(find "$1" -name '*.safetensors')
  sync
  for file in $weights; do dd if="$file" iflag=nocache count=0 2>/dev/null; done
  rate=$(for file in $weights; do
    dd if="$file" of=/dev/null bs=16M count=128 iflag=direct 2>&1
  done | awk '/copied/ { for (i = 1; i <= NF; i++) if ($i ~ /^s,?$/) time += $(i - 1); bytes += $1 }
              END { printf "%.1f", bytes / time / 1e6 }')
  # shellcheck disable=SC2086  # one word a file
  bytes=$(stat --format=%s $weights | awk '{ sum += $1 } END { print sum }')
  for file in $weights; do dd if="$file" iflag=nocache count=0 2>/dev/null; done

  echo "== caption in $2 (load: $(cut -d ' ' -f 1-3 /proc/loadavg))"
  "$caption" --timing -q --model "$1" --precision "$3" --modality audiovisual \
    --max-new-tokens $tokens "$clip" 2> "$folder/log" ||
    { cat "$folder/log" >&2; fail "dali-caption failed"; }
  cat "$folder/log"
  awk -v tokens=$tokens '/ s a window$/ { window += $(NF - 3) } /decoding/ { window += (tokens - 1) * $2 }
    END { printf "  a whole window  %12.2f s for %d tokens\n", window, tokens }' "$folder/log"
  echo "$bytes $rate" | awk '{ printf "  the disk gives  %10.1f MB/s: %.1f s for %.1f GB of weights\n",
                               $2, $1 / $2 / 1e6, $1 / 1e9 }'
  peak_gib=$(awk '/resident memory/ { print $3 }' "$folder/log")
  awk -v peak="$peak_gib" -v most="$(most_caption_gib "$2")" \
    'BEGIN { exit !(peak > 0 && peak <= most) }' ||
    fail "the caption in $2 took $peak_gib GiB of resident memory, more than $(most_caption_gib "$2")"
}

repetition=0
while [ $repetition -lt "$repetitions" ]; do
  caption_window "$folder/model" bfloat16 bfloat16
  caption_window "$folder/model-int8" int8 auto
  caption_window "$folder/model-int4" int4 auto
  repetition=$((repetition + 1))
done
echo "passed"
