# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shares over clips and seeds, with 95 % intervals by a bootstrap over both.

A share is a sum over a sum: right captions over clips, or twice the things found over those that
are there and those that are named. Each of the samples draws seeds, and clips for all of them at
once, as every seed is measured on the same clips; two shares of the same clips are drawn alike, so
that the interval of their difference is the paired one.
"""

import random
import statistics

SAMPLES = 1000


class Share:
    """parts[seed][clip] of wholes[seed][clip], over the clips of one selection."""

    def __init__(self, parts, wholes):
        self.parts = parts
        self.wholes = wholes
        self._drawn = None

    def value(self):
        return ratio(sum(map(sum, self.parts)), sum(map(sum, self.wholes)))

    def clips(self):
        return len(self.parts[0])

    def drawn(self):
        """One value a sample."""
        if self._drawn is None:
            self._drawn = [
                ratio(sum(total(self.parts[seed], clips) for seed in seeds),
                      sum(total(self.wholes[seed], clips) for seed in seeds))
                for seeds, clips in samples(len(self.parts), self.clips())]
        return self._drawn

    def interval(self):
        return ends(self.drawn())


class Difference:
    """Of two shares of the same clips."""

    def __init__(self, one, other):
        self.one = one
        self.other = other

    def value(self):
        return self.one.value() - self.other.value()

    def interval(self):
        return ends([a - b for a, b in zip(self.one.drawn(), self.other.drawn())])


def ratio(part, whole):
    return part / whole if whole else 0.0


def total(values, indices):
    return sum(map(values.__getitem__, indices))


_kept = {}


def samples(seeds, clips):
    """The same for the same numbers, and one after the other for one seed's."""
    if (seeds, clips) not in _kept:
        generator = random.Random(f"{seeds} {clips}")
        _kept[seeds, clips] = [
            (generator.choices(range(seeds), k=seeds), generator.choices(range(clips), k=clips))
            for _ in range(SAMPLES)] if clips else []
    return _kept[seeds, clips]


def ends(values):
    if not values:
        return 0.0, 0.0
    cuts = statistics.quantiles(values, n=40, method="inclusive")
    return cuts[0], cuts[-1]
