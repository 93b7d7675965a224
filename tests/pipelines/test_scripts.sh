#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every script in pipelines/ that takes a file, on sound alone, a picture alone and what is no
# medium: each ends with captions, or with status 1 and one line, and never hangs. With the embedded
# model.
#
#     test_scripts.sh PIPELINES_FOLDER DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
pipelines=$1
toyworld=$2
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip scripts_on_any_medium "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

make() {
  ffmpeg -v error -y "$@" || { echo "Bail out! ffmpeg $*"; exit 1; }
}

"$toyworld" --clips 1 --split test --seed 4711 --out "$folder/world" > "$folder/log" 2>&1 ||
  { cat "$folder/log"; echo 'Bail out! dali-toyworld failed'; exit 1; }
clip=$(find "$folder/world" -name '*.mp4' | head -n 1)
make -i "$clip" -vn "$folder/sound.mp3"
make -i "$clip" -an -c copy "$folder/picture.mp4"
make -i "$clip" -t 1.5 -vn "$folder/short.wav"
make -i "$clip" -i "$folder/short.wav" -map 0:v -map 1:a -c:v copy "$folder/short-sound.mp4"
printf '1\n00:00:00,000 --> 00:00:01,000\nHello.\n\n' > "$folder/text.srt"
make -i "$folder/text.srt" -c:s srt "$folder/text.mkv"
printf '%%PDF-1.4\n' > "$folder/paper.mp4"
: > "$folder/empty.mp4"
head -c 20000 "$clip" > "$folder/cut.mp4"
make -i "$clip" -c copy -output_ts_offset 100 "$folder/late.mp4"

# SCRIPT: the file or folder that it is to write.
output_of() {
  case $1 in
    srt) echo "$folder/out.srt" ;;
    webvtt) echo "$folder/out.vtt" ;;
    matroska) echo "$folder/out.mkv" ;;
    mp4 | burn-in) echo "$folder/out.mp4" ;;
    cea608 | cea708 | dvb-subtitles) echo "$folder/out.ts" ;;
    hls) echo "$folder/out.hls" ;;
  esac
}

run_script() {
  rm -rf "$folder"/out.*
  timeout 90 "$pipelines/$1.sh" "$2" "$(output_of "$1")"
}

streams_of() {
  ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$1" | grep . | sort -u | tr '\n' ' '
}

# SCRIPT MEDIUM STREAMS: a file of these streams.
writes() {
  run_script "$1" "$2" || { echo "$1.sh ended with status $?"; return 1; }
  found=$(streams_of "$(output_of "$1")")
  echo "holds $found"
  [ "$found" = "$3" ]
}

prints() {
  run_script captions-to-terminal "$1" > "$folder/printed" && grep -q -e '-->' "$folder/printed"
}

writes_playlists() {
  run_script hls "$1" || { echo "hls.sh ended with status $?"; return 1; }
  cat "$folder"/out.hls/*
  grep -q -e '-->' "$folder"/out.hls/captions*.vtt &&
    [ "$(streams_of "$folder/out.hls/media00000.ts")" = "$2" ]
}

ends_in_a_line() {
  fails_with 1 "$3" run_script "$1" "$2"
}

sound=$folder/sound.mp3
it sound_alone_is_printed prints "$sound"
it sound_alone_becomes_srt writes srt "$sound" 'subrip '
it sound_alone_becomes_webvtt writes webvtt "$sound" 'webvtt '
it sound_alone_goes_into_matroska writes matroska "$sound" 'aac subrip '
it sound_alone_goes_into_mp4 writes mp4 "$sound" 'aac mov_text '
it sound_alone_goes_with_dvb_subtitles writes dvb-subtitles "$sound" 'aac dvb_subtitle '
it sound_alone_goes_into_hls writes_playlists "$sound" 'aac '
for script in cea608 cea708; do
  it "sound_alone_shows_no_closed_captions_of_$script" \
    ends_in_a_line $script "$sound" "$sound: holds no picture that closed captions could go with"
done
it sound_alone_shows_no_captions_in_it \
  ends_in_a_line burn-in "$sound" "$sound: holds no picture to draw captions into"

picture=$folder/picture.mp4
it a_picture_alone_is_printed prints "$picture"
it a_picture_alone_becomes_srt writes srt "$picture" 'subrip '
it a_picture_alone_becomes_webvtt writes webvtt "$picture" 'webvtt '
it a_picture_alone_goes_into_matroska writes matroska "$picture" 'h264 subrip '
it a_picture_alone_goes_into_mp4 writes mp4 "$picture" 'h264 mov_text '
it a_picture_alone_goes_with_dvb_subtitles writes dvb-subtitles "$picture" 'dvb_subtitle h264 '
it a_picture_alone_goes_with_closed_captions writes cea608 "$picture" 'h264 '
it a_picture_alone_goes_with_cea_708 writes cea708 "$picture" 'h264 '
it a_picture_alone_is_drawn_into writes burn-in "$picture" 'h264 '
it a_picture_alone_goes_into_hls writes_playlists "$picture" 'h264 '

# ffprobe sees a sound here, and GStreamer's demuxer takes none from it.
it a_track_that_gstreamer_leaves_out_is_not_waited_for \
  writes matroska "$folder/short-sound.mp4" 'h264 subrip '

for script in captions-to-terminal srt webvtt matroska mp4 burn-in cea608 dvb-subtitles hls; do
  it "${script}_of_text_is_a_line" \
    ends_in_a_line "$script" "$folder/text.mkv" 'holds neither sound nor picture'
done
# GStreamer's demuxer gives none of its tracks.
for script in captions-to-terminal srt webvtt matroska mp4 burn-in cea608 dvb-subtitles hls; do
  it "${script}_of_an_mp4_that_begins_late_names_what_captions_it" ends_in_a_line "$script" \
    "$folder/late.mp4" "dali-caption captions it: dali-caption '$folder/late.mp4' -o CAPTIONS.vtt"
done

for script in srt cea608 mp4; do
  it "${script}_of_a_document_is_a_line" \
    ends_in_a_line "$script" "$folder/paper.mp4" "$folder/paper.mp4: "
  it "${script}_of_nothing_is_a_line" ends_in_a_line "$script" "$folder/empty.mp4" "$folder/empty.mp4: "
  it "${script}_of_a_file_that_is_cut_is_a_line" \
    ends_in_a_line "$script" "$folder/cut.mp4" "$folder/cut.mp4: "
  it "${script}_of_a_file_that_is_not_there_is_a_line" \
    ends_in_a_line "$script" "$folder/none.mp4" "$folder/none.mp4: No such file"
  it "${script}_of_a_folder_is_a_line" ends_in_a_line "$script" "$folder" 'not a file'
done
finish
