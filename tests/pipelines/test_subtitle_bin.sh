#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Lines of gst-launch around dalisubtitlebin, on a clip of the toy world with the embedded model:
# Matroska in, the same streams out with a track of their captions, read back by ffprobe.
#
#     test_subtitle_bin.sh DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../../pipelines/launch.sh"
toyworld=$1
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip captions_of_matroska_in_matroska "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

"$toyworld" --clips 1 --split test --seed 4711 --out "$folder/world" > "$folder/log" 2>&1 &&
  ffmpeg -v error -i "$(find "$folder/world" -name '*.mp4' | head -n 1)" -c copy "$folder/clip.mkv" ||
  { cat "$folder/log"; echo 'Bail out! no clip'; exit 1; }

# KIND MEDIUM: the codec and the times of its stream of the kind, in seconds.
stream_of() {
  ffprobe -v error -select_streams "$1" -show_entries stream=codec_name:packet=pts_time \
    -of csv=p=0 "$2" | tr -d ,
}

# MEDIUM: START and DURATION of each caption, in seconds.
captions_of() {
  ffprobe -v error -select_streams s -show_entries packet=pts_time,duration_time -of csv=p=0 "$1" |
    tr ',' ' '
}

# WORD...: the part of the line before the bin.
matroska_is_copied_with_captions() {
  rm -f "$folder/captioned.mkv"
  # shellcheck disable=SC2086  # several words
  timeout 120 $launch filesrc location="$folder/clip.mkv" ! "$@" \
    dalisubtitlebin name=bin window=4000 \
    matroskamux name=mux ! filesink location="$folder/captioned.mkv" \
    bin.video_src ! mux. bin.audio_src ! mux. bin.text_src ! mux. || return 1
  for kind in a v; do
    stream_of $kind "$folder/clip.mkv" > "$folder/sent"
    stream_of $kind "$folder/captioned.mkv" > "$folder/passed"
    [ -s "$folder/sent" ] && same "$folder/sent" "$folder/passed" || return 1
  done
  captions_of "$folder/captioned.mkv"
  # Ten seconds are two windows of four and what is left.
  captions_of "$folder/captioned.mkv" | awk '
    { if ($1 < end - 0.01 || $1 + $2 > 10.2) failed = 1
      end = $1 + $2 }
    NR == 1 { first = $1 }
    END { exit failed || !NR || first > 0.1 || end < 3.9 }'
}

it a_demuxer_of_named_pads_is_copied_with_captions matroska_is_copied_with_captions \
  matroskademux name=media media.video_0 ! bin.video_sink media.audio_0 ! bin.audio_sink
it a_parser_of_any_pads_is_copied_with_captions matroska_is_copied_with_captions \
  parsebin name=media media. ! bin.audio_sink media. ! bin.video_sink
finish
