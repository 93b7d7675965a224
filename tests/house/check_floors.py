# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who includes whom: no include may run from a lower room to a higher one, past the door that its
room may use, or in a circle.

    check_floors.py SOURCE_ROOT [FLOORS]

FLOORS (default: floors.txt beside this file) is the house's order and says what its rows mean. Meson's
dependencies catch much of it when compiling; but our own headers and <ATen/...> are always on the
include path. Says each fault in a line; the exit status is 1 when there is one.
"""

import fnmatch
import os
import sys

import sources

# What the rows of the table call a library, and how its headers begin. The first that fits counts;
# of other libraries' headers nobody keeps count here.
LIBRARIES = {
    "check": ("check.h", "gst/check/"),
    "gstreamer": ("gst/", "glib", "gio/", "gmodule"),
    "torch": ("torch/", "ATen/", "c10/", "caffe2/"),
    "sentencepiece": ("sentencepiece",),
    "libav": ("libav",),
    "icu": ("unicode/",),
    "stemmer": ("libstemmer",),
    "json": ("nlohmann/",),
    "cli": ("CLI/",),
    "fmt": ("fmt/",),
    "toml": ("toml++/",),
    "zlib": ("zlib.h",),
    "curl": ("curl/",),
    "openssl": ("openssl/",),
    "soup": ("libsoup/",),
    "seccomp": ("seccomp.h",),
    "ebur128": ("ebur128.h",),
}


def library_of(header):
    for library, beginnings in LIBRARIES.items():
        if header.startswith(beginnings):
            return library
    return None


class Room:
    def __init__(self, name):
        self.name = name
        self.may_include = {}  # as the row names it -> the rooms, headers and libraries that it means
        self.used = set()  # those names that some file needed


class Floors:
    """The table: rooms from the ground up, and which files are a room of their own."""

    def __init__(self, file):
        self.rooms = {}
        self.parts = []  # (pattern of files, room's name)
        self.faults = []
        with open(file, encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                row = line.partition("#")[0].strip()
                if " = " in row:
                    name, _, patterns = row.partition(" = ")
                    self.parts += [(pattern, name.strip()) for pattern in patterns.split()]
                elif row:
                    self._add_room(f"{os.path.basename(file)}:{number}", row)

    def _add_room(self, place, row):
        name, _, allowed = row.partition(":")
        room = Room(name.strip())
        for word in allowed.split():
            room.may_include[word] = self._meaning(word)
            if not room.may_include[word]:
                self.faults.append(f"{place}: {room.name} may not see {word}, which is no library "
                                   "and no room further up in this table")
        self.rooms[room.name] = room

    def _meaning(self, word):
        if word in LIBRARIES or (word.endswith(".h") and self.room_of(word) in self.rooms):
            return {word}
        return {room for room in self.rooms if fnmatch.fnmatchcase(room, word)}

    def room_of(self, file):
        for pattern, room in self.parts:
            if fnmatch.fnmatchcase(file, pattern):
                return room
        return os.path.dirname(file)

    def allows(self, room, target):
        """Whether `room` may include `target`, a library or a header of ours."""
        words = [word for word, meaning in room.may_include.items()
                 if target in meaning or self.room_of(target) in meaning]
        room.used.update(words)
        return bool(words)


def faults_of_floors(floors, includes):
    for file, lines in includes.items():
        room = floors.rooms.get(floors.room_of(file))
        if room is None:
            yield f"{file}: its room, {floors.room_of(file)}, has no row in the table of floors"
            continue
        for line in lines:
            target = line.name if line.is_ours else library_of(line.name)
            if target is None or (line.is_ours and floors.room_of(target) == room.name):
                continue
            if not floors.allows(room, target):
                yield f"{file}:{line.line_number}: {room.name} may not include {line.name}"


def unused_permissions(floors):
    for room in floors.rooms.values():
        for word in room.may_include:
            if word not in room.used:
                yield f"{room.name} may include {word} and does not: take it from the table of floors"


def circles(includes):
    """Headers that include each other, in however many steps."""
    is_done = set()
    for start in includes:
        path = [start]
        branches = [iter(includes[start])]
        while path:
            line = next(branches[-1], None)
            if line is None:
                is_done.add(path.pop())
                branches.pop()
            elif line.name in path:
                yield "a circle: " + " -> ".join(path[path.index(line.name):] + [line.name])
            elif line.is_ours and line.name in includes and line.name not in is_done:
                path.append(line.name)
                branches.append(iter(includes[line.name]))


def main(root, table):
    floors = Floors(table)
    includes = {name: sources.includes_of(sources.read(root, name))
                for name in sources.source_names(root)}
    faults = floors.faults + list(faults_of_floors(floors, includes))
    faults += unused_permissions(floors)
    faults += circles(includes)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(includes)} files in {len(floors.rooms)} rooms, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "floors.txt")
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else beside))
