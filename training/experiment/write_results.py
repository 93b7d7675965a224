#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""RESULTS.md, from the files of the seeds that there are, to standard output.

    write_results.py RESULTS_FOLDER [DISCUSSION]

RESULTS_FOLDER holds seed-N.tsv of clip_scores.py, of any number of seeds and machines, sweep-N.tsv of
sweep_scores.py where there are any, and figures/.
DISCUSSION is a Markdown file that ends the page. Exit status 1, with one line, when there is no
seed, or when seeds are of different clips or lack what others have.
"""

import argparse
import pathlib
import statistics
import sys

from claims import claims_of, points
from clip_scores import seeds_in
from figures import Figures
from intervals import Difference
from sweep_table import sweep_section
from tables import percent, table

BEFORE = {"unaligned": "unaligned", "start": "before alignment"}
LOSSES = {
    "contrastive": "contrastive", "mmd": "MMD", "ot": "OT", "attentive-ot": "attentive OT",
    "scale-free": "attentive OT, scale-free",
}
DISTILLED = "-distilled"
FILTERED = "filtered-"


def before_and_after(figures, share_of, modalities, prefix=""):
    """A line a model, a column a modality, before and after distillation. `share_of`: of a model,
    whose name begins with `prefix`, and a modality; what was not measured stays empty."""
    names = {"audio": "sound", "audiovisual": "sound + image"}
    head = [""] + [names[each] for each in modalities]
    head += [names[each] + ", distilled" for each in modalities]
    rows = []
    for model, name in names_of(figures).items():
        cells = [
            percent(share_of(each, modality)) if figures.has(each, modality) else ""
            for each in (prefix + model, prefix + model + DISTILLED) for modality in modalities
        ]
        if any(cells):
            rows.append([name] + cells)
    return table(head, rows)


def further_losses(figures):
    """Those of run.sh --also: aligned and distilled, and not the paper's."""
    models = {column.partition(":")[0] for seed in figures.seeds for column in seed.columns}
    return sorted(model for model in models
                  if model + DISTILLED in models and model not in LOSSES
                  and not model.startswith(FILTERED) and not model.endswith("-asked"))


def names_of(figures):
    """Of all models before distillation, as the tables' lines name them."""
    return {**BEFORE, **LOSSES, **{loss: loss for loss in further_losses(figures)}}


def beyond_section(figures):
    """Nothing where there is no further loss."""
    further = further_losses(figures)
    if not further:
        return ""
    rows = []
    for loss in further:
        for rival in ("ot", "scale-free"):
            differences = [
                Difference(share_of(loss, "audio"), share_of(rival, "audio"))
                for share_of in (figures.right, figures.unseen_right)
            ]
            bias = Difference(figures.bias(loss), figures.bias(rival))
            rows.append([f"{loss} against {LOSSES[rival]}", *map(points, [*differences, bias])])
    return f"""## Beyond the paper

Other losses against the better ones of transport, before distillation, from sound alone on clips as they
come: by how many points more of them is named right, with the paired interval; and how many more captions
name what only shows, of which fewer is better.

{table(["", "one sound", "its thing unseen", "names what only shows"], rows)}
"""


def two_sounds_table(figures):
    head = ["", "precision", "recall", "F1", "F1, distilled", "F1 with image, distilled"]
    rows = []
    for model, name in names_of(figures).items():
        wanted = [(model, "audio", part) for part in ("precision", "recall", "f1")]
        wanted += [(model + DISTILLED, each, "f1") for each in ("audio", "audiovisual")]
        rows.append([name] + [
            percent(figures.several(part, each, modality)) if figures.has(each, modality) else ""
            for each, modality, part in wanted])
    return table(head, rows)


def silence_table(figures):
    return before_and_after(figures, figures.silent_right, ("audio",))


def sees_table(figures):
    def bias(model):
        return percent(figures.bias(model)) if figures.has(model + "-asked", "audio") else ""

    rows = []
    for model, name in names_of(figures).items():
        cells = [bias(model), bias(model + DISTILLED), mean(figures.numbers(model, "retrieval"))]
        if any(cells):
            rows.append([name] + cells)
    return table(["", "names what only shows", "the same, distilled", "finds its picture first"],
                 rows)


def mean(values, scale=100):
    """And the deviation over seeds, where there are several; empty where nothing was measured."""
    if not values:
        return ""
    text = f"{scale * statistics.mean(values):.1f}"
    if len(values) > 1:
        text += f" ± {scale * statistics.stdev(values):.1f}"
    return text


