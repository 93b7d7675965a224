# SPDX-License-Identifier: LGPL-2.1-or-later
"""What RFC 8216 wants of a live stream with subtitles, for tests: playlists are read, held to the
rules one by one and against what they were before, and segments of WebVTT are taken apart."""

import datetime
import os
import re

CLOCK_TICKS = 1 << 33


class BrokenRule(AssertionError):
    pass


def rule(holds, words):
    if not holds:
        raise BrokenRule(words)


class Segment:
    def __init__(self):
        self.duration = None
        self.date_time = None
        self.is_discontinuous = False
        self.address = None
        self.number = None
        self.discontinuity = None
        self.initialisation = None  # the address of what is read before it


class Playlist:
    """A media playlist, by the rules of section 4.3.2 and 4.3.3."""

    def __init__(self, path):
        self.folder = os.path.dirname(path)
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        rule(text.startswith("#EXTM3U\n"), f"{path} begins with {text[:10]!r}")
        rule(text.endswith("\n"), f"{path} is broken off")
        values, self.segments, segment = {}, [], Segment()
        initialisation = None
        for line in text.splitlines()[1:]:
            name, _, value = line.partition(":")
            if name == "#EXTINF":
                rule(re.fullmatch(r"\d+\.\d+,", value), f"EXTINF {value!r}")
                segment.duration = float(value[:-1])
            elif name == "#EXT-X-PROGRAM-DATE-TIME":
                segment.date_time = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
            elif name == "#EXT-X-DISCONTINUITY":
                segment.is_discontinuous = True
            elif name == "#EXT-X-MAP":
                initialisation = attributes(line)["URI"]
                rule(os.path.isfile(os.path.join(self.folder, initialisation)),
                     f"{initialisation} is not there")
            elif line.startswith("#"):
                rule(name not in values, f"{name} stands twice")
                values[name] = value
                if name != "#EXT-X-ENDLIST":
                    rule(not self.segments and segment.duration is None, f"{name} behind a segment")
            else:
                rule(line and segment.duration is not None, f"{line!r} is no segment")
                segment.address = line
                segment.initialisation = initialisation
                is_fragment = line.endswith((".m4s", ".mp4", ".cmfv", ".cmfa", ".cmft"))
                rule(is_fragment == (initialisation is not None), f"{line} goes by {initialisation}")
                self.segments.append(segment)
                segment = Segment()
        rule(segment.duration is None, "a duration without a segment")
        self.version = int(values["#EXT-X-VERSION"])
        rule(self.version >= 3, "durations with fractions are of version 3")
        rule(initialisation is None or self.version >= 7, "fragments of MP4 are of version 7")
        self.target = int(values["#EXT-X-TARGETDURATION"])
        self.sequence = int(values["#EXT-X-MEDIA-SEQUENCE"])
        self.discontinuities = int(values.get("#EXT-X-DISCONTINUITY-SEQUENCE", 0))
        self.has_ended = "#EXT-X-ENDLIST" in values
        discontinuity = self.discontinuities
        for index, each in enumerate(self.segments):
            rule(int(each.duration + 0.5) <= self.target,
                 f"{each.address} lasts {each.duration} s of {self.target}")
            each.number = self.sequence + index
            discontinuity += each.is_discontinuous
            each.discontinuity = discontinuity
            rule(os.path.isfile(self.path_of(each)), f"{each.address} is not there")

    def path_of(self, segment):
        return os.path.join(self.folder, segment.address)

    def initialisation_of(self, segment):
        return os.path.join(self.folder, segment.initialisation)

    def follows(self, before):
        """Section 6.2.1 and 6.2.2: what a server may change."""
        rule(self.target == before.target, "the target duration has changed")
        rule(self.sequence >= before.sequence, "the media sequence has gone back")
        known = {each.number: each for each in before.segments}
        rule(not known or not self.segments or self.segments[-1].number >= before.segments[-1].number,
             "segments have gone from the end")
        rule(self.sequence <= max(known, default=self.sequence) + 1, "segments were left out")
        for each in self.segments:
            old = known.get(each.number)
            if old is not None:
                rule((old.address, old.duration, old.date_time, old.discontinuity,
                      old.initialisation) ==
                     (each.address, each.duration, each.date_time, each.discontinuity,
                      each.initialisation),
                     f"{each.address} has changed")
        if self.sequence > before.sequence and not self.has_ended:
            rule(sum(each.duration for each in self.segments) >= 3 * self.target,
                 "less than three target durations are left")

    def in_step_with(self, other):
        rule(self.target == other.target, "the target durations differ")
        rule([(s.number, s.duration, s.date_time, s.discontinuity) for s in self.segments] ==
             [(s.number, s.duration, s.date_time, s.discontinuity) for s in other.segments],
             "the playlists are not in step")
        for segments in (self.segments, other.segments):
            for before, each in zip(segments, segments[1:]):
                rule(each.is_discontinuous or each.initialisation == before.initialisation,
                     f"{each.address} goes by another file than the one before")


