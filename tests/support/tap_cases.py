# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests in Python that speak TAP, which Meson counts case by case; those in shell have
tests/pipelines/tap.sh. A case is a function, and its name what it proves."""

import traceback


class Skipped(Exception):
    """A case that cannot be tried here: why."""


def run_cases(cases, new_place):
    """Each with a place of its own: what the context that `new_place()` makes gives."""
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, start=1):
        with new_place() as place:
            try:
                case(place)
                print(f"ok {number} - {case.__name__}", flush=True)
            except Skipped as reason:
                print(f"ok {number} - {case.__name__} # SKIP {reason}", flush=True)
            except Exception:  # whatever it is, the next case is another one
                print(f"not ok {number} - {case.__name__}", flush=True)
                print("".join("# " + line for line in traceback.format_exc().splitlines(True)),
                      flush=True)


def skip_cases(cases, reason):
    """All of them, where none can be tried."""
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, start=1):
        print(f"ok {number} - {case.__name__} # SKIP {reason}")
