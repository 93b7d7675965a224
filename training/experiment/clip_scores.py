#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a seed's captions name, clip by clip, as one small file that can be kept.

    clip_scores.py --seed N --commit COMMIT --minutes M FOLDER > seed-N.tsv

FOLDER is the seed's, as run.sh leaves it. The file's first line is "# " and a JSON object: the seed,
the commit, minutes and processors, a letter for each class, and figures that are no clip's. Then
come a line of column names and a line a clip. A column MODEL:MODALITY holds the letters of the
classes that the caption names: "-" for none, "?" where there is no caption.
"""

import argparse
import json
import os
import pathlib
import re
import string
import sys

LETTERS = string.ascii_uppercase + string.ascii_lowercase
NOTHING = "-"
MISSING = "?"
SETS = ("test", "foreign")
ASKED = "-asked"  # models that were asked what they see
UNALIGNED = "unaligned"


class Scores:
    """One seed's file, read back."""

    def __init__(self, file):
        with open(file, encoding="utf-8") as stream:
            head = stream.readline()
            if not head.startswith("# {"):
                raise ValueError(f"{file}: does not begin with '# ' and a JSON object")
            self.about = json.loads(head[2:])
            names = stream.readline().rstrip("\n").split("\t")
            rows = [line.rstrip("\n").split("\t") for line in stream]
        if any(len(row) != len(names) for row in rows):
            raise ValueError(f"{file}: a line has more or fewer columns than the others")
        self.columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
        self.clips = list(zip(self.columns["clip"], self.columns["set"], self.columns["sounds"]))

    def classes(self, column):
        """A set of letters a clip; None where there is no caption."""
        if column not in self.columns:
            raise ValueError(f"seed {self.about['seed']} has no column {column}")
        return [None if cell == MISSING else set(cell) - {NOTHING} for cell in self.columns[column]]


def seeds_in(folder):
    """The Scores of every seed-N.tsv, by their seeds; ValueError where there is none."""
    files = sorted(folder.glob("seed-*.tsv"))
    if not files:
        raise ValueError(f"{folder}: has no seed-*.tsv")
    return sorted((Scores(file) for file in files), key=lambda seed: seed.about["seed"])


def lines_of(file):
    with open(file, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def named(caption, classes):
    """As dali-evaluate: one of a class's words stands in the caption whole, or with a plural s."""
    words = set(re.findall("[a-z]+", caption.lower()))
    return [name for name, forms in classes.items()
            if any(form in words or form + "s" in words for form in forms)]


def evaluations(folder):
    """(model, set, captions, scores) of everything that was evaluated, in order."""
    for evaluation in sorted((folder / "evaluation").iterdir()):
        model, _, clip_set = evaluation.name.partition("@")
        scores = json.loads((evaluation / "scores.json").read_text(encoding="utf-8"))
        if len(scores) != 1:
            raise ValueError(f"{evaluation}: is of {len(scores)} models, and not of one")
        yield model, clip_set or "test", lines_of(evaluation / "captions.jsonl"), *scores.values()


def gather(folder, manifests):
    """The head's figures, and the table: column -> clip -> what is named."""
    classes = json.loads((manifests["test"].parent / "classes.json").read_text(encoding="utf-8"))
    letters = dict(zip(classes, LETTERS, strict=False))
    if len(letters) < len(classes):
        raise ValueError(f"there are letters for {len(LETTERS)} classes, and not for {len(classes)}")

    def code(names):
        return "".join(sorted(letters[name] for name in names)) or NOTHING

    clips = {}  # (set, id) -> columns
    shown = set()
    for clip_set, manifest in manifests.items():
        for clip in lines_of(manifest):
            shown.update(clip.get("shows", []))
            clips[clip_set, clip["id"]] = {
                "clip": clip["id"], "set": clip_set, "sounds": code(clip.get("sounds", [])),
                "unseen": code(clip.get("unseen", [])), "shows": code(clip.get("shows", []))}
    silent = {name: forms for name, forms in classes.items() if name in shown}
    sounding = {name: forms for name, forms in classes.items() if name not in shown}

    columns = ["clip", "set", "sounds", "unseen", "shows"]
    figures = {}
    of_pictures = {}
    for model, clip_set, captions, scores in evaluations(folder):
        is_asked = model.endswith(ASKED)
        for line in captions:
            if is_asked and line["modality"] == "image":
                of_pictures.setdefault(model, {})[line["id"]] = line["caption"]
            column = f"{model}:{line['modality']}"
            if column not in columns:
                columns.append(column)
            clips[clip_set, line["id"]][column] = code(
                named(line["caption"], silent if is_asked else sounding))
        for modality, of_modality in scores.items():
            name = f"{model}:{modality}" + ("" if clip_set == "test" else "@" + clip_set)
            if modality == "retrieval":
                figures[name] = of_modality["sound to picture"]["recall_at_1"]
            elif "all references" in of_modality:
                figures[name] = of_modality["all references"]["cider_d"]
    before = of_pictures.pop(UNALIGNED + ASKED, {})
    compared = [(before[clip], caption) for captions in of_pictures.values()
                for clip, caption in captions.items()]
    pictures = {"compared": len(compared), "differ": sum(one != other for one, other in compared)}
    about = {"classes": {letter: name for name, letter in letters.items()},
             "figures": figures, "pictures": pictures}
    return about, columns, clips.values()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--minutes", type=int, required=True)
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    try:
        manifests = {name: options.folder.resolve().parent / name / "manifest.jsonl" for name in SETS}
        about, columns, clips = gather(options.folder, manifests)
        head = {"seed": options.seed, "commit": options.commit, "minutes": options.minutes,
                "processors": os.cpu_count(), **about}
        print("# " + json.dumps(head))
        print("\t".join(columns))
        for clip in clips:
            print("\t".join(clip.get(column, MISSING) for column in columns))
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"clip_scores.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
