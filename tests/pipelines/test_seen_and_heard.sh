#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the model sees of files is what ffmpeg shows of them, turned and in square pixels; and what it
# hears is there whatever the channels are.
#
#     test_seen_and_heard.sh DALI_CAPTION DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/../../pipelines/launch.sh"
caption=$1
toyworld=$2
portrait=$(dirname "$0")/data/phone-portrait.mp4
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip files_are_seen_and_heard "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

made() {
  timeout -s KILL 60 ffmpeg -nostdin -v error -y "$@" || { echo "Bail out! ffmpeg $*"; exit 1; }
}

# MEDIUM PROPERTY...: writes the picture of its first second, as the model gets it, to seen.ppm.
see() {
  rm -rf "$folder/dump"
  medium=$1
  shift
  timeout 60 $launch uridecodebin uri="file://$(realpath "$medium")" force-sw-decoders=true ! \
    video/x-raw ! dalicaptioner name=dali modality=image window=1000 dump-location="$folder/dump" \
    "$@" dali.text_src ! fakesink dali.video_src ! fakesink || return 1
  cp "$(find "$folder/dump" -name '*.ppm' | sort | head -n 1)" "$folder/seen.ppm"
}

# PICTURE: whether seen.ppm is alike. Two decoders' rounding, and two ways to blow up chroma, leave
# more than 27 dB; one that is turned, or the other eye's, less than 15.
is_seen_like() {
  psnr=$(ffmpeg -nostdin -v info -i "$folder/seen.ppm" -i "$1" -lavfi psnr -f null - 2>&1 |
    sed -n 's/.*average:\([0-9.inf]*\).*/\1/p')
  echo "PSNR: $psnr dB"
  [ "${psnr:-0}" = inf ] || [ "$(printf '%.0f' "${psnr:-0}")" -gt 22 ]
}

# MEDIUM FILTER: whether seen.ppm is what ffmpeg makes of the picture in the middle of it.
is_seen_as_ffmpeg_shows() {
  made -i "$1" -ss 0.5 -sws_flags full_chroma_int+accurate_rnd -vf "$2,format=rgb24" -frames:v 1 \
    "$folder/shown.ppm"
  is_seen_like "$folder/shown.ppm"
}

# MEDIUM [FILTER [PROPERTY...]]
looks_right() {
  medium_seen=$1
  filter=${2:-null}
  [ $# -ge 2 ] && shift
  shift
  see "$medium_seen" "$@" && is_seen_as_ffmpeg_shows "$medium_seen" "$filter"
}

# What a toy clip shows has no symmetry.
"$toyworld" --clips 1 --split test --seed 4711 --out "$folder/world" > "$folder/log" 2>&1 ||
  { cat "$folder/log"; echo 'Bail out! no clip'; exit 1; }
clip=$(find "$folder/world" -name '*.mp4' | head -n 1)
made -i "$clip" -t 2 -an -vf scale=96:64,setsar=1 -c:v libx264 -qp 10 -pix_fmt yuv420p "$folder/upright.mp4"

# FILE A B C D: the matrix of an MP4 of one track maps (x, y) to (A x + C y, B x + D y).
set_matrix() {
  file=$1
  place=$(($(grep -abo tkhd "$1" | head -n 1 | cut -d: -f1) + 44))
  shift
  for step in 0 4 12 16; do
    case $1 in
      0) bytes='\000\000\000\000' ;;
      1) bytes='\000\001\000\000' ;;
      -1) bytes='\377\377\000\000' ;;
    esac
    # shellcheck disable=SC2059  # the bytes are the format
    printf "$bytes" | dd of="$file" bs=1 seek=$((place + step)) conv=notrunc 2> /dev/null
    shift
  done
}

it a_phones_portrait_clip_is_seen_upright looks_right "$portrait"
while read -r name matrix; do
  cp "$folder/upright.mp4" "$folder/$name.mp4"
  # shellcheck disable=SC2086  # four words
  set_matrix "$folder/$name.mp4" $matrix
  # GStreamer 1.22 makes no tag of the last: there the user says it.
  property=video-direction=auto
  [ "$name" = turned_and_mirrored_the_other_way ] && property=video-direction=ur-ll
  it "a_movie_that_is_${name}_is_seen_upright" looks_right "$folder/$name.mp4" null $property
done << END
upright_already 1 0 0 1
turned_clockwise 0 1 -1 0
upside_down -1 0 0 -1
turned_counterclockwise 0 -1 1 0
mirrored -1 0 0 1
flipped 1 0 0 -1
turned_and_mirrored 0 1 1 0
turned_and_mirrored_the_other_way 0 -1 -1 0
END

# MOVIE: dali-caption's words are those for the pixels that ffmpeg shows.
is_captioned_as_shown() {
  made -i "$1" -c:v ffv1 "$folder/as_shown.mkv"
  timeout 60 "$caption" -q -f json -o "$folder/movie.json" "$1" &&
    timeout 60 "$caption" -q -f json -o "$folder/as_shown.json" "$folder/as_shown.mkv" || return 1
  for name in movie as_shown; do grep '"text"' "$folder/$name.json" > "$folder/$name.text"; done
  [ -s "$folder/movie.text" ] && same "$folder/movie.text" "$folder/as_shown.text"
}
it dali_caption_turns_what_gstreamer_does_not is_captioned_as_shown \
  "$folder/turned_and_mirrored_the_other_way.mp4"

