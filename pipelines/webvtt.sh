#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A media file's captions as WebVTT:
#
#     pipelines/webvtt.sh MEDIA CAPTIONS.vtt
set -eu
. "$(dirname "$0")/launch.sh"
look_into "$1"
# shellcheck disable=SC2086  # several words
exec $launch filesrc location="$1" ! decodebin name=media \
  ${sound:+media. ! captioner.audio_sink} \
  ${picture:+media. ! captioner.video_sink} \
  dalicaptioner name=captioner priority=normal merge-limit=30000 \
  captioner.text_src ! webvttenc ! filesink location="$2"
