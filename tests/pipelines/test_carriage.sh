#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every script in pipelines/ but live.sh, on a clip of the toy world with the embedded model; what it
# writes is read back by ffmpeg or a browser.
#
#     test_carriage.sh PIPELINES_FOLDER DALI_TOYWORLD BUILD_FOLDER
set -u
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../../pipelines/launch.sh"
here=$(cd "$(dirname "$0")" && pwd)
pipelines=$1
toyworld=$2
build=$3
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip captions_in_every_carriage "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

"$toyworld" --clips 1 --split test --seed 4711 --out "$folder/world" > "$folder/log" 2>&1 ||
  { cat "$folder/log"; echo 'Bail out! dali-toyworld failed'; exit 1; }
clip=$(find "$folder/world" -name '*.mp4' | head -n 1)

# SCRIPT ARGUMENT...: one of pipelines/, told by name when it fails or does not end (status 124).
run_script() {
  script=$1
  shift
  timeout 180 "$pipelines/$script.sh" "$@" || { echo "$script.sh ended with status $?"; return 1; }
}

# Cues of an SRT file as lines "START END TEXT": on one line, in small letters, and without tags of
# fonts and what a label adds or leaves out.
rows_of() {
  awk '
    function seconds(time) { gsub(",", ".", time); split(time, part, ":")
                             return part[1] * 3600 + part[2] * 60 + part[3] }
    function tell() { sub(/\.$/, "", text); if (times != "" && text != "") print times, tolower(text) }
    { sub(/\r$/, "") }
    / --> / { times = seconds($1) " " seconds($3); text = ""; next }
    /^$/ { tell(); times = ""; next }
    times != "" { gsub(/<[^>]*>|\{[^}]*\}|\\h|\[|\]/, ""); text = text (text == "" ? "" : " ") $0 }
    END { tell() }' "$1"
}

# MEDIUM: its subtitle track as ffmpeg reads it.
track_of() {
  ffmpeg -v error -i "$1" -map 0:s -f srt - > "$folder/track.srt" && rows_of "$folder/track.srt"
}

streams_of() {
  ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$1" | grep . | sort -u | tr '\n' ' '
}

# ROWS ROWS LATEST_START: the same texts, from at most so much later on.
same_captions() {
  cat "$1" "$2"
  awk -v latest="$3" '
    function text_of(line) { sub(/^[^ ]* [^ ]* /, "", line); return line }
    NR == FNR { start[NR] = $1; text[NR] = text_of($0); wanted = NR; next }
    { if ($1 < start[FNR] - 0.02 || $1 > start[FNR] + latest || text[FNR] != text_of($0)) failed = 1
      read = FNR }
    END { exit failed || !wanted || read != wanted }' "$1" "$2"
}

srt_is_shaped() {
  run_script srt "$clip" "$folder/captions.srt" && rows_of "$folder/captions.srt" > "$folder/rows"
  cat "$folder/captions.srt"
  [ -s "$folder/rows" ] && grep -q '^\[' "$folder/captions.srt" &&
    awk '/ --> / || /^[0-9]*$/ { next } length($0) > 42 { exit 1 }' "$folder/captions.srt" &&
    track_of "$folder/captions.srt" > "$folder/read" && same "$folder/rows" "$folder/read"
}

webvtt_is_read_by_ffmpeg() {
  run_script webvtt "$clip" "$folder/captions.vtt" || return 1
  cat "$folder/captions.vtt"
  track_of "$folder/captions.vtt" > "$folder/read" && same_captions "$folder/rows" "$folder/read" 0.1
}

# As text comes, one caption a window; the SRT file above has those on end that say the same.
captions_are_printed() {
  run_script captions-to-terminal "$clip" > "$folder/printed.srt" || return 1
  cat "$folder/printed.srt"
  rows_of "$folder/printed.srt" > "$folder/read" && same_captions "$folder/rows" "$folder/read" 0.1
}

