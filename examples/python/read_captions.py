#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints the captions of a media file, with what is known of each.

Usage: read_captions.py MEDIA
"""
import math
import sys

import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402


def print_caption(captions):
    buffer = captions.emit("pull-sample").get_buffer()
    meta = buffer.get_custom_meta("DaliCaptionMeta")
    if meta is not None:
        caption = meta.get_structure()
        start_s, end_s = (caption.get_value(field) / Gst.SECOND for field in ("start", "end"))
        confidence = math.exp(caption.get_value("mean-log-probability"))
        text = buffer.extract_dup(0, buffer.get_size()).decode()
        print(f"{start_s:.3f} {end_s:.3f} {confidence:.2f} {text}", flush=True)
    return Gst.FlowReturn.OK


if len(sys.argv) != 2:
    print("Usage: read_captions.py MEDIA", file=sys.stderr)
    sys.exit(2)
Gst.init(None)
pipeline = Gst.parse_launch(
    "filesrc name=file ! decodebin name=media  media. ! captioner.audio_sink"
    "  media. ! captioner.video_sink  dalicaptioner name=captioner"
    "  captioner.text_src ! appsink name=captions sync=false emit-signals=true")
pipeline.get_by_name("file").props.location = sys.argv[1]
pipeline.get_by_name("captions").connect("new-sample", print_caption)
pipeline.set_state(Gst.State.PLAYING)
last = pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE,
                                             Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
if last.type == Gst.MessageType.ERROR:
    sys.exit(f"{sys.argv[1]}: {last.parse_error().gerror.message}")
