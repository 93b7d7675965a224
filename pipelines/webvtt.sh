#!/bin/sh
# A media file's captions as WebVTT:
#
#     pipelines/webvtt.sh MEDIA CAPTIONS.vtt
set -eu
exec gst-launch-1.0 -q filesrc location="$1" ! decodebin name=media \
  media. ! captioner.audio_sink \
  media. ! captioner.video_sink \
  dalicaptioner name=captioner merge-limit=30000 \
  captioner.text_src ! webvttenc ! filesink location="$2"
