# SPDX-License-Identifier: LGPL-2.1-or-later
# For the scripts in this folder: sourced, it sets $launch, gst-launch-1.0 that runs a pipeline of
# files, saying errors alone.
#
# A pipeline of GStreamer 1.22 may never end: its bin forgets that it plays when the thread that
# reports PAUSED is overtaken by the one that hears of it and asks for PLAYING. gst-launch waits for
# that report, and hung in up to one run of three; programs that ask for PLAYING at once are spared. So
# is gst-launch when a live source, which brings nothing here, makes PAUSED not worth waiting for.
#
# And $encode_sound, elements that make AAC of raw sound. FFmpeg's encoder loops for ever on samples
# far beyond full scale, which a damaged stream may be decoded to: integers cannot hold them.
#
# And $turn_upright, elements for pictures that are encoded anew: players turn them as the medium says
# they lie, and nothing of that goes into what GStreamer writes.
# shellcheck shell=sh disable=SC2034  # for the script
turn_upright='videoconvert ! videoflip video-direction=auto'
encode_sound='audioconvert ! audio/x-raw,format=S16LE ! audioconvert ! avenc_aac'
launch='gst-launch-1.0 -q fakesrc is-live=true num-buffers=0 ! fakesink async=false'

# The queue for behind encoders: what a muxer waits with for captions or for pictures, of which the
# encoder keeps the first ones back. It is bounded in bytes: a queue of GStreamer 1.22 takes the first
# picture of a Matroska that begins at 100 s for 100 s of them, and would be full for good.
hold='queue max-size-buffers=0 max-size-bytes=250000000 max-size-time=0'

fail() {
  echo "$0: $1" >&2
  exit 1
}

# MEDIUM: sets $sound and $picture to "yes" where GStreamer can decode such a stream of it, and to
# nothing else. A pipeline with a branch that nothing ever flows into would not end.
look_into() {
  [ -e "$1" ] || fail "$1: No such file or directory"
  if [ ! -f "$1" ] || [ ! -r "$1" ]; then fail "$1: not a file that can be read"; fi
  command -v gst-discoverer-1.0 > /dev/null ||
    fail 'gst-discoverer-1.0 is missing: install gstreamer1.0-plugins-base-apps'
  # Behind a folder's name, "-x.mp4" is no option.
  case $1 in */*) seen=$1 ;; *) seen=./$1 ;; esac
  seen=$(GST_DEBUG=qtdemux:2 GST_DEBUG_NO_COLOR=1 LC_ALL=C gst-discoverer-1.0 "$seen" 2>&1) || :
  sound=$(echo "$seen" | sed -n 's/^ *audio #.*/yes/p; s/^ *audio(.*/yes/p' | sed 1q)
  picture=$(echo "$seen" | sed -n 's/^ *video #.*/yes/p; s/^ *video(.*/yes/p' | sed 1q)
  [ -z "$sound$picture" ] || return 0
  # The demuxer of GStreamer 1.22 takes a track for a preview that lasts less than a fifth of the time
  # that the movie is said to: all tracks of an MP4 that begins late.
  case $seen in
    *'Track shorter than 20%'*)
      fail "$1: its tracks last less than a fifth of its time, as in a file that begins late, and \
GStreamer leaves such out; dali-caption captions it: dali-caption '$1' -o CAPTIONS.vtt"
      ;;
  esac
  why=$(echo "$seen" | sed -n '/^An error was encountered/{n; s/^ *//; p; q;}')
  fail "$1: ${why:-holds neither sound nor picture}"
}

# MEDIUM WHAT_FOR
look_for_a_picture() {
  look_into "$1"
  [ -n "$picture" ] || fail "$1: holds no picture $2"
}

# MEDIUM CAPTIONS.srt PROPERTY=VALUE...: writes its captions on lines that can be read in their time.
write_srt() {
  srt_medium=$1
  srt_file=$2
  shift 2
  # shellcheck disable=SC2086  # several words
  $launch filesrc location="$srt_medium" ! decodebin name=media \
    ${sound:+media. ! captioner.audio_sink} \
    ${picture:+media. ! captioner.video_sink} \
    dalicaptioner name=captioner priority=normal merge-limit=30000 "$@" \
    captioner.text_src ! dalitextshape preset=netflix ! srtenc ! filesink location="$srt_file"
}
