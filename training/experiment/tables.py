# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shares and tables as the pages and charts of the experiment have them."""


def percent(share):
    low, high = share.interval()
    return f"{100 * share.value():.1f} ({100 * low:.1f} to {100 * high:.1f})"


def table(head, rows):
    """In Markdown; all columns but the first stand right."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
