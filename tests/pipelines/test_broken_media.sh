#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Media that are cut, broken, empty or odd: each gives captions or one line that names the file, and
# a status. With the embedded model.
#
#     test_broken_media.sh DALI_CAPTION
set -u
. "$(dirname "$0")/tap.sh"
caption=$1
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip broken_media "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

captions_of() {
  "$caption" -q --max-new-tokens 8 "$@"
}

# WORDS MEDIUM: captions, and one line on standard error that names the medium and holds WORDS; no
# line at all for "".
gets_captions_and_says() {
  status=0
  captions_of "$2" > "$folder/captions" 2> "$folder/said" || status=$?
  echo "status $status"
  cat "$folder/captions" "$folder/said"
  [ "$status" -eq 0 ] || return 1
  grep -q ' - ' "$folder/captions" || return 1
  if [ -z "$1" ]; then
    [ ! -s "$folder/said" ]
  else
    [ "$(wc -l < "$folder/said")" -eq 1 ] && grep -qF "$2: " "$folder/said" &&
      grep -qF "$1" "$folder/said"
  fi
}

# WORDS MEDIUM: status 0, no captions, and one line.
gets_nothing_and_says() {
  status=0
  captions_of "$2" > "$folder/captions" 2> "$folder/said" || status=$?
  echo "status $status"
  cat "$folder/captions" "$folder/said"
  [ "$status" -eq 0 ] || return 1
  [ ! -s "$folder/captions" ] && [ "$(wc -l < "$folder/said")" -eq 1 ] &&
    grep -qF "$2: " "$folder/said" && grep -qF "$1" "$folder/said"
}

# MEDIUM: status 0 and captions, or the one line that the model was sure of none.
is_described() {
  gets_captions_and_says '' "$1" || gets_nothing_and_says 'gives no captions' "$1"
}

fails_naming() {
  fails_with 1 "$1: " captions_of "$1"
}

# Whatever GStreamer makes of it: an end within a minute, with no more than one line.
ends_in_a_line() {
  status=0
  timeout 60 "$caption" -q --max-new-tokens 8 "$1" > /dev/null 2> "$folder/said" || status=$?
  echo "status $status"
  cat "$folder/said"
  [ "$status" -le 1 ] && [ "$(wc -l < "$folder/said")" -le 1 ]
}

make() {
  ffmpeg -v error -y "$@" || { echo "Bail out! ffmpeg $*"; exit 1; }
}

# The first PERCENT of FILE.
cut_to() {
  head -c "$(($(wc -c < "$2") * $1 / 100))" "$2"
}

# FILE with zeros from FROM to TO per cent of it.
zeroed() {
  size=$(wc -c < "$3")
  head -c $((size * $1 / 100)) "$3"
  head -c $((size * $2 / 100 - size * $1 / 100)) /dev/zero
  tail -c +$((size * $2 / 100 + 1)) "$3"
}

sound='-f lavfi -i sine=duration=8'
picture='-f lavfi -i testsrc2=duration=8:size=64x48:rate=5'
# shellcheck disable=SC2086  # the words are ffmpeg's options
{
  make $picture $sound -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart \
    "$folder/index-first.mp4"
  make -i "$folder/index-first.mp4" -c copy "$folder/index-last.mp4"
  make -i "$folder/index-first.mp4" -c copy -f matroska "$folder/whole.mkv"
}

cut_to 60 "$folder/index-last.mp4" > "$folder/no-index.mp4"
it an_mp4_cut_before_its_index_is_named fails_naming "$folder/no-index.mp4"
cut_to 2 "$folder/index-first.mp4" > "$folder/cut-index.mp4"
it an_mp4_cut_within_its_index_is_named fails_naming "$folder/cut-index.mp4"
cut_to 50 "$folder/index-first.mp4" > "$folder/half.mp4"
it half_an_mp4_gets_its_captions_and_a_warning \
  gets_captions_and_says 'cut short' "$folder/half.mp4"
cut_to 50 "$folder/whole.mkv" > "$folder/half.mkv"
it half_a_matroska_gets_its_captions_and_a_warning \
  gets_captions_and_says 'cut short' "$folder/half.mkv"
cut_to 2 "$folder/whole.mkv" > "$folder/cut.mkv"
it a_matroska_cut_within_its_header_is_named fails_naming "$folder/cut.mkv"

zeroed 40 99 "$folder/index-first.mp4" > "$folder/hollow.mp4"
it an_mp4_whose_media_are_overwritten_ends_in_a_line ends_in_a_line "$folder/hollow.mp4"
zeroed 1 30 "$folder/index-first.mp4" > "$folder/forged.mp4"
it an_mp4_whose_index_is_overwritten_ends_in_a_line ends_in_a_line "$folder/forged.mp4"
zeroed 20 90 "$folder/whole.mkv" > "$folder/hollow.mkv"
it a_matroska_whose_media_are_overwritten_ends_in_a_line ends_in_a_line "$folder/hollow.mkv"
printf '%%PDF-1.4\n' > "$folder/paper.mp4"
it a_document_is_no_medium fails_with 1 'application/pdf' captions_of "$folder/paper.mp4"
# GStreamer 1.22 reads a GIF to its end and then turns in circles: it is not asked for one.
make -f lavfi -i testsrc2=duration=2:size=32x32 "$folder/moving.gif"
it a_demuxer_that_hangs_is_given_up ends_in_a_line "$folder/moving.gif"

