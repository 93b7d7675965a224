#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where media come from and where captions go: pipes, URIs, tracks, full devices, processes that die.
# With the embedded model.
#
#     test_inputs_and_outputs.sh DALI_CAPTION
set -u
. "$(dirname "$0")/tap.sh"
caption=$(realpath "$1")
new_folder
cd "$folder" || exit 1

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip inputs_and_outputs "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

make() {
  ffmpeg -v error -y "$@" < /dev/null || { echo "Bail out! ffmpeg $*"; exit 1; }
}

captions_of() {
  timeout 120 "$caption" -q --max-new-tokens 8 "$@"
}

make -f lavfi -i testsrc2=duration=3:size=64x48:rate=5 -f lavfi -i sine=duration=3 \
  -c:v libx264 -pix_fmt yuv420p -c:a aac clip.mp4
make -i clip.mp4 -c copy clip.mkv
captions_of clip.mp4 -f vtt > wanted.vtt || { echo 'Bail out! dali-caption'; exit 1; }

has_the_captions() {
  grep -q -- '-->' wanted.vtt && same wanted.vtt "$1"
}

from_standard_input() {
  captions_of - -f vtt -o stdin.vtt < clip.mp4 && has_the_captions stdin.vtt
}
from_a_pipe_to_a_pipe() {
  # shellcheck disable=SC2002  # it has to be a pipe
  cat clip.mp4 | captions_of - -f vtt -o - > piped.vtt && has_the_captions piped.vtt
}
# The index of clip.mp4 comes last: it cannot be captioned before it is whole.
lines_from_a_pipe() {
  captions_of "$1" > wanted.txt || return 1
  # shellcheck disable=SC2002
  cat "$1" | captions_of - > lines.txt && same wanted.txt lines.txt
}
from_a_fifo() {
  rm -f fifo && mkfifo fifo || return 1
  cat clip.mp4 > fifo &
  captions_of fifo -o "fifo.$1"
  status=$?
  wait
  [ "$status" -eq 0 ] && [ -s "fifo.$1" ] && [ -z "$(find . -name '.dali*')" ]
}
it standard_input_is_a_medium from_standard_input
it a_pipe_is_a_medium from_a_pipe_to_a_pipe
it an_mp4_in_a_pipe_is_printed lines_from_a_pipe clip.mp4
it a_matroska_in_a_pipe_is_printed lines_from_a_pipe clip.mkv
it a_fifo_gives_text from_a_fifo vtt
it a_fifo_gives_a_matroska from_a_fifo mkv
it a_fifo_gives_an_mp4 from_a_fifo mp4

decoded_names() {
  mkdir -p 'names' && cp clip.mp4 'a clip.mp4' || return 1
  captions_of "file://$folder/a%20clip.mp4" -o names || return 1
  ls names
  has_the_captions 'names/a clip.vtt'
}
names_that_differ() {
  mkdir -p one two several && cp clip.mp4 one && cp clip.mp4 two && cp clip.mp4 clip-2.mp4 || return 1
  captions_of one/clip.mp4 two/clip.mp4 clip-2.mp4 -o several || return 1
  ls several > found
  printf 'clip-2.vtt\nclip-3.vtt\nclip.vtt\n' | same - found && has_the_captions several/clip-3.vtt
}
target_of_a_link() {
  rm -f link.vtt target.vtt && ln -s target.vtt link.vtt || return 1
  captions_of clip.mp4 -o link.vtt && [ -h link.vtt ] && has_the_captions target.vtt
}
it an_encoded_uri_names_its_output_decoded decoded_names
# Nothing listens at the discard port of this machine.
if gst-inspect-1.0 --exists souphttpsrc; then
  it a_server_that_is_not_reached_is_named_in_one_line fails_with 1 \
    'http://127.0.0.1:9/clip.mp4: 127.0.0.1 cannot be reached' captions_of http://127.0.0.1:9/clip.mp4
else
  skip a_server_that_is_not_reached_is_named_in_one_line 'souphttpsrc is not installed'
