#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# gst-play-1.0, a player around playbin, with the elements where its sinks are: it comes to its end,
# and the stretch that it plays is captioned. With the embedded model, on twelve seconds that sound
# from 4.06 to 7.94 s.
#
#     test_players.sh DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
toyworld=$1
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip captions_in_a_player "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi
if ! command -v gst-play-1.0 > /dev/null; then
  skip captions_in_a_player 'gst-play-1.0 is missing: install gstreamer1.0-plugins-base-apps'
  finish
  exit 0
fi

"$toyworld" --clips 1 --split test --seed 4711 --out "$folder/world" > "$folder/log" 2>&1 &&
  ffmpeg -v error -stream_loop 2 -i "$(find "$folder/world" -name '*.mp4' | head -n 1)" -t 12 \
    -af "volume=0:enable='not(between(t,4.06,7.94))'" -c:v libx264 -preset veryfast -g 25 -c:a aac \
    "$folder/clip.mp4" ||
  { cat "$folder/log"; echo 'Bail out! no clip'; exit 1; }

# KIND SYNC: a sink for a player that writes the captions of the sound (audio) or pictures (video).
captioning() {
  echo "identity ! c.$1_sink dalicaptioner name=c window=4000 \
    c.text_src ! webvttenc ! filesink location=$folder/captions.vtt async=false \
    c.$1_src ! fakesink sync=$2"
}

# Newer players begin at the key frame before, unless asked for the place itself.
accurately=''
gst-play-1.0 --help | grep -q -e --accurate-seeks && accurately=--accurate-seeks

play() {
  rm -f "$folder/captions.vtt"
  # shellcheck disable=SC2086  # an option or none
  timeout 60 gst-play-1.0 --no-interactive --no-position $accurately "$@" "$folder/clip.mp4"
}

# The cues' times in seconds, START END.
cues() {
  awk '
    function seconds(time) { n = split(time, part, ":")
                             return (n > 2 ? part[n - 2] * 3600 : 0) + part[n - 1] * 60 + part[n] }
    / --> / { print seconds($1), seconds($3) }' "$folder/captions.vtt"
}

# FROM TO: one cue of these times.
is_captioned() {
  cues
  cues | awk -v from="$1" -v to="$2" '
    { if ($1 < from - 0.1 || $1 > from + 0.1 || $2 < to - 0.1 || $2 > to + 0.1) failed = 1 }
    END { exit failed || NR != 1 }'
}

sound_is_captioned() {
  play --audiosink "$(captioning audio false)" --videosink 'fakesink sync=false' && is_captioned 4 8
}

# Windows begin where the player was sent, and their times are the file's.
the_rest_is_captioned() {
  play -s 6 --audiosink "$(captioning audio false)" --videosink 'fakesink sync=false' &&
    is_captioned 6 10
}

pictures_are_captioned() {
  play -s 8 --audiosink 'fakesink sync=false' --videosink "$(captioning video false)" || return 1
  cues
  cues | awk '{ if ($1 < 7.9) failed = 1 } END { exit failed || !NR }'
}

# Until the player has shown where it is: no key is heard before.
plays() {
  for _ in $(seq 200); do
    tr '\r' '\n' < "$folder/shown" | grep -q '^0:00:0[0-9]\.[0-9] / 0:00:1' && return
    sleep 0.1
  done
}

# Three times the right arrow, each 0.08 of a clip that sounds all along, long before the first
# window has ended. Whatever the machine's load: nothing before is captioned, and the rest is.
keys_are_followed() {
  rm -f "$folder/captions.vtt"
  ffmpeg -v error -y -i "$folder/clip.mp4" -f lavfi -i sine=d=12 -map 0:v -map 1:a -c:v copy -c:a aac \
    "$folder/sounding.mp4" || return 1
  : > "$folder/shown"
  { plays; for _ in 1 2 3; do printf '\033[C'; sleep 0.3; done; sleep 12; } |
    timeout 60 script -qec "gst-play-1.0 $accurately --audiosink '$(captioning audio true)' \
      --videosink 'fakesink sync=true' $folder/sounding.mp4" /dev/null > "$folder/shown"
  cues
  cues | awk '
    NR == 1 { first = $1 }
    { last = $2 }
    END { exit !(first >= 2.8 && first < 8 && last > 11 && last < 12.2) }'
}

it a_player_captions_the_sound_of_a_file sound_is_captioned
it a_player_that_begins_later_captions_from_there the_rest_is_captioned
it a_player_captions_the_pictures_from_there_on pictures_are_captioned
it a_player_that_is_sent_on_by_keys_captions_what_it_plays keys_are_followed
finish