# The demo says what the clip holds ("a dog barks"), and after it what is captioned from both, then
# from the sound ("a dog barking").
demo_names_the_sound() {
  DALI_BUILD_DIR=$build run_script demo > "$folder/demo" || return 1
  cat "$folder/demo"
  awk '/^  to hear: / { sub(/^  to hear: */, ""); sub(/ [^ ]*$/, ""); wanted = $0 }
       /^Captions from / { from++ }
       from && wanted != "" && index($0, wanted) { named[from] = 1 }
       END { exit !(named[1] && named[2]) }' "$folder/demo"
}

# SCRIPT CONTAINER CODEC
track_holds_captions() {
  run_script "$1" "$clip" "$folder/captioned.$2" || return 1
  streams_of "$folder/captioned.$2"
  streams_of "$folder/captioned.$2" | grep -qw h264 &&
    streams_of "$folder/captioned.$2" | grep -qw aac &&
    streams_of "$folder/captioned.$2" | grep -qw "$3" || return 1
  track_of "$folder/captioned.$2" > "$folder/read" && same_captions "$folder/rows" "$folder/read" 0.1
}

# SCRIPT: a caption of the clip's first moment shows when it has been sent: up to 2 s later.
closed_captions_come_back() {
  run_script "$1" "$clip" "$folder/$1.ts" || return 1
  ffmpeg -v error -f lavfi -i "movie=$folder/$1.ts[out+subcc]" -map 0:s -f srt - \
    > "$folder/track.srt" || return 1
  rows_of "$folder/track.srt" > "$folder/read"
  [ "$(streams_of "$folder/$1.ts")" = 'aac h264 ' ] &&
    same_captions "$folder/rows" "$folder/read" 2
}

# ffmpeg does not read CEA-708, of which a decoder of our own has been written.
cea708_comes_back() {
  # shellcheck disable=SC2086  # several words
  timeout 120 $launch filesrc location="$folder/cea708.ts" ! tsdemux ! h264parse ! avdec_h264 ! \
    ccextractor name=pictures pictures. ! fakesink pictures.caption ! queue max-size-buffers=0 ! \
    multifilesink location="$folder/frame-%05d" || return 1
  python3 -B "$here/check_cea708.py" 30000/1001 "$folder"/frame-* > "$folder/shown" || return 1
  sed 's, / , ,g; s,[][],,g; s,\.$,,' "$folder/shown" | tr '[:upper:]' '[:lower:]' > "$folder/read"
  same_captions "$folder/rows" "$folder/read" 2
}

# Subtitles are pictures: they must begin when the captions do, and light up the screen.
dvb_subtitles_show_in_their_time() {
  run_script dvb-subtitles "$clip" "$folder/dvb.ts" || return 1
  streams_of "$folder/dvb.ts"
  [ "$(streams_of "$folder/dvb.ts")" = 'aac dvb_subtitle h264 ' ] || return 1
  first=$(ffprobe -v error -select_streams s -show_entries packet=pts_time -of csv=p=0 \
    "$folder/dvb.ts" | sed -n 's/,.*//; 1p')
  origin=$(ffprobe -v error -select_streams v -show_entries packet=pts_time -of csv=p=0 \
    "$folder/dvb.ts" | sed 's/,.*//' | grep . | sort -n | head -n 1)
  echo "subtitles from $first, pictures from $origin"
  awk -v first="$first" -v origin="$origin" -v wanted="$(awk '{ print $1; exit }' "$folder/rows")" \
    'BEGIN { late = first - origin - wanted; exit !(late > -0.1 && late < 0.1) }' || return 1
  ffmpeg -v error -i "$folder/dvb.ts" -filter_complex \
    "color=black:size=720x576:rate=5[black];[black][0:s]overlay=shortest=1,signalstats,metadata=print:key=lavfi.signalstats.YMAX:file=$folder/light" \
    -t 3 -f null - || return 1
  sed -n 's/.*YMAX=//p' "$folder/light" | sort -n | tail -n 1 | {
    read -r brightest
    echo "brightest $brightest"
    [ "$brightest" -gt 100 ]
  }
}

