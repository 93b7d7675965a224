#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What Matroska and MP4 keep beside sound and picture: how the picture is to be shown, tags,
# chapters, attachments, covers, subtitles and the flags of tracks; and that what they cannot hold is
# named. Judged by ffmpeg.
#
#     test_kept_in_containers.sh WRITE_CAPTIONED
set -u
. "$(dirname "$0")/tap.sh"
write_captioned=$(realpath "$1")
new_folder
here=$(cd "$(dirname "$0")" && pwd)
cd "$folder" || exit 1
. "$here/containers.sh"

# PICTURE PICTURE: how much alike two files' first pictures are, in dB, whenever each begins: sound
# that leads its encoder in comes before the picture.
likeness() {
  ffmpeg -v info -i "$1" -i "$2" -frames:v 1 -filter_complex \
    '[0:v:0]setpts=PTS-STARTPTS[a];[1:v:0]setpts=PTS-STARTPTS[b];[a][b]psnr' -f null - 2>&1 < /dev/null |
    sed -n 's/.*average:\([0-9.inf]*\).*/\1/p' | sed 's/inf/99/; s/\..*//'
}

make_clips

# --- How the picture is shown.

# NAME A B C D: clip.mp4 with a display matrix in its track header, which ffmpeg's command can only
# turn. The header's matrix stands before its width, 64.0: it is found by the one that says "as stored".
turned() {
  perl -e '
    local $/; open my $in, "<", "clip.mp4"; my $file = <$in>;
    my $plain = pack("N9", 65536, 0, 0, 0, 65536, 0, 0, 0, 1073741824);
    my ($a, $b, $c, $d) = map { $_ * 65536 } @ARGV[1 .. 4];
    my $matrix = pack("l>9", $a, $b, 0, $c, $d, 0, 0, 0, 1073741824);
    $file =~ s/\Q$plain\E(?=\x00\x40\x00\x00\x00\x30\x00\x00)/$matrix/s or die "no track header";
    open my $out, ">", "$ARGV[0].mp4"; print $out $file;' "$@" || { echo 'Bail out! perl'; exit 1; }
}

is_shown_alike() {
  is_written "$1.mp4" "$1-out.$2" || return 1
  told stream_side_data=rotation "$1-out.$2"
  like=$(likeness "$1.mp4" "$1-out.$2")
  echo "likeness $like dB"
  [ "$like" -ge 30 ]
}
keeps_the_matrix() {
  is_shown_alike "$1" mp4 &&
    told stream_side_data=displaymatrix "$1.mp4" > wanted && told stream_side_data=displaymatrix "$1-out.mp4" > found &&
    same wanted found
}
# The burnt picture is upright by itself, and like the one that a player shows.
is_burnt_upright() {
  is_written "$1.mp4" burnt.mp4 burn-in && [ -z "$(told stream_side_data=displaymatrix burnt.mp4)" ] || return 1
  like=$(likeness "$1.mp4" burnt.mp4)
  echo "likeness $like dB"
  [ "$like" -ge 30 ]
}
while read -r name a b c d; do
  turned "$name" "$a" "$b" "$c" "$d"
  it "a_picture_${name}_is_kept_so_in_mp4" keeps_the_matrix "$name"
  it "a_picture_${name}_is_shown_so_from_matroska" is_shown_alike "$name" mkv
  it "a_picture_${name}_is_burnt_in_upright" is_burnt_upright "$name"
done << LIST
as_stored 1 0 0 1
turned_by_90_degrees 0 1 -1 0
turned_by_180_degrees -1 0 0 -1
turned_by_270_degrees 0 -1 1 0
mirrored -1 0 0 1
upside_down 1 0 0 -1
transposed 0 1 1 0
transversed 0 -1 -1 0
LIST

# FILE ENTRIES: the same in both containers.
keeps() {
  for container in mkv mp4; do
    is_written "$1" "kept.$container" || return 1
    told "$2" "$1" > wanted
    told "$2" "kept.$container" > found
    same wanted found || return 1
  done
}
make -f lavfi -i testsrc2=duration=1:size=64x48:rate=10 -vf setsar=16/11 -c:v libx264 -pix_fmt yuv420p sar.mkv
it the_shape_of_pixels_is_kept keeps sar.mkv stream=sample_aspect_ratio,display_aspect_ratio
# SHAPE OF PIXELS in what is encoded anew.
make -f lavfi -i testsrc2=duration=1:size=64x48:rate=10 -vf setsar=16/11 -c:v ffv1 -pix_fmt yuv420p sar-anew.mkv
it the_shape_of_pixels_is_kept_anew keeps sar-anew.mkv stream=sample_aspect_ratio,display_aspect_ratio
make -f lavfi -i testsrc2=duration=1:size=64x48:rate=10 -c:v libx264 -pix_fmt yuv420p -vf setfield=tff \
  -flags +ildct+ilme interlaced.mp4
