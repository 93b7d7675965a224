# The first pass of a script that takes two: sourced, it writes the captions of $1 to the file
# $captions, as srt.sh does, for as long as the script runs. $hold is a queue for behind encoders:
# one of pictures keeps its first ones back, and the sound's queue holds that long.
# shellcheck shell=sh
. "$(dirname "$0")/launch.sh"
captions=$(mktemp)
trap 'rm -f "$captions"' EXIT
"$(dirname "$0")/srt.sh" "$1" "$captions"
[ -s "$captions" ] || { echo "$0: no captions in $1" >&2; exit 1; }
# shellcheck disable=SC2034  # for the script
hold='queue max-size-buffers=0 max-size-bytes=0 max-size-time=15000000000'
