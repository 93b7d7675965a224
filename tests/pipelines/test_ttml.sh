#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# TTML by a list of its profiles' rules, from dali-caption's writer and from dalittmlenc, and by GStreamer's parser, renderer
# and demuxer, which are not ours. Needs no model.
#
#     test_ttml.sh WRITE_CAPTIONS WRITE_CAPTIONED
set -u
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/ttml_rows.sh"
. "$(dirname "$0")/../../pipelines/launch.sh"
write=$1
write_captioned=$2
verbose_launch="gst-launch-1.0 -v ${launch#gst-launch-1.0 -q}"
check=$(dirname "$0")/check_ttml.py
new_folder
. "$(dirname "$0")/exchanged_captions.sh"

# CAPTIONS: what the rules are checked on, in $folder/cues.
ttml_is_lawful() {
  written ttml "$1" &&
    python3 -B "$check" "$folder/file.ttml" > "$folder/cues" || return 1
  cat "$folder/cues"
}

# Each caption's own time and words, where it fits a page and no other comes near it.
ttml_holds_captions() {
  ttml_is_lawful plain || return 1
  printf '%s\n' '0.000 10.000 a dog barks' \
    '10.000 12.500 A train passes by, / and rain falls on a tin roof.' \
    '12.500 60.000 a siren wails' '3599.999 3600.500 the hour' \
    '360000.000 360001.000 a hundred of them' | same - "$folder/cues" && [ ! -s "$folder/said" ]
}

ttml_holds_hostile_captions() {
  ttml_is_lawful hostile || return 1
  printf '%s\n' '0.000 2.000 "Tom" & <b>Jerry</b> -> &amp; ]]> '"'" '2.000 4.000 [31mred' '4.000 6.000 no UTF-8' \
    '6.000 8.000 כלב נובח!' '8.000 10.000 🐕 👩‍👩‍👧 dogs' '10.000 12.000 %s %n {} <!-- <?xml ?> / <![CDATA[ &#0; &bomb;' \
    '12.000 12.001 no time at all' | same - "$folder/cues" && [ ! -s "$folder/said" ]
}

# What is read from the right says so; what is not does not.
ttml_knows_directions() {
  written ttml hostile && grep -c 'rightToLeft"' "$folder/file.ttml" | grep -qx 2 &&
    grep -q 'style="paragraph rightToLeft" begin="00:00:06.000"' "$folder/file.ttml"
}

# Every word of both captions is there, on pages of their own.
ttml_parts_what_does_not_fit() {
  ttml_is_lawful crowded || return 1
  sed 's/^[^ ]* [^ ]* //' "$folder/cues" | tr -s ' /' '\n' > "$folder/words"
  tr ' ' '\n' < "$folder/words" | grep -cx 1050 | grep -qx 2 && [ ! -s "$folder/said" ] &&
    sed -n '$p' "$folder/cues" | grep -qx '20.000 20.003 a b c d'
}

ttml_tells_what_it_loses() {
  ttml_is_lawful lossy || return 1
  cat "$folder/said"
  grep -q '"xxxxxx*" at 00:00:00.000 (' "$folder/said" && grep -q '"first" at 00:00:10.000 (' "$folder/said" &&
    [ "$(wc -l < "$folder/said")" -eq 2 ] && grep -q ' second$' "$folder/cues" && grep -q '… / barks$' "$folder/cues"
}

ttml_without_captions_is_lawful() {
  : > "$folder/none.tsv"
  ttml_is_lawful none && [ ! -s "$folder/cues" ] && ! grep -q '<body' "$folder/file.ttml"
}

# CODE TAG: BCP 47 has the shortest code that there is.
ttml_names_language() {
  ttml_is_lawful plain && written ttml plain "$1" && grep -qF " xml:lang=\"$2\"" "$folder/file.ttml"
}

# NAME: its captions as SRT, which the element is given.
as_srt() {
  awk -F '\t' '
    function clock(time) {
      ms = int(time * 1000 + 0.5)
      return sprintf("%02d:%02d:%02d,%03d", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000)
    }
    { printf "%d\n%s --> %s\n%s\n\n", NR, clock($1), clock($2), $3 }' "$folder/$1.tsv" > "$folder/$1.srt"
}

