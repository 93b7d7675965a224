#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What dali-caption says when it is used wrongly or given what is no medium. Needs no model.
#
#     test_command_line.sh DALI_CAPTION
set -u
. "$(dirname "$0")/tap.sh"
caption=$1
new_folder

# A second of sound in the plainest of all formats, so that no encoder is needed.
ffmpeg -v error -f lavfi -i sine=sample_rate=16000:duration=1 "$folder/beep.wav"
head -c 4000 /dev/urandom > "$folder/noise.mp4"
head -c 20 "$folder/beep.wav" > "$folder/cut.wav"
: > "$folder/empty.mp4"
printf '1\n00:00:00,000 --> 00:00:01,000\nHello.\n\n' > "$folder/text.srt"
cp "$folder/beep.wav" "$folder/other.wav"
mkdir "$folder/out" "$folder/sub"
cp "$folder/beep.wav" "$folder/sub/beep.wav"

it no_medium_is_used_wrongly \
  fails_with 2 'MEDIA' "$caption"
it an_unknown_option_is_used_wrongly \
  fails_with 2 '--smell' "$caption" --smell "$folder/beep.wav"
it an_unknown_option_has_a_nearest_name \
  fails_with 2 'do you mean --seed?' "$caption" --sead 1 "$folder/beep.wav"
it a_window_that_is_no_number_is_used_wrongly \
  fails_with 2 '--window' "$caption" --window long "$folder/beep.wav"
it a_window_that_the_element_refuses_is_used_wrongly \
  fails_with 2 '--window' "$caption" --window 5000 "$folder/beep.wav"
it an_unknown_modality_is_used_wrongly \
  fails_with 2 '--modality' "$caption" --modality smell "$folder/beep.wav"
it an_unknown_output_format_is_used_wrongly \
  fails_with 2 'captions.doc' "$caption" -o "$folder/captions.doc" "$folder/beep.wav"
it an_unknown_format_is_used_wrongly \
  fails_with 2 'doc is not vtt, srt, ttml, scc, mcc, stl, json, svg, mkv or mp4' "$caption" -f doc "$folder/beep.wav"
it burning_in_needs_a_picture_to_write \
  fails_with 2 '--burn-in' "$caption" --burn-in -o "$folder/a.vtt" "$folder/beep.wav"
it ttml_is_a_track_of_mp4_alone \
  fails_with 2 '--subtitles ttml needs an .mp4' "$caption" --subtitles ttml -o "$folder/a.mkv" "$folder/beep.wav"
it ttml_is_no_track_of_captions_that_are_drawn \
  fails_with 2 '--burn-in' "$caption" --subtitles ttml --burn-in -o "$folder/a.mp4" "$folder/beep.wav"
it mp4_alone_is_written_in_fragments \
  fails_with 2 '--fragmented needs an .mp4' "$caption" --fragmented -o "$folder/a.mkv" "$folder/beep.wav"
it one_output_for_several_media_is_used_wrongly \
  fails_with 2 'folder' "$caption" -o "$folder/a.vtt" "$folder/beep.wav" "$folder/other.wav"
it the_medium_itself_is_never_the_output \
  fails_with 2 'beep.wav' "$caption" -f vtt -o "$folder/beep.wav" "$folder/beep.wav"
it a_track_that_is_none_is_used_wrongly \
  fails_with 2 '--audio-track' "$caption" --audio-track 0 "$folder/beep.wav"
it a_container_is_never_printed \
  fails_with 2 'mkv' "$caption" -f mkv -o - "$folder/beep.wav"
it standard_output_wants_a_format \
  fails_with 2 '--format' "$caption" -o - "$folder/beep.wav"
it standard_input_is_read_once \
  fails_with 2 'standard input' "$caption" - -

# The medium under another name: each must be refused, and nothing be written into it.
cp "$folder/beep.wav" "$folder/whole.wav"
ln -s beep.wav "$folder/link.wav"
ln "$folder/beep.wav" "$folder/hard.wav"
cp "$folder/beep.wav" "$folder/a b.wav"
is_refused_as_output() {
  fails_with 2 'would be overwritten' "$caption" -f vtt "$@" && same "$folder/beep.wav" "$folder/whole.wav"
}
it a_link_to_the_medium_is_never_the_output \
  is_refused_as_output -o "$folder/link.wav" "$folder/beep.wav"
it a_hard_link_to_the_medium_is_never_the_output \
  is_refused_as_output -o "$folder/hard.wav" "$folder/beep.wav"
it the_medium_of_a_uri_is_never_the_output \
  is_refused_as_output -o "$folder/beep.wav" "file://$folder/beep.wav"
it the_medium_of_an_encoded_uri_is_never_the_output \
  is_refused_as_output -o "$folder/a b.wav" "file://$folder/a%20b.wav"
reads_and_writes_one_file() {
  is_refused_as_output -o "$folder/beep.wav" "$1" < "$folder/beep.wav"
}
it standard_input_is_never_the_output reads_and_writes_one_file -
it standard_input_by_its_path_is_never_the_output reads_and_writes_one_file /dev/stdin
it a_descriptor_is_never_the_output reads_and_writes_one_file /proc/self/fd/0
is_refused_in_a_folder() {
  mkdir "$folder/in" && cp "$folder/beep.wav" "$folder/in/beep.vtt" &&
    is_refused_as_output -o "$folder/in" "$folder/beep.wav" "$folder/in/beep.vtt"
}
it another_medium_is_never_the_output \
  is_refused_in_a_folder
