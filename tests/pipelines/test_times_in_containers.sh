#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# That sound, picture and captions stay beside each other in Matroska and MP4 wherever the medium's
# clock begins, and that nothing goes but what is damaged. Judged by ffmpeg.
#
#     test_times_in_containers.sh WRITE_CAPTIONED
set -u
. "$(dirname "$0")/tap.sh"
write_captioned=$(realpath "$1")
new_folder
here=$(cd "$(dirname "$0")" && pwd)
cd "$folder" || exit 1
. "$here/containers.sh"
make_clips

# FILE: when its first sound and picture are presented, and when each ends, from its start: in
# hundredths of a second.
times_of() {
  for kind in v a; do
    ffmpeg -v error -i "$1" -map "0:$kind" -c:v rawvideo -c:a pcm_s16le -f framecrc - < /dev/null |
      awk -F ', *' -v kind="$kind" '
        /^#tb/ { sub(/.*: /, ""); split($0, part, "/"); tick = part[1] / part[2]; next }
        /^#/ { next }
        { if (first == "") first = $3; end = $3 + $4 }
        END { printf "%s from %d to %d\n", kind, first * tick * 100 + 0.5, end * tick * 100 + 0.5 }'
  done
}
# CUES OF a subtitle track, as "START END", in hundredths from the start.
cues_of() {
  start=$(told format=start_time "$1" | sed 's/.*=//')
  ffprobe -v error -select_streams s -show_entries packet=pts_time,duration_time,size -of csv=p=0 "$1" |
    awk -F , -v start="$start" '$3 > 2 { printf "%d %d\n", ($1 - start) * 100 + 0.5, ($1 + $2 - start) * 100 + 0.5 }'
}
# FILE [SLACK]: sound and picture where they were, to SLACK hundredths, and no shorter, and the captions
# beside them. Matroska begins with what an AAC decoder needs to start, one frame of 2 hundredths, and all
# else is that much later.
is_in_time() {
  slack=${2:-3}
  times_of "$1" > wanted
  for container in mkv mp4; do
    is_written "$1" "time.$container" || return 1
    times_of "time.$container" > found
    cues_of "time.$container" > cues
    paste wanted found
    cat cues
    paste wanted found | awk -v slack="$slack" '
      function apart(a, b) { return a > b ? a - b : b - a }
      { if (apart($3, $8) > slack || apart($5, $10) > slack + 3) failed = 1 }
      END { exit failed || NR != 2 }' || return 1
    awk -v slack="$slack" '
      function apart(a, b) { return a > b ? a - b : b - a }
      NR == 1 { if (apart($1, 25) > slack || apart($2, 75) > slack) failed = 1 }
      NR == 2 { if (apart($1, 100) > slack || apart($2, 150) > slack) failed = 1 }
      END { exit failed || NR != 2 }' cues || return 1
  done
}
it a_file_from_zero_stays_in_time is_in_time clip.mp4
make -i clip.mp4 -c copy plain.ts
it a_broadcast_starts_at_its_first_picture is_in_time plain.ts
make -i clip.mp4 -c copy -output_ts_offset 95440 wrapped.ts
it a_clock_that_wraps_stays_in_time is_in_time wrapped.ts
make -i clip.mp4 -c copy -output_ts_offset 100 late.mkv
it a_matroska_from_100_seconds_starts_at_zero is_in_time late.mkv
make -i clip.mp4 -c copy -output_ts_offset 100 late.mp4
it an_mp4_from_100_seconds_starts_at_zero is_in_time late.mp4
make -i clip.mp4 -itsoffset 0.5 -i clip.mp4 -map 0:v -map 1:a -c copy late-sound.mp4
it sound_that_starts_later_stays_later is_in_time late-sound.mp4
make -itsoffset 0.5 -i clip.mp4 -i clip.mp4 -map 0:v -map 1:a -c copy late-picture.mkv
it a_picture_that_starts_later_stays_later is_in_time late-picture.mkv 5
make -f lavfi -i testsrc2=duration=6:size=64x48:rate=10 -f lavfi -i sine=duration=6:sample_rate=48000 \
  -c:v libx264 -g 100 -pix_fmt yuv420p -c:a aac whole.mp4
make -ss 2.5 -i whole.mp4 -c copy cut.mp4
it a_cut_without_its_key_frame_keeps_its_edit is_in_time cut.mp4
make -ss 2.5 -i whole.mp4 -c copy cut.mkv
it a_cut_of_matroska_stays_in_time is_in_time cut.mkv
make -i clip.mp4 -i clip.mp4 -filter_complex 'concat=n=1:v=1:a=1' -c:v libx264 -c:a libopus clip.webm.mkv
it opus_keeps_its_lead is_in_time clip.webm.mkv
cat plain.ts wrapped.ts > joined.ts
has_both_parts() {
  is_written joined.ts "joined.$1" || return 1
  times_of "joined.$1" > found
  cat found
  awk '$5 < 380 || $5 > 430 { exit 1 }' found
}
it recordings_joined_by_a_jump_follow_each_other_in_matroska has_both_parts mkv
it recordings_joined_by_a_jump_follow_each_other_in_mp4 has_both_parts mp4

# --- Damage.

# A frame of sound whose header says what it is not: several frames and their checksum.
perl -e '
  local $/; open my $in, "<", "plain.ts"; my $file = <$in>;
  my $number = 0;
  $file =~ s/\xFF\xF1\x4C(...)\xFC/++$number == 20 ? "\xFF\xF0\x4C$1\xFD" : $&/gse;
  die "no frames" if $number < 50;
  open my $out, ">", "damaged.ts"; print $out $file;' || { echo 'Bail out! perl'; exit 1; }
packets_of_sound() {
  ffprobe -v error -select_streams a -show_entries packet=size -of csv=p=0 "$1" | grep -c .
}
loses_one_packet() {
  is_written plain.ts "whole.$1" &&
    is_written_saying 'damaged.ts: 1 damaged packet was left out' damaged.ts "damaged.$1" || return 1
  packets_of_sound "whole.$1"
  packets_of_sound "damaged.$1"
  [ "$(packets_of_sound "whole.$1")" -eq $(($(packets_of_sound "damaged.$1") + 1)) ]
}
it a_damaged_packet_is_left_out_of_matroska_and_said loses_one_packet mkv
it a_damaged_packet_is_left_out_of_mp4_and_said loses_one_packet mp4
finish
