#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""RESULTS.md, from what run.sh left in its folder, to standard output.

    write_results.py --seeds N FOLDER DISCUSSION

DISCUSSION is a Markdown file that ends the page. Exit status 1, with one line, when figures are
missing.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys

UNALIGNED = "unaligned"
START = "start"
LOSSES = {"contrastive": "contrastive", "mmd": "MMD", "ot": "OT", "attentive-ot": "attentive OT"}
# Means of shares that differ by less are called alike: four of some 200 clips with one sound.
ALIKE = 0.02


class Figures:
    """What dali-evaluate wrote. Every method gives one value a seed, a share from 0 to 1."""

    def __init__(self, folder, seeds):
        self.folders = [folder / f"seed-{seed}" for seed in range(1, seeds + 1)]

    def _over_seeds(self, model, modality, *keys):
        values = []
        for folder in self.folders:
            value = json.loads((folder / "evaluation" / model / "scores.json").read_text())
            for key in (model, modality, *keys):
                value = value[key]
            values.append(value)
        return values

    def right(self, model, modality):
        """Clips with one sound whose captions name it and nothing else."""
        return self._over_seeds(model, modality, "single", "right")

    def unseen_right(self, model, modality):
        """The same over those whose sound is not in the picture."""
        return self._over_seeds(model, modality, "unseen", "right")

    def cider(self, model, modality):
        return self._over_seeds(model, modality, "all references", "cider_d")

    def bias(self, model):
        """Captions from sound, asked what can be seen, that name a thing which only shows."""
        return self._over_seeds(model + "-asked", "audio", "image_bias", "naming")

    def recall(self, model):
        """Clips whose mean sound token is nearest to their own picture's."""
        return self._over_seeds(model, "retrieval", "sound to picture", "recall_at_1")

    def image_captions(self, model):
        """What the model says of pictures, a list of captions a seed."""
        captions = []
        for folder in self.folders:
            with (folder / "evaluation" / f"{model}-asked" / "captions.jsonl").open() as file:
                lines = [json.loads(line) for line in file]
            captions.append([line["caption"] for line in lines if line["modality"] == "image"])
        return captions

    def counts(self):
        """Clips with one sound, and those of them whose sound is unseen."""
        single = self._over_seeds(UNALIGNED, "audio", "single", "clips")[0]
        return single, self._over_seeds(UNALIGNED, "audio", "unseen", "clips")[0]


def percent(values):
    """Mean, and standard deviation where there are several seeds."""
    text = f"{100 * statistics.mean(values):.1f}"
    if len(values) > 1:
        text += f" ± {100 * statistics.stdev(values):.1f}"
    return text


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def before_and_after(figure_of):
    """A line a loss: from sound and from both, before and after distillation."""
    head = ["", "sound", "sound + image", "sound, distilled", "sound + image, distilled"]
    modalities = ("audio", "audiovisual")
    rows = [
        [name] + [percent(figure_of(model, each)) for each in modalities] + ["", ""]
        for model, name in {UNALIGNED: UNALIGNED, START: "before alignment"}.items()
    ]
    for loss, name in LOSSES.items():
        figures = [
            percent(figure_of(model, each))
            for model in (loss, loss + "-distilled")
            for each in modalities
        ]
        rows.append([name] + figures)
    return table(head, rows)


def sees_table(figures):
    head = ["", "names what only shows", "the same, distilled", "finds its picture first"]
    rows = [[UNALIGNED, percent(figures.bias(UNALIGNED)), "", percent(figures.recall(UNALIGNED))]]
    for loss, name in LOSSES.items():
        shares = (figures.bias(loss), figures.bias(loss + "-distilled"), figures.recall(loss))
        rows.append([name] + [percent(share) for share in shares])
    return table(head, rows)


def comparison(one, other):
    """How two figures differ, seed by seed: "more", "less", "alike" or "seeds disagree". Where
    some seeds say so and the others have twice the same figure, "more or equal", "less or equal"."""
    differences = [a - b for a, b in zip(one, other)]
    if abs(statistics.mean(differences)) < ALIKE:
        return "alike"
    if min(differences) < 0 < max(differences):
        return "seeds disagree"
    direction = "more" if max(differences) > 0 else "less"
    return direction + (" or equal" if 0 in differences else "")


