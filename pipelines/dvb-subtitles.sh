#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A media file as an MPEG transport stream of H.264, its captions as DVB subtitles, the pictures of
# text of European television:
#
#     pipelines/dvb-subtitles.sh MEDIA CAPTIONED.ts
#
# In two passes, as burn-in.sh: dvbsubenc of GStreamer 1.22 crashes on a picture without text, and a
# file of captions has none. Its subtitles are of 720 x 576 whatever the picture is, 42 letters of this
# size wide; receivers scale.
set -eu
. "$(dirname "$0")/launch.sh"
look_into "$1"
. "$(dirname "$0")/first-pass.sh"
# shellcheck disable=SC2086  # several words
$launch filesrc location="$1" ! decodebin name=media \
  ${sound:+media. ! queue ! $encode_sound ! aacparse ! $hold ! captioned.} \
  ${picture:+media. ! queue ! $turn_upright ! x264enc speed-preset=veryfast ! h264parse \
    ! $hold ! captioned.} \
  filesrc location="$captions" ! subparse ! textrender font-desc="Sans 22" \
    ! video/x-raw,width=720,height=576 ! dvbsubenc ! queue ! captioned. \
  mpegtsmux name=captioned ! filesink location="$2"
