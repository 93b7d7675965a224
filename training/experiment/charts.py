#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Charts of a seed of run.sh, as SVG to standard output.

    charts.py curves SEED_FOLDER > curves.svg     distance to the validation clips, by epoch
    charts.py pairs SEED_FOLDER > pairs.svg       sounds named right, by pairs of the prefix

A loss's distance is shown as a share of that after its first epoch: the losses measure different
things in different units, and what can be compared is how they fall.
"""

import argparse
import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 170, 24, 48


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


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=("curves", "pairs"))
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    try:
        print({"curves": curves, "pairs": pairs}[options.which](options.folder), end="")
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"charts.py: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
