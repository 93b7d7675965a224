# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the seeds' files say, as shares with intervals: one method a kind of figure."""

from intervals import Share


class Figures:
    """Of seeds that were measured on the same clips; ValueError says where they were not."""

    def __init__(self, seeds):
        self.seeds = seeds
        self.clips = seeds[0].clips
        for seed in seeds[1:]:
            if seed.clips != self.clips:
                raise ValueError(f"seeds {seeds[0].about['seed']} and {seed.about['seed']} are of "
                                 "different clips")
        columns = seeds[0].columns
        sounds = [set(cell) - {"-"} for cell in columns["sounds"]]
        is_unseen = [cell != "-" for cell in columns["unseen"]]
        is_test = [cell == "test" for cell in columns["set"]]
        single = [len(each) == 1 for each in sounds]
        self.sounds = sounds
        self.selections = {
            "single": both(is_test, single),
            "unseen": both(is_test, both(single, is_unseen)),
            "several": both(is_test, [len(each) > 1 for each in sounds]),
            "none": both(is_test, [not each for each in sounds]),
            "foreign": both([not each for each in is_test], single),
            "all": is_test,
        }
        self._shares = {}

    def count(self, selection):
        return sum(self.selections[selection])

    def has(self, model, modality):
        """Whether every seed has it; ValueError where only some have."""
        having = [f"{model}:{modality}" in seed.columns for seed in self.seeds]
        if any(having) and not all(having):
            lacking = self.seeds[having.index(False)].about["seed"]
            raise ValueError(f"seed {lacking} has no column {model}:{modality}, and others have")
        return all(having)

    def right(self, model, modality):
        """Of clips with one sound, those whose captions name it and nothing else."""
        return self._right("single", model, modality)

    def unseen_right(self, model, modality):
        return self._right("unseen", model, modality)

    def foreign_right(self, model, modality):
        return self._right("foreign", model, modality)

    def silent_right(self, model, modality):
        return self._right("none", model, modality)

    def several(self, part, model, modality):
        """"precision", "recall" or "f1" of the things in clips in which several sound."""
        found = self._sums("several", model, modality, lambda named, sounds: len(named & sounds))
        there = self._sums("several", model, modality, lambda _, sounds: len(sounds))
        said = self._sums("several", model, modality, lambda named, _: len(named))
        if part == "precision":
            return Share(found, said)
        if part == "recall":
            return Share(found, there)
        return Share([[2 * each for each in seed] for seed in found],
                     [[a + b for a, b in zip(*seed)] for seed in zip(there, said)])

    def bias(self, model):
        """Captions from sound, asked what can be seen, that name a thing which only shows."""
        column = f"{model}-asked:audio"
        answers = [[each for each in seed.classes(column) if each is not None]
                   for seed in self.seeds]
        return Share([[int(bool(each)) for each in seed] for seed in answers],
                     [[1] * len(seed) for seed in answers])

    def numbers(self, model, kind):
        """One a seed, of the figures that are no clip's; none where some seed has none."""
        name = f"{model}:{kind}"
        values = [seed.about["figures"].get(name) for seed in self.seeds]
        return [] if None in values else values

    def _right(self, selection, model, modality):
        key = (selection, model, modality)
        if key not in self._shares:
            right = self._sums(*key, lambda named, sounds: int(named == sounds))
            self._shares[key] = Share(right, [[1] * len(seed) for seed in right])
        return self._shares[key]

    def _sums(self, selection, model, modality, count):
        """count(named, sounds) of each selected clip, for each seed."""
        chosen = self.selections[selection]
        sums = []
        for seed in self.seeds:
            column = seed.classes(f"{model}:{modality}")
            rows = [(named, sounds) for named, sounds, is_chosen
                    in zip(column, self.sounds, chosen) if is_chosen]
            if any(named is None for named, _ in rows):
                raise ValueError(f"seed {seed.about['seed']} has no caption of some clips in "
                                 f"{model}:{modality}")
            sums.append([count(named, sounds) for named, sounds in rows])
        return sums


def both(one, other):
    return [a and b for a, b in zip(one, other)]