class Cue:
    def __init__(self, identifier, start, end, text):
        self.identifier, self.start, self.end, self.text = identifier, start, end, text

    def key(self):
        return (self.identifier, self.start, self.end, self.text)


def seconds(text):
    match = re.fullmatch(r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})", text)
    rule(match, f"{text!r} is no time")
    hours, minutes, whole, thousandths = map(int, match.groups())
    return hours * 3600 + minutes * 60 + whole + thousandths / 1000


def read_webvtt(path):
    """The ticks of MPEG's clock at local time 0, and the cues."""
    with open(path, encoding="utf-8") as file:
        blocks = [block for block in file.read().split("\n\n") if block.strip()]
    header = blocks[0].strip().split("\n")
    rule(header[0] == "WEBVTT", f"{path} begins with {header[0]!r}")
    match = re.fullmatch(r"X-TIMESTAMP-MAP=MPEGTS:(\d+),LOCAL:(.*)", header[1])
    rule(match and int(match[1]) < CLOCK_TICKS, f"{path} says {header[1]!r}")
    zero = int(match[1]) - round(seconds(match[2]) * 90000)
    cues = []
    for block in blocks[1:]:
        identifier, times, *lines = block.strip("\n").split("\n")
        rule("-->" not in identifier and lines, f"{path} has the block {block!r}")
        start, end = map(seconds, times.split(" --> "))
        rule(start <= end, f"{path}: {times}")
        rule(not re.search(r"[<>]|&(?!amp;|lt;|gt;)", "".join(lines)), f"{path}: {lines}")
        cues.append(Cue(identifier, start, end, "\n".join(lines)))
    return zero, cues


def attributes(line):
    return dict((name, value.strip('"')) for name, value in
                re.findall(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)', line.partition(":")[2]))


def read_master(path):
    """The attributes of its one variant, the address, and the attributes of its subtitles and of
    its sound (None without)."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    rule(lines[0] == "#EXTM3U", f"{path} begins with {lines[0]!r}")
    variants = [at for at, line in enumerate(lines) if line.startswith("#EXT-X-STREAM-INF:")]
    rule(len(variants) == 1, f"{len(variants)} variants")
    variant = attributes(lines[variants[0]])
    rule(int(variant["BANDWIDTH"]) > 0, "no bandwidth")
    renditions = [attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:")]
    found = {"SUBTITLES": None, "AUDIO": None}
    for each in renditions:
        rule(found[each["TYPE"]] is None and each["GROUP-ID"] == variant[each["TYPE"]] and
             each["NAME"] and each["URI"], f"rendition {each}")
        found[each["TYPE"]] = each
    for kind, rendition in found.items():
        rule((rendition is not None) == (kind in variant), f"{kind}: a group without a rendition")
    return variant, lines[variants[0] + 1], found["SUBTITLES"], found["AUDIO"]
