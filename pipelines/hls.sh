#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A media file as HTTP live streaming: segments of six seconds, their captions as segments of WebVTT,
# and FOLDER/master.m3u8, which players are given:
#
#     pipelines/hls.sh MEDIA FOLDER
set -eu
. "$(dirname "$0")/launch.sh"
look_into "$1"
case $2 in  # awk takes "a=b" for an assignment
  /*) ;;
  *) set -- "$1" "./$2" ;;
esac
mkdir -p "$2"
. "$(dirname "$0")/first-pass.sh"
# shellcheck disable=SC2086  # several words
$launch filesrc location="$1" ! decodebin name=media \
  ${sound:+media. ! queue ! $encode_sound ! aacparse ! $hold ! segments.audio} \
  ${picture:+media. ! queue ! $turn_upright ! video/x-raw,format=I420 \
    ! x264enc speed-preset=veryfast key-int-max=60 ! h264parse ! $hold ! segments.video} \
  hlssink2 name=segments target-duration=6 playlist-length=0 max-files=0 \
    location="$2/media%05d.ts" playlist-location="$2/media.m3u8"

# A caption stands in every segment that it shows in. GStreamer's transport streams begin at an hour:
# 90000 x 3600 is where running time, and with it the captions', has its zero.
awk -v folder="$2" -v count=0 -v total="$begin" '
  function seconds(time) { gsub(",", ".", time); split(time, part, ":")
                           return part[1] * 3600 + part[2] * 60 + part[3] }
  FILENAME == ARGV[1] && /^#EXTINF:/ {
    split($0, field, /[:,]/); start[count] = total; total += field[2]
    stop[count] = total; length_of[count++] = field[2] }
  FILENAME == ARGV[1] && /^#EXT-X-TARGETDURATION:/ { target = substr($0, 23) }
  FILENAME == ARGV[2] && / --> / { cue++; from[cue] = seconds($1); to[cue] = seconds($3)
                                   times = $0; gsub(",", ".", times); text[cue] = times; next }
  FILENAME == ARGV[2] && cue && !/^[0-9]*\r?$/ {
    gsub("&", "\\&amp;"); gsub("<", "\\&lt;"); text[cue] = text[cue] "\n" $0 }
  END {
    list = folder "/captions.m3u8"
    print "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:" target > list
    print "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD" > list
    for (i = 0; i < count; i++) {
      name = sprintf("captions%05d.vtt", i); file = folder "/" name
      print "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:324000000,LOCAL:00:00:00.000" > file
      for (c = 1; c <= cue; c++)
        if (from[c] < stop[i] && (to[c] > start[i])) print "\n" text[c] > file
      close(file)
      print "#EXTINF:" length_of[i] ",\n" name > list
    }
    print "#EXT-X-ENDLIST" > list
  }' "$2/media.m3u8" "$captions"

# The most bits a second that a segment takes.
bandwidth=$(awk '/^#EXTINF:/ { split($0, field, /[:,]/) } /^[^#]/ { print field[2], $0 }' \
  "$2/media.m3u8" | while read -r duration name; do
    echo "$duration $(wc -c < "$2/$name")"
  done | awk '$2 * 8 / $1 > most { most = $2 * 8 / $1 } END { printf "%d", most + 1 }')
cat > "$2/master.m3u8" <<END
#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="Captions",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,FORCED=NO,URI="captions.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=$bandwidth,SUBTITLES="captions"
media.m3u8
END