# NAME PROPERTY...: $folder/element-N.ttml, one for each document, with the plugin of the build folder.
element_writes() {
  rm -f "$folder"/element-*.ttml
  as_srt "$1"
  given=$folder/$1.srt
  shift
  # shellcheck disable=SC2086  # several words
  timeout 60 $launch filesrc location="$given" ! subparse ! \
    taginject tags='language-code=(string)en' ! dalittmlenc "$@" ! \
    multifilesink location="$folder/element-%05d.ttml"
}

# Byte for byte.
element_writes_what_the_program_writes() {
  element_writes plain && written ttml plain && same "$folder/file.ttml" "$folder/element-00000.ttml"
}

# All its documents are lawful, none shows anything outside of its ten seconds, and together they show what one does.
segments_hold_what_one_document_holds() {
  sed 3q "$folder/plain.tsv" > "$folder/minute.tsv"
  element_writes minute segment-duration=10000 || return 1
  number=0
  for document in "$folder"/element-*.ttml; do
    python3 -B "$check" "$document" |
      awk -v from=$((number * 10)) '$1 < from || $2 > from + 10 { print; failed = 1 } END { exit failed }' || return 1
    number=$((number + 1))
  done
  rows_of_documents "$check" "$folder"/element-*.ttml > "$folder/joined" && [ $number -eq 6 ] &&
    printf '%s\n' '0.000 10.000 a dog barks' '10.000 12.500 A train passes by, / and rain falls on a tin roof.' \
      '12.500 60.000 a siren wails' | same - "$folder/joined"
}

# As ttmlrender draws it: white letters in a black box on grey, at the bottom and nowhere else.
gstreamer_draws_ttml() {
  element_writes plain || return 1
  # shellcheck disable=SC2086  # several words
  timeout 60 $launch filesrc location="$folder/element-00000.ttml" ! ttmlparse ! ttmlrender name=text \
    videotestsrc pattern=solid-color foreground-color=0xff808080 num-buffers=6 \
      ! video/x-raw,width=640,height=360,framerate=1/1 ! text.video_sink \
    text. ! videoconvert ! video/x-raw,format=GRAY8 ! filesink location="$folder/grey" || return 1
  python3 -B - "$folder/grey" <<'END'
import sys
grey = open(sys.argv[1], "rb").read()[3 * 640 * 360:4 * 640 * 360]
rows = [y for y in range(360) if max(grey[y * 640:(y + 1) * 640]) > 200]
columns = [x for x in range(640) if max(grey[y * 640 + x] for y in rows or [0]) > 200]
print(rows[:1], rows[-1:], columns[:1], columns[-1:], min(grey))
sys.exit(not (rows and min(rows) > 280 and max(rows) < 330 and min(grey) < 40
              and abs(min(columns) + max(columns) - 640) < 20))
END
}

# FILE: the documents of its track of captions, as GStreamer demuxes them.
documents_of_track() {
  rm -f "$folder"/sample-*.ttml
  # shellcheck disable=SC2086  # several words
  timeout 60 $launch filesrc location="$1" ! qtdemux name=media media.subtitle_0 ! application/ttml+xml ! \
    multifilesink location="$folder/sample-%05d.ttml"
}

# MEDIUM ttml|fragments: what write-captioned writes into every medium. FFmpeg 5 takes the track for one of
# data, and 7 for one of subtitles.
mp4_holds_ttml() {
  "$write_captioned" "$1" "$folder/stpp.mp4" "$2" && documents_of_track "$folder/stpp.mp4" &&
    rows_of_documents "$check" "$folder"/sample-*.ttml > "$folder/found" || return 1
  printf '%s\n' '0.250 0.750 A dog <barks> & {runs} \N off.' '1.000 1.500 A siren wails.' | same - "$folder/found" &&
    ffprobe -v error -show_entries stream=codec_tag_string:stream_tags=language -of csv=p=0 \
      "$folder/stpp.mp4" | grep -qx 'stpp,eng'
}

# MEDIUM FRAGMENTS: each has its tracks' samples right behind its head, and all packets are still there.
mp4_is_in_fragments() {
  "$write_captioned" "$1" "$folder/stpp.mp4" fragments && python3 -B - "$folder/stpp.mp4" "$2" <<'END' || return 1
import struct, sys
data, boxes, at = open(sys.argv[1], "rb").read(), [], 0
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at:at + 8])
    boxes.append(kind.decode())
    at += size
