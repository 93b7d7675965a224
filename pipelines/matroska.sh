#!/bin/sh
# A media file with sound and picture, encoded anew, and its captions as a subtitle track, in one
# pass:
#
#     pipelines/matroska.sh MEDIA CAPTIONED.mkv
#
# The muxer takes sound and picture only as far as it knows the captions, which come a window (10 s)
# later than what they describe: the queues behind the encoders hold that long, encoded.
set -eu
hold='queue max-size-buffers=0 max-size-bytes=0 max-size-time=15000000000'
# shellcheck disable=SC2086  # several words
exec gst-launch-1.0 -q filesrc location="$1" ! decodebin name=media \
  media. ! captioner.audio_sink \
  media. ! captioner.video_sink \
  dalicaptioner name=captioner \
  captioner.audio_src ! audioconvert ! avenc_aac ! $hold ! captioned. \
  captioner.video_src ! videoconvert ! x264enc speed-preset=veryfast ! $hold ! captioned. \
  captioner.text_src ! captioned. \
  matroskamux name=captioned ! filesink location="$2"
