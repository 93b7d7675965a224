#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A media file's captions, each as soon as it is known, numbered and with its times:
#
#     pipelines/captions-to-terminal.sh MEDIA
set -eu
. "$(dirname "$0")/launch.sh"
look_into "$1"
# shellcheck disable=SC2086  # several words
exec $launch filesrc location="$1" ! decodebin name=media \
  ${sound:+media. ! captioner.audio_sink} \
  ${picture:+media. ! captioner.video_sink} \
  dalicaptioner name=captioner priority=normal \
  captioner.text_src ! srtenc ! fdsink
