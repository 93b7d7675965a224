# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether a file is a MacCaption file (MCC 1.0) that a playout server can send: its head, timecodes that exist and go on,
ancillary data packets (SMPTE ST 291-1) whose sums are right, and in each a caption distribution packet (ST 334-2) of a frame
of 29.97 a second, whose cc_data keeps CEA-708's rules.

    check_mcc.py FILE

Prints what service 1 of CEA-708 shows, "START END TEXT" in seconds with rows apart by " / ", and the first faults on
standard error; the exit status is 1 when there is one.
"""

import re
import sys

from check_cea708 import check_frame, expect, faults, shown_by

FRAME_S = 1001 / 30000
ABBREVIATIONS = {"P": "FB8080", "Q": "FC8080", "R": "FD8080", "S": "9669", "T": "6101", "U": "E1000000", "Z": "00",
                 **{letter: "FA0000" * (number + 1) for number, letter in enumerate("GHIJKLMNO")}}


def frame_of(timecode):
    """As SMPTE ST 12-1 counts: each minute but every tenth has no frames 0 and 1."""
    match = re.fullmatch(r"(\d\d):([0-5]\d):([0-5]\d):([0-2]\d)", timecode)
    if not expect(match, f"{timecode} is no timecode"):
        return 0
    hours, minutes, seconds, frames = map(int, match.groups())
    expect(hours < 24, f"{timecode} is on no day")
    expect(frames > 1 or seconds > 0 or minutes % 10 == 0, f"{timecode} is left out")
    minute = hours * 60 + minutes
    return (minute * 60 + seconds) * 30 + frames - 2 * (minute - minute // 10)


def bytes_of(text):
    return bytes.fromhex("".join(ABBREVIATIONS.get(letter, letter) for letter in text))


def cc_data_of(packet, number):
    """Of the line so numbered, from 0."""
    expect(packet[:2] == b"\x61\x01", "a packet is not one of captions")
    content = packet[3:-1]
    expect(packet[2] == len(content), "an ancillary packet has another length")
    expect(sum(packet[:-1]) & 0xFF == packet[-1], "an ancillary packet has another sum")
    expect(content[:2] == b"\x96\x69" and content[2] == len(content), "a distribution packet has another length")
    expect(content[3] >> 4 == 4 and content[3] & 0x0F == 0x0F, "a distribution packet is of another frame rate")
    expect(content[4] & 0x43 == 0x43 and not content[4] & 0xBC, "a distribution packet has other sections")
    expect(content[5:7] == number.to_bytes(2, "big"), "a distribution packet is missing")
    count = content[8] & 0x1F
    expect(content[7] == 0x72 and content[8] & 0xE0 == 0xE0 and count == 20, "a frame has another count of triplets")
    expect(content[9 + count * 3] == 0x74 and content[10 + count * 3:12 + count * 3] == content[5:7],
           "a distribution packet ends as another")
    expect(sum(content) & 0xFF == 0 and len(content) == 13 + count * 3, "a distribution packet has another sum")
    return content[9:9 + count * 3]


def main():
    with open(sys.argv[1], encoding="ascii", newline="") as file:
        lines = file.read().split("\r\n")
    expect(lines[0] == "File Format=MacCaption_MCC V1.0" and lines.pop() == "", "its first line is another format's")
    expect(sum(line.startswith("//") for line in lines) == 35, "the words that the format wants are not all there")
    head = [line for line in lines[1:] if "=" in line and not line.startswith("//")]
    expect([line.split("=")[0] for line in head] == ["UUID", "Creation Program", "Time Code Rate"], f"its head is {head}")
    expect(re.fullmatch(r"UUID=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", head[0]) and head[2].endswith("=30DF"),
           f"its head is {head}")
    frames, numbers = [], []
    for line in lines[lines.index(head[-1]) + 2:]:
        timecode, _, text = line.partition("\t")
        numbers.append(frame_of(timecode))
        expect(numbers[-2:-1] < numbers[-1:], f"{timecode} goes back")
        frames.append(cc_data_of(bytes_of(text), len(frames) & 0xFFFF))
        check_frame(frames[-1], 2)
    times_s = [number * FRAME_S for number in numbers] + [(numbers[-1] + 1) * FRAME_S if numbers else 0]
    for start_s, end_s, text in shown_by(frames, times_s):
        print(f"{start_s:.3f} {end_s:.3f} {text}")
    for fault in faults[:10]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
