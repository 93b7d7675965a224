# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether a file is Scenarist Closed Captions that a playout server can send: its first line, timecodes that exist,
two bytes of odd parity a frame, control codes twice, and no run of bytes that begins before the last one has been sent.

    check_scc.py FILE

Prints when a caption is on the screen, "START END" in seconds, and each fault on standard error; the exit status is 1
when there is one.
"""

import re
import sys

SHOW, ERASE = "142f", "142c"  # the second of two is a decoder's to ignore
FRAME_S = 1001 / 30000

faults = []


def expect(holds, fault):
    if not holds:
        faults.append(fault)


def frame_of(timecode):
    """As SMPTE ST 12-1 counts: each minute but every tenth has no frames 0 and 1."""
    match = re.fullmatch(r"(\d\d):([0-5]\d):([0-5]\d);([0-2]\d)", timecode)
    expect(match, f"{timecode} is no timecode")
    if not match:
        return 0
    hours, minutes, seconds, frames = map(int, match.groups())
    expect(hours < 24, f"{timecode} is on no day")
    expect(frames > 1 or seconds > 0 or minutes % 10 == 0, f"{timecode} is left out")
    minute = hours * 60 + minutes
    return (minute * 60 + seconds) * 30 + frames - 2 * (minute - minute // 10)


def without_parity(word, timecode):
    code = bytes.fromhex(word)
    expect(len(code) == 2, f"{timecode}: {word} is no pair")
    for byte in code:
        expect(bin(byte).count("1") % 2 == 1, f"{timecode}: {byte:02x} has even parity")
    return bytes(byte & 0x7F for byte in code).hex()


def check_repeats(codes, timecode):
    at = 0
    while at < len(codes):
        if codes[at][0] == "1":
            expect(codes[at + 1:at + 2] == [codes[at]], f"{timecode}: {codes[at]} is sent once")
            at += 1
        at += 1


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        header, _, rest = file.read().partition("\n")
    expect(header == "Scenarist_SCC V1.0", "its first line is another format's")
    free_from, shown_from = 0, None
    for run in rest.split("\n\n"):
        if not run.strip():
            continue
        timecode, _, words = run.strip().partition("\t")
        frame = frame_of(timecode)
        expect(frame >= free_from, f"{timecode}: the run before it is still being sent")
        codes = [without_parity(word, timecode) for word in words.split(" ")]
        check_repeats(codes, timecode)
        for offset, code in enumerate(codes):
            if code not in (SHOW, ERASE) or codes[offset + 1:offset + 2] != [code]:
                continue
            time_s = (frame + offset) * FRAME_S
            if shown_from is not None:
                print(f"{shown_from:.3f} {time_s:.3f}")
            shown_from = time_s if code == SHOW else None
        free_from = frame + len(codes)
    expect(shown_from is None, "the last caption is never erased")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
