#!/bin/sh
# A media file's captions as SRT, on lines that can be read in their time:
#
#     pipelines/srt.sh MEDIA CAPTIONS.srt
set -eu
exec gst-launch-1.0 -q filesrc location="$1" ! decodebin name=media \
  media. ! captioner.audio_sink \
  media. ! captioner.video_sink \
  dalicaptioner name=captioner merge-limit=30000 \
  captioner.text_src ! dalitextshape preset=netflix ! srtenc ! filesink location="$2"
