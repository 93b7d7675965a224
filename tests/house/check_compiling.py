# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each header, and each file that is built with the precompiled one, compiles on its own.

    check_compiling.py headers SOURCE_ROOT BUILD_ROOT
    check_compiling.py without-pch SOURCE_ROOT BUILD_ROOT

A header whose .cpp lies beside it was compiled there first of all (check_includes.py sees to that).
`headers` compiles the others, those apart that come to LibTorch and cost seconds each: they belong to
`without-pch`, with every file that has LibTorch's headers from the precompiled one and so might lack
an include of its own. Nothing is written: the compiler only reads, with the options of the build.
"""

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

import sources

PRECOMPILED = "torch_pch.h"
# Code that several source files have in a form of their own, for one set of instructions each: they
# say what it is compiled for before they include it.
PART_OF_A_FILE = "_code.h"
LIBTORCH = ("torch/", "ATen/", "c10/")


class Sources:
    def __init__(self, root):
        self.root = root
        names = sources.source_names(root)
        self.includes = {name: sources.includes_of(sources.read(root, name)) for name in names}

    def all_below(self, name):
        """Every name that `name` includes, in however many steps."""
        found = set()
        waiting = [name]
        while waiting:
            for include in self.includes.get(waiting.pop(), []):
                if include.name not in found:
                    found.add(include.name)
                    waiting.append(include.name)
        return found

    def comes_to_libtorch(self, name):
        return any(below.startswith(LIBTORCH) for below in self.all_below(name))

    def lone_headers(self):
        return [name for name in self.includes
                if name.endswith(".h") and os.path.basename(name) != PRECOMPILED
                and not name.endswith(PART_OF_A_FILE)
                and name.removesuffix(".h") + ".cpp" not in self.includes]


class Build:
    """The compiler's options for each source file, as the build has them."""

    def __init__(self, source_root, build_root):
        self.folder = build_root
        self.options = {}  # of each file, without its input and outputs
        self.precompiled = []
        with open(os.path.join(build_root, "compile_commands.json"), encoding="utf-8") as file:
            for command in json.load(file):
                path = os.path.normpath(os.path.join(command["directory"], command["file"]))
                name = os.path.relpath(path, os.path.realpath(source_root))
                words = shlex.split(command["command"])
                if PRECOMPILED in words:
                    self.precompiled.append(name)
                self.options[name] = self._options(words)

    @staticmethod
    def _options(words):
        options = []
        words = iter(words[1:] if os.path.basename(words[0]) == "ccache" else words)
        for word in words:
            if word in ("-MQ", "-MF", "-o", "-c"):
                next(words)
            elif word == "-include":
                included = next(words)
                options += [] if included == PRECOMPILED else [word, included]
            elif word not in ("-MD", "-fpch-preprocess"):
                options.append(word)
        return options

    def what_fails(self, name, options, input_words):
        """The compiler's words on `name`, or nothing."""
        run = subprocess.run(options + ["-fdiagnostics-color=never", "-fsyntax-only"] + input_words,
                             cwd=self.folder, capture_output=True, text=True)
        return "" if run.returncode == 0 else f"{name} does not compile on its own:\n{run.stderr}"


def header_checks(house, build, are_of_libtorch):
    """(name, options, input) of each lone header; with no options when no built file includes it."""
    below = {name: house.all_below(name) for name in build.options if name in house.includes}
    for header in house.lone_headers():
        if house.comes_to_libtorch(header) == are_of_libtorch:
            user = next((name for name, names in below.items() if header in names), None)
            yield header, build.options.get(user), ["-include", header, "-x", "c++", os.devnull]


def file_checks(house, build):
    for name in build.precompiled:
        yield name, build.options[name], [os.path.abspath(os.path.join(house.root, name))]


def main(mode, source_root, build_root):
    house = Sources(source_root)
    build = Build(source_root, build_root)
    checks = list(header_checks(house, build, are_of_libtorch=mode == "without-pch"))
    if mode == "without-pch":
        checks += file_checks(house, build)
    # Files of LibTorch want a processor and a GiB each; the others run beside other tests.
    workers = len(os.sched_getaffinity(0)) if mode == "without-pch" else 1
    left_out = [name for name, options, _ in checks if options is None]
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        complaints = pool.map(lambda check: build.what_fails(*check),
                              [check for check in checks if check[1] is not None])
        complaints = [complaint for complaint in complaints if complaint]
    for name in left_out:
        print(f"{name}: nothing that is built includes it, so it was not compiled")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    compiled = len(checks) - len(left_out)
    print(f"{compiled} compiled, {len(complaints)} of them not on their own")
    return 1 if complaints or compiled == 0 else 0


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("headers", "without-pch"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
