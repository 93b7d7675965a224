#!/bin/sh
# A media file's captions as SRT, on lines that can be read in their time:
#
#     pipelines/srt.sh MEDIA CAPTIONS.srt
set -eu
. "$(dirname "$0")/launch.sh"
# shellcheck disable=SC2086  # several words
exec $launch filesrc location="$1" ! decodebin name=media \
  media. ! captioner.audio_sink \
  media. ! captioner.video_sink \
  dalicaptioner name=captioner merge-limit=30000 \
  captioner.text_src ! dalitextshape preset=netflix ! srtenc ! filesink location="$2"
