#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Captions count from the first moment that a medium presents, as ffprobe's start_time says when that
# is. With the embedded model: a medium of 24 s that sounds from 10.06 to 19.94 s has one caption, of
# the window from 10 to 20 s, and a zero that is off by more than that gives it another or a second.
#
#     test_times.sh DALI_CAPTION DALI_TOYWORLD PIPELINES_FOLDER
set -u
. "$(dirname "$0")/tap.sh"
caption=$1
toyworld=$2
pipelines=$3
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip times_of_captions "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

make() {
  ffmpeg -v error -y "$@" || { echo "Bail out! ffmpeg $*"; exit 1; }
}

# FILE FROM TO: a clip of the toy world that sounds from one second to another.
make_clip() {
  make -stream_loop 4 -i "$clip" -t 24 -af "volume=0:enable='not(between(t,$2,$3))'" -r 25 -ar 48000 \
    -c:v libx264 -preset veryfast -g 100 -vf scale=64:64 -c:a aac -b:a 64k "$1"
}

start_of() {
  ffprobe -v error -show_entries format=start_time -of csv=p=0 "$1"
}

# CUES [END]: lines "START END" of one cue, 10 to 20 s or to END, to a frame.
is_ten_to_twenty() {
  cat "$1"
  awk -v end="${2:-20}" '
    { cues++; if ($1 < 9.96 || $1 > 10.04 || $2 < end - 0.04 || $2 > end + 0.04) failed = 1 }
    END { exit failed || cues != 1 }' "$1"
}

# The cues of a WebVTT or SRT file.
cues_of() {
  awk '
    function seconds(time) { gsub(",", ".", time); n = split(time, part, ":")
                             return (n > 2 ? part[n - 2] * 3600 : 0) + part[n - 1] * 60 + part[n] }
    / (-->|-) [0-9]/ { print seconds($1), seconds($3) }' "$1"
}

# CONTAINER: its subtitles as ffmpeg plays them, from start_time on.
cues_in() {
  ffmpeg -v error -i "$1" -map 0:s -f srt - > "$folder/track.srt" && cues_of "$folder/track.srt"
}

captions_of() {
  "$caption" -q --max-new-tokens 6 "$@"
}

# MEDIUM: in JSON, and with nothing to say on standard error.
counts_from_the_first_moment() {
  echo "start_time $(start_of "$1")"
  captions_of -f json "$1" > "$folder/captions.json" 2> "$folder/said" || return 1
  cat "$folder/said"
  sed -n 's/.*"start": \([0-9.]*\),/\1/p; s/.*"end": \([0-9.]*\),/\1/p' "$folder/captions.json" |
    paste -d ' ' - - > "$folder/cues"
  is_ten_to_twenty "$folder/cues" && [ ! -s "$folder/said" ]
}

# WORDS MEDIUM: captions, and one line.
says_of_it() {
  captions_of "$2" > "$folder/lines" 2> "$folder/said"
  cat "$folder/lines" "$folder/said"
  [ -s "$folder/lines" ] && [ "$(wc -l < "$folder/said")" -eq 1 ] && grep -qF "$1" "$folder/said"
}

# The same of a medium that comes through a pipe and is printed as it comes: GStreamer alone reads it.
says_of_it_in_a_pipe() {
  cat "$2" | captions_of - > "$folder/lines" 2> "$folder/said"
  cat "$folder/lines" "$folder/said"
  [ -s "$folder/lines" ] && [ "$(wc -l < "$folder/said")" -eq 1 ] && grep -qF "$1" "$folder/said"
}

# MEDIUM FORMAT
text_counts_from_the_first_moment() {
  captions_of -o "$folder/captions.$2" "$1" && cues_of "$folder/captions.$2" > "$folder/cues" &&
    is_ten_to_twenty "$folder/cues"
}

# MEDIUM ttml|scc|mcc|stl
exchanged_text_counts_from_the_first_moment() {
  captions_of -o "$folder/captions.$2" "$1" &&
    python3 -B "$(dirname "$0")/check_$2.py" "$folder/captions.$2" | cut -d ' ' -f 1,2 > "$folder/cues" &&
    is_ten_to_twenty "$folder/cues"
}

lines_count_from_the_first_moment() {
  captions_of "$1" > "$folder/lines" && cues_of "$folder/lines" > "$folder/cues" &&
    is_ten_to_twenty "$folder/cues"
}

# MEDIUM CONTAINER
track_counts_from_the_first_moment() {
  captions_of "$1" -o "$folder/captioned.$2" && cues_in "$folder/captioned.$2" > "$folder/cues" &&
    is_ten_to_twenty "$folder/cues"
}

# Shaped captions show for 7 s at most.
shaped_end=17

