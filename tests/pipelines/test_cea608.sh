#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Known captions through dalicea608enc into the H.264 of an MPEG transport stream, and read back by
# ffmpeg, which knows nothing of our encoder. Needs no model.
#
#     test_cea608.sh
set -u
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/srt_rows.sh"
. "$(dirname "$0")/../../pipelines/launch.sh"
new_folder

cat > "$folder/known.srt" <<'END'
1
00:00:02,000 --> 00:00:04,500
a dog barks & a siren wails

2
00:00:05,000 --> 00:00:07,000
♪ la lá là ♪♪
¿Ñandú? Çeß Äåø «½»

3
00:00:07,000 --> 00:00:09,000
a train passes by

4
00:00:10,000 --> 00:00:11,000
THE END
END

# MODE CHANNEL FORMAT FRAMERATE: a picture that captions do not depend on, and known.srt in it.
encode() {
  rate="framerate=$4"
  # shellcheck disable=SC2086  # several words
  timeout 120 $launch videotestsrc pattern=black num-buffers=370 \
      ! video/x-raw,width=64,height=48,$rate ! queue ! both. \
    filesrc location="$folder/known.srt" ! subparse ! dalicea608enc mode="$1" channel="$2" \
      ! closedcaption/x-cea-608,format="$3",$rate \
      ! ccconverter ! closedcaption/x-cea-708,format=cc_data,$rate ! queue ! both.caption \
    cccombiner name=both ! x264enc speed-preset=ultrafast ! h264parse ! mpegtsmux \
    ! filesink location="$folder/known.ts"
}

# FIELD: what ffmpeg reads, as lines "START END TEXT", rows of text apart by " / ".
decode() {
  ffmpeg -v error -data_field "$1" -f lavfi -i "movie=$folder/known.ts[out+subcc]" -map 0:s \
    -f srt "$folder/read.srt" -y && rows_of "$folder/read.srt"
}

# Every caption of known.srt, and no other, at its times but for two frames and what rounding to a
# frame takes.
comes_back() {
  encode "$1" "$2" "$3" "$4" && decode "$5" > "$folder/read" || return 1
  rows_of "$folder/known.srt" > "$folder/wanted"
  cat "$folder/read"
  awk -v tolerance="$6" '
    function text_of(line) { sub(/^[^ ]* [^ ]* /, "", line); return line }
    function far(a, b) { return a - b > tolerance || b - a > tolerance }
    NR == FNR { start[NR] = $1; end[NR] = $2; text[NR] = text_of($0); wanted = NR; next }
    { if (far(start[FNR], $1) || far(end[FNR], $2) || text[FNR] != text_of($0)) failed = 1
      read = FNR }
    END { exit failed || read != wanted }' "$folder/wanted" "$folder/read"
}

# Rows come in one by one: each is the last of a screen that begins in its time.
rolls_up() {
  encode "$1" cc1 raw 30000/1001 && decode first > "$folder/read" || return 1
  cat "$folder/read"
  for wanted in '2.0 a dog barks & a siren wails' '5.0 ♪ la lá là ♪♪' '7.0 a train passes by' \
    '10.0 THE END'; do
    awk -v wanted="$wanted" '
      { sub(/^[^ ]* /, "&"); start = $1; sub(/^[^ ]* [^ ]* /, ""); sub(/.* \/ /, "")
        split(wanted, part, " "); text = wanted; sub(/^[^ ]* /, "", text)
        late = start - part[1]; if ($0 == text && late >= -0.0167 && late <= 0.0835) found = 1 }
      END { exit !found }' "$folder/read" || { echo "no \"$wanted\""; return 1; }
  done
}

it pop_on_captions_come_back_with_their_times \
  comes_back pop-on cc1 raw 30000/1001 first 0.0835
it paint_on_captions_come_back_with_their_times \
  comes_back paint-on cc1 raw 30000/1001 first 0.0835
it pop_on_captions_come_back_at_25_frames_a_second \
  comes_back pop-on cc1 raw 25/1 first 0.1
it pop_on_captions_of_the_second_field_come_back \
  comes_back pop-on cc3 s334-1a 30000/1001 second 0.0835
it rows_roll_up_through_two_in_their_time rolls_up roll-up2
it rows_roll_up_through_four_in_their_time rolls_up roll-up4
finish
