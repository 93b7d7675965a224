#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# dali-caption --describe from the command line to the files: which words, which files appear, and
# that a voice that cannot speak leaves nothing behind.
#
#     test_describing.sh DALI_CAPTION DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
caption=$(realpath "$1")
toyworld=$(realpath "$2")
here=$(realpath "$(dirname "$0")")
tone="python3 -B '$here/tone_voice.py'"
new_folder
cd "$folder" || exit 1

make() {
  ffmpeg -v error -y "$@" < /dev/null || { echo "Bail out! ffmpeg $*"; exit 1; }
}
make -f lavfi -i sine=duration=2 sound.wav
make -f lavfi -i testsrc2=duration=2:size=64x48:rate=5 -f lavfi -i sine=duration=2 -c:v libx264 -pix_fmt yuv420p -c:a aac clip.mp4
cp clip.mp4 other.mp4

# What needs no model: the voice is tried before anything else.
it a_describer_needs_a_file fails_with 2 '--describe' "$caption" clip.mp4 --describe -
it a_voice_needs_something_to_describe fails_with 2 '--voice requires --describe' "$caption" clip.mp4 --voice de
it a_description_is_of_the_picture fails_with 2 '--modality audio' "$caption" clip.mp4 --describe a.mkv --modality audio
it a_description_is_not_burnt_in fails_with 2 '--burn-in' "$caption" clip.mp4 --describe a.mkv --burn-in
it a_description_has_an_ending fails_with 2 'a.doc' "$caption" clip.mp4 --describe a.doc
it what_stands_beside_a_description_is_text fails_with 2 'not b.mp4' "$caption" clip.mp4 --describe a.mkv -o b.mp4
it two_media_have_no_text_beside_them \
  fails_with 2 'one of MEDIA' "$caption" clip.mp4 other.mp4 --describe . -o b.vtt
it a_medium_is_not_overwritten_by_its_description fails_with 2 'overwritten' "$caption" clip.mp4 --describe clip.mp4
it a_medium_is_not_overwritten_by_what_is_spoken \
  fails_with 2 'overwritten' "$caption" clip.mp4 --describe a.mkv -f vtt -o clip.mp4
it a_pause_is_no_louder_than_the_programme fails_with 2 '--pause-below' "$caption" clip.mp4 --describe a.mkv --pause-below 0

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip pictures_are_described "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi
"$toyworld" --clips 2 --split test --seed 4711 --out world > log 2>&1 || { cat log; echo 'Bail out! no clips'; exit 1; }
mkdir temporary
export TMPDIR="$folder/temporary"
first=$(find world -name '*.mp4' | sort | head -n 1)
second=$(find world -name '*.mp4' | sort | tail -n 1)
pausing="volume='if(between(t,2,9),0,1)':eval=frame"
make -i "$first" -c:v copy -af "$pausing" -c:a aac paused.mp4
make -i "$second" -c:v copy -af "$pausing" -c:a aac paused-too.mp4

leaves_nothing() {
  left=$(find . -newer mark -type f ! -name said ! -name started ! -name pid; ls -A temporary)
  echo "left: $left"
  [ -z "$left" ]
}
# WORDS OPTIONS...: one line holds the words, and no file is written, changed or left.
is_given_up_saying() {
  words=$1
  shift
  echo before > kept.mkv
  sleep 0.01
  touch mark
  fails_with 1 "$words" "$caption" -q paused.mp4 --describe kept.mkv -o kept.vtt "$@" && leaves_nothing
}
it a_voice_that_is_not_there_is_named \
  is_given_up_saying "no-such-voice' is not there" --voice-command no-such-voice
it a_voice_that_fails_says_why \
  is_given_up_saying 'failed with status 3: no licence' --voice-command 'echo no licence >&2; exit 3'
it a_silent_voice_is_told \
  is_given_up_saying 'it is silent' --voice-command 'ffmpeg -v error -nostdin -f lavfi -i anullsrc=d=1 -f wav -'
it a_voice_that_writes_no_sound_is_told is_given_up_saying 'no sound' --voice-command 'echo hello'
it a_voice_that_shows_a_picture_is_told \
  is_given_up_saying 'no sound' --voice-command 'ffmpeg -v error -nostdin -f lavfi -i testsrc=d=0.1 -f matroska -'