it the_order_of_fields_is_kept keeps interlaced.mp4 stream=field_order
is_interlaced_when_burnt() {
  is_written interlaced.mp4 burnt.mkv burn-in && told stream=field_order burnt.mkv | grep -q 'field_order=tt'
}
it the_order_of_fields_is_kept_when_burnt_in is_interlaced_when_burnt
colours='-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv'
# shellcheck disable=SC2086  # the words are ffmpeg's options
make -f lavfi -i testsrc2=duration=1:size=64x48:rate=10 -c:v libx264 -pix_fmt yuv420p $colours colour.mkv
it colours_are_kept keeps colour.mkv stream=color_range,color_space,color_transfer,color_primaries

# HDR10: PQ, BT.2020, the display it was mastered on and its brightest light.
make -f lavfi -i testsrc2=duration=1:size=64x48:rate=10 -c:v libx265 -pix_fmt yuv420p10le -x265-params \
  'log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400' \
  hdr.mkv
hdr='stream=pix_fmt,color_space,color_transfer,color_primaries:stream_side_data=max_luminance,min_luminance,max_content,max_average,red_x'
it hdr10_is_kept keeps hdr.mkv "$hdr"
# Fractions as numbers: containers store them in units of their own.
light() {
  awk -F '[=/]' '/^(max_luminance|min_luminance|max_content|max_average|red_x|red_y)=/ {
    printf "%s %.4f\n", $1, $2 / ($3 ? $3 : 1) }' | sort -u
}
keeps_hdr_when_burnt() {
  is_written hdr.mkv "hdr.burnt.$1" burn-in || return 1
  told stream=pix_fmt,color_space,color_transfer,color_primaries hdr.mkv > wanted
  told stream=pix_fmt,color_space,color_transfer,color_primaries "hdr.burnt.$1" > found
  same wanted found || return 1
  ffprobe -v error -read_intervals %+#1 -show_frames hdr.mkv | light > wanted
  ffprobe -v error -show_streams "hdr.burnt.$1" | light > found
  [ "$(wc -l < wanted)" -ge 6 ] && same wanted found
}
it hdr10_keeps_ten_bits_and_its_data_when_burnt_into_matroska keeps_hdr_when_burnt mkv
it hdr10_keeps_ten_bits_and_its_data_when_burnt_into_mp4 keeps_hdr_when_burnt mp4

make -f lavfi -i testsrc2=duration=1:size=64x48:rate=10,format=yuva420p -c:v libvpx-vp9 -cpu-used 8 \
  -deadline realtime alpha.webm
keeps_transparency() {
  is_written alpha.webm alpha.mkv || return 1
  told stream_tags=alpha_mode alpha.mkv | grep -q '=1' || return 1
  for file in alpha.webm alpha.mkv; do
    ffmpeg -v error -c:v libvpx-vp9 -i "$file" -vf alphaextract -f framemd5 - < /dev/null | grep -v '^#' |
      sed 's/.*,//' > "$file.alpha"
  done
  [ -s alpha.webm.alpha ] && same alpha.webm.alpha alpha.mkv.alpha
}
it transparency_is_kept_in_matroska keeps_transparency
it transparency_that_mp4_lacks_is_named is_written_saying 'the transparency of' alpha.webm alpha.mp4

captions_are_drawn() {
  is_written clip.mp4 burnt.mp4 burn-in || return 1
  with=$(ffmpeg -v info -ss 0.3 -i burnt.mp4 -ss 0.3 -i clip.mp4 -filter_complex psnr -frames:v 1 -f null - 2>&1 < /dev/null |
    sed -n 's/.*average:\([0-9]*\).*/\1/p')
  without=$(ffmpeg -v info -ss 1.6 -i burnt.mp4 -ss 1.6 -i clip.mp4 -filter_complex psnr -frames:v 1 -f null - 2>&1 < /dev/null |
    sed -n 's/.*average:\([0-9]*\).*/\1/p')
  echo "likeness $with dB with a caption, $without dB without"
  [ "$without" -gt 30 ] && [ "$with" -lt $((without - 10)) ]
}
it captions_are_drawn_while_they_last captions_are_drawn

# --- Tags, chapters, attachments, covers, subtitles.

