#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A media file with a picture, its captions drawn into the picture:
#
#     pipelines/burn-in.sh MEDIA BURNT.mp4
#
# In two passes: a caption is known a window (10 s) after the picture that it belongs to, and so much
# raw video does not fit into memory.
set -eu
. "$(dirname "$0")/launch.sh"
look_for_a_picture "$1" "to draw captions into"
. "$(dirname "$0")/first-pass.sh"
# shellcheck disable=SC2086  # several words
$launch filesrc location="$1" ! decodebin name=media \
  ${sound:+media. ! queue ! $encode_sound ! $hold ! burnt.} \
  media. ! queue ! $turn_upright ! drawn.video_sink \
  filesrc location="$captions" ! subparse ! drawn.text_sink \
  textoverlay name=drawn ! videoconvert ! x264enc speed-preset=veryfast ! $hold ! burnt. \
  mp4mux name=burnt ! filesink location="$2"