it a_voice_without_end_is_ended is_given_up_saying 'more than 64 MiB' --voice-command 'cat /dev/zero'
# Only the first sentence can be said.
# shellcheck disable=SC2016  # the script's own shell expands them
printf '#!/bin/sh\nread -r line\ncase $line in One*) echo "$line" | %s ;; *) exit 4 ;; esac\n' "$tone" > says-one
chmod +x says-one
it a_voice_that_fails_later_leaves_nothing \
  is_given_up_saying 'paused.mp4: the voice' --voice-command "./says-one"
without_espeak_ng() {
  mkdir -p bin && ln -sf "$(command -v sh)" bin/sh
  echo before > kept.mkv
  sleep 0.01
  touch mark
  fails_with 1 "install Debian's package espeak-ng" env PATH="$folder/bin" "$caption" -q paused.mp4 --describe kept.mkv &&
    leaves_nothing
}
it without_espeak_ng_its_package_is_named without_espeak_ng
it sound_alone_is_refused \
  fails_with 1 'holds no picture to describe' "$caption" -q sound.wav --describe a.mkv --voice-command "$tone"

is_interrupted_without_a_trace() {
  touch mark
  "$caption" -q paused.mp4 --describe new.mkv --voice-command 'echo $$ > pid; touch started; sleep 1000' 2> said &
  program=$!
  while [ ! -e started ]; do sleep 0.05; done
  kill -INT "$program"
  wait "$program"
  echo "status $?"
  cat said
  ! kill -0 "$(cat pid)" 2> /dev/null && leaves_nothing
}
it an_interruption_ends_the_voice_too is_interrupted_without_a_trace

# What the picture shows and not what it sounds like: the captions of the model without its prefix.
mkdir seeing
printf '{"base": "%s", "prefix_use": "never"}\n' "$(realpath "$DALI_MODEL_DIR")" > seeing/config.json
describes_the_picture() {
  "$caption" -q paused.mp4 --describe paused.mkv -o paused.vtt --voice-command "$tone" || return 1
  cat paused.vtt
  "$caption" -q paused.mp4 -m seeing --modality image --window 5 \
    --prompt 'Describe the picture in one short sentence.' -f json -o seen.json
  cat seen.json
  head -n 2 paused.vtt | tail -n 1 | grep -qx 'Kind: descriptions' && grep -qx 'Language: en' paused.vtt &&
    grep -qF "$(tail -n 1 paused.vtt)" seen.json && [ -z "$(ls -A temporary)" ]
}
it the_words_are_of_the_picture describes_the_picture
is_spoken_when_the_text_says() {
  # The one line of times, as the judge reads them.
  sed -n 's/^00:00:\([0-9.]*\) --> 00:00:\([0-9.]*\)$/\1\t\2\tspoken/p' paused.vtt > spoken
  [ "$(wc -l < spoken)" -eq 1 ] && python3 -B "$here/judge_description.py" near paused.mkv spoken
}
it the_text_has_the_times_of_the_sound is_spoken_when_the_text_says
says_what_was_described() {
  "$caption" paused.mp4 --describe again.mkv --voice-command "$tone" 2> said && cat said &&
    grep -q 'paused.mp4: 1 description at 160 words a minute' said
}
it what_was_described_is_said says_what_was_described
text_is_all_of_it() {
  "$caption" -q paused.mp4 --describe text.vtt --voice-command "$tone" && same paused.vtt text.vtt
}
it the_text_alone_is_the_same text_is_all_of_it
others_read_it() {
  ffprobe -v error -show_entries packet=pts_time -of csv=p=0 paused.vtt | tee cues
  [ "$(wc -l < cues)" -eq 1 ]
}
it others_read_the_marked_text others_read_it
folder_gets_all() {
  mkdir -p out && "$caption" -q paused.mp4 paused-too.mp4 --describe out --voice-command "$tone" || return 1
  ls out
  for name in paused paused-too; do
    ffprobe -v error -select_streams a:1 -show_entries stream_disposition=visual_impaired -of csv=p=0 "out/$name.mkv" |
      grep -qx 1 || return 1
  done
  [ -z "$(ls -A temporary)" ]
}
it a_folder_gets_a_file_of_each folder_gets_all
pipe_is_described() {
  "$caption" -q - --describe piped.mkv -o piped.vtt --voice-command "$tone" < paused.mp4 && same paused.vtt piped.vtt
}
it a_pipe_is_described pipe_is_described
finish