def cider_table(figures):
    rows = [
        [name] + [mean(figures.numbers(each, "audio")) for each in (model, model + DISTILLED)]
        for model, name in names_of(figures).items() if figures.numbers(model, "audio")
    ]
    return table(["", "sound", "sound, distilled"], rows)


def seeds_table(seeds):
    rows = [
        [str(seed.about["seed"]), f"`{seed.about['commit']}`", str(seed.about["minutes"]),
         str(seed.about["processors"])]
        for seed in seeds
    ]
    return table(["seed", "commit", "minutes", "processors"], rows)


def pictures_line(seeds):
    differ = sum(seed.about["pictures"]["differ"] for seed in seeds)
    compared = sum(seed.about["pictures"]["compared"] for seed in seeds)
    return (f"Captions of pictures before alignment, and after it and distillation: {differ} of "
            f"{compared} differ.\n")


def charts(folder):
    titles = {
        "ablation.svg": "Sounds named right by loss, by the clips aligned on, and after distillation",
        "tokens.svg": "Mean tokens of sounds and pictures, by loss (the paper's figure 4)",
        "pairs.svg": "Sounds named right by how many pairs the prefix is tuned on (figure 5)",
        "attention.svg": "Attention of attentive OT (figure 7)",
        "curves.svg": "Distance to validation clips by epoch, as a share of that after the first",
    }
    return "\n".join(f"![{title}](training/experiment/results/figures/{name})\n"
                     for name, title in titles.items() if (folder / "figures" / name).exists())


def page(folder, discussion):
    seeds = seeds_in(folder)
    figures = Figures(seeds)
    number = "one seed" if len(seeds) == 1 else f"{len(seeds)} seeds"
    both = ("audio", "audiovisual")
    ends = [discussion.read_text(encoding="utf-8")] if discussion else []
    return "\n".join([
        f"""# Results on the large toy world

Written by `training/experiment/run.sh --table`. There is a captioner for each seed: {number}.
No composition of a test clip occurs in training or in validation, on which alone anything was tuned.
Shares in percent; in brackets 95 % intervals by a bootstrap over clips and seeds.

Aligned on clips as they come: in 30 % of those with sound one of the things is not in the picture.

## Sounds named right

Of {figures.count('single')} test clips with one sound, those whose caption names it and nothing else. Unaligned: a tower
of random weights. Before alignment: the tower that all losses start from, which has learnt to
reconstruct masked spectrograms and, a little and in a space of its own, which sound belongs to which
picture. After distillation sound and image both pass the tuned projector, as in the paper.

{before_and_after(figures, figures.right, both)}
## The same for the {figures.count('unseen')} whose sound is not in the picture

{before_and_after(figures, figures.unseen_right, both)}
## Two sounds at once

Of the things in {figures.count('several')} clips in which two sound, from sound alone where nothing else is said.

{two_sounds_table(figures)}
## Nothing sounds

Of {figures.count('none')} clips without a sound, those whose caption names none.

{silence_table(figures)}
## Out of domain

Of {figures.count('foreign')} clips of the foreign world with one sound, named right.

{before_and_after(figures, figures.foreign_right, ('audio',))}
## Aligned on chosen clips

The same losses on the half of the clips whose pictures fit their sound best (`dali-filter`), as the paper
chooses a quarter of AudioSet.

{before_and_after(figures, figures.right, ('audio',), FILTERED)}
## CIDEr-D, all references, in hundredths

{cider_table(figures)}
## What sound makes the captioner see

Captions made from sound alone, without the prefix, to the question "What do you see?": how many name
a thing that only shows, which no sound can tell of. And how often a clip's mean sound token is nearest
to the mean token of its own picture.

{sees_table(figures)}
{pictures_line(seeds)}
## The paper's findings

More: the interval of the paired difference lies above 0. Alike: it lies within 5 points of 0. What
is neither so nor shown to be otherwise is undecided.

{table(['the paper finds', 'here', 'difference, points'], claims_of(figures))}
{beyond_section(figures)}{sweep_section(folder)}## Figures

{charts(folder)}
## Seeds

{seeds_table(seeds)}""", *ends])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("discussion", type=pathlib.Path, nargs="?")
    options = parser.parse_args()
    try:
        print(page(options.folder, options.discussion), end="")
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"write_results.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