printf ';FFMETADATA1\ntitle=My "Film", \\\\ part 1\nartist=Jörg\nMOOD=calm\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two\n' > tags
printf '1\n00:00:00,500 --> 00:00:01,000\n<i>Guten</i> Tag.\n\n2\n00:00:01,200 --> 00:00:01,700\nWie geht es?\n\n' > german.srt
printf '1\n00:00:00,500 --> 00:00:01,000\nGood day.\n\n' > english.srt
printf 'not really a font\n' > font.ttf
make -f lavfi -i color=red:size=32x32 -frames:v 1 cover.png
make -i clip.mp4 -i german.srt -i english.srt -i tags -map 0:v -map 0:a -map 0:a -map 1 -map 2 -map_metadata 3 \
  -map_chapters 3 -c copy -c:s srt -metadata:s:a:0 language=ger -metadata:s:a:1 language=eng \
  -metadata:s:a:1 title='Commentary' -metadata:s:s:0 language=ger -metadata:s:s:1 language=eng \
  -disposition:a:0 0 -disposition:a:1 default+comment -disposition:s:0 forced -disposition:s:1 default \
  -attach font.ttf -metadata:s:t:0 mimetype=application/x-truetype-font \
  -attach cover.png -metadata:s:t:1 mimetype=image/png -metadata:s:t:1 filename=cover.png full.mkv

# The subtitle track that is added comes last of all.
keeps_all_in_matroska() {
  is_written full.mkv full-out.mkv || return 1
  entries='stream=codec_name,codec_type:stream_tags=language,title,filename,mimetype:stream_disposition=default,forced,comment,attached_pic'
  ffprobe -v error -show_entries "$entries" -of compact full.mkv | sort > wanted
  ffprobe -v error -show_entries "$entries" -of compact full-out.mkv | grep -v 'gst-dali' | sort > found
  same wanted found || return 1
  ffprobe -v error -show_entries "$entries" -of compact full-out.mkv | grep 'gst-dali' > ours
  cat ours
  grep -q 'subrip.*default=0.*language=eng' ours || return 1
  told chapter=start_time,end_time:chapter_tags=title:format_tags=title,ARTIST,MOOD full.mkv > wanted
  told chapter=start_time,end_time:chapter_tags=title:format_tags=title,ARTIST,MOOD full-out.mkv > found
  # The chapters are where they were in the media, which begin a frame of AAC later.
  grep -v _time wanted > wanted.tags
  grep -v _time found > found.tags
  [ "$(grep -c start_time found)" -eq 2 ] && grep -q 'My "Film", \\ part 1' found && same wanted.tags found.tags || return 1
  ffmpeg -v error -y -dump_attachment:t:0 font.out -i full-out.mkv -t 0 -f null - < /dev/null
  same font.ttf font.out
}
it matroska_keeps_all_that_was_there keeps_all_in_matroska

keeps_what_mp4_can() {
  is_written_saying 'attachment font.ttf' full.mkv full-out.mp4 && grep -q 'the tag MOOD' said || return 1
  told stream=codec_type:stream_tags=language:stream_disposition=attached_pic full-out.mp4
  told chapter_tags=title:format_tags=title,artist full-out.mp4 > found
  cat found
  grep -q 'My "Film", \\ part 1' found && grep -q 'Jörg' found && grep -q '=Two' found || return 1
  [ "$(ffprobe -v error -show_entries stream=codec_name -of csv=p=0 full-out.mp4 | sort | tr -d , | tr '\n' ' ')" = \
    'aac aac bin_data h264 mov_text mov_text mov_text png ' ] || return 1
  told stream_tags=handler_name full-out.mp4 | grep -q Commentary || return 1
  ffmpeg -v error -i full-out.mp4 -map 0:s:0 -f srt - < /dev/null > found
  cat found
  grep -q '<i>Guten</i> Tag' found && grep -q '00:00:01,2.. --> 00:00:01,7..' found && grep -q 'Wie geht es?' found
}
it mp4_keeps_what_it_can_and_names_the_rest keeps_what_mp4_can

# With chapters, tags of tracks and files attached, which all have numbers.
is_written_alike() {
  for run in 1 2; do
    is_written full.mkv "alike-$run.mkv" "$@" || return 1
  done
  cmp alike-1.mkv alike-2.mkv || return 1
  # No number stands for two tracks, and none is 0, which Matroska forbids.
  mkv_numbers alike-1.mkv > numbers
  cat numbers
  tracks=$(ffprobe -v error -show_entries stream=index -of csv=p=0 alike-1.mkv | grep -c .)
  [ "$(sort -u numbers | wc -l)" -eq "$tracks" ] && ! grep -qx 0 numbers
}
# FILE: the numbers of its tracks and attachments, by a reader of EBML of a few lines.
mkv_numbers() {
  python3 - "$1" << 'READER'
import sys
INSIDE = {0x18538067, 0x1654AE6B, 0xAE, 0x1941A469, 0x61A7}  # segment, tracks, attachments
NUMBER = {0x73C5, 0x46AE}
with open(sys.argv[1], "rb") as file:
    data = file.read()
def field(at, keeps_marker):
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at:at + length], "big")
    return at + length, value if keeps_marker else value & ~(1 << 7 * length)