# SCRIPT FILE: what the script writes shows the portrait upright; letters are in its lower half.
stands_upright_in() {
  timeout 100 "$(dirname "$0")/../../pipelines/$1" "$portrait" "$folder/$2" || return 1
  made -i "$folder/$2" -ss 0.5 -vf crop=iw:ih/2:0:0,format=rgb24 -frames:v 1 "$folder/seen.ppm"
  is_seen_as_ffmpeg_shows "$portrait" crop=iw:ih/2:0:0
}
for container in matroska.sh:mkv mp4.sh:mp4 burn-in.sh:mp4 cea608.sh:ts; do
  script=${container%:*}
  it "a_portrait_clip_stands_upright_in_the_file_of_$script" stands_upright_in "$script" \
    "${script%.sh}.${container#*:}"
done

square='scale=trunc(iw*sar+0.5):ih,setsar=1'
made -i "$folder/upright.mp4" -vf scale=72:64,setsar=4/3 -c:v mpeg2video -q:v 2 "$folder/wide.ts"
it wide_pixels_are_seen_square looks_right "$folder/wide.ts" "$square"
made -i "$folder/upright.mp4" -vf scale=96:64,setsar=2/3 -c:v libvpx-vp9 -b:v 1M "$folder/narrow.webm"
it narrow_pixels_are_seen_square looks_right "$folder/narrow.webm" "$square"
made -i "$folder/upright.mp4" -vf setsar=2 -c:v libx264 -qp 10 "$folder/wide_turned.mp4"
set_matrix "$folder/wide_turned.mp4" 0 1 -1 0
it wide_pixels_are_seen_square_and_turned looks_right "$folder/wide_turned.mp4" \
  'scale=iw:trunc(ih/sar+0.5),setsar=1'

made -i "$folder/upright.mp4" -vf 'format=yuva420p,lutyuv=a=maxval/2' -c:v libvpx-vp9 -b:v 1M \
  -auto-alt-ref 0 "$folder/transparent.webm"
dims_to_half() {
  see "$folder/upright.mp4" &&
    made -i "$folder/seen.ppm" -vf 'lutrgb=r=val/2:g=val/2:b=val/2' "$folder/half.ppm" &&
    see "$folder/transparent.webm" && is_seen_like "$folder/half.ppm"
}
it what_is_half_transparent_is_dimmed_by_black dims_to_half

made -i "$folder/upright.mp4" -filter_complex '[0]split[l][r];[r]lutyuv=y=16[d];[l][d]hstack' \
  -metadata:s:v stereo_mode=left_right -c:v libx264 -qp 10 "$folder/stereo.mkv"
it the_left_eyes_half_of_a_stereoscopic_film_is_seen looks_right "$folder/stereo.mkv" crop=iw/2:ih:0:0

# Two pictures in the fields of one frame: the second is black.
made -i "$folder/upright.mp4" -vf "geq=lum='if(mod(Y,2),16,lum(X,Y))':cb='if(mod(Y,2),128,\
cb(X,Y))':cr='if(mod(Y,2),128,cr(X,Y))',setfield=tff" -flags +ilme+ildct -c:v mpeg2video -q:v 2 \
  "$folder/interlaced.ts"
it one_field_of_an_interlaced_film_is_seen looks_right "$folder/interlaced.ts" \
  'field=top,scale=96:64,setsar=1'

# PQ of 203 cd/m2, which is white for an ordinary screen, bent a little: and grey of 50.
pq_is_bright() {
  made -f lavfi -i color=black:s=64x48:r=10 -t 2 -vf "format=yuv420p10le,geq=lum=$1:cb=512:cr=512,\
setparams=color_trc=smpte2084:color_primaries=bt2020:colorspace=bt2020nc" -c:v libvpx-vp9 -profile:v 2 -color_primaries bt2020 -color_trc smpte2084 \
    -colorspace bt2020nc "$folder/pq.webm"
  see "$folder/pq.webm" || return 1
  value=$(tail -c 1 "$folder/seen.ppm" | od -An -tu1)
  echo "seen: $value"
  [ "$value" -ge "$2" ] && [ "$value" -le "$3" ]
}
it hdr_white_is_white_enough pq_is_bright 573 226 232
it hdr_grey_is_as_grey_as_it_was pq_is_bright 449 134 140

# Sound: the same voice in one channel, in both against each other, and in one of many.
made -i "$clip" -t 4 -vn -af 'aresample=16000,pan=mono|c0=0.9*c0' -c:a pcm_s16le "$folder/mono.wav"
captions_of() {
  timeout 100 "$caption" -q -f json -o "$2" "$1"
}
# CHANNELS: as ffmpeg's pan has them.
sounds_like_mono() {
  made -i "$folder/mono.wav" -af "pan=$1" -c:a pcm_s16le "$folder/channels.wav"
  captions_of "$folder/channels.wav" "$folder/channels.json" && grep -q text "$folder/mono.json" &&
    same "$folder/channels.json" "$folder/mono.json"
}
captions_of "$folder/mono.wav" "$folder/mono.json" || { echo 'Bail out! no captions'; exit 1; }
it a_voice_in_antiphase_is_heard sounds_like_mono 'stereo|c0=c0|c1=-1*c0'
it a_voice_in_the_right_channel_is_heard sounds_like_mono 'stereo|c0=0*c0|c1=c0'
it a_voice_in_the_lfe_is_heard sounds_like_mono '5.1|LFE=c0'
it a_voice_in_a_surround_channel_is_heard sounds_like_mono '7.1|SR=c0'
finish
