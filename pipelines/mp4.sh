#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A media file, encoded anew, and its captions as a subtitle track of an MP4 file, in one pass:
#
#     pipelines/mp4.sh MEDIA CAPTIONED.mp4
#
# As matroska.sh, but mp4mux goes on only when text itself comes, so that empty text stands for none.
set -eu
. "$(dirname "$0")/launch.sh"
look_into "$1"
# shellcheck disable=SC2086  # several words
exec $launch filesrc location="$1" ! decodebin name=media \
  ${sound:+media. ! audioconvert ! captioner.audio_sink} \
  ${picture:+media. ! videoconvert ! captioner.video_sink} \
  dalicaptioner name=captioner priority=normal merge-limit=20000 gap-mode=empty-buffer \
  ${sound:+captioner.audio_src ! $encode_sound ! $hold ! captioned.} \
  ${picture:+captioner.video_src ! $turn_upright ! x264enc speed-preset=veryfast ! $hold ! captioned.} \
  captioner.text_src ! captioned. \
  mp4mux name=captioned ! filesink location="$2"
