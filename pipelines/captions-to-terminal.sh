#!/bin/sh
# Captions of a media file, one a line with its times in seconds, as soon as each is known:
#
#     pipelines/captions-to-terminal.sh MEDIA
#
# The element posts every caption as a message too; gst-launch-1.0 -m prints messages.
set -eu
gst-launch-1.0 -m filesrc location="$1" ! decodebin name=media \
  media. ! captioner.audio_sink \
  media. ! captioner.video_sink \
  dalicaptioner name=captioner \
  captioner.text_src ! fakesink |
  sed -nu 's/.*DaliCaptionMeta, text=(string)\("[^"]*"\|[^,]*\), start=(guint64)\([0-9]*\)[0-9]\{8\}, end=(guint64)\([0-9]*\)[0-9]\{8\},.*/\2 - \3  \1/p'
