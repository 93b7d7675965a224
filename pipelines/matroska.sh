#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A media file, encoded anew, and its captions as a subtitle track, in one pass:
#
#     pipelines/matroska.sh MEDIA CAPTIONED.mkv
#
# The converters fit sound and picture to the encoders. They stand before the captioner so that it
# has all its pads from the start: gst-launch cannot link pads that come and go while it tries which
# of the decoder's streams fits which of them.
#
# The muxer takes sound and picture only as far as it knows the captions, which come a window (10 s)
# later than what they describe, and up to 20 s more when they repeat each other and become one
# (merge-limit): the queues behind the encoders hold that much, encoded.
set -eu
. "$(dirname "$0")/launch.sh"
look_into "$1"
# shellcheck disable=SC2086  # several words
exec $launch filesrc location="$1" ! decodebin name=media \
  ${sound:+media. ! audioconvert ! captioner.audio_sink} \
  ${picture:+media. ! videoconvert ! captioner.video_sink} \
  dalicaptioner name=captioner priority=normal merge-limit=20000 \
  ${sound:+captioner.audio_src ! $encode_sound ! $hold ! captioned.} \
  ${picture:+captioner.video_src ! $turn_upright ! x264enc speed-preset=veryfast ! $hold ! captioned.} \
  captioner.text_src ! captioned. \
  matroskamux name=captioned ! filesink location="$2"
