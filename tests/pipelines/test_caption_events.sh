#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Captions of events, from media files with the embedded model: a sound, silence, and another sound.
#
#     test_caption_events.sh DALI_CAPTION DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
caption=$1
toyworld=$2
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip captions_of_events "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

# The first two clips in which one thing alone sounds, each twice, and five seconds of nothing between them.
"$toyworld" --clips 12 --split test --seed 21 --out "$folder/world" > /dev/null 2>&1
clips=$(jq -r 'select(.sounds | length == 1) | .media' "$folder/world/manifest.jsonl" | head -n 2)
first=$folder/world/$(echo "$clips" | head -n 1)
second=$folder/world/$(echo "$clips" | tail -n 1)
ffmpeg -nostdin -v error -i "$first" -i "$first" -f lavfi -t 5 -i anullsrc=r=16000:cl=mono -i "$second" -i "$second" \
  -filter_complex '[0:a][1:a][2:a][3:a][4:a]concat=n=5:v=0:a=1[a]' -map '[a]' -c:a flac "$folder/programme.mkv"

cues_of() {
  grep -c -e '-->' "$1"
}

# Each of the two, with what begins and ends around it.
there_are_fewer_captions_than_of_windows() {
  "$caption" -q "$folder/programme.mkv" --interval 2.5 -o "$folder/windows.vtt" &&
    "$caption" -q "$folder/programme.mkv" --events -o "$folder/events.vtt" || return 1
  cat "$folder/events.vtt"
  [ "$(cues_of "$folder/events.vtt")" -ge 2 ] &&
    [ "$(cues_of "$folder/events.vtt")" -lt "$(cues_of "$folder/windows.vtt")" ]
}

captions_are_labels_in_brackets() {
  sed -n '4~3p' "$folder/events.vtt" > "$folder/labels"
  cat "$folder/labels"
  [ -s "$folder/labels" ] && ! grep -v -x '\[[a-z][a-z, ]*\]' "$folder/labels"
}

nothing_is_said_twice_within_the_refresh() {
  "$caption" -q "$folder/programme.mkv" --events --refresh 20 -o "$folder/refreshed.json" || return 1
  cat "$folder/refreshed.json"
  jq -e 'length > 0 and ([.[].events[] | select(.event != "stops")] | group_by(.name) |
         all(. as $same | [range(1; length)] | all($same[.].time - $same[. - 1].time >= 20)))' "$folder/refreshed.json"
}

a_refresh_says_again_what_goes_on() {
  "$caption" -q "$folder/programme.mkv" --events --refresh 5 -o "$folder/often.json" || return 1
  jq -e '[.[].events[] | select(.event == "continues")] | length > 0' "$folder/often.json"
}

stops_are_told_when_asked_for() {
  "$caption" -q "$folder/programme.mkv" --events --tell-stops -o "$folder/stops.vtt" || return 1
  cat "$folder/stops.vtt"
  grep 'stops' "$folder/stops.vtt" && ! grep 'stops' "$folder/events.vtt"
}

a_file_gives_the_same_events_each_time() {
  "$caption" -q "$folder/programme.mkv" --events -o "$folder/again.vtt" && same "$folder/events.vtt" "$folder/again.vtt"
}

every_format_has_the_same_words() {
  for format in srt ttml json; do
    "$caption" -q "$folder/programme.mkv" --events -o "$folder/events.$format" || return 1
    while read -r label; do
      grep -F -- "$label" "$folder/events.$format" || { echo "$format lacks $label"; return 1; }
    done < "$folder/labels"
  done
  "$caption" -q "$folder/programme.mkv" --events -o "$folder/captioned.mkv" &&
    ffmpeg -nostdin -v error -y -i "$folder/captioned.mkv" -map 0:s "$folder/track.srt" || return 1
  while read -r label; do grep -F -- "$label" "$folder/track.srt" || return 1; done < "$folder/labels"
}

# The model's own list of what its captions name, with names that no caption holds.
classes_of_the_model_folder_name_the_sources() {
  cp -r "$DALI_MODEL_DIR" "$folder/model"
  jq 'to_entries | map({key: ("CLASS " + .key), value: .value}) | from_entries' "$folder/world/classes.json" \
    > "$folder/model/classes.json"
  "$caption" -q "$folder/programme.mkv" --events -m "$folder/model" -o "$folder/classes.json" || return 1
  cat "$folder/classes.json"
  jq -e 'length > 0 and ([.[].events[].name] | all(startswith("CLASS ")))' "$folder/classes.json"
}

a_broken_list_of_classes_is_an_error_that_names_it() {
  echo '{"dog": 1}' > "$folder/model/classes.json"
  fails_with 1 "classes.json: class 'dog' is not an array of words" \
    "$caption" -q "$folder/programme.mkv" --events -m "$folder/model"
}

words_that_sound_have_times() {
  "$caption" -q "$folder/programme.mkv" --locate-words -o "$folder/words.json" || return 1
  cat "$folder/words.json"
  jq -e '[.[] | select(has("words"))] | length > 0 and
         all(. as $caption | .words | all(.start >= $caption.start and .start <= .end and .end <= $caption.end))' \
    "$folder/words.json"
}

it there_are_fewer_captions_than_of_windows there_are_fewer_captions_than_of_windows
it captions_are_labels_in_brackets captions_are_labels_in_brackets
it nothing_is_said_twice_within_the_refresh nothing_is_said_twice_within_the_refresh
it a_refresh_says_again_what_goes_on a_refresh_says_again_what_goes_on
it stops_are_told_when_asked_for stops_are_told_when_asked_for
it a_file_gives_the_same_events_each_time a_file_gives_the_same_events_each_time
it every_format_has_the_same_words every_format_has_the_same_words
it classes_of_the_model_folder_name_the_sources classes_of_the_model_folder_name_the_sources
it a_broken_list_of_classes_is_an_error_that_names_it a_broken_list_of_classes_is_an_error_that_names_it
it words_that_sound_have_times words_that_sound_have_times
it refresh_without_events_is_a_wrong_use fails_with 2 '--refresh requires --events' \
  "$caption" "$folder/programme.mkv" --refresh 20
finish
