#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes the picture at the head of README.md: a programme of the toy world, a minute and a half of clips
# in which each thing sounds for a few seconds, captioned by the embedded model.
#
#     meson devenv -C build -w . docs/programme.sh [PICTURE.svg]    docs/programme.svg, unless another is named
set -eu
picture=${1:-$(dirname "$0")/programme.svg}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Compositions that the model has never seen, none chosen.
dali-toyworld --clips 9 --split test --seed 21 --confined --out "$folder/world"
for clip in "$folder"/world/media/*.mp4; do
  echo "file '$clip'"
done > "$folder/clips"
ffmpeg -nostdin -v error -f concat -safe 0 -i "$folder/clips" -c copy "$folder/programme.mp4"
dali-caption "$folder/programme.mp4" --events --locate-words --off-screen -o "$picture"
