# SPDX-License-Identifier: LGPL-2.1-or-later
# The first pass of a script that takes two: sourced after look_into, it writes the captions of $1 to
# the file $captions for as long as the script runs, as srt.sh does but in running time, which is the
# same when the medium is decoded once more. $begin is the media's first moment in it, in seconds.
# shellcheck shell=sh disable=SC2034  # for the script
captions=$(mktemp)
windows=$(mktemp)
trap 'rm -f "$captions" "$windows"' EXIT
write_srt "$1" "$captions" time-zero=running-time json-location="$windows"
[ -s "$captions" ] || fail "$1: no captions in it"
begin=$(sed -n '1s/.*"start": *\([0-9.]*\).*/\1/p' "$windows")
