#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A live MPEG transport stream with sound and picture, sent on with closed captions (CEA-608) in its
# pictures, from and to UDP or SRT:
#
#     pipelines/live.sh udp://127.0.0.1:5000 udp://127.0.0.1:5001
#     pipelines/live.sh 'srt://:7000?mode=listener&latency=1000' \
#       'srt://:7001?mode=listener&latency=1000'
#
# SRT gives up what it has not delivered in its latency: 125 ms unless the URI says more, which is
# little for a machine that has much to do.
#
# Sound and picture are not held back until their caption is known (latency=-1): it comes a window
# and the model's time after what it describes, and rolls up as fast as it is sent.
set -eu
case $2 in
  udp://*)
    address=${2#udp://}
    sink="udpsink host=${address%:*} port=${address##*:}"
    ;;
  srt://*) sink="srtsink uri=$2 wait-for-connection=false" ;;
  *)
    echo "$0: $2: neither udp:// nor srt://" >&2
    exit 2
    ;;
esac
. "$(dirname "$0")/launch.sh"
rate='framerate=30000/1001'
# Raw pictures wait in these too: bounded in time.
hold='queue max-size-buffers=0 max-size-bytes=0 max-size-time=15000000000'
# shellcheck disable=SC2086  # several words
exec gst-launch-1.0 -q uridecodebin uri="$1" name=media \
  media. ! queue ! audioconvert ! captioner.audio_sink \
  media. ! queue ! videoconvert ! videorate ! video/x-raw,$rate ! captioner.video_sink \
  dalicaptioner name=captioner latency=-1 window=5000 \
  captioner.audio_src ! $encode_sound ! aacparse ! $hold ! captioned. \
  captioner.video_src ! $hold ! both. \
  captioner.text_src ! dalitextshape columns=32 ! dalicea608enc mode=roll-up2 \
    ! closedcaption/x-cea-608,format=raw,$rate \
    ! ccconverter ! closedcaption/x-cea-708,format=cc_data,$rate ! queue ! both.caption \
  cccombiner name=both ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 \
    ! h264parse config-interval=1 ! $hold ! captioned. \
  mpegtsmux name=captioned alignment=7 ! $sink
