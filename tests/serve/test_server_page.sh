#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The lines of curl in docs/server.md, run as they are printed there, one after the other, against a
# server with the embedded model that captions a clip of the toy world.
#
#     test_server_page.sh SOURCE_ROOT DALI_SERVE DALI_TOYWORLD PROGRAM_FOLDER...
#
# The folders have dali-caption and dali-model.
set -u
source_root=$1
dali_serve=$(realpath "$2")
toyworld=$3
shift 3
for each; do PATH=$each:$PATH; done
. "$source_root/tests/pipelines/tap.sh"
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip lines_of_the_page_run "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

"$toyworld" --clips 1 --split test --seed 4711 --out "$folder/world" > "$folder/log" 2>&1 ||
  { cat "$folder/log"; echo 'Bail out! no clip'; exit 1; }
cd "$folder" || exit 2
mv world/media/*.mp4 clip.mp4
token=correct-horse-battery
job=  # which a line of the page sets
echo "$token" > token

# OPTIONS: starts a server, whose address is in $address.
start() {
  mkfifo said
  # A program outside of any tree finds what it starts in PATH.
  "$dali_serve" --port 0 "$@" > said 2> log & server=$!
  trap 'kill $server; wait $server; rm -rf "$folder"' EXIT
  read -r address < said
  rm said
  address=${address##* }
  [ -n "$address" ] || { cat log; echo 'Bail out! no server'; exit 1; }
  curl -s --retry 60 --retry-delay 1 --retry-all-errors --fail "$address/healthz" > /dev/null ||
    { cat log; echo 'Bail out! the model is not loaded'; exit 1; }
}

# Ends of a stream that goes on for ever are the line's own --max-time.
ran() {
  case $2 in
    *--max-time*) [ "$1" -eq 28 ] ;;
    *) [ "$1" -eq 0 ] ;;
  esac && [ -s answer ] && ! grep '"error"' answer
}

run_line() {
  eval "$2" > answer 2> why
  status=$?
  [ "${2#job=}" = "$2" ] || echo "$job" > answer
  it "$1" ran "$status" "$2"
  ran "$status" "$2" > /dev/null || sed 's/^/# /' answer why log
}

sed -n 's/^    //p' "$source_root/docs/server.md" | grep -E '^(job=.*)?curl |^job=' > lines
start --source "cam=file://$PWD/clip.mp4" --live-window 2 --token-file token
count=0
while read -r line; do
  count=$((count + 1))
  line=$(printf '%s\n' "$line" | sed -E "s,http://(localhost|server):8088,$address,g")
  case $line in
    *Authorization*) ;;
    # A server with a token serves for all lines; what the line's reader has none of is added.
    *) line=$(printf '%s\n' "$line" | sed "s,curl ,curl -H 'Authorization: Bearer $token' ,") ;;
  esac
  run_line "line_${count}_of_the_page_runs" "$line"
done < lines
it the_page_has_lines test "$count" -ge 15

captions_are_those_of_dali_caption() {
  for format in json vtt srt ttml; do
    curl -s -H "Authorization: Bearer $token" -F file=@clip.mp4 -F format=$format \
      "$address/v1/captions" > served || return 1
    dali-caption -q -o "alone.$format" clip.mp4 && diff "alone.$format" served || return 1
  done
}

playlists_are_not_followed() {
  {
    echo '#EXTM3U'
    echo '#EXT-X-TARGETDURATION:10'
    echo '#EXTINF:10,'
    echo "file://$PWD/clip.mp4"
    echo '#EXT-X-ENDLIST'
  } > list.m3u8
  curl -s -H "Authorization: Bearer $token" -F file=@list.m3u8 "$address/v1/captions" > answer
  cat answer
  grep -q 'a list of other media, which are not opened' answer
}

it captions_are_those_of_dali_caption captions_are_those_of_dali_caption
it playlists_are_not_followed playlists_are_not_followed
finish
