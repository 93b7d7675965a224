# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of the house and what they include, for the checks beside this file."""

import os
import re

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"(?P<ours>[^"]+)"|<(?P<library>[^>]+)>)')


class Include:
    """One line that includes something: `is_ours` when it stands in quotes, not in brackets."""

    def __init__(self, line_number, match):
        self.line_number = line_number
        self.is_ours = match["ours"] is not None
        self.name = match["ours"] or match["library"]


def names_below(root, is_wanted):
    """The paths below `root`, from there, of every file outside build folders that is wanted."""
    names = []
    for folder, subfolders, files in os.walk(root):
        above = os.path.relpath(folder, root)
        subfolders[:] = [name for name in subfolders
                         if (above, name) in ((".", ".ci"), (".", "build-aux"))
                         or not name.startswith("." if above != "." else (".", "build"))]
        names += [os.path.normpath(os.path.join(above, name)) for name in files]
    return sorted(filter(is_wanted, names))


def source_names(root):
    return names_below(root, lambda name: name.endswith((".h", ".cpp")))


def script_names(root):
    """What begins with # where C++ has //."""
    return names_below(root, lambda name: name.endswith((".sh", ".py")) or name == ".ci/run"
                       or os.path.basename(name) in ("meson.build", "meson_options.txt"))


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as file:
        return file.read()


def includes_of(text):
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            found.append(Include(number, match))
    return found
