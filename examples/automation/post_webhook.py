#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""POSTs each caption of dalicaptioner, as it comes, to an address as JSON.

    gst-launch-1.0 -q ... dalicaptioner json-location=/dev/stdout ... |
      post_webhook.py https://example.org/heard [--all] [--header 'Authorization: Bearer ...']

The body is the element's line: docs/schema/window-1.schema.json. A receiver that is away is tried again, one
that answers with a status of 300 to 499 is not, except 408 and 429. The exit status is 1 when anything was not
delivered.
"""
import argparse
import json
import sys

from http_post import check_address, post
from window_lines import Outbox, windows


def parsed_arguments():
    parser = argparse.ArgumentParser(description="POST each caption to an address as JSON.")
    parser.add_argument("address", metavar="URL", help="where the captions go, http or https")
    parser.add_argument("--all", action="store_true", help="send windows without a caption too")
    parser.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'",
                        help="a header to send along, as for authorization")
    arguments = parser.parse_args()
    check_address(parser, arguments.address)
    for header in arguments.header:
        if ":" not in header:
            parser.error(f"{header}: a header is a name, a colon and a value")
    return arguments


def main():
    arguments = parsed_arguments()
    headers = {"Content-Type": "application/json"}
    for header in arguments.header:
        name, value = header.split(":", 1)
        headers[name.strip()] = value.strip()

    def deliver(window):
        post(arguments.address, arguments.address, json.dumps(window, ensure_ascii=False).encode(), headers)

    outbox = Outbox(deliver)
    for window in windows(sys.stdin):
        if arguments.all or window["outcome"] == "caption":
            outbox.put(window)
    return outbox.close()


if __name__ == "__main__":
    sys.exit(main())
