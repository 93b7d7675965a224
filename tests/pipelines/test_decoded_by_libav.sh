#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Media that GStreamer shows in part, or not at all, and FFmpeg's libraries decode: their captions are
# those of the same streams in a container that GStreamer knows. What neither decodes is said.
#
#     test_decoded_by_libav.sh DALI_CAPTION DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
caption=$1
toyworld=$2
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip media_are_decoded_by_libav "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

made() {
  timeout -s KILL 60 ffmpeg -nostdin -v error -y "$@" || { echo "Bail out! ffmpeg $*"; exit 1; }
}

# Two clips one after the other, for two windows that differ.
"$toyworld" --clips 2 --seed 12 --format webm --out "$folder/toy" > "$folder/said" 2>&1 ||
  { echo "Bail out! $(tail -n 1 "$folder/said")"; exit 1; }
for clip in "$folder"/toy/media/*; do
  echo "file '$clip'"
done > "$folder/clips"
made -f concat -safe 0 -i "$folder/clips" -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 \
  -c:a flac -ar 48000 "$folder/whole.mkv"

# MEDIUM OUTPUT [OPTION...]: what its captions say, a line a window.
captions_of() {
  medium=$1
  output=$2
  shift 2
  rm -f "$folder/captions.json"
  timeout 120 "$caption" -q "$@" "$medium" -o "$folder/captions.json" || return 1
  python3 -c '
import json, sys
for caption in json.load(open(sys.argv[1])):
    print(round(caption["start"]), round(caption["end"]), caption["modality"], caption["text"])
' "$folder/captions.json" > "$output"
}

# MEDIUM REFERENCE: both have the same captions, of sound and picture.
has_the_captions_of() {
  captions_of "$2" "$folder/wanted" && captions_of "$1" "$folder/found" || return 1
  same "$folder/wanted" "$folder/found" &&
    [ "$(grep -c audiovisual "$folder/wanted")" -eq 2 ]
}

# CODEC [EXTENSION]: whole.mkv with sound of another kind, in Matroska, which GStreamer decodes; and
# in another container.
with_sound() {
  made -i "$folder/whole.mkv" -c:v copy -c:a "$1" -strict -2 "$folder/$1.mkv"
  [ $# -lt 2 ] || made -i "$folder/$1.mkv" -c copy "$folder/$1.$2"
}

with_sound dca ts
it sound_that_a_demuxer_does_not_show_is_heard has_the_captions_of "$folder/dca.ts" "$folder/dca.mkv"

# A camcorder's kind of transport stream, with sound that such streams know nothing of.
with_sound aac ts
made -i "$folder/aac.ts" -c copy -mpegts_m2ts_mode 1 "$folder/aac.m2ts"
it sound_of_a_private_type_is_heard has_the_captions_of "$folder/aac.m2ts" "$folder/aac.ts"

made -i "$folder/whole.mkv" -c copy "$folder/whole.nut"
it a_container_whose_demuxer_hangs_is_read has_the_captions_of "$folder/whole.nut" "$folder/whole.mkv"

# What GStreamer has no name for: ALAC in Matroska, which is as exact as FLAC.
made -i "$folder/whole.mkv" -c:v copy -c:a alac "$folder/alac.mkv"
it a_codec_that_gstreamer_cannot_name_is_heard \
  has_the_captions_of "$folder/alac.mkv" "$folder/whole.mkv"

made -i "$folder/whole.mkv" -c:v ffv1 -pix_fmt yuv420p -c:a copy "$folder/ffv1.mkv"
made -i "$folder/ffv1.mkv" -c:v utvideo -pred 0 -pix_fmt yuv420p -c:a pcm_s16le "$folder/utvideo.avi"
it a_codec_that_gstreamer_cannot_name_is_seen \
  has_the_captions_of "$folder/utvideo.avi" "$folder/ffv1.mkv"

made -f lavfi -i sine=r=48000:d=20 -i "$folder/dca.mkv" -map 1:v -map 0:a -map 1:a -c:v copy \
  -c:a:0 dca -c:a:1 copy -strict -2 "$folder/two.ts"
has_the_captions_of_its_second_sound() {
  captions_of "$2" "$folder/wanted" && captions_of "$1" "$folder/found" --audio-track 2 &&
    same "$folder/wanted" "$folder/found"
}
it tracks_are_chosen_there_too has_the_captions_of_its_second_sound "$folder/two.ts" "$folder/dca.mkv"

# FILE: says what it was made without, has the captions of the rest, and is no success.
lacks_its_sound() {
  status=0
  said=$(timeout 120 "$caption" -q "$1" -o "$folder/lacking.json" 2>&1) || status=$?
  echo "status $status, said: $said"
  [ "$status" -eq 1 ] && [ "$(printf '%s\n' "$said" | wc -l)" -eq 1 ] || return 1
  case $said in
    *"$1: captions are made without its sound ("*"), which cannot be decoded") ;;
    *) return 1 ;;
  esac
  [ "$(grep -c '"modality": "image"' "$folder/lacking.json")" -eq 2 ]
}

# A codec that nobody knows.
sed 's/A_ALAC/A_XLAC/' "$folder/alac.mkv" > "$folder/unknown.mkv"
it a_track_that_nobody_decodes_is_said_and_no_success lacks_its_sound "$folder/unknown.mkv"

# Decoders pass over what they do not understand, which may be everything.
made -i "$folder/whole.mkv" -c:v copy -strict -2 -c:a dca -bsf:a noise=amount=1 "$folder/noise.mkv"
it a_track_that_is_nothing_but_damage_is_said_too lacks_its_sound "$folder/noise.mkv"

# One that was announced and never came is no loss.
announces_sound() {
  made -f lavfi -i anullsrc=r=48000 -i "$folder/whole.mkv" -map 1:v -map 0:a -t 4 -c:v copy -c:a aac \
    "$folder/both.mp4"
  made -i "$folder/both.mp4" -c copy -bsf:a noise=drop=1 "$folder/announced.mkv"
  ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$folder/announced.mkv" | grep -q audio
}
it a_track_without_packets_is_announced announces_sound
it it_is_not_missed timeout 120 "$caption" -q "$folder/announced.mkv"

lists_it_among_what_failed() {
  mkdir -p "$folder/many"
  status=0
  said=$(timeout 120 "$caption" -q "$folder/unknown.mkv" "$folder/whole.nut" -f vtt \
    -o "$folder/many" 2>&1) || status=$?
  echo "status $status, said: $said"
  [ "$status" -eq 1 ] && [ -s "$folder/many/unknown.vtt" ] && [ -s "$folder/many/whole.vtt" ] || return 1
  case $said in
    *'1 of 2 media captioned, 1 failed:'*"$folder/unknown.mkv"*) ;;
    *) return 1 ;;
  esac
}
it of_several_it_is_listed_with_those_that_failed lists_it_among_what_failed

# A wish for sound alone is one that cannot be met.
it sound_alone_that_nobody_decodes_is_an_error \
  fails_with 1 "$folder/unknown.mkv" timeout 120 "$caption" -q --modality audio "$folder/unknown.mkv"
it a_track_that_is_not_wanted_is_not_missed \
  timeout 120 "$caption" -q --modality image "$folder/unknown.mkv"

# Lists of other media, which either library would open.
made -i "$folder/whole.mkv" -c:v copy -c:a aac -f hls -hls_time 10 -hls_list_size 0 "$folder/list.m3u8"
printf 'ffconcat version 1.0\nfile whole.mkv\n' > "$folder/list.ffconcat"
for list in m3u8 ffconcat; do
  it "media_that_an_${list}_names_are_captioned" captions_of "$folder/list.$list" "$folder/found"
  it "media_that_an_${list}_names_are_not_opened_for_strangers" \
    fails_with 1 "$folder/list.$list: " timeout 120 "$caption" -q --no-references "$folder/list.$list"
done
refers_to_nothing() {
  captions_of "$1" "$folder/found" --no-references && captions_of "$1" "$folder/wanted" &&
    same "$folder/wanted" "$folder/found"
}
it a_medium_that_names_no_other_is_captioned_as_ever refers_to_nothing "$folder/whole.mkv"
it so_it_is_by_libav refers_to_nothing "$folder/whole.nut"

# An animation is as long as its pictures are shown, the last one too.
made -i "$folder/whole.mkv" -t 12 -an -vf fps=5,scale=128:-2 "$folder/moving.gif"
made -i "$folder/whole.mkv" -t 12 -an -vf fps=5,scale=128:-2 -f apng "$folder/moving.png"
is_seen_for() {
  captions_of "$2" "$folder/found" || return 1
  cat "$folder/found"
  grep -q '^0 .* image ' "$folder/found" && [ "$(tail -n 1 "$folder/found" | cut -d ' ' -f 2)" -eq "$1" ]
}
it a_gif_is_seen_to_its_end is_seen_for 12 "$folder/moving.gif"
it an_animated_png_is_seen_to_its_end is_seen_for 12 "$folder/moving.png"
finish
