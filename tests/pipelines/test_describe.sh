#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Spoken descriptions as a sound track: what is heard where, by the samples that ffmpeg decodes; which
# track says that it is for whom; and what becomes of the medium's own tracks. The voice is a tone.
#
#     test_describe.sh WRITE_DESCRIBED
set -u
. "$(dirname "$0")/tap.sh"
write_described=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
voice="python3 -B '$here/tone_voice.py'"
new_folder
cd "$folder" || exit 1

make() {
  ffmpeg -v error -y "$@" < /dev/null || { echo "Bail out! ffmpeg $*"; exit 1; }
}
judge() {
  python3 -B "$here/judge_description.py" "$@"
}

# Ten seconds of picture, and sound that pauses from 3 s to 7 s.
make -f lavfi -i testsrc2=duration=10:size=64x48:rate=5 -c:v libx264 -pix_fmt yuv420p picture.mkv
pausing="volume='if(between(t,3,7),0.001,1)':eval=frame"
# FILE RATE LAYOUT CODEC OPTIONS...
programme() {
  file=$1
  sound="anoisesrc=duration=10:color=pink:amplitude=0.5:sample_rate=$2:seed=7"
  filters="$pausing,aformat=channel_layouts=$3"
  codec=$4
  shift 4
  make -i picture.mkv -f lavfi -i "$sound" -map 0:v -map 1:a -c:v copy -af "$filters" -c:a "$codec" "$@" "$file"
}
programme stereo.mkv 48000 stereo flac
programme mono8.mkv 8000 mono pcm_s16le
programme deep.mkv 44100 stereo pcm_s24le
programme odd.mkv 11025 mono pcm_s16le
programme aac.mp4 48000 stereo aac
programme ac3.mkv 48000 '5.1(side)' ac3
make -i picture.mkv -f lavfi -i anoisesrc=duration=10:color=pink:amplitude=0.5:sample_rate=48000:seed=7 \
  -filter_complex "[1:a]$pausing,pan=5.1|FL=c0|FR=c0|BL=c0|BR=c0[a]" -map 0:v -map '[a]' -c:v copy -c:a flac surround.mkv
make -i picture.mkv -itsoffset 4 -f lavfi -i anoisesrc=duration=5:amplitude=0.5:sample_rate=48000:seed=7 \
  -map 0:v -map 1:a -c:v copy -c:a flac late.mkv
make -i picture.mkv -f lavfi -i anoisesrc=duration=2:amplitude=0.5:sample_rate=48000:seed=7 \
  -map 0:v -map 1:a -c:v copy -c:a flac early.mkv
make -i picture.mkv -f lavfi -i anoisesrc=duration=10:amplitude=0.5:sample_rate=48000:seed=7 \
  -map 0:v -map 1:a -c:v copy -c:a flac restless.mkv
make -i picture.mkv -f lavfi -i anullsrc=duration=10:sample_rate=48000 -map 0:v -map 1:a -t 10 -c:v copy -c:a flac silent.mkv
make -i stereo.mkv -i restless.mkv -map 0:v -map 1:a -map 0:a -c copy -metadata:s:a:0 language=fra \
  -metadata:s:a:1 language=deu -disposition:a:0 default -disposition:a:1 original two.mkv
make -i stereo.mkv -vn -c:a copy sound.mka
# Sound with a hole in it, as a lost stretch of a recording leaves one.
make -i picture.mkv -f lavfi -i anoisesrc=duration=10:amplitude=0.5:sample_rate=48000:seed=7 -map 0:v -map 1:a \
  -c:v copy -af "aselect='not(between(t,3,7))'" -c:a flac holed.mkv
make -i picture.mkv -vf "select='not(mod(n,3))'" -fps_mode vfr -c:v libx264 -pix_fmt yuv420p uneven.mkv
make -i uneven.mkv -i stereo.mkv -map 0:v -map 1:a -c copy vfr.mkv
printf '0\t10\ta dog runs along the beach\n' > captions

