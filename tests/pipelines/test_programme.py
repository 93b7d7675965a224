# SPDX-License-Identifier: LGPL-2.1-or-later
"""The picture at the head of README.md is what its command makes: the same sources, from when to when, but for what
another processor computes and another encoder keeps of the sound.

    test_programme.py SOURCE_ROOT FOLDER_OF_DALI_TOYWORLD FOLDER_OF_DALI_CAPTION
"""
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from tap_cases import run_cases, skip_cases

SOURCE_ROOT, *FOLDERS = sys.argv[1:]
PROGRAMME = os.path.join(SOURCE_ROOT, "docs", "programme")
SVG = "{http://www.w3.org/2000/svg}"
TOLERANCE = 12  # pixels, which are more than a second


def rows_of(picture):
    """{name: [(left, right), ...]} of the bars, by the row that they are in."""
    names, bars = {}, {}
    for element in ElementTree.parse(picture).getroot():
        kind = element.get("class")
        if kind == "name":
            names[round(float(element.get("y")) / 4)] = "".join(element.itertext())
        if kind in ("bar", "off"):
            left = float(element.get("x"))
            bars.setdefault(element.find(SVG + "title").text.split(":")[0], []).append(
                (left, left + float(element.get("width"))))
    assert len(names) == len(bars), (names, bars)
    return bars


def the_picture_can_be_made_again(place):
    made = os.path.join(place, "made.svg")
    path = os.pathsep.join([*FOLDERS, os.environ["PATH"]])
    subprocess.run([PROGRAMME + ".sh", made], check=True, env={**os.environ, "PATH": path}, timeout=540)
    kept, new = rows_of(PROGRAMME + ".svg"), rows_of(made)
    assert list(kept) == list(new), (kept, new)
    for name, bars in kept.items():
        assert len(bars) == len(new[name]), (name, kept, new)
        for (left, right), (new_left, new_right) in zip(bars, new[name]):
            assert abs(left - new_left) < TOLERANCE and abs(right - new_right) < TOLERANCE, (name, kept, new)


def readme_shows_it(_place):
    with open(os.path.join(SOURCE_ROOT, "README.md"), encoding="utf-8") as file:
        words = file.read()
    assert "(docs/programme.svg)" in words and "docs/programme.sh" in words
    assert os.path.getsize(PROGRAMME + ".svg") < 40000


CASES = [the_picture_can_be_made_again, readme_shows_it]

if not os.path.exists(os.path.join(os.environ["DALI_MODEL_DIR"], "config.json")):
    skip_cases(CASES, f"no embedded model in {os.environ['DALI_MODEL_DIR']}")
else:
    run_cases(CASES, tempfile.TemporaryDirectory)
