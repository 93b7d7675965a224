#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How well models hear in a toy world, as a table in Markdown with 95 % intervals over clips.

    accuracy_table.py MANIFEST EVALUATION...

MANIFEST is what dali-evaluate captioned, EVALUATION a folder that it wrote, of one model.
"""

import argparse
import json
import pathlib
import sys

from clip_scores import lines_of, named
from intervals import Share

MODALITIES = {"audio": "sound alone", "audiovisual": "sound and picture",
              "image": "the picture alone"}


def percent(rows, part, whole=lambda _named, _sounds: 1):
    """Of (named, sounds) rows."""
    share = Share([[part(*row) for row in rows]], [[whole(*row) for row in rows]])
    low, high = share.interval()
    return f"{100 * share.value():.1f} ({100 * low:.1f} to {100 * high:.1f})" if rows else ""


def is_right(names, sounds):
    return int(names == sounds)


def cells(rows):
    single = [row for row in rows if len(row[1]) == 1]
    several = [row for row in rows if len(row[1]) > 1]
    none = [row for row in rows if not row[1]]
    f1 = percent(several, lambda names, sounds: 2 * len(names & sounds),
                 lambda names, sounds: len(names) + len(sounds))
    return [percent(single, is_right), percent(several, is_right), f1, percent(none, is_right)]


def table(manifest, evaluations):
    words = json.loads((manifest.parent / "classes.json").read_text(encoding="utf-8"))
    sounds = {clip["id"]: set(clip.get("sounds", [])) for clip in lines_of(manifest)}
    sounding = set().union(*sounds.values())
    words = {name: forms for name, forms in words.items() if name in sounding}
    lines = ["| model | captioned from | one sound | both of two | F1 of two | nothing sounds |",
             "| --- | --- | ---: | ---: | ---: | ---: |"]
    for evaluation in evaluations:
        captions = lines_of(evaluation / "captions.jsonl")
        for modality, name in MODALITIES.items():
            rows = [(set(named(line["caption"], words)), sounds[line["id"]])
                    for line in captions if line["modality"] == modality]
            if rows:
                lines.append("| " + " | ".join([evaluation.name, name, *cells(rows)]) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=pathlib.Path)
    parser.add_argument("evaluations", type=pathlib.Path, nargs="+", metavar="evaluation")
    options = parser.parse_args()
    try:
        print(table(options.manifest, options.evaluations), end="")
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"accuracy_table.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
