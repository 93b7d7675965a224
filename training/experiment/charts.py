#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Charts of what run.sh leaves, as SVG to standard output.

    charts.py curves SEED_FOLDER > curves.svg     distance to the validation clips, by epoch
    charts.py pairs SEED_FOLDER > pairs.svg       sounds named right, by pairs of the prefix
    charts.py ablation RESULTS > ablation.svg     sounds named right, by loss, clips and stage

The first two are of one seed, the last is of every seed-N.tsv in RESULTS. A loss's distance is shown as a share of that after its first epoch: the losses measure different
things in different units, and what can be compared is how they fall.
"""

import argparse
import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

from clip_scores import seeds_in
from figures import Figures
from tables import percent
from write_results import DISTILLED, FILTERED, names_of

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 170, 24, 48

# What a loss's model is called in the columns, and what the chart calls it.
CONDITIONS = (("{}", "on all clips"), (FILTERED + "{}", "on chosen clips"),
              ("{}" + DISTILLED, "on all, distilled"))
DOT_HEIGHT, LOSS_GAP, NAME_WIDTH = 16, 12, 190


def chart(series, x_title, y_title, x_ticks, y_most):
    """SVG of `series`, name -> points (x, y), y from 0 to `y_most`."""
    points = [point for line in series.values() for point in line]
    if not points:
        raise ValueError("there is nothing to draw")
    least, most = min(x for x, _ in points), max(x for x, _ in points)
    across = (WIDTH - LEFT - RIGHT) / ((most - least) or 1)

    def placed(x, y):
        return (f"{LEFT + (x - least) * across:.1f},"
                f"{HEIGHT - BOTTOM - y / y_most * (HEIGHT - TOP - BOTTOM):.1f}")

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for tick in range(5):
        value = y_most * tick / 4
        x, y = placed(least, value).split(",")
        parts.append(f'<path d="M{x},{y}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y}" text-anchor="end">{value:.2g}</text>')
    for value, text in x_ticks:
        x = placed(value, 0).split(",")[0]
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{text}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_title)}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 8}">{escape(y_title)}</text>')
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = "M" + "L".join(placed(*point) for point in line)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = TOP + 18 * (number + 1)
        parts.append(f'<path d="M{WIDTH - RIGHT + 12},{y - 4}h20" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 38}" y="{y}">{escape(name)}</text>')
    return "\n".join(parts + ["</svg>", ""])


def curves(folder):
    series = {}
    for metrics in sorted(folder.glob("*/metrics.jsonl")):
        with metrics.open(encoding="utf-8") as stream:
            lines = [json.loads(line) for line in stream]
        found = [(line["epoch"], line["distance"]) for line in lines
                 if line["kind"] == "validation" and "distance" in line]
        if found and found[0][1] > 0 and not metrics.parent.name.startswith("filtered-"):
            series[metrics.parent.name] = [(epoch, each / found[0][1]) for epoch, each in found]
    epochs = sorted({x for line in series.values() for x, _ in line})
    most = max((y for line in series.values() for _, y in line), default=1)
    return chart(series, "epoch", "distance, of that after the first epoch",
                 [(epoch, str(epoch)) for epoch in epochs], max(1.0, most))


def pairs(folder):
    series = {"sound": [], "picture": []}
    for evaluation in folder.glob("evaluation-of-pairs/*/scores.json"):
        number = int(evaluation.parent.name)
        (scores,) = json.loads(evaluation.read_text(encoding="utf-8")).values()
        for name, modality in (("sound", "audio"), ("picture", "image")):
            series[name].append((math.log2(number), scores[modality]["single"]["right"]))
    series = {name: sorted(line) for name, line in series.items() if line}
    ticks = sorted({x for line in series.values() for x, _ in line})
    return chart(series, "pairs that the prefix is tuned on", "sounds named right",
                 [(tick, str(round(2**tick))) for tick in ticks], 1.0)


def dot(share, name, colour, y, across):
    """A share as a dot, and its interval as a line; the title says them in numbers."""
    low, high = share.interval()
    x = [NAME_WIDTH + each * across for each in (low, share.value(), high)]
    return (f'<g fill="{colour}" stroke="{colour}"><title>{escape(name)}: {percent(share)}</title>'
            f'<path d="M{x[0]:.1f},{y}H{x[2]:.1f}" stroke-width="2"/>'
            f'<circle cx="{x[1]:.1f}" cy="{y}" r="4"/></g>')


def ablation(folder):
    """A row a loss and condition that was measured, from sound alone, of clips with one sound."""
    figures = Figures(seeds_in(folder))
    across = WIDTH - NAME_WIDTH - RIGHT + 20
    parts = []
    y = TOP + LOSS_GAP
    for model, loss in names_of(figures).items():
        measured = [(model_name.format(model), name, colour)
                    for (model_name, name), colour in zip(CONDITIONS, COLOURS)
                    if figures.has(model_name.format(model), "audio")]
        if not measured:
            continue
        middle = y + (len(measured) - 1) * DOT_HEIGHT / 2
        parts.append(f'<text x="{NAME_WIDTH - 12}" y="{middle + 4:.1f}" text-anchor="end">'
                     f'{escape(loss)}</text>')
        for column, name, colour in measured:
            share = figures.right(column, "audio")
            parts.append(dot(share, f"{loss}, {name}", colour, y, across))
            y += DOT_HEIGHT
        y += LOSS_GAP
    bottom = y
    grid = []
    for tick in range(0, 101, 25):
        x = NAME_WIDTH + tick / 100 * across
        grid.append(f'<path d="M{x:.1f},{TOP}V{bottom}" stroke="#ddd"/>'
                    f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{tick}</text>')
    for number, ((_, name), colour) in enumerate(zip(CONDITIONS, COLOURS)):
        y = TOP + 18 * (number + 1)
        x = NAME_WIDTH + across + 20
        parts.append(f'<circle cx="{x}" cy="{y - 4}" r="4" fill="{colour}"/>'
                     f'<text x="{x + 12}" y="{y}">{name}</text>')
    height = bottom + BOTTOM
    title = f"sounds named right from sound alone, % with 95 % intervals, {len(figures.seeds)} "
    title += "seed" if len(figures.seeds) == 1 else "seeds"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>', *grid, *parts,
        f'<text x="12" y="{height - 8}">{title}</text>', "</svg>", ""])


CHARTS = {"curves": curves, "pairs": pairs, "ablation": ablation}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=tuple(CHARTS))
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    try:
        print(CHARTS[options.which](options.folder), end="")
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"charts.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
