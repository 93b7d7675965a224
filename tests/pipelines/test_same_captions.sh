#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same file gives the same captions, whichever of its decoders is faster, however busy the
# machine is and however the file is made.
#
#     test_same_captions.sh DALI_CAPTION DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
caption=$1
toyworld=$2
here=$(dirname "$0")
# shellcheck source=pipelines/launch.sh
. "$here/../../pipelines/launch.sh"
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip the_same_file_gives_the_same_captions "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

# Two minutes: twelve windows of ten seconds.
"$toyworld" --clips 12 --seed 12 --out "$folder/toy" >/dev/null 2>&1
for clip in "$folder"/toy/media/*.mp4; do echo "file '$clip'"; done > "$folder/list"
make() {
  ffmpeg -v error -y "$@"
}
make -f concat -safe 0 -i "$folder/list" -t 120 -c:v libx264 -preset veryfast -c:a aac \
  "$folder/whole.mp4"

modalities_of() {
  sed -n 's/.*"modality": *"\([a-z]*\)".*/\1/p' "$1" | sort | uniq -c | awk '{ print $1, $2 }'
}

# FILE RUNS MODALITIES: every run writes the same, of windows with these modalities. Half of the
# runs share the processors with two loops. Captions that repeat the last one are merged into it:
# the numbers are those of windows as long as no two in a row get the same words.
is_the_same_each_time() {
  run=0
  while [ "$run" -lt "$2" ]; do
    loops=''
    if [ $((run % 2)) -eq 1 ]; then
      for _ in 1 2; do
        timeout 60 sh -c 'while :; do :; done' &
        loops="$loops $!"
      done
    fi
    timeout 120 "$caption" -q "$1" -o "$folder/$run.json"
    status=$?
    # shellcheck disable=SC2086  # one word a process
    [ -z "$loops" ] || { kill $loops; wait $loops 2>/dev/null; }
    [ "$status" -eq 0 ] || return 1
    same "$folder/0.json" "$folder/$run.json" || return 1
    run=$((run + 1))
  done
  modalities_of "$folder/0.json"
  [ "$(modalities_of "$folder/0.json" | tr '\n' ' ')" = "$3 " ]
}

it every_window_of_a_whole_file_has_its_picture_in_twenty_runs \
  is_the_same_each_time "$folder/whole.mp4" 20 '12 audiovisual'

make -i "$folder/whole.mp4" -itsoffset 23 -i "$folder/whole.mp4" -map 0:a -map 1:v -c copy -t 120 \
  "$folder/late.mkv"
it a_picture_that_comes_late_is_missing_until_then \
  is_the_same_each_time "$folder/late.mkv" 4 '2 audio 10 audiovisual'

make -i "$folder/whole.mp4" -t 47 -map 0:v -c copy "$folder/part.mp4"
make -i "$folder/whole.mp4" -i "$folder/part.mp4" -map 0:a -map 1:v -c copy "$folder/early.mkv"
it a_picture_that_ends_early_is_missing_from_then_on \
  is_the_same_each_time "$folder/early.mkv" 4 '7 audio 5 audiovisual'

make -i "$folder/whole.mp4" -vf "select='not(between(t,31,58))'" -af "aselect='not(between(t,72,95))'" \
  -c:v libx264 -preset veryfast -vsync passthrough -c:a flac "$folder/holes.mkv"
holes_are_the_same_each_time() {
  is_the_same_each_time "$folder/holes.mkv" 4 none
  # One window lies in the picture's hole, two in that of the sound.
  grep -c '"audiovisual"' "$folder/0.json"
  grep -q '"audio"' "$folder/0.json" && grep -q '"image"' "$folder/0.json" &&
    same "$folder/0.json" "$folder/3.json"
}
it holes_in_picture_and_sound_are_left_to_the_other holes_are_the_same_each_time

for seconds in 30 120; do
  python3 "$here/interleave_badly.py" "$folder/whole.mp4" "$folder/apart-$seconds.mkv" "$seconds"
  it "sound_that_lies_${seconds}_s_before_its_picture_loses_none" \
    is_the_same_each_time "$folder/apart-$seconds.mkv" 2 '12 audiovisual'
done

# gst-launch, with all that is said of each window in a file.
windows_of() {
  rm -f "$folder/windows.json"
  # shellcheck disable=SC2086  # several words
  timeout 120 $launch "$@" \
    dalicaptioner name=c json-location="$folder/windows.json" c.text_src ! fakesink async=false ||
    return 1
  modalities_of "$folder/windows.json"
  [ "$(modalities_of "$folder/windows.json" | tr '\n' ' ')" = '12 audiovisual ' ]
}
apart=$folder/apart-30.mkv
nowhere='c.audio_src ! fakesink async=false c.video_src ! fakesink async=false'
for decoder in decodebin decodebin3; do
  # shellcheck disable=SC2086  # words of gst-launch
  it "${decoder}_brings_every_picture" \
    windows_of filesrc location="$apart" ! $decoder name=m \
    m. ! audioconvert ! c.audio_sink m. ! videoconvert ! c.video_sink $nowhere
done
# shellcheck disable=SC2086
it a_demuxer_without_queues_brings_every_picture \
  windows_of filesrc location="$apart" ! matroskademux name=m \
  m.audio_0 ! c.audio_sink m.video_0 ! jpegdec ! c.video_sink $nowhere
# shellcheck disable=SC2086
it a_demuxer_with_small_queues_brings_every_picture \
  windows_of filesrc location="$apart" ! matroskademux name=m \
  m.audio_0 ! queue max-size-time=500000000 ! c.audio_sink \
  m.video_0 ! queue max-size-buffers=3 ! jpegdec ! c.video_sink $nowhere
it branches_of_tees_with_small_queues_bring_every_picture \
  windows_of filesrc location="$apart" ! matroskademux name=m \
  m.audio_0 ! tee name=sound sound. ! queue max-size-buffers=2 ! c.audio_sink \
  sound. ! queue max-size-buffers=2 ! fakesink async=false \
  m.video_0 ! jpegdec ! tee name=picture picture. ! queue max-size-buffers=2 ! c.video_sink \
  picture. ! queue max-size-buffers=2 ! fakesink async=false

# A muxer takes no more sound before it has the text, and the text waits for pictures of which the
# demuxer says only that none come: after 14 s of sound in a queue nothing would move.
make -i "$folder/early.mkv" -map 0 -c:v copy -c:a pcm_s16le -ar 48000 -ac 2 "$folder/large.mkv"
a_muxer_goes_on() {
  # shellcheck disable=SC2086  # several words
  timeout 120 $launch filesrc location="$folder/large.mkv" ! decodebin name=m \
    m. ! audioconvert ! c.audio_sink m. ! videoconvert ! c.video_sink \
    dalicaptioner name=c c.text_src ! queue ! mux. \
    c.audio_src ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=14000000000 ! mux. \
    matroskamux name=mux ! filesink location="$folder/muxed.mkv" || return 1
  ffprobe -v error -show_entries format=duration -of csv=p=0 "$folder/muxed.mkv" |
    awk '{ print; exit !($1 > 119 && $1 < 121) }'
}
it a_muxer_with_a_picture_that_ends_early_goes_on a_muxer_goes_on

finish
