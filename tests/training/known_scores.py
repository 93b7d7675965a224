#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files of two seeds as clip_scores.py writes them, whose figures can be found by hand.

    known_scores.py FOLDER

Of 400 test clips a dog barks alone (in 40 unseen), in 50 a dog and a bee, in 10 nothing; in 20 foreign
ones a dog. A loss is right in a share of the first, from the first clip on. Beside them lie the files
of two sweeps over 200 validation clips, of which the second has one try less.
"""

import json
import pathlib
import sys

DOG, BEE, TREE = "A", "B", "C"
# Of single sounds, by seed: (sound, sound + image, sound distilled, sound + image distilled).
RIGHT = {
    1: {"unaligned": (0.1, 0.2), "start": (0.1, 0.2), "contrastive": (0.5, 0.5, 0.8, 0.8),
        "mmd": (0.8, 0.9, 0.8, 0.8), "ot": (0.95, 0.7, 0.7, 0.7),
        "attentive-ot": (0.81, 0.95, 0.91, 0.97), "filtered-ot": (1.0, None, 1.0, None),
        "scale-free": (0.7, 0.7, 0.7, 0.7), "better": (0.8, 0.8, 0.9, 0.9)},
    2: {"unaligned": (0.1, 0.2), "start": (0.1, 0.2), "contrastive": (0.5, 0.5, 0.8, 0.8),
        "mmd": (0.8, 0.9, 0.8, 0.8), "ot": (0.5, 0.7, 0.7, 0.7),
        "attentive-ot": (0.81, 0.95, 0.91, 0.97), "filtered-ot": (1.0, None, 1.0, None),
        "scale-free": (0.7, 0.7, 0.7, 0.7), "better": (0.8, 0.8, 0.9, 0.9)},
}
# name: (base, keys, right in both seeds, figures by seed)
SWEEP = {
    "lambda-300": ("attentive-ot", "lambda=300", (0.6, 0.6), ((5.0, 0.25, 0.5), (6.0, 0.75, 0.5))),
    "energy": ("mmd", "loss=energy", (0.7, None), ((), ())),
    "attentive-ot": ("", "", (0.5, 0.5), ((4.0, 0.5, 0.5), (4.0, 0.5, 0.5))),
    "mmd": ("", "", (0.8, 0.6), ((), ())),
}
# Of pictures: right from all tokens and from those above the floor, and how many are, by seed.
PICTURES = {"lambda-300": (0.5, 0.4, (0.25, 0.35))}
ASKED = ("mmd", "ot", "scale-free", "better")  # of which the last never names what only shows


def clips():
    for number in range(400):
        yield f"single-{number}", "test", DOG, DOG if number % 10 == 0 else "-"
    for number in range(50):
        yield f"two-{number}", "test", DOG + BEE, "-"
    for number in range(10):
        yield f"none-{number}", "test", "-", "-"
    for number in range(20):
        yield f"foreign-{number}", "foreign", DOG, "-"


def named(clip, clip_set, share):
    number = int(clip.split("-")[1])
    if clip_set == "foreign":
        return DOG if number < 10 else BEE
    if clip.startswith("single"):
        return DOG if number < round(400 * share) else BEE
    # Of the two one is always found, and nothing else is named; silence is right in four of ten.
    return DOG if clip.startswith("two") or number < 6 else "-"


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
for seed, losses in RIGHT.items():
    columns = {}
    for loss, shares in losses.items():
        models = (loss, loss, loss + "-distilled", loss + "-distilled")
        for model, modality, share in zip(models, ("audio", "audiovisual") * 2, shares):
            if share is not None:
                columns[f"{model}:{modality}"] = share
    about = {"seed": seed, "commit": f"c{seed}", "minutes": 70 + seed, "processors": 2,
             "classes": {DOG: "dog", BEE: "bee", TREE: "tree"},
             "figures": {"mmd:audio": 1.0 + seed, "mmd:retrieval": 0.25},
             "pictures": {"compared": 8, "differ": seed - 1}}
    lines = ["# " + json.dumps(about),
             "\t".join(["clip", "set", "sounds", "unseen", "shows", *columns,
                       *(f"{loss}-asked:audio" for loss in ASKED)])]
    for clip, clip_set, sounds, unseen in clips():
        cells = [named(clip, clip_set, share) for share in columns.values()]
        for loss in ASKED:
            is_naming = clip == "single-0" and loss != "better"
            cells.append((TREE if is_naming else "-") if clip in ("single-0", "single-1") else "?")
        lines.append("\t".join([clip, clip_set, sounds, unseen, "-", *cells]))
    (folder / f"seed-{seed}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")

NAMES = ("entropy", "floor of audio", "floor of image")
for seed in (1, 2):
    tries = {name: row for name, row in SWEEP.items() if row[2][seed - 1] is not None}
    runs = {name: {"base": base, "keys": keys, "figures": dict(zip(NAMES, figures[seed - 1]))}
            for name, (base, keys, _, figures) in tries.items()}
    shares = {f"{name}:audio": row[2][seed - 1] for name, row in tries.items()}
    for name, (from_all, from_some, shown) in PICTURES.items():
        runs[name]["pictures"] = {"captioner": "start", "shown": shown[seed - 1]}
        shares |= {"start:image": from_all, f"{name}:image": from_some}
    lines = ["# " + json.dumps({"seed": seed, "commit": "c", "runs": runs}),
             "\t".join(["clip", "set", "sounds", *shares])]
    for number in range(200):
        cells = [DOG if number < round(200 * share) else BEE for share in shares.values()]
        lines.append("\t".join([f"valid-{number}", "valid", DOG, *cells]))
    (folder / f"sweep-{seed}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
