#!/bin/sh
# The shortest way to captions, from a bare Debian 12 on:
#
#     pipelines/demo.sh            makes a clip of the toy world and captions it
#     pipelines/demo.sh MEDIA...   captions these
#
# Installs and builds what is missing first. DALI_DEMO_SEED chooses another clip.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
seed=${DALI_DEMO_SEED:-1}

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
installed dali-toyworld --clips 1 --seed "$seed" --out "$world"

# The manifest has an object a line; of this one only lists of strings are wanted.
listed() {
  sed -n '1s/.*"'"$1"'": *\[\([^]]*\)\].*/\1/p' "$world/manifest.jsonl"
}
clip=$world/$(sed -n '1s/.*"media": *"\([^"]*\)".*/\1/p' "$world/manifest.jsonl")

echo
echo "The clip:            $clip"
echo "What sounds in it:   $(listed sounds)"
echo "What only shows:     $(listed shows)"
echo
echo 'Captions from sound and picture:'
installed dali-caption "$clip"
echo
echo 'Captions from the sound alone:'
installed dali-caption --modality audio "$clip"
echo
echo "Play it with its captions: dali-caption '$clip' -o captioned.mkv"