# SCRIPT MEDIUM FILE
script_writes() {
  rm -f "$3"
  timeout 120 "$pipelines/$1.sh" "$2" "$3" || { echo "$1.sh ended with status $?"; return 1; }
  case $3 in
    *.vtt | *.srt) cues_of "$3" ;;
    *) cues_in "$3" ;;
  esac > "$folder/cues"
}

script_counts_from_the_first_moment() {
  script_writes "$@" && is_ten_to_twenty "$folder/cues"
}

shaped_script_counts_from_the_first_moment() {
  script_writes "$@" && is_ten_to_twenty "$folder/cues" "$shaped_end"
}

# DVB's subtitles are pictures: the first one shows the caption.
dvb_counts_from_the_first_moment() {
  timeout 120 "$pipelines/dvb-subtitles.sh" "$1" "$folder/dvb.ts" || return 1
  ffprobe -v error -select_streams s -show_entries packet=pts_time -of csv=p=0 "$folder/dvb.ts" |
    awk -v start="$(start_of "$folder/dvb.ts")" '
      NR == 1 { print $1 - start; is_right = $1 - start > 9.96 && $1 - start < 10.04 }
      END { exit !is_right }'
}

# Sent before they show, and no later than that.
closed_captions_count_from_the_first_moment() {
  timeout 120 "$pipelines/cea608.sh" "$1" "$folder/cea608.ts" || return 1
  ffmpeg -v error -f lavfi -i "movie=$folder/cea608.ts[out+subcc]" -map 0:s -f srt - > "$folder/cc.srt"
  cues_of "$folder/cc.srt" > "$folder/cues"
  is_ten_to_twenty "$folder/cues" "$shaped_end"
}

# The captions' clock shows its zero when the pictures' first timestamp comes.
hls_counts_from_the_first_moment() {
  timeout 120 "$pipelines/hls.sh" "$1" "$folder/hls" || return 1
  first=$(start_of "$folder/hls/media00000.ts")
  cat "$folder"/hls/captions*.vtt | grep -e '-->' | sort -u > "$folder/hls.vtt"
  cues_of "$folder/hls.vtt" |
    awk -v first="$first" '{ print $1 + 3600 - first, $2 + 3600 - first }' > "$folder/cues"
  is_ten_to_twenty "$folder/cues" "$shaped_end" &&
    grep -l -e '-->' "$folder"/hls/captions*.vtt | wc -l | grep -qx '[23]'
}

"$toyworld" --clips 1 --split test --seed 4711 --out "$folder/world" > "$folder/log" 2>&1 ||
  { cat "$folder/log"; echo 'Bail out! dali-toyworld failed'; exit 1; }
clip=$(find "$folder/world" -name '*.mp4' | head -n 1)
base=$folder/base.mp4
make_clip "$base" 10.06 19.94
make_clip "$folder/second-early.mp4" 9.06 18.94
make_clip "$folder/second-late.mp4" 11.36 21.24
make_clip "$folder/rings-on.mp4" 10.06 19.7  # Opus goes on for a while

# NAME FILE FFMPEG_OPTION...: the medium, copied into another container.
check_copy() {
  name=$1
  file=$folder/$2
  shift 2
  make -i "$base" -c copy "$@" "$file"
  it "$name" counts_from_the_first_moment "$file"
}

it an_mp4_counts_from_its_first_moment counts_from_the_first_moment "$base"
check_copy a_transport_stream_counts_from_its_first_moment whole.ts
check_copy a_clock_that_runs_ahead_by_two_seconds_counts_for_nothing ahead.ts \
  -muxdelay 1.8 -muxpreload 1
check_copy a_clock_that_runs_over_in_the_stream_goes_on over.ts -output_ts_offset 95430
check_copy a_clock_that_ran_over_before_goes_on ran-over.ts -output_ts_offset 95443.7177
check_copy a_matroska_from_100_s_on_counts_from_there at-100.mkv -output_ts_offset 100
check_copy a_matroska_from_25_h_on_counts_from_there at-25-h.mkv -output_ts_offset 90000
check_copy a_matroska_from_before_zero_on_counts_from_there before.mkv -output_ts_offset -1 \
  -avoid_negative_ts disabled
check_copy an_mp4_from_100_s_on_counts_from_there at-100.mp4 -output_ts_offset 100
check_copy an_mp4_from_25_h_on_counts_from_there at-25-h.mp4 -output_ts_offset 90000
check_copy an_flv_from_100_s_on_counts_from_there at-100.flv -output_ts_offset 100
check_copy a_fragmented_mp4_counts_from_its_first_moment fragmented.mp4 \
  -movflags frag_keyframe+delay_moov
check_copy hls_counts_from_its_first_moment hls.m3u8 -f hls -hls_time 4 -hls_list_size 0
check_copy hls_of_fragments_counts_from_its_first_moment fragments.m3u8 -f hls -hls_time 4 \
  -hls_list_size 0 -hls_segment_type fmp4 -hls_fmp4_init_filename init.mp4 \
  -hls_segment_filename "$folder/fragment%d.m4s"

