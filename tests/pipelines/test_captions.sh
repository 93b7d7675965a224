#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# From media files to captions, with the embedded model: toy-world clips, and a real one from
# DALI_MEDIA_DIR (default: ../shared/media) where it is there.
#
#     test_captions.sh DALI_CAPTION DALI_TOYWORLD SOURCE_ROOT
set -u
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/ttml_rows.sh"
. "$(dirname "$0")/../../pipelines/launch.sh"
caption=$1
toyworld=$2
source_root=$3
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip captions_of_media_files "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

duration_of() {
  ffprobe -v error -show_entries format=duration -of csv=p=0 "$1"
}

# Header, blank lines, cue times, payloads; cues in time order and inside the clip.
is_webvtt_of() {
  cat "$1"
  awk -v duration="$(duration_of "$2")" '
    function seconds(time) { split(time, part, ":"); return part[1] * 3600 + part[2] * 60 + part[3] }
    function fault(what) { print FILENAME ":" NR ": " what; failed = 1 }
    NR == 1 { if ($0 != "WEBVTT") fault("no header"); wanted = "blank"; next }
    wanted == "blank" { if ($0 != "") fault("no blank line"); wanted = "times"; next }
    wanted == "times" {
      if ($0 !~ /^[0-9][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9][0-9][0-9] --> [0-9][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9][0-9][0-9]$/)
        fault("no cue times")
      start = seconds($1); end = seconds($3)
      if (end <= start) fault("a cue that ends before it starts")
      if (start < last_start) fault("cues out of order")
      if (end > duration + 0.001) fault("a cue beyond the clip of " duration " s")
      last_start = start; cues++; wanted = "text"; next
    }
    { if ($0 == "" || $0 ~ /-->/ || $0 ~ /</) fault("no clean text"); wanted = "blank" }
    END { if (!cues) fault("no cues"); exit failed }' "$1"
}

captions_are_webvtt() {
  "$caption" -q "$1" -o "$folder/captions.vtt" && is_webvtt_of "$folder/captions.vtt" "$1"
}

# The words and times of the WebVTT file, on lines.
captions_are_ttml() {
  "$caption" -q "$1" -o "$folder/captions.vtt" && "$caption" -q "$1" -o "$folder/captions.ttml" &&
    python3 -B "$(dirname "$0")/check_ttml.py" "$folder/captions.ttml" | sed 's, / , ,' > "$folder/found" || return 1
  awk 'function seconds(time) { split(time, part, ":"); return part[1] * 3600 + part[2] * 60 + part[3] }
       / --> / { printf "%.3f %.3f ", seconds($1), seconds($3); getline; print }' "$folder/captions.vtt" > "$folder/wanted"
  [ -s "$folder/wanted" ] && same "$folder/wanted" "$folder/found"
}

# The same in a track of an MP4 in fragments, as GStreamer demuxes it.
captions_are_stpp() {
  rm -f "$folder"/sample-*.ttml
  "$caption" -q "$1" -o "$folder/captions.ttml" &&
    "$caption" -q "$1" -o "$folder/stpp.mp4" --subtitles ttml --fragmented || return 1
  # shellcheck disable=SC2086  # several words
  timeout 60 $launch filesrc location="$folder/stpp.mp4" ! qtdemux name=media media.subtitle_0 ! \
    multifilesink location="$folder/sample-%05d.ttml" || return 1
  rows_of_documents "$(dirname "$0")/check_ttml.py" "$folder/captions.ttml" > "$folder/wanted" &&
    rows_of_documents "$(dirname "$0")/check_ttml.py" "$folder"/sample-*.ttml > "$folder/found" &&
    [ -s "$folder/wanted" ] && same "$folder/wanted" "$folder/found"
}