def claims(figures):
    """(what the paper finds, whether it is so here, the figures), a line each."""
    right, bias = figures.right, figures.bias

    def claim(text, expected, one, other):
        found = comparison(one, other)
        if found == expected:
            verdict = "yes"
        elif found.startswith(expected):
            verdict = "mostly: " + found
        else:
            verdict = "**no**: " + found
        return [text, verdict, f"{percent(one)} against {percent(other)}"]

    lines = [
        claim(f"{name}: aligned tokens caption sounds, unaligned ones do not", "more",
              right(loss, "audio"), right(UNALIGNED, "audio"))
        for loss, name in LOSSES.items()
    ]
    lines += [
        claim("MMD and attentive OT are alike before distillation (sound)", "alike",
              right("mmd", "audio"), right("attentive-ot", "audio")),
        claim("attentive OT is ahead of plain OT before distillation (sound)", "more",
              right("attentive-ot", "audio"), right("ot", "audio")),
        claim("attentive OT is ahead of contrastive before distillation (sound)", "more",
              right("attentive-ot", "audio"), right("contrastive", "audio")),
        claim("attentive OT gains from image tokens", "more",
              right("attentive-ot", "audiovisual"), right("attentive-ot", "audio")),
        claim("MMD does not gain from image tokens", "alike",
              right("mmd", "audiovisual"), right("mmd", "audio")),
        claim("attentive OT gains from distillation (sound)", "more",
              right("attentive-ot-distilled", "audio"), right("attentive-ot", "audio")),
        claim("MMD does not gain from distillation (sound)", "alike",
              right("mmd-distilled", "audio"), right("mmd", "audio")),
        claim("asked what can be seen, MMD names more that only shows than attentive OT", "more",
              bias("mmd"), bias("attentive-ot")),
    ]
    return table(["the paper finds", "here", "figures, %"], lines)


def image_captions_line(figures):
    models = [loss + suffix for loss in LOSSES for suffix in ("", "-distilled")]
    before = figures.image_captions(UNALIGNED)
    changed = sum(
        one != other
        for model in models
        for seed, captions in zip(before, figures.image_captions(model), strict=True)
        for one, other in zip(seed, captions, strict=True)
    )
    compared = len(models) * sum(map(len, before))
    return (f"Captions of pictures before alignment, and after it and distillation: "
            f"{changed} of {compared} differ.\n")


def clips_line(folder):
    """How many clips there are to align on, and how many of them show all that sounds."""
    def shares(manifest):
        clips = [json.loads(line) for line in (folder / manifest).read_text().splitlines()]
        shown = [
            all(any(sound in caption for caption in clip["image_captions"])
                for sound in clip["sounds"])
            for clip in clips
        ]
        return len(clips), 100 * statistics.mean(shown)

    clips, shown = shares("train/manifest.jsonl")
    fitting, fitting_shown = shares("fitting/manifest.jsonl")
    return (
        f"Aligned on the {fitting} of {clips} clips whose pictures fit their sound best "
        f"(`dali-filter`): {fitting_shown:.0f} %\nof them show all that sounds, {shown:.0f} % of all.\n"
    )


def time_line(folder):
    minutes = (folder / "seed-1" / "minutes").read_text().strip()
    return (
        f"From nothing, clips and captioner among it, to the end of the first seed: {minutes} minutes "
        f"on {os.cpu_count()} processor\ncores.\n"
    )


def page(folder, seeds, discussion):
    figures = Figures(folder, seeds)
    single, unseen = figures.counts()
    spread = " ± standard deviation over the seeds" if seeds > 1 else ""
    return f"""# Results on the toy world

Written by `training/experiment/run.sh --seeds {seeds}`, with one captioner for all seeds. No composition
of a test clip occurs in training. Shares in percent: mean{spread}.

{clips_line(folder)}
## Sounds named right

Of {single} test clips with one sound, those whose caption names it and nothing else. From the picture
alone, with the prefix: {percent(figures.right(UNALIGNED, "image"))}. Unaligned: a tower of random weights.
Before alignment: the tower that all losses start from, which has learnt to find a sound's picture
among others, as the paper's CAV-MAE has. Distillation is of the projector for sound alone, so it
leaves captions from both as they were.

{before_and_after(figures.right)}
## The same for the {unseen} whose sound is not in the picture

From the picture alone: {percent(figures.unseen_right(UNALIGNED, "image"))}.

{before_and_after(figures.unseen_right)}
## CIDEr-D, all references, in hundredths

{before_and_after(figures.cider)}
## What sound makes the captioner see

Captions made from sound alone, without the prefix, to the question "What do you see?": how many name
a thing that only shows, which no sound can tell of (the paper's table 2). And how often a clip's mean
sound token is nearest to the mean token of its own picture.

{sees_table(figures)}
{image_captions_line(figures)}
## The paper's findings

Alike: means that differ by less than {100 * ALIKE:.0f} points. More, less: so for every seed. More or equal, less
or equal: for some seeds, and for no other the reverse.

{claims(figures)}
## Figures

![Mean tokens of sounds and pictures, by loss](training/experiment/figures/tokens.svg)

![Attention of attentive OT](training/experiment/figures/attention.svg)

{time_line(folder)}
{discussion.read_text()}"""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, required=True)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("discussion", type=pathlib.Path)
    options = parser.parse_args()
    try:
        print(page(options.folder, options.seeds, options.discussion), end="")
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"write_results.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