fi
it media_of_one_name_get_outputs_that_differ names_that_differ
it a_link_to_nothing_gets_its_target target_of_a_link

# COMMAND...: its standard output goes to a full device.
on_a_full_device() {
  "$@" > /dev/full
}
it text_on_a_full_device_is_an_error \
  fails_with 1 'standard output: cannot be written: No space' on_a_full_device captions_of clip.mp4 -f srt
it lines_on_a_full_device_are_an_error \
  fails_with 1 'standard output: cannot be written: No space' on_a_full_device captions_of clip.mp4
on_a_full_disk() {
  (ulimit -f 2 && trap '' XFSZ && captions_of "$@")
}
full_disk_leaves_nothing() {
  mkdir -p full
  fails_with 1 "full/clip.$1: cannot be written: " on_a_full_disk clip.mp4 -o "full/clip.$1" &&
    [ -z "$(ls -A full)" ]
}
it a_full_disk_is_an_error_of_matroska full_disk_leaves_nothing mkv
it a_full_disk_is_an_error_of_mp4 full_disk_leaves_nothing mp4

# The one that was started last: of dali-caption's the one that captions, behind that which has the
# model of several media.
child_of() {
  tr ' ' '\n' < "/proc/$1/task/$1/children" | sed '/^$/d' | tail -n 1
}

# SIGNAL: what a crash in a library does to the process that captions.
dies_in_a_line() {
  mkdir -p crash
  rm -f endless && mkfifo endless || return 1
  timeout 120 "$caption" -q endless -o crash/clip.mkv 2> said &
  program=$!
  exec 9> endless  # opened once the process that captions has done so
  supervised=$(child_of "$(child_of "$program")")  # timeout's child has one
  kill -s "$1" "$supervised"
  wait "$program"
  status=$?
  exec 9>&-
  echo "status $status"
  cat said
  [ "$status" -eq 1 ] && [ "$(wc -l < said)" -eq 1 ] && grep -q '^dali-caption: endless: ' said &&
    [ -z "$(ls -A crash)" ]
}
it a_crash_is_a_line_and_leaves_nothing dies_in_a_line SEGV
others_get_their_captions() {
  mkdir -p others
  rm -f endless && mkfifo endless || return 1
  timeout 120 "$caption" -q endless clip.mp4 -f vtt -o others 2> said &
  program=$!
  exec 9> endless
  kill -s SEGV "$(child_of "$(child_of "$program")")"
  wait "$program"
  status=$?
  exec 9>&-
  cat said
  [ "$status" -eq 1 ] && [ "$(ls -A others)" = clip.vtt ]
}
it a_crash_does_not_keep_others_from_their_captions others_get_their_captions
it an_abortion_is_a_line_and_leaves_nothing dies_in_a_line ABRT
it a_process_that_is_killed_is_a_line_and_leaves_nothing dies_in_a_line KILL
stops_when_interrupted() {
  mkdir -p stopped
  rm -f endless && mkfifo endless || return 1
  "$caption" -q endless -o stopped/clip.mkv 2> said &
  program=$!
  exec 9> endless
  kill -s TERM "$program"
  wait "$program"
  status=$?
  exec 9>&-
  cat said
  [ "$status" -eq 1 ] && grep -q interrupted said && [ -z "$(ls -A stopped)" ]
}
it an_interrupt_reaches_the_process_that_captions stops_when_interrupted

