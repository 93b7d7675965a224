#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The section of RESULTS.md on what sweep.sh tried, to standard output.

    sweep_table.py RESULTS_FOLDER

RESULTS_FOLDER holds sweep-N.tsv of sweep_scores.py, of any number of seeds. Each run is over the
seeds that have it.
"""

import argparse
import pathlib
import statistics
import sys

from claims import points
from clip_scores import Scores
from intervals import Difference, Share
from sweep_scores import FIGURES
from tables import percent, table


def right(seeds, column):
    """Of clips with one sound, those whose captions name it and nothing else."""
    parts = []
    for seed in seeds:
        sounds = [set(cell) - {"-"} for cell in seed.columns["sounds"]]
        parts.append([int(said == there) for said, there
                      in zip(seed.classes(column), sounds) if len(there) == 1])
    return Share(parts, [[1] * len(part) for part in parts])


def figure(having, name, kind, scale):
    values = [seed.about["runs"][name]["figures"].get(kind) for seed in having]
    return "" if None in values else f"{scale * statistics.mean(values):.1f}"


def row(seeds, name):
    having = [seed for seed in seeds if name in seed.about["runs"]]
    about = having[0].about["runs"][name]
    share = right(having, f"{name}:audio")
    against = ""
    if about["base"]:
        against = points(Difference(share, right(having, f"{about['base']}:audio")))
    keys = f"`{about['keys']}`" if about["keys"] else ""
    figures = [figure(having, name, kind, 1 if kind == "entropy" else 100) for kind in FIGURES]
    return [name, about["base"], keys, str(len(having)), percent(share), against, *figures]


def picture_row(seeds, name):
    having = [seed for seed in seeds if "pictures" in seed.about["runs"].get(name, {})]
    pictures = [seed.about["runs"][name]["pictures"] for seed in having]
    captioner = pictures[0]["captioner"]
    some, all_tokens = (right(having, f"{each}:image") for each in (name, captioner))
    return [name, captioner, str(len(having)), percent(all_tokens), percent(some),
            points(Difference(some, all_tokens)),
            f"{100 * statistics.mean(each['shown'] for each in pictures):.1f}"]


def picture_section(seeds, names):
    """Nothing where no pictures were captioned."""
    names = [name for name in names
             if any("pictures" in seed.about["runs"].get(name, {}) for seed in seeds)]
    if not names:
        return ""
    head = ["", "captioner", "seeds", "from all tokens", "from those above the floor",
            "difference, points", "tokens above, %"]
    return f"""
### Pictures from the tokens above the floor

The same share for captions of the clips' pictures, not all of which show what sounds: from all tokens, which
alignment leaves as they are; and from those alone that a run's scorers, which look at the sound too, leave
above the floor, with how many of a picture's these are. `few-tokens` is a captioner that was trained with
`token_dropout`, on other tokens of a picture in every step; `start` is that of all other runs.

{table(head, [picture_row(seeds, name) for name in names])}"""


def sweep_section(folder):
    """Nothing where nothing was tried."""
    seeds = [Scores(file) for file in sorted(folder.glob("sweep-*.tsv"))]
    if not seeds:
        return ""
    for seed in seeds[1:]:
        if seed.clips != seeds[0].clips:
            raise ValueError(f"sweeps {seeds[0].about['seed']} and {seed.about['seed']} are of "
                             "different clips")
    names = list(dict.fromkeys(name for seed in seeds for name in seed.about["runs"]))
    rows = [row(seeds, name) for name in names]
    head = ["", "as", "but", "seeds", "named right", "difference, points", "entropy, nats",
            "sound at the floor", "picture at the floor"]
    return f"""## What else was tried

Written by `training/experiment/sweep.sh`: one key changed at a time, aligned on clips as they come, not
distilled. Of {right(seeds[:1], f"{names[0]}:audio").clips()} *validation* clips with one sound, those whose caption, from sound alone,
names it and nothing else; and by how much that differs from the run with the other key, on the same
clips. Of attentive weights the entropy of both sides and the tokens that have hardly more than the uniform
half of an equal share, in percent, over the steps of the last epoch. Where there is one seed, the
intervals say nothing of how another would differ.

{table(head, rows)}{picture_section(seeds, names)}
"""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    try:
        print(sweep_section(options.folder), end="")
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"sweep_table.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