# A sound or a picture that begins a second after the other.
make -itsoffset 0.6 -i "$base" -i "$base" -map 0:v -map 1:a -c copy "$folder/late-picture.ts"
it the_zero_of_a_stream_is_its_earlier_sound counts_from_the_first_moment "$folder/late-picture.ts"
# What comes before a stream's clock, that of its picture, is given no time by GStreamer, but by FFmpeg's
# libraries.
for seconds in 1 3; do
  make -itsoffset $seconds -i "$base" -i "$base" -map 0:v -map 1:a -c copy "$folder/early-sound.ts"
  it "sound_${seconds}_s_before_a_streams_picture_is_the_zero" \
    counts_from_the_first_moment "$folder/early-sound.ts"
done
it sound_before_a_clock_is_complained_of_in_a_pipe says_of_it_in_a_pipe 'before its clock' \
  "$folder/early-sound.ts"
make -itsoffset 1 -i "$base" -i "$base" -map 0:v -map 1:a -c copy "$folder/late-picture.mkv"
it the_zero_of_a_matroska_is_its_earlier_sound counts_from_the_first_moment "$folder/late-picture.mkv"
for container in ts mkv mp4; do
  make -itsoffset 1 -i "$folder/second-early.mp4" -i "$base" -map 1:v -map 0:a -c copy \
    "$folder/late-sound.$container"
  it "the_zero_is_the_earlier_picture_in_$container" \
    counts_from_the_first_moment "$folder/late-sound.$container"
done
# Cut between key frames, by an edit list.
make -ss 1.3 -i "$folder/second-late.mp4" -c copy "$folder/cut.mp4"
it what_an_edit_list_cuts_off_is_no_part counts_from_the_first_moment "$folder/cut.mp4"

for file in sound.mp3 sound.m4a sound.aac sound.opus sound.ogg sound.flac sound.wav; do
  make -i "$folder/rings-on.mp4" -vn "$folder/$file"
  it "a_${file#*.}_counts_from_its_first_moment" counts_from_the_first_moment "$folder/$file"
done
make -i "$base" -c:v mpeg2video -c:a mp2 "$folder/program.mpg"
it a_program_stream_counts_from_its_first_moment counts_from_the_first_moment "$folder/program.mpg"
make -i "$base" -c:v mpeg4 -c:a libmp3lame "$folder/interleaved.avi"
it an_avi_counts_from_its_first_moment counts_from_the_first_moment "$folder/interleaved.avi"
make -i "$folder/rings-on.mp4" -c:v copy -c:a libopus "$folder/opus.mkv"
it an_encoders_delay_counts_for_nothing counts_from_the_first_moment "$folder/opus.mkv"

# A track that lasts less than a fifth of the movie.
make -i "$base" -t 4 -c copy "$folder/short.mp4"
make -i "$folder/short.mp4" -i "$folder/base.mp4" -map 0:v -map 1:a -c copy "$folder/short-picture.mp4"
it a_short_picture_is_no_preview counts_from_the_first_moment "$folder/short-picture.mp4"

# Whatever is cut short is still called so.
head -c $(($(wc -c < "$folder/at-100.mkv") / 2)) "$folder/at-100.mkv" > "$folder/half.mkv"
it half_a_matroska_from_100_s_on_is_called_cut_short says_of_it 'of 24.0 s; it may be cut short' \
  "$folder/half.mkv"

for medium in "$folder/ahead.ts" "$folder/at-100.mkv"; do
  of=of_$(basename "$medium" | tr .- _)
  it "webvtt_$of" text_counts_from_the_first_moment "$medium" vtt
  it "srt_$of" text_counts_from_the_first_moment "$medium" srt
  for format in ttml scc mcc stl; do
    it "${format}_$of" exchanged_text_counts_from_the_first_moment "$medium" $format
  done
  it "lines_$of" lines_count_from_the_first_moment "$medium"
  it "matroska_$of" track_counts_from_the_first_moment "$medium" mkv
  it "mp4_$of" track_counts_from_the_first_moment "$medium" mp4
  it "webvtt_sh_$of" script_counts_from_the_first_moment webvtt "$medium" "$folder/script.vtt"
  it "srt_sh_$of" shaped_script_counts_from_the_first_moment srt "$medium" "$folder/script.srt"
  it "matroska_sh_$of" script_counts_from_the_first_moment matroska "$medium" "$folder/script.mkv"
  it "mp4_sh_$of" script_counts_from_the_first_moment mp4 "$medium" "$folder/script.mp4"
  it "dvb_subtitles_sh_$of" dvb_counts_from_the_first_moment "$medium"
  it "cea608_sh_$of" closed_captions_count_from_the_first_moment "$medium"
  it "hls_sh_$of" hls_counts_from_the_first_moment "$medium"
done
finish
