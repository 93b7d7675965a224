# For the scripts in this folder: sourced, it sets $launch, gst-launch-1.0 that runs a pipeline of
# files, saying errors alone.
#
# A pipeline of GStreamer 1.22 may never end: its bin forgets that it plays when the thread that
# reports PAUSED is interrupted by the one that hears of it and asks for PLAYING. gst-launch waits for
# that report, and on a busy machine one run in twenty got stuck; programs that ask for PLAYING at
# once are spared. In the scheduler's batch class a thread that wakes up interrupts no other.
#
# And $encode_sound, elements that make AAC of raw sound. FFmpeg's encoder loops for ever on samples
# far beyond full scale, which a damaged stream may be decoded to: integers cannot hold them.
# shellcheck shell=sh disable=SC2034  # for the script
encode_sound='audioconvert ! audio/x-raw,format=S16LE ! audioconvert ! avenc_aac'
launch='gst-launch-1.0 -q'
if chrt --batch 0 true 2>/dev/null; then launch="chrt --batch 0 $launch"; fi