# TIME: how like the clip the burnt picture's lower part is then, in dB.
likeness_at() {
  ffmpeg -v info -ss "$1" -t 0.2 -i "$folder/burnt.mp4" -ss "$1" -t 0.2 -i "$clip" -filter_complex \
    '[0:v]crop=iw:ih/3:0:ih*2/3[a];[1:v]crop=iw:ih/3:0:ih*2/3[b];[a][b]psnr' -f null - 2>&1 |
    sed -n 's/.*average:\([0-9.inf]*\).*/\1/p' | sed 's/inf/99/; s/\..*//'
}

captions_are_drawn_while_they_last() {
  run_script burn-in "$clip" "$folder/burnt.mp4" || return 1
  [ "$(streams_of "$folder/burnt.mp4")" = 'aac h264 ' ] || return 1
  with=$(likeness_at 2)
  without=$(likeness_at 9)
  echo "likeness $with dB with a caption, $without dB after it"
  [ "$without" -gt 35 ] && [ "$with" -lt $((without - 15)) ]
}

hls_segments_are_whole() {
  run_script hls "$clip" "$folder/hls" || return 1
  cat "$folder"/hls/*.m3u8
  ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$folder/hls/master.m3u8" |
    grep -q h264 || return 1
  for segment in "$folder"/hls/captions*.vtt; do
    grep -q '^X-TIMESTAMP-MAP=MPEGTS:324000000,LOCAL:00:00:00.000$' "$segment" || return 1
  done
  # The zero of the captions' time is that of the pictures'.
  ffprobe -v error -select_streams v -show_entries stream=start_pts -of csv=p=0 \
    "$folder/hls/media00000.ts" | grep -q '^324000000'
}

# PAGE: what the browser shows at 2.5 s is the first caption.
browser_shows_the_caption() {
  python3 "$here/play_in_browser.py" "$browser" "$folder/hls" "$1" > "$folder/shown" || return 1
  cat "$folder/shown"
  awk 'NR == 1 { mode = $1; sub(/^[^ ]* /, "") } { gsub(/\[|\]/, ""); text = text (NR > 1 ? " " : "") $0 }
       END { sub(/\.$/, "", text); print tolower(text); exit mode != "showing" }' "$folder/shown" > "$folder/read" &&
    head -n 1 "$folder/rows" > "$folder/wanted" && same_captions "$folder/wanted" "$folder/read" 0.1
}

it srt_is_shaped_and_read_by_ffmpeg srt_is_shaped
it webvtt_is_read_by_ffmpeg webvtt_is_read_by_ffmpeg
it captions_are_printed_as_they_come captions_are_printed
it the_demo_names_what_sounds demo_names_the_sound
it matroska_has_a_track_of_the_captions track_holds_captions matroska mkv subrip
it mp4_has_a_track_of_the_captions track_holds_captions mp4 mp4 mov_text
it closed_captions_of_a_transport_stream_come_back closed_captions_come_back cea608
it cea_608_beside_cea_708_comes_back closed_captions_come_back cea708
it cea_708_comes_back cea708_comes_back
it dvb_subtitles_show_in_their_time dvb_subtitles_show_in_their_time
it captions_are_drawn_while_they_last captions_are_drawn_while_they_last
it hls_segments_share_one_zero_of_time hls_segments_are_whole

browser=''
for name in chromium-headless-shell chromium google-chrome; do
  [ -n "$browser" ] || browser=$(command -v $name) || browser=''
done
if [ -z "$browser" ]; then
  skip a_browser_shows_the_webvtt_file 'no Chromium on this machine'
  skip a_browser_shows_the_captions_of_hls 'no Chromium on this machine'
else
  cp "$here/track.html" "$here/hls.html" "$folder/hls"
  cp "$clip" "$folder/hls/medium.mp4"
  cp "$folder/captions.vtt" "$folder/hls/captions.vtt"
  it a_browser_shows_the_webvtt_file browser_shows_the_caption track.html
  if timeout 120 npm install --silent --prefix "$folder/npm" hls.js@1.5.20 > "$folder/log" 2>&1; then
    cp "$folder/npm/node_modules/hls.js/dist/hls.min.js" "$folder/hls"
    it a_browser_shows_the_captions_of_hls browser_shows_the_caption hls.html
  else
    skip a_browser_shows_the_captions_of_hls "hls.js cannot be had: $(tail -n 1 "$folder/log")"
  fi
fi
finish
