# SPDX-License-Identifier: LGPL-2.1-or-later
"""dali-serve's live sources, with a stand-in for gst-launch-1.0.

    test_serve_live.py DALI_SERVE
"""

import base64
import json
import os
import socket
import subprocess
import sys

from served import Source, equal, holds, run


class Events:
    """Server-sent events, as a browser reads them."""

    def __init__(self, server, path="/live/here/events", headers=None):
        self.connection = server.connect()
        lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self.connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
        self.stream = self.connection.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        self.headers = {}
        while (line := self.stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self.waiting = b""

    def line(self):
        while b"\n" not in self.waiting:
            size = int(self.stream.readline() or b"0", 16)
            self.waiting += self.stream.read(size)
            self.stream.readline()
            if size == 0:
                return None
        line, _, self.waiting = self.waiting.partition(b"\n")
        return line.decode()

    def next(self):
        """(type, what it holds), or None at the end."""
        fields = {}
        while (line := self.line()) is not None:
            if line == "" and "data" in fields:
                data = json.loads(fields["data"])
                equal((data["id"], data["type"]), (fields["id"], fields["event"]))
                return data["type"], data
            name, _, value = line.partition(": ")
            fields[name] = value
        return None

    def close(self):
        self.stream.close()
        self.connection.close()


class WebSocket:
    def __init__(self, server, path="/live/here/socket", more=""):
        self.connection = server.connect()
        key = base64.b64encode(b"0123456789abcdef").decode()
        self.connection.sendall(
            (f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{more}\r\n").encode())
        self.stream = self.connection.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        while self.stream.readline() not in (b"\r\n", b""):
            pass

    def next(self):
        """(opcode, payload)"""
        first, size = self.stream.read(2)
        if size == 126:
            size = int.from_bytes(self.stream.read(2), "big")
        return first & 0x0f, self.stream.read(size)


def captions_are_events_for_all_who_watch(place):
    source = Source(place)
    first, second = Events(source.server), Events(source.server)
    equal(first.headers["content-type"], "text/event-stream")
    equal(first.next()[1]["state"], "running")
    source.caption("a dog \"barks\"", 0.0)
    for events in [first, second]:
        while (event := events.next())[0] == "state":
            pass
        equal(event[0], "caption")
        equal([event[1][key] for key in ["start", "end", "text", "confidence", "modality"]],
              [0.0, 5.0, 'a dog "barks"', 0.5, "audio"])
    source.do('{"outcome":"dropped","start":5.0,"end":10.0,"reason":"too late"}', "not a record",
              '{"outcome":"silence","start":10.0,"end":15.0}', "{broken")
    equal(first.next()[1]["reason"], "too late")
    source.caption("rain falls", 15.0)
    equal(first.next()[1]["text"], "rain falls")
    metrics = source.server.request("GET", "/metrics").text
    for line in ['dali_live_windows_total{source="here",outcome="caption"} 2',
                 'dali_live_windows_total{source="here",outcome="silence"} 1',
                 'dali_live_watchers{source="here"} 2']:
        holds(metrics, line)


def what_starts_and_stops_is_told_where_that_is_asked_for(place):
    source = Source(place, "--live-events")
    events = Events(source.server)
    equal(events.next()[1]["state"], "running")
    source.caption("a dog barks", 0.0)  # of a window: nobody reads it
    source.event("starts", "dog", 1.5, label="dog barks", announced=True, off_screen=True)
    kind, told = events.next()
    equal(kind, "event")
    equal([told[key] for key in ["event", "source", "name", "at", "start", "confidence", "announced", "off_screen"]],
          ["starts", 0, "dog", 1.5, 1.5, 0.5, True, True])
    # Viewers read what the element sends, of several events at a time.
    source.caption_of_events("[dog barks, siren wails]", 1.5, 4.0)
    kind, caption = events.next()
    equal((kind, [caption[key] for key in ["start", "end", "text", "confidence"]]),
          ("caption", [1.5, 4.0, "[dog barks, siren wails]", 0.25]))
    source.event("stops", "dog", 4.0, start=1.5)
    kind, told = events.next()
    equal((kind, told["event"], told["at"], told["start"], told["announced"]), ("event", "stops", 4.0, 1.5, False))
    source.event("stops", "dog", 4.0, start=1.5, announced=True)
    events.next()
    source.caption_of_events("[dog stops]", 4.0, 6.0)
    equal(events.next()[1]["text"], "[dog stops]")
    vtt = source.server.request("GET", "/live/here/captions.vtt").text
    equal((vtt.count("-->"), "00:00:01.500 --> 00:00:04.000\n[dog barks, siren wails]" in vtt), (2, True))
    with open(os.path.join(place.folder, "live-words"), encoding="utf-8") as file:
        holds(file.read(), "mode=events\n")


def who_comes_again_gets_what_was_missed_and_no_more(place):
    source = Source(place)
    events = Events(source.server)
    events.next()
    source.caption("first", 0.0)
    last = events.next()[1]["id"]
    events.close()
    source.caption("second", 5.0)
    again = Events(source.server, headers={"Last-Event-ID": last})
    equal(again.next()[1]["text"], "second")
    by_address = Events(source.server, "/live/here/events?last-event-id=" + last)
    equal(by_address.next()[1]["text"], "second")
    # An event of a server before this one: everything that is kept.
    of_before = Events(source.server, headers={"Last-Event-ID": "0-17"})
    equal(of_before.next()[1]["state"], "running")


def captions_are_lines_of_json(place):
    source = Source(place)
    lines = Events(source.server, "/live/here/events.jsonl")
    equal(lines.headers["content-type"], "application/x-ndjson")
    equal(lines.line(), "")
    equal(json.loads(lines.line())["state"], "running")
    source.caption("a dog barks", 0.0)
    equal(json.loads(lines.line())["text"], "a dog barks")


def captions_are_a_webvtt_file(place):
    source = Source(place)
    events = Events(source.server)
    source.caption("a <dog>", 0.0)
    source.caption("a <dog>", 5.0, extends_last=True)
    source.caption("rain", 3600.5)
    while events.next()[1].get("text") != "rain":
        pass
    answer = source.server.request("GET", "/live/here/captions.vtt")
    equal(answer.headers["Content-Type"], "text/vtt; charset=utf-8")
    equal(answer.text, "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\na &lt;dog&gt;\n"
                       "\n01:00:00.500 --> 01:00:05.500\nrain\n")


def captions_are_messages_of_a_websocket(place):
    source = Source(place)
    watcher = WebSocket(source.server)
    equal(watcher.status, 101)
    equal(json.loads(watcher.next()[1])["state"], "running")
    source.caption("a dog barks", 0.0)
    opcode, payload = watcher.next()
    equal((opcode, json.loads(payload)["text"]), (1, "a dog barks"))
    equal(WebSocket(source.server, "/live/there/socket").status, 404)
    equal(WebSocket(source.server, more="Origin: http://evil.example\r\n").status, 403)
    equal(source.server.request("GET", "/live/here/socket").status, 400)
    equal(source.server.request("HEAD", "/live/here/events").status, 200)
    source.server.terminate()
    equal(json.loads(watcher.next()[1])["message"], "the server is shutting down")
    equal(watcher.next()[0], 8)  # a close
    watcher.connection.close()
    equal(source.server.process.wait(60), 0)


def a_source_that_ends_or_fails_begins_anew_and_says_so(place):
    source = Source(place)
    events = Events(source.server)
    equal(events.next()[1]["state"], "running")
    source.do("fail Connection refused")
    event = events.next()[1]
    equal(event["state"], "failed")
    holds(event["message"], "Connection refused; it begins anew in 1 s")
    equal(events.next()[1]["state"], "running")
    source.do("crash")
    holds(events.next()[1]["message"], "signal 11")
    equal(events.next()[1]["state"], "running")
    source.caption("it works", 0.0)
    events.next()
    source.do("end")
    event = events.next()[1]
    equal(event["state"], "ended")
    holds(event["message"], "in 1 s")  # a source that has worked is not kept waiting
    equal(source.server.request("GET", "/live").json,
          {"sources": [{"name": "here", "state": "ended"}]})


def streams_end_with_the_server(place):
    source = Source(place)
    events = Events(source.server)
    events.next()
    source.server.terminate()
    equal(events.next()[1]["state"], "ended")
    equal(events.next(), None)
    equal(source.server.process.wait(60), 0)


def the_command_is_one_of_gst_launch(place):
    Source(place, "--live-window", "2").do("it runs")
    with open(os.path.join(place.folder, "live-words"), encoding="utf-8") as file:
        words = file.read()
    for word in ["uri=udp://127.0.0.1:5000", "captioner.audio_sink", "captioner.video_sink",
                 "dalicaptioner", "window=2000", "json-location=/dev/stdout"]:
        holds(words, word + "\n")


def sources_that_cannot_be_are_refused(place):
    for source, words in [("here", "not NAME=URI"), ("=udp://x", "not NAME=URI"), ("a/b=udp://x", "not NAME=URI"),
                          ("here=clip.mp4", "neither a URI nor a pipeline"),
                          ("here=audiotestsrc ! fakesink", "leads to neither"),
                          ("here=audiotestsrc ! 'captioner.audio_sink", "no pipeline")]:
        ended = subprocess.run([place.program, "--port", "0", "--source", source], capture_output=True,
                               text=True, timeout=60, check=False)
        equal((source, ended.returncode, ended.stderr.count("\n")), (source, 1, 1))
        holds(ended.stderr, words)
    ended = subprocess.run([place.program, "--port", "0", "--source", "a=udp://x", "--source", "a=udp://y"],
                           capture_output=True, text=True, timeout=60, check=False)
    holds(ended.stderr, "stands twice")


def a_watcher_that_takes_nothing_is_cut(place):
    source = Source(place)
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect((source.server.host, source.server.port))
    slow.sendall(b"GET /live/here/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while 'watchers{source="here"} 1' not in source.server.request("GET", "/metrics").text:
        pass
    while 'watchers{source="here"} 0' not in source.server.request("GET", "/metrics").text:
        source.caption("x" * 4000, 0.0)
    slow.close()


def watchers_that_leave_are_forgotten(place):
    source = Source(place)
    for path in ["events", "events.jsonl"]:
        Events(source.server, "/live/here/" + path).close()
    watcher = WebSocket(source.server)
    watcher.next()
    watcher.stream.close()
    watcher.connection.close()
    while True:
        metrics = source.server.request("GET", "/metrics").text
        if 'watchers{source="here"} 0' in metrics and "\ndali_connections 1\n" in metrics:
            break
    equal(source.server.end(), 0)


CASES = [
    captions_are_events_for_all_who_watch,
    what_starts_and_stops_is_told_where_that_is_asked_for,
    who_comes_again_gets_what_was_missed_and_no_more,
    captions_are_lines_of_json,
    captions_are_a_webvtt_file,
    captions_are_messages_of_a_websocket,
    a_source_that_ends_or_fails_begins_anew_and_says_so,
    streams_end_with_the_server,
    the_command_is_one_of_gst_launch,
    sources_that_cannot_be_are_refused,
    a_watcher_that_takes_nothing_is_cut,
    watchers_that_leave_are_forgotten,
]

run(CASES, sys.argv[1])