# Two sounds: silence first, and in German; then a tone, in English.
two_sounds() {
  make -f lavfi -i anullsrc=r=16000 -i clip.mp4 -t 3 -map 0:a -map 1:a -map 1:v -c:v copy -c:a aac \
    -metadata:s:a:0 language=ger -metadata:s:a:1 language=eng "$@"
}
two_sounds -disposition:a:0 0 -disposition:a:1 default second.mkv
two_sounds -disposition:a:0 default -disposition:a:1 0 first.mkv
two_sounds -disposition:a 0 none.mp4
two_sounds tracks.ts
is_silent() {
  captions_of --modality audio "$@" > sound.txt 2> said || return 1
  cat sound.txt said
  ! grep -q ' - ' sound.txt
}
is_heard() {
  ! is_silent "$@" && grep -q ' - ' sound.txt
}
it the_default_sound_is_captioned is_heard second.mkv
it a_default_sound_that_is_silent_is_captioned is_silent first.mkv
it the_first_sound_is_captioned_where_none_is_default is_silent none.mp4
it a_sound_is_chosen_by_number is_heard --audio-track 2 first.mkv
it a_sound_is_chosen_by_language is_heard --audio-track en none.mp4
it a_language_has_several_codes is_silent --audio-track deu second.mkv
it a_sound_of_a_broadcast_is_chosen_by_number is_heard --audio-track 2 tracks.ts
it a_sound_of_a_broadcast_is_chosen_by_language is_silent --audio-track de tracks.ts
it a_choice_that_is_not_there_lists_what_is \
  fails_with 1 'first.mkv: has no audio track 3, but 1 (aac, ger), 2 (aac, eng)' \
  captions_of --audio-track 3 first.mkv
it a_language_that_is_not_there_lists_what_is \
  fails_with 1 'first.mkv: has no audio track fr, but 1 (aac, ger)' \
  captions_of --audio-track fr first.mkv
it a_picture_that_is_not_there_is_an_error \
  fails_with 1 'clip.mkv: has no video track 2, but 1 (h264)' captions_of --video-track 2 clip.mkv

# Two pictures of different lengths, and a drawing into the second.
make -f lavfi -i testsrc2=duration=1:size=64x48:rate=5 -f lavfi -i testsrc2=duration=3:size=64x48:rate=5 \
  -map 0 -map 1 -c:v libx264 -pix_fmt yuv420p pictures.mkv
ends_at() {
  captions_of --modality image --video-track "$1" pictures.mkv > pictures.txt || return 1
  cat pictures.txt
  grep -q -- "- 00:00:0$2" pictures.txt
}
draws_into_the_second_alone() {
  captions_of --video-track 2 --burn-in pictures.mkv -o burnt.mkv || return 1
  for file in pictures.mkv burnt.mkv; do
    ffmpeg -v error -i "$file" -map 0 -c copy -f streamhash - < /dev/null > "$file.hashes" || return 1
  done
  cat pictures.mkv.hashes burnt.mkv.hashes
  [ "$(sed -n 1p pictures.mkv.hashes)" = "$(sed -n 1p burnt.mkv.hashes)" ] &&
    [ "$(sed -n 2p pictures.mkv.hashes)" != "$(sed -n 2p burnt.mkv.hashes)" ] &&
    [ "$(wc -l < burnt.mkv.hashes)" -eq 2 ]
}
it the_first_picture_is_chosen_by_number ends_at 1 1
it another_picture_is_chosen_by_number ends_at 2 3
it captions_are_drawn_into_the_chosen_picture draws_into_the_second_alone

# A cover is no picture, neither beside one nor alone.
make -f lavfi -i color=red:size=32x32 -frames:v 1 cover.jpg
make -i cover.jpg -i clip.mp4 -map 0 -map 1 -c copy -disposition:v:0 attached_pic covered.mp4
make -i cover.jpg -i clip.mp4 -map 0 -map 1:a -c copy -disposition:v:0 attached_pic song.m4a
captions_ignore_the_cover() {
  captions_of covered.mp4 -f json > covered.json && captions_of clip.mp4 -f json > clip.json &&
    same clip.json covered.json
}
it a_cover_is_not_the_picture captions_ignore_the_cover
it a_cover_alone_is_no_picture \
  fails_with 1 'song.m4a: holds no picture' captions_of --modality image song.m4a
it nothing_is_drawn_into_a_cover \
  fails_with 1 'song.m4a: holds no picture to draw captions into' \
  captions_of song.m4a --burn-in -o burnt.mp4
finish
