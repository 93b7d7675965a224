#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where shots begin in files: where the files were put together, where FFmpeg's scdet finds a change
# of scene, and nowhere else.
#
#     test_shots.sh DALI_CAPTION
set -u
. "$(dirname "$0")/tap.sh"
caption=$1
here=$(dirname "$0")
new_folder
unset GST_DEBUG GST_DEBUG_FILE
export GST_DEBUG_NO_COLOR=1

make() {
  ffmpeg -nostdin -v error -y "$@"
}

# scene NUMBER SECONDS NAME: something that moves, made by FFmpeg's sources.
scene() {
  case $1 in
    0) source=mandelbrot=size=320x180:rate=25 ;;
    1) source=testsrc2=size=320x180:rate=25 ;;
    2) source=gradients=size=320x180:rate=25:seed=3:nb_colors=4:speed=0.02 ;;
    3) source=cellauto=size=320x180:rate=25:rule=110:seed=5 ;;
    4) source=smptehdbars=size=320x180:rate=25 ;;
    5) source=yuvtestsrc=size=320x180:rate=25 ;;
    6) source=color=gray:size=320x180:rate=25,noise=alls=60:allf=t:all_seed=1 ;;
    7) source=testsrc=size=320x180:rate=25,negate ;;
    8) source=mandelbrot=size=320x180:rate=25:start_scale=0.01,hue=h=120 ;;
  esac
  make -f lavfi -i "$source" -t "$2" -pix_fmt yuv420p -c:v libx264 -preset veryfast -crf 12 "$3"
}

# shots FILE [OPTION...]: where they begin, as the element says.
shots() {
  file=$1
  shift
  "$caption" -vv --window-cuts shots "$@" "$file" 2>&1 >/dev/null |
    sed -n 's/.*a shot begins at \([0-9.]*\)$/\1/p'
}

# scene_changes FILE THRESHOLD: where they are, as FFmpeg says.
scene_changes() {
  ffmpeg -nostdin -v info -i "$1" -vf "scdet=threshold=$2" -f null - 2>&1 |
    sed -n 's/.*lavfi.scd.time: *\([0-9.]*\).*/\1/p'
}

# is_near FOUND EXPECTED: as many lines, each within half a frame.
is_near() {
  echo "found:" "$1"
  echo "expected:" "$2"
  printf '%s\n' "$1" > "$folder/found"
  printf '%s\n' "$2" > "$folder/expected"
  [ "$(wc -l < "$folder/found")" -eq "$(wc -l < "$folder/expected")" ] || return 1
  paste "$folder/found" "$folder/expected" |
    awk '{ d = $1 - $2; if (d < -0.02 || d > 0.02) exit 1 }'
}

# joined NAME SCENE SECONDS [SCENE SECONDS...]: NAME.mp4, and in NAME.cuts where they meet.
joined() {
  name=$1
  shift
  : > "$folder/$name.list"
  : > "$folder/$name.cuts"
  at=0
  while [ $# -gt 0 ]; do
    [ "$at" = 0 ] || echo "$at" >> "$folder/$name.cuts"
    scene "$1" "$2" "$folder/$name-$at.mp4" || return 1
    echo "file '$folder/$name-$at.mp4'" >> "$folder/$name.list"
    at=$(awk "BEGIN { print $at + $2 }")
    shift 2
  done
  make -f concat -safe 0 -i "$folder/$name.list" -c copy "$folder/$name.mp4"
}

finds_every_cut() {
  joined many 0 3 1 3.4 2 4 4 3.2 8 3 5 2.6 6 3 7 4.2 0 3 3 3 1 3 || return 1
  is_near "$(shots "$folder/many.mp4")" "$(cat "$folder/many.cuts")"
}

agrees_with_scdet() {
  is_near "$(shots "$folder/many.mp4")" "$(scene_changes "$folder/many.mp4" 8)"
}

# The same pictures as other formats have them; cuts stay where they are.
finds_them_in_other_formats() {
  expected=$(cat "$folder/many.cuts")
  while read -r name options; do
    # shellcheck disable=SC2086  # one word an option
    make -i "$folder/many.mp4" $options -preset veryfast "$folder/$name" || return 1
    echo "$name"
    is_near "$(shots "$folder/$name")" "$expected" || return 1
  done <<'FORMATS'
ten-bits.mkv -c:v libx264 -pix_fmt yuv422p10le
odd.mkv -c:v libx264 -pix_fmt yuv444p -vf scale=317:183
interlaced.ts -c:v libx264 -flags +ilme+ildct -x264opts tff=1 -vf setfield=tff
high.mkv -c:v libx264 -vf scale=204:640,transpose=1
FORMATS
}

# windows FILE: from where to where each goes, but for the last, which ends where the sound does.
windows() {
  "$caption" -v --window-cuts shots "$1" 2>&1 >/dev/null |
    sed -n 's/.*: \(window [0-9]* \[[0-9., ]*)\).*/\1/p' | sed '$d'
}

# Sound and pictures that lie far apart in the file, either of which comes first.
does_not_depend_on_the_order() {
  make -i "$folder/many.mp4" -f lavfi -i sine -map 0:v -map 1:a -shortest -c:v copy -c:a aac \
    "$folder/sound.mp4" || return 1
  windows "$folder/sound.mp4" > "$folder/expected-windows"
  cat "$folder/expected-windows"
  [ "$(wc -l < "$folder/expected-windows")" -ge 9 ] || return 1
  for seconds in 2 40; do
    python3 -B "$here/interleave_badly.py" "$folder/sound.mp4" "$folder/apart.mkv" "$seconds" ||
      return 1
    windows "$folder/apart.mkv" > "$folder/windows"
    same "$folder/expected-windows" "$folder/windows" || return 1
  done
}

# finds_none SECONDS FILTERGRAPH
finds_none() {
  make -f lavfi -i "$2" -t "$1" -pix_fmt yuv420p -c:v libx264 -preset veryfast -crf 12 \
    "$folder/none.mp4" || return 1
  found=$(shots "$folder/none.mp4")
  echo "found: $found"
  [ -z "$found" ]
}

s=size=320x180:rate=25
finds_none_in_what_moves() {
  for source in testsrc2 mandelbrot cellauto=rule=110:seed=5 smptehdbars gradients=speed=0.05; do
    echo "$source"
    case $source in *=*) separator=: ;; *) separator="=" ;; esac
    finds_none 8 "$source$separator$s" || return 1
  done
}

