#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What becomes of codecs in Matroska and MP4: every common codec of pictures beside every one of sound
# is there in the output, decodable, as long as it was, and packet for packet the same where the
# container takes it. Judged by ffmpeg.
#
#     test_containers.sh WRITE_CAPTIONED
set -u
. "$(dirname "$0")/tap.sh"
write_captioned=$(realpath "$1")
new_folder
cd "$folder" || exit 1

make() {
  ffmpeg -v error -y "$@" < /dev/null || { echo "Bail out! ffmpeg $*"; exit 1; }
}

# CODEC FILE OPTIONS...
picture() {
  picture_file=$2
  codec=$1
  shift 2
  make -f lavfi -i testsrc2=duration=1:size=64x48:rate=10 -c:v "$codec" -threads 1 "$@" "$picture_file"
}
sound() {
  sound_file=$2
  codec=$1
  shift 2
  make -f lavfi -i sine=duration=1:sample_rate=48000 -c:a "$codec" "$@" "$sound_file"
}

picture libx264 h264.mkv -pix_fmt yuv420p
picture libx265 hevc.mkv -pix_fmt yuv420p -x265-params log-level=none
picture libvpx vp8.mkv
picture libvpx-vp9 vp9.mkv -deadline realtime -cpu-used 8
picture libaom-av1 av1.mkv -cpu-used 8 -usage realtime
picture mpeg2video mpeg2video.mkv
picture mjpeg mjpeg.mkv -pix_fmt yuvj420p
picture ffv1 ffv1.mkv
picture prores prores.mkv
pictures='h264 hevc vp8 vp9 av1 mpeg2video mjpeg ffv1 prores'
sound aac aac.mkv
sound libmp3lame mp3.mkv
sound libopus opus.mkv
sound libvorbis vorbis.mkv -ac 2
sound flac flac.mkv
sound pcm_s16le pcm_s16le.mkv
sound ac3 ac3.mkv
sound eac3 eac3.mkv
sound mp2 mp2.mkv
sounds='aac mp3 opus vorbis flac pcm_s16le ac3 eac3 mp2'

codecs_of() {
  ffprobe -v error -show_entries stream=index,codec_name -of csv=p=0 "$1" | grep . | sort -nu |
    cut -d , -f 2 | tr '\n' ' ' | sed 's/ $//'
}

# FILE: one line "KIND HASH" for each stream of sound and picture, in order.
packets_of() {
  ffmpeg -v error -i "$1" -map 0:v -map 0:a? -c copy -f streamhash -hash md5 - < /dev/null |
    sed 's/^[0-9]*,\(.\),/\1 /'
}

# FILE: how long each stream of sound and picture is, in hundredths of a second, decoded whole.
lengths_of() {
  ffmpeg -v error -xerror -i "$1" -map 0:v? -map 0:a? -c:v rawvideo -c:a pcm_f32le -f framecrc - \
    < /dev/null > decoded || return 1
  awk -F ', *' '
    /^#tb/ { sub(/#tb /, ""); split($0, part, /: |\//); tick[part[1]] = part[2] / part[3]; next }
    /^#/ { next }
    { if (!($1 in first)) first[$1] = $3
      end[$1] = $3 + $4; if ($1 > last) last = $1 }
    END { for (i = 0; i <= last; i++) printf "%d\n", (end[i] - first[i]) * tick[i] * 100 + 0.5 }
  ' decoded
}

# CONTAINER CODEC: what it is called in the container.
codec_in() {
  case "$1 $2" in
    mp4\ vp8 | mp4\ ffv1 | mp4\ prores) echo h264 ;;
    # MP4 has one name for all of MPEG-1's sound.
    mp4\ mp2) echo mp3 ;;
    mp4\ pcm_s16le) if [ -n "$mp4_takes_pcm" ]; then echo "$2"; else echo aac; fi ;;
    *) echo "$2" ;;
  esac
}
# FFmpeg 6.1 learnt it.
mp4_takes_pcm=''
ffmpeg -v quiet -i pcm_s16le.mkv -c copy pcm.mp4 < /dev/null && mp4_takes_pcm=yes

# PICTURE CONTAINER: PICTURE with all kinds of sound beside it.
every_pair_is_kept() {
  output=pairs.$2
  "$write_captioned" "$1-all.mkv" "$output" || return 1
  wanted=$(codec_in "$2" "$1")
  for codec in $sounds; do wanted="$wanted $(codec_in "$2" "$codec")"; done
  case $2 in
    mkv) wanted="$wanted subrip" ;;
    mp4) wanted="$wanted mov_text" ;;
  esac
  found=$(codecs_of "$output")
  echo "$wanted"
  echo "$found"
  [ "$wanted" = "$found" ] || return 1
  packets_of "$1-all.mkv" > wanted.packets
  packets_of "$output" > found.packets
  number=0
  for codec in $1 $sounds; do
    number=$((number + 1))
    case "$codec $(codec_in "$2" "$codec")" in
      *\ h264 | *\ aac) [ "$codec" = "$(codec_in "$2" "$codec")" ] || continue ;;
    esac
    [ "$(sed -n "${number}p" wanted.packets)" = "$(sed -n "${number}p" found.packets)" ] ||
      { echo "the packets of $codec differ"; return 1; }
  done
  lengths_of "$1-all.mkv" > wanted.lengths
  lengths_of "$output" > found.lengths || return 1
  paste wanted.lengths found.lengths
  # An encoder's delay and a frame of padding.
  paste wanted.lengths found.lengths |
    awk 'NF != 2 || $2 < $1 - 3 || $2 > $1 + 8 { exit 1 }'
}

