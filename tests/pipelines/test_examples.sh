#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The programs of examples/, built and run on a clip of the toy world: they say what dali-caption says.
#
#     test_examples.sh SOURCE_ROOT DALI_TOYWORLD DALI_CAPTION
set -u
. "$(dirname "$0")/tap.sh"
examples=$1/examples
toyworld=$2
caption=$3
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip examples_print_captions "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

if ! "$toyworld" --clips 1 --split test --seed 4711 --out "$folder/world" > "$folder/log" 2>&1; then
  cat "$folder/log"
  echo 'Bail out! no clip'
  exit 1
fi
clip=$folder/clip.mkv
# Two windows and a half.
ffmpeg -v error -stream_loop 2 -i "$(find "$folder/world" -name '*.mp4' | head -n 1)" -t 25 -c copy "$clip"
# START END CONFIDENCE TEXT, as the examples print them. Captions that repeat each other are one here,
# so the texts without repetition are compared, and the first time.
"$caption" -q "$clip" -f json -o - > "$folder/captions.json" || { echo 'Bail out! no captions'; exit 1; }
sed -n 's/.*"text": *"\([^"]*\)".*/\1/p' "$folder/captions.json" | uniq > "$folder/wanted"

# COMMAND...: prints lines of captions whose texts are the wanted ones, from 0 to the clip's end.
prints_captions() {
  timeout 120 "$@" "$clip" > "$folder/printed" 2> "$folder/complaints" || {
    cat "$folder/printed" "$folder/complaints"
    return 1
  }
  cat "$folder/printed"
  grep -qE '^0\.000 10\.000 (0\.[0-9]{2}|1\.00) [a-z]' "$folder/printed" || return 1
  [ "$(wc -l < "$folder/printed")" -eq 3 ] || return 1
  cut -d ' ' -f 4- "$folder/printed" | uniq | same "$folder/wanted" -
}

# COMMAND...: a file that is none ends with the status 1 and says why.
says_what_fails() {
  echo 'no medium' > "$folder/none.mp4"
  status=0
  timeout 60 "$@" "$folder/none.mp4" > "$folder/printed" 2>&1 || status=$?
  cat "$folder/printed"
  [ "$status" -eq 1 ] && [ -s "$folder/printed" ]
}

# Another python3 may come first that knows nothing of Debian's modules.
python=''
for candidate in python3 /usr/bin/python3; do
  if "$candidate" -c 'import gi; gi.require_version("Gst", "1.0"); from gi.repository import Gst' \
    2> /dev/null; then
    python=$candidate
    break
  fi
done
if [ -n "$python" ]; then
  it python_reads_text_and_metadata prints_captions "$python" -B "$examples/python/read_captions.py"
  it python_says_what_fails says_what_fails "$python" -B "$examples/python/read_captions.py"
else
  skip python_reads_text_and_metadata 'python3-gi or gir1.2-gstreamer-1.0 is not installed'
fi

builds_c() {
  # shellcheck disable=SC2046  # one word an option
  cc -Wall -Wextra -Werror "$examples/c/read_captions.c" -o "$folder/read_captions" \
    $(pkg-config --cflags --libs gstreamer-1.0) -lm
}
it c_builds builds_c
it c_reads_messages prints_captions "$folder/read_captions"
it c_says_what_fails says_what_fails "$folder/read_captions"

if command -v node > /dev/null; then
  it node_reads_lines_of_json prints_captions node "$examples/node/read_captions.mjs"
  it node_says_what_fails says_what_fails node "$examples/node/read_captions.mjs"
else
  skip node_reads_lines_of_json 'node is not installed'
fi
finish
