# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of dali-serve in a browser, for tests of what a viewer sees of it.

With PAGE_SCREENSHOTS, a folder, pictures of it are left there to be looked at.
"""

import json
import os
import shutil
import sys
import wave

from browser import Browser, browser_program
from served import HERE, equal, run
from tap_cases import skip_cases

CAPTIONS = [
    {"start": 0.0, "end": 10.0, "text": "a dog barks & runs", "confidence": 0.9, "modality": "audio"},
    {"start": 10.0, "end": 20.5, "text": "rain falls on a <tin> roof", "confidence": 0.8, "modality": "audio"},
    {"start": 20.5, "end": 30.0, "text": "a dog and a siren --> far away", "confidence": 0.7, "modality": "audio"},
]


def medium(place, content, name="clip.mp4"):
    path = os.path.join(place.folder, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def playable(place):
    """A sound of 30 s, and a dali-caption that says CAPTIONS of whatever it is given."""
    path = os.path.join(place.folder, "market.wav")
    with wave.open(path, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes([128]) * 8000 * 30)
    shutil.copy2(os.path.join(HERE, "captions_beside.sh"), os.path.join(place.folder, "dali-caption"))
    with open(os.path.join(place.folder, "captions.json"), "w", encoding="utf-8") as file:
        json.dump(CAPTIONS, file)
    with open(os.path.join(place.folder, "captions.ttml"), "w", encoding="utf-8") as file:
        file.write("<tt>typeset</tt>\n")
    with open(os.path.join(place.folder, "captions.svg"), "w", encoding="utf-8") as file:
        file.write("<svg/>\n")
    return path


class Tab:
    """A page of a server's, which is faultless at the end."""

    browser = None  # which all share

    def __init__(self, server, **options):
        self.page = self.browser.open(server.address + "/", **options)

    def __enter__(self):
        return self.page

    def __exit__(self, kind, *_):
        if kind is None:
            equal(self.page.faults(), [])
        self.page.close()


def picture(page, name):
    folder = os.environ.get("PAGE_SCREENSHOTS")
    if folder:
        for width in [1100, 360]:
            for scheme in ["light", "dark"]:
                page.look(width, 900, scheme)
                page.screenshot(os.path.join(folder, f"{name}-{width}-{scheme}.png"))
        page.look(1000, 900, "light")


def run_in_browser(cases):
    """As TAP; they are left out where there is no browser."""
    program = browser_program()
    if program is None:
        skip_cases(cases, "no Chromium on this machine")
        return
    Tab.browser = Browser(program)
    try:
        run(cases, sys.argv[1])
    finally:
        Tab.browser.close()