printf '1\n00:00:00,000 --> 00:00:01,000\nHello.\n\n' > "$folder/text.srt"
make -i "$folder/text.srt" -c:s srt "$folder/subtitles.mkv"
it a_file_without_sound_and_picture_is_named \
  fails_with 1 "$folder/subtitles.mkv: holds neither sound nor picture" \
  captions_of "$folder/subtitles.mkv"
printf '\0\0\0\20ftypisom\0\0\2\0\0\0\0\10moov' > "$folder/no-streams.mp4"
it a_file_without_streams_is_named fails_naming "$folder/no-streams.mp4"
make -f lavfi -i anullsrc=r=16000 -t 3 "$folder/silence.wav"
it silence_gives_a_line_and_no_captions \
  gets_nothing_and_says 'gives no captions' "$folder/silence.wav"
head -c 78 "$folder/silence.wav" > "$folder/no-samples.wav"  # its header
it a_file_without_samples_is_named \
  fails_with 1 "$folder/no-samples.wav: nothing in it can be decoded" \
  captions_of "$folder/no-samples.wav"

odd_picture() {
  make -f lavfi -i testsrc2=duration=2:size=16x16:rate=5 -vf "scale=$1" -c:v ffv1 \
    -pix_fmt "$2" "$3"
}
odd_picture 1:1 yuv444p "$folder/one-pixel.mkv"
it a_picture_of_one_pixel_is_described is_described "$folder/one-pixel.mkv"
odd_picture 1:240 gray16le "$folder/column.mkv"
it a_picture_one_pixel_wide_is_described is_described "$folder/column.mkv"
odd_picture 4096:1 yuv420p10le "$folder/row.mkv"
it a_picture_one_pixel_high_is_described is_described "$folder/row.mkv"

# FILE: its picture has to be encoded anew for an MP4.
has_a_picture_and_subtitles_in_mp4() {
  captions_of "$1" -o "$folder/anew.mp4" || return 1
  ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$folder/anew.mp4" |
    sort > "$folder/found"
  printf 'h264\nmov_text\n' | diff - "$folder/found"
}
it a_picture_of_one_pixel_goes_into_mp4 has_a_picture_and_subtitles_in_mp4 "$folder/one-pixel.mkv"
odd_picture 213:121 rgb24 "$folder/odd-size.mkv"
it a_picture_of_odd_size_goes_into_mp4 has_a_picture_and_subtitles_in_mp4 "$folder/odd-size.mkv"

odd_sound() {
  file=$1
  shift
  make -f lavfi -i sine=duration=2 "$@" "$file"
}
odd_sound "$folder/192-khz.flac" -ar 192000
it sound_of_192_khz_gets_captions gets_captions_and_says '' "$folder/192-khz.flac"
odd_sound "$folder/surround.flac" -ac 8 -ar 48000
it sound_of_eight_channels_gets_captions gets_captions_and_says '' "$folder/surround.flac"
odd_sound "$folder/8-bit.wav" -ar 8000 -c:a pcm_u8
it sound_of_8_bits_gets_captions gets_captions_and_says '' "$folder/8-bit.wav"

# Two files of Ogg in one, which is how radio stations send them.
make -f lavfi -i sine=frequency=400:duration=12 -c:a libvorbis "$folder/first.ogg"
make -f lavfi -i sine=frequency=900:duration=12 -c:a libvorbis "$folder/second.ogg"
cat "$folder/first.ogg" "$folder/second.ogg" > "$folder/chained.ogg"
is_captioned_to_its_end() {
  gets_captions_and_says '' "$1" && tail -n 1 "$folder/captions" | grep -q "$2"
}
it media_that_follow_one_another_in_a_file_are_all_described \
  is_captioned_to_its_end "$folder/chained.ogg" ' - 00:00:2[34]'

# In every second one sample of -1e8, the floats of 0xCC bytes, within silence; in WavPack, which
# MP4 has no place for in any release.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  head -c 172304 /dev/zero
  printf '\314\314\314\314'
  head -c 4092 /dev/zero
done > "$folder/samples"
# shellcheck disable=SC2086  # the words are ffmpeg's options
make -f f32le -ar 44100 -ac 1 -i "$folder/samples" $picture -c:a wavpack -c:v libx264 \
  -pix_fmt yuv420p "$folder/beyond-scale.mkv"

# COMMAND... FILE: FFmpeg's AAC encoder, given these samples, would never end.
encodes_sound() {
  for file; do :; done
  timeout -s KILL 60 "$@" && ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$file" |
    grep -qx aac
}
it sound_far_beyond_scale_goes_into_mp4 \
  encodes_sound "$caption" -q --max-new-tokens 8 "$folder/beyond-scale.mkv" -o "$folder/scaled.mp4"
it sound_far_beyond_scale_passes_the_element \
  encodes_sound "$(dirname "$0")/../../pipelines/matroska.sh" "$folder/beyond-scale.mkv" \
  "$folder/scaled.mkv"
finish
