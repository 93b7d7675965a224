#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# How one looks into what runs: --verbose, GST_DEBUG, pictures of the pipeline, the latency tracer.
#
#     test_debugging.sh DALI_CAPTION
set -u
. "$(dirname "$0")/tap.sh"
caption=$1
new_folder
unset GST_DEBUG GST_DEBUG_FILE GST_DEBUG_DUMP_DOT_DIR GST_TRACERS
export GST_DEBUG_NO_COLOR=1
clip=$folder/clip.mp4

# Three windows of sound and picture.
ffmpeg -v error -f lavfi -i sine=duration=25 -f lavfi -i testsrc=duration=25:size=64x48:rate=10 \
  -pix_fmt yuv420p -c:v libx264 -c:a aac "$clip"

# captioned NAME [OPTION...]: captions on standard output and in NAME.vtt, the rest in NAME.err.
captioned() {
  name=$1
  shift
  "$caption" "$@" "$clip" > "$folder/$name.out" 2> "$folder/$name.err" &&
    "$caption" "$@" -o "$folder/$name.vtt" "$clip" 2>> "$folder/$name.err"
}

verbose_changes_nothing_but_standard_error() {
  captioned plain && captioned told -v && captioned detailed -vv || return 1
  for name in told detailed; do
    cmp "$folder/plain.out" "$folder/$name.out" && cmp "$folder/plain.vtt" "$folder/$name.vtt" ||
      return 1
  done
  [ -s "$folder/plain.out" ] && [ ! -s "$folder/plain.err" ]
}

# says NAME LINE...: each begins a line of what was said.
says() {
  said=$folder/$1.err
  shift
  for line in "$@"; do
    grep -- "$line" "$said" || { echo "not said: $line"; cat "$said"; return 1; }
  done
}

verbose_tells_decisions() {
  says told '^dali-caption: file://.*clip.mp4: sound track 1, picture track 1' \
    '^dalicaptioner[0-9]*: loaded the embedded model in .* tensors' \
    '^dali-caption: captions are made from audio/x-raw' \
    '^dalicaptioner[0-9]*: window 2 \[20.000, 25.000) captioned "' \
    "^dali-caption: [0-9]* captions of .* go to $folder/told.vtt" &&
    ! grep 'opened\|queued' "$folder/told.err"
}

twice_verbose_tells_each_step() {
  says detailed '^dalicaptioner[0-9]*: window \[10.000, 20.000) opened' \
    '^dalicaptioner[0-9]*: window 1 queued' \
    '^dalicaptioner[0-9]*:text_src: text \[20.000, 25.000) pushed'
}

gst_debug_decides_where_it_is_set() {
  GST_DEBUG=dalimodel:4 captioned chosen -vv &&
    says chosen 'INFO  *dalimodel .*loaded the embedded model' && ! grep window "$folder/chosen.err"
}

a_container_says_what_becomes_of_each_stream() {
  "$caption" -v -o "$folder/captioned.mkv" "$clip" 2> "$folder/mkv.err" &&
    says mkv '^dali-caption: stream 0 (h264) is copied' '^dali-caption: stream 1 (aac) is copied'
}

help_names_it() {
  "$caption" --help | grep -- '-v,--verbose'
}

# drawn FOLDER OCCASION: the one picture of that occasion.
drawn() {
  set -- "$1"/*-"$2".dot
  [ $# -eq 1 ] && [ -s "$1" ] && echo "$1"
}

the_pipeline_is_drawn_at_each_state() {
  mkdir "$folder/dots"
  GST_DEBUG_DUMP_DOT_DIR="$folder/dots" "$caption" -q "$clip" || return 1
  picture=$(drawn "$folder/dots" dali-caption.PAUSED_PLAYING) || return 1
  for name in GstURIDecodeBin GstDaliCaptioner merge-limit=60000 audio_sink video_sink text_src; do
    grep -q "$name" "$picture" || { echo "not drawn: $name"; return 1; }
  done
}

the_pipeline_is_drawn_when_it_fails() {
  mkdir "$folder/failed"
  GST_DEBUG_DUMP_DOT_DIR="$folder/failed" "$caption" -q --model "$folder/no-model" "$clip"
  drawn "$folder/failed" dali-caption.error
}

a_bin_names_what_is_in_it() {
  mkdir "$folder/bin"
  GST_DEBUG_DUMP_DOT_DIR="$folder/bin" timeout 60 gst-launch-1.0 -q filesrc location="$clip" ! \
    qtdemux name=media  media.audio_0 ! queue ! bin.audio_sink  media.video_0 ! queue ! \
    bin.video_sink  dalisubtitlebin name=bin mode=cea608  bin.audio_src ! fakesink sync=false \
    bin.video_src ! fakesink sync=false  fakesrc is-live=true num-buffers=0 ! fakesink async=false ||
    return 1
  picture=$(drawn "$folder/bin" gst-launch.PAUSED_PLAYING) || return 1
  for name in captioner captions text audio-input audio-undecoded audio-decoder audio-decoded \
    audio-hold audio-end video-shown-decoder video-shape video-encoder video-combiner; do
    grep -q "label=\"Gst[A-Za-z0-9]*\\\\n$name\\\\n" "$picture" ||
      { echo "not drawn: $name"; return 1; }
  done
}

# A caption is as late as the first sample of its window is old.
the_latency_tracer_names_the_text_pad() {
  GST_TRACERS='latency(flags=pipeline+element)' GST_DEBUG=GST_TRACER:7 timeout 60 \
    gst-launch-1.0 -q audiotestsrc is-live=true num-buffers=220 ! audio/x-raw,rate=44100 ! \
    captioner.audio_sink  dalicaptioner name=captioner window=1000 latency=2000 \
    captioner.text_src ! fakesink name=shown  2> "$folder/trace" || return 1
  grep ' element-latency, .*element=(string)captioner, src=(string)text_src' "$folder/trace" \
    > "$folder/of-text"
  grep -c ' latency, .*sink-element=(string)shown' "$folder/trace" || return 1
  tail -n 3 "$folder/of-text"
  sed -n 's/.*time=(guint64)\([0-9]*\),.*/\1/p' "$folder/of-text" |
    awk '$1 < 900000000 { early = 1 } { lines += 1 } END { exit early || lines == 0 }'
}

it verbose_changes_nothing_but_standard_error verbose_changes_nothing_but_standard_error
it verbose_tells_decisions verbose_tells_decisions
it twice_verbose_tells_each_step twice_verbose_tells_each_step
it gst_debug_decides_where_it_is_set gst_debug_decides_where_it_is_set
it a_container_says_what_becomes_of_each_stream a_container_says_what_becomes_of_each_stream
it help_names_it help_names_it
it the_pipeline_is_drawn_at_each_state the_pipeline_is_drawn_at_each_state
it the_pipeline_is_drawn_when_it_fails the_pipeline_is_drawn_when_it_fails
it a_bin_names_what_is_in_it a_bin_names_what_is_in_it
# GStreamer 1.26.2's waits for itself in any pipeline, with or without the element.
if GST_TRACERS='latency(flags=pipeline+element)' timeout 20 \
  gst-launch-1.0 -q fakesrc num-buffers=1 ! fakesink > "$folder/said" 2>&1; then
  it the_latency_tracer_names_the_text_pad the_latency_tracer_names_the_text_pad
else
  skip the_latency_tracer_names_the_text_pad \
    "the tracer does not let fakesrc and fakesink end: $(gst-launch-1.0 --version | sed -n 2p)"
fi
finish