# IN OUT OPTIONS...: writes OUT, and what is spoken in it to "spoken".
described() {
  in=$1
  out=$2
  shift 2
  "$write_described" "$in" "$out" "$voice" "$@" < captions > spoken 2> said || { cat said; return 1; }
  cat said spoken
}
# JUDGEMENT IN OUT SENTENCES OPTIONS...: so many sentences are spoken, and the judgement holds.
sounds() {
  judgement=$1
  in=$2
  out=$3
  sentences=$4
  shift 4
  described "$in" "$out" "$@" && [ "$(wc -l < spoken)" -eq "$sentences" ] && judge "$judgement" "$out" spoken
}
it nothing_but_the_pause_differs_beside_flac sounds exact stereo.mkv stereo-out.mkv 1
it nothing_but_the_pause_differs_at_8_khz sounds exact mono8.mkv mono8-out.mkv 1
it nothing_but_the_pause_differs_at_11025_hz sounds exact odd.mkv odd-out.mkv 1
it nothing_but_the_pause_differs_in_24_bits sounds exact deep.mkv deep-out.mkv 1
it nothing_but_the_pause_differs_in_surround sounds exact surround.mkv surround-out.mkv 1
it nothing_but_the_pause_differs_beside_an_uneven_picture sounds exact vfr.mkv vfr-out.mkv 1
it nothing_else_is_heard_beside_aac sounds near aac.mp4 aac-out.mp4 1
it nothing_else_is_heard_beside_ac3 sounds near ac3.mkv ac3-out.mkv 1
it a_hole_in_the_sound_is_a_pause sounds exact holed.mkv holed-out.mkv 1
it sound_that_begins_late_stays_in_its_place sounds exact late.mkv late-out.mkv 1
it sound_that_ends_early_is_followed_by_speech sounds exact early.mkv early-out.mkv 1
it a_silent_programme_is_described sounds exact silent.mkv silent-out.mkv 1
it a_programme_without_pause_is_left_as_it_is sounds exact restless.mkv restless-out.mkv 0
it speech_comes_from_the_centre_of_surround judge centre surround-out.mkv spoken
it speech_alone_is_silent_elsewhere sounds alone stereo.mkv alone.mkv 1 speech-alone

is_spoken_in_the_pause() {
  described "$1" "$2" && awk -F '\t' '$1 < '"$3"' || $2 > '"$4"' || $2 - $1 < 2.2 || $2 - $1 > 2.3 { exit 1 }' spoken
}
it six_words_take_their_time_in_the_pause is_spoken_in_the_pause stereo.mkv again.mkv 3.29 6.71
it speech_waits_for_the_end_of_sound_that_ends_early is_spoken_in_the_pause early.mkv again.mkv 2.29 10
it a_picture_alone_is_described is_spoken_in_the_pause picture.mkv picture-out.mkv 0 10

under_speech_the_programme_is_lower() {
  described stereo.mkv stereo-out.mkv && judge ducked stereo-out.mkv spoken 12
}
it the_programme_is_ducked_by_12_db under_speech_the_programme_is_lower

# TRACK START LENGTH FILE: LUFS of a stretch, by ffmpeg's meter.
loudness() {
  ffmpeg -nostdin -v info -i "$4" -map "0:a:$1" -af "atrim=$2:$(echo "$2 + $3" | bc),asetpts=PTS-STARTPTS,ebur128" -f null - 2>&1 |
    sed -n 's/^ *I: *\(-[0-9.]*\) LUFS$/\1/p' | tail -n 1
}
is_as_loud_as_the_programme() {
  described stereo.mkv stereo-out.mkv || return 1
  programme=$(loudness 0 0 10 stereo-out.mkv)
  speech=$(loudness 1 3.4 2 stereo-out.mkv)
  echo "programme $programme LUFS, speech $speech LUFS"
  awk -v a="$programme" -v b="$speech" 'BEGIN { exit !(a - b < 1 && b - a < 1) }'
}
it speech_is_as_loud_as_the_programme is_as_loud_as_the_programme