print(boxes)
wanted = ["ftyp", "moov"] + ["moof", "mdat"] * int(sys.argv[2])
sys.exit(at != len(data) or boxes[:len(wanted)] != wanted or "moof" in boxes[len(wanted):])
END
  for kind in a v; do
    for file in "$1" "$folder/stpp.mp4"; do
      ffprobe -v error -select_streams $kind -show_entries packet=size -of csv=p=0 "$file" |
        tr -d , | grep . > "$folder/$(basename "$file").sizes"
    done
    same "$folder/$(basename "$1").sizes" "$folder/stpp.mp4.sizes" || return 1
  done
}

# CAPTIONS: GStreamer's parser of EBU-TT-D finds the same times and words as our list of rules. It ends each text with
# a zero.
gstreamer_reads_ttml() {
  ttml_is_lawful "$1" > "$folder/log" || return 1
  # shellcheck disable=SC2086  # several words
  timeout 60 $launch filesrc location="$folder/file.ttml" ! ttmlparse ! filesink location="$folder/texts" || return 1
  tr '\n\000' '\t\n' < "$folder/texts" | sed 's,\t, / ,g' > "$folder/found"
  sed 's/^[^ ]* [^ ]* //' "$folder/cues" > "$folder/wanted"
  same "$folder/wanted" "$folder/found" || return 1
  # shellcheck disable=SC2086  # several words
  timeout 60 $verbose_launch filesrc location="$folder/file.ttml" ! ttmlparse ! fakesink silent=false sync=false |
    sed -n 's/.* chain .*pts: \([0-9:.]*\), duration: \([0-9:.]*\),.*/\1 \2/p' |
    awk 'function seconds(time) { split(time, part, ":"); return part[1] * 3600 + part[2] * 60 + part[3] }
         { printf "%.3f %.3f\n", seconds($1), seconds($1) + seconds($2) }' > "$folder/found"
  cut -d ' ' -f 1,2 "$folder/cues" | same - "$folder/found"
}

it ttml_holds_each_caption_at_its_time ttml_holds_captions
it ttml_holds_whatever_a_model_says ttml_holds_hostile_captions
it ttml_says_what_is_read_from_the_right ttml_knows_directions
it ttml_parts_captions_that_fit_no_page ttml_parts_what_does_not_fit
it what_ttml_loses_is_told ttml_tells_what_it_loses
it ttml_without_captions_is_a_document ttml_without_captions_is_lawful
it ttml_names_its_language_by_two_letters ttml_names_language ger de
it ttml_names_its_language_by_three_where_there_are_no_two ttml_names_language haw haw
it the_element_writes_what_the_program_writes element_writes_what_the_program_writes
it documents_of_segments_hold_what_one_holds segments_hold_what_one_document_holds
if gst-inspect-1.0 ttmlparse > /dev/null 2>&1; then
  it gstreamer_draws_ttml_at_the_bottom gstreamer_draws_ttml
  for captions in plain hostile crowded; do
    it "gstreamer_reads_ttml_of_${captions}_captions" gstreamer_reads_ttml $captions
  done
else
  skip gstreamer_reads_ttml 'this GStreamer has no ttmlparse'
fi
ffmpeg -v error -f lavfi -i testsrc2=duration=2:size=64x48:rate=10 -f lavfi -i sine=duration=2:sample_rate=48000 \
  -c:v libx264 -g 10 -pix_fmt yuv420p -c:a aac "$folder/both.mp4" &&
  ffmpeg -v error -i "$folder/both.mp4" -map 0:a -c copy "$folder/sound.mp4" &&
  ffmpeg -v error -i "$folder/both.mp4" -map 0:v -c copy "$folder/picture.mp4" ||
  { echo 'Bail out! no media'; exit 1; }
for medium in both sound picture; do
  it "mp4_of_${medium}_holds_ttml" mp4_holds_ttml "$folder/$medium.mp4" ttml
  it "mp4_of_${medium}_in_fragments_holds_ttml" mp4_holds_ttml "$folder/$medium.mp4" fragments
done
it a_fragment_begins_with_each_key_picture mp4_is_in_fragments "$folder/both.mp4" 2
it sound_alone_is_in_fragments_too mp4_is_in_fragments "$folder/sound.mp4" 2
finish
