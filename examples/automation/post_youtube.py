#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""POSTs each caption of dalicaptioner to a live stream's caption address at YouTube.

    gst-launch-1.0 -q ... dalicaptioner json-location=/dev/stdout ... |
      post_youtube.py 'http://upload.youtube.com/closedcaption?cid=...'

The address is the "captions ingestion URL" of the stream's settings. YouTube places a caption by its time in UTC:
that of the window's start, taken from when the first line came and how long that window waited. The clock of this
machine has to be right to a second or so. YouTube's page on the form: support.google.com/youtube/answer/6077032.
"""
import argparse
import datetime
import sys
import time

from http_post import check_address, post
from window_lines import Outbox, windows


def parsed_arguments():
    parser = argparse.ArgumentParser(description="POST each caption to a live stream at YouTube.")
    parser.add_argument("address", metavar="URL", help="the stream's address for captions")
    parser.add_argument("--first", type=int, default=1, metavar="N",
                        help="number of the first post, one more than the last one's of an earlier run")
    arguments = parser.parse_args()
    check_address(parser, arguments.address)
    return arguments


def time_of(window, now_s):
    """When the element's running time was 0, in seconds since 1970: a window is told once it has ended, waited
    and been described."""
    return now_s - window["end"] - window["waited"] - window["described"]


def utc(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def main():
    arguments = parsed_arguments()
    number = arguments.first

    def deliver(caption):
        nonlocal number
        separator = "&" if "?" in arguments.address else "?"
        post("YouTube", f"{arguments.address}{separator}seq={number}", caption.encode(), {"Content-Type": "text/plain"})
        number += 1  # of new data alone: a post that is repeated keeps its number

    outbox = Outbox(deliver)
    zero_s = None
    for window in windows(sys.stdin):
        began_s = time_of(window, time.time())
        zero_s = began_s if zero_s is None else min(zero_s, began_s)  # later lines may have waited in a pipe
        if window["outcome"] == "caption":
            text = window["text"].replace("\n", "<br>")
            outbox.put(f"{utc(zero_s + window['start'])}\n{text}\n")
    return outbox.close()


if __name__ == "__main__":
    sys.exit(main())