# Each on the screen as long as the WebVTT file has it, but for two frames, and for what the first takes to send.
# MEDIUM scc|mcc|stl
captions_are_of_frames() {
  "$caption" -q "$1" -o "$folder/captions.vtt" && "$caption" -q "$1" -o "$folder/captions.$2" &&
    python3 -B "$(dirname "$0")/check_$2.py" "$folder/captions.$2" > "$folder/found" || return 1
  cat "$folder/found"
  awk 'function seconds(time) { split(time, part, ":"); return part[1] * 3600 + part[2] * 60 + part[3] }
       FNR == NR { if (/ --> /) { start[++cues] = seconds($1); end[cues] = seconds($3) }; next }
       { late = $1 - start[FNR]; over = $2 - end[FNR]; shown = FNR
         if (late < -0.067 || late > (FNR == 1 ? 1.5 : 0.067) || over < -0.067 || over > 0.067) failed = 1 }
       END { exit failed || !cues || shown != cues }' "$folder/captions.vtt" "$folder/found"
}

says_the_same_twice() {
  "$caption" -q "$1" > "$folder/first" && "$caption" -q "$1" > "$folder/second" &&
    [ -s "$folder/first" ] && same "$folder/first" "$folder/second"
}

streams_of() {
  ffprobe -v error -show_entries stream=codec_type,codec_name -of csv=p=0 "$1"
}

# MEDIUM CONTAINER CODEC: the medium's own streams, as they were, and the subtitles beside them.
has_subtitle_track() {
  "$caption" -q "$1" -o "$folder/captioned.$2" || return 1
  { streams_of "$1"; echo "$3,subtitle"; } | sort > "$folder/wanted"
  streams_of "$folder/captioned.$2" | sort > "$folder/found"
  same "$folder/wanted" "$folder/found"
}

# What the track says is what the WebVTT file says.
track_holds_the_captions() {
  "$caption" -q "$1" -f json > "$folder/captions.json" &&
    "$caption" -q "$1" -o "$folder/captioned.$2" || return 1
  ffmpeg -v error -i "$folder/captioned.$2" -map 0:s -f srt - > "$folder/track.srt" || return 1
  text=$(sed -n 's/.*"text": "\(.*\)",$/\1/p' "$folder/captions.json" | head -n 1)
  cat "$folder/track.srt"
  [ -n "$text" ] && grep -qF "$text" "$folder/track.srt"
}

burns_captions_in() {
  "$caption" -q --burn-in "$1" -o "$folder/burnt.mp4" || return 1
  streams_of "$folder/burnt.mp4"
  streams_of "$folder/burnt.mp4" | grep -q 'h264,video' &&
    ! streams_of "$folder/burnt.mp4" | grep -q subtitle
}

every_cue_has() {
  "$caption" -q -f json "$2" --modality "$1" > "$folder/captions.json" || return 1
  cat "$folder/captions.json"
  grep -q "\"modality\": \"$1\"" "$folder/captions.json" &&
    ! grep '"modality"' "$folder/captions.json" | grep -qv "\"$1\""
}

tells_the_time_of_each_stage() {
  "$caption" -q --timing "$1" > "$folder/said" 2> "$folder/report" || return 1
  cat "$folder/report"
  for stage in 'load the model' mel pixels 'audio tower' 'vision tower' prefill decoding; do
    grep -E "^  $stage +[0-9]+\.[0-9]{5} s" "$folder/report" | grep -qv ' 0\.00000 s' || return 1
  done
  # The embedded model is small.
  grep -Eq '^  precision +float32, as a small model' "$folder/report" &&
    grep -Eq '^  resident memory +[0-9.]+ GiB at most' "$folder/report" && [ -s "$folder/said" ]
}

fits_one_medium_after_another() {
  mkdir -p "$folder/several"
  "$caption" -q -o "$folder/several" -f srt "$@" || return 1
  for medium in "$@"; do
    [ -s "$folder/several/$(basename "${medium%.*}").srt" ] || return 1
  done
}