# FILE TRACK ENTRIES: of a sound track, as ffprobe has them.
of_track() {
  ffprobe -v error -select_streams "a:$2" -show_entries "$3" -of default=noprint_wrappers=1 "$1"
}
is_flagged() {
  of_track "$1" "$2" stream=codec_name:stream_disposition=visual_impaired,default:stream_tags=language,title,handler_name |
    tee flags
  grep -qx 'DISPOSITION:visual_impaired=1' flags && grep -qx 'DISPOSITION:default=0' flags &&
    grep -qx 'TAG:language=eng' flags && grep -q 'Audio description' flags &&
    ! of_track "$1" 0 stream_disposition=visual_impaired | grep -qx 'DISPOSITION:visual_impaired=1'
}
it matroska_says_that_the_track_is_for_the_visually_impaired is_flagged stereo-out.mkv 1
it mp4_says_that_the_track_is_for_the_visually_impaired is_flagged aac-out.mp4 1
mp4_says_descriptions() {
  of_track aac-out.mp4 1 stream_disposition=descriptions | grep -qx 'DISPOSITION:descriptions=1'
}
it mp4_says_that_it_holds_descriptions mp4_says_descriptions

hashes() {
  ffmpeg -v error -i "$1" -map 0:v -map 0:a:0 -c copy -f streamhash -hash md5 - < /dev/null
}
keeps_the_tracks() {
  hashes "$1" > before && hashes "$2" > after && cat before && same before after
}
for pair in stereo.mkv:stereo-out.mkv aac.mp4:aac-out.mp4 ac3.mkv:ac3-out.mkv vfr.mkv:vfr-out.mkv; do
  it "packets_of_${pair%%.*}_are_kept" keeps_the_tracks "${pair%:*}" "${pair#*:}"
done
is_as_long() {
  seconds=$(ffprobe -v error -select_streams "a:$2" -show_entries packet=pts_time,duration_time -of csv=p=0 "$1" |
    tail -n 1 | tr ',' ' ' | awk '{ print $1 + $2 }')
  echo "$seconds s"
  awk -v seconds="$seconds" 'BEGIN { exit !(seconds > 9.7 && seconds < 10.3) }'
}
it the_track_lasts_as_long_as_a_picture_alone is_as_long picture-out.mkv 0
it the_track_lasts_as_long_as_a_programme_that_ends_early is_as_long early-out.mkv 1

chooses_a_track() {
  described two.mkv two-out.mkv && [ ! -s spoken ] || return 1
  described two.mkv two-out.mkv audio-track=deu && [ "$(wc -l < spoken)" -eq 1 ] &&
    judge exact two-out.mkv spoken 1 && is_flagged two-out.mkv 2
}
it the_chosen_track_is_described_and_all_are_kept chooses_a_track

is_refused() {
  status=0
  "$write_described" "$2" refused.mkv "$voice" < captions > spoken 2> said || status=$?
  cat said
  [ "$status" -eq 1 ] && [ "$(wc -l < said)" -eq 1 ] && grep -qF "$1" said
}
it sound_alone_is_refused is_refused 'sound.mka: holds no picture to describe' sound.mka
it what_is_no_medium_is_refused is_refused 'captions: ' captions

says_what_is_left_out() {
  printf '0\t1\ta dog runs along the beach\n4\t5\ta cat sleeps\n5\t6\ta cat sleeps\n' > captions
  described stereo.mkv again.mkv && grep -qF '1 description at 160 words a minute; left out: 1 without' said &&
    grep -qF '1 that repeat' said
}
it what_is_left_out_is_counted says_what_is_left_out

if command -v espeak-ng > /dev/null; then
  espeak_ng_speaks() {
    printf '0\t10\ta dog runs along the beach\n' > captions
    # shellcheck disable=SC2016  # the voice's own shell expands them
    voice='espeak-ng --stdin --stdout -v "$DALI_VOICE" -s "$DALI_WORDS_A_MINUTE"'
    sounds exact stereo.mkv spoken.mkv 1
  }
  it espeak_ng_is_heard_in_the_pause espeak_ng_speaks
else
  skip espeak_ng_is_heard_in_the_pause 'espeak-ng is not installed'
fi
finish