finds_none_in_noise() {
  finds_none 6 "color=gray:$s,noise=alls=100:allf=t"
}

finds_none_in_fades() {
  finds_none 8 "testsrc2=$s,fade=in:0:20,fade=out:150:20" &&
    finds_none 8 "testsrc2=$s:duration=5[a];mandelbrot=${s}[b];
      [a][b]xfade=fade:duration=1:offset=3" &&
    finds_none 8 "testsrc2=$s:duration=5[a];smptehdbars=$s:duration=5[b];
      [a][b]xfade=wipeleft:duration=1:offset=3"
}

finds_none_in_flashes() {
  finds_none 8 "testsrc2=$s,drawbox=color=white:t=fill:enable='lt(mod(n,40),2)*gt(n,30)'"
}

finds_none_in_a_pan() {
  finds_none 8 "mandelbrot=size=1600x180:rate=25:end_scale=0.3,
    crop=320:180:x='min(1280,max(0,(n-40)*12))':y=0"
}

# A clip of others, and several of them one after the other.
agrees_with_scdet_on_real_clips() {
  for clip in "$DALI_MEDIA_DIR"/*.mp4; do
    echo "$clip"
    is_near "$(shots "$clip")" "$(scene_changes "$clip" 10)" || return 1
  done
}

finds_where_real_clips_meet() {
  : > "$folder/real.list"
  number=0
  for clip in "$DALI_MEDIA_DIR"/*.mp4; do
    for start in 0 0.5; do
      make -ss "$start" -i "$clip" -t 1.6 -an -vf scale=320:180,setsar=1,fps=25 -pix_fmt yuv420p \
        -c:v libx264 "$folder/real$number-$start.mp4" || return 1
    done
    number=$((number + 1))
  done
  [ "$number" -ge 2 ] || return 1
  # Not two of one clip behind each other.
  for start in 0 0.5; do
    for clip in $(seq 0 $((number - 1))); do
      echo "file '$folder/real$clip-$start.mp4'" >> "$folder/real.list"
    done
  done
  make -f concat -safe 0 -i "$folder/real.list" -c copy "$folder/real.mp4" || return 1
  is_near "$(shots "$folder/real.mp4")" "$(seq 1 $((2 * number - 1)) | awk '{ print 1.6 * $1 }')"
}

it every_cut_between_moving_scenes_is_found_where_it_is finds_every_cut
it ffmpegs_detector_finds_the_same agrees_with_scdet
it other_formats_give_the_same_cuts finds_them_in_other_formats
it windows_do_not_depend_on_which_input_comes_first does_not_depend_on_the_order
it what_moves_has_no_cuts finds_none_in_what_moves
it noise_has_no_cuts finds_none_in_noise
it fades_dissolves_and_wipes_are_no_cuts finds_none_in_fades
it flashes_are_no_cuts finds_none_in_flashes
it a_pan_is_no_cut finds_none_in_a_pan
if [ -n "${DALI_MEDIA_DIR:-}" ] && ls "$DALI_MEDIA_DIR"/*.mp4 >/dev/null 2>&1; then
  it ffmpegs_detector_finds_the_same_in_real_clips agrees_with_scdet_on_real_clips
  it real_clips_that_follow_each_other_are_shots finds_where_real_clips_meet
else
  skip ffmpegs_detector_finds_the_same_in_real_clips "DALI_MEDIA_DIR names no folder of clips"
  skip real_clips_that_follow_each_other_are_shots "DALI_MEDIA_DIR names no folder of clips"
fi
finish
