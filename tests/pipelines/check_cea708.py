# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether cc_data keeps the rules of CEA-708 that what is in it falls under, and what a viewer of service 1 sees.
Written after the standard's tables, not after our encoder.

    check_cea708.py FRAMERATE FILE      FRAMERATE as 30000/1001; FILE holds as many triplets for each frame as it asks for
    check_cea708.py FRAMERATE FILE...   a file for each frame, as a combiner has arranged them, so of CEA-708 alone

Prints what is on the screen, "START END TEXT" in seconds with rows apart by " / ", and the first faults on standard error;
the exit status is 1 when there is one. Another program may import shown_by().
"""

import sys
from fractions import Fraction

# Triplets a frame, and how many of them are CEA-608's: 9600 bits a second for both.
ROOM = {Fraction(24000, 1001): (25, 2), Fraction(24): (25, 2), Fraction(25): (24, 2), Fraction(30000, 1001): (20, 2),
        Fraction(30): (20, 2), Fraction(50): (12, 1), Fraction(60000, 1001): (10, 1), Fraction(60): (10, 1)}
PARAMETERS = {**{code: 0 for code in range(0x80, 0x88)}, **{code: 1 for code in range(0x88, 0x8E)}, 0x8E: 0, 0x8F: 0,
              0x90: 2, 0x91: 3, 0x92: 2, 0x97: 4, **{code: 6 for code in range(0x98, 0xA0)}}
G2 = {0x20: " ", 0x21: "\u00a0", 0x25: "…", 0x2A: "Š", 0x2C: "Œ", 0x30: "█", 0x31: "‘", 0x32: "’", 0x33: "“", 0x34: "”",
      0x35: "•", 0x39: "™", 0x3A: "š", 0x3C: "œ", 0x3D: "℠", 0x3F: "Ÿ", 0x76: "⅛", 0x77: "⅜", 0x78: "⅝", 0x79: "⅞",
      0x7A: "│", 0x7B: "┐", 0x7C: "└", 0x7D: "─", 0x7E: "┘", 0x7F: "┌"}

faults = []


def expect(holds, fault):
    if not holds:
        faults.append(fault)
    return holds


class Window:
    def __init__(self, parameters):
        flags, vertical, _, anchor_and_rows, columns, style = parameters
        self.is_visible = bool(flags & 0x20)
        self.rows, self.columns = (anchor_and_rows & 0x0F) + 1, (columns & 0x3F) + 1
        expect(vertical & 0x80 and vertical & 0x7F <= 99, "a window's anchor is not within 99 %")
        expect(anchor_and_rows >> 4 <= 8, "a window has an unknown anchor")
        expect(self.rows <= 15 and self.columns <= 42, f"a window has {self.rows} rows of {self.columns} columns")
        expect(1 <= style >> 3 & 7 <= 7 and 1 <= style & 7 <= 7, "a window is made without a style")
        self.text = [""] * self.rows
        self.row = 0

    def write(self, character):
        self.text[self.row] += character

    def next_row(self):
        if self.row + 1 < self.rows:
            self.row += 1
        else:
            self.text = self.text[1:] + [""]

    def move_pen(self, row, column):
        if expect(row < self.rows and column < self.columns, f"the pen goes to row {row}, column {column}"):
            expect(not self.text[row] and column == 0, "the pen goes into text that is there")
            self.row = row


class Service:
    """A decoder of one service: blocks in, windows out."""

    def __init__(self):
        self.windows = {}
        self.current = None

    def screen(self):
        rows = [row for number in sorted(self.windows) for row in self.windows[number].text
                if self.windows[number].is_visible and row.strip()]
        return " / ".join(rows)

    def show(self, numbers, is_visible):
        for number in numbers:
            if expect(number in self.windows, f"window {number} is shown or hidden, and is not there"):
                self.windows[number].is_visible = is_visible

    def window(self):
        expect(self.current in self.windows, "text or a pen without a window")
        return self.windows.get(self.current)

    def command(self, code, parameters):
        numbers = [number for number in range(8) if parameters and parameters[0] >> number & 1]
        if 0x80 <= code <= 0x87:
            self.current = code - 0x80
        elif code in (0x89, 0x8A):
            self.show(numbers, code == 0x89)
        elif code == 0x8C:
            for number in numbers:
                expect(self.windows.pop(number, None), f"window {number} is deleted, and is not there")
        elif code == 0x92 and self.window():
            self.window().move_pen(*parameters)
        elif code >= 0x98:
            self.current = code - 0x98
            self.windows[self.current] = Window(parameters)
        elif code != 0x92:
            expect(False, f"command {code:02x} is one that this decoder does not expect")

    def take(self, block):
        at = 0
        while at < len(block):
            code = block[at]
            size = 1
            if 0x80 <= code <= 0x9F:
                size += PARAMETERS.get(code, 0)
                expect(code in PARAMETERS, f"there is no command {code:02x}")
                if expect(at + size <= len(block), f"command {code:02x} is divided"):
                    self.command(code, block[at + 1:at + size])
            elif code >= 0x20:
                self.text("♪" if code == 0x7F else chr(code))
            elif code == 0x10:
                size = 2
                if expect(block[at + 1:at + 2] and block[at + 1] in G2, "an unknown character of G2"):
                    self.text(G2[block[at + 1]])
            elif code == 0x18:
                size = 3
                if expect(at + size <= len(block), "a character is divided"):
                    self.text(chr(block[at + 1] << 8 | block[at + 2]))
            elif code == 0x0D:
                if self.window():
                    self.window().next_row()
            else:
                expect(code == 0x03, f"code {code:02x} is one that this decoder does not expect")
            at += size

    def text(self, character):
        if self.window():
            self.window().write(character)


class Channel:
    """The caption channel: triplets in, blocks of service 1 out."""

    def __init__(self, service):
        self.service, self.packet, self.wanted, self.sequence = service, b"", 0, None

    def take(self, kind, pair):
        if kind == 3:
            expect(len(self.packet) == self.wanted, "a packet begins within another")
            sequence, code = pair[0] >> 6, pair[0] & 0x3F
            expect(self.sequence is None or sequence == (self.sequence + 1) % 4, "a packet is missing")
            self.sequence, self.packet, self.wanted = sequence, b"", code * 2 or 128
        else:
            expect(self.packet and len(self.packet) < self.wanted, "what goes on has not begun")
        self.packet += pair
        if len(self.packet) == self.wanted:
            self.end_packet()

    def end_packet(self):
        at = 1
        while at < self.wanted and self.packet[at]:
            service, size = self.packet[at] >> 5, self.packet[at] & 0x1F
            expect(service == 1 and size > 0, f"a block of {size} bytes is service {service}'s")
            block = self.packet[at + 1:at + 1 + size]
            if expect(len(block) == size, "a block reaches out of its packet"):
                self.service.take(block)
            at += 1 + size
        expect(not any(self.packet[at:]), "a packet holds something behind its last block")


def has_odd_parity(byte):
    return bin(byte).count("1") % 2 == 1


def frames_of(data, count):
    return [data[at:at + count * 3] for at in range(0, len(data), count * 3)]


def triplets_of(frame):
    return [frame[at:at + 3] for at in range(0, len(frame), 3)]


def take_frame(frame, channel):
    for first, second, third in triplets_of(frame):
        if first & 4 and first & 3 > 1:
            channel.take(first & 3, bytes((second, third)))


def check_frame(frame, pairs_608):
    kinds = []
    for first, second, third in triplets_of(frame):
        expect(first & 0xF8 == 0xF8, f"{first:02x} has no marker bits")
        is_valid, kind = bool(first & 4), first & 3
        kinds.append(kind if is_valid else "padding")
        if kind < 2:
            expect(is_valid and has_odd_parity(second) and has_odd_parity(third), f"{second:02x}{third:02x} of CEA-608")
        elif not is_valid:
            expect((first, second, third) == (0xFA, 0, 0), "padding is not empty")
    fields = kinds[:pairs_608]
    expect(fields == [0, 1] if pairs_608 == 2 else fields in ([0], [1]), f"CEA-608 comes as fields {fields}")
    rest = kinds[pairs_608:]
    expect(not {0, 1} & set(rest), "CEA-608 comes behind CEA-708")
    expect("padding" not in rest[:len(rest) - rest.count("padding")], "padding comes before something")


def shown_by(frames, times_s):
    """Rows of what shows, for frames that are on the screen at times_s, one time more than there are frames."""
    service = Service()
    channel = Channel(service)
    shown, since_s = "", 0.0
    for number, frame in enumerate(frames):
        take_frame(frame, channel)
        for window in service.windows.values():
            for row in window.text:
                wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in row)
                expect(wide <= window.columns, f'"{row}" is wider than its window')
        if service.screen() != shown:
            if shown:
                yield since_s, times_s[number], shown
            shown, since_s = service.screen(), times_s[number]
    if shown:
        yield since_s, times_s[len(frames)], shown
    expect(not service.windows or not shown, "the last caption is never taken off")


def main():
    rate = Fraction(sys.argv[1])
    frames = []
    for name in sys.argv[2:]:
        with open(name, "rb") as file:
            frames.append(file.read())
    if len(frames) == 1:
        count, pairs_608 = ROOM[rate]
        expect(len(frames[0]) % (count * 3) == 0, f"frames do not have {count} triplets each")
        frames = frames_of(frames[0], count)
        for frame in frames:
            check_frame(frame, pairs_608)
    times_s = [float(number / rate) for number in range(len(frames) + 1)]
    for start_s, end_s, text in shown_by(frames, times_s):
        print(f"{start_s:.3f} {end_s:.3f} {text}")
    for fault in faults[:10]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
