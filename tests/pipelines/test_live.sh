#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# pipelines/live.sh between a live source and a receiver, ffmpeg, on loopback: the stream goes on in
# real time, and every caption that the model had ready comes with it, to the end.
#
#     test_live.sh PIPELINES_FOLDER SECONDS
set -u
. "$(dirname "$0")/tap.sh"
pipelines=$1
seconds=$2
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip live_captions "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

# The script as it is, and what became of every window.
mkdir "$folder/pipelines"
sed "s|dalicaptioner name=captioner|& json-location=$folder/windows.jsonl|" "$pipelines/live.sh" \
  > "$folder/pipelines/live.sh"
cp "$pipelines/launch.sh" "$folder/pipelines/"
chmod +x "$folder/pipelines/live.sh"

# PORT: until a process receives on it, but no longer than a minute.
wait_for_port() {
  hex_port=$(printf ':%04X ' "$1")
  tries=0
  until cat /proc/net/udp /proc/net/udp6 2>/dev/null | grep -q "$hex_port"; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || { echo "nothing listens on port $1"; return 1; }
    sleep 1
  done
}

# INPUT OUTPUT RECEIVER SINK PORT...: the script from INPUT to OUTPUT, a source that sends to SINK once
# the PORTs are there, and a receiver. The source's ticks are integers: in GStreamer 1.22 those in
# floats hold one sample each of uninitialised memory. Its sound comes no more after $sound_buffers of
# 1024 samples, if that is set, and is not said to have ended: a transport stream cannot say it. The
# receiver then takes pictures alone.
sound_buffers=
relay() {
  input=$1
  output=$2
  receiver=$3
  sink=$4
  shift 4
  rm -f "$folder/windows.jsonl"
  timeout -s INT $((seconds + 90)) "$folder/pipelines/live.sh" "$input" "$output" &
  script=$!
  for port in "$@"; do
    wait_for_port "$port" || { kill -INT "$script"; wait; return 1; }
  done
  # shellcheck disable=SC2086  # several words
  timeout -s INT $((seconds + 60)) gst-launch-1.0 -q \
    audiotestsrc is-live=true wave=ticks ${sound_buffers:+num-buffers=$sound_buffers} \
      ! audio/x-raw,format=S16LE ! audioconvert ! avenc_aac ! aacparse ! queue ! sent. \
    videotestsrc is-live=true pattern=ball ! video/x-raw,width=160,height=120,framerate=30000/1001 \
      ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! h264parse config-interval=1 \
      ! queue ! sent. \
    mpegtsmux name=sent alignment=7 ! $sink &
  source=$!
  began=$(date +%s)
  # shellcheck disable=SC2086  # several words
  timeout $((seconds + 60)) ffmpeg -v error -y -i "$receiver" ${sound_buffers:+-map 0:v} -t "$seconds" \
    -c copy "$folder/received.ts"
  received=$?
  took=$(($(date +%s) - began))
  kill -INT "$script" "$source" 2>/dev/null
  wait
  echo "received $seconds s in $took s"
  # What falls behind takes ever longer than it lasts; the start may take a while.
  [ "$received" -eq 0 ] && [ "$took" -le $((seconds + 15)) ]
}

# How many windows have a caption depends on the machine: a model slower than the stream loses
# some. The receiver ends last, so the newest windows, of 5 s, are what it was there for; it has
# their captions, but for two that may be on their way and one that began before it came. A caption
# that lasts beyond a window is one. Where no window lacks a caption, they come until the end.
captions_come_to_the_end() {
  ffmpeg -v error -f lavfi -i "movie=$folder/received.ts[out+subcc]" -map 0:s -f srt - \
    > "$folder/read.srt" || return 1
  ready=$(tail -n $((seconds / 5)) "$folder/windows.jsonl" | grep '"outcome":"caption"' |
    grep -vc '"extends_last":true')
  awk -v length_s="$seconds" -v ready="$ready" '
    function seconds(time) { gsub(",", ".", time); split(time, part, ":")
                             return part[1] * 3600 + part[2] * 60 + part[3] }
    / --> / { cues++; last = seconds($3) }
    END { print cues + 0 " captions of " ready ", the last until " last " s of " length_s
          has_end = ready < length_s / 5 || last >= length_s - 15
          exit !(ready && cues > 0 && cues >= ready - 3 && has_end) }' "$folder/read.srt"
}

it udp_goes_on_in_real_time relay udp://127.0.0.1:5610 udp://127.0.0.1:5611 \
  'udp://127.0.0.1:5611?timeout=30000000' 'udpsink host=127.0.0.1 port=5610' 5610
it udp_has_captions_to_the_end captions_come_to_the_end
minor=$(gst-launch-1.0 --version | sed -n 's/^GStreamer 1\.\([0-9]*\)\..*/\1/p')
if [ "$minor" -ge 26 ]; then
  sound_buffers=300
  it pictures_go_on_when_the_sound_stalls relay udp://127.0.0.1:5610 udp://127.0.0.1:5611 \
    'udp://127.0.0.1:5611?timeout=30000000' 'udpsink host=127.0.0.1 port=5610' 5610
  sound_buffers=
else
  skip pictures_go_on_when_the_sound_stalls \
    "the mpegtsmux of GStreamer 1.$minor waits for ever for an input that stalls"
fi
if ffmpeg -hide_banner -protocols 2>/dev/null | grep -qw srt; then
  # ffmpeg counts latency in microseconds.
  it srt_goes_on_in_real_time relay 'srt://:5612?mode=listener&latency=4000' \
    'srt://:5613?mode=listener&latency=4000' 'srt://127.0.0.1:5613?latency=4000000' \
    'srtsink uri=srt://127.0.0.1:5612?mode=caller&latency=4000' 5612 5613
  it srt_has_captions_to_the_end captions_come_to_the_end
else
  skip srt_goes_on_in_real_time 'this ffmpeg knows no SRT'
fi
finish
