#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command and notes what it took.

    measured_run.py RECORD FOLDER COMMAND...

RECORD gets, once the command has ended well, its line, the seconds of processor time that it and its
children took, and how many captions (*.json) it has put into FOLDER. An earlier run that was
interrupted may have put some there.
"""

import json
import pathlib
import resource
import shlex
import subprocess
import sys


def captions_in(folder):
    return sum(1 for _ in pathlib.Path(folder).glob("*.json"))


def main():
    record, folder, *command = sys.argv[1:]
    before = captions_in(folder)
    status = subprocess.run(command, stdout=sys.stderr, check=False).returncode
    if status != 0:
        sys.exit(1 if status < 0 else status)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    pathlib.Path(record).write_text(json.dumps({
        "command": shlex.join(command),
        "processor_s": used.ru_utime + used.ru_stime,
        "captioned": captions_in(folder) - before}) + "\n", encoding="utf-8")


main()
