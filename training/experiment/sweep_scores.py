#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tries of sweep.sh name and how they went, as one small file that can be kept.

    sweep_scores.py --seed N --commit COMMIT SEED_FOLDER NAME[:BASE[:KEYS]]... > sweep-N.tsv

A NAME is a run of SEED_FOLDER/sweep, or one of run.sh's own in SEED_FOLDER; BASE is the one of these
that it is held against, and KEYS are what makes the difference where these are not keys of dali-align.
The file is of clip_scores.py's form, of validation clips. Its first line says of each run, in "runs", its
base, the keys that differ from the base's, and how many nats of entropy and which shares of tokens at the
floor its weights had, as means over the steps of the last epoch. Of runs whose tokens above the floor were
captioned, "pictures" says of which captioner they are, whose column has the captions from all tokens, and
which share of a picture's tokens they are.
"""

import argparse
import json
import pathlib
import statistics
import sys
import tomllib

from clip_scores import LETTERS, NOTHING, lines_of, named

FIGURES = ("entropy", "floor of audio", "floor of image")


def run_folder(folder, name):
    """Where the run was trained."""
    tried = folder / "sweep" / name
    return tried if tried.is_dir() else folder / name


def keys_of(run):
    with (run / "training.toml").open("rb") as stream:
        return tomllib.load(stream)


def changed_keys(run, base):
    """As they would be given, of those that differ and that both know."""
    of_base = keys_of(base)
    return " ".join(f"{key}={str(value).replace(' ', '')}" for key, value in keys_of(run).items()
                    if value != of_base.get(key, value))


def last_epoch(run):
    """The means of FIGURES over the steps of the last epoch, of those that are logged."""
    steps = [line for line in lines_of(run / "metrics.jsonl") if line["kind"] == "step"]
    last = [line for line in steps if line["epoch"] == steps[-1]["epoch"]]
    return {name: statistics.mean(line[name] for line in last)
            for name in FIGURES if name in last[0]}


def pictures_of(folder, run, name):
    """Of which captioner the pictures of a run are, and how much of them it was shown; None where
    they were not captioned."""
    file = folder / "sweep" / "pictures" / name / "scores.json"
    if not file.exists():
        return None
    (scores,) = json.loads(file.read_text(encoding="utf-8")).values()
    return {"captioner": pathlib.PurePath(keys_of(run)["model"]).name,
            "shown": scores["image"]["image_tokens"]["mean_share"]}


def gather(folder, tries):
    """The head's classes and runs, and the table's columns."""
    manifest = folder.resolve().parent / "valid" / "manifest.jsonl"
    classes = json.loads((manifest.parent / "classes.json").read_text(encoding="utf-8"))
    letters = dict(zip(classes, LETTERS, strict=False))
    clips = lines_of(manifest)
    shown = {name for clip in clips for name in clip.get("shows", [])}
    sounding = {name: forms for name, forms in classes.items() if name not in shown}

    def code(names):
        return "".join(sorted(letters[name] for name in names)) or NOTHING

    columns = {"clip": [clip["id"] for clip in clips], "set": ["valid"] * len(clips),
               "sounds": [code(clip.get("sounds", [])) for clip in clips]}

    def column(kind, name):
        captions = {line["id"]: line["caption"]
                    for line in lines_of(folder / "sweep" / kind / name / "captions.jsonl")}
        return [code(named(captions[clip], sounding)) for clip in columns["clip"]]

    runs = {}
    for name, base, keys in ((each.split(":", 2) + ["", ""])[:3] for each in tries):
        run = run_folder(folder, name)
        if base and not keys:
            keys = changed_keys(run, run_folder(folder, base))
        runs[name] = {"base": base, "keys": keys, "figures": last_epoch(run)}
        columns[f"{name}:audio"] = column("evaluation", name)
        pictures = pictures_of(folder, run, name)
        if pictures:
            runs[name]["pictures"] = pictures
            for each in (name, pictures["captioner"]):
                columns[f"{each}:image"] = column("pictures", each)
    return {"classes": {letter: name for name, letter in letters.items()}, "runs": runs}, columns


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("tries", nargs="+", metavar="name[:base[:keys]]")
    options = parser.parse_args()
    try:
        about, columns = gather(options.folder, options.tries)
        print("# " + json.dumps({"seed": options.seed, "commit": options.commit, **about}))
        print("\t".join(columns))
        for row in zip(*columns.values()):
            print("\t".join(row))
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"sweep_scores.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
