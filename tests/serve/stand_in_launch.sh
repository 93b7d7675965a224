#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Stands in for gst-launch-1.0 where a test of dali-serve needs a live source that does what the test
# says: what is written to the FIFO live-lines beside it, line by line. "end", "fail TEXT" and "crash"
# are its ends; "media FILE" is what it writes of its media; all else is printed as it is.
set -eu

place=$(dirname "$0")
printf '%s\n' "$@" > "$place/live-words"
while :; do
  while read -r line; do
    case $line in
      end) exit 0 ;;
      fail*)
        echo "ERROR: from element /GstPipeline:pipeline0/GstUDPSrc:udpsrc0: ${line#fail }" >&2
        exit 1
        ;;
      media*) cat "${line#media }" >&3 ;;
      crash) kill -s SEGV $$ ;;
      *) printf '%s\n' "$line" ;;
    esac
  done < "$place/live-lines"
done
