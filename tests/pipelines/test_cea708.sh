#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Known captions through dalicea708enc into the H.264 of an MPEG transport stream, and out of it again: CEA-708 by a decoder
# written after the standard and by GStreamer's, the CEA-608 beside it by ffmpeg. Needs no model.
#
#     test_cea708.sh
set -u
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/srt_rows.sh"
. "$(dirname "$0")/../../pipelines/launch.sh"
check=$(dirname "$0")/check_cea708.py
new_folder

cat > "$folder/known.srt" <<'END'
1
00:00:02,000 --> 00:00:04,500
a dog barks & a siren wails

2
00:00:05,000 --> 00:00:07,000
♪ la lá là ♪♪
¿Ñandú? Çeß Äåø «½» …

3
00:00:07,000 --> 00:00:09,000
a train passes by

4
00:00:10,000 --> 00:00:11,000
THE END
END
cat > "$folder/letters.srt" <<'END'
1
00:00:03,000 --> 00:00:06,000
собака лает — Œuvre “quoted”

2
00:00:06,000 --> 00:00:08,000
犬が吠える, כלב

3
00:00:08,000 --> 00:00:10,000
a 🐕 barks
END
{
  printf '1\n00:00:03,000 --> 00:00:08,000\n'
  seq -s ' ' 100000 100060
  printf '\n2\n00:00:08,000 --> 00:00:08,020\nno time\n\n3\n00:00:08,020 --> 00:00:09,000\n'
  printf 'x%.0s' $(seq 70)
  printf '\n\n4\n00:00:09,000 --> 00:00:10,000\na\302\240b\t\001c &amp; \342\200\213d\n\n'
} > "$folder/hostile.srt"

# CAPTIONS MODE FRAMERATE: the cc_data of every frame, as it leaves the encoder.
encode() {
  # shellcheck disable=SC2086  # several words
  timeout 120 $launch filesrc location="$folder/$1.srt" ! subparse ! dalicea708enc mode="$2" \
    ! closedcaption/x-cea-708,framerate="$3" ! filesink location="$folder/$1.cc"
}

# CAPTIONS MODE FRAMERATE: a picture that captions do not depend on, with them in it.
embed() {
  rate="framerate=$3"
  # shellcheck disable=SC2086  # several words
  timeout 120 $launch videotestsrc pattern=black num-buffers=740 \
      ! video/x-raw,width=64,height=48,$rate ! queue ! both. \
    filesrc location="$folder/$1.srt" ! subparse ! dalicea708enc mode="$2" \
      ! closedcaption/x-cea-708,format=cc_data,$rate ! queue ! both.caption \
    cccombiner name=both ! x264enc speed-preset=ultrafast ! h264parse ! mpegtsmux \
    ! filesink location="$folder/$1.ts"
}

# CAPTIONS: the cc_data of the pictures in their order, a file each.
extract() {
  rm -f "$folder"/frame-*
  # shellcheck disable=SC2086  # several words
  timeout 120 $launch filesrc location="$folder/$1.ts" ! tsdemux ! h264parse ! avdec_h264 ! ccextractor name=pictures \
    pictures. ! fakesink pictures.caption ! queue max-size-buffers=0 ! multifilesink location="$folder/frame-%05d"
}

# CAPTIONS TOLERANCE: every caption of the SRT file, and no other, in its time.
are_in_time() {
  rows_of "$folder/$1.srt" > "$folder/wanted"
  cat "$folder/read"
  awk -v tolerance="$2" '
    function text_of(line) { sub(/^[^ ]* [^ ]* /, "", line); return line }
    function far(a, b) { return a - b > tolerance || b - a > tolerance }
    NR == FNR { start[NR] = $1; end[NR] = $2; text[NR] = text_of($0); wanted = NR; next }
    { if (far(start[FNR], $1) || far(end[FNR], $2) || text[FNR] != text_of($0)) failed = 1
      read = FNR }
    END { exit failed || read != wanted }' "$folder/wanted" "$folder/read"
}

# MODE FRAMERATE TOLERANCE
shows_in_time() {
  encode known "$1" "$2" && python3 -B "$check" "$2" "$folder/known.cc" > "$folder/read" && are_in_time known "$3"
}

# The same from pictures.
comes_back() {
  embed known "$1" "$2" && extract known && python3 -B "$check" "$2" "$folder"/frame-* > "$folder/read" &&
    are_in_time known "$3"
}

# ffmpeg reads the field of CEA-608, which has no "…".
ffmpeg_reads_608_beside_it() {
  embed known pop-on 30000/1001 &&
    ffmpeg -v error -f lavfi -i "movie=$folder/known.ts[out+subcc]" -map 0:s -f srt "$folder/read.srt" -y || return 1
  rows_of "$folder/read.srt" | sed 's/ \.\.\.$/ …/' > "$folder/read"
  are_in_time known 0.0835
}

