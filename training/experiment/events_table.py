#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The measurement of training/experiment/events.sh as a table in Markdown.

    events_table.py PROGRAMMES CAPTIONS AGAIN SCORES

PROGRAMMES is a folder of dali-toyworld, CAPTIONS and AGAIN are folders of dali-caption, each with a
record of measured_run.py beside it (CAPTIONS.run), and SCORES is a folder of dali-evaluate.
"""

import json
import pathlib
import sys

# What is asked of a model and its settings.
MOST_ONSET_ERROR_S = 0.7
LEAST_F1 = 0.8
MOST_TOO_FAST = 0.02


def record_of(folder):
    return json.loads(folder.with_suffix(".run").read_text(encoding="utf-8"))


def events_of(file):
    """The lines on events: those on windows also say how long the model took."""
    return [line for line in file.read_text(encoding="utf-8").splitlines()
            if "event" in json.loads(line)]


def differing(captions, again):
    """How many of the media that were captioned twice differ, and how many these are."""
    names = sorted(file.stem for file in again.glob("*.json"))
    count = sum(
        (captions / f"{name}.json").read_bytes() != (again / f"{name}.json").read_bytes()
        or events_of(captions / f"{name}.jsonl") != events_of(again / f"{name}.jsonl")
        for name in names)
    return count, len(names)


def verdict(is_reached):
    return "yes" if is_reached else "**no**"


def seconds(value):
    return "none" if value is None else f"{value:.2f} s"


def rows_of(scores, captions, again):
    onset_s = scores["median_onset_error_s"]
    yield ("median onset error, of events that are overlapped by one that was found "
           f"({scores['overlapped_events']} of {scores['reference_events']})",
           seconds(onset_s), f"≤ {MOST_ONSET_ERROR_S} s",
           verdict(onset_s is not None and onset_s <= MOST_ONSET_ERROR_S))
    yield ("the same, of events whose onset was found to 1 s "
           f"({scores['events_with_near_onset']})",
           seconds(scores["median_near_onset_error_s"]), "", "")
    for key, title, least in (
            ("onset_1s", "onset to 1 s", LEAST_F1), ("onset_200ms", "onset to 0.2 s", None),
            ("onset_offset_1s", "onset to 1 s, offset to 1 s or 20 %", None),
            ("onset_offset_200ms", "onset to 0.2 s, offset to 0.2 s or 20 %", None)):
        of_way = scores[key]
        yield (f"event F1, {title} (precision, recall)",
               f"{of_way['f1']:.3f} ({of_way['precision']:.3f}, {of_way['recall']:.3f})",
               f"≥ {least}" if least else "", verdict(of_way["f1"] >= least) if least else "")
        yield ("the same, mean of the labels", f"{of_way['mean_f1_of_labels']:.3f}", "", "")
    yield ("found again while it sounds, an hour", f"{scores['found_again_an_hour']:.1f}", "", "")
    yield ("announced twice within a minute, an hour",
           f"{scores['told_too_soon_an_hour']:.1f} ({scores['told_too_soon']} in all)", "none",
           verdict(scores["told_too_soon"] == 0))
    too_fast = scores.get("too_fast_to_read_share", 0.0)
    yield (f"captions too fast to read, of {scores.get('captions', 0)}",
           f"{100 * too_fast:.1f} %", f"< {100 * MOST_TOO_FAST:.0f} %",
           verdict(too_fast < MOST_TOO_FAST))
    other, twice = differing(captions, again)
    yield (f"programmes that come out otherwise when captioned again, of {twice}", str(other),
           "none", verdict(other == 0))
    run = record_of(captions)
    if run["captioned"] > 0:
        minutes = 60 * scores["hours"] / scores["recordings"]
        programme_s = run["processor_s"] / run["captioned"]
        yield ("processor time for a minute of a programme", f"{programme_s / minutes:.1f} s", "", "")


def main():
    programmes, captions, again, folder = map(pathlib.Path, sys.argv[1:])
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    print(f"| {scores['recordings']} programmes, {60 * scores['hours']:.0f} minutes in all | |"
          " asked | reached |")
    print("|---|---:|---:|---|")
    for row in rows_of(scores, captions, again):
        print("| " + " | ".join(row) + " |")
    print()
    for step in (programmes, captions, folder, again):
        print(f"    {record_of(step)['command']}")


main()
