# SPDX-License-Identifier: LGPL-2.1-or-later
"""The paper's findings, each with what the figures here say of it."""

from intervals import Difference

ALIKE = 0.05  # shares whose difference lies within this are called alike


def verdict(expected, low, high):
    """`expected`: "more" or "alike" (also "no gain": anything but more than ALIKE)."""
    if expected == "more":
        if low > 0:
            return "yes"
        return "**no**: less" if high < 0 else "undecided"
    if expected == "no gain" and high < ALIKE:
        return "yes"
    if low > -ALIKE and high < ALIKE:
        return "yes"
    if low > 0:
        return "**no**: more"
    if high < 0 and expected == "alike":
        return "**no**: less"
    return "undecided"


def points(difference):
    low, high = difference.interval()
    return f"{100 * difference.value():+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def claims_of(figures):
    """(what the paper finds, whether it is so here, the difference), a line each."""
    lines = []

    def claim(text, expected, share_of, one, other):
        if not (figures.has(*one) and figures.has(*other)):
            lines.append([text, "not measured", ""])
            return
        difference = Difference(share_of(*one), share_of(*other))
        lines.append([text, verdict(expected, *difference.interval()), points(difference)])

    right = figures.right
    names = {"mmd": "MMD", "attentive-ot": "attentive OT", "ot": "plain OT",
             "contrastive": "contrastive"}
    for loss in ("mmd", "attentive-ot"):
        claim(f"{names[loss]}: aligned tokens caption sounds, unaligned ones do not", "more", right,
              (loss, "audio"), ("unaligned", "audio"))
    claim("MMD and attentive OT are alike before distillation", "alike", right, ("mmd", "audio"),
          ("attentive-ot", "audio"))
    for loss in ("ot", "contrastive"):
        claim(f"before distillation attentive OT is ahead of {names[loss]}", "more", right,
              ("attentive-ot", "audio"), (loss, "audio"))
    for loss in ("attentive-ot", "ot", "contrastive"):
        claim(f"{names[loss]} gains from distillation", "more", right,
              (f"{loss}-distilled", "audio"), (loss, "audio"))
    claim("MMD does not gain from distillation", "no gain", right, ("mmd-distilled", "audio"),
          ("mmd", "audio"))
    claim("attentive OT gains from image tokens", "more", right, ("attentive-ot", "audiovisual"),
          ("attentive-ot", "audio"))
    claim("MMD does not gain from image tokens", "no gain", right, ("mmd", "audiovisual"),
          ("mmd", "audio"))
    claim("attentive OT gains from image tokens after distillation too", "more", right,
          ("attentive-ot-distilled", "audiovisual"), ("attentive-ot-distilled", "audio"))
    claim("out of domain MMD is ahead of attentive OT", "more", figures.foreign_right,
          ("mmd", "audio"), ("attentive-ot", "audio"))
    return lines