# MODE ROWS: so many at once, of which the last is what was said last.
rolls_up() {
  encode known "$1" 30000/1001 && python3 -B "$check" 30000/1001 "$folder/known.cc" > "$folder/read" || return 1
  cat "$folder/read"
  awk -v rows="$2" 'split($0, row, " / ") > rows { exit 1 }' "$folder/read" || return 1
  for wanted in '^2\.0[0-9]* .* a dog barks & a siren wails$' ' / ¿Ñandú? Çeß Äåø «½» …$' ' / a train passes by$' \
    '^10\.[01][0-9]* 11\.0[0-9]* THE END$'; do
    grep -q "$wanted" "$folder/read" || { echo "no \"$wanted\""; return 1; }
  done
}

# Letters of 16 bits are sent as such; what is beyond them is told.
letters_are_kept() {
  # shellcheck disable=SC2086  # several words
  timeout 60 gst-launch-1.0 -m ${launch#gst-launch-1.0 -q} filesrc location="$folder/letters.srt" ! subparse ! \
    dalicea708enc mode=pop-on ! closedcaption/x-cea-708,framerate=30000/1001 ! filesink location="$folder/letters.cc" \
    > "$folder/said" || return 1
  python3 -B "$check" 30000/1001 "$folder/letters.cc" > "$folder/read" || return 1
  cat "$folder/read"
  sed 's/^[^ ]* [^ ]* //' "$folder/read" > "$folder/found"
  printf '%s\n' 'собака лает - Œuvre “quoted”' '犬が吠える, כלב' 'a barks' | same - "$folder/found" &&
    grep 'DaliTextLost' "$folder/said" | grep -q 'CEA-708'
}

# FRAMERATE: all rules hold, and what has time shows.
is_lawful() {
  for mode in pop-on paint-on roll-up3; do
    encode hostile $mode "$1" && python3 -B "$check" "$1" "$folder/hostile.cc" > "$folder/read" || return 1
    cat "$folder/read"
    grep -q 100060 "$folder/read" && grep -q 'a.b c &amp; d$' "$folder/read" || return 1
  done
}

# What GStreamer's decoder draws, which it tells in its log: the video behind it may run ahead of its captions.
gstreamer_draws() {
  # shellcheck disable=SC2086  # several words
  GST_DEBUG=cc708decoder:6 GST_DEBUG_NO_COLOR=1 timeout 60 $launch \
    filesrc location="$folder/known.srt" ! subparse ! dalicea708enc mode="$1" \
      ! closedcaption/x-cea-708,framerate=30000/1001 ! text.cc_sink \
    videotestsrc num-buffers=400 ! video/x-raw,width=640,height=360,framerate=30000/1001 ! text.video_sink \
    cc708overlay name=text ! fakesink > "$folder/log" 2>&1 || { tail -n 3 "$folder/log"; return 1; }
  awk '/render_text: rendering / { sub(/.*rendering ./, ""); text = $0; while (text !~ /\x27$/ && (getline line) > 0) text = text " / " line
         gsub(/<[^>]*>|^ *\/ |\x27$/, "", text); gsub("&amp;", "\\&", text); print text }' "$folder/log" > "$folder/found"
  rows_of "$folder/known.srt" | sed 's/^[^ ]* [^ ]* //' | same - "$folder/found"
}

for rate in 30000/1001 25/1 60000/1001 24000/1001; do
  it "pop_on_captions_show_in_their_time_at_$rate" shows_in_time pop-on $rate 0.0835
done
it paint_on_captions_show_when_they_are_sent shows_in_time paint-on 30000/1001 0.17
it rows_roll_up_through_two rolls_up roll-up2 2
it rows_roll_up_through_four rolls_up roll-up4 4
it letters_of_other_scripts_are_kept letters_are_kept
it every_rule_holds_whatever_a_model_says is_lawful 30000/1001
it every_rule_holds_where_frames_are_fast is_lawful 60000/1001
if gst-inspect-1.0 --exists x264enc && gst-inspect-1.0 --exists avdec_h264; then
  it pop_on_captions_come_back_from_pictures comes_back pop-on 30000/1001 0.0835
  it pop_on_captions_come_back_at_25_frames_a_second comes_back pop-on 25/1 0.1
  it pop_on_captions_come_back_at_60_frames_a_second comes_back pop-on 60000/1001 0.1
  it ffmpeg_reads_cea_608_beside_it ffmpeg_reads_608_beside_it
else
  skip captions_come_back_from_pictures 'this GStreamer has no x264enc or no avdec_h264'
fi
if gst-inspect-1.0 --exists cc708overlay; then
  it gstreamer_draws_pop_on_captions gstreamer_draws pop-on
else
  skip gstreamer_draws_pop_on_captions 'this GStreamer has no cc708overlay'
fi
finish
