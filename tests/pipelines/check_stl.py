# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether a file is an EBU subtitle file that a subtitling system can import (EBU Tech 3264): the fields of its first block,
blocks of 128 bytes whose numbers and times go on, and text of teletext's rows in the Latin table. Written after the text.

    check_stl.py FILE

Prints its subtitles, "START END TEXT" in seconds with rows apart by " / ", and the first faults on standard error; the exit
status is 1 when there is one.
"""

import re
import sys
import unicodedata

# Where a field of the first block begins, how long it is, and what it has to look like.
FIELDS = {"CPN": (0, 3, "437|850|860|863|865"), "DFC": (3, 8, r"STL25\.01"), "DSC": (11, 1, "1"), "CCT": (12, 2, "00"),
          "LC": (14, 2, "[0-9A-F]{2}"), "CD": (224, 6, r"\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])"),
          "RD": (230, 6, r"\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])"), "RN": (236, 2, r"\d\d"), "TNB": (238, 5, r"\d{5}"),
          "TNS": (243, 5, r"\d{5}"), "TNG": (248, 3, "001"), "MNC": (251, 2, "40"), "MNR": (253, 2, "23"),
          "TCS": (255, 1, "[01]"), "TCP": (256, 8, "0{8}"), "TCF": (264, 8, r"\d{8}"), "TND": (272, 1, "1"),
          "DSN": (273, 1, "1")}
ACCENTS = {0xC1: "\u0300", 0xC2: "\u0301", 0xC3: "\u0302", 0xC4: "\u0303", 0xC5: "\u0304", 0xC6: "\u0306", 0xC7: "\u0307",
           0xC8: "\u0308", 0xCA: "\u030A", 0xCB: "\u0327", 0xCD: "\u030B", 0xCE: "\u0328", 0xCF: "\u030C"}
LETTERS = {0xA1: "¡", 0xA2: "¢", 0xA3: "£", 0xA4: "$", 0xA5: "¥", 0xA7: "§", 0xA9: "‘", 0xAA: "“", 0xAB: "«", 0xB0: "°",
           0xB1: "±", 0xB2: "²", 0xB3: "³", 0xB4: "×", 0xB5: "µ", 0xB6: "¶", 0xB7: "·", 0xB8: "÷", 0xB9: "’", 0xBA: "”",
           0xBB: "»", 0xBC: "¼", 0xBD: "½", 0xBE: "¾", 0xBF: "¿", 0xD1: "¹", 0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD5: "♪",
           0xE1: "Æ", 0xE2: "Đ", 0xE8: "Ł", 0xE9: "Ø", 0xEA: "Œ", 0xEC: "Þ", 0xF1: "æ", 0xF2: "đ", 0xF3: "ð", 0xF5: "ı",
           0xF8: "ł", 0xF9: "ø", 0xFA: "œ", 0xFB: "ß", 0xFC: "þ"}
DOUBLE_HEIGHT, START_BOX, END_BOX, NEW_LINE, UNUSED = 0x0D, 0x0B, 0x0A, 0x8A, 0x8F

faults = []


def expect(holds, fault):
    if not holds:
        faults.append(fault)
    return holds


def row_of(row):
    """A row of teletext: in double height and boxed, of no more than 40 places."""
    expect(row[:3] == bytes((DOUBLE_HEIGHT, START_BOX, START_BOX)) and row[-2:] == bytes((END_BOX, END_BOX)), "a row has no box")
    text, accent, places = "", "", 5
    for byte in row[3:-2]:
        if byte in ACCENTS:
            expect(not accent, "two accents follow each other")
            accent = ACCENTS[byte]
            continue
        known = byte in LETTERS or (0x20 <= byte <= 0x7E and byte != 0x24)
        expect(known, f"{byte:02x} is no letter of the Latin table")
        text += unicodedata.normalize("NFC", LETTERS.get(byte, chr(byte)) + accent)
        accent = ""
        places += 1
    expect(places <= 40 and not accent, f"a row has {places} places")
    return text


def seconds(code):
    hours, minutes, rest, frames = code
    expect(hours < 24 and minutes < 60 and rest < 60 and frames < 25, f"{code} is no time")
    return hours * 3600 + minutes * 60 + rest + frames / 25


def subtitles_of(blocks):
    """The bytes before the text of a subtitle's last block, and its text from all of them."""
    text, extension, number = b"", 0, 0
    for block in blocks:
        expect(block[0] == 0 and int.from_bytes(block[1:3], "little") == number, "a subtitle is missing")
        content = block[16:].rstrip(bytes((UNUSED,)))
        expect(UNUSED not in content, "unused space comes before text")
        text += content
        if block[3] == 0xFF:
            yield block[:16], text
            text, extension, number = b"", 0, number + 1
        else:
            expect(block[3] == extension, "an extension block is missing")
            extension += 1
    expect(not text, "the last subtitle does not end")


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    head = data[:1024].decode("ascii")
    fields = {name: head[at:at + size] for name, (at, size, _) in FIELDS.items()}
    for name, (_, _, form) in FIELDS.items():
        expect(re.fullmatch(form, fields[name]), f'{name} is "{fields[name]}"')
    expect(len(head) == 1024 and len(data) % 128 == 0, f"it has {len(data)} bytes")
    blocks = [data[at:at + 128] for at in range(1024, len(data), 128)]
    expect(int(fields["TNB"]) == len(blocks), "the number of blocks is another")
    last_end, count = 0.0, 0
    for head, text in subtitles_of(blocks):
        start, end = seconds(head[5:9]), seconds(head[9:13])
        rows = text.split(bytes((NEW_LINE, NEW_LINE)))
        expect(last_end <= start < end, f"a subtitle shows from {start} to {end} behind {last_end}")
        expect(len(rows) <= 2 and head[13] + 2 * len(rows) <= 24, f"{len(rows)} rows begin at row {head[13]}")
        expect(head[14] == 2 and head[15] == 0, "a subtitle is a comment, or not centred")
        if count == 0:
            expect(fields["TCF"] == "".join(f"{part:02}" for part in head[5:9]), f"the first one is at {fields['TCF']}")
        print(f"{start:.3f} {end:.3f} {' / '.join(map(row_of, rows))}")
        last_end, count = end, count + 1
    expect(int(fields["TNS"]) == count, "the number of subtitles is another")
    for fault in faults[:10]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