appends_to_the_medium() {
  status=0
  said=$("$caption" "$folder/beep.wav" 2>&1 >> "$folder/link.wav") || status=$?
  echo "status $status, said: $said"
  [ "$status" -eq 2 ] && same "$folder/beep.wav" "$folder/whole.wav"
}
it standard_output_is_never_the_medium appends_to_the_medium

it windows_of_events_do_not_end_at_shots \
  fails_with 2 '--window-cuts shots does not go with --events' \
  "$caption" --window-cuts shots --events "$folder/beep.wav"
it windows_that_end_at_shots_do_not_lie_apart \
  fails_with 2 '--window-cuts shots does not go with an interval longer than the window' \
  "$caption" --window-cuts shots --interval 20 "$folder/beep.wav"
it windows_of_descriptions_that_end_at_shots_do_not_lie_apart \
  fails_with 2 '--window-cuts shots does not go with an interval longer than the window' \
  "$caption" --window-cuts shots --interval 8 --describe "$folder/a.mkv" "$folder/beep.wav"
# The model that they would share is not there, which nobody gets to know.
it several_media_are_refused_before_a_model_is_loaded \
  fails_with 2 '--window-cuts shots does not go with an interval longer than the window' \
  "$caption" --model "$folder/no-model" --window-cuts shots --interval 20 "$folder/beep.wav" "$folder/other.wav"
it a_shortest_window_is_one_that_ends_at_shots \
  fails_with 2 '--shortest-window requires --window-cuts' \
  "$caption" --shortest-window 2 "$folder/beep.wav"

it a_missing_file_is_named \
  fails_with 1 "$folder/nothing.mp4: No such file" "$caption" "$folder/nothing.mp4"
it a_folder_is_no_medium \
  fails_with 1 "$folder/out: is a folder" "$caption" "$folder/out"
it an_empty_file_is_named \
  fails_with 1 "$folder/empty.mp4: " "$caption" "$folder/empty.mp4"
it noise_is_no_medium \
  fails_with 1 "$folder/noise.mp4: " "$caption" "$folder/noise.mp4"
it ended_children_are_noticed_though_their_signal_was_ignored \
  fails_with 1 "$folder/noise.mp4: " \
  timeout -s KILL 60 env --ignore-signal=CHLD "$caption" "$folder/noise.mp4"
it a_file_cut_within_its_header_is_named \
  fails_with 1 "$folder/cut.wav: " "$caption" "$folder/cut.wav"
it text_is_neither_sound_nor_picture \
  fails_with 1 "$folder/text.srt: " "$caption" "$folder/text.srt"
it an_unknown_protocol_is_named \
  fails_with 1 'nothing://here: ' "$caption" nothing://here
it a_missing_model_is_named \
  fails_with 1 "$folder/no-model" "$caption" --model "$folder/no-model" "$folder/beep.wav"
it an_output_folder_that_is_not_there_is_named \
  fails_with 1 "$folder/no/a.vtt: cannot be written" \
  "$caption" -o "$folder/no/a.vtt" "$folder/beep.wav"

it a_pipe_that_is_empty_is_named \
  fails_with 1 '-: is empty' sh -c ': | "$1" -f vtt -o "$2" -' sh "$caption" "$folder/a.vtt"

it help_on_a_full_device_is_an_error \
  fails_with 1 'standard output: cannot be written: No space' sh -c '"$1" --help > /dev/full' sh "$caption"
it help_without_standard_output_is_an_error \
  fails_with 1 'standard output: cannot be written: ' sh -c '"$1" --help >&-' sh "$caption"
it a_device_is_no_output \
  fails_with 1 '/dev/full: cannot be written: ' "$caption" -f vtt -o /dev/full "$folder/beep.wav"

leaves_no_file_behind() {
  "$caption" -q -o "$folder/out/noise.mkv" "$folder/noise.mp4"
  [ -z "$(ls -A "$folder/out")" ]
}
it a_failure_leaves_no_file_behind leaves_no_file_behind

# The help has the defaults in words; the element has them in truth.
default_in_help() {
  "$caption" --help | tr -s ' \n' '  ' | sed -n "s/.* --$1 [^(]*(default: \([^,;)]*\).*/\1/p"
}
default_of_the_element() {
  gst-inspect-1.0 dalicaptioner | sed -n "/^  $1  *:/,/Default:/s/.*Default: *\(.*\)/\1/p" |
    sed 's/^[0-9]*, //; s/[" ]//g'
}
defaults_are_the_elements() {
  status=0
  for option in modality temperature seed device threads precision window-cuts picture-at; do
    said=$(default_in_help "$option")
    true=$(default_of_the_element "$option")
    [ -n "$said" ] && [ "$said" = "$true" ] && continue
    echo "# --$option: '$said', not '$true'"
    status=1
  done
  for option in window shortest-window; do
    said=$(default_in_help "$option")000
    true=$(default_of_the_element "$option")
    [ "$said" = "$true" ] && continue
    echo "# --$option: '$said' milliseconds, not '$true'"
    status=1
  done
  return "$status"
}
it the_help_has_the_elements_defaults defaults_are_the_elements

# Without our plugin: a registry of its own, and no path to the build folder.
without_plugin() {
  env -u GST_PLUGIN_PATH GST_REGISTRY="$folder/registry.bin" "$@"
}
if without_plugin gst-inspect-1.0 --exists dalicaptioner; then
  skip a_missing_plugin_is_named 'the plugin is installed on this machine'
else
  it a_missing_plugin_is_named \
    fails_with 1 'dalicaptioner is missing' without_plugin "$caption" "$folder/beep.wav"
fi
finish
