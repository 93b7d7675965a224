# gst-launch-1.0 for the scripts in this folder. Sourced, it sets
#
#     $launch  that runs a pipeline of files, saying errors alone
#     $hold    a queue for behind encoders: one of pictures keeps its first ones back, and the sound's
#              queue holds that long
#
# A pipeline of GStreamer 1.22 may never end: its bin forgets that it plays when the thread that
# reports PAUSED is interrupted by the one that hears of it and asks for PLAYING. gst-launch waits for
# that report, and on a busy machine one run in twenty got stuck; programs that ask for PLAYING at
# once are spared. In the scheduler's batch class a thread that wakes up interrupts no other.
# shellcheck shell=sh disable=SC2034  # for the script
launch='gst-launch-1.0 -q'
if chrt --batch 0 true 2>/dev/null; then launch="chrt --batch 0 $launch"; fi
hold='queue max-size-buffers=0 max-size-bytes=0 max-size-time=15000000000'
