#!/bin/sh
# A media file with sound and picture, its captions drawn into the picture:
#
#     pipelines/burn-in.sh MEDIA BURNT.mp4
#
# In two passes: a caption is known a window (10 s) after the picture that it belongs to, and so much
# raw video does not fit into memory.
set -eu
captions=$(mktemp)
trap 'rm -f "$captions"' EXIT
"$(dirname "$0")/srt.sh" "$1" "$captions"
[ -s "$captions" ] || { echo "$0: no captions in $1" >&2; exit 1; }
# An encoder of pictures holds its first ones back; the sound's queue holds that long.
hold='queue max-size-buffers=0 max-size-bytes=0 max-size-time=15000000000'
# shellcheck disable=SC2086  # several words
gst-launch-1.0 -q filesrc location="$1" ! decodebin name=media \
  media. ! queue ! audioconvert ! avenc_aac ! $hold ! burnt. \
  media. ! queue ! videoconvert ! drawn.video_sink \
  filesrc location="$captions" ! subparse ! drawn.text_sink \
  textoverlay name=drawn ! videoconvert ! x264enc speed-preset=veryfast ! $hold ! burnt. \
  mp4mux name=burnt ! filesink location="$2"