def walk(at, end):
    while at < end:
        at, name = field(at, True)
        at, size = field(at, False)
        if name in NUMBER:
            print(int.from_bytes(data[at:at + size], "big"))
        if name in INSIDE:
            walk(at, min(at + size, end))
        at += size
walk(0, len(data))
READER
}
it matroska_is_written_alike_each_time is_written_alike
it matroska_is_written_alike_each_time_when_burnt_in is_written_alike burn-in

phone_tags_are_kept() {
  is_written_saying 'left out the tag com.android.version' phone.mp4 phone-out.mp4 &&
    is_written phone.mp4 phone-out.mkv || return 1
  for file in phone-out.mp4 phone-out.mkv; do
    told format_tags "$file"
    told format_tags "$file" | grep -qi 'location=+48.1173+011.5167' &&
      told format_tags "$file" | grep -q 'creation_time=2024-05-06T07:08:09' || return 1
  done
}
make -i clip.mp4 -c copy -metadata location='+48.1173+011.5167/' -metadata com.android.version=14 \
  -metadata creation_time=2024-05-06T07:08:09Z -movflags use_metadata_tags phone.mp4
it where_and_when_a_phone_was_is_kept phone_tags_are_kept

# Text of MP4 that Matroska has another form for.
ffmpeg -v error -y -f lavfi -i color=black:s=64x48:d=2 -i german.srt -map 1 -c:s mov_text text.mp4 < /dev/null
make -i clip.mp4 -i text.mp4 -map 0 -map 1 -c copy -metadata:s:s:0 language=ger with-text.mp4
has_german_in_matroska() {
  is_written with-text.mp4 text.mkv || return 1
  ffmpeg -v error -i text.mkv -map 0:s:0 -f srt - < /dev/null > found
  cat found
  grep -q 'Guten' found && told stream_tags=language text.mkv | grep -q ger
}
it text_of_mp4_goes_into_matroska has_german_in_matroska
# DVB's subtitles are pictures, which MP4 has no place for.
timeout 60 gst-launch-1.0 -q filesrc location=english.srt ! subparse ! textrender \
  ! video/x-raw,width=720,height=576 ! dvbsubenc ! mpegtsmux ! filesink location=pictures.ts > said 2>&1 ||
  { cat said; echo 'Bail out! gst-launch-1.0'; exit 1; }
make -i clip.mp4 -i pictures.ts -map 0 -map 1:s -c copy -metadata:s:s:0 language=eng pictures.mkv
pictures_are_kept_in_matroska() {
  is_written pictures.mkv pictures-out.mkv && told stream=codec_name pictures-out.mkv | grep -q dvb_subtitle || return 1
  for file in pictures.mkv pictures-out.mkv; do
    ffmpeg -v error -i "$file" -map 0:s:0 -c copy -f streamhash - < /dev/null > "$file.hash" || return 1
  done
  same pictures.mkv.hash pictures-out.mkv.hash
}
it subtitles_that_are_pictures_are_kept_in_matroska pictures_are_kept_in_matroska
it subtitles_that_are_pictures_are_named_for_mp4 \
  is_written_saying 'left out subtitles 2 (dvb_subtitle, eng)' pictures.mkv pictures.mp4
is_default_beside() {
  is_written "$1" default.mkv && ffprobe -v error -show_entries stream_tags=title:stream_disposition=default \
    -of compact default.mkv | grep 'gst-dali' | grep -q "default=$2"
}
it captions_are_the_default_where_there_are_no_subtitles is_default_beside clip.mkv 1
it captions_are_not_the_default_beside_another is_default_beside full.mkv 0
has_the_title_as_it_is() {
  ffprobe -v error -show_entries format_tags=title -of default=nk=1:nw=1 full-out.mkv > title.txt
  printf '%s\n' 'My "Film", \ part 1' | same - title.txt
}
it a_title_is_never_escaped has_the_title_as_it_is

make -i cover.png -i clip.mp4 -map 0 -map 1 -c copy -disposition:v:0 attached_pic covered.mp4
has_a_cover() {
  is_written covered.mp4 "cover.$1" && told stream_disposition=attached_pic "cover.$1" | grep -q '=1' || return 1
  [ "$(ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "cover.$1" | grep -c video)" -eq 2 ]
}
it a_cover_is_one_in_matroska has_a_cover mkv
it a_cover_is_one_in_mp4 has_a_cover mp4
finish
