# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fragments of MP4 taken apart, for tests: what ISO/IEC 14496-12 says of times and sizes, and the
cues of ISO/IEC 14496-30."""

import struct

from hls_rules import Cue, rule

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf"}


def boxes(data):
    """The boxes of these bytes: [(name, content)], and each byte belongs to one."""
    found, at = [], 0
    while at < len(data):
        rule(at + 8 <= len(data), "a box is broken off")
        size, name = struct.unpack_from(">I4s", data, at)
        rule(8 <= size <= len(data) - at, f"{name} has {size} bytes of {len(data) - at}")
        found.append((name, data[at + 8:at + size]))
        at += size
    return found


def only(data, *names):
    """The content of the one box that these names lead to."""
    for name in names:
        contents = [content for each, content in boxes(data) if each == name]
        rule(len(contents) == 1, f"{len(contents)} of {name}")
        data = contents[0]
    return data


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Initialisation:
    def __init__(self, path):
        data = read(path)
        rule([name for name, _ in boxes(data)] == [b"ftyp", b"moov"], f"{path} has {boxes(data)}")
        movie = only(data, b"moov")
        media = only(movie, b"trak", b"mdia")
        self.ticks_per_second, = struct.unpack_from(">I", only(media, b"mdhd"), 12)
        self.handler = only(media, b"hdlr")[8:12].decode()
        table = only(media, b"minf", b"stbl")
        count, = struct.unpack_from(">I", only(table, b"stsd"), 4)
        rule(count == 1, f"{count} forms of samples")
        (self.form, self.entry), = boxes(only(table, b"stsd")[8:])
        for name in (b"stts", b"stsc", b"stco"):
            rule(struct.unpack_from(">I", only(table, name), 4) == (0,), f"{name} is not empty")
        track, = struct.unpack_from(">I", only(movie, b"trak", b"tkhd"), 12)
        rule(struct.unpack_from(">II", only(movie, b"mvex", b"trex"), 4) == (track, 1), "trex")
        self.track = track


class Sample:
    def __init__(self, start, duration, shown, is_key, data):
        self.start, self.duration, self.shown = start, duration, shown
        self.is_key, self.data = is_key, data


class Fragment:
    """One file of a segment: decoding times and samples, in ticks."""

    def __init__(self, path, initialisation):
        data = read(path)
        rule([name for name, _ in boxes(data)] == [b"styp", b"moof", b"mdat"],
             f"{path} has {[name for name, _ in boxes(data)]}")
        movie = only(data, b"moof")
        track = only(movie, b"traf")
        self.number, = struct.unpack_from(">I", only(movie, b"mfhd"), 4)
        flags, number = struct.unpack_from(">II", only(track, b"tfhd"))
        rule(number == initialisation.track and flags & 0x20000, f"{path}: tfhd {flags:x}")
        version, self.start = struct.unpack_from(">IQ", only(track, b"tfdt"))
        rule(version == 0x1000000, f"{path}: tfdt {version:x}")
        self.samples = []
        runs = [content for name, content in boxes(track) if name == b"trun"]
        rule(len(runs) == (0 if flags & 0x10000 else 1), f"{path} has {len(runs)} runs")
        before = len(data) - len(only(data, b"mdat"))
        moof = before - 8 - len(movie) - 8
        at, time = before, self.start
        for run in runs:
            flags, count, offset = struct.unpack_from(">IIi", run)
            rule(flags & 0xfff == 0x701 or flags & 0xfff == 0xf01, f"{path}: trun {flags:x}")
            rule(moof + offset == before, f"{path}: its samples begin at {offset}")
            fields = 4 if flags & 0x800 else 3
            rule(len(run) == 12 + 4 * fields * count, f"{path}: trun has {len(run)} bytes")
            for index in range(count):
                duration, size, sample_flags = struct.unpack_from(">III", run, 12 + 4 * fields * index)
                later = struct.unpack_from(">i", run, 24 + 16 * index)[0] if fields == 4 else 0
                self.samples.append(Sample(time, duration, time + later,
                                           not sample_flags & 0x10000, data[at:at + size]))
                at += size
                time += duration
        rule(at == len(data), f"{path}: {len(data) - at} bytes are of no sample")
        self.end = time

    def cues(self, ticks_per_second, zero_s=0):
        """Of WebVTT: each cue of each sample."""
        found = []
        for sample in self.samples:
            parts = boxes(sample.data)
            names = {name for name, _ in parts}
            rule(names in ({b"vttc"}, {b"vtte"}), f"a sample of captions has {names}")
            rule(b"vtte" not in names or parts == [(b"vtte", b"")], f"vtte has {parts}")
            for name, content in parts:
                if name == b"vtte":
                    continue
                cue = dict(boxes(content))
                found.append(Cue(cue[b"iden"].decode(), sample.start / ticks_per_second - zero_s,
                                 (sample.start + sample.duration) / ticks_per_second - zero_s,
                                 cue[b"payl"].decode()))
                found[-1].source = cue[b"vsid"]
        return found