one_bad_medium_does_not_stop_the_others() {
  "$caption" -q "$folder/nothing.mp4" "$1" > "$folder/said"
  [ $? -eq 1 ] && grep -q -- ' - ' "$folder/said"
}

# NAME MEDIUM: everything that must hold of any medium with sound and picture.
check_medium() {
  it "captions_of_$1_are_webvtt_in_time_order_inside_the_clip" captions_are_webvtt "$2"
  it "captions_of_$1_are_the_same_twice" says_the_same_twice "$2"
  it "matroska_of_$1_keeps_its_streams_and_lists_subtitles" has_subtitle_track "$2" mkv subrip
  it "mp4_of_$1_keeps_its_streams_and_lists_subtitles" has_subtitle_track "$2" mp4 mov_text
}

"$toyworld" --clips 2 --split test --format mixed --seed 4711 --out "$folder/world" > "$folder/log" 2>&1 ||
  { cat "$folder/log"; echo 'Bail out! dali-toyworld failed'; exit 1; }
mp4=$(find "$folder/world" -name '*.mp4' | sort | head -n 1)
webm=$(find "$folder/world" -name '*.webm' | sort | head -n 1)

check_medium a_toy_clip "$mp4"
it the_mp4_track_holds_the_captions track_holds_the_captions "$mp4" mp4
it the_matroska_track_holds_the_captions track_holds_the_captions "$mp4" mkv
it captions_can_be_drawn_into_the_picture burns_captions_in "$mp4"
it sound_alone_can_be_asked_for every_cue_has audio "$mp4"
it the_picture_alone_can_be_asked_for every_cue_has image "$mp4"
it both_can_be_asked_for every_cue_has audiovisual "$mp4"
it the_time_of_each_stage_is_told tells_the_time_of_each_stage "$mp4"
it one_bad_medium_does_not_stop_the_others one_bad_medium_does_not_stop_the_others "$mp4"

ffmpeg -v error -i "$mp4" -map 0:a -c copy "$folder/sound.m4a"
ffmpeg -v error -i "$mp4" -map 0:v -c copy "$folder/picture.mp4"
it a_file_with_sound_alone_gets_captions captions_are_webvtt "$folder/sound.m4a"
it a_file_with_a_picture_alone_gets_captions captions_are_webvtt "$folder/picture.mp4"
it ttml_of_sound_and_picture_holds_the_captions captions_are_ttml "$mp4"
for format in scc mcc stl; do
  it "${format}_of_sound_and_picture_shows_the_captions" captions_are_of_frames "$mp4" $format
  it "${format}_of_sound_alone_shows_the_captions" captions_are_of_frames "$folder/sound.m4a" $format
  it "${format}_of_a_picture_alone_shows_the_captions" captions_are_of_frames "$folder/picture.mp4" $format
done
it ttml_of_sound_alone_holds_the_captions captions_are_ttml "$folder/sound.m4a"
it ttml_of_a_picture_alone_holds_the_captions captions_are_ttml "$folder/picture.mp4"
for medium in "$mp4" "$folder/sound.m4a" "$folder/picture.mp4"; do
  it "stpp_of_$(basename "$medium")_holds_the_captions" captions_are_stpp "$medium"
done
it sound_alone_gets_a_subtitle_track has_subtitle_track "$folder/sound.m4a" mkv subrip
it several_media_go_into_a_folder fits_one_medium_after_another "$folder/sound.m4a" "$mp4"
it a_modality_that_the_file_lacks_is_an_error \
  fails_with 1 'picture.mp4: ' "$caption" -q --modality audio "$folder/picture.mp4"
it webm_gets_captions captions_are_webvtt "$webm"
it webm_keeps_its_streams_in_matroska has_subtitle_track "$webm" mkv subrip

real=${DALI_MEDIA_DIR:-$source_root/../shared/media}/00W1lcxW-WU_40.000.mp4
if [ -f "$real" ]; then
  check_medium a_real_clip "$real"
else
  skip captions_of_a_real_clip "no $real"
fi
finish
