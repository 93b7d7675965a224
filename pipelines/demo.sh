#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The shortest way to captions, from a bare Debian 12 or 13 on:
#
#     pipelines/demo.sh            makes a clip of the toy world and captions it
#     pipelines/demo.sh MEDIA...   captions these
#
# Installs and builds what is missing first. DALI_DEMO_SEED chooses another clip.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
seed=${DALI_DEMO_SEED:-3}

"$source_dir/setup.sh" demo

# As if installed; -w keeps paths on the command line what they are.
installed() {
  meson devenv -C "$build_dir" -w "$PWD" "$@"
}

if [ $# -gt 0 ]; then
  installed dali-caption "$@"
  exit
fi

world=$build_dir/demo
rm -rf "$world"
# "test": a composition that the model has never seen.
installed dali-toyworld --clips 1 --split test --seed "$seed" --out "$world"

# The manifest holds one object, on one line.
manifest=$world/manifest.jsonl
clip=$world/$(sed -n 's/.*"media": *"\([^"]*\)".*/\1/p' "$manifest")
first_of() {
  sed -n 's/.*"'"$1"'": *\["\([^"]*\)".*/\1/p' "$manifest"
}

echo
echo "The clip is $clip"
echo "and holds"
echo "  to see:  $(first_of image_captions)"
echo "  to hear: $(first_of audio_captions)"
echo
echo 'Captions from sound and picture:'
installed dali-caption "$clip"
echo
echo 'Captions from the sound alone:'
installed dali-caption --modality audio "$clip"
echo
echo "Play it with its captions: dali-caption '$clip' -o captioned.mkv"