inputs=''
maps='-map 0'
number=0
for codec in $sounds; do
  inputs="$inputs -i $codec.mkv"
  number=$((number + 1))
  maps="$maps -map $number"
done
for codec in $pictures; do
  # shellcheck disable=SC2086  # the words are ffmpeg's options
  make -i "$codec.mkv" $inputs $maps -c copy "$codec-all.mkv"
  it "${codec}_beside_all_sounds_goes_into_matroska" every_pair_is_kept "$codec" mkv
  it "${codec}_beside_all_sounds_goes_into_mp4" every_pair_is_kept "$codec" mp4
done

# FILE CONTAINER CODECS: from where such codecs are usually found.
is_kept_from() {
  "$write_captioned" "$1" "usual.$2" || return 1
  codecs_of "usual.$2"
  [ "$(codecs_of "usual.$2")" = "$3" ] || return 1
  lengths_of "$1" > wanted.lengths
  lengths_of "usual.$2" > found.lengths || return 1
  paste wanted.lengths found.lengths
  paste wanted.lengths found.lengths |
    awk 'NF != 2 || $2 < $1 - 3 || $2 > $1 + 10 { exit 1 }'
}

# FILE OPTIONS...: a picture and sound of a second each.
usual() {
  usual_file=$1
  usual_picture=$2
  usual_sound=$3
  shift 3
  make -i "$usual_picture" -i "$usual_sound" -c copy "$@" "$usual_file"
}
usual usual.ts h264.mkv aac.mkv
usual broadcast.ts mpeg2video.mkv ac3.mkv
usual hevc.ts hevc.mkv eac3.mkv
usual old.ts mpeg2video.mkv mp2.mkv
usual camera.avi mjpeg.mkv pcm_s16le.mkv
usual camera.mov prores.mkv pcm_s16le.mkv
usual web.webm vp9.mkv opus.mkv
usual old-web.webm vp8.mkv vorbis.mkv
usual phone.mp4 hevc.mkv aac.mkv -tag:v hvc1
usual flash.flv h264.mkv mp3.mkv
# AVI and a codec's bare data do not say when a picture that is decoded out of turn is shown.
usual dashcam.avi h264.mkv mp3.mkv -bsf:v h264_mp4toannexb
make -i h264.mkv -c copy bare.h264
make -i flac.mkv -c copy sound.flac
make -i mp3.mkv -c copy sound.mp3
make -i opus.mkv -c copy sound.ogg
make -i pcm_s16le.mkv -c copy sound.wav
make -i aac.mkv -c copy sound.aac

while read -r file mkv_codecs mp4_codecs; do
  it "${file}_goes_into_matroska" is_kept_from "$file" mkv "$(echo "$mkv_codecs subrip" | tr + ' ')"
  it "${file}_goes_into_mp4" is_kept_from "$file" mp4 "$(echo "$mp4_codecs mov_text" | tr + ' ')"
done << LIST
usual.ts h264+aac h264+aac
broadcast.ts mpeg2video+ac3 mpeg2video+ac3
hevc.ts hevc+eac3 hevc+eac3
old.ts mpeg2video+mp2 mpeg2video+$(codec_in mp4 mp2)
camera.avi mjpeg+pcm_s16le mjpeg+$(codec_in mp4 pcm_s16le)
camera.mov prores+pcm_s16le h264+$(codec_in mp4 pcm_s16le)
web.webm vp9+opus vp9+opus
old-web.webm vp8+vorbis h264+vorbis
phone.mp4 hevc+aac hevc+aac
flash.flv h264+mp3 h264+mp3
dashcam.avi h264+mp3 h264+mp3
bare.h264 h264 h264
sound.flac flac flac
sound.mp3 mp3 mp3
sound.ogg opus opus
sound.wav pcm_s16le $(codec_in mp4 pcm_s16le)
sound.aac aac aac
LIST
# What muxers take and demuxers make nothing of: Matroska has no place for the depth of QuickTime's
# codecs, nor a name for Flash's sound.
picture qtrle old.mov
make -i old.mov -i pcm_s16le.mkv -map 0 -map 1 -c copy animation.mov
it animation_of_quicktime_is_encoded_anew_for_matroska is_kept_from animation.mov mkv 'h264 pcm_s16le subrip'
picture flashsv screen.flv
sound adpcm_swf swf.flv -ar 22050 -ac 1
make -i screen.flv -i swf.flv -map 0 -map 1 -c copy screencast.flv
it sound_of_flash_is_encoded_anew_for_matroska is_kept_from screencast.flv mkv 'flashsv aac subrip'

finish
