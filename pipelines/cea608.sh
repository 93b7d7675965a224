#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A media file with a picture as an MPEG transport stream of H.264, its captions in the picture's data
# as CEA-608, the closed captions of North American television:
#
#     pipelines/cea608.sh MEDIA CAPTIONED.ts
#
# In two passes, as burn-in.sh. Pop-on captions are sent before they show, so the encoder has to know
# them before the picture: its queue holds what is ahead.
set -eu
. "$(dirname "$0")/launch.sh"
look_for_a_picture "$1" "that closed captions could go with"
. "$(dirname "$0")/first-pass.sh"
rate='framerate=30000/1001'
# What makes closed captions of text, in whichever format; cea708.sh has another.
: "${closed_captions:=dalicea608enc mode=pop-on ! closedcaption/x-cea-608,format=raw,$rate}"
# shellcheck disable=SC2086  # several words
$launch filesrc location="$1" ! decodebin name=media \
  ${sound:+media. ! queue ! $encode_sound ! aacparse ! $hold ! captioned.} \
  media. ! queue ! $turn_upright ! videorate ! video/x-raw,$rate ! both. \
  filesrc location="$captions" ! subparse ! $closed_captions \
    ! ccconverter ! closedcaption/x-cea-708,format=cc_data,$rate ! queue ! both.caption \
  cccombiner name=both ! x264enc speed-preset=veryfast ! h264parse ! $hold ! captioned. \
  mpegtsmux name=captioned ! filesink location="$2"
