# SPDX-License-Identifier: LGPL-2.1-or-later
"""The picture and sound of dali-serve's live sources, with a stand-in for gst-launch-1.0.

    test_serve_live_media.py DALI_SERVE
"""

import os
import socket
import sys

import webm
from served import Source, equal, holds, run

MEBIBYTE = 1 << 20


class Media:
    """A client that takes the media as they come."""

    def __init__(self, server, receive_bytes=None):
        self.connection = socket.socket()
        if receive_bytes:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.connection.settimeout(60)
        self.connection.connect((server.host, server.port))
        self.connection.sendall(b"GET /live/here/media HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.stream = None
        self.data = b""

    def begin(self):
        self.stream = self.connection.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        self.headers = {}
        while (line := self.stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        return self

    def chunk(self):
        size = int(self.stream.readline() or b"0", 16)
        self.data += self.stream.read(size)
        self.stream.readline()
        return size

    def until(self, condition):
        """Reads on until it holds of what has come; the clusters."""
        while not condition(webm.take_apart(self.data)[1]):
            if self.chunk() == 0:
                raise AssertionError(f"ended with {webm.take_apart(self.data)}")
        return webm.take_apart(self.data)[1]

    def rest(self):
        while self.chunk():
            pass
        return webm.take_apart(self.data)

    def close(self):
        if self.stream:
            self.stream.close()
        self.connection.close()


class Channel:
    """The live source "here", whose run writes what the test says as its media."""

    def __init__(self, place, *options):
        self.source = Source(place, *options)
        self.server = self.source.server
        self.place = place
        self.files = 0

    def write(self, data):
        self.files += 1
        path = os.path.join(self.place.folder, f"media-{self.files}")
        with open(path, "wb") as file:
            file.write(data)
        self.source.do("media " + path)

    def wait_begun(self):
        while self.server.request("HEAD", "/live/here/media").status != 200:
            pass


def has(number):
    return lambda clusters: clusters and clusters[-1][0] == number and clusters[-1][1]


def media_come_to_who_watches_from_a_key_frame_on(place):
    channel = Channel(place, "--live-window", "4")
    refused = channel.server.request("GET", "/live/here/media")
    equal(refused.error, (503, "not_ready"))
    equal(refused.headers["Retry-After"], "1")
    channel.write(webm.header() + webm.cluster(1, [b"one", b"two"]))
    channel.wait_begun()
    media = Media(channel.server).begin()
    equal(media.headers["content-type"], 'video/webm; codecs="vp8, opus"')
    equal(media.headers["dali-live-window"], "4")
    equal(media.until(lambda clusters: clusters and len(clusters[0][1]) == 2), [(1, [b"one", b"two"])])
    equal(webm.take_apart(media.data)[0], True)
    channel.write(webm.block(b"three", is_key=False))
    media.until(lambda clusters: clusters[-1][1] == [b"one", b"two", b"three"])
    # Nobody can begin with this one, and so nobody does, but who has begun goes on.
    channel.write(webm.cluster(2, [b"four"], is_key=False))
    channel.write(webm.cluster(3, [b"five"]))
    media.until(has(3))
    late = Media(channel.server).begin()
    equal([number for number, _ in late.until(has(3))], [1, 2, 3])
    for each in [media, late]:
        each.close()


def who_comes_late_gets_the_last_seconds_alone(place):
    channel = Channel(place)
    channel.write(webm.header(["A_OPUS"]) +
                  b"".join(webm.cluster(number, [b"x" * 1000], is_key=False) for number in range(1, 41)))
    channel.wait_begun()
    while (first := Media(channel.server).begin().until(has(40))[0][0]) < 27:
        pass
    equal(first, 27)
    equal(channel.server.request("HEAD", "/live/here/media").headers["Content-Type"],
          'audio/webm; codecs="opus"')


def a_slow_client_goes_on_with_a_key_frame(place):
    channel = Channel(place)
    channel.write(webm.header() + webm.cluster(1, [b"x"]))
    channel.wait_begun()
    slow = Media(channel.server, receive_bytes=4096)
    fast = Media(channel.server).begin()
    fast.until(has(1))
    for number in range(2, 24):
        channel.write(webm.cluster(number, [bytes([number]) * MEBIBYTE, b"end"]))
        fast.until(lambda clusters: clusters and clusters[-1][1][1:] == [b"end"])
        fast.data = b""
    # Now it reads. What it missed is gone, and something new has to come for it to go on.
    slow.connection.settimeout(0.1)
    received = bytearray()
    number = 24
    while b"new" not in received[-4 * MEBIBYTE:]:
        channel.write(webm.cluster(number, [b"new", b"end"]))
        number += 1
        try:
            while piece := slow.connection.recv(MEBIBYTE):
                received += piece
        except TimeoutError:
            pass
    clusters = webm.take_apart(without_chunks(received.partition(b"\r\n\r\n")[2]))[1]
    numbers = [each for each, _ in clusters]
    equal(numbers, sorted(set(numbers)))
    missed = set(range(1, numbers[-1])) - set(numbers)
    if not missed:
        raise AssertionError(f"it missed nothing of {numbers}")
    # Each that it was given begins with its key frame, and is whole but where it was left.
    for each, payloads in clusters[1:-1]:
        equal((each, payloads[0][:3]), (each, b"new" if each > 23 else 3 * bytes([each])))
        if each + 1 not in missed:
            equal((each, payloads[-1]), (each, b"end"))


def without_chunks(data):
    whole, at = bytearray(), 0
    while (end := data.find(b"\r\n", at)) > 0:
        size = int(data[at:end], 16)
        whole += data[end + 2:end + 2 + size]
        at = end + 2 + size + 2
    return bytes(whole)


def a_run_that_ends_ends_its_media(place):
    channel = Channel(place)
    channel.write(webm.header() + webm.cluster(1, [b"one"]))
    channel.wait_begun()
    media = Media(channel.server).begin()
    media.until(has(1))
    channel.source.do("end")
    equal(media.rest(), (True, [(1, [b"one"])]))
    channel.write(webm.header() + webm.cluster(1, [b"of another run"]))
    channel.wait_begun()
    equal(Media(channel.server).begin().until(has(1)), [(1, [b"of another run"])])


def media_that_are_none_leave_the_captions_alone(place):
    channel = Channel(place)
    for content in [b"\x00" * 100, b"ftyp of something else", webm.header()[:40] + 50 * b"\xff"]:
        channel.write(content)
        channel.source.caption("a dog barks", 0.0)
        while "a dog barks" not in channel.server.request("GET", "/live/here/captions.vtt").text:
            pass
        # What is written on is read, and is not held up.
        channel.write(b"x" * MEBIBYTE)
        equal(channel.server.request("GET", "/live/here/media").status, 503)
        channel.source.do("end")
        while channel.server.request("GET", "/live").json["sources"][0]["state"] != "running":
            pass


def media_that_break_end_for_who_watches(place):
    channel = Channel(place)
    channel.write(webm.header() + webm.cluster(1, [b"one"]))
    channel.wait_begun()
    media = Media(channel.server).begin()
    media.until(has(1))
    channel.write(b"\x00" * 100)
    equal(media.rest(), (True, [(1, [b"one"])]))
    equal(channel.server.request("GET", "/live/here/media").status, 503)


def media_are_left_out_where_the_server_is_told_so(place):
    source = Source(place, "--no-live-media")
    source.do("it runs")
    answer = source.server.request("GET", "/live/here/media")
    equal(answer.error, (404, "not_found"))
    with open(os.path.join(place.folder, "live-words"), encoding="utf-8") as file:
        words = file.read()
    holds(words, "fakesink\n")
    equal("webmmux" in words, False)


def media_end_with_the_server(place):
    channel = Channel(place)
    channel.write(webm.header() + webm.cluster(1, [b"one"]))
    channel.wait_begun()
    media = Media(channel.server).begin()
    media.until(has(1))
    channel.server.terminate()
    media.rest()
    equal(channel.server.process.wait(60), 0)


def media_are_for_who_may_ask(place):
    token = os.path.join(place.folder, "token")
    with open(token, "w", encoding="utf-8") as file:
        file.write("0123456789abcdef\n")
    channel = Channel(place, "--token-file", token)
    equal(channel.server.request("GET", "/live/here/media").status, 401)
    equal(channel.server.request("GET", "/live/there/media",
                                 headers={"Authorization": "Bearer 0123456789abcdef"}).status, 404)


run([
    media_come_to_who_watches_from_a_key_frame_on,
    who_comes_late_gets_the_last_seconds_alone,
    a_slow_client_goes_on_with_a_key_frame,
    a_run_that_ends_ends_its_media,
    media_that_are_none_leave_the_captions_alone,
    media_that_break_end_for_who_watches,
    media_are_left_out_where_the_server_is_told_so,
    media_end_with_the_server,
    media_are_for_who_may_ask,
], sys.argv[1])
